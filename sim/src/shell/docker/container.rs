//! Commands on containers that exist: `ps`, `start`, `stop`, `rm`, `logs`, `port`, …

use serde_json::{Value, json};

use super::flags::{Command, Flag, switch, value};
use super::network::filters;
use super::table::{natural, span, table};
use super::{Client, Done, Stop, format, parse, ports};
use crate::docker::ApiError;
use crate::docker::id::short;
use crate::docker::inspect::status_word;
use crate::docker::model::{Container, Port, Protocol, Status};
use crate::engine::Span;
use crate::process::{Channel, Signal};

pub(super) const USAGE: &str = "
Usage:  docker container COMMAND

Manage containers

Commands:
  create      Create a new container
  exec        Run a command in a running container
  inspect     Display detailed information on one or more containers
  kill        Kill one or more running containers
  logs        Fetch the logs of a container
  ls          List containers
  port        List port mappings or a specific mapping for the container
  prune       Remove all stopped containers
  rename      Rename a container
  restart     Restart one or more containers
  rm          Remove one or more containers
  run         Run a command in a new container
  start       Start one or more stopped containers
  stop        Stop one or more running containers
  top         Display the running processes of a container
  wait        Block until one or more containers stop, then print their exit codes

Run 'docker container COMMAND --help' for more information on a command.
";

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

const PS: Command = Command {
    name: "docker ps",
    usage: "[OPTIONS]",
    about: "List containers",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        switch("all", Some('a'), "Show all containers (default shows just running)"),
        value("filter", Some('f'), "filter", "Filter output based on conditions provided"),
        value("format", None, "string", "Pretty-print containers using a Go template"),
        value(
            "last",
            Some('n'),
            "int",
            "Show n last created containers (includes all states) (default -1)",
        ),
        switch("latest", Some('l'), "Show the latest created container (includes all states)"),
        switch("no-trunc", None, "Don't truncate output"),
        switch("quiet", Some('q'), "Only display container IDs"),
    ],
};

const START: Command = on_containers(
    "docker start",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Start one or more stopped containers",
    &[
        switch("attach", Some('a'), "Attach STDOUT/STDERR and forward signals"),
        switch("interactive", Some('i'), "Attach container's STDIN"),
    ],
);
const TIME: &[Flag] =
    &[value("time", Some('t'), "int", "Seconds to wait for stop before killing it (default 10)")];
const STOP: Command = on_containers(
    "docker stop",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Stop one or more running containers",
    TIME,
);
const RESTART: Command = on_containers(
    "docker restart",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Restart one or more containers",
    TIME,
);
const KILL: Command = on_containers(
    "docker kill",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Kill one or more running containers",
    &[value("signal", Some('s'), "string", "Signal to send to the container (default \"KILL\")")],
);
const RM: Command = on_containers(
    "docker rm",
    "[OPTIONS] CONTAINER [CONTAINER...]",
    "Remove one or more containers",
    &[
        switch("force", Some('f'), "Force the removal of a running container (uses SIGKILL)"),
        switch("link", Some('l'), "Remove the specified link"),
        switch("volumes", Some('v'), "Remove anonymous volumes associated with the container"),
    ],
);
const WAIT: Command = on_containers(
    "docker wait",
    "CONTAINER [CONTAINER...]",
    "Block until one or more containers stop, then print their exit codes",
    &[],
);
const RENAME: Command = Command {
    name: "docker rename",
    usage: "CONTAINER NEW_NAME",
    about: "Rename a container",
    arguments: (2, 2),
    interspersed: true,
    flags: &[],
};
const LOGS: Command = Command {
    name: "docker logs",
    usage: "[OPTIONS] CONTAINER",
    about: "Fetch the logs of a container",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        switch("follow", Some('f'), "Follow log output"),
        value(
            "tail",
            Some('n'),
            "string",
            "Number of lines to show from the end of the logs (default \"all\")",
        ),
        switch("timestamps", Some('t'), "Show timestamps"),
    ],
};
const PORT: Command = Command {
    name: "docker port",
    usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
    about: "List port mappings or a specific mapping for the container",
    arguments: (1, 2),
    interspersed: true,
    flags: &[],
};
const PRUNE: Command = Command {
    name: "docker container prune",
    usage: "[OPTIONS]",
    about: "Remove all stopped containers",
    arguments: (0, 0),
    interspersed: true,
    flags: &[switch("force", Some('f'), "Do not prompt for confirmation")],
};

