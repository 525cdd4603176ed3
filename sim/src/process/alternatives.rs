//! Which of several programs stands behind a plain name: Debian's `/etc/alternatives`.

use crate::kernel::netfilter::Backend;

use super::{Node, Proc};

/// The flavour of `iptables` that the plain name leads to.
pub fn iptables(proc: &Proc) -> Backend {
    let link = proc.files(|tree| tree.get_link("/etc/alternatives/iptables").cloned());
    match link {
        Ok(Node::Link(target)) if target.ends_with("-legacy") => Backend::Legacy,
        _ => Backend::Nft,
    }
}
