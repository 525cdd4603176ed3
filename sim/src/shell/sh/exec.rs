//! Running what was parsed. A shell is a process; each external command is a child process, each part
//! of a pipeline and each `( … )` a child that goes on with a copy of the shell.

use std::pin::Pin;

use indexmap::IndexMap;

use super::ast::{Command, Item, Join, Kind, List, Pipeline, Place, Redirect, Word};
use super::parse;
use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::{LocalFuture, Pid, Proc, Spawn, Stream, boxed};

/// What a builtin costs: so that an endless loop takes simulated time and can be stopped.
const BUILTIN_TIME: Span = Span::micros(20);

/// Why the shell does not simply go on with the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Flow {
    /// It does.
    #[default]
    Next,
    /// `break`, out of so many loops.
    Break(u32),
    /// `continue`, of the loop so many levels out.
    Continue(u32),
    /// `return`.
    Return,
    /// `exit`.
    Exit,
}

/// Function calls that may be open at the same time.
const MAX_CALLS: u32 = 100;

/// A running shell.
#[derive(Clone)]
pub struct Shell {
    pub(super) proc: Proc,
    /// Its name in error messages.
    pub(super) name: String,
    variables: IndexMap<String, String>,
    functions: IndexMap<String, Command>,
    pub(super) positional: Vec<String>,
    pub(super) status: i32,
    pub(super) io: [Stream; 3],
    pub(super) jobs: Vec<Pid>,
    pub(super) flow: Flow,
    pub(super) nounset: bool,
    pub(super) errexit: bool,
    pub(super) xtrace: bool,
    calls: u32,
    line: usize,
    /// Whether this process may become the command that it runs.
    pub(super) may_exec: bool,
    /// Whether a person types into it.
    pub(super) interactive: bool,
}

