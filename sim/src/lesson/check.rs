//! Blocks `check`: what must hold, one predicate a line.
//!
//! ```text
//! reach A -> B icmp|tcp:80|udp:53 [size=N] [df] [count=N] [loss=N] [within=2s]
//! no reach A -> B …
//! path A -> B has vxlan(vni=256) | nat | wire(docker-1:eth0)
//! resolve A name = ADDRESS
//! state docker-1.sysctl(net.ipv4.ip_forward) = 1
//! state rule(docker-1, filter/FORWARD).policy = DROP
//! state rule(docker-1, nat/DOCKER) has|lacks "--dport 8080"
//! output A$ COMMAND has|lacks|=|<=|>= VALUE
//! unchanged A A.eth0 …
//! unique ip on SEGMENT
//! same-ns A B
//! commands <= 12
//! not used "--network host"
//! any { PREDICATE | PREDICATE }
//! ```
//!
//! A and B are machines or running containers, B may be an address. A predicate about something that
//! does not exist fails; also `no reach`.

use super::error::LessonError;
use super::observe::Observation;
use super::page::Page;
use super::probe::{Feature, Probe, Protocol};
use crate::engine::Span;
use crate::wire::Ipv4Addr;
use crate::world::suggest::suggestion;

/// A predicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its line, from 1.
    pub line: usize,
    /// As it is written.
    pub text: String,
    pub(super) test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Reach { from: String, to: String, probe: Probe, expected: bool },
    Path { from: String, to: String, features: Vec<Feature>, expected: bool },
    Resolve { from: String, name: String, address: Ipv4Addr },
    Sysctl { machine: String, key: String, value: String },
    Output(Observation),
    Unchanged(Vec<String>),
    UniqueAddresses(String),
    SameNamespace(String, String),
    Commands(usize),
    NotUsed(String),
    Any(Vec<Check>),
}

const WORDS: [&str; 12] = [
    "reach",
    "no",
    "path",
    "resolve",
    "state",
    "output",
    "unchanged",
    "unique",
    "same-ns",
    "commands",
    "not",
    "any",
];

/// What is wrong with a line, and the word.
type Wrong = (String, String);

fn wrong<T>(word: &str, message: impl Into<String>) -> Result<T, Wrong> {
    Err((word.to_owned(), message.into()))
}

impl Check {
    /// Reads a block whose first line has this number.
    pub fn parse_all(page: &Page, first: usize, body: &[&str]) -> Result<Vec<Check>, LessonError> {
        let lines = body.iter().enumerate().map(|(n, line)| (first + n, line.trim()));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(number, line)| {
                Check::parse(number, line).map_err(|(word, message)| {
                    let hint = suggestion(&word, WORDS).filter(|known| *known != word);
                    page.error(number, message)
                        .at_word(&word)
                        .with_hint(hint.map(|known| format!("did you mean '{known}'?")))
                })
            })
            .collect()
    }

    fn parse(line: usize, text: &str) -> Result<Check, Wrong> {
        Ok(Check { line, text: text.to_owned(), test: parse_test(line, text)? })
    }
}

fn parse_test(line: usize, text: &str) -> Result<Test, Wrong> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["reach", rest @ ..] => parse_reach(rest, true),
        ["no", "reach", rest @ ..] => parse_reach(rest, false),
        ["path", from, "->", to, has, rest @ ..] if matches!(*has, "has" | "lacks") => {
            let features = rest.iter().map(|word| Feature::parse(word).or_else(|m| wrong(word, m)));
            let features = features.collect::<Result<Vec<_>, _>>()?;
            let (from, to) = ((*from).to_owned(), (*to).to_owned());
            Ok(Test::Path { from, to, features, expected: *has == "has" })
        }
        ["path", ..] => wrong("path", "a path is written: path A -> B has vxlan(vni=256)"),
        ["resolve", from, name, "=", address] => {
            let address = address.parse().or_else(|_| wrong(address, "this is not an address"))?;
            Ok(Test::Resolve { from: (*from).to_owned(), name: (*name).to_owned(), address })
        }
        ["state", rest @ ..] => parse_state(&rest.join(" ")),
        ["output", ..] => {
            match Observation::parse(text.trim_start_matches("output").trim_start()) {
                Some(observation) => Ok(Test::Output(observation)),
                None => wrong("output", "it is written: output A$ COMMAND has \"TEXT\""),
            }
        }
        ["unchanged", names @ ..] if !names.is_empty() => {
            Ok(Test::Unchanged(names.iter().map(|name| (*name).to_owned()).collect()))
        }
        ["unique", "ip", "on", segment] => Ok(Test::UniqueAddresses((*segment).to_owned())),
        ["same-ns", a, b] => Ok(Test::SameNamespace((*a).to_owned(), (*b).to_owned())),
        ["commands", "<=", n] => {
            n.parse().map(Test::Commands).or_else(|_| wrong(n, "this is not a number"))
        }
        ["not", "used", ..] => {
            let used = text.trim_start_matches("not").trim_start().trim_start_matches("used");
            Ok(Test::NotUsed(used.trim().trim_matches('"').to_owned()))
        }
        ["any", "{", .., "}"] => {
            let inside = text.trim_start_matches("any").trim();
            let inside = inside.trim_start_matches('{').trim_end_matches('}');
            let choices = inside.split('|').map(|choice| Check::parse(line, choice.trim()));
            choices.collect::<Result<_, _>>().map(Test::Any)
        }
        ["no" | "not", second, ..] if !matches!(*second, "reach" | "path" | "used") => {
            wrong(second, format!("'{second}' cannot be denied"))
        }
        [first, ..] if WORDS.contains(first) => {
            wrong(first, format!("this is not how '{first}' is written"))
        }
        [first, ..] => wrong(first, format!("'{first}' is not a predicate")),
        [] => wrong("", "a predicate is missing"),
    }
}

