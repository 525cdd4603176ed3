//! `arping` of iputils.

pub(crate) mod busybox;
mod probe;

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::sys::route::RouteQuery;
use crate::process::proc::{Either, Proc, select};
use crate::process::signal::Signal;
use crate::wire::{Ipv4Addr, arp};

use super::options::Options;
use super::{Failure, conclude, inet, iputils, resolver};
use probe::{Heard, Probe};

const USAGE: &str = "
Usage:
  arping [options] <destination>

Options:
  -f            quit on first reply
  -q            be quiet
  -b            keep on broadcasting, do not unicast
  -D            duplicate address detection mode
  -U            unsolicited ARP mode, update your neighbours
  -A            ARP answer mode, update your neighbours
  -V            print version and exit
  -c <count>    how many packets to send
  -w <timeout>  how long to wait for a reply
  -i <interval> set interval between packets (default: 1 second)
  -I <device>   which ethernet device to use
  -s <source>   source ip address
  <destination> dns name or ip address

For more details see arping(8).
";

#[derive(Debug, Default)]
struct Settings {
    target: String,
    count: Option<i64>,
    timeout: i64,
    interval: i64,
    device: Option<String>,
    source: Option<String>,
    announce: bool,
    broadcast_only: bool,
    detect: bool,
    quiet: bool,
    quit_on_reply: bool,
    unsolicited: bool,
}

/// `arping`.
pub async fn arping(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("arping", 2, sentence)
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let number = |text: &str, min| iputils::number("arping", text, min, i32::MAX.into());
    let mut settings = Settings { interval: 1, ..Settings::default() };
    let mut options = Options::new(&words, "h?bfDUAqc:w:i:s:I:V");
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("arping: {wrong}\n{USAGE}"), 2))?;
        match letter {
            'b' => settings.broadcast_only = true,
            'D' => {
                settings.detect = true;
                settings.quit_on_reply = true;
            }
            'U' => settings.unsolicited = true,
            'A' => {
                settings.announce = true;
                settings.unsolicited = true;
            }
            'q' => settings.quiet = true,
            'c' => settings.count = Some(number(value, 1)?),
            'w' => settings.timeout = number(value, 0)?,
            'i' => settings.interval = number(value, 0)?,
            'I' => settings.device = Some(value.to_owned()).filter(|name| !name.is_empty()),
            'f' => settings.quit_on_reply = true,
            's' => settings.source = Some(value.to_owned()),
            'V' => {
                proc.print(&iputils::version("arping"));
                return Err(Failure::said("", 0));
            }
            _ => return Err(Failure::said(USAGE, 2)),
        }
    }
    match options.operands().as_slice() {
        [target] => Ok(Settings { target: (*target).to_owned(), ..settings }),
        _ => Err(Failure::said(USAGE, 2)),
    }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let name = &settings.target;
    let target = resolver::lookup(proc, name)
        .await
        .map_err(|error| failure(format!("{name}: {error}")))?
        .first();
    let device = match &settings.device {
        Some(name) => named_device(proc, name)?,
        None => guessed_device(proc, target)?,
    };
    if let Some(trouble) = trouble_with(&device) {
        if !settings.quiet {
            proc.print(&format!("Interface \"{}\" {trouble}\n", device.name));
        }
        let is_excused = settings.detect && device.up;
        return Ok(if is_excused { 0 } else { 2 });
    }
    let source = source(proc, &settings, &device, target)?;
    let mut probe = Probe::open(proc, &device, source, target)
        .map_err(|errno| failure(format!("socket: {errno}")))?;
    probe.announce = settings.announce;
    probe.detect = settings.detect;
    if !settings.quiet {
        proc.print(&format!("ARPING {target} from {source} {}\n", device.name));
    }
    let session = Session { proc: proc.clone(), settings, probe, counts: Counts::default() };
    Ok(session.run().await)
}

fn named_device(proc: &Proc, name: &str) -> Result<LinkView, Failure> {
    let found = proc.sys(|sys| sys.link_named(name).and_then(|id| sys.link(id)));
    found.ok_or_else(|| failure(format!("Device {name} not available.")))
}

/// The device by which the target is reached.
fn guessed_device(proc: &Proc, target: Ipv4Addr) -> Result<LinkView, Failure> {
    let flow = FlowQuery { dst: target, ..FlowQuery::default() };
    let query = RouteQuery { flow, ..RouteQuery::default() };
    let found = proc.sys(|sys| {
        let link = sys.route_get(&query).ok()?.route.link;
        sys.link(link)
    });
    found.ok_or_else(|| Failure::of("arping", 1, "NETLINK_ROUTE unexpected iov element"))
}

/// Why nobody can be asked on a device.
fn trouble_with(device: &LinkView) -> Option<&'static str> {
    if !device.up {
        return Some("is down");
    }
    matches!(device.kind, KindView::Loopback).then_some("is not ARPable")
}

fn source(
    proc: &Proc,
    settings: &Settings,
    device: &LinkView,
    target: Ipv4Addr,
) -> Result<Ipv4Addr, Failure> {
    if let Some(text) = &settings.source {
        let source =
            inet::address(text).ok_or_else(|| failure(format!("invalid source {text}")))?;
        return checked(proc, source);
    }
    match (settings.detect, settings.unsolicited) {
        (true, _) => Ok(Ipv4Addr::UNSPECIFIED),
        (false, true) => checked(proc, target),
        (false, false) => probe::source_for(proc, Some(device), target)
            .map_err(|errno| failure(format!("connect: {errno}"))),
    }
}

