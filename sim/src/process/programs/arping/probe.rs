//! What both `arping`s do: ask from a packet socket, and tell which answers concern them.

use crate::engine::Time;
use crate::kernel::Errno;
use crate::kernel::socket::Sniffed;
use crate::kernel::sys::dump::LinkView;
use crate::process::proc::Proc;
use crate::process::socket::{Packet, Udp};
use crate::wire::arp::{self, Arp};
use crate::wire::{BROADCAST_MAC, Ipv4Addr, MacAddr, ethernet};

/// The port to which the probe of the source address is connected; nothing is ever sent there.
const PROBE_PORT: u16 = 1025;

/// The questions of one run.
pub(super) struct Probe {
    socket: Packet,
    own: MacAddr,
    /// The own address in the questions; unspecified for duplicate address detection.
    pub source: Ipv4Addr,
    /// The address that is asked for.
    pub target: Ipv4Addr,
    /// Whether they are announcements in the form of answers (`-A`).
    pub announce: bool,
    /// Whether they look for a duplicate (`-D`).
    pub detect: bool,
    /// To whom they go: to all, until somebody answered.
    pub to: MacAddr,
    /// When the last one was sent.
    pub last: Option<Time>,
}

/// An answer that concerns the run.
pub(super) struct Heard {
    pub arp: Arp,
    /// Whether it came to all.
    pub is_broadcast: bool,
    /// Since the last question.
    pub micros: Option<u64>,
}

impl Probe {
    pub(super) fn open(
        proc: &Proc,
        device: &LinkView,
        source: Ipv4Addr,
        target: Ipv4Addr,
    ) -> Result<Probe, Errno> {
        Ok(Probe {
            socket: Packet::open(proc, Some(device.id), ethernet::ETHERTYPE_ARP)?,
            own: device.mac,
            source,
            target,
            announce: false,
            detect: false,
            to: BROADCAST_MAC,
            last: None,
        })
    }

    /// Sends a question.
    pub(super) fn send(&mut self, now: Time) -> Result<(), Errno> {
        let arp = Arp {
            operation: if self.announce { arp::REPLY } else { arp::REQUEST },
            sender_mac: self.own,
            sender_ip: self.source,
            target_mac: if self.announce { self.own } else { self.to },
            target_ip: self.target,
        };
        self.socket.send(arp.frame(self.to, self.own))?;
        self.last = Some(now);
        Ok(())
    }

    /// Waits for a frame; `None` if it does not concern this run.
    pub(super) async fn recv(&self) -> Result<Option<Heard>, Errno> {
        let sniffed = self.socket.recv().await?;
        Ok(self.look(&sniffed))
    }

    fn look(&self, sniffed: &Sniffed) -> Option<Heard> {
        let dst = ethernet::dst(&sniffed.bytes);
        let is_group = crate::wire::is_multicast_mac(dst);
        let arp = Arp::parse(&sniffed.bytes)?;
        let is_known = matches!(arp.operation, arp::REQUEST | arp::REPLY);
        if !is_known || !(is_group || dst == self.own) || arp.sender_ip != self.target {
            return None;
        }
        let concerns = if self.detect {
            let is_foreign = arp.sender_mac != self.own;
            is_foreign && (self.source.is_unspecified() || arp.target_ip == self.source)
        } else {
            arp.target_ip == self.source && arp.target_mac == self.own
        };
        concerns.then(|| Heard {
            arp,
            is_broadcast: is_group,
            micros: self.last.map(|last| (sniffed.at - last).as_nanos() / 1000),
        })
    }

    /// Whom an answer names besides us.
    pub(super) fn meant(&self, arp: &Arp) -> (Option<Ipv4Addr>, Option<MacAddr>) {
        let ip = (arp.target_ip != self.source).then_some(arp.target_ip);
        let mac = (arp.target_mac != self.own).then_some(arp.target_mac);
        (ip, mac)
    }
}

/// The address from which the kernel would ask on a device.
pub(super) fn source_for(
    proc: &Proc,
    device: Option<&LinkView>,
    target: Ipv4Addr,
) -> Result<Ipv4Addr, Errno> {
    let probe = Udp::bind(proc, None, 0)?;
    probe.option(|sys, id| sys.set_device(id, device.map(|device| device.id)))?;
    probe.connect((target, PROBE_PORT))?;
    Ok(probe.local().0.unwrap_or(Ipv4Addr::UNSPECIFIED))
}

/// Whether an address is one of this host: a socket can be bound to it.
pub(super) fn check_source(proc: &Proc, source: Ipv4Addr) -> Result<(), Errno> {
    Udp::bind(proc, Some(source), 0).map(|_| ())
}
