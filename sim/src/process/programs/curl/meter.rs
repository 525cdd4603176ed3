//! The progress meter: what came, how fast, how much is left.

use crate::engine::Span;

/// The lines above the meter.
pub const HEAD: &str =
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
";

/// How far a transfer is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Bytes of the body that are announced.
    pub expected: Option<u64>,
    /// Bytes that came.
    pub received: u64,
    /// Bytes that were sent.
    pub sent: u64,
    /// How long it has taken.
    pub elapsed: Span,
}

impl Progress {
    /// The line of the meter, with the return in front that puts it over the last one.
    pub fn line(&self) -> String {
        let total = self.expected.unwrap_or(self.received) + self.sent;
        let percent = |part: u64, whole: u64| (part * 100).checked_div(whole).unwrap_or(0);
        let micros = (self.elapsed.as_nanos() / 1000).max(1);
        let speed = |bytes: u64| bytes * 1_000_000 / micros;
        // The latest speed is measured in whole milliseconds.
        let current = (self.received + self.sent) * 1000 / self.elapsed.as_millis().max(1);
        let spent = clock(self.elapsed);
        format!(
            "\r{:3} {:>5}  {:3} {:>5}  {:3} {:>5}  {:>5}  {:>5} {} {spent} --:--:-- {:>5}",
            percent(self.received + self.sent, total),
            amount(total),
            percent(self.received, self.expected.unwrap_or(self.received)),
            amount(self.received),
            percent(self.sent, self.sent),
            amount(self.sent),
            amount(speed(self.received)),
            amount(speed(self.sent)),
            if total == 0 { "--:--:--".to_owned() } else { spent.clone() },
            amount(current),
        )
    }
}

/// A time in eight characters; nothing yet within the first second.
fn clock(span: Span) -> String {
    match span.as_secs() {
        0 => "--:--:--".to_owned(),
        seconds => {
            format!("{:2}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
    }
}

/// A number of bytes in five characters.
fn amount(bytes: u64) -> String {
    const KIBI: u64 = 1 << 10;
    const MEBI: u64 = 1 << 20;
    match bytes {
        0..=99_999 => bytes.to_string(),
        100_000..=10_239_999 => format!("{}k", bytes / KIBI),
        10_240_000..=104_857_599 => {
            format!("{}.{}M", bytes / MEBI, bytes % MEBI / (MEBI / 10))
        }
        _ => format!("{}M", bytes / MEBI),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_that_of_curl() {
        assert_eq!(
            Progress::default().line(),
            "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
        );
        let done =
            Progress { expected: Some(6), received: 6, sent: 0, elapsed: Span::micros(8450) };
        assert_eq!(
            done.line(),
            "\r100     6  100     6    0     0    710      0 --:--:-- --:--:-- --:--:--   750"
        );
    }

    #[test]
    fn large_amounts_are_shortened() {
        assert_eq!(amount(99_999), "99999");
        assert_eq!(amount(2_000_000), "1953k");
        assert_eq!(amount(20 << 20), "20.0M");
    }
}
