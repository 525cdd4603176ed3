//! What can be done about a lost packet: where to look, and the one command that would cure it, if there
//! is one. Commands are typed by people; nothing is changed here.

use super::doorway::typed_in;
use super::{End, World};
use crate::kernel::netfilter::{Hook, RuleId};
use crate::kernel::step::RuleOutcome;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::{DropReason, LinkId, NamespaceId, Step};
use crate::trace::HostId;
use crate::trace::journey::{Journey, Stop};
use crate::wire::{FlowKey, Ipv4Addr, MacAddr, ethernet};

/// A command line for the terminal of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Where it is typed.
    pub host: HostId,
    /// What.
    pub line: String,
}

/// What can be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remedy {
    /// Commands that show why.
    pub look: Vec<Command>,
    /// The command after which it would not happen again.
    pub cure: Option<Command>,
}

/// What is known of a packet that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// On which host.
    pub host: HostId,
    /// In which namespace.
    pub ns: NamespaceId,
    /// At which device.
    pub link: Option<LinkId>,
    /// Why.
    pub reason: DropReason,
    /// Between whom it was on its way.
    pub flow: Option<FlowKey>,
    /// For whom the frame was.
    destination: Option<MacAddr>,
    /// The next hop that it waited for.
    next_hop: Option<Ipv4Addr>,
    /// The rule that matched last.
    rule: Option<RuleId>,
    /// Where in the path of the packet filter it was last.
    hook: Option<Hook>,
}

impl Lost {
    /// What is known of a packet at the stop where it was lost; `None` for any other stop.
    pub fn at(journey: &Journey, stop: &Stop) -> Option<Lost> {
        let Step::Dropped(reason) = stop.note.step else { return None };
        let before = journey.stops.iter().take_while(|other| other.seq < stop.seq);
        let here = before.filter(|other| (other.host, other.note.ns) == (stop.host, stop.note.ns));
        let (mut rule, mut hook, mut next_hop) = (None, None, None);
        for other in here {
            match other.note.step {
                Step::Rule { rule: id, outcome: RuleOutcome::Matched, .. } => rule = Some(id),
                Step::Table { hook: at, .. } => hook = Some(at),
                Step::Neighbor { ip, .. } => next_hop = Some(ip),
                _ => {}
            }
        }
        let seen = journey.frames.iter().take_while(|seen| seen.seq <= stop.seq).last();
        let bytes = seen.map(|seen| &seen.frame.bytes);
        let packet = bytes.and_then(|bytes| bytes.get(ethernet::HEADER_LEN..));
        let (host, ns, link) = (stop.host, stop.note.ns, stop.note.link);
        let is_ipv4 = bytes.is_some_and(|b| ethernet::ethertype(b) == ethernet::ETHERTYPE_IPV4);
        let flow = packet.filter(|_| is_ipv4).and_then(FlowKey::of);
        let destination = packet.and(bytes).map(|bytes| ethernet::dst(bytes));
        Some(Lost { host, ns, link, reason, flow, destination, next_hop, rule, hook })
    }
}