impl Client {
    /// Runs a command on containers; `None` if there is no such command.
    pub(super) async fn container(&self, name: &str, args: &[String]) -> Option<Done> {
        Some(match name {
            "run" => self.run(args).await,
            "create" => self.create(args).await,
            "exec" => self.exec(args).await,
            "ps" => self.ps(args).await,
            "start" => self.start(args).await,
            "stop" => self.stop(args, &STOP, false).await,
            "restart" => self.stop(args, &RESTART, true).await,
            "kill" => self.kill(args).await,
            "rm" => self.remove(args).await,
            "wait" => self.wait(args).await,
            "rename" => self.rename(args).await,
            "logs" => self.logs(args).await,
            "port" => self.port(args),
            "top" => self.top(args).await,
            "prune" => self.prune(args).await,
            _ => return None,
        })
    }

    pub(super) async fn ps(&self, args: &[String]) -> Done {
        let given = parse(&PS, args)?;
        let daemon = self.daemon()?;
        let filters = filters(given.values("filter"))?;
        let mut containers = daemon.containers();
        containers.reverse();
        let wants_state =
            filters.iter().any(|(key, _)| matches!(key.as_str(), "status" | "exited"));
        let last = given.value("last").and_then(|n| n.parse::<usize>().ok());
        let last = if given.is_on("latest") { Some(1) } else { last };
        if let Some(last) = last {
            containers.truncate(last);
        } else if !given.is_on("all") && !wants_state {
            containers.retain(Container::is_running);
        }
        for (key, wanted) in &filters {
            keep(&mut containers, key, wanted)?;
        }
        let whole = given.is_on("no-trunc");
        let id = |container: &Container| {
            if whole { container.id.clone() } else { short(&container.id).to_owned() }
        };
        if given.is_on("quiet") {
            containers.iter().for_each(|container| self.print(&format!("{}\n", id(container))));
            return Ok(());
        }
        let now = daemon.calendar();
        let rows: Vec<Vec<String>> = containers
            .iter()
            .map(|container| {
                let bindings = daemon.bindings_of(container);
                let exposed = exposed_of(&daemon, container);
                let proxy = daemon.config().userland_proxy;
                let published = if container.is_running() {
                    ports::column(&exposed, &bindings, proxy)
                } else {
                    String::new()
                };
                vec![
                    id(container),
                    container.config.image.clone(),
                    command_column(container, whole),
                    format!("{} ago", span(now - container.created)),
                    status_column(container, now),
                    published,
                    container.name().to_owned(),
                ]
            })
            .collect();
        let headers = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
        if let Some(format) = given.value("format").filter(|format| *format != "table") {
            let values: Vec<Value> =
                rows.iter().zip(&containers).map(|(row, c)| row_json(row, c, now)).collect();
            let names =
                [("ID", "CONTAINER ID"), ("RunningFor", "CREATED"), ("CreatedAt", "CREATED AT")];
            self.print(&format::rows(format, &values, &names)?);
            return Ok(());
        }
        self.print(&table(&headers, &rows));
        Ok(())
    }

