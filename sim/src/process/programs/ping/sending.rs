//! When `ping` sends, what it sends, and when it stops.
//!
//! The pace is that of iputils: a bucket of tokens (milliseconds) that fills with time; a request
//! costs one interval, and `-l` lets so many intervals gather.

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::kernel::socket::SocketError;
use crate::kernel::socket::raw::RawSend;
use crate::wire::icmp;

use super::session::{SEQUENCES, STAMP, Session};

/// The shortest wait between two looks, in milliseconds.
const MIN_INTERVAL: i64 = 10;
/// How long to wait when there is nothing left to send.
const LONG: i64 = 1000;

impl Session {
    /// Sends the next request if it is time; the milliseconds until the one after it.
    pub(super) fn pinger(&mut self) -> i64 {
        let all_sent = self.settings.count.is_some_and(|n| self.statistics.transmitted >= n);
        if self.exiting || (all_sent && self.settings.deadline == 0) {
            return LONG;
        }
        let now = self.proc.now();
        match self.sent_at {
            None => self.tokens = self.interval * (self.settings.preload - 1),
            Some(before) => {
                let passed = (now - before).as_millis() as i64;
                let crowded = self.in_flight() >= self.settings.preload;
                if self.interval == 0 && passed < MIN_INTERVAL && crowded {
                    return MIN_INTERVAL - passed;
                }
                let most = self.interval * self.settings.preload;
                let tokens = (passed + self.tokens).min(most);
                if tokens < self.interval {
                    return self.interval - tokens;
                }
                self.tokens = tokens - self.interval;
            }
        }
        self.sent_at = Some(now);
        if self.settings.outstanding {
            self.tell_outstanding();
        }
        match self.send() {
            Ok(()) => {
                self.overruns = 0;
                self.refused = None;
                self.advance();
                if self.settings.flood && !self.settings.quiet {
                    self.proc.print(".");
                }
                self.interval - self.tokens
            }
            Err(errno) => self.not_sent(errno),
        }
    }

    fn send(&mut self) -> Result<(), Errno> {
        let seq = self.statistics.transmitted as u16 + 1;
        self.seen[usize::from(seq)] = false;
        if self.is_timed() {
            let micros = self.wall_clock(self.proc.now());
            self.data[..8].copy_from_slice(&(micros / 1_000_000).to_le_bytes());
            self.data[8..STAMP].copy_from_slice(&(micros % 1_000_000).to_le_bytes());
        }
        let payload = icmp::echo(icmp::kind::ECHO_REQUEST, self.ident, seq, &self.data);
        self.raw.send(RawSend { dst: self.to, payload, confirm: false })
    }

    /// The time of day in microseconds.
    pub(super) fn wall_clock(&self, at: Time) -> i64 {
        (self.proc.epoch() * 1_000_000 + at.as_micros()) as i64
    }

    /// A request could not be sent.
    fn not_sent(&mut self, errno: Errno) -> i64 {
        if errno == Errno::ENOBUFS {
            // The device is overrun: a little later it may work.
            self.tokens = 0;
            let smoothed = self.statistics.smoothed();
            self.addend += smoothed.min(50_000);
            if self.settings.adaptive {
                self.adapt();
            }
            let wait = (self.interval / 2).clamp(MIN_INTERVAL, 500);
            self.overruns += 1;
            if self.overruns * wait < self.settings.linger {
                return wait;
            }
            self.tell_not_sent(errno);
        } else if let Ok(Some(error)) = self.local_error() {
            self.tell_local_error(&error);
        }
        self.refused = Some(errno);
        // A refused request counts as sent; iputils says nothing if no error was queued for it.
        self.advance();
        self.tokens = 0;
        self.interval.max(MIN_INTERVAL)
    }

    fn local_error(&self) -> Result<Option<SocketError>, Errno> {
        let mut found = None;
        self.raw.option(|sys, id| {
            found = sys.socket_error(id)?;
            Ok(())
        })?;
        Ok(found)
    }

    pub(super) fn tell_not_sent(&self, errno: Errno) {
        match (self.settings.quiet, self.settings.flood) {
            (true, _) => {}
            (false, true) => self.proc.print("E"),
            (false, false) => self.proc.eprint(&format!("ping: sendmsg: {errno}\n")),
        }
    }

    pub(super) fn tell_local_error(&mut self, error: &SocketError) {
        if self.settings.quiet {
            return;
        }
        self.statistics.errors += 1;
        let text = match (self.settings.flood, error.errno) {
            (true, _) => return self.proc.print("E"),
            (false, Errno::EMSGSIZE) => format!("message too long, mtu={}", error.mtu),
            (false, errno) => errno.to_string(),
        };
        self.proc.eprint(&format!("ping: local error: {text}\n"));
    }

    fn tell_outstanding(&self) {
        let last = self.statistics.transmitted;
        if last > 0 && !self.seen[usize::from(last as u16)] {
            self.stamp();
            let seq = last % SEQUENCES as i64;
            self.proc.print(&format!("no answer yet for icmp_seq={seq}\n"));
        }
    }

    /// The last request is sent: the end is set.
    pub(super) fn schedule_exit(&mut self, wait: i64) -> i64 {
        let all_sent = self.settings.count.is_some_and(|n| self.statistics.transmitted >= n);
        if !all_sent || self.settings.deadline > 0 || self.lingers {
            return wait;
        }
        let linger = if self.statistics.received > 0 {
            (2 * self.statistics.longest()).max(1000 * self.interval)
        } else {
            self.settings.linger * 1000
        };
        if linger > 0 {
            self.lingers = true;
            self.alarm = Some(self.proc.now() + Span::micros(linger as u64));
        }
        wait.max(linger / 1000)
    }

    pub(super) fn advance(&mut self) {
        self.statistics.transmitted += 1;
        let sent = self.statistics.transmitted as u16;
        if sent.wrapping_sub(self.acked) > 0x7fff {
            self.acked = sent.wrapping_add(1);
        }
    }

    pub(super) fn in_flight(&self) -> i64 {
        match (self.statistics.transmitted as u16).wrapping_sub(self.acked) {
            few @ 0..=0x7fff => few.into(),
            _ => self.statistics.transmitted - self.statistics.received - self.statistics.errors,
        }
    }

    /// `-A`: the interval follows the round trip time.
    pub(super) fn adapt(&mut self) {
        let smoothed = self.statistics.smoothed();
        let estimate = if smoothed > 0 { smoothed } else { self.interval * 1000 };
        self.interval = (estimate + self.addend + 500) / 1000;
    }
}
