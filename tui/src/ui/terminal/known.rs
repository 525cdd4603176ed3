//! What can come next on a command line: programs, words of commands, and the names of containers,
//! networks, devices, namespaces and machines.

use netsim_sim::docker::places::{networks, places};
use netsim_sim::shell::docker_completion::{Next, after, images};
use netsim_sim::trace::HostId;
use netsim_sim::world::plan::SpaceKind;

use crate::ui::session::Session;

/// The names on a machine.
#[derive(Debug, Clone, Default)]
pub struct Known {
    programs: Vec<String>,
    containers: Vec<String>,
    networks: Vec<String>,
    devices: Vec<String>,
    namespaces: Vec<String>,
    machines: Vec<String>,
}

impl Known {
    /// The names on a machine as it is now.
    pub fn on(session: &mut Session, host: HostId) -> Known {
        let machines = session.machines().into_iter().map(|(_, name)| name).collect();
        let world = &mut session.player.world;
        let plan = world.plan();
        let spaces = plan.machines.iter().filter(|it| it.host == host).flat_map(|it| &it.spaces);
        let named = spaces.clone().filter(|space| space.kind == SpaceKind::Named);
        let processes = &world.host(host).processes;
        Known {
            programs: processes.programs_on_path(),
            containers: places(processes).into_iter().map(|place| place.name).collect(),
            networks: networks(processes).into_iter().map(|network| network.name).collect(),
            devices: spaces.clone().flat_map(|it| &it.devices).map(|it| it.name.clone()).collect(),
            namespaces: named.map(|space| space.name.clone()).collect(),
            machines,
        }
    }

    /// What may follow a line that ends before a word; flags only if the word begins as one.
    pub fn after(&self, line: &str, word: &str) -> Vec<String> {
        let begins = line.rfind(['|', ';', '&']).map_or(0, |at| at + 1);
        let words: Vec<&str> = line[begins..].split_whitespace().collect();
        let is_flag = |text: &String| text.starts_with('-');
        let near = self.near(&words).into_iter();
        let mut near: Vec<String> =
            near.filter(|text| is_flag(text) == word.starts_with('-')).collect();
        if !near.iter().any(|text| text.starts_with(word)) && !word.is_empty() {
            near = self.any();
        }
        near.sort();
        near.dedup();
        near
    }

    /// All names, for lines of which nothing is known.
    fn any(&self) -> Vec<String> {
        let names = [&self.containers, &self.networks, &self.devices, &self.namespaces];
        names.into_iter().chain([&self.machines, &self.programs]).flatten().cloned().collect()
    }

    fn near(&self, words: &[&str]) -> Vec<String> {
        match words {
            [] => self.programs.clone(),
            ["sudo" | "time" | "xargs", rest @ ..] => self.near(rest),
            ["ip", "netns", "exec", _, rest @ ..] => self.near(rest),
            ["docker", rest @ ..] => self.docker(rest),
            _ => self.listed(words),
        }
    }

    /// What follows behind `docker`.
    fn docker(&self, words: &[&str]) -> Vec<String> {
        if let [.., "--network" | "--net"] = words {
            return self.networks.clone();
        }
        // In a container, another command line begins.
        let inner = match words.first() {
            Some(&"exec") => words.iter().position(|it| self.containers.iter().any(|c| c == it)),
            Some(&"run") => words.iter().position(|it| images().any(|image| image == *it)),
            _ => None,
        };
        if let Some(at) = inner {
            return self.near(&words[at + 1..]);
        }
        match after(words) {
            None => Vec::new(),
            Some(Next::Commands(all)) => all.into_iter().map(str::to_owned).collect(),
            Some(Next::Arguments { mut flags, usage }) => {
                if usage.contains("CONTAINER") || usage.contains("NAME|ID") {
                    flags.extend(self.containers.iter().cloned());
                }
                if usage.contains("NETWORK") || usage.contains("NAME|ID") {
                    flags.extend(self.networks.iter().cloned());
                }
                if usage.contains("IMAGE") {
                    flags.extend(images().map(str::to_owned));
                }
                flags
            }
        }
    }

    /// What the table says of the longest beginning of a line.
    fn listed(&self, words: &[&str]) -> Vec<String> {
        let plain: Vec<&str> = words.iter().filter(|it| !it.starts_with('-')).copied().collect();
        let row = (1..=plain.len()).rev().find_map(|count| {
            let path = plain[..count].join(" ");
            TABLE.iter().find(|(known, _)| *known == path)
        });
        let follow = row.map_or("", |(_, follow)| follow);
        let names = |word: &str| match word {
            "DEVICE" => self.devices.clone(),
            "NAMESPACE" => self.namespaces.clone(),
            "HOST" => [&self.machines[..], &self.containers].concat(),
            word => vec![word.to_owned()],
        };
        follow.split(' ').filter(|word| !word.is_empty()).flat_map(names).collect()
    }
}

