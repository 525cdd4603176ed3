//! Any lines are typed at a machine with Docker, a network and a container.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netsim_sim::engine::Span;
use netsim_sim::lab::{Lab, Machine};
use netsim_sim::world::Limits;

fuzz_target!(|lines: &str| {
    let mut lab = Lab::builder()
        .segment("lan", "192.168.56.0/24")
        .machine(Machine::new("docker-1").on("lan", "192.168.56.144").docker())
        .build()
        .expect("this lab is right");
    for line in ["docker network create net", "docker run -d --name web --network net busybox sleep 1d"] {
        lab.run("docker-1", line).expect("they are right");
    }
    let host = lab.world().host_named("docker-1").expect("it is in the lab");
    let limits = Limits { span: Span::secs(20), events: 200_000 };
    lab.world_mut().run_command_within(host, lines, limits);
});
