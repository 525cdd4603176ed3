//! The parts of a packet's way: event queue, routes, hops, the tunnel, a poll of the TCP/IP stack. Run:
//! `cargo bench --bench parts`.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use netsim_sim::engine::{Seed, Span, Time, queue::Queue};
use netsim_sim::kernel::context::Tracing;
use netsim_sim::kernel::ip::route::FlowQuery;
use netsim_sim::kernel::sys::route::{RouteMode, RouteQuery, RouteSpec};
use netsim_sim::shell;
use netsim_sim::wire::Ipv4Addr;
use netsim_sim::workload::Workload;
use netsim_sim::world::{Role, World};

fn main() {
    divan::main();
}

/// A queue that holds so many events: one is taken, one comes.
#[divan::bench(args = [10, 1_000, 100_000])]
fn event_queue(bencher: Bencher, waiting: u64) {
    let mut queue = Queue::new();
    for n in 0..waiting {
        queue.push(Time::ZERO + Span::nanos(n * 7919 % 1_000_003), n);
    }
    bencher.bench_local(|| {
        let (at, event) = queue.pop().expect("one comes for each that is taken");
        queue.push(at + Span::nanos(1 + event * 31 % 1_009), event);
    });
}

/// The route to an address, among so many of /24.
#[divan::bench(args = [10, 1_000, 10_000])]
fn fib_lookup(bencher: Bencher, routes: u32) {
    let mut world = World::new(Seed(1), shell::platform());
    let host = world.add_host("host", Role::Computer);
    let lo = world.sys(host, |sys| sys.link_named("lo")).expect("every host has one");
    world.sys(host, |sys| {
        sys.link_up(lo).expect("nothing is in the way");
        for n in 0..routes {
            let net = Ipv4Addr::from(0x0b00_0000 + (n << 8));
            let net = format!("{net}/24").parse().expect("a right network");
            let route = RouteSpec::unicast(net, None, Some(lo));
            sys.route_add(&route, RouteMode::Add).expect("a new route");
        }
    });
    let dst = Ipv4Addr::from(0x0b00_0001 + ((routes / 2) << 8));
    let query = RouteQuery { flow: FlowQuery { dst, ..FlowQuery::default() }, input: None };
    bencher.bench_local(|| world.sys(host, |sys| black_box(sys.route_get(&query).is_ok())));
}

fn per_hop(bencher: Bencher, workload: Workload) {
    let hops = workload.build(Seed(1), Tracing::Off).run().hops;
    bencher
        .counter(ItemsCount::new(hops))
        .with_inputs(|| workload.build(Seed(1), Tracing::Off))
        .bench_local_values(|mut lab| lab.run());
}

/// veth, bridge, veth: two containers ping each other; items are hops.
#[divan::bench]
fn veth_and_bridge_hops(bencher: Bencher) {
    per_hop(bencher, Workload::PingMesh { containers: 2, targets: Some(100) });
}

/// The same through VXLAN on two hosts; items are hops.
#[divan::bench]
fn vxlan_hops(bencher: Bencher) {
    per_hop(bencher, Workload::Overlay { hosts: 2, containers: 10 });
}

/// Segments of TCP through the stacks of two namespaces; items are hops.
#[divan::bench]
fn tcp_polls(bencher: Bencher) {
    per_hop(bencher, Workload::BulkTcp { flows: 1, bytes: 1_000_000 });
}
