//! Why a change of rules is refused.

/// Why a change of rules is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleError {
    /// There is no such chain.
    NoChain,
    /// There is a chain of that name.
    ChainExists,
    /// It is not a built-in chain.
    NotBuiltIn,
    /// It is a built-in chain.
    BuiltIn,
    /// Rules jump to the chain.
    Referenced,
    /// The chain has rules.
    NotEmpty,
    /// There is no rule at that place.
    NoPlace,
    /// There is no such rule.
    NoRule,
    /// The same of a rule that jumps to a chain, or whose target is an extension.
    NoRuleLikeIt,
    /// The jump would close a loop.
    Loop,
    /// The jump leads to a built-in chain.
    JumpToBuiltIn,
    /// The jump leads to a built-in chain that is not even there.
    JumpToNothing,
    /// A match or target does not work in this table, or in chains that are reached from this hook.
    Invalid,
    /// A number is too large for the kernel.
    OutOfRange,
    /// A match of a protocol's header without `-p`.
    NoProtocol(u8),
}
