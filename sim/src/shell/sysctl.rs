//! `sysctl`: that of procps 4.0 on hosts; busybox's takes the same options and words its errors otherwise.

use regex_lite::Regex;

use super::args::{Failure, Result};
use crate::kernel::Errno;
use crate::process::Proc;

const USAGE: &str = include_str!("sysctl.txt");

/// What is read when no file is named.
const DEFAULT_FILE: &str = "/etc/sysctl.conf";

/// Where `--system` looks for files, the most important directory first.
const SYSTEM_DIRS: &[&str] =
    &["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"];

/// How it was called.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)]
struct Sysctl {
    proc: Option<Proc>,
    all: bool,
    deprecated: bool,
    dry_run: bool,
    no_newline: bool,
    ignores_unknown: bool,
    only_names: bool,
    only_values: bool,
    loads: bool,
    system: bool,
    pattern: Option<Regex>,
    quiet: bool,
    writes: bool,
    failed: bool,
}

/// `sysctl`.
pub async fn sysctl(proc: Proc) -> i32 {
    let words = proc.args();
    let mut sysctl = Sysctl { proc: Some(proc.clone()), ..Sysctl::default() };
    match sysctl.run(&words).await {
        Ok(()) => i32::from(sysctl.failed),
        Err(failure) => {
            proc.eprint(&failure.text);
            failure.status
        }
    }
}

/// A name in the two spellings that it can have.
struct Key {
    /// As the kernel has it: parts joined by dots, also where a device's name has one.
    name: String,
    /// As people see it: a dot inside of a part is a slash.
    shown: String,
    /// The file below `/proc/sys`.
    path: String,
}

impl Key {
    /// A name from the command line: whichever of `.` and `/` comes first parts it.
    fn parse(word: &str) -> Key {
        let is_path = word.find(['.', '/']).is_some_and(|at| word.as_bytes()[at] == b'/');
        let path = if is_path { word.to_owned() } else { swap(word) };
        Key { name: path.trim_matches('/').replace('/', "."), shown: swap(&path), path }
    }

    /// A name as the kernel lists it. Only the names of devices have dots of their own.
    fn of_kernel(name: &str) -> Key {
        let device = ["net.ipv4.conf.", "net.ipv4.neigh.", "net.ipv6.conf."]
            .iter()
            .find_map(|prefix| Some((*prefix, name.strip_prefix(prefix)?.rsplit_once('.')?)));
        let shown = match device {
            Some((prefix, (device, last))) => {
                format!("{prefix}{}.{last}", device.replace('.', "/"))
            }
            None => name.to_owned(),
        };
        Key { name: name.to_owned(), path: swap(&shown), shown }
    }
}

/// Exchanges dots and slashes.
fn swap(text: &str) -> String {
    let exchange = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    text.chars().map(exchange).collect()
}

impl Sysctl {
    fn proc(&self) -> &Proc {
        self.proc.as_ref().expect("set when it was made")
    }

