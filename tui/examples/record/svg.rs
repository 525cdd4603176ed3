//! A terminal's screen as SVG. Each run of cells says how wide it is, so that no font shifts columns.

use vt100::{Cell, Color, Screen};

/// Width and height of a cell, and where letters stand in it.
const CELL: (f32, f32) = (8.4, 17.0);
const BASE: f32 = 13.0;

/// Around the screen.
const MARGIN: f32 = 10.0;

const GROUND: &str = "#1c1e22";
const TEXT: &str = "#d6d8dc";

/// The sixteen colours that terminals have names for.
const NAMED: [&str; 16] = [
    "#2a2d33", "#e0605e", "#5fb878", "#e0b84f", "#5b9bd8", "#b481d0", "#4fb3bf", "#d6d8dc",
    "#777c86", "#f07f7d", "#7fd396", "#f2d06b", "#7db7ee", "#d0a0ea", "#74d0db", "#ffffff",
];

/// How a cell looks.
#[derive(Clone, PartialEq)]
struct Look {
    text: String,
    ground: String,
    is_bold: bool,
    is_italic: bool,
}

/// Draws it.
pub fn picture(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) =
        (f32::from(columns) * CELL.0 + 2.0 * MARGIN, f32::from(rows) * CELL.1 + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK SC, monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column += run(screen, row, column, columns, &mut out);
        }
    }
    out += "</svg>\n";
    out
}

/// Draws the cells from here on that look alike; how many they are.
fn run(screen: &Screen, row: u16, from: u16, columns: u16, out: &mut String) -> u16 {
    let Some(first) = screen.cell(row, from) else { return 1 };
    let look = look(first);
    let mut text = String::new();
    let mut count = 0;
    while let Some(cell) = screen.cell(row, from + count).filter(|_| from + count < columns) {
        if self::look(cell) != look {
            break;
        }
        text += match cell.contents() {
            _ if cell.is_wide_continuation() => "",
            "" => " ",
            letters => letters,
        };
        count += 1;
    }
    let (x, y) = (MARGIN + f32::from(from) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let wide = f32::from(count) * CELL.0;
    if look.ground != GROUND {
        let (ground, high) = (&look.ground, CELL.1);
        *out += &format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high}\" fill=\"{ground}\"/>\n"
        );
    }
    if !text.trim().is_empty() {
        let bold = if look.is_bold { " font-weight=\"bold\"" } else { "" };
        let italic = if look.is_italic { " font-style=\"italic\"" } else { "" };
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        *out += &format!(
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
             fill=\"{}\"{bold}{italic}>{escaped}</text>\n",
            y + BASE,
            look.text,
        );
    }
    count.max(1)
}

fn look(cell: &Cell) -> Look {
    let (text, ground) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), GROUND));
    let (text, ground) = if cell.inverse() { (ground, text) } else { (text, ground) };
    Look { text, ground, is_bold: cell.bold(), is_italic: cell.italic() }
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Idx(n @ 0..16) => NAMED[usize::from(n)].to_owned(),
        Color::Idx(n @ 232..) => {
            let grey = 8 + 10 * (n - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Idx(n) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}
