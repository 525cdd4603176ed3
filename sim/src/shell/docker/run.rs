//! `docker run` and `docker create`.

use crate::docker::ApiError;
use crate::docker::image;
use crate::docker::model::{ContainerConfig, EndpointRequest, NetworkMode, Restart, is_predefined};
use crate::process::Signal;

use super::attach::detach_keys;
use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, Given};
use super::network::pairs;
use super::ports::{parse_expose, parse_publish};
use super::run_flags::{CREATE_FLAGS, RUN_FLAGS, refused_flag, without_effect};

pub(super) const RUN: Command = Command {
    name: "docker run",
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    about: "Run a command in a new container",
    arguments: (1, usize::MAX),
    interspersed: false,
    flags: &RUN_FLAGS,
};

pub(super) const CREATE: Command = Command {
    name: "docker create",
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    about: "Create a new container",
    arguments: (1, usize::MAX),
    interspersed: false,
    flags: CREATE_FLAGS,
};

/// The exit status of `docker run` for an error.
fn status_of(message: &str) -> i32 {
    if message.contains("executable file not found")
        || message.contains("no such file or directory")
    {
        127
    } else if message.contains("permission denied") {
        126
    } else {
        125
    }
}

impl Client {
    pub(super) async fn create(&self, args: &[String]) -> Done {
        let given = parse(&CREATE, args)?;
        let id = self.create_container(&CREATE, &given).await?;
        self.print(&format!("{id}\n"));
        Ok(())
    }

    /// Makes a container; what the daemon refuses is told with a hint at the help.
    async fn create_container(&self, command: &Command, given: &Given) -> Result<String, Stop> {
        let mut config = config_of(command, given)?;
        let with_help = |stop| match stop {
            Stop::Said(words, status) => {
                Stop::Said(format!("{words}\nSee '{} --help'.", command.name), status)
            }
            stop => stop,
        };
        let read = |name: &str| self.environment_files(given.values(name)).map_err(with_help);
        let mut env = read("env-file")?;
        let mut labels = pairs(&read("label-file")?);
        labels.append(&mut config.labels);
        config.labels = labels;
        env.append(&mut config.env);
        config.env = env;
        let inert = without_effect(given);
        if !inert.is_empty() {
            self.eprint(&format!("netsim: without effect here: {}\n", inert.join(", ")));
        }
        if config.mode == NetworkMode::Host && (!config.ports.is_empty() || config.publish_all) {
            self.eprint("WARNING: Published ports are discarded when using host network mode\n");
        }
        if let Some(words) = image::reference_error(&config.image) {
            let name = command.name;
            return Err(Stop::Said(format!("docker: {words}.\nSee '{name} --help'."), 125));
        }
        let is_here = self.daemon()?.image(&config.image).is_some();
        let pull = given.value("pull").unwrap_or("missing");
        if (!is_here && pull != "never") || pull == "always" {
            let (name, tag) = image::reference(&config.image);
            if pull != "always" {
                self.eprint(&format!("Unable to find image '{name}:{tag}' locally\n"));
            }
            let Stop::Said(refusal, status) = refused(command, &self.no_registry()) else {
                return Err(Stop::Status(125));
            };
            return Err(Stop::Said(format!("{refusal}\n{}", self.images_here()?), status));
        }
        let created = self.call(|daemon| daemon.container_create(config)).await;
        if let (Ok(id), Some(path)) = (&created, given.value("cidfile"))
            && self.proc.write_file(path, id.clone().into_bytes()).is_err()
        {
            self.eprint(&format!("Failed to create the container ID file: open {path}\n"));
        }
        match created {
            // `create` adds no words of its own.
            Err(Stop::Api(error)) if command.name == RUN.name => {
                Err(refused(command, &error.message))
            }
            other => other,
        }
    }

