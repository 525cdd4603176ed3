//! `docker`: the client. It parses, asks the daemon, prints.
//!
//! [`network`] and [`container`] have the commands on networks and containers, [`run`] those that make
//! containers, [`system`] what tells of the daemon itself.

mod attach;
mod client;
pub mod completion;
mod container;
mod copy;
mod events;
mod exec;
mod filter;
mod flags;
mod format;
mod help;
mod inspect;
mod ipam;
mod limits;
mod moment;
mod network;
mod paste;
mod ports;
mod run;
mod run_flags;
mod system;
mod table;
mod template;
mod top;

use crate::docker::ApiError;
use crate::docker::journal::Journal;
use crate::process::Proc;

use client::{Client, Done, Stop};
use help::Group;

/// Commands of the real client that are not here.
const NOT_SIMULATED: [&str; 22] = [
    "build",
    "builder",
    "checkpoint",
    "commit",
    "compose",
    "config",
    "context",
    "diff",
    "export",
    "history",
    "import",
    "load",
    "login",
    "logout",
    "plugin",
    "push",
    "rmi",
    "save",
    "search",
    "stats",
    "tag",
    "volume",
];

/// What an engine says that is in no swarm.
const NOT_A_MANAGER: &str = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";

/// `docker`.
pub async fn main(proc: Proc) -> i32 {
    let args = proc.args();
    let _open = Journal::of(&proc).begin(&proc, proc.argv().join(" "));
    let client = Client { proc };
    let status = client.told(client.dispatch(&args).await);
    // A name with such signs is taken, and nobody finds it again.
    let names_something = args.first().is_some_and(|word| word == "network");
    if (status != 0 || names_something)
        && let Some(words) = paste::explain(&args)
    {
        client.eprint(&format!("{words}\n"));
    }
    status
}

impl Client {
    /// Tells how a command ended; its exit status.
    fn told(&self, done: Done) -> i32 {
        match done {
            Ok(()) => 0,
            Err(Stop::Early(early)) => {
                if early.is_help {
                    self.print(&early.text);
                } else {
                    self.eprint(&early.text);
                }
                early.status
            }
            Err(Stop::Api(error)) => {
                self.eprint(&format!("Error response from daemon: {}\n", error.message));
                1
            }
            Err(Stop::Said(sentence, status)) => {
                self.eprint(&format!("{sentence}\n"));
                status
            }
            Err(Stop::Status(status)) => status,
        }
    }

    async fn dispatch(&self, args: &[String]) -> Done {
        let mut rest = args;
        let whole = |has_begun| {
            self.print(&help::of_client(has_begun));
            Ok(())
        };
        // Options of the client itself.
        while let [flag, tail @ ..] = rest {
            match flag.as_str() {
                "-D" | "--debug" | "--tls" => rest = tail,
                "-H" | "--host" | "-l" | "--log-level" | "-c" | "--context" => {
                    rest = tail.get(1..).unwrap_or_default();
                }
                "-v" | "--version" => {
                    self.print(&format!(
                        "Docker version {}, build {}\n",
                        system::VERSION,
                        system::CLIENT_COMMIT
                    ));
                    return Ok(());
                }
                _ => break,
            }
        }
        let Some((command, rest)) = rest.split_first() else {
            return whole(true);
        };
        match command.as_str() {
            "--help" | "-h" => whole(true),
            "help" if rest.is_empty() => whole(true),
            "help" => {
                let topic: Vec<String> = rest.iter().cloned().chain(["--help".into()]).collect();
                Box::pin(self.dispatch(&topic)).await
            }
            "network" => self.network(rest).await,
            "container" => self.container_group(rest).await,
            "image" => self.image_group(rest),
            "system" => self.system_group(rest).await,
            "images" => self.images(rest),
            "info" => self.info(rest).await,
            "version" => self.version(rest),
            "inspect" => self.inspect(rest).await,
            "pull" => self.pull(rest),
            "events" => self.events(rest).await,
            "swarm" if self.daemon()?.cluster().is_some() => Err(Stop::Api(ApiError::bad_request(
                "--cluster-store and --cluster-advertise daemon configurations are incompatible with swarm mode",
            ))),
            "service" | "node" | "stack" if asks(rest) => {
                Err(Stop::Api(ApiError::unavailable(NOT_A_MANAGER)))
            }
            "swarm" | "service" | "node" | "stack" | "secret" => {
                Err(Stop::Said(format!("netsim does not simulate docker {command} yet"), 1))
            }
            name if NOT_SIMULATED.contains(&name) => {
                self.check_there(name, rest)?;
                Err(Stop::Said(format!("netsim does not simulate docker {name}"), 1))
            }
            name => match self.container(name, rest).await {
                Some(done) => done,
                None if name.starts_with('-') => {
                    let usage = help::of_client(false);
                    Err(Stop::Said(
                        format!("unknown flag: {name}\nSee 'docker --help'.\n{usage}"),
                        125,
                    ))
                }
                None => Err(Stop::Said(
                    format!("docker: '{name}' is not a docker command.\nSee 'docker --help'"),
                    1,
                )),
            },
        }
    }

