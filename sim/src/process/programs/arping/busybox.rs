//! busybox's `arping`.

use crate::engine::{Span, Time};
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::busybox::{self, Line};
use crate::process::programs::{Failure, conclude, inet, resolver};
use crate::process::signal::Signal;
use crate::wire::{Ipv4Addr, arp};

use super::probe::{self, Heard, Probe};

const USAGE: &str = "[-fqbDUA] [-c CNT] [-w TIMEOUT] [-I IFACE] [-s SRC_IP] DST_IP

Send ARP requests/replies

	-f		Quit on first ARP reply
	-q		Quiet
	-b		Keep broadcasting, don't go unicast
	-D		Exit with 1 if DST_IP replies
	-U		Unsolicited ARP mode, update your neighbors
	-A		ARP answer mode, update your neighbors
	-c N		Stop after sending N ARP requests
	-w TIMEOUT	Seconds to wait for ARP reply
	-I IFACE	Interface to use (default eth0)
	-s SRC_IP	Sender IP address
	DST_IP		Target IP address";

/// `arping` in a container.
pub async fn arping(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("arping", 2, sentence)
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let line = busybox::line("arping", &words, "UDAqfbc:w:I:s:", USAGE)?;
    let [target] = line.operands.as_slice() else {
        return Err(busybox::usage("arping", USAGE));
    };
    let value = |letter: char| value_of(&line, letter);
    let has = |letter: char| value(letter).is_some();
    let number = |text: &str| busybox::number("arping", text, 0, i64::from(i32::MAX) / 2_000_000);
    let count = value('c')
        .map(|text| busybox::number("arping", text, i32::MIN.into(), i32::MAX.into()))
        .transpose()?;
    let timeout = value('w').map(number).transpose()?;
    let device = device(proc, value('I').unwrap_or("eth0"))?;
    if matches!(device.kind, KindView::Loopback) {
        proc.eprint(&format!("arping: interface {} is not ARPable\n", device.name));
        return Ok(if has('D') { 0 } else { 2 });
    }
    let target = resolver::lookup(proc, target)
        .await
        .map_err(|_| failure(format!("bad address '{target}'")))?
        .first();
    let is_unsolicited = has('U') || has('A');
    let source = match value('s') {
        Some(text) => {
            let invalid = || failure(format!("invalid source address {text}"));
            inet::address(text).ok_or_else(invalid)?
        }
        None if is_unsolicited && !has('D') => target,
        None => Ipv4Addr::UNSPECIFIED,
    };
    let source = if !source.is_unspecified() {
        probe::check_source(proc, source).map_err(|errno| failure(format!("bind: {errno}")))?;
        source
    } else if has('D') {
        source
    } else {
        probe::source_for(proc, Some(&device), target)
            .map_err(|errno| failure(format!("connect: {errno}")))?
    };
    let mut probe = Probe::open(proc, &device, source, target)
        .map_err(|errno| failure(format!("socket: {errno}")))?;
    probe.announce = has('A');
    probe.detect = has('D');
    if !has('q') {
        proc.print(&format!("ARPING {target} from {source} {}\n", device.name));
    }
    let session = Session {
        proc: proc.clone(),
        probe,
        // Half a second more, so that the answer to the last question counts.
        patience: timeout
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Span::secs(seconds as u64) + Span::millis(500)),
        left: count.filter(|count| *count >= 0),
        counts_broadcasts: count.is_none(),
        quiet: has('q'),
        quits: has('f') || has('D'),
        broadcast_only: has('b'),
        is_unsolicited,
        counts: Counts::default(),
    };
    Ok(session.run().await)
}

fn value_of<'a>(line: &Line<'a>, letter: char) -> Option<&'a str> {
    line.options.iter().rev().find(|(found, _)| *found == letter).map(|(_, value)| *value)
}

