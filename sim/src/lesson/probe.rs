//! Trying things out on simulated machines: packets sent by the programs that are there anyway.

use crate::engine::Span;
use crate::kernel::Step;
use crate::reach::probe::{addresses_of_name, packets_of, run, send};
use crate::reach::spot::address_for;
use crate::wire::Ipv4Addr;
use crate::world::World;

pub(super) use crate::reach::probe::limits;
pub use crate::reach::{Protocol, Spot, find};

/// How something is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Which packets are sent.
    pub protocol: Protocol,
    /// Bytes of payload, for `icmp`.
    pub size: Option<u32>,
    /// Whether routers must not fragment.
    pub dont_fragment: bool,
    /// How many are sent, for `icmp`.
    pub count: u32,
    /// The loss that is allowed, in percent; without it one answer is enough.
    pub loss: Option<u32>,
    /// How many bytes an HTTP server at the port must send when it is asked for `/`.
    pub bytes: Option<u32>,
    /// How long an answer may take.
    pub within: Span,
}

impl Default for Probe {
    fn default() -> Self {
        Probe {
            protocol: Protocol::Icmp,
            size: None,
            dont_fragment: false,
            count: 1,
            loss: None,
            bytes: None,
            within: Span::secs(2),
        }
    }
}

/// Something that a path can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// A tunnel, perhaps with this network identifier.
    Vxlan(Option<u32>),
    /// A translation of an address.
    Nat,
    /// This device of this machine.
    Wire(String, String),
}

impl Feature {
    /// `vxlan`, `vxlan(vni=256)`, `nat`, `wire(docker-1:eth0)`.
    pub fn parse(word: &str) -> Result<Feature, String> {
        let (name, inside) = match word.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')')),
            None => (word, None),
        };
        match (name, inside) {
            ("vxlan", None) => Ok(Feature::Vxlan(None)),
            ("vxlan", Some(inside)) => {
                let vni = inside.strip_prefix("vni=").and_then(|number| number.parse().ok());
                vni.map(|vni| Feature::Vxlan(Some(vni)))
                    .ok_or_else(|| "write vxlan(vni=256)".into())
            }
            ("nat", None) => Ok(Feature::Nat),
            ("wire", Some(inside)) => match inside.split_once(':') {
                Some((host, device)) => Ok(Feature::Wire(host.to_owned(), device.to_owned())),
                None => Err("write wire(MACHINE:DEVICE)".to_owned()),
            },
            _ => Err(format!("'{word}' is not vxlan(vni=N), nat or wire(MACHINE:DEVICE)")),
        }
    }

    fn name(&self) -> String {
        match self {
            Feature::Vxlan(Some(vni)) => format!("VXLAN tunnel with VNI {vni}"),
            Feature::Vxlan(None) => "VXLAN tunnel".to_owned(),
            Feature::Nat => "translation of addresses".to_owned(),
            Feature::Wire(host, device) => format!("device {device} of {host}"),
        }
    }
}

/// Where packets for somebody go, who may be an address.
fn address_of(world: &World, from: &Spot, to: &str) -> Result<Ipv4Addr, String> {
    if let Ok(address) = to.parse() {
        return Ok(address);
    }
    let spot = find(world, to)?;
    let kind = if spot.container.is_some() { "container" } else { "machine" };
    address_for(world, from, &spot).ok_or_else(|| format!("{kind} '{to}' has no address"))
}

