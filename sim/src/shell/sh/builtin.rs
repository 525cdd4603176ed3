//! Commands that are part of the shell.

use super::exec::{Flow, Shell};
use crate::process::{Pid, Signal};
use crate::shell::text;
use crate::shell::tools::seen_as;

const BUILTINS: [&str; 27] = [
    ":", ".", "[", "alias", "break", "cd", "command", "continue", "echo", "eval", "exec", "exit",
    "export", "false", "jobs", "kill", "local", "printf", "pwd", "read", "return", "set", "shift",
    "test", "true", "type", "wait",
];

/// Whether a command is part of the shell.
pub fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name) || matches!(name, "unset" | "umask" | "trap" | "ulimit")
}

impl Shell {
    /// Runs a builtin; its name comes first.
    pub(super) async fn builtin(&mut self, fields: Vec<String>) {
        let args: Vec<&str> = fields.iter().skip(1).map(String::as_str).collect();
        let before = std::mem::take(&mut self.status);
        match fields[0].as_str() {
            ":" | "true" | "umask" | "trap" | "ulimit" | "alias" => {}
            "false" => self.status = 1,
            "." => self.source(&args).await,
            "[" | "test" => self.test(&fields[0], &args),
            "break" => self.flow = Flow::Break(level(&args)),
            "continue" => self.flow = Flow::Continue(level(&args)),
            "cd" => self.cd(&args),
            "pwd" => self.say(&format!("{}\n", self.proc.cwd())),
            "echo" => self.say(&text::echo(&args, self.is_dash())),
            "printf" => match text::printf(&args) {
                Ok(text) => self.say(&text),
                Err(error) => self.error(&format!("printf: {error}"), 1),
            },
            "eval" => {
                let text = args.join(" ");
                let list = super::parse::parse(&text);
                match list {
                    Ok(list) => self.list(&list).await,
                    Err(error) => self.error(&error.to_string(), 2),
                }
            }
            "exec" if args.is_empty() => {}
            "exec" => {
                let fields = fields[1..].to_vec();
                self.may_exec = true;
                self.external(fields, Vec::new()).await;
                self.flow = Flow::Exit;
            }
            "exit" => self.leave(&args, before, Flow::Exit),
            "return" => self.leave(&args, before, Flow::Return),
            "export" | "local" => self.declare(&fields[0], &args),
            "unset" => args.iter().for_each(|name| self.unset(name)),
            "set" => self.set_options(&args),
            "shift" => {
                let n = args.first().and_then(|n| n.parse().ok()).unwrap_or(1);
                if n > self.positional.len() {
                    return self.error("shift: can't shift that many", 2);
                }
                self.positional.drain(..n);
            }
            "read" => self.read(&args).await,
            "command" | "type" => self.command_builtin(&fields[0], &args).await,
            "jobs" => self.list_jobs(),
            "wait" => self.wait_for(&args).await,
            "kill" => self.kill(&args),
            name => self.error(&format!("{name}: not found"), 127),
        }
    }

    fn leave(&mut self, args: &[&str], before: i32, flow: Flow) {
        match args.first().map(|n| n.parse::<i32>()) {
            None => self.status = before,
            Some(Ok(status)) => self.status = status & 0xff,
            Some(Err(_)) => self.error(&format!("exit: Illegal number: {}", args[0]), 2),
        }
        self.flow = flow;
    }

    async fn source(&mut self, args: &[&str]) {
        let Some(path) = args.first() else {
            return self.error(".: filename argument required", 2);
        };
        match self.proc.read_file(path) {
            Ok(bytes) => self.source_text(String::from_utf8_lossy(&bytes).into_owned()).await,
            Err(_) => self.error(&format!(".: cannot open {path}: No such file"), 2),
        }
    }

