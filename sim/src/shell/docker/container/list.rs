//! `docker ps`: its columns and its filters.

use serde_json::{Value, json};

use crate::docker::id::short;
use crate::docker::inspect::status_word;
use crate::docker::model::{Container, Port, PortBinding, Status};
use crate::docker::{ApiError, Daemon, image};
use crate::process::calendar::Calendar;
use crate::shell::docker::client::{Client, Done, Stop, parse};
use crate::shell::docker::filter::{Filters, invalid};
use crate::shell::docker::flags::{Command, switch, value};
use crate::shell::docker::ports::parse_expose;
use crate::shell::docker::table::{span, table};
use crate::shell::docker::template::Template;
use crate::shell::docker::{format, ports};

pub(super) const PS: Command = Command {
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
        switch("size", Some('s'), "Display total file sizes"),
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
        let last = given.value("last").and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0);
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
        let format = given.value("format").filter(|format| !matches!(*format, "table" | ""));
        if given.is_on("quiet") && format.is_none() {
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
                let published = if container.is_running() {
                    ports::column(&exposed, &bindings)
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
                    if whole {
                        daemon.names_of(container).join(",")
                    } else {
                        container.name().to_owned()
                    },
                ]
            })
            .collect();
        let headers = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
        let sizes: Vec<String> = containers.iter().map(|c| size_column(&daemon, c)).collect();
        if let Some(format) = format {
            let rows = rows.iter().zip(&sizes).zip(&containers);
            let values: Vec<Value> = rows.map(|((row, size), c)| row_json(row, size, c)).collect();
            check_template(format)?;
            let names =
                [("ID", "CONTAINER ID"), ("RunningFor", "CREATED"), ("CreatedAt", "CREATED AT")];
            let text = format::rows(format, &values, &names, "*formatter.ContainerContext");
            self.print(&text.map_err(failed_template)?);
            return Ok(());
        }
        if !given.is_on("size") {
            self.print(&table(&headers, &rows));
            return Ok(());
        }
        let headers = [headers.as_slice(), &["SIZE"]].concat();
        let rows = rows.into_iter().zip(sizes).map(|(mut row, size)| {
            row.push(size);
            row
        });
        self.print(&table(&headers, &rows.collect::<Vec<_>>()));
        Ok(())
    }
}

/// The client tries a template before it asks the engine, and has other words for what is wrong with it.
fn check_template(format: &str) -> Done {
    let text = format.strip_prefix("table ").unwrap_or(format);
    let text = text.replace("\\t", "\t").replace("\\n", "\n");
    match Template::parse(&text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::Said(format!("failed to parse template: {}", error.0), 1)),
    }
}

/// The client's words for a template that goes wrong over a container.
fn failed_template(stop: Stop) -> Stop {
    match stop {
        Stop::Said(words, status) => {
            let own = words.replacen("template parsing error: ", "failed to execute template: ", 1);
            Stop::Said(own, status)
        }
        stop => stop,
    }
}

/// What a container has written itself: nothing is counted here; and what its image has.
fn size_column(daemon: &Daemon, container: &Container) -> String {
    let image = daemon.image(&container.config.image);
    format!("0B (virtual {})", image.map_or("0B", |image| image.size))
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

fn row_json(row: &[String], size: &str, container: &Container) -> Value {
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
        "Size": size,
        "State": status_word(container),
        "Status": row[4],
    })
}

/// Keys of `--filter`.
const FILTERS: [&str; 14] = [
    "ancestor", "before", "exited", "expose", "health", "id", "is-task", "label", "name",
    "network", "publish", "since", "status", "volume",
];

/// What `--filter health=` takes; containers here have none.
const HEALTH: [&str; 4] = ["none", "starting", "healthy", "unhealthy"];

/// States in which containers can be.
const STATES: [&str; 7] =
    ["paused", "restarting", "removing", "running", "dead", "created", "exited"];

fn keep(daemon: &Daemon, containers: &mut Vec<Container>, filters: &Filters) -> Result<(), Stop> {
    if let Some(wrong) = filters.values("status").iter().find(|s| !STATES.contains(&s.as_str())) {
        return Err(invalid(&format!("status={wrong}")));
    }
    if let Some(wrong) = filters.values("health").iter().find(|h| !HEALTH.contains(&h.as_str())) {
        return Err(invalid(&format!("health={wrong}")));
    }
    if let Some(wrong) = filters.values("exited").iter().find(|n| n.parse::<i64>().is_err()) {
        let words = format!("strconv.Atoi: parsing \"{wrong}\": invalid syntax");
        return Err(Stop::Api(ApiError::server(words)));
    }
    for key in ["publish", "expose"] {
        for text in filters.values(key) {
            parse_expose(text).map_err(|words| {
                // The engine has the words of its own, without those of the client's flag.
                let why = words.split_once(", error: ").map_or(words.as_str(), |(_, why)| why);
                Stop::Api(ApiError::server(format!(
                    "error while looking up for {key} {text}: {why}"
                )))
            })?;
        }
    }
    let made = |key: &str| -> Result<Vec<f64>, Stop> {
        let found = |name: &String| {
            let missing = |_| ApiError::not_found(format!("no such container {name}"));
            Ok(daemon.find_container(name).map_err(missing).map_err(Stop::Api)?.created)
        };
        filters.values(key).iter().map(found).collect()
    };
    let (before, since) = (made("before")?, made("since")?);
    containers.retain(|c| {
        let exited = c.status == Status::Exited && filters.is("exited", &c.exit_code.to_string());
        let is_on = |wanted: &String| {
            c.networks.iter().any(|(name, at)| name == wanted || at.network.starts_with(wanted))
        };
        let networks = filters.values("network");
        let is_named =
            filters.fits("name", c.name()) || filters.fits("name", &format!("/{}", c.name()));
        is_named
            && filters.fits("id", &c.id)
            && filters.is("status", status_word(c))
            && (exited || !filters.has("exited"))
            && (networks.is_empty() || networks.iter().any(is_on))
            && is_of_image(filters, c)
            && filters.is("health", "none")
            && !filters.has("volume")
            && filters.is("is-task", "false")
            && filters.has_labels(&c.config.labels)
            && before.iter().all(|time| c.created < *time)
            && since.iter().all(|time| c.created > *time)
            && has_port(filters, "publish", daemon.bindings_of(c).iter().map(outer))
            && has_port(filters, "expose", daemon.exposed_of(c).into_iter())
    });
    Ok(())
}

/// Whether a container is of one of the images that are asked for, with or without their tags.
fn is_of_image(filters: &Filters, container: &Container) -> bool {
    let own = image::reference(&container.config.image);
    let wanted = filters.values("ancestor");
    wanted.is_empty() || wanted.iter().any(|name| image::reference(name) == own)
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
