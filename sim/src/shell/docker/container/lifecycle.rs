//! What starts, stops, renames and removes containers, and `docker wait`.

use crate::docker::ApiError;
use crate::docker::model::Container;
use crate::engine::Span;
use crate::process::Signal;
use crate::shell::docker::attach::{DETACH_KEYS, detach_keys};
use crate::shell::docker::client::{Client, Done, Stop, parse};
use crate::shell::docker::flags::{Command, Flag, joined, switch, value};
use crate::shell::docker::limits::LIMITS;
use crate::shell::docker::run::restart_policy;

const MANY: (usize, usize) = (1, usize::MAX);

/// A command on containers with names.
const fn on_containers(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    flags: &'static [Flag],
) -> Command {
    Command { name, usage, about, arguments: MANY, interspersed: true, flags }
}

pub(super) const START: Command = on_containers(
    "docker start",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Start one or more stopped containers",
    &[
        switch("attach", Some('a'), "Attach STDOUT/STDERR and forward signals"),
        DETACH_KEYS,
        switch("interactive", Some('i'), "Attach container's STDIN"),
    ],
);
const STOP_TIME: &[Flag] =
    &[value("time", Some('t'), "int", "Seconds to wait for stop before killing it (default 10)")];
const RESTART_TIME: &[Flag] = &[value(
    "time",
    Some('t'),
    "int",
    "Seconds to wait for stop before killing the container (default 10)",
)];
pub(super) const STOP: Command = on_containers(
    "docker stop",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Stop one or more running containers",
    STOP_TIME,
);
pub(super) const RESTART: Command = on_containers(
    "docker restart",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Restart one or more containers",
    RESTART_TIME,
);
pub(super) const KILL: Command = on_containers(
    "docker kill",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Kill one or more running containers",
    &[value("signal", Some('s'), "string", "Signal to send to the container (default \"KILL\")")],
);
pub(super) const RM: Command = on_containers(
    "docker rm",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Remove one or more containers",
    &[
        switch("force", Some('f'), "Force the removal of a running container (uses SIGKILL)"),
        switch("link", Some('l'), "Remove the specified link"),
        switch("volumes", Some('v'), "Remove anonymous volumes associated with the container"),
    ],
);
pub(super) const WAIT: Command = on_containers(
    "docker wait",
    "CONTAINER [CONTAINER...]",
    "Block until one or more containers stop, then print their exit codes",
    &[],
);
pub(super) const PAUSE: Command = on_containers(
    "docker pause",
    "CONTAINER [CONTAINER...]",
    "Pause all processes within one or more containers",
    &[],
);
pub(super) const UNPAUSE: Command = on_containers(
    "docker unpause",
    "CONTAINER [CONTAINER...]",
    "Unpause all processes within one or more containers",
    &[],
);
pub(super) const UPDATE: Command = on_containers(
    "docker update",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Update configuration of one or more containers",
    &UPDATE_FLAGS,
);
pub(super) const RENAME: Command = Command {
    name: "docker rename",
    usage: "CONTAINER NEW_NAME",
    about: "Rename a container",
    arguments: (2, 2),
    interspersed: true,
    flags: &[],
};
const PRUNE: Command = Command {
    name: "docker container prune",
    usage: "[OPTIONS]",
    about: "Remove all stopped containers",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        value("filter", None, "filter", "Provide filter values (e.g. 'until=<timestamp>')"),
        switch("force", Some('f'), "Do not prompt for confirmation"),
    ],
};

/// Whether a line says that there is no such container.
fn is_missing(line: &str) -> bool {
    line.starts_with("Error: No such container: ")
}

/// What `update` changes; only the policy has an effect.
const UPDATE_ONLY: [Flag; 3] = [
    value("cpu-rt-period", None, "int", "Limit the CPU real-time period in microseconds"),
    value("cpu-rt-runtime", None, "int", "Limit the CPU real-time runtime in microseconds"),
    value("restart", None, "string", "Restart policy to apply when a container exits"),
];
const UPDATE_FLAGS: [Flag; LIMITS.len() + UPDATE_ONLY.len()] = joined(&LIMITS, &UPDATE_ONLY);

