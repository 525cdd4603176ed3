//! busybox's `ping`.

use std::net::IpAddr;

use crate::engine::{Span, Time};
use crate::kernel::socket::raw::RawSend;
use crate::kernel::sys::Sys;
use crate::kernel::{Capability, Errno};
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::{Failure, conclude, resolver};
use crate::process::signal::Signal;
use crate::process::socket::{Raw, Raw6};
use crate::wire::{Bytes, Ipv4Addr, icmp, ipv4};

use super::echo6::{self, Echo6, Heard6, Reply6};

const USAGE: &str = "[OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

	-4,-6		Force IP or IPv6 name resolution
	-c CNT		Send only CNT pings
	-s SIZE		Send SIZE data bytes in packets (default 56)
	-i SECS		Interval
	-A		Ping as soon as reply is received
	-t TTL		Set TTL
	-I IFACE/IP	Source interface or IP address
	-W SEC		Seconds to wait for the first response (default 10)
			(after all -c CNT packets are sent)
	-w SEC		Seconds until ping exits (default:infinite)
			(can exit earlier with -c CNT)
	-q		Quiet, only display output at start/finish
	-p HEXBYTE	Payload pattern";

/// The time of sending, in microseconds, at the beginning of the data.
const STAMP: usize = 4;

#[derive(Debug, Default)]
struct Settings {
    /// Requests to send; zero for no end.
    count: u64,
    size: usize,
    interval: Span,
    at_once: bool,
    ttl: u8,
    device: Option<String>,
    source: Option<IpAddr>,
    /// `-4` or `-6`.
    family: Option<Family>,
    linger: Span,
    deadline: Option<Time>,
    quiet: bool,
    pattern: u8,
    target: String,
}

/// A family of addresses that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Inet,
    Inet6,
}

/// `ping` in a container.
pub async fn ping(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let number = |text: &str, max| busybox::number("ping", text, 0, max);
    let line = busybox::line("ping", &words, "qvAc:s:t:w:W:I:np:i:46", USAGE)?;
    let (interval, linger) = (Span::secs(1), Span::secs(10));
    let mut settings = Settings { size: 56, interval, linger, ..Settings::default() };
    if proc.argv().first().is_some_and(|name| name.ends_with("ping6")) {
        settings.family = Some(Family::Inet6);
    }
    let mut verbose = false;
    for (letter, value) in line.options {
        match letter {
            'q' => settings.quiet = true,
            'v' => verbose = true,
            'A' => settings.at_once = true,
            'c' => settings.count = number(value, u32::MAX.into())? as u64,
            's' => settings.size = number(value, u16::MAX.into())? as usize,
            't' => settings.ttl = u8::try_from(number(value, u32::MAX.into())?).unwrap_or(0),
            'w' => {
                let seconds = number(value, u32::MAX.into())? as u64;
                settings.deadline = (seconds > 0).then(|| proc.now() + Span::secs(seconds));
            }
            'W' => settings.linger = Span::secs(number(value, u32::MAX.into())? as u64),
            'i' => settings.interval = busybox::duration("ping", value)?,
            'p' => {
                settings.pattern = u8::from_str_radix(value, 16)
                    .map_err(|_| failure("ping", format!("invalid number '{value}'")))?;
            }
            'I' if proc.sys(|sys| sys.link_named(value)).is_some() => {
                settings.device = Some(value.to_owned());
            }
            'I' => {
                let source = value.parse();
                settings.source =
                    Some(source.map_err(|_| failure("ping", format!("bad address '{value}'")))?);
            }
            '4' => settings.family = Some(Family::Inet),
            '6' => settings.family = Some(Family::Inet6),
            _ => {}
        }
    }
    match line.operands.as_slice() {
        [target] if !(settings.quiet && verbose) => {
            Ok(Settings { target: (*target).to_owned(), ..settings })
        }
        _ => Err(busybox::usage("ping", USAGE)),
    }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let way = find_way(proc, &settings).await?;
    let from = settings.source.map(|source| format!(" from {source}")).unwrap_or_default();
    let (to, size) = (way.to(), settings.size);
    proc.print(&format!("PING {} ({to}){from}: {size} data bytes\n", settings.target));
    // Its sockets are raw ones, for which it says so by itself.
    proc.sys(|sys| sys.demand(Capability::NET_RAW))
        .map_err(|_| failure("ping", "permission denied (are you root?)"))?;
    way.prepare(proc, &settings)?;
    let session = Session {
        proc: proc.clone(),
        way,
        settings,
        seen: vec![false; 0x1_0000],
        sent: 0,
        received: 0,
        repeats: 0,
        times: None,
    };
    session.run().await
}

