//! The executor: it polls the tasks of one host's processes, one at a time, in the order in which the
//! world's events wake them.
//!
//! A program is an `async fn`. While one of its tasks is polled, the kernel is lent to the runtime, so
//! that the program can make system calls; between polls the host has it back. This is the one place
//! with shared ownership: [`Runtime`] is behind an `Rc` that every `Proc` holds, and nothing of it
//! leaves this folder.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use indexmap::IndexMap;
use slotmap::SlotMap;

use crate::engine::Time;
use crate::kernel::sys::Sys;
use crate::kernel::{Cause, Context, Credentials, Errno, Kernel, NamespaceId, SocketId, Task};

use super::id::{Pid, RootId};
use super::signal::Signal;
use super::spawn::{ProcessView, Root, Spawn};
use super::stream::{Ready, Stream};

/// A future of this thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

pub(super) struct Process {
    pub spawn: Spawn,
    /// Its number in its container, where the first has 1; on the host its own.
    pub inner: u32,
    pub tasks: Vec<Task>,
    pub started: Time,
    /// When it ended, and its exit status.
    pub end: Option<(Time, i32)>,
    pub waiting: Vec<Task>,
    pub caught: Vec<Signal>,
    pub pending: VecDeque<Signal>,
    pub signal_waiters: Vec<Task>,
}

/// No task runs.
const NO_TASK: Task = Task(u32::MAX);

/// What a task is for its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// When it ends, the process ends.
    Main,
    /// A thread.
    Thread,
}

struct Running {
    pid: Pid,
    part: Part,
    /// For whom it runs: the process that somebody outside started.
    origin: u32,
    /// The packet that was handled when a thread was begun: the cause of what it does first.
    begun_by: Option<Cause>,
    /// Absent while it is polled.
    future: Option<LocalFuture<i32>>,
}

/// A kernel with its context: what a host lends to its processes while one of them runs.
#[derive(Debug)]
pub struct Core {
    /// The kernel.
    pub kernel: Box<Kernel>,
    /// The time, randomness and outbox.
    pub cx: Box<Context>,
}

#[derive(Default)]
pub(super) struct State {
    pub processes: BTreeMap<Pid, Process>,
    tasks: BTreeMap<Task, Running>,
    next_pid: u32,
    next_task: u32,
    /// The last number that was given inside a container.
    inner_pids: BTreeMap<RootId, u32>,
    /// Wakes at a later time.
    timers: Vec<(Time, Task)>,
    /// Futures of processes that were killed; dropped when nothing is borrowed.
    graveyard: Vec<LocalFuture<i32>>,
    /// Services of the host: what listens on socket files.
    pub services: IndexMap<String, Rc<dyn Any>>,
}

/// What the tasks of a host share.
pub(super) struct Runtime {
    pub state: RefCell<State>,
    pub roots: RefCell<SlotMap<RootId, Root>>,
    pub loan: RefCell<Option<Core>>,
    pub ready: Ready,
    pub now: Cell<Time>,
    pub current: Cell<Task>,
    /// Sockets whose handles are gone.
    pub closes: RefCell<Vec<(NamespaceId, SocketId)>>,
    /// Namespaces that a process left.
    pub releases: RefCell<Vec<NamespaceId>>,
    pub host_root: Cell<RootId>,
    /// The calendar time at which the simulation starts, in seconds since 1970.
    pub epoch: Cell<u64>,
    /// Root directories whose processes stand still, with what they would do if they did not.
    frozen: RefCell<IndexMap<RootId, Vec<Task>>>,
}

impl Runtime {
    pub(super) fn new() -> Rc<Runtime> {
        let runtime = Runtime {
            state: RefCell::new(State { next_pid: 300, ..State::default() }),
            roots: RefCell::default(),
            loan: RefCell::new(None),
            ready: Ready::default(),
            now: Cell::new(Time::ZERO),
            current: Cell::new(NO_TASK),
            closes: RefCell::default(),
            releases: RefCell::default(),
            host_root: Cell::new(RootId::default()),
            epoch: Cell::new(0),
            frozen: RefCell::default(),
        };
        Rc::new(runtime)
    }

    /// Makes a process; its first task runs at `at`.
    pub(super) fn spawn(
        &self,
        spawn: Spawn,
        at: Time,
        program: impl FnOnce(Pid) -> LocalFuture<i32>,
    ) -> Pid {
        let pid = {
            let mut state = self.state.borrow_mut();
            state.next_pid += 1;
            let pid = Pid(state.next_pid);
            let inner = if spawn.root == self.host_root.get() {
                pid.0
            } else {
                let last = state.inner_pids.entry(spawn.root).or_insert(0);
                *last = if spawn.init { 1 } else { *last + 1 };
                *last
            };
            let process = Process {
                spawn,
                inner,
                tasks: Vec::new(),
                started: at,
                end: None,
                waiting: Vec::new(),
                caught: Vec::new(),
                pending: VecDeque::new(),
                signal_waiters: Vec::new(),
            };
            state.processes.insert(pid, process);
            pid
        };
        let future = program(pid);
        let task = self.add_task(pid, Part::Main, future);
        self.wake_at(at, task);
        pid
    }

