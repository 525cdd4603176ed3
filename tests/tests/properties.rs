//! What holds for every frame: nothing panics, nothing grows without end, a bridge never returns a
//! frame to where it came from, and no packet is lost or made without a step that says so.

use std::collections::BTreeMap;

use netsim_sim::engine::{Seed, Span};
use netsim_sim::kernel::{LinkId, NamespaceId, Step};
use netsim_sim::lesson::script;
use netsim_sim::shell;
use netsim_sim::trace::HostId;
use netsim_sim::wire::{Bytes, PacketId};
use netsim_sim::world::{Limits, World};
use proptest::collection::vec;
use proptest::prelude::*;

/// One device of every kind, and what they are joined by.
const MENAGERIE: &[&str] = &[
    "ip netns add a",
    "ip netns add b",
    "ip netns add c",
    "ip link add br0 address 02:00:00:00:00:b0 type bridge",
    "ip link set br0 up",
    "ip addr add 10.0.0.254/24 dev br0",
    "ip link add pa type veth peer name eth0 address 02:00:00:00:00:0a netns a",
    "ip link add pb type veth peer name eth0 address 02:00:00:00:00:0b netns b",
    "ip link set pa master br0",
    "ip link set pb master br0",
    "ip link set pa up",
    "ip link set pb up",
    "ip -n a link set eth0 up",
    "ip -n b link set eth0 up",
    "ip -n a addr add 10.0.0.1/24 dev eth0",
    "ip -n b addr add 10.0.0.2/24 dev eth0",
    "ip -n a route add default via 10.0.0.254",
    "ip link add wan type veth peer name eth0 address 02:00:00:00:00:0c netns c",
    "ip link set wan up",
    "ip addr add 192.168.0.254/24 dev wan",
    "ip -n c link set eth0 up",
    "ip -n c addr add 192.168.0.1/24 dev eth0",
    "ip -n c route add default via 192.168.0.254",
    "sysctl -w net.ipv4.ip_forward=1",
    "ip -n a link add link eth0 name eth0.5 type vlan id 5",
    "ip -n a link set eth0.5 up",
    "ip -n a addr add 10.5.0.1/24 dev eth0.5",
    "ip -n b link add link eth0 name m0 address 02:00:00:00:00:1b type macvlan mode bridge",
    "ip -n b link set m0 up",
    "ip -n b addr add 10.0.0.3/24 dev m0",
    "ip -n c link add link eth0 name i0 type ipvlan mode l2",
    "ip -n c link set i0 up",
    "ip -n c addr add 192.168.0.3/24 dev i0",
    "ip link add vx0 type vxlan id 7 remote 192.168.0.1 dstport 4789",
    "ip link set vx0 up",
    "ip link set vx0 master br0",
    "ip -n c link add vx0 type vxlan id 7 remote 192.168.0.254 dstport 4789",
    "ip -n c link set vx0 up",
    "ip -n c addr add 10.0.0.9/24 dev vx0",
    "iptables -t nat -A POSTROUTING -s 10.0.0.0/24 -o wan -j MASQUERADE",
    "iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP",
    "ip link add d0 type dummy",
    "ip link set d0 up",
];

/// A bridge and its ports, without an address anywhere.
const SWITCH: &[&str] = &[
    "ip netns add a",
    "ip netns add b",
    "ip netns add c",
    "ip link add br0 type bridge",
    "ip link set br0 up",
    "ip link add pa type veth peer name eth0 netns a",
    "ip link add pb type veth peer name eth0 netns b",
    "ip link add pc type veth peer name eth0 netns c",
    "ip link set pa master br0 up",
    "ip link set pb master br0 up",
    "ip link set pc master br0 up",
    "ip -n a link set eth0 up",
    "ip -n b link set eth0 up",
    "ip -n c link set eth0 up",
];

/// Events that a handful of frames may cause.
const PATIENCE: u64 = 50_000;

struct Device {
    /// `NAMESPACE/NAME`.
    name: String,
    ns: NamespaceId,
    id: LinkId,
}

struct Lab {
    world: World,
    host: HostId,
    devices: Vec<Device>,
}

impl Lab {
    fn new(commands: &[&str]) -> Lab {
        let (mut world, host) = script::bare_world(Seed(1), shell::platform());
        for command in commands {
            let outcome = world.run_command(host, command);
            assert_eq!(outcome.status, 0, "{command}: {}", outcome.text());
        }
        let _ = world.run_for(Span::secs(2));
        let devices = world.sys(host, |sys| {
            let mut devices = Vec::new();
            for ns in sys.namespaces() {
                let place = sys.netns_label(ns).to_owned();
                devices.extend(sys.in_ns(ns).links().into_iter().map(|link| {
                    let name = format!("{place}/{}", link.name);
                    Device { name, ns, id: link.id }
                }));
            }
            devices
        });
        Lab { world, host, devices }
    }

