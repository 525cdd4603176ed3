//! A running `ping`: its state, and the loop that lets it send (`sending`) and hear (`receiving`).

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::kernel::socket::PmtuDiscovery;
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::resolver;
use crate::process::signal::Signal;
use crate::process::socket::{Raw, RawEvent};
use crate::wire::Ipv4Addr;

use super::options::Settings;
use super::reply;
use super::statistics::{Ending, Statistics};

/// The time stamp at the beginning of the data: seconds and microseconds.
pub(super) const STAMP: usize = 16;
/// Sequence numbers that are told apart.
pub(super) const SEQUENCES: usize = 0x1_0000;

/// One run of `ping`.
pub(super) struct Session {
    pub(super) proc: Proc,
    pub(super) raw: Raw,
    pub(super) settings: Settings,
    pub(super) name: String,
    pub(super) to: Ipv4Addr,
    pub(super) ident: u16,
    /// What follows the ICMP header of a request.
    pub(super) data: Vec<u8>,
    pub(super) statistics: Statistics,
    /// Which sequence numbers were answered.
    pub(super) seen: Vec<bool>,
    /// The latest sequence number that was answered in any way.
    pub(super) acked: u16,
    pub(super) started: Time,
    /// When the last request was due.
    pub(super) sent_at: Option<Time>,
    pub(super) tokens: i64,
    pub(super) interval: i64,
    /// What `-A` adds to the round trip time after the device was overrun.
    pub(super) addend: i64,
    pub(super) overruns: i64,
    /// Why the last request was refused; told when an error of ICMP comes that says so, too.
    pub(super) refused: Option<Errno>,
    /// When it ends in any case.
    pub(super) alarm: Option<Time>,
    pub(super) lingers: bool,
    pub(super) exiting: bool,
}

enum Happened {
    Came(RawEvent),
    Failed(Errno),
    Signal(Signal),
    TimePassed,
}

impl Settings {
    /// Broadcast and multicast pings do not fragment, unless told otherwise.
    pub(super) fn pmtu_discovery(&self) -> Option<PmtuDiscovery> {
        let is_group = self.broadcast
            || self.target.parse::<Ipv4Addr>().is_ok_and(|target| target.is_multicast());
        self.pmtu.or(is_group.then_some(PmtuDiscovery::Do))
    }
}

impl Session {
    pub(super) fn new(
        proc: Proc,
        raw: Raw,
        settings: Settings,
        name: String,
        to: Ipv4Addr,
    ) -> Session {
        let data: Vec<u8> = match settings.pattern.as_deref() {
            Some(pattern) if !pattern.is_empty() => {
                pattern.iter().copied().cycle().take(settings.size).collect()
            }
            _ => (0..settings.size).map(|at| at as u8).collect(),
        };
        let flood = settings.flood && !settings.interval_given;
        Session {
            ident: settings.ident.unwrap_or(proc.pid().0 as u16),
            started: proc.now(),
            interval: if flood { 0 } else { settings.interval.max(0) },
            alarm: (settings.deadline > 0).then(|| proc.now() + millis(settings.deadline * 1000)),
            proc,
            raw,
            settings,
            name,
            to,
            data,
            statistics: Statistics::default(),
            seen: vec![false; SEQUENCES],
            acked: 0,
            sent_at: None,
            tokens: 0,
            addend: 0,
            overruns: 0,
            refused: None,
            lingers: false,
            exiting: false,
        }
    }

    /// Pings until it is enough; the exit status.
    pub(super) async fn run(mut self) -> i32 {
        self.proc.catch(Signal::Int);
        self.proc.catch(Signal::Quit);
        while !self.exiting && !self.is_enough() {
            let wait = loop {
                let wait = self.pinger();
                let wait = self.schedule_exit(wait);
                if wait > 0 {
                    break wait;
                }
            };
            match self.next_event(wait).await {
                Happened::Came(RawEvent::Message(message)) => self.message(&message).await,
                Happened::Came(RawEvent::Error(error)) => {
                    self.queued_error(&error).await;
                }
                Happened::Failed(errno) => {
                    self.proc.eprint(&format!("ping: recvmsg: {errno}\n"));
                }
                Happened::Signal(Signal::Quit) => {
                    self.proc.eprint(&self.statistics.so_far(self.is_timed()));
                }
                Happened::Signal(_) => self.exiting = true,
                Happened::TimePassed => {}
            }
            self.exiting |= self.alarm.is_some_and(|at| self.proc.now() >= at);
        }
        self.finish()
    }

    fn is_enough(&self) -> bool {
        let answered = self.statistics.received + self.statistics.errors;
        self.settings.count.is_some_and(|count| answered >= count)
            || (self.settings.deadline > 0 && self.statistics.errors > 0)
    }

    fn finish(&self) -> i32 {
        let ending = Ending {
            name: &self.name,
            span: self.sent_at.unwrap_or(self.started) - self.started,
            timed: self.is_timed(),
            pace: self.interval == 0 || self.settings.flood || self.settings.adaptive,
        };
        self.proc.print(&self.statistics.closing(&ending));
        let received = self.statistics.received;
        let too_few = self.settings.count.is_some_and(|count| received < count);
        i32::from(received == 0 || (self.settings.deadline > 0 && too_few))
    }

    pub(super) fn is_timed(&self) -> bool {
        self.data.len() >= STAMP
    }

    async fn next_event(&self, wait: i64) -> Happened {
        // A full interval is waited for in the kernel, whose timers are coarse.
        let due = match self.interval {
            interval if interval > 0 && wait >= interval && !self.settings.adaptive => {
                self.proc.coarse_end(millis(interval))
            }
            _ => self.proc.now() + millis(wait),
        };
        let until = self.alarm.map_or(due, |alarm| alarm.min(due));
        let heard = select(self.raw.recv_event(), self.proc.next_signal());
        match select(heard, self.proc.sleep_until(until)).await {
            Either::First(Either::First(Ok(event))) => Happened::Came(event),
            Either::First(Either::First(Err(errno))) => Happened::Failed(errno),
            Either::First(Either::Second(signal)) => Happened::Signal(signal),
            Either::Second(()) => Happened::TimePassed,
        }
    }

    /// The address of somebody, with a name if names are wanted.
    pub(super) async fn name_of(&mut self, address: Ipv4Addr) -> String {
        if self.settings.numeric || self.exiting {
            return address.to_string();
        }
        let search = resolver::name_of(&self.proc, address);
        match select(search, self.proc.next_signal()).await {
            Either::First(Ok(name)) => format!("{name} ({address})"),
            Either::First(Err(_)) => address.to_string(),
            Either::Second(_) => {
                self.exiting = true;
                address.to_string()
            }
        }
    }

    pub(super) fn stamp(&self) {
        if self.settings.timestamps {
            self.proc.print(&reply::timestamp(self.proc.calendar()));
        }
    }
}

/// A span of milliseconds that may be negative.
/// A span that is never negative.
pub(super) fn millis(count: i64) -> Span {
    Span::millis(count.max(0) as u64)
}
