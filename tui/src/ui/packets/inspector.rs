//! The bytes of a frame: the tree of its fields with values and meaning, beside the hex dump. The chosen
//! field and its bytes are marked in both; what differs from the frame beside it, too.

use netsim_sim::wire::dissect::{Field, Header};

use super::way::{Passed, Way, counterpart};
use crate::text::words::Lang;
use crate::text::{Line, Piece, Style, fields, width};

/// Bytes in a row of the dump.
pub const ROW: usize = 16;
/// Columns of the dump: offset, bytes, characters.
pub const DUMP: usize = 6 + ROW * 3 + 1 + ROW;

/// Where one is in the bytes.
#[derive(Default)]
pub struct Inspector {
    /// Which frame of the way.
    pub frame: usize,
    /// The frame that it is compared with; the one before if nobody says.
    pub beside: Option<usize>,
    /// Which byte is chosen.
    pub byte: usize,
    /// Lines of the tree that are scrolled away above.
    pub scroll: usize,
    /// Whether the next picture brings the chosen field into view.
    follows: bool,
}

impl Inspector {
    /// Another packet.
    pub fn begin(&mut self, _way: &Way) {
        *self = Inspector::default();
    }

    /// Goes along the way of the packet. The field that was chosen stays chosen.
    pub fn move_frame(&mut self, by: isize, way: &Way) {
        let field = self.field(way).map(|(header, field)| (header.clone(), field.clone()));
        let last = way.frames.len().saturating_sub(1);
        let old = self.frame.min(last);
        self.frame = old.saturating_add_signed(by).min(last);
        if let (Some((header, field)), Some(from), Some(to)) =
            (field, way.frames.get(old), way.frames.get(self.frame))
            && let Some(there) = counterpart(&header, &from.headers, &to.headers)
        {
            self.byte = there.start + (field.start - header.start);
        }
        self.follows = true;
    }

    /// Shows the frame of a stop.
    pub fn show_frame(&mut self, n: usize) {
        self.frame = n;
        self.follows = true;
    }

    /// Compares with the frame that is shown now, wherever one goes; or with the one before again.
    pub fn toggle_beside(&mut self) {
        self.beside = match self.beside {
            Some(_) => None,
            None => Some(self.frame),
        };
    }

