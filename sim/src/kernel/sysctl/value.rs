//! The switches of a namespace.

use crate::engine::Span;

use super::device::LinkConf;

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
    pub icmp_msgs_per_sec: u32,
    pub icmp_msgs_burst: u32,
    pub icmp6_ratelimit: Span,
    pub min_pmtu: u32,
    pub mtu_expires: Span,
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
            icmp_msgs_per_sec: 1000,
            icmp_msgs_burst: 50,
            icmp6_ratelimit: Span::secs(1),
            min_pmtu: 552,
            mtu_expires: Span::secs(600),
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

impl Sysctl {
    /// The switches of a kernel that was booted with IPv6, or without.
    pub(in crate::kernel) fn booted(with_ipv6: bool) -> Sysctl {
        let mut sysctl = Sysctl::default();
        for conf in [&mut sysctl.all_link_conf, &mut sysctl.default_link_conf] {
            conf.ipv6.disable = !with_ipv6;
        }
        sysctl.all_link_conf.ipv6.accept_dad = 0;
        sysctl
    }
}
