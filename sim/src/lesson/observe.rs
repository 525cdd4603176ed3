//! What checks observe by commands on a copy of the machines: what a command prints, whether a machine
//! is as it was at the start, whether an address is there once.

use std::fmt;

use super::probe;
use crate::kernel::LinkId;
use crate::kernel::sys::dump::KindView;
use crate::trace::HostId;
use crate::wire::Ipv4Addr;
use crate::world::World;

/// What a command must print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The machine or container.
    pub place: String,
    /// What is run there.
    pub command: String,
    comparison: Comparison,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Has,
    Lacks,
    Equal,
    AtMost,
    AtLeast,
}

const COMPARISONS: [(&str, Comparison); 5] = [
    (" has ", Comparison::Has),
    (" lacks ", Comparison::Lacks),
    (" = ", Comparison::Equal),
    (" <= ", Comparison::AtMost),
    (" >= ", Comparison::AtLeast),
];

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = COMPARISONS.iter().find(|(_, known)| known == self).map_or("", |(word, _)| word);
        f.write_str(word.trim())
    }
}

impl Observation {
    /// `PLACE$ COMMAND has|lacks|=|<=|>= VALUE`.
    pub fn parse(text: &str) -> Option<Observation> {
        let (place, rest) = text.split_once("$ ")?;
        let found = COMPARISONS
            .iter()
            .filter_map(|(word, comparison)| Some((rest.rfind(word)?, word.len(), *comparison)));
        let (at, len, comparison) = found.max_by_key(|(at, ..)| *at)?;
        Some(Observation {
            place: place.trim().rsplit('/').next()?.to_owned(),
            command: rest[..at].trim().to_owned(),
            comparison,
            value: rest[at + len..].trim().trim_matches('"').to_owned(),
        })
    }

    /// `rule(MACHINE, TABLE/CHAIN).policy = POLICY`, `rule(MACHINE, TABLE/CHAIN) has "TEXT"`.
    pub fn parse_rule(text: &str) -> Option<Observation> {
        let (inside, rest) = text.strip_prefix("rule(")?.split_once(')')?;
        let (machine, place) = inside.split_once(',')?;
        let (table, chain) = place.trim().split_once('/')?;
        let command = format!("iptables -t {table} -S {chain}");
        if let Some(policy) = rest.trim().strip_prefix(".policy") {
            let policy = policy.trim().strip_prefix('=')?.trim();
            return Observation::parse(&format!(
                "{}$ {command} has \"-P {chain} {policy}\"",
                machine.trim()
            ));
        }
        Observation::parse(&format!("{}$ {command} {}", machine.trim(), rest.trim()))
    }

    /// Whether it is so; what there is instead.
    pub fn test(&self, world: &mut World) -> Result<(), String> {
        let (output, status) = output_of(world, &self.place, &self.command)?;
        let output = output.trim();
        let number = |text: &str| text.parse::<f64>().ok();
        let holds = match self.comparison {
            Comparison::Has => output.contains(&self.value),
            Comparison::Lacks => status == 0 && !output.contains(&self.value),
            Comparison::Equal => output == self.value,
            Comparison::AtMost => number(output) <= number(&self.value) && number(output).is_some(),
            Comparison::AtLeast => number(output) >= number(&self.value),
        };
        if holds {
            return Ok(());
        }
        let shown: Vec<&str> = output.lines().take(6).collect();
        let shown = if shown.is_empty() { "nothing".to_owned() } else { shown.join(" ⏎ ") };
        Err(format!("{}$ {} prints: {shown}", self.place, self.command))
    }
}

/// What a command prints on a machine or in a container, and its status.
fn output_of(world: &mut World, place: &str, command: &str) -> Result<(String, i32), String> {
    let spot = probe::find(world, place)?;
    let limits = probe::limits();
    let (outcome, _) = world.run_in(spot.host, spot.ns, spot.root, command, limits);
    Ok((outcome.text(), outcome.status))
}

