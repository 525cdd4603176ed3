//! The multicast groups for which a device takes frames, as many times as somebody joined.

use crate::kernel::Kernel;
use crate::kernel::id::LinkId;
use crate::wire::Ipv4Addr;

impl Kernel {
    /// Somebody here wants frames for a group.
    pub(in crate::kernel) fn join_group(&mut self, id: LinkId, group: Ipv4Addr) {
        let groups = &mut self.links[id].groups;
        match groups.iter_mut().find(|(joined, _)| *joined == group) {
            Some((_, users)) => *users += 1,
            None => groups.push((group, 1)),
        }
    }

    /// One user of a group less.
    pub(in crate::kernel) fn leave_group(&mut self, id: LinkId, group: Ipv4Addr) {
        if let Some(link) = self.links.get_mut(id) {
            link.groups.iter_mut().filter(|(joined, _)| *joined == group).for_each(|g| g.1 -= 1);
            link.groups.retain(|(_, users)| *users > 0);
        }
    }
}