impl Client {
    pub(super) async fn start(&self, args: &[String]) -> Done {
        let given = parse(&START, args)?;
        let interactive = given.is_on("interactive");
        if given.is_on("attach") || interactive {
            if given.arguments.len() > 1 {
                let words = "you cannot start and attach multiple containers at once";
                return Err(Stop::Said(words.to_owned(), 1));
            }
            let keys = detach_keys(given.value("detach-keys"))?;
            let daemon = self.daemon()?;
            let name = &given.arguments[0];
            let container = daemon
                .find_container(name)
                .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
            self.check_terminal(interactive, container.config.tty)?;
            daemon.tell_use(&container, "attach");
            let _follow = self.follow(&container);
            let id = container.id.clone();
            self.call(|daemon| async move { daemon.container_start(&id).await }).await?;
            return self.stay(&container.id, interactive, &keys).await?.done();
        }
        let mut failed = Vec::new();
        for name in &given.arguments {
            let owned = name.clone();
            match self.call(|daemon| async move { daemon.container_start(&owned).await }).await {
                Ok(()) => self.print(&format!("{name}\n")),
                Err(Stop::Api(error)) => {
                    self.eprint(&format!("Error response from daemon: {}\n", error.message));
                    failed.push(name.clone());
                }
                Err(stop) => return Err(stop),
            }
        }
        if failed.is_empty() {
            return Ok(());
        }
        Err(Stop::Said(format!("Error: failed to start containers: {}", failed.join(", ")), 1))
    }

    pub(super) async fn stop(&self, args: &[String], command: &Command, again: bool) -> Done {
        let given = parse(command, args)?;
        let seconds = given.value("time").unwrap_or("10");
        // A negative one waits without end.
        let seconds: u64 = seconds.parse().unwrap_or(u64::MAX);
        let is_said = given.has("time");
        self.for_all(&given.arguments, "", |daemon, name| async move {
            let own = daemon.find_container(&name)?.config.stop_timeout;
            let patience = own.filter(|_| !is_said).unwrap_or(seconds);
            let patience = Span::secs(patience.min(3600));
            if again {
                daemon.container_restart(&name, patience).await
            } else {
                daemon.container_stop(&name, patience).await
            }
        })
        .await
    }

