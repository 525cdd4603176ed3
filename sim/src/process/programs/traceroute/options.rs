//! The command line of Debian's `traceroute`, with its own rules and sentences.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::services::{self, Transport};
use crate::process::programs::{Failure, numbers, resolver};
use crate::wire::Ipv4Addr;

/// What probes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// UDP, each to the next port.
    Default,
    /// UDP to one port.
    Udp,
    /// ICMP echo requests.
    Icmp,
    /// TCP SYNs.
    Tcp,
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub name: String,
    pub to: Ipv4Addr,
    pub kind: Kind,
    pub first_hop: u32,
    pub max_hops: u32,
    pub queries: u32,
    pub simultaneous: u32,
    pub numeric: bool,
    pub port: Option<u16>,
    pub source_port: u16,
    pub source: Option<Ipv4Addr>,
    pub device: Option<String>,
    pub tos: u8,
    pub mark: Option<u32>,
    pub dont_fragment: bool,
    pub discovers_mtu: bool,
    /// Length of the whole packet.
    pub length: Option<usize>,
    /// Longest wait, and the factors for hops that answered already.
    pub wait: (Span, f64, f64),
    pub pause: Span,
}

/// A letter, a long name, and what its argument is called; none for a flag.
type Known = (&'static str, &'static str, &'static str);

const KNOWN: &[Known] = &[
    ("4", "", ""),
    ("6", "", ""),
    ("d", "debug", ""),
    ("F", "dont-fragment", ""),
    ("f", "first", "first_ttl"),
    ("g", "gateway", "gate"),
    ("I", "icmp", ""),
    ("T", "tcp", ""),
    ("i", "interface", "device"),
    ("m", "max-hops", "max_ttl"),
    ("N", "sim-queries", "squeries"),
    ("n", "", ""),
    ("p", "port", "port"),
    ("t", "tos", "tos"),
    ("l", "flowlabel", "flow_label"),
    ("w", "wait", "MAX,HERE,NEAR"),
    ("q", "queries", "nqueries"),
    ("r", "", ""),
    ("s", "source", "src_addr"),
    ("z", "sendwait", "sendwait"),
    ("e", "extensions", ""),
    ("A", "as-path-lookups", ""),
    ("M", "module", "name"),
    ("O", "options", "OPTS"),
    ("", "sport", "num"),
    ("", "fwmark", "num"),
    ("U", "udp", ""),
    ("D", "dccp", ""),
    ("P", "protocol", "prot"),
    ("", "mtu", ""),
    ("", "back", ""),
    ("V", "version", ""),
    ("", "help", ""),
];

const USAGE: &str = "Usage:
  traceroute [ -46dFITnU ] [ -f first_ttl ] [ -i device ] [ -m max_ttl ] [ -N squeries ] \
[ -p port ] [ -t tos ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] \
[ --fwmark=num ] [ --sport=num ] [ --mtu ] host [ packetlen ]
";
const VERSION: &str = "Modern traceroute for Linux, version 2.1.2
Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later
";

/// Most hops, and most probes for each.
const MAX_HOPS: u32 = 255;
const MAX_QUERIES: u32 = 10;
const MAX_LENGTH: usize = 65_000;

pub(super) fn wrong(sentence: impl std::fmt::Display) -> Failure {
    Failure::said(format!("{sentence}\n"), 2)
}

/// Reads the command line.
pub(super) async fn parse(proc: &Proc, words: &[String]) -> Result<Settings, Failure> {
    if words.is_empty() {
        return Err(Failure::said(USAGE, 0));
    }
    let mut line = Line { settings: defaults(), operands: 0 };
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let number = at + 1;
        at += 1;
        let mut next = || {
            at += 1;
            words.get(at - 1).cloned()
        };
        if let Some(long) = word.strip_prefix("--") {
            let (name, attached) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let known = KNOWN.iter().find(|known| !name.is_empty() && known.1 == name);
            let known = known.ok_or_else(|| bad(word, number))?;
            let spelt = format!("--{name}");
            let value = match known.2 {
                "" => String::new(),
                what => attached
                    .or_else(&mut next)
                    .ok_or_else(|| missing(&spelt, number, &format!("{spelt}={what}")))?,
            };
            let place = words[..at].len();
            line.option(proc, known, &spelt, &value, place).await?;
        } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            for (offset, letter) in letters.char_indices() {
                let spelt = format!("-{letter}");
                let known = KNOWN.iter().find(|known| known.0 == &spelt[1..]);
                let known = known.ok_or_else(|| bad(&spelt, number))?;
                if known.2.is_empty() {
                    line.option(proc, known, &spelt, "", number).await?;
                    continue;
                }
                // Only the first letter of a word may have its argument attached.
                let attached = &letters[offset + letter.len_utf8()..];
                let value = match (offset, attached) {
                    (0, "") => next(),
                    (0, attached) => Some(attached.to_owned()),
                    _ => None,
                };
                let usage = format!("{spelt} {}", known.2);
                let value = value.ok_or_else(|| missing(&spelt, number, &usage))?;
                line.option(proc, known, &spelt, &value, words[..at].len()).await?;
                break;
            }
        } else {
            line.operand(proc, word, number).await?;
        }
    }
    if line.operands == 0 {
        return Err(wrong("Specify \"host\" missing argument."));
    }
    check(line.settings)
}

