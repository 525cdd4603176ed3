//! Packets on their way: where each was seen last, and from where it came there.

use std::collections::BTreeMap;

use netsim_sim::kernel::Direction;
use netsim_sim::trace::{HostId, Seen};
use netsim_sim::wire::{PacketId, Protocol};
use netsim_sim::world::plan::{Joint, Plan};

use super::canvas::Canvas;
use super::scene::{Key, Scene};
use crate::text::Style;

/// Pictures that a hop takes.
const HOP: u16 = 9;
/// Pictures for which a packet stays where it arrived.
const STAYS: u16 = 8;
/// Packets that are drawn at most.
const DRAWN: usize = 200;

/// A hop of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    from: Option<Key>,
    to: Key,
    protocol: Protocol,
    inside: Option<Protocol>,
    /// Pictures since it happened.
    age: u16,
}

/// All packets on their way.
#[derive(Default)]
pub struct Motion {
    /// The last hops of each packet: of a flooded one, several.
    hops: BTreeMap<(PacketId, Key), Hop>,
    /// Where each packet entered a machine.
    entries: BTreeMap<(PacketId, HostId), Key>,
}

impl Motion {
    /// A picture later. Where time stands still, packets stay where they are.
    pub fn age(&mut self, stands: bool) {
        for hop in self.hops.values_mut() {
            hop.age = if stands { (hop.age + 1).min(HOP) } else { hop.age + 1 };
        }
        self.hops.retain(|_, hop| hop.age <= HOP + STAYS);
        if self.hops.is_empty() {
            self.entries.clear();
        }
    }

    /// Nothing is on its way.
    pub fn clear(&mut self) {
        self.hops.clear();
        self.entries.clear();
    }

    /// Whether a packet has not yet come to where it was seen last.
    pub fn is_moving(&self) -> bool {
        self.hops.values().any(|hop| hop.age < HOP)
    }

    /// A frame was seen at a device.
    pub fn see(&mut self, seen: &Seen, joints: &BTreeMap<Key, Joint>) {
        let packet = seen.frame.packet;
        let to = (seen.host, seen.link);
        let last = self.entries.get(&(packet, seen.host)).copied();
        let from = match (seen.direction, joints.get(&to)) {
            (Direction::In, Some(Joint::Peer(peer))) => Some((seen.host, *peer)),
            (Direction::In, Some(Joint::Cable(_, end))) => {
                // Through a switch it came from the port where it had entered.
                let entry = self.entries.get(&(packet, end.host)).copied();
                Some(entry.unwrap_or((end.host, end.link)))
            }
            _ => last.filter(|key| *key != to),
        };
        if let Some(from) = from {
            self.hops.remove(&(packet, from));
        }
        if let Some(last) = last {
            self.hops.remove(&(packet, last));
        }
        self.entries.insert((packet, seen.host), to);
        let bytes = &seen.frame.bytes;
        let (protocol, inside) = (Protocol::of(bytes), Protocol::inside(bytes));
        self.hops.insert((packet, to), Hop { from, to, protocol, inside, age: 0 });
    }

    /// Draws them on the map.
    pub fn draw(&self, scene: &Scene, canvas: &mut Canvas) {
        // What is wrapped is wider, and hides the others.
        let (wrapped, plain): (Vec<&Hop>, Vec<&Hop>) =
            self.hops.values().rev().take(DRAWN).partition(|hop| hop.inside.is_some());
        for hop in plain.into_iter().chain(wrapped) {
            let path = hop.from.and_then(|from| scene.path(from, hop.to));
            let place = match path {
                Some(path) if !path.is_empty() => {
                    let last = path.len() - 1;
                    let at = last * usize::from(hop.age.min(HOP)) / usize::from(HOP);
                    Some(path[at])
                }
                _ => scene.place_of(hop.to),
            };
            let Some((x, y)) = place else { continue };
            match hop.inside {
                // What is wrapped looks wrapped.
                Some(inside) => {
                    let x = beside_words(canvas, x, y);
                    canvas.put(x - 1, y, '[', Style::Wrapping);
                    canvas.put(x, y, inside.letter(), Style::Protocol(Protocol::Vxlan));
                    canvas.put(x + 1, y, ']', Style::Wrapping);
                }
                None => canvas.put(x, y, hop.protocol.letter(), Style::Protocol(hop.protocol)),
            }
        }
    }
}

/// Where three characters hide no word: at the place, or beside it.
fn beside_words(canvas: &Canvas, x: usize, y: usize) -> usize {
    let is_word = |x: usize| canvas.at(x, y).is_none_or(|char| char.is_alphanumeric());
    let x = x.max(1);
    match (is_word(x - 1), is_word(x + 1)) {
        (true, false) => x + 1,
        (false, true) if x > 1 => x - 1,
        _ => x,
    }
}

/// What each device of a plan hangs on.
pub fn joints(plan: &Plan) -> BTreeMap<Key, Joint> {
    let spaces = plan.machines.iter().flat_map(|it| it.spaces.iter().map(move |s| (it.host, s)));
    let devices = spaces.flat_map(|(host, space)| space.devices.iter().map(move |d| (host, d)));
    devices.map(|(host, device)| ((host, device.link), device.joint)).collect()
}
