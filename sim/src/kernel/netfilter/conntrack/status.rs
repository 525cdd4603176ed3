//! Bits of `--ctstatus`.

/// Announced by a helper.
pub const EXPECTED: u8 = 1;
/// Packets have been seen in both directions.
pub const SEEN_REPLY: u8 = 2;
/// Worth keeping when the table is full.
pub const ASSURED: u8 = 4;
/// The first packet has left.
pub const CONFIRMED: u8 = 8;
