//! Everything in its place: machines in columns, LAN segments as trunks between them; and the way along
//! the lines from one device to another.

use std::collections::{BTreeMap, BTreeSet};

use netsim_sim::kernel::LinkId;
use netsim_sim::trace::HostId;
use netsim_sim::world::plan::Plan;
use ratatui::layout::Rect;

use super::block::{Block, Lane, Marks};
use super::canvas::Canvas;
use super::{Object, Zoom};
use crate::text::{Style, line_width, width};

/// A device, wherever it is.
pub type Key = (HostId, LinkId);

/// Where a device is on a line: its row and the column at which its text ends or begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Anchor {
    x: usize,
    y: usize,
}

/// Devices that one vertical line joins.
#[derive(Debug, Clone, Default)]
struct Net {
    x: usize,
    members: BTreeSet<Key>,
}

/// The map.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The picture without packets.
    pub canvas: Canvas,
    /// What can be chosen, in the order in which it is read, with its place.
    pub objects: Vec<(Object, Rect)>,
    anchors: BTreeMap<Key, Anchor>,
    nets: Vec<Net>,
}

/// Where a block stands.
struct Place {
    x: usize,
    y: usize,
    width: usize,
    /// Whether its lanes are at its left.
    is_mirrored: bool,
}

/// On which side each machine is, and in which row.
struct Sides {
    places: Vec<(usize, usize)>,
    widths: Vec<usize>,
    height: usize,
}

impl Sides {
    /// Puts each machine where most room is left.
    fn new(blocks: &[Block], count: usize) -> Sides {
        let mut heights = vec![0; count];
        let mut widths = vec![0; count];
        let mut places = Vec::new();
        for block in blocks {
            let side = (0..count).min_by_key(|side| heights[*side]).unwrap_or(0);
            places.push((side, heights[side]));
            heights[side] += block.rows.len() + 2;
            widths[side] = widths[side].max(block.text_width() + block.lanes_width() + 4);
        }
        Sides { places, widths, height: heights.into_iter().max().unwrap_or(0) }
    }
}

impl Scene {
    /// Draws a plan for a pane of so many columns.
    pub fn new(plan: &Plan, zoom: Zoom, columns: usize, marks: &dyn Marks) -> Scene {
        // Where one works comes first: routers are only looked at.
        let routers_last = [false, true].into_iter().flat_map(|is_router| {
            plan.machines.iter().filter(move |machine| machine.is_router == is_router)
        });
        let blocks: Vec<Block> =
            routers_last.map(|machine| Block::new(machine, zoom, marks)).collect();
        let trunks = trunks(plan, &blocks);
        let label = trunks.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        let trunk_width = (trunks.len() * 2 + 2).max(label + 3);
        let two = Sides::new(&blocks, 2);
        let fits = blocks.len() > 1 && two.widths.iter().sum::<usize>() + trunk_width <= columns;
        let sides = if fits { two } else { Sides::new(&blocks, 1) };
        let widest = sides.widths[0];
        // The name of the last segment stands beside the first machine.
        let top = trunks.len().saturating_sub(1);
        let place = |(side, y): &(usize, usize)| Place {
            x: side * (widest + trunk_width),
            y: y + top,
            width: sides.widths[*side],
            is_mirrored: *side == 1,
        };
        let places: Vec<Place> = sides.places.iter().map(place).collect();
        let rows = sides.height + top;
        let total = sides.widths.iter().sum::<usize>() + trunk_width;
        let mut scene = Scene { canvas: Canvas::new(total, rows), ..Scene::default() };
        for (block, place) in blocks.iter().zip(&places) {
            scene.block(block, place);
        }
        for (n, (name, ends)) in trunks.iter().enumerate() {
            scene.trunk(widest + 1 + n * 2, n, name, ends, &places, &blocks);
        }
        scene
    }

    fn block(&mut self, block: &Block, place: &Place) {
        let Place { x, y, width: wide, is_mirrored } = *place;
        let (right, bottom) = (x + wide - 1, y + block.rows.len() + 1);
        for column in x + 1..right {
            self.canvas.put(column, y, '─', Style::Dim);
            self.canvas.put(column, bottom, '─', Style::Dim);
        }
        for row in y + 1..bottom {
            self.canvas.put(x, row, '│', Style::Dim);
            self.canvas.put(right, row, '│', Style::Dim);
        }
        let corners = [(x, y, '┌'), (right, y, '┐'), (x, bottom, '└'), (right, bottom, '┘')];
        for (column, row, corner) in corners {
            self.canvas.put(column, row, corner, Style::Dim);
        }
        let mut at = self.canvas.write(x + 1, y, " ", Style::Plain);
        for piece in &block.title {
            at = self.canvas.write(at, y, &piece.text, piece.style);
        }
        self.canvas.write(at, y, " ", Style::Plain);
        let title = Rect::new(x as u16 + 2, y as u16, (at - x - 2) as u16, 1);
        self.objects.push((Object::Machine(block.host), title));
        let lanes_width = block.lanes_width();
        let text_x = if is_mirrored { x + 2 + lanes_width } else { x + 2 };
        for (n, row) in block.rows.iter().enumerate() {
            let mut at = text_x;
            for piece in &row.line {
                at = self.canvas.write(at, y + 1 + n, &piece.text, piece.style);
            }
            let len = (at - text_x).max(1);
            let rect = Rect::new(text_x as u16, (y + 1 + n) as u16, len as u16, 1);
            self.objects.push((row.object, rect));
        }
        // Where the text of each row ends, at the side of the lanes.
        let edges: Vec<usize> = block
            .rows
            .iter()
            .map(|row| if is_mirrored { text_x - 1 } else { text_x + line_width(&row.line) })
            .collect();
        for (link, row) in &block.places {
            let anchor = Anchor { x: edges[*row], y: y + 1 + row };
            self.anchors.insert((block.host, *link), anchor);
        }
        for lane in &block.lanes {
            let lane_x = match is_mirrored {
                true => x + lanes_width - lane.column * 2,
                false => x + wide - 2 - lanes_width + lane.column * 2 + 1,
            };
            self.lane(block, lane, lane_x, y + 1, &edges);
        }
    }

