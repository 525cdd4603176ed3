//! A long row of bits, kept as runs of equal 32-bit blocks: what libnetwork calls a bit sequence. A
//! pool of 16 million addresses with three in use takes a few words.
//!
//! The row has a form as bytes, which the cluster store keeps (`bitseq/sequence.go`).

/// Bits of one block.
const BLOCK: u64 = 32;

/// A run of equal blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    block: u32,
    count: u64,
}

/// A row of bits, all clear at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    len: u64,
    unset: u64,
    runs: Vec<Run>,
}

impl Bits {
    /// A row of `len` clear bits.
    pub fn new(len: u64) -> Bits {
        let count = len.div_ceil(BLOCK);
        Bits { len, unset: len, runs: vec![Run { block: 0, count }] }
    }

    /// How many bits there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The run in which a block lies, and the number of the run's first block.
    fn find(&self, block: u64) -> Option<(usize, u64)> {
        let mut first = 0;
        for (n, run) in self.runs.iter().enumerate() {
            if block < first + run.count {
                return Some((n, first));
            }
            first += run.count;
        }
        None
    }

    /// Whether a bit is set; those behind the end are.
    pub fn is_set(&self, ordinal: u64) -> bool {
        if ordinal >= self.len {
            return true;
        }
        self.find(ordinal / BLOCK).is_none_or(|(n, _)| self.runs[n].block & mask(ordinal) != 0)
    }

    /// Sets a bit; false if it was set.
    pub fn set(&mut self, ordinal: u64) -> bool {
        let is_free = !self.is_set(ordinal);
        if is_free {
            self.change(ordinal, |block| block | mask(ordinal));
            self.unset -= 1;
        }
        is_free
    }

    /// Whether no bit is clear.
    pub fn is_full(&self) -> bool {
        self.unset == 0
    }

    /// Clears a bit.
    pub fn clear(&mut self, ordinal: u64) {
        if ordinal < self.len && self.is_set(ordinal) {
            self.change(ordinal, |block| block & !mask(ordinal));
            self.unset += 1;
        }
    }

    /// Sets the first clear bit from `start` to `end`, both included; which one it was.
    pub fn set_first(&mut self, start: u64, end: u64) -> Option<u64> {
        let found = self.first_clear(start, end.min(self.len.checked_sub(1)?))?;
        self.set(found);
        Some(found)
    }

    fn first_clear(&self, start: u64, end: u64) -> Option<u64> {
        let mut at = start;
        while at <= end {
            let (n, first) = self.find(at / BLOCK)?;
            let run = self.runs[n];
            if run.block == u32::MAX {
                at = (first + run.count) * BLOCK;
                continue;
            }
            if run.block & mask(at) == 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// Changes the block of a bit, splitting and joining runs.
    fn change(&mut self, ordinal: u64, change: impl FnOnce(u32) -> u32) {
        let block = ordinal / BLOCK;
        let Some((n, first)) = self.find(block) else { return };
        let run = self.runs[n];
        let before = block - first;
        let parts = [
            Run { block: run.block, count: before },
            Run { block: change(run.block), count: 1 },
            Run { block: run.block, count: run.count - before - 1 },
        ];
        self.runs.splice(n..=n, parts.into_iter().filter(|run| run.count > 0));
        self.runs.dedup_by(|next, last| {
            let same = next.block == last.block;
            if same {
                last.count += next.count;
            }
            same
        });
    }

    /// The row as bytes: length, number of clear bits, runs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + 12 * self.runs.len());
        out.extend(self.len.to_be_bytes());
        out.extend(self.unset.to_be_bytes());
        for run in &self.runs {
            out.extend(run.block.to_be_bytes());
            out.extend(run.count.to_be_bytes());
        }
        out
    }

    /// Reads what [`Bits::to_bytes`] wrote; `None` if it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Bits> {
        let word = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let (len, unset) = (word(0)?, word(8)?);
        let rest = bytes.get(16..)?;
        if !rest.len().is_multiple_of(12) {
            return None;
        }
        let runs: Vec<Run> = rest
            .chunks(12)
            .map(|chunk| {
                let (block, count) = chunk.split_at(4);
                Some(Run {
                    block: u32::from_be_bytes(block.try_into().ok()?),
                    count: u64::from_be_bytes(count.try_into().ok()?),
                })
            })
            .collect::<Option<_>>()?;
        let blocks = runs.iter().try_fold(0_u64, |sum, run| sum.checked_add(run.count))?;
        (blocks == len.div_ceil(BLOCK)).then_some(Bits { len, unset, runs })
    }
}

/// The bit of an ordinal in its block: the first is the highest.
fn mask(ordinal: u64) -> u32 {
    1 << (BLOCK - 1 - ordinal % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The data of pool 10.0.0.0/24 with network, gateway, two containers and broadcast, as a real
    /// daemon stored it.
    const RECORDED: [u8; 52] = [
        0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 251, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
    ];

    #[test]
    fn the_bytes_are_those_of_a_real_daemon() {
        let mut bits = Bits::new(256);
        for ordinal in [0, 255, 1, 2, 3] {
            assert!(bits.set(ordinal));
        }
        assert!(!bits.set(2));
        assert_eq!(bits.to_bytes(), RECORDED);
        assert_eq!(Bits::from_bytes(&RECORDED), Some(bits));
    }

    #[test]
    fn the_lowest_clear_bit_is_found_in_a_huge_row() {
        let mut bits = Bits::new(16_776_960);
        assert_eq!(bits.set_first(0, u64::MAX), Some(0));
        assert_eq!(bits.set_first(0, u64::MAX), Some(1));
        assert_eq!(bits.set_first(500, 501), Some(500));
        assert_eq!(bits.set_first(500, 501), Some(501));
        assert_eq!(bits.set_first(500, 501), None);
        assert_eq!(bits.unset, 16_776_960 - 4);
    }

    proptest! {
        #[test]
        fn runs_behave_like_plain_bits(changes in prop::collection::vec((0u64..200, any::<bool>()), 0..300)) {
            let mut bits = Bits::new(200);
            let mut plain = [false; 200];
            for (ordinal, set) in changes {
                if set {
                    prop_assert_eq!(bits.set(ordinal), !plain[ordinal as usize]);
                } else {
                    bits.clear(ordinal);
                }
                plain[ordinal as usize] = set;
            }
            for (ordinal, set) in plain.iter().enumerate() {
                prop_assert_eq!(bits.is_set(ordinal as u64), *set);
            }
            prop_assert_eq!(bits.unset, plain.iter().filter(|set| !**set).count() as u64);
            prop_assert_eq!(Bits::from_bytes(&bits.to_bytes()), Some(bits));
        }
    }
}