/// Whether packets get through; why not.
pub fn reach(
    world: &mut World,
    from: &str,
    to: &str,
    probe: &Probe,
) -> Result<Result<(), String>, String> {
    let spot = find(world, from)?;
    let address = address_of(world, &spot, to)?;
    let seconds = probe.within.as_secs_f64().ceil().max(1.0);
    match probe.protocol {
        Protocol::Icmp => {
            let size = probe.size.map(|size| format!(" -s {size}")).unwrap_or_default();
            let df = if probe.dont_fragment { " -M do" } else { "" };
            let line =
                format!("ping -n -i 0.2 -c {} -W {seconds}{size}{df} {address}", probe.count);
            let (outcome, _) = run(world, &spot, &line);
            let text = outcome.text();
            let loss = loss_of(&text);
            let allowed = probe.loss.map_or(99.0, f64::from);
            Ok(match loss {
                Some(loss) if loss <= allowed => Ok(()),
                Some(loss) => Err(format!("ping from {from} to {address}: {loss} % loss")),
                None => Err(format!("ping from {from} to {address}: {}", text.trim())),
            })
        }
        Protocol::Tcp(port) if probe.bytes.is_some() => {
            let wanted = probe.bytes.unwrap_or_default();
            let line = format!("curl -s -m {seconds} http://{address}:{port}/ | wc -c");
            let (outcome, _) = run(world, &spot, &line);
            let got = outcome.text().trim().parse::<u32>().unwrap_or_default();
            let missing = format!("{address}:{port} sent {got} bytes to {from}");
            Ok(if got >= wanted { Ok(()) } else { Err(missing) })
        }
        Protocol::Tcp(_) => {
            let sent = send(world, &spot, address, probe.protocol, probe.within);
            Ok(if sent.arrived { Ok(()) } else { Err(sent.output.trim().to_owned()) })
        }
        Protocol::Udp(_) => {
            let sent = send(world, &spot, address, probe.protocol, probe.within);
            let lost = || format!("no socket got the datagram of {from}");
            Ok(if sent.arrived { Ok(()) } else { Err(lost()) })
        }
    }
}

/// `66.7% packet loss`.
fn loss_of(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.contains("% packet loss"))?;
    line.split("% packet loss").next()?.rsplit(' ').next()?.parse().ok()
}

/// What the path of a ping lacks; `None` if it has all.
pub fn missing_on_path(
    world: &mut World,
    from: &str,
    to: &str,
    features: &[Feature],
) -> Result<Option<String>, String> {
    let spot = find(world, from)?;
    let address = address_of(world, &spot, to)?;
    let since = world.trace.next_seq();
    let (_, pid) = run(world, &spot, &format!("ping -n -c 1 -W 1 {address}"));
    let packets = packets_of(world, since, (spot.host, pid));
    if packets.is_empty() {
        return Ok(Some(format!("{from} sends nothing to {to}")));
    }
    let has = |feature: &Feature| {
        let mut records = world.trace.since(since).map(|(_, record)| record);
        records.any(|record| {
            if !packets.contains(&record.note.packet) {
                return false;
            }
            match (feature, record.note.step) {
                (Feature::Vxlan(wanted), Step::Encapsulated { vni, .. }) => {
                    wanted.is_none_or(|wanted| wanted == vni)
                }
                (Feature::Nat, Step::Nat { .. }) => true,
                (Feature::Wire(host, device), Step::Transmitted | Step::Received) => {
                    let machine = world.host(record.host);
                    machine.name == *host
                        && record.note.ns == machine.namespace()
                        && record
                            .note
                            .link
                            .is_some_and(|link| machine.kernel().name_of_link(link) == device)
                }
                _ => false,
            }
        })
    };
    let missing = features.iter().find(|feature| !has(feature));
    Ok(missing.map(|feature| format!("no {} on the path", feature.name())))
}

/// The addresses that somebody finds for a name.
pub fn resolve(world: &mut World, from: &str, name: &str) -> Result<Vec<Ipv4Addr>, String> {
    let spot = find(world, from)?;
    Ok(addresses_of_name(world, &spot, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_read() {
        assert_eq!(
            loss_of("3 packets transmitted, 1 received, 66.7% packet loss, time 3ms"),
            Some(66.7)
        );
        assert_eq!(loss_of("ping: connect: Network is unreachable"), None);
    }

    #[test]
    fn features_are_read() {
        assert_eq!(Feature::parse("vxlan(vni=256)"), Ok(Feature::Vxlan(Some(256))));
        assert_eq!(
            Feature::parse("wire(docker-1:eth0)"),
            Ok(Feature::Wire("docker-1".into(), "eth0".into()))
        );
        assert!(Feature::parse("vxlan(256)").is_err());
        assert!(Feature::parse("tunnel").is_err());
    }
}
