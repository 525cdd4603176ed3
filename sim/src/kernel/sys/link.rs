//! Devices: making, changing, removing (`ip link`, `bridge link`, `tc qdisc`).

use crate::kernel::Kernel;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::link::admin::{KindSpec, LinkSpec};
use crate::kernel::link::{LinkKind, MacvlanMode, Netem};
use crate::wire::{MacAddr, is_valid_station_mac};

use super::Sys;

pub use super::bridge::{BridgeChange, PortChange};
pub use super::tunnel::VxlanChange;

/// A setting of any device (`ip link set`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LinkChange {
    Arp(bool),
    Multicast(bool),
    AllMulti(bool),
    Promisc(bool),
    Group(u32),
    Alias(String),
}

/// The length of a queue that nobody has set.
const DEFAULT_QUEUE: u32 = 1000;

type Result<T> = std::result::Result<T, NetlinkError>;

impl Sys<'_> {
    /// Makes a device (`ip link add`).
    pub fn link_add(&mut self, spec: &LinkSpec) -> Result<LinkId> {
        self.demand_admin()?;
        let id = self.kernel.link_add(self.cx, self.ns, spec)?;
        self.record(|kernel| add_command(kernel, id, spec));
        Ok(id)
    }

    /// Whether the machine has IPv6 from its boot on; else that is disabled in all its namespaces, until
    /// somebody enables it.
    pub fn boot_with_ipv6(&mut self, on: bool) {
        self.kernel.boots_with_ipv6 = on;
        let value = if on { "0" } else { "1" };
        // The switch exists in every namespace.
        let _ = self.kernel.sysctl_set(self.cx, self.ns, "net.ipv6.conf.all.disable_ipv6", value);
    }

    /// Takes modules out of the kernel: it makes no devices of these kinds any more.
    pub fn modules_remove(&mut self, names: &[String]) {
        self.kernel.missing_modules.extend_from_slice(names);
    }

    /// Removes a device (`ip link del`).
    pub fn link_del(&mut self, id: LinkId) -> Result<()> {
        self.demand_admin()?;
        let name = self.link_name(id);
        self.kernel.link_del(self.cx, id)?;
        self.record(|_| format!("ip link del {name}"));
        Ok(())
    }

    /// Sets a device up (`ip link set … up`).
    pub fn link_up(&mut self, id: LinkId) -> Result<()> {
        self.demand_admin()?;
        self.kernel.link_up(self.cx, id)?;
        self.record_link(id, "up");
        Ok(())
    }

    /// Sets a device down (`ip link set … down`).
    pub fn link_down(&mut self, id: LinkId) -> Result<()> {
        self.demand_admin()?;
        self.kernel.link_down(self.cx, id);
        self.record_link(id, "down");
        Ok(())
    }

    /// Moves a device (`ip link set … netns …`), perhaps under another name.
    pub fn link_set_ns(&mut self, id: LinkId, ns: NamespaceId, name: Option<&str>) -> Result<()> {
        self.demand_admin()?;
        let old = self.link_name(id);
        self.kernel.link_set_ns(self.cx, id, ns, name)?;
        self.record(|kernel| {
            // To the namespace of the host leads only a number of a process.
            let is_host = ns == kernel.host_ns;
            let label = if is_host { "1" } else { kernel.namespaces[ns].label.as_str() };
            let rename = name.filter(|name| *name != old).map(|name| format!(" name {name}"));
            format!("ip link set {old} netns {label}{}", rename.unwrap_or_default())
        });
        Ok(())
    }

    /// Renames a device (`ip link set … name …`).
    pub fn link_rename(&mut self, id: LinkId, name: &str) -> Result<()> {
        self.demand_admin()?;
        let old = self.link_name(id);
        self.kernel.link_rename(id, name)?;
        self.kernel.monitor_link(id);
        self.record(|_| format!("ip link set {old} name {name}"));
        Ok(())
    }

    /// Changes the hardware address (`ip link set … address …`).
    pub fn link_set_mac(&mut self, id: LinkId, mac: MacAddr) -> Result<()> {
        self.demand_admin()?;
        if !is_valid_station_mac(mac) {
            return Err(Errno::EADDRNOTAVAIL.into());
        }
        if self.kernel.links[id].is_loopback() {
            return Err(Errno::EOPNOTSUPP.into());
        }
        if self.kernel.links[id].mac != mac && self.kernel.macvlan_address_is_busy(id, mac) {
            return Err(Errno::EADDRINUSE.into());
        }
        if let Some(bridge) = self.kernel.links[id].as_bridge_mut() {
            bridge.mac_is_set = true;
        }
        self.kernel.link_set_mac(self.cx, id, mac);
        self.record_link(id, &format!("address {mac}"));
        Ok(())
    }

    /// Changes the MTU (`ip link set … mtu …`).
    pub fn link_set_mtu(&mut self, id: LinkId, mtu: u32) -> Result<()> {
        self.demand_admin()?;
        self.kernel.link_set_mtu(id, mtu)?;
        self.kernel.monitor_link(id);
        self.record_link(id, &format!("mtu {mtu}"));
        Ok(())
    }

    /// Changes the length of the transmit queue (`ip link set … txqueuelen …`).
    pub fn link_set_tx_queue_len(&mut self, id: LinkId, len: u32) -> Result<()> {
        self.demand_admin()?;
        self.kernel.links[id].tx_queue_len = len;
        self.record_link(id, &format!("txqueuelen {len}"));
        Ok(())
    }

    /// Makes a device a port of a bridge (`ip link set … master …`).
    pub fn link_set_master(&mut self, id: LinkId, bridge: LinkId) -> Result<()> {
        self.demand_admin()?;
        self.kernel.link_set_master(self.cx, id, bridge)?;
        self.kernel.monitor_link(id);
        let bridge = self.link_name(bridge);
        self.record_link(id, &format!("master {bridge}"));
        Ok(())
    }

    /// Takes a port out of its bridge (`ip link set … nomaster`).
    pub fn link_set_nomaster(&mut self, id: LinkId) -> Result<()> {
        self.demand_admin()?;
        self.kernel.link_release(self.cx, id);
        self.kernel.monitor_link(id);
        self.record_link(id, "nomaster");
        Ok(())
    }

    /// Changes what an administrator says about a device (`ip link set … promisc on`, and the like).
    pub fn link_set(&mut self, id: LinkId, change: LinkChange) -> Result<()> {
        self.demand_admin()?;
        let on_off = |on: bool| if on { "on" } else { "off" };
        let link = &mut self.kernel.links[id];
        let settings = &mut link.settings;
        let words = match change {
            LinkChange::Arp(on) => {
                settings.arp = on;
                format!("arp {}", on_off(on))
            }
            LinkChange::Multicast(on) => {
                settings.multicast = on;
                format!("multicast {}", on_off(on))
            }
            LinkChange::AllMulti(on) => {
                settings.allmulti = on;
                format!("allmulticast {}", on_off(on))
            }
            LinkChange::Promisc(on) => {
                let before = std::mem::replace(&mut settings.promisc, on);
                let others = link.promiscuity - u32::from(before);
                link.promiscuity = others + u32::from(on);
                format!("promisc {}", on_off(on))
            }
            LinkChange::Group(group) => {
                settings.group = group;
                format!("group {group}")
            }
            LinkChange::Alias(alias) => {
                let words = format!("alias {alias}");
                settings.alias = alias;
                words
            }
        };
        self.record_link(id, &words);
        Ok(())
    }

    pub(super) fn record_link(&mut self, id: LinkId, words: &str) {
        let name = self.link_name(id);
        self.record(|_| format!("ip link set {name} {words}"));
    }

    /// Changes the mode of a macvlan device.
    pub fn macvlan_set_mode(&mut self, id: LinkId, mode: MacvlanMode) -> Result<()> {
        self.demand_admin()?;
        let LinkKind::Macvlan(macvlan) = &mut self.kernel.links[id].kind else {
            return Err(Errno::EOPNOTSUPP.into());
        };
        let passthru = MacvlanMode::Passthru;
        if (mode == passthru) != (macvlan.mode == passthru) {
            return Err(Errno::EINVAL.into());
        }
        macvlan.mode = mode;
        self.record_link(id, &format!("type macvlan mode {}", mode.name()));
        Ok(())
    }

    /// Gives a device a queueing discipline, or takes it away (`tc qdisc`).
    pub fn qdisc_set(&mut self, id: LinkId, netem: Option<Netem>) -> Result<()> {
        self.demand_admin()?;
        let netem = netem.map(|mut netem| {
            if netem.handle == 0 {
                self.kernel.qdiscs += 1;
                netem.handle = 0x8000 | self.kernel.qdiscs & 0x7fff;
            }
            Box::new(netem)
        });
        self.kernel.links[id].qdisc = netem;
        Ok(())
    }
}

