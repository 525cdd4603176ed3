//! Processes: finding programs, starting and ending other processes, signals.

use std::future::Future;
use std::rc::Rc;
use std::task::Poll;

use crate::engine::Time;
use crate::kernel::{Errno, NamespaceId};
use crate::process::files::Node;
use crate::process::id::{Pid, RootId};
use crate::process::runtime::{LocalFuture, Process};
use crate::process::signal::Signal;
use crate::process::spawn::{EXEC_TIME, ProcessView, Spawn};
use crate::process::stream::{Stream, Terminal};

use super::{Proc, Program};

impl Proc {
    /// The network namespace of a process.
    pub fn ns_of(&self, pid: Pid) -> Option<NamespaceId> {
        let state = self.runtime.state.borrow();
        let process = state.processes.get(&pid).filter(|process| process.end.is_none())?;
        Some(process.spawn.ns)
    }

    /// The process that has this number for this one: in a container those inside are counted anew.
    pub fn pid_seen_as(&self, number: u32) -> Pid {
        if self.is_on_host() {
            return Pid(number);
        }
        let root = self.root();
        let inside = self.runtime.list().into_iter().filter(|view| view.root == root);
        inside.filter(|view| view.inner == number).map(|view| view.pid).next().unwrap_or(Pid(0))
    }

    /// All processes that run.
    pub fn processes(&self) -> Vec<ProcessView> {
        self.runtime.list()
    }

    /// The program that a word on a command line means, and where it is.
    pub fn find_program(&self, word: &str) -> Result<(String, Program), Errno> {
        let root = self.root();
        let path = self.env("PATH").unwrap_or_default();
        self.find_program_in(root, &path, word)
    }

    /// The same, in another root.
    pub fn find_program_in(
        &self,
        root: RootId,
        search: &str,
        word: &str,
    ) -> Result<(String, Program), Errno> {
        let candidates: Vec<String> = if word.contains('/') {
            vec![self.absolute(word)]
        } else {
            search.split(':').map(|dir| format!("{dir}/{word}")).collect()
        };
        for path in candidates {
            let node = self.with_root(root, |root| root.tree.get(&path).cloned());
            match node.ok_or(Errno::ENOENT)? {
                Ok(Node::Program(name)) => {
                    let program = self.software.programs.get(name).ok_or(Errno::ENOENT)?;
                    return Ok((path, *program));
                }
                Ok(Node::File(_)) if word.contains('/') => {
                    let sh = self.software.programs.get("sh").ok_or(Errno::EACCES)?;
                    return Ok((path, *sh));
                }
                Ok(Node::Dir) if word.contains('/') => return Err(Errno::EACCES),
                _ => {}
            }
        }
        Err(Errno::ENOENT)
    }

    /// Whether a word on a command line means a file with a script.
    pub fn is_script(&self, word: &str) -> bool {
        let path = self.absolute(word);
        word.contains('/')
            && matches!(self.files(|tree| tree.get(&path).cloned()), Ok(Node::File(_)))
    }

    /// Becomes another program (`execve(2)`), whose exit status is returned.
    pub async fn exec(&self, argv: Vec<String>) -> Result<i32, Errno> {
        let (path, program) = self.find_program(argv.first().map_or("", String::as_str))?;
        let is_script = matches!(self.files(|tree| tree.get(&path).cloned()), Ok(Node::File(_)));
        self.spawned(|spawn| {
            spawn.argv = if is_script {
                ["sh".to_owned(), path].into_iter().chain(argv.into_iter().skip(1)).collect()
            } else {
                argv
            };
        });
        Ok(program(self.clone()).await)
    }

    /// Becomes another program that is at hand, under this command line.
    pub async fn run_as(&self, argv: Vec<String>, program: Program) -> i32 {
        self.spawned(|spawn| spawn.argv = argv);
        program(self.clone()).await
    }

    /// Starts a process.
    pub fn spawn(&self, spawn: Spawn, program: impl FnOnce(Proc) -> LocalFuture<i32>) -> Pid {
        self.spawn_at(spawn, self.now() + EXEC_TIME, program)
    }

    /// Starts a process that is a copy of this one (`fork(2)`): it runs at once.
    pub fn spawn_now(&self, spawn: Spawn, program: impl FnOnce(Proc) -> LocalFuture<i32>) -> Pid {
        self.spawn_at(spawn, self.now(), program)
    }

