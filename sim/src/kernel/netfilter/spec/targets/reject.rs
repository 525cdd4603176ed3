//! `REJECT`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::values::Value;
use crate::kernel::netfilter::target::{RejectWith, Target};

pub(super) const REJECT: Extension<Target> = Extension {
    name: "REJECT",
    options: &[Opt::value(&["reject-with"])],
    build: |given: &Given<'_>| {
        let with = given.value("reject-with", read)?;
        Ok(Target::Reject(with.unwrap_or(RejectWith::PortUnreachable)))
    },
};

/// A name, its short form, or the beginning of either.
fn read(value: Value<'_>) -> Result<RejectWith, SpecError> {
    let text = value.text;
    let begins =
        |name: &str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    RejectWith::ALL
        .into_iter()
        .find(|with| begins(with.name()) || begins(with.alias()))
        .ok_or_else(|| SpecError::bad(format!("unknown reject type \"{text}\"")))
}
