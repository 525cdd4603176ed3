//! [`Bytes`]: a shared buffer with copy on write and room in front for more headers.
//!
//! A clone costs a counter; a flooded frame is one buffer with many owners. Changing bytes that
//! somebody else also holds copies them first, so what a capture or the trace kept never changes.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// Room that a new packet gets in front: an Ethernet header and one VXLAN encapsulation
/// (14 + 20 + 8 + 8 + 14), so that neither needs a copy.
pub const HEADROOM: usize = 64;

/// A run of bytes inside a shared buffer.
#[derive(Clone)]
pub struct Bytes {
    buffer: Rc<[u8]>,
    start: u32,
    end: u32,
}

impl Bytes {
    /// `len` zero bytes with [`HEADROOM`] in front, filled in by `fill`.
    pub fn build<R>(len: usize, fill: impl FnOnce(&mut [u8]) -> R) -> (Bytes, R) {
        let mut bytes = Bytes::zeroed(HEADROOM, len);
        let result = fill(bytes.make_mut());
        (bytes, result)
    }

    /// A copy of `slice` with [`HEADROOM`] in front.
    pub fn copy_of(slice: &[u8]) -> Bytes {
        Bytes::build(slice.len(), |out| out.copy_from_slice(slice)).0
    }

    fn zeroed(headroom: usize, len: usize) -> Bytes {
        let buffer: Rc<[u8]> = std::iter::repeat_n(0, headroom + len).collect();
        Bytes { buffer, start: headroom as u32, end: (headroom + len) as u32 }
    }

    /// The bytes, for changing; copied first if somebody else holds them too.
    pub fn make_mut(&mut self) -> &mut [u8] {
        self.unshare(0);
        let (start, end) = (self.start as usize, self.end as usize);
        &mut Rc::get_mut(&mut self.buffer).expect("unshare left one owner")[start..end]
    }

    /// Makes room for `n` more bytes in front and returns the whole, to be filled in.
    pub fn push_front(&mut self, n: usize) -> &mut [u8] {
        self.unshare(n);
        self.start -= n as u32;
        let (start, end) = (self.start as usize, self.end as usize);
        &mut Rc::get_mut(&mut self.buffer).expect("unshare left one owner")[start..end]
    }

    /// Drops the first `n` bytes (an outer header); all of them if there are fewer.
    pub fn pull_front(&mut self, n: usize) {
        self.start = (self.start + n as u32).min(self.end);
    }

    /// Keeps only the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.end = self.end.min(self.start + len as u32);
    }

    /// A part of these bytes, sharing the buffer.
    pub fn slice(&self, from: usize, to: usize) -> Bytes {
        let mut part = self.clone();
        part.truncate(to);
        part.pull_front(from);
        part
    }

    /// Ends sharing, and makes sure that `front` bytes of room lie before the start.
    fn unshare(&mut self, front: usize) {
        if self.start as usize >= front && Rc::get_mut(&mut self.buffer).is_some() {
            return;
        }
        let headroom = HEADROOM.max(front);
        let old: &[u8] = self;
        let buffer: Rc<[u8]> =
            std::iter::repeat_n(0, headroom).chain(old.iter().copied()).collect();
        let end = buffer.len() as u32;
        *self = Bytes { buffer, start: headroom as u32, end };
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[self.start as usize..self.end as usize]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.len())
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Bytes) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_not_seen_by_other_owners() {
        let mut a = Bytes::copy_of(b"hello");
        let b = a.clone();
        a.make_mut()[0] = b'j';
        assert_eq!(&*a, b"jello");
        assert_eq!(&*b, b"hello");
    }

    #[test]
    fn headers_are_pushed_and_pulled_without_losing_the_payload() {
        let mut packet = Bytes::copy_of(b"payload");
        packet.push_front(14)[..14].copy_from_slice(b"ethernet......");
        assert_eq!(&*packet, b"ethernet......payload");
        let capture = packet.clone();
        packet.push_front(100)[..100].fill(b'x');
        packet.pull_front(114);
        assert_eq!(&*packet, b"payload");
        assert_eq!(&*capture, b"ethernet......payload");
    }

    #[test]
    fn slices_stay_inside() {
        let bytes = Bytes::copy_of(b"0123456789");
        assert_eq!(&*bytes.slice(2, 5), b"234");
        assert_eq!(&*bytes.slice(8, 50), b"89");
        assert_eq!(&*bytes.slice(50, 60), b"");
    }
}
