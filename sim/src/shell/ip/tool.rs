//! What all objects need: the options in front of the object, the tool that runs.

use crate::kernel::LinkId;
use crate::process::Proc;
use crate::shell::args::{Args, Failure, Result, abbreviates};

/// What the options in front of the object ask for.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Options {
    pub family: Family,
    pub details: bool,
    /// How often `-s` was given.
    pub statistics: u8,
    pub oneline: bool,
    pub brief: bool,
    pub numeric: bool,
    pub human: bool,
    /// Whether human-readable numbers count in 1024s.
    pub iec: bool,
    pub all: bool,
    /// How often `-t` was given; `-ts` counts as two.
    pub timestamp: u8,
    /// Whether a batch goes on after an error.
    pub force: bool,
    /// Whether VLANs in a row are printed as a range.
    pub compresses_vlans: bool,
    /// Whether objects are printed as JSON (`-j`), and whether that is made to be read (`-p`).
    pub json: bool,
    pub pretty: bool,
    pub(super) batch: Option<String>,
}

/// The family of addresses that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Any.
    #[default]
    Any,
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
    /// Hardware addresses.
    Link,
    /// A family of which there is nothing here: MPLS, bridge.
    Other,
}

impl Family {
    /// As the command line names it.
    pub fn named(word: &str) -> Option<Family> {
        Some(match word {
            "inet" => Family::Inet,
            "inet6" => Family::Inet6,
            "link" => Family::Link,
            "mpls" | "bridge" => Family::Other,
            _ => return None,
        })
    }

    /// What an error calls it.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Family::Any => "any valid",
            Family::Inet => "inet",
            Family::Inet6 => "inet6",
            Family::Link => "link",
            Family::Other => "mpls",
        }
    }

    /// Whether IPv4 belongs to it.
    pub fn has_inet(self) -> bool {
        matches!(self, Family::Any | Family::Inet)
    }

    /// Whether IPv6 belongs to it.
    pub fn has_inet6(self) -> bool {
        matches!(self, Family::Any | Family::Inet6)
    }
}

/// One run of a tool of this family.
pub struct Tool {
    /// Its process.
    pub proc: Proc,
    /// How it was called.
    pub options: Options,
}

impl Tool {
    /// Writes to standard output.
    pub fn print(&self, text: &str) {
        self.proc.print(text);
    }

    /// Writes to standard error.
    pub fn eprint(&self, text: &str) {
        self.proc.eprint(text);
    }

    /// What ends a line inside one object's description.
    pub fn newline(&self) -> &'static str {
        if self.options.oneline { "\\" } else { "\n" }
    }

    /// The device with this name; `if5` means the one with this number (`ll_name_to_index`).
    pub fn device(&self, name: &str) -> Option<LinkId> {
        device(&self.proc, name)
    }

    /// The same, as a value without which the command cannot go on.
    pub fn existing_device(&self, name: &str) -> Result<LinkId> {
        self.device(name).ok_or_else(|| Failure::no_device(name))
    }

    /// The same, as the value of an option.
    pub(super) fn device_value(&self, args: &mut Args) -> Result<LinkId> {
        let word = args.value()?;
        self.device(word).ok_or_else(|| Failure::wrong(word, "Device does not exist\n"))
    }

    /// The name of a device.
    pub fn device_name(&self, id: LinkId) -> String {
        self.proc.sys(|sys| sys.link_name(id))
    }
}

/// The device with this name; `if5` means the one with this number.
fn device(proc: &Proc, name: &str) -> Option<LinkId> {
    proc.sys(|sys| {
        let by_number = || sys.link_at(sys.ns(), name.strip_prefix("if")?.parse().ok()?);
        sys.link_named(name).or_else(by_number)
    })
}

/// `-c`, `-color`, `-color=auto`. Nothing is coloured: output never goes to a terminal that asks for it.
pub fn is_colour(word: &str) -> bool {
    let (option, mode) = word.split_once('=').unwrap_or((word, "always"));
    abbreviates(option, "-color") && matches!(mode, "always" | "auto" | "never")
}
