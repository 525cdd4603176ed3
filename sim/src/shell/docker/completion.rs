//! What may come next on a command line of the client, from the same tables as its help.

use crate::docker::image::IMAGES;

use super::container::CONTAINER_COMMANDS;
use super::flags::Command;
use super::help::{COMMANDS, CONTAINER, Group, IMAGE, MANAGEMENT, NETWORK, SYSTEM};
use super::{NOT_SIMULATED, attach, copy, events, exec, inspect, network, run, system, top};

/// What may come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// One of these commands.
    Commands(Vec<&'static str>),
    /// Flags, and arguments as the usage of the command names them: `NETWORK CONTAINER`.
    Arguments {
        /// The flags.
        flags: Vec<String>,
        /// The arguments.
        usage: &'static str,
    },
}

const GROUPS: [&Group; 4] = [&NETWORK, &CONTAINER, &IMAGE, &SYSTEM];

/// The commands that have flags or arguments worth to be known.
const KNOWN: [&Command; 17] = [
    &network::CREATE,
    &network::LIST,
    &network::INSPECT,
    &network::REMOVE,
    &network::CONNECT,
    &network::DISCONNECT,
    &network::PRUNE,
    &run::RUN,
    &run::CREATE,
    &exec::EXEC,
    &top::TOP,
    &inspect::INSPECT,
    &attach::ATTACH,
    &copy::CP,
    &events::EVENTS,
    &system::IMAGES,
    &system::PULL,
];

/// What may follow behind `docker` and these words; `None` if there is no such command.
pub fn after(words: &[&str]) -> Option<Next> {
    match words {
        [] => {
            let all = MANAGEMENT.iter().chain(&COMMANDS).map(|(name, _)| *name);
            Some(Next::Commands(all.filter(|name| !NOT_SIMULATED.contains(name)).collect()))
        }
        [first, rest @ ..] => {
            let name = format!("docker {first}");
            match (GROUPS.iter().find(|group| group.name == name), rest) {
                (Some(group), []) => {
                    Some(Next::Commands(group.commands.iter().map(|(name, _)| *name).collect()))
                }
                (Some(group), [word, ..]) => {
                    let short = if *word == "ls" { "ps" } else { word };
                    command(&format!("{name} {word}"))
                        .or_else(|| command(&format!("docker {short}")))
                        .filter(|_| group.commands.iter().any(|(known, _)| known == word))
                }
                (None, _) => command(&name),
            }
        }
    }
}

/// The images that there are.
pub fn images() -> impl Iterator<Item = &'static str> {
    IMAGES.iter().map(|image| image.name)
}

fn command(name: &str) -> Option<Next> {
    let all = KNOWN.into_iter().chain(CONTAINER_COMMANDS);
    let found = all.into_iter().find(|command| command.name == name)?;
    let flags = found.flags.iter().map(|flag| format!("--{}", flag.name)).collect();
    Some(Next::Arguments { flags, usage: found.usage })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_groups_and_flags_are_known() {
        let Some(Next::Commands(all)) = after(&[]) else { panic!("docker has commands") };
        assert!(all.contains(&"network") && all.contains(&"run") && !all.contains(&"build"));
        let Some(Next::Commands(all)) = after(&["network"]) else { panic!("so has network") };
        assert!(all.contains(&"connect"));
        for words in [&["ps"][..], &["container", "ls"]] {
            let Some(Next::Arguments { flags, .. }) = after(words) else { panic!("{words:?}") };
            assert!(flags.contains(&"--all".to_owned()), "{flags:?}");
        }
        let Some(Next::Arguments { usage, .. }) = after(&["network", "connect"]) else {
            panic!("it has arguments")
        };
        assert_eq!(usage, "[OPTIONS] NETWORK CONTAINER");
        assert_eq!(after(&["frobnicate"]), None);
        assert_eq!(after(&["network", "run"]), None);
    }
}
