//! `/proc/sys/net`: the switches of a namespace and of each device.
//!
//! `Kernel::sysctl_field` is the whole table: it maps a path to the variable behind it, for reading and
//! writing alike. `device` has the part of it that each device has, `field` the kinds of variables,
//! `consequence` what follows from writing some of them.

mod consequence;
mod device;
mod field;
mod value;

use super::Kernel;
use super::context::Context;
use super::errno::Errno;
use super::id::{LinkId, NamespaceId};
use device::{conf_field, conf6_field, device_and_name, neigh_field};
use field::{Field, limits, whole_number};

pub use device::{CONF_NAMES, CONF6_NAMES, Ipv4Conf, Ipv6Conf, LinkConf, NEIGH_NAMES, NeighConf};
pub use value::Sysctl;

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
    "net.ipv4.icmp_msgs_burst",
    "net.ipv4.icmp_msgs_per_sec",
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
    "net.ipv4.route.min_pmtu",
    "net.ipv4.route.mtu_expires",
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
    "net.ipv6.icmp.ratelimit",
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

impl Kernel {
    /// The variable behind a path.
    fn sysctl_field(&mut self, ns: NamespaceId, path: &str) -> Option<Field<'_>> {
        let device_in = |kernel: &Kernel, name: &str| kernel.link_by_name(ns, name);
        for (prefix, is_ipv4) in [("net.ipv4.conf.", true), ("net.ipv6.conf.", false)] {
            let Some((device, name)) = path.strip_prefix(prefix).and_then(device_and_name) else {
                continue;
            };
            let link: Option<LinkId> = device_in(self, device);
            let sysctl = &mut self.namespaces[ns].sysctl;
            let conf = match device {
                "all" => &mut sysctl.all_link_conf,
                "default" => &mut sysctl.default_link_conf,
                _ => &mut self.links[link?].conf,
            };
            return match is_ipv4 {
                true => conf_field(&mut conf.ipv4, name),
                false => conf6_field(&mut conf.ipv6, name),
            };
        }
        for (prefix, is_ipv4) in [("net.ipv4.neigh.", true), ("net.ipv6.neigh.", false)] {
            let Some((device, name)) = path.strip_prefix(prefix).and_then(device_and_name) else {
                continue;
            };
            let link = device_in(self, device);
            let sysctl = &mut self.namespaces[ns].sysctl;
            let conf = match device {
                "default" => &mut sysctl.default_link_conf,
                _ => &mut self.links[link?].conf,
            };
            let neigh = if is_ipv4 { &mut conf.neigh } else { &mut conf.neigh6 };
            return neigh_field(neigh, name);
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
            "net.ipv4.icmp_msgs_per_sec" => Field::U32(&mut sysctl.icmp_msgs_per_sec),
            "net.ipv4.icmp_msgs_burst" => Field::U32(&mut sysctl.icmp_msgs_burst),
            "net.ipv4.route.min_pmtu" => Field::U32(&mut sysctl.min_pmtu),
            "net.ipv4.route.mtu_expires" => Field::Seconds(&mut sysctl.mtu_expires),
            "net.ipv6.icmp.ratelimit" => Field::Millis(&mut sysctl.icmp6_ratelimit),
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
        cx: &mut Context,
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
        self.sysctl_written(cx, ns, path);
        Ok(())
    }
}
