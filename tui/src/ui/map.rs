//! The machines as boxes: namespaces and containers in them, devices with addresses, and what passes now.

use std::collections::BTreeMap;

use netsim_sim::docker::places::{overlay_in, places};
use netsim_sim::kernel::NamespaceId;
use netsim_sim::kernel::sys::dump::KindView;
use netsim_sim::trace::HostId;
use netsim_sim::wire::summary::summary;

use super::session::Session;
use crate::text::{Line, Piece, Style};

/// Pictures for which a mark stays.
const STAYS: u8 = 12;

/// Where packets were seen a moment ago: the letter of the protocol and how long it stays.
#[derive(Default)]
pub struct Marks {
    seen: BTreeMap<(HostId, NamespaceId), (char, u8)>,
    read: u64,
}

impl Marks {
    /// Takes what happened since the last picture.
    pub fn update(&mut self, session: &Session) {
        self.seen.retain(|_, (_, left)| {
            *left -= 1;
            *left > 0
        });
        let world = session.world();
        let next = world.trace.next_seq();
        // Only the last frame in a place gives its letter: a picture may have thousands.
        let mut last = BTreeMap::new();
        for seen in world.trace.frames_since(self.read.min(next)) {
            let kernel = world.host(seen.host).kernel();
            if let Some(ns) = kernel.namespace_of_link(seen.link) {
                last.insert((seen.host, ns), &seen.frame.bytes);
            }
        }
        let marks = last.into_iter().map(|(place, bytes)| (place, (letter(bytes), STAYS)));
        self.seen.extend(marks);
        self.read = next;
    }

    fn at(&self, host: HostId, ns: NamespaceId) -> Option<char> {
        self.seen.get(&(host, ns)).map(|(letter, _)| *letter)
    }
}

/// A letter for the protocol of a frame: ARP, ICMP, TCP, UDP, DNS, VXLAN.
pub fn letter(frame: &[u8]) -> char {
    let text = summary(frame);
    if text.contains("VXLAN") {
        'V'
    } else if text.starts_with("ARP") {
        'A'
    } else if text.contains("ICMP") {
        'I'
    } else if text.contains("Flags [") {
        'T'
    } else if text.contains(".53: ") || text.contains(".53 > ") {
        'D'
    } else {
        'U'
    }
}

/// One machine: its name and its namespaces.
pub struct Machine {
    /// Its name and first address.
    pub title: String,
    /// Its namespaces and their devices.
    pub lines: Vec<Line>,
}

/// All machines as they are now.
pub fn boxes(session: &mut Session, marks: &Marks) -> Vec<Machine> {
    let machines = session.machines();
    machines
        .into_iter()
        .map(|(host, name)| {
            let world = session.world();
            let root = world.host(host).namespace();
            let containers = places(&world.host(host).processes);
            let mut spaces = vec![(root, String::new(), Style::Plain)];
            for place in containers {
                if spaces.iter().all(|(ns, ..)| *ns != place.ns) {
                    spaces.push((place.ns, place.name, Style::Strong));
                } else if place.ns != root {
                    let shared = spaces.iter_mut().find(|(ns, ..)| *ns == place.ns);
                    if let Some((_, names, _)) = shared {
                        *names += &format!(" + {}", place.name);
                    }
                }
            }
            for ns in world.host(host).kernel().namespace_ids() {
                if spaces.iter().any(|(known, ..)| *known == ns) {
                    continue;
                }
                let processes = &world.host(host).processes;
                let name = overlay_in(processes, ns)
                    .unwrap_or_else(|| world.host(host).kernel().name_of_namespace(ns).to_owned());
                spaces.push((ns, format!("({name})"), Style::Code));
            }
            let mut lines = Vec::new();
            for (ns, label, style) in spaces {
                lines.extend(namespace(session, host, ns, &label, style, marks));
            }
            let kernel = session.world().host(host).kernel();
            let title = match kernel.first_address(root) {
                Some(address) => format!("{name} {address}"),
                None => name,
            };
            Machine { title, lines }
        })
        .collect()
}

fn namespace(
    session: &mut Session,
    host: HostId,
    ns: NamespaceId,
    label: &str,
    style: Style,
    marks: &Marks,
) -> Vec<Line> {
    let links = session.player.world.sys_in(host, ns, "screen", |sys| sys.links());
    let mark = match marks.at(host, ns) {
        Some(letter) => Piece::new(format!("●{letter} "), Style::Ask),
        None => Piece::new("   ", Style::Plain),
    };
    let mut lines = Vec::new();
    if !label.is_empty() {
        lines.push(vec![mark.clone(), Piece::new(label.to_owned(), style)]);
    }
    for link in links {
        if matches!(link.kind, KindView::Loopback) {
            continue;
        }
        // Ports of bridges are many, and their names say little.
        if link.master.is_some() && matches!(link.kind, KindView::Veth) {
            continue;
        }
        let first = label.is_empty() && lines.is_empty();
        let lead = if first { mark.clone() } else { Piece::new("   ", Style::Plain) };
        let state = if link.up && link.carrier { "" } else { " ✗" };
        let addresses: Vec<String> =
            link.addrs.iter().map(|a| format!("{}/{}", a.local, a.prefix_len)).collect();
        let indent = if label.is_empty() { "" } else { " " };
        lines.push(vec![
            lead,
            Piece::new(format!("{indent}{}{state} ", link.name), Style::Plain),
            Piece::new(addresses.join(" "), Style::Code),
        ]);
    }
    if lines.is_empty() {
        lines.push(vec![mark]);
    }
    lines
}
