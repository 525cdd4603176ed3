//! The switches that each device has: `conf.DEVICE` and `neigh.DEVICE` of `net.ipv4` and `net.ipv6`.

use crate::engine::Span;

use super::field::Field;

/// `net.ipv4.conf.DEVICE`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Ipv4Conf {
    pub forwarding: u8,
    pub rp_filter: u8,
    pub arp_ignore: u8,
    pub arp_announce: u8,
    pub arp_accept: u8,
    pub arp_filter: bool,
    pub arp_notify: bool,
    pub accept_local: bool,
    pub accept_redirects: bool,
    pub secure_redirects: bool,
    pub send_redirects: bool,
    pub shared_media: bool,
    pub proxy_arp: bool,
    pub proxy_arp_pvlan: bool,
    pub promote_secondaries: bool,
    pub route_localnet: bool,
    pub log_martians: bool,
    pub src_valid_mark: bool,
    pub ignore_routes_with_linkdown: bool,
    pub accept_source_route: bool,
    pub bootp_relay: bool,
    pub mc_forwarding: bool,
    pub bc_forwarding: bool,
}

impl Default for Ipv4Conf {
    fn default() -> Self {
        Ipv4Conf {
            forwarding: 0,
            rp_filter: 0,
            arp_ignore: 0,
            arp_announce: 0,
            arp_accept: 0,
            arp_filter: false,
            arp_notify: false,
            accept_local: false,
            accept_redirects: true,
            secure_redirects: true,
            send_redirects: true,
            shared_media: true,
            proxy_arp: false,
            proxy_arp_pvlan: false,
            promote_secondaries: false,
            route_localnet: false,
            log_martians: false,
            src_valid_mark: false,
            ignore_routes_with_linkdown: false,
            accept_source_route: false,
            bootp_relay: false,
            mc_forwarding: false,
            bc_forwarding: false,
        }
    }
}

/// `net.ipv6.conf.DEVICE`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Ipv6Conf {
    pub disable: bool,
    pub forwarding: u8,
    pub accept_dad: u8,
    pub accept_ra: u8,
    pub addr_gen_mode: u8,
    pub dad_transmits: u32,
    pub hop_limit: u8,
    /// Zero for none; anything else goes on until a router answers.
    pub router_solicitations: u32,
}

impl Default for Ipv6Conf {
    fn default() -> Self {
        Ipv6Conf {
            disable: true,
            forwarding: 0,
            accept_dad: 1,
            accept_ra: 1,
            addr_gen_mode: 0,
            dad_transmits: 1,
            hop_limit: 64,
            router_solicitations: u32::MAX,
        }
    }
}

/// `net.ipv4.neigh.DEVICE` and `net.ipv6.neigh.DEVICE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct NeighConf {
    pub base_reachable_time: Span,
    pub retrans_time: Span,
    pub delay_first_probe_time: Span,
    pub gc_stale_time: Span,
    pub locktime: Span,
    pub proxy_delay: Span,
    pub anycast_delay: Span,
    pub ucast_solicit: u32,
    pub mcast_solicit: u32,
    pub app_solicit: u32,
    pub unres_qlen: u32,
    pub proxy_qlen: u32,
}

impl Default for NeighConf {
    fn default() -> Self {
        NeighConf {
            base_reachable_time: Span::secs(30),
            retrans_time: Span::secs(1),
            delay_first_probe_time: Span::secs(5),
            gc_stale_time: Span::secs(60),
            locktime: Span::secs(1),
            proxy_delay: Span::millis(800),
            anycast_delay: Span::secs(1),
            ucast_solicit: 3,
            mcast_solicit: 3,
            app_solicit: 0,
            unres_qlen: 101,
            proxy_qlen: 64,
        }
    }
}

/// What each device has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkConf {
    /// `net.ipv4.conf`.
    pub ipv4: Ipv4Conf,
    /// `net.ipv4.neigh`.
    pub neigh: NeighConf,
    /// `net.ipv6.conf`.
    pub ipv6: Ipv6Conf,
    /// `net.ipv6.neigh`.
    pub neigh6: NeighConf,
}

/// Names under `net.ipv4.conf.DEVICE`, sorted as `sysctl -a` lists them.
pub const CONF_NAMES: &[&str] = &[
    "accept_local",
    "accept_redirects",
    "accept_source_route",
    "arp_accept",
    "arp_announce",
    "arp_filter",
    "arp_ignore",
    "arp_notify",
    "bc_forwarding",
    "bootp_relay",
    "disable_policy",
    "disable_xfrm",
    "drop_gratuitous_arp",
    "drop_unicast_in_l2_multicast",
    "force_igmp_version",
    "forwarding",
    "ignore_routes_with_linkdown",
    "log_martians",
    "mc_forwarding",
    "medium_id",
    "promote_secondaries",
    "proxy_arp",
    "proxy_arp_pvlan",
    "route_localnet",
    "rp_filter",
    "secure_redirects",
    "send_redirects",
    "shared_media",
    "src_valid_mark",
    "tag",
];

