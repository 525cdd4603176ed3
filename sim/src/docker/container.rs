//! The verbs of containers: create, start, stop, remove, and what belongs to them.

use std::rc::Rc;
use std::task::Poll;

use indexmap::IndexMap;

use crate::engine::Span;
use crate::process::{Channel, Pid, Proc, Record, Root, Signal, Spawn, Stream};

use super::daemon::Daemon;
use super::error::ApiError;
use super::id;
use super::image::{self, Image};
use super::model::{
    Attachment, Container, ContainerConfig, EndpointRequest, NetworkMode, Restart, Status,
};

/// What making a container takes: its files.
const CREATE_TIME: Span = Span::millis(40);
/// What starting one takes: namespaces, cgroups, the runtime.
const START_TIME: Span = Span::millis(180);

impl Daemon {
    /// The container that a term names: an id, a name, the beginning of an id.
    pub fn find_container(&self, term: &str) -> Result<Container, ApiError> {
        let state = self.state.borrow();
        let name = term.trim_start_matches('/');
        let exact = state.containers.values().find(|c| c.id == term || c.name() == name).cloned();
        if let Some(container) = exact.filter(|_| !term.is_empty()) {
            return Ok(container);
        }
        let begun: Vec<&Container> = state
            .containers
            .values()
            .filter(|c| !term.is_empty() && c.id.starts_with(term))
            .collect();
        match begun.as_slice() {
            [container] => Ok((*container).clone()),
            [] => Err(ApiError::not_found(format!("No such container: {term}"))),
            _ => Err(ApiError::bad_request(format!(
                "Multiple IDs found with provided prefix: {term}"
            ))),
        }
    }

    /// All containers, in order of creation.
    pub fn containers(&self) -> Vec<Container> {
        self.state.borrow().containers.values().cloned().collect()
    }

