//! Captures as pcapng (draft-ietf-opsawg-pcapng): one interface block for each captured device, named
//! `HOST/NAMESPACE/DEVICE`, times in nanoseconds, the direction of each frame, and the number of the
//! packet's journey as a comment.

use crate::engine::Time;
use crate::kernel::{Direction, LinkId};
use crate::wire::Frame;

use super::HostId;

/// A device whose frames are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its host.
    pub host: HostId,
    /// Its id there.
    pub link: LinkId,
    /// What it is called in the file.
    pub name: String,
}

/// A captured frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The number of its interface in the capture.
    pub interface: usize,
    /// When.
    pub at: Time,
    /// Which way.
    pub direction: Direction,
    /// The frame.
    pub frame: Frame,
}

/// The captures of a world.
#[derive(Debug, Default)]
pub struct Captures {
    /// The devices, in the order in which they were named or found.
    pub interfaces: Vec<Interface>,
    /// The frames, in order of time.
    pub frames: Vec<Captured>,
}

impl Captures {
    /// The number of a device here, if it is captured. One that moved or was renamed has several; the
    /// last one counts.
    pub fn interface(&self, host: HostId, link: LinkId) -> Option<usize> {
        self.interfaces.iter().rposition(|known| (known.host, known.link) == (host, link))
    }

    /// Adds a device, unless it is the last one of this name; its number.
    pub fn add(&mut self, host: HostId, link: LinkId, name: String) -> usize {
        match self.interface(host, link) {
            Some(number) if self.interfaces[number].name == name => number,
            _ => {
                self.interfaces.push(Interface { host, link, name });
                self.interfaces.len() - 1
            }
        }
    }

    /// The file. `epoch` is the calendar time of the start, in seconds since 1970.
    pub fn pcapng(&self, epoch: u64) -> Vec<u8> {
        let mut out = Vec::new();
        section_header(&mut out);
        for interface in &self.interfaces {
            interface_description(&mut out, &interface.name);
        }
        for captured in &self.frames {
            enhanced_packet(&mut out, captured, epoch);
        }
        out
    }
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const LINKTYPE_ETHERNET: u16 = 1;

/// Option codes; those below 100 depend on their block.
mod option {
    pub const COMMENT: u16 = 1;
    pub const SHB_USERAPPL: u16 = 4;
    pub const IF_NAME: u16 = 2;
    pub const IF_TSRESOL: u16 = 9;
    pub const EPB_FLAGS: u16 = 2;
}

/// Appends a block: type, length, body, length again.
fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let len = (12 + body.len()) as u32;
    out.extend(kind.to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(body);
    out.extend(len.to_le_bytes());
}

fn pad(out: &mut Vec<u8>) {
    while !out.len().is_multiple_of(4) {
        out.push(0);
    }
}

fn push_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn end_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn section_header(out: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend(0x1a2b_3c4d_u32.to_le_bytes());
    body.extend(1_u16.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    // The length of the section is not said.
    body.extend(u64::MAX.to_le_bytes());
    let application = concat!("netsim ", env!("CARGO_PKG_VERSION"));
    push_option(&mut body, option::SHB_USERAPPL, application.as_bytes());
    end_options(&mut body);
    block(out, SECTION_HEADER, &body);
}

fn interface_description(out: &mut Vec<u8>, name: &str) {
    let mut body = Vec::new();
    body.extend(LINKTYPE_ETHERNET.to_le_bytes());
    body.extend(0_u16.to_le_bytes());
    body.extend(0_u32.to_le_bytes());
    push_option(&mut body, option::IF_NAME, name.as_bytes());
    push_option(&mut body, option::IF_TSRESOL, &[9]);
    end_options(&mut body);
    block(out, INTERFACE_DESCRIPTION, &body);
}

fn enhanced_packet(out: &mut Vec<u8>, captured: &Captured, epoch: u64) {
    let bytes = &captured.frame.bytes;
    let at = epoch.saturating_mul(1_000_000_000).saturating_add(captured.at.as_nanos());
    let mut body = Vec::with_capacity(64 + bytes.len());
    body.extend((captured.interface as u32).to_le_bytes());
    body.extend(((at >> 32) as u32).to_le_bytes());
    body.extend((at as u32).to_le_bytes());
    body.extend((bytes.len() as u32).to_le_bytes());
    body.extend((bytes.len() as u32).to_le_bytes());
    body.extend(&bytes[..]);
    pad(&mut body);
    let comment = format!("netsim packet {}", captured.frame.packet);
    push_option(&mut body, option::COMMENT, comment.as_bytes());
    let flags: u32 = match captured.direction {
        Direction::In => 1,
        Direction::Out => 2,
    };
    push_option(&mut body, option::EPB_FLAGS, &flags.to_le_bytes());
    end_options(&mut body);
    block(out, ENHANCED_PACKET, &body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Bytes, PacketId};

    #[test]
    fn every_block_repeats_its_length_and_ends_on_a_word() {
        let mut captures = Captures::default();
        let interface = captures.add(HostId(0), LinkId::default(), "h/host/eth0".into());
        let frame = Frame { packet: PacketId::new(0, 1), bytes: Bytes::copy_of(&[7; 61]) };
        let at = Time::from_nanos(5);
        captures.frames.push(Captured { interface, at, direction: Direction::In, frame });
        let file = captures.pcapng(1);
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let (mut at, mut kinds) = (0, Vec::new());
        while at < file.len() {
            let len = word(at + 4);
            assert_eq!(len % 4, 0);
            assert_eq!(word(at + len - 4), len);
            kinds.push(word(at) as u32);
            at += len;
        }
        assert_eq!(kinds, [SECTION_HEADER, INTERFACE_DESCRIPTION, ENHANCED_PACKET]);
    }
}
