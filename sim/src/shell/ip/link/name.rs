//! What a device is called, and by which command.

use super::super::Tool;
use crate::kernel::LinkId;
use crate::kernel::sys::dump::LinkView;

/// Which of the two commands prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `ip link`.
    Link,
    /// `ip addr`.
    Address,
    /// `ip -6 addr`, which hears less of each device.
    Address6,
}

/// The name of a device with the one behind the `@`, and whether that one is down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName {
    /// `eth0@if7`.
    pub text: String,
    /// Whether the other device is here, and down.
    pub lower_is_down: bool,
}

/// The full name of a device (`print_name_and_link`).
pub fn full_name(tool: &Tool, link: &LinkView) -> FullName {
    let Some(peer) = link.peer.filter(|peer| peer.nsid.is_some() || peer.ifindex != link.ifindex)
    else {
        return FullName { text: link.name.clone(), lower_is_down: false };
    };
    let other = peer.nsid.is_none().then(|| {
        tool.proc.sys(|sys| {
            let id = sys.link_at(peer.ns, peer.ifindex)?;
            sys.link(id)
        })
    });
    match other.flatten() {
        Some(other) => {
            FullName { text: format!("{}@{}", link.name, other.name), lower_is_down: !other.up }
        }
        // A device that is not known counts as up.
        None => {
            FullName { text: format!("{}@if{}", link.name, peer.ifindex), lower_is_down: false }
        }
    }
}

/// The name of a device that a view refers to.
pub fn name(tool: &Tool, id: Option<LinkId>) -> String {
    id.map(|id| tool.device_name(id)).unwrap_or_default()
}