fn bad(word: &str, place: usize) -> Failure {
    wrong(format!("Bad option `{word}' (argc {place})"))
}

fn missing(spelt: &str, place: usize, usage: &str) -> Failure {
    wrong(format!("Option `{spelt}' (argc {place}) requires an argument: `{usage}'"))
}

fn defaults() -> Settings {
    Settings {
        name: String::new(),
        to: Ipv4Addr::UNSPECIFIED,
        kind: Kind::Default,
        first_hop: 1,
        max_hops: 30,
        queries: 3,
        simultaneous: 16,
        numeric: false,
        port: None,
        source_port: 0,
        source: None,
        device: None,
        tos: 0,
        mark: None,
        dont_fragment: false,
        discovers_mtu: false,
        length: None,
        wait: (Span::secs(5), 3.0, 10.0),
        pause: Span::ZERO,
    }
}

fn check(settings: Settings) -> Result<Settings, Failure> {
    let Settings { first_hop, max_hops, queries, .. } = settings;
    if first_hop == 0 || first_hop > max_hops {
        return Err(wrong("first hop out of range"));
    }
    if max_hops > MAX_HOPS {
        return Err(wrong(format!("max hops cannot be more than {MAX_HOPS}")));
    }
    if queries == 0 || queries > MAX_QUERIES {
        return Err(wrong(format!("no more than {MAX_QUERIES} probes per hop")));
    }
    if let Some(length) = settings.length.filter(|length| *length > MAX_LENGTH) {
        return Err(wrong(format!("too big packetlen {length} specified")));
    }
    let one_by_one = settings.source_port != 0 || settings.discovers_mtu;
    let simultaneous = if one_by_one { 1 } else { settings.simultaneous };
    let (wait, here, near) = settings.wait;
    let factors = if settings.source_port != 0 { (wait, 0.0, 0.0) } else { (wait, here, near) };
    let longest = settings.discovers_mtu.then_some(MAX_LENGTH);
    Ok(Settings {
        length: settings.length.or(longest),
        simultaneous,
        wait: factors,
        dont_fragment: settings.dont_fragment || settings.discovers_mtu,
        ..settings
    })
}

struct Line {
    settings: Settings,
    operands: usize,
}

