//! [`Refusal`]: why a command failed, in the words and with the exit status of the tool.

use crate::kernel::netfilter::table::Backend;
use crate::kernel::netfilter::{RuleError, TableName};

use super::command::Action;
use super::{SpecError, names};

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its words are wrong.
    Words(SpecError),
    /// The tables do not allow it.
    Kernel {
        /// Why.
        error: RuleError,
        /// What was tried.
        action: Action,
        /// On which chain.
        chain: String,
    },
    /// There is no such policy.
    BadPolicy {
        /// Of which chain it was to be.
        chain: String,
        /// Its name.
        policy: String,
    },
    /// A rule asks a set that does not exist.
    NoSet(String),
    /// There is no such chain to be listed.
    NoChainToList {
        /// In which table.
        table: TableName,
        /// Its name.
        chain: String,
    },
    /// Only whoever may administer the network sees or changes tables.
    NotPermitted(TableName),
    /// A line of a file of `iptables-restore` makes no sense.
    BadLine,
}

impl From<SpecError> for Refusal {
    fn from(error: SpecError) -> Self {
        Refusal::Words(error)
    }
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// `iptables`, `iptables-restore`.
    pub program: String,
    /// Which flavour.
    pub backend: Backend,
    /// The line of the file that is being restored.
    pub line: Option<usize>,
}

/// The version of iptables that is simulated.
pub const VERSION: &str = "v1.8.9";

impl Voice {
    /// `iptables v1.8.9 (nf_tables)`
    pub fn name_and_version(&self) -> String {
        let flavour = match self.backend {
            Backend::Legacy => "legacy",
            Backend::Nft => "nf_tables",
        };
        format!("{} {VERSION} ({flavour})", self.program)
    }

    /// What is wrong, and the exit status.
    pub fn refuse(&self, refusal: &Refusal) -> (String, i32) {
        match refusal {
            Refusal::Words(error) => self.refuse_words(error),
            Refusal::NoSet(name) => self.bad(&format!("Set {name} doesn't exist.\n")),
            Refusal::Kernel { error: RuleError::NoProtocol(protocol), .. } => {
                let name = names::protocol_name(*protocol);
                self.bad(&format!("{} match requires '-p {name}'", name.to_uppercase()))
            }
            Refusal::BadPolicy { chain, policy } => match (self.line, self.backend) {
                (Some(line), Backend::Legacy) => {
                    let version = self.name_and_version();
                    let place = format!("`{policy}' on `{chain}' line {line}");
                    (format!("{version}: Can't set policy {place}: Bad policy name\n"), 1)
                }
                _ => (self.short("Bad policy name", true), 1),
            },
            Refusal::BadLine => {
                let line = self.line.unwrap_or_default();
                (format!("{}: line {line} failed\n", self.program), 1)
            }
            Refusal::NotPermitted(table) => self.not_permitted(*table),
            Refusal::NoChainToList { table, chain } => (self.no_chain_to_list(*table, chain), 1),
            Refusal::Kernel { error, action, chain } => self.refuse_change(*error, action, chain),
        }
    }

    fn not_permitted(&self, table: TableName) -> (String, i32) {
        const WHY: &str = "Permission denied (you must be root)";
        let (version, program) = (self.name_and_version(), &self.program);
        match self.backend {
            Backend::Nft => {
                (format!("{version}: Could not fetch rule set generation id: {WHY}\n"), 4)
            }
            Backend::Legacy => {
                let table = table.name();
                let line = format!("can't initialize {program} table `{table}': {WHY}");
                (format!("{version}: {line}\n{}", upgrade(program)), 3)
            }
        }
    }

    fn no_chain_to_list(&self, table: TableName, chain: &str) -> String {
        if self.backend == Backend::Legacy {
            return self.short("No chain/target/match by that name", false);
        }
        // It takes what it does not know for the work of others.
        format!(
            "{}: chain `{chain}' in table `{}' is incompatible, use 'nft' tool.\n",
            self.name_and_version(),
            table.name()
        )
    }

    fn refuse_words(&self, error: &SpecError) -> (String, i32) {
        let version = self.name_and_version();
        match (error, self.backend) {
            (SpecError::Bad(sentence) | SpecError::Incomplete(sentence), _) => self.bad(sentence),
            (SpecError::Stray(word), _) => (format!("Bad argument `{word}'\n{}", self.advice()), 2),
            (SpecError::Usage, _) => (self.advice(), 2),
            (SpecError::NoTable(name), _) if self.line.is_some() => self.bad(&self.no_table(name)),
            (SpecError::NoTable(name), Backend::Nft) => {
                (format!("{version}: table '{name}' does not exist\n{}", upgrade(&self.program)), 3)
            }
            (SpecError::NoTable(name), Backend::Legacy) => (
                format!(
                    "{version}: can't initialize iptables table `{name}': Table does not exist (do you \
                     need to insmod?)\n{}",
                    upgrade(&self.program)
                ),
                3,
            ),
            (SpecError::NoTarget { name, .. }, Backend::Nft) => {
                self.bad(&format!("Chain '{name}' does not exist"))
            }
            (SpecError::NoTarget { name, by_goto: true }, Backend::Legacy) => {
                self.bad(&format!("goto '{name}' is not a chain"))
            }
            (SpecError::NoTarget { name, by_goto: false }, Backend::Legacy) => {
                self.bad(&format!("Couldn't load target `{name}':No such file or directory\n"))
            }
            (SpecError::NotSimulated(what), _) => {
                (format!("{version}: {what} is not simulated by netsim\n"), 2)
            }
        }
    }

