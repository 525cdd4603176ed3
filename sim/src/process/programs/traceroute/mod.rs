//! Debian's `traceroute`: sends many probes at once and prints the answers in order.

pub(crate) mod busybox;
mod method;
mod options;

use crate::engine::{Span, Time};
use crate::kernel::{Errno, LinkId};
use crate::process::proc::Proc;
use crate::wire::{Ipv4Addr, icmp, ipv4};

use super::{Failure, conclude, resolver};
use method::{Answer, Heard, Method, Trouble};
use options::Settings;

/// What is added to the time of an answer before the factors of `-w` count.
const PRECISION: Span = Span::millis(1);

/// `traceroute`.
pub async fn traceroute(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc, &proc.args()).await?;
    let device = match &settings.device {
        None => Ok(None),
        Some(name) => match proc.sys(|sys| sys.link_named(name)) {
            None => Err(("setsockopt SO_BINDTODEVICE", Errno::ENODEV)),
            found => Ok(found),
        },
    };
    let told = |(call, errno): Trouble| Failure::said(format!("\n{call}: {errno}\n"), 1);
    // The method that opens its sockets later begins with its header.
    let method = device.and_then(|device| Ok((device, Method::open(proc, &settings, device)?)));
    let (device, method) = match method {
        Ok(opened) => opened,
        Err(trouble) => {
            let length = settings.length.unwrap_or(60);
            proc.print(&header(&settings, length));
            return Err(told(trouble));
        }
    };
    let (header_len, data) = method.lengths(settings.length);
    let length = ipv4::HEADER_LEN + header_len + data;
    proc.print(&header(&settings, length));
    let count = (settings.max_hops * settings.queries) as usize;
    let mut trace = Trace {
        proc: proc.clone(),
        method,
        device,
        data,
        header_len: ipv4::HEADER_LEN + header_len,
        start: ((settings.first_hop - 1) * settings.queries) as usize,
        end: count,
        probes: vec![Probe::default(); count],
        last_sent: None,
        settings,
    };
    trace.run().await.map_err(told)?;
    proc.print("\n");
    Ok(0)
}

fn header(settings: &Settings, length: usize) -> String {
    let Settings { name, to, max_hops, .. } = settings;
    format!("traceroute to {name} ({to}), {max_hops} hops max, {length} byte packets")
}

/// One probe, and what came of it.
#[derive(Debug, Clone, Default)]
struct Probe {
    sent: Option<Time>,
    /// It was answered, or nobody waits for it any more.
    done: bool,
    /// It reached its destination, or the end of its way.
    is_last: bool,
    from: Option<Ipv4Addr>,
    answered: Option<Time>,
    /// `!H` and the like.
    note: String,
}

impl Probe {
    fn round_trip(&self) -> Option<Span> {
        let took = self.answered? - self.sent?;
        (self.done && took > Span::ZERO).then_some(took)
    }
}

struct Trace {
    proc: Proc,
    settings: Settings,
    method: Method,
    device: Option<LinkId>,
    /// Bytes of data in a probe, and of headers before them.
    data: usize,
    header_len: usize,
    probes: Vec<Probe>,
    /// The first probe that is not printed yet, and the one behind the last.
    start: usize,
    end: usize,
    last_sent: Option<Time>,
}

impl Trace {
    async fn run(&mut self) -> Result<(), Trouble> {
        while self.start < self.end {
            let Some(until) = self.turn().await? else { continue };
            let left = until - self.proc.now();
            let to = self.settings.to;
            let hearing = self.method.hear(&self.proc, to);
            if let Some(heard) = self.proc.timeout(left, hearing).await {
                self.take(&heard);
            }
        }
        Ok(())
    }

    /// Prints what can be printed, sends what may be sent; until when to wait then.
    async fn turn(&mut self) -> Result<Option<Time>, Trouble> {
        let now = self.proc.now();
        let queries = self.settings.queries as usize;
        let (mut next, mut under_way) = (None, 0);
        let mut n = self.start;
        while n < self.end {
            if n == self.start
                && !self.probes[n].done
                && let Some(sent) = self.probes[n].sent
            {
                let expires = sent + self.patience(n);
                if expires > now {
                    next = Some(expires);
                } else {
                    self.close(n);
                    self.check_expired(n);
                }
            }
            if self.probes[n].done {
                if n == self.start {
                    self.print(n).await;
                    self.start += 1;
                }
                if self.probes[n].is_last {
                    self.end = (n / queries + 1) * queries;
                }
                n += 1;
                continue;
            }
            if self.probes[n].sent.is_none() {
                let earliest = self.last_sent.map(|last| last + self.settings.pause);
                if let Some(earliest) = earliest.filter(|earliest| *earliest > now) {
                    return Ok(Some(earliest));
                }
                let ttl = (n / queries + 1) as u8;
                let sent =
                    self.method.send(&self.proc, &self.settings, self.device, n, ttl, self.data);
                match sent {
                    Ok(()) => {}
                    // It may work later.
                    Err((_, Errno::ENOBUFS | Errno::EAGAIN)) if next.is_some() => return Ok(next),
                    Err(trouble) => return Err(trouble),
                }
                self.probes[n].sent = Some(now);
                self.last_sent = Some(now);
            }
            let sent = self.probes[n].sent.expect("it was sent just now, if not before");
            next = Some(next.unwrap_or(sent + self.patience(n)));
            under_way += 1;
            if under_way >= self.settings.simultaneous {
                break;
            }
            n += 1;
        }
        Ok(next)
    }