    /// Sends bytes out of a device, as a packet socket does.
    fn send(&mut self, device: usize, bytes: &[u8]) {
        let Device { ns, id, .. } = self.devices[device % self.devices.len()];
        self.world.sys_in(self.host, ns, "test", |sys| {
            let socket = sys.packet_open(Some(id), 3).expect("root may");
            // A device that is down refuses.
            let _ = sys.packet_send(socket, Bytes::copy_of(bytes));
            sys.socket_close(socket);
        });
    }

    fn place_of(&self, name: &str) -> usize {
        let found = self.devices.iter().position(|device| device.name == name);
        found.unwrap_or_else(|| panic!("{name} is not among {:?}", self.names()))
    }

    fn names(&self) -> Vec<&str> {
        self.devices.iter().map(|device| device.name.as_str()).collect()
    }

    /// What happened to each packet since a record of the trace.
    fn journeys(&self, since: u64) -> BTreeMap<PacketId, Vec<(Option<LinkId>, Step)>> {
        let mut journeys: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (_, record) in self.world.trace.since(since) {
            let note = &record.note;
            journeys.entry(note.packet).or_default().push((note.link, note.step));
        }
        journeys
    }
}

/// A frame that may mean something: some header in front, then anything.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let macs = prop::sample::select(vec![
        [0xff; 6],
        [2, 0, 0, 0, 0, 0xa],
        [2, 0, 0, 0, 0, 0xb],
        [2, 0, 0, 0, 0, 0xc],
        [2, 0, 0, 0, 0, 0x1b],
        [2, 0, 0, 0, 0, 0xb0],
        [1, 0, 0x5e, 0, 0, 1],
        [1, 0x80, 0xc2, 0, 0, 0],
        [2, 9, 9, 9, 9, 9],
    ]);
    let types = prop::sample::select(vec![0x0800_u16, 0x0806, 0x8100, 0x86dd, 0x0027]);
    let addresses = prop::sample::select(vec![
        [10, 0, 0, 1],
        [10, 0, 0, 2],
        [10, 0, 0, 254],
        [192, 168, 0, 1],
        [192, 168, 0, 254],
        [255, 255, 255, 255],
        [224, 0, 0, 1],
        [8, 8, 8, 8],
    ]);
    let protocols = prop::sample::select(vec![1_u8, 6, 17, 2, 99]);
    let whole = (
        macs.clone(),
        macs,
        types,
        addresses.clone(),
        addresses,
        protocols,
        vec(any::<u8>(), 0..120),
    );
    let meaningful = whole.prop_map(|(dst, src, kind, from, to, protocol, payload)| {
        let mut frame = [dst, src].concat();
        frame.extend(kind.to_be_bytes());
        if kind == 0x0800 {
            frame.extend(ip_header(from, to, protocol, &payload));
        }
        frame.extend(payload);
        frame
    });
    prop_oneof![4 => meaningful, 1 => vec(any::<u8>(), 0..200)]
}

