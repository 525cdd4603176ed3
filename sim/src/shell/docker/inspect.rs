//! `docker inspect`.

use serde_json::Value;

use super::flags::{Command, switch, value};
use super::format;
use super::{Client, Done, Stop, parse};

const INSPECT: Command = Command {
    name: "docker inspect",
    usage: "[OPTIONS] NAME|ID [NAME|ID...]",
    about: "Return low-level information on Docker objects",
    arguments: (1, usize::MAX),
    interspersed: true,
    flags: &[
        value("format", Some('f'), "string", "Format the output using the given Go template"),
        switch("size", Some('s'), "Display total file sizes if the type is container"),
        value("type", None, "string", "Return JSON for specified type"),
    ],
};

impl Client {
    pub(super) async fn inspect(&self, args: &[String]) -> Done {
        let given = parse(&INSPECT, args)?;
        let kind = given.value("type").unwrap_or("").to_owned();
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            let (owned, kind) = (name.clone(), kind.clone());
            let value = self.call(|daemon| async move {
                if kind != "network"
                    && let Ok(container) = daemon.find_container(&owned)
                {
                    return Ok(daemon.inspect_container(&container));
                }
                if kind != "container" {
                    let network = daemon.find_network(&owned).await?;
                    return Ok(daemon.inspect_network(&network).await);
                }
                Err(crate::docker::ApiError::not_found(owned))
            });
            match value.await {
                Ok(value) => found.push(value),
                Err(Stop::Api(_)) => {
                    let what = given.value("type").unwrap_or("object");
                    errors.push(format!("Error: No such {what}: {name}\n"));
                }
                Err(stop) => return Err(stop),
            }
        }
        self.print_inspected(&found, given.value("format"))?;
        errors.iter().for_each(|error| self.eprint(error));
        if errors.is_empty() { Ok(()) } else { Err(Stop::Status(1)) }
    }

    /// Prints what was inspected: all of it, or by a template.
    pub(super) fn print_inspected(&self, found: &[Value], template: Option<&str>) -> Done {
        match template {
            Some(template) => {
                if found.is_empty() {
                    self.print("\n");
                }
                for value in found {
                    self.print(&format!("{}\n", format::one(template, value)?));
                }
            }
            None if found.is_empty() => self.print("[]\n"),
            None => self.print(&format!("{}\n", format::pretty(&Value::Array(found.to_vec())))),
        }
        Ok(())
    }
}
