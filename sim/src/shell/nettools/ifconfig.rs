//! `ifconfig`: what devices and labelled addresses look like.

use super::super::args::{Failure, Result, finish};
use super::{Style, Tool, ifconfig_set, mask};
use crate::kernel::link::IfAddr;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::sys::{If6Addr, Scope};
use crate::process::Proc;

/// `ifconfig` of net-tools.
pub async fn ifconfig(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::NetTools, name: "ifconfig" };
    finish(&proc, run(&tool))
}

/// `ifconfig` of busybox.
pub async fn busybox(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::Busybox, name: "ifconfig" };
    finish(&proc, run(&tool))
}

fn run(tool: &Tool) -> Result<()> {
    let words = tool.proc.args();
    let mut words = words.as_slice();
    let (mut all, mut short) = (false, false);
    while let [word, rest @ ..] = words
        && word.starts_with('-')
    {
        match (word.as_str(), tool.style) {
            ("-a", _) => all = true,
            ("-s", Style::NetTools) => short = true,
            ("-v", Style::NetTools) => {}
            ("-V" | "--version", Style::NetTools) => {
                tool.proc.print("net-tools 2.10\n");
                return Ok(());
            }
            ("--help", _) | ("-h" | "-?", Style::NetTools) => return Err(tool.usage(0)),
            // To busybox it is the name of a device.
            (_, Style::Busybox) => break,
            _ => return Err(tool.usage(1)),
        }
        words = rest;
    }
    match words {
        [] => {
            let shown = interfaces(tool).into_iter().filter(|shown| all || shown.link.up);
            let text: String = shown.map(|shown| shown.describe(tool.style, short)).collect();
            let title =
                "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n";
            tool.proc.print(if short { title } else { "" });
            tool.proc.print(&text);
            Ok(())
        }
        [name] => match interfaces(tool).into_iter().find(|shown| shown.name == *name) {
            Some(shown) => {
                tool.proc.print(&shown.describe(tool.style, short));
                Ok(())
            }
            None => {
                let sentence = "error fetching interface information: Device not found";
                let prefix = if tool.is_busybox() { "ifconfig: " } else { "" };
                Err(Failure::new(format_args!("{prefix}{name}: {sentence}"), 1))
            }
        },
        [name, settings @ ..] => ifconfig_set::run(tool, name, settings),
    }
}

/// A device, or an address of one that has a label of its own.
#[derive(Debug, Clone)]
struct Interface {
    name: String,
    link: LinkView,
    address: Option<IfAddr>,
}

/// All there are, in the order of their names.
fn interfaces(tool: &Tool) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for link in tool.proc.sys(|sys| sys.links()) {
        let own = link.addrs.iter().find(|address| address.label == link.name).cloned();
        found.push(Interface { name: link.name.clone(), link: link.clone(), address: own });
        for address in &link.addrs {
            if !found.iter().any(|known| known.name == address.label) {
                let (name, link) = (address.label.clone(), link.clone());
                found.push(Interface { name, link, address: Some(address.clone()) });
            }
        }
    }
    found.sort_by_cached_key(|shown| natural(&shown.name));
    found
}

/// `eth10` comes behind `eth9`.
fn natural(name: &str) -> (String, u64, String) {
    let start = name.find(|letter: char| letter.is_ascii_digit()).unwrap_or(name.len());
    let (letters, rest) = name.split_at(start);
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    (letters.to_owned(), digits.parse().unwrap_or(0), rest.to_owned())
}

impl Interface {
    fn is_alias(&self) -> bool {
        self.name != self.link.name
    }

    /// The flags that are on: their bits, names and letters.
    fn flags(&self) -> Vec<(u32, &'static str, &'static str)> {
        let link = &self.link;
        let is_loopback = matches!(link.kind, KindView::Loopback);
        let all = [
            (link.up, 0x1, "UP", "U"),
            (!is_loopback, 0x2, "BROADCAST", "B"),
            (is_loopback, 0x8, "LOOPBACK", "L"),
            (link.up && link.carrier, 0x40, "RUNNING", "R"),
            (!link.settings.arp, 0x80, "NOARP", "O"),
            (link.settings.promisc, 0x100, "PROMISC", "P"),
            (link.settings.allmulti, 0x200, "ALLMULTI", "A"),
            (!is_loopback && link.settings.multicast, 0x1000, "MULTICAST", "M"),
        ];
        all.into_iter()
            .filter(|(on, ..)| *on)
            .map(|(_, bit, name, letter)| (bit, name, letter))
            .collect()
    }

    fn describe(&self, style: Style, short: bool) -> String {
        match style {
            Style::NetTools if short => self.row(),
            Style::NetTools => self.paragraph(),
            Style::Busybox => self.old_paragraph(),
        }
    }

    /// The IPv6 addresses, as `/proc/net/if_inet6` lists them: the nearest first. A label has none.
    fn addresses6(&self) -> impl Iterator<Item = &If6Addr> {
        let all = self.link.addrs6.iter().rev();
        all.filter(|_| !self.is_alias())
    }

    /// One line of `ifconfig -s`.
    fn row(&self) -> String {
        let counters = &self.link.counters;
        let mut text = format!("{:<12} {:>8} ", self.name, self.link.mtu);
        if self.is_alias() {
            text += "     - no statistics available -                        ";
        } else {
            text += &format!(
                "{:>8} {:>6} {:>6} {:<6} {:>8} {:>6} {:>6} {:>6} ",
                counters.rx_packets,
                counters.rx_errors,
                counters.rx_dropped,
                0,
                counters.tx_packets,
                counters.tx_errors,
                counters.tx_dropped,
                0
            );
        }
        let order = ["B", "L", "M", "O", "P", "R", "U"];
        let flags = self.flags();
        let is_on = |letter: &&str| flags.iter().any(|(.., on)| on == letter);
        text + &order.into_iter().filter(is_on).collect::<String>() + "\n"
    }