    async fn start(&self, args: &[String]) -> Done {
        let given = parse(&START, args)?;
        if given.is_on("attach") || given.is_on("interactive") {
            let id = self.daemon()?.find_container(&given.arguments[0])?.id;
            self.follow(&id)?;
            let owned = id.clone();
            self.call(|daemon| async move { daemon.container_start(&owned).await }).await?;
            let status = self.wait_for(&id).await?;
            return if status == 0 { Ok(()) } else { Err(Stop::Status(status)) };
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

    async fn stop(&self, args: &[String], command: &Command, again: bool) -> Done {
        let given = parse(command, args)?;
        let seconds = given.value("time").unwrap_or("10");
        let seconds: u64 =
            seconds.parse().map_err(|_| {
                let why = format!("strconv.ParseInt: parsing \"{seconds}\": invalid syntax");
                Stop::Early(command.wrong(&format!(
                    "invalid argument \"{seconds}\" for \"-t, --time\" flag: {why}"
                )))
            })?;
        let patience = Span::secs(seconds.min(3600));
        self.for_each(&given.arguments, "", |daemon, name| async move {
            daemon.clone().container_stop(&name, patience).await?;
            if again { daemon.container_start(&name).await } else { Ok(()) }
        })
        .await
    }

    async fn kill(&self, args: &[String]) -> Done {
        let given = parse(&KILL, args)?;
        let word = given.value("signal").unwrap_or("KILL").to_owned();
        let Some(signal) = Signal::named(&word) else {
            return Err(Stop::Api(ApiError::bad_request(format!("Invalid signal: {word}"))));
        };
        self.for_each(&given.arguments, "", |daemon, name| async move {
            daemon.container_kill(&name, signal)?;
            if signal == Signal::Kill {
                let id = daemon.find_container(&name).map_or(name, |container| container.id);
                daemon.container_wait(&id).await;
            }
            Ok(())
        })
        .await
    }

    async fn remove(&self, args: &[String]) -> Done {
        let given = parse(&RM, args)?;
        let force = given.is_on("force");
        self.for_each(&given.arguments, "container", |daemon, name| async move {
            daemon.container_remove(&name, force).await
        })
        .await
    }

    async fn wait(&self, args: &[String]) -> Done {
        let given = parse(&WAIT, args)?;
        for name in &given.arguments {
            let daemon = self.daemon()?;
            let id = daemon.find_container(name)?.id;
            let status = daemon.container_wait(&id).await;
            self.print(&format!("{status}\n"));
        }
        Ok(())
    }

    async fn rename(&self, args: &[String]) -> Done {
        let given = parse(&RENAME, args)?;
        let (old, new) = (given.arguments[0].clone(), given.arguments[1].clone());
        self.call(|daemon| async move { daemon.container_rename(&old, &new) }).await
    }

    async fn logs(&self, args: &[String]) -> Done {
        let given = parse(&LOGS, args)?;
        let name = &given.arguments[0];
        let daemon = self.daemon()?;
        let container = daemon
            .find_container(name)
            .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
        let pieces = container.log.pieces.borrow().clone();
        let tail = given.value("tail").and_then(|n| n.parse::<usize>().ok());
        let lines: Vec<(crate::engine::Time, Channel, &str)> = pieces
            .iter()
            .flat_map(|piece| {
                piece.text.split_inclusive('\n').map(|line| (piece.at, piece.channel, line))
            })
            .collect();
        let skip = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        let start = self.proc.calendar() - self.proc.now().as_secs_f64();
        for (at, channel, line) in lines.into_iter().skip(skip) {
            let stamp = if given.is_on("timestamps") {
                let when = start + at.as_secs_f64();
                crate::process::calendar::Calendar::of(when).rfc3339() + " "
            } else {
                String::new()
            };
            self.proc.write_to(channel, format!("{stamp}{line}").as_bytes());
        }
        if given.is_on("follow") && container.is_running() {
            self.follow(&container.id)?;
            daemon.container_wait(&container.id).await;
        }
        Ok(())
    }

    fn port(&self, args: &[String]) -> Done {
        let given = parse(&PORT, args)?;
        let name = &given.arguments[0];
        let daemon = self.daemon()?;
        let container = daemon
            .find_container(name)
            .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
        let proxy = daemon.config().userland_proxy;
        let outside = |binding: &crate::docker::model::PortBinding| {
            let mut list = vec![format!("{}:{}", binding.host_ip, binding.host_port)];
            if binding.host_ip.is_unspecified() && proxy {
                list.push(format!(":::{}", binding.host_port));
            }
            list
        };
        let bindings = daemon.bindings_of(&container);
        if let Some(word) = given.arguments.get(1) {
            let (number, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
            let number: u16 = number.parse().map_err(|_| {
                let why = format!("strconv.ParseUint: parsing \"{number}\": invalid syntax");
                Stop::Said(format!("Error: invalid port ({number}): {why}"), 1)
            })?;
            let wanted = Protocol::named(protocol).map(|protocol| Port { number, protocol });
            let found: Vec<String> = bindings
                .iter()
                .filter(|binding| Some(binding.container) == wanted)
                .flat_map(outside)
                .collect();
            if found.is_empty() {
                let text = format!("Error: No public port '{word}' published for {name}");
                return Err(Stop::Said(text, 1));
            }
            found.iter().for_each(|line| self.print(&format!("{line}\n")));
            return Ok(());
        }
        let mut lines: Vec<String> = bindings
            .iter()
            .flat_map(|binding| {
                outside(binding)
                    .into_iter()
                    .map(|to| format!("{} -> {to}", binding.container))
                    .collect::<Vec<_>>()
            })
            .collect();
        lines.sort_by(|a, b| natural(a, b));
        lines.iter().for_each(|line| self.print(&format!("{line}\n")));
        Ok(())
    }

    async fn prune(&self, args: &[String]) -> Done {
        let given = parse(&PRUNE, args)?;
        if !given.is_on("force") {
            self.print("WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ");
            let answer = self.proc.read_line().await.unwrap_or_default();
            if !matches!(answer.trim(), "y" | "Y") {
                return Ok(());
            }
        }
        let daemon = self.daemon()?;
        let mut removed = Vec::new();
        for container in daemon.containers().into_iter().filter(|c| !c.is_running()) {
            let id = container.id.clone();
            self.call(|daemon| async move { daemon.container_remove(&id, false).await }).await?;
            removed.push(container.id);
        }
        if !removed.is_empty() {
            self.print(&format!("Deleted Containers:\n{}\n\n", removed.join("\n")));
        }
        self.print("Total reclaimed space: 0B\n");
        Ok(())
    }
}

fn exposed_of(daemon: &crate::docker::Daemon, container: &Container) -> Vec<Port> {
    let image = daemon.image(&container.config.image);
    let of_image = image.into_iter().flat_map(|image| image.exposed);
    let mut ports: Vec<Port> =
        of_image.map(|number| Port { number: *number, protocol: Protocol::Tcp }).collect();
    ports.extend(&container.config.exposed);
    ports.extend(container.config.ports.iter().map(|request| request.container));
    ports.sort();
    ports.dedup();
    ports
}

/// The command, quoted, at most 20 characters of it.
fn command_column(container: &Container, whole: bool) -> String {
    const MAX: usize = 20;
    let words = std::iter::once(&container.path).chain(&container.args);
    let text = words.cloned().collect::<Vec<_>>().join(" ");
    let text = if whole || text.chars().count() <= MAX {
        text
    } else {
        text.chars().take(MAX - 1).chain(['…']).collect()
    };
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn status_column(container: &Container, now: f64) -> String {
    match container.status {
        Status::Created => "Created".to_owned(),
        Status::Running => format!("Up {}", span(now - container.started)),
        Status::Exited => {
            format!("Exited ({}) {} ago", container.exit_code, span(now - container.finished))
        }
    }
}

fn row_json(row: &[String], container: &Container, now: f64) -> Value {
    let labels: Vec<String> =
        container.config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let networks: Vec<&String> = container.networks.keys().collect();
    let networks: Vec<String> = networks.into_iter().cloned().collect();
    json!({
        "ID": row[0],
        "Image": row[1],
        "Command": row[2],
        "RunningFor": row[3],
        "CreatedAt": crate::process::calendar::date_line(container.created),
        "Status": row[4],
        "Ports": row[5],
        "Names": row[6],
        "State": status_word(container),
        "Networks": networks.join(","),
        "Labels": labels.join(","),
        "Size": "0B",
        "Mounts": "",
        "LocalVolumes": "0",
        "Age": span(now - container.created),
    })
}

fn keep(containers: &mut Vec<Container>, key: &str, wanted: &str) -> Result<(), Stop> {
    match key {
        "name" => {
            let wanted = wanted.trim_start_matches('^').trim_start_matches('/');
            match wanted.strip_suffix('$') {
                Some(whole) => containers.retain(|c| c.name() == whole),
                None => containers.retain(|c| c.name().contains(wanted)),
            }
        }
        "id" => containers.retain(|c| c.id.starts_with(wanted)),
        "status" => containers.retain(|c| status_word(c) == wanted),
        "exited" => {
            containers.retain(|c| c.status == Status::Exited && c.exit_code.to_string() == wanted)
        }
        "network" => containers.retain(|c| {
            c.networks.iter().any(|(name, at)| name == wanted || at.network.starts_with(wanted))
        }),
        "ancestor" => containers.retain(|c| c.config.image == wanted),
        "label" => containers.retain(|c| {
            let (key, value) = wanted.split_once('=').unwrap_or((wanted, ""));
            c.config.labels.get(key).is_some_and(|known| value.is_empty() || known == value)
        }),
        other => {
            return Err(Stop::Api(ApiError::bad_request(format!("Invalid filter '{other}'"))));
        }
    }
    Ok(())
}
