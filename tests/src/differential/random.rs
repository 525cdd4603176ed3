//! Random labs as scripts: namespaces on cables, bridges, macvlan and VXLAN, with routes, rules and
//! switches set as people set them, right and wrong; then everyone pings everyone.

use netsim_sim::engine::{Rng, Seed};

use super::filter;

/// Namespaces that send and are asked.
const HOSTS: u64 = 5;
/// Probes at most: each is a process on the real machine.
const PROBES: usize = 24;

/// A lab being made.
pub(super) struct Draft {
    pub(super) rng: Rng,
    has_vlans: bool,
    lines: Vec<String>,
    hosts: u64,
    /// Who is on which segment, with device and address.
    pub(super) members: Vec<Member>,
}

/// An end of a segment.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) host: String,
    segment: u64,
    pub(super) device: String,
    pub(super) address: String,
}

/// The script of the lab with a number: the same one for the same number. Not every kernel has bridges with
/// VLANs.
pub fn script(number: u64, has_vlans: bool) -> String {
    let rng = Seed(number).stream("differential");
    let mut draft = Draft { rng, has_vlans, lines: Vec::new(), hosts: 0, members: Vec::new() };
    draft.hosts = 2 + draft.rng.below(HOSTS - 1);
    for host in 0..draft.hosts {
        draft.namespace(&format!("h{host}"));
    }
    let segments = 1 + draft.rng.below(3);
    for segment in 0..segments {
        match draft.rng.below(5) {
            0 => draft.cable(segment),
            1 | 2 => draft.switch(segment),
            3 => draft.macvlan(segment),
            _ => draft.tunnel(segment),
        }
    }
    draft.switches();
    draft.routes(segments);
    filter::rules(&mut draft);
    draft.say("sleep 0.5");
    draft.probes();
    draft.say("wait");
    draft.lines.join("\n") + "\n"
}

