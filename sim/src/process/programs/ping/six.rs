//! `ping -6` of iputils. Its pace is plain: one request an interval; of the options those count that say
//! how many, how large, how often, how long, from where, and how far.

use crate::engine::{Span, Time};
use crate::kernel::ip6::route::Flow6Query;
use crate::kernel::socket::PmtuDiscovery;
use crate::kernel::{Errno, LinkId};
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::{Failure, resolver};
use crate::process::signal::Signal;
use crate::process::socket::Raw6;
use crate::wire::{Ipv6Addr, icmpv6};

use super::echo6::{self, Echo6, Heard6, Reply6};
use super::options::{Settings, failure};
use super::reply;
use super::session::{SEQUENCES, STAMP, millis};
use super::statistics::{Ending, Statistics};

/// `ping` with a target of IPv6.
pub(super) async fn ping(
    proc: &Proc,
    settings: Settings,
    device: Option<LinkId>,
) -> Result<i32, Failure> {
    let name = &settings.target;
    let to =
        echo6::target(proc, name).await.map_err(|error| failure(format!("{name}: {error}")))?;
    let query = Flow6Query { dst: to.address, src: settings.source6, output: to.zone.or(device) };
    let answer = proc.sys(|sys| sys.route6_get(&query));
    let way = answer.map_err(|errno| failure(format!("connect: {errno}")))?.way;
    let raw = Raw6::open(proc);
    // An open socket takes all options but a hop limit of zero.
    let _ = raw.option(|sys, id| sys.set_device(id, device));
    if let Some(pmtu) = settings.pmtu {
        let _ = raw.option(|sys, id| sys.set_pmtu_discovery(id, pmtu));
    }
    if let Some(source) = settings.source6 {
        raw.bind(source).map_err(|errno| failure(format!("bind: {errno}")))?;
    }
    if let Some(ttl) = settings.ttl {
        raw.option(|sys, id| sys.set_ttl(id, ttl))
            .map_err(|errno| failure(format!("cannot set unicast time-to-live: {errno}")))?;
    }
    let ident = settings.ident.unwrap_or(proc.pid().0 as u16);
    let echo = Echo6 { proc: proc.clone(), raw, to, ident };
    greet(&echo, &settings, way.src);
    let data: Vec<u8> = match settings.pattern.as_deref() {
        Some(pattern) if !pattern.is_empty() => {
            pattern.iter().copied().cycle().take(settings.size).collect()
        }
        _ => (0..settings.size).map(|at| at as u8).collect(),
    };
    let session = Session {
        data,
        seen: vec![false; SEQUENCES],
        statistics: Statistics::default(),
        started: proc.now(),
        last: proc.now(),
        settings,
        echo,
    };
    Ok(session.run().await)
}

fn greet(echo: &Echo6, settings: &Settings, source: Ipv6Addr) {
    let from = if settings.device.is_some() || settings.source6.is_some() {
        format!("from {source} {}: ", settings.device.as_deref().unwrap_or_default())
    } else {
        String::new()
    };
    let (name, address) = (&echo.to.name, echo.name_of(echo.to.address, None));
    echo.proc.print(&format!("PING {name}({address}) {from}{} data bytes\n", settings.size));
}

struct Session {
    echo: Echo6,
    settings: Settings,
    data: Vec<u8>,
    seen: Vec<bool>,
    statistics: Statistics,
    started: Time,
    /// When the last request was sent.
    last: Time,
}

impl Session {
    async fn run(mut self) -> i32 {
        let proc = self.echo.proc.clone();
        proc.catch(Signal::Int);
        let deadline = self.settings.deadline;
        let deadline = (deadline > 0).then(|| proc.now() + Span::secs(deadline.unsigned_abs()));
        let mut due = self.send();
        while !self.is_enough() {
            let until = deadline.map_or(due, |deadline| deadline.min(due));
            let heard = select(self.echo.recv(), proc.next_signal());
            match select(heard, proc.sleep_until(until)).await {
                Either::First(Either::First(Ok(heard))) => {
                    self.hear(heard);
                    if self.has_sent_all() {
                        due = self.patience();
                    }
                }
                Either::First(Either::First(Err(errno))) => {
                    proc.eprint(&format!("ping: recvmsg: {errno}\n"));
                }
                Either::First(Either::Second(_)) => break,
                Either::Second(()) if deadline.is_some_and(|at| proc.now() >= at) => break,
                Either::Second(()) if self.has_sent_all() => break,
                Either::Second(()) => due = self.send(),
            }
        }
        let ending = Ending {
            name: &self.echo.to.name,
            span: self.last - self.started,
            timed: self.is_timed(),
            pace: self.settings.adaptive,
        };
        proc.print(&self.statistics.closing(&ending));
        let received = self.statistics.received;
        let too_few = self.settings.count.is_some_and(|count| received < count);
        i32::from(received == 0 || (self.settings.deadline > 0 && too_few))
    }