    fn lane(&mut self, block: &Block, lane: &Lane, x: usize, top: usize, edges: &[usize]) {
        let style = if lane.is_tunnel { Style::Wrapping } else { Style::Code };
        let rows: Vec<usize> = lane.rows.iter().map(|row| top + row).collect();
        self.vertical(x, &rows, lane.is_tunnel, style);
        for row in &lane.rows {
            self.horizontal(edges[*row], x, top + row, style);
        }
        let is_member = |row: &usize| lane.rows.binary_search(row).is_ok();
        let members = block.places.iter().filter(|(_, row)| is_member(row));
        let members = members.map(|(link, _)| (block.host, *link)).collect();
        self.nets.push(Net { x, members });
    }

    /// A vertical line with joints at some rows.
    fn vertical(&mut self, x: usize, rows: &[usize], is_double: bool, style: Style) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        for row in *first..=*last {
            let char = match () {
                () if rows.binary_search(&row).is_ok() => '●',
                () if is_double => '║',
                () => '│',
            };
            self.canvas.put(x, row, char, style);
        }
    }

    /// A horizontal line up to a vertical one; lines that it crosses stay whole.
    fn horizontal(&mut self, from: usize, to: usize, row: usize, style: Style) {
        let range = if from <= to { from..to } else { to + 1..from + 1 };
        for x in range {
            match self.canvas.at(x, row) {
                Some(' ') => self.canvas.put(x, row, '─', style),
                Some('│') if self.is_border(x) => self.canvas.put(x, row, '┼', style),
                _ => {}
            }
        }
    }

    fn is_border(&self, x: usize) -> bool {
        self.nets.iter().all(|net| net.x != x)
    }

    /// A LAN segment between the machines.
    fn trunk(
        &mut self,
        x: usize,
        top: usize,
        name: &str,
        ends: &[(usize, usize, LinkId, Key)],
        places: &[Place],
        blocks: &[Block],
    ) {
        let mut rows: Vec<usize> = ends.iter().map(|(n, row, ..)| places[*n].y + 1 + row).collect();
        rows.push(top);
        rows.sort_unstable();
        rows.dedup();
        self.vertical(x, &rows, false, Style::Heading);
        self.canvas.put(x, top, '┬', Style::Heading);
        self.canvas.write(x + 1, top, name, Style::Heading);
        let mut net = Net { x, members: BTreeSet::new() };
        for (n, row, link, port) in ends {
            let own = (blocks[*n].host, *link);
            let y = places[*n].y + 1 + row;
            if let Some(anchor) = self.anchors.get(&own).copied() {
                self.horizontal(anchor.x, x, y, Style::Heading);
            }
            self.anchors.entry(*port).or_insert(Anchor { x, y });
            net.members.extend([own, *port]);
        }
        self.nets.push(net);
    }

    /// The way of a packet from one device to another along a line that joins them.
    pub fn path(&self, from: Key, to: Key) -> Option<Vec<(usize, usize)>> {
        let (a, b) = (*self.anchors.get(&from)?, *self.anchors.get(&to)?);
        let joins = |net: &&Net| net.members.contains(&from) && net.members.contains(&to);
        let net = self.nets.iter().find(joins)?;
        let mut path = Vec::new();
        let between = |a: usize, b: usize| -> Vec<usize> {
            if a <= b { (a..=b).collect() } else { (b..=a).rev().collect() }
        };
        path.extend(between(a.x, net.x).into_iter().map(|x| (x, a.y)));
        path.extend(between(a.y, b.y).into_iter().map(|y| (net.x, y)));
        path.extend(between(net.x, b.x).into_iter().map(|x| (x, b.y)));
        path.dedup();
        Some(path)
    }

    /// Where a device is.
    pub fn place_of(&self, key: Key) -> Option<(usize, usize)> {
        self.anchors.get(&key).map(|anchor| (anchor.x, anchor.y))
    }
}

/// The segments with their names; of each card on it: block, row, device, and the port at the other end.
type Trunks = Vec<(String, Vec<(usize, usize, LinkId, Key)>)>;

fn trunks(plan: &Plan, blocks: &[Block]) -> Trunks {
    let mut trunks: BTreeMap<HostId, Vec<(usize, usize, LinkId, Key)>> = BTreeMap::new();
    let mut direct: Trunks = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        for (row, other, port) in &block.cables {
            let own = block.places.iter().find(|(_, place)| *place == row).map(|(link, _)| *link);
            let Some(own) = own else { continue };
            if plan.segments.iter().any(|segment| segment.host == *other) {
                trunks.entry(*other).or_default().push((n, *row, own, (*other, *port)));
            } else if block.host < *other {
                // A cable from machine to machine is a trunk of its own.
                let there = blocks.iter().position(|block| block.host == *other);
                let Some(there) = there else { continue };
                let Some(far) = blocks[there].places.get(port) else { continue };
                let key = (block.host, own);
                let ends = vec![(n, *row, own, (*other, *port)), (there, *far, *port, key)];
                direct.push((String::new(), ends));
            }
        }
    }
    let named = plan.segments.iter().filter_map(|segment| {
        let ends = trunks.remove(&segment.host)?;
        Some((segment.name.clone(), ends))
    });
    named.chain(direct).collect()
}
