//! `ip address` with IPv6 addresses.

use super::Tool;
use super::prefix::Prefix;
use crate::kernel::LinkId;
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::{DadState, If6Addr};
use crate::shell::args::Result;
use crate::wire::Ipv6Addr;

/// What happens to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It must not be there.
    Add,
    /// It may be there.
    Replace,
    /// It must be there, and goes.
    Delete,
}

/// The flags that an address has, as `ip addr` writes them.
pub fn flags(address: &If6Addr) -> Vec<&'static str> {
    let flags = [
        (address.nodad, "nodad"),
        (address.dad == DadState::Failed, "dadfailed"),
        (address.dad != DadState::Unique, "tentative"),
        (address.noprefixroute, "noprefixroute"),
    ];
    flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect()
}

/// One address, as `ip addr` shows it under its device; with `full`, as flushes name it.
pub fn describe(tool: &Tool, link: &LinkView, address: &If6Addr, full: bool) -> String {
    let mut text = String::new();
    if !tool.options.brief {
        if tool.options.oneline || full {
            text += &format!("{}: {}", link.ifindex, link.name);
        }
        text += "    inet6 ";
    }
    text += &format!("{}/{} ", address.local, address.prefix_len);
    if address.metric > 0 {
        text += &format!("metric {} ", address.metric);
    }
    if tool.options.brief {
        return text;
    }
    text += &format!("scope {} ", address.scope.name());
    for flag in flags(address) {
        text += &format!("{flag} ");
    }
    text + tool.newline() + "       valid_lft forever preferred_lft forever\n"
}

/// What is said about an IPv6 address.
pub struct Request {
    /// The address.
    pub local: Ipv6Addr,
    /// The length of its prefix.
    pub prefix: Prefix,
    /// Whether nobody is asked if it is unique.
    pub nodad: bool,
    /// Whether no route comes with it.
    pub noprefixroute: bool,
    /// The metric of that route.
    pub metric: u32,
}

/// Adds, changes or removes an address.
pub fn modify(tool: &Tool, verb: Verb, link: LinkId, request: &Request) -> Result<()> {
    let (local, length) = (request.local, request.prefix.length);
    if verb == Verb::Delete {
        return Ok(tool.proc.sys(|sys| sys.addr6_del(link, local, length))?);
    }
    let is_same = |other: &If6Addr| (other.local, other.prefix_len) == (local, length);
    let exists =
        || tool.proc.sys(|sys| sys.link(link)).is_some_and(|view| view.addrs6.iter().any(is_same));
    if verb == Verb::Replace && exists() {
        // What could change are lifetime and metric; both stay.
        return Ok(());
    }
    let address = If6Addr {
        nodad: request.nodad,
        noprefixroute: request.noprefixroute,
        metric: request.metric,
        ..If6Addr::new(local, length)
    };
    Ok(tool.proc.sys(|sys| sys.addr6_add(link, address))?)
}
