//! The processes of a container: the first one, and those that `docker exec` adds.

use indexmap::IndexMap;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::Container;
use crate::kernel::{Errno, NamespaceId};
use crate::process::{Channel, Node, Pid, Proc, Program, RootId, Spawn, Stream};

/// Where programs are looked for when nobody says.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Daemon {
    /// Starts the first process of a container.
    pub(super) fn run_first(
        &self,
        container: &Container,
        ns: NamespaceId,
    ) -> Result<Pid, ApiError> {
        let Some(root) = container.root else {
            return Err(ApiError::server("the container has no files"));
        };
        let env = self.environment(container, &[]);
        let search = env.get("PATH").cloned().unwrap_or_default();
        let (prefix, program) =
            self.executable(root, &search, &container.path).map_err(|words| {
                let (path, stat) = (&container.path, looked_at(&container.path, words));
                runtime_error(&format!("exec: \"{path}\": {stat}{words}"))
            })?;
        if self.hostname_of(container).len() > LONGEST_HOSTNAME {
            let words = "error during container init: sethostname: invalid argument";
            return Err(runtime_error(words));
        }
        let channel = |channel| Stream::Record(container.log.clone(), channel);
        let tty = container.config.tty;
        // A terminal has one screen for both.
        let errors = channel(if tty { Channel::Out } else { Channel::Err });
        let terminal = (tty || container.config.open_stdin)
            .then(|| self.proc.terminal_new(tty.then(|| channel(Channel::Out))));
        let input =
            terminal.clone().map_or(Stream::Null, |own| Stream::Terminal(own, Channel::Out));
        self.with_container(&container.id, |container| container.terminal = terminal);
        let mut argv = prefix;
        argv.push(container.path.clone());
        argv.extend(container.args.iter().cloned());
        let spawn = Spawn {
            argv,
            ns,
            root,
            cwd: container.config.workdir.clone().unwrap_or_else(|| "/".to_owned()),
            credentials: self.credentials(container, &container.config.user, false)?,
            env,
            stdio: [input, channel(Channel::Out), errors],
            extra_files: 0,
            parent: Some(self.proc.pid()),
            init: true,
        };
        Ok(self.proc.spawn(spawn, program))
    }

    /// The program that a word means in a root, with what stands before it in the command line; or, in
    /// the runtime's words, why it cannot be run.
    fn executable(
        &self,
        root: RootId,
        search: &str,
        name: &str,
    ) -> Result<(Vec<String>, Program), &'static str> {
        let found = self.proc.find_program_in(root, search, name);
        let (path, program) = found.map_err(|errno| match errno {
            Errno::EACCES => "permission denied",
            _ if name.contains('/') => "no such file or directory",
            _ => "executable file not found in $PATH",
        })?;
        match self.proc.files_of(root, |tree| tree.get(&path).cloned()) {
            Some(Ok(Node::File(text))) if text.starts_with(b"#!") => {
                Ok((vec!["sh".to_owned()], program))
            }
            // A file that is no script.
            Some(Ok(Node::File(_))) => Err("permission denied"),
            _ => Ok((Vec::new(), program)),
        }
    }

    /// The environment of a process in a container.
    pub(in crate::docker) fn environment(
        &self,
        container: &Container,
        more: &[String],
    ) -> IndexMap<String, String> {
        let mut env = IndexMap::new();
        env.insert("PATH".to_owned(), PATH.to_owned());
        env.insert("HOSTNAME".to_owned(), self.hostname_of(container));
        if container.config.tty {
            env.insert("TERM".to_owned(), "xterm".to_owned());
        }
        env.extend(self.link_variables(container));
        for pair in container.config.env.iter().chain(more) {
            if let Some((name, value)) = pair.split_once('=') {
                env.insert(name.to_owned(), value.to_owned());
            }
        }
        env.entry("HOME".to_owned()).or_insert_with(|| "/root".to_owned());
        env
    }

    /// The part of it that the container's configuration has: its own, and that of the image.
    pub(in crate::docker) fn configured_environment(
        &self,
        container: &Container,
    ) -> Vec<(String, String)> {
        let mut env = IndexMap::new();
        let pairs = container.config.env.iter().filter_map(|pair| pair.split_once('='));
        env.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        env.entry("PATH".to_owned()).or_insert_with(|| PATH.to_owned());
        env.into_iter().collect()
    }

    /// Starts another process in a running container, with the streams of `caller`.
    pub fn container_exec(
        &self,
        caller: &Proc,
        term: &str,
        request: ExecRequest,
    ) -> Result<(Pid, Exec), ApiError> {
        let ExecRequest { argv, env, workdir, user, privileged, stdio } = request;
        let container = self.find_container(term)?;
        let (Some(pid), Some(root), true) = (container.pid, container.root, container.is_running())
        else {
            return Err(ApiError::conflict(format!("Container {} is not running", container.id)));
        };
        if container.paused {
            return Err(ApiError::conflict(format!(
                "Container {term} is paused, unpause the container before exec"
            )));
        }
        let exec = Exec { container: container.id.clone(), id: self.new_id() };
        let words = argv.split_first().map(|(name, rest)| format!("{name} {}", rest.join(" ")));
        let words = words.unwrap_or_default();
        self.tell_exec(&exec, &format!("exec_create: {words}"), None);
        let ns = self.proc.ns_of(pid);
        let ns = ns.ok_or_else(|| ApiError::server("the container has ended"))?;
        let user = user.unwrap_or_else(|| container.config.user.clone());
        let credentials = self.credentials(&container, &user, privileged)?;
        let env = self.environment(&container, &env);
        let search = env.get("PATH").cloned().unwrap_or_default();
        let name = argv.first().cloned().unwrap_or_default();
        let (mut line, program) = self.executable(root, &search, &name).map_err(|words| {
            let stat = looked_at(&name, words);
            ApiError::bad_request(format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": {stat}{words}: unknown"
            ))
        })?;
        line.extend(argv);
        if let Some(dir) = &workdir
            && !self.proc.files_of(root, |tree| tree.exists(dir)).unwrap_or(false)
        {
            return Err(ApiError::bad_request(format!(
                "OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd (\"{dir}\") set in config.json failed: no such file or directory: unknown"
            )));
        }
        let cwd = workdir.or(container.config.workdir);
        let spawn = Spawn {
            argv: line,
            ns,
            root,
            cwd: cwd.unwrap_or_else(|| "/".to_owned()),
            credentials,
            env,
            stdio,
            extra_files: 0,
            parent: Some(caller.pid()),
            init: false,
        };
        self.tell_exec(&exec, &format!("exec_start: {words}"), None);
        Ok((self.proc.spawn(spawn, program), exec))
    }

    /// A process that was added to a container has ended.
    pub fn exec_ended(&self, exec: &Exec, status: i32) {
        self.tell_exec(exec, "exec_die", Some(status));
    }

    fn tell_exec(&self, exec: &Exec, action: &str, status: Option<i32>) {
        let Ok(container) = self.find_container(&exec.container) else { return };
        let mut more = vec![("execID", exec.id.as_str())];
        let status = status.map(|status| status.to_string());
        more.extend(status.as_deref().map(|status| ("exitCode", status)));
        self.tell_container(&container, action, &more);
    }
}

/// What is asked of `docker exec`.
pub struct ExecRequest {
    /// The command line.
    pub argv: Vec<String>,
    /// `-e`.
    pub env: Vec<String>,
    /// `-w`.
    pub workdir: Option<String>,
    /// `-u`, if it is not the user of the container.
    pub user: Option<String>,
    /// `--privileged`.
    pub privileged: bool,
    /// Where it reads and writes.
    pub stdio: [Stream; 3],
}

/// A process that was added to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// The container.
    pub container: String,
    /// 64 hex digits.
    pub id: String,
}

/// The longest name that a kernel gives to a host.
const LONGEST_HOSTNAME: usize = 64;

/// The call that failed when the runtime looked at a file that is not there.
fn looked_at(name: &str, words: &str) -> String {
    if words.ends_with("directory") { format!("stat {name}: ") } else { String::new() }
}

/// An error of the runtime that starts processes.
pub(super) fn runtime_error(words: &str) -> ApiError {
    ApiError::bad_request(format!(
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: {words}: unknown"
    ))
}
