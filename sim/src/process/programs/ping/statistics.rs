//! What `ping` counts, and the lines at its end.

use crate::engine::Span;
use crate::process::programs::numbers;

/// Counters of a session. Times are microseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Statistics {
    pub transmitted: i64,
    pub received: i64,
    pub duplicates: i64,
    pub corrupted: i64,
    pub errors: i64,
    /// Most requests that were under way at once.
    pub pipe: i64,
    min: i64,
    max: i64,
    sum: f64,
    sum_of_squares: f64,
    measured: bool,
    /// Eight times the smoothed round trip time.
    smoothed: i64,
}

/// How the end of a session is told.
pub(super) struct Ending<'a> {
    pub name: &'a str,
    /// From the start to the last request.
    pub span: Span,
    /// Whether the data had room for a time.
    pub timed: bool,
    /// Whether the pace is told: in floods and with `-A`.
    pub pace: bool,
}

impl Statistics {
    /// Takes the time of a reply.
    pub(super) fn measure(&mut self, micros: i64) {
        self.min = if self.measured { self.min.min(micros) } else { micros };
        self.max = self.max.max(micros);
        self.sum += micros as f64;
        self.sum_of_squares += micros as f64 * micros as f64;
        self.measured = true;
        if self.smoothed == 0 {
            self.smoothed = micros * 8;
        } else {
            self.smoothed += micros - self.smoothed / 8;
        }
    }

    /// The longest time of a reply.
    pub(super) fn longest(&self) -> i64 {
        self.max
    }

    /// The smoothed round trip time.
    pub(super) fn smoothed(&self) -> i64 {
        self.smoothed / 8
    }

    fn average(&self) -> i64 {
        (self.sum / (self.received + self.duplicates) as f64) as i64
    }

    /// The standard deviation.
    fn deviation(&self) -> i64 {
        let total = (self.received + self.duplicates) as f64;
        let variance = (self.sum_of_squares - self.sum * self.sum / total) / total;
        (variance as i64).max(0).isqrt()
    }

    /// The block at the end.
    pub(super) fn closing(&self, ending: &Ending) -> String {
        let Ending { name, span, timed, pace } = *ending;
        let mut text = format!("\n--- {name} ping statistics ---\n");
        text += &format!("{} packets transmitted, {} received", self.transmitted, self.received);
        for (count, what) in [
            (self.duplicates, "duplicates"),
            (self.corrupted, "corrupted"),
            (self.errors, "errors"),
        ] {
            if count > 0 {
                text += &format!(", +{count} {what}");
            }
        }
        if self.transmitted > 0 {
            let lost = (self.transmitted - self.received) as f64 * 100.0 / self.transmitted as f64;
            let lost = numbers::general(f64::from(lost as f32));
            let millis = (span + Span::micros(500)).as_millis();
            text += &format!(", {lost}% packet loss, time {millis}ms");
        }
        text.push('\n');
        let mut parts = Vec::new();
        if self.received > 0 && timed {
            let times = [self.min, self.average(), self.max, self.deviation()].map(milliseconds);
            parts.push(format!("rtt min/avg/max/mdev = {} ms", times.join("/")));
        }
        if self.pipe > 1 {
            parts.push(format!("pipe {}", self.pipe));
        }
        if self.received > 0 && pace && self.transmitted > 1 {
            let gap = (span.as_nanos() / 1000) as i64 / (self.transmitted - 1);
            let smoothed = milliseconds(self.smoothed());
            parts.push(format!("ipg/ewma {}/{smoothed} ms", milliseconds(gap)));
        }
        text + &parts.join(", ") + "\n"
    }

    /// The line that `SIGQUIT` asks for.
    pub(super) fn so_far(&self, timed: bool) -> String {
        let (received, transmitted) = (self.received, self.transmitted);
        let loss = match transmitted {
            0 => 0,
            _ => (transmitted - received) * 100 / transmitted,
        };
        let mut text = format!("\r{received}/{transmitted} packets, {loss}% loss");
        if received > 0 && timed {
            let times = [self.min, self.average(), self.smoothed(), self.max].map(milliseconds);
            text += &format!(", min/avg/ewma/max = {} ms", times.join("/"));
        }
        text + "\n"
    }
}

fn milliseconds(micros: i64) -> String {
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(span: Span) -> Ending<'static> {
        Ending { name: "10.0.0.2", span, timed: true, pace: false }
    }

    #[test]
    fn the_end_reads_as_recorded() {
        let mut statistics =
            Statistics { transmitted: 3, received: 3, pipe: 1, ..Statistics::default() };
        for micros in [66, 44, 93] {
            statistics.measure(micros);
        }
        assert_eq!(
            statistics.closing(&ending(Span::millis(407))),
            "\n--- 10.0.0.2 ping statistics ---\n\
             3 packets transmitted, 3 received, 0% packet loss, time 407ms\n\
             rtt min/avg/max/mdev = 0.044/0.067/0.093/0.020 ms\n"
        );
    }

    #[test]
    fn errors_and_a_pipe_are_told() {
        let statistics = Statistics { transmitted: 3, errors: 3, pipe: 3, ..Statistics::default() };
        assert_eq!(
            statistics.closing(&ending(Span::millis(2050))),
            "\n--- 10.0.0.2 ping statistics ---\n\
             3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2050ms\n\
             pipe 3\n"
        );
    }

    #[test]
    fn nothing_received_leaves_an_empty_line() {
        let statistics = Statistics { transmitted: 3, received: 0, ..Statistics::default() };
        assert!(statistics.closing(&ending(Span::ZERO)).ends_with("time 0ms\n\n"));
        let lost_one = Statistics { transmitted: 3, received: 2, ..Statistics::default() };
        assert!(lost_one.closing(&ending(Span::ZERO)).contains("33.3333% packet loss"));
    }
}
