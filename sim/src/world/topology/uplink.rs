//! The way of a machine to its segments: a network card, or a virtual cable to a bridge with the card.

use crate::kernel::sys::link::BridgeChange;
use crate::kernel::sys::{KindSpec, LinkSpec};
use crate::kernel::{LinkId, NetlinkError};
use crate::trace::HostId;
use crate::wire::MacAddr;
use crate::world::World;

/// Both ends of a machine's way to a segment.
pub(super) struct Way {
    /// What the cable is plugged into.
    pub card: LinkId,
    /// The device that has the machine's addresses.
    pub device: LinkId,
}

/// A network card that is the machine's device itself.
pub(super) fn card(world: &mut World, host: HostId, name: &str, mac: MacAddr) -> Way {
    let card = world.add_nic(host, name, mac);
    Way { card, device: card }
}

/// A virtual cable into a namespace of its own, where a bridge joins it to the card.
pub(super) fn veth(
    world: &mut World,
    host: HostId,
    name: &str,
    mac: MacAddr,
) -> Result<Way, NetlinkError> {
    let root = world.host(host).namespace();
    let MacAddr(_, _, a, b, c, d) = mac;
    let (ns, bridge, device) = world.sys(host, |sys| {
        let ns = sys.netns_new("uplink");
        // It stands for what is between the machine and the wire.
        sys.in_ns(ns).sysctl_set("net.ipv6.conf.all.disable_ipv6", "1")?;
        let mut spec = LinkSpec::new(ns, "br-lan", KindSpec::Bridge);
        spec.mac = Some(MacAddr(0x02, 2, a, b, c, d));
        let bridge = sys.in_ns(ns).link_add(&spec)?;
        let peer = LinkSpec::new(ns, "port", KindSpec::Dummy);
        let mut spec = LinkSpec::new(root, name, KindSpec::Veth(Box::new(peer)));
        spec.mac = Some(mac);
        let device = sys.link_add(&spec)?;
        Ok::<_, NetlinkError>((ns, bridge, device))
    })?;
    let card = world.add_nic(host, "card", MacAddr(0x02, 1, a, b, c, d));
    world.sys(host, |sys| {
        sys.link_set_ns(card, ns, None)?;
        let mut inside = sys.in_ns(ns);
        inside.bridge_set(bridge, BridgeChange::McastSnooping(false))?;
        let port = inside.link_named("port");
        for port in [Some(card), port].into_iter().flatten() {
            inside.link_set_master(port, bridge)?;
            inside.link_up(port)?;
        }
        inside.link_up(bridge)?;
        Ok(Way { card, device })
    })
}