impl World {
    /// What can be done about a lost packet.
    pub fn remedy(&mut self, lost: &Lost) -> Remedy {
        let device =
            lost.link.map(|link| self.host(lost.host).kernel().name_of_link(link).to_owned());
        let device = device.unwrap_or_default();
        let to = lost.flow.map(|flow| flow.dst);
        let address = |fallback: &str| to.map_or(fallback.to_owned(), |to| to.to_string());
        let mut looks = Vec::new();
        let mut cure = None;
        match lost.reason {
            DropReason::LinkDown => {
                looks.push(format!("ip link show {device}"));
                cure = self.line_up(lost, &device);
            }
            DropReason::NoCarrier => {
                looks.push(format!("ip -d link show {device}"));
                return Remedy { cure: self.other_end_up(lost), look: self.here(lost, looks) };
            }
            DropReason::ForwardingOff => {
                looks.push("sysctl net.ipv4.ip_forward".to_owned());
                cure = Some("sysctl -w net.ipv4.ip_forward=1".to_owned());
            }
            DropReason::RpFilter => {
                looks.push(format!("sysctl net.ipv4.conf.{device}.rp_filter"));
                looks.push("ip route show".to_owned());
                cure = Some(format!("sysctl -w net.ipv4.conf.{device}.rp_filter=2"));
            }
            DropReason::NoRoute => {
                looks.push("ip route show".to_owned());
                looks.push(format!("ip route get {}", address("ADDRESS")));
                let gateway = self.gateway_of(lost);
                cure = gateway.map(|gateway| format!("ip route add default via {gateway}"));
            }
            DropReason::Blackhole | DropReason::Unreachable | DropReason::Prohibited => {
                looks.push("ip route show".to_owned());
            }
            DropReason::NeighborFailed | DropReason::NeighborQueueFull => {
                looks.push("ip neigh show".to_owned());
                looks.push(format!("ip route get {}", address("ADDRESS")));
                let address = lost.next_hop;
                let has = |link: &LinkView| link.addrs.iter().any(|it| Some(it.local) == address);
                return Remedy { cure: self.owner_up(has), look: self.here(lost, looks) };
            }
            DropReason::DroppedByPolicy | DropReason::DroppedByRule | DropReason::Rejected => {
                (looks, cure) = self.about_rules(lost);
            }
            DropReason::Netem => {
                looks.push(format!("tc -s qdisc show dev {device}"));
                cure = Some(format!("tc qdisc del dev {device} root"));
            }
            DropReason::QueueFull => looks.push(format!("tc -s qdisc show dev {device}")),
            DropReason::VxlanNoRemote | DropReason::VxlanStaticSource => {
                looks.push(format!("bridge fdb show dev {device}"));
            }
            DropReason::VxlanProxyMiss => looks.push(format!("ip neigh show dev {device}")),
            DropReason::VxlanUnknownVni | DropReason::VxlanBadHeader => {
                looks.push("ip -d link show type vxlan".to_owned());
            }
            DropReason::Isolated => {
                looks.push("bridge -d link show".to_owned());
                cure = Some(format!("bridge link set dev {device} isolated off"));
            }
            DropReason::SamePort => {
                looks.push(format!("bridge -d link show dev {device}"));
                cure = Some(format!("bridge link set dev {device} hairpin on"));
            }
            DropReason::PortBlocked | DropReason::FloodOff | DropReason::NoEgressPort => {
                looks.push("bridge -d link show".to_owned());
            }
            DropReason::VlanFiltered | DropReason::NoVlanDevice => {
                looks.push("bridge vlan show".to_owned());
            }
            DropReason::FragmentationNeeded
            | DropReason::TooBigForPeer
            | DropReason::TooBigForPort => looks.push("ip link show".to_owned()),
            DropReason::EchoIgnored => {
                cure = Some("sysctl -w net.ipv4.icmp_echo_ignore_all=0".to_owned());
            }
            DropReason::ArpIgnored => {
                looks.push(format!("sysctl net.ipv4.conf.{device}.arp_ignore"));
                cure = Some(format!("sysctl -w net.ipv4.conf.{device}.arp_ignore=0"));
            }
            // Strangers got it because the one whom it was for is not there.
            DropReason::OtherHost => {
                let is_it = |link: &LinkView| Some(link.mac) == lost.destination;
                return Remedy { cure: self.owner_up(is_it), look: Vec::new() };
            }
            DropReason::NoListener | DropReason::BacklogFull | DropReason::SocketBufferFull => {
                looks.push("ss -ltnu".to_owned());
            }
            DropReason::TtlExceeded => {
                looks.push(format!("traceroute -n {}", address("ADDRESS")));
            }
            DropReason::ConntrackFull => {
                looks.push("sysctl net.netfilter.nf_conntrack_max".to_owned());
            }
            _ if lost.link.is_some() => looks.push(format!("ip -s link show {device}")),
            _ => {}
        }
        let cure = cure.map(|line| self.at(lost.host, lost.ns, &line));
        Remedy { look: self.here(lost, looks), cure }
    }

    fn at(&self, host: HostId, ns: NamespaceId, line: &str) -> Command {
        Command { host, line: typed_in(self.host(host), ns, line) }
    }

    fn here(&self, lost: &Lost, lines: Vec<String>) -> Vec<Command> {
        lines.iter().map(|line| self.at(lost.host, lost.ns, line)).collect()
    }

    fn view(&mut self, host: HostId, link: LinkId) -> Option<LinkView> {
        let ns = self.host(host).namespace();
        self.sys_in(host, ns, "reader", |sys| sys.link(link))
    }

