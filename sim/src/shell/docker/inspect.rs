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

const IMAGE_INSPECT: Command = Command {
    name: "docker image inspect",
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    about: "Display detailed information on one or more images",
    arguments: (1, usize::MAX),
    interspersed: true,
    flags: &[value("format", Some('f'), "string", "Format the output using the given Go template")],
};

impl Client {
    pub(super) async fn inspect(&self, args: &[String]) -> Done {
        let given = parse(&INSPECT, args)?;
        let kind = given.value("type").unwrap_or("").to_owned();
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            let (owned, kind_here) = (name.clone(), kind.clone());
            let value = self.call(|daemon| async move {
                let kind = kind_here;
                if !matches!(kind.as_str(), "network" | "image")
                    && let Ok(container) = daemon.find_container(&owned)
                {
                    return Ok(daemon.inspect_container(&container));
                }
                if !matches!(kind.as_str(), "container" | "image") {
                    let network = daemon.find_network(&owned).await?;
                    return Ok(daemon.inspect_network(&network).await);
                }
                Err(crate::docker::ApiError::not_found(owned))
            });
            let image =
                self.daemon()?.image(name).filter(|_| matches!(kind.as_str(), "" | "image"));
            match (value.await, image) {
                (Ok(value), _) => found.push(value),
                (Err(Stop::Api(_)), Some(image)) => found.push(image.inspect()),
                (Err(Stop::Api(_)), None) => {
                    let what = given.value("type").unwrap_or("object");
                    errors.push(format!("Error: No such {what}: {name}\n"));
                }
                (Err(stop), _) => return Err(stop),
            }
        }
        self.print_inspected(&found, given.value("format"))?;
        errors.iter().for_each(|error| self.eprint(error));
        if errors.is_empty() { Ok(()) } else { Err(Stop::Status(1)) }
    }

    pub(super) fn image_inspect(&self, args: &[String]) -> Done {
        let given = parse(&IMAGE_INSPECT, args)?;
        let daemon = self.daemon()?;
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            match daemon.image(name) {
                Some(image) => found.push(image.inspect()),
                None => errors.push(format!("Error: No such image: {name}\n")),
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
