//! Any line is typed at a bare host.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netsim_sim::engine::{Seed, Span};
use netsim_sim::lesson::script;
use netsim_sim::shell;
use netsim_sim::world::Limits;

fuzz_target!(|line: &str| {
    let (mut world, host) = script::bare_world(Seed(1), shell::platform());
    world.run_command_within(host, line, Limits { span: Span::secs(10), events: 100_000 });
});