    /// What is said of a table in a file.
    fn no_table(&self, name: &str) -> String {
        let (program, line) = (&self.program, self.line.unwrap_or_default());
        match self.backend {
            Backend::Nft => format!("{program}: line {line} table name '{name}' invalid"),
            Backend::Legacy => format!("{program}: unable to initialize table '{name}'"),
        }
    }

    /// A wrong word: the sentence, and where to read more.
    fn bad(&self, sentence: &str) -> (String, i32) {
        (format!("{}: {sentence}\n{}", self.name_and_version(), self.advice()), 2)
    }

    fn advice(&self) -> String {
        let line = self.line.map(|line| format!("Error occurred at line: {line}\n"));
        let program = &self.program;
        format!(
            "{}Try `{program} -h' or '{program} --help' for more information.\n",
            line.unwrap_or_default()
        )
    }

    /// A sentence without a version, as for errors of the kernel.
    fn short(&self, sentence: &str, see_dmesg: bool) -> String {
        match (self.line, self.backend) {
            (Some(line), Backend::Legacy) => format!("{}: line {line} failed\n", self.program),
            (Some(line), Backend::Nft) => {
                format!("{}: line {line} failed: {sentence}.\n", self.program)
            }
            (None, _) => {
                let dmesg = if see_dmesg { " Run `dmesg' for more information." } else { "" };
                format!("{}: {sentence}.{dmesg}\n", self.program)
            }
        }
    }

    fn refuse_change(&self, error: RuleError, action: &Action, chain: &str) -> (String, i32) {
        // The kernel is asked for the target before the rules are looked at, and the answer stays.
        let error = match (error, self.backend) {
            (RuleError::NoRuleLikeIt, Backend::Legacy) => RuleError::NoChain,
            (RuleError::NoRuleLikeIt, Backend::Nft) => RuleError::NoRule,
            (error, _) => error,
        };
        if let Some(sentence) = sentence(error, action) {
            return (self.short(sentence, false), 1);
        }
        match self.backend {
            Backend::Legacy => {
                let (sentence, see_dmesg) = legacy_sentence(error);
                (self.short(sentence, see_dmesg), 1)
            }
            Backend::Nft => {
                let (step, what) = nft_step(action);
                let errno = nft_errno(error);
                let version = self.name_and_version();
                let line = self.line.map(|line| format!("\nline {line}:")).unwrap_or_default();
                (format!("{version}: {line} {step} failed ({errno}): {what} {chain}\n"), 4)
            }
        }
    }
}

fn upgrade(program: &str) -> String {
    format!("Perhaps {program} or your kernel needs to be upgraded.\n")
}

/// What both flavours say.
fn sentence(error: RuleError, action: &Action) -> Option<&'static str> {
    Some(match (error, action) {
        (RuleError::NoPlace, Action::Insert { .. }) => "Index of insertion too big",
        (RuleError::NoPlace, Action::Replace { .. }) => "Index of replacement too big",
        (RuleError::NoPlace, Action::Zero { .. }) => "Index of counter too big",
        (RuleError::NoPlace, _) => "Index of deletion too big",
        (RuleError::NoRule, _) => "Bad rule (does a matching rule exist in that chain?)",
        (RuleError::NoChain, _) => "No chain/target/match by that name",
        (RuleError::NotBuiltIn, _) => "Bad built-in chain name",
        (RuleError::ChainExists, Action::Rename { .. }) => "File exists",
        (RuleError::ChainExists, _) => "Chain already exists",
        _ => return None,
    })
}

/// What `iptables-legacy` says: the error number of the kernel or of its library, and whether the log
/// may know more.
fn legacy_sentence(error: RuleError) -> (&'static str, bool) {
    match error {
        RuleError::Referenced => ("Too many links", false),
        RuleError::NotEmpty => ("Directory not empty", false),
        RuleError::Loop => ("Too many levels of symbolic links", false),
        RuleError::OutOfRange => ("Numerical result out of range", false),
        _ => ("Invalid argument", true),
    }
}

/// The error number that `nf_tables` answers with.
fn nft_errno(error: RuleError) -> &'static str {
    match error {
        RuleError::Referenced | RuleError::NotEmpty | RuleError::BuiltIn => {
            "Device or resource busy"
        }
        RuleError::Loop => "Too many links",
        RuleError::JumpToBuiltIn => "Operation not supported",
        RuleError::JumpToNothing => "No such file or directory",
        _ => "Invalid argument",
    }
}

/// What `iptables-nft` calls a step of its batch, and what it is about.
fn nft_step(action: &Action) -> (&'static str, &'static str) {
    match action {
        Action::Append => ("RULE_APPEND", "rule in chain"),
        Action::Insert { .. } => ("RULE_INSERT", "rule in chain"),
        Action::Replace { .. } => ("RULE_REPLACE", "rule in chain"),
        Action::Delete | Action::DeleteAt { .. } => ("RULE_DELETE", "rule in chain"),
        Action::DeleteChain => ("CHAIN_DEL", "chain"),
        _ => ("CHAIN_UPDATE", "chain"),
    }
}
