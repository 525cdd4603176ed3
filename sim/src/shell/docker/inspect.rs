//! `docker inspect`.

use serde_json::Value;

use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, switch, value};
use super::format;
use crate::docker::Daemon;
use crate::docker::image::Image;
use crate::docker::model::Container;

pub(super) const INSPECT: Command = Command {
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

const CONTAINER_INSPECT: Command = Command {
    name: "docker container inspect",
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    about: "Display detailed information on one or more containers",
    arguments: (1, usize::MAX),
    interspersed: true,
    flags: &[
        value("format", Some('f'), "string", "Format the output using the given Go template"),
        switch("size", Some('s'), "Display total file sizes"),
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

/// Words that `--type` takes.
const KINDS: [&str; 4] = ["", "container", "network", "image"];

/// A container; with the sizes of its files if somebody asks: it has none of its own.
fn inspected(daemon: &Daemon, container: &Container, with_size: bool) -> Value {
    let mut value = daemon.inspect_container(container);
    if with_size {
        value["SizeRw"] = 0.into();
        let image = daemon.image(&container.config.image).map(Image::inspect);
        value["SizeRootFs"] = image.map_or(Value::Null, |image| image["Size"].clone());
    }
    value
}

impl Client {
    pub(super) async fn inspect(&self, args: &[String]) -> Done {
        let given = parse(&INSPECT, args)?;
        let kind = given.value("type").unwrap_or("").to_owned();
        if !KINDS.contains(&kind.as_str()) {
            return Err(Stop::Said(format!("\"{kind}\" is not a valid value for --type"), 1));
        }
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            let (owned, kind_here) = (name.clone(), kind.clone());
            let with_size = given.is_on("size");
            let value = self.call(|daemon| async move {
                let kind = kind_here;
                if !matches!(kind.as_str(), "network" | "image")
                    && let Ok(container) = daemon.find_container(&owned)
                {
                    return Ok(inspected(&daemon, &container, with_size));
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

    pub(super) fn container_inspect(&self, args: &[String]) -> Done {
        let given = parse(&CONTAINER_INSPECT, args)?;
        let daemon = self.daemon()?;
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for name in &given.arguments {
            match daemon.find_container(name) {
                Ok(container) => found.push(inspected(&daemon, &container, given.is_on("size"))),
                Err(_) => errors.push(format!("Error: No such container: {name}\n")),
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
