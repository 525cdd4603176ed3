//! Containers as the daemon knows them: how they were asked for, and what they are doing.

use std::collections::BTreeMap;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::docker::id;
use crate::process::{Pid, Record, RootId, Terminal};
use crate::wire::Ipv4Addr;

use super::endpoint::EndpointRequest;
use super::port::{Port, PortRequest};

/// Whose network a container uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// Networks, the first one by this name (`default` is the bridge).
    Network(String),
    /// The host's.
    Host,
    /// None.
    #[default]
    None,
    /// That of another container.
    Container(String),
}

impl NetworkMode {
    /// As `--network` takes it.
    pub fn parse(text: &str) -> NetworkMode {
        match text {
            "" | "default" => NetworkMode::Network("default".to_owned()),
            "host" => NetworkMode::Host,
            "none" => NetworkMode::None,
            name => match name.strip_prefix("container:") {
                Some(other) => NetworkMode::Container(other.to_owned()),
                None => NetworkMode::Network(name.to_owned()),
            },
        }
    }

    /// As `docker inspect` prints it.
    pub fn text(&self) -> String {
        match self {
            NetworkMode::Network(name) => name.clone(),
            NetworkMode::Host => "host".to_owned(),
            NetworkMode::None => "none".to_owned(),
            NetworkMode::Container(id) => format!("container:{id}"),
        }
    }

    /// The network that it names, if it names one.
    pub fn network_name(&self) -> Option<&str> {
        match self {
            NetworkMode::Network(name) if name == "default" => Some("bridge"),
            NetworkMode::Network(name) => Some(name),
            NetworkMode::Host => Some("host"),
            NetworkMode::None => Some("none"),
            NetworkMode::Container(_) => None,
        }
    }
}

/// When a container is started again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// Never.
    #[default]
    No,
    /// Always.
    Always,
    /// Unless somebody stopped it.
    UnlessStopped,
    /// When it failed, so many times; zero means without end.
    OnFailure(u32),
}

/// How a container was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerConfig {
    /// `--name`, or one that was made up.
    pub name: String,
    /// Whether the name was made up.
    pub is_anonymous: bool,
    /// The image, as it was typed.
    pub image: String,
    /// The command line; empty takes the image's.
    pub command: Vec<String>,
    /// `--entrypoint`.
    pub entrypoint: Option<Vec<String>>,
    /// `--hostname`.
    pub hostname: Option<String>,
    /// `--domainname`.
    pub domainname: String,
    /// `-e`.
    pub env: Vec<String>,
    /// `-w`.
    pub workdir: Option<String>,
    /// `-t`.
    pub tty: bool,
    /// `-i`.
    pub open_stdin: bool,
    /// Whether a client stays with it: `docker run` without `-d`.
    pub attached: bool,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--network`.
    pub mode: NetworkMode,
    /// What is asked of that network.
    pub endpoint: EndpointRequest,
    /// `-p`.
    pub ports: Vec<PortRequest>,
    /// `--expose`.
    pub exposed: Vec<Port>,
    /// `-P`.
    pub publish_all: bool,
    /// `--link`.
    pub links: Vec<String>,
    /// `--dns`.
    pub dns: Vec<Ipv4Addr>,
    /// `--dns-search`.
    pub dns_search: Vec<String>,
    /// `--dns-option`.
    pub dns_options: Vec<String>,
    /// `--add-host`: name and address.
    pub extra_hosts: Vec<(String, String)>,
    /// `--restart`.
    pub restart: Restart,
    /// `--rm`.
    pub auto_remove: bool,
    /// `--privileged`.
    pub privileged: bool,
    /// `--cap-add`.
    pub cap_add: Vec<String>,
    /// `--cap-drop`.
    pub cap_drop: Vec<String>,
    /// `--user`.
    pub user: String,
    /// `--sysctl`.
    pub sysctls: Vec<(String, String)>,
    /// `--stop-timeout`, in seconds.
    pub stop_timeout: Option<u64>,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It was made and never ran.
    Created,
    /// It runs.
    Running,
    /// It ran.
    Exited,
}

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// 64 hex digits.
    pub id: String,
    /// How it was asked for.
    pub config: ContainerConfig,
    /// When it was made.
    pub created: f64,
    /// What it is doing.
    pub status: Status,
    /// Its first process.
    pub pid: Option<Pid>,
    /// The status with which it ended.
    pub exit_code: i32,
    /// Why it could not start.
    pub error: String,
    /// When it was started and when it ended.
    pub started: f64,
    /// When it ended.
    pub finished: f64,
    /// Its files.
    pub root: Option<RootId>,
    /// Its networks, by name, with what was asked of them.
    pub networks: IndexMap<String, Attachment>,
    /// Its sandbox while it runs, and the last it had when it does not.
    pub sandbox: Option<String>,
    /// What it wrote.
    pub log: Rc<Record>,
    /// Where its first process reads, if anybody can type into it.
    pub terminal: Option<Rc<Terminal>>,
    /// Whether its processes stand still.
    pub paused: bool,
    /// Whether it has ended and will be started again by itself.
    pub restarting: bool,
    /// Whether somebody stopped it by hand.
    pub stopped_by_hand: bool,
    /// How often it was started again by itself.
    pub restart_count: u32,
    /// The interactive command line it runs.
    pub path: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// What was asked.
    pub request: EndpointRequest,
    /// The network, once it was found.
    pub network: String,
    /// The endpoint, while the container runs.
    pub endpoint: Option<String>,
}

impl Container {
    /// Its name, without the slash.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// The names under which it is found in a user's network besides its own: those that were asked
    /// for, the beginning of its id, and its host name.
    pub fn aliases(&self, request: &EndpointRequest) -> Vec<String> {
        let mut aliases = request.aliases.clone();
        for name in [id::short(&self.id).to_owned(), self.hostname()] {
            if !aliases.contains(&name) {
                aliases.push(name);
            }
        }
        aliases
    }

    /// Its host name, if it has its own.
    pub fn hostname(&self) -> String {
        let own = || id::short(&self.id).to_owned();
        self.config.hostname.clone().unwrap_or_else(own)
    }
}
