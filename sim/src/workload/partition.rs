//! A share of many independent runs, so that several machines can do them together: a scheduler starts one
//! process a share (a Slurm array, a Kubernetes Job, GNU parallel), and nobody has to talk to anybody.

use std::ops::Range;
use std::str::FromStr;

/// Which share of the cases runs here: `2/8` is the second of eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    part: u64,
    parts: u64,
}

impl Default for Partition {
    fn default() -> Self {
        Partition { part: 1, parts: 1 }
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Partition, String> {
        let numbers = text.split_once('/').and_then(|(part, parts)| {
            Some(Partition { part: part.parse().ok()?, parts: parts.parse().ok()? })
        });
        numbers
            .filter(|numbers| (1..=numbers.parts).contains(&numbers.part))
            .ok_or_else(|| format!("'{text}' is not a share like 1/4 … 4/4"))
    }
}

impl Partition {
    /// The numbers of this share.
    pub fn of(self, numbers: Range<u64>) -> impl Iterator<Item = u64> {
        numbers.filter(move |number| number % self.parts == self.part - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_complete() {
        let share = |text: &str| text.parse::<Partition>().expect("a share").of(0..10);
        let mut all: Vec<u64> = ["1/3", "2/3", "3/3"].into_iter().flat_map(share).collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        for wrong in ["0/3", "4/3", "1", "a/b"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
