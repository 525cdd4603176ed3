//! Matches with a memory: `limit`, `hashlimit`, `statistic`, `quota`.

use crate::engine::{Rng, Span, Time};
use crate::wire::{Ipv4Addr, ipv4, udp};

/// So many in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many …
    pub packets: u32,
    /// … in this time.
    pub per: Span,
}

/// Options and state of `-m limit`: a token bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// How fast it fills.
    pub rate: Rate,
    /// Its depth.
    pub burst: u32,
    bucket: Bucket,
}

/// A bucket of tokens, each worth the time in which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Bucket {
    /// What is left; nothing has been taken yet if `None`.
    credit: Option<Span>,
    at: Time,
}

impl Bucket {
    fn allow(&mut self, rate: Rate, burst: u32, now: Time) -> bool {
        let cost = rate.per / u64::from(rate.packets.max(1));
        let full = cost * u64::from(burst);
        let have = self.credit.map_or(full, |credit| (credit + (now - self.at)).min(full));
        self.at = now;
        let enough = have >= cost;
        self.credit = Some(if enough { have.saturating_sub(cost) } else { have });
        enough
    }
}

impl Limit {
    /// A full bucket.
    pub fn new(rate: Rate, burst: u32) -> Limit {
        Limit { rate, burst, bucket: Bucket::default() }
    }

    pub(super) fn allow(&mut self, now: Time) -> bool {
        self.bucket.allow(self.rate, self.burst, now)
    }

    /// Whether the options are the same, whatever the buckets hold.
    pub fn is_like(&self, other: &Limit) -> bool {
        (self.rate, self.burst) == (other.rate, other.burst)
    }
}

/// Options of `-m hashlimit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashlimitOptions {
    /// `--hashlimit-name`.
    pub name: String,
    /// How fast a bucket fills.
    pub rate: Rate,
    /// Its depth.
    pub burst: u32,
    /// `--hashlimit-above`: what does not find a token matches.
    pub above: bool,
    /// What has a bucket of its own.
    pub mode: HashlimitMode,
    /// Prefix lengths of the addresses that share a bucket.
    pub masks: (u8, u8),
    /// How long a bucket is kept that nobody uses.
    pub expire: Span,
}

/// What has a bucket of its own (`--hashlimit-mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct HashlimitMode {
    pub srcip: bool,
    pub srcport: bool,
    pub dstip: bool,
    pub dstport: bool,
}

type HashlimitKey = (Option<u32>, Option<u16>, Option<u32>, Option<u16>);

/// Options and state of `-m hashlimit`: a bucket for each source, destination or pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashlimit {
    /// The options.
    pub options: HashlimitOptions,
    buckets: Vec<(HashlimitKey, Bucket)>,
}

impl Hashlimit {
    /// No bucket yet.
    pub fn new(options: HashlimitOptions) -> Hashlimit {
        Hashlimit { options, buckets: Vec::new() }
    }

    fn key(&self, packet: &[u8]) -> HashlimitKey {
        let mode = self.options.mode;
        let (sport, dport) = udp::ports(ipv4::payload(packet)).unwrap_or((0, 0));
        let masked = |address: Ipv4Addr, len: u8| {
            u32::from(address) & u32::MAX.checked_shl(32 - u32::from(len)).unwrap_or(0)
        };
        (
            mode.srcip.then(|| masked(ipv4::src(packet), self.options.masks.0)),
            mode.srcport.then_some(sport),
            mode.dstip.then(|| masked(ipv4::dst(packet), self.options.masks.1)),
            mode.dstport.then_some(dport),
        )
    }

    pub(super) fn allow(&mut self, packet: &[u8], now: Time) -> bool {
        const MAX_BUCKETS: usize = 1024;
        let key = self.key(packet);
        let expire = self.options.expire;
        self.buckets.retain(|(_, bucket)| now - bucket.at < expire);
        let at = match self.buckets.iter().position(|(other, _)| *other == key) {
            Some(at) => at,
            None => {
                if self.buckets.len() >= MAX_BUCKETS {
                    self.buckets.remove(0);
                }
                self.buckets.push((key, Bucket::default()));
                self.buckets.len() - 1
            }
        };
        let HashlimitOptions { rate, burst, above, .. } = self.options;
        self.buckets[at].1.allow(rate, burst, now) != above
    }
}

/// Options and state of `-m statistic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// With a probability.
    Random {
        /// The probability, in parts of [`Statistic::CERTAIN`].
        chance: u32,
        /// `!`.
        not: bool,
    },
    /// One packet of so many.
    Nth {
        /// Of how many.
        every: u32,
        /// Which one.
        packet: u32,
        /// How many have come.
        count: u32,
        /// `!`.
        not: bool,
    },
}

impl Statistic {
    /// The chance that always comes true.
    pub const CERTAIN: u32 = 1 << 31;

    pub(super) fn holds(&mut self, rng: &mut Rng) -> bool {
        match self {
            Statistic::Random { chance, not } => {
                rng.chance(f64::from(*chance) / f64::from(Statistic::CERTAIN)) != *not
            }
            Statistic::Nth { every, packet, count, not } => {
                let hit = *count == *packet;
                *count = (*count + 1) % (*every).max(1);
                hit != *not
            }
        }
    }

    /// Whether the options are the same, however many packets have come.
    pub fn is_like(self, other: Statistic) -> bool {
        let fresh = |statistic| match statistic {
            Statistic::Nth { every, packet, not, .. } => {
                Statistic::Nth { every, packet, not, count: 0 }
            }
            random @ Statistic::Random { .. } => random,
        };
        fresh(self) == fresh(other)
    }
}

/// Options and state of `-m quota`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// So many bytes match.
    pub bytes: u64,
    /// So many have come.
    pub used: u64,
    /// `!`.
    pub not: bool,
}

impl Quota {
    pub(super) fn holds(&mut self, packet: &[u8]) -> bool {
        let used = self.used + packet.len() as u64;
        let fits = used <= self.bytes;
        // A packet that does not fit uses up the rest.
        self.used = if fits { used } else { self.bytes };
        fits != self.not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_starts_full_and_refills() {
        let mut limit = Limit::new(Rate { packets: 1, per: Span::secs(1) }, 3);
        let mut allow = |at| limit.allow(Time::from_nanos(at));
        assert_eq!([allow(0), allow(0), allow(0), allow(0)], [true, true, true, false]);
        assert!(allow(1_000_000_000));
        assert!(!allow(1_000_000_000));
    }

    #[test]
    fn every_third_packet_is_counted_from_the_one_that_was_named() {
        let mut rng = crate::engine::Seed(1).stream("test");
        let mut nth = Statistic::Nth { every: 3, packet: 1, count: 0, not: false };
        let hits: Vec<bool> = (0..6).map(|_| nth.holds(&mut rng)).collect();
        assert_eq!(hits, [false, true, false, false, true, false]);
    }

    #[test]
    fn a_quota_is_used_up_by_the_packet_that_exceeds_it() {
        let mut quota = Quota { bytes: 100, used: 0, not: false };
        assert!(quota.holds(&[0; 60]));
        assert!(!quota.holds(&[0; 60]));
        assert!(!quota.holds(&[0; 20]));
    }
}