/// What follows the beginning of a line. Capitals stand for names.
const TABLE: [(&str, &str); 38] = [
    ("ip", "addr link route neigh rule netns maddress monitor -br -d -s -4 -6 -j"),
    ("ip addr", "show add del flush"),
    ("ip addr show", "dev DEVICE"),
    ("ip addr add", "dev DEVICE broadcast"),
    ("ip addr del", "dev DEVICE"),
    ("ip link", "show set add del"),
    ("ip link show", "DEVICE dev master type"),
    ("ip link set", "DEVICE dev up down mtu master nomaster netns NAMESPACE name address"),
    (
        "ip link add",
        "DEVICE name link type veth bridge vxlan macvlan ipvlan vlan dummy peer id dev",
    ),
    ("ip link del", "DEVICE"),
    ("ip route", "show add del replace get flush"),
    ("ip route show", "dev DEVICE table via"),
    ("ip route add", "default via dev DEVICE src metric table"),
    ("ip route del", "default via dev DEVICE"),
    ("ip neigh", "show add del replace flush"),
    ("ip neigh show", "dev DEVICE"),
    ("ip neigh add", "dev DEVICE lladdr nud permanent"),
    ("ip neigh del", "dev DEVICE"),
    ("ip rule", "show add del"),
    ("ip netns", "list add del exec identify"),
    ("ip netns exec", "NAMESPACE"),
    ("ip netns del", "NAMESPACE"),
    ("bridge", "fdb link vlan -d -s"),
    ("bridge fdb", "show add append del replace"),
    ("bridge fdb show", "dev br brport DEVICE"),
    ("bridge fdb add", "dev dst DEVICE"),
    ("bridge vlan", "show add del"),
    (
        "iptables",
        "filter nat mangle raw INPUT OUTPUT FORWARD PREROUTING POSTROUTING DOCKER DOCKER-USER ACCEPT \
         DROP REJECT DNAT SNAT MASQUERADE RETURN LOG DEVICE -t -A -I -D -L -nvL -S -F -P -N -X -s -d \
         -i -o -p -j --dport --sport --to-destination --to-source",
    ),
    ("sysctl", "net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables -w -a -n"),
    ("tc", "qdisc"),
    ("tc qdisc", "show add change del replace dev DEVICE root netem delay loss rate"),
    ("systemctl", "start stop restart status docker consul"),
    ("ping", "HOST -c -i -W -s -I -M -6"),
    ("arping", "-I -c DEVICE"),
    ("tcpdump", "DEVICE any icmp arp udp tcp port host -n -nn -i -e -c -v -w -r"),
    ("conntrack", "-L -D -E -F -p -s -d"),
    ("ethtool", "DEVICE -k -S -i"),
    ("explain", "docker iptables view"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect();
        Known {
            programs: list("docker ip iptables ping"),
            containers: list("test1 test2"),
            networks: list("bridge ov-test"),
            devices: list("eth0 docker0"),
            namespaces: list("red"),
            machines: list("docker-1 docker-2"),
        }
    }

    fn fits(line: &str, word: &str) -> Vec<String> {
        let mut all = known().after(line, word);
        all.retain(|text| text.starts_with(word));
        all
    }

    #[test]
    fn a_program_comes_first_also_behind_a_pipe_and_in_a_container() {
        assert_eq!(fits("", "ip"), ["ip", "iptables"]);
        assert_eq!(fits("ip addr | ", "pi"), ["ping"]);
        assert_eq!(fits("docker exec -it test1 ", "pi"), ["ping"]);
        assert_eq!(fits("docker run --rm busybox ", "pi"), ["ping"]);
        assert_eq!(fits("ip netns exec red ", "ipt"), ["iptables"]);
    }

    #[test]
    fn names_come_where_they_belong() {
        assert_eq!(fits("docker network connect ", "ov"), ["ov-test"]);
        assert_eq!(fits("docker network connect ov-test ", "te"), ["test1", "test2"]);
        assert_eq!(fits("docker run --network ", ""), ["bridge", "ov-test"]);
        assert_eq!(fits("docker exec ", ""), ["test1", "test2"]);
        assert_eq!(fits("ip link set ", "et"), ["eth0"]);
        assert_eq!(fits("ip -br addr show dev ", "d"), ["dev", "docker0"]);
        assert_eq!(fits("ip netns exec ", ""), ["red"]);
        assert_eq!(fits("cat ", "docker-"), ["docker-1", "docker-2"], "of others all names");
    }

    #[test]
    fn flags_come_where_one_begins() {
        assert_eq!(fits("docker run ", "--netw"), ["--network", "--network-alias"]);
        assert!(fits("docker run ", "").iter().all(|text| !text.starts_with('-')));
        assert!(fits("iptables -t ", "na") == ["nat"]);
    }
}