impl Line {
    async fn option(
        &mut self,
        proc: &Proc,
        known: &Known,
        spelt: &str,
        value: &str,
        place: usize,
    ) -> Result<(), Failure> {
        let settings = &mut self.settings;
        let cannot =
            || wrong(format!("Cannot handle `{spelt}' option with arg `{value}' (argc {place})"));
        let number = || value.parse::<u32>().map_err(|_| cannot());
        let name = if known.0.is_empty() { known.1 } else { known.0 };
        match name {
            "4" | "d" => {}
            "F" => settings.dont_fragment = true,
            "f" => settings.first_hop = number()?,
            "I" => settings.kind = Kind::Icmp,
            "T" => settings.kind = Kind::Tcp,
            "U" => settings.kind = Kind::Udp,
            "M" => {
                settings.kind = match value {
                    "default" => Kind::Default,
                    "icmp" => Kind::Icmp,
                    "tcp" => Kind::Tcp,
                    "udp" => Kind::Udp,
                    _ => return Err(wrong(format!("Unknown traceroute module {value}"))),
                }
            }
            "i" => settings.device = Some(value.to_owned()),
            "m" => settings.max_hops = number()?,
            "N" => settings.simultaneous = number()?.max(1),
            "n" => settings.numeric = true,
            "p" => settings.port = Some(port(value).ok_or_else(cannot)?),
            "t" => settings.tos = number()? as u8,
            "w" => settings.wait = waits(value).ok_or_else(cannot)?,
            "q" => settings.queries = number()?,
            "s" => settings.source = Some(address(proc, value).await.ok_or_else(cannot)?),
            "z" => {
                let (seconds, rest) = numbers::leading_float(value);
                if !rest.is_empty() {
                    return Err(cannot());
                }
                // Ten or more are milliseconds.
                let seconds = if seconds >= 10.0 { seconds / 1000.0 } else { seconds };
                settings.pause = Span::from_secs_f64(seconds);
            }
            "sport" => settings.source_port = port(value).ok_or_else(cannot)?,
            "fwmark" => settings.mark = Some(number()?),
            "mtu" => settings.discovers_mtu = true,
            "V" | "help" => {
                return Err(Failure::said(if name == "V" { VERSION } else { USAGE }, 0));
            }
            _ => {
                let sentence = format!("traceroute: {spelt} is not simulated by netsim");
                return Err(wrong(sentence));
            }
        }
        Ok(())
    }

    async fn operand(&mut self, proc: &Proc, word: &str, place: usize) -> Result<(), Failure> {
        self.operands += 1;
        let position = self.operands;
        let cannot = |what: &str| {
            let where_ = format!("on position {position} (argc {place})");
            wrong(format!("Cannot handle \"{what}\" cmdline arg `{word}' {where_}"))
        };
        match position {
            1 => {
                let Some(to) = address(proc, word).await else { return Err(cannot("host")) };
                self.settings.to = to;
                word.clone_into(&mut self.settings.name);
            }
            2 => {
                self.settings.length = Some(word.parse().map_err(|_| cannot("packetlen"))?);
            }
            _ => {
                let place = format!("(position {position}, argc {place})");
                return Err(wrong(format!("Extra arg `{word}' {place}")));
            }
        }
        Ok(())
    }
}

/// The address of a host; trouble is told.
async fn address(proc: &Proc, name: &str) -> Option<Ipv4Addr> {
    match resolver::lookup(proc, name).await {
        Ok(found) => Some(found.first()),
        Err(error) => {
            proc.eprint(&format!("{name}: {error}\n"));
            None
        }
    }
}

fn port(text: &str) -> Option<u16> {
    let named = || {
        services::port_of(text, Transport::Tcp).or_else(|| services::port_of(text, Transport::Udp))
    };
    text.parse().ok().or_else(named)
}

/// `MAX`, `MAX,HERE` or `MAX,HERE,NEAR`.
fn waits(text: &str) -> Option<(Span, f64, f64)> {
    let mut parts = text.split(',').map(|part| part.parse::<f64>().ok());
    let max = parts.next()??;
    let here = parts.next().unwrap_or(Some(0.0))?;
    let near = parts.next().unwrap_or(Some(0.0))?;
    parts.next().is_none().then(|| (Span::from_secs_f64(max), here, near))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_alone_forgets_the_factors() {
        assert_eq!(waits("1"), Some((Span::secs(1), 0.0, 0.0)));
        assert_eq!(waits("2,3"), Some((Span::secs(2), 3.0, 0.0)));
        assert_eq!(waits("x"), None);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let text = |settings| check(settings).unwrap_err().text;
        assert_eq!(text(Settings { max_hops: 0, ..defaults() }), "first hop out of range\n");
        assert_eq!(
            text(Settings { max_hops: 300, ..defaults() }),
            "max hops cannot be more than 255\n"
        );
        assert_eq!(
            text(Settings { queries: 11, ..defaults() }),
            "no more than 10 probes per hop\n"
        );
    }
}
