//! The workloads of `netsim bench` in small, and the main job's own lab. Run: `cargo bench`.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use netsim_sim::engine::Seed;
use netsim_sim::kernel::context::Tracing;
use netsim_sim::lesson::catalogue;
use netsim_sim::shell;
use netsim_sim::workload::Workload;

const TRACINGS: [Tracing; 2] = [Tracing::Off, Tracing::Steps];

fn main() {
    divan::main();
}

fn run(bencher: Bencher, workload: Workload, tracing: Tracing) {
    let hops = workload.build(Seed(1), tracing).run().hops;
    bencher
        .counter(ItemsCount::new(hops))
        .with_inputs(|| workload.build(Seed(1), tracing))
        .bench_local_values(|mut lab| lab.run());
}

/// 40 containers on a bridge, each pings all others: mostly bridge hops and ARP floods.
#[divan::bench(args = TRACINGS)]
fn ping_mesh_40(bencher: Bencher, tracing: Tracing) {
    run(bencher, Workload::PingMesh { containers: 40, targets: None }, tracing);
}

/// One TCP connection through a bridge.
#[divan::bench(args = TRACINGS)]
fn bulk_tcp_10_mb(bencher: Bencher, tracing: Tracing) {
    const BYTES: u64 = 10_000_000;
    let workload = Workload::BulkTcp { flows: 1, bytes: BYTES };
    bencher
        .counter(BytesCount::new(BYTES))
        .with_inputs(|| workload.build(Seed(1), tracing))
        .bench_local_values(|mut lab| lab.run());
}

/// Four hosts with five containers each, on one VXLAN network, ping each other.
#[divan::bench(args = TRACINGS)]
fn overlay_4x5(bencher: Bencher, tracing: Tracing) {
    run(bencher, Workload::Overlay { hosts: 4, containers: 5 }, tracing);
}

/// 1000 containers with addresses on one bridge.
#[divan::bench]
fn boot_1000_containers() -> usize {
    Workload::Boot { containers: 1000 }.build(Seed(1), Tracing::Off).containers.len()
}

fn overlay_lesson() -> netsim_sim::lesson::Lesson {
    let entry = catalogue::find("overlay-isolation").expect("the main job is built in");
    entry.lesson("en").expect("its lesson is right")
}

/// The lab of the main job boots: a gateway, Consul in a container, two Docker hosts.
#[divan::bench]
fn boot_of_the_overlay_lab(bencher: Bencher) {
    let topology = overlay_lesson().front.topology;
    bencher.bench_local(|| topology.build(Seed(1), shell::platform()).map(|world| world.events()));
}

/// One ping from a container on one host to one on the other, in that lab, `docker exec` included.
#[divan::bench]
fn ping_across_the_overlay(bencher: Bencher) {
    let topology = overlay_lesson().front.topology;
    let mut world = topology.build(Seed(1), shell::platform()).expect("the lab boots");
    let host = |name: &str| world.host_named(name).expect("the lab has it");
    let (one, two) = (host("docker-1"), host("docker-2"));
    world.run_command(one, "docker network create -d overlay ov");
    world.run_command(one, "docker run -d --name one --network ov busybox sleep 360000");
    world.run_command(two, "docker run -d --name two --network ov busybox sleep 360000");
    bencher.bench_local(|| {
        let outcome = world.run_command(two, "docker exec two ping -c 1 10.0.0.2");
        assert_eq!(outcome.status, 0);
    });
}