    /// Sets the device up, or the one below it if that is what is down.
    fn line_up(&mut self, lost: &Lost, device: &str) -> Option<String> {
        let view = self.view(lost.host, lost.link?)?;
        let parent = match view.kind {
            KindView::Macvlan(macvlan) => Some(macvlan.parent),
            KindView::Ipvlan(ipvlan) => Some(ipvlan.parent),
            KindView::Vlan(vlan) => Some(vlan.parent),
            _ => None,
        };
        let parent = parent.filter(|_| view.up).and_then(|parent| self.view(lost.host, parent));
        let name = parent.map_or(device.to_owned(), |parent| parent.name);
        Some(format!("ip link set {name} up"))
    }

    /// Sets up what is at the other end of a cable, real or virtual, or below a device.
    fn other_end_up(&mut self, lost: &Lost) -> Option<Command> {
        let link = lost.link?;
        let own = End { host: lost.host, link };
        let cable = self.cables().iter().find(|cable| cable.ends.contains(&own));
        let (host, other) = match cable {
            Some(cable) if !cable.plugged => return None,
            Some(cable) => {
                let other = if cable.ends[0] == own { cable.ends[1] } else { cable.ends[0] };
                (other.host, other.link)
            }
            None => {
                let peer = self.view(lost.host, link)?.peer?;
                let at = |sys: &mut crate::kernel::sys::Sys| sys.link_at(peer.ns, peer.ifindex);
                (lost.host, self.sys_in(lost.host, peer.ns, "reader", at)?)
            }
        };
        let view = self.view(host, other).filter(|view| !view.up)?;
        Some(self.at(host, view.ns, &format!("ip link set {} up", view.name)))
    }

    /// Sets up the device that is meant, wherever it is.
    fn owner_up(&mut self, is_meant: impl Fn(&LinkView) -> bool) -> Option<Command> {
        let hosts: Vec<HostId> = self.hosts().map(|(id, _)| id).collect();
        for host in hosts {
            for ns in self.host(host).kernel().namespace_ids() {
                let links = self.sys_in(host, ns, "reader", |sys| sys.links());
                if let Some(link) = links.iter().find(|it| is_meant(it)).filter(|it| !it.up) {
                    return Some(self.at(host, ns, &format!("ip link set {} up", link.name)));
                }
            }
        }
        None
    }

    /// The address of a neighbour that forwards.
    fn gateway_of(&mut self, lost: &Lost) -> Option<Ipv4Addr> {
        let links = self.sys_in(lost.host, lost.ns, "reader", |sys| sys.links());
        let nets: Vec<_> = links
            .iter()
            .flat_map(|link| &link.addrs)
            .filter(|address| !address.local.is_loopback())
            .filter_map(|address| ipnet::Ipv4Net::new(address.local, address.prefix_len).ok())
            .collect();
        let hosts: Vec<HostId> = self.hosts().map(|(id, _)| id).collect();
        for host in hosts {
            for ns in self.host(host).kernel().namespace_ids() {
                if (host, ns) == (lost.host, lost.ns) {
                    continue;
                }
                let found = self.sys_in(host, ns, "reader", |sys| {
                    let forwards = sys.sysctl_get("net.ipv4.ip_forward").ok()?.trim() == "1";
                    let links = if forwards { sys.links() } else { Vec::new() };
                    let mut addresses = links.into_iter().flat_map(|link| link.addrs);
                    addresses.find(|it| nets.iter().any(|net| net.contains(&it.local)))
                });
                if let Some(address) = found {
                    return Some(address.local);
                }
            }
        }
        None
    }

    /// What shows the rules that decided, and what takes the decision away.
    fn about_rules(&self, lost: &Lost) -> (Vec<String>, Option<String>) {
        let hook = lost.hook.map_or("FORWARD", Hook::name);
        if lost.reason == DropReason::DroppedByPolicy {
            let cure = format!("iptables -P {hook} ACCEPT");
            return (vec![format!("iptables -nvL {hook}")], Some(cure));
        }
        let Some(rule) = lost.rule.and_then(|id| self.host(lost.host).kernel().rule_text(id))
        else {
            return (vec![format!("iptables -nvL {hook}")], None);
        };
        let table = match rule.table.name() {
            "filter" => String::new(),
            name => format!("-t {name} "),
        };
        let look = format!("iptables {table}-nvL {} --line-numbers", rule.chain);
        (vec![look], Some(format!("iptables {table}-D {} {}", rule.chain, rule.text)))
    }
}
