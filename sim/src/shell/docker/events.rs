//! `docker events`.

use serde_json::{Value, json};

use super::client::{Client, Done, parse};
use super::filter::Filters;
use super::flags::{Command, value};
use super::{format, moment};
use crate::docker::events::Event;
use crate::engine::Span;
use crate::process::calendar::Calendar;

pub(super) const EVENTS: Command = Command {
    name: "docker events",
    usage: "[OPTIONS]",
    about: "Get real time events from the server",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        value("filter", Some('f'), "filter", "Filter output based on conditions provided"),
        value("format", None, "string", "Format the output using the given Go template"),
        value("since", None, "string", "Show all events created since timestamp"),
        value("until", None, "string", "Stream events until this timestamp"),
    ],
};

impl Client {
    pub(super) async fn events(&self, args: &[String]) -> Done {
        let given = parse(&EVENTS, args)?;
        let daemon = self.daemon()?;
        // What the engine does not know as a key does not matter to it.
        let filters = Filters::read_any(given.values("filter"))?;
        let now = daemon.calendar();
        // How long ago something was is told to the engine in whole seconds.
        let moment = |name: &str| {
            given.value(name).map(|text| match moment::duration(text) {
                Some(ago) => Ok((now - ago).floor()),
                None => moment::parse(text, now),
            })
        };
        let (since, until) = (moment("since").transpose()?, moment("until").transpose()?);
        // Without a beginning, only what comes now.
        let mut number = if since.is_some() { 0 } else { daemon.events().count() };
        loop {
            let left = until.map_or(Span::secs(u64::from(u32::MAX)), |until| {
                Span::from_secs_f64((until - daemon.calendar()).max(0.0))
            });
            let next = self.proc.timeout(left, daemon.events().event(&self.proc, number)).await;
            let Some((event, following)) = next else { return Ok(()) };
            number = following;
            let is_late = until.is_some_and(|until| event.at > until);
            let is_early = since.is_some_and(|since| event.at < since);
            if is_late || is_early || !fits(&event, &filters) {
                continue;
            }
            let line = match given.value("format") {
                Some(template) => format::event(template, &as_json(&event))?,
                None => as_line(&event),
            };
            self.print(&line);
        }
    }
}

fn fits(event: &Event, filters: &Filters) -> bool {
    let attribute = |key: &str| event.attributes.get(key).map_or("", String::as_str);
    let names = |key: &'static str, kind: &str| {
        let wanted = filters.values(key);
        let is_one = |wanted: &String| {
            let own = event.kind == kind
                && (event.id.starts_with(wanted) || attribute("name") == wanted.as_str());
            own || attribute(kind).starts_with(wanted)
        };
        wanted.is_empty() || wanted.iter().any(is_one)
    };
    // `exec_create: sh` is asked for as `exec_create`.
    let action = event.action.split(':').next().unwrap_or_default();
    filters.is("type", event.kind)
        && filters.is("event", action)
        && filters.is("image", attribute("image"))
        && filters.is("scope", "local")
        && names("container", "container")
        && names("network", "network")
        && filters.has_labels(&event.attributes)
        && ["config", "daemon", "node", "volume"].iter().all(|key| !filters.has(key))
}

/// `2024-01-01T00:00:00.000000000Z network connect ID (container=ID, name=bridge, type=bridge)`
fn as_line(event: &Event) -> String {
    let pairs: Vec<String> =
        event.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let time = Calendar::of(event.at).rfc3339_nanos();
    let Event { kind, action, id, .. } = event;
    format!("{time} {kind} {action} {id} ({})\n", pairs.join(", "))
}

fn as_json(event: &Event) -> Value {
    let mut value = json!({});
    if event.kind == "container" {
        value["status"] = json!(event.action);
        value["id"] = json!(event.id);
        value["from"] = json!(event.attributes.get("image"));
    }
    value["Type"] = json!(event.kind);
    value["Action"] = json!(event.action);
    value["Actor"] = json!({ "ID": event.id, "Attributes": event.attributes });
    value["scope"] = json!("local");
    value["time"] = json!(event.at as u64);
    value["timeNano"] = json!((event.at * 1e6) as u64 * 1000);
    value
}
