//! 802.1Q tags: four bytes after the Ethernet addresses.

use super::Bytes;
use super::ethernet::ETHERTYPE_VLAN;

/// Length of a tag.
pub const TAG_LEN: usize = 4;

/// The VLAN id of a tagged frame.
pub fn id(frame: &[u8]) -> Option<u16> {
    let tag = frame.get(12..16)?;
    (u16::from_be_bytes([tag[0], tag[1]]) == ETHERTYPE_VLAN)
        .then(|| u16::from_be_bytes([tag[2], tag[3]]) & 0x0fff)
}

/// Inserts a tag with priority 0.
pub fn push(frame: &mut Bytes, id: u16) {
    let whole = frame.push_front(TAG_LEN);
    whole.copy_within(TAG_LEN..TAG_LEN + 12, 0);
    whole[12..14].copy_from_slice(&ETHERTYPE_VLAN.to_be_bytes());
    whole[14..16].copy_from_slice(&(id & 0x0fff).to_be_bytes());
}

/// Removes the tag of a tagged frame; other frames stay as they are.
pub fn pop(frame: &mut Bytes) {
    if id(frame).is_some() {
        frame.make_mut().copy_within(0..12, TAG_LEN);
        frame.pull_front(TAG_LEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_pushed_behind_the_addresses_and_popped_again() {
        let original: Vec<u8> = (0..20).collect();
        let mut frame = Bytes::copy_of(&original);
        push(&mut frame, 50);
        assert_eq!(frame[..12], original[..12]);
        assert_eq!(frame[12..16], [0x81, 0x00, 0, 50]);
        assert_eq!(id(&frame), Some(50));
        pop(&mut frame);
        assert_eq!(*frame, *original);
    }
}
