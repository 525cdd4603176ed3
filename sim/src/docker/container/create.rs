//! Making containers, and what they are called.

use std::rc::Rc;

use indexmap::IndexMap;

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::id;
use crate::docker::image::{self, Image};
use crate::docker::model::{Attachment, Container, ContainerConfig, NetworkMode, Restart, Status};
use crate::engine::Span;
use crate::process::{Record, Root};

use super::privilege;

/// What making a container takes: its files.
const CREATE_TIME: Span = Span::millis(40);

impl Daemon {
    /// Makes a container; its id.
    pub async fn container_create(
        self: Rc<Self>,
        mut config: ContainerConfig,
    ) -> Result<String, ApiError> {
        let image = self.image(&config.image).ok_or_else(|| {
            let (name, tag) = image::reference(&config.image);
            ApiError::not_found(format!("No such image: {name}:{tag}"))
        })?;
        check_mode(&config)?;
        if let Some(dir) = config.workdir.as_ref().filter(|dir| !dir.starts_with('/')) {
            return Err(ApiError::bad_request(format!(
                "the working directory '{dir}' is invalid, it needs to be an absolute path"
            )));
        }
        privilege::check(&config)?;
        if config.auto_remove && config.restart != Restart::No {
            return Err(ApiError::bad_request(
                "can't create 'AutoRemove' container with restart policy",
            ));
        }
        if config.workdir.is_none() && !image.workdir.is_empty() {
            config.workdir = Some(image.workdir.to_owned());
        }
        if config.name.is_empty() {
            config.name = self.free_name();
            config.is_anonymous = true;
        } else {
            self.check_name(&config.name)?;
        }
        if let NetworkMode::Container(other) = &config.mode
            && let Ok(other) = self.find_container(other)
        {
            config.mode = NetworkMode::Container(other.id);
        }
        config.links = self.resolve_links(&config)?;
        self.proc.sleep(CREATE_TIME).await;
        let id = self.new_id();
        let files = self.proc.image_files(image.files);
        let files = files.ok_or_else(|| ApiError::server("the image has no files"))?;
        let hostname = id::short(&id).to_owned();
        let has_fixed_switches = !config.privileged;
        let root = self.proc.root_new(Root { tree: files, hostname, has_fixed_switches });
        let mut networks = IndexMap::new();
        if let Some(name) = config.mode.network_name() {
            let request = config.endpoint.clone();
            let at = Attachment { request, network: String::new(), endpoint: None };
            networks.insert(name.to_owned(), at);
        }
        let line = command_line(&config, image);
        let (path, args) = line
            .split_first()
            .map_or((String::new(), Vec::new()), |(path, args)| (path.clone(), args.to_vec()));
        let container = Container {
            id: id.clone(),
            created: self.calendar(),
            status: Status::Created,
            pid: None,
            exit_code: 0,
            error: String::new(),
            started: 0.0,
            finished: 0.0,
            root: Some(root),
            networks,
            sandbox: None,
            log: Rc::new(Record::default()),
            terminal: None,
            paused: false,
            restarting: false,
            stopped_by_hand: false,
            restart_count: 0,
            path,
            args,
            config,
        };
        self.tell_container(&container, "create", &[]);
        self.state.borrow_mut().containers.insert(id.clone(), container);
        self.save();
        Ok(id)
    }

    fn free_name(&self) -> String {
        loop {
            let name = self.rng(id::container_name);
            if !self.state.borrow().containers.values().any(|c| c.name() == name) {
                return name;
            }
        }
    }

