//! `docker ps`: its columns and its filters.

use serde_json::{Value, json};

use crate::docker::Daemon;
use crate::docker::id::short;
use crate::docker::inspect::status_word;
use crate::docker::model::{Container, Port, PortBinding, Status};
use crate::process::calendar::Calendar;
use crate::shell::docker::filter::{Filters, invalid};
use crate::shell::docker::flags::{Command, switch, value};
use crate::shell::docker::ports::parse_expose;
use crate::shell::docker::table::{span, table};
use crate::shell::docker::{Client, Done, Stop, format, parse, ports};

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

impl Client {
    pub(in crate::shell::docker) fn ps(&self, args: &[String]) -> Done {
        let given = parse(&PS, args)?;
        let daemon = self.daemon()?;
        let filters = Filters::read(given.values("filter"), &FILTERS)?;
        let mut containers = daemon.containers();
        containers.reverse();
        let wants_state = filters.has("status") || filters.has("exited");
        let last = given.value("last").and_then(|n| n.parse::<usize>().ok());
        let last = if given.is_on("latest") { Some(1) } else { last };
        if let Some(last) = last {
            containers.truncate(last);
        } else if !given.is_on("all") && !wants_state {
            containers.retain(|container| container.is_running() || container.restarting);
        }
        keep(&daemon, &mut containers, &filters)?;
        let whole = given.is_on("no-trunc");
        let id = |container: &Container| {
            if whole { container.id.clone() } else { short(&container.id).to_owned() }
        };
        if given.is_on("quiet") {
            for container in &containers {
                self.print(&format!("{}\n", id(container)));
            }
            return Ok(());
        }
        let now = daemon.calendar();
        let rows: Vec<Vec<String>> = containers
            .iter()
            .map(|container| {
                let bindings = daemon.bindings_of(container);
                let exposed = daemon.exposed_of(container);
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
                rows.iter().zip(&containers).map(|(row, c)| row_json(row, c)).collect();
            let names =
                [("ID", "CONTAINER ID"), ("RunningFor", "CREATED"), ("CreatedAt", "CREATED AT")];
            self.print(&format::rows(format, &values, &names, "*formatter.ContainerContext")?);
            return Ok(());
        }
        self.print(&table(&headers, &rows));
        Ok(())
    }
}

/// The command, quoted, at most 20 characters of it.
fn command_column(container: &Container, whole: bool) -> String {
    const MAX: usize = 20;
    // The engine marks arguments that have blanks, and them only.
    let argument = |text: &String| match text.contains(' ') {
        true => format!("'{text}'"),
        false => text.clone(),
    };
    let words = std::iter::once(container.path.clone()).chain(container.args.iter().map(argument));
    let text = words.collect::<Vec<_>>().join(" ");
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
        Status::Running => {
            let paused = if container.paused { " (Paused)" } else { "" };
            format!("Up {}{paused}", span(now - container.started))
        }
        _ if container.restarting => {
            let ago = span(now - container.finished);
            format!("Restarting ({}) {ago} ago", container.exit_code)
        }
        Status::Exited => {
            format!("Exited ({}) {} ago", container.exit_code, span(now - container.finished))
        }
    }
}

fn row_json(row: &[String], container: &Container) -> Value {
    let labels: Vec<String> =
        container.config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let networks: Vec<&String> = container.networks.keys().collect();
    let networks: Vec<String> = networks.into_iter().cloned().collect();
    json!({
        "Command": row[2],
        "CreatedAt": Calendar::of(container.created.floor()).go(),
        "ID": row[0],
        "Image": row[1],
        "Labels": labels.join(","),
        "LocalVolumes": "0",
        "Mounts": "",
        "Names": row[6],
        "Networks": networks.join(","),
        "Ports": row[5],
        "RunningFor": row[3],
        "Size": "0B",
        "State": status_word(container),
        "Status": row[4],
    })
}

/// Keys of `--filter`.
const FILTERS: [&str; 11] = [
    "ancestor", "before", "exited", "expose", "id", "label", "name", "network", "publish", "since",
    "status",
];

/// States in which containers can be.
const STATES: [&str; 7] =
    ["paused", "restarting", "removing", "running", "dead", "created", "exited"];

fn keep(daemon: &Daemon, containers: &mut Vec<Container>, filters: &Filters) -> Result<(), Stop> {
    if let Some(wrong) = filters.values("status").iter().find(|s| !STATES.contains(&s.as_str())) {
        return Err(invalid(&format!("status={wrong}")));
    }
    let made = |key: &str| -> Result<Vec<f64>, Stop> {
        let names = filters.values(key).iter();
        names.map(|name| Ok(daemon.find_container(name).map_err(Stop::Api)?.created)).collect()
    };
    let (before, since) = (made("before")?, made("since")?);
    containers.retain(|c| {
        let exited = c.status == Status::Exited && filters.is("exited", &c.exit_code.to_string());
        let is_on = |wanted: &String| {
            c.networks.iter().any(|(name, at)| name == wanted || at.network.starts_with(wanted))
        };
        let networks = filters.values("network");
        filters.fits("name", c.name())
            && filters.fits("id", &c.id)
            && filters.is("status", status_word(c))
            && (exited || !filters.has("exited"))
            && (networks.is_empty() || networks.iter().any(is_on))
            && filters.is("ancestor", &c.config.image)
            && filters.has_labels(&c.config.labels)
            && before.iter().all(|time| c.created < *time)
            && since.iter().all(|time| c.created > *time)
            && has_port(filters, "publish", daemon.bindings_of(c).iter().map(outer))
            && has_port(filters, "expose", daemon.exposed_of(c).into_iter())
    });
    Ok(())
}

/// The port of the host to which one is bound.
fn outer(binding: &PortBinding) -> Port {
    Port { number: binding.host_port, protocol: binding.container.protocol }
}

/// Whether one of the ports is in one of the ranges that are asked for.
fn has_port(filters: &Filters, key: &str, mut ports: impl Iterator<Item = Port>) -> bool {
    let wanted: Vec<Port> = filters
        .values(key)
        .iter()
        .flat_map(|text| parse_expose(text).unwrap_or_default())
        .collect();
    !filters.has(key) || ports.any(|port| wanted.contains(&port))
}