    /// As net-tools prints it.
    fn paragraph(&self) -> String {
        let link = &self.link;
        let flags = self.flags();
        let sum: u32 = flags.iter().map(|(bit, ..)| bit).sum();
        let names: Vec<&str> = flags.iter().map(|(_, name, _)| *name).collect();
        let mut text =
            format!("{}: flags={sum}<{}>  mtu {}\n", self.name, names.join(","), link.mtu);
        let is_loopback = matches!(link.kind, KindView::Loopback);
        if let Some(address) = &self.address {
            let netmask = mask(address.prefix_len);
            text += &format!("        inet {}  netmask {netmask}", address.local);
            if !is_loopback {
                text += &format!("  broadcast {}", address.broadcast.unwrap_or([0; 4].into()));
            }
            text += "\n";
        }
        for address in self.addresses6() {
            let (name, bits) = scope6(address);
            text += &format!(
                "        inet6 {}  prefixlen {}  scopeid 0x{bits:x}<{}>\n",
                address.local,
                address.prefix_len,
                name.to_lowercase()
            );
        }
        let queue = link.tx_queue_len;
        text += &match is_loopback {
            true => format!("        loop  txqueuelen {queue}  (Local Loopback)\n"),
            false => format!("        ether {}  txqueuelen {queue}  (Ethernet)\n", link.mac),
        };
        if !self.is_alias() {
            let counters = &link.counters;
            text += &format!(
                "        RX packets {}  bytes {} ({})\n\
                 \x20       RX errors {}  dropped {}  overruns 0  frame 0\n\
                 \x20       TX packets {}  bytes {} ({})\n\
                 \x20       TX errors {}  dropped {} overruns 0  carrier {}  collisions 0\n",
                counters.rx_packets,
                counters.rx_bytes,
                scaled(counters.rx_bytes),
                counters.rx_errors,
                counters.rx_dropped,
                counters.tx_packets,
                counters.tx_bytes,
                scaled(counters.tx_bytes),
                counters.tx_errors,
                counters.tx_dropped,
                counters.tx_carrier
            );
        }
        text + "\n"
    }

    /// As busybox prints it, and net-tools once did.
    fn old_paragraph(&self) -> String {
        let link = &self.link;
        let is_loopback = matches!(link.kind, KindView::Loopback);
        let mut text = format!("{:<9} Link encap:", self.name);
        text += &match is_loopback {
            true => "Local Loopback  \n".to_owned(),
            false => {
                format!("Ethernet  HWaddr {}  \n", link.mac.to_string().to_ascii_uppercase())
            }
        };
        if let Some(address) = &self.address {
            text += &format!("          inet addr:{} ", address.local);
            if !is_loopback {
                text += &format!(" Bcast:{} ", address.broadcast.unwrap_or([0; 4].into()));
            }
            text += &format!(" Mask:{}\n", mask(address.prefix_len));
        }
        for address in self.addresses6() {
            text += &format!(
                "          inet6 addr: {}/{} Scope:{}\n",
                address.local,
                address.prefix_len,
                scope6(address).0
            );
        }
        text += "          ";
        let flags = self.flags();
        if flags.is_empty() {
            text += "[NO FLAGS] ";
        }
        for (_, name, _) in flags {
            text += &format!("{name} ");
        }
        text += &format!(" MTU:{}  Metric:1\n", link.mtu);
        if !self.is_alias() {
            let counters = &link.counters;
            text += &format!(
                "          RX packets:{} errors:{} dropped:{} overruns:0 frame:0\n\
                 \x20         TX packets:{} errors:{} dropped:{} overruns:0 carrier:{}\n\
                 \x20         collisions:0 txqueuelen:{} \n\
                 \x20         RX bytes:{} ({})  TX bytes:{} ({})\n",
                counters.rx_packets,
                counters.rx_errors,
                counters.rx_dropped,
                counters.tx_packets,
                counters.tx_errors,
                counters.tx_dropped,
                counters.tx_carrier,
                link.tx_queue_len,
                counters.rx_bytes,
                scaled(counters.rx_bytes),
                counters.tx_bytes,
                scaled(counters.tx_bytes)
            );
        }
        text + "\n"
    }
}

/// The scope of an address: its name, and the bits that stand for it.
fn scope6(address: &If6Addr) -> (&'static str, u8) {
    match address.scope {
        Scope::Host => ("Host", 0x10),
        Scope::Link => ("Link", 0x20),
        Scope::Site => ("Site", 0x40),
        Scope::Universe => ("Global", 0),
    }
}

/// `1.2 KiB`.
fn scaled(bytes: u64) -> String {
    let mut unit = 1;
    let mut name = "B";
    for (factor, next) in
        [(1_u64 << 10, "KiB"), (1 << 20, "MiB"), (1 << 30, "GiB"), (1 << 40, "TiB")]
    {
        if bytes > factor {
            (unit, name) = (factor, next);
        }
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(scaled(0), "0.0 B");
        assert_eq!(scaled(682), "682.0 B");
        assert_eq!(scaled(1536), "1.5 KiB");
        assert_eq!(scaled(5 << 20), "5.0 MiB");
    }

    #[test]
    fn names_are_sorted_by_their_numbers() {
        let mut names = ["eth10", "lo", "eth9", "eth9:1", "br0"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["br0", "eth9", "eth9:1", "eth10", "lo"]);
    }
}
