//! The names of devices: which are valid, which are free, and how one changes.

use crate::kernel::Kernel;
use crate::kernel::errno::{Errno, NetlinkError};
use crate::kernel::id::{LinkId, NamespaceId};

use super::spec::{KindSpec, LinkSpec};

/// Longest name of a device, in bytes.
const NAME_LEN: usize = 15;

/// Whether a device may have this name (`dev_valid_name`).
fn is_valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_LEN
        && name != "."
        && name != ".."
        && !name.contains(['/', ':'])
        && !name.contains(char::is_whitespace)
}

impl Kernel {
    pub(super) fn choose_name(&self, spec: &LinkSpec) -> Result<String, NetlinkError> {
        let pattern = match &spec.name {
            Some(name) => name.clone(),
            None => match &spec.kind {
                KindSpec::Veth(_) => "veth%d".to_owned(),
                KindSpec::Bridge => "bridge%d".to_owned(),
                KindSpec::Vxlan(_) => "vxlan%d".to_owned(),
                KindSpec::Macvlan { .. } => "macvlan%d".to_owned(),
                KindSpec::Ipvlan { .. } => "ipvlan%d".to_owned(),
                KindSpec::Vlan { .. } => "vlan%d".to_owned(),
                KindSpec::Dummy => "dummy%d".to_owned(),
            },
        };
        if pattern.len() > NAME_LEN {
            return Err(NetlinkError::explained(
                Errno::ERANGE,
                "Attribute failed policy validation",
            ));
        }
        let name = self.number_name(spec.ns, &pattern);
        if !is_valid_name(&name) {
            return Err(Errno::EINVAL.into());
        }
        let is_taken = |index| self.namespaces[spec.ns].links.contains_key(&index);
        if self.link_by_name(spec.ns, &name).is_some() || spec.ifindex.is_some_and(is_taken) {
            return Err(Errno::EEXIST.into());
        }
        Ok(name)
    }

    /// Replaces `%d` by the first free number.
    pub(in crate::kernel) fn number_name(&self, ns: NamespaceId, pattern: &str) -> String {
        if !pattern.contains("%d") {
            return pattern.to_owned();
        }
        (0_u32..)
            .map(|n| pattern.replacen("%d", &n.to_string(), 1))
            .find(|name| self.link_by_name(ns, name).is_none())
            .expect("a kernel has fewer devices than there are numbers")
    }

    pub(super) fn free_veth_name(
        &self,
        ns: NamespaceId,
        other_ns: NamespaceId,
        other: &str,
    ) -> String {
        (0_u32..)
            .map(|n| format!("veth{n}"))
            .find(|name| self.link_by_name(ns, name).is_none() && (ns != other_ns || name != other))
            .expect("a kernel has fewer devices than there are numbers")
    }

    /// Renames a device.
    pub(in crate::kernel) fn link_rename(
        &mut self,
        id: LinkId,
        name: &str,
    ) -> Result<(), NetlinkError> {
        let ns = self.links[id].ns;
        let name = self.number_name(ns, name);
        if !is_valid_name(&name) {
            return Err(Errno::EINVAL.into());
        }
        if self.links[id].name == name {
            return Ok(());
        }
        if self.link_by_name(ns, &name).is_some() {
            return Err(Errno::EEXIST.into());
        }
        let link = &mut self.links[id];
        for address in &mut link.addrs {
            if let Some(rest) = address.label.strip_prefix(&link.name) {
                address.label = format!("{name}{rest}");
            }
        }
        link.name = name;
        self.link_born(id);
        Ok(())
    }
}
