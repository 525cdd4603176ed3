//! Child processes of a shell: copies of it, and the programs that it runs.

use super::Shell;
use crate::kernel::Errno;
use crate::process::{LocalFuture, Pid, Spawn, Stream, boxed};
use crate::shell::sh::ast::{Item, List};

impl Shell {
    pub(super) fn background(&mut self, item: &Item) {
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
    pub(super) fn fork(&self, io: [Stream; 3], list: List) -> Pid {
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

    /// Runs a program as a child, or in the place of this shell when that is a copy made for it.
    pub(in crate::shell::sh) async fn external(
        &mut self,
        fields: Vec<String>,
        values: Vec<(String, String)>,
    ) {
        let name = fields[0].clone();
        let (_, program) = match self.proc.find_program(&name) {
            Ok(found) => found,
            Err(Errno::ENOENT) => {
                let words = if self.name == "bash" { "command not found" } else { "not found" };
                return self.error(&format!("{name}: {words}"), 127);
            }
            Err(errno) => return self.error(&format!("{name}: {errno}"), 126),
        };
        // `MAX_ARG_STRLEN` of Linux: 32 pages.
        const LONGEST: usize = 131_072;
        if fields.iter().any(|field| field.len() >= LONGEST) {
            return self.error(&format!("{name}: Argument list too long"), 126);
        }
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
    pub(in crate::shell::sh) fn capture_output(&mut self, list: List) -> LocalFuture<String> {
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