/// Whom to ping, and by which socket.
enum Way {
    Inet(Raw, Ipv4Addr),
    Inet6(Echo6),
}

/// A reply.
struct Reply {
    from: IpAddr,
    ttl: u8,
    seq: u16,
    data: Bytes,
    at: Time,
}

async fn find_way(proc: &Proc, settings: &Settings) -> Result<Way, Failure> {
    let target = &settings.target;
    let is_inet6 = settings.family == Some(Family::Inet6) || echo6::is_inet6(target);
    if !is_inet6 {
        let found = resolver::lookup(proc, target).await;
        if let Ok(found) = found {
            return Ok(Way::Inet(Raw::open_ping(proc), found.first()));
        }
    }
    // A name that has no address of IPv4 may have one of IPv6.
    let bad = || failure("ping", format!("bad address '{target}'"));
    if settings.family == Some(Family::Inet) || (is_inet6 && resolver::is_ipv4(target)) {
        return Err(bad());
    }
    let to = echo6::target(proc, target).await.map_err(|_| bad())?;
    let (raw, ident) = (Raw6::open(proc), proc.pid().0 as u16);
    Ok(Way::Inet6(Echo6 { proc: proc.clone(), raw, to, ident }))
}

impl Way {
    /// The address that is pinged.
    fn to(&self) -> String {
        match self {
            Way::Inet(_, to) => to.to_string(),
            Way::Inet6(echo) => echo.name_of(echo.to.address, None),
        }
    }

    /// Sets the options of the socket.
    fn prepare(&self, proc: &Proc, settings: &Settings) -> Result<(), Failure> {
        let link = settings.device.as_ref().and_then(|name| proc.sys(|sys| sys.link_named(name)));
        let set = |sys: &mut Sys, id| {
            sys.set_device(id, link)?;
            if settings.ttl != 0 { sys.set_ttl(id, settings.ttl) } else { Ok(()) }
        };
        // An open socket takes all options.
        let bound = match (self, settings.source) {
            (Way::Inet(raw, _), source) => {
                let _ = raw.allow_broadcast();
                let _ = raw.option(set);
                match source {
                    Some(IpAddr::V4(source)) => raw.bind(source),
                    Some(IpAddr::V6(_)) => Err(Errno::EINVAL),
                    None => Ok(()),
                }
            }
            (Way::Inet6(echo), source) => {
                let _ = echo.raw.option(set);
                match source {
                    Some(IpAddr::V6(source)) => echo.raw.bind(source),
                    Some(IpAddr::V4(_)) => Err(Errno::EINVAL),
                    None => Ok(()),
                }
            }
        };
        bound.map_err(|_| failure("ping", "can't set multicast source interface"))
    }

    fn send(&self, ident: u16, seq: u16, data: &[u8]) -> Result<(), Errno> {
        match self {
            Way::Inet(raw, to) => {
                let payload = icmp::echo(icmp::kind::ECHO_REQUEST, ident, seq, data);
                raw.send(RawSend { dst: *to, payload, confirm: false })
            }
            Way::Inet6(echo) => echo.send(seq, data),
        }
    }

    /// Waits for a reply to a request of this pinger; other packets are nothing.
    async fn recv(&self, ident: u16) -> Option<Reply> {
        match self {
            Way::Inet(raw, _) => {
                let message = raw.recv().await.ok()?;
                let packet = &message.packet;
                let body = ipv4::payload(packet);
                let (own, seq) = icmp::echo_fields(body)?;
                if body[0] != icmp::kind::ECHO_REPLY || own != ident {
                    return None;
                }
                let begins = packet.len() - body.len() + icmp::HEADER_LEN;
                Some(Reply {
                    from: ipv4::src(packet).into(),
                    ttl: ipv4::view(packet).hop_limit(),
                    seq,
                    data: packet.slice(begins, packet.len()),
                    at: message.at,
                })
            }
            Way::Inet6(echo) => match echo.recv().await {
                Ok(Heard6::Reply(Reply6 { from, hop_limit, seq, data, at, .. })) => {
                    Some(Reply { from: from.into(), ttl: hop_limit, seq, data, at })
                }
                _ => None,
            },
        }
    }
}

/// Shortest, longest, sum, in microseconds.
type Times = (u32, u32, u64);

struct Session {
    proc: Proc,
    way: Way,
    settings: Settings,
    seen: Vec<bool>,
    sent: u64,
    received: u64,
    repeats: u64,
    times: Option<Times>,
}