    pub(super) async fn run(&self, args: &[String]) -> Done {
        let given = parse(&RUN, args)?;
        if self.daemon().is_err() {
            return Err(Stop::Said(
                "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?.\nSee 'docker run --help'.".to_owned(),
                125,
            ));
        }
        let keys = detach_keys(given.value("detach-keys"))?;
        let detached = given.is_on("detach");
        let interactive = given.is_on("interactive");
        if detached && given.has("attach") {
            return Err(Stop::Said("Conflicting options: -a and -d".to_owned(), 1));
        }
        if !detached {
            self.check_terminal(interactive, given.is_on("tty"))?;
        }
        let id = self.create_container(&RUN, &given).await?;
        let mut follow = None;
        if detached {
            self.print(&format!("{id}\n"));
        } else {
            let daemon = self.daemon()?;
            let container = daemon.find_container(&id)?;
            daemon.tell_use(&container, "attach");
            follow = Some(self.follow(&container));
        }
        let owned = id.clone();
        let started = self.call(|daemon| async move { daemon.container_start(&owned).await }).await;
        if let Err(stop) = started {
            if given.is_on("rm") {
                let owned = id.clone();
                // Nothing is left of a container that was never there.
                let _ = self
                    .call(|daemon| async move { daemon.container_remove(&owned, true).await })
                    .await;
            }
            return Err(match stop {
                Stop::Api(error) => Stop::Said(
                    format!(
                        "docker: Error response from daemon: {}.",
                        error.message.trim_end_matches('.')
                    ),
                    status_of(&error.message),
                ),
                stop => stop,
            });
        }
        if detached {
            return Ok(());
        }
        let parted = self.stay(&id, interactive, &keys).await;
        drop(follow);
        parted?.done()
    }
}

fn refused(command: &Command, message: &str) -> Stop {
    Stop::Said(
        format!(
            "docker: Error response from daemon: {}.\nSee '{} --help'.",
            message.trim_end_matches('.'),
            command.name
        ),
        125,
    )
}