    /// How long a probe is waited for: not much longer than others of its hop, or of a later one.
    fn patience(&self, n: usize) -> Span {
        let (longest, here, near) = self.settings.wait;
        let times = |took: Span, factor: f64| {
            Span::from_secs_f64((took + PRECISION).as_secs_f64() * factor).min(longest)
        };
        let queries = self.settings.queries as usize;
        let first = n - n % queries;
        let mut same_hop = self.probes[first..first + queries].iter();
        if here > 0.0
            && let Some(took) = same_hop.find_map(Probe::round_trip)
        {
            return times(took, here);
        }
        let mut later = self.probes[n + 1..].iter().take_while(|probe| probe.sent.is_some());
        if near > 0.0
            && let Some(took) = later.find_map(Probe::round_trip)
        {
            return times(took, near);
        }
        longest
    }

    fn close(&mut self, n: usize) {
        self.method.forget(n);
        self.probes[n].done = true;
    }

    /// A probe was given up. If a later one came to the end of the way with an error, and this hop is
    /// the end, then the answer is moved here: the last hop may have dropped some probes and answered
    /// others.
    fn check_expired(&mut self, n: usize) {
        let queries = self.settings.queries as usize;
        let first = n - n % queries;
        let before = &self.probes[first..n];
        if before.iter().any(|probe| !probe.done || !probe.is_last) {
            return;
        }
        let is_end_of_hop = !before.is_empty();
        let sent = self.probes[n + 1..].iter().take_while(|probe| probe.sent.is_some());
        let Some(offset) = sent.clone().position(|probe| probe.done) else { return };
        let end = n + 1 + offset;
        if !self.probes[end].is_last || self.probes[end].note.is_empty() {
            return;
        }
        let same_hop = n % queries + (end - n) < queries;
        let offender = self.probes[end].from;
        let seen_before =
            offender.is_some() && self.probes[..n].iter().any(|probe| probe.from == offender);
        if is_end_of_hop || same_hop || seen_before {
            self.probes[n] = std::mem::take(&mut self.probes[end]);
            // It is not sent again.
            self.probes[end].sent = Some(Time::ZERO);
        }
    }

    fn take(&mut self, heard: &Heard) {
        let n = heard.probe;
        if self.probes[n].done {
            return;
        }
        let probe = &mut self.probes[n];
        probe.from = heard.from;
        probe.answered = Some(heard.at);
        let mut mtu = None;
        match &heard.what {
            Answer::Reply => probe.is_last = true,
            Answer::Error(icmp::Error::TimeExceeded(0)) => {}
            Answer::Error(error) => {
                probe.is_last = true;
                // What is known of the MTU stays.
                let note = note(*error);
                if !note.is_empty() {
                    probe.note = note;
                }
                if let icmp::Error::FragmentationNeeded { mtu: next_hop } = error {
                    mtu = Some(usize::from(*next_hop));
                }
            }
            Answer::TooLarge(own) => {
                probe.is_last = true;
                probe.note = format!("!F-{own}");
                mtu = Some(*own as usize);
            }
        }
        let fits = |mtu: &usize| (self.header_len..self.header_len + self.data).contains(mtu);
        if let Some(mtu) = mtu.filter(|mtu| self.settings.discovers_mtu && fits(mtu)) {
            // The same probe goes out again, smaller.
            self.data = mtu - self.header_len;
            self.probes[n] = Probe { note: format!("F={mtu}"), ..Probe::default() };
            return self.method.forget(n);
        }
        self.close(n);
    }

    async fn print(&self, n: usize) {
        let queries = self.settings.queries as usize;
        let probe = &self.probes[n];
        let mut text = match n % queries {
            0 => format!("\n{:>2} ", n / queries + 1),
            _ => String::new(),
        };
        match probe.from {
            None => text += " *",
            Some(from) => {
                let before = self.probes[n - n % queries..n].iter().rev();
                let last = before.into_iter().find_map(|probe| probe.from);
                if last != Some(from) {
                    text += &self.name_of(from).await;
                }
            }
        }
        if let (Some(sent), Some(answered)) = (probe.sent, probe.answered) {
            text += &format!("  {:.3} ms", (answered - sent).as_millis_f64());
        }
        if !probe.note.is_empty() {
            text += &format!(" {}", probe.note);
        }
        self.proc.print(&text);
    }

    async fn name_of(&self, address: Ipv4Addr) -> String {
        if self.settings.numeric {
            return format!(" {address}");
        }
        let name = resolver::name_of(&self.proc, address).await;
        format!(" {} ({address})", name.unwrap_or_else(|_| address.to_string()))
    }
}

/// How an error is marked.
fn note(error: icmp::Error) -> String {
    let (kind, code) = error.type_and_code();
    let mark = match error {
        icmp::Error::FragmentationNeeded { mtu } => return format!("!F-{mtu}"),
        icmp::Error::Unreachable(code) => match code {
            3 => "",
            0 | 6 | 8 | 11 => "!N",
            1 | 7 | 12 => "!H",
            2 => "!P",
            5 => "!S",
            9 | 10 | 13 => "!X",
            14 => "!V",
            15 => "!C",
            code => return format!("!<{code}>"),
        },
        _ => return format!("!<{kind}-{code}>"),
    };
    mark.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_marks() {
        assert_eq!(note(icmp::Error::PORT_UNREACHABLE), "");
        assert_eq!(note(icmp::Error::HOST_UNREACHABLE), "!H");
        assert_eq!(note(icmp::Error::ADMIN_PROHIBITED), "!X");
        assert_eq!(note(icmp::Error::FragmentationNeeded { mtu: 1400 }), "!F-1400");
        assert_eq!(note(icmp::Error::REASSEMBLY_TIMEOUT), "!<11-1>");
    }
}