    /// Refuses a command on a container or an image that is not there, in the engine's words.
    fn check_there(&self, command: &str, rest: &[String]) -> Done {
        let mut words = rest.iter().filter(|word| *word != "--no-stream");
        let Some(name) = words.next().filter(|_| words.all(|word| !word.starts_with('-'))) else {
            return Ok(());
        };
        if name.starts_with('-') {
            return Ok(());
        }
        let daemon = self.daemon()?;
        let missing = |words: String| Err(Stop::Api(ApiError::not_found(words)));
        match command {
            "commit" | "diff" | "export" | "stats" => {
                daemon.find_container(name)?;
                Ok(())
            }
            "history" | "tag" if daemon.image(name).is_none() => {
                let (name, tag) = crate::docker::image::reference(name);
                missing(format!("No such image: {name}:{tag}"))
            }
            "rmi" if daemon.image(name).is_none() => {
                Err(Stop::Said(format!("Error: No such image: {name}"), 1))
            }
            _ => Ok(()),
        }
    }

    /// The command of a group, with its words; the help of the group if there is none.
    fn in_group<'a>(
        &self,
        group: &Group,
        args: &'a [String],
    ) -> Result<(&'a str, &'a [String]), Stop> {
        match args.split_first().map(|(command, rest)| (command.as_str(), rest)) {
            None | Some(("--help" | "-h", _)) => {
                self.print(&help::of_group(group));
                Err(Stop::Status(0))
            }
            Some((flag, _)) if flag.starts_with('-') => {
                let (name, usage) = (group.name, help::of_group(group));
                let why = match flag.strip_prefix("--") {
                    Some(_) => format!("unknown flag: {flag}"),
                    None => format!("unknown shorthand flag: {:?} in {flag}", &flag[1..2])
                        .replace('"', "'"),
                };
                Err(Stop::Said(format!("{why}\nSee '{name} --help'.\n{usage}"), 125))
            }
            Some(found) => Ok(found),
        }
    }

    /// What a group says to a word that is none of its commands, or not here.
    fn not_in_group(&self, group: &Group, command: &str) -> Done {
        if group.commands.iter().any(|(name, _)| *name == command) {
            let words = format!("netsim does not simulate {} {command}", group.name);
            return Err(Stop::Said(words, 1));
        }
        self.eprint(&help::of_group(group));
        Err(Stop::Status(1))
    }

    async fn container_group(&self, args: &[String]) -> Done {
        let (command, rest) = self.in_group(&help::CONTAINER, args)?;
        let (short, done) = match command {
            "ls" | "list" | "ps" => ("docker ps", self.ps(rest)),
            "inspect" => return self.container_inspect(rest),
            name => match self.container(name, rest).await {
                Some(done) => ("", done),
                None => return self.not_in_group(&help::CONTAINER, name),
            },
        };
        let name = if short.is_empty() { command } else { "ls" };
        let short = if short.is_empty() { format!("docker {command}") } else { short.to_owned() };
        done.map_err(|stop| stop.called(&short, &format!("docker container {name}")))
    }

    fn image_group(&self, args: &[String]) -> Done {
        let (command, rest) = self.in_group(&help::IMAGE, args)?;
        let (short, done) = match command {
            "ls" | "list" => ("images", self.images(rest)),
            "inspect" => return self.image_inspect(rest),
            "pull" => ("pull", self.pull(rest)),
            name => return self.not_in_group(&help::IMAGE, name),
        };
        let name = if command == "list" { "ls" } else { command };
        done.map_err(|stop| {
            stop.called(&format!("docker {short}"), &format!("docker image {name}"))
        })
    }

    async fn system_group(&self, args: &[String]) -> Done {
        let (command, rest) = self.in_group(&help::SYSTEM, args)?;
        let done = match command {
            "info" => self.info(rest).await,
            "events" => self.events(rest).await,
            "prune" => return self.system_prune(rest).await,
            name => return self.not_in_group(&help::SYSTEM, name),
        };
        done.map_err(|stop| {
            stop.called(&format!("docker {command}"), &format!("docker system {command}"))
        })
    }
}

/// Whether a group is asked for more than its help.
fn asks(rest: &[String]) -> bool {
    rest.first().is_some_and(|word| !word.starts_with('-'))
}
