//! [`Command`]: what a command line asks for, and which options go with what.

use crate::kernel::netfilter::matches::IpMatch;
use crate::kernel::netfilter::table::RuleCounters;
use crate::kernel::netfilter::{Hook, TableName};

use super::SpecError;
use super::rule::{Goal, RuleSpec};

/// A command line, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// `-t`.
    pub table: TableName,
    /// The chain, where one was named.
    pub chain: Option<String>,
    /// What is to be done.
    pub action: Action,
    /// The rule, where the action is about one.
    pub rule: RuleSpec,
    /// How it is to be shown.
    pub options: Options,
    /// What iptables remarks before it does it.
    pub remarks: Vec<String>,
}

/// What is to be done. Places count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Append,
    Insert { at: usize },
    Delete,
    DeleteAt { at: usize },
    Replace { at: usize },
    Check,
    List { at: Option<usize> },
    ListRules { at: Option<usize> },
    Flush,
    Zero { at: Option<usize> },
    NewChain,
    DeleteChain,
    Rename { to: String },
    Policy { name: String },
    Version,
    Help,
}

/// How a command speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// `-v`.
    pub verbose: bool,
    /// `-n`.
    pub numeric: bool,
    /// `-x`.
    pub exact: bool,
    /// `--line-numbers`.
    pub line_numbers: bool,
    /// `-Z` beside `-L` or `-S`: counters start anew behind the list.
    pub zero: bool,
}

impl Action {
    /// Its letter.
    pub(in crate::kernel) fn letter(&self) -> char {
        match self {
            Action::Append => 'A',
            Action::Insert { .. } => 'I',
            Action::Delete | Action::DeleteAt { .. } => 'D',
            Action::Replace { .. } => 'R',
            Action::Check => 'C',
            Action::List { .. } => 'L',
            Action::ListRules { .. } => 'S',
            Action::Flush => 'F',
            Action::Zero { .. } => 'Z',
            Action::NewChain => 'N',
            Action::DeleteChain => 'X',
            Action::Rename { .. } => 'E',
            Action::Policy { .. } => 'P',
            Action::Version => 'V',
            Action::Help => 'h',
        }
    }

    /// Whether it is about a rule that the command line describes.
    pub fn has_rule(&self) -> bool {
        matches!(
            self,
            Action::Append
                | Action::Insert { .. }
                | Action::Delete
                | Action::Replace { .. }
                | Action::Check
        )
    }

    /// Whether it only shows something.
    pub fn is_list(&self) -> bool {
        matches!(self, Action::List { .. } | Action::ListRules { .. })
    }

    /// Options that do not go with it.
    fn illegal(&self) -> &'static str {
        match self {
            Action::Append | Action::Insert { .. } | Action::Replace { .. } => "nx0",
            Action::Delete | Action::Check => "nx0c",
            Action::List { .. } => "sdpjiocf",
            Action::Policy { .. } => "nsdpjxio0f",
            _ => "nsdpjxio0cf",
        }
    }
}

/// Options that were given, as letters; `0` is `--line-numbers`.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters(String);

impl Letters {
    /// The order in which they are looked at.
    const ORDER: &str = "nsdpjvxio0cf";

    /// Takes an option.
    pub fn add(&mut self, letter: char, not: bool) -> Result<(), SpecError> {
        if self.0.contains(letter) {
            return Err(SpecError::bad(format!("multiple -{letter} flags not allowed")));
        }
        if not && !"sdpiof".contains(letter) {
            return Err(SpecError::bad(format!("cannot have ! before -{letter}")));
        }
        self.0.push(letter);
        Ok(())
    }

    pub fn has(&self, letter: char) -> bool {
        self.0.contains(letter)
    }

    /// Refuses options that do not go with a command.
    pub fn check(&self, action: &Action) -> Result<(), SpecError> {
        let illegal = action.illegal();
        match Letters::ORDER.chars().find(|l| self.has(*l) && illegal.contains(*l)) {
            Some(letter) => {
                Err(SpecError::bad(format!("Illegal option `-{letter}' with this command")))
            }
            None => Ok(()),
        }
    }
}

/// The name of a chain that is to be made.
pub(super) fn check_chain_name(name: &str) -> Result<(), SpecError> {
    check_chain_length(name)?;
    if let Some(first) = name.chars().next().filter(|first| matches!(first, '-' | '!')) {
        return Err(SpecError::bad(format!("chain name not allowed to start with `{first}'")));
    }
    if super::targets::is_taken(name) {
        return Err(SpecError::bad("chain name may not clash with target name".to_owned()));
    }
    if name.contains(char::is_whitespace) {
        return Err(SpecError::bad(format!("Invalid chain name `{name}'")));
    }
    Ok(())
}

/// Names have a place of 29 bytes in the kernel, one of them for their end.
const MAX_CHAIN_NAME: usize = 28;

pub(super) fn check_chain_length(name: &str) -> Result<(), SpecError> {
    if name.len() > MAX_CHAIN_NAME {
        return Err(SpecError::bad(format!(
            "chain name `{name}' too long (must be under {} chars)",
            MAX_CHAIN_NAME + 1
        )));
    }
    Ok(())
}

/// The name behind `-j`.
pub(super) fn check_target_name(name: &str) -> Result<(), SpecError> {
    if name.is_empty() {
        return Err(SpecError::bad("Invalid target name (too short)".to_owned()));
    }
    if name.len() > MAX_CHAIN_NAME {
        return Err(SpecError::bad(format!(
            "Invalid target name `{name}' ({MAX_CHAIN_NAME} chars max)"
        )));
    }
    if name.contains(char::is_whitespace) {
        return Err(SpecError::bad(format!("Invalid target name `{name}'")));
    }
    Ok(())
}

/// Devices that are not known at a hook.
pub(super) fn check_devices(chain: &str, ip: &IpMatch) -> Result<(), SpecError> {
    let hook = Hook::named(chain);
    let wrong = |option| Err(SpecError::bad(format!("Can't use {option} with {chain}\n")));
    if ip.input.is_some() && matches!(hook, Some(Hook::Output | Hook::Postrouting)) {
        return wrong("-i");
    }
    if ip.output.is_some() && matches!(hook, Some(Hook::Prerouting | Hook::Input)) {
        return wrong("-o");
    }
    Ok(())
}

impl RuleSpec {
    /// A rule that matches everything and does nothing.
    pub(super) fn empty() -> RuleSpec {
        RuleSpec {
            ip: IpMatch::default(),
            sources: Vec::new(),
            destinations: Vec::new(),
            matches: Vec::new(),
            goal: Goal::Target(crate::kernel::netfilter::target::Target::None),
            counters: RuleCounters::default(),
        }
    }
}
