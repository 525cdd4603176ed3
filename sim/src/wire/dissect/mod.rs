//! A frame as a tree: its headers from the outside in, and the fields of each with their place, value
//! and meaning. Any bytes are taken; what is cut off has no fields.

mod inet6;
mod link;
mod reader;
mod transport;
mod words;

use reader::Reader;
pub use reader::{Field, Header};
pub use words::{Gist, Meaning, Name};

/// The headers of a frame, the outermost first.
pub fn dissect(frame: &[u8]) -> Vec<Header> {
    let mut reader = Reader { frame, headers: Vec::new(), depth: 0, next: Some(0) };
    while let Some(at) = reader.next.take() {
        link::ethernet(&mut reader, at);
    }
    reader.headers
}

/// How many bytes are wrapped around the innermost frame.
pub fn wrapping(headers: &[Header]) -> usize {
    let deepest = headers.iter().map(|header| header.depth).max().unwrap_or(0);
    headers.iter().find(|header| header.depth == deepest).map_or(0, |header| header.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A VXLAN packet with an ICMP echo in it, all but its type bytes zero.
    fn wrapped() -> Vec<u8> {
        let mut frame = vec![0; 14 + 20 + 8 + 8 + 14 + 20 + 8 + 4];
        for at in [0, 50] {
            (frame[at + 12], frame[at + 14], frame[at + 17]) = (8, 0x45, (92 - at) as u8 - 10);
        }
        (frame[17], frame[67]) = (82, 32);
        (frame[23], frame[73]) = (17, 1);
        (frame[36], frame[37], frame[39]) = (0x12, 0xb5, 62);
        (frame[42], frame[48]) = (8, 1);
        frame[84] = 8;
        frame
    }

    #[test]
    fn a_tunnel_adds_fifty_bytes_and_one_level() {
        let headers = dissect(&wrapped());
        let names: Vec<(&str, usize)> = headers.iter().map(|it| (it.name, it.depth)).collect();
        let expected = [
            ("Ethernet", 0),
            ("IPv4", 0),
            ("UDP", 0),
            ("VXLAN", 0),
            ("Ethernet", 1),
            ("IPv4", 1),
            ("ICMP", 1),
            ("data", 1),
        ];
        assert_eq!(names, expected);
        assert_eq!(wrapping(&headers), 50);
        assert_eq!(headers[3].gist, Gist::Network(1));
    }

    #[test]
    fn headers_follow_each_other_without_a_gap() {
        let frame = wrapped();
        let mut at = 0;
        for header in dissect(&frame) {
            assert_eq!(header.start, at, "{}", header.name);
            at += header.len;
            for field in &header.fields {
                let end = field.start + field.len;
                assert!(field.start >= header.start && end <= at, "{}", field.name);
            }
        }
        assert_eq!(at, frame.len());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken_apart(
            noise in proptest::collection::vec(proptest::num::u8::ANY, 0..120),
            cut in 0_usize..100,
        ) {
            let mut frame = wrapped();
            frame.truncate(cut);
            for bytes in [noise, frame] {
                for header in dissect(&bytes) {
                    proptest::prop_assert!(header.start + header.len <= bytes.len());
                    for field in header.fields {
                        proptest::prop_assert!(field.start + field.len <= bytes.len());
                    }
                }
            }
        }
    }
}
