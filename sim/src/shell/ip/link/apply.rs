//! Makes the system calls for what was asked for, in the order in which the kernel works off one request.

use super::super::Tool;
use super::kinds::Kind;
use super::request::Request;
use super::verb::Verb;
use crate::kernel::link::admin::{KindSpec, LinkSpec};
use crate::kernel::link::{IpvlanMode, MacvlanMode};
use crate::kernel::sys::Sys;
use crate::kernel::sys::link::{BridgeChange, LinkChange};
use crate::kernel::{Errno, LinkId, NamespaceId, NetlinkError};
use crate::shell::args::{Args, Failure, Result};
use crate::shell::ip::prefix;
use crate::wire::MacAddr;

/// `ip link add|replace|set|delete`.
pub fn run(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let request = Request::parse(tool, verb, &mut args)?;
    if request.device.is_none() {
        if let Some(group) = request.group {
            return run_for_group(tool, verb, &request, group, args);
        }
        if !verb.creates() {
            let line = "Not enough information: \"dev\" argument is required.";
            return Err(Failure::new(line, 255));
        }
    }
    let existing = request.device.and_then(|name| tool.device(name));
    if let (false, Some(name), None) = (verb.creates(), request.device, existing) {
        return Err(Failure::no_device(name));
    }
    let below = match request.link.filter(|_| verb.creates()) {
        Some(name) => Some(tool.existing_device(name)?),
        None => None,
    };
    let kind = match request.kind {
        Some(name) => Some((name, Kind::parse(tool, verb, name, &mut args)?)),
        None if verb.creates() => {
            return Err(Failure::new("Not enough information: \"type\" argument is required", 1));
        }
        None => None,
    };
    match (verb, existing) {
        (Verb::Delete, Some(id)) => Ok(tool.proc.sys(|sys| sys.link_del(id))?),
        (Verb::Set, Some(id)) => change(tool, id, &request, kind),
        (Verb::Add, Some(_)) => Err(NetlinkError::from(Errno::EEXIST).into()),
        (Verb::Replace, Some(_)) => Err(NetlinkError::from(Errno::EOPNOTSUPP).into()),
        _ => create(tool, &request, below, kind.and_then(|(_, kind)| kind)),
    }
}

/// `ip link set group 5 down`: without a device, the group says which ones.
fn run_for_group(tool: &Tool, verb: Verb, request: &Request, group: u32, args: Args) -> Result<()> {
    if let Some(word) = args.peek() {
        let line = format!("Garbage instead of arguments \"{word} ...\". Try \"ip link help\".");
        return Err(Failure::new(line, 255));
    }
    if verb.creates() {
        return Err(Failure::new("group cannot be used when creating devices.", 255));
    }
    let links = tool.proc.sys(|sys| sys.links());
    let members: Vec<LinkId> =
        links.iter().filter(|link| link.settings.group == group).map(|link| link.id).collect();
    if verb == Verb::Delete && members.is_empty() {
        return Err(NetlinkError::from(Errno::ENODEV).into());
    }
    let request = Request { group: None, ..request.clone() };
    for id in members {
        if verb == Verb::Delete {
            tool.proc.sys(|sys| sys.link_del(id))?;
        } else {
            change(tool, id, &request, None)?;
        }
    }
    Ok(())
}

/// A hardware address with the right number of bytes.
fn mac(bytes: Option<&[u8]>) -> Result<Option<MacAddr>> {
    let bad_length = || NetlinkError::from(Errno::EINVAL);
    Ok(bytes.map(|bytes| prefix::mac_of(bytes).ok_or_else(bad_length)).transpose()?)
}

/// The device that a request describes.
fn spec(request: &Request, home: NamespaceId, kind: KindSpec) -> Result<LinkSpec> {
    let mut spec = LinkSpec::new(request.netns.unwrap_or(home), "", kind);
    spec.name = request.device.map(str::to_owned);
    spec.mac = mac(request.address.as_deref())?;
    // A negative MTU is a very large one.
    spec.mtu = request.mtu.map(|mtu| u32::try_from(mtu).unwrap_or(u32::MAX));
    spec.tx_queue_len = request.txqueuelen.unwrap_or(spec.tx_queue_len);
    spec.ifindex = request.index;
    Ok(spec)
}

