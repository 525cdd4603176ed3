//! Matches of fields of the IP header: `length`, `ttl`, `tos`, `dscp`.

use crate::kernel::netfilter::matches::{Compare, Match, Maybe};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{Look, Words, range};
use crate::kernel::netfilter::spec::values::{Value, number};

pub(super) const LENGTH: Extension<Match> = Extension {
    name: "length",
    options: &[Opt::value(&["length"]).not().required()],
    build: |given: &Given<'_>| {
        let length = given.needed("length", |value| {
            value.range(u64::from(u16::MAX)).map(|(low, high)| (low as u16, high as u16))
        })?;
        Ok(Match::Length(length))
    },
};

pub(super) fn save_length(wanted: Maybe<(u16, u16)>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "length", range(&wanted.value, ':'));
    words.done()
}

pub(super) fn list_length(wanted: Maybe<(u16, u16)>) -> String {
    let not = if wanted.not { "!" } else { "" };
    format!("length {not}{}", range(&wanted.value, ':'))
}

pub(super) const TTL: Extension<Match> = Extension {
    name: "ttl",
    options: &[
        Opt::value(&["ttl-lt"]).excludes(&["ttl-gt", "ttl-eq"]),
        Opt::value(&["ttl-gt"]).excludes(&["ttl-lt", "ttl-eq"]),
        Opt::value(&["ttl-eq", "ttl"]).not().excludes(&["ttl-lt", "ttl-gt"]),
    ],
    build: |given: &Given<'_>| {
        let byte = |name| given.maybe(name, |value| value.byte(0..=255));
        if let Some(below) = byte("ttl-lt")? {
            return Ok(Match::Ttl(Compare::Less, below.value));
        }
        if let Some(above) = byte("ttl-gt")? {
            return Ok(Match::Ttl(Compare::Greater, above.value));
        }
        let Some(equal) = byte("ttl-eq")? else {
            let sentence = "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt";
            return Err(SpecError::incomplete(sentence));
        };
        let compare = if equal.not { Compare::NotEqual } else { Compare::Equal };
        Ok(Match::Ttl(compare, equal.value))
    },
};

pub(super) fn save_ttl(compare: Compare, value: u8) -> String {
    let mut words = Words::default();
    let name = match compare {
        Compare::Equal | Compare::NotEqual => "ttl-eq",
        Compare::Less => "ttl-lt",
        Compare::Greater => "ttl-gt",
    };
    words.option(compare == Compare::NotEqual, name, value);
    words.done()
}

pub(super) fn list_ttl(compare: Compare, value: u8) -> String {
    let sign = match compare {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::Greater => ">",
    };
    format!("TTL match TTL {sign} {value}")
}

/// Names of the old types of service; they leave the two lowest bits alone.
const SERVICES: [(&str, u8); 5] = [
    ("Minimize-Delay", 0x10),
    ("Maximize-Throughput", 0x08),
    ("Maximize-Reliability", 0x04),
    ("Minimize-Cost", 0x02),
    ("Normal-Service", 0x00),
];
const SERVICE_MASK: u8 = 0x3f;

pub(super) const TOS: Extension<Match> = Extension {
    name: "tos",
    options: &[Opt::value(&["tos"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::Tos(given.needed("tos", read_tos)?)),
};

/// `0x10`, `0x10/0x3f`, `Minimize-Delay`: the value and its mask.
pub(in crate::kernel::netfilter::spec) fn read_tos(
    value: Value<'_>,
) -> Result<(u8, u8), SpecError> {
    if let Some(service) = value.one_of(&SERVICES) {
        return Ok((service, SERVICE_MASK));
    }
    let byte = |text| number(text).and_then(|n| u8::try_from(n).ok());
    let (tos, mask) = value.text.split_once('/').unwrap_or((value.text, "0xff"));
    let tos = byte(tos)
        .ok_or_else(|| SpecError::bad(format!("Symbolic name \"{}\" is unknown", value.text)))?;
    let mask =
        byte(mask).ok_or_else(|| SpecError::bad(format!("Illegal value: \"{}\"", value.text)))?;
    Ok((tos, mask))
}

/// The name of a type of service, if it has one.
pub(in crate::kernel::netfilter::spec) fn service_of(tos: u8, mask: u8) -> Option<&'static str> {
    let named = SERVICES.iter().find(|(_, value)| *value == tos && mask == SERVICE_MASK);
    named.map(|(name, _)| *name)
}

pub(super) fn save_tos(wanted: Maybe<(u8, u8)>) -> String {
    let mut words = Words::default();
    let (tos, mask) = wanted.value;
    words.option(wanted.not, "tos", format!("0x{tos:02x}/0x{mask:02x}"));
    words.done()
}

pub(super) fn list_tos(wanted: Maybe<(u8, u8)>, look: Look) -> String {
    let not = if wanted.not { "!" } else { "" };
    let (tos, mask) = wanted.value;
    match service_of(tos, mask).filter(|_| !look.numeric) {
        Some(name) => format!("tos match{not} {name}"),
        None => format!("tos match{not}0x{tos:02x}/0x{mask:02x}"),
    }
}

/// Classes of service.
const CLASSES: [(&str, u8); 22] = [
    ("CS0", 0x00),
    ("CS1", 0x08),
    ("CS2", 0x10),
    ("CS3", 0x18),
    ("CS4", 0x20),
    ("CS5", 0x28),
    ("CS6", 0x30),
    ("CS7", 0x38),
    ("BE", 0x00),
    ("AF11", 0x0a),
    ("AF12", 0x0c),
    ("AF13", 0x0e),
    ("AF21", 0x12),
    ("AF22", 0x14),
    ("AF23", 0x16),
    ("AF31", 0x1a),
    ("AF32", 0x1c),
    ("AF33", 0x1e),
    ("AF41", 0x22),
    ("AF42", 0x24),
    ("AF43", 0x26),
    ("EF", 0x2e),
];

pub(super) const DSCP: Extension<Match> = Extension {
    name: "dscp",
    options: &[
        Opt::value(&["dscp"]).not().excludes(&["dscp-class"]),
        Opt::value(&["dscp-class"]).not().excludes(&["dscp"]),
    ],
    build: |given: &Given<'_>| {
        let class = given.maybe("dscp-class", read_class)?;
        let wanted = given.maybe("dscp", |value| value.byte(0..=63))?.or(class);
        let missing = || SpecError::incomplete("DSCP match: Parameter --dscp is required");
        Ok(Match::Dscp(wanted.ok_or_else(missing)?))
    },
};

/// A class of service by its name.
pub(in crate::kernel::netfilter::spec) fn read_class(value: Value<'_>) -> Result<u8, SpecError> {
    let unknown = || SpecError::bad(format!("Invalid DSCP value `{}'", value.text));
    value.one_of(&CLASSES).ok_or_else(unknown)
}

pub(super) fn save_dscp(wanted: Maybe<u8>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "dscp", format!("0x{:02x}", wanted.value));
    words.done()
}

pub(super) fn list_dscp(wanted: Maybe<u8>) -> String {
    let not = if wanted.not { "!" } else { "" };
    format!("DSCP match {not}0x{:02x}", wanted.value)
}
