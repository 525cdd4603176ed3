//! A bridge that filters by VLAN, as its manual says it: no recorded kernel had VLANs.

use netsim_sim::lab::{Lab, Machine};

/// `a`, `b` and `c` are namespaces behind ports of one bridge; `box` is at the bridge itself.
fn bridge() -> Lab {
    let mut lab = Lab::builder().machine(Machine::new("box")).build().expect("it boots");
    let mut run = |line: &str| lab.run("box", line).map(|_| ()).expect("it is done");
    run("ip link add br0 type bridge vlan_filtering 1");
    run("ip addr add 10.0.0.254/24 dev br0; ip link set br0 up");
    for (n, name) in ["a", "b", "c"].iter().enumerate() {
        run(&format!("ip netns add {name}"));
        run(&format!("ip link add v{name} type veth peer name eth0 netns {name}"));
        run(&format!("ip link set v{name} master br0; ip link set v{name} up"));
        run(&format!("ip -n {name} addr add 10.0.0.{}/24 dev eth0", n + 1));
        run(&format!("ip -n {name} link set eth0 up"));
    }
    lab
}

/// Whether who lives in a namespace gets an answer.
fn hears(lab: &mut Lab, from: &str, to: &str) -> bool {
    lab.run("box", &format!("ip netns exec {from} ip neigh flush all")).expect("it is done");
    let ping = format!("ip netns exec {from} ping -c 1 -W 1 {to}");
    lab.try_run("box", &ping).expect("it ends").status == 0
}

fn run(lab: &mut Lab, line: &str) {
    lab.run("box", line).expect("it is done");
}

#[test]
fn ports_of_one_vlan_hear_each_other_and_nobody_else() {
    let mut lab = bridge();
    assert!(hears(&mut lab, "a", "10.0.0.2") && hears(&mut lab, "a", "10.0.0.254"));
    run(&mut lab, "bridge vlan add dev va vid 10 pvid untagged");
    assert!(!hears(&mut lab, "a", "10.0.0.2"), "what a sends is of VLAN 10");
    assert!(!hears(&mut lab, "a", "10.0.0.254"), "the bridge itself is not in it");
    run(&mut lab, "bridge vlan add dev vb vid 10 pvid untagged");
    assert!(hears(&mut lab, "a", "10.0.0.2"));
    assert!(!hears(&mut lab, "c", "10.0.0.2"), "c is in VLAN 1");
    run(&mut lab, "ip link set br0 type bridge vlan_filtering 0");
    assert!(hears(&mut lab, "c", "10.0.0.2"), "nobody filters any more");
}

#[test]
fn a_port_may_carry_a_vlan_with_its_tag() {
    let mut lab = bridge();
    run(&mut lab, "bridge vlan add dev va vid 10 pvid untagged; bridge vlan add dev vc vid 10");
    run(&mut lab, "ip -n c link add link eth0 name eth0.10 type vlan id 10");
    run(&mut lab, "ip -n c addr flush dev eth0; ip -n c addr add 10.0.0.3/24 dev eth0.10");
    run(&mut lab, "ip -n c link set eth0.10 up");
    assert!(hears(&mut lab, "c", "10.0.0.1"));
    assert!(!hears(&mut lab, "c", "10.0.0.2"), "b is in VLAN 1");
    assert!(!hears(&mut lab, "c", "10.0.0.254"), "the bridge itself is not in VLAN 10");
    run(&mut lab, "bridge vlan add dev br0 vid 10 self; ip addr flush dev br0");
    run(&mut lab, "ip link add link br0 name br0.10 type vlan id 10");
    run(&mut lab, "ip addr add 10.0.0.254/24 dev br0.10; ip link set br0.10 up");
    assert!(hears(&mut lab, "c", "10.0.0.254"));
    run(&mut lab, "bridge vlan del dev vc vid 10");
    assert!(!hears(&mut lab, "c", "10.0.0.1"), "the port carries it no more");
}

#[test]
fn a_port_learns_in_the_vlan_of_the_frame() {
    let mut lab = bridge();
    run(&mut lab, "bridge vlan add dev va vid 10 pvid untagged");
    run(&mut lab, "bridge vlan add dev vb vid 10 pvid untagged");
    assert!(hears(&mut lab, "a", "10.0.0.2"));
    let known = lab.run("box", "bridge fdb show br br0 dynamic").expect("it is done").output;
    assert_eq!(known.matches("vlan 10").count(), 2, "{known}");
}
