//! Names that the kernel gives to chains and rules.

use slotmap::new_key_type;

new_key_type! {
    /// A chain of one table.
    pub struct ChainKey;
}

/// The identity of a rule, never used twice; its number in the chain changes, this does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RuleId(pub u32);
