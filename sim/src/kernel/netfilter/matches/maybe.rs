//! What a rule wants, or wants not.

use crate::wire::Ipv4Addr;

/// A value and whether the rule wants its opposite (`!`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maybe<T> {
    /// `!` stands before it.
    pub not: bool,
    /// The value.
    pub value: T,
}

impl<T> Maybe<T> {
    /// Without `!`.
    pub fn is(value: T) -> Maybe<T> {
        Maybe { not: false, value }
    }

    pub(super) fn holds(&self, test: impl FnOnce(&T) -> bool) -> bool {
        test(&self.value) != self.not
    }
}

/// Whether what is wanted holds; nothing may be wanted.
pub(super) fn all_hold<T>(option: Option<&Maybe<T>>, test: impl FnOnce(&T) -> bool) -> bool {
    option.is_none_or(|wanted| wanted.holds(test))
}

/// An inclusive range of ports.
pub type PortRange = (u16, u16);

/// An inclusive range of addresses.
pub type AddressRange = (Ipv4Addr, Ipv4Addr);

/// Whether a port is in a range.
pub(super) fn in_range(range: PortRange, value: u16) -> bool {
    (range.0..=range.1).contains(&value)
}