/// What makes up the network of a machine, by the commands that show it.
const MACHINE: [&str; 8] = [
    "ip -o link",
    "ip -o addr",
    "ip route",
    "ip rule",
    "iptables -S",
    "iptables -t nat -S",
    "iptables -t mangle -S",
    "iptables -t raw -S",
];

/// Whether a machine, or a device `MACHINE.DEVICE` of it, is as it was when the lesson began; which
/// command shows that it is not.
pub fn unchanged(then: &mut World, now: &mut World, name: &str) -> Result<(), String> {
    let (place, commands): (&str, Vec<String>) = match name.split_once('.') {
        Some((place, device)) => {
            (place, vec![format!("ip -o link show {device}"), format!("ip -o addr show {device}")])
        }
        None => (name, MACHINE.iter().map(|command| (*command).to_owned()).collect()),
    };
    for command in commands {
        let (before, _) = output_of(then, place, &command)?;
        let (after, _) = output_of(now, place, &command)?;
        if before != after {
            let mut lines = after.lines().filter(|line| !before.lines().any(|old| old == *line));
            let mut gone = before.lines().filter(|line| !after.lines().any(|new| new == *line));
            let line = lines.next().or_else(|| gone.next()).unwrap_or_default();
            return Err(format!("{name} was changed: {command}: {}", line.trim()));
        }
    }
    Ok(())
}

/// Whether every address on a segment is there once: those of cards and of what hangs on them.
pub fn unique_addresses(world: &mut World, segment: &str) -> Result<(), String> {
    let Some(switch) = world.host_named(segment) else {
        return Err(format!("there is no segment '{segment}'"));
    };
    let mut cards: Vec<(HostId, LinkId)> = Vec::new();
    for cable in world.cables() {
        for (own, other) in [(0, 1), (1, 0)] {
            if cable.ends[own].host == switch {
                cards.push((cable.ends[other].host, cable.ends[other].link));
            }
        }
    }
    let mut seen: Vec<(Ipv4Addr, String)> = Vec::new();
    for (host, card) in cards {
        for (device, address) in addresses_behind(world, host, card) {
            let place = format!("{}: {device}", world.host(host).name);
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == address) {
                return Err(format!("{address} is at {other} and at {place}"));
            }
            seen.push((address, place));
        }
    }
    Ok(())
}

/// The addresses of a card and of the macvlan and ipvlan devices on it, in whatever namespace.
fn addresses_behind(world: &mut World, host: HostId, card: LinkId) -> Vec<(String, Ipv4Addr)> {
    let namespaces = world.sys(host, |sys| sys.namespaces());
    let mut found = Vec::new();
    for ns in namespaces {
        for link in world.sys_in(host, ns, "check", |sys| sys.links()) {
            let is_on_it = match &link.kind {
                KindView::Macvlan(child) => child.parent == card,
                KindView::Ipvlan(child) => child.parent == card,
                _ => link.id == card,
            };
            if is_on_it {
                let addresses = link.addrs.iter().map(|addr| addr.local);
                found.extend(addresses.map(|address| (link.name.clone(), address)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_ends_with_its_comparison() {
        let seen = Observation::parse("docker-1/web$ cat /sys/class/net/eth0/mtu <= 1350").unwrap();
        assert_eq!((seen.place.as_str(), seen.value.as_str()), ("web", "1350"));
        assert_eq!(seen.command, "cat /sys/class/net/eth0/mtu");
        assert!(Observation::parse("docker-1$ ip addr").is_none());
    }

    #[test]
    fn a_rule_is_an_observation_of_its_chain() {
        let seen = Observation::parse_rule("rule(gw, filter/FORWARD).policy = DROP").unwrap();
        assert_eq!(seen.command, "iptables -t filter -S FORWARD");
        assert_eq!(seen.value, "-P FORWARD DROP");
        let seen = Observation::parse_rule("rule(gw, nat/DOCKER) lacks \"dport 80\"").unwrap();
        assert_eq!((seen.comparison, seen.value.as_str()), (Comparison::Lacks, "dport 80"));
    }
}
