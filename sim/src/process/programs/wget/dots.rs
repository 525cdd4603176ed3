//! How far a download is, in dots; and the sizes, speeds and times that GNU's `wget` prints.

use crate::engine::Span;

const DOT: u64 = 1024;
const CLUSTER: u64 = 10;
const ROW: u64 = 50;

/// The rows of dots.
#[derive(Debug, Default)]
pub(super) struct Dots {
    total: Option<u64>,
    begun: bool,
    rows: u64,
    /// Dots of the row that is being drawn.
    drawn_in_row: u64,
    /// Bytes that make no dot yet.
    rest: u64,
    /// When the last row was full.
    turned: Span,
}

impl Dots {
    /// Dots for so many bytes; the number may be unknown.
    pub fn new(total: Option<u64>) -> Dots {
        Dots { total, ..Dots::default() }
    }

    /// What begins the first row: it shows with the first bytes, behind what they print themselves.
    fn begin(&mut self) -> String {
        let is_first = !std::mem::replace(&mut self.begun, true);
        if is_first { self.row_begin() } else { String::new() }
    }

    fn row_begin(&self) -> String {
        format!("\n{:>6}K", self.rows * ROW * DOT / 1024)
    }

    /// What is drawn when `bytes` came, `elapsed` after the beginning.
    pub fn draw(&mut self, bytes: u64, elapsed: Span) -> String {
        let mut text = self.begin();
        self.rest += bytes;
        while self.rest >= DOT {
            self.rest -= DOT;
            text += if self.drawn_in_row.is_multiple_of(CLUSTER) { " ." } else { "." };
            self.drawn_in_row += 1;
            if self.drawn_in_row == ROW {
                self.rows += 1;
                self.drawn_in_row = 0;
                text += &self.row_end(ROW * DOT, elapsed);
                text += &self.eta(elapsed);
                text += &self.row_begin();
            }
        }
        text
    }

    /// What ends the last row.
    pub fn finish(&mut self, elapsed: Span) -> String {
        let mut text = self.begin();
        for dot in self.drawn_in_row..ROW {
            text += if dot.is_multiple_of(CLUSTER) { "  " } else { " " };
        }
        text += &self.row_end(self.drawn_in_row * DOT + self.rest, elapsed);
        let time = if elapsed >= Span::secs(10) {
            short_time(elapsed)
        } else {
            format!("{}s", decimal(elapsed.as_secs_f64()))
        };
        text + &format!("={time}\n\n")
    }

    fn drawn_bytes(&self) -> u64 {
        (self.rows * ROW + self.drawn_in_row) * DOT
    }

    /// Percentage and speed of a row with so many bytes.
    fn row_end(&mut self, bytes: u64, elapsed: Span) -> String {
        let done = self.drawn_bytes() + if bytes == ROW * DOT { 0 } else { self.rest };
        let percent = self.total.and_then(|total| (done * 100).checked_div(total));
        let percent = percent.map(|percent| format!("{percent:>3}%")).unwrap_or_default();
        let (rate, unit) = rate(bytes, elapsed.saturating_sub(self.turned));
        self.turned = elapsed;
        let digits = digits(rate, 99.95, 9.995);
        let unit = [' ', 'K', 'M', 'G', 'T'][unit];
        format!("{percent} {rate:>4.digits$}{unit}")
    }

    fn eta(&self, elapsed: Span) -> String {
        let Some(total) = self.total else { return String::new() };
        let left = total.saturating_sub(self.drawn_bytes()) as f64 / self.drawn_bytes() as f64;
        format!(" {}", short_time(Span::from_secs_f64(elapsed.as_secs_f64() * left)))
    }
}

fn digits(rate: f64, none: f64, one: f64) -> usize {
    match rate {
        rate if rate >= none => 0,
        rate if rate >= one => 1,
        _ => 2,
    }
}

/// A speed and its unit. Nothing takes less than a microsecond, though it may take none here.
fn rate(bytes: u64, elapsed: Span) -> (f64, usize) {
    let mut rate = bytes as f64 / elapsed.max(Span::micros(1)).as_secs_f64();
    let mut unit = 0;
    while rate >= 1024.0 && unit < 4 {
        rate /= 1024.0;
        unit += 1;
    }
    (rate, unit)
}

/// `2.91 KB/s`.
pub(super) fn speed(bytes: u64, elapsed: Span) -> String {
    let (rate, unit) = rate(bytes, elapsed);
    let digits = digits(rate, 99.95, 9.995);
    format!("{rate:.digits$} {}", ["B/s", "KB/s", "MB/s", "GB/s", "TB/s"][unit])
}

/// `977K`: a size that people can read.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let (mut value, mut units) = (bytes as f64 / 1024.0, "KMGTPE".chars());
    let mut unit = units.next().unwrap_or_default();
    while value >= 1024.0 {
        value /= 1024.0;
        unit = units.next().unwrap_or_default();
    }
    let digits = usize::from(value < 10.0);
    format!("{value:.digits$}{unit}")
}

/// Seconds with as many digits as are of interest.
pub(super) fn decimal(seconds: f64) -> String {
    match seconds {
        s if s >= 9.95 => format!("{s:.0}"),
        s if s >= 0.95 => format!("{s:.1}"),
        s if s >= 0.095 => format!("{s:.1}"),
        s if s >= 0.0095 => format!("{s:.2}"),
        s if s >= 0.0005 => format!("{s:.3}"),
        _ => "0".to_owned(),
    }
}

/// `3m20s`.
fn short_time(span: Span) -> String {
    let seconds = (span.as_secs_f64() + 0.5) as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 100 {
        format!("{seconds}s")
    } else if minutes < 100 {
        format!("{minutes}m{}s", seconds % 60)
    } else if hours < 48 {
        format!("{hours}h{}m", minutes % 60)
    } else {
        format!("{days}d{}h", hours % 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_as_recorded() {
        let mut dots = Dots::new(Some(1_000_000));
        let drawn = dots.draw(51_200, Span::millis(100));
        let row = "\n     0K .......... .......... .......... .......... ..........  5%  500K 2s\n    50K";
        assert_eq!(drawn, row);
        let mut last = Dots::new(Some(127));
        assert_eq!(last.draw(127, Span::micros(3)), "\n     0K");
        let blanks = " ".repeat(55);
        assert_eq!(last.finish(Span::micros(3)), format!("{blanks}100% 40.4M=0s\n\n"));
        let mut endless = Dots::new(None);
        assert_eq!(endless.draw(3000, Span::secs(2)), "\n     0K ..");
        let end = format!("{} 1.46K=2.0s\n\n", " ".repeat(52));
        assert_eq!(endless.finish(Span::secs(2)), end);
    }

    #[test]
    fn sizes_and_speeds_are_short() {
        assert_eq!(size(1_000_000), "977K");
        assert_eq!(size(1500), "1.5K");
        assert_eq!(speed(127, Span::millis(42)), "2.95 KB/s");
        assert_eq!(decimal(0.042), "0.04");
        assert_eq!(short_time(Span::secs(200)), "3m20s");
    }
}
