//! A number for everything that happened: two runs that are the same have the same one.

use std::fmt::{self, Write};

use super::Trace;

/// The digest of what was taken so far: FNV-1a with 64 bits, which is fast and the same on every machine.
/// It finds differences; it does not withstand somebody who wants to hide one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    hash: u64,
    /// The next record that was not taken yet.
    cursor: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Digest { hash: 0xcbf2_9ce4_8422_2325, cursor: 0 }
    }
}

impl Digest {
    /// Takes bytes.
    pub fn take_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Takes the records and frames that are new. A trace keeps the newest only: whoever wants all takes
    /// them in time; how many were missed counts, too.
    pub fn take_trace(&mut self, trace: &Trace) {
        let from = self.cursor.max(trace.first_seq());
        self.take_bytes(&(from - self.cursor).to_be_bytes());
        for (_, record) in trace.since(from) {
            write!(self, "{record:?}").expect("a digest takes any text");
        }
        for seen in trace.frames_since(from) {
            write!(self, "{:?}", (seen.at, seen.host, seen.link)).expect("a digest takes any text");
            self.take_bytes(&seen.frame.bytes);
        }
        self.cursor = trace.next_seq();
    }
}

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.take_bytes(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for Digest {
    /// 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:016x}", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_fnv_1a() {
        let mut digest = Digest::default();
        digest.take_bytes(b"foobar");
        assert_eq!(digest.to_string(), "85944171f73967e8");
    }
}