type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Shell {
    /// A shell in a process.
    pub fn new(proc: Proc, name: &str) -> Shell {
        let io = [proc.stdio(0), proc.stdio(1), proc.stdio(2)];
        Shell {
            proc,
            name: name.to_owned(),
            variables: IndexMap::new(),
            functions: IndexMap::new(),
            positional: Vec::new(),
            status: 0,
            io,
            jobs: Vec::new(),
            flow: Flow::Next,
            nounset: false,
            errexit: false,
            xtrace: false,
            calls: 0,
            line: 1,
            may_exec: false,
            interactive: false,
        }
    }

    /// The exit status of the last command.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// Whether `exit` was called.
    pub fn has_exited(&self) -> bool {
        self.flow == Flow::Exit
    }

    /// Runs a whole script.
    pub async fn run_text(&mut self, text: &str) {
        match parse::parse(text) {
            Ok(list) => self.list(&list).await,
            Err(error) => {
                self.complain(&format!("{}: {error}\n", self.name));
                self.status = 2;
            }
        }
    }

    pub(super) fn complain(&self, text: &str) {
        self.proc.write_stream(&self.io[2], text.as_bytes());
    }

    pub(super) fn say(&self, text: &str) {
        self.proc.write_stream(&self.io[1], text.as_bytes());
    }

    /// An error of a builtin or of the shell itself: `sh: 1: cd: can't cd to /x`.
    pub(super) fn error(&mut self, text: &str, status: i32) {
        let place = if self.is_dash() { format!("{}: ", self.line) } else { String::new() };
        self.complain(&format!("{}: {place}{text}\n", self.name));
        self.status = status;
    }

    /// Hosts have Debian's dash, containers busybox's ash.
    pub(super) fn is_dash(&self) -> bool {
        self.proc.is_on_host()
    }

    /// The value of a variable.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.proc.pid().0.to_string()),
            "!" => self.jobs.last().map(|pid| pid.0.to_string()),
            "#" => Some(self.positional.len().to_string()),
            "@" | "*" => Some(self.positional.join(" ")),
            "-" => Some(String::new()),
            "0" => Some(self.name.clone()),
            "PWD" => Some(self.proc.cwd()),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                let n: usize = digits.parse().ok()?;
                self.positional.get(n.checked_sub(1)?).cloned()
            }
            name => self.variables.get(name).cloned().or_else(|| self.proc.env(name)),
        }
    }

    /// Sets a variable; an exported one stays exported.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if self.proc.env(name).is_some() {
            self.proc.set_env(name, value);
        } else {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(super) fn export(&mut self, name: &str) {
        if let Some(value) = self.variables.shift_remove(name) {
            self.proc.set_env(name, &value);
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.variables.shift_remove(name);
        self.functions.shift_remove(name);
        self.proc.unset_env(name);
    }

    pub(super) fn function(&self, name: &str) -> Option<&Command> {
        self.functions.get(name)
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.variables.iter()
    }

    /// Runs a list.
    pub(super) fn list<'a>(&'a mut self, list: &'a List) -> Running<'a> {
        Box::pin(async move {
            for item in &list.0 {
                self.line = item.line;
                if item.background {
                    self.background(item);
                } else {
                    self.item(item).await;
                }
                if self.flow != Flow::Next {
                    return;
                }
            }
        })
    }

    async fn item(&mut self, item: &Item) {
        let guarded = !item.rest.is_empty();
        self.pipeline(&item.first).await;
        for (join, pipeline) in &item.rest {
            if self.flow != Flow::Next {
                return;
            }
            if (*join == Join::And) == (self.status == 0) {
                self.pipeline(pipeline).await;
            }
        }
        if self.errexit && self.status != 0 && !guarded && !item.first.negated {
            self.flow = Flow::Exit;
        }
    }

    fn background(&mut self, item: &Item) {
        let item = Item { background: false, ..item.clone() };
        let mut io = self.io.clone();
        if !self.interactive {
            io[0] = Stream::Null;
        }
        let pid = self.fork(io, List(vec![item]));
        self.jobs.push(pid);
        if self.interactive {
            self.complain(&format!("[{}] {}\n", self.jobs.len(), pid.0));
        }
        self.status = 0;
    }

    /// A child that goes on with a copy of this shell.
    fn fork(&self, io: [Stream; 3], list: List) -> Pid {
        let mut spawn = self.proc.spawn_like();
        spawn.stdio = io;
        let mut shell = self.clone();
        // The child has its own ends of the pipes and no others.
        shell.io = [Stream::Null, Stream::Null, Stream::Null];
        self.proc.spawn_now(spawn, move |proc| {
            boxed(async move {
                shell.io = [proc.stdio(0), proc.stdio(1), proc.stdio(2)];
                shell.proc = proc;
                shell.jobs = Vec::new();
                shell.interactive = false;
                shell.may_exec = true;
                shell.list(&list).await;
                shell.status
            })
        })
    }

    async fn pipeline(&mut self, pipeline: &Pipeline) {
        if let [command] = pipeline.commands.as_slice() {
            self.command(command).await;
        } else {
            self.may_exec = false;
            let mut pids = Vec::new();
            let mut input = self.io[0].clone();
            for (n, command) in pipeline.commands.iter().enumerate() {
                let mut io = self.io.clone();
                io[0] = input;
                input = Stream::Null;
                if n + 1 < pipeline.commands.len() {
                    let (reader, writer) = self.proc.pipe();
                    io[1] = Stream::PipeWriter(writer);
                    input = Stream::PipeReader(reader);
                }
                let pipeline = Pipeline { negated: false, commands: vec![command.clone()] };
                let item =
                    Item { line: self.line, first: pipeline, rest: Vec::new(), background: false };
                pids.push(self.fork(io, List(vec![item])));
            }
            for pid in pids {
                self.status = self.proc.wait(pid).await;
            }
        }
        if pipeline.negated {
            self.status = i32::from(self.status == 0);
        }
    }

    fn command<'a>(&'a mut self, command: &'a Command) -> Running<'a> {
        Box::pin(async move {
            let saved = self.io.clone();
            match self.redirect(&command.redirects).await {
                Ok(()) => self.kind(&command.kind).await,
                Err(text) => self.error(&text, 2),
            }
            self.io = saved;
        })
    }

    async fn redirect(&mut self, redirects: &[Redirect]) -> Result<(), String> {
        for redirect in redirects {
            let stream = match &redirect.to {
                Place::Fd(fd) => self.io[*fd].clone(),
                Place::Close => Stream::Null,
                Place::Here(word) => {
                    let text = self.text(word).await?;
                    self.proc.input(text.into_bytes())
                }
                Place::Read(word) => {
                    let path = self.text(word).await?;
                    let open = self.proc.open_input(&path);
                    open.map_err(|errno| format!("cannot open {path}: {}", short(errno)))?
                }
                Place::Write(word) | Place::Append(word) => {
                    let path = self.text(word).await?;
                    let append = matches!(redirect.to, Place::Append(_));
                    let open = self.proc.open_output(&path, append);
                    let verb =
                        if errno_of(&open) == Some(Errno::ENOENT) { "create" } else { "open" };
                    open.map_err(|errno| match errno {
                        Errno::ENOENT if verb == "create" => {
                            format!("cannot create {path}: Directory nonexistent")
                        }
                        errno => format!("cannot create {path}: {errno}"),
                    })?
                }
            };
            self.io[redirect.fd.min(2)] = stream;
        }
        Ok(())
    }

    async fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Simple { assignments, words } => self.simple(assignments, words).await,
            Kind::Group(list) => {
                self.may_exec = false;
                self.list(list).await;
            }
            Kind::Subshell(list) => {
                let pid = self.fork(self.io.clone(), list.clone());
                self.status = self.proc.wait(pid).await;
            }
            Kind::If { branches, otherwise } => {
                self.may_exec = false;
                for (condition, body) in branches {
                    self.condition(condition).await;
                    if self.flow != Flow::Next {
                        return;
                    }
                    if self.status == 0 {
                        return self.list(body).await;
                    }
                }
                self.status = 0;
                if let Some(list) = otherwise {
                    self.list(list).await;
                }
            }
            Kind::Loop { until, condition, body } => {
                self.may_exec = false;
                let mut status = 0;
                loop {
                    self.proc.sleep(BUILTIN_TIME).await;
                    self.condition(condition).await;
                    if self.flow != Flow::Next || (self.status == 0) == *until {
                        break;
                    }
                    self.list(body).await;
                    status = self.status;
                    if !self.loop_goes_on() {
                        break;
                    }
                }
                self.status = status;
            }
            Kind::For { name, words, body } => self.for_loop(name, words.as_deref(), body).await,
            Kind::Case { word, arms } => self.case(word, arms).await,
            Kind::Function { name, body } => {
                self.functions.insert(name.clone(), (**body).clone());
                self.status = 0;
            }
        }
    }

    /// A condition: a failure in it is no reason for `set -e` to end the shell.
    async fn condition(&mut self, list: &List) {
        let errexit = std::mem::replace(&mut self.errexit, false);
        self.list(list).await;
        self.errexit = errexit;
    }

    async fn for_loop(&mut self, name: &str, words: Option<&[Word]>, body: &List) {
        self.may_exec = false;
        let values = match words {
            None => self.positional.clone(),
            Some(words) => match self.fields(words).await {
                Ok(values) => values,
                Err(text) => return self.error(&text, 2),
            },
        };
        self.status = 0;
        for value in values {
            self.proc.sleep(BUILTIN_TIME).await;
            self.set(name, &value);
            self.list(body).await;
            if !self.loop_goes_on() {
                break;
            }
        }
    }

    /// After a round of a loop: whether there is another.
    fn loop_goes_on(&mut self) -> bool {
        match self.flow {
            Flow::Next => true,
            Flow::Break(n) => {
                self.flow = if n > 1 { Flow::Break(n - 1) } else { Flow::Next };
                false
            }
            Flow::Continue(1) => {
                self.flow = Flow::Next;
                true
            }
            Flow::Continue(n) => {
                self.flow = Flow::Continue(n - 1);
                false
            }
            Flow::Return | Flow::Exit => false,
        }
    }

    async fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)]) {
        self.may_exec = false;
        let text = match self.text(word).await {
            Ok(text) => text,
            Err(text) => return self.error(&text, 2),
        };
        self.status = 0;
        for (patterns, body) in arms {
            for pattern in patterns {
                let Ok(pattern) = self.pattern(pattern).await else { continue };
                if super::pattern::fits(&pattern, &text) {
                    return self.list(body).await;
                }
            }
        }
    }

    async fn simple(&mut self, assignments: &[(String, Word)], words: &[Word]) {
        let before = self.status;
        let fields = match self.fields(words).await {
            Ok(fields) => fields,
            Err(text) => {
                self.error(&text, 2);
                self.flow = if self.interactive { Flow::Next } else { Flow::Exit };
                return;
            }
        };
        let mut values = Vec::new();
        for (name, word) in assignments {
            match self.text(word).await {
                Ok(value) => values.push((name.clone(), value)),
                Err(text) => return self.error(&text, 2),
            }
        }
        if self.xtrace {
            self.complain(&format!("+ {}\n", fields.join(" ")));
        }
        let Some(name) = fields.first().cloned() else {
            // The status is that of a command substitution, if there was one.
            self.status = if self.status == before { 0 } else { self.status };
            for (name, value) in values {
                self.set(&name, &value);
            }
            return;
        };
        if let Some(body) = self.functions.get(&name).cloned() {
            return self.call(&body, fields, values).await;
        }
        if super::builtin::is_builtin(&name) {
            self.proc.sleep(BUILTIN_TIME).await;
            for (name, value) in values {
                self.set(&name, &value);
            }
            return self.builtin(fields).await;
        }
        self.external(fields, values).await;
    }

    async fn call(&mut self, body: &Command, fields: Vec<String>, values: Vec<(String, String)>) {
        if self.calls >= MAX_CALLS {
            return self.error(&format!("{}: too many open function calls", fields[0]), 2);
        }
        for (name, value) in values {
            self.set(&name, &value);
        }
        self.may_exec = false;
        let positional = fields.into_iter().skip(1).collect();
        let saved = std::mem::replace(&mut self.positional, positional);
        self.calls += 1;
        self.command(body).await;
        self.calls -= 1;
        self.positional = saved;
        if self.flow == Flow::Return {
            self.flow = Flow::Next;
        }
    }

    /// Runs a program as a child, or in the place of this shell when that is a copy made for it.
    pub(super) async fn external(&mut self, fields: Vec<String>, values: Vec<(String, String)>) {
        let name = fields[0].clone();
        let (_, program) = match self.proc.find_program(&name) {
            Ok(found) => found,
            Err(Errno::ENOENT) => return self.error(&format!("{name}: not found"), 127),
            Err(errno) => return self.error(&format!("{name}: {errno}"), 126),
        };
        if self.may_exec {
            for (name, value) in &values {
                self.proc.set_env(name, value);
            }
            for (fd, stream) in self.io.iter().enumerate() {
                self.proc.set_stdio(fd, stream.clone());
            }
            self.io = [Stream::Null, Stream::Null, Stream::Null];
            self.status = self.proc.exec(fields).await.unwrap_or(126);
            self.io = [self.proc.stdio(0), self.proc.stdio(1), self.proc.stdio(2)];
            return;
        }
        let mut spawn: Spawn = self.proc.spawn_like();
        spawn.stdio = self.io.clone();
        for (name, value) in values {
            spawn.env.insert(name, value);
        }
        let is_script = self.proc.is_script(&name);
        spawn.argv = if is_script {
            let path = self.proc.absolute(&name);
            ["sh".to_owned(), path].into_iter().chain(fields.into_iter().skip(1)).collect()
        } else {
            fields
        };
        let pid = self.proc.spawn(spawn, program);
        self.status = self.proc.wait(pid).await;
    }

    /// The output of a list, run in a child.
    pub(super) fn capture_output(&mut self, list: List) -> LocalFuture<String> {
        let (reader, writer) = self.proc.pipe();
        let mut io = self.io.clone();
        io[1] = Stream::PipeWriter(writer);
        let pid = self.fork(io, list);
        let proc = self.proc.clone();
        Box::pin(async move {
            let bytes = proc.read_all_from(&Stream::PipeReader(reader)).await;
            proc.wait(pid).await;
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
}

fn errno_of<T>(result: &Result<T, Errno>) -> Option<Errno> {
    result.as_ref().err().copied()
}

/// dash's own words for some errors.
fn short(errno: Errno) -> String {
    match errno {
        Errno::ENOENT => "No such file".to_owned(),
        errno => errno.to_string(),
    }
}
