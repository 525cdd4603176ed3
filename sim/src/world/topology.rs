//! Topologies: what machines there are and how they are joined, from TOML.
//!
//! ```toml
//! segment.lan   = { subnet = "192.168.56.0/24", latency = "100us" }
//! router.gw     = { lan = "192.168.56.1", silent-drop = ["10.0.0.0/8"] }
//! host.kv       = { lan = "192.168.56.135", run = ["consul"] }
//! host.docker-1 = { lan = "192.168.56.144", docker = { kv = "consul://192.168.56.135:8500" } }
//! ```
//!
//! A segment is a switch: a machine with a bridge. A router is a machine that forwards.

use indexmap::IndexMap;
use ipnet::Ipv4Net;
use serde::Deserialize;

use crate::docker::daemon::preload_images;
use crate::engine::{Seed, Span};
use crate::kernel::Errno;
use crate::kernel::sys::link::BridgeChange;
use crate::kernel::sys::route::{RouteMode, RouteSpec};
use crate::kernel::sys::{IfAddr, KindSpec, LinkSpec, RouteKind};
use crate::process::Node;
use crate::trace::HostId;
use crate::wire::{Ipv4Addr, MacAddr};

use super::{CableSpec, End, Limits, Platform, Role, World};

/// A topology as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// LAN segments.
    #[serde(default)]
    pub segment: IndexMap<String, SegmentSpec>,
    /// Routers.
    #[serde(default)]
    pub router: IndexMap<String, HostSpec>,
    /// Computers.
    #[serde(default)]
    pub host: IndexMap<String, HostSpec>,
}

/// A LAN segment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SegmentSpec {
    /// The addresses on it.
    pub subnet: Option<Ipv4Net>,
    /// The largest packet.
    pub mtu: Option<u32>,
    /// How long a frame is on its way from a machine to the switch.
    pub latency: Option<String>,
    /// Bits per second: `1gbit`, `100mbit`.
    pub bandwidth: Option<String>,
    /// The part of frames that is lost, 0 to 1.
    pub loss: Option<f64>,
}

/// A machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HostSpec {
    /// Whether Docker is on it, and how it is set up.
    pub docker: Option<DockerSpec>,
    /// What runs on it from the start: `consul`, or command lines.
    #[serde(default)]
    pub run: Vec<String>,
    /// Destinations whose packets are dropped without a word.
    #[serde(default)]
    pub silent_drop: Vec<Ipv4Net>,
    /// Whether it forwards; routers do unless they say otherwise.
    pub forward: Option<bool>,
    /// The gateway, if it is not the first router on the first segment; empty for none.
    pub gateway: Option<String>,
    /// Whether it is the way to the Internet; there is none behind it.
    #[serde(default)]
    pub internet: bool,
    /// Whether it answers DNS questions with the names of all machines.
    #[serde(default)]
    pub dns: bool,
    /// The segments on which it is, each with its address.
    #[serde(flatten)]
    pub attachments: IndexMap<String, Attachment>,
}

/// How a machine is on a segment.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Attachment {
    /// With this address.
    Address(String),
    /// With more said.
    Table {
        /// Its address.
        address: Option<String>,
        /// Its hardware address.
        mac: Option<String>,
        /// Its device.
        device: Option<String>,
    },
}

/// How Docker is set up.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum DockerSpec {
    /// As it comes, or not at all.
    Installed(bool),
    /// With settings.
    Table {
        /// `--cluster-store`.
        kv: Option<String>,
        /// `--cluster-advertise`; the first device and port 2376 if nobody says.
        advertise: Option<String>,
        /// The images that are on the host; all if nobody says.
        images: Option<Vec<String>>,
        /// Whether the daemon runs from the start.
        start: Option<bool>,
    },
}

/// Why a topology cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyError {
    /// What is wrong.
    pub message: String,
    /// The line in its text, from 1, if it is known.
    pub line: Option<usize>,
    /// The column in that line, from 1.
    pub column: Option<usize>,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl TopologyError {
    fn new(message: impl Into<String>) -> TopologyError {
        TopologyError { message: message.into(), line: None, column: None, hint: None }
    }

    /// Points at a word of the text.
    fn at(mut self, text: &str, word: &str) -> TopologyError {
        if let Some(offset) = text.find(word) {
            (self.line, self.column) = place(text, offset);
        }
        self
    }
}

impl std::fmt::Display for TopologyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TopologyError {}

