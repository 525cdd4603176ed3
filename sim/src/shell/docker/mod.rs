//! `docker`: the client. It parses, asks the daemon, prints.
//!
//! [`network`] and [`container`] have the commands on networks and containers, [`run`] those that make
//! containers, [`system`] what tells of the daemon itself.

mod attach;
mod container;
mod copy;
mod events;
mod exec;
mod filter;
mod flags;
mod format;
mod inspect;
mod ipam;
mod moment;
mod network;
mod paste;
mod ports;
mod run;
mod run_flags;
mod system;
mod table;
mod template;

use std::rc::Rc;

use crate::docker::daemon::running;
use crate::docker::journal::Journal;
use crate::docker::{ApiError, Daemon};
use crate::process::Proc;

use flags::{Command, Early, Given};

/// The first lines of `docker --help`.
const USAGE: &str = "
Usage:  docker [OPTIONS] COMMAND

A self-sufficient runtime for containers

Management Commands:
  container   Manage containers
  image       Manage images
  network     Manage networks
  system      Manage Docker

Commands:
  attach      Attach local standard input, output, and error streams to a running container
  cp          Copy files/folders between a container and the local filesystem
  create      Create a new container
  events      Get real time events from the server
  exec        Run a command in a running container
  images      List images
  info        Display system-wide information
  inspect     Return low-level information on Docker objects
  kill        Kill one or more running containers
  logs        Fetch the logs of a container
  pause       Pause all processes within one or more containers
  port        List port mappings or a specific mapping for the container
  ps          List containers
  rename      Rename a container
  restart     Restart one or more containers
  rm          Remove one or more containers
  run         Run a command in a new container
  start       Start one or more stopped containers
  stop        Stop one or more running containers
  top         Display the running processes of a container
  unpause     Unpause all processes within one or more containers
  update      Update configuration of one or more containers
  version     Show the Docker version information
  wait        Block until one or more containers stop, then print their exit codes

Run 'docker COMMAND --help' for more information on a command.

netsim simulates Docker's networking; builds, volumes and registries are not simulated.
";

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

/// The end of a command: what it could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    /// Before the daemon was asked.
    Early(Early),
    /// The daemon refused.
    Api(ApiError),
    /// A sentence of the client's own, and an exit status.
    Said(String, i32),
    /// It ended with this status, and everything is said.
    Status(i32),
}

impl From<Early> for Stop {
    fn from(early: Early) -> Stop {
        Stop::Early(early)
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Stop {
        Stop::Api(error)
    }
}

type Done = Result<(), Stop>;

/// What a command works with.
struct Client {
    proc: Proc,
}

impl Client {
    fn print(&self, text: &str) {
        self.proc.print(text);
    }

    fn eprint(&self, text: &str) {
        self.proc.eprint(text);
    }

    /// The daemon, if it runs.
    fn daemon(&self) -> Result<Rc<Daemon>, Stop> {
        running(&self.proc).ok_or_else(|| {
            Stop::Said(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?".to_owned(),
                1,
            )
        })
    }

    /// Asks the daemon to do something.
    async fn call<R, F>(&self, work: impl FnOnce(Rc<Daemon>) -> F) -> Result<R, Stop>
    where
        R: 'static,
        F: Future<Output = Result<R, ApiError>> + 'static,
    {
        let daemon = self.daemon()?;
        Ok(daemon.call(&self.proc, work).await?)
    }

    /// Does something for each name; failures are told at the end, and the others go on.
    async fn for_all<F>(
        &self,
        names: &[String],
        missing: &str,
        work: impl Fn(Rc<Daemon>, String) -> F,
    ) -> Done
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let mut errors = Vec::new();
        for name in names {
            let owned = name.clone();
            match self.call(|daemon| work(daemon, owned)).await {
                Ok(()) => self.print(&format!("{name}\n")),
                Err(Stop::Api(error)) => errors.push(api_text(&error, missing, name)),
                Err(stop) => return Err(stop),
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Stop::Said(errors.concat().trim_end().to_owned(), 1))
    }