    async fn run(&mut self, words: &[String]) -> Result<()> {
        let mut operands = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                operands.extend(words.by_ref().cloned());
            } else if let Some(option) = word.strip_prefix("--") {
                self.take_long(option, &mut operands, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                self.take_short(&word[1..], &mut words)?;
            } else {
                operands.push(word.clone());
            }
        }
        if self.system {
            self.load_system().await;
        } else if self.loads {
            if operands.is_empty() {
                operands.push(DEFAULT_FILE.to_owned());
            }
            for file in operands {
                self.load(&file).await;
            }
        } else if self.all {
            self.show_all("");
        } else if operands.is_empty() {
            return Err(self.no_variables());
        } else {
            for operand in &operands {
                self.take_operand(operand);
            }
        }
        Ok(())
    }

    fn no_variables(&self) -> Failure {
        let text = "sysctl: no variables specified\nTry `sysctl --help' for more information.\n";
        Failure { text: text.to_owned(), status: 1 }
    }

    fn take_short<'a>(
        &mut self,
        letters: &str,
        words: &mut impl Iterator<Item = &'a String>,
    ) -> Result<()> {
        for (at, letter) in letters.char_indices() {
            match letter {
                'a' | 'A' | 'X' => self.all = true,
                'b' => (self.only_values, self.no_newline) = (true, true),
                'e' => self.ignores_unknown = true,
                'N' => self.only_names = true,
                'n' => self.only_values = true,
                'p' | 'f' => self.loads = true,
                'q' => self.quiet = true,
                'w' => self.writes = true,
                'o' | 'x' => {}
                'h' | 'd' => return Err(self.help()),
                'V' => return Err(self.version()),
                'r' => {
                    let rest = &letters[at + 1..];
                    let expression = match rest {
                        "" => words.next().map_or("", String::as_str),
                        rest => rest,
                    };
                    return self.take_pattern(expression);
                }
                _ => {
                    let text = format!("sysctl: invalid option -- '{letter}'\n{USAGE}");
                    return Err(Failure { text, status: 1 });
                }
            }
        }
        Ok(())
    }

    fn take_long<'a>(
        &mut self,
        option: &str,
        operands: &mut Vec<String>,
        words: &mut impl Iterator<Item = &'a String>,
    ) -> Result<()> {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        match name {
            "all" => self.all = true,
            "deprecated" => self.deprecated = true,
            "dry-run" => self.dry_run = true,
            "binary" => (self.only_values, self.no_newline) = (true, true),
            "ignore" => self.ignores_unknown = true,
            "names" => self.only_names = true,
            "values" => self.only_values = true,
            "load" => {
                self.loads = true;
                operands.extend(value.map(str::to_owned));
            }
            "system" => self.system = true,
            "quiet" => self.quiet = true,
            "write" => self.writes = true,
            "help" => return Err(self.help()),
            "version" => return Err(self.version()),
            "pattern" => {
                let next = || words.next().map_or("", String::as_str);
                return self.take_pattern(value.unwrap_or_else(next));
            }
            _ => {
                let text = format!("sysctl: unrecognized option '--{name}'\n{USAGE}");
                return Err(Failure { text, status: 1 });
            }
        }
        Ok(())
    }

    fn take_pattern(&mut self, expression: &str) -> Result<()> {
        let pattern = Regex::new(expression);
        let wrong = |_| Failure::new("sysctl: the pattern is no regular expression", 1);
        self.pattern = Some(pattern.map_err(wrong)?);
        Ok(())
    }

    fn help(&self) -> Failure {
        self.proc().print(USAGE);
        Failure::silent(0)
    }

    fn version(&self) -> Failure {
        self.proc().print("sysctl from procps-ng 4.0.2\n");
        Failure::silent(0)
    }

    /// `NAME` or `NAME=VALUE`.
    fn take_operand(&mut self, word: &str) {
        match word.split_once('=') {
            Some(_) if word.len() < 2 => self.failed = true,
            Some((name, value)) => self.set(name.trim(), value.trim(), self.ignores_unknown),
            // Too short for a setting: what an `=` between spaces leaves behind.
            None if self.writes && word.len() < 2 => self.failed = true,
            None if self.writes => {
                let line = match self.proc().is_on_host() {
                    true => "sysctl: command line(0): invalid syntax, continuing...\n".to_owned(),
                    false => format!("sysctl: error: '{word}' must be of the form name=value\n"),
                };
                self.fail(&line);
            }
            None => self.show(&Key::parse(word)),
        }
    }

    fn fail(&mut self, line: &str) {
        self.proc().eprint(line);
        self.failed = true;
    }

    fn fail_unknown(&mut self, key: &Key) {
        let line = match self.proc().is_on_host() {
            true => format!(
                "sysctl: cannot stat /proc/sys/{}: {}\n",
                key.path.trim_start_matches('/'),
                Errno::ENOENT
            ),
            false => format!("sysctl: error: '{}' is an unknown key\n", key.shown),
        };
        self.fail(&line);
    }

    fn show(&mut self, key: &Key) {
        let value = self.proc().sys(|sys| sys.sysctl_get(&key.name));
        match value {
            Ok(value) => self.print(key, &value),
            Err(_) if self.show_all(&format!("{}.", key.name)) => {}
            Err(_) if self.ignores_unknown => {}
            Err(_) => self.fail_unknown(key),
        }
    }

    /// Shows all names with this beginning; whether there was any.
    fn show_all(&mut self, beginning: &str) -> bool {
        // Two names are kept only for old programs.
        const DEPRECATED: &[&str] = &["base_reachable_time", "retrans_time"];
        let names = self.proc().sys(|sys| sys.sysctl_names());
        let mut found = false;
        for name in names.iter().filter(|name| name.starts_with(beginning)) {
            found = true;
            let last = name.rsplit('.').next().unwrap_or_default();
            let key = Key::of_kernel(name);
            let is_wanted = self.pattern.as_ref().is_none_or(|p| p.is_match(&key.shown));
            if !is_wanted || (DEPRECATED.contains(&last) && !self.deprecated) {
                continue;
            }
            if let Ok(value) = self.proc().sys(|sys| sys.sysctl_get(name)) {
                self.print(&key, &value);
            }
        }
        found
    }

    fn print(&self, key: &Key, value: &str) {
        let shown = &key.shown;
        let text = match (self.only_names, self.only_values) {
            (true, _) => format!("{shown}\n"),
            (false, true) if self.no_newline => value.to_owned(),
            (false, true) => format!("{value}\n"),
            (false, false) => format!("{shown} = {value}\n"),
        };
        self.proc().print(&text);
    }

    fn set(&mut self, name: &str, value: &str, ignores_unknown: bool) {
        let key = Key::parse(name);
        if key.name.is_empty() {
            return self.fail("sysctl: Path is not under /proc/sys/: /proc/sys/\n");
        }
        let known = self.proc().sys(|sys| sys.sysctl_get(&key.name)).is_ok();
        if !known {
            if !ignores_unknown {
                self.fail_unknown(&key);
            }
            return;
        }
        if !self.dry_run
            && let Err(errno) = self.proc().sysctl_set(&key.name, value)
        {
            let line = match self.proc().is_on_host() {
                true => format!("sysctl: setting key \"{}\": {errno}\n", key.shown),
                false => format!("sysctl: error setting key '{}': {errno}\n", key.shown),
            };
            return self.fail(&line);
        }
        if !self.quiet {
            self.print(&key, value);
        }
    }

    /// Makes the settings of a file, `-` being standard input.
    async fn load(&mut self, file: &str) {
        let bytes = match file {
            "-" => Ok(self.proc().read_all().await),
            file => self.proc().read_file(file),
        };
        let text = match bytes {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(errno) => {
                let line = format!("sysctl: cannot open \"{file}\": {errno}\n");
                return self.fail(&line);
            }
        };
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let Some((name, value)) = line.split_once('=') else {
                let number = n + 1;
                let line = format!("sysctl: {file}({number}): invalid syntax, continuing...\n");
                self.proc().eprint(&line);
                continue;
            };
            let (name, forgiving) = match name.trim().strip_prefix('-') {
                Some(name) => (name.trim(), true),
                None => (name.trim(), false),
            };
            let is_wanted =
                self.pattern.as_ref().is_none_or(|p| p.is_match(&Key::parse(name).shown));
            if is_wanted {
                self.set(name, value.trim(), forgiving || self.ignores_unknown);
            }
        }
    }

    /// The files of all directories by name; of two with one name the first directory's counts.
    async fn load_system(&mut self) {
        let mut files: Vec<(String, String)> = Vec::new();
        for dir in SYSTEM_DIRS {
            for name in self.proc().list_dir(dir).unwrap_or_default() {
                if name.ends_with(".conf") && !files.iter().any(|(known, _)| *known == name) {
                    files.push((name.clone(), format!("{dir}/{name}")));
                }
            }
        }
        files.sort();
        let mut paths: Vec<String> = files.into_iter().map(|(_, path)| path).collect();
        if self.proc().file_exists(DEFAULT_FILE) {
            paths.push(DEFAULT_FILE.to_owned());
        }
        if !self.quiet {
            let lines: String =
                paths.iter().map(|path| format!("* Applying {path} ...\n")).collect();
            self.proc().print(&lines);
        }
        for path in paths {
            self.load(&path).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_separator_comes_first_parts_a_name() {
        let key = Key::parse("net.ipv4.conf.eth0/50.rp_filter");
        assert_eq!(key.name, "net.ipv4.conf.eth0.50.rp_filter");
        assert_eq!(key.path, "net/ipv4/conf/eth0.50/rp_filter");
        assert_eq!(Key::parse("net/ipv4/conf/eth0.50/rp_filter").shown, key.shown);
        assert_eq!(Key::of_kernel(&key.name).shown, key.shown);
        assert_eq!(Key::of_kernel("net.ipv4.ip_forward").path, "net/ipv4/ip_forward");
    }
}
