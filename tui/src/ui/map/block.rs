//! One machine as rows of text, and the lanes that join them: a lane for each bridge, each pair of virtual
//! cables, each card with sub-interfaces, each tunnel.

use std::collections::BTreeMap;

use netsim_sim::kernel::LinkId;
use netsim_sim::trace::HostId;
use netsim_sim::world::plan::{Device, Joint, Machine, Space, SpaceKind};

use super::{Object, Zoom};
use crate::text::{Line, Piece, Style, line_width};

/// A row of a machine's box.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it says.
    pub line: Line,
    /// What it is.
    pub object: Object,
}

/// Something that joins rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The rows, in order.
    pub rows: Vec<usize>,
    /// Whether it is a tunnel.
    pub is_tunnel: bool,
    /// Which lane beside the text, counted from it.
    pub column: usize,
}

/// A machine's box.
#[derive(Debug, Clone)]
pub struct Block {
    /// The machine.
    pub host: HostId,
    /// Its title.
    pub title: Line,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What joins them.
    pub lanes: Vec<Lane>,
    /// In which row each device is; ports of bridges are where their bridge is.
    pub places: BTreeMap<LinkId, usize>,
    /// Rows whose network cards are on a cable, with the other end.
    pub cables: Vec<(usize, HostId, LinkId)>,
}

/// What a row says besides the plan.
pub trait Marks {
    /// What is remarkable about a device now: its load, its losses.
    fn of(&self, host: HostId, link: LinkId) -> Line;
}

impl Block {
    /// The box of a machine.
    pub fn new(machine: &Machine, zoom: Zoom, marks: &dyn Marks) -> Block {
        let mut block = Block {
            host: machine.host,
            title: title(machine),
            rows: Vec::new(),
            lanes: Vec::new(),
            places: BTreeMap::new(),
            cables: Vec::new(),
        };
        for space in &machine.spaces {
            block.space(space, zoom, marks);
        }
        let devices: Vec<&Device> = machine.spaces.iter().flat_map(|it| &it.devices).collect();
        for device in devices.iter().filter(|device| is_port(device)) {
            let bridge = device.master.and_then(|bridge| block.places.get(&bridge)).copied();
            block.places.extend(bridge.map(|row| (device.link, row)));
        }
        block.join(machine, &devices);
        block
    }

    fn space(&mut self, space: &Space, zoom: Zoom, marks: &dyn Marks) {
        let host = self.host;
        let is_host = space.kind == SpaceKind::Host;
        // From far, what is down and carries nothing is left out.
        let is_far = zoom == Zoom::Names;
        let matters =
            |it: &&Device| !is_far || it.is_running || matches!(it.joint, Joint::Cable(..));
        let shown = || space.devices.iter().filter(|device| !is_port(device)).filter(matters);
        let (name, style) = match space.kind {
            SpaceKind::Container => (space.name.clone(), Style::Strong),
            SpaceKind::Named => (format!("netns {}", space.name), Style::Strong),
            SpaceKind::Overlay => (format!("({})", space.name), Style::Wrapping),
            SpaceKind::Host => (String::new(), Style::Plain),
        };
        let mut head = vec![Piece::new(name, style)];
        if zoom == Zoom::Names {
            // All devices of a namespace stand in one row, those of the machine itself one by one.
            if !is_host {
                let first = shown().find_map(|device| device.addresses.first());
                let text = first.map_or_else(String::new, |(address, _)| format!(" {address}"));
                head.push(Piece::new(text, Style::Code));
                for device in shown() {
                    head.extend(marks.of(host, device.link));
                    self.places.insert(device.link, self.rows.len());
                }
                self.rows.push(Row { line: head, object: Object::Space(host, space.ns) });
                return;
            }
        } else if !is_host {
            self.rows.push(Row { line: head, object: Object::Space(host, space.ns) });
        }
        for device in shown() {
            let row = self.rows.len();
            self.places.insert(device.link, row);
            if let Joint::Cable(_, end) = device.joint {
                self.cables.push((row, end.host, end.link));
            }
            let indent = if is_host { "" } else { "  " };
            let line = device_line(device, indent, zoom, marks.of(host, device.link));
            self.rows.push(Row { line, object: Object::Device(host, space.ns, device.link) });
        }
        if is_host && self.rows.is_empty() {
            self.rows.push(Row { line: Line::new(), object: Object::Space(host, space.ns) });
        }
    }