fn device(proc: &Proc, name: &str) -> Result<LinkView, Failure> {
    let found = proc.sys(|sys| sys.link_named(name).and_then(|id| sys.link(id)));
    match found {
        Some(device) if device.up => Ok(device),
        Some(_) => Err(failure(format!("interface {name} is down"))),
        None => {
            let errno = crate::kernel::Errno::ENODEV;
            Err(failure(format!("interface {name} not found: {errno}")))
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    sent: u32,
    broadcasts_sent: u32,
    received: u32,
    broadcasts_received: u32,
    requests_received: u32,
}

struct Session {
    proc: Proc,
    probe: Probe,
    patience: Option<Span>,
    /// Questions that are left; `None` for no end.
    left: Option<i64>,
    /// With `-c` busybox believes that it asks one station only, and counts no broadcasts.
    counts_broadcasts: bool,
    quiet: bool,
    quits: bool,
    broadcast_only: bool,
    is_unsolicited: bool,
    counts: Counts,
}

/// How long after the last question the next may follow.
const PAUSE: Span = Span::millis(500);

impl Session {
    async fn run(mut self) -> i32 {
        self.proc.catch(Signal::Int);
        let start = self.proc.now();
        let mut next = start;
        while !self.turn(start, &mut next) {
            loop {
                let heard = select(self.probe.recv(), self.proc.next_signal());
                match select(self.proc.sleep_until(next), heard).await {
                    Either::First(()) => break,
                    Either::Second(Either::Second(_)) => return self.finish(),
                    Either::Second(Either::First(Ok(Some(heard)))) => {
                        self.hear(&heard);
                        if self.quits {
                            return self.finish();
                        }
                    }
                    Either::Second(Either::First(_)) => {}
                }
            }
        }
        self.finish()
    }

    /// What happens every second; whether it was the last time.
    fn turn(&mut self, start: Time, next: &mut Time) -> bool {
        let now = self.proc.now();
        let is_late = self.patience.is_some_and(|patience| now - start > patience);
        if self.left == Some(0) || is_late {
            return true;
        }
        self.left = self.left.map(|left| left - 1);
        if self.probe.last.is_none_or(|last| now - last > PAUSE) {
            if self.probe.send(now).is_ok() {
                self.counts.sent += 1;
                let to_all = crate::wire::is_multicast_mac(self.probe.to);
                self.counts.broadcasts_sent += u32::from(to_all && self.counts_broadcasts);
            }
            if self.left == Some(0) && self.is_unsolicited {
                return true;
            }
        }
        *next = now + Span::secs(1);
        false
    }

    fn hear(&mut self, heard: &Heard) {
        if !self.quiet {
            let way = if heard.is_broadcast { "Broad" } else { "Uni" };
            let what = if heard.arp.operation == arp::REPLY { "ply" } else { "quest" };
            let (ip, mac) = (heard.arp.sender_ip, heard.arp.sender_mac);
            let mut line = format!("{way}cast re{what} from {ip} [{mac}]");
            let (ip, mac) = self.probe.meant(&heard.arp);
            if let Some(ip) = ip {
                line += &format!("for {ip}");
            }
            if let Some(mac) = mac {
                let word = if ip.is_none() { " for" } else { "" };
                line += &format!("{word} [{mac}]");
            }
            line += &match heard.micros {
                Some(micros) => format!(" {}.{:03}ms\n", micros / 1000, micros % 1000),
                None => " UNSOLICITED?\n".to_owned(),
            };
            self.proc.print(&line);
        }
        self.counts.received += 1;
        self.counts.broadcasts_received += u32::from(heard.is_broadcast);
        self.counts.requests_received += u32::from(heard.arp.operation == arp::REQUEST);
        if !self.broadcast_only {
            self.probe.to = heard.arp.sender_mac;
        }
    }

    fn finish(&self) -> i32 {
        let counts = &self.counts;
        if !self.quiet {
            self.proc.print(&format!(
                "Sent {} probe(s) ({} broadcast(s))\n\
                 Received {} response(s) ({} request(s), {} broadcast(s))\n",
                counts.sent,
                counts.broadcasts_sent,
                counts.received,
                counts.requests_received,
                counts.broadcasts_received
            ));
        }
        let nobody = counts.received == 0;
        match (self.probe.detect, self.is_unsolicited) {
            (true, _) => i32::from(!nobody),
            (false, true) => 0,
            (false, false) => i32::from(nobody),
        }
    }
}