    pub(super) async fn kill(&self, args: &[String]) -> Done {
        let given = parse(&KILL, args)?;
        let word = given.value("signal").unwrap_or("KILL").to_owned();
        let Some(signal) = Signal::named(&word) else {
            return Err(Stop::Api(ApiError::bad_request(format!("Invalid signal: {word}"))));
        };
        self.for_all(&given.arguments, "", |daemon, name| async move {
            let of_this =
                |error: ApiError| error.with_prefix(&format!("Cannot kill container: {name}: "));
            daemon.find_container(&name).map_err(of_this)?;
            daemon.container_kill(&name, signal)?;
            if signal == Signal::Kill {
                let id = daemon.find_container(&name).map_or(name, |container| container.id);
                daemon.container_wait(&id).await;
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn pause(&self, args: &[String], pause: bool) -> Done {
        let given = parse(if pause { &PAUSE } else { &UNPAUSE }, args)?;
        self.for_all(&given.arguments, "", |daemon, name| async move {
            daemon.container_pause(&name, pause)
        })
        .await
    }

    pub(super) async fn update(&self, args: &[String]) -> Done {
        let given = parse(&UPDATE, args)?;
        let inert = UPDATE_FLAGS.iter().map(|flag| flag.name).filter(|name| given.has(name));
        let inert: Vec<&str> = inert.filter(|name| *name != "restart").collect();
        if inert.is_empty() && !given.has("restart") {
            let words = "you must provide one or more flags when using this command";
            return Err(Stop::Said(words.to_owned(), 1));
        }
        if !inert.is_empty() {
            self.eprint(&format!("netsim: without effect here: --{}\n", inert.join(", --")));
        }
        let policy = match given.value("restart").map(restart_policy) {
            None => None,
            Some(Ok(policy)) => Some(policy),
            Some(Err((words, true))) => return Err(Stop::Said(words, 1)),
            Some(Err((words, false))) => return Err(Stop::Api(ApiError::bad_request(words))),
        };
        self.for_all(&given.arguments, "", |daemon, name| async move {
            daemon.container_update(&name, policy)
        })
        .await
    }

    pub(super) async fn remove(&self, args: &[String]) -> Done {
        let given = parse(&RM, args)?;
        let force = given.is_on("force");
        if given.is_on("link") {
            let removed = self.for_all(&given.arguments, "container", |daemon, name| async move {
                daemon.link_remove(name.trim_matches('/'))
            });
            // The engine never sees the first slash.
            return removed.await.map_err(|stop| match stop {
                Stop::Said(words, status) => {
                    Stop::Said(words.replace("container: /", "container: "), status)
                }
                stop => stop,
            });
        }
        let removed = self.for_all(&given.arguments, "container", |daemon, name| async move {
            daemon.container_remove(&name, force).await
        });
        match removed.await {
            // With force, what is not there is no failure.
            Err(Stop::Said(words, _)) if force && words.lines().all(is_missing) => {
                self.eprint(&format!("{words}\n"));
                Ok(())
            }
            done => done,
        }
    }

    pub(super) async fn wait(&self, args: &[String]) -> Done {
        let given = parse(&WAIT, args)?;
        let daemon = self.daemon()?;
        let mut errors = Vec::new();
        for name in &given.arguments {
            match daemon.find_container(name) {
                Ok(container) => {
                    let status = daemon.container_wait(&container.id).await;
                    self.print(&format!("{status}\n"));
                }
                Err(error) => errors.push(format!("Error response from daemon: {error}")),
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Stop::Said(errors.join("\n"), 1)) }
    }

    pub(super) async fn rename(&self, args: &[String]) -> Done {
        let given = parse(&RENAME, args)?;
        let (old, new) = (given.arguments[0].clone(), given.arguments[1].clone());
        if old.trim().is_empty() || new.trim().is_empty() {
            let words = "Error: Neither old nor new names may be empty";
            return Err(Stop::Said(words.to_owned(), 1));
        }
        let renamed =
            self.call(|daemon| async move { daemon.container_rename(old, new).await }).await;
        if let Err(Stop::Api(error)) = renamed {
            let old = &given.arguments[0];
            return Err(Stop::Said(
                format!(
                    "Error response from daemon: {error}\nError: failed to rename container named {old}"
                ),
                1,
            ));
        }
        renamed
    }

    /// Warns, and asks whether to go on.
    pub(in crate::shell::docker) async fn is_sure(&self, warning: &str) -> bool {
        self.print(&format!("{warning}Are you sure you want to continue? [y/N] "));
        let answer = self.proc.read_line().await.unwrap_or_default();
        matches!(answer.trim(), "y" | "Y")
    }

    /// Removes what does not run, and says what that was.
    pub(in crate::shell::docker) async fn prune_stopped(&self) -> Done {
        let removed = self.remove_stopped().await?;
        if !removed.is_empty() {
            self.print(&format!("Deleted Containers:\n{}\n\n", removed.join("\n")));
        }
        Ok(())
    }

    pub(super) async fn prune(&self, args: &[String]) -> Done {
        let given = parse(&PRUNE, args)?;
        if given.has("filter") {
            let words = "netsim does not simulate docker container prune --filter";
            return Err(Stop::Said(words.to_owned(), 1));
        }
        let warning = "WARNING! This will remove all stopped containers.\n";
        if !given.is_on("force") && !self.is_sure(warning).await {
            return Ok(());
        }
        self.prune_stopped().await?;
        self.print("Total reclaimed space: 0B\n");
        Ok(())
    }

    /// Removes the containers that do not run; their ids.
    pub(in crate::shell::docker) async fn remove_stopped(&self) -> Result<Vec<String>, Stop> {
        let mut removed = Vec::new();
        let stopped = |container: &Container| !container.is_running() && !container.restarting;
        for container in self.daemon()?.containers().into_iter().filter(stopped) {
            let id = container.id.clone();
            self.call(|daemon| async move { daemon.container_remove(&id, false).await }).await?;
            removed.push(container.id);
        }
        Ok(removed)
    }
}
