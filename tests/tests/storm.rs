//! What circles for ever ends, and says why.

use netsim_sim::engine::Seed;
use netsim_sim::kernel::step::{DropReason, Step};
use netsim_sim::shell;
use netsim_sim::world::topology::Topology;

#[test]
fn a_loop_of_bridges_is_a_bounded_storm() {
    let lab = "host.box = {}";
    let topology = Topology::parse(lab).expect("a right topology");
    let mut world = topology.build(Seed(1), shell::platform()).expect("it boots");
    let host = world.host_named("box").expect("the lab has it");
    let line = "ip link add br0 type bridge; ip link add br1 type bridge;
         ip link add a0 type veth peer name a1; ip link add b0 type veth peer name b1;
         for p in a0 b0; do ip link set $p master br0; done;
         for p in a1 b1; do ip link set $p master br1; done;
         for l in a0 a1 b0 b1 br0 br1; do ip link set $l up; done;
         ip addr add 10.0.0.1/24 dev br0; ping -c 3 10.0.0.9";
    let outcome = world.run_command(host, line);
    assert_eq!(outcome.status, 1, "{}", outcome.text());
    assert!(world.storms() > 0, "the storm was seen");
    let is_storm = |step: &Step| matches!(step, Step::Dropped(DropReason::Storm));
    assert!(world.trace.since(0).any(|(_, record)| is_storm(&record.note.step)));
    assert_eq!(world.trace.first_seq(), 0, "the laps do not push the beginning out of the trace");
}