/// A header with the right length and checksum; the payload decides the rest.
fn ip_header(from: [u8; 4], to: [u8; 4], protocol: u8, payload: &[u8]) -> [u8; 20] {
    let total = (20 + payload.len()) as u16;
    let odd = payload.first().copied().unwrap_or(0);
    let [high, low] = total.to_be_bytes();
    let fragment = if odd & 7 == 7 { [0x20, odd] } else { [0x40, 0] };
    let ttl = if odd & 8 == 0 { 64 } else { odd & 3 };
    let mut header = [0; 20];
    header[..10].copy_from_slice(&[
        0x45,
        0,
        high,
        low,
        0,
        7,
        fragment[0],
        fragment[1],
        ttl,
        protocol,
    ]);
    header[12..16].copy_from_slice(&from);
    header[16..20].copy_from_slice(&to);
    let sum = !netsim_sim::wire::checksum::sum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn count(steps: &[(Option<LinkId>, Step)], fits: impl Fn(LinkId, &Step) -> bool) -> usize {
    steps.iter().filter(|(link, step)| link.is_some_and(|link| fits(link, step))).count()
}

/// Both ends of each veth pair, and which is which.
const PAIRS: [(&str, &str); 3] =
    [("host/pa", "a/eth0"), ("host/pb", "b/eth0"), ("host/wan", "c/eth0")];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_may_come_into_any_device(sends in vec((any::<usize>(), frames()), 1..8)) {
        let mut lab = Lab::new(MENAGERIE);
        let before = lab.world.events();
        for (device, frame) in &sends {
            lab.send(*device, frame);
            let _ = lab.world.run_for(Span::millis(10));
        }
        let _ = lab.world.run_for(Span::secs(60));
        let events = lab.world.events() - before;
        prop_assert!(events < PATIENCE, "{events} events");
    }

    #[test]
    fn no_packet_is_lost_or_made_without_a_step(
        sends in vec((any::<usize>(), frames()), 1..8),
    ) {
        let mut lab = Lab::new(MENAGERIE);
        let mark = lab.world.trace.next_seq();
        for (device, frame) in &sends {
            lab.send(*device, frame);
            let _ = lab.world.run_for(Span::millis(10));
        }
        // Whoever waits for a neighbour or a fragment has given up by then.
        let _ = lab.world.run_for(Span::secs(60));
        for (packet, steps) in lab.journeys(mark) {
            // Parts of a datagram end in the whole.
            let ends = |step: &Step| {
                matches!(step, Step::Delivered(_) | Step::Dropped(_) | Step::Reassembled)
            };
            let ended = steps.iter().any(|(_, step)| ends(step));
            let was_made = steps.iter().any(|(_, step)| matches!(step, Step::Created { .. }));
            prop_assert!(ended && was_made, "{packet:?}: {steps:#?}");
            for (one, other) in PAIRS {
                for (from, to) in [(one, other), (other, one)] {
                    let (from, to) = (lab.devices[lab.place_of(from)].id, lab.devices[lab.place_of(to)].id);
                    let sent = count(&steps, |link, step| link == from && *step == Step::Transmitted);
                    let came = count(&steps, |link, step| link == to && *step == Step::Received);
                    prop_assert_eq!(sent, came, "{:?}: {:#?}", packet, steps);
                }
            }
        }
    }

    #[test]
    fn a_bridge_never_returns_a_frame_to_its_ingress_port(
        sends in vec((0..3_usize, frames()), 1..12),
    ) {
        let mut lab = Lab::new(SWITCH);
        let stations = ["a", "b", "c"];
        for (station, frame) in sends {
            let mark = lab.world.trace.next_seq();
            let place = lab.place_of(&format!("{}/eth0", stations[station]));
            let port = lab.devices[lab.place_of(&format!("host/p{}", stations[station]))].id;
            lab.send(place, &frame);
            let _ = lab.world.run_for(Span::millis(10));
            for (packet, steps) in lab.journeys(mark) {
                let came = count(&steps, |link, step| link == port && *step == Step::Received);
                let left = count(&steps, |link, step| link == port && *step == Step::Transmitted);
                prop_assert!(came == 0 || left == 0, "{packet:?}: {steps:#?}");
            }
        }
    }

    #[test]
    fn any_words_may_be_typed(lines in vec(lines(), 1..6)) {
        let (mut world, host) = script::bare_world(Seed(1), shell::platform());
        for line in lines {
            let limits = Limits { span: Span::secs(30), events: 200_000 };
            let before = world.events();
            let outcome = world.run_command_within(host, &line, limits);
            let written: usize = outcome.output.iter().map(|piece| piece.text.len()).sum();
            prop_assert!(written < 4 << 20, "{line}: {written} bytes");
            prop_assert!(world.events() - before <= 210_000, "{line}");
        }
    }
}

/// Lines of words that mean something to the shell or to its programs, and of some that do not.
fn lines() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
        1 => any::<String>().prop_map(|text| text.chars().take(8).collect()),
    ];
    vec(word, 1..12).prop_map(|words| words.join(" "))
}

const WORDS: &[&str] = &[
    "ip",
    "link",
    "addr",
    "route",
    "rule",
    "neigh",
    "netns",
    "add",
    "del",
    "set",
    "show",
    "get",
    "flush",
    "exec",
    "dev",
    "via",
    "type",
    "veth",
    "bridge",
    "vxlan",
    "vlan",
    "macvlan",
    "id",
    "peer",
    "name",
    "master",
    "up",
    "down",
    "mtu",
    "lo",
    "eth0",
    "br0",
    "10.0.0.1/24",
    "10.0.0.1",
    "default",
    "0",
    "1",
    "-1",
    "4294967296",
    "table",
    "from",
    "to",
    "lladdr",
    "02:00:00:00:00:01",
    "nud",
    "permanent",
    "fdb",
    "iptables",
    "-t",
    "nat",
    "-A",
    "-D",
    "-L",
    "-S",
    "FORWARD",
    "OUTPUT",
    "-j",
    "DROP",
    "DNAT",
    "--to-destination",
    "-p",
    "tcp",
    "--dport",
    "80",
    "-m",
    "conntrack",
    "--ctstate",
    "sysctl",
    "-w",
    "net.ipv4.ip_forward=1",
    "tc",
    "qdisc",
    "netem",
    "delay",
    "10ms",
    "ping",
    "-c",
    "-W",
    "arping",
    "nc",
    "-l",
    "-z",
    "traceroute",
    "ss",
    "-tln",
    "tcpdump",
    "curl",
    "cat",
    "echo",
    "grep",
    "sed",
    "head",
    "tail",
    "/etc/hosts",
    "/proc/sys/net/ipv4/ip_forward",
    "sleep",
    "|",
    "||",
    "&&",
    ";",
    "&",
    ">",
    "<",
    "2>&1",
    "(",
    ")",
    "{",
    "}",
    "$",
    "$(",
    "`",
    "\"",
    "'",
    "\\",
    "*",
    "$x",
    "x=1",
    "for",
    "in",
    "do",
    "done",
    "if",
    "then",
    "fi",
    "while",
    "true",
    "false",
    "ifconfig",
    "arp",
    "brctl",
    "conntrack",
    "ipset",
    "--help",
];
