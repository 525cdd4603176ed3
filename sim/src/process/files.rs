//! Files: one tree for each root directory (the host's, and each container's), in memory.
//!
//! What is here: plain files, directories, symbolic links, programs, `/dev/null`, and handles of network
//! namespaces (`/run/netns/NAME`). `/proc` is not here; `Proc` answers for it.

use std::collections::BTreeMap;

use crate::kernel::{Errno, NamespaceId};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A plain file.
    File(Vec<u8>),
    /// A directory.
    Dir,
    /// A symbolic link.
    Link(String),
    /// An executable: the name of a program.
    Program(&'static str),
    /// A bind-mounted network namespace.
    Netns(NamespaceId),
    /// A socket file of a service.
    Socket,
    /// `/dev/null`: nothing is read from it, what is written is lost.
    Null,
}

/// A tree of files. Paths are absolute, without `.`, `..` or double slashes.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
    /// When nodes were put where nothing was, counted: memory file systems list the newest first.
    births: BTreeMap<String, u64>,
    last_birth: u64,
}

/// Symbolic links that are followed before the kernel gives up.
const MAX_LINKS: usize = 40;

/// Bytes that one file may hold, so that a loop cannot eat the memory.
pub const MAX_FILE: usize = 16 << 20;

/// A path joined to the directory in which it was written, without `.` and `..`.
pub fn absolute(cwd: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory of a path, and the last name.
pub fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((dir, name)) => (dir, name),
        None => ("/", path),
    }
}

impl Tree {
    /// A tree with nothing but its root.
    pub fn new() -> Tree {
        Tree { nodes: BTreeMap::from([("/".to_owned(), Node::Dir)]), ..Tree::default() }
    }

    /// Puts something at a path, with the directories above it. For whoever builds a tree.
    pub fn install(&mut self, path: &str, node: Node) {
        let mut dir = split(path).0;
        while dir != "/" && !self.nodes.contains_key(dir) {
            self.nodes.insert(dir.to_owned(), Node::Dir);
            dir = split(dir).0;
        }
        self.nodes.insert(path.to_owned(), node);
    }

