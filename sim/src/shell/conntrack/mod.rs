//! `conntrack` 1.4.7: the table of connections, listed, emptied, and listened to.
//!
//! The command line is read in [`options`]; [`filter`] says which connections are meant, `show` how
//! they are printed.

mod events;
mod filter;
mod options;
mod refusal;
mod show;

use crate::kernel::Capability;
use crate::kernel::netfilter::conntrack::Conn;
use crate::process::Proc;

use options::{Command, Request, Table};
use refusal::{Refusal, Result};
use show::{Extras, NAME, say};

const HELP: &str = "\
Usage: conntrack COMMAND [TABLE] [OPTIONS]
Commands: -L list, -G get, -D delete, -E show events, -F empty the table,
          -C count, -S statistics, -V version, -h this text
Tables: conntrack, expect, dying, unconfirmed
Options:
  -s, --src, --orig-src ADDRESS[/LENGTH]   source of the first packet
  -d, --dst, --orig-dst ADDRESS[/LENGTH]   destination of the first packet
  -r, --reply-src ADDRESS                  source of the answers
  -q, --reply-dst ADDRESS                  destination of the answers
  -p, --protonum PROTOCOL                  tcp, udp, icmp or a number
      --sport, --dport PORT                ports of the first packet (tcp, udp)
      --reply-port-src, --reply-port-dst   ports of the answers (tcp, udp)
      --state STATE                        ESTABLISHED, TIME_WAIT, … (tcp)
      --icmp-type, --icmp-code, --icmp-id  of the query (icmp)
  -n, --src-nat [ADDRESS]                  with a translated source
  -g, --dst-nat [ADDRESS]                  with a translated destination
  -j, --any-nat [ADDRESS]                  with one of both
  -u, --status STATUS[,…]                  ASSURED, SEEN_REPLY, UNREPLIED
  -m, --mark MARK[/MASK]                   with this mark
  -f, --family FAMILY                      ipv4 or ipv6
  -w, --zone ZONE                          in this zone
  -e, --event-mask EVENT[,…]               NEW, UPDATES, DESTROY
  -o, --output TYPE[,…]                    extended, id, timestamp, save
  -z, --zero                               list, and count anew
";

/// `conntrack`.
pub async fn conntrack(proc: Proc) -> i32 {
    let result = match options::parse(&proc.args()) {
        Ok(request) => execute(&proc, &request).await,
        Err(refusal) => Err(refusal),
    };
    result.unwrap_or_else(|refusal| {
        for remark in &refusal.remarks {
            proc.eprint(&format!("{remark}\n"));
        }
        say(&proc, &refusal.sentence);
        if refusal.with_hint {
            proc.eprint("Try `conntrack -h' or 'conntrack --help' for more information.\n");
        }
        refusal.status
    })
}

async fn execute(proc: &Proc, request: &Request) -> Result<i32> {
    for remark in &request.remarks {
        proc.eprint(&format!("{remark}\n"));
    }
    request.filter.check_family()?;
    let Some(command) = request.command else {
        proc.print(HELP);
        return Ok(0);
    };
    let asks = !matches!(command, Command::Version | Command::Help);
    if asks && proc.sys(|sys| sys.demand(Capability::NET_ADMIN)).is_err() {
        let why = "sorry, you must be root or get CAP_NET_ADMIN capability to do this";
        return Err(Refusal::operation(why));
    }
    match (command, request.table) {
        (Command::Version, _) => proc.print(&format!("{NAME}\n")),
        (Command::Help, _) => proc.print(HELP),
        (Command::Create, _) => return Err(Refusal::not_simulated("creating entries")),
        (Command::Update, _) => return Err(Refusal::not_simulated("changing entries")),
        (Command::Load, _) => return Err(Refusal::not_simulated("loading entries from a file")),
        (Command::Event, _) if request.output.save => {
            return Err(Refusal::not_simulated("the output type save of events"));
        }
        (Command::Event, table) => return Ok(events::listen(proc, request, table).await),
        // No protocol that announces further connections is simulated.
        (Command::List, Table::Expect) => say(proc, "0 expectations have been shown."),
        (Command::Count, Table::Expect) => proc.print("0\n"),
        (Command::Flush, Table::Expect) => say(proc, "expectation table has been emptied."),
        (Command::Get | Command::Delete, Table::Expect) => {
            return Err(Refusal::operation("such expectation doesn't exist"));
        }
        (Command::List, Table::Dying | Table::Unconfirmed) => {
            say(proc, "0 flow entries have been shown.");
        }
        (Command::List, _) => list(proc, request),
        (Command::Get, _) => get(proc, request)?,
        (Command::Delete, _) => return Ok(delete(proc, request)),
        (Command::Flush, _) => {
            proc.sys(|sys| sys.connections_del(proc.pid().0, |_| true));
            say(proc, "connection tracking table has been emptied.");
        }
        (Command::Count, _) => {
            proc.print(&format!("{}\n", proc.sys(|sys| sys.connections().len())));
        }
        (Command::Stats, _) => statistics(proc),
    }
    Ok(0)
}

fn list(proc: &Proc, request: &Request) {
    let mut conns = proc.sys(|sys| sys.connections());
    conns.retain(|conn| request.filter.fits(conn));
    if request.zero {
        proc.sys(|sys| sys.connections_zero());
    }
    say(proc, &format!("{} flow entries have been shown.", conns.len()));
    show(proc, request, &conns, "-A", 0);
}

fn get(proc: &Proc, request: &Request) -> Result<()> {
    let conns = proc.sys(|sys| sys.connections());
    let Some(conn) = conns.into_iter().find(|conn| request.filter.fits(conn)) else {
        return Err(Refusal::operation("such conntrack doesn't exist"));
    };
    say(proc, "1 flow entries have been shown.");
    // The kernel holds it while it answers.
    show(proc, request, &[conn], "-A", 1);
    Ok(())
}

fn delete(proc: &Proc, request: &Request) -> i32 {
    let port = proc.pid().0;
    let gone = proc.sys(|sys| sys.connections_del(port, |conn| request.filter.fits(conn)));
    say(proc, &format!("{} flow entries have been deleted.", gone.len()));
    show(proc, request, &gone, "-D", 0);
    i32::from(gone.is_empty())
}

fn show(proc: &Proc, request: &Request, conns: &[Conn], command: &str, own: u32) {
    for conn in conns {
        let timeout = (conn.expires - proc.now()).as_secs();
        let line = if request.output.save {
            show::save(conn, command, timeout)
        } else {
            let users = proc.sys(|sys| sys.connection_users(conn.id)) + own;
            let extras = Extras { timeout: Some(timeout), counters: true, users: Some(users) };
            show::line(conn, request.output, extras)
        };
        proc.print(&format!("{line}\n"));
    }
}

fn statistics(proc: &Proc) {
    let stats = proc.sys(|sys| sys.conntrack_stats());
    // A simulated host has one processor.
    proc.print(&format!(
        "cpu=0   \tfound={} invalid={} insert={} insert_failed={} drop={} early_drop={} error={} \
         search_restart=0 clash_resolve=0 chaintoolong=0 \n",
        stats.found,
        stats.invalid,
        stats.insert,
        stats.insert_failed,
        stats.drop,
        stats.early_drop,
        stats.error
    ));
}
