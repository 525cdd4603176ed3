//! `docker exec`.

use super::attach::{DETACH_KEYS, detach_keys};
use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, switch, value};
use crate::docker::ExecRequest;
use crate::process::{Channel, Stream};

pub(super) const EXEC: Command = Command {
    name: "docker exec",
    usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
    about: "Run a command in a running container",
    arguments: (2, usize::MAX),
    interspersed: false,
    flags: &[
        switch("detach", Some('d'), "Detached mode: run command in the background"),
        DETACH_KEYS,
        value("env", Some('e'), "list", "Set environment variables"),
        value("env-file", None, "list", "Read in a file of environment variables"),
        switch("interactive", Some('i'), "Keep STDIN open even if not attached"),
        switch("privileged", None, "Give extended privileges to the command"),
        switch("tty", Some('t'), "Allocate a pseudo-TTY"),
        value("user", Some('u'), "string", "Username or UID (format: <name|uid>[:<group|gid>])"),
        value("workdir", Some('w'), "string", "Working directory inside the container"),
    ],
};

/// Whether the runtime says so, which tries to start the process.
fn is_of_runtime(message: &str) -> bool {
    message.starts_with("OCI runtime") || message.starts_with("unable to find ")
}

impl Client {
    pub(super) async fn exec(&self, args: &[String]) -> Done {
        let given = parse(&EXEC, args)?;
        let keys = detach_keys(given.value("detach-keys"))?;
        let daemon = self.daemon()?;
        let (name, argv) = (&given.arguments[0], given.arguments[1..].to_vec());
        let detached = given.is_on("detach");
        let (interactive, tty) = (given.is_on("interactive"), given.is_on("tty"));
        if !detached {
            self.check_terminal(interactive, tty)?;
        }
        let (out, errors) = (self.proc.stdio(1), self.proc.stdio(2));
        let terminal = (tty && !detached).then(|| self.proc.terminal_new(Some(out.clone())));
        let stdio = match &terminal {
            _ if detached => [Stream::Null, Stream::Null, Stream::Null],
            Some(own) => [Stream::Terminal(own.clone(), Channel::Out), out.clone(), out],
            None if interactive => [self.proc.stdio(0), out, errors],
            None => [Stream::Null, out, errors],
        };
        let mut env = self.environment_files(given.values("env-file"))?;
        env.extend_from_slice(given.values("env"));
        let request = ExecRequest {
            argv,
            env,
            workdir: given.value("workdir").map(str::to_owned),
            user: given.value("user").map(str::to_owned),
            privileged: given.is_on("privileged"),
            stdio,
        };
        let started = daemon.container_exec(&self.proc, name, request);
        let (pid, exec) = match started {
            Ok(started) => started,
            Err(error) if error.is_not_found() => {
                return Err(Stop::Said(format!("Error: No such container: {name}"), 1));
            }
            Err(error) if is_of_runtime(&error.message) => {
                // The runtime's own words, and its status.
                self.print(&format!("{}\n", error.message));
                return Err(Stop::Status(if detached { 0 } else { 126 }));
            }
            Err(error) => return Err(error.into()),
        };
        if detached {
            return Ok(());
        }
        let typed = terminal.filter(|_| interactive);
        let status = self.typing_into(typed, &keys, self.proc.wait(pid)).await;
        let Some(status) = status else {
            return Err(Stop::Said("read escape sequence".to_owned(), 1));
        };
        daemon.exec_ended(&exec, status);
        if status == 0 { Ok(()) } else { Err(Stop::Status(status)) }
    }

    /// The lines of the files of `--env-file`.
    pub(super) fn environment_files(&self, paths: &[String]) -> Result<Vec<String>, Stop> {
        let mut env = Vec::new();
        for path in paths {
            let bytes = self.proc.read_file(path).map_err(|_| {
                Stop::Said(format!("docker: open {path}: no such file or directory."), 125)
            })?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines = text.lines().map(str::trim_start);
            env.extend(lines.filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned));
        }
        Ok(env)
    }
}
