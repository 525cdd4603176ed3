//! busybox's `netstat`, without `-p`, as Debian builds it.

use crate::process::proc::Proc;
use crate::process::programs::{Failure, busybox, conclude, not_simulated};

use super::netstat::{Settings, end, state, wanted, which};
use super::{Family, Row, State, rows};

const USAGE: &str = "[-ral] [-tuwx] [-en]

Display networking information

	-r	Routing table
	-a	All sockets
	-l	Listening sockets
		Else: connected sockets
	-t	TCP sockets
	-u	UDP sockets
	-w	Raw sockets
	-x	Unix sockets
		Else: all socket types
	-e	Other/more information
	-n	Don't resolve names";

/// `netstat` in a container.
pub async fn netstat(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let line = busybox::line("netstat", &words, "laentuwxr", USAGE)?;
    let mut settings = Settings::default();
    let mut shows_routes = false;
    for (letter, _) in &line.options {
        match letter {
            'r' => shows_routes = true,
            'a' => settings.all = true,
            'l' => settings.listening = true,
            'n' => settings.numeric = true,
            't' => settings.families.push(Family::Tcp),
            'u' => settings.families.push(Family::Udp),
            'w' => settings.families.push(Family::Raw),
            'x' => settings.unix = true,
            letter => not_simulated(proc, "netstat", &format!("-{letter}")),
        }
    }
    if shows_routes {
        // busybox has one table of routes, and both applets print it.
        let flags = if settings.numeric { "-ne" } else { "-e" };
        let argv = vec!["route".to_owned(), flags.to_owned()];
        return proc.exec(argv).await.map_err(|errno| busybox::failure("netstat", errno));
    }
    let lists_all = settings.families.is_empty() && !settings.unix;
    let which = which(&settings);
    if lists_all || !settings.families.is_empty() {
        proc.print(&format!(
            "Active Internet connections {which}\nProto Recv-Q Send-Q Local Address           \
             Foreign Address         State       \n"
        ));
        let mut shown = wanted(rows(proc), &settings);
        shown.sort_by_key(|row| std::cmp::Reverse(row.family));
        for row in &shown {
            let text = describe(proc, &settings, row).await;
            proc.print(&text);
        }
    }
    if lists_all || settings.unix {
        proc.print(&format!(
            "Active UNIX domain sockets {which}\n\
             Proto RefCnt Flags       Type       State         I-Node Path\n"
        ));
    }
    Ok(0)
}

async fn describe(proc: &Proc, settings: &Settings, row: &Row) -> String {
    let protocol = match row.family {
        Family::Tcp => "tcp",
        Family::Udp => "udp",
        Family::Raw | Family::Packet => "raw",
    };
    let local = end(proc, settings, row, row.local, "::").await;
    let peer = end(proc, settings, row, row.peer, "::").await;
    let state =
        if row.family == Family::Raw { row.local.1.to_string() } else { state(row).to_owned() };
    let sent = if row.state == State::Listen { 0 } else { row.sent };
    format!("{protocol}   {:>6} {sent:>6} {local:<23} {peer:<23} {state:<12}\n", row.received)
}
