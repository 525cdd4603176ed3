//! Moments as `--since` and `--until` take them: a time of the calendar, seconds since 1970, or how long
//! ago.

use super::client::Stop;
use crate::process::calendar::parse_rfc3339;

/// The moment that a text means, in seconds since 1970.
pub(super) fn parse(text: &str, now: f64) -> Result<f64, Stop> {
    let found = duration(text).map(|ago| now - ago).or_else(|| date(text));
    let found = found.or_else(|| text.parse::<f64>().ok().filter(|seconds| seconds.is_finite()));
    found.ok_or_else(|| {
        Stop::Said(format!("failed to parse value as time or duration: \"{text}\""), 1)
    })
}

/// `2024-01-01`, `2024-01-01T10:00`, `2024-01-01T10:00:00.5Z`.
fn date(text: &str) -> Option<f64> {
    let is_date = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if !text.is_ascii() || !is_date {
        return None;
    }
    let rest = match text.len() {
        10 => "T00:00:00",
        13 => ":00:00",
        16 => ":00",
        _ => "",
    };
    parse_rfc3339(&format!("{}{rest}", text.trim_end_matches('Z')))
}

/// A duration as Go writes it: `90s`, `1h30m`, `1.5h`.
pub(super) fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == 'µ')?;
        let number: f64 = rest[..end].parse().ok()?;
        let tail = &rest[end..];
        let units = [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9)];
        let units = units.into_iter().chain([("h", 3600.0), ("m", 60.0), ("s", 1.0)]);
        let (unit, factor) = units.into_iter().find(|(unit, _)| tail.starts_with(unit))?;
        seconds += number * factor;
        rest = &tail[unit.len()..];
    }
    (!text.is_empty()).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_seconds_or_durations() {
        let at = |text: &str| parse(text, 10_000.0).ok();
        assert_eq!(at("90s"), Some(9910.0));
        assert_eq!(at("1h30m"), Some(4600.0));
        assert_eq!(at("42.5"), Some(42.5));
        assert_eq!(at("2024-01-01"), Some(1_704_067_200.0));
        assert_eq!(at("2024-01-01T00:00:00.5Z"), Some(1_704_067_200.5));
        assert_eq!(at("yesterday"), None);
    }
}