    /// Does something for each name; failures are told at once, and the others go on.
    async fn for_each<F>(
        &self,
        names: &[String],
        missing: &str,
        work: impl Fn(Rc<Daemon>, String) -> F,
    ) -> Done
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let mut failed = false;
        for name in names {
            let owned = name.clone();
            match self.call(|daemon| work(daemon, owned)).await {
                Ok(()) => self.print(&format!("{name}\n")),
                Err(Stop::Api(error)) => {
                    failed = true;
                    self.eprint(&api_text(&error, missing, name));
                }
                Err(stop) => return Err(stop),
            }
        }
        if failed { Err(Stop::Status(1)) } else { Ok(()) }
    }
}

/// A refusal as the client prints it. Some commands have their own words for what is not there.
fn api_text(error: &ApiError, missing: &str, name: &str) -> String {
    if error.is_not_found() && !missing.is_empty() {
        return format!("Error: No such {missing}: {name}\n");
    }
    format!("Error response from daemon: {}\n", error.message)
}

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
        // Options of the client itself.
        while let [flag, tail @ ..] = rest {
            match flag.as_str() {
                "-D" | "--debug" | "--tls" => rest = tail,
                "-H" | "--host" | "-l" | "--log-level" | "-c" | "--context" => {
                    rest = tail.get(1..).unwrap_or_default();
                }
                "-v" | "--version" => {
                    self.print(&format!("Docker version {}, build 297e128\n", system::VERSION));
                    return Ok(());
                }
                _ => break,
            }
        }
        let Some((command, rest)) = rest.split_first() else {
            self.print(USAGE);
            return Ok(());
        };
        match command.as_str() {
            "--help" | "-h" | "help" => {
                self.print(USAGE);
                Ok(())
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
            "swarm" | "service" | "node" | "stack" | "secret" => {
                Err(Stop::Said(format!("netsim does not simulate docker {command} yet"), 1))
            }
            name if NOT_SIMULATED.contains(&name) => {
                Err(Stop::Said(format!("netsim does not simulate docker {name}"), 1))
            }
            name => match self.container(name, rest).await {
                Some(done) => done,
                None if name.starts_with('-') => {
                    Err(Stop::Said(format!("unknown flag: {name}\nSee 'docker --help'."), 125))
                }
                None => Err(Stop::Said(
                    format!("docker: '{name}' is not a docker command.\nSee 'docker --help'"),
                    1,
                )),
            },
        }
    }

    async fn container_group(&self, args: &[String]) -> Done {
        let Some((command, rest)) = args.split_first() else {
            self.print(container::USAGE);
            return Ok(());
        };
        match command.as_str() {
            "ls" | "list" | "ps" => self.ps(rest),
            "inspect" => self.inspect(rest).await,
            name => match self.container(name, rest).await {
                Some(done) => done,
                None => {
                    self.eprint(container::USAGE);
                    Err(Stop::Status(i32::from(!name.starts_with('-'))))
                }
            },
        }
    }

    fn image_group(&self, args: &[String]) -> Done {
        match args.split_first() {
            Some((command, rest)) if matches!(command.as_str(), "ls" | "list") => self.images(rest),
            Some((command, rest)) if command == "inspect" => self.image_inspect(rest),
            Some((command, rest)) if command == "pull" => self.pull(rest),
            _ => {
                let words = "netsim simulates docker image ls, inspect and pull only";
                Err(Stop::Said(words.to_owned(), 1))
            }
        }
    }

    async fn system_group(&self, args: &[String]) -> Done {
        match args.split_first() {
            Some((command, rest)) if command == "info" => self.info(rest).await,
            Some((command, rest)) if command == "events" => self.events(rest).await,
            Some((command, rest)) if command == "prune" => self.system_prune(rest).await,
            _ => {
                let words = "netsim simulates docker system info, events and prune only";
                Err(Stop::Said(words.to_owned(), 1))
            }
        }
    }
}

/// Reads the words of a command.
fn parse(command: &Command, words: &[String]) -> Result<Given, Stop> {
    Ok(command.parse(words)?)
}