    pub(super) fn with_container<R>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Container) -> R,
    ) -> Option<R> {
        self.state.borrow_mut().containers.get_mut(id).map(change)
    }

    /// Makes a container; its id.
    pub async fn container_create(
        self: Rc<Self>,
        mut config: ContainerConfig,
    ) -> Result<String, ApiError> {
        let image = self.image(&config.image).ok_or_else(|| {
            let (name, tag) = image::reference(&config.image);
            ApiError::not_found(format!("No such image: {name}:{tag}"))
        })?;
        check_mode(&config)?;
        if config.name.is_empty() {
            config.name = self.free_name();
            config.is_anonymous = true;
        } else {
            self.check_name(&config.name)?;
        }
        if let NetworkMode::Container(other) = &config.mode
            && let Ok(other) = self.find_container(other)
        {
            config.mode = NetworkMode::Container(other.id);
        }
        self.check_links(&config)?;
        self.proc.sleep(CREATE_TIME).await;
        let id = self.new_id();
        let files = self.proc.image_files(image.files);
        let files = files.ok_or_else(|| ApiError::server("the image has no files"))?;
        let root = self.proc.root_new(Root { tree: files, hostname: id::short(&id).to_owned() });
        let mut networks = IndexMap::new();
        if let Some(name) = config.mode.network_name() {
            let request = config.endpoint.clone();
            let at = Attachment { request, network: String::new(), endpoint: None };
            networks.insert(name.to_owned(), at);
        }
        let line = command_line(&config, image);
        let (path, args) = line
            .split_first()
            .map_or((String::new(), Vec::new()), |(path, args)| (path.clone(), args.to_vec()));
        let container = Container {
            id: id.clone(),
            created: self.calendar(),
            status: Status::Created,
            pid: None,
            exit_code: 0,
            error: String::new(),
            started: 0.0,
            finished: 0.0,
            root: Some(root),
            networks,
            sandbox: None,
            log: Rc::new(Record::default()),
            stopped_by_hand: false,
            restart_count: 0,
            path,
            args,
            config,
        };
        self.state.borrow_mut().containers.insert(id.clone(), container);
        self.save();
        Ok(id)
    }

    fn free_name(&self) -> String {
        loop {
            let name = self.rng(id::container_name);
            if !self.state.borrow().containers.values().any(|c| c.name() == name) {
                return name;
            }
        }
    }

    /// Whether a name may be given.
    fn check_name(&self, name: &str) -> Result<(), ApiError> {
        let plain = name.trim_start_matches('/');
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let is_valid = plain.len() >= 2
            && plain.starts_with(is_word)
            && plain.chars().all(|c| is_word(c) || matches!(c, '_' | '.' | '-'));
        if !is_valid {
            return Err(ApiError::bad_request(format!(
                "Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            )));
        }
        let state = self.state.borrow();
        match state.containers.values().find(|c| c.name() == plain) {
            Some(other) => Err(ApiError::conflict(format!(
                "Conflict. The container name \"/{plain}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.",
                other.id
            ))),
            None => Ok(()),
        }
    }

    /// Whether the containers of `--link` are there.
    fn check_links(&self, config: &ContainerConfig) -> Result<(), ApiError> {
        for link in &config.links {
            let name = link.split(':').next().unwrap_or_default();
            if let Err(error) = self.find_container(name) {
                return Err(ApiError::bad_request(format!(
                    "could not get container for {name}: {error}"
                )));
            }
        }
        Ok(())
    }

    /// Starts a container.
    pub async fn container_start(self: Rc<Self>, term: &str) -> Result<(), ApiError> {
        let id = self.find_container(term)?.id;
        let _held = self.lock.hold(&self.proc).await;
        self.start_held(&id).await
    }

    /// The same, by whoever holds the lock.
    async fn start_held(self: &Rc<Self>, id: &str) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        if container.is_running() {
            return Ok(());
        }
        let result = self.clone().start_now(&container).await;
        if let Err(error) = &result {
            self.leave_networks(id).await;
            let code = exec_code(&error.message);
            self.with_container(id, |container| {
                container.error.clone_from(&error.message);
                container.exit_code = code;
            });
            self.save();
        }
        result
    }

    async fn start_now(self: Rc<Self>, container: &Container) -> Result<(), ApiError> {
        let id = container.id.clone();
        let ns = self.join_networks(&id).await?;
        self.proc.sleep(START_TIME).await;
        let container = self.find_container(&id)?;
        let own = self.proc.sys(|sys| sys.host_ns());
        let ns = match ns {
            Some(ns) => ns,
            None => self.make_namespace(&container).await?,
        };
        self.write_etc(&self.find_container(&id)?);
        let started = self.run_first(&container, ns);
        // The process holds its namespace by itself.
        if ns != own && container.sandbox.is_some() {
            self.sys(|sys| sys.netns_release(ns));
        }
        let pid = started?;
        self.with_container(&id, |container| {
            container.status = Status::Running;
            container.pid = Some(pid);
            container.error.clear();
            container.started = self.calendar();
            container.stopped_by_hand = false;
        });
        self.save();
        let daemon = self.clone();
        self.proc.thread(async move { daemon.wait_for_end(id, pid).await });
        Ok(())
    }

    /// Makes the namespace of a container, with its loopback device, and moves the endpoints in.
    async fn make_namespace(
        self: &Rc<Self>,
        container: &Container,
    ) -> Result<crate::kernel::NamespaceId, ApiError> {
        let ns = self.sys(|sys| {
            let ns = sys.netns_new(container.name());
            let mut inside = sys.in_ns(ns);
            if let Some(lo) = inside.link_named("lo") {
                // A loopback device can always be set up.
                let _ = inside.link_up(lo);
            }
            ns
        });
        for (key, value) in &container.config.sysctls {
            self.proc.sys_in(ns, |sys| sys.sysctl_set(key, value)).map_err(|_| {
                let path = key.replace('.', "/");
                runtime_error(&format!(
                    "error during container init: open /proc/sys/{path}: no such file or directory"
                ))
            })?;
        }
        if let Some(sandbox) = &container.sandbox {
            self.sandbox_set_ns(sandbox, ns).await?;
        }
        Ok(ns)
    }

    /// Joins the networks that were asked for; the namespace, if there is one already.
    async fn join_networks(
        self: &Rc<Self>,
        id: &str,
    ) -> Result<Option<crate::kernel::NamespaceId>, ApiError> {
        let container = self.find_container(id)?;
        if let NetworkMode::Container(other) = &container.config.mode {
            let other = self.find_container(other)?;
            let ns = other.pid.and_then(|pid| self.proc.ns_of(pid));
            return match ns.filter(|_| other.is_running()) {
                Some(ns) => Ok(Some(ns)),
                None => Err(ApiError::conflict(format!(
                    "cannot join network of a non running container: {}",
                    other.id
                ))),
            };
        }
        let is_host = container.config.mode == NetworkMode::Host;
        let sandbox = self.sandbox_new(&container, is_host);
        let servers = self.servers_of(&container);
        if let Some(found) = self.state.borrow_mut().sandboxes.get_mut(&sandbox) {
            found.servers = servers;
        }
        self.with_container(id, |container| container.sandbox = Some(sandbox.clone()));
        let names: Vec<String> = container.networks.keys().cloned().collect();
        for name in names {
            self.attach(id, &name).await?;
        }
        if is_host {
            let key = crate::process::Node::Netns(self.proc.ns());
            self.proc.files(|tree| tree.install("/run/docker/netns/default", key));
        }
        Ok(is_host.then(|| self.proc.ns()))
    }

    /// Puts a container into one of its networks.
    pub(super) async fn attach(self: &Rc<Self>, id: &str, name: &str) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        let Some(at) = container.networks.get(name).cloned() else { return Ok(()) };
        let network = self.find_network(name).await?;
        check_request(&network, &at.request)?;
        let endpoint = self
            .endpoint_create(&network, &container, &at.request)
            .await
            .map_err(|error| no_address(error, &network))?;
        self.with_container(id, |container| {
            if let Some(at) = container.networks.get_mut(name) {
                at.network.clone_from(&network.id);
                at.endpoint = Some(endpoint.clone());
            }
        });
        let Some(sandbox) = container.sandbox.clone() else { return Ok(()) };
        self.endpoint_join(&sandbox, &endpoint, &network).await
    }

    /// Takes a container out of all its networks.
    pub(super) async fn leave_networks(self: &Rc<Self>, id: &str) {
        let Ok(container) = self.find_container(id) else { return };
        let Some(sandbox) = container.sandbox.clone() else { return };
        let endpoints = {
            let state = self.state.borrow();
            state.sandboxes.get(&sandbox).map(|s| s.endpoints.clone()).unwrap_or_default()
        };
        // Attachments first, the bridge for the way out last.
        let own: Vec<String> =
            container.networks.values().filter_map(|at| at.endpoint.clone()).collect();
        let rest = endpoints.into_iter().filter(|id| !own.contains(id)).collect::<Vec<_>>();
        for endpoint in own.iter().cloned().chain(rest) {
            self.clone().endpoint_remove(endpoint).await;
        }
        self.sandbox_delete(&sandbox);
        self.with_container(id, |container| {
            container.sandbox = None;
            for at in container.networks.values_mut() {
                at.endpoint = None;
            }
        });
    }

    /// Starts the first process of a container.
    fn run_first(
        &self,
        container: &Container,
        ns: crate::kernel::NamespaceId,
    ) -> Result<Pid, ApiError> {
        let Some(root) = container.root else {
            return Err(ApiError::server("the container has no files"));
        };
        let env = self.environment(container, &[]);
        let search = env.get("PATH").cloned().unwrap_or_default();
        let (path, program) =
            self.proc.find_program_in(root, &search, &container.path).map_err(|_| {
                let name = &container.path;
                let words = if name.contains('/') {
                    "no such file or directory"
                } else {
                    "executable file not found in $PATH"
                };
                runtime_error(&format!("exec: \"{name}\": {words}"))
            })?;
        let channel = |channel| Stream::Record(container.log.clone(), channel);
        let input = container.config.open_stdin.then(|| {
            let followers = container.log.followers.borrow();
            followers.first().map(|[out, _]| out.clone())
        });
        let input = input.flatten().filter(|out| matches!(out, Stream::Terminal(..)));
        let script = self.proc.files_of(root, |tree| tree.read(&path).is_ok());
        let mut argv = vec![container.path.clone()];
        argv.extend(container.args.iter().cloned());
        let is_file = matches!(
            self.proc.files_of(root, |tree| tree.get(&path).cloned()),
            Some(Ok(crate::process::Node::File(_)))
        );
        if is_file && script == Some(true) {
            argv.insert(0, "sh".to_owned());
        }
        let spawn = Spawn {
            argv,
            ns,
            root,
            cwd: container.config.workdir.clone().unwrap_or_else(|| "/".to_owned()),
            env,
            stdio: [input.unwrap_or(Stream::Null), channel(Channel::Out), channel(Channel::Err)],
            parent: Some(self.proc.pid()),
            init: true,
        };
        Ok(self.proc.spawn(spawn, program))
    }

    /// The environment of a process in a container.
    pub(super) fn environment(
        &self,
        container: &Container,
        more: &[String],
    ) -> IndexMap<String, String> {
        let mut env = IndexMap::new();
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        env.insert("PATH".to_owned(), path.to_owned());
        env.insert("HOSTNAME".to_owned(), self.hostname_of(container));
        if container.config.tty {
            env.insert("TERM".to_owned(), "xterm".to_owned());
        }
        for pair in container.config.env.iter().chain(more) {
            if let Some((name, value)) = pair.split_once('=') {
                env.insert(name.to_owned(), value.to_owned());
            }
        }
        env.entry("HOME".to_owned()).or_insert_with(|| "/root".to_owned());
        env
    }

    /// Notices the end of a container, and tidies up.
    async fn wait_for_end(self: Rc<Self>, id: String, pid: Pid) {
        let status = self.proc.wait(pid).await;
        let _held = self.lock.hold(&self.proc).await;
        self.tidy_up(&id, pid, status).await;
        let restart = self.with_container(&id, |container| {
            let again = match container.config.restart {
                Restart::No => false,
                Restart::Always => !container.stopped_by_hand,
                Restart::UnlessStopped => !container.stopped_by_hand,
                Restart::OnFailure(max) => {
                    status != 0
                        && !container.stopped_by_hand
                        && (max == 0 || container.restart_count < max)
                }
            };
            again.then(|| {
                container.restart_count += 1;
                container.restart_count
            })
        });
        let count = restart.flatten().filter(|_| !self.stopping.get());
        drop(_held);
        match count {
            Some(count) => {
                // 100 ms, then twice as long each time, a minute at most.
                let pause = Span::millis(100) * (1 << count.min(10).saturating_sub(1));
                self.proc.sleep(pause.min(Span::secs(60))).await;
                let again = !self.stopping.get() && self.find_container(&id).is_ok();
                if again {
                    let start: std::pin::Pin<Box<dyn Future<Output = Result<(), ApiError>>>> =
                        Box::pin(self.clone().container_start_owned(id));
                    // The reason stands in the container's state.
                    let _ = start.await;
                }
            }
            None => {
                let remove = self.find_container(&id).is_ok_and(|c| c.config.auto_remove);
                if remove {
                    self.forget(&id);
                }
                self.ended.wake(&self.proc);
            }
        }
    }

    async fn container_start_owned(self: Rc<Self>, id: String) -> Result<(), ApiError> {
        self.container_start(&id).await
    }

    async fn tidy_up(self: &Rc<Self>, id: &str, pid: Pid, status: i32) {
        let Ok(container) = self.find_container(id) else { return };
        if container.pid != Some(pid) {
            return;
        }
        if let Some(root) = container.root {
            self.proc.kill_all_in(root);
        }
        self.leave_networks(id).await;
        self.with_container(id, |container| {
            container.status = Status::Exited;
            container.exit_code = status;
            container.pid = None;
            container.finished = self.calendar();
            container.log.followers.borrow_mut().clear();
        });
        self.save();
        self.ended.wake(&self.proc);
    }

    /// Waits until a container has ended; its exit status.
    pub async fn container_wait(&self, id: &str) -> i32 {
        self.proc
            .until(|proc| match self.find_container(id) {
                Ok(container) if container.is_running() => {
                    self.ended.add(proc.task());
                    Poll::Pending
                }
                Ok(container) => Poll::Ready(container.exit_code),
                Err(_) => Poll::Ready(self.last_status.borrow().get(id).copied().unwrap_or(0)),
            })
            .await
    }

    /// Stops a container: asks it to end, then kills it.
    pub async fn container_stop(
        self: Rc<Self>,
        term: &str,
        patience: Span,
    ) -> Result<(), ApiError> {
        let id = self.find_container(term)?.id;
        self.container_stop_now(&id, patience).await
    }

    pub(super) async fn container_stop_now(
        self: Rc<Self>,
        id: &str,
        patience: Span,
    ) -> Result<(), ApiError> {
        let container = self.find_container(id)?;
        let Some(pid) = container.pid.filter(|_| container.is_running()) else { return Ok(()) };
        self.with_container(id, |container| container.stopped_by_hand = true);
        // It may end by itself at this moment.
        let _ = self.proc.kill(pid, Signal::Term);
        if self.proc.timeout(patience, self.container_wait(id)).await.is_none() {
            let _ = self.proc.kill(pid, Signal::Kill);
            self.container_wait(id).await;
        }
        Ok(())
    }

    /// Sends a signal to a container.
    pub fn container_kill(&self, term: &str, signal: Signal) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let Some(pid) = container.pid.filter(|_| container.is_running()) else {
            return Err(ApiError::conflict(format!(
                "Cannot kill container: {term}: Container {} is not running",
                container.id
            )));
        };
        self.with_container(&container.id, |container| container.stopped_by_hand = true);
        // It was running a moment ago.
        let _ = self.proc.kill(pid, signal);
        Ok(())
    }

    /// Removes a container.
    pub async fn container_remove(self: Rc<Self>, term: &str, force: bool) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let id = container.id.clone();
        if container.is_running() {
            if !force {
                return Err(ApiError::conflict(format!(
                    "You cannot remove a running container {id}. Stop the container before attempting removal or force remove"
                )));
            }
            self.container_kill(&id, Signal::Kill)?;
            self.container_wait(&id).await;
        }
        self.forget(&id);
        self.save();
        Ok(())
    }

    fn forget(&self, id: &str) {
        let container = self.state.borrow_mut().containers.shift_remove(id);
        let Some(container) = container else { return };
        self.last_status.borrow_mut().insert(id.to_owned(), container.exit_code);
        if let Some(root) = container.root {
            self.proc.root_remove(root);
        }
    }

    /// Gives a container another name.
    pub fn container_rename(&self, term: &str, name: &str) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        if name.is_empty() {
            return Err(ApiError::bad_request("Neither old nor new names may be empty"));
        }
        self.check_name(name)?;
        self.with_container(&container.id, |container| {
            name.clone_into(&mut container.config.name);
            container.config.is_anonymous = false;
        });
        let endpoints = container.networks.values().filter_map(|at| at.endpoint.clone());
        for endpoint in endpoints.collect::<Vec<_>>() {
            self.with_endpoint(&endpoint, |endpoint| {
                name.clone_into(&mut endpoint.name);
                endpoint.anonymous = false;
            });
        }
        self.save();
        Ok(())
    }

    /// Starts another process in a running container, with the streams of `caller`.
    pub fn container_exec(
        &self,
        caller: &Proc,
        term: &str,
        argv: Vec<String>,
        env: &[String],
        workdir: Option<&str>,
        stdio: [Stream; 3],
    ) -> Result<Pid, ApiError> {
        let container = self.find_container(term)?;
        let (Some(pid), Some(root), true) = (container.pid, container.root, container.is_running())
        else {
            return Err(ApiError::conflict(format!("Container {} is not running", container.id)));
        };
        let ns = self.proc.ns_of(pid);
        let ns = ns.ok_or_else(|| ApiError::server("the container has ended"))?;
        let env = self.environment(&container, env);
        let search = env.get("PATH").cloned().unwrap_or_default();
        let name = argv.first().cloned().unwrap_or_default();
        let (_, program) = self.proc.find_program_in(root, &search, &name).map_err(|_| {
            let words = if name.contains('/') {
                format!("stat {name}: no such file or directory")
            } else {
                "executable file not found in $PATH".to_owned()
            };
            ApiError::bad_request(format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": {words}: unknown"
            ))
        })?;
        let cwd = workdir.map(str::to_owned).or(container.config.workdir);
        let spawn = Spawn {
            argv,
            ns,
            root,
            cwd: cwd.unwrap_or_else(|| "/".to_owned()),
            env,
            stdio,
            parent: Some(caller.pid()),
            init: false,
        };
        Ok(self.proc.spawn(spawn, program))
    }

    /// Starts the containers that want to run always.
    pub(super) async fn restart_containers(self: Rc<Self>) {
        let wanted: Vec<String> = {
            let state = self.state.borrow();
            let wants = |container: &&Container| match container.config.restart {
                Restart::Always => true,
                Restart::UnlessStopped => !container.stopped_by_hand,
                _ => false,
            };
            state.containers.values().filter(wants).map(|c| c.id.clone()).collect()
        };
        // What ran when the daemon ended does not run any more.
        let ids: Vec<String> = self.state.borrow().containers.keys().cloned().collect();
        for id in ids {
            self.with_container(&id, |container| {
                if container.is_running() {
                    container.status = Status::Exited;
                    container.pid = None;
                }
                container.sandbox = None;
            });
        }
        for id in wanted {
            if let Err(error) = self.clone().container_start(&id).await {
                self.log("error", &format!("failed to start container {id}: {error}"));
            }
        }
    }
}