fn checked(proc: &Proc, source: Ipv4Addr) -> Result<Ipv4Addr, Failure> {
    probe::check_source(proc, source).map_err(|errno| failure(format!("bind: {errno}")))?;
    Ok(source)
}

#[derive(Debug, Default)]
struct Counts {
    sent: i64,
    broadcasts_sent: i64,
    received: i64,
    broadcasts_received: i64,
    requests_received: i64,
}

struct Session {
    proc: Proc,
    settings: Settings,
    probe: Probe,
    counts: Counts,
}

enum Happened {
    Signal,
    Interval,
    Timeout,
    Heard(Result<Option<Heard>, Errno>),
}

impl Session {
    async fn run(mut self) -> i32 {
        for signal in [Signal::Int, Signal::Quit, Signal::Term] {
            self.proc.catch(signal);
        }
        let start = self.proc.now();
        let seconds = |count: i64| Span::secs(count as u64);
        let end = match self.settings.timeout {
            0 => Time::MAX,
            timeout => start + seconds(timeout),
        };
        let mut status = 0;
        let mut turns = 1;
        let mut next = match self.settings.interval {
            0 => Time::MAX,
            interval => start + seconds(interval),
        };
        self.send();
        loop {
            match self.wait(next, end).await {
                Happened::Signal | Happened::Timeout => break,
                Happened::Interval => {
                    turns += 1;
                    if self.settings.count.is_some_and(|count| count < turns) {
                        break;
                    }
                    next += seconds(self.settings.interval);
                    self.send();
                }
                Happened::Heard(Ok(None)) => {}
                Happened::Heard(Ok(Some(heard))) => {
                    if self.hear(&heard) {
                        break;
                    }
                }
                Happened::Heard(Err(errno)) => {
                    self.proc.eprint(&format!("arping: recvfrom: {errno}\n"));
                    if errno == Errno::ENETDOWN {
                        status = 2;
                    }
                }
            }
        }
        status | self.finish()
    }

    async fn wait(&self, next: Time, end: Time) -> Happened {
        let timers = select(self.proc.sleep_until(next), self.proc.sleep_until(end));
        let heard = select(timers, self.probe.recv());
        match select(self.proc.next_signal(), heard).await {
            Either::First(_) => Happened::Signal,
            Either::Second(Either::First(Either::First(()))) => Happened::Interval,
            Either::Second(Either::First(Either::Second(()))) => Happened::Timeout,
            Either::Second(Either::Second(heard)) => Happened::Heard(heard),
        }
    }

    fn send(&mut self) {
        if self.probe.send(self.proc.now()).is_ok() {
            self.counts.sent += 1;
            let to_all = crate::wire::is_multicast_mac(self.probe.to);
            self.counts.broadcasts_sent += i64::from(to_all);
        }
    }

    /// Takes an answer; whether it is the last.
    fn hear(&mut self, heard: &Heard) -> bool {
        if !self.settings.quiet {
            self.tell(heard);
        }
        self.counts.received += 1;
        let received = self.counts.received;
        if self.settings.timeout > 0 && self.settings.count == Some(received) {
            return true;
        }
        self.counts.broadcasts_received += i64::from(heard.is_broadcast);
        self.counts.requests_received += i64::from(heard.arp.operation == arp::REQUEST);
        if self.settings.quit_on_reply {
            return true;
        }
        if !self.settings.broadcast_only {
            self.probe.to = heard.arp.sender_mac;
        }
        false
    }

    fn tell(&self, heard: &Heard) {
        let way = if heard.is_broadcast { "Broadcast" } else { "Unicast" };
        let what = if heard.arp.operation == arp::REPLY { "reply" } else { "request" };
        let sender = heard.arp.sender_mac.to_string().to_uppercase();
        let mut line = format!("{way} {what} from {} [{sender}] ", heard.arp.sender_ip);
        let (ip, mac) = self.probe.meant(&heard.arp);
        if let Some(ip) = ip {
            line += &format!("for {ip} ");
        }
        if let Some(mac) = mac {
            let word = if ip.is_none() { "for " } else { "" };
            line += &format!("{word}[{}]", mac.to_string().to_uppercase());
        }
        line += &match heard.micros {
            // iputils rounds twice: half a millisecond is added to what is printed.
            Some(micros) => {
                let millis = (micros + 500) / 1000;
                format!(" {millis}.{:03}ms\n", micros + 500 - millis * 1000)
            }
            None => " UNSOLICITED?\n".to_owned(),
        };
        self.proc.print(&line);
    }

    fn finish(&self) -> i32 {
        let counts = &self.counts;
        if !self.settings.quiet {
            let mut text = format!(
                "Sent {} probes ({} broadcast(s))\nReceived {} response(s)",
                counts.sent, counts.broadcasts_sent, counts.received
            );
            let mut extra = Vec::new();
            if counts.requests_received > 0 {
                extra.push(format!("{} request(s)", counts.requests_received));
            }
            if counts.broadcasts_received > 0 {
                extra.push(format!("{} broadcast(s)", counts.broadcasts_received));
            }
            if !extra.is_empty() {
                text += &format!(" ({})", extra.join(", "));
            }
            self.proc.print(&(text + "\n"));
        }
        let nobody = counts.received == 0;
        let first = match (self.settings.detect, self.settings.unsolicited) {
            (true, _) => !nobody,
            (false, true) => false,
            (false, false) => nobody,
        };
        let second = if self.settings.unsolicited {
            false
        } else if self.settings.detect && self.settings.quit_on_reply {
            counts.broadcasts_sent == counts.received
        } else if self.settings.timeout > 0 && self.settings.count.is_none() {
            nobody
        } else {
            counts.sent != counts.received
        };
        i32::from(first | second)
    }
}
