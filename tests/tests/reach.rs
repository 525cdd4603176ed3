//! Who can talk to whom, with a typed reason where they cannot: one case a reason, on real labs.

use netsim_sim::engine::Seed;
use netsim_sim::kernel::DropReason;
use netsim_sim::reach::{Cell, Kind, Matrix, Protocol, Question, Way};
use netsim_sim::shell;
use netsim_sim::world::World;
use netsim_sim::world::topology::Topology;

const LAB: &str = r#"
segment.lan = { subnet = "192.168.56.0/24" }
router.gw   = { lan = "192.168.56.1" }
host.a = { lan = "192.168.56.10", docker = true }
host.b = { lan = "192.168.56.11" }
"#;

/// The machines, after some lines were typed at `a`.
fn lab(lines: &[&str]) -> World {
    let topology = Topology::parse(LAB).expect("a right topology");
    let mut world = topology.build(Seed(1), shell::platform()).expect("it boots");
    let a = world.host_named("a").expect("the lab has it");
    for line in lines {
        let outcome = world.run_command(a, line);
        assert_eq!(outcome.status, 0, "{line}: {}", outcome.text());
    }
    world
}

fn ask(lines: &[&str], protocols: &[Protocol], by_name: bool) -> Matrix {
    let question = Question { protocols: protocols.to_vec(), by_name, ..Question::default() };
    Matrix::ask(&question, || Ok::<_, ()>(lab(lines))).expect("it can be built")
}

/// What a ping of one by the other finds.
fn ping(lines: &[&str], from: &str, to: &str) -> Cell {
    let matrix = ask(lines, &[Protocol::Icmp], false);
    matrix.cell(from, to, Protocol::Icmp).expect("both are there").clone()
}

fn kind(cell: &Cell) -> Option<Kind> {
    cell.barrier().map(|barrier| barrier.kind())
}

#[test]
fn two_bridges_are_isolated_by_a_rule_that_is_named() {
    let cell = ping(
        &[
            "docker network create n1",
            "docker network create n2",
            "docker run -d --name c1 --network n1 busybox sleep 999",
            "docker run -d --name c2 --network n2 busybox sleep 999",
        ],
        "c1",
        "c2",
    );
    let barrier = cell.barrier().expect("isolated");
    assert_eq!((barrier.kind(), barrier.way), (Kind::Filtered, Way::There));
    assert_eq!(barrier.place, "a");
    let rule = barrier.rule.as_deref().expect("a rule decided");
    assert!(rule.starts_with("-t filter -A DOCKER-ISOLATION-STAGE-2 -o br-"), "{rule}");
}

#[test]
fn a_policy_is_named_like_a_rule() {
    let cell = ping(&["iptables -P INPUT DROP"], "b", "a");
    let barrier = cell.barrier().expect("filtered");
    assert_eq!(barrier.drop(), Some(DropReason::DroppedByPolicy));
    assert_eq!(barrier.rule.as_deref(), Some("-t filter -P INPUT DROP"));
}

#[test]
fn an_answer_that_is_lost_is_told_from_a_question_that_is_lost() {
    let cell = ping(&["iptables -A OUTPUT -p icmp --icmp-type echo-reply -j DROP"], "b", "a");
    let barrier = cell.barrier().expect("no answer leaves");
    assert_eq!((barrier.kind(), barrier.way), (Kind::Filtered, Way::Back));
}

#[test]
fn a_child_of_macvlan_and_its_parents_host_are_parted_on_layer_2() {
    let cell = ping(
        &[
            "docker network create -d macvlan --subnet 192.168.56.0/24 --ip-range 192.168.56.200/29 \
             -o parent=eth0 mv",
            "docker run -d --name c1 --network mv busybox sleep 999",
        ],
        "c1",
        "a",
    );
    assert_eq!(kind(&cell), Some(Kind::L2Barrier));
}