    /// Adds a thread to a process.
    pub(super) fn spawn_thread(&self, pid: Pid, future: impl Future<Output = ()> + 'static) {
        if !self.is_alive(pid) {
            return;
        }
        let future = Box::pin(async move {
            future.await;
            0
        });
        let task = self.add_task(pid, Part::Thread, future);
        self.ready.borrow_mut().push(task);
    }

    fn add_task(&self, pid: Pid, part: Part, future: LocalFuture<i32>) -> Task {
        let mut state = self.state.borrow_mut();
        let task = Task(state.next_task);
        state.next_task += 1;
        let origin = state.tasks.get(&self.current.get()).map_or(pid.0, |task| task.origin);
        let cause = self.loan.borrow().as_ref().map(|core| core.cx.cause());
        // A process of its own does what it does for whoever started it.
        let begun_by =
            cause.filter(|cause| part == Part::Thread && matches!(cause, Cause::Packet(_)));
        let future = Some(future);
        state.tasks.insert(task, Running { pid, part, origin, begun_by, future });
        if let Some(process) = state.processes.get_mut(&pid) {
            process.tasks.push(task);
        }
        task
    }

    /// Ends everything at once, as when the machine is thrown away. Tasks hold the runtime that holds them: without
    /// this none of it would ever be given back.
    pub(super) fn clear(&self) {
        let state = std::mem::take(&mut *self.state.borrow_mut());
        drop(state);
    }

    pub(super) fn is_alive(&self, pid: Pid) -> bool {
        self.state.borrow().processes.get(&pid).is_some_and(|process| process.end.is_none())
    }

    pub(super) fn wake_at(&self, at: Time, task: Task) {
        self.state.borrow_mut().timers.push((at, task));
    }

    /// Lets the processes of a root directory stand still, or go on.
    pub(super) fn freeze(&self, root: RootId, is_frozen: bool) {
        let mut frozen = self.frozen.borrow_mut();
        if is_frozen {
            frozen.entry(root).or_default();
        } else if let Some(tasks) = frozen.shift_remove(&root) {
            self.ready.borrow_mut().extend(tasks);
        }
    }

    /// Whether a task belongs to a process that stands still; it goes on when that does.
    fn stands_still(&self, task: Task) -> bool {
        let mut frozen = self.frozen.borrow_mut();
        if frozen.is_empty() {
            return false;
        }
        let state = self.state.borrow();
        let process = state.tasks.get(&task).and_then(|task| state.processes.get(&task.pid));
        let held = process.and_then(|process| frozen.get_mut(&process.spawn.root));
        held.map(|held| held.push(task)).is_some()
    }

    /// Polls one task, with the kernel on loan. Without another cause it works for its origin.
    pub(super) fn poll(&self, task: Task, cause: Cause) {
        if self.stands_still(task) {
            return;
        }
        let taken = {
            let mut state = self.state.borrow_mut();
            let running = state.tasks.get_mut(&task);
            running.and_then(|running| {
                Some((running.future.take()?, running.origin, running.begun_by.take()))
            })
        };
        let Some((mut future, origin, begun_by)) = taken else { return };
        self.current.set(task);
        if let Some(core) = self.loan.borrow_mut().as_mut() {
            core.cx.set_cause(match cause {
                Cause::Packet(_) => cause,
                _ => begun_by.unwrap_or(Cause::Process(origin)),
            });
        }
        let poll = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
        match poll {
            Poll::Pending => {
                let mut state = self.state.borrow_mut();
                match state.tasks.get_mut(&task) {
                    Some(running) => running.future = Some(future),
                    // It was killed while it ran.
                    None => state.graveyard.push(future),
                }
            }
            Poll::Ready(status) => {
                drop(future);
                let ended = self.state.borrow_mut().tasks.remove(&task);
                match ended {
                    Some(Running { pid, part: Part::Main, .. }) => self.end_process(pid, status),
                    Some(Running { pid, .. }) => {
                        if let Some(process) = self.state.borrow_mut().processes.get_mut(&pid) {
                            process.tasks.retain(|other| *other != task);
                        }
                    }
                    None => {}
                }
            }
        }
    }

    /// Drops what is dead, and gives its sockets and namespaces back to the kernel.
    pub(super) fn bury(&self) {
        self.current.set(NO_TASK);
        loop {
            let dead = std::mem::take(&mut self.state.borrow_mut().graveyard);
            if dead.is_empty() {
                break;
            }
            drop(dead);
        }
        let closes = std::mem::take(&mut *self.closes.borrow_mut());
        let releases = std::mem::take(&mut *self.releases.borrow_mut());
        if closes.is_empty() && releases.is_empty() {
            return;
        }
        self.with_sys(None, "", |sys| {
            for (ns, socket) in closes {
                sys.in_ns(ns).socket_close(socket);
            }
            for ns in releases {
                sys.netns_release(ns);
            }
        });
    }