/// The command line of a container: its own, or that of the image.
fn command_line(config: &ContainerConfig, image: &Image) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let (entrypoint, default) = match &config.entrypoint {
        Some(entrypoint) => (entrypoint.clone(), Vec::new()),
        None => (owned(image.entrypoint), owned(image.command)),
    };
    let command = if config.command.is_empty() { default } else { config.command.clone() };
    [entrypoint, command].concat()
}

/// An error of the runtime that starts processes.
fn runtime_error(words: &str) -> ApiError {
    ApiError::bad_request(format!(
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: {words}: unknown"
    ))
}

/// The exit status that stands for a failed start.
fn exec_code(message: &str) -> i32 {
    if message.contains("executable file not found")
        || message.contains("no such file or directory")
    {
        127
    } else if message.contains("permission denied") {
        126
    } else {
        128
    }
}

/// What cannot be asked together with a network mode.
fn check_mode(config: &ContainerConfig) -> Result<(), ApiError> {
    let conflict =
        |words: &str| Err(ApiError::bad_request(format!("conflicting options: {words}")));
    let is_container = matches!(config.mode, NetworkMode::Container(_));
    let shares = is_container || config.mode == NetworkMode::Host;
    if config.mode == NetworkMode::Container(String::new()) {
        return Err(ApiError::bad_request(
            "Invalid network mode: invalid container format container:<name|id>",
        ));
    }
    if is_container && config.hostname.is_some() {
        return conflict("hostname and the network mode");
    }
    if is_container && !config.links.is_empty() {
        return conflict(
            "container type network can't be used with links. This would result in undefined behavior",
        );
    }
    if is_container && !config.dns.is_empty() {
        return conflict("dns and the network mode");
    }
    if is_container && !config.extra_hosts.is_empty() {
        return conflict("custom host-to-IP mapping and the network mode");
    }
    if shares && config.endpoint.mac.is_some() {
        return conflict("mac-address and the network mode");
    }
    if is_container && (!config.ports.is_empty() || config.publish_all) {
        return conflict("port publishing and the container type network mode");
    }
    if is_container && !config.exposed.is_empty() {
        return conflict("port exposing and the container type network mode");
    }
    Ok(())
}

/// What cannot be asked of a network.
pub(super) fn check_request(
    network: &super::model::Network,
    request: &EndpointRequest,
) -> Result<(), ApiError> {
    let is_user_defined = !network.is_predefined();
    if let Some(ip) = request.ip {
        if !is_user_defined {
            return Err(ApiError::bad_request(
                "user specified IP address is supported on user defined networks only",
            ));
        }
        if !network.ipam.iter().any(|config| config.subnet.is_some()) {
            return Err(ApiError::bad_request(
                "user specified IP address is supported only when connecting to networks with user configured subnets",
            ));
        }
        if !network.subnets.iter().any(|subnet| subnet.pool.subnet.contains(&ip)) {
            return Err(ApiError::bad_request(format!(
                "Invalid address {ip}: It does not belong to any of this network's subnets"
            )));
        }
    }
    Ok(())
}

/// A network without free addresses, in the words of its own level.
fn no_address(error: ApiError, network: &super::model::Network) -> ApiError {
    if error.message == super::ipam::IpamError::NoAddress.to_string() {
        let (name, id) = (&network.name, &network.id);
        return ApiError::server(format!(
            "no available IPv4 addresses on this network's address pools: {name} ({id})"
        ));
    }
    error
}
