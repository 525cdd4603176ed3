//! busybox's `ping`.

use crate::engine::{Span, Time};
use crate::kernel::socket::RawMessage;
use crate::kernel::socket::raw::RawSend;
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::{Failure, conclude};
use crate::process::signal::Signal;
use crate::process::socket::Raw;
use crate::wire::{Ipv4Addr, icmp, ipv4};

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
    source: Option<Ipv4Addr>,
    linger: Span,
    deadline: Option<Time>,
    quiet: bool,
    pattern: u8,
    target: String,
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
            '6' => return Err(failure("ping", "IPv6 is not simulated by netsim")),
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
    let to = busybox::host(proc, "ping", &settings.target).await?.first();
    let from = settings.source.map(|source| format!(" from {source}")).unwrap_or_default();
    let size = settings.size;
    proc.print(&format!("PING {} ({to}){from}: {size} data bytes\n", settings.target));
    let raw = Raw::open(proc, ipv4::protocol::ICMP);
    // An open socket takes all options.
    let _ = raw.allow_broadcast();
    if let Some(name) = &settings.device {
        let link = proc.sys(|sys| sys.link_named(name));
        let _ = raw.option(|sys, id| sys.set_device(id, link));
    }
    if settings.ttl != 0 {
        let _ = raw.option(|sys, id| sys.set_ttl(id, settings.ttl));
    }
    if let Some(source) = settings.source {
        raw.bind(source).map_err(|_| failure("ping", "can't set multicast source interface"))?;
    }
    let session = Session {
        proc: proc.clone(),
        raw,
        settings,
        to,
        seen: vec![false; 0x1_0000],
        sent: 0,
        received: 0,
        repeats: 0,
        times: None,
    };
    session.run().await
}

/// Shortest, longest, sum, in microseconds.
type Times = (u32, u32, u64);

struct Session {
    proc: Proc,
    raw: Raw,
    settings: Settings,
    to: Ipv4Addr,
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
            let heard = select(self.raw.recv(), self.proc.next_signal());
            match select(heard, self.proc.sleep_until(alarm)).await {
                Either::First(Either::First(message)) => {
                    let is_reply = message.is_ok_and(|message| self.hear(&message));
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
        let payload = icmp::echo(icmp::kind::ECHO_REQUEST, ident, seq, &data);
        self.raw
            .send(RawSend { dst: self.to, payload, confirm: false })
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
    fn hear(&mut self, message: &RawMessage) -> bool {
        let packet = &message.packet;
        let body = ipv4::payload(packet);
        let Some((ident, seq)) = icmp::echo_fields(body) else { return false };
        let is_ours = ident == self.proc.pid().0 as u16 && body.len() >= self.settings.size;
        if body[0] != icmp::kind::ECHO_REPLY || !is_ours {
            return false;
        }
        let stamp = body.get(icmp::HEADER_LEN..icmp::HEADER_LEN + STAMP);
        let took = stamp.map(|stamp| {
            let sent = u32::from_le_bytes([stamp[0], stamp[1], stamp[2], stamp[3]]);
            (message.at.as_micros() as u32).wrapping_sub(sent)
        });
        if let Some(took) = took {
            let (shortest, longest, sum) = self.times.unwrap_or((took, took, 0));
            let sum = sum + u64::from(took);
            self.times = Some((shortest.min(took), longest.max(took), sum));
        }
        let is_repeat = std::mem::replace(&mut self.seen[usize::from(seq)], true);
        let counter = if is_repeat { &mut self.repeats } else { &mut self.received };
        *counter += 1;
        if !self.settings.quiet {
            let (from, ttl) = (ipv4::src(packet), ipv4::view(packet).hop_limit());
            let time = took.map(|took| format!(" time={} ms", milliseconds(took.into())));
            let repeat = if is_repeat { " (DUP!)" } else { "" };
            self.proc.print(&format!(
                "{} bytes from {from}: seq={seq} ttl={ttl}{}{repeat}\n",
                body.len(),
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