/// What the flags ask for.
fn config_of(command: &Command, given: &Given) -> Result<ContainerConfig, Stop> {
    let said =
        |text: String| Stop::Said(format!("docker: {text}.\nSee '{} --help'.", command.name), 125);
    let bad = |name: &str, value: &str, why: String| {
        Stop::Early(
            command.wrong(&format!("invalid argument \"{value}\" for \"--{name}\" flag: {why}")),
        )
    };
    check_words(command, given)?;
    if let Some(flag) = refused_flag(given) {
        return Err(said(format!("netsim does not simulate --{flag}")));
    }
    let networks = given.values("network");
    if networks.iter().any(String::is_empty) {
        return Err(said("no name set for network".to_owned()));
    }
    if networks.len() > 1 {
        return Err(said(format!(
            "Error response from daemon: Container cannot be connected to network endpoints: {}",
            networks.join(", ")
        )));
    }
    let mode = NetworkMode::parse(networks.first().map_or("", String::as_str));
    let links = given.values("link").to_vec();
    if let Some(link) = links.iter().find(|link| link.split(':').count() > 2) {
        return Err(bad("link", link, format!("bad format for links: {link}")));
    }
    if matches!(mode, NetworkMode::Host | NetworkMode::Container(_)) && !links.is_empty() {
        return Err(said("links are only supported for user-defined networks".to_owned()));
    }
    let mut ports = Vec::new();
    for text in given.values("publish") {
        ports.extend(parse_publish(text).map_err(said)?);
    }
    let mut exposed = Vec::new();
    for text in given.values("expose") {
        exposed.extend(parse_expose(text).map_err(said)?);
    }
    let mut dns = Vec::new();
    for text in given.values("dns") {
        dns.push(
            text.parse().map_err(|_| bad("dns", text, format!("{text} is not an ip address")))?,
        );
    }
    let mut extra_hosts = Vec::new();
    for text in given.values("add-host") {
        let why = || format!("bad format for add-host: \"{text}\"");
        let (name, address) = text.split_once(':').ok_or_else(|| bad("add-host", text, why()))?;
        if address != "host-gateway" && address.parse::<std::net::IpAddr>().is_err() {
            let why = format!("invalid IP address in add-host: \"{address}\"");
            return Err(bad("add-host", text, why));
        }
        extra_hosts.push((name.to_owned(), address.to_owned()));
    }
    let restart = given.value("restart").unwrap_or("no");
    if given.is_on("rm") && !matches!(restart, "" | "no") {
        return Err(said("Conflicting options: --restart and --rm".to_owned()));
    }
    let restart = restart_policy(restart).map_err(|(words, of_client)| match of_client {
        true => said(words),
        false => refused(command, &words),
    })?;
    if let Some(wrong) = given.values("sysctl").iter().find(|text| !is_sysctl(text)) {
        return Err(bad("sysctl", wrong, format!("sysctl '{wrong}' is not whitelisted")));
    }
    if let Some(signal) = given.value("stop-signal").filter(|name| Signal::named(name).is_none()) {
        return Err(refused(command, &format!("Invalid signal: {signal}")));
    }
    let sysctls = pairs(given.values("sysctl")).into_iter().collect();
    let stop_timeout = given.value("stop-timeout").and_then(|seconds| seconds.parse().ok());
    let words = &given.arguments;
    // Without `--network` they are taken, and nobody finds them.
    let takes_aliases = match &mode {
        NetworkMode::Network(name) => networks.is_empty() || !is_predefined(name),
        _ => false,
    };
    if given.has("network-alias") && !takes_aliases {
        let words = "network-scoped aliases are only supported for user-defined networks";
        return Err(said(words.to_owned()));
    }
    let is_user_network = matches!(&mode, NetworkMode::Network(name) if name != "default");
    Ok(ContainerConfig {
        name: given.value("name").unwrap_or("").trim_start_matches('/').to_owned(),
        is_anonymous: false,
        image: words[0].clone(),
        command: words[1..].to_vec(),
        entrypoint: given
            .value("entrypoint")
            .map(|text| text.split_whitespace().map(str::to_owned).collect()),
        hostname: given.value("hostname").map(str::to_owned),
        domainname: given.value("domainname").unwrap_or("").to_owned(),
        env: given.values("env").to_vec(),
        workdir: given.value("workdir").map(str::to_owned),
        tty: given.is_on("tty"),
        open_stdin: given.is_on("interactive"),
        attached: !given.is_on("detach"),
        labels: pairs(given.values("label")),
        endpoint: endpoint_of(command, given, &mode, is_user_network)?,
        mode,
        ports,
        exposed,
        publish_all: given.is_on("publish-all"),
        links: if is_user_network { Vec::new() } else { links },
        dns,
        dns_search: given.values("dns-search").to_vec(),
        dns_options: given.values("dns-option").to_vec(),
        extra_hosts,
        restart,
        auto_remove: given.is_on("rm"),
        privileged: given.is_on("privileged"),
        cap_add: given.values("cap-add").to_vec(),
        cap_drop: given.values("cap-drop").to_vec(),
        user: given.value("user").unwrap_or("").to_owned(),
        sysctls,
        stop_timeout,
    })
}

/// Checks values that are only words here.
fn check_words(command: &Command, given: &Given) -> Result<(), Stop> {
    let wrong = |flag: &str, value: &str, why: String| {
        let text = format!("invalid argument \"{value}\" for \"{flag}\" flag: {why}");
        Err(Stop::Early(command.wrong(&text)))
    };
    for stream in given.values("attach") {
        if !matches!(stream.to_lowercase().as_str(), "stdin" | "stdout" | "stderr") {
            let why = "valid streams are STDIN, STDOUT and STDERR".to_owned();
            return wrong("-a, --attach", stream, why);
        }
    }
    for pair in given.values("env") {
        if pair.is_empty() || pair.starts_with('=') {
            return wrong("-e, --env", pair, format!("invalid environment variable: {pair}"));
        }
    }
    for domain in given.values("dns-search") {
        if domain.trim() != "." && !is_domain(domain.trim()) {
            return wrong("--dns-search", domain, format!("{domain} is not a valid domain"));
        }
    }
    Ok(())
}

/// Whether a text is the name of a domain: words with hyphens inside, and a letter somewhere.
fn is_domain(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let is_part = |part: &str| {
        part.starts_with(is_word)
            && part.ends_with(is_word)
            && part.chars().all(|c| is_word(c) || c == '-')
    };
    let whole = text.strip_suffix('.').unwrap_or(text);
    text.len() < 255
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && whole.split('.').all(is_part)
}

