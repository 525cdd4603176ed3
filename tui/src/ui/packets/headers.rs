//! The headers of a packet at each device that it passed, one row a frame. What is inside stands below
//! what is inside, so that a tunnel's 50 bytes stick out at the left.

use netsim_sim::kernel::Direction;
use netsim_sim::wire::dissect::Header;

use super::way::{Passed, Way};
use crate::text::words::Lang;
use crate::text::{Line, Piece, Style, fields, line_width, width};

/// The headers of one frame as boxes: those around the innermost frame, and the rest.
pub fn boxes(headers: &[Header], lang: Lang) -> (Line, Line) {
    let deepest = headers.iter().map(|header| header.depth).max().unwrap_or(0);
    let mut outer = Line::new();
    let mut inner = Line::new();
    for header in headers {
        let (line, style) = match header.depth < deepest {
            true => (&mut outer, Style::Wrapping),
            false if header.is_data() => (&mut inner, Style::Dim),
            false => (&mut inner, Style::Code),
        };
        line.push(Piece::new(format!("▏{} {}", short(header, lang), header.len), style));
    }
    (outer, inner)
}

/// Names that fit into a box.
fn short(header: &Header, lang: Lang) -> &'static str {
    if header.name == "Ethernet" { "Eth" } else { fields::header(header, lang) }
}

/// All frames, below each other. `marked` is the one that the inspector shows.
pub fn lines(way: &Way, marked: usize, lang: Lang) -> Vec<Line> {
    let boxed: Vec<(Line, Line)> = way.frames.iter().map(|it| boxes(&it.headers, lang)).collect();
    let wrapped = boxed.iter().map(|(outer, _)| line_width(outer)).max().unwrap_or(0);
    let longest = way.frames.iter().map(|passed| width(&device(passed))).max().unwrap_or(0);
    let rows = way.frames.iter().zip(boxed).enumerate();
    let mut lines: Vec<Line> = rows
        .map(|(n, (passed, (outer, inner)))| {
            let place = device(passed);
            let pad = " ".repeat(longest - width(&place));
            let style = if n == marked { Style::Chosen } else { Style::Plain };
            let mut line = vec![Piece::new(format!("{place}{pad}"), style)];
            let bytes = passed.bytes.len();
            line.push(Piece::new(format!(" {bytes:>5} "), Style::Strong));
            line.push(Piece::new(" ".repeat(wrapped - line_width(&outer)), Style::Plain));
            line.extend(outer);
            line.extend(inner);
            line
        })
        .collect();
    lines.extend(way.frames.iter().max_by_key(|it| it.wrapping()).and_then(|it| sum(it, lang)));
    lines
}

/// What a tunnel puts around the frame, header by header; `None` if nothing does.
fn sum(passed: &Passed, lang: Lang) -> Option<Line> {
    let around = passed.wrapping();
    let outer = passed.headers.iter().filter(|header| header.start < around);
    let parts: Vec<String> =
        outer.map(|header| format!("{} {}", short(header, lang), header.len)).collect();
    let text = match lang {
        Lang::En => format!("{around} bytes around it: {}", parts.join(" + ")),
        Lang::Zh => format!("外层 {around} 字节:{}", parts.join(" + ")),
    };
    (around > 0).then(|| vec![Piece::new(text, Style::Wrapping)])
}

/// The device of a frame, with an arrow into it or out of it.
fn device(passed: &Passed) -> String {
    let place = &passed.place;
    match passed.direction {
        Direction::In => format!("→ {place}"),
        Direction::Out => format!("{place} →"),
    }
}