impl Draft {
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    pub(super) fn inside(&mut self, ns: &str, command: &str) {
        self.say(format!("ip netns exec {ns} {command}"));
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.rng.below(n) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.rng.below(choices.len() as u64) as usize].clone()
    }

    pub(super) fn host(&mut self) -> String {
        format!("h{}", self.rng.below(self.hosts))
    }

    fn namespace(&mut self, ns: &str) {
        self.say(format!("ip netns add {ns}"));
        self.inside(ns, "ip link set lo up");
    }

    /// Different hosts, in random order.
    fn some_hosts(&mut self, count: u64) -> Vec<String> {
        let mut all: Vec<String> = (0..self.hosts).map(|host| format!("h{host}")).collect();
        let mut chosen = Vec::new();
        for _ in 0..count.min(self.hosts) {
            let at = self.rng.below(all.len() as u64) as usize;
            chosen.push(all.swap_remove(at));
        }
        chosen
    }

    /// Gives a device its address, mostly the right way, and sets it up, mostly.
    fn join(&mut self, host: &str, device: &str, segment: u64) {
        let number = 1 + self.members.iter().filter(|m| m.segment == segment).count();
        let address = format!("10.{segment}.0.{number}");
        let prefix = if self.one_in(8) { self.pick(&[16, 25, 30, 32]) } else { 24 };
        if !self.one_in(15) {
            self.inside(host, &format!("ip addr add {address}/{prefix} dev {device}"));
        }
        if self.one_in(10) {
            let mtu = self.pick(&[1280, 1400, 9000]);
            self.inside(host, &format!("ip link set {device} mtu {mtu}"));
        }
        if !self.one_in(20) {
            self.inside(host, &format!("ip link set {device} up"));
        }
        let (host, device) = (host.to_owned(), device.to_owned());
        self.members.push(Member { host, segment, device, address });
    }

    fn cable(&mut self, segment: u64) {
        let hosts = self.some_hosts(2);
        let [one, other] = hosts.as_slice() else { return };
        let (a, b) = (format!("a{segment}"), format!("b{segment}"));
        self.say(format!("ip link add {a} netns {one} type veth peer name {b} netns {other}"));
        self.join(one, &a, segment);
        self.join(other, &b, segment);
    }

    /// A bridge in a namespace of its own, which may be a member, too.
    fn switch(&mut self, segment: u64) {
        let switch = format!("s{segment}");
        self.namespace(&switch);
        let filtering = self.one_in(4) && self.has_vlans;
        let option = if filtering { " vlan_filtering 1" } else { "" };
        self.inside(&switch, &format!("ip link add br0 type bridge mcast_snooping 0{option}"));
        self.inside(&switch, "ip link set br0 up");
        let count = 2 + self.rng.below(3);
        for host in self.some_hosts(count) {
            let (device, port) = (format!("e{segment}"), format!("p{host}"));
            self.say(format!(
                "ip link add {device} netns {host} type veth peer name {port} netns {switch}"
            ));
            self.inside(&switch, &format!("ip link set {port} master br0 up"));
            if self.one_in(8) {
                let option = self.pick(&["isolated on", "hairpin on", "learning off", "flood off"]);
                self.inside(&switch, &format!("bridge link set dev {port} {option}"));
            }
            if filtering && self.one_in(2) {
                self.inside(&switch, &format!("bridge vlan add dev {port} vid 2 pvid untagged"));
                if self.one_in(2) {
                    self.inside(&switch, &format!("bridge vlan del dev {port} vid 1"));
                }
            }
            self.join(&host, &device, segment);
        }
        if self.one_in(3) {
            self.join(&switch, "br0", segment);
        }
    }

    /// Children of one parent, whose other end is a member as well.
    fn macvlan(&mut self, segment: u64) {
        let (home, parent) = (format!("s{segment}"), format!("up{segment}"));
        self.namespace(&home);
        let mut hosts = self.some_hosts(4).into_iter();
        let Some(first) = hosts.next() else { return };
        let outside = format!("o{segment}");
        self.say(format!(
            "ip link add {outside} netns {first} type veth peer name {parent} netns {home}"
        ));
        self.inside(&home, &format!("ip link set {parent} up"));
        self.join(&first, &outside, segment);
        let mode = self.pick(&["bridge", "bridge", "bridge", "private", "vepa"]);
        for host in hosts {
            let child = format!("m{segment}{host}");
            self.inside(
                &home,
                &format!("ip link add {child} link {parent} netns {host} type macvlan mode {mode}"),
            );
            self.join(&host, &child, segment);
        }
        if self.one_in(2) {
            self.join(&home, &parent, segment);
        }
    }

    /// Two tunnel ends over a cable of their own.
    fn tunnel(&mut self, segment: u64) {
        let hosts = self.some_hosts(2);
        let [one, other] = hosts.as_slice() else { return };
        let (a, b) = (format!("u{segment}a"), format!("u{segment}b"));
        self.say(format!("ip link add {a} netns {one} type veth peer name {b} netns {other}"));
        let ends = [(one, &a, 1, 2), (other, &b, 2, 1)];
        let base = 5 + segment;
        for (host, device, own, peer) in ends {
            self.inside(host, &format!("ip addr add 172.16.{segment}.{own}/24 dev {device}"));
            self.inside(host, &format!("ip link set {device} up"));
            let vni = if self.one_in(6) { base + 10 } else { base };
            let port = if self.one_in(12) { 8472 } else { 4789 };
            let remote = if self.one_in(12) { 9 } else { peer };
            let tunnel = format!("x{segment}");
            self.inside(
                host,
                &format!(
                    "ip link add {tunnel} type vxlan id {vni} local 172.16.{segment}.{own} \
                     remote 172.16.{segment}.{remote} dstport {port}"
                ),
            );
            self.join(host, &tunnel, segment);
        }
    }

    /// Switches of the kernel.
    fn switches(&mut self) {
        for host in 0..self.hosts {
            let host = format!("h{host}");
            if !self.one_in(3) {
                self.inside(&host, "sysctl -qw net.ipv4.ip_forward=1");
            }
            let settings: [(u64, &[&str]); 5] = [
                (5, &["all.rp_filter=1", "all.rp_filter=2"]),
                (10, &["all.arp_ignore=1", "all.arp_ignore=2", "all.arp_filter=1"]),
                (10, &["all.arp_announce=1", "all.arp_announce=2"]),
                (10, &["all.proxy_arp=1"]),
                (6, &["all.send_redirects=0"]),
            ];
            for (rarity, choices) in settings {
                if self.one_in(rarity) {
                    let setting = self.pick(choices);
                    self.inside(&host, &format!("sysctl -qw net.ipv4.conf.{setting}"));
                }
            }
            if self.one_in(15) {
                self.inside(&host, "sysctl -qw net.ipv4.icmp_echo_ignore_all=1");
            }
        }
    }

    /// An address of somebody, rarely one that nobody has.
    pub(super) fn address(&mut self) -> String {
        if self.members.is_empty() || self.one_in(12) {
            return self.pick(&["10.0.0.77", "10.1.0.77", "10.9.9.9"]).to_owned();
        }
        let members = self.members.clone();
        self.pick(&members).address
    }

    fn routes(&mut self, segments: u64) {
        for host in 0..self.hosts {
            let host = format!("h{host}");
            for segment in 0..segments {
                if self.one_in(3) {
                    continue;
                }
                let target = match self.rng.below(6) {
                    0 => "default".to_owned(),
                    1 => format!("10.{segment}.0.0/16"),
                    2 => self.address() + "/32",
                    _ => format!("10.{segment}.0.0/24"),
                };
                let via = self.gateway(&host);
                let way = match (self.rng.below(12), via) {
                    (0, _) => {
                        let kind = self.pick(&["blackhole", "unreachable", "prohibit"]);
                        self.inside(&host, &format!("ip route add {kind} {target}"));
                        continue;
                    }
                    (_, Some((address, _))) => format!("via {address}"),
                    (_, None) => continue,
                };
                self.inside(&host, &format!("ip route add {target} {way}"));
            }
            if self.one_in(8) {
                let (from, table) = (self.address(), 100);
                self.inside(&host, &format!("ip rule add from {from} lookup {table}"));
                if let Some((address, device)) = self.gateway(&host) {
                    let line =
                        format!("ip route add default via {address} dev {device} table {table}");
                    self.inside(&host, &line);
                }
            }
        }
    }

    /// Somebody else on a segment of this host, with the host's device.
    fn gateway(&mut self, host: &str) -> Option<(String, String)> {
        let own: Vec<Member> = self.members.iter().filter(|m| m.host == host).cloned().collect();
        let mut others = Vec::new();
        for member in &self.members {
            let here = own.iter().find(|own| own.segment == member.segment);
            if let Some(here) = here.filter(|_| member.host != host) {
                others.push((member.address.clone(), here.device.clone()));
            }
        }
        (!others.is_empty()).then(|| self.pick(&others))
    }

    /// Everyone asks for the addresses of everyone else, as far as there is room.
    fn probes(&mut self) {
        let mut all = Vec::new();
        for host in 0..self.hosts {
            for member in &self.members {
                all.push((format!("h{host}"), member.address.clone()));
            }
        }
        while all.len() > PROBES {
            let at = self.rng.below(all.len() as u64) as usize;
            all.remove(at);
        }
        for (host, address) in all {
            let command = match self.rng.below(8) {
                0 => format!("nc -n -z -v -w 4 {address} 80"),
                1 => format!("ping -n -c 1 -W 4 -s 1400 -M do {address}"),
                2 => format!("ping -n -c 1 -W 4 -s 3000 {address}"),
                3 => format!("ping -n -c 1 -W 4 -t 1 {address}"),
                _ => format!("ping -n -c 1 -W 4 {address}"),
            };
            self.inside(&host, &format!("{command} &"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_lab() {
        assert_eq!(script(7, true), script(7, true));
        assert_ne!(script(7, true), script(8, true));
        assert!(script(7, true).lines().filter(|line| line.ends_with(" &")).count() <= PROBES);
    }
}