/// Line and column of an offset, from 1.
fn place(text: &str, offset: usize) -> (Option<usize>, Option<usize>) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (Some(line), Some(column))
}

/// The word that is most like another one, if it is like enough.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| edit_distance(word, other);
    let limit = (word.chars().count() / 3).max(1) + 1;
    known
        .into_iter()
        .map(|other| (distance(other), other))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// How many letters must be changed, added or removed.
fn edit_distance(a: &str, b: &str) -> usize {
    const MAX: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(MAX).collect(), b.chars().take(MAX).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// How long the machines may take to boot.
const BOOT: Limits = Limits { span: Span::secs(120), events: 5_000_000 };

impl Topology {
    /// Reads a topology.
    pub fn parse(text: &str) -> Result<Topology, TopologyError> {
        let topology: Topology = toml::from_str(text).map_err(|error| {
            let message = error.message().to_owned();
            let (line, column) = error.span().map_or((None, None), |span| place(text, span.start));
            TopologyError { message, line, column, hint: None }
        })?;
        topology.check(text)?;
        Ok(topology)
    }

    fn machines(&self) -> impl Iterator<Item = (&String, &HostSpec, Role)> {
        let routers = self.router.iter().map(|(name, spec)| (name, spec, Role::Router));
        let hosts = self.host.iter().map(|(name, spec)| (name, spec, Role::Computer));
        routers.chain(hosts)
    }

    /// Finds what cannot be built before anything is.
    fn check(&self, text: &str) -> Result<(), TopologyError> {
        const KEYS: [&str; 7] =
            ["docker", "run", "silent-drop", "forward", "gateway", "internet", "dns"];
        let mut names: Vec<&String> = Vec::new();
        for (name, spec, _) in self.machines() {
            if names.contains(&name) || self.segment.contains_key(name) {
                let error = TopologyError::new(format!("there are two machines called '{name}'"));
                return Err(error.at(text, name));
            }
            names.push(name);
            for (segment, attachment) in &spec.attachments {
                let known = self.segment.keys().map(String::as_str).chain(KEYS);
                if !self.segment.contains_key(segment) {
                    let mut error = TopologyError::new(format!(
                        "'{segment}' of machine '{name}' is neither a setting nor a segment"
                    ));
                    error.hint = suggestion(segment, known).map(|s| format!("did you mean '{s}'?"));
                    return Err(error.at(text, segment));
                }
                attachment.parts(self.segment[segment].subnet).map_err(|message| {
                    TopologyError::new(format!("machine '{name}': {message}")).at(text, name)
                })?;
            }
        }
        for (name, spec) in &self.segment {
            spec.cable().map_err(|message| {
                TopologyError::new(format!("segment '{name}': {message}")).at(text, name)
            })?;
        }
        Ok(())
    }

    /// Builds the world and lets its machines boot.
    pub fn build(&self, seed: Seed, platform: Platform) -> Result<World, TopologyError> {
        let mut world = World::new(seed, platform);
        let mut switches = IndexMap::new();
        for (name, spec) in &self.segment {
            switches.insert(name.clone(), Switch::build(&mut world, name, spec)?);
        }
        let mut ids = Vec::new();
        for (name, spec, role) in self.machines() {
            let id = world.add_host(name, role);
            self.attach(&mut world, id, spec, &mut switches)?;
            ids.push((id, spec));
        }
        for (id, spec) in &ids {
            self.write_files(&mut world, *id, spec);
        }
        for (id, spec) in &ids {
            boot(&mut world, *id, spec)?;
        }
        Ok(world)
    }

    /// Puts network cards into a machine and sets them up.
    fn attach(
        &self,
        world: &mut World,
        host: HostId,
        spec: &HostSpec,
        switches: &mut IndexMap<String, Switch>,
    ) -> Result<(), TopologyError> {
        let name = world.host(host).name.clone();
        for (n, (segment, attachment)) in spec.attachments.iter().enumerate() {
            let settings = &self.segment[segment];
            let parts = attachment.parts(settings.subnet).map_err(TopologyError::new)?;
            let device = parts.device.unwrap_or_else(|| format!("eth{n}"));
            let number = switches.get_index_of(segment).unwrap_or(0);
            let mac = parts.mac.unwrap_or_else(|| default_mac(number, parts.address));
            let link = world.add_nic(host, &device, mac);
            let switch = &mut switches[segment];
            let port = switch.port(world, &name)?;
            let cable = settings.cable().map_err(TopologyError::new)?;
            world.add_cable(End { host, link }, End { host: switch.host, link: port }, cable);
            let mtu = settings.mtu;
            let failed = |error: String| TopologyError::new(format!("machine '{name}': {error}"));
            world
                .sys(host, |sys| -> Result<(), crate::kernel::NetlinkError> {
                    if let Some(mtu) = mtu {
                        sys.link_set_mtu(link, mtu)?;
                    }
                    sys.link_up(link)?;
                    if let Some(net) = parts.address {
                        let broadcast = Some(net.broadcast());
                        let address = IfAddr {
                            broadcast,
                            ..IfAddr::new(net.addr(), net.prefix_len(), &device)
                        };
                        sys.addr_add(link, address)?;
                    }
                    Ok(())
                })
                .map_err(|error| failed(error.to_string()))?;
        }
        let gateway = match spec.gateway.as_deref() {
            Some("") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                TopologyError::new(format!("machine '{name}': '{text}' is not an address"))
            })?),
            None => self.default_gateway(&name, spec),
        };
        if let Some(gateway) = gateway {
            let route = RouteSpec::unicast(Ipv4Net::default(), Some(gateway), None);
            world.sys(host, |sys| sys.route_add(&route, RouteMode::Add)).map_err(|error| {
                TopologyError::new(format!("machine '{name}': gateway {gateway}: {error}"))
            })?;
        }
        let is_router = world.host(host).role == Role::Router;
        if spec.forward.unwrap_or(is_router) {
            // The switch exists in every namespace.
            let _: Result<(), Errno> =
                world.sys(host, |sys| sys.sysctl_set("net.ipv4.ip_forward", "1"));
        }
        for net in &spec.silent_drop {
            let mut route = RouteSpec::unicast(net.trunc(), None, None);
            route.route.kind = RouteKind::Blackhole;
            world.sys(host, |sys| sys.route_add(&route, RouteMode::Add)).map_err(|error| {
                TopologyError::new(format!("machine '{name}': silent-drop {net}: {error}"))
            })?;
        }
        Ok(())
    }

    /// The first router on the first segment of a machine.
    fn default_gateway(&self, name: &str, spec: &HostSpec) -> Option<Ipv4Addr> {
        let (segment, _) = spec.attachments.first()?;
        self.router.iter().filter(|(router, _)| *router != name).find_map(|(_, router)| {
            let attachment = router.attachments.get(segment)?;
            Some(attachment.parts(self.segment[segment].subnet).ok()?.address?.addr())
        })
    }

    /// Host names and name servers, and what Docker needs.
    fn write_files(&self, world: &mut World, host: HostId, spec: &HostSpec) {
        let mut hosts = String::from("127.0.0.1\tlocalhost\n");
        for (name, other, _) in self.machines().filter(|(.., role)| *role == Role::Computer) {
            if let Some(address) = other.first_address(self) {
                hosts += &format!("{address}\t{name}\n");
            }
        }
        let servers = self.machines().filter(|(_, spec, _)| spec.dns);
        let resolv: String = servers
            .filter_map(|(_, server, _)| server.first_address(self))
            .map(|address| format!("nameserver {address}\n"))
            .collect();
        let docker = spec.docker_settings();
        let device = world.host(host).nics.first().map(|nic| nic.link);
        let device = device.map(|link| world.host(host).kernel().name_of_link(link).to_owned());
        let processes = &world.host(host).processes;
        processes.files(processes.host_root(), |tree| {
            let mut write = |path: &str, text: String| {
                tree.install(path, Node::File(text.into_bytes()));
            };
            write("/etc/hosts", hosts);
            write("/etc/resolv.conf", resolv);
            if let Some(docker) = &docker {
                write("/lib/systemd/system/docker.service", DOCKER_UNIT.to_owned());
                if let Some(kv) = &docker.kv {
                    let device = device.unwrap_or_else(|| "eth0".to_owned());
                    let advertise =
                        docker.advertise.clone().unwrap_or_else(|| format!("{device}:2376"));
                    write(
                        "/etc/docker/daemon.json",
                        format!(
                            "{{\n  \"cluster-store\": \"{kv}\",\n  \"cluster-advertise\": \"{advertise}\"\n}}\n"
                        ),
                    );
                }
                tree.install("/etc/alternatives/iptables", Node::Link("/usr/sbin/iptables-legacy".into()));
            } else {
                for program in ["docker", "dockerd", "docker-proxy"] {
                    // Without Docker its programs are not there.
                    let _ = tree.remove(&format!("/usr/bin/{program}"));
                }
            }
        });
    }
}