    fn is_timed(&self) -> bool {
        self.data.len() >= STAMP
    }

    fn is_enough(&self) -> bool {
        let heard = self.statistics.received + self.statistics.errors;
        self.settings.count.is_some_and(|count| heard >= count)
    }

    fn has_sent_all(&self) -> bool {
        self.settings.count.is_some_and(|count| self.statistics.transmitted >= count)
    }

    /// Sends a request; when the next thing is to be done.
    fn send(&mut self) -> Time {
        let seq = self.statistics.transmitted as u16 + 1;
        let now = self.echo.proc.now();
        if self.is_timed() {
            let stamp = now.as_micros().to_le_bytes();
            self.data[..8].copy_from_slice(&stamp);
        }
        self.seen[usize::from(seq)] = false;
        self.last = now;
        self.statistics.transmitted += 1;
        match self.echo.send(seq, &self.data) {
            // The error queue has more to say.
            Ok(()) | Err(Errno::EMSGSIZE) => {}
            Err(_) if self.settings.quiet => {}
            Err(errno) => self.echo.proc.eprint(&format!("ping: sendmsg: {errno}\n")),
        }
        if self.has_sent_all() {
            self.patience()
        } else {
            self.echo.proc.coarse_end(millis(self.settings.interval.max(1)))
        }
    }

    /// Until when the last reply may come.
    fn patience(&self) -> Time {
        let wait = if self.statistics.received > 0 {
            (2 * self.statistics.longest()).max(1000 * self.settings.interval)
        } else {
            1000 * self.settings.linger
        };
        self.last + Span::micros(wait.max(0).unsigned_abs())
    }

    fn hear(&mut self, heard: Heard6) {
        match heard {
            Heard6::Reply(reply) => self.reply(&reply),
            Heard6::Error { offender, error, seq } => {
                self.statistics.errors += 1;
                if self.settings.quiet {
                    return;
                }
                match (offender, error) {
                    (None, icmpv6::Error::PacketTooBig { mtu })
                        if self.settings.pmtu == Some(PmtuDiscovery::Do) =>
                    {
                        let line = format!("ping: local error: message too long, mtu: {mtu}\n");
                        self.echo.proc.eprint(&line);
                    }
                    (None, _) => {
                        let line = "ping: netsim does not cut IPv6 packets into fragments\n";
                        self.echo.proc.eprint(line);
                    }
                    (Some((from, input)), error) => {
                        let from = self.echo.name_of(from, input);
                        let text = reply::error6(error);
                        self.echo.proc.print(&format!("From {from} icmp_seq={seq} {text}\n"));
                    }
                }
            }
        }
    }

    fn reply(&mut self, heard: &Reply6) {
        let is_duplicate = std::mem::replace(&mut self.seen[usize::from(heard.seq)], true);
        let stamp: Option<[u8; 8]> =
            heard.data.get(..8).filter(|_| self.is_timed()).and_then(|s| s.try_into().ok());
        let micros = stamp
            .map(|stamp| heard.at.as_micros().saturating_sub(u64::from_le_bytes(stamp)) as i64);
        if let Some(micros) = micros {
            self.statistics.measure(micros);
        }
        let counter = if is_duplicate {
            &mut self.statistics.duplicates
        } else {
            &mut self.statistics.received
        };
        *counter += 1;
        if self.settings.quiet {
            return;
        }
        let address = self.echo.name_of(heard.from, heard.input);
        let names = !self.settings.numeric && !self.echo.to.is_literal;
        let known = resolver::name6_in_hosts(&self.echo.proc, heard.from).filter(|_| names);
        let from = known.map_or(address.clone(), |name| format!("{name} ({address})"));
        let len = heard.data.len() + icmpv6::HEADER_LEN;
        let mut line =
            format!("{len} bytes from {from}: icmp_seq={} ttl={}", heard.seq, heard.hop_limit);
        if let Some(micros) = micros {
            line += &format!(" time={} ms", reply::time(micros));
        }
        if is_duplicate && !self.echo.to.address.is_multicast() {
            line += " (DUP!)";
        }
        self.echo.proc.print(&(line + "\n"));
    }
}
