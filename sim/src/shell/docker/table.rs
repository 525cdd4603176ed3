//! Tables as the docker command line prints them, and how it words spans of time.

/// Columns under headers: each as wide as its longest cell and three more, at least ten; the last one as
/// it is.
pub fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    const LEAST: usize = 10;
    const GAP: usize = 3;
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        let widest = cells.chain([headers[column].len()]).max().unwrap_or(0);
        (widest + GAP).max(LEAST)
    };
    let widths: Vec<usize> = (0..headers.len()).map(width).collect();
    let header: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&header).chain(rows) {
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == row.len() {
                text += cell;
            } else {
                let missing = widths[column] - cell.chars().count();
                text += cell;
                text += &" ".repeat(missing);
            }
        }
        text.push('\n');
    }
    text
}

/// A span of time: `5 minutes`, `About an hour`.
pub fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let minutes = whole / 60;
    let hours = (seconds / 3600.0 + 0.5) as u64;
    match whole {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{whole} seconds"),
        60..120 => "About a minute".to_owned(),
        _ if minutes < 46 => format!("{minutes} minutes"),
        _ if hours <= 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        _ if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// Names in their natural order: `net2` before `net10`.
pub fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let chunks = |text: &str| -> Vec<(bool, u64, String)> {
        let mut out: Vec<(bool, u64, String)> = Vec::new();
        for c in text.chars() {
            let digit = c.is_ascii_digit();
            match out.last_mut() {
                Some((was_digit, _, chunk)) if *was_digit == digit => chunk.push(c),
                _ => out.push((digit, 0, c.to_string())),
            }
        }
        for (digit, number, chunk) in &mut out {
            if *digit {
                *number = chunk.parse().unwrap_or(u64::MAX);
            }
        }
        out
    };
    let key = |(digit, number, text): &(bool, u64, String)| {
        // Digits come before letters, and by their value.
        (!*digit, *number, text.clone())
    };
    let (a, b) = (chunks(a), chunks(b));
    a.iter().map(key).cmp(b.iter().map(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_at_least_ten_wide() {
        let rows = [vec!["a61d31a7bef0".into(), "bridge".into(), "bridge".into(), "local".into()]];
        let text = table(&["NETWORK ID", "NAME", "DRIVER", "SCOPE"], &rows);
        assert_eq!(
            text,
            "NETWORK ID     NAME      DRIVER    SCOPE\na61d31a7bef0   bridge    bridge    local\n"
        );
    }

    #[test]
    fn spans_are_worded() {
        assert_eq!(span(0.4), "Less than a second");
        assert_eq!(span(61.0), "About a minute");
        assert_eq!(span(3000.0), "About an hour");
        assert_eq!(span(7200.0), "2 hours");
    }

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["net10", "net2", "a", "net"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "net", "net2", "net10"]);
    }
}
