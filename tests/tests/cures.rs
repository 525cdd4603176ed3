//! The commands that are offered as cures for lost packets: each is typed where it says, and then what was
//! lost is not lost again.

use netsim_sim::engine::Seed;
use netsim_sim::kernel::{DropReason, Step, Tracing};
use netsim_sim::shell;
use netsim_sim::trace::packets::Packets;
use netsim_sim::world::World;
use netsim_sim::world::remedy::{Command, Lost};
use netsim_sim::world::topology::Topology;

const LAB: &str = r#"
segment.lan = { subnet = "10.1.0.0/24" }
segment.far = { subnet = "10.2.0.0/24" }
router.gw = { lan = "10.1.0.1", far = "10.2.0.1" }
host.a = { lan = "10.1.0.10" }
host.b = { lan = "10.1.0.11" }
host.c = { far = "10.2.0.20" }
"#;

/// Types `host$ line`; whether it worked.
fn typed(world: &mut World, line: &str) -> bool {
    let (host, command) = line.split_once("$ ").expect("a host and a command");
    let host = world.host_named(host).expect("the lab has it");
    world.run_command(host, command).status == 0
}

/// The drops of packets that nobody got, since a record.
fn losses(world: &World, since: u64) -> Vec<Lost> {
    let mut index = Packets::default();
    index.update(&world.trace);
    let mut found = Vec::new();
    for view in index.since(since).filter(|view| view.is_lost()) {
        let Some(journey) = view.journey(&world.trace) else { continue };
        let drops = journey.stops.iter().filter(|it| matches!(it.note.step, Step::Dropped(_)));
        found.extend(drops.filter_map(|stop| Lost::at(&journey, stop)));
    }
    found
}

/// A lab is broken, something is tried, the loss has a cure, and after it there is no such loss. Whether
/// what was tried works then.
fn cured(breaking: &[&str], tried: &str, reason: DropReason, at: &str, cure: &str) -> bool {
    let topology = Topology::parse(LAB).expect("a right topology");
    let mut world = topology.build(Seed(1), shell::platform()).expect("it boots");
    world.set_tracing(Tracing::Full);
    for line in breaking {
        assert!(typed(&mut world, line), "{line}");
    }
    let since = world.trace.next_seq();
    assert!(!typed(&mut world, tried), "{tried} should not work yet");
    let lost = losses(&world, since);
    let lost = lost.iter().find(|lost| lost.reason == reason);
    let lost =
        *lost.unwrap_or_else(|| panic!("{reason:?} is not among {:?}", losses(&world, since)));
    let Command { host, line } = world.remedy(&lost).cure.expect("there is a cure");
    assert_eq!((world.host(host).name.as_str(), line.as_str()), (at, cure));
    assert!(typed(&mut world, &format!("{at}$ {line}")), "{line}");
    let since = world.trace.next_seq();
    let works = typed(&mut world, tried);
    let again = losses(&world, since);
    assert!(again.iter().all(|lost| lost.reason != reason), "{reason:?} again: {again:?}");
    works
}

/// From one segment to the other.
const ACROSS: &str = "a$ ping -c 1 -W 1 10.2.0.20";

/// Two namespaces on a bridge of `a`, and a ping between them.
const BRIDGE: [&str; 5] = [
    "a$ ip link add br0 type bridge && ip link set br0 up",
    "a$ for n in 1 2; do ip netns add n$n && ip link add v$n type veth peer name eth0 netns n$n; done",
    "a$ for n in 1 2; do ip link set v$n master br0 up && ip -n n$n link set eth0 up; done",
    "a$ for n in 1 2; do ip -n n$n addr add 10.5.0.$n/24 dev eth0; done",
    "a$ ip netns exec n1 ping -c 1 -W 1 10.5.0.2",
];
const NEAR: &str = "a$ ip netns exec n1 ping -c 1 -W 1 10.5.0.2";

fn on_the_bridge(breaking: &str, reason: DropReason, cure: &str) -> bool {
    let lines: Vec<&str> = BRIDGE.into_iter().chain([breaking]).collect();
    cured(&lines, NEAR, reason, "a", cure)
}

#[test]
fn a_router_that_does_not_forward() {
    let cure = "sysctl -w net.ipv4.ip_forward=1";
    let reason = DropReason::ForwardingOff;
    assert!(cured(&["gw$ sysctl -w net.ipv4.ip_forward=0"], ACROSS, reason, "gw", cure));
}

#[test]
fn a_policy_that_drops() {
    let cure = "iptables -P FORWARD ACCEPT";
    let reason = DropReason::DroppedByPolicy;
    assert!(cured(&["gw$ iptables -P FORWARD DROP"], ACROSS, reason, "gw", cure));
}

#[test]
fn a_rule_that_drops() {
    let broken = ["gw$ iptables -A FORWARD -p icmp -j DROP"];
    let cure = "iptables -D FORWARD -p icmp -j DROP";
    assert!(cured(&broken, ACROSS, DropReason::DroppedByRule, "gw", cure));
}

#[test]
fn a_rule_of_another_table() {
    let broken = ["c$ iptables -t raw -A PREROUTING -s 10.1.0.10/32 -j DROP"];
    let cure = "iptables -t raw -D PREROUTING -s 10.1.0.10/32 -j DROP";
    assert!(cured(&broken, ACROSS, DropReason::DroppedByRule, "c", cure));
}