    fn source_text(&mut self, text: String) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async move { self.run_text(&text).await })
    }

    fn cd(&mut self, args: &[&str]) {
        let home = self.variable("HOME").unwrap_or_else(|| "/".into());
        let dir = args.first().copied().unwrap_or(&home).to_owned();
        if self.proc.chdir(&dir).is_err() {
            self.error(&format!("cd: can't cd to {dir}"), 2);
        }
    }

    fn declare(&mut self, verb: &str, args: &[&str]) {
        if args.is_empty() && verb == "export" {
            let lines: Vec<String> = self
                .proc
                .environment()
                .iter()
                .map(|(name, value)| format!("export {name}='{value}'\n"))
                .collect();
            return self.say(&lines.concat());
        }
        for arg in args {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (*arg, None),
            };
            if !super::parse::is_name(name) {
                return self.error(&format!("{verb}: {arg}: bad variable name"), 2);
            }
            if let Some(value) = value {
                self.set(name, value);
            }
            if verb == "export" {
                self.export(name);
            }
        }
    }

    fn set_options(&mut self, args: &[&str]) {
        if args.is_empty() {
            let lines: Vec<String> =
                self.variables().map(|(name, value)| format!("{name}='{value}'\n")).collect();
            return self.say(&lines.concat());
        }
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let on = arg.starts_with('-');
            match *arg {
                "--" => {
                    self.positional = rest.map(|word| (*word).to_owned()).collect();
                    return;
                }
                flags if flags.starts_with(['-', '+']) => {
                    for flag in flags.chars().skip(1) {
                        match flag {
                            'e' => self.errexit = on,
                            'u' => self.nounset = on,
                            'x' => self.xtrace = on,
                            'o' => {
                                rest.next();
                            }
                            _ => return self.error(&format!("set: Illegal option -{flag}"), 2),
                        }
                    }
                }
                first => {
                    let words = std::iter::once(first).chain(rest.copied());
                    self.positional = words.map(str::to_owned).collect();
                    return;
                }
            }
        }
    }

    async fn read(&mut self, args: &[&str]) {
        let names: Vec<&&str> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
        let input = self.io[0].clone();
        let Some(line) = self.proc.read_line_from(&input).await else {
            self.status = 1;
            return;
        };
        let mut rest = line.trim();
        for (n, name) in names.iter().enumerate() {
            let is_last = n + 1 == names.len();
            let (word, tail) = match rest.split_once([' ', '\t']) {
                Some((word, tail)) if !is_last => (word, tail.trim_start()),
                _ => (rest, ""),
            };
            self.set(name, word);
            rest = tail;
        }
    }

    async fn command_builtin(&mut self, verb: &str, args: &[&str]) {
        let (looks, names): (Vec<&str>, Vec<&str>) =
            args.iter().partition(|arg| arg.starts_with('-'));
        if verb == "command" && looks.is_empty() {
            let fields: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            if fields.is_empty() {
                return;
            }
            return self.external(fields, Vec::new()).await;
        }
        let is_type = verb == "type" || looks.contains(&"-V");
        for name in names {
            let found = if self.function(name).is_some() {
                Some((name.to_owned(), format!("{name} is a shell function")))
            } else if is_builtin(name) {
                Some((name.to_owned(), format!("{name} is a shell builtin")))
            } else {
                let found = self.proc.find_program(name).ok();
                found.map(|(path, _)| (path.clone(), format!("{name} is {path}")))
            };
            match found {
                Some((_, sentence)) if is_type => self.say(&format!("{sentence}\n")),
                Some((path, _)) => self.say(&format!("{path}\n")),
                None if is_type => {
                    self.say(&format!("{name}: not found\n"));
                    self.status = 127;
                }
                None => self.status = 127,
            }
        }
    }

    fn list_jobs(&mut self) {
        let jobs = self.jobs.clone();
        let views = self.proc.processes();
        for (n, pid) in jobs.iter().enumerate() {
            let state = if self.proc.is_alive(*pid) { "Running" } else { "Done" };
            let view = views.iter().find(|view| view.pid == *pid);
            let command = view.map_or(String::new(), |view| view.argv.join(" "));
            self.say(&format!("[{}] {state:<24}{command}\n", n + 1));
        }
    }

    async fn wait_for(&mut self, args: &[&str]) {
        let pids: Vec<Pid> = if args.is_empty() {
            std::mem::take(&mut self.jobs)
        } else {
            args.iter().filter_map(|arg| self.pid_of(arg)).collect()
        };
        for pid in pids {
            let status = self.proc.wait(pid).await;
            if !args.is_empty() {
                self.status = status;
            }
        }
    }

    /// A process number, or `%N` for a job.
    fn pid_of(&self, word: &str) -> Option<Pid> {
        match word.strip_prefix('%') {
            Some(n) => self.jobs.get(n.parse::<usize>().ok()?.checked_sub(1)?).copied(),
            None => word.parse().ok().map(|number| seen_as(&self.proc, number)),
        }
    }

    fn kill(&mut self, args: &[&str]) {
        let mut signal = Signal::Term;
        let mut rest = args.iter().peekable();
        if let Some(flag) = rest.peek().filter(|arg| arg.starts_with('-')) {
            let name = flag.trim_start_matches('-').to_owned();
            rest.next();
            let name = if name == "s" { rest.next().map_or("", |n| n).to_owned() } else { name };
            match Signal::named(&name) {
                Some(named) => signal = named,
                None => return self.error(&format!("kill: Illegal option -{name}"), 2),
            }
        }
        for word in rest {
            let Some(pid) = self.pid_of(word) else {
                return self.error(&format!("kill: Illegal number: {word}"), 2);
            };
            if self.proc.kill(pid, signal).is_err() {
                self.error("kill: No such process", 1);
            }
        }
    }

    fn test(&mut self, name: &str, args: &[&str]) {
        let mut args = args.to_vec();
        if name == "[" && args.pop() != Some("]") {
            return self.error("[: missing ]", 2);
        }
        match self.test_expression(&args) {
            Ok(holds) => self.status = i32::from(!holds),
            Err(error) => self.error(&format!("{name}: {error}"), 2),
        }
    }

    fn test_expression(&self, args: &[&str]) -> Result<bool, String> {
        if let Some(at) = args.iter().position(|arg| *arg == "-o") {
            return Ok(self.test_expression(&args[..at])? || self.test_expression(&args[at + 1..])?);
        }
        if let Some(at) = args.iter().position(|arg| *arg == "-a")
            && args.len() != 2
        {
            return Ok(self.test_expression(&args[..at])? && self.test_expression(&args[at + 1..])?);
        }
        let number =
            |text: &str| text.trim().parse::<i64>().map_err(|_| format!("Illegal number: {text}"));
        match args {
            [] => Ok(false),
            ["!", rest @ ..] if !rest.is_empty() => Ok(!self.test_expression(rest)?),
            [text] => Ok(!text.is_empty()),
            ["-n", text] => Ok(!text.is_empty()),
            ["-z", text] => Ok(text.is_empty()),
            ["-e" | "-r" | "-w" | "-x", path] => Ok(self.proc.file_exists(path)),
            ["-f", path] => Ok(self.proc.read_file(path).is_ok()),
            ["-s", path] => Ok(self.proc.read_file(path).is_ok_and(|bytes| !bytes.is_empty())),
            ["-d", path] => Ok(self.proc.list_dir(&self.proc.absolute(path)).is_ok()),
            ["-L" | "-h", path] => {
                let path = self.proc.absolute(path);
                let node = self.proc.files(|tree| tree.get_link(&path).cloned());
                Ok(matches!(node, Ok(crate::process::Node::Link(_))))
            }
            [a, "=" | "==", b] => Ok(a == b),
            [a, "!=", b] => Ok(a != b),
            [a, "-eq", b] => Ok(number(a)? == number(b)?),
            [a, "-ne", b] => Ok(number(a)? != number(b)?),
            [a, "-lt", b] => Ok(number(a)? < number(b)?),
            [a, "-le", b] => Ok(number(a)? <= number(b)?),
            [a, "-gt", b] => Ok(number(a)? > number(b)?),
            [a, "-ge", b] => Ok(number(a)? >= number(b)?),
            [word, ..] => Err(format!("{word}: unexpected operator")),
        }
    }
}

/// The argument of `break` and `continue`.
fn level(args: &[&str]) -> u32 {
    args.first().and_then(|n| n.parse().ok()).unwrap_or(1).max(1)
}
