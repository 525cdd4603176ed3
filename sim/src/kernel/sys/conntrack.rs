//! Tracked connections (`conntrack`).

use crate::kernel::netfilter::conntrack::{Conn, ConnId, ConntrackStats};

use super::Sys;

impl Sys<'_> {
    /// The connections, in order of creation (`conntrack -L`).
    pub fn connections(&self) -> Vec<Conn> {
        let conntrack = &self.kernel.namespaces[self.ns].conntrack;
        conntrack.live(self.cx.now).into_iter().cloned().collect()
    }

    /// How many hold a connection: the table, and packets of it that wait for a hardware address.
    pub fn connection_users(&self, id: ConnId) -> u32 {
        let neighbors = self.kernel.namespaces[self.ns].neighbors.iter();
        let waiting = neighbors.flat_map(|(_, neighbor)| &neighbor.queue);
        1 + waiting.filter(|packet| packet.ct.and_then(|ct| ct.conn) == Some(id)).count() as u32
    }

    /// One connection.
    pub fn connection(&self, id: ConnId) -> Option<Conn> {
        self.connections().into_iter().find(|conn| conn.id == id)
    }

    /// Removes connections (`conntrack -D`, `-F`) on behalf of the program with this netlink port;
    /// what they were.
    pub fn connections_del(&mut self, port: u32, doomed: impl Fn(&Conn) -> bool) -> Vec<Conn> {
        let now = self.cx.now;
        let conntrack = &mut self.kernel.namespaces[self.ns].conntrack;
        let removed = conntrack.remove_all(|conn| conn.is_live(now) && doomed(conn));
        self.kernel.conntrack_tell_gone(self.cx, self.ns, Some(port));
        self.kernel.wake_listeners(self.cx);
        removed
    }

    /// Sets the counters of all connections to zero (`conntrack -L -z`).
    pub fn connections_zero(&mut self) {
        self.kernel.namespaces[self.ns].conntrack.zero();
    }

    /// Listens to connections (`conntrack -E`), until `monitor_close`; the number of the listener.
    pub fn connections_monitor(&mut self) -> u32 {
        self.kernel.namespaces[self.ns].conntrack.is_watched = true;
        self.kernel.conntrack_await_expiry(self.cx, self.ns);
        self.listen(true)
    }

    /// What the connection table has done (`conntrack -S`).
    pub fn conntrack_stats(&self) -> ConntrackStats {
        self.kernel.namespaces[self.ns].conntrack.stats
    }

    /// Whether connections are tracked here.
    pub fn tracks_connections(&self) -> bool {
        self.kernel.namespaces[self.ns].netfilter.tracks()
    }
}
