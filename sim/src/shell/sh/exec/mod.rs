//! Running what was parsed. A shell is a process; each external command is a child process, each part
//! of a pipeline and each `( … )` a child that goes on with a copy of the shell.
//!
//! Here are the shell itself, its lists and pipelines. `compound` has the commands with keywords,
//! `simple` those without, `redirect`, `variable` and `child` what they need.

mod child;
mod compound;
mod redirect;
mod simple;
mod variable;

use std::pin::Pin;

use indexmap::IndexMap;

use super::ast::{Command, Item, Join, List, Pipeline};
use super::parse;
use crate::engine::Span;
use crate::process::{Pid, Proc, Stream};

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
                let text = if self.is_dash() { error.to_string() } else { error.of_ash() };
                self.complain(&format!("{}: {text}\n", self.name));
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
        let place = if self.is_dash() && self.name != "bash" {
            format!("{}: ", self.line)
        } else {
            String::new()
        };
        self.complain(&format!("{}: {place}{text}\n", self.name));
        self.status = status;
    }

    /// Hosts have Debian's dash, containers busybox's ash.
    pub(super) fn is_dash(&self) -> bool {
        self.proc.has_gnu_tools()
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
}