    /// Makes system calls. Only while the kernel is on loan, which is whenever a program runs.
    pub(super) fn with_sys<R>(
        &self,
        ns: Option<NamespaceId>,
        origin: &str,
        call: impl FnOnce(&mut Sys) -> R,
    ) -> R {
        self.with_sys_for(ns, origin, None, Credentials::ROOT, call)
    }

    /// The same, on behalf of somebody, with what a process may do.
    pub(super) fn with_sys_for<R>(
        &self,
        ns: Option<NamespaceId>,
        origin: &str,
        behalf: Option<&str>,
        credentials: Credentials,
        call: impl FnOnce(&mut Sys) -> R,
    ) -> R {
        let mut loan = self.loan.borrow_mut();
        let Core { kernel, cx } = loan.as_mut().expect("programs run while the kernel is on loan");
        let ns = ns.unwrap_or(kernel.host_namespace());
        let sys = Sys::new(kernel, cx, ns, origin).on_behalf_of(behalf);
        call(&mut sys.with_credentials(credentials))
    }

    /// The process that somebody outside started, for which the task that is polled works.
    pub(super) fn works_for(&self) -> Option<Pid> {
        let state = self.state.borrow();
        state.tasks.get(&self.current.get()).map(|task| Pid(task.origin))
    }

    /// The command line of a process that has not been waited for.
    pub(super) fn command_line(&self, pid: Pid) -> Option<String> {
        let state = self.state.borrow();
        state.processes.get(&pid).map(|process| process.spawn.argv.join(" "))
    }

    /// A process is over: its tasks and streams go, whoever waits for it is woken.
    pub(super) fn end_process(&self, pid: Pid, status: i32) {
        let mut streams = None;
        {
            let mut guard = self.state.borrow_mut();
            let state = &mut *guard;
            let Some(process) = state.processes.get_mut(&pid) else { return };
            if process.end.is_some() {
                return;
            }
            process.end = Some((self.now.get(), status));
            for task in std::mem::take(&mut process.tasks) {
                let future = state.tasks.remove(&task).and_then(|running| running.future);
                state.graveyard.extend(future);
            }
            let null = [Stream::Null, Stream::Null, Stream::Null];
            streams.replace(std::mem::replace(&mut process.spawn.stdio, null));
            self.releases.borrow_mut().push(process.spawn.ns);
            self.ready.borrow_mut().append(&mut process.waiting);
            let parent = process.spawn.parent;
            let is_awaited = parent.is_some_and(|parent| {
                state.processes.get(&parent).is_some_and(|parent| parent.end.is_none())
            });
            if !is_awaited && parent.is_some() {
                state.processes.remove(&pid);
            }
        }
        drop(streams);
    }

    /// The machine goes down: all processes end, and of services only what lies on the disk stays.
    pub(super) fn shut_down(&self) {
        let pids: Vec<Pid> = self.state.borrow().processes.keys().copied().collect();
        for pid in pids {
            self.end_process(pid, 128 + Signal::Kill.number());
        }
        let mut state = self.state.borrow_mut();
        state.processes.clear();
        let is_on_disk =
            |path: &str| path.starts_with("/var/lib/") || path.starts_with("/var/log/");
        let services = std::mem::take(&mut state.services);
        drop(state);
        let (stay, go): (Vec<_>, Vec<_>) =
            services.into_iter().partition(|(path, _)| is_on_disk(path));
        drop(go);
        self.state.borrow_mut().services.extend(stay);
        self.frozen.borrow_mut().clear();
    }

    /// Sends a signal; `ESRCH` if there is no such process.
    pub(super) fn kill(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        {
            let mut state = self.state.borrow_mut();
            let process = state.processes.get_mut(&pid).ok_or(Errno::ESRCH)?;
            if process.end.is_some() {
                return Ok(());
            }
            if signal != Signal::Kill && process.caught.contains(&signal) {
                process.pending.push_back(signal);
                self.ready.borrow_mut().append(&mut process.signal_waiters);
                return Ok(());
            }
            if process.spawn.init && signal != Signal::Kill {
                return Ok(());
            }
        }
        self.end_process(pid, 128 + signal.number());
        Ok(())
    }

    /// All processes that run.
    pub(super) fn list(&self) -> Vec<ProcessView> {
        let state = self.state.borrow();
        let alive = state.processes.iter().filter(|(_, process)| process.end.is_none());
        alive
            .map(|(pid, process)| ProcessView {
                pid: *pid,
                inner: process.inner,
                parent: process.spawn.parent,
                argv: process.spawn.argv.clone(),
                ns: process.spawn.ns,
                root: process.spawn.root,
                extra_files: process.spawn.extra_files,
                started: process.started,
            })
            .collect()
    }

    /// The wakes that the world has to schedule.
    pub(super) fn take_wakes(&self, out: &mut Vec<(Time, Task)>) {
        let now = self.now.get();
        let mut ready = self.ready.borrow_mut();
        let first = out.len();
        for task in ready.drain(..) {
            if !out[first..].contains(&(now, task)) {
                out.push((now, task));
            }
        }
        out.append(&mut self.state.borrow_mut().timers);
    }
}