#[test]
fn a_rule_that_rejects() {
    let broken = ["gw$ iptables -A FORWARD -p icmp -j REJECT"];
    let cure = "iptables -D FORWARD -p icmp -j REJECT --reject-with icmp-port-unreachable";
    assert!(cured(&broken, ACROSS, DropReason::Rejected, "gw", cure));
}

#[test]
fn a_device_that_loses_everything() {
    let broken = ["a$ tc qdisc add dev eth0 root netem loss 100%"];
    assert!(cured(&broken, ACROSS, DropReason::Netem, "a", "tc qdisc del dev eth0 root"));
}

#[test]
fn a_host_that_does_not_answer_pings() {
    let broken = ["c$ sysctl -w net.ipv4.icmp_echo_ignore_all=1"];
    let cure = "sysctl -w net.ipv4.icmp_echo_ignore_all=0";
    assert!(cured(&broken, ACROSS, DropReason::EchoIgnored, "c", cure));
}

#[test]
fn a_host_that_does_not_answer_arp() {
    let broken = [
        "c$ sysctl -w net.ipv4.conf.eth0.arp_ignore=8",
        "c$ ip neigh flush all",
        "gw$ ip neigh flush all",
    ];
    let cure = "sysctl -w net.ipv4.conf.eth0.arp_ignore=0";
    assert!(cured(&broken, ACROSS, DropReason::ArpIgnored, "c", cure));
}

#[test]
fn a_router_that_knows_no_way() {
    let broken = [
        "b$ ip addr add 10.3.0.5/32 dev lo",
        "b$ sysctl -w net.ipv4.ip_forward=1",
        "gw$ ip route del default || true",
    ];
    let tried = "c$ ping -c 1 -W 1 10.3.0.5";
    let cure = "ip route add default via 10.1.0.11";
    assert!(cured(&broken, tried, DropReason::NoRoute, "gw", cure));
}

#[test]
fn an_answer_that_would_leave_by_another_device() {
    let broken = [
        "c$ ip addr add 10.9.0.1/32 dev lo && ping -c 1 10.2.0.1",
        "gw$ ip route add 10.9.0.0/24 via 10.1.0.11",
        "gw$ sysctl -w net.ipv4.conf.eth1.rp_filter=1",
    ];
    let cure = "sysctl -w net.ipv4.conf.eth1.rp_filter=2";
    // The answers still go to b, which does not know what to do with them.
    cured(&broken, "c$ ping -c 1 -W 1 -I 10.9.0.1 10.1.0.10", DropReason::RpFilter, "gw", cure);
}

#[test]
fn the_other_end_of_a_cable_that_is_down() {
    assert!(on_the_bridge("a$ ip link set v1 down", DropReason::NoCarrier, "ip link set v1 up"));
}

#[test]
fn ports_that_are_isolated() {
    let broken = "a$ for n in 1 2; do bridge link set dev v$n isolated on; done";
    let reason = DropReason::Isolated;
    assert!(on_the_bridge(broken, reason, "bridge link set dev v2 isolated off"));
}

#[test]
fn a_bridge_that_sends_nothing_back_where_it_came_from() {
    let children = "a$ for n in 1 2; do ip netns add m$n; ip -n n1 link add link eth0 name up$n address \
                    02:00:00:00:00:0$n type macvlan mode vepa; ip -n n1 link set up$n netns m$n; ip -n \
                    m$n link set up$n name eth0; ip -n m$n link set eth0 up; ip -n m$n addr add \
                    10.6.0.$n/24 dev eth0; done";
    // The bridge knows behind which port they are, and they know each other.
    let acquainted = "a$ for n in 1 2; do ip netns exec m$n ping -c 1 -W 1 10.6.0.9; ip -n m$n neigh \
                      add 10.6.0.$((3 - n)) lladdr 02:00:00:00:00:0$((3 - n)) dev eth0; done";
    let lines: Vec<&str> = BRIDGE.into_iter().chain([children, acquainted]).collect();
    let tried = "a$ ip netns exec m1 ping -c 1 -W 1 10.6.0.2";
    let cure = "bridge link set dev v1 hairpin on";
    assert!(cured(&lines, tried, DropReason::SamePort, "a", cure));
}

#[test]
fn a_parent_that_is_down() {
    let broken = [
        "a$ ip link add link eth0 name mac0 type macvlan mode bridge",
        "a$ ip addr add 10.1.0.99/24 dev mac0 && ip link set mac0 up",
        "a$ ip neigh add 10.1.0.98 lladdr 02:00:00:00:00:98 dev mac0",
        "a$ ip link set eth0 down",
    ];
    let tried = "a$ ping -c 1 -W 1 -I mac0 10.1.0.98";
    // Nobody is there who would answer.
    cured(&broken, tried, DropReason::NoCarrier, "a", "ip link set eth0 up");
}

#[test]
fn the_next_hop_that_is_down() {
    let broken = ["c$ ip link set eth0 down", "gw$ ip neigh flush all"];
    let reason = DropReason::NeighborFailed;
    let tried = "a$ ping -c 1 -W 5 10.2.0.20";
    // It gets there; but with the device the route for its answer had gone, as on Linux.
    cured(&broken, tried, reason, "c", "ip link set eth0 up");
}

#[test]
fn strangers_who_get_what_is_for_one_that_is_down() {
    let broken = ["a$ ping -c 1 10.1.0.11", "b$ ip link set eth0 down"];
    let tried = "a$ ping -c 1 -W 1 10.1.0.11";
    assert!(cured(&broken, tried, DropReason::OtherHost, "b", "ip link set eth0 up"));
}
