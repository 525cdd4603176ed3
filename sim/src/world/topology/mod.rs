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

mod build;
mod unit;
mod uplink;

use indexmap::IndexMap;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::suggest::suggestion;
use super::{CableSpec, Role};
use crate::wire::{Ipv4Addr, MacAddr};

/// A topology as it is written.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Whether machines have IPv6; else that is disabled on them, as by
    /// `net.ipv6.conf.all.disable_ipv6 = 1`.
    #[serde(default)]
    pub ipv6: bool,
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
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
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
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HostSpec {
    /// Whether Docker is on it, and how it is set up.
    pub docker: Option<DockerSpec>,
    /// What runs on it from the start: `consul`, `etcd`, or command lines.
    #[serde(default)]
    pub run: Vec<String>,
    /// Destinations whose packets are dropped without a word.
    #[serde(default)]
    pub silent_drop: Vec<Ipv4Net>,
    /// Whether it forwards; routers do unless they say otherwise.
    pub forward: Option<bool>,
    /// Whether it has IPv6, if it is not as the others.
    pub ipv6: Option<bool>,
    /// The gateway, if it is not the first router on the first segment; empty for none.
    pub gateway: Option<String>,
    /// Whether it is the way to the Internet; there is none behind it.
    #[serde(default)]
    pub internet: bool,
    /// Kernel modules that it lacks: `8021q`, `dummy`, `ipvlan`, `macvlan`, `vxlan`.
    #[serde(default)]
    pub without: Vec<String>,
    /// What its devices on segments are.
    #[serde(default)]
    pub uplink: Uplink,
    /// Whether it answers DNS questions, and which names it knows.
    pub dns: Option<DnsSpec>,
    /// The segments on which it is, each with its address.
    #[serde(flatten)]
    pub attachments: IndexMap<String, Attachment>,
}

/// What the devices of a machine on segments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uplink {
    /// Network cards.
    #[default]
    Card,
    /// Virtual cables, as of a machine that is a namespace: the card is behind a bridge elsewhere.
    Veth,
}

/// How a machine is on a segment.
#[derive(Debug, Clone, Deserialize, Serialize)]
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

/// What a machine that answers DNS questions knows.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum DnsSpec {
    /// The names of all machines, or nothing because it answers no questions.
    Machines(bool),
    /// These names as well.
    Names(IndexMap<String, Ipv4Addr>),
}

/// How Docker is set up.
#[derive(Debug, Clone, Deserialize, Serialize)]
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
    pub(crate) fn new(message: impl Into<String>) -> TopologyError {
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

impl DnsSpec {
    /// The names that it knows besides those of the machines; `None` if it answers no questions.
    fn names(&self) -> Option<Vec<(&str, Ipv4Addr)>> {
        match self {
            DnsSpec::Machines(false) => None,
            DnsSpec::Machines(true) => Some(Vec::new()),
            DnsSpec::Names(names) => {
                Some(names.iter().map(|(name, address)| (name.as_str(), *address)).collect())
            }
        }
    }
}

/// Line and column of an offset, from 1.
fn place(text: &str, offset: usize) -> (Option<usize>, Option<usize>) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (Some(line), Some(column))
}

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

    /// Whether no machine is described.
    pub fn is_empty(&self) -> bool {
        self.segment.is_empty() && self.router.is_empty() && self.host.is_empty()
    }

    /// Whether a machine has IPv6.
    fn has_ipv6(&self, spec: &HostSpec) -> bool {
        spec.ipv6.unwrap_or(self.ipv6)
    }

    /// The names of all machines, routers first.
    pub fn names(&self) -> Vec<String> {
        self.machines().map(|(name, ..)| name.clone()).collect()
    }

    fn machines(&self) -> impl Iterator<Item = (&String, &HostSpec, Role)> {
        let routers = self.router.iter().map(|(name, spec)| (name, spec, Role::Router));
        let hosts = self.host.iter().map(|(name, spec)| (name, spec, Role::Computer));
        routers.chain(hosts)
    }

    /// Finds what cannot be built before anything is.
    pub fn check(&self, text: &str) -> Result<(), TopologyError> {
        const KEYS: [&str; 10] = [
            "docker",
            "run",
            "silent-drop",
            "forward",
            "gateway",
            "internet",
            "ipv6",
            "without",
            "uplink",
            "dns",
        ];
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
    let digit = |n: u8| ((n / 10) << 4) | (n % 10);
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
    fn dns_names(&self) -> Option<Vec<(&str, Ipv4Addr)>> {
        self.dns.as_ref()?.names()
    }

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
    fn machines_have_ipv6_if_the_topology_says_so_or_they_themselves() {
        let text = "ipv6 = true\nsegment.lan = {}\nhost.a = {}\nhost.b = { ipv6 = false }\n";
        let topology = Topology::parse(text).unwrap();
        assert!(topology.has_ipv6(&topology.host["a"]));
        assert!(!topology.has_ipv6(&topology.host["b"]));
        assert!(!Topology::parse("host.a = {}").unwrap().ipv6);
    }

    #[test]
    fn hardware_addresses_show_the_last_part() {
        let mac = default_mac(0, "192.168.56.135/24".parse().ok());
        assert_eq!(mac.to_string(), "08:00:27:00:01:35");
    }
}
