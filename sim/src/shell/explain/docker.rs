//! `explain docker`: what the engine did for a command, as commands that do the same; and its own words
//! beside those of Linux.

use crate::docker::daemon::running;
use crate::docker::journal::{Journal, deeds};
use crate::docker::view::HOST;
use crate::engine::Time;
use crate::process::Proc;

pub(super) const USAGE: &str = "\
Usage: explain docker                what the engine did for the last command, as
                                     commands that you could type yourself
       explain docker --all          the same for every command since the host booted
       explain docker COMMAND [ARG…] runs docker COMMAND, then explains it
       explain docker view [--lang zh]
                                     endpoints, sandboxes and networks of Docker beside
                                     the devices and namespaces of Linux
";

/// `explain docker`.
pub async fn explain(proc: &Proc, words: &[String]) -> i32 {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => last(proc),
        ["--all" | "-a"] => all(proc),
        ["--help" | "-h"] => {
            proc.print(USAGE);
            0
        }
        ["view" | "views", rest @ ..] => view(proc, rest),
        [word, ..] if word.starts_with('-') => {
            proc.eprint(USAGE);
            2
        }
        words => {
            let from = proc.now();
            let argv: Vec<String> =
                std::iter::once("docker").chain(words.iter().copied()).map(str::to_owned).collect();
            let line = argv.join(" ");
            let Ok((_, program)) = proc.find_program("docker") else {
                proc.eprint("explain: there is no docker here\n");
                return 127;
            };
            let spawn = crate::process::Spawn { argv, ..proc.spawn_like() };
            let pid = proc.spawn(spawn, program);
            let status = proc.wait(pid).await;
            tell(proc, &line, from, proc.now());
            status
        }
    }
}

fn last(proc: &Proc) -> i32 {
    let commands = Journal::of(proc).commands();
    let Some(typed) = commands.last() else {
        proc.eprint("explain: no docker command was typed on this host\n");
        return 1;
    };
    tell(proc, &typed.line, typed.from, typed.to);
    0
}

/// Everything since the boot of the host; what the engine did by itself stands under its own headings.
fn all(proc: &Proc) -> i32 {
    let commands = Journal::of(proc).commands();
    let heading_at = |at: Time| {
        let during = commands.iter().rev().find(|typed| typed.from <= at && at <= typed.to);
        during.map_or("the engine by itself", |typed| typed.line.as_str())
    };
    let mut heading = "";
    let mut text = String::new();
    for (at, line) in proc.sys(|sys| deeds(sys.calls(), Time::ZERO, Time::MAX)) {
        if heading_at(at) != heading {
            heading = heading_at(at);
            text += &format!("# {heading}\n");
        }
        text += &format!("{line}\n");
    }
    proc.print(&text);
    0
}

fn tell(proc: &Proc, line: &str, from: Time, to: Time) {
    let deeds = proc.sys(|sys| deeds(sys.calls(), from, to));
    let mut text = format!("# {line}\n");
    if deeds.is_empty() {
        text += "# The engine changed nothing in the kernel of this host for it.\n";
    }
    text.extend(deeds.iter().map(|(_, line)| format!("{line}\n")));
    proc.print(&text);
}

/// The words of the tables, in English or Chinese.
struct Words {
    networks: [&'static str; 6],
    endpoints: [&'static str; 7],
    sandboxes: [&'static str; 5],
    host: &'static str,
}

const ENGLISH: Words = Words {
    networks: ["NETWORK", "DRIVER", "SUBNET", "BRIDGE OR CARD", "NAMESPACE", "TUNNEL"],
    endpoints: [
        "ENDPOINT OF",
        "NETWORK",
        "ADDRESS",
        "IN THE CONTAINER",
        "OTHER END",
        "BRIDGE",
        "NAMESPACE",
    ],
    sandboxes: ["SANDBOX OF", "SANDBOX ID", "NAMESPACE FILE", "NUMBER", "PROCESS"],
    host: HOST,
};

const CHINESE: Words = Words {
    networks: ["网络", "驱动", "子网", "网桥或网卡", "命名空间", "隧道"],
    endpoints: ["端点所属容器", "网络", "地址", "容器内网卡", "另一端", "网桥", "命名空间"],
    sandboxes: ["沙箱所属容器", "沙箱 ID", "命名空间文件", "编号", "进程"],
    host: "主机",
};

fn view(proc: &Proc, rest: &[&str]) -> i32 {
    let wanted = match rest {
        [] => proc.env("LANG").unwrap_or_default(),
        ["--lang", lang] => (*lang).to_owned(),
        _ => {
            proc.eprint(USAGE);
            return 2;
        }
    };
    let words = if wanted.starts_with("zh") { &CHINESE } else { &ENGLISH };
    let Some(daemon) = running(proc) else {
        proc.eprint("explain: the engine does not run on this host\n");
        return 1;
    };
    let place = |place: String| if place == HOST { words.host.to_owned() } else { place };
    let networks = daemon
        .view_networks()
        .into_iter()
        .map(|v| vec![v.name, v.driver, v.subnet, v.bridge, place(v.place), v.tunnel]);
    let endpoints = daemon.view_endpoints().into_iter().map(|v| {
        vec![v.container, v.network, v.address, v.inside, v.outside, v.bridge, place(v.place)]
    });
    let sandboxes = daemon
        .view_sandboxes()
        .into_iter()
        .map(|v| vec![v.container, v.sandbox, v.file, v.inode.to_string(), v.pid.to_string()]);
    let text = [
        table(&words.networks, networks.collect()),
        table(&words.endpoints, endpoints.collect()),
        table(&words.sandboxes, sandboxes.collect()),
    ];
    proc.print(&text.join("\n"));
    0
}

/// Columns, two blanks apart; empty cells are dashes.
fn table(headers: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut all = vec![headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>()];
    all.extend(rows);
    for cell in all.iter_mut().flatten().filter(|cell| cell.is_empty()) {
        cell.push('-');
    }
    let width_of = |column: usize| all.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..headers.len()).map(width_of).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded = cells.map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    all.iter().map(line).collect()
}

/// The columns that a text takes on a screen: Chinese signs take two.
fn width(text: &str) -> usize {
    text.chars().map(|sign| if sign >= '\u{2e80}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_below_each_other_in_both_languages() {
        let row = vec!["a".to_owned(), String::new()];
        assert_eq!(table(&["网络", "X"], vec![row.clone()]), "网络  X\na     -\n");
        assert_eq!(table(&["NET", "X"], vec![row]), "NET  X\na    -\n");
    }
}
