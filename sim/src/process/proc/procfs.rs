//! `/proc/net`: tables of a process's network namespace as text.

use crate::kernel::LinkId;
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::{FibRoute, Nud, RouteKind, table};
use crate::wire::Ipv4Addr;

use super::Proc;

/// The files that netsim has.
const FILES: [&str; 3] = ["arp", "dev", "route"];

/// A line of `/proc/net/route` has this many characters.
const ROUTE_WIDTH: usize = 127;

/// The part of a path below `/proc/net`.
pub(super) fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/proc/net").or_else(|| path.strip_prefix("/proc/self/net"))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The names in `/proc/net`.
pub(super) fn list() -> Vec<String> {
    FILES.map(str::to_owned).to_vec()
}

impl Proc {
    /// The text of a file of `/proc/net`.
    pub(super) fn procfs_read(&self, file: &str) -> Option<String> {
        match file {
            "arp" => Some(self.arp_table()),
            "dev" => Some(self.device_table()),
            "route" => Some(self.route_table()),
            _ => None,
        }
    }

    fn device_name(&self, links: &[LinkView], id: LinkId) -> String {
        links.iter().find(|link| link.id == id).map_or_else(|| "*".to_owned(), |l| l.name.clone())
    }

    /// `arp_seq_show`.
    fn arp_table(&self) -> String {
        /// The entry is complete.
        const COMPLETE: u32 = 0x2;
        /// It does not age.
        const PERMANENT: u32 = 0x4;
        let (links, neighbors) = self.sys(|sys| (sys.links(), sys.neighbors()));
        let mut text = "IP address       HW type     Flags       HW address            Mask     \
                        Device\n"
            .to_owned();
        for entry in
            neighbors.iter().filter(|entry| entry.ip.is_ipv4() && entry.state != Nud::NoArp)
        {
            let is_known = !matches!(entry.state, Nud::Incomplete | Nud::Failed);
            let mac = entry.mac.filter(|_| is_known).unwrap_or_default();
            let flags = match entry.state {
                Nud::Permanent => COMPLETE | PERMANENT,
                _ if is_known => COMPLETE,
                _ => 0,
            };
            let device = self.device_name(&links, entry.link);
            text += &format!(
                "{:<16} 0x{:<10x}0x{flags:<10x}{mac}     *        {device}\n",
                entry.ip.to_string(),
                1
            );
        }
        text
    }

    /// `dev_seq_show`.
    fn device_table(&self) -> String {
        let mut text =
            "Inter-|   Receive                                                |  Transmit\n \
                        face |bytes    packets errs drop fifo frame compressed multicast|bytes    \
                        packets errs drop fifo colls carrier compressed\n"
                .to_owned();
        for link in self.sys(|sys| sys.links()) {
            let counters = &link.counters;
            text += &format!(
                "{:>6}: {:7} {:7} {:4} {:4} {:4} {:5} {:10} {:9} {:8} {:7} {:4} {:4} {:4} {:5} \
                 {:7} {:10}\n",
                link.name,
                counters.rx_bytes,
                counters.rx_packets,
                counters.rx_errors,
                counters.rx_dropped,
                0,
                0,
                0,
                counters.rx_multicast,
                counters.tx_bytes,
                counters.tx_packets,
                counters.tx_errors,
                counters.tx_dropped,
                0,
                0,
                counters.tx_carrier,
                0
            );
        }
        text
    }

    /// `fib_route_seq_show`: the main table, addresses as the machine keeps them.
    fn route_table(&self) -> String {
        let (links, routes) = self.sys(|sys| (sys.links(), sys.routes(table::MAIN)));
        let title =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
        let mut text = format!("{title:<ROUTE_WIDTH$}\n");
        let is_shown =
            |route: &&FibRoute| !matches!(route.kind, RouteKind::Broadcast | RouteKind::Multicast);
        for route in routes.iter().flatten().filter(is_shown) {
            let device = route.link.map_or_else(|| "*".to_owned(), |l| self.device_name(&links, l));
            let line = format!(
                "{device}\t{:08X}\t{:08X}\t{:04X}\t0\t0\t{}\t{:08X}\t{}\t0\t0",
                as_kept(route.dst.network()),
                route.gateway.map_or(0, as_kept),
                flags(route),
                route.metric,
                as_kept(route.dst.netmask()),
                // The column shows the segment size with its headers.
                route.advmss.map_or(0, |mss| mss + 40)
            );
            text += &format!("{line:<ROUTE_WIDTH$}\n");
        }
        text
    }
}

/// An address read as a number of a little-endian machine.
fn as_kept(address: Ipv4Addr) -> u32 {
    u32::from_le_bytes(address.octets())
}

/// `RTF_*`.
fn flags(route: &FibRoute) -> u32 {
    const UP: u32 = 0x1;
    const GATEWAY: u32 = 0x2;
    const HOST: u32 = 0x4;
    const REJECT: u32 = 0x200;
    let parts = [
        (matches!(route.kind, RouteKind::Unreachable | RouteKind::Prohibit), REJECT),
        (route.gateway.is_some(), GATEWAY),
        (route.dst.prefix_len() == 32, HOST),
    ];
    parts.iter().filter(|(is, _)| *is).fold(UP, |all, (_, flag)| all | flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_numbers_of_the_machine() {
        assert_eq!(format!("{:08X}", as_kept(Ipv4Addr::new(10, 1, 0, 9))), "0900010A");
    }

    #[test]
    fn only_paths_of_the_namespace_are_below() {
        assert_eq!(below("/proc/net/arp"), Some("arp"));
        assert_eq!(below("/proc/net"), Some(""));
        assert_eq!(below("/proc/network"), None);
    }
}