/// The unit file of Docker, as Debian's package has it.
const DOCKER_UNIT: &str = "[Unit]
Description=Docker Application Container Engine
Documentation=https://docs.docker.com
After=network-online.target docker.socket firewalld.service containerd.service
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutSec=0
RestartSec=2
Restart=always

[Install]
WantedBy=multi-user.target
";

/// A segment as it was built.
struct Switch {
    host: HostId,
    bridge: crate::kernel::LinkId,
    ports: u16,
    mtu: Option<u32>,
}

impl Switch {
    fn build(world: &mut World, name: &str, spec: &SegmentSpec) -> Result<Switch, TopologyError> {
        let host = world.add_host(name, Role::Switch);
        let ns = world.host(host).namespace();
        let mut link = LinkSpec::new(ns, "br0", KindSpec::Bridge);
        // Below all stations, so that ports come and go without changing it.
        link.mac = Some(MacAddr(0x02, 0, 0, 0, 0, host.0 as u8));
        let bridge = world
            .sys(host, |sys| {
                let bridge = sys.link_add(&link)?;
                sys.bridge_set(bridge, BridgeChange::McastSnooping(false))?;
                sys.link_up(bridge)?;
                Ok(bridge)
            })
            .map_err(|error: crate::kernel::NetlinkError| {
                TopologyError::new(format!("segment '{name}': {error}"))
            })?;
        Ok(Switch { host, bridge, ports: 0, mtu: spec.mtu })
    }

