//! `docker top`: what `ps` of the host tells of the processes of a container.

use super::client::{Client, Done, Stop, parse};
use super::flags::Command;
use crate::docker::ApiError;
use crate::docker::model::Container;
use crate::process::calendar::Calendar;
use crate::process::{Proc, ProcessView};

pub(super) const TOP: Command = Command {
    name: "docker top",
    usage: "CONTAINER [ps OPTIONS]",
    about: "Display the running processes of a container",
    arguments: (1, usize::MAX),
    interspersed: false,
    flags: &[],
};

/// A column of `ps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Uid,
    User,
    Pid,
    Parent,
    Share,
    Start,
    Terminal,
    Time,
    Name,
    Line,
}

/// Columns with their titles.
type Columns = Vec<(Column, &'static str)>;

/// Those of `ps -ef`.
const FULL: [(Column, &str); 8] = [
    (Column::Uid, "UID"),
    (Column::Pid, "PID"),
    (Column::Parent, "PPID"),
    (Column::Share, "C"),
    (Column::Start, "STIME"),
    (Column::Terminal, "TTY"),
    (Column::Time, "TIME"),
    (Column::Line, "CMD"),
];

/// The column that `ps -o` knows by this word.
fn named(word: &str) -> Option<(Column, &'static str)> {
    Some(match word {
        "pid" => (Column::Pid, "PID"),
        "ppid" => (Column::Parent, "PPID"),
        "user" | "euser" | "uname" => (Column::User, "USER"),
        "tty" | "tt" => (Column::Terminal, "TT"),
        "time" | "cputime" => (Column::Time, "TIME"),
        "stime" => (Column::Start, "STIME"),
        "comm" | "ucmd" => (Column::Name, "COMMAND"),
        "args" | "command" => (Column::Line, "COMMAND"),
        "cmd" => (Column::Line, "CMD"),
        _ => return None,
    })
}

/// The columns that options of `ps` ask for; `None` for those that are not simulated.
fn columns(options: &[String]) -> Option<Columns> {
    let text = options.join(" ");
    if matches!(text.as_str(), "" | "-ef" | "-f" | "-e -f") {
        return Some(FULL.to_vec());
    }
    let (flags, list) = text.split_once('o')?;
    let is_all = flags.chars().all(|c| matches!(c, '-' | 'e' | 'A' | ' '));
    let words = list.trim().split([',', ' ']).filter(|word| !word.is_empty());
    is_all.then(|| words.map(named).collect::<Option<Columns>>()).flatten()
}

fn cell(proc: &Proc, container: &Container, process: &ProcessView, column: Column) -> String {
    match column {
        Column::Uid | Column::User => "root".to_owned(),
        Column::Pid => process.pid.0.to_string(),
        Column::Parent => process.parent.map_or(0, |pid| pid.0).to_string(),
        Column::Share => "0".to_owned(),
        Column::Start => {
            let age = (proc.now() - process.started).as_secs_f64();
            let start = Calendar::of(proc.calendar() - age);
            format!("{:02}:{:02}", start.hour, start.minute)
        }
        Column::Terminal => if container.config.tty { "pts/0" } else { "?" }.to_owned(),
        Column::Time => "00:00:00".to_owned(),
        Column::Name => {
            let name = process.argv.first().map_or("", String::as_str);
            name.rsplit('/').next().unwrap_or_default().to_owned()
        }
        Column::Line => process.argv.join(" "),
    }
}

impl Client {
    pub(super) async fn top(&self, args: &[String]) -> Done {
        let given = parse(&TOP, args)?;
        let daemon = self.daemon()?;
        let container = daemon.find_container(&given.arguments[0])?;
        if !container.is_running() {
            let words = format!("Container {} is not running", container.id);
            return Err(Stop::Api(ApiError::conflict(words)));
        }
        let options = &given.arguments[1..];
        let Some(columns) = columns(options) else {
            let words = format!("netsim does not simulate docker top with {}", options.join(" "));
            return Err(Stop::Said(words, 1));
        };
        if columns.iter().all(|(column, _)| *column != Column::Pid) {
            // By the numbers the engine finds those of the container.
            return Err(Stop::Api(ApiError::server("Couldn't find PID field in ps output")));
        }
        let line = |cells: Vec<String>| {
            let (last, before) = cells.split_last().map_or(("", &[][..]), |(l, b)| (l.as_str(), b));
            let before: String = before.iter().map(|cell| format!("{cell:<20}")).collect();
            format!("{before}{last}\n")
        };
        let mut text = line(columns.iter().map(|(_, title)| (*title).to_owned()).collect());
        let processes = self.proc.processes();
        for process in processes.iter().filter(|process| Some(process.root) == container.root) {
            let cells = columns.iter().map(|(c, _)| cell(&self.proc, &container, process, *c));
            text += &line(cells.collect());
        }
        daemon.tell_use(&container, "top");
        self.print(&text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(options: &str) -> Option<Vec<&'static str>> {
        let words: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
        Some(columns(&words)?.into_iter().map(|(_, title)| title).collect())
    }

    #[test]
    fn columns_are_asked_for_as_of_ps() {
        assert_eq!(titles("").map(|titles| titles.len()), Some(8));
        assert_eq!(titles("-eo pid,comm"), Some(vec!["PID", "COMMAND"]));
        assert_eq!(titles("o pid,cmd"), Some(vec!["PID", "CMD"]));
        assert_eq!(titles("aux"), None);
        assert_eq!(titles("-eo rss"), None);
    }
}
