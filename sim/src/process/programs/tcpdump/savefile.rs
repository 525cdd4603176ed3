//! Files of captured frames (`pcap-savefile(5)`): a header, then each frame with its time and lengths.

use super::clock::Moment;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
const HEADER_LEN: usize = 24;
const RECORD_LEN: usize = 16;
/// The link type of Ethernet.
const ETHERNET: u32 = 1;

/// A frame in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it was captured.
    pub at: Moment,
    /// How long it was.
    pub len: usize,
    /// What was kept of it.
    pub bytes: Vec<u8>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It is no capture.
    Format,
    /// It ends too early.
    Truncated,
    /// Its frames are not Ethernet's.
    LinkType(u32),
}

/// The header of a file of Ethernet frames.
pub fn header(snapshot: usize) -> Vec<u8> {
    let mut out = MICROSECONDS.to_le_bytes().to_vec();
    out.extend([2, 0, 4, 0]);
    out.extend([0; 8]);
    out.extend((snapshot as u32).to_le_bytes());
    out.extend(ETHERNET.to_le_bytes());
    out
}

/// A frame as it stands in a file.
pub fn record(at: Moment, bytes: &[u8], len: usize) -> Vec<u8> {
    let words = [at.seconds as u32, at.micros, bytes.len() as u32, len as u32];
    let mut out: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    out.extend(bytes);
    out
}

/// The snapshot length of a file, and its frames up to the first that is cut.
pub fn read(bytes: &[u8]) -> Result<(u32, Vec<Record>), Wrong> {
    let magic = bytes.first_chunk::<4>().ok_or(Wrong::Truncated)?;
    let little = matches!(u32::from_le_bytes(*magic), MICROSECONDS | NANOSECONDS);
    let word = |at: usize| {
        let word = bytes.get(at..at + 4).and_then(|word| word.first_chunk::<4>())?;
        Some(if little { u32::from_le_bytes(*word) } else { u32::from_be_bytes(*word) })
    };
    let per_micro = match word(0) {
        Some(MICROSECONDS) => 1,
        Some(NANOSECONDS) => 1000,
        _ => return Err(Wrong::Format),
    };
    let snapshot = word(16).ok_or(Wrong::Truncated)?;
    match word(20).ok_or(Wrong::Truncated)? & 0xffff {
        ETHERNET => {}
        other => return Err(Wrong::LinkType(other)),
    }
    let mut records = Vec::new();
    let mut at = HEADER_LEN;
    while let (Some(seconds), Some(fraction), Some(kept), Some(len)) =
        (word(at), word(at + 4), word(at + 8), word(at + 12))
    {
        let start = at + RECORD_LEN;
        let Some(kept) = bytes.get(start..start + kept as usize) else { break };
        let moment = Moment { seconds: seconds.into(), micros: fraction / per_micro };
        records.push(Record { at: moment, len: len as usize, bytes: kept.to_vec() });
        at = start + kept.len();
    }
    Ok((snapshot, records))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_can_be_read() {
        let at = Moment { seconds: 7, micros: 9 };
        let file = [header(96), record(at, b"abc", 5), record(at, b"", 0)].concat();
        let (snapshot, records) = read(&file).unwrap();
        assert_eq!(snapshot, 96);
        assert_eq!(records[0], Record { at, len: 5, bytes: b"abc".to_vec() });
        assert_eq!(records.len(), 2);
        assert_eq!(read(b"nonsense"), Err(Wrong::Format));
        assert_eq!(read(&file[..file.len() - 17]).unwrap().1.len(), 0);
    }
}
