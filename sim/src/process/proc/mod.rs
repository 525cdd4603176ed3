//! [`Proc`]: a program's view of its process. Everything that a program can ask for.
//!
//! Here are what the process is, its system calls and its services. `streams` reads and writes,
//! `files` opens, `wait` waits, `processes` starts and ends others.

mod files;
mod processes;
mod procfs;
mod streams;
mod sysfs;
mod wait;

use std::any::Any;
use std::pin::Pin;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::Time;
use crate::kernel::sys::Sys;
use crate::kernel::{Credentials, NamespaceId, Task};

use super::files::Tree;
use super::id::{Pid, RootId};
use super::runtime::{LocalFuture, Process, Runtime};
use super::spawn::Spawn;

pub use wait::{Either, select, select_all};

/// A program: it runs until its exit status.
pub type Program = fn(Proc) -> LocalFuture<i32>;

/// Which software there is.
#[derive(Clone)]
pub struct Software {
    /// Programs, by the name that [`Node::Program`](super::Node::Program) gives.
    pub programs: IndexMap<&'static str, Program>,
    /// The files of a container image, by its name without tag.
    pub image_files: fn(&str) -> Option<Tree>,
}

/// A process, as its own program sees it. Cheap to clone.
#[derive(Clone)]
pub struct Proc {
    pub(super) runtime: Rc<Runtime>,
    software: Rc<Software>,
    pid: Pid,
}

impl Proc {
    pub(super) fn new(runtime: Rc<Runtime>, software: Rc<Software>, pid: Pid) -> Proc {
        Proc { runtime, software, pid }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its number as it sees it itself: in a container the first process has 1.
    pub fn inner_pid(&self) -> u32 {
        self.with(|process| process.inner)
    }

    fn with<R>(&self, look: impl FnOnce(&mut Process) -> R) -> R {
        let mut state = self.runtime.state.borrow_mut();
        look(state.processes.get_mut(&self.pid).expect("a program runs while its process lives"))
    }

    fn spawned<R>(&self, look: impl FnOnce(&mut Spawn) -> R) -> R {
        self.with(|process| look(&mut process.spawn))
    }

    /// Its command line, with its own name first.
    pub fn argv(&self) -> Vec<String> {
        self.spawned(|spawn| spawn.argv.clone())
    }

    /// The words after its name.
    pub fn args(&self) -> Vec<String> {
        self.spawned(|spawn| spawn.argv.iter().skip(1).cloned().collect())
    }

    /// Its network namespace.
    pub fn ns(&self) -> NamespaceId {
        self.spawned(|spawn| spawn.ns)
    }

    /// Goes into another network namespace (`setns(2)`).
    pub fn enter_ns(&self, ns: NamespaceId) {
        let old = self.spawned(|spawn| std::mem::replace(&mut spawn.ns, ns));
        self.sys_in(ns, |sys| sys.netns_hold(ns));
        self.runtime.releases.borrow_mut().push(old);
    }

    /// Who it is, and what it may do.
    pub fn credentials(&self) -> Credentials {
        self.spawned(|spawn| spawn.credentials)
    }

    /// Its root directory.
    pub fn root(&self) -> RootId {
        self.spawned(|spawn| spawn.root)
    }

    /// The host's root directory.
    pub fn host_root(&self) -> RootId {
        self.runtime.host_root.get()
    }

    /// Whether it runs on the host itself and not in a container.
    pub fn is_on_host(&self) -> bool {
        self.root() == self.host_root()
    }

    /// How it was started, for starting another in its place.
    pub fn spawn_like(&self) -> Spawn {
        self.spawned(|spawn| Spawn {
            extra_files: 0,
            parent: Some(self.pid),
            init: false,
            ..spawn.clone()
        })
    }

    /// A variable of its environment.
    pub fn env(&self, name: &str) -> Option<String> {
        self.spawned(|spawn| spawn.env.get(name).cloned())
    }

    /// All of its environment.
    pub fn environment(&self) -> IndexMap<String, String> {
        self.spawned(|spawn| spawn.env.clone())
    }

    /// Sets a variable of its environment.
    pub fn set_env(&self, name: &str, value: &str) {
        self.spawned(|spawn| spawn.env.insert(name.to_owned(), value.to_owned()));
    }

    /// Removes a variable of its environment.
    pub fn unset_env(&self, name: &str) {
        self.spawned(|spawn| spawn.env.shift_remove(name));
    }

    /// Its host name.
    pub fn hostname(&self) -> String {
        let root = self.root();
        self.runtime.roots.borrow().get(root).map(|root| root.hostname.clone()).unwrap_or_default()
    }

    /// The current instant.
    pub fn now(&self) -> Time {
        self.runtime.now.get()
    }

    /// The calendar time at which the simulation started, in seconds since 1970.
    pub fn epoch(&self) -> u64 {
        self.runtime.epoch.get()
    }

    /// The current calendar time, in seconds since 1970.
    pub fn calendar(&self) -> f64 {
        self.runtime.epoch.get() as f64 + self.now().as_secs_f64()
    }

    /// The task that runs.
    pub fn task(&self) -> Task {
        self.runtime.current.get()
    }

    /// Makes system calls. The closure must not use the `Proc` itself.
    pub fn sys<R>(&self, call: impl FnOnce(&mut Sys) -> R) -> R {
        self.sys_in(self.ns(), call)
    }

    /// Makes system calls in another namespace.
    pub fn sys_in<R>(&self, ns: NamespaceId, call: impl FnOnce(&mut Sys) -> R) -> R {
        let (origin, credentials) = self.spawned(|spawn| (spawn.argv.join(" "), spawn.credentials));
        let behalf = self.runtime.works_for().filter(|pid| *pid != self.pid);
        let behalf = behalf.and_then(|pid| self.runtime.command_line(pid));
        self.runtime.with_sys_for(Some(ns), &origin, behalf.as_deref(), credentials, call)
    }

    /// Listens on a socket file of the host.
    pub fn serve<T: 'static>(&self, path: &str, service: Rc<T>) {
        self.runtime.state.borrow_mut().services.insert(path.to_owned(), service);
    }

    /// Stops listening.
    pub fn unserve(&self, path: &str) {
        let service = self.runtime.state.borrow_mut().services.shift_remove(path);
        drop(service);
    }

    /// What listens on a socket file of the host.
    pub fn service<T: 'static>(&self, path: &str) -> Option<Rc<T>> {
        let service: Rc<dyn Any> = self.runtime.state.borrow().services.get(path)?.clone();
        service.downcast().ok()
    }

    /// Tasks that are pushed here go on.
    pub fn wake(&self, tasks: impl IntoIterator<Item = Task>) {
        self.runtime.ready.borrow_mut().extend(tasks);
    }
}

/// A future in a box, as programs return it.
pub fn boxed(work: impl Future<Output = i32> + 'static) -> LocalFuture<i32> {
    let boxed: Pin<Box<dyn Future<Output = i32>>> = Box::pin(work);
    boxed
}
