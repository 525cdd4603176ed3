//! `SET`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::matches::address::{directions, read_set};
use crate::kernel::netfilter::spec::text::Words;
use crate::kernel::netfilter::spec::values::number;
use crate::kernel::netfilter::target::{SetChange, Target};

pub(super) const SET: Extension<Target> = Extension {
    name: "SET",
    options: &[
        Opt::pair(&["add-set"]),
        Opt::pair(&["del-set"]),
        Opt::pair(&["map-set"]),
        Opt::flag(&["exist"]),
        Opt::value(&["timeout"]),
    ],
    build: set,
};

fn set(given: &Given<'_>) -> Result<Target, SpecError> {
    let (add, del) = (given.option("add-set"), given.option("del-set"));
    if given.has("map-set") || (add.is_some() && del.is_some()) {
        return Err(SpecError::NotSimulated("a SET target with several sets".to_owned()));
    }
    let timeout = given.value("timeout", |value| {
        number(value.text).and_then(|n| u32::try_from(n).ok()).filter(|n| *n < u32::MAX).ok_or_else(
            || {
                let sentence = "Invalid value for option --timeout or out of range 0-4294967294";
                SpecError::bad(sentence.to_owned())
            },
        )
    })?;
    let missing = "You must specify either `--add-set' or `--del-set' or `--map-set'";
    let option = add.or(del).ok_or_else(|| SpecError::incomplete(missing))?;
    if given.has("exist") && add.is_none() {
        return Err(SpecError::incomplete("Flag `--exist' can be used with `--add-set' only"));
    }
    let (set, directions) = read_set(option)?;
    let exist = given.has("exist");
    Ok(Target::Set(SetChange { set, add: add.is_some(), directions, exist, timeout }))
}

fn name(change: &SetChange) -> &'static str {
    if change.add { "add-set" } else { "del-set" }
}

pub(super) fn save(change: &SetChange) -> String {
    let mut words = Words::default();
    words.option(false, name(change), &change.set);
    words.word(directions(&change.directions));
    if change.exist {
        words.flag(false, "exist");
    }
    if let Some(timeout) = change.timeout {
        words.option(false, "timeout", timeout);
    }
    words.done()
}

pub(super) fn list(change: &SetChange) -> String {
    let mut words = Words::default();
    words.word(directions(&change.directions));
    if change.exist {
        words.word("exist");
    }
    if let Some(timeout) = change.timeout {
        words.word(format!("timeout {timeout}"));
    }
    format!("{} {}{}", name(change), change.set, words.done())
}
