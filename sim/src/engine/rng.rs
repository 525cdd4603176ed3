//! Seeded randomness. One seed gives a stream per name, so that adding a host does not reshuffle the
//! MAC addresses, sequence numbers and losses of the others.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::time::Span;

/// The seed of a whole simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Default for Seed {
    fn default() -> Self {
        Seed(1)
    }
}

impl Seed {
    /// The stream that belongs to `name`.
    pub fn stream(self, name: &str) -> Rng {
        // FNV-1a: any stable mixing will do, the generator scrambles it.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Rng(Pcg64Mcg::seed_from_u64(hash ^ self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// One stream of random values; the same seed and name give the same values on every machine.
#[derive(Debug, Clone)]
pub struct Rng(Pcg64Mcg);

impl Rng {
    /// 32 random bits.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from `0` to `bound - 1`; zero when the bound is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// True with the given probability (0 to 1).
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.0.random::<f64>() < probability
    }

    /// A duration from `low` (inclusive) to `high` (exclusive).
    pub fn span(&mut self, low: Span, high: Span) -> Span {
        low + Span::nanos(self.below(high.saturating_sub(low).as_nanos()))
    }

    /// `n` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.0.fill_bytes(&mut out);
        out
    }

    /// `digits` random lower-case hexadecimal digits, as Docker's ids have them.
    pub fn hex(&mut self, digits: usize) -> String {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        (0..digits).map(|_| char::from(HEX[self.below(16) as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_stable_and_separate() {
        let mut a = Seed(7).stream("docker-1");
        let mut b = Seed(7).stream("docker-1");
        let mut c = Seed(7).stream("docker-2");
        let first: Vec<u64> = (0..4).map(|_| a.u64()).collect();
        assert_eq!(first, (0..4).map(|_| b.u64()).collect::<Vec<_>>());
        assert_ne!(first, (0..4).map(|_| c.u64()).collect::<Vec<_>>());
    }

    #[test]
    fn values_are_the_same_on_every_machine() {
        assert_eq!(Seed(1).stream("x").hex(12), Seed(1).stream("x").hex(12));
        assert_eq!(Seed(1).stream("x").below(0), 0);
    }
}
