//! `LOG`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{Look, Words, quoted};
use crate::kernel::netfilter::spec::values::Value;
use crate::kernel::netfilter::target::{Log, Target};

/// Names of severities; the place of each is its number.
const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];

/// How `-L` calls them where that differs.
const LISTED: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

pub(super) const LOG: Extension<Target> = Extension {
    name: "LOG",
    options: &[
        Opt::value(&["log-level"]),
        Opt::value(&["log-prefix"]),
        Opt::flag(&["log-tcp-sequence"]),
        Opt::flag(&["log-tcp-options"]),
        Opt::flag(&["log-ip-options"]),
        Opt::flag(&["log-uid"]),
        Opt::flag(&["log-macdecode"]),
    ],
    build: |given: &Given<'_>| {
        Ok(Target::Log(Log {
            level: given.value("log-level", read_level)?.unwrap_or(Log::WARNING),
            prefix: given.value("log-prefix", read_prefix)?.unwrap_or_default(),
            tcp_sequence: given.has("log-tcp-sequence"),
            tcp_options: given.has("log-tcp-options"),
            ip_options: given.has("log-ip-options"),
            uid: given.has("log-uid"),
            mac_decode: given.has("log-macdecode"),
        }))
    },
};

fn read_level(value: Value<'_>) -> Result<u8, SpecError> {
    let text = value.text;
    let number = text.parse().ok().filter(|level: &usize| *level < LEVELS.len());
    let level = match text {
        "panic" => Some(0),
        text => number.or_else(|| LEVELS.iter().position(|name| *name == text)),
    };
    let unknown = || SpecError::bad(format!("log level \"{text}\" unknown\n"));
    level.map(|level| level as u8).ok_or_else(unknown)
}

fn read_prefix(value: Value<'_>) -> Result<String, SpecError> {
    const MAX_LEN: usize = 29;
    if value.text.is_empty() {
        let sentence = "Argument must have a minimum length of 1 characters\n";
        return Err(SpecError::bad(sentence.to_owned()));
    }
    Ok(value.text[..value.text.floor_char_boundary(MAX_LEN)].to_owned())
}

/// The flags: what `-S` calls each, what `-L` does, and its bit.
fn flags(log: &Log) -> impl Iterator<Item = (&'static str, &'static str, u8)> {
    let flags = [
        (log.tcp_sequence, ("log-tcp-sequence", "tcp-sequence", 0x01)),
        (log.tcp_options, ("log-tcp-options", "tcp-options", 0x02)),
        (log.ip_options, ("log-ip-options", "ip-options", 0x04)),
        (log.uid, ("log-uid", "uid", 0x08)),
        (log.mac_decode, ("log-macdecode", "macdecode", 0x20)),
    ];
    flags.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag)
}

pub(super) fn save(log: &Log) -> String {
    let mut words = Words::default();
    if !log.prefix.is_empty() {
        words.option(false, "log-prefix", quoted(&log.prefix));
    }
    if log.level != Log::WARNING {
        words.option(false, "log-level", log.level);
    }
    for (name, ..) in flags(log) {
        words.flag(false, name);
    }
    words.done()
}

pub(super) fn list(log: &Log, look: Look) -> String {
    let mut words = Words::default();
    if look.numeric {
        let bits: u8 = flags(log).map(|(.., bit)| bit).sum();
        words.word(format!("flags {bits} level {}", log.level));
    } else {
        words.word(format!("level {}", LISTED[usize::from(log.level)]));
        for (_, name, _) in flags(log) {
            words.word(name);
        }
    }
    if !log.prefix.is_empty() {
        words.word(format!("prefix \"{}\"", log.prefix));
    }
    format!("LOG{}", words.done())
}
