//! Completion in the terminals: programs, containers, networks, machines, words of commands.

use netsim_sim::docker::places::places;

use super::App;

impl App<'_> {
    /// Completes the word in the terminal in front: programs, containers, networks, machines.
    pub fn complete(&mut self) {
        let host = self.terminals[self.front].host;
        let machine = self.session.world().host(host);
        let mut words: Vec<String> = machine.processes.programs_on_path();
        words.extend(places(&machine.processes).into_iter().map(|place| place.name));
        words.extend(self.session.machines().into_iter().map(|(_, name)| name));
        words.extend(WORDS.iter().map(|word| (*word).to_owned()));
        words.sort();
        words.dedup();
        let terminal = &mut self.terminals[self.front];
        if let Some(choices) = terminal.complete(&words) {
            terminal.say(&self.session, choices);
        }
    }
}

/// Words of commands that are completed.
const WORDS: [&str; 39] = [
    "addr",
    "bridge",
    "connect",
    "container",
    "create",
    "disconnect",
    "exec",
    "fdb",
    "inspect",
    "link",
    "logs",
    "neigh",
    "network",
    "overlay",
    "route",
    "show",
    "start",
    "stop",
    "--name",
    "--network",
    "--subnet",
    "--driver",
    "--internal",
    "--ip",
    "--gateway",
    "busybox",
    "sleep",
    "httpd",
    "macvlan",
    "PREROUTING",
    "POSTROUTING",
    "FORWARD",
    "INPUT",
    "OUTPUT",
    "MASQUERADE",
    "images",
    "version",
    "info",
    "nat",
];