    fn spawn_at(
        &self,
        spawn: Spawn,
        at: Time,
        program: impl FnOnce(Proc) -> LocalFuture<i32>,
    ) -> Pid {
        let ns = spawn.ns;
        self.sys_in(ns, |sys| sys.netns_hold(ns));
        let proc = |pid| Proc::new(self.runtime.clone(), self.software.clone(), pid);
        self.runtime.spawn(spawn, at, |pid| program(proc(pid)))
    }

    /// Adds a thread to this process; it ends with the process.
    pub fn thread(&self, work: impl Future<Output = ()> + 'static) {
        self.runtime.spawn_thread(self.pid, work);
    }

    /// Adds a thread to another process: a request to a service is handled there.
    pub fn thread_in(&self, pid: Pid, work: impl Future<Output = ()> + 'static) {
        self.runtime.spawn_thread(pid, work);
    }

    /// Waits for the end of a process; its exit status.
    pub async fn wait(&self, pid: Pid) -> i32 {
        self.until(|proc| {
            let mut state = proc.runtime.state.borrow_mut();
            let Some(process) = state.processes.get_mut(&pid) else { return Poll::Ready(127) };
            match process.end {
                Some((_, status)) => {
                    if process.spawn.parent == Some(proc.pid) {
                        state.processes.remove(&pid);
                    }
                    Poll::Ready(status)
                }
                None => {
                    process.waiting.push(proc.task());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Whether a process runs.
    pub fn is_alive(&self, pid: Pid) -> bool {
        self.runtime.is_alive(pid)
    }

    /// Sends a signal.
    pub fn kill(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        if signal == Signal::Kill && self.is_own_first(pid) {
            return Ok(());
        }
        self.runtime.kill(pid, signal)
    }

    /// Whether this is the first process of the container that this one is in: no signal
    /// from inside ends that.
    fn is_own_first(&self, pid: Pid) -> bool {
        let state = self.runtime.state.borrow();
        let process = |pid: Pid| state.processes.get(&pid);
        let (Some(target), Some(own)) = (process(pid), process(self.pid)) else { return false };
        target.spawn.init && target.spawn.root == own.spawn.root
    }

    /// Ends all processes that have this root directory, except this one.
    pub fn kill_all_in(&self, root: RootId) {
        let pids: Vec<Pid> = {
            let state = self.runtime.state.borrow();
            let inside = |(_, process): &(&Pid, &Process)| process.spawn.root == root;
            state.processes.iter().filter(inside).map(|(pid, _)| *pid).collect()
        };
        for pid in pids.into_iter().filter(|pid| *pid != self.pid) {
            // It was in the list just now.
            let _ = self.kill(pid, Signal::Kill);
        }
    }

    /// Ctrl-C at a terminal: it is shown, and the processes that read there hear of it.
    pub fn interrupt(&self, terminal: &Rc<Terminal>) {
        if let Some(screen) = terminal.screen() {
            self.write_stream(&screen, b"^C");
        }
        let reads = |process: &Process| matches!(&process.spawn.stdio[0], Stream::Terminal(own, _) if Rc::ptr_eq(own, terminal));
        let pids: Vec<Pid> = {
            let state = self.runtime.state.borrow();
            let inside = state.processes.iter().filter(|(_, process)| reads(process));
            inside.map(|(pid, _)| *pid).collect()
        };
        for pid in pids {
            // It was in the list just now.
            let _ = self.kill(pid, Signal::Int);
        }
    }

    /// Stops the processes of a root directory where they are (`SIGSTOP`, the freezer of cgroups), or
    /// lets them go on.
    pub fn freeze(&self, root: RootId, frozen: bool) {
        self.runtime.freeze(root, frozen);
    }

    /// Forgets the caught signals that nobody has waited for.
    pub fn forget_signals(&self) {
        self.with(|process| process.pending.clear());
    }

    /// From now on this signal does not end the process; see [`Proc::next_signal`].
    pub fn catch(&self, signal: Signal) {
        self.with(|process| process.caught.push(signal));
    }

    /// Waits for a caught signal.
    pub async fn next_signal(&self) -> Signal {
        self.until(|proc| {
            let task = proc.task();
            proc.with(|process| match process.pending.pop_front() {
                Some(signal) => Poll::Ready(signal),
                None => {
                    process.signal_waiters.push(task);
                    Poll::Pending
                }
            })
        })
        .await
    }
}
