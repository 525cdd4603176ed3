//! Any bytes come in by a card of a router with a bridge and a tunnel.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netsim_sim::engine::{Seed, Span};
use netsim_sim::lesson::script;
use netsim_sim::shell;
use netsim_sim::wire::Bytes;

const LAB: &str = "ip link add v0 type veth peer name v1; ip link set v1 address 02:00:00:00:00:01; ip link set v0 up; ip link set v1 up
ip addr add 10.0.0.1/24 dev v1; sysctl -w net.ipv4.ip_forward=1
ip link add vx0 type vxlan id 7 remote 10.0.0.2 dstport 4789; ip link set vx0 up
ip link add br0 type bridge; ip link set vx0 master br0; ip link set br0 up
iptables -t nat -A POSTROUTING -j MASQUERADE";

/// The router's card: a frame for another card would go no further than its address.
const CARD: [u8; 6] = [2, 0, 0, 0, 0, 1];

fuzz_target!(|data: &[u8]| {
    let mut data = data.to_vec();
    if let Some(to) = data.first_chunk_mut::<6>()
        && to[0] & 1 == 0
    {
        *to = CARD;
    }
    let (mut world, host) = script::bare_world(Seed(1), shell::platform());
    world.run_command(host, LAB);
    let Some(link) = world.sys(host, |sys| sys.link_named("v0")) else { return };
    // What is sent out of one end of the cable comes in at the other.
    world.sys(host, |sys| {
        let socket = sys.packet_open(Some(link), 3).expect("root may");
        let _ = sys.packet_send(socket, Bytes::copy_of(&data));
    });
    let _ = world.run_for(Span::secs(1));
});
