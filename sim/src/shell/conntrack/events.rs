//! `conntrack -E`: tells of connections as they come, change and go, until it is ended.

use std::task::Poll;

use crate::kernel::monitor::Monitored;
use crate::kernel::netfilter::conntrack::{ConntrackEvent, ConntrackEventKind};
use crate::process::{Either, Proc, Signal, select};

use super::options::{Request, Table};
use super::show::{self, Extras, say};

/// Listens until a signal comes; the exit status.
pub async fn listen(proc: &Proc, request: &Request, table: Table) -> i32 {
    for signal in [Signal::Int, Signal::Term] {
        proc.catch(signal);
    }
    if table == Table::Expect {
        proc.next_signal().await;
        say(proc, "0 expectation events have been shown.");
        return 0;
    }
    let listener = proc.sys(|sys| sys.connections_monitor());
    let mut shown = 0;
    loop {
        let next = proc.until(|proc| {
            let task = proc.task();
            match proc.sys(|sys| sys.monitor_next(listener, task)) {
                Some(change) => Poll::Ready(change),
                None => Poll::Pending,
            }
        });
        match select(next, proc.next_signal()).await {
            Either::First(Monitored::Conntrack(event)) => {
                if let Some(line) = line(proc, request, &event) {
                    proc.print(&format!("{line}\n"));
                    shown += 1;
                }
            }
            Either::First(_) => {}
            Either::Second(_) => break,
        }
    }
    proc.sys(|sys| sys.monitor_close(listener));
    say(proc, &format!("{shown} flow events have been shown."));
    0
}

/// What is said of an event, if it is one of those that were asked for.
fn line(proc: &Proc, request: &Request, event: &ConntrackEvent) -> Option<String> {
    let conn = &event.conn;
    let (is_wanted, label) = match event.kind {
        ConntrackEventKind::New => (request.events.new, "    [NEW] "),
        ConntrackEventKind::Update => (request.events.updates, " [UPDATE] "),
        ConntrackEventKind::Destroy { .. } => (request.events.destroy, "[DESTROY] "),
    };
    if !is_wanted || !request.filter.fits(conn) {
        return None;
    }
    let is_over = matches!(event.kind, ConntrackEventKind::Destroy { .. });
    let left = if conn.expires > event.at { (conn.expires - event.at).as_secs() } else { 0 };
    // Of a connection that has expired, there is no time to tell.
    let timeout = Some(left).filter(|left| !is_over || *left > 0);
    let extras = Extras { timeout, counters: is_over, users: None };
    let mut line = String::new();
    if request.output.timestamp {
        line += &format!("[{:.6}]\t", proc.calendar());
    }
    line += label;
    line += &show::line(conn, request.output, extras);
    if let ConntrackEventKind::Destroy { by: Some(port) } = event.kind {
        line += &format!(" [USERSPACE] portid={port}");
    }
    Some(line)
}