fn parse_reach(words: &[&str], expected: bool) -> Result<Test, Wrong> {
    let [from, "->", to, rest @ ..] = words else {
        return wrong("reach", "it is written: reach A -> B icmp");
    };
    let mut probe = Probe::default();
    for word in rest {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let number = || value.parse::<u32>().or_else(|_| wrong(word, "this is not a number"));
        match key {
            "df" => probe.dont_fragment = true,
            "size" => probe.size = Some(number()?),
            "count" => probe.count = number()?.max(1),
            "loss" => probe.loss = Some(number()?),
            "within" => {
                probe.within = value.parse::<Span>().or_else(|e| wrong(word, e.to_string()))?;
            }
            "bytes" => probe.bytes = Some(number()?),
            _ => probe.protocol = word.parse::<Protocol>().or_else(|m| wrong(word, m))?,
        }
    }
    Ok(Test::Reach { from: (*from).to_owned(), to: (*to).to_owned(), probe, expected })
}

/// `MACHINE.sysctl(KEY) = VALUE`, or something about rules.
fn parse_state(text: &str) -> Result<Test, Wrong> {
    if text.starts_with("rule(") {
        return match Observation::parse_rule(text) {
            Some(observation) => Ok(Test::Output(observation)),
            None => wrong("rule(", "it is written: state rule(MACHINE, TABLE/CHAIN) has \"TEXT\""),
        };
    }
    let parsed = text.split_once('=').and_then(|(place, value)| {
        let (machine, rest) = place.trim().split_once(".sysctl(")?;
        Some((machine, rest.strip_suffix(')')?, value.trim()))
    });
    match parsed {
        Some((machine, key, value)) => Ok(Test::Sysctl {
            machine: machine.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        None => wrong(
            text,
            "state is MACHINE.sysctl(NAME) = VALUE or rule(MACHINE, TABLE/CHAIN) has TEXT",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_are_read() {
        let parse = |text: &str| Check::parse(1, text).map(|check| check.test);
        assert!(matches!(
            parse("reach a -> 10.0.0.2 icmp count=3 loss=0"),
            Ok(Test::Reach { expected: true, probe: Probe { count: 3, loss: Some(0), .. }, .. })
        ));
        assert!(matches!(
            parse("no reach a -> b tcp:80"),
            Ok(Test::Reach {
                expected: false,
                probe: Probe { protocol: Protocol::Tcp(80), .. },
                ..
            })
        ));
        assert!(matches!(parse("path a -> b has vxlan(vni=256)"), Ok(Test::Path { .. })));
        assert!(matches!(parse("any { same-ns a b | commands <= 3 }"), Ok(Test::Any(_))));
        assert_eq!(
            parse("not used \"--network host\""),
            Ok(Test::NotUsed("--network host".into()))
        );
        assert!(parse("raech a -> b").is_err());
        assert!(parse("reach a -> b icpm").is_err());
        assert!(matches!(parse("unique ip on lan"), Ok(Test::UniqueAddresses(_))));
        assert!(matches!(parse("unchanged gw docker-1.eth0"), Ok(Test::Unchanged(_))));
        assert!(matches!(parse("output a$ ip route has \"default\""), Ok(Test::Output(_))));
        assert!(matches!(
            parse("state rule(a, filter/FORWARD).policy = DROP"),
            Ok(Test::Output(_))
        ));
        assert!(parse("state rule(a).policy = DROP").is_err());
    }
}
