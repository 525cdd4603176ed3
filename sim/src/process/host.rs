//! [`Processes`]: all processes of a host, for whoever owns the host.

use std::any::Any;
use std::rc::Rc;

use super::files::Tree;
use super::id::{Pid, RootId};
use super::proc::{Proc, Software};
use super::runtime::{Core, LocalFuture, Runtime};
use super::signal::Signal;
use super::spawn::{ProcessView, Root, Spawn, host_environment};
use super::stream::{Channel, Stream, Terminal};
use crate::engine::Time;
use crate::kernel::{Cause, Credentials, NamespaceId, Task};

/// The processes of one host.
pub struct Processes {
    runtime: Rc<Runtime>,
    software: Rc<Software>,
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.runtime.clear();
    }
}

impl Processes {
    /// No process yet, and the host's files.
    pub fn new(software: Rc<Software>, root: Root) -> Processes {
        let runtime = Runtime::new();
        let id = runtime.roots.borrow_mut().insert(root);
        runtime.host_root.set(id);
        Processes { runtime, software }
    }

    /// The calendar time at which the simulation starts, in seconds since 1970.
    pub fn set_epoch(&self, epoch: u64) {
        self.runtime.epoch.set(epoch);
    }

    /// The host's root directory.
    pub fn host_root(&self) -> RootId {
        self.runtime.host_root.get()
    }

    /// A new terminal.
    pub fn terminal(&self) -> Rc<Terminal> {
        Terminal::new(&self.runtime.ready)
    }

    /// Starts a program now.
    pub fn spawn(
        &self,
        core: &mut Option<Core>,
        spawn: Spawn,
        program: impl FnOnce(Proc) -> LocalFuture<i32>,
    ) -> Pid {
        self.lend(core, |runtime| {
            runtime.with_sys(Some(spawn.ns), "", |sys| sys.netns_hold(spawn.ns));
            let now = runtime.now.get();
            let proc = |pid| Proc::new(runtime.clone(), self.software.clone(), pid);
            runtime.spawn(spawn, now, |pid| program(proc(pid)))
        })
    }

    /// How a process of the host itself is started.
    pub fn host_spawn(&self, ns: NamespaceId, argv: &[&str], terminal: &Rc<Terminal>) -> Spawn {
        let out = |channel| Stream::Terminal(terminal.clone(), channel);
        Spawn {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            ns,
            root: self.host_root(),
            cwd: "/root".to_owned(),
            credentials: Credentials::ROOT,
            env: host_environment(),
            stdio: [out(Channel::Out), out(Channel::Out), out(Channel::Err)],
            extra_files: 0,
            parent: None,
            init: false,
        }
    }

    /// Lets a task go on.
    pub fn poll(&self, core: &mut Option<Core>, task: Task, cause: Cause) {
        self.lend(core, |runtime| runtime.poll(task, cause));
    }

    /// Types text into a terminal; `None` ends its input.
    pub fn type_in(&self, core: &mut Option<Core>, terminal: &Terminal, text: Option<&str>) {
        self.lend(core, |_| match text {
            Some(text) => terminal.type_in(text),
            None => terminal.close_input(),
        });
    }

    /// Sends a signal to a process; false if there is no such process.
    pub fn kill(&self, core: &mut Option<Core>, pid: Pid, signal: Signal) -> bool {
        self.lend(core, |runtime| runtime.kill(pid, signal).is_ok())
    }

    /// Runs `act` with the kernel on loan.
    fn lend<R>(&self, core: &mut Option<Core>, act: impl FnOnce(&Rc<Runtime>) -> R) -> R {
        let lent = core.take().expect("a host lends its kernel to one call at a time");
        self.runtime.now.set(lent.cx.now);
        *self.runtime.loan.borrow_mut() = Some(lent);
        let result = act(&self.runtime);
        self.runtime.bury();
        *core = self.runtime.loan.borrow_mut().take();
        if let Some(core) = core {
            core.cx.set_cause(Cause::Kernel);
        }
        result
    }

