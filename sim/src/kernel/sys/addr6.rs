//! IPv6 addresses (`ip -6 addr`).

use crate::kernel::errno::NetlinkError;
use crate::kernel::id::LinkId;
use crate::kernel::ip6::If6Addr;
use crate::wire::Ipv6Addr;

use super::Sys;

impl Sys<'_> {
    /// Adds an address (`ip addr add`).
    pub fn addr6_add(&mut self, link: LinkId, address: If6Addr) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        self.kernel.address6_add(self.cx, link, address.clone())?;
        let name = self.link_name(link);
        self.record(|_| {
            let nodad = if address.nodad { " nodad" } else { "" };
            format!("ip addr add {}/{} dev {name}{nodad}", address.local, address.prefix_len)
        });
        Ok(())
    }

    /// Removes an address (`ip addr del`).
    pub fn addr6_del(
        &mut self,
        link: LinkId,
        local: Ipv6Addr,
        prefix_len: u8,
    ) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        self.kernel.address6_del(self.cx, link, local, prefix_len)?;
        let name = self.link_name(link);
        self.record(|_| format!("ip addr del {local}/{prefix_len} dev {name}"));
        Ok(())
    }
}