    /// A new port, named after the machine that it leads to.
    fn port(
        &mut self,
        world: &mut World,
        machine: &str,
    ) -> Result<crate::kernel::LinkId, TopologyError> {
        self.ports += 1;
        let [high, low] = self.ports.to_be_bytes();
        let mac = MacAddr(0x02, 0, 0, 1 + self.host.0 as u8, high, low);
        let name: String = machine.chars().take(15).collect();
        let taken = world.sys(self.host, |sys| sys.link_named(&name)).is_some();
        let name = if taken { format!("port{}", self.ports) } else { name };
        let port = world.add_nic(self.host, &name, mac);
        let (bridge, mtu) = (self.bridge, self.mtu);
        world
            .sys(self.host, |sys| {
                if let Some(mtu) = mtu {
                    sys.link_set_mtu(port, mtu)?;
                }
                sys.link_up(port)?;
                sys.link_set_master(port, bridge)
            })
            .map_err(|error| TopologyError::new(format!("port for '{machine}': {error}")))?;
        Ok(port)
    }
}

impl SegmentSpec {
    fn cable(&self) -> Result<CableSpec, String> {
        let mut cable = CableSpec::default();
        if let Some(text) = &self.latency {
            cable.latency = text.parse().map_err(|error| format!("{error}"))?;
        }
        if let Some(text) = &self.bandwidth {
            cable.bandwidth = Some(parse_bandwidth(text)?);
        }
        if let Some(loss) = self.loss {
            if !(0.0..=1.0).contains(&loss) {
                return Err(format!("a loss of {loss} is not between 0 and 1"));
            }
            cable.loss = loss;
        }
        Ok(cable)
    }
}

/// `1gbit`, `100 Mbit/s`.
fn parse_bandwidth(text: &str) -> Result<u64, String> {
    let lower = text.to_ascii_lowercase().replace("/s", "");
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = lower[digits.len()..].trim();
    let factor = match unit {
        "bit" => 1.0,
        "kbit" => 1e3,
        "mbit" => 1e6,
        "gbit" => 1e9,
        _ => {
            return Err(format!(
                "'{text}' is not a bandwidth (write a number and bit, kbit, mbit or gbit)"
            ));
        }
    };
    let number: f64 = digits.trim().parse().map_err(|_| format!("'{text}' is not a bandwidth"))?;
    if number <= 0.0 {
        return Err("a bandwidth must be more than nothing".to_owned());
    }
    Ok((number * factor) as u64)
}

struct Parts {
    address: Option<Ipv4Net>,
    mac: Option<MacAddr>,
    device: Option<String>,
}