    /// The frame with which it is compared.
    pub fn compared<'a>(&self, way: &'a Way) -> Option<&'a Passed> {
        let other = self.beside.or_else(|| self.frame.checked_sub(1))?;
        way.frames.get(other).filter(|_| other != self.frame)
    }

    /// The field in which the chosen byte is.
    fn field<'a>(&self, way: &'a Way) -> Option<(&'a Header, &'a Field)> {
        let passed = way.frames.get(self.frame)?;
        let fields = passed.headers.iter().flat_map(|it| it.fields.iter().map(move |f| (it, f)));
        fields
            .into_iter()
            .find(|(_, field)| field.start <= self.byte && self.byte < field.start + field.len)
    }

    /// Chooses the next field or the one before.
    pub fn move_field(&mut self, by: isize, way: &Way) {
        let Some(passed) = way.frames.get(self.frame) else { return };
        let mut starts: Vec<usize> = Vec::new();
        for header in &passed.headers {
            match header.fields.is_empty() {
                true => starts.push(header.start),
                false => starts.extend(header.fields.iter().map(|field| field.start)),
            }
        }
        let at = starts.iter().rposition(|start| *start <= self.byte).unwrap_or(0);
        let next = at.saturating_add_signed(by).min(starts.len().saturating_sub(1));
        self.byte = starts.get(next).copied().unwrap_or(0);
        self.follows = true;
    }

    /// Chooses the next byte or the one before.
    pub fn move_byte(&mut self, by: isize, way: &Way) {
        let len = way.frames.get(self.frame).map_or(0, |passed| passed.bytes.len());
        self.byte = self.byte.saturating_add_signed(by).min(len.saturating_sub(1));
        self.follows = true;
    }

    /// Chooses a byte.
    pub fn choose_byte(&mut self, n: usize) {
        self.byte = n;
        self.follows = true;
    }

    /// The bytes that are marked: those of the chosen field, or of the data.
    fn marked(&self, passed: &Passed) -> (usize, usize) {
        let within = |start: usize, len: usize| start <= self.byte && self.byte < start + len;
        for header in &passed.headers {
            let fields = header.fields.iter().map(|it| (it.start, it.len));
            let data = header.fields.is_empty().then_some((header.start, header.len));
            for (start, len) in fields.chain(data) {
                if within(start, len) {
                    return (start, start + len);
                }
            }
        }
        (self.byte, self.byte + 1)
    }

    /// Where the frame is, and with which one it is compared.
    pub fn head(&self, way: &Way, lang: Lang) -> Line {
        let Some(passed) = way.frames.get(self.frame) else { return Line::new() };
        let mut line = vec![
            Piece::new(format!("{}/{} ", self.frame + 1, way.frames.len()), Style::Dim),
            Piece::new(passed.place.clone(), Style::Strong),
            Piece::new(
                format!("  {} {}", passed.bytes.len(), lang.say("bytes", "字节")),
                Style::Plain,
            ),
            Piece::new(format!("  {}", passed.at), Style::Dim),
        ];
        if let Some(other) = self.compared(way) {
            let text = lang.say("  » differs from ", "  » 对比 ");
            line.push(Piece::new(text, Style::Ask));
            line.push(Piece::new(other.place.clone(), Style::Ask));
        }
        line
    }

    /// The tree, scrolled so that the chosen field is seen.
    pub fn tree(&mut self, way: &Way, lang: Lang, rows: usize) -> Vec<(Line, usize)> {
        let Some(passed) = way.frames.get(self.frame) else { return Vec::new() };
        let (from, _) = self.marked(passed);
        let before = self.compared(way);
        let mut lines: Vec<(Line, usize)> = Vec::new();
        let mut chosen = 0;
        for header in &passed.headers {
            let indent = "  ".repeat(header.depth);
            let old = before.and_then(|it| counterpart(header, &passed.headers, &it.headers));
            let is_new = before.is_some() && old.is_none();
            let mark = if is_new { "» " } else { "▾ " };
            let is_chosen = header.fields.is_empty() && header.start == from;
            if is_chosen {
                chosen = lines.len();
            }
            let style = match is_new {
                _ if is_chosen => Style::Chosen,
                _ if header.start < passed.wrapping() => Style::Wrapping,
                _ => Style::Heading,
            };
            let title = vec![
                Piece::new(format!("{indent}{mark}"), Style::Ask),
                Piece::new(format!("{} {}", fields::header(header, lang), header.len), style),
                Piece::new(format!("  {}", fields::gist(&header.gist, lang)), Style::Dim),
            ];
            lines.push((title, header.start));
            for field in &header.fields {
                let was = old.and_then(|old| {
                    let same = |it: &&Field| {
                        it.name == field.name && it.start - old.start == field.start - header.start
                    };
                    old.fields.iter().find(same).filter(|it| it.value != field.value)
                });
                if field.start == from {
                    chosen = lines.len();
                }
                let line = field_line(field, &indent, was, field.start == from, lang);
                lines.push((line, field.start));
            }
        }
        if self.follows {
            let lowest = (chosen + 1).saturating_sub(rows);
            self.scroll = self.scroll.clamp(lowest, chosen.max(lowest));
            self.follows = false;
        }
        self.scroll = self.scroll.min(lines.len().saturating_sub(rows));
        lines.into_iter().skip(self.scroll).take(rows).collect()
    }

    /// The dump, with the rows around the chosen byte, and the first byte of the first row.
    pub fn dump(&self, way: &Way, rows: usize) -> (Vec<Line>, usize) {
        let Some(passed) = way.frames.get(self.frame) else { return (Vec::new(), 0) };
        let (from, to) = self.marked(passed);
        let before = self.compared(way);
        let shift = before.map_or(0, |it| it.wrapping() as isize - passed.wrapping() as isize);
        let differs = |at: usize| {
            before.is_some_and(|it| {
                let there = at.checked_add_signed(shift).and_then(|at| it.bytes.get(at));
                there != passed.bytes.get(at)
            })
        };
        let count = passed.bytes.len().div_ceil(ROW);
        let first = (from / ROW).saturating_sub(rows / 2).min(count.saturating_sub(rows));
        let shown = passed.bytes.chunks(ROW).enumerate().skip(first).take(rows);
        let lines = shown
            .map(|(n, row)| {
                let style = |at: usize| match () {
                    () if from <= at && at < to => Style::Chosen,
                    () if differs(at) => Style::Bad,
                    () if at < passed.wrapping() => Style::Wrapping,
                    () => Style::Code,
                };
                let mut line = vec![Piece::new(format!("{:04x}  ", n * ROW), Style::Dim)];
                for (k, byte) in row.iter().enumerate() {
                    let at = n * ROW + k;
                    line.push(Piece::new(format!("{byte:02x}"), style(at)));
                    let joined = from <= at && at + 1 < to && k + 1 < row.len();
                    line.push(Piece::new(" ", if joined { Style::Chosen } else { Style::Plain }));
                }
                line.push(Piece::new("   ".repeat(ROW - row.len()) + " ", Style::Plain));
                for (k, byte) in row.iter().enumerate() {
                    let c = if byte.is_ascii_graphic() { char::from(*byte) } else { '.' };
                    let at = n * ROW + k;
                    let look = if from <= at && at < to { Style::Chosen } else { Style::Dim };
                    line.push(Piece::new(c.to_string(), look));
                }
                line
            })
            .collect();
        (lines, first * ROW)
    }
}

/// The byte at a column of a row of the dump, counted from the beginning of the row.
pub fn byte_at(column: usize) -> Option<usize> {
    let byte = column.checked_sub(6)? / 3;
    (byte < ROW).then_some(byte)
}

fn field_line(
    field: &Field,
    indent: &str,
    was: Option<&Field>,
    is_chosen: bool,
    lang: Lang,
) -> Line {
    const NAME: usize = 18;
    let (mark, style) = match was {
        Some(_) => ("» ", Style::Strong),
        None => ("  ", Style::Plain),
    };
    let name = fields::name(field.name, lang);
    let name = format!("{name}{}", " ".repeat(NAME.saturating_sub(width(name))));
    let mut line = vec![
        Piece::new(format!("{indent}  {mark}"), Style::Ask),
        Piece::new(name, if is_chosen { Style::Chosen } else { Style::Dim }),
        Piece::new(format!(" {}", field.value), style),
    ];
    if let Some(meaning) = field.meaning {
        let text = format!("  {}", fields::meaning(meaning, lang));
        line.push(Piece::new(text, Style::Emphasis));
    }
    if let Some(was) = was {
        line.push(Piece::new(format!("  ⟵ {}", was.value), Style::Bad));
    }
    line
}
