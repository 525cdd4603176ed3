//! The strip of time: what happened when, from left to right, the traffic of control and of data in lanes
//! of their own. A column is a number of records, not of seconds: bursts are wide, waiting is not.

use netsim_sim::kernel::Step;
use netsim_sim::trace::Trace;
use netsim_sim::trace::packets::Packets as Index;
use netsim_sim::wire::Protocol;

use crate::text::words::Lang;
use crate::text::{Line, Piece, Style, width};
use crate::ui::session::Session;

/// Records that the strip shows at most: the last ones.
const LONGEST: u64 = 20_000;

/// What a lane has in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// Nothing.
    Nothing,
    /// A packet of this kind.
    Packet(Protocol),
    /// A packet was lost.
    Lost,
}

/// The strip.
#[derive(Default)]
pub struct Strip {
    /// The first record, and the one behind the last.
    from: u64,
    to: u64,
    control: Vec<Mark>,
    data: Vec<Mark>,
}

impl Strip {
    /// Reads the records since the last command, or the last ones, for so many columns.
    pub fn update(&mut self, session: &Session, index: &Index, columns: usize) {
        let trace = &session.world().trace;
        let to = trace.next_seq();
        let since = session.latest.map_or(0, |latest| latest.since);
        let from = since.max(to.saturating_sub(LONGEST)).max(trace.first_seq());
        let is_same = (self.from, self.to, self.data.len()) == (from, to, columns);
        if !is_same {
            (self.from, self.to) = (from, to);
            self.read(trace, index, columns);
        }
    }

    fn read(&mut self, trace: &Trace, index: &Index, columns: usize) {
        self.control = vec![Mark::Nothing; columns];
        self.data = vec![Mark::Nothing; columns];
        for (seq, record) in trace.since(self.from) {
            let Some(view) = index.get(record.note.packet) else { continue };
            let Some(protocol) = view.protocol else { continue };
            let mark = match record.note.step {
                Step::Dropped(_) if view.is_lost() => Mark::Lost,
                _ if view.was_wrapped && !protocol.is_control() => Mark::Packet(protocol),
                _ => Mark::Packet(protocol),
            };
            let column = self.column_of(seq);
            let lane = if protocol.is_control() { &mut self.control } else { &mut self.data };
            if let Some(there) = lane.get_mut(column) {
                *there = (*there).max(mark);
            }
        }
    }

    /// How many columns it has.
    pub fn columns(&self) -> usize {
        self.data.len()
    }

    fn span(&self) -> u64 {
        (self.to - self.from).max(1)
    }

    /// The column in which a record is.
    fn column_of(&self, seq: u64) -> usize {
        let columns = self.columns().max(1) as u64;
        // Few records: each has its column.
        let span = self.span().max(columns);
        (seq.saturating_sub(self.from) * columns / span) as usize
    }

    /// The record behind the last one of a column.
    pub fn record_at(&self, column: usize) -> u64 {
        let columns = self.columns().max(1) as u64;
        let span = self.span().max(columns);
        let last = self.to.max(self.from + 1);
        (self.from + ((column as u64 + 1) * span).div_ceil(columns)).clamp(self.from + 1, last)
    }

    /// A record so many columns away.
    pub fn beside(&self, seq: u64, by: isize) -> u64 {
        let column = self.column_of(seq.saturating_sub(1)).saturating_add_signed(by);
        self.record_at(column)
    }

    /// The columns in front of the lanes, for their names.
    pub fn lead(lang: Lang) -> usize {
        names(lang).into_iter().map(width).max().unwrap_or(0) + 1
    }

    /// The lanes as lines, with the moment at which one looks.
    pub fn lines(&self, session: &Session, lang: Lang) -> Vec<Line> {
        let (names, lead) = (names(lang), Strip::lead(lang));
        let at = session.looking.map(|seq| self.column_of(seq.saturating_sub(1)));
        let lanes = names.into_iter().zip([&self.control, &self.data]);
        let lines = lanes.map(|(name, lane)| {
            let pad = " ".repeat(lead - width(name));
            let mut line = vec![Piece::new(format!("{name}{pad}"), Style::Dim)];
            for (n, mark) in lane.iter().enumerate() {
                let (char, style) = match mark {
                    Mark::Nothing => ('·', Style::Dim),
                    Mark::Packet(protocol) => (protocol.letter(), Style::Lane(*protocol)),
                    Mark::Lost => ('✗', Style::Bad),
                };
                let is_here = Some(n) == at;
                let char = if is_here && *mark == Mark::Nothing { '┃' } else { char };
                line.push(Piece::new(char, if is_here { Style::Chosen } else { style }));
            }
            line
        });
        lines.collect()
    }
}

/// The names of the lanes.
fn names(lang: Lang) -> [&'static str; 2] {
    [lang.say("control", "控制"), lang.say("data", "数据")]
}