impl Attachment {
    fn parts(&self, subnet: Option<Ipv4Net>) -> Result<Parts, String> {
        let (address, mac, device) = match self {
            Attachment::Address(text) => (Some(text), None, None),
            Attachment::Table { address, mac, device } => {
                (address.as_ref(), mac.as_ref(), device.clone())
            }
        };
        let address = match address.filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match text.parse::<Ipv4Net>() {
                Ok(net) => Some(net),
                Err(_) => {
                    let ip: Ipv4Addr =
                        text.parse().map_err(|_| format!("'{text}' is not an IPv4 address"))?;
                    let len = subnet.map_or(24, |subnet| subnet.prefix_len());
                    Some(Ipv4Net::new_assert(ip, len))
                }
            },
        };
        let mac = match mac {
            Some(text) => {
                Some(text.parse().map_err(|_| format!("'{text}' is not a hardware address"))?)
            }
            None => None,
        };
        Ok(Parts { address, mac, device })
    }
}

/// A hardware address that shows the last part of the address in its digits: .144 is `…:01:44`.
fn default_mac(segment: usize, address: Option<Ipv4Net>) -> MacAddr {
    let last = address.map_or(0, |net| net.addr().octets()[3]);
    let digit = |n: u8| (n / 10) << 4 | n % 10;
    MacAddr(0x08, 0x00, 0x27, segment as u8, digit(last / 100), digit(last % 100))
}

/// The settings of Docker, taken apart.
struct DockerSettings {
    kv: Option<String>,
    advertise: Option<String>,
    images: Option<Vec<String>>,
    start: bool,
}

impl HostSpec {
    fn first_address(&self, topology: &Topology) -> Option<Ipv4Addr> {
        let (segment, attachment) = self.attachments.first()?;
        Some(attachment.parts(topology.segment.get(segment)?.subnet).ok()?.address?.addr())
    }

    fn docker_settings(&self) -> Option<DockerSettings> {
        let plain = DockerSettings { kv: None, advertise: None, images: None, start: true };
        match &self.docker {
            Some(DockerSpec::Table { kv, advertise, images, start }) => Some(DockerSettings {
                kv: kv.clone(),
                advertise: advertise.clone(),
                images: images.clone(),
                start: start.unwrap_or(true),
            }),
            Some(DockerSpec::Installed(true)) => Some(plain),
            Some(DockerSpec::Installed(false)) => None,
            None => self.run.iter().any(|word| word == "consul").then_some(plain),
        }
    }
}

/// Runs what a machine runs from the start.
fn boot(world: &mut World, host: HostId, spec: &HostSpec) -> Result<(), TopologyError> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(docker) = spec.docker_settings() {
        if let Some(images) = &docker.images {
            preload_images(&world.host(host).processes, images);
        }
        if docker.start {
            lines.push("systemctl start docker".to_owned());
        }
    }
    if spec.dns {
        lines.push("dns &".to_owned());
    }
    for word in &spec.run {
        lines.push(match word.as_str() {
            "consul" => "docker run -d --name consul --restart=always -p 8500:8500 -h consul progrium/consul -server -bootstrap".to_owned(),
            line => line.to_owned(),
        });
    }
    for line in lines {
        let outcome = world.run_command_within(host, &line, BOOT);
        if outcome.status != 0 {
            let name = &world.host(host).name;
            return Err(TopologyError::new(format!(
                "machine '{name}' did not boot: `{line}` ended with status {}: {}",
                outcome.status,
                outcome.text().trim()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_pointed_at() {
        let text = "segment.lan = {}\nhost.a = { lann = \"10.0.0.1\" }\n";
        let error = Topology::parse(text).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert_eq!(error.hint.as_deref(), Some("did you mean 'lan'?"));
        assert!(Topology::parse("host.a = { lan = ").unwrap_err().line.is_some());
        let error =
            Topology::parse("segment.lan = {}\nhost.a = { lan = \"10.0.0.300\" }").unwrap_err();
        assert!(error.message.contains("'10.0.0.300' is not an IPv4 address"));
    }

    #[test]
    fn hardware_addresses_show_the_last_part() {
        let mac = default_mac(0, "192.168.56.135/24".parse().ok());
        assert_eq!(mac.to_string(), "08:00:27:00:01:35");
    }

    #[test]
    fn words_that_are_alike_are_suggested() {
        assert_eq!(
            suggestion("overlay-isolatoin", ["overlay-isolation", "x"]),
            Some("overlay-isolation")
        );
        assert_eq!(suggestion("nothing", ["overlay-isolation"]), None);
    }
}