/// The command that makes the same device.
fn add_command(kernel: &Kernel, id: LinkId, spec: &LinkSpec) -> String {
    let link = &kernel.links[id];
    let name_of = |link: &Option<LinkId>| {
        link.and_then(|link| kernel.links.get(link)).map_or("?", |link| link.name.as_str())
    };
    let address = spec.mac.map(|mac| format!(" address {mac}")).unwrap_or_default();
    let queue = |len: u32| match len {
        DEFAULT_QUEUE => String::new(),
        len => format!(" txqueuelen {len}"),
    };
    let mtu = spec.mtu.map(|mtu| format!(" mtu {mtu}")).unwrap_or_default();
    let mtu = format!("{mtu}{}", queue(spec.tx_queue_len));
    let name = &link.name;
    match &spec.kind {
        KindSpec::Veth(_) => {
            let LinkKind::Veth { peer } = link.kind else { return String::new() };
            let peer = &kernel.links[peer];
            let far = queue(peer.tx_queue_len);
            format!("ip link add {name}{address}{mtu} type veth peer name {}{far}", peer.name)
        }
        KindSpec::Bridge => format!("ip link add {name}{address}{mtu} type bridge"),
        KindSpec::Dummy => format!("ip link add {name}{address}{mtu} type dummy"),
        KindSpec::Vxlan(vxlan) => {
            let mut command = format!(
                "ip link add {name}{address}{mtu} type vxlan id {} dstport {}",
                vxlan.vni, vxlan.port
            );
            if let Some(local) = vxlan.local {
                command += &format!(" local {local}");
            }
            if let Some(remote) = vxlan.remote {
                let word = if remote.is_multicast() { "group" } else { "remote" };
                command += &format!(" {word} {remote}");
            }
            if vxlan.device.is_some() {
                command += &format!(" dev {}", name_of(&vxlan.device));
            }
            let flags = [
                (!vxlan.learning, " nolearning"),
                (vxlan.proxy, " proxy"),
                (vxlan.l2miss, " l2miss"),
                (vxlan.l3miss, " l3miss"),
            ];
            command.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word));
            command
        }
        KindSpec::Macvlan { parent, mode } => format!(
            "ip link add {name}{address}{mtu} link {} type macvlan mode {}",
            name_of(parent),
            mode.name()
        ),
        KindSpec::Ipvlan { parent, mode, .. } => format!(
            "ip link add {name}{mtu} link {} type ipvlan mode {}",
            name_of(parent),
            mode.name()
        ),
        KindSpec::Vlan { parent, id } => {
            format!("ip link add {name}{address}{mtu} link {} type vlan id {id}", name_of(parent))
        }
    }
}