    /// Follows symbolic links in all parts of a path; also in the last one, if `follow_last`.
    pub fn resolve(&self, path: &str, follow_last: bool) -> Result<String, Errno> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            match self.first_link(&path, follow_last) {
                None => return Ok(path),
                Some((end, target)) => {
                    let dir = split(&path[..end]).0.to_owned();
                    let rest = path[end..].to_owned();
                    path = absolute(&dir, &target) + &rest;
                    path = absolute("/", &path);
                }
            }
        }
        Err(Errno::ELOOP)
    }

    /// The first part of a path that is a link: where it ends, and where it leads.
    fn first_link(&self, path: &str, follow_last: bool) -> Option<(usize, String)> {
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        for end in ends {
            if end == path.len() && !follow_last {
                return None;
            }
            if let Some(Node::Link(target)) = self.nodes.get(&path[..end]) {
                return Some((end, target.clone()));
            }
        }
        None
    }

    /// What a path leads to, links followed.
    pub fn get(&self, path: &str) -> Result<&Node, Errno> {
        let path = self.resolve(path, true)?;
        self.at(&path)
    }

    /// What is at a path, the last link not followed.
    pub fn get_link(&self, path: &str) -> Result<&Node, Errno> {
        let path = self.resolve(path, false)?;
        self.at(&path)
    }

    fn at(&self, path: &str) -> Result<&Node, Errno> {
        if let Some(node) = self.nodes.get(path) {
            return Ok(node);
        }
        let mut dir = split(path).0;
        while dir != "/" {
            match self.nodes.get(dir) {
                Some(Node::Dir) => return Err(Errno::ENOENT),
                Some(_) => return Err(Errno::ENOTDIR),
                None => dir = split(dir).0,
            }
        }
        Err(Errno::ENOENT)
    }

    /// Whether something is there.
    pub fn exists(&self, path: &str) -> bool {
        self.get(path).is_ok()
    }

    /// The contents of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        match self.get(path)? {
            Node::File(bytes) => Ok(bytes.clone()),
            Node::Dir => Err(Errno::EISDIR),
            Node::Program(name) => Ok(format!("\u{7f}ELF ({name})\n").into_bytes()),
            Node::Netns(_) | Node::Link(_) | Node::Null => Ok(Vec::new()),
            Node::Socket => Err(Errno::ENXIO),
        }
    }

    /// Writes a file, making it if its directory exists.
    pub fn write(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Errno> {
        let path = self.place(path)?;
        match self.nodes.get(&path) {
            Some(Node::Dir) => return Err(Errno::EISDIR),
            Some(Node::Netns(_)) => return Err(Errno::EINVAL),
            Some(Node::Null) => return Ok(()),
            _ => {}
        }
        if bytes.len() > MAX_FILE {
            return Err(Errno::ENOSPC);
        }
        self.nodes.insert(path, Node::File(bytes));
        Ok(())
    }

    /// Appends to a file, making it if its directory exists.
    pub fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        let path = self.place(path)?;
        match self.nodes.entry(path).or_insert_with(|| Node::File(Vec::new())) {
            Node::File(old) if old.len() + bytes.len() <= MAX_FILE => {
                old.extend_from_slice(bytes);
                Ok(())
            }
            Node::File(_) => Err(Errno::ENOSPC),
            Node::Null => Ok(()),
            Node::Dir => Err(Errno::EISDIR),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Where a new file with this path would be; its directory must exist.
    fn place(&self, path: &str) -> Result<String, Errno> {
        let path = self.resolve(path, true)?;
        match self.at(split(&path).0)? {
            Node::Dir => Ok(path),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// Puts a node where nothing is yet (`symlink`, `mkdir`, a bind mount).
    pub fn create(&mut self, path: &str, node: Node) -> Result<(), Errno> {
        let dir = self.resolve(split(path).0, true)?;
        if *self.at(&dir)? != Node::Dir {
            return Err(Errno::ENOTDIR);
        }
        let path = absolute(&dir, split(path).1);
        if self.nodes.contains_key(&path) {
            return Err(Errno::EEXIST);
        }
        self.last_birth += 1;
        self.births.insert(path.clone(), self.last_birth);
        self.nodes.insert(path, node);
        Ok(())
    }

    /// Removes a file or link; what it was.
    pub fn remove(&mut self, path: &str) -> Result<Node, Errno> {
        let path = self.resolve(path, false)?;
        match self.at(&path)? {
            Node::Dir => Err(Errno::EISDIR),
            _ => self.nodes.remove(&path).ok_or(Errno::ENOENT),
        }
    }

    /// Removes an empty directory.
    pub fn remove_dir(&mut self, path: &str) -> Result<(), Errno> {
        let path = self.resolve(path, false)?;
        if *self.at(&path)? != Node::Dir {
            return Err(Errno::ENOTDIR);
        }
        if !self.children(&path).is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        self.nodes.remove(&path);
        Ok(())
    }

    /// Removes everything in a directory.
    pub fn clear(&mut self, path: &str) {
        let Ok(path) = self.resolve(path, true) else { return };
        for name in self.list(&path).unwrap_or_default() {
            let inner = format!("{path}/{name}");
            // It was in the list just now.
            if matches!(self.get_link(&inner), Ok(Node::Dir)) {
                self.clear(&inner);
                let _ = self.remove_dir(&inner);
            } else {
                let _ = self.remove(&inner);
            }
        }
    }

    /// The names in a directory, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let path = self.resolve(path, true)?;
        match self.at(&path)? {
            Node::Dir => Ok(self.children(&path)),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// The names in a directory, the newest first, as a memory file system lists them.
    pub fn list_newest_first(&self, path: &str) -> Result<Vec<String>, Errno> {
        let path = self.resolve(path, true)?;
        let mut names = self.list(&path)?;
        names.sort_by_key(|name| {
            std::cmp::Reverse(self.births.get(&absolute(&path, name)).copied().unwrap_or(0))
        });
        Ok(names)
    }

    fn children(&self, dir: &str) -> Vec<String> {
        let prefix = if dir == "/" { "/".to_owned() } else { format!("{dir}/") };
        self.nodes
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter_map(|(path, _)| path.strip_prefix(&prefix))
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.install("/run/docker/netns/default", Node::File(b"x".to_vec()));
        tree.install("/var/run", Node::Link("/run".into()));
        tree.install("/etc/hosts", Node::File(b"127.0.0.1 localhost\n".to_vec()));
        tree
    }

    #[test]
    fn paths_lose_their_dots() {
        assert_eq!(absolute("/etc", "../var/./run/"), "/var/run");
        assert_eq!(absolute("/etc", "/a//b"), "/a/b");
        assert_eq!(absolute("/", "../.."), "/");
    }

    #[test]
    fn links_are_followed_in_the_middle_of_a_path() {
        let mut tree = tree();
        assert_eq!(tree.read("/var/run/docker/netns/default"), Ok(b"x".to_vec()));
        tree.create("/var/run/netns", Node::Link("/var/run/docker/netns".into())).unwrap();
        assert_eq!(tree.list("/run/netns"), Ok(vec!["default".to_owned()]));
        assert_eq!(tree.get_link("/run/netns"), Ok(&Node::Link("/var/run/docker/netns".into())));
        tree.create("/a", Node::Link("/b".into())).unwrap();
        tree.create("/b", Node::Link("/a".into())).unwrap();
        assert_eq!(tree.read("/a"), Err(Errno::ELOOP));
    }

    #[test]
    fn a_memory_file_system_lists_the_newest_first() {
        let mut tree = Tree::new();
        tree.create("/run", Node::Dir).unwrap();
        for name in ["b", "a", "c"] {
            tree.create(&format!("/run/{name}"), Node::File(Vec::new())).unwrap();
        }
        assert_eq!(tree.list_newest_first("/run"), Ok(vec!["c".into(), "a".into(), "b".into()]));
    }

    #[test]
    fn errors_are_those_of_a_real_file_system() {
        let mut tree = tree();
        assert_eq!(tree.read("/nope"), Err(Errno::ENOENT));
        assert_eq!(tree.read("/etc"), Err(Errno::EISDIR));
        assert_eq!(tree.read("/etc/hosts/x"), Err(Errno::ENOTDIR));
        assert_eq!(tree.write("/no/dir", Vec::new()), Err(Errno::ENOENT));
        assert_eq!(tree.create("/etc", Node::Dir), Err(Errno::EEXIST));
        assert_eq!(tree.remove_dir("/etc"), Err(Errno::ENOTEMPTY));
        tree.write("/etc/new", b"1".to_vec()).unwrap();
        tree.append("/etc/new", b"2").unwrap();
        assert_eq!(tree.read("/etc/new"), Ok(b"12".to_vec()));
        assert_eq!(tree.list("/"), Ok(vec!["etc".into(), "run".into(), "var".into()]));
    }
}
