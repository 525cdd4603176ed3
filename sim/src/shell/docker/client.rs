//! What every command of the client works with: the way to the daemon, and how a command can end.

use std::rc::Rc;

use super::flags::{Command, Early, Given};
use super::help;
use crate::docker::daemon::running;
use crate::docker::{ApiError, Daemon};
use crate::process::Proc;

/// The end of a command: what it could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
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

/// What comes of a command.
pub(super) type Done = Result<(), Stop>;

impl Stop {
    /// The same of a command that was called by its longer name.
    pub(super) fn called(self, short: &str, long: &str) -> Stop {
        match self {
            Stop::Early(mut early) => {
                early.text = early.text.replace(short, long);
                if let Some(aliases) = early.is_help.then(|| help::aliases(long)).flatten() {
                    early.text =
                        early.text.replacen("\n\nOptions:", &format!("\n\n{aliases}\nOptions:"), 1);
                }
                Stop::Early(early)
            }
            stop => stop,
        }
    }
}

/// What a command works with.
pub(super) struct Client {
    pub(super) proc: Proc,
}

impl Client {
    pub(super) fn print(&self, text: &str) {
        self.proc.print(text);
    }

    pub(super) fn eprint(&self, text: &str) {
        self.proc.eprint(text);
    }

    /// The daemon, if it runs.
    pub(super) fn daemon(&self) -> Result<Rc<Daemon>, Stop> {
        running(&self.proc).ok_or_else(|| {
            Stop::Said(
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?".to_owned(),
                1,
            )
        })
    }

    /// Asks the daemon to do something.
    pub(super) async fn call<R, F>(&self, work: impl FnOnce(Rc<Daemon>) -> F) -> Result<R, Stop>
    where
        R: 'static,
        F: Future<Output = Result<R, ApiError>> + 'static,
    {
        let daemon = self.daemon()?;
        Ok(daemon.call(&self.proc, work).await?)
    }

    /// Does something for each name; failures are told at the end, and the others go on.
    pub(super) async fn for_all<F>(
        &self,
        names: &[String],
        missing: &str,
        work: impl Fn(Rc<Daemon>, String) -> F,
    ) -> Done
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let mut errors = String::new();
        self.one_by_one(names, missing, work, |text| errors += text).await?;
        if errors.is_empty() { Ok(()) } else { Err(Stop::Said(errors.trim_end().to_owned(), 1)) }
    }

    /// Does something for each name; failures are told at once, and the others go on.
    pub(super) async fn for_each<F>(
        &self,
        names: &[String],
        missing: &str,
        work: impl Fn(Rc<Daemon>, String) -> F,
    ) -> Done
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        let mut failed = false;
        let fail = |text: &str| {
            failed = true;
            self.eprint(text);
        };
        self.one_by_one(names, missing, work, fail).await?;
        if failed { Err(Stop::Status(1)) } else { Ok(()) }
    }

    async fn one_by_one<F>(
        &self,
        names: &[String],
        missing: &str,
        work: impl Fn(Rc<Daemon>, String) -> F,
        mut fail: impl FnMut(&str),
    ) -> Done
    where
        F: Future<Output = Result<(), ApiError>> + 'static,
    {
        for name in names {
            let owned = name.clone();
            match self.call(|daemon| work(daemon, owned)).await {
                Ok(()) => self.print(&format!("{name}\n")),
                Err(Stop::Api(error)) => fail(&api_text(&error, missing, name)),
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }
}

/// A refusal as the client prints it. Some commands have their own words for what is not there.
pub(super) fn api_text(error: &ApiError, missing: &str, name: &str) -> String {
    if error.is_not_found() && !missing.is_empty() {
        return format!("Error: No such {missing}: {name}\n");
    }
    format!("Error response from daemon: {}\n", error.message)
}

/// Reads the words of a command.
pub(super) fn parse(command: &Command, words: &[String]) -> Result<Given, Stop> {
    Ok(command.parse(words).map_err(|mut early| {
        if early.is_help {
            early.text += &help::of_command(command, command.name);
        }
        early
    })?)
}
