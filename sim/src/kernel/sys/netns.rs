//! Namespaces (`ip netns`, `unshare(2)`, `setns(2)`).

use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::NamespaceId;

use super::Sys;

impl Sys<'_> {
    /// Makes a namespace; whoever makes it is its first user.
    pub fn netns_new(&mut self, label: &str) -> NamespaceId {
        let ns = self.kernel.namespace_add(label);
        self.kernel.namespaces[ns].users = 1;
        let host = self.host_ns();
        self.in_ns(host).record(|_| format!("ip netns add {label}"));
        ns
    }

    /// One user more: a name, a process, an open file.
    pub fn netns_hold(&mut self, ns: NamespaceId) {
        if let Some(namespace) = self.kernel.namespaces.get_mut(ns) {
            namespace.users += 1;
        }
    }

    /// One user less; without any, the namespace and what is in it goes.
    pub fn netns_release(&mut self, ns: NamespaceId) {
        let Some(namespace) = self.kernel.namespaces.get_mut(ns) else { return };
        namespace.users = namespace.users.saturating_sub(1);
        if namespace.users == 0 && ns != self.kernel.host_ns {
            let (label, host) = (namespace.label.clone(), self.kernel.host_ns);
            self.kernel.namespace_del(self.cx, ns);
            self.in_ns(host).record(|_| format!("ip netns del {label}"));
        }
    }

    /// Whether a namespace still exists.
    pub fn netns_exists(&self, ns: NamespaceId) -> bool {
        self.kernel.namespaces.contains_key(ns)
    }

    /// The number that `/proc/self/ns/net` shows.
    pub fn netns_inode(&self, ns: NamespaceId) -> u32 {
        self.kernel.namespaces.get(ns).map_or(0, |namespace| namespace.inode)
    }

    /// What people call a namespace.
    pub fn netns_label(&self, ns: NamespaceId) -> &str {
        self.kernel.labels.get(&ns).map_or("?", String::as_str)
    }

    /// Calls a namespace something else.
    pub fn netns_set_label(&mut self, ns: NamespaceId, label: &str) {
        if let Some(namespace) = self.kernel.namespaces.get_mut(ns) {
            label.clone_into(&mut namespace.label);
            self.kernel.labels.insert(ns, label.to_owned());
        }
    }

    /// The number that this namespace has for another, if it has one (`ip netns list-id`).
    pub fn nsid_of(&self, ns: NamespaceId) -> Option<u32> {
        let nsids = &self.kernel.namespaces[self.ns].nsids;
        nsids.iter().position(|id| *id == Some(ns)).map(|n| n as u32)
    }

    /// Gives another namespace a number here (`ip netns set`), any if none is asked for.
    pub fn nsid_set(&mut self, ns: NamespaceId, nsid: Option<u32>) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        let namespace = &mut self.kernel.namespaces[self.ns];
        if namespace.nsids.contains(&Some(ns)) {
            return Err(NetlinkError::explained(
                Errno::EEXIST,
                "Peer netns already has a nsid assigned",
            ));
        }
        let Some(nsid) = nsid else {
            namespace.nsid_of(ns);
            return Ok(());
        };
        let nsids = &mut namespace.nsids;
        let at = nsid as usize;
        if at >= 65_536 {
            return Err(Errno::EINVAL.into());
        }
        if nsids.len() <= at {
            nsids.resize(at + 1, None);
        }
        if nsids[at].is_some() {
            return Err(NetlinkError::explained(
                Errno::ENOSPC,
                "The specified nsid is already used",
            ));
        }
        nsids[at] = Some(ns);
        Ok(())
    }

    /// The numbers that this namespace has given, with the namespaces.
    pub fn nsids(&self) -> Vec<(u32, NamespaceId)> {
        let nsids = &self.kernel.namespaces[self.ns].nsids;
        nsids.iter().enumerate().filter_map(|(n, id)| Some((n as u32, (*id)?))).collect()
    }

    /// All namespaces of the host, in order of creation.
    pub fn namespaces(&self) -> Vec<NamespaceId> {
        let mut all: Vec<NamespaceId> = self.kernel.namespaces.keys().collect();
        all.sort_by_key(|ns| self.kernel.namespaces[*ns].inode);
        all
    }
}
