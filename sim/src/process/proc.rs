//! [`Proc`]: a program's view of its process. Everything that a program can ask for.

use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use indexmap::IndexMap;

use crate::engine::{Span, Time};
use crate::kernel::sys::Sys;
use crate::kernel::{Errno, NamespaceId, Task, timer};

use super::files::{self, Node, Tree};
use super::runtime::{LocalFuture, Pid, Process, Program, Root, RootId, Runtime, Spawn};
use super::signal::Signal;
use super::stream::{self, Channel, PipeReader, PipeWriter, Read, Stream};
use super::{EXEC_TIME, ProcessView};

/// A process, as its own program sees it. Cheap to clone.
#[derive(Clone)]
pub struct Proc {
    pub(super) runtime: Rc<Runtime>,
    pid: Pid,
}

/// What it takes from a timer of the kernel to a process that goes on.
const WAKE_TIME: Span = Span::micros(50);

/// What came first of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// Waits for the first of two to be done; the other is dropped. The first wins a tie.
pub async fn select<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> Either<A, B> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(move |cx| {
        if let Poll::Ready(a) = first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(a));
        }
        second.as_mut().poll(cx).map(Either::Second)
    })
    .await
}

/// Waits for the first of many to be done: its place in the list, and what it gave. The others are
/// dropped.
pub async fn select_all<F: Future>(futures: Vec<F>) -> (usize, F::Output) {
    let mut futures: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    poll_fn(move |cx| {
        let done =
            futures.iter_mut().enumerate().find_map(|(n, future)| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Some((n, output)),
                Poll::Pending => None,
            });
        done.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// All processes that run.
pub(super) fn list(runtime: &Runtime) -> Vec<ProcessView> {
    let state = runtime.state.borrow();
    let alive = state.processes.iter().filter(|(_, process)| process.status.is_none());
    alive
        .map(|(pid, process)| ProcessView {
            pid: *pid,
            parent: process.spawn.parent,
            argv: process.spawn.argv.clone(),
            ns: process.spawn.ns,
            root: process.spawn.root,
            started: process.started,
        })
        .collect()
}

impl Proc {
    pub(super) fn new(runtime: Rc<Runtime>, pid: Pid) -> Proc {
        Proc { runtime, pid }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
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
        self.spawned(|spawn| Spawn { parent: Some(self.pid), init: false, ..spawn.clone() })
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
        let origin = self.spawned(|spawn| spawn.argv.join(" "));
        let behalf = self.runtime.works_for().filter(|pid| *pid != self.pid);
        let behalf = behalf.and_then(|pid| self.runtime.command_line(pid));
        self.runtime.with_sys_for(Some(ns), &origin, behalf.as_deref(), call)
    }

    /// Waits until `check` is ready. It is asked whenever the task is woken, and must have arranged
    /// for that.
    pub fn until<R>(&self, mut check: impl FnMut(&Proc) -> Poll<R>) -> impl Future<Output = R> {
        let proc = self.clone();
        poll_fn(move |_| check(&proc))
    }

    /// Waits for `span`.
    pub fn sleep(&self, span: Span) -> impl Future<Output = ()> + use<> {
        self.sleep_until(self.now() + span)
    }

    /// Waits until `at`; for ever, if that is [`Time::MAX`].
    pub fn sleep_until(&self, at: Time) -> impl Future<Output = ()> + use<> {
        let proc = self.clone();
        let mut asked = false;
        poll_fn(move |_| {
            if proc.now() >= at {
                return Poll::Ready(());
            }
            if !asked && at < Time::MAX {
                asked = true;
                proc.runtime.wake_at(at, proc.task());
            }
            Poll::Pending
        })
    }

    /// When a wait ends that the kernel's coarse timers measure (`SO_RCVTIMEO`). The process goes on
    /// a moment after the kernel has done what else was due then.
    pub fn coarse_end(&self, span: Span) -> Time {
        timer::expiry(self.now(), span) + WAKE_TIME
    }

    /// Waits for `work`, but not longer than `span`.
    pub async fn timeout<R>(&self, span: Span, work: impl Future<Output = R>) -> Option<R> {
        match select(work, self.sleep(span)).await {
            Either::First(result) => Some(result),
            Either::Second(()) => None,
        }
    }

    /// Lets everything else that is ready go first.
    pub async fn yield_now(&self) {
        let mut yielded = false;
        self.until(move |proc| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            proc.runtime.wake_at(proc.now(), proc.task());
            Poll::Pending
        })
        .await;
    }

    // Output and input.

    /// Writes to standard output.
    pub fn print(&self, text: &str) {
        self.write_to(Channel::Out, text.as_bytes());
    }

    /// Writes to standard error.
    pub fn eprint(&self, text: &str) {
        self.write_to(Channel::Err, text.as_bytes());
    }

    /// Writes bytes.
    pub fn write_to(&self, channel: Channel, bytes: &[u8]) {
        let fd = if channel == Channel::Out { 1 } else { 2 };
        let stream = self.spawned(|spawn| spawn.stdio[fd].clone());
        self.write_stream(&stream, bytes);
    }

    /// Writes bytes to a stream; a pipe that nobody reads any more ends the process.
    pub fn write_stream(&self, stream: &Stream, bytes: &[u8]) {
        let result = match stream {
            Stream::Output(root, path) => {
                let bytes_written = self.with_root(*root, |root| root.tree.append(path, bytes));
                bytes_written.unwrap_or(Ok(()))
            }
            Stream::Record(record, channel) => {
                record.push(self.now(), *channel, bytes);
                let at = if *channel == Channel::Out { 0 } else { 1 };
                let followers = record.followers.borrow().clone();
                followers.iter().for_each(|follower| self.write_stream(&follower[at], bytes));
                Ok(())
            }
            Stream::Switch(ns, name) => {
                let value = String::from_utf8_lossy(bytes);
                let set = self.sys_in(*ns, |sys| sys.sysctl_set(name, value.trim()));
                if let Err(errno) = set {
                    self.eprint(&format!("sh: write error: {errno}\n"));
                }
                Ok(())
            }
            stream => stream.write(self.now(), bytes),
        };
        if result == Err(Errno::EPIPE) {
            let _ = self.runtime.kill(self.pid, Signal::Pipe);
        }
    }

    /// Its standard input, output (1) or error (2).
    pub fn stdio(&self, fd: usize) -> Stream {
        self.spawned(|spawn| spawn.stdio[fd.min(2)].clone())
    }

    /// Changes standard input, output (1) or error (2).
    pub fn set_stdio(&self, fd: usize, stream: Stream) {
        let old = self.spawned(|spawn| std::mem::replace(&mut spawn.stdio[fd.min(2)], stream));
        drop(old);
    }

    /// Reads some bytes of standard input; empty at the end.
    pub async fn read(&self, max: usize) -> Vec<u8> {
        self.read_from(&self.stdio(0), max).await
    }

    /// Reads some bytes of a stream; empty at the end.
    pub async fn read_from(&self, stream: &Stream, max: usize) -> Vec<u8> {
        self.until(|proc| match stream.read(max, proc.task()) {
            Read::Bytes(bytes) => Poll::Ready(bytes),
            Read::End => Poll::Ready(Vec::new()),
            Read::Nothing => Poll::Pending,
        })
        .await
    }

    /// Reads a line of standard input, without its end; `None` at the end.
    pub async fn read_line(&self) -> Option<String> {
        self.read_line_from(&self.stdio(0)).await
    }

    /// Reads a line of a stream, without its end; `None` at the end.
    pub async fn read_line_from(&self, stream: &Stream) -> Option<String> {
        let mut line = Vec::new();
        loop {
            let bytes = self.read_from(stream, 4096).await;
            if bytes.is_empty() {
                let text = String::from_utf8_lossy(&line).into_owned();
                return (!line.is_empty()).then_some(text);
            }
            if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&bytes[..at]);
                stream.unread(&bytes[at + 1..]);
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            line.extend_from_slice(&bytes);
        }
    }

    /// Reads all of standard input.
    pub async fn read_all(&self) -> Vec<u8> {
        self.read_all_from(&self.stdio(0)).await
    }

    /// Reads all of a stream.
    pub async fn read_all_from(&self, stream: &Stream) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = self.read_from(stream, 65536).await;
            if bytes.is_empty() || all.len() > files::MAX_FILE {
                return all;
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// A stream from which these bytes are read.
    pub fn input(&self, bytes: Vec<u8>) -> Stream {
        Stream::Input(Rc::new(RefCell::new(bytes.into())))
    }

    /// Opens a file for reading.
    pub fn open_input(&self, path: &str) -> Result<Stream, Errno> {
        if path == "/dev/null" {
            return Ok(Stream::Null);
        }
        self.read_file(path).map(|bytes| self.input(bytes))
    }

    /// Opens a file for writing, at its end or anew.
    pub fn open_output(&self, path: &str, append: bool) -> Result<Stream, Errno> {
        let path = self.absolute(path);
        match path.as_str() {
            "/dev/null" => return Ok(Stream::Null),
            "/dev/stdout" => return Ok(self.stdio(1)),
            "/dev/stderr" => return Ok(self.stdio(2)),
            _ => {}
        }
        if path.starts_with("/proc/sys/") {
            return Ok(Stream::Switch(self.ns(), switch_name(&path["/proc/sys/".len()..]).into()));
        }
        let path = self.files(|tree| {
            let path = tree.resolve(&path, true)?;
            if append {
                tree.append(&path, &[])?
            } else {
                tree.write(&path, Vec::new())?
            }
            Ok(path)
        })?;
        Ok(Stream::Output(self.root(), path.into()))
    }

    /// A new pipe.
    pub fn pipe(&self) -> (PipeReader, PipeWriter) {
        stream::pipe(&self.runtime.ready)
    }

    // Files.

    /// Its working directory.
    pub fn cwd(&self) -> String {
        self.spawned(|spawn| spawn.cwd.clone())
    }

    /// Changes the working directory.
    pub fn chdir(&self, path: &str) -> Result<(), Errno> {
        let path = self.absolute(path);
        match self.files(|tree| tree.get(&path).cloned())? {
            Node::Dir => self.spawned(|spawn| spawn.cwd = path),
            _ => return Err(Errno::ENOTDIR),
        }
        Ok(())
    }

    /// A path as seen from the root.
    pub fn absolute(&self, path: &str) -> String {
        files::absolute(&self.cwd(), path)
    }

    fn with_root<R>(&self, root: RootId, act: impl FnOnce(&mut Root) -> R) -> Option<R> {
        self.runtime.roots.borrow_mut().get_mut(root).map(act)
    }

    /// Looks at, or changes, its files.
    pub fn files<R>(&self, act: impl FnOnce(&mut Tree) -> R) -> R {
        let id = self.root();
        let mut roots = self.runtime.roots.borrow_mut();
        match roots.get_mut(id) {
            Some(root) => act(&mut root.tree),
            // The container was removed under its process.
            None => act(&mut Tree::new()),
        }
    }

    /// Looks at, or changes, the files of another root.
    pub fn files_of<R>(&self, root: RootId, act: impl FnOnce(&mut Tree) -> R) -> Option<R> {
        self.with_root(root, |root| act(&mut root.tree))
    }

    /// The files of a container image.
    pub fn image_files(&self, image: &str) -> Option<Tree> {
        (self.runtime.software.image_files)(image)
    }

    /// Changes the host name that belongs to a root.
    pub fn set_hostname(&self, root: RootId, hostname: &str) {
        self.with_root(root, |root| hostname.clone_into(&mut root.hostname));
    }

    /// Makes a root directory.
    pub fn root_new(&self, root: Root) -> RootId {
        self.runtime.roots.borrow_mut().insert(root)
    }

    /// Removes a root directory.
    pub fn root_remove(&self, root: RootId) {
        self.runtime.roots.borrow_mut().remove(root);
    }

    /// Reads a file.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let path = self.absolute(path);
        if let Some(switch) = path.strip_prefix("/proc/sys/") {
            let name = switch_name(switch);
            let value = self.sys(|sys| sys.sysctl_get(&name));
            return value.map(|value| format!("{value}\n").into_bytes());
        }
        self.files(|tree| tree.read(&path))
    }

    /// Writes a file.
    pub fn write_file(&self, path: &str, bytes: Vec<u8>) -> Result<(), Errno> {
        let path = self.absolute(path);
        if let Some(switch) = path.strip_prefix("/proc/sys/") {
            let name = switch_name(switch);
            let value = String::from_utf8_lossy(&bytes).trim().to_owned();
            return self.sys(|sys| sys.sysctl_set(&name, &value));
        }
        self.files(|tree| tree.write(&path, bytes))
    }

    /// The network namespace to which a path leads: a file of `/run/netns`, or `/proc/PID/ns/net`.
    pub fn netns_at(&self, path: &str) -> Result<NamespaceId, Errno> {
        let path = self.absolute(path);
        let path = self.files(|tree| tree.resolve(&path, true))?;
        if let Some(pid) = path.strip_prefix("/proc/").and_then(|p| p.strip_suffix("/ns/net")) {
            if pid == "self" {
                return Ok(self.ns());
            }
            let pid = Pid(pid.parse().map_err(|_| Errno::ENOENT)?);
            return self.ns_of(pid).ok_or(Errno::ENOENT);
        }
        match self.files(|tree| tree.get(&path).cloned())? {
            Node::Netns(ns) => Ok(ns),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Whether something is there.
    pub fn file_exists(&self, path: &str) -> bool {
        let path = self.absolute(path);
        match path.strip_prefix("/proc/sys/") {
            Some(switch) => self.sys(|sys| sys.sysctl_get(&switch_name(switch))).is_ok(),
            None => path.starts_with("/dev/") || self.files(|tree| tree.exists(&path)),
        }
    }

    /// The names in a directory.
    pub fn list_dir(&self, path: &str) -> Result<Vec<String>, Errno> {
        let path = self.absolute(path);
        let Some(dir) = path.strip_prefix("/proc/sys") else {
            return self.files(|tree| tree.list(&path));
        };
        let dir = dir.trim_start_matches('/');
        let prefix = if dir.is_empty() { String::new() } else { switch_name(dir) + "." };
        let names = self.sys(|sys| sys.sysctl_names());
        let inside = names.iter().filter_map(|name| name.strip_prefix(prefix.as_str()));
        let mut found: Vec<String> =
            inside.filter_map(|name| name.split('.').next()).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        if found.is_empty() { Err(Errno::ENOENT) } else { Ok(found) }
    }

    // Processes.

    /// The network namespace of a process.
    pub fn ns_of(&self, pid: Pid) -> Option<NamespaceId> {
        let state = self.runtime.state.borrow();
        let process = state.processes.get(&pid).filter(|process| process.status.is_none())?;
        Some(process.spawn.ns)
    }

    /// All processes that run.
    pub fn processes(&self) -> Vec<ProcessView> {
        list(&self.runtime)
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
                    let program = self.runtime.software.programs.get(name).ok_or(Errno::ENOENT)?;
                    return Ok((path, *program));
                }
                Ok(Node::File(_)) if word.contains('/') => {
                    let sh = self.runtime.software.programs.get("sh").ok_or(Errno::EACCES)?;
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

    /// Starts a process.
    pub fn spawn(&self, spawn: Spawn, program: impl FnOnce(Proc) -> LocalFuture<i32>) -> Pid {
        let ns = spawn.ns;
        self.sys_in(ns, |sys| sys.netns_hold(ns));
        self.runtime.spawn(spawn, self.now() + EXEC_TIME, program)
    }

    /// Starts a process that is a copy of this one (`fork(2)`): it runs at once.
    pub fn spawn_now(&self, spawn: Spawn, program: impl FnOnce(Proc) -> LocalFuture<i32>) -> Pid {
        let ns = spawn.ns;
        self.sys_in(ns, |sys| sys.netns_hold(ns));
        self.runtime.spawn(spawn, self.now(), program)
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
            match process.status {
                Some(status) => {
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
        self.runtime.kill(pid, signal)
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

    // Services.

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

/// The name that the kernel gives to a path below `/proc/sys`.
fn switch_name(path: &str) -> String {
    path.replace('/', ".")
}

/// A future in a box, as programs return it.
pub fn boxed(work: impl Future<Output = i32> + 'static) -> LocalFuture<i32> {
    let boxed: Pin<Box<dyn Future<Output = i32>>> = Box::pin(work);
    boxed
}
