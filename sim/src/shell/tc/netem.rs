//! The words behind `netem`.

use super::super::args::{Args, Failure, Result, abbreviates};
use super::units;
use crate::engine::Span;
use crate::kernel::link::Netem;

const USAGE: &str = include_str!("usage/netem.txt");

/// What was asked for. What is `None` stays as it is when a discipline is changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    limit: u32,
    delay: Span,
    jitter: Span,
    loss: f64,
    duplicate: f64,
    reorder: f64,
    corrupt: Option<f64>,
    rate: Option<u64>,
}

impl Settings {
    /// Reads all words that are left.
    pub fn parse(mut args: Args) -> Result<Settings> {
        let mut settings = Settings {
            limit: 1000,
            delay: Span::ZERO,
            jitter: Span::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            corrupt: None,
            rate: None,
        };
        let mut gap = None;
        while let Some(word) = args.next() {
            let is = |full: &str| abbreviates(word, full);
            match word {
                _ if is("limit") => settings.limit = read(&mut args, "limit", units::size)?,
                _ if is("latency") || is("delay") => {
                    settings.delay = read(&mut args, "latency", units::time)?;
                    if number_follows(&args) {
                        settings.jitter = read(&mut args, "latency", units::time)?;
                    }
                    no_correlation(&args, "delay")?;
                }
                _ if is("loss") || is("drop") => settings.take_loss(&mut args)?,
                _ if is("duplicate") => {
                    settings.duplicate = read(&mut args, "duplicate", units::percent)?;
                    no_correlation(&args, "duplicate")?;
                }
                _ if is("reorder") => {
                    settings.reorder = read(&mut args, "reorder", units::percent)?;
                    no_correlation(&args, "reorder")?;
                }
                _ if is("corrupt") => {
                    settings.corrupt = Some(read(&mut args, "corrupt", units::percent)?);
                    no_correlation(&args, "corrupt")?;
                }
                _ if is("rate") => {
                    settings.rate = Some(read(&mut args, "rate", units::rate)?);
                    if number_follows(&args) {
                        return Err(not_simulated("a packet overhead"));
                    }
                }
                _ if is("gap") => gap = Some(read(&mut args, "gap", units::size)?),
                _ if ["ecn", "distribution", "slot"].iter().any(|full| is(full)) => {
                    return Err(not_simulated(word));
                }
                _ if is("help") => return Err(Failure { status: 1, ..Failure::usage(USAGE) }),
                _ => return Err(explained(&format!("What is \"{word}\"?"))),
            }
        }
        if settings.reorder > 0.0 && settings.delay == Span::ZERO {
            return Err(explained("reordering not possible without specifying some delay"));
        }
        match gap {
            Some(1..) if settings.reorder == 0.0 => {
                Err(explained("gap specified without reorder probability"))
            }
            Some(2..) => Err(not_simulated("gap")),
            _ => Ok(settings),
        }
    }

    fn take_loss(&mut self, args: &mut Args) -> Result<()> {
        if self.loss > 0.0 {
            return Err(illegal("duplicate loss argument\n"));
        }
        let word = args.value()?;
        match word {
            "state" | "gemodel" => return Err(not_simulated(&format!("loss {word}"))),
            "random" => {}
            _ if word.starts_with(|letter: char| letter.is_ascii_digit()) => args.back(),
            _ => return Err(Failure::new(format_args!("Unknown loss parameter: {word}"), 1)),
        }
        self.loss = read(args, "loss percent", units::percent)?;
        no_correlation(args, "loss")
    }

    /// A discipline as it was, with these settings.
    pub fn apply(self, old: Netem) -> Netem {
        Netem {
            limit: self.limit,
            delay: self.delay,
            jitter: self.jitter,
            loss: self.loss,
            duplicate: self.duplicate,
            reorder: self.reorder,
            corrupt: self.corrupt.unwrap_or(old.corrupt),
            rate: self.rate.unwrap_or(old.rate),
            ..old
        }
    }
}

/// The value of an option.
fn read<T>(args: &mut Args, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(args.value()?).ok_or_else(|| illegal(name))
}

fn illegal(name: &str) -> Failure {
    Failure::new(format_args!("Illegal \"{name}\""), 1)
}

fn explained(line: &str) -> Failure {
    Failure { text: format!("{line}\n{USAGE}"), status: 1 }
}

fn not_simulated(what: &str) -> Failure {
    Failure::not_simulated(format_args!("tc qdisc: netem with {what}"))
}

fn number_follows(args: &Args) -> bool {
    args.peek().is_some_and(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn no_correlation(args: &Args, what: &str) -> Result<()> {
    match number_follows(args) {
        true => Err(not_simulated(&format!("a correlation of {what}"))),
        false => Ok(()),
    }
}

/// How `tc qdisc show` writes it.
pub fn describe(netem: &Netem) -> String {
    let mut text = format!("limit {}", netem.limit);
    if netem.delay != Span::ZERO {
        text += &format!(" delay {}", units::time_words(netem.delay));
        if netem.jitter != Span::ZERO {
            text += &format!("  {}", units::time_words(netem.jitter));
        }
    }
    let shares = [
        ("loss", netem.loss),
        ("duplicate", netem.duplicate),
        ("reorder", netem.reorder),
        ("corrupt", netem.corrupt),
    ];
    for (name, share) in shares {
        if share > 0.0 {
            text += &format!(" {name} {}", units::percent_words(share));
        }
    }
    if netem.rate != 0 {
        text += &format!(" rate {}", units::rate_words(netem.rate));
    }
    if netem.reorder > 0.0 {
        text += " gap 1";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(line: &str) -> Result<Settings> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Settings::parse(Args::new(&words))
    }

    #[test]
    fn what_was_set_is_shown() {
        let show = |line| describe(&settings(line).unwrap().apply(Netem::default()));
        assert_eq!(
            show("delay 100ms 10ms loss 1.5% rate 1mbit limit 50"),
            "limit 50 delay 100ms  10ms loss 1.5% rate 1Mbit"
        );
        assert_eq!(show("delay 5ms reorder 25%"), "limit 1000 delay 5ms reorder 25% gap 1");
        assert_eq!(show(""), "limit 1000");
    }

    #[test]
    fn a_change_keeps_the_rate_but_not_the_delay() {
        let old = settings("delay 5ms rate 1mbit").unwrap().apply(Netem::default());
        let new = settings("loss 3%").unwrap().apply(old);
        assert_eq!(describe(&new), "limit 1000 loss 3% rate 1Mbit");
    }

    #[test]
    fn errors_name_the_option() {
        let text = |line| settings(line).unwrap_err().text;
        assert_eq!(text("delay foo"), "Illegal \"latency\"\n");
        assert_eq!(text("loss 150%"), "Illegal \"loss percent\"\n");
        assert_eq!(text("loss foo%"), "Unknown loss parameter: foo%\n");
        assert!(text("frob 1").starts_with("What is \"frob\"?\nUsage: ... netem"));
        assert!(text("delay 1ms 1ms 25%").contains("not simulated"));
    }
}
