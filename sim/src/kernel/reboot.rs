//! A kernel that boots anew: what was made by calls is gone, the hardware is still there.

use super::Kernel;
use super::context::Context;
use super::hardware::Hardware;
use super::id::{LinkId, NamespaceId};
use super::link::LinkKind;
use super::namespace::Namespace;

impl Kernel {
    /// What is there now is the machine itself: it survives a reboot.
    pub fn bolt_down(&mut self) {
        let links = self.links.keys().collect();
        self.hardware = Hardware { links, namespaces: self.namespaces.keys().collect() };
    }

    /// Forgets everything but the hardware, which is down and has no addresses.
    pub fn reset(&mut self, cx: &mut Context) {
        let hardware = self.hardware.clone();
        let is_extra = |id: &LinkId| !hardware.links.contains(id);
        let is_bolted = |kind: &LinkKind| matches!(kind, LinkKind::Loopback | LinkKind::Nic);
        let extra: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(id, link)| is_extra(id) && !is_bolted(&link.kind))
            .map(|(id, _)| id)
            .collect();
        for id in extra {
            self.link_unregister(cx, id);
        }
        let is_extra = |ns: &NamespaceId| *ns != self.host_ns && !hardware.namespaces.contains(ns);
        let gone: Vec<NamespaceId> = self.namespaces.keys().filter(is_extra).collect();
        for ns in gone {
            self.namespace_del(cx, ns);
        }
        self.forget_host_namespace(cx);
        self.calls.clear();
        self.log.clear();
    }

    fn forget_host_namespace(&mut self, cx: &mut Context) {
        let ns = self.host_ns;
        let own: Vec<LinkId> = self.namespaces[ns].links.values().copied().collect();
        for id in &own {
            self.link_down(cx, *id);
            let link = &mut self.links[*id];
            link.addrs.clear();
            link.qdisc = None;
        }
        let old = &mut self.namespaces[ns];
        let mut new = Namespace::new(&old.label, old.inode, self.boots_with_ipv6);
        new.links = std::mem::take(&mut old.links);
        new.loopback = old.loopback;
        new.users = 1;
        new.next_ifindex = new.links.keys().max().map_or(1, |last| last + 1);
        for id in own {
            self.links[id].conf = new.sysctl.default_link_conf.clone();
        }
        self.taps_on_any = 0;
        self.namespaces[ns] = new;
    }
}