    /// Ends everything, and forgets what is not on the disk.
    pub fn shut_down(&self, core: &mut Option<Core>) {
        self.lend(core, |runtime| runtime.shut_down());
        self.files(self.host_root(), |tree| {
            for place in ["/run", "/tmp"] {
                tree.clear(place);
            }
        });
    }

    /// The exit status of a process that is over.
    pub fn status(&self, pid: Pid) -> Option<i32> {
        let state = self.runtime.state.borrow();
        match state.processes.get(&pid) {
            Some(process) => process.end.map(|(_, status)| status),
            None => Some(0),
        }
    }

    /// When a process ended that is over and not forgotten.
    pub fn ended(&self, pid: Pid) -> Option<Time> {
        let state = self.runtime.state.borrow();
        state.processes.get(&pid).and_then(|process| process.end).map(|(at, _)| at)
    }

    /// Forgets a process that is over.
    pub fn reap(&self, pid: Pid) {
        let mut state = self.runtime.state.borrow_mut();
        if state.processes.get(&pid).is_some_and(|process| process.end.is_some()) {
            state.processes.remove(&pid);
        }
    }

    /// All processes that run.
    pub fn list(&self) -> Vec<ProcessView> {
        self.runtime.list()
    }

    /// Looks at, or changes, the files of a root.
    pub fn files<R>(&self, root: RootId, act: impl FnOnce(&mut Tree) -> R) -> Option<R> {
        self.runtime.roots.borrow_mut().get_mut(root).map(|root| act(&mut root.tree))
    }

    /// The names of the programs of the host.
    pub fn programs_on_path(&self) -> Vec<String> {
        const PLACES: [&str; 5] = ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
        let list = |tree: &mut Tree| {
            PLACES.iter().flat_map(|place| tree.list(place).unwrap_or_default()).collect()
        };
        self.files(self.host_root(), list).unwrap_or_default()
    }

    /// The service that listens on a socket file.
    pub fn service<T: 'static>(&self, path: &str) -> Option<Rc<T>> {
        let service: Rc<dyn Any> = self.runtime.state.borrow().services.get(path)?.clone();
        service.downcast().ok()
    }

    /// Puts a service onto a socket file.
    pub fn serve<T: 'static>(&self, path: &str, service: Rc<T>) {
        self.runtime.state.borrow_mut().services.insert(path.to_owned(), service);
    }

    /// The wakes that the world has to schedule.
    pub fn take_wakes(&self, out: &mut Vec<(Time, Task)>) {
        self.runtime.take_wakes(out);
    }

    /// Whether there is nothing to schedule.
    pub fn is_quiet(&self) -> bool {
        self.runtime.ready.borrow().is_empty()
    }
}

impl std::fmt::Debug for Processes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Processes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::engine::{Seed, Span};
    use crate::kernel::{Context, Kernel};

    #[test]
    fn a_machine_that_is_thrown_away_leaves_nothing() {
        let mut cx = Context::new(0, "host", Seed(1));
        let kernel = Kernel::new(&mut cx);
        let ns = kernel.host_namespace();
        let mut core = Some(Core { kernel: Box::new(kernel), cx: Box::new(cx) });
        let software = Software { programs: IndexMap::default(), image_files: |_| None };
        let root = Root { tree: Tree::new(), hostname: "host".into(), has_fixed_switches: false };
        let processes = Processes::new(Rc::new(software), root);
        let spawn = processes.host_spawn(ns, &["forever"], &processes.terminal());
        processes.spawn(&mut core, spawn, |proc| {
            Box::pin(async move {
                proc.sleep(Span::secs(1)).await;
                0
            })
        });
        let runtime = Rc::downgrade(&processes.runtime);
        drop(processes);
        assert!(runtime.upgrade().is_none(), "a program still holds it");
    }
}