#[test]
fn a_tunnel_with_another_number_is_another_network() {
    let tunnel = |id, address: &str| {
        [
            format!("ip link add vx type vxlan id {id} remote 192.168.56.11 dstport 4789"),
            format!("ip addr add {address}/24 dev vx"),
            "ip link set vx up".to_owned(),
        ]
    };
    let mut world = lab(&tunnel(7, "10.9.0.1").each_ref().map(String::as_str));
    let b = world.host_named("b").expect("the lab has it");
    for line in [
        "ip link add vx type vxlan id 8 remote 192.168.56.10 dstport 4789",
        "ip addr add 10.9.0.2/24 dev vx",
        "ip link set vx up",
        "ip addr del 192.168.56.11/24 dev eth0 && ip addr add 192.168.56.11/24 dev eth0",
        "ip netns add red",
        "ip link set vx netns red",
        "ip -n red addr add 10.9.0.2/24 dev vx",
        "ip -n red link set vx up",
    ] {
        world.run_command(b, line);
    }
    let matrix = Matrix::ask_here(&Question::default(), &mut world);
    let cell = matrix.cell("a", "red", Protocol::Icmp).expect("both are there");
    let drop = cell.barrier().and_then(|barrier| barrier.drop());
    assert_eq!((kind(cell), drop), (Some(Kind::OtherVni), Some(DropReason::VxlanUnknownVni)));
}

#[test]
fn other_reasons_have_their_codes() {
    assert_eq!(kind(&ping(&["ip link set eth0 down"], "a", "b")), Some(Kind::NoRoute));
    let down = ping(
        &[
            "ip netns add red",
            "ip link add v type veth peer name w",
            "ip link set w netns red",
            "ip addr add 10.9.0.1/24 dev v",
            "ip link set v up",
            "ip -n red addr add 10.9.0.2/24 dev w",
        ],
        "a",
        "red",
    );
    assert_eq!(kind(&down), Some(Kind::LinkDown));
    let none = ping(&["docker run -d --name c1 --network none busybox sleep 999"], "b", "c1");
    assert_eq!(kind(&none), Some(Kind::NoAddress));
    let internal = &[
        "docker network create --internal n1",
        "docker run -d --name c1 --network n1 busybox sleep 999",
    ];
    // Docker gives it a default route and drops what follows it.
    assert_eq!(kind(&ping(internal, "c1", "b")), Some(Kind::Filtered));
    let nobody = ping(
        &[
            "ip netns add red",
            "ip link add v type veth peer name w",
            "ip link set w netns red",
            "ip addr add 10.9.0.1/24 dev v",
            "ip link set v up",
            "ip -n red addr add 10.9.1.2/24 dev w",
            "ip -n red link set w up",
            "ip route add 10.9.1.0/24 via 10.9.0.7",
        ],
        "a",
        "red",
    );
    assert_eq!(kind(&nobody), Some(Kind::NoNeighbor));
}

#[test]
fn ports_and_names_are_asked_for_as_programs_do() {
    let lines = [
        "docker network create n1",
        "docker run -d --name web --network n1 -p 8080:80 busybox httpd -f -p 80",
        "docker run -d --name user --network n1 busybox sleep 999",
        "docker run -d --name old busybox sleep 999",
    ];
    let ports = [Protocol::Tcp(80), Protocol::Tcp(81), Protocol::Tcp(8080), Protocol::Udp(53)];
    let matrix = ask(&lines, &ports, false);
    assert!(matrix.reaches("user", "web", Protocol::Tcp(80)));
    assert!(matrix.reaches("b", "a", Protocol::Tcp(8080)));
    let closed = matrix.cell("user", "web", Protocol::Tcp(81)).expect("both are there");
    assert_eq!(closed.code(), "no-listener");
    let closed = matrix.cell("user", "web", Protocol::Udp(53)).expect("both are there");
    assert_eq!(closed.code(), "no-listener");
    let named = ask(&lines, &[Protocol::Icmp], true);
    assert!(named.reaches("user", "web", Protocol::Icmp));
    let unknown = named.cell("old", "web", Protocol::Icmp).expect("both are there");
    assert_eq!(unknown.code(), "no-name");
}

#[test]
fn what_changes_is_told_by_pair() {
    let before = ask(&["docker network create n1"], &[Protocol::Icmp], false);
    let after = ask(&["iptables -A INPUT -p icmp -j DROP"], &[Protocol::Icmp], false);
    let changes = before.changes(&after);
    let pairs: Vec<(&str, &str)> = changes.iter().map(|change| (change.from, change.to)).collect();
    assert_eq!(pairs, [("gw", "a"), ("a", "gw"), ("a", "b"), ("b", "a")]);
}
