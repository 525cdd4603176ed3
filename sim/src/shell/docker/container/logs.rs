//! `docker logs`.

use crate::engine::Time;
use crate::process::Channel;
use crate::process::calendar::Calendar;
use crate::shell::docker::flags::{Command, switch, value};
use crate::shell::docker::{Client, Done, Stop, parse};

const LOGS: Command = Command {
    name: "docker logs",
    usage: "[OPTIONS] CONTAINER",
    about: "Fetch the logs of a container",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        switch("follow", Some('f'), "Follow log output"),
        value(
            "tail",
            Some('n'),
            "string",
            "Number of lines to show from the end of the logs (default \"all\")",
        ),
        switch("timestamps", Some('t'), "Show timestamps"),
    ],
};

impl Client {
    pub(super) async fn logs(&self, args: &[String]) -> Done {
        let given = parse(&LOGS, args)?;
        let name = &given.arguments[0];
        let daemon = self.daemon()?;
        let container = daemon
            .find_container(name)
            .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
        let pieces = container.log.pieces.borrow().clone();
        let tail = given.value("tail").and_then(|n| n.parse::<usize>().ok());
        let lines: Vec<(Time, Channel, &str)> = pieces
            .iter()
            .flat_map(|piece| {
                piece.text.split_inclusive('\n').map(|line| (piece.at, piece.channel, line))
            })
            .collect();
        let skip = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        let start = self.proc.calendar() - self.proc.now().as_secs_f64();
        for (at, channel, line) in lines.into_iter().skip(skip) {
            let stamp = if given.is_on("timestamps") {
                let when = start + at.as_secs_f64();
                Calendar::of(when).rfc3339() + " "
            } else {
                String::new()
            };
            self.proc.write_to(channel, format!("{stamp}{line}").as_bytes());
        }
        if given.is_on("follow") && container.is_running() {
            self.follow(&container.id)?;
            daemon.container_wait(&container.id).await;
        }
        Ok(())
    }
}
