//! The code stands on floors, as ARCHITECTURE.md draws them: a module of `sim` imports what lies below it, and
//! no files, of `sim` or of `tui`, import each other in a circle.
//!
//! Every path in a file counts, whether in a `use` or in the middle of the code. A name that a file only passes
//! on (`pub use`) is imported from where it is defined. Unit tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A path, name by name; that of a module begins at the root of its crate.
type Names = Vec<String>;
/// The modules that a module imports, and which names of them.
type Imports = BTreeMap<Names, BTreeSet<String>>;

#[test]
fn every_floor_of_the_simulator_stands_on_those_below_it() {
    let code = Code::read("sim/src");
    let floors = floors();
    let level = |module: &Names| floors.iter().position(|floor| Some(floor) == module.first());
    let mut wrong = String::new();
    for module in code.modules.keys().filter(|module| !module.is_empty()) {
        if level(module).is_none() {
            wrong += &format!("{} is on no floor of ARCHITECTURE.md\n", module.join("::"));
        }
        for (other, names) in code.imports(module) {
            if level(module) > level(&other) && !other.is_empty() {
                wrong += &arrow(module, &other, &names);
            }
        }
    }
    assert!(wrong.is_empty(), "modules import what lies above them:\n{wrong}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = ["sim/src", "tui/src"].map(|root| Code::read(root).circles()).concat();
    assert!(circles.is_empty(), "files import each other in circles:\n{circles}");
}

/// The floors of the simulator, the highest first: the first words of the lines of the picture.
fn floors() -> Names {
    let text = fs::read_to_string(folder("ARCHITECTURE.md")).expect("the picture is there");
    let picture = text.split("```").nth(1).expect("the first block of the page is the picture");
    let lines = picture.lines().map(|line| line.trim_start().trim_start_matches("sim "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// A place in the repository.
fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// `a::b imports c::d: Name, Other`.
fn arrow(from: &Names, to: &Names, names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("  {} imports {}: {}\n", from.join("::"), to.join("::"), names.join(", "))
}

/// The source of a crate, by module; a module is a file.
struct Code {
    modules: BTreeMap<Names, Source>,
}

impl Code {
    fn read(root: &str) -> Code {
        let root = folder(root);
        let mut code = Code { modules: BTreeMap::new() };
        code.read_module(Names::new(), &root.join("lib.rs"), &root);
        code
    }

    /// Reads a file, and those of the modules that it declares, which lie in `folder`.
    fn read_module(&mut self, module: Names, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
        let source = Source::read(&module, &text);
        for name in &source.children {
            let beside = folder.join(format!("{name}.rs"));
            let inside = folder.join(name);
            let file = if beside.exists() { beside } else { inside.join("mod.rs") };
            self.read_module(join(&module, std::slice::from_ref(name)), &file, &inside);
        }
        self.modules.insert(module, source);
    }

    /// What a module imports from others.
    fn imports(&self, module: &Names) -> Imports {
        let mut imports = Imports::new();
        for path in self.modules[module].needs() {
            if let Some((home, name)) = self.home(module, path)
                && home != *module
            {
                imports.entry(home).or_default().insert(name);
            }
        }
        imports
    }

    /// The module that defines what a path in a file names; `None` if it names a module.
    fn home(&self, file: &Names, path: &[String]) -> Option<(Names, String)> {
        let mut module = Names::new();
        for (at, name) in path.iter().enumerate() {
            let inner = join(&module, std::slice::from_ref(name));
            if self.modules.contains_key(&inner) {
                module = inner;
                continue;
            }
            let source = &self.modules[&module];
            let is_seen = module == *file || source.passed.contains(name);
            // `use other::{other}` names another crate.
            let elsewhere = source.uses.get(name).filter(|used| !used.starts_with(&inner));
            return match elsewhere.filter(|_| is_seen) {
                Some(used) => self.home(&module, &join(used, &path[at + 1..])),
                None => Some((module, name.clone())),
            };
        }
        None
    }

    /// The groups of modules that import each other, as lines.
    fn circles(&self) -> String {
        let imports: BTreeMap<&Names, Imports> =
            self.modules.keys().map(|module| (module, self.imports(module))).collect();
        let reached: BTreeMap<&Names, BTreeSet<&Names>> =
            imports.keys().map(|module| (*module, reach(&imports, module))).collect();
        let mut lines = String::new();
        let mut told = BTreeSet::new();
        for (module, others) in &reached {
            let circle: BTreeSet<&Names> =
                others.iter().copied().filter(|other| reached[*other].contains(*module)).collect();
            if circle.is_empty() || !told.insert(circle.clone()) {
                continue;
            }
            writeln!(lines, "a circle of {}:", circle.len()).expect("memory takes it");
            for from in &circle {
                for (to, names) in imports[*from].iter().filter(|(to, _)| circle.contains(to)) {
                    lines += &arrow(from, to, names);
                }
            }
        }
        lines
    }
}

/// The modules that a module imports, directly or by others.
fn reach<'a>(imports: &'a BTreeMap<&Names, Imports>, module: &Names) -> BTreeSet<&'a Names> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Names> = imports[module].keys().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(imports[next].keys());
        }
    }
    reached
}