/// Names under `net.ipv6.conf.DEVICE`, of those that Linux has.
pub const CONF6_NAMES: &[&str] = &[
    "accept_dad",
    "accept_ra",
    "addr_gen_mode",
    "dad_transmits",
    "disable_ipv6",
    "forwarding",
    "hop_limit",
    "router_solicitations",
];

/// Names under `net.ipv4.neigh.DEVICE`.
pub const NEIGH_NAMES: &[&str] = &[
    "anycast_delay",
    "app_solicit",
    "base_reachable_time",
    "base_reachable_time_ms",
    "delay_first_probe_time",
    "gc_stale_time",
    "locktime",
    "mcast_resolicit",
    "mcast_solicit",
    "proxy_delay",
    "proxy_qlen",
    "retrans_time",
    "retrans_time_ms",
    "ucast_solicit",
    "unres_qlen",
    "unres_qlen_bytes",
];

pub(super) fn conf_field<'a>(conf: &'a mut Ipv4Conf, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "accept_local" => Field::Bool(&mut conf.accept_local),
        "accept_redirects" => Field::Bool(&mut conf.accept_redirects),
        "accept_source_route" => Field::Bool(&mut conf.accept_source_route),
        "arp_accept" => Field::U8(&mut conf.arp_accept),
        "arp_announce" => Field::U8(&mut conf.arp_announce),
        "arp_filter" => Field::Bool(&mut conf.arp_filter),
        "arp_ignore" => Field::U8(&mut conf.arp_ignore),
        "arp_notify" => Field::Bool(&mut conf.arp_notify),
        "bc_forwarding" => Field::Bool(&mut conf.bc_forwarding),
        "bootp_relay" => Field::Bool(&mut conf.bootp_relay),
        "forwarding" => Field::U8(&mut conf.forwarding),
        "ignore_routes_with_linkdown" => Field::Bool(&mut conf.ignore_routes_with_linkdown),
        "log_martians" => Field::Bool(&mut conf.log_martians),
        "mc_forwarding" => Field::Bool(&mut conf.mc_forwarding),
        "promote_secondaries" => Field::Bool(&mut conf.promote_secondaries),
        "proxy_arp" => Field::Bool(&mut conf.proxy_arp),
        "proxy_arp_pvlan" => Field::Bool(&mut conf.proxy_arp_pvlan),
        "route_localnet" => Field::Bool(&mut conf.route_localnet),
        "rp_filter" => Field::U8(&mut conf.rp_filter),
        "secure_redirects" => Field::Bool(&mut conf.secure_redirects),
        "send_redirects" => Field::Bool(&mut conf.send_redirects),
        "shared_media" => Field::Bool(&mut conf.shared_media),
        "src_valid_mark" => Field::Bool(&mut conf.src_valid_mark),
        "disable_policy"
        | "disable_xfrm"
        | "drop_gratuitous_arp"
        | "drop_unicast_in_l2_multicast"
        | "force_igmp_version"
        | "medium_id"
        | "tag" => Field::Fixed("0"),
        _ => return None,
    })
}

pub(super) fn conf6_field<'a>(conf: &'a mut Ipv6Conf, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "accept_dad" => Field::U8(&mut conf.accept_dad),
        "accept_ra" => Field::U8(&mut conf.accept_ra),
        "addr_gen_mode" => Field::U8(&mut conf.addr_gen_mode),
        "dad_transmits" => Field::U32(&mut conf.dad_transmits),
        "disable_ipv6" => Field::Bool(&mut conf.disable),
        "forwarding" => Field::U8(&mut conf.forwarding),
        "hop_limit" => Field::U8(&mut conf.hop_limit),
        "router_solicitations" => Field::Signed(&mut conf.router_solicitations),
        _ => return None,
    })
}

pub(super) fn neigh_field<'a>(conf: &'a mut NeighConf, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "anycast_delay" => Field::Ticks(&mut conf.anycast_delay),
        "app_solicit" => Field::U32(&mut conf.app_solicit),
        "base_reachable_time" => Field::Seconds(&mut conf.base_reachable_time),
        "base_reachable_time_ms" => Field::Millis(&mut conf.base_reachable_time),
        "delay_first_probe_time" => Field::Seconds(&mut conf.delay_first_probe_time),
        "gc_stale_time" => Field::Seconds(&mut conf.gc_stale_time),
        "locktime" => Field::Ticks(&mut conf.locktime),
        "mcast_solicit" => Field::U32(&mut conf.mcast_solicit),
        "proxy_delay" => Field::Ticks(&mut conf.proxy_delay),
        "proxy_qlen" => Field::U32(&mut conf.proxy_qlen),
        "retrans_time" => Field::Ticks(&mut conf.retrans_time),
        "retrans_time_ms" => Field::Millis(&mut conf.retrans_time),
        "ucast_solicit" => Field::U32(&mut conf.ucast_solicit),
        "unres_qlen" => Field::U32(&mut conf.unres_qlen),
        "unres_qlen_bytes" => Field::Fixed("212992"),
        "mcast_resolicit" => Field::Fixed("0"),
        _ => return None,
    })
}

/// Splits `net.ipv4.conf.eth0.50.rp_filter`: device names may contain dots.
pub(super) fn device_and_name(rest: &str) -> Option<(&str, &str)> {
    rest.rsplit_once('.')
}
