//! What the applets of busybox have in common: the usage text, numbers, durations, names.

use crate::engine::Span;
use crate::process::proc::Proc;

use super::Failure;
use super::numbers::{self, Integer};
use super::options::{Options, Wrong};
use super::resolver::{self, Resolved};

/// The first line of every usage.
pub const BANNER: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.";

/// `APPLET: SENTENCE`, exit status 1.
pub fn failure(applet: &str, sentence: impl std::fmt::Display) -> Failure {
    Failure::of(applet, 1, sentence)
}

/// How to call an applet; `text` is what follows `Usage: APPLET `.
pub fn usage(applet: &str, text: &str) -> Failure {
    Failure::said(format!("{BANNER}\n\nUsage: {applet} {text}\n"), 1)
}

/// What every applet does with `--help` alone.
pub fn help(applet: &str, words: &[String], text: &str) -> Result<(), Failure> {
    match words {
        [word] if word == "--help" => Err(Failure { status: 0, ..usage(applet, text) }),
        _ => Ok(()),
    }
}

/// A wrong option, with the usage behind it.
pub fn wrong_option(applet: &str, wrong: &Wrong, text: &str) -> Failure {
    let usage = usage(applet, text).text;
    Failure::said(format!("{applet}: {wrong}\n{usage}"), 1)
}

/// A command line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// The options: a letter, and its argument or nothing.
    pub options: Vec<(char, &'a str)>,
    /// The rest.
    pub operands: Vec<&'a str>,
}

/// Reads the command line of an applet.
pub fn line<'a>(
    applet: &str,
    words: &'a [String],
    letters: &'static str,
    text: &str,
) -> Result<Line<'a>, Failure> {
    help(applet, words, text)?;
    let mut options = Options::new(words, letters);
    let found: Result<Vec<_>, Wrong> = options.by_ref().collect();
    let found = found.map_err(|wrong| wrong_option(applet, &wrong, text))?;
    Ok(Line { options: found, operands: options.operands() })
}

/// A number from `min` to `max`.
pub fn number(applet: &str, text: &str, min: i64, max: i64) -> Result<i64, Failure> {
    match numbers::integer(text) {
        Integer::Value(value) if (min..=max).contains(&value) => Ok(value),
        Integer::Value(value) if value >= 0 => {
            Err(failure(applet, format!("number {text} is not in {min}..{max} range")))
        }
        _ => Err(failure(applet, format!("invalid number '{text}'"))),
    }
}

/// Seconds with a fraction and perhaps a unit.
pub fn duration(applet: &str, text: &str) -> Result<Span, Failure> {
    let (value, unit) = numbers::leading_float(text);
    let factor = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(failure(applet, format!("invalid number '{text}'"))),
    };
    Ok(Span::from_secs_f64(value * factor))
}

/// The addresses of a host.
pub async fn host(proc: &Proc, applet: &str, name: &str) -> Result<Resolved, Failure> {
    let found = resolver::lookup(proc, name).await;
    found.map_err(|_| failure(applet, format!("bad address '{name}'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_checked() {
        let text = |result: Result<i64, Failure>| result.unwrap_err().text;
        assert_eq!(number("ping", "7", 0, 9), Ok(7));
        assert_eq!(text(number("ping", "x", 0, 9)), "ping: invalid number 'x'\n");
        assert_eq!(text(number("ping", "70", 0, 9)), "ping: number 70 is not in 0..9 range\n");
        assert_eq!(duration("ping", "0.5"), Ok(Span::millis(500)));
        assert_eq!(duration("ping", "2m"), Ok(Span::secs(120)));
        assert!(duration("ping", "2x").is_err());
    }
}
