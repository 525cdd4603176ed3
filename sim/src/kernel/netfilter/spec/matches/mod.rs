//! The matches of a command line (`-m`): what each is called, how it is read, how it prints.
//!
//! One file a family, and in it for every match the same three things: the [`Extension`] that reads it,
//! `save` for `-S` and `list` for `-L`.

pub(super) mod address;
mod conntrack;
mod device;
pub(super) mod header;
mod icmp;
mod limit;
mod mark;
mod other;
mod transport;
mod u32;

use crate::kernel::netfilter::matches::Match;

use super::extension::Extension;
use super::text::Look;

const EXTENSIONS: &[&Extension<Match>] = &[
    &transport::TCP,
    &transport::UDP,
    &icmp::ICMP,
    &transport::MULTIPORT,
    &conntrack::CONNTRACK,
    &conntrack::STATE,
    &address::ADDRTYPE,
    &address::IPRANGE,
    &address::SET,
    &mark::MARK,
    &mark::CONNMARK,
    &device::PHYSDEV,
    &device::MAC,
    &device::PKTTYPE,
    &limit::LIMIT,
    &limit::HASHLIMIT,
    &limit::STATISTIC,
    &limit::QUOTA,
    &header::LENGTH,
    &header::TTL,
    &header::TOS,
    &header::DSCP,
    &u32::U32_MATCH,
    &other::COMMENT,
    &other::POLICY,
    &other::OWNER,
];

/// Matches of the real iptables that netsim has not.
const NOT_SIMULATED: &[&str] = &[
    "ah",
    "bpf",
    "cgroup",
    "cluster",
    "connbytes",
    "connlabel",
    "connlimit",
    "cpu",
    "dccp",
    "devgroup",
    "ecn",
    "esp",
    "helper",
    "ipcomp",
    "ipvs",
    "nfacct",
    "osf",
    "realm",
    "recent",
    "rpfilter",
    "sctp",
    "socket",
    "string",
    "tcpmss",
    "time",
];

/// The match with this name.
pub(super) fn find(name: &str) -> Option<&'static Extension<Match>> {
    EXTENSIONS.iter().copied().find(|extension| extension.name == name)
}

/// Whether the real iptables has a match of this name that netsim has not.
pub(super) fn is_missing(name: &str) -> bool {
    NOT_SIMULATED.contains(&name)
}

/// The name of a match and its options, as `-S` prints them.
pub(super) fn save(wanted: &Match) -> String {
    let (name, options) = match wanted {
        Match::Tcp(wanted) => ("tcp", transport::save_tcp(wanted)),
        Match::Udp(wanted) => ("udp", transport::save_udp(wanted)),
        Match::Icmp(wanted) => ("icmp", icmp::save(*wanted)),
        Match::Multiport(wanted) => ("multiport", transport::save_multiport(wanted)),
        Match::Conntrack(wanted) => ("conntrack", conntrack::save(wanted)),
        Match::State(wanted) => ("state", conntrack::save_state(wanted)),
        Match::AddrType(wanted) => ("addrtype", address::save_types(wanted)),
        Match::IpRange(wanted) => ("iprange", address::save_ranges(wanted)),
        Match::Set(wanted) => ("set", address::save_set(wanted)),
        Match::Mark(wanted) => ("mark", mark::save(wanted)),
        Match::Connmark(wanted) => ("connmark", mark::save(wanted)),
        Match::Physdev(wanted) => ("physdev", device::save_physdev(wanted)),
        Match::Mac(wanted) => ("mac", device::save_mac(*wanted)),
        Match::PktType(wanted) => ("pkttype", device::save_kind(*wanted)),
        Match::Limit(limit) => ("limit", limit::save(limit)),
        Match::Hashlimit(limit) => ("hashlimit", limit::save_hash(limit)),
        Match::Statistic(statistic) => ("statistic", limit::save_statistic(*statistic)),
        Match::Quota(quota) => ("quota", limit::save_quota(*quota)),
        Match::Length(wanted) => ("length", header::save_length(*wanted)),
        Match::Ttl(compare, value) => ("ttl", header::save_ttl(*compare, *value)),
        Match::Tos(wanted) => ("tos", header::save_tos(*wanted)),
        Match::Dscp(wanted) => ("dscp", header::save_dscp(*wanted)),
        Match::U32(wanted) => ("u32", u32::save(wanted)),
        Match::Comment(comment) => ("comment", other::save_comment(comment)),
        Match::Policy(wanted) => ("policy", other::save_policy(*wanted)),
        Match::Owner(wanted) => ("owner", other::save_owner(wanted)),
    };
    format!("-m {name}{options}")
}

/// What `-L` says of a match.
pub(super) fn list(wanted: &Match, look: Look) -> String {
    match wanted {
        Match::Tcp(wanted) => transport::list_tcp(wanted, look),
        Match::Udp(wanted) => transport::list_udp(wanted, look),
        Match::Icmp(wanted) => icmp::list(*wanted, look),
        Match::Multiport(wanted) => transport::list_multiport(wanted, look),
        Match::Conntrack(wanted) => conntrack::list(wanted),
        Match::State(wanted) => conntrack::list_state(wanted),
        Match::AddrType(wanted) => address::list_types(wanted),
        Match::IpRange(wanted) => address::list_ranges(wanted),
        Match::Set(wanted) => address::list_set(wanted),
        Match::Mark(wanted) => mark::list(wanted),
        Match::Connmark(wanted) => mark::list_connmark(wanted),
        Match::Physdev(wanted) => device::list_physdev(wanted),
        Match::Mac(wanted) => device::list_mac(*wanted),
        Match::PktType(wanted) => device::list_kind(*wanted),
        Match::Limit(limit) => limit::list(limit),
        Match::Hashlimit(limit) => limit::list_hash(limit),
        Match::Statistic(statistic) => limit::list_statistic(*statistic),
        Match::Quota(quota) => limit::list_quota(*quota),
        Match::Length(wanted) => header::list_length(*wanted),
        Match::Ttl(compare, value) => header::list_ttl(*compare, *value),
        Match::Tos(wanted) => header::list_tos(*wanted, look),
        Match::Dscp(wanted) => header::list_dscp(*wanted),
        Match::U32(wanted) => u32::list(wanted),
        Match::Comment(comment) => other::list_comment(comment),
        Match::Policy(wanted) => other::list_policy(*wanted),
        Match::Owner(wanted) => other::list_owner(wanted, look),
    }
}
