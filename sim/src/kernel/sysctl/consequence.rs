//! What follows from writing a switch: some of them are switches of every device, some begin or end
//! something.

use crate::kernel::Kernel;
use crate::kernel::context::Context;
use crate::kernel::id::{LinkId, NamespaceId};

use super::device::device_and_name;

impl Kernel {
    /// A switch was written.
    pub(super) fn sysctl_written(&mut self, cx: &mut Context, ns: NamespaceId, path: &str) {
        if matches!(path, "net.ipv4.ip_forward" | "net.ipv4.conf.all.forwarding") {
            self.forwarding_written(ns);
        }
        if path.ends_with(".ignore_routes_with_linkdown") {
            self.refresh_avoided(ns);
        }
        match path.strip_prefix("net.ipv6.conf.").and_then(device_and_name) {
            Some(("all", "disable_ipv6")) => self.disable_ipv6_everywhere(cx, ns),
            Some(("all", "forwarding")) => self.forward_ipv6_everywhere(cx, ns),
            Some((device, "disable_ipv6")) => {
                if let Some(id) = self.link_by_name(ns, device) {
                    self.ipv6_switched(cx, id);
                }
            }
            Some((device, "forwarding")) => {
                if let Some(id) = self.link_by_name(ns, device) {
                    self.ipv6_forwarding_changed(cx, id);
                }
            }
            _ => {}
        }
    }

    fn links_in(&self, ns: NamespaceId) -> Vec<LinkId> {
        self.namespaces[ns].links.values().copied().collect()
    }

    /// Forwarding for all is forwarding for each and for those to come (`inet_forward_change`).
    fn forwarding_written(&mut self, ns: NamespaceId) {
        let value = self.namespaces[ns].sysctl.all_link_conf.ipv4.forwarding;
        self.namespaces[ns].sysctl.default_link_conf.ipv4.forwarding = value;
        for id in self.links_in(ns) {
            self.links[id].conf.ipv4.forwarding = value;
        }
        self.namespaces[ns].sysctl.all_link_conf.ipv4.accept_redirects = value == 0;
    }

    /// The same for IPv6, whose routers listen to groups of their own (`addrconf_fixup_forwarding`).
    fn forward_ipv6_everywhere(&mut self, cx: &mut Context, ns: NamespaceId) {
        let value = self.namespaces[ns].sysctl.all_link_conf.ipv6.forwarding;
        self.namespaces[ns].sysctl.default_link_conf.ipv6.forwarding = value;
        for id in self.links_in(ns) {
            let old = std::mem::replace(&mut self.links[id].conf.ipv6.forwarding, value);
            if (old == 0) != (value == 0) {
                self.ipv6_forwarding_changed(cx, id);
            }
        }
    }

    /// IPv6 ends or begins on all devices (`addrconf_disable_ipv6`).
    fn disable_ipv6_everywhere(&mut self, cx: &mut Context, ns: NamespaceId) {
        let value = self.namespaces[ns].sysctl.all_link_conf.ipv6.disable;
        self.namespaces[ns].sysctl.default_link_conf.ipv6.disable = value;
        for id in self.links_in(ns) {
            if std::mem::replace(&mut self.links[id].conf.ipv6.disable, value) != value {
                self.ipv6_switched(cx, id);
            }
        }
    }

    /// Finds out anew which devices routes must not use (`ignore_routes_with_linkdown`).
    pub(in crate::kernel) fn refresh_avoided(&mut self, ns: NamespaceId) {
        let namespace = &self.namespaces[ns];
        let ids = namespace.links.values().copied();
        let avoided = ids.filter(|id| {
            let link = &self.links[*id];
            !link.carrier && namespace.ignores_linkdown(&link.conf)
        });
        let avoided = avoided.collect();
        self.namespaces[ns].fib.avoided = avoided;
    }
}
