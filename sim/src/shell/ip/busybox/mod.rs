//! `ip` of busybox, which containers have: fewer objects and options, other words.

mod addr;
mod link;
mod neigh;
mod route;
mod route6;
mod rule;
mod words;

use super::prefix::takes_inet6;
use super::{Family, Options, Tool};
use crate::process::Proc;
use crate::process::programs::busybox::BANNER;
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates, finish};
use words::{invalid, is_one_of, value};

const USAGE: &str = include_str!("../usage/busybox.txt");

#[derive(Debug, Clone, Copy)]
enum Object {
    Address,
    Route,
    Link,
    Tunnel,
    Neighbor,
    Rule,
}

const OBJECTS: &[(&str, Object)] = &[
    ("address", Object::Address),
    ("route", Object::Route),
    ("link", Object::Link),
    ("tunnel", Object::Tunnel),
    ("tunl", Object::Tunnel),
    ("rule", Object::Rule),
    ("neigh", Object::Neighbor),
];

/// `ip`, in a container.
pub async fn ip(proc: Proc) -> i32 {
    let words = proc.args();
    finish(&proc, run(&proc, &words))
}

fn run(proc: &Proc, words: &[String]) -> Result<()> {
    if matches!(words, [word] if word == "--help") {
        return Err(Failure { status: 0, ..usage() });
    }
    let mut args = Args::new(words);
    let tool = Tool { proc: proc.clone(), options: parse_options(&mut args)? };
    let object = args.next().and_then(|word| abbreviated(word, OBJECTS)).ok_or_else(usage)?;
    match object {
        Object::Address => addr::run(&tool, args),
        Object::Route if takes_inet6(&tool, &args) => route6::run(&tool, args),
        Object::Route => route::run(&tool, args),
        Object::Link => link::run(&tool, args),
        Object::Neighbor => neigh::run(&tool, args),
        Object::Rule => rule::run(&tool, args),
        Object::Tunnel => match args.next() {
            // There are no such devices.
            None => Ok(()),
            Some(word) if is_one_of(word, &["show", "list", "lst"]) => Ok(()),
            Some(word) if is_one_of(word, &["add", "change", "delete"]) => {
                Err(Failure::not_simulated(format_args!("ip tunnel {word}")))
            }
            Some(word) => Err(invalid(word, "ip")),
        },
    }
}

fn parse_options(args: &mut Args) -> Result<Options> {
    let mut options = Options::default();
    while let Some(word) = args.peek().filter(|word| word.starts_with('-')) {
        args.next();
        let name = word.trim_start_matches('-');
        match name {
            "4" => options.family = Family::Inet,
            "6" => options.family = Family::Inet6,
            "0" => options.family = Family::Link,
            "" => return Err(usage()),
            _ if abbreviates(name, "oneline") => options.oneline = true,
            _ if abbreviates(name, "family") => {
                let value = value(args)?;
                options.family = match value {
                    "inet" | "inet6" | "link" => Family::named(value).unwrap_or_default(),
                    _ => return Err(invalid(value, "family")),
                };
            }
            _ => return Err(usage()),
        }
    }
    Ok(options)
}

fn usage() -> Failure {
    Failure { text: format!("{BANNER}\n\n{USAGE}"), status: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_be_shortened() {
        let words = ["-o".to_owned(), "-fam".to_owned(), "inet".to_owned(), "a".to_owned()];
        let mut args = Args::new(&words);
        let options = parse_options(&mut args).unwrap();
        assert!(options.oneline);
        assert_eq!(options.family, Family::Inet);
        assert_eq!(args.next(), Some("a"));
        let words = ["-s".to_owned()];
        assert_eq!(parse_options(&mut Args::new(&words)).unwrap_err(), usage());
    }
}
