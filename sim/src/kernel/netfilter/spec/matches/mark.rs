//! `mark`, `connmark`.

use crate::kernel::netfilter::matches::{Match, Maybe};
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{Words, bang, masked};
use crate::kernel::netfilter::spec::values::Value;

pub(super) const MARK: Extension<Match> = Extension {
    name: "mark",
    options: &[Opt::value(&["mark"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::Mark(given.needed("mark", Value::masked_mark)?)),
};

pub(super) const CONNMARK: Extension<Match> = Extension {
    name: "connmark",
    options: &[Opt::value(&["mark"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::Connmark(given.needed("mark", Value::masked_mark)?)),
};

pub(super) fn save(wanted: &Maybe<(u32, u32)>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "mark", masked(wanted.value));
    words.done()
}

pub(super) fn list(wanted: &Maybe<(u32, u32)>) -> String {
    format!("mark match {}{}", bang(wanted.not), masked(wanted.value))
}

pub(super) fn list_connmark(wanted: &Maybe<(u32, u32)>) -> String {
    let not = if wanted.not { "!" } else { "" };
    format!("connmark match {not} {}", masked(wanted.value))
}
