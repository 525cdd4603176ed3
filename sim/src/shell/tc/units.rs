//! Times, shares and rates as `tc` reads and writes them.

use crate::engine::Span;

/// A decimal number, and what follows it.
fn number(word: &str) -> Option<(f64, &str)> {
    let end = word
        .char_indices()
        .find(|(_, letter)| !letter.is_ascii_digit() && *letter != '.')
        .map_or(word.len(), |(at, _)| at);
    Some((word[..end].parse().ok()?, &word[end..]))
}

/// A time; without a unit it is microseconds.
pub fn time(word: &str) -> Option<Span> {
    let (amount, unit) = number(word)?;
    let micros = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" => amount * 1e6,
        "ms" | "msec" | "msecs" => amount * 1e3,
        "" | "us" | "usec" | "usecs" => amount,
        _ => return None,
    };
    Some(Span::nanos((micros as u64).saturating_mul(1000)))
}

/// A share: a number from 0 to 100, with or without `%`.
pub fn percent(word: &str) -> Option<f64> {
    let (amount, unit) = number(word)?;
    let fits = matches!(unit, "" | "%") && (0.0..=100.0).contains(&amount);
    fits.then_some(amount / 100.0)
}

/// A rate in bits per second.
pub fn rate(word: &str) -> Option<u64> {
    let (amount, unit) = number(word)?;
    let unit = unit.to_ascii_lowercase();
    let (prefix, factor) = match unit.strip_suffix("bps") {
        Some(prefix) => (prefix, 8.0),
        None if unit.is_empty() => ("", 1.0),
        None => (unit.strip_suffix("bit")?, 1.0),
    };
    let power = match prefix.chars().next() {
        None => 0,
        Some(letter) => 1 + "kmgt".find(letter)? as i32,
    };
    let base: f64 = match prefix.get(1..) {
        None | Some("") => 1000.0,
        Some("i") => 1024.0,
        Some(_) => return None,
    };
    // The kernel counts whole bytes.
    Some((amount * factor * base.powi(power) / 8.0) as u64 * 8)
}

/// A number of packets, for which a size may be said.
pub fn size(word: &str) -> Option<u32> {
    let (amount, unit) = number(word)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1024.0,
        "m" | "mb" => 1024.0 * 1024.0,
        "g" | "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let amount = amount * factor;
    (amount <= f64::from(u32::MAX)).then_some(amount as u32)
}

/// C's `%.Ng`, for numbers that are neither tiny nor negative.
fn significant(value: f64, digits: usize) -> String {
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: usize =
        scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    if exponent >= digits {
        let (mantissa, _) = scientific.split_once('e').unwrap_or((&scientific, ""));
        return format!("{}e+{exponent:02}", without_zeros(mantissa));
    }
    without_zeros(&format!("{value:.*}", digits - 1 - exponent)).to_owned()
}

fn without_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// A time, in the largest unit of which it has one.
pub fn time_words(span: Span) -> String {
    let micros = span.as_nanos() / 1000;
    match micros {
        1_000_000.. => significant(micros as f64 / 1e6, 3) + "s",
        1000.. => significant(micros as f64 / 1e3, 3) + "ms",
        _ => format!("{micros}us"),
    }
}

/// A share in percent.
pub fn percent_words(share: f64) -> String {
    let percent = share * 100.0;
    // Below one thousandth there is little left to say.
    match percent < 1.0 {
        true => without_zeros(&format!("{percent:.6}")).to_owned() + "%",
        false => significant(percent, 6) + "%",
    }
}

/// A rate, in the largest unit of which it is a whole number.
pub fn rate_words(bits: u64) -> String {
    let mut rate = bits;
    for unit in ["", "K", "M", "G"] {
        if rate < 1000 || (!rate.is_multiple_of(1000) && rate < 1_000_000) {
            return format!("{rate}{unit}bit");
        }
        rate /= 1000;
    }
    format!("{rate}Tbit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let words = |word| time(word).map(time_words);
        assert_eq!(words("100ms").as_deref(), Some("100ms"));
        assert_eq!(words("1.5s").as_deref(), Some("1.5s"));
        assert_eq!(words("20").as_deref(), Some("20us"));
        assert_eq!(words("1234567us").as_deref(), Some("1.23s"));
        assert_eq!(words("2000s").as_deref(), Some("2e+03s"));
        assert_eq!(words("1h"), None);
    }

    #[test]
    fn shares_lie_between_0_and_100() {
        let words = |word| percent(word).map(percent_words);
        assert_eq!(words("1.5%").as_deref(), Some("1.5%"));
        assert_eq!(words("33.333").as_deref(), Some("33.333%"));
        assert_eq!(words("0.1%").as_deref(), Some("0.1%"));
        assert_eq!(words("100%").as_deref(), Some("100%"));
        assert_eq!(words("150%"), None);
        assert_eq!(words("foo%"), None);
    }

    #[test]
    fn rates_are_in_bits_or_bytes() {
        let words = |word| rate(word).map(rate_words);
        assert_eq!(words("1mbit").as_deref(), Some("1Mbit"));
        assert_eq!(words("100kbps").as_deref(), Some("800Kbit"));
        assert_eq!(words("1500kbit").as_deref(), Some("1500Kbit"));
        assert_eq!(words("1Mibit").as_deref(), Some("1048Kbit"));
        assert_eq!(words("1frob"), None);
    }
}
