//! Lines, arrows and marks in ASCII, for terminals and fonts that have nothing else.

use ratatui::buffer::Buffer;

/// Replaces what only draws. Words stay as they are, Chinese ones too.
pub fn flatten(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut letters = cell.symbol().chars();
        if let (Some(c), None) = (letters.next(), letters.next())
            && let Some(plain) = plain(c)
        {
            cell.set_char(plain);
        }
    }
}

/// The ASCII character for one that draws.
fn plain(c: char) -> Option<char> {
    Some(match c {
        '─' | '━' | '╌' | '┄' | '╴' | '╶' | '╾' | '╼' => '-',
        '═' => '=',
        '│' | '┃' | '║' | '┆' | '┊' | '▏' | '▎' | '╎' => '|',
        '\u{2500}'..='\u{257f}' => '+',
        '█' | '▓' | '▉' | '▇' | '▆' | '▅' | '▄' => '#',
        '▒' | '░' | '▃' | '▂' | '▁' => ':',
        '\u{2580}'..='\u{259f}' => '#',
        '✓' | '✔' => 'v',
        '✗' | '✘' => 'x',
        '▶' | '▸' | '►' | '→' | '»' | '›' | '⇒' => '>',
        '◀' | '◂' | '◄' | '←' | '«' | '‹' | '⇐' => '<',
        '▲' | '▴' | '↑' => '^',
        '▼' | '▾' | '↓' => 'v',
        '↔' | '⇄' => '=',
        '●' | '◉' | '■' | '◆' | '•' | '★' => '*',
        '○' | '◌' | '□' | '◇' | '☆' => 'o',
        '⊂' => '(',
        '⟵' => '<',
        '…' | '·' => '.',
        '×' => 'x',
        '≠' => '!',
        '≥' => '>',
        '≤' => '<',
        '±' => '~',
        '–' | '—' | '−' => '-',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_draws_becomes_ascii_and_words_stay() {
        let mut buffer = Buffer::with_lines(["┌─✗▶ 包│┘"]);
        flatten(&mut buffer);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(text.replace(' ', ""), "+-x>包|+");
    }
}
