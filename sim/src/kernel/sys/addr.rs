//! Addresses (`ip addr`).

use crate::kernel::errno::NetlinkError;
use crate::kernel::id::LinkId;
use crate::kernel::link::{IfAddr, Scope};

use super::Sys;

impl Sys<'_> {
    /// Adds an address (`ip addr add`).
    pub fn addr_add(&mut self, link: LinkId, address: IfAddr) -> Result<(), NetlinkError> {
        self.demand_admin()?;
        self.kernel.address_add(self.cx, link, address.clone())?;
        let name = self.link_name(link);
        self.record(|_| {
            let brd = address.broadcast.map(|brd| format!(" brd {brd}")).unwrap_or_default();
            let scope = match address.scope {
                Scope::Universe => String::new(),
                scope => format!(" scope {}", scope.name()),
            };
            format!("ip addr add {}/{}{brd}{scope} dev {name}", address.local, address.prefix_len)
        });
        Ok(())
    }

    /// Removes the first address that fits (`ip addr del`).
    pub fn addr_del(
        &mut self,
        link: LinkId,
        matches: impl Fn(&IfAddr) -> bool,
    ) -> Result<IfAddr, NetlinkError> {
        self.demand_admin()?;
        let gone = self.kernel.address_del(self.cx, link, matches)?;
        let name = self.link_name(link);
        self.record(|_| format!("ip addr del {}/{} dev {name}", gone.local, gone.prefix_len));
        Ok(gone)
    }
}
