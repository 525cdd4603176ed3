//! Targets that change headers: `TCPMSS`, `TOS`, `DSCP`, `TTL`, `CHECKSUM`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::matches::header::{read_class, read_tos, service_of};
use crate::kernel::netfilter::spec::text::Look;
use crate::kernel::netfilter::target::{Mss, Target, TtlChange};

pub(super) const TCPMSS: Extension<Target> = Extension {
    name: "TCPMSS",
    options: &[Opt::value(&["set-mss"]), Opt::flag(&["clamp-mss-to-pmtu"])],
    build: |given: &Given<'_>| {
        // What is left of a packet behind the shortest header.
        let mss = given.value("set-mss", |value| value.number(0..=65_515))?;
        if given.has("clamp-mss-to-pmtu") {
            return Ok(Target::TcpMss(Mss::ClampToPmtu));
        }
        let missing = "TCPMSS target: At least one parameter is required";
        let mss = mss.ok_or_else(|| SpecError::incomplete(missing))?;
        Ok(Target::TcpMss(Mss::Set(mss as u16)))
    },
};

pub(super) fn save_mss(mss: Mss) -> String {
    match mss {
        Mss::ClampToPmtu => " --clamp-mss-to-pmtu".to_owned(),
        Mss::Set(mss) => format!(" --set-mss {mss}"),
    }
}

pub(super) fn list_mss(mss: Mss) -> String {
    match mss {
        Mss::ClampToPmtu => "TCPMSS clamp to PMTU".to_owned(),
        Mss::Set(mss) => format!("TCPMSS set {mss}"),
    }
}

pub(super) const TOS: Extension<Target> = Extension {
    name: "TOS",
    options: &[
        Opt::value(&["set-tos"]).excludes(&["and-tos", "or-tos", "xor-tos"]),
        Opt::value(&["and-tos"]).excludes(&["set-tos", "or-tos", "xor-tos"]),
        Opt::value(&["or-tos"]).excludes(&["set-tos", "and-tos", "xor-tos"]),
        Opt::value(&["xor-tos"]).excludes(&["set-tos", "and-tos", "or-tos"]),
    ],
    build: |given: &Given<'_>| {
        let byte = |name| given.value(name, |value| value.byte(0..=255));
        if let Some((value, mask)) = given.value("set-tos", read_tos)? {
            return Ok(Target::Tos { value, mask });
        }
        if let Some(keep) = byte("and-tos")? {
            return Ok(Target::Tos { value: 0, mask: !keep });
        }
        if let Some(set) = byte("or-tos")? {
            return Ok(Target::Tos { value: set, mask: set });
        }
        let missing = || SpecError::incomplete("TOS: An action is required");
        let flip = byte("xor-tos")?.ok_or_else(missing)?;
        Ok(Target::Tos { value: flip, mask: 0 })
    },
};

pub(super) fn save_tos(value: u8, mask: u8) -> String {
    format!(" --set-tos 0x{value:02x}/0x{mask:02x}")
}

pub(super) fn list_tos(value: u8, mask: u8, look: Look) -> String {
    if look.numeric {
        return format!("TOS set 0x{value:02x}/0x{mask:02x}");
    }
    match (service_of(value, mask), value, mask) {
        // The spaces are where iptables has them.
        (Some(name), ..) => format!(" TOS set{name}"),
        (None, 0, mask) => format!("TOS and 0x{:02x}", !mask),
        (None, value, mask) if value == mask => format!("TOS or 0x{value:02x}"),
        (None, value, 0) => format!("TOS xor 0x{value:02x}"),
        (None, value, mask) => format!("TOS set 0x{value:02x}/0x{mask:02x}"),
    }
}

pub(super) const DSCP: Extension<Target> = Extension {
    name: "DSCP",
    options: &[
        Opt::value(&["set-dscp"]).excludes(&["set-dscp-class"]),
        Opt::value(&["set-dscp-class"]).excludes(&["set-dscp"]),
    ],
    build: |given: &Given<'_>| {
        let named = given.value("set-dscp-class", read_class)?;
        let class = given.value("set-dscp", |value| value.byte(0..=63))?.or(named);
        let missing = || SpecError::incomplete("DSCP target: Parameter --set-dscp is required");
        Ok(Target::Dscp(class.ok_or_else(missing)?))
    },
};

pub(super) const TTL: Extension<Target> = Extension {
    name: "TTL",
    options: &[
        Opt::value(&["ttl-set"]).excludes(&["ttl-inc", "ttl-dec"]),
        Opt::value(&["ttl-dec"]).excludes(&["ttl-set", "ttl-inc"]),
        Opt::value(&["ttl-inc"]).excludes(&["ttl-set", "ttl-dec"]),
    ],
    build: |given: &Given<'_>| {
        if let Some(value) = given.value("ttl-set", |value| value.byte(0..=255))? {
            return Ok(Target::Ttl(TtlChange::Set(value)));
        }
        if let Some(by) = given.value("ttl-dec", |value| value.byte(1..=255))? {
            return Ok(Target::Ttl(TtlChange::Dec(by)));
        }
        let missing = || SpecError::incomplete("TTL: You must specify an action");
        let by = given.value("ttl-inc", |value| value.byte(1..=255))?.ok_or_else(missing)?;
        Ok(Target::Ttl(TtlChange::Inc(by)))
    },
};

pub(super) fn save_ttl(change: TtlChange) -> String {
    match change {
        TtlChange::Set(value) => format!(" --ttl-set {value}"),
        TtlChange::Inc(by) => format!(" --ttl-inc {by}"),
        TtlChange::Dec(by) => format!(" --ttl-dec {by}"),
    }
}

pub(super) fn list_ttl(change: TtlChange) -> String {
    match change {
        TtlChange::Set(value) => format!("TTL set to {value}"),
        TtlChange::Inc(by) => format!("TTL increment by {by}"),
        TtlChange::Dec(by) => format!("TTL decrement by {by}"),
    }
}

pub(super) const CHECKSUM: Extension<Target> = Extension {
    name: "CHECKSUM",
    options: &[Opt::flag(&["checksum-fill"]).required()],
    build: |_| Ok(Target::Checksum),
};
