//! Neighbours (`ip neigh`).

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::engine::Time;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::ip::neighbor::family::Family;
pub use crate::kernel::ip::neighbor::view::NeighborView;
use crate::kernel::ip::neighbor::view::view;
use crate::kernel::ip::neighbor::{Authority, Nud};
use crate::kernel::monitor::{Listener, Monitored};
use crate::kernel::step::DropReason;
use crate::kernel::{Kernel, Task};
use crate::wire::{Ipv4Addr, MacAddr};

use super::Sys;

/// What to do if the entry is there, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryMode {
    /// It must not be there.
    Add,
    /// It may be there.
    Replace,
    /// It must be there.
    Change,
}

impl Sys<'_> {
    /// Makes or changes an entry.
    pub fn neigh_add(
        &mut self,
        link: LinkId,
        ip: IpAddr,
        mac: Option<MacAddr>,
        state: Nud,
        mode: EntryMode,
    ) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        match ip {
            IpAddr::V4(ip) => self.neigh_add_to(link, ip, mac, state, mode),
            IpAddr::V6(_) if !self.kernel.has_ipv6(link) => {
                let why = "ipv6: IPv6 is disabled on this device";
                Err(NetlinkError::explained(Errno::EACCES, why))
            }
            IpAddr::V6(ip) => self.neigh_add_to(link, ip, mac, state, mode),
        }
    }

    fn neigh_add_to<A: Family>(
        &mut self,
        link: LinkId,
        ip: A,
        mac: Option<MacAddr>,
        state: Nud,
        mode: EntryMode,
    ) -> Result<(), NetlinkError> {
        let table = A::table(&self.kernel.namespaces[self.ns]);
        let there = table.contains(link, ip);
        match (mode, there) {
            (EntryMode::Add, true) => return Err(Errno::EEXIST.into()),
            (EntryMode::Change, false) => return Err(Errno::ENOENT.into()),
            _ => {}
        }
        let known = table.get(link, ip).and_then(|n| n.mac);
        if mac.is_none() && known.is_none() && state.is_valid() && state != Nud::NoArp {
            return Err(NetlinkError::explained(Errno::EINVAL, "No link layer address given"));
        }
        let conf = *A::conf(&self.kernel.links[link]);
        let action = A::table_mut(&mut self.kernel.namespaces[self.ns]).update(
            link,
            ip,
            mac,
            state,
            Authority::Admin,
            true,
            &conf,
            self.cx.now,
            &mut self.cx.rng,
        );
        self.kernel.neighbor_act(self.cx, self.ns, link, ip, action);
        let name = self.link_name(link);
        self.record(|_| {
            let lladdr = mac.map(|mac| format!(" lladdr {mac}")).unwrap_or_default();
            let nud = state.name().to_lowercase();
            let ip: IpAddr = ip.into();
            format!("ip neigh replace {ip}{lladdr} dev {name} nud {nud}")
        });
        Ok(())
    }

    /// Removes an entry.
    pub fn neigh_del(&mut self, link: LinkId, ip: IpAddr) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        match ip {
            IpAddr::V4(ip) => self.neigh_del_from(link, ip),
            IpAddr::V6(ip) => self.neigh_del_from(link, ip),
        }
    }

    fn neigh_del_from<A: Family>(&mut self, link: LinkId, ip: A) -> Result<(), NetlinkError> {
        let (ns, now) = (self.ns, self.cx.now);
        let Some(last) = self.kernel.neighbor_view(ns, link, ip, now) else {
            return Err(Errno::ENOENT.into());
        };
        let Some(gone) = A::table_mut(&mut self.kernel.namespaces[ns]).remove(link, ip) else {
            return Err(Errno::ENOENT.into());
        };
        // It fails before it goes.
        let failed = NeighborView { mac: None, state: Nud::Failed, ..last };
        if last.state.is_valid() {
            self.kernel.monitor(ns, Monitored::Neighbor { view: failed, gone: false });
        }
        self.kernel.monitor(ns, Monitored::Neighbor { view: failed, gone: true });
        for packet in gone.queue {
            self.cx.drop(packet.id, self.ns, Some(link), DropReason::NeighborFailed);
        }
        let name = self.link_name(link);
        let ip: IpAddr = ip.into();
        self.record(|_| format!("ip neigh del {ip} dev {name}"));
        Ok(())
    }

    /// Removes the entries for which `doomed` holds; how many there were.
    pub fn neigh_flush(
        &mut self,
        doomed: impl Fn(&NeighborView) -> bool,
    ) -> Result<usize, NetlinkError> {
        let views = self.neighbors();
        let gone: Vec<NeighborView> = views.into_iter().filter(|view| doomed(view)).collect();
        for view in &gone {
            self.neigh_del(view.link, view.ip)?;
        }
        Ok(gone.len())
    }

    /// All entries of IPv4, then those of IPv6, in order of creation.
    pub fn neighbors(&self) -> Vec<NeighborView> {
        let now = self.cx.now;
        let namespace = &self.kernel.namespaces[self.ns];
        let ipv4 = namespace.neighbors.iter().map(|((link, ip), n)| view(link, ip, n, now));
        let ipv6 = namespace.neighbors6.iter().map(|((link, ip), n)| view(link, ip, n, now));
        ipv4.chain(ipv6).collect()
    }

    /// Answers ARP in somebody else's name (`ip neigh add proxy`).
    pub fn proxy_add(&mut self, ip: Ipv4Addr, link: Option<LinkId>) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        let proxies = &mut self.kernel.namespaces[self.ns].neighbors.proxies;
        if proxies.contains(&(ip, link)) {
            return Err(Errno::EEXIST.into());
        }
        proxies.push((ip, link));
        Ok(())
    }

    /// Ends that.
    pub fn proxy_del(&mut self, ip: Ipv4Addr, link: Option<LinkId>) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        let proxies = &mut self.kernel.namespaces[self.ns].neighbors.proxies;
        let at = proxies.iter().position(|entry| *entry == (ip, link)).ok_or(Errno::ENOENT)?;
        proxies.remove(at);
        Ok(())
    }

    /// The addresses for which ARP is answered in somebody else's name.
    pub fn proxies(&self) -> &[(Ipv4Addr, Option<LinkId>)] {
        &self.kernel.namespaces[self.ns].neighbors.proxies
    }

    /// Listens to changes (`ip monitor`); the number of the listener.
    pub fn monitor_open(&mut self) -> u32 {
        self.listen(false)
    }

    pub(super) fn listen(&mut self, hears_connections: bool) -> u32 {
        let listeners = &mut self.kernel.namespaces[self.ns].listeners;
        let id = listeners.iter().map(|listener| listener.id + 1).max().unwrap_or(1);
        listeners.push(Listener { id, hears_connections, task: None, queue: VecDeque::new() });
        id
    }

    /// Takes a change; `None` if there is none, and then `task` is woken when one comes.
    pub fn monitor_next(&mut self, id: u32, task: Task) -> Option<Monitored> {
        let listeners = &mut self.kernel.namespaces[self.ns].listeners;
        let listener = listeners.iter_mut().find(|listener| listener.id == id)?;
        listener.task = Some(task);
        listener.queue.pop_front()
    }

    /// Stops listening.
    pub fn monitor_close(&mut self, id: u32) {
        if let Some(namespace) = self.kernel.namespaces.get_mut(self.ns) {
            namespace.listeners.retain(|listener| listener.id != id);
            namespace.conntrack.is_watched =
                namespace.listeners.iter().any(|listener| listener.hears_connections);
        }
    }
}

impl Kernel {
    /// An entry, as it is now.
    pub(in crate::kernel) fn neighbor_view<A: Family>(
        &self,
        ns: NamespaceId,
        link: LinkId,
        ip: A,
        now: Time,
    ) -> Option<NeighborView> {
        let entry = A::table(self.namespaces.get(ns)?).get(link, ip)?;
        Some(view(link, ip, entry, now))
    }
}
