//! `/proc/sys/net`: the switches of a namespace and of each device.
//!
//! [`Sysctl::field`] is the whole table: it maps a path to the variable behind it, for reading and
//! writing alike.

use crate::engine::Span;

use super::Kernel;
use super::errno::Errno;
use super::id::{LinkId, NamespaceId};

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
        }
    }
}

/// `net.ipv4.neigh.DEVICE`.
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
}

/// The switches of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Sysctl {
    pub all_link_conf: LinkConf,
    pub default_link_conf: LinkConf,
    pub default_ttl: u8,
    pub icmp_echo_ignore_all: bool,
    pub icmp_echo_ignore_broadcasts: bool,
    pub icmp_errors_use_inbound_ifaddr: bool,
    pub icmp_ratelimit: Span,
    pub icmp_ratemask: u32,
    pub ipfrag_time: Span,
    pub local_port_range: (u16, u16),
    pub ip_unprivileged_port_start: u16,
    pub ip_nonlocal_bind: bool,
    pub ip_no_pmtu_disc: u8,
    pub ping_group_range: (u32, u32),
    pub tcp_syn_retries: u8,
    pub tcp_synack_retries: u8,
    pub tcp_syn_linear_timeouts: u8,
    pub tcp_retries2: u8,
    pub tcp_ecn: u8,
    pub tcp_fin_timeout: Span,
    pub tcp_keepalive_time: Span,
    pub tcp_timestamps: u8,
    pub tcp_sack: bool,
    pub tcp_window_scaling: bool,
    pub tcp_syncookies: u8,
    pub tcp_tw_reuse: u8,
    pub tcp_max_syn_backlog: u32,
    pub somaxconn: u32,
    pub bridge_nf_call_iptables: bool,
    pub bridge_nf_call_ip6tables: bool,
    pub bridge_nf_call_arptables: bool,
    pub bridge_nf_filter_vlan_tagged: bool,
}

impl Default for Sysctl {
    fn default() -> Self {
        Sysctl {
            all_link_conf: LinkConf::default(),
            default_link_conf: LinkConf::default(),
            default_ttl: 64,
            icmp_echo_ignore_all: false,
            icmp_echo_ignore_broadcasts: true,
            icmp_errors_use_inbound_ifaddr: false,
            icmp_ratelimit: Span::secs(1),
            icmp_ratemask: 6168,
            ipfrag_time: Span::secs(30),
            local_port_range: (32768, 60999),
            ip_unprivileged_port_start: 1024,
            ip_nonlocal_bind: false,
            ip_no_pmtu_disc: 0,
            ping_group_range: (1, 0),
            tcp_syn_retries: 6,
            tcp_synack_retries: 5,
            tcp_syn_linear_timeouts: 4,
            tcp_retries2: 15,
            tcp_ecn: 2,
            tcp_fin_timeout: Span::secs(60),
            tcp_keepalive_time: Span::secs(7200),
            tcp_timestamps: 1,
            tcp_sack: true,
            tcp_window_scaling: true,
            tcp_syncookies: 1,
            tcp_tw_reuse: 2,
            tcp_max_syn_backlog: 4096,
            somaxconn: 4096,
            bridge_nf_call_iptables: false,
            bridge_nf_call_ip6tables: false,
            bridge_nf_call_arptables: false,
            bridge_nf_filter_vlan_tagged: false,
        }
    }
}

