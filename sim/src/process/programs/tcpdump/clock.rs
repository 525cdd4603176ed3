//! The times in front of the lines.

use crate::engine::Span;
use crate::process::calendar::Calendar;

/// A moment: whole seconds since 1970, and microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds.
    pub seconds: u64,
    /// Microseconds.
    pub micros: u32,
}

impl Moment {
    /// The moment so long after the start of a simulation that began at `epoch`.
    pub fn after(epoch: u64, span: Span) -> Moment {
        let micros = span.as_nanos() / 1000;
        Moment { seconds: epoch + micros / 1_000_000, micros: (micros % 1_000_000) as u32 }
    }

    fn total(self) -> i128 {
        i128::from(self.seconds) * 1_000_000 + i128::from(self.micros)
    }
}

/// How often `-t` was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// The time of day.
    Clock,
    /// Nothing.
    Nothing,
    /// Seconds since 1970.
    Seconds,
    /// What passed since the line before.
    SinceLast,
    /// Date and time.
    Date,
    /// What passed since the first line.
    SinceFirst,
}

impl Stamp {
    /// The form for so many `-t`.
    pub fn of(count: u32) -> Stamp {
        match count {
            0 => Stamp::Clock,
            1 => Stamp::Nothing,
            2 => Stamp::Seconds,
            3 => Stamp::SinceLast,
            4 => Stamp::Date,
            _ => Stamp::SinceFirst,
        }
    }
}

/// Prints times; it remembers those that it printed.
#[derive(Debug)]
pub struct Clock {
    stamp: Stamp,
    first: Option<Moment>,
    last: Option<Moment>,
}

impl Clock {
    /// A clock that has printed nothing.
    pub fn new(stamp: Stamp) -> Clock {
        Clock { stamp, first: None, last: None }
    }

    /// The time of a line, and a blank.
    pub fn text(&mut self, at: Moment) -> String {
        let first = *self.first.get_or_insert(at);
        let last = self.last.replace(at).unwrap_or(at);
        let calendar = Calendar::of(at.seconds as f64);
        let Calendar { hour, minute, second, .. } = calendar;
        let micros = at.micros;
        match self.stamp {
            Stamp::Nothing => String::new(),
            Stamp::Clock => format!("{hour:02}:{minute:02}:{second:02}.{micros:06} "),
            Stamp::Seconds => format!("{}.{micros:06} ", at.seconds),
            Stamp::Date => {
                let Calendar { year, month, day, .. } = calendar;
                format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06} ")
            }
            Stamp::SinceLast => passed(last, at),
            Stamp::SinceFirst => passed(first, at),
        }
    }
}

fn passed(from: Moment, to: Moment) -> String {
    let micros = to.total() - from.total();
    let sign = if micros < 0 { '-' } else { ' ' };
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    format!(
        "{sign}{:02}:{:02}:{:02}.{:06} ",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_t_has_its_form() {
        let moments = [(1_704_067_200, 213_577), (1_704_067_201, 213_593)];
        let moments = moments.map(|(seconds, micros)| Moment { seconds, micros });
        let second = |count| {
            let mut clock = Clock::new(Stamp::of(count));
            clock.text(moments[0]);
            clock.text(moments[1])
        };
        assert_eq!(second(0), "00:00:01.213593 ");
        assert_eq!(second(1), "");
        assert_eq!(second(2), "1704067201.213593 ");
        assert_eq!(second(3), " 00:00:01.000016 ");
        assert_eq!(second(4), "2024-01-01 00:00:01.213593 ");
    }
}
