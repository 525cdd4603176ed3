//! The targets of a command line (`-j`) that have options: how each is read, how it prints.

mod header;
mod log;
mod mark;
mod nat;
mod reject;
mod set;

use crate::kernel::netfilter::target::{CtOption, Target};

use super::SpecError;
use super::extension::{Extension, Given, Opt};
use super::text::Look;

const EXTENSIONS: &[&Extension<Target>] = &[
    &PLAIN[0],
    &PLAIN[1],
    &PLAIN[2],
    &PLAIN[3],
    &PLAIN[4],
    &reject::REJECT,
    &log::LOG,
    &mark::MARK,
    &mark::CONNMARK,
    &nat::MASQUERADE,
    &nat::SNAT,
    &nat::DNAT,
    &nat::REDIRECT,
    &nat::NETMAP,
    &header::TCPMSS,
    &header::TOS,
    &header::DSCP,
    &header::TTL,
    &header::CHECKSUM,
    &CT,
    &set::SET,
];

/// Targets without options.
const PLAIN: &[Extension<Target>] = &[
    Extension { name: "ACCEPT", options: &[], build: |_| Ok(Target::Accept) },
    Extension { name: "DROP", options: &[], build: |_| Ok(Target::Drop) },
    Extension { name: "RETURN", options: &[], build: |_| Ok(Target::Return) },
    Extension { name: "TRACE", options: &[], build: |_| Ok(Target::Trace) },
    Extension { name: "NOTRACK", options: &[], build: |_| Ok(Target::Ct(CtOption::OldNotrack)) },
];

/// Targets of the real iptables that netsim has not.
const NOT_SIMULATED: &[&str] = &[
    "AUDIT",
    "CLASSIFY",
    "CLUSTERIP",
    "CONNSECMARK",
    "ECN",
    "HMARK",
    "IDLETIMER",
    "LED",
    "NFLOG",
    "NFQUEUE",
    "QUEUE",
    "RATEEST",
    "SECMARK",
    "SYNPROXY",
    "TCPOPTSTRIP",
    "TEE",
    "TPROXY",
    "ULOG",
];

/// The target with this name.
pub(super) fn find(name: &str) -> Option<&'static Extension<Target>> {
    EXTENSIONS.iter().copied().find(|extension| extension.name == name)
}

/// Whether the real iptables has a target of this name that netsim has not.
pub(super) fn is_missing(name: &str) -> bool {
    NOT_SIMULATED.contains(&name)
}

/// Whether a chain cannot be called so, because a target is.
pub(super) fn is_taken(name: &str) -> bool {
    find(name).is_some() || is_missing(name)
}

const CT: Extension<Target> = Extension {
    name: "CT",
    options: &[
        Opt::flag(&["notrack"]),
        Opt::value(&["helper"]),
        Opt::value(&["timeout"]),
        Opt::value(&["ctevents"]),
        Opt::value(&["expevents"]),
        Opt::value(&["zone-orig"]),
        Opt::value(&["zone-reply"]),
        Opt::value(&["zone"]),
    ],
    build: |given: &Given<'_>| {
        let names = CT.options.iter().map(|opt| opt.names[0]).skip(1);
        if let Some(name) = names.into_iter().find(|name| given.has(name)) {
            return Err(SpecError::NotSimulated(format!("the option --{name} of CT")));
        }
        let option = if given.has("notrack") { CtOption::Notrack } else { CtOption::Nothing };
        Ok(Target::Ct(option))
    },
};

/// The name of a target that is not a chain, and its options, as `-S` prints them.
pub(super) fn save(target: &Target) -> Option<String> {
    let (name, options) = match target {
        Target::None | Target::Jump(_) | Target::Goto(_) => return None,
        Target::Accept => ("ACCEPT", String::new()),
        Target::Drop => ("DROP", String::new()),
        Target::Return => ("RETURN", String::new()),
        Target::Trace => ("TRACE", String::new()),
        Target::Reject(with) => ("REJECT", format!(" --reject-with {}", with.name())),
        Target::Log(options) => ("LOG", log::save(options)),
        Target::Mark(change) => ("MARK", mark::save(*change)),
        Target::Connmark(change) => ("CONNMARK", mark::save_connmark(*change)),
        Target::Masquerade(ports) => ("MASQUERADE", nat::save_ports(ports)),
        Target::Snat(to) => ("SNAT", nat::save("to-source", to)),
        Target::Dnat(to) => ("DNAT", nat::save("to-destination", to)),
        Target::Redirect(ports) => ("REDIRECT", nat::save_ports(ports)),
        Target::Netmap(net) => ("NETMAP", format!(" --to {net}")),
        Target::TcpMss(mss) => ("TCPMSS", header::save_mss(*mss)),
        Target::Ct(CtOption::Nothing) => ("CT", String::new()),
        Target::Ct(CtOption::Notrack) => ("CT", " --notrack".to_owned()),
        Target::Ct(CtOption::OldNotrack) => ("NOTRACK", String::new()),
        Target::Tos { value, mask } => ("TOS", header::save_tos(*value, *mask)),
        Target::Dscp(class) => ("DSCP", format!(" --set-dscp 0x{class:02x}")),
        Target::Ttl(change) => ("TTL", header::save_ttl(*change)),
        Target::Checksum => ("CHECKSUM", " --checksum-fill".to_owned()),
        Target::Set(change) => ("SET", set::save(change)),
    };
    Some(format!("{name}{options}"))
}

/// The name of a target and what `-L` says of it behind the matches.
pub(super) fn list(target: &Target, look: Look) -> (&'static str, String) {
    match target {
        Target::None | Target::Jump(_) | Target::Goto(_) => ("", String::new()),
        Target::Accept => ("ACCEPT", String::new()),
        Target::Drop => ("DROP", String::new()),
        Target::Return => ("RETURN", String::new()),
        Target::Trace => ("TRACE", String::new()),
        Target::Reject(with) => ("REJECT", format!("reject-with {}", with.name())),
        Target::Log(options) => ("LOG", log::list(options, look)),
        Target::Mark(change) => ("MARK", format!("MARK {}", mark::list(*change))),
        Target::Connmark(change) => ("CONNMARK", mark::list_connmark(*change)),
        Target::Masquerade(ports) => ("MASQUERADE", nat::list_ports("masq ports: ", ports)),
        Target::Snat(to) => ("SNAT", nat::list(to)),
        Target::Dnat(to) => ("DNAT", nat::list(to)),
        Target::Redirect(ports) => ("REDIRECT", nat::list_ports("redir ports ", ports)),
        Target::Netmap(net) => ("NETMAP", format!("to:{net}")),
        Target::TcpMss(mss) => ("TCPMSS", header::list_mss(*mss)),
        Target::Ct(CtOption::Nothing) => ("CT", "CT".to_owned()),
        Target::Ct(CtOption::Notrack) => ("CT", "CT notrack".to_owned()),
        Target::Ct(CtOption::OldNotrack) => ("CT", "NOTRACK".to_owned()),
        Target::Tos { value, mask } => ("TOS", header::list_tos(*value, *mask, look)),
        Target::Dscp(class) => ("DSCP", format!("DSCP set 0x{class:02x}")),
        Target::Ttl(change) => ("TTL", header::list_ttl(*change)),
        Target::Checksum => ("CHECKSUM", "CHECKSUM fill".to_owned()),
        Target::Set(change) => ("SET", set::list(change)),
    }
}
