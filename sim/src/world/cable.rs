//! Cables: two network cards and what lies between them.

use crate::engine::{Rng, Span, Time};
use crate::kernel::LinkId;
use crate::trace::HostId;

/// One end of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The host.
    pub host: HostId,
    /// Its network card.
    pub link: LinkId,
}

/// What a cable does to frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CableSpec {
    /// How long a frame is on its way, besides being sent.
    pub latency: Span,
    /// Bits per second; `None` for no limit.
    pub bandwidth: Option<u64>,
    /// The part of frames that is lost, 0 to 1.
    pub loss: f64,
    /// Frames that wait at each end before more are lost.
    pub queue: u32,
}

impl Default for CableSpec {
    /// A gigabit LAN.
    fn default() -> Self {
        CableSpec {
            latency: Span::micros(100),
            bandwidth: Some(1_000_000_000),
            loss: 0.0,
            queue: 1000,
        }
    }
}

/// A cable between two network cards.
#[derive(Debug)]
pub struct Cable {
    /// Its ends.
    pub ends: [End; 2],
    /// What it does.
    pub spec: CableSpec,
    /// Whether it is plugged in at both ends.
    pub plugged: bool,
    /// Until when each end is busy sending.
    busy_until: [Time; 2],
    rng: Rng,
    carried: u64,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Carried {
    /// It arrives at the other end at this time.
    Arrives(Time),
    /// It was lost on the way.
    Lost,
    /// Too many frames wait.
    QueueFull,
    /// The cable is not plugged in.
    Unplugged,
}

impl Cable {
    /// A cable; `rng` decides what it loses.
    pub fn new(ends: [End; 2], spec: CableSpec, rng: Rng) -> Cable {
        Cable { ends, spec, plugged: true, busy_until: [Time::ZERO; 2], rng, carried: 0 }
    }

    /// How many frames have gone over it, both ways.
    pub fn carried(&self) -> u64 {
        self.carried
    }

    /// Takes a frame of `len` bytes at end `from`.
    pub fn carry(&mut self, now: Time, from: usize, len: usize) -> Carried {
        // Preamble, frame check sequence and the gap between frames take their time too.
        const FRAMING: u64 = 24;
        if !self.plugged {
            return Carried::Unplugged;
        }
        let start = self.busy_until[from].max(now);
        let sent = match self.spec.bandwidth {
            Some(rate) => {
                let bits = (len as u64 + FRAMING) * 8;
                let time = Span::nanos(bits.saturating_mul(1_000_000_000) / rate.max(1));
                let waiting = (start - now).as_nanos().checked_div(time.as_nanos()).unwrap_or(0);
                if waiting >= u64::from(self.spec.queue) {
                    return Carried::QueueFull;
                }
                start + time
            }
            None => start,
        };
        self.busy_until[from] = sent;
        if self.spec.loss > 0.0 && self.rng.chance(self.spec.loss) {
            return Carried::Lost;
        }
        self.carried += 1;
        Carried::Arrives(sent + self.spec.latency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seed;

    fn cable(spec: CableSpec) -> Cable {
        let end = |n| End { host: HostId(n), link: LinkId::default() };
        Cable::new([end(0), end(1)], spec, Seed(1).stream("cable"))
    }

    #[test]
    fn frames_queue_behind_each_other() {
        let spec = CableSpec {
            latency: Span::micros(5),
            bandwidth: Some(1_000_000_000),
            ..CableSpec::default()
        };
        let mut cable = cable(spec);
        // 976 + 24 bytes are 8000 bits: 8 us at 1 Gbit/s.
        let arrival = |us| Carried::Arrives(Time::ZERO + Span::micros(us));
        assert_eq!(cable.carry(Time::ZERO, 0, 976), arrival(13));
        assert_eq!(cable.carry(Time::ZERO, 0, 976), arrival(21));
        assert_eq!(cable.carry(Time::ZERO, 1, 976), arrival(13));
    }

    #[test]
    fn a_full_queue_loses_frames() {
        let spec = CableSpec { bandwidth: Some(1000), queue: 2, ..CableSpec::default() };
        let mut cable = cable(spec);
        let results: Vec<bool> = (0..4)
            .map(|_| matches!(cable.carry(Time::ZERO, 0, 100), Carried::Arrives(_)))
            .collect();
        assert_eq!(results, [true, true, false, false]);
    }

    #[test]
    fn loss_is_as_frequent_as_asked() {
        let mut cable = cable(CableSpec { loss: 0.25, bandwidth: None, ..CableSpec::default() });
        let lost = (0..4000).filter(|_| cable.carry(Time::ZERO, 0, 100) == Carried::Lost).count();
        assert!((900..1100).contains(&lost));
    }
}
