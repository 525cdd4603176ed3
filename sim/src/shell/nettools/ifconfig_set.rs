//! What `ifconfig` changes, one setting after the other.

use super::super::args::{Args, Failure, Result, leading_number};
use super::super::ip::prefix::mac;
use super::{Style, Tool, dotted, mask_length};
use crate::kernel::link::IfAddr;
use crate::kernel::sys::dump::KindView;
use crate::kernel::sys::link::LinkChange;
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::wire::Ipv4Addr;

/// An interface that is changed: a device, or a label of its addresses.
struct Target<'a> {
    tool: &'a Tool,
    /// As it was called: with a colon, it is a label.
    label: &'a str,
    device: Option<LinkId>,
    /// With net-tools, some errors do not end the command, only count.
    failed: bool,
}

/// `ifconfig NAME SETTING…`.
pub fn run(tool: &Tool, label: &str, settings: &[String]) -> Result<()> {
    let name = label.split(':').next().unwrap_or(label);
    let mut target = Target { tool, label, device: tool.device(name), failed: false };
    let mut args = Args::new(settings);
    while let Some(word) = args.next() {
        target.apply(word, &mut args)?;
    }
    match target.failed {
        true => Err(Failure::silent(1)),
        false => Ok(()),
    }
}

impl Target<'_> {
    fn value<'b>(&self, args: &mut Args<'b>) -> Result<&'b str> {
        args.next().ok_or_else(|| self.tool.usage(3))
    }

    /// The device, for a call.
    fn found(&self, call: &str) -> Result<LinkId> {
        self.device.ok_or_else(|| match self.tool.style {
            Style::NetTools if call == "SIOCSIFFLAGS" || call == "SIOCGIFFLAGS" => {
                let errno = Errno::ENODEV;
                let label = self.label;
                let line = format!("{label}: ERROR while getting interface flags: {errno}");
                Failure::new(line, 255)
            }
            _ => self.tool.call_failed(call, Errno::ENODEV, 1),
        })
    }

    /// Busybox stops at an error; net-tools tells of it and goes on.
    fn tell(&mut self, result: std::result::Result<(), Failure>) -> Result<()> {
        match (result, self.tool.style) {
            (Err(failure), Style::NetTools) if failure.status == 1 => {
                self.tool.proc.eprint(&failure.text);
                self.failed = true;
                Ok(())
            }
            (result, _) => result,
        }
    }

    fn apply(&mut self, word: &str, args: &mut Args) -> Result<()> {
        let (plain, on) = match word.strip_prefix('-') {
            Some(plain) => (plain, false),
            None => (word, true),
        };
        match plain {
            "up" | "down" if on => self.set_up(plain == "up"),
            "arp" => self.change(LinkChange::Arp(on)),
            "promisc" => self.change(LinkChange::Promisc(on)),
            "allmulti" => self.change(LinkChange::AllMulti(on)),
            "multicast" => self.change(LinkChange::Multicast(on)),
            "mtu" if on => {
                let mtu = leading_number(self.value(args)?).clamp(0, u32::MAX.into()) as u32;
                let result = self.found("SIOCSIFMTU").and_then(|id| {
                    let done = self.tool.proc.sys(|sys| sys.link_set_mtu(id, mtu));
                    done.map_err(|error| self.tool.call_failed("SIOCSIFMTU", error, 1))
                });
                self.tell(result)
            }
            "txqueuelen" if on => {
                let len = leading_number(self.value(args)?).clamp(0, u32::MAX.into()) as u32;
                let id = self.found("SIOCSIFTXQLEN")?;
                let done = self.tool.proc.sys(|sys| sys.link_set_tx_queue_len(id, len));
                done.map_err(|error| self.tool.call_failed("SIOCSIFTXQLEN", error, 1))
            }
            "hw" if on => self.set_hardware_address(args),
            "netmask" if on => {
                let word = self.value(args)?;
                let netmask = dotted(word).ok_or_else(|| self.unknown(word))?;
                let result = self.set_netmask(netmask);
                self.tell(result)
            }
            "broadcast" if on => match args.peek().and_then(dotted) {
                Some(broadcast) => {
                    args.next();
                    let result = self.set_broadcast(broadcast);
                    self.tell(result)
                }
                None => Ok(()),
            },
            "add" | "del" | "pointopoint" | "dstaddr" | "tunnel" | "outfill" | "keepalive"
            | "trailers" | "dynamic" | "metric" | "mem_start" | "io_addr" | "irq" | "media"
            | "name" | "broadcast" => Err(Failure::not_simulated(format_args!("ifconfig: {word}"))),
            _ => self.set_address(word),
        }
    }

    fn unknown(&self, word: &str) -> Failure {
        match self.tool.style {
            Style::Busybox => self.tool.failure(format_args!("bad address '{word}'"), 1),
            Style::NetTools => {
                // Only what looks like an address is not looked up.
                let is_numeric = word.starts_with(|letter: char| letter.is_ascii_digit());
                let why = if is_numeric { "Unknown host" } else { "Host name lookup failure" };
                let line = format!("{word}: {why}\nifconfig: `--help' gives usage information.");
                Failure::new(line, 1)
            }
        }
    }

    fn set_up(&mut self, up: bool) -> Result<()> {
        let id = self.found("SIOCGIFFLAGS")?;
        // A label that goes down takes its address along.
        if !up && self.label.contains(':') {
            self.remove_labelled(id);
            return Ok(());
        }
        let result = self.tool.proc.sys(|sys| if up { sys.link_up(id) } else { sys.link_down(id) });
        let result = result.map_err(|error| self.tool.call_failed("SIOCSIFFLAGS", error, 1));
        self.tell(result)
    }

    fn change(&mut self, change: LinkChange) -> Result<()> {
        let id = self.found("SIOCGIFFLAGS")?;
        let done = self.tool.proc.sys(|sys| sys.link_set(id, change));
        done.map_err(|error| self.tool.call_failed("SIOCSIFFLAGS", error, 1))
    }

    fn set_hardware_address(&mut self, args: &mut Args) -> Result<()> {
        if self.value(args)? != "ether" {
            return Err(self.tool.usage(3));
        }
        let word = self.value(args)?;
        let fresh = mac(word).map_err(|_| match self.tool.style {
            Style::NetTools => Failure::new(format_args!("{word}: invalid ether address."), 1),
            Style::Busybox => self.tool.failure(format_args!("invalid hw-addr {word}"), 1),
        })?;
        let id = self.found("SIOCSIFHWADDR")?;
        let result = self.tool.proc.sys(|sys| sys.link_set_mac(id, fresh));
        let result = result.map_err(|error| self.tool.call_failed("SIOCSIFHWADDR", error, 1));
        self.tell(result)
    }

    /// The first address with this label.
    fn labelled(&self, id: LinkId) -> Option<IfAddr> {
        let link = self.tool.proc.sys(|sys| sys.link(id))?;
        link.addrs.into_iter().find(|address| address.label == self.label)
    }

    fn remove_labelled(&self, id: LinkId) {
        if let Some(old) = self.labelled(id) {
            let same = |other: &IfAddr| other.local == old.local && other.label == old.label;
            // It was there a moment ago.
            let _ = self.tool.proc.sys(|sys| sys.addr_del(id, same));
        }
    }

    /// Sets the address, with the mask of its class unless it brings a length, and the device up.
    fn set_address(&mut self, word: &str) -> Result<()> {
        let (address, length) = match word.split_once('/') {
            Some((address, length)) if self.tool.style == Style::NetTools => {
                (address, Some(length))
            }
            _ => (word, None),
        };
        let local = match address {
            "default" => Some(Ipv4Addr::UNSPECIFIED),
            _ => dotted(address),
        };
        let local = local.ok_or_else(|| self.unknown(address))?;
        let length = length.map(|length| {
            let length = length.parse::<u8>().ok().filter(|length| *length <= 32);
            length.ok_or_else(|| self.unknown(word))
        });
        let length = length.transpose()?.unwrap_or(class_length(local));
        let Some(id) = self.device else {
            let failure = self.tool.call_failed("SIOCSIFADDR", Errno::ENODEV, 1);
            self.tell(Err(failure))?;
            return self.found("SIOCSIFFLAGS").map(drop);
        };
        self.remove_labelled(id);
        if !local.is_unspecified() {
            let broadcast = self.broadcast_of(id, local, length);
            let fresh = IfAddr { broadcast, ..IfAddr::new(local, length, self.label) };
            self.add("SIOCSIFADDR", id, fresh)?;
        }
        self.tool
            .proc
            .sys(|sys| sys.link_up(id))
            .map_err(|error: NetlinkError| self.tool.call_failed("SIOCSIFFLAGS", error, 1))
    }

    fn add(&self, call: &str, id: LinkId, address: IfAddr) -> Result<()> {
        let result = self.tool.proc.sys(|sys| sys.addr_add(id, address));
        result.map_err(|error| self.tool.call_failed(call, error, 1))
    }

    /// The broadcast address that comes with an address.
    fn broadcast_of(&self, id: LinkId, local: Ipv4Addr, length: u8) -> Option<Ipv4Addr> {
        let link = self.tool.proc.sys(|sys| sys.link(id));
        let is_loopback = link.is_some_and(|link| matches!(link.kind, KindView::Loopback));
        let own = IfAddr::new(local, length, self.label);
        (length < 31 && !is_loopback).then(|| own.subnet_broadcast())
    }

    fn set_netmask(&self, netmask: Ipv4Addr) -> Result<()> {
        const CALL: &str = "SIOCSIFNETMASK";
        let failed = |errno: Errno| self.tool.call_failed(CALL, errno, 1);
        let id = self.found(CALL)?;
        let old = self.labelled(id).ok_or_else(|| failed(Errno::EADDRNOTAVAIL))?;
        let length = mask_length(netmask).ok_or_else(|| failed(Errno::EINVAL))?;
        self.remove_labelled(id);
        let was_usual = old.broadcast == self.broadcast_of(id, old.local, old.prefix_len);
        let broadcast = match was_usual {
            true => self.broadcast_of(id, old.local, length),
            false => old.broadcast,
        };
        let fresh = IfAddr { broadcast, ..IfAddr::new(old.local, length, self.label) };
        self.add(CALL, id, fresh)
    }

    fn set_broadcast(&self, broadcast: Ipv4Addr) -> Result<()> {
        const CALL: &str = "SIOCSIFBRDADDR";
        let id = self.found(CALL)?;
        let missing = || self.tool.call_failed(CALL, Errno::EADDRNOTAVAIL, 1);
        let old = self.labelled(id).ok_or_else(missing)?;
        self.remove_labelled(id);
        self.add(CALL, id, IfAddr { broadcast: Some(broadcast), ..old })
    }
}

/// The length of the prefix that an address had before there were masks.
fn class_length(address: Ipv4Addr) -> u8 {
    match address.octets()[0] {
        0..128 => 8,
        128..192 => 16,
        _ => 24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_classes() {
        assert_eq!(class_length(Ipv4Addr::new(10, 0, 0, 1)), 8);
        assert_eq!(class_length(Ipv4Addr::new(172, 17, 0, 1)), 16);
        assert_eq!(class_length(Ipv4Addr::new(192, 168, 0, 1)), 24);
    }
}