    /// Finds what joins the rows.
    fn join(&mut self, machine: &Machine, devices: &[&Device]) {
        let mut lanes: Vec<(Vec<LinkId>, bool)> = Vec::new();
        let by_link: BTreeMap<LinkId, &&Device> =
            devices.iter().map(|device| (device.link, device)).collect();
        let mut groups: BTreeMap<(LinkId, bool), Vec<LinkId>> = BTreeMap::new();
        for device in devices {
            if let Some(bridge) = device.master {
                let member = match device.joint {
                    Joint::Peer(peer) if is_port(device) => peer,
                    _ => device.link,
                };
                groups.entry((bridge, false)).or_default().push(member);
            }
            match device.joint {
                Joint::Peer(peer) if device.link < peer => {
                    let is_free = by_link.get(&peer).is_some_and(|it| it.master.is_none());
                    if device.master.is_none() && is_free {
                        lanes.push((vec![device.link, peer], false));
                    }
                }
                Joint::Parent(parent) => {
                    groups.entry((parent, false)).or_default().push(device.link);
                }
                Joint::Underlay(ns) => {
                    let space = machine.spaces.iter().find(|space| space.ns == ns);
                    let mut below = space.into_iter().flat_map(|space| &space.devices);
                    let carries = |it: &&Device| {
                        matches!(it.joint, Joint::Cable(..) | Joint::Peer(_)) && it.master.is_none()
                    };
                    if let Some(card) = below.find(carries) {
                        groups.entry((card.link, true)).or_default().push(device.link);
                    }
                }
                _ => {}
            }
        }
        lanes.extend(groups.into_iter().map(|((hub, is_tunnel), mut members)| {
            members.push(hub);
            (members, is_tunnel)
        }));
        for (members, is_tunnel) in lanes {
            let mut rows: Vec<usize> =
                members.iter().filter_map(|link| self.places.get(link)).copied().collect();
            rows.sort_unstable();
            rows.dedup();
            if rows.len() > 1 {
                self.lanes.push(Lane { rows, is_tunnel, column: 0 });
            }
        }
        self.arrange();
    }

    /// Gives each lane the nearest column in which it meets no other. Short ones come first.
    fn arrange(&mut self) {
        let span = |lane: &Lane| (lane.rows[0], lane.rows[lane.rows.len() - 1]);
        self.lanes.sort_by_key(|lane| {
            let (from, to) = span(lane);
            (to - from, from)
        });
        for n in 0..self.lanes.len() {
            let (from, to) = span(&self.lanes[n]);
            let meets = |column: usize| {
                self.lanes[..n].iter().any(|other| {
                    let (start, end) = span(other);
                    other.column == column && start <= to && from <= end
                })
            };
            let column = (0..).find(|column| !meets(*column)).unwrap_or(0);
            self.lanes[n].column = column;
        }
    }

    /// Columns of its text.
    pub fn text_width(&self) -> usize {
        let rows = self.rows.iter().map(|row| line_width(&row.line)).max().unwrap_or(0);
        rows.max(line_width(&self.title) + 2)
    }

    /// Columns of its lanes.
    pub fn lanes_width(&self) -> usize {
        self.lanes.iter().map(|lane| lane.column + 1).max().unwrap_or(0) * 2
    }
}

/// Whether a device is a port that is shown as a part of its bridge: it has no more to say.
fn is_port(device: &Device) -> bool {
    device.master.is_some() && device.kind == "veth" && device.addresses.is_empty()
}

fn title(machine: &Machine) -> Line {
    let kind = if machine.is_router { "router " } else { "" };
    vec![Piece::new(kind, Style::Dim), Piece::new(machine.name.clone(), Style::Prompt)]
}

fn device_line(device: &Device, indent: &str, zoom: Zoom, marks: Line) -> Line {
    // From far, `br-2f4a…` says less than the network whose bridge it is.
    let named_after = device.network.as_ref().filter(|_| device.name.starts_with("br-"));
    let mut line = match named_after.filter(|_| zoom == Zoom::Names) {
        Some(network) => {
            vec![Piece::new(indent, Style::Plain), Piece::new(network.clone(), Style::Emphasis)]
        }
        None => vec![Piece::new(format!("{indent}{}", device.name), Style::Plain)],
    };
    if !device.is_running {
        // Down, or nobody at the other end.
        let state = if device.is_up { " ✗" } else { " down" };
        line.push(Piece::new(state, Style::Bad));
    }
    if matches!(device.kind, "vxlan" | "macvlan" | "ipvlan" | "vlan") {
        line.push(Piece::new(format!(" {} {}", device.kind, device.detail), Style::Wrapping));
    }
    for (address, len) in &device.addresses {
        let text = match zoom {
            Zoom::Names => format!(" {address}"),
            Zoom::Devices | Zoom::Details => format!(" {address}/{len}"),
        };
        line.push(Piece::new(text, Style::Code));
    }
    if let Some(network) = &device.network
        && *network != device.name
        && device.kind == "bridge"
        && zoom != Zoom::Names
    {
        line.push(Piece::new(format!(" {network}"), Style::Emphasis));
    }
    if zoom == Zoom::Details {
        let (rx, tx) = (device.counters.rx_packets, device.counters.tx_packets);
        let text = format!(" {} mtu {} rx {rx} tx {tx}", device.mac, device.mtu);
        line.push(Piece::new(text, Style::Dim));
    }
    line.extend(marks);
    line
}