fn join(path: &[String], more: &[String]) -> Names {
    [path, more].concat()
}

/// What a file says.
#[derive(Default)]
struct Source {
    /// Its module, or one that is written inside of it.
    scope: Names,
    /// The modules that it declares in files of their own.
    children: Vec<String>,
    /// The names that it has from elsewhere, with their paths.
    uses: BTreeMap<String, Names>,
    /// Those that it passes on.
    passed: BTreeSet<String>,
    /// The paths in its code, from the root of the crate.
    paths: BTreeSet<Names>,
    /// The names with which they begin.
    words: BTreeSet<String>,
}

impl Source {
    fn read(module: &Names, text: &str) -> Source {
        let file = syn::parse_file(text).expect("the source is Rust");
        let mut source = Source { scope: module.clone(), ..Source::default() };
        source.visit_file(&file);
        source
    }

    fn take_path(&mut self, path: Names) {
        self.words.insert(path[0].clone());
        if path.len() > 1 {
            self.paths.insert(absolute(&self.scope, &path));
        }
    }

    fn take_use(&mut self, before: &Names, tree: &UseTree, is_public: bool) {
        let (name, path) = match tree {
            UseTree::Path(path) => {
                let before = join(before, &[path.ident.to_string()]);
                return self.take_use(&before, &path.tree, is_public);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.take_use(before, tree, is_public));
            }
            UseTree::Name(name) if name.ident == "self" => (before[before.len() - 1].clone(), None),
            UseTree::Name(name) => (name.ident.to_string(), Some(name.ident.to_string())),
            UseTree::Rename(rename) => (rename.rename.to_string(), Some(rename.ident.to_string())),
            UseTree::Glob(_) => panic!("`use {}::*` hides what is imported", before.join("::")),
        };
        if is_public {
            self.passed.insert(name.clone());
        }
        let path = join(before, path.as_slice());
        self.uses.insert(name, absolute(&self.scope, &path));
    }

    /// The paths that this file cannot do without.
    fn needs(&self) -> impl Iterator<Item = &Names> {
        let is_needed = |name: &String| !self.passed.contains(name) || self.words.contains(name);
        let used = self.uses.iter().filter(move |(name, _)| is_needed(name)).map(|(_, path)| path);
        used.chain(&self.paths)
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.attrs.iter().any(is_for_tests) {
            return;
        }
        let name = item.ident.to_string();
        if item.content.is_none() {
            return self.children.push(name);
        }
        self.scope.push(name);
        visit::visit_item_mod(self, item);
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.take_use(&Names::new(), &item.tree, is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.take_path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// What stands in a macro is not parsed; its paths are those of its words that are joined.
    fn visit_macro(&mut self, item: &'ast Macro) {
        let mut open = vec![item.tokens.clone()];
        while let Some(tokens) = open.pop() {
            let mut path = Names::new();
            let mut colons = 0;
            for token in tokens {
                match token {
                    TokenTree::Ident(word) if colons == 2 => path.push(word.to_string()),
                    TokenTree::Ident(word) => {
                        let before = std::mem::replace(&mut path, vec![word.to_string()]);
                        if !before.is_empty() {
                            self.take_path(before);
                        }
                    }
                    TokenTree::Group(group) => open.push(group.stream()),
                    TokenTree::Punct(point) if point.as_char() == ':' => {
                        colons += 1;
                        continue;
                    }
                    _ => {}
                }
                colons = 0;
            }
            if !path.is_empty() {
                self.take_path(path);
            }
        }
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let arguments = attribute.meta.require_list().map(|list| list.tokens.to_string());
    attribute.path().is_ident("cfg") && arguments.is_ok_and(|arguments| arguments == "test")
}

/// A path from the root of the crate. One that begins with another crate looks like a name of the scope's own.
fn absolute(scope: &Names, path: &[String]) -> Names {
    let ups = path.iter().take_while(|name| *name == "super").count();
    match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "self" => join(scope, &path[1..]),
        "super" => join(&scope[..scope.len() - ups], &path[ups..]),
        _ => join(scope, path),
    }
}