    /// Whether a name may be given.
    fn check_name(&self, name: &str) -> Result<(), ApiError> {
        let plain = name.trim_start_matches('/');
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let is_valid = plain.len() >= 2
            && plain.starts_with(is_word)
            && plain.chars().all(|c| is_word(c) || matches!(c, '_' | '.' | '-'));
        if !is_valid {
            return Err(ApiError::bad_request(format!(
                "Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            )));
        }
        let state = self.state.borrow();
        match state.containers.values().find(|c| c.name() == plain) {
            Some(other) => Err(ApiError::conflict(format!(
                "Conflict. The container name \"/{plain}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.",
                other.id
            ))),
            None => Ok(()),
        }
    }

    /// The links of `--link` to containers that are there, by their ids: names may change.
    fn resolve_links(&self, config: &ContainerConfig) -> Result<Vec<String>, ApiError> {
        let resolve = |link: &String| {
            let (name, alias) = link.split_once(':').unwrap_or((link, link));
            let found = self.find_container(name).map_err(|error| {
                ApiError::bad_request(format!("could not get container for {name}: {error}"))
            })?;
            Ok(format!("{}:{alias}", found.id))
        };
        config.links.iter().map(resolve).collect()
    }

    /// Changes when a container is started again by itself.
    pub fn container_update(&self, term: &str, restart: Option<Restart>) -> Result<(), ApiError> {
        let container = self.find_container(term)?;
        let Some(restart) = restart else { return Ok(()) };
        if container.config.auto_remove && restart != Restart::No {
            return Err(ApiError::bad_request(
                "Restart policy cannot be updated because AutoRemove is enabled for the container",
            ));
        }
        self.with_container(&container.id, |container| container.config.restart = restart);
        self.save();
        self.tell_container(&self.find_container(&container.id)?, "update", &[]);
        Ok(())
    }

    /// Gives a container another name.
    pub async fn container_rename(
        self: Rc<Self>,
        term: String,
        name: String,
    ) -> Result<(), ApiError> {
        let (term, name) = (term.as_str(), name.as_str());
        let container = self.find_container(term)?;
        if name.is_empty() {
            return Err(ApiError::bad_request("Neither old nor new names may be empty"));
        }
        if container.name() == name {
            return Err(ApiError::bad_request(
                "Renaming a container with the same name as its current name",
            ));
        }
        let slashed = format!("/{}", name.trim_start_matches('/'));
        self.check_name(&slashed)
            .map_err(|error| error.with_prefix("Error when allocating new name: "))?;
        let old = format!("/{}", container.name());
        self.with_container(&container.id, |container| {
            name.clone_into(&mut container.config.name);
            container.config.is_anonymous = false;
        });
        self.tell_container(&self.find_container(&container.id)?, "rename", &[("oldName", &old)]);
        let endpoints = container.networks.values().filter_map(|at| at.endpoint.clone());
        for endpoint in endpoints.collect::<Vec<_>>() {
            let renamed = self.with_endpoint(&endpoint, |endpoint| {
                name.clone_into(&mut endpoint.name);
                endpoint.anonymous = false;
                endpoint.clone()
            });
            if let Some(endpoint) = renamed {
                self.endpoint_tell_name(&endpoint).await;
            }
        }
        self.save();
        Ok(())
    }
}

/// The command line of a container: its own, or that of the image.
fn command_line(config: &ContainerConfig, image: &Image) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let (entrypoint, default) = match &config.entrypoint {
        Some(entrypoint) => (entrypoint.clone(), Vec::new()),
        None => (owned(image.entrypoint), owned(image.command)),
    };
    let command = if config.command.is_empty() { default } else { config.command.clone() };
    [entrypoint, command].concat()
}

/// What cannot be asked together with a network mode.
fn check_mode(config: &ContainerConfig) -> Result<(), ApiError> {
    let conflict =
        |words: &str| Err(ApiError::bad_request(format!("conflicting options: {words}")));
    let is_container = matches!(config.mode, NetworkMode::Container(_));
    let shares = is_container || config.mode == NetworkMode::Host;
    if config.mode == NetworkMode::Container(String::new()) {
        return Err(ApiError::bad_request(
            "Invalid network mode: invalid container format container:<name|id>",
        ));
    }
    if is_container && config.hostname.is_some() {
        return conflict("hostname and the network mode");
    }
    if is_container && !config.links.is_empty() {
        return conflict(
            "container type network can't be used with links. This would result in undefined behavior",
        );
    }
    if is_container && !config.dns.is_empty() {
        return conflict("dns and the network mode");
    }
    if is_container && !config.extra_hosts.is_empty() {
        return conflict("custom host-to-IP mapping and the network mode");
    }
    if shares && config.endpoint.mac.is_some() {
        return conflict("mac-address and the network mode");
    }
    if is_container && (!config.ports.is_empty() || config.publish_all) {
        return conflict("port publishing and the container type network mode");
    }
    if is_container && !config.exposed.is_empty() {
        return conflict("port exposing and the container type network mode");
    }
    Ok(())
}