impl Session {
    async fn run(mut self) -> Result<i32, Failure> {
        self.proc.catch(Signal::Int);
        let mut alarm = self.send()?;
        loop {
            let ident = self.proc.pid().0 as u16;
            let heard = select(self.way.recv(ident), self.proc.next_signal());
            match select(heard, self.proc.sleep_until(alarm)).await {
                Either::First(Either::First(message)) => {
                    let is_reply = message.is_some_and(|reply| self.hear(&reply));
                    if self.settings.count > 0 && self.received >= self.settings.count {
                        break;
                    }
                    if is_reply && self.settings.at_once {
                        if self.is_over() {
                            break;
                        }
                        alarm = self.send()?;
                    }
                }
                Either::First(Either::Second(_)) => break,
                Either::Second(()) if self.has_sent_all() || self.is_over() => break,
                Either::Second(()) => alarm = self.send()?,
            }
        }
        self.proc.print(&self.closing());
        let too_few = self.settings.deadline.is_some() && self.received < self.settings.count;
        Ok(i32::from(self.received == 0 || too_few))
    }

    fn has_sent_all(&self) -> bool {
        self.settings.count > 0 && self.sent >= self.settings.count
    }

    /// Whether the time of `-w` is up.
    fn is_over(&self) -> bool {
        self.settings.deadline.is_some_and(|deadline| self.proc.now() >= deadline)
    }

    /// Sends a request; when the next thing is to be done.
    fn send(&mut self) -> Result<Time, Failure> {
        let now = self.proc.now();
        let seq = self.sent as u16;
        self.seen[usize::from(seq)] = false;
        self.sent += 1;
        let mut data = vec![self.settings.pattern; self.settings.size.max(STAMP)];
        data[..STAMP].copy_from_slice(&(now.as_micros() as u32).to_le_bytes());
        data.truncate(self.settings.size);
        let ident = self.proc.pid().0 as u16;
        self.way
            .send(ident, seq, &data)
            .map_err(|errno| failure("ping", format!("sendto: {errno}")))?;
        Ok(now + if self.has_sent_all() { self.patience() } else { self.settings.interval })
    }

    /// How long the last reply may take: twice the longest time, in whole seconds.
    fn patience(&self) -> Span {
        match self.times {
            Some((_, longest, _)) => Span::secs(u64::from(longest / (512 * 1024)).max(1)),
            None => self.settings.linger,
        }
    }

    /// Looks at a packet; whether it is a reply.
    fn hear(&mut self, reply: &Reply) -> bool {
        let Reply { from, ttl, seq, data, at } = reply;
        let len = data.len() + icmp::HEADER_LEN;
        if len < self.settings.size {
            return false;
        }
        let stamp = data.get(..STAMP);
        let took = stamp.map(|stamp| {
            let sent = u32::from_le_bytes([stamp[0], stamp[1], stamp[2], stamp[3]]);
            (at.as_micros() as u32).wrapping_sub(sent)
        });
        if let Some(took) = took {
            let (shortest, longest, sum) = self.times.unwrap_or((took, took, 0));
            let sum = sum + u64::from(took);
            self.times = Some((shortest.min(took), longest.max(took), sum));
        }
        let is_repeat = std::mem::replace(&mut self.seen[usize::from(*seq)], true);
        let counter = if is_repeat { &mut self.repeats } else { &mut self.received };
        *counter += 1;
        if !self.settings.quiet {
            let time = took.map(|took| format!(" time={} ms", milliseconds(took.into())));
            let repeat = if is_repeat { " (DUP!)" } else { "" };
            self.proc.print(&format!(
                "{} bytes from {from}: seq={seq} ttl={ttl}{}{repeat}\n",
                len,
                time.unwrap_or_default()
            ));
        }
        true
    }

    fn closing(&self) -> String {
        let (sent, received) = (self.sent, self.received);
        let mut text = format!(
            "\n--- {} ping statistics ---\n{sent} packets transmitted, {received} packets received, ",
            self.settings.target
        );
        if self.repeats > 0 {
            text += &format!("{} duplicates, ", self.repeats);
        }
        let loss = (sent - received) * 100 / sent.max(1);
        text += &format!("{loss}% packet loss\n");
        if let Some((shortest, longest, sum)) = self.times {
            let average = sum / (received + self.repeats).max(1);
            let times = [shortest.into(), average, longest.into()].map(milliseconds);
            text += &format!("round-trip min/avg/max = {} ms\n", times.join("/"));
        }
        text
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:03}", micros / 1000, micros % 1000)
}