/// Whether `--sysctl` takes it: only what belongs to a namespace.
fn is_sysctl(text: &str) -> bool {
    const OF_IPC: [&str; 8] = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];
    text.split_once('=').is_some_and(|(name, _)| {
        OF_IPC.contains(&name) || name.starts_with("net.") || name.starts_with("fs.mqueue.")
    })
}

/// What is asked of the first network.
fn endpoint_of(
    command: &Command,
    given: &Given,
    mode: &NetworkMode,
    is_user_network: bool,
) -> Result<EndpointRequest, Stop> {
    let mac = match given.value("mac-address") {
        Some(text) => Some(text.parse().map_err(|_| {
            let name = command.name;
            Stop::Said(
                format!("docker: {text} is not a valid mac address.\nSee '{name} --help'."),
                125,
            )
        })?),
        None => None,
    };
    // On the default network an address is silently ignored.
    let is_default = matches!(mode, NetworkMode::Network(name) if name == "default");
    let ip = match given.value("ip").filter(|_| !is_default) {
        Some(text) => Some(text.parse().map_err(|_| {
            let error = ApiError::bad_request(format!("invalid IPv4 address: {text}"));
            refused(command, &error.message)
        })?),
        None => None,
    };
    let ip6 = match given.value("ip6").filter(|_| !is_default) {
        Some(text) => Some(
            text.parse().map_err(|_| refused(command, &format!("invalid IPv6 address: {text}")))?,
        ),
        None => None,
    };
    let aliases = if is_user_network { given.values("network-alias").to_vec() } else { Vec::new() };
    let links = if is_user_network { given.values("link").to_vec() } else { Vec::new() };
    let has_ipam = ip.is_some() || ip6.is_some();
    Ok(EndpointRequest { ip, ip6, has_ipam, aliases, links, mac, has_driver_options: false })
}

/// `--restart`; or what is wrong with it, and whether the client says so or the daemon.
pub(super) fn restart_policy(text: &str) -> Result<Restart, (String, bool)> {
    let (name, count) = match text.split_once(':') {
        None => (text, 0),
        Some((_, count)) if count.contains(':') => {
            return Err(("invalid restart policy format".to_owned(), true));
        }
        Some((name, count)) => match count.parse::<i64>() {
            Ok(count) => (name, count),
            Err(_) => return Err(("maximum retry count must be an integer".to_owned(), true)),
        },
    };
    let policy = match name {
        "" | "no" => Restart::No,
        "always" => Restart::Always,
        "unless-stopped" => Restart::UnlessStopped,
        "on-failure" => match u32::try_from(count) {
            Ok(count) => return Ok(Restart::OnFailure(count)),
            Err(_) => return Err(("maximum retry count cannot be negative".to_owned(), false)),
        },
        other => return Err((format!("invalid restart policy '{other}'"), false)),
    };
    if count != 0 && !name.is_empty() {
        let words = format!("maximum retry count cannot be used with restart policy '{name}'");
        return Err((words, false));
    }
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_tries_belongs_to_one_policy() {
        let error = |text: &str| restart_policy(text).unwrap_err();
        assert_eq!(restart_policy("on-failure:3"), Ok(Restart::OnFailure(3)));
        assert_eq!(
            error("always:3"),
            ("maximum retry count cannot be used with restart policy 'always'".to_owned(), false)
        );
        assert_eq!(
            error("on-failure:-1"),
            ("maximum retry count cannot be negative".to_owned(), false)
        );
        assert!(error("on-failure:x").1 && error("on-failure:").1 && error("a:b:c").1);
    }

    #[test]
    fn a_domain_has_words_and_a_letter() {
        assert!(is_domain("corp.lan") && is_domain("a-b.c.") && is_domain("x1"));
        assert!(
            !is_domain("bad domain") && !is_domain("1.2") && !is_domain("-a") && !is_domain("")
        );
    }
}