/// A variable behind a path.
enum Field<'a> {
    Bool(&'a mut bool),
    U8(&'a mut u8),
    U16(&'a mut u16),
    U32(&'a mut u32),
    Millis(&'a mut Span),
    Seconds(&'a mut Span),
    /// In ticks of 10 ms, as `locktime` and `proxy_delay` are.
    Ticks(&'a mut Span),
    PortRange(&'a mut (u16, u16)),
    GroupRange(&'a mut (u32, u32)),
    /// Accepted and without effect.
    Fixed(&'static str),
}

impl Field<'_> {
    fn show(&self) -> String {
        match self {
            Field::Bool(value) => u8::from(**value).to_string(),
            Field::U8(value) => value.to_string(),
            Field::U16(value) => value.to_string(),
            Field::U32(value) => value.to_string(),
            Field::Millis(span) => span.as_millis().to_string(),
            Field::Seconds(span) => span.as_secs().to_string(),
            Field::Ticks(span) => (span.as_millis() / 10).to_string(),
            Field::PortRange((low, high)) => format!("{low}\t{high}"),
            Field::GroupRange((low, high)) => format!("{low}\t{high}"),
            Field::Fixed(text) => (*text).to_owned(),
        }
    }

    fn set(&mut self, text: &str) -> Result<(), Errno> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |n: usize| -> Result<i64, Errno> {
            words.get(n).and_then(|word| whole_number(word)).ok_or(Errno::EINVAL)
        };
        let unsigned =
            |n: usize| number(n).and_then(|v| u64::try_from(v).map_err(|_| Errno::EINVAL));
        match self {
            Field::Bool(value) => **value = number(0)? != 0,
            Field::U8(value) => **value = u8::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::U16(value) => **value = u16::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::U32(value) => **value = u32::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::Millis(span) => **span = Span::millis(unsigned(0)?.min(u64::from(u32::MAX))),
            Field::Seconds(span) => **span = Span::secs(unsigned(0)?.min(u64::from(u32::MAX))),
            Field::Ticks(span) => **span = Span::millis(unsigned(0)?.min(1 << 32) * 10),
            Field::PortRange(range) => {
                let bound =
                    |n| unsigned(n).and_then(|v| u16::try_from(v).map_err(|_| Errno::EINVAL));
                let (low, high) = (bound(0)?, bound(1)?);
                if low == 0 || low > high {
                    return Err(Errno::EINVAL);
                }
                **range = (low, high);
            }
            Field::GroupRange(range) => {
                let bound =
                    |n| unsigned(n).and_then(|v| u32::try_from(v).map_err(|_| Errno::EINVAL));
                **range = (bound(0)?, bound(1)?);
            }
            Field::Fixed(_) => {}
        }
        Ok(())
    }
}

/// The values that a switch may have, where its type would allow more.
fn limits(path: &str) -> Option<std::ops::RangeInclusive<i64>> {
    Some(match path {
        "net.ipv4.ip_default_ttl" => 1..=255,
        "net.ipv4.tcp_syn_retries" => 1..=127,
        "net.ipv4.tcp_ecn" => 0..=5,
        "net.ipv4.icmp_echo_ignore_all"
        | "net.ipv4.icmp_echo_ignore_broadcasts"
        | "net.ipv4.icmp_errors_use_inbound_ifaddr"
        | "net.netfilter.nf_conntrack_acct"
        | "net.netfilter.nf_conntrack_tcp_loose" => 0..=1,
        _ => return None,
    })
}

/// A number as the kernel reads it: `0x` is hexadecimal.
fn whole_number(word: &str) -> Option<i64> {
    match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
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

/// All other paths.
pub const PATHS: &[&str] = &[
    "net.bridge.bridge-nf-call-arptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-filter-vlan-tagged",
    "net.core.somaxconn",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv4.icmp_errors_use_inbound_ifaddr",
    "net.ipv4.icmp_ratelimit",
    "net.ipv4.icmp_ratemask",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ipfrag_time",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_syn_linear_timeouts",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_synack_retries",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_window_scaling",
    "net.netfilter.nf_conntrack_acct",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_generic_timeout",
    "net.netfilter.nf_conntrack_icmp_timeout",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_tcp_loose",
    "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.netfilter.nf_conntrack_tcp_timeout_fin_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_syn_sent",
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait",
    "net.netfilter.nf_conntrack_udp_timeout",
    "net.netfilter.nf_conntrack_udp_timeout_stream",
    "net.nf_conntrack_max",
];

fn conf_field<'a>(conf: &'a mut Ipv4Conf, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "accept_local" => Field::Bool(&mut conf.accept_local),
        "accept_redirects" => Field::Bool(&mut conf.accept_redirects),
        "accept_source_route" => Field::Bool(&mut conf.accept_source_route),
        "arp_accept" => Field::U8(&mut conf.arp_accept),
        "arp_announce" => Field::U8(&mut conf.arp_announce),
        "arp_filter" => Field::Bool(&mut conf.arp_filter),
        "arp_ignore" => Field::U8(&mut conf.arp_ignore),
        "arp_notify" => Field::Bool(&mut conf.arp_notify),
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

fn neigh_field<'a>(conf: &'a mut NeighConf, name: &str) -> Option<Field<'a>> {
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
fn device_and_name(rest: &str) -> Option<(&str, &str)> {
    rest.rsplit_once('.')
}

impl Kernel {
    /// The variable behind a path.
    fn sysctl_field(&mut self, ns: NamespaceId, path: &str) -> Option<Field<'_>> {
        let device_in = |kernel: &Kernel, name: &str| kernel.link_by_name(ns, name);
        if let Some((device, name)) = path.strip_prefix("net.ipv4.conf.").and_then(device_and_name)
        {
            let link: Option<LinkId> = device_in(self, device);
            let sysctl = &mut self.namespaces[ns].sysctl;
            let conf = match device {
                "all" => &mut sysctl.all_link_conf,
                "default" => &mut sysctl.default_link_conf,
                _ => &mut self.links[link?].conf,
            };
            return conf_field(&mut conf.ipv4, name);
        }
        if let Some((device, name)) = path.strip_prefix("net.ipv4.neigh.").and_then(device_and_name)
        {
            let link = device_in(self, device);
            let sysctl = &mut self.namespaces[ns].sysctl;
            let conf = match device {
                "default" => &mut sysctl.default_link_conf,
                _ => &mut self.links[link?].conf,
            };
            return neigh_field(&mut conf.neigh, name);
        }
        if path.starts_with("net.ipv6.conf.") && path.ends_with(".disable_ipv6") {
            return Some(Field::Fixed("1"));
        }
        let namespace = &mut self.namespaces[ns];
        let (sysctl, conntrack) = (&mut namespace.sysctl, &mut namespace.conntrack);
        Some(match path {
            "net.bridge.bridge-nf-call-iptables" => {
                Field::Bool(&mut sysctl.bridge_nf_call_iptables)
            }
            "net.bridge.bridge-nf-call-ip6tables" => {
                Field::Bool(&mut sysctl.bridge_nf_call_ip6tables)
            }
            "net.bridge.bridge-nf-call-arptables" => {
                Field::Bool(&mut sysctl.bridge_nf_call_arptables)
            }
            "net.bridge.bridge-nf-filter-vlan-tagged" => {
                Field::Bool(&mut sysctl.bridge_nf_filter_vlan_tagged)
            }
            "net.core.somaxconn" => Field::U32(&mut sysctl.somaxconn),
            "net.ipv4.ip_forward" => Field::U8(&mut sysctl.all_link_conf.ipv4.forwarding),
            "net.ipv4.ip_default_ttl" => Field::U8(&mut sysctl.default_ttl),
            "net.ipv4.ip_local_port_range" => Field::PortRange(&mut sysctl.local_port_range),
            "net.ipv4.ip_no_pmtu_disc" => Field::U8(&mut sysctl.ip_no_pmtu_disc),
            "net.ipv4.ip_nonlocal_bind" => Field::Bool(&mut sysctl.ip_nonlocal_bind),
            "net.ipv4.ip_unprivileged_port_start" => {
                Field::U16(&mut sysctl.ip_unprivileged_port_start)
            }
            "net.ipv4.ping_group_range" => Field::GroupRange(&mut sysctl.ping_group_range),
            "net.ipv4.ipfrag_time" => Field::Seconds(&mut sysctl.ipfrag_time),
            "net.ipv4.icmp_echo_ignore_all" => Field::Bool(&mut sysctl.icmp_echo_ignore_all),
            "net.ipv4.icmp_echo_ignore_broadcasts" => {
                Field::Bool(&mut sysctl.icmp_echo_ignore_broadcasts)
            }
            "net.ipv4.icmp_errors_use_inbound_ifaddr" => {
                Field::Bool(&mut sysctl.icmp_errors_use_inbound_ifaddr)
            }
            "net.ipv4.icmp_ratelimit" => Field::Millis(&mut sysctl.icmp_ratelimit),
            "net.ipv4.icmp_ratemask" => Field::U32(&mut sysctl.icmp_ratemask),
            "net.ipv4.tcp_ecn" => Field::U8(&mut sysctl.tcp_ecn),
            "net.ipv4.tcp_fin_timeout" => Field::Seconds(&mut sysctl.tcp_fin_timeout),
            "net.ipv4.tcp_keepalive_time" => Field::Seconds(&mut sysctl.tcp_keepalive_time),
            "net.ipv4.tcp_max_syn_backlog" => Field::U32(&mut sysctl.tcp_max_syn_backlog),
            "net.ipv4.tcp_retries2" => Field::U8(&mut sysctl.tcp_retries2),
            "net.ipv4.tcp_sack" => Field::Bool(&mut sysctl.tcp_sack),
            "net.ipv4.tcp_syn_linear_timeouts" => Field::U8(&mut sysctl.tcp_syn_linear_timeouts),
            "net.ipv4.tcp_syn_retries" => Field::U8(&mut sysctl.tcp_syn_retries),
            "net.ipv4.tcp_synack_retries" => Field::U8(&mut sysctl.tcp_synack_retries),
            "net.ipv4.tcp_syncookies" => Field::U8(&mut sysctl.tcp_syncookies),
            "net.ipv4.tcp_timestamps" => Field::U8(&mut sysctl.tcp_timestamps),
            "net.ipv4.tcp_tw_reuse" => Field::U8(&mut sysctl.tcp_tw_reuse),
            "net.ipv4.tcp_window_scaling" => Field::Bool(&mut sysctl.tcp_window_scaling),
            "net.netfilter.nf_conntrack_acct" => Field::Bool(&mut conntrack.accounting),
            "net.netfilter.nf_conntrack_max" | "net.nf_conntrack_max" => {
                Field::U32(&mut conntrack.max)
            }
            "net.netfilter.nf_conntrack_tcp_loose" => Field::Bool(&mut conntrack.tcp_loose),
            "net.netfilter.nf_conntrack_generic_timeout" => {
                Field::Seconds(&mut conntrack.times.generic)
            }
            "net.netfilter.nf_conntrack_icmp_timeout" => Field::Seconds(&mut conntrack.times.icmp),
            "net.netfilter.nf_conntrack_udp_timeout" => Field::Seconds(&mut conntrack.times.udp),
            "net.netfilter.nf_conntrack_udp_timeout_stream" => {
                Field::Seconds(&mut conntrack.times.udp_stream)
            }
            "net.netfilter.nf_conntrack_tcp_timeout_established" => {
                Field::Seconds(&mut conntrack.times.tcp_established)
            }
            "net.netfilter.nf_conntrack_tcp_timeout_time_wait" => {
                Field::Seconds(&mut conntrack.times.tcp_time_wait)
            }
            "net.netfilter.nf_conntrack_tcp_timeout_close_wait" => {
                Field::Seconds(&mut conntrack.times.tcp_close_wait)
            }
            "net.netfilter.nf_conntrack_tcp_timeout_fin_wait" => {
                Field::Seconds(&mut conntrack.times.tcp_fin_wait)
            }
            "net.netfilter.nf_conntrack_tcp_timeout_syn_sent" => {
                Field::Seconds(&mut conntrack.times.tcp_syn_sent)
            }
            _ => return None,
        })
    }

    /// Reads a switch.
    pub(in crate::kernel) fn sysctl_get(
        &mut self,
        ns: NamespaceId,
        path: &str,
    ) -> Result<String, Errno> {
        if path == "net.netfilter.nf_conntrack_count" {
            return Ok(self.namespaces[ns].conntrack.count().to_string());
        }
        self.sysctl_field(ns, path).map(|field| field.show()).ok_or(Errno::ENOENT)
    }

    /// Writes a switch, and does what follows from it.
    pub(in crate::kernel) fn sysctl_set(
        &mut self,
        ns: NamespaceId,
        path: &str,
        text: &str,
    ) -> Result<(), Errno> {
        if path == "net.netfilter.nf_conntrack_count" {
            return Err(Errno::EACCES);
        }
        // The size of the table is the host's alone to set.
        if path.ends_with("nf_conntrack_max") && ns != self.host_ns {
            return Err(Errno::EINVAL);
        }
        let mut field = self.sysctl_field(ns, path).ok_or(Errno::ENOENT)?;
        let value = text.split_whitespace().next().and_then(whole_number);
        if limits(path).is_some_and(|range| value.is_none_or(|value| !range.contains(&value))) {
            return Err(Errno::EINVAL);
        }
        field.set(text)?;
        // Forwarding for all is forwarding for each and for those to come (inet_forward_change).
        if matches!(path, "net.ipv4.ip_forward" | "net.ipv4.conf.all.forwarding") {
            let value = self.namespaces[ns].sysctl.all_link_conf.ipv4.forwarding;
            self.namespaces[ns].sysctl.default_link_conf.ipv4.forwarding = value;
            for id in self.namespaces[ns].links.values() {
                self.links[*id].conf.ipv4.forwarding = value;
            }
            self.namespaces[ns].sysctl.all_link_conf.ipv4.accept_redirects = value == 0;
        }
        Ok(())
    }
}
