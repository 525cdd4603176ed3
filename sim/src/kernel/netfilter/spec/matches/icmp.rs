//! `icmp`.

use crate::kernel::netfilter::matches::{IcmpType, Match, Maybe};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::icmp::NAMES;
use crate::kernel::netfilter::spec::text::{Look, Words};
use crate::kernel::netfilter::spec::values::{Value, number};

const ALL_CODES: (u8, u8) = (0, u8::MAX);

pub(super) const ICMP: Extension<Match> = Extension {
    name: "icmp",
    options: &[Opt::value(&["icmp-type"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::Icmp(given.needed("icmp-type", read)?)),
};

fn icmp_type(kind: u8, code: Option<u8>) -> IcmpType {
    IcmpType { kind, codes: code.map_or(ALL_CODES, |code| (code, code)) }
}

/// A name or the beginning of one, a number, or two with a slash.
fn read(value: Value<'_>) -> Result<IcmpType, SpecError> {
    let text = value.text;
    let begins = |name: &&(&str, u8, Option<u8>)| {
        name.0.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
    };
    let mut named = NAMES.iter().filter(begins);
    match (named.next(), named.next()) {
        (Some((_, kind, code)), None) => return Ok(icmp_type(*kind, *code)),
        (Some((first, ..)), Some((second, ..))) => {
            return Err(SpecError::bad(format!(
                "Ambiguous ICMP type `{text}': `{first}' or `{second}'?"
            )));
        }
        (None, _) => {}
    }
    let byte = |text| number(text).and_then(|n| u8::try_from(n).ok());
    let (kind, code) = match text.split_once('/') {
        Some((kind, code)) => (kind, Some(code)),
        None => (text, None),
    };
    let kind = byte(kind).ok_or_else(|| SpecError::bad(format!("Unknown ICMP type `{kind}'")))?;
    let code = match code {
        None => None,
        Some(code) => {
            Some(byte(code).ok_or_else(|| SpecError::bad(format!("Unknown ICMP code `{text}'")))?)
        }
    };
    Ok(icmp_type(kind, code))
}

pub(super) fn save(wanted: Maybe<IcmpType>) -> String {
    let mut words = Words::default();
    let text = match wanted.value {
        IcmpType { kind: IcmpType::ANY, .. } => "any".to_owned(),
        IcmpType { kind, codes: ALL_CODES } => kind.to_string(),
        IcmpType { kind, codes: (code, _) } => format!("{kind}/{code}"),
    };
    words.option(wanted.not, "icmp-type", text);
    words.done()
}

pub(super) fn list(wanted: Maybe<IcmpType>, look: Look) -> String {
    let not = if wanted.not { "!" } else { "" };
    let is_this = |name: &&(&str, u8, Option<u8>)| icmp_type(name.1, name.2) == wanted.value;
    if let Some((name, ..)) = NAMES.iter().find(is_this).filter(|_| !look.numeric) {
        return format!("icmp {not}{name}");
    }
    let IcmpType { kind, codes: (low, high) } = wanted.value;
    let code = match (low, high) {
        ALL_CODES => String::new(),
        (low, high) if low == high => format!(" code {low}"),
        (low, high) => format!(" codes {low}-{high}"),
    };
    let name = if wanted.not { "icmp !type" } else { "icmptype" };
    format!("{name} {kind}{code}")
}
