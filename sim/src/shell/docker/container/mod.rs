//! Commands on containers that exist: `ps`, `start`, `stop`, `rm`, `logs`, `port`, …
//!
//! Here is the table of them. [`list`] has `ps`, [`lifecycle`] what starts, stops and removes.

mod lifecycle;
mod list;
mod logs;
mod port;

use super::client::{Client, Done};
use super::flags::Command;
use lifecycle::{KILL, PAUSE, RENAME, RESTART, RM, START, STOP, UNPAUSE, UPDATE, WAIT};
use list::PS;
use logs::LOGS;
use port::PORT;

/// The commands of this folder.
pub(super) const CONTAINER_COMMANDS: [&Command; 13] = [
    &PS, &START, &STOP, &RESTART, &KILL, &RM, &WAIT, &PAUSE, &UNPAUSE, &UPDATE, &RENAME, &LOGS,
    &PORT,
];

impl Client {
    /// Runs a command on containers; `None` if there is no such command.
    pub(super) async fn container(&self, name: &str, args: &[String]) -> Option<Done> {
        Some(match name {
            "run" => self.run(args).await,
            "create" => self.create(args).await,
            "exec" => self.exec(args).await,
            "ps" => self.ps(args),
            "start" => self.start(args).await,
            "stop" => self.stop(args, &STOP, false).await,
            "restart" => self.stop(args, &RESTART, true).await,
            "kill" => self.kill(args).await,
            "rm" => self.remove(args).await,
            "wait" => self.wait(args).await,
            "rename" => self.rename(args).await,
            "logs" => self.logs(args).await,
            "port" => self.port(args),
            "top" => self.top(args).await,
            "prune" => self.prune(args).await,
            "attach" => self.attach(args).await,
            "cp" => self.copy(args),
            "update" => self.update(args).await,
            "pause" => self.pause(args, true).await,
            "unpause" => self.pause(args, false).await,
            _ => return None,
        })
    }
}
