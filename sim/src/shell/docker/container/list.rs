//! `docker ps`: its columns and its filters.

use serde_json::{Value, json};

use crate::docker::ApiError;
use crate::docker::id::short;
use crate::docker::inspect::status_word;
use crate::docker::model::{Container, Status};
use crate::process::calendar::date_line;
use crate::shell::docker::flags::{Command, switch, value};
use crate::shell::docker::network::filters;
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
                rows.iter().zip(&containers).map(|(row, c)| row_json(row, c, now)).collect();
            let names =
                [("ID", "CONTAINER ID"), ("RunningFor", "CREATED"), ("CreatedAt", "CREATED AT")];
            self.print(&format::rows(format, &values, &names)?);
            return Ok(());
        }
        self.print(&table(&headers, &rows));
        Ok(())
    }
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
        "CreatedAt": date_line(container.created),
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
            containers.retain(|c| c.status == Status::Exited && c.exit_code.to_string() == wanted);
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
