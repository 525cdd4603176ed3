//! Any file is given to `iptables-restore`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netsim_sim::engine::Seed;
use netsim_sim::lesson::script;
use netsim_sim::process::Node;
use netsim_sim::shell;

fuzz_target!(|file: &[u8]| {
    let (mut world, host) = script::bare_world(Seed(1), shell::platform());
    let processes = &world.host(host).processes;
    processes.files(processes.host_root(), |tree| {
        tree.install("/tmp/rules", Node::File(file.to_vec()));
    });
    world.run_command(host, "iptables-restore < /tmp/rules; iptables-save");
});
