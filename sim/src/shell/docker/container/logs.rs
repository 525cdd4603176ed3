//! `docker logs`.

use crate::engine::Time;
use crate::process::Channel;
use crate::process::calendar::Calendar;
use crate::shell::docker::client::{Client, Done, Stop, parse};
use crate::shell::docker::flags::{Command, switch, value};
use crate::shell::docker::moment;

pub(super) const LOGS: Command = Command {
    name: "docker logs",
    usage: "[OPTIONS] CONTAINER",
    about: "Fetch the logs of a container",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        switch("details", None, "Show extra details provided to logs"),
        switch("follow", Some('f'), "Follow log output"),
        value(
            "since",
            None,
            "string",
            "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
        value(
            "tail",
            Some('n'),
            "string",
            "Number of lines to show from the end of the logs (default \"all\")",
        ),
        switch("timestamps", Some('t'), "Show timestamps"),
        value(
            "until",
            None,
            "string",
            "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
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
        let now = daemon.calendar();
        let moment = |name: &str| {
            given.value(name).map(|text| {
                moment::parse(text, now).map_err(|stop| match stop {
                    Stop::Said(why, status) => {
                        Stop::Said(format!("invalid value for \"{name}\": {why}"), status)
                    }
                    stop => stop,
                })
            })
        };
        let (since, until) = (moment("since").transpose()?, moment("until").transpose()?);
        let start = self.proc.calendar() - self.proc.now().as_secs_f64();
        let when = |at: Time| start + at.as_secs_f64();
        let pieces = container.log.pieces.borrow().clone();
        let tail = given.value("tail").and_then(|n| n.parse::<usize>().ok());
        let lines: Vec<(Time, Channel, &str)> = pieces
            .iter()
            .filter(|piece| since.is_none_or(|since| when(piece.at) >= since))
            .filter(|piece| until.is_none_or(|until| when(piece.at) <= until))
            .flat_map(|piece| {
                piece.text.split_inclusive('\n').map(|line| (piece.at, piece.channel, line))
            })
            .collect();
        let skip = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        for (at, channel, line) in lines.into_iter().skip(skip) {
            let stamp = if given.is_on("timestamps") {
                Calendar::of(when(at)).rfc3339_nanos() + " "
            } else {
                String::new()
            };
            self.proc.write_to(channel, format!("{stamp}{line}").as_bytes());
        }
        if given.is_on("follow") && container.is_running() && until.is_none() {
            let _follow = self.follow(&container);
            daemon.container_wait(&container.id).await;
        }
        Ok(())
    }
}