fn create(tool: &Tool, request: &Request, below: Option<LinkId>, kind: Option<Kind>) -> Result<()> {
    let home = tool.proc.ns();
    let mut bridge_changes = Vec::new();
    let mut peer_request = None;
    let kind = match kind {
        None => {
            return Err(NetlinkError::explained(Errno::EOPNOTSUPP, "Unknown device type").into());
        }
        // What only describes a port is no device.
        Some(Kind::Port(_)) => {
            return Err(NetlinkError::explained(Errno::EOPNOTSUPP, "Unknown device type").into());
        }
        Some(Kind::Veth(peer)) => {
            let mut peer_spec = match &peer {
                Some(peer) => spec(peer, home, KindSpec::Dummy)?,
                None => spec(&Request::default(), home, KindSpec::Dummy)?,
            };
            if peer.as_ref().is_none_or(|peer| peer.mtu.is_none()) {
                peer_spec.mtu = request.mtu.map(|mtu| u32::try_from(mtu).unwrap_or(u32::MAX));
            }
            peer_request = peer;
            KindSpec::Veth(Box::new(peer_spec))
        }
        Some(Kind::Bridge(changes)) => {
            bridge_changes = changes;
            KindSpec::Bridge
        }
        Some(Kind::Vxlan(options)) => KindSpec::Vxlan(options.spec()),
        Some(Kind::Macvlan(mode)) => {
            KindSpec::Macvlan { parent: below, mode: mode.unwrap_or(MacvlanMode::Vepa) }
        }
        Some(Kind::Ipvlan(mode, flag)) => {
            KindSpec::Ipvlan { parent: below, mode: mode.unwrap_or(IpvlanMode::L3), flag }
        }
        Some(Kind::Vlan(id)) => {
            if below.is_none() {
                let why = "link not specified";
                return Err(NetlinkError::explained(Errno::EINVAL, why).into());
            }
            let invalid = |why| NetlinkError::explained(Errno::EINVAL, why);
            let id = id.ok_or_else(|| invalid("VLAN properties not specified"))?;
            if id > 4094 {
                return Err(NetlinkError::explained(Errno::ERANGE, "Invalid VLAN id").into());
            }
            KindSpec::Vlan { parent: below, id }
        }
        Some(Kind::Dummy) => KindSpec::Dummy,
    };
    let spec = spec(request, home, kind)?;
    tool.proc.sys(|sys| {
        let id = sys.link_add(&spec)?;
        if let Err(error) = configure_new(sys, id, request, &bridge_changes) {
            // Half a device is none.
            let _ = sys.link_del(id);
            return Err(error.into());
        }
        let peer = sys.link(id).and_then(|link| link.peer);
        if let (Some(request), Some(view)) = (peer_request, peer)
            && let Some(peer) = sys.link_at(view.ns, view.ifindex)
        {
            configure_new(sys, peer, &request, &[])?;
        }
        Ok(())
    })
}

/// What is said about a new device beside its identity (`rtnl_configure_link`).
fn configure_new(
    sys: &mut Sys,
    id: LinkId,
    request: &Request,
    bridge_changes: &[BridgeChange],
) -> std::result::Result<(), NetlinkError> {
    for change in bridge_changes {
        sys.bridge_set(id, *change)?;
    }
    if let Some(group) = request.group {
        sys.link_set(id, LinkChange::Group(group))?;
    }
    for change in &request.changes {
        sys.link_set(id, change.clone())?;
    }
    if request.up == Some(true) {
        sys.link_up(id)?;
    }
    if let Some(Some(master)) = request.master {
        sys.link_set_master(id, master)?;
    }
    Ok(())
}

/// Changes a device that is there (`rtnl_changelink`, `do_setlink`).
fn change(
    tool: &Tool,
    id: LinkId,
    request: &Request,
    kind: Option<(&str, Option<Kind>)>,
) -> Result<()> {
    let mac = mac(request.address.as_deref())?;
    tool.proc.sys(|sys| {
        if let Some((name, kind)) = kind {
            change_kind(sys, id, name, kind)?;
        }
        if let Some(ns) = request.netns {
            sys.link_set_ns(id, ns, request.name)?;
        }
        if let Some(mac) = mac {
            sys.link_set_mac(id, mac)?;
        }
        if let Some(mtu) = request.mtu {
            if mtu < 0 {
                let why = "mtu greater than device maximum";
                return Err(NetlinkError::explained(Errno::EINVAL, why));
            }
            sys.link_set_mtu(id, mtu as u32)?;
        }
        if let Some(group) = request.group {
            sys.link_set(id, LinkChange::Group(group))?;
        }
        if let Some(name) = request.name.filter(|_| request.netns.is_none()) {
            sys.link_rename(id, name)?;
        }
        match request.master {
            Some(Some(master)) => sys.link_set_master(id, master)?,
            Some(None) => sys.link_set_nomaster(id)?,
            None => {}
        }
        for change in &request.changes {
            sys.link_set(id, change.clone())?;
        }
        match request.up {
            Some(true) => sys.link_up(id)?,
            Some(false) => sys.link_down(id)?,
            None => {}
        }
        if let Some(len) = request.txqueuelen {
            sys.link_set_tx_queue_len(id, len)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Applies the options behind `type` to a device that is there; without any, the type is not looked at.
fn change_kind(
    sys: &mut Sys,
    id: LinkId,
    name: &str,
    kind: Option<Kind>,
) -> std::result::Result<(), NetlinkError> {
    let actual = sys.link(id).and_then(|link| link.kind.name());
    let is_other = actual != Some(name);
    let refuse_other = || match is_other {
        true => Err(NetlinkError::from(Errno::EOPNOTSUPP)),
        false => Ok(()),
    };
    match kind {
        Some(Kind::Bridge(changes)) if !changes.is_empty() => {
            refuse_other()?;
            changes.into_iter().try_for_each(|change| sys.bridge_set(id, change))
        }
        Some(Kind::Port(changes)) => {
            changes.into_iter().try_for_each(|change| sys.port_set(id, change))
        }
        Some(Kind::Vxlan(options)) if !options.changes().is_empty() => {
            refuse_other()?;
            sys.vxlan_set(id, &options.changes())
        }
        Some(Kind::Macvlan(Some(mode))) => {
            refuse_other()?;
            sys.macvlan_set_mode(id, mode)
        }
        Some(Kind::Veth(Some(_)) | Kind::Ipvlan(Some(_), _) | Kind::Vlan(Some(_))) => {
            Err(Errno::EOPNOTSUPP.into())
        }
        _ => Ok(()),
    }
}
