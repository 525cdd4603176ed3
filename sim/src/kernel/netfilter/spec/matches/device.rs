//! Matches of frames and bridge ports: `physdev`, `mac`, `pkttype`.

use crate::kernel::ip::PacketType;
use crate::kernel::netfilter::matches::{Match, Maybe, PhysdevMatch};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::ip::device_name;
use crate::kernel::netfilter::spec::text::{Words, bang};
use crate::kernel::netfilter::spec::values::Value;
use crate::wire::MacAddr;

pub(super) const PHYSDEV: Extension<Match> = Extension {
    name: "physdev",
    options: &[
        Opt::value(&["physdev-in"]).not(),
        Opt::value(&["physdev-out"]).not(),
        Opt::flag(&["physdev-is-in"]).not(),
        Opt::flag(&["physdev-is-out"]).not(),
        Opt::flag(&["physdev-is-bridged"]).not(),
    ],
    build: |given: &Given<'_>| {
        let device = |name| given.maybe(name, |value| device_name(value.text));
        let wanted = PhysdevMatch {
            input: device("physdev-in")?,
            output: device("physdev-out")?,
            is_in: given.flag("physdev-is-in"),
            is_out: given.flag("physdev-is-out"),
            is_bridged: given.flag("physdev-is-bridged"),
        };
        if wanted == PhysdevMatch::default() {
            return Err(SpecError::incomplete("PHYSDEV: no physdev option specified"));
        }
        Ok(Match::Physdev(wanted))
    },
};

pub(super) fn save_physdev(wanted: &PhysdevMatch) -> String {
    fn flag(words: &mut Words, name: &str, given: Option<bool>) {
        if let Some(holds) = given {
            words.flag(!holds, name);
        }
    }
    let mut words = Words::default();
    flag(&mut words, "physdev-is-in", wanted.is_in);
    words.maybe("physdev-in", wanted.input.as_ref(), String::clone);
    flag(&mut words, "physdev-is-out", wanted.is_out);
    words.maybe("physdev-out", wanted.output.as_ref(), String::clone);
    flag(&mut words, "physdev-is-bridged", wanted.is_bridged);
    words.done()
}

pub(super) fn list_physdev(wanted: &PhysdevMatch) -> String {
    format!("PHYSDEV match{}", save_physdev(wanted))
}

pub(super) const MAC: Extension<Match> = Extension {
    name: "mac",
    options: &[Opt::value(&["mac-source"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::Mac(given.needed("mac-source", read_mac)?)),
};

fn read_mac(value: Value<'_>) -> Result<MacAddr, SpecError> {
    let bad = || SpecError::bad("Invalid MAC address specified.".to_owned());
    let read = |part: &str| {
        let fits = (1..=2).contains(&part.len());
        u8::from_str_radix(part, 16).ok().filter(|_| fits)
    };
    let parts: Option<Vec<u8>> = value.text.split(':').map(read).collect();
    let octets: Option<[u8; 6]> = parts.and_then(|parts| parts.try_into().ok());
    octets.map(MacAddr::from).ok_or_else(bad)
}

pub(super) fn save_mac(wanted: Maybe<MacAddr>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "mac-source", wanted.value);
    words.done()
}

pub(super) fn list_mac(wanted: Maybe<MacAddr>) -> String {
    format!("MAC {}{}", bang(wanted.not), wanted.value)
}

/// The first name of a kind is the one that prints.
const KINDS: [(&str, PacketType); 7] = [
    ("unicast", PacketType::Host),
    ("broadcast", PacketType::Broadcast),
    ("multicast", PacketType::Multicast),
    ("otherhost", PacketType::OtherHost),
    ("host", PacketType::Host),
    ("bcast", PacketType::Broadcast),
    ("mcast", PacketType::Multicast),
];

pub(super) const PKTTYPE: Extension<Match> = Extension {
    name: "pkttype",
    options: &[Opt::value(&["pkt-type"]).not().required()],
    build: |given: &Given<'_>| {
        let kind = given.needed("pkt-type", |value| {
            value
                .one_of(&KINDS)
                .ok_or_else(|| SpecError::bad(format!("Bad packet type '{}'", value.text)))
        })?;
        Ok(Match::PktType(kind))
    },
};

fn kind_name(wanted: PacketType) -> &'static str {
    KINDS.iter().find(|(_, kind)| *kind == wanted).map_or("", |(name, _)| name)
}

pub(super) fn save_kind(wanted: Maybe<PacketType>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "pkt-type", kind_name(wanted.value));
    words.done()
}

pub(super) fn list_kind(wanted: Maybe<PacketType>) -> String {
    let compare = if wanted.not { "!=" } else { "=" };
    format!("PKTTYPE {compare} {}", kind_name(wanted.value))
}
