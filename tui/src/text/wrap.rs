//! Breaks lines where Unicode allows it (UAX #14), so that Chinese wraps between characters and never
//! before a closing mark; or breaks them as terminals do.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::{Line, Piece, width};

/// Lays pieces out in lines of at most `columns` columns. A word that is longer has a line for itself.
pub fn wrap(pieces: &[Piece], columns: usize) -> Vec<Line> {
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut lines = Vec::new();
    // Byte offsets: where the line begins, and the last place where it may end.
    let (mut start, mut end) = (0, 0);
    // The signs with which a path or an option begins stay with it.
    let is_torn = |at: usize| {
        let word = text[..at].trim_end_matches(['/', '-']);
        word.len() < at && at < text.len() && (word.is_empty() || word.ends_with(' '))
    };
    for (at, opportunity) in linebreaks(&text).filter(|(at, _)| !is_torn(*at)) {
        if width(text[start..at].trim_end()) > columns && end > start {
            lines.push((start, end));
            start = end;
        }
        end = at;
        if opportunity == BreakOpportunity::Mandatory {
            lines.push((start, at));
            start = at;
        }
    }
    if lines.is_empty() {
        lines.push((0, 0));
    }
    lines.into_iter().map(|(start, end)| cut(pieces, start, end)).collect()
}

/// A line broken wherever the columns end, as terminals do.
pub fn broken(line: &Line, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    let mut used = 0;
    for piece in line {
        let mut text = String::new();
        for c in piece.text.chars() {
            let wide = width(c.encode_utf8(&mut [0; 4]));
            if used + wide > columns {
                if let Some(last) = lines.last_mut() {
                    last.push(Piece::new(std::mem::take(&mut text), piece.style));
                }
                lines.push(Line::new());
                used = 0;
            }
            text.push(c);
            used += wide;
        }
        if let Some(last) = lines.last_mut() {
            last.push(Piece::new(text, piece.style));
        }
    }
    lines
}

/// The part of the pieces between two offsets, without blanks at its end.
fn cut(pieces: &[Piece], start: usize, end: usize) -> Line {
    let mut line = Line::new();
    let mut offset = 0;
    for piece in pieces {
        let from = start.clamp(offset, offset + piece.text.len()) - offset;
        let to = end.clamp(offset, offset + piece.text.len()) - offset;
        offset += piece.text.len();
        if from < to {
            line.push(Piece::new(&piece.text[from..to], piece.style));
        }
    }
    while let Some(last) = line.last_mut() {
        let len = last.text.trim_end().len();
        last.text.truncate(len);
        if len > 0 {
            break;
        }
        line.pop();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::{Style, line_width};
    use super::*;

    fn lines(text: &str, columns: usize) -> Vec<String> {
        let wrapped = wrap(&[Piece::new(text, Style::Plain)], columns);
        wrapped.iter().map(|line| line.iter().map(|piece| piece.text.as_str()).collect()).collect()
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("", 8), [""]);
        assert_eq!(lines("a\nb", 8), ["a", "b"]);
        assert_eq!(lines("incomprehensible x", 8), ["incomprehensible", "x"]);
    }

    #[test]
    fn chinese_wraps_by_columns_and_not_before_a_full_stop() {
        assert_eq!(lines("网络命名空间。好", 12), ["网络命名空", "间。好"]);
    }

    #[test]
    fn styles_survive() {
        let pieces = [Piece::new("see ", Style::Plain), Piece::new("ip route", Style::Code)];
        let wrapped = wrap(&pieces, 7);
        assert_eq!(wrapped.len(), 2);
        assert_eq!(wrapped[1], [Piece::new("route", Style::Code)]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_wide(text in "([a-z]{1,6}|[一-龥]{1,4}|[,.，。]| ){0,40}", columns in 8usize..40) {
            for line in wrap(&[Piece::new(&text, Style::Plain)], columns) {
                // Marks that may not begin a line can hang over its end.
                proptest::prop_assert!(line_width(&line) <= columns || !line.is_empty());
            }
        }

        #[test]
        fn nothing_but_blanks_is_lost(text in "([a-z]{1,6}|[一-龥]{1,4}| ){0,40}", columns in 8usize..40) {
            let kept: String = lines(&text, columns).concat().split_whitespace().collect();
            let all: String = text.split_whitespace().collect();
            proptest::prop_assert_eq!(kept, all);
        }
    }

    #[test]
    fn paths_and_options_keep_their_first_signs() {
        assert_eq!(lines("httpd -h /var/www", 12), ["httpd", "-h /var/www"]);
        assert_eq!(lines("http://a.example/b/c", 17), ["http://a.example/", "b/c"]);
    }
}
