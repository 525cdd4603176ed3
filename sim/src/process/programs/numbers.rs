//! Numbers as C programs read and print them.

/// What became of a number that was read to the end of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integer {
    /// It is one.
    Value(i64),
    /// It is too large for 64 bits (`ERANGE`).
    TooLarge,
    /// It is none, or something follows it.
    Garbage,
}

/// `strtol(3)` with base 10, of a text that holds nothing else.
pub fn integer(text: &str) -> Integer {
    let digits = text.trim_start_matches([' ', '\t', '\n']);
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Integer::Garbage;
    }
    let plain = digits.strip_prefix('+').unwrap_or(digits);
    plain.parse().map_or(Integer::TooLarge, Integer::Value)
}

/// `strtol(3)` as lazy programs use it (`atoi`): the digits at the beginning, zero if there are none.
pub fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && matches!(c, '+' | '-'))))
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim_start_matches('+').parse().unwrap_or(0)
}

/// `strtod(3)`: the number at the beginning of a text, and what follows it.
pub fn leading_float(text: &str) -> (f64, &str) {
    let trimmed = text.trim_start();
    let longest = (1..=trimmed.len())
        .rev()
        .filter(|end| trimmed.is_char_boundary(*end))
        .find_map(|end| Some((trimmed[..end].parse::<f64>().ok()?, &trimmed[end..])));
    longest.unwrap_or((0.0, text))
}

/// `%g` of `printf(3)`: six significant digits, no zeros at the end.
pub fn general(value: f64) -> String {
    const DIGITS: usize = 6;
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let scientific = format!("{value:.*e}", DIGITS - 1);
    let (mantissa, exponent) = scientific.split_once('e').expect("that is what `e` prints");
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..DIGITS as i32).contains(&exponent) {
        return trim(&format!("{value:.*}", (DIGITS as i32 - 1 - exponent) as usize));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_to_the_end() {
        assert_eq!(integer(" +7"), Integer::Value(7));
        assert_eq!(integer("-3"), Integer::Value(-3));
        assert_eq!(integer("7x"), Integer::Garbage);
        assert_eq!(integer(""), Integer::Garbage);
        assert_eq!(integer("99999999999999999999"), Integer::TooLarge);
        assert_eq!(leading_integer("12ab"), 12);
        assert_eq!(leading_integer("-x"), 0);
    }

    #[test]
    fn a_float_ends_where_it_ends() {
        assert_eq!(leading_float("1.5s"), (1.5, "s"));
        assert_eq!(leading_float("x"), (0.0, "x"));
        assert_eq!(leading_float(".5"), (0.5, ""));
    }

    #[test]
    fn general_format_has_six_digits() {
        assert_eq!(general(100.0), "100");
        assert_eq!(general(f64::from(100.0_f32 / 3.0)), "33.3333");
        assert_eq!(general(0.5), "0.5");
        assert_eq!(general(1e7), "1e+07");
        assert_eq!(general(0.00001), "1e-05");
    }
}
