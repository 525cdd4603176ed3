//! An IPv4 address in words.

use super::Tool;
use super::names::Naming;
use crate::kernel::link::IfAddr;
use crate::kernel::sys::dump::LinkView;

/// One address, as `ip addr` shows it under its device; with `full`, as events and flushes name it.
pub fn describe(tool: &Tool, link: &LinkView, address: &IfAddr, full: bool) -> String {
    let mut text = String::new();
    if !tool.options.brief {
        if tool.options.oneline || full {
            text += &format!("{}: {}", link.ifindex, link.name);
        }
        text += "    inet ";
    }
    text += &address.local.to_string();
    if address.peer != address.local {
        text += &format!(" peer {}", address.peer);
    }
    text += &format!("/{} ", address.prefix_len);
    if address.metric > 0 {
        text += &format!("metric {} ", address.metric);
    }
    if tool.options.brief {
        return text;
    }
    if let Some(broadcast) = address.broadcast {
        text += &format!("brd {broadcast} ");
    }
    let scope = u32::from(address.scope.number());
    text += &format!("scope {} ", tool.name_of(Naming::Scope, scope));
    if address.secondary {
        text += "secondary ";
    }
    if address.noprefixroute {
        text += "noprefixroute ";
    }
    text += &address.label;
    text + tool.newline() + "       valid_lft forever preferred_lft forever\n"
}
