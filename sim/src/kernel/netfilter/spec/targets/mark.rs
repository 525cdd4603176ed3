//! `MARK`, `CONNMARK`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::values::Value;
use crate::kernel::netfilter::target::{ConnmarkChange, MarkChange, Target};

pub(super) const MARK: Extension<Target> = Extension {
    name: "MARK",
    options: &[
        Opt::value(&["set-xmark"]).excludes(&["set-mark", "and-mark", "or-mark", "xor-mark"]),
        Opt::value(&["set-mark"]).excludes(&["set-xmark", "and-mark", "or-mark", "xor-mark"]),
        Opt::value(&["and-mark"]).excludes(&["set-xmark", "set-mark", "or-mark", "xor-mark"]),
        Opt::value(&["or-mark"]).excludes(&["set-xmark", "set-mark", "and-mark", "xor-mark"]),
        Opt::value(&["xor-mark"]).excludes(&["set-xmark", "set-mark", "and-mark", "or-mark"]),
    ],
    build: |given: &Given<'_>| {
        let missing = "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required";
        let change = read_change(given)?.ok_or_else(|| SpecError::incomplete(missing))?;
        Ok(Target::Mark(change))
    },
};

/// What `--set-xmark`, `--set-mark`, `--and-mark`, `--or-mark` or `--xor-mark` asks for.
fn read_change(given: &Given<'_>) -> Result<Option<MarkChange>, SpecError> {
    let with_mask = |name| given.value(name, Value::masked_mark);
    let bits = |name| given.value(name, Value::mark);
    let change = |xor, clear| Ok(Some(MarkChange { clear, xor }));
    if let Some((value, mask)) = with_mask("set-xmark")? {
        return change(value, mask);
    }
    if let Some((value, mask)) = with_mask("set-mark")? {
        return change(value, value | mask);
    }
    if let Some(keep) = bits("and-mark")? {
        return change(0, !keep);
    }
    if let Some(set) = bits("or-mark")? {
        return change(set, set);
    }
    match bits("xor-mark")? {
        Some(flip) => change(flip, 0),
        None => Ok(None),
    }
}

pub(super) fn save(MarkChange { clear, xor }: MarkChange) -> String {
    format!(" --set-xmark {xor:#x}/{clear:#x}")
}

/// The simplest word for a change.
pub(super) fn list(MarkChange { clear, xor }: MarkChange) -> String {
    if xor == 0 {
        format!("and {:#x}", !clear)
    } else if xor == clear {
        format!("or {xor:#x}")
    } else if clear == 0 {
        format!("xor {xor:#x}")
    } else if clear == u32::MAX {
        format!("set {xor:#x}")
    } else {
        format!("xset {xor:#x}/{clear:#x}")
    }
}

const SETS: &[&str] = &["set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark"];

pub(super) const CONNMARK: Extension<Target> = Extension {
    name: "CONNMARK",
    options: &[
        Opt::value(&["set-xmark"]).excludes(&["save-mark", "restore-mark"]),
        Opt::value(&["set-mark"]).excludes(&["set-xmark", "save-mark", "restore-mark"]),
        Opt::value(&["and-mark"]).excludes(&["set-xmark", "set-mark", "save-mark", "restore-mark"]),
        Opt::value(&["or-mark"]).excludes(&["set-xmark", "set-mark", "and-mark"]),
        Opt::value(&["xor-mark"]).excludes(&["set-xmark", "set-mark", "and-mark", "or-mark"]),
        Opt::flag(&["save-mark"]).excludes(&["restore-mark"]),
        Opt::flag(&["restore-mark"]).excludes(SETS),
        Opt::value(&["ctmask"]).excludes(&["mask"]),
        Opt::value(&["nfmask"]).excludes(&["mask"]),
        Opt::value(&["mask"]).excludes(&["ctmask", "nfmask"]),
    ],
    build: connmark,
};

fn connmark(given: &Given<'_>) -> Result<Target, SpecError> {
    let mask = |name| given.value(name, Value::mark);
    let both = mask("mask")?;
    let connection = mask("ctmask")?.or(both).unwrap_or(u32::MAX);
    let packet = mask("nfmask")?.or(both).unwrap_or(u32::MAX);
    if given.has("save-mark") {
        return Ok(Target::Connmark(ConnmarkChange::Save { from: packet, to: connection }));
    }
    if given.has("restore-mark") {
        return Ok(Target::Connmark(ConnmarkChange::Restore { from: connection, to: packet }));
    }
    let missing = "CONNMARK target: No operation specified";
    let mut change = read_change(given)?.ok_or_else(|| SpecError::incomplete(missing))?;
    if given.has("set-mark") {
        change.clear = both.map_or(change.clear, |mask| change.xor | mask);
    }
    Ok(Target::Connmark(ConnmarkChange::Set(change)))
}

pub(super) fn save_connmark(change: ConnmarkChange) -> String {
    match change {
        ConnmarkChange::Set(change) => save(change),
        ConnmarkChange::Save { from, to } => {
            format!(" --save-mark --nfmask {from:#x} --ctmask {to:#x}")
        }
        ConnmarkChange::Restore { from, to } => {
            format!(" --restore-mark --nfmask {to:#x} --ctmask {from:#x}")
        }
    }
}

pub(super) fn list_connmark(change: ConnmarkChange) -> String {
    match change {
        ConnmarkChange::Set(change) => format!("CONNMARK {}", list(change)),
        ConnmarkChange::Save { from, to } => {
            format!("CONNMARK save{}", masks(("nfmask", from), ("ctmask", to)))
        }
        ConnmarkChange::Restore { from, to } => {
            format!("CONNMARK restore{}", masks(("ctmask", from), ("nfmask", to)))
        }
    }
}

fn masks(from: (&str, u32), to: (&str, u32)) -> String {
    match (from, to) {
        ((_, u32::MAX), (_, u32::MAX)) => String::new(),
        ((_, mask), (_, same)) if mask == same => format!(" mask {mask:#x}"),
        ((from, mask), (to, other)) => format!(" {from} {mask:#x} {to} ~{other:#x}"),
    }
}
