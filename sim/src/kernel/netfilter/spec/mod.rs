//! The language of `iptables`: command lines to rules, rules to words.
//!
//! [`parse`] reads a command line and gives a [`Command`]; [`mod@print`] says how a rule looks in `-S`
//! and `-L`; [`refusal`] has the sentences of every refusal. All pure: no chain is looked up and
//! nothing is changed here. `iptables`, `iptables-restore` and Docker share it.
//!
//! An extension (`-m NAME`, `-j NAME`) is one [`extension::Extension`] in [`matches`] or [`targets`],
//! beside the functions that print it.

pub mod command;
mod extension;
mod getopt;
pub mod icmp;
mod ip;
mod matches;
pub mod names;
mod parser;
pub mod print;
pub mod refusal;
mod rule;
mod targets;
pub mod text;
mod values;

#[cfg(test)]
mod tests;

pub use command::{Action, Command, Options};
pub use parser::{Environment, parse};
pub use refusal::{Refusal, Voice};
pub use rule::{Goal, RuleSpec};

/// Why a command line is refused: its words, not the state of any table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecError {
    /// A word is wrong. The sentence is iptables' own.
    Bad(String),
    /// Something is missing; said when all words have been read.
    Incomplete(String),
    /// A word that belongs to nothing.
    Stray(String),
    /// Nothing but the advice to look at the help.
    Usage,
    /// There is no such table.
    NoTable(String),
    /// There is no such target; `by_goto` if it was to be a chain.
    NoTarget {
        /// Its name.
        name: String,
        /// `-g`.
        by_goto: bool,
    },
    /// The real iptables could, netsim cannot.
    NotSimulated(String),
}

impl SpecError {
    pub(super) fn bad(sentence: String) -> SpecError {
        SpecError::Bad(sentence)
    }

    fn incomplete(sentence: &str) -> SpecError {
        SpecError::Incomplete(sentence.to_owned())
    }
}
