//! Why `ipset` does nothing.

use crate::kernel::netfilter::ipset::SetError;
use crate::process::Proc;

/// The version that the tool says it has.
pub(super) const VERSION: &str = "v7.17";

/// Why nothing is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The command line makes no sense; where to find help is said, too.
    Usage(String),
    /// Something in it is wrong, or the kernel says no.
    Wrong(String),
    /// There is nothing to say.
    Silent(i32),
}

/// What comes of a command.
pub(super) type Result<T> = std::result::Result<T, Refusal>;

impl Refusal {
    pub(super) fn syntax(sentence: impl std::fmt::Display) -> Refusal {
        Refusal::Wrong(format!("Syntax error: {sentence}"))
    }

    pub(super) fn not_simulated(what: impl std::fmt::Display) -> Refusal {
        Refusal::Wrong(format!("{what} is not simulated by netsim"))
    }
}

impl From<SetError> for Refusal {
    fn from(error: SetError) -> Refusal {
        let sentence = match error {
            SetError::NoSet => "The set with the given name does not exist",
            SetError::NoSecondSet => "Sets cannot be swapped: the second set does not exist",
            SetError::SetExists => "Set cannot be created: set with the same name already exists",
            SetError::NewNameExists => {
                "Set cannot be renamed: a set with the new name already exists"
            }
            SetError::InUse => "Set cannot be destroyed: it is in use by a kernel component",
            SetError::InUseByName => "Set cannot be renamed: it is in use by another system",
            SetError::KindsDiffer => "The sets cannot be swapped: their type does not match",
            SetError::EntryExists => "Element cannot be added to the set: it's already added",
            SetError::NoEntry => "Element cannot be deleted from the set: it's not added",
            SetError::Full => "Hash is full, cannot add more elements",
            SetError::NullAddress => "Null-valued element, cannot be stored in a hash type of set",
            SetError::BadPrefix => "The value of the CIDR parameter of the IP address is invalid",
        };
        Refusal::Wrong(sentence.to_owned())
    }
}

/// Says why nothing is done; the exit status.
pub(super) fn refuse(proc: &Proc, refusal: &Refusal, line: Option<usize>, is_quiet: bool) -> i32 {
    let (sentence, status) = match refusal {
        Refusal::Usage(sentence) => {
            let hint = "Try `ipset help' for more information.";
            (format!("ipset {VERSION}: {sentence}\n{hint}\n"), 2)
        }
        Refusal::Wrong(sentence) => {
            let place = line.map_or_else(String::new, |line| format!("Error in line {line}: "));
            (format!("ipset {VERSION}: {place}{sentence}\n"), 1)
        }
        Refusal::Silent(status) => return *status,
    };
    if !is_quiet {
        proc.eprint(&sentence);
    }
    status
}
