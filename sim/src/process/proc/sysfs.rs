//! `/sys/class/net`: the devices of a process's network namespace as files. They can only be read.

use crate::kernel::Errno;
use crate::kernel::link::{Counters, OperState};
use crate::kernel::sys::dump::{KindView, LinkView};

use super::Proc;

/// Where devices are found.
const NET: &str = "/sys/class/net";

/// The files of a device that netsim has.
const FILES: [&str; 14] = [
    "address",
    "broadcast",
    "carrier",
    "carrier_changes",
    "duplex",
    "flags",
    "ifindex",
    "iflink",
    "mtu",
    "operstate",
    "speed",
    "statistics",
    "tx_queue_len",
    "type",
];

/// A file, and the counter in it.
type Statistic = (&'static str, fn(&Counters) -> u64);

/// The counters of a device.
const STATISTICS: [Statistic; 10] = [
    ("multicast", |counters| counters.rx_multicast),
    ("rx_bytes", |counters| counters.rx_bytes),
    ("rx_dropped", |counters| counters.rx_dropped),
    ("rx_errors", |counters| counters.rx_errors),
    ("rx_packets", |counters| counters.rx_packets),
    ("tx_bytes", |counters| counters.tx_bytes),
    ("tx_carrier_errors", |counters| counters.tx_carrier),
    ("tx_dropped", |counters| counters.tx_dropped),
    ("tx_errors", |counters| counters.tx_errors),
    ("tx_packets", |counters| counters.tx_packets),
];

/// The part of a path below `/sys/class/net`.
pub(super) fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(NET)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

impl Proc {
    fn device(&self, name: &str) -> Result<LinkView, Errno> {
        self.sys(|sys| sys.link_named(name).and_then(|id| sys.link(id))).ok_or(Errno::ENOENT)
    }

    /// Reads a file of a device.
    pub(super) fn sysfs_read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let (name, file) = path.split_once('/').ok_or(Errno::EISDIR)?;
        let link = self.device(name)?;
        if let Some(counter) = file.strip_prefix("statistics/") {
            let found = STATISTICS.iter().find(|(known, _)| *known == counter);
            let (_, count) = found.ok_or(Errno::ENOENT)?;
            return Ok(format!("{}\n", count(&link.counters)).into_bytes());
        }
        let text = match file {
            "address" => link.mac.to_string(),
            "broadcast" if matches!(link.kind, KindView::Loopback) => {
                "00:00:00:00:00:00".to_owned()
            }
            "broadcast" => "ff:ff:ff:ff:ff:ff".to_owned(),
            // Whoever is down does not know.
            "carrier" | "duplex" | "speed" if !link.up => return Err(Errno::EINVAL),
            "carrier" => u8::from(link.carrier).to_string(),
            "carrier_changes" => link.counters.carrier_changes.to_string(),
            "duplex" | "speed" => match (&link.kind, file) {
                (KindView::Veth, "speed") => "10000".to_owned(),
                (KindView::Veth, _) => "full".to_owned(),
                _ => return Err(Errno::EINVAL),
            },
            "flags" => format!("0x{:x}", flags(&link)),
            "ifindex" => link.ifindex.to_string(),
            "iflink" => link.peer.map_or(link.ifindex, |peer| peer.ifindex).to_string(),
            "mtu" => link.mtu.to_string(),
            "operstate" => match link.state {
                OperState::LowerLayerDown => "lowerlayerdown".to_owned(),
                state => state.name().to_ascii_lowercase(),
            },
            "tx_queue_len" => link.tx_queue_len.to_string(),
            "type" if matches!(link.kind, KindView::Loopback) => "772".to_owned(),
            "type" => "1".to_owned(),
            "statistics" | "brif" => return Err(Errno::EISDIR),
            _ => return Err(Errno::ENOENT),
        };
        Ok(format!("{text}\n").into_bytes())
    }

    /// The names in a directory of devices.
    pub(super) fn sysfs_list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let Some(name) = parts.next() else {
            let links = self.sys(|sys| sys.links());
            let mut names: Vec<String> = links.into_iter().map(|link| link.name).collect();
            names.sort();
            return Ok(names);
        };
        let link = self.device(name)?;
        match (parts.next(), &link.kind) {
            (None, KindView::Bridge(_)) => {
                let mut names: Vec<String> = owned(&FILES);
                names.insert(1, "brif".to_owned());
                Ok(names)
            }
            (None, _) => Ok(owned(&FILES)),
            (Some("statistics"), _) => Ok(STATISTICS.map(|(name, _)| name.to_owned()).to_vec()),
            (Some("brif"), KindView::Bridge(bridge)) => {
                let port = |id| self.sys(|sys| sys.link(id)).map(|port| port.name);
                let mut names: Vec<String> =
                    bridge.ports.iter().copied().filter_map(port).collect();
                names.sort();
                Ok(names)
            }
            _ => Err(Errno::ENOENT),
        }
    }
}

/// `IFF_*`, as far as they can be set here.
fn flags(link: &LinkView) -> u32 {
    const UP: u32 = 0x1;
    const BROADCAST: u32 = 0x2;
    const LOOPBACK: u32 = 0x8;
    const PROMISC: u32 = 0x100;
    const ALLMULTI: u32 = 0x200;
    const MULTICAST: u32 = 0x1000;
    let kind = match link.kind {
        KindView::Loopback => LOOPBACK,
        _ => BROADCAST | MULTICAST,
    };
    let states = [
        (link.up, UP),
        (link.promiscuity > 0, PROMISC),
        (link.allmulti > 0 || link.promiscuity > 0 && link.master.is_some(), ALLMULTI),
    ];
    states.iter().filter(|(is_set, _)| *is_set).fold(kind, |all, (_, flag)| all | flag)
}
