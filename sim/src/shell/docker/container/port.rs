//! `docker port`.

use crate::docker::model::{Port, PortBinding, Protocol};
use crate::shell::docker::client::{Client, Done, Stop, parse};
use crate::shell::docker::flags::Command;

pub(super) const PORT: Command = Command {
    name: "docker port",
    usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
    about: "List port mappings or a specific mapping for the container",
    arguments: (1, 2),
    interspersed: true,
    flags: &[],
};

impl Client {
    pub(super) fn port(&self, args: &[String]) -> Done {
        let given = parse(&PORT, args)?;
        let name = &given.arguments[0];
        let daemon = self.daemon()?;
        let container = daemon
            .find_container(name)
            .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
        let outside = |binding: &PortBinding| format!("{}:{}", binding.host_ip, binding.host_port);
        let bindings = daemon.bindings_of(&container);
        if let Some(word) = given.arguments.get(1) {
            let (number, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
            let asked = format!("{number}/{protocol}");
            let number: u16 = number.parse().map_err(|_| {
                let why = format!("strconv.ParseUint: parsing \"{number}\": invalid syntax");
                Stop::Said(why, 1)
            })?;
            let wanted = Protocol::named(protocol).map(|protocol| Port { number, protocol });
            let found: Vec<String> = bindings
                .iter()
                .filter(|binding| Some(binding.container) == wanted)
                .map(outside)
                .collect();
            if found.is_empty() {
                let text = format!("Error: No public port '{asked}' published for {name}");
                return Err(Stop::Said(text, 1));
            }
            for line in &found {
                self.print(&format!("{line}\n"));
            }
            return Ok(());
        }
        // The engine lists the ports in no order; here it is theirs.
        let mut bindings = bindings;
        bindings.sort_by_key(|binding| binding.container);
        for binding in &bindings {
            self.print(&format!("{} -> {}\n", binding.container, outside(binding)));
        }
        Ok(())
    }
}
