//! What `ping` hears: replies, and errors about its requests.

use crate::kernel::socket::{RawMessage, SocketError};
use crate::wire::{Ipv4Addr, checksum, icmp, ipv4};

use super::reply;
use super::session::{STAMP, Session};

impl Session {
    fn acknowledge(&mut self, seq: u16) {
        let sent = self.statistics.transmitted as u16;
        let behind = sent.wrapping_sub(seq);
        if behind > 0x7fff {
            return;
        }
        self.statistics.pipe = self.statistics.pipe.max(i64::from(behind) + 1);
        let is_later = seq.wrapping_sub(self.acked) as i16 > 0;
        if is_later || sent.wrapping_sub(self.acked) > 0x7fff {
            self.acked = seq;
        }
    }

    /// A packet came: an answer, or an error that concerns us.
    pub(super) async fn message(&mut self, message: &RawMessage) {
        let packet = &message.packet;
        let (from, body) = (ipv4::src(packet), ipv4::payload(packet));
        let is_damaged = checksum::sum(body) != 0xffff;
        match icmp::parse_error(body) {
            Some(error) => self.error_message(from, error, body).await,
            None if body.first() != Some(&icmp::kind::ECHO_REPLY) => {}
            None => match icmp::echo_fields(body) {
                Some((ident, seq)) if ident == self.ident => {
                    self.reply(message, seq, is_damaged).await;
                }
                _ => {}
            },
        }
    }

    async fn reply(&mut self, message: &RawMessage, seq: u16, is_damaged: bool) {
        let packet = &message.packet;
        let (from, body) = (ipv4::src(packet), ipv4::payload(packet));
        let came = body.get(icmp::HEADER_LEN..).unwrap_or_default();
        if !is_damaged {
            self.acknowledge(seq);
        }
        let mut micros = 0;
        if self.is_timed() && came.len() >= STAMP {
            let word = |at: usize| {
                came[at..at + 8].iter().rev().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte))
            };
            let sent = word(0).wrapping_mul(1_000_000).wrapping_add(word(8));
            micros = self.wall_clock(message.at).saturating_sub(sent).max(0);
        }
        let is_duplicate = !is_damaged && self.seen[usize::from(seq)];
        if is_damaged {
            self.statistics.corrupted += 1;
        } else {
            if self.is_timed() && came.len() >= STAMP {
                self.statistics.measure(micros);
                if self.settings.adaptive {
                    self.adapt();
                }
            }
            let counter = if is_duplicate {
                &mut self.statistics.duplicates
            } else {
                &mut self.statistics.received
            };
            *counter += 1;
            self.seen[usize::from(seq)] = true;
        }
        if self.settings.quiet {
            return;
        }
        if self.settings.flood {
            return self.proc.print(if is_damaged { "\u{8}C" } else { "\u{8} \u{8}" });
        }
        let name = self.name_of(from).await;
        self.stamp();
        let mut line = format!("{} bytes from {name}: icmp_seq={seq}", body.len());
        if self.settings.verbose {
            line += &format!(" ident={}", self.ident);
        }
        line += &format!(" ttl={}", ipv4::view(packet).hop_limit());
        if came.len() < self.data.len() {
            return self.proc.print(&(line + " (truncated)\n"));
        }
        if self.is_timed() {
            line += &format!(" time={} ms", reply::time(micros));
        }
        let is_group = self.settings.broadcast || self.to.is_multicast();
        if is_duplicate && (!is_group || self.settings.verbose) {
            line += " (DUP!)";
        }
        if is_damaged {
            line += " (BAD CHECKSUM!)";
        }
        if !is_group && from != self.to {
            line += " (DIFFERENT ADDRESS!)";
        }
        line += &reply::difference(&self.data, came, STAMP).unwrap_or_default();
        if self.settings.audible {
            line.push('\u{7}');
        }
        self.proc.print(&(line + "\n"));
    }

    /// An ICMP error as a packet. Those about lost requests come by the error queue, too; here only
    /// redirects are told.
    async fn error_message(&mut self, from: Ipv4Addr, error: icmp::Error, body: &[u8]) {
        let quoted = body.get(icmp::HEADER_LEN..).unwrap_or_default();
        if quoted.len() < ipv4::HEADER_LEN + icmp::HEADER_LEN || ipv4::dst(quoted) != self.to {
            return;
        }
        let Some((ident, seq)) = icmp::echo_fields(ipv4::payload(quoted)) else { return };
        if ident != self.ident {
            return;
        }
        if !matches!(error, icmp::Error::Redirect(_)) {
            return self.acknowledge(seq);
        }
        if self.settings.quiet || self.settings.flood {
            return;
        }
        let name = self.name_of(from).await;
        self.stamp();
        self.proc.print(&format!("From {name}: icmp_seq={seq} {}\n", reply::error(error)));
        if self.settings.verbose {
            self.proc.print(&reply::quoted_header(quoted));
        }
    }

    /// An error of the queue.
    pub(super) async fn queued_error(&mut self, error: &SocketError) {
        let (Some(what), Some(offender)) = (error.icmp, error.offender) else {
            return self.tell_local_error(error);
        };
        let Some((ident, seq)) = icmp::echo_fields(&error.quoted) else { return };
        if ident != self.ident || error.destination.0 != self.to {
            return;
        }
        self.acknowledge(seq);
        self.statistics.errors += 1;
        if self.settings.quiet {
            return;
        }
        if self.settings.flood {
            return self.proc.print("\u{8}E");
        }
        let name = self.name_of(offender).await;
        self.stamp();
        self.proc.print(&format!("From {name} icmp_seq={seq} {}\n", reply::error(what)));
        if let Some(errno) = self.refused.take() {
            self.tell_not_sent(errno);
        }
    }
}
