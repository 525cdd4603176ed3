//! `-m u32`: arithmetic on the words of a packet.

/// The program of `-m u32`: tests joined by `&&`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct U32(pub Vec<U32Test>);

/// One test: walk to a place, take a word, compare it with ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct U32Test {
    /// Where the first word is read.
    pub start: u32,
    /// What is done then, in order.
    pub steps: Vec<U32Step>,
    /// Ranges of values that match.
    pub values: Vec<(u32, u32)>,
}

/// A step of a `u32` walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum U32Step {
    /// `&`.
    And(u32),
    /// `<<`.
    Left(u32),
    /// `>>`.
    Right(u32),
    /// `@`: the value is an offset to go on from, then this is added and a word read.
    At(u32),
}

impl U32 {
    pub(super) fn holds(&self, packet: &[u8]) -> bool {
        self.0.iter().all(|test| test.holds(packet))
    }
}

impl U32Test {
    fn holds(&self, packet: &[u8]) -> bool {
        let word = |at: usize| {
            let bytes = packet.get(at..at.checked_add(4)?)?;
            Some(u32::from_be_bytes(bytes.try_into().expect("four bytes")))
        };
        let mut base = 0_usize;
        let Some(mut value) = word(self.start as usize) else { return false };
        for step in &self.steps {
            match *step {
                U32Step::And(mask) => value &= mask,
                U32Step::Left(bits) => value = value.checked_shl(bits).unwrap_or(0),
                U32Step::Right(bits) => value = value.checked_shr(bits).unwrap_or(0),
                U32Step::At(offset) => {
                    base = base.saturating_add(value as usize);
                    let Some(next) = word(base.saturating_add(offset as usize)) else {
                        return false;
                    };
                    value = next;
                }
            }
        }
        self.values.iter().any(|(low, high)| (*low..=*high).contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_finds_a_vni_behind_ip_udp_and_vxlan_headers() {
        let test = U32Test {
            start: 0,
            steps: vec![
                U32Step::Right(22),
                U32Step::And(0x3c),
                U32Step::At(12),
                U32Step::And(0xffff_ff00),
            ],
            values: vec![(4097 * 256, 4097 * 256)],
        };
        let mut packet = vec![0; 44];
        packet[0] = 0x45;
        packet[32..36].copy_from_slice(&(4097_u32 * 256).to_be_bytes());
        assert!(U32(vec![test.clone()]).holds(&packet));
        packet[34] = 0;
        assert!(!U32(vec![test]).holds(&packet));
    }
}
