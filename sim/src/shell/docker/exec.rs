//! `docker exec` and `docker top`.

use super::flags::{Command, switch, value};
use super::{Client, Done, Stop, parse};
use crate::process::Stream;

const EXEC: Command = Command {
    name: "docker exec",
    usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
    about: "Run a command in a running container",
    arguments: (2, usize::MAX),
    interspersed: false,
    flags: &[
        switch("detach", Some('d'), "Detached mode: run command in the background"),
        value("env", Some('e'), "list", "Set environment variables"),
        switch("interactive", Some('i'), "Keep STDIN open even if not attached"),
        switch("privileged", None, "Give extended privileges to the command"),
        switch("tty", Some('t'), "Allocate a pseudo-TTY"),
        value("user", Some('u'), "string", "Username or UID (format: <name|uid>[:<group|gid>])"),
        value("workdir", Some('w'), "string", "Working directory inside the container"),
    ],
};

const TOP: Command = Command {
    name: "docker top",
    usage: "CONTAINER [ps OPTIONS]",
    about: "Display the running processes of a container",
    arguments: (1, usize::MAX),
    interspersed: false,
    flags: &[],
};

impl Client {
    pub(super) async fn exec(&self, args: &[String]) -> Done {
        let given = parse(&EXEC, args)?;
        let daemon = self.daemon()?;
        let (name, argv) = (&given.arguments[0], given.arguments[1..].to_vec());
        let detached = given.is_on("detach");
        let input = if given.is_on("interactive") { self.proc.stdio(0) } else { Stream::Null };
        let stdio = if detached {
            [Stream::Null, Stream::Null, Stream::Null]
        } else {
            [input, self.proc.stdio(1), self.proc.stdio(2)]
        };
        let (env, workdir) = (given.values("env"), given.value("workdir"));
        let started = daemon.container_exec(&self.proc, name, argv, env, workdir, stdio);
        let pid = match started {
            Ok(pid) => pid,
            Err(error) if error.is_not_found() => {
                return Err(Stop::Said(format!("Error: No such container: {name}"), 1));
            }
            Err(error) if error.message.starts_with("OCI runtime") => {
                // The runtime's own words, and its status.
                self.print(&format!("{}\n", error.message));
                return Err(Stop::Status(if detached { 0 } else { 126 }));
            }
            Err(error) => return Err(error.into()),
        };
        if detached {
            return Ok(());
        }
        let status = self.proc.wait(pid).await;
        if status == 0 { Ok(()) } else { Err(Stop::Status(status)) }
    }

    pub(super) async fn top(&self, args: &[String]) -> Done {
        let given = parse(&TOP, args)?;
        let container = self.daemon()?.find_container(&given.arguments[0])?;
        if !container.is_running() {
            return Err(Stop::Said(
                format!("Error response from daemon: Container {} is not running", container.id),
                1,
            ));
        }
        let processes = self.proc.processes();
        let inside = processes.iter().filter(|process| Some(process.root) == container.root);
        let mut text = "UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD\n".to_owned();
        for process in inside {
            let parent = process.parent.map_or(0, |pid| pid.0);
            let start = crate::process::calendar::Calendar::of(
                self.proc.calendar() - (self.proc.now() - process.started).as_secs_f64(),
            );
            text += &format!(
                "{:<20}{:<20}{:<20}{:<20}{:<20}{:<20}{:<20}{}\n",
                "root",
                process.pid.0,
                parent,
                0,
                format!("{:02}:{:02}", start.hour, start.minute),
                "?",
                "00:00:00",
                process.argv.join(" ")
            );
        }
        self.print(&text);
        Ok(())
    }
}
