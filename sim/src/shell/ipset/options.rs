//! The command line of `ipset`.

use crate::kernel::netfilter::ipset::{SetKind, SetOptions};

use super::entry::{Entries, number};
use super::refusal::{Refusal, Result};

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    Create { name: String, options: SetOptions },
    Add { name: String, words: Vec<String> },
    Del { name: String, words: Vec<String> },
    Test { name: String, words: Vec<String> },
    Destroy(Option<String>),
    List(Option<String>),
    Save(Option<String>),
    Restore,
    Flush(Option<String>),
    Rename { from: String, to: String },
    Swap { from: String, to: String },
    Help,
    Version,
    Quit,
}

impl Command {
    /// Whether the kernel is asked at all.
    pub fn asks_kernel(&self) -> bool {
        !matches!(self, Command::Help | Command::Version | Command::Quit)
    }
}

/// How sets are listed (`-o`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Output {
    Plain,
    Save,
}

/// A whole command line.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Request {
    /// What is to be done.
    pub command: Command,
    /// `-!`: what is done already is no error.
    pub exist: bool,
    /// `-q`.
    pub quiet: bool,
    /// `-s`.
    pub sorted: bool,
    /// `-n`.
    pub names: bool,
    /// `-t`.
    pub terse: bool,
    /// `-o`.
    pub output: Option<Output>,
    /// `-f`.
    pub file: Option<String>,
}

impl Request {
    /// How `save` differs from `list`.
    pub fn is_save(&self) -> bool {
        match self.output {
            Some(output) => output == Output::Save,
            None => matches!(self.command, Command::Save(_)),
        }
    }
}

/// Names of commands, the long one first; it may be shortened.
const COMMANDS: &[&[&str]] = &[
    &["create", "-N", "--create"],
    &["add", "-A", "--add"],
    &["del", "-D", "--del"],
    &["test", "-T", "--test"],
    &["destroy", "-X", "--destroy"],
    &["list", "-L", "--list"],
    &["save", "-S", "--save"],
    &["restore", "-R", "--restore"],
    &["flush", "-F", "--flush"],
    &["rename", "-E", "--rename"],
    &["swap", "-W", "--swap"],
    &["help", "-h", "--help", "-H"],
    &["version", "-v", "--version", "-V"],
    &["quit"],
];

/// Types of the real ipset that netsim has not.
const NOT_SIMULATED: &[&str] = &[
    "bitmap:ip",
    "bitmap:ip,mac",
    "bitmap:port",
    "hash:ip,mac",
    "hash:ip,mark",
    "hash:ip,port,ip",
    "hash:ip,port,net",
    "hash:mac",
    "hash:net,iface",
    "hash:net,net",
    "hash:net,port",
    "hash:net,port,net",
    "list:set",
];

const MAX_NAME: usize = 31;
const MAX_TIMEOUT: u64 = 2_147_483;

/// Reads a command line, without the name of the program.
pub fn parse(args: &[String]) -> Result<Request> {
    let mut request = Request {
        command: Command::Quit,
        exist: false,
        quiet: false,
        sorted: false,
        names: false,
        terse: false,
        output: None,
        file: None,
    };
    let mut words = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-!" | "-exist" => request.exist = true,
            "-q" | "-quiet" => request.quiet = true,
            "-s" | "-sorted" => request.sorted = true,
            "-n" | "-name" => request.names = true,
            "-t" | "-terse" => request.terse = true,
            "-r" | "-resolve" => return Err(Refusal::not_simulated("the option -resolve")),
            "-o" | "-output" => request.output = Some(output(rest.next())?),
            "-f" | "-file" => request.file = Some(value(rest.next(), "-file")?),
            _ => words.push(arg.clone()),
        }
    }
    request.command = command(words)?;
    Ok(request)
}

fn value(word: Option<&String>, option: &str) -> Result<String> {
    let missing = || Refusal::Usage(format!("Missing mandatory argument to option {option}"));
    word.cloned().ok_or_else(missing)
}

fn output(word: Option<&String>) -> Result<Output> {
    match value(word, "-output")?.as_str() {
        "plain" => Ok(Output::Plain),
        "save" => Ok(Output::Save),
        "xml" => Err(Refusal::not_simulated("the output mode xml")),
        mode => Err(Refusal::syntax(format!("unknown output mode '{mode}'"))),
    }
}

fn command(words: Vec<String>) -> Result<Command> {
    let mut words = words.into_iter();
    let Some(word) = words.next() else {
        return Err(Refusal::Usage("No command specified.".to_owned()));
    };
    let is_meant = |names: &&&[&str]| names[0].starts_with(&word) || names[1..].contains(&&*word);
    let unknown = || Refusal::Usage(format!("No command specified: unknown argument {word}"));
    let name = COMMANDS.iter().find(is_meant).ok_or_else(unknown)?[0];
    let missing =
        |which| Refusal::Usage(format!("Missing {which}mandatory argument to command {name}"));
    let first = words.next();
    let needs = match name {
        "create" | "add" | "del" | "test" | "rename" | "swap" => 2,
        _ => 0,
    };
    if needs == 0 {
        if let ("restore" | "version" | "quit", Some(word)) = (name, &first) {
            return Err(Refusal::Usage(format!("Unknown argument {word}")));
        }
        if let (true, Some(word)) = (name != "help", words.next()) {
            return Err(Refusal::Usage(format!("Unknown argument {word}")));
        }
        let set = first.map(set_name).transpose()?;
        return Ok(match name {
            "destroy" => Command::Destroy(set),
            "list" => Command::List(set),
            "save" => Command::Save(set),
            "restore" => Command::Restore,
            "flush" => Command::Flush(set),
            "help" => Command::Help,
            "version" => Command::Version,
            _ => Command::Quit,
        });
    }
    let set = set_name(first.ok_or_else(|| missing(""))?)?;
    let second = words.next().ok_or_else(|| missing("second "))?;
    let entry = |words: std::vec::IntoIter<String>| [second.clone()].into_iter().chain(words);
    match name {
        "create" => Ok(Command::Create { name: set, options: options(&second, words)? }),
        "add" => Ok(Command::Add { name: set, words: entry(words).collect() }),
        "del" => Ok(Command::Del { name: set, words: entry(words).collect() }),
        "test" => Ok(Command::Test { name: set, words: entry(words).collect() }),
        _ => {
            if let Some(word) = words.next() {
                return Err(Refusal::Usage(format!("Unknown argument {word}")));
            }
            let to = set_name(second)?;
            Ok(match name {
                "rename" => Command::Rename { from: set, to },
                _ => Command::Swap { from: set, to },
            })
        }
    }
}

fn set_name(name: String) -> Result<String> {
    if name.len() > MAX_NAME {
        let why = format!("setname '{name}' is longer than {MAX_NAME} characters");
        return Err(Refusal::syntax(why));
    }
    Ok(name)
}

/// The type of a set, and what stands behind it.
fn options(word: &str, mut words: impl Iterator<Item = String>) -> Result<SetOptions> {
    let kind = match word {
        "iphash" => Some(SetKind::Ip),
        "nethash" => Some(SetKind::Net),
        "ipporthash" => Some(SetKind::IpPort),
        _ => SetKind::ALL.into_iter().find(|kind| kind.name() == word),
    };
    let Some(kind) = kind else {
        return Err(match NOT_SIMULATED.contains(&word) {
            true => Refusal::not_simulated(format!("the set type {word}")),
            false => Refusal::syntax(format!("typename '{word}' is unknown")),
        });
    };
    let mut options = SetOptions {
        kind,
        timeout: None,
        max_elements: 65_536,
        counters: false,
        comment: false,
        hash_size: 1024,
        bucket_size: 12,
        initval: 0,
    };
    while let Some(word) = words.next() {
        let mut take = |max| number(&needed(&word, words.next())?, max);
        match word.as_str() {
            "timeout" => options.timeout = Some(take(MAX_TIMEOUT)? as u32),
            "maxelem" => options.max_elements = take(u32::MAX.into())? as u32,
            "hashsize" => {
                let size = take(u32::MAX.into())? as u32;
                options.hash_size = size.max(64).checked_next_power_of_two().unwrap_or(1 << 31);
            }
            "bucketsize" => options.bucket_size = take(u8::MAX.into())? as u8,
            "initval" => options.initval = take(u32::MAX.into())? as u32,
            "counters" => options.counters = true,
            "comment" => options.comment = true,
            "family" => match needed(&word, words.next())?.as_str() {
                "inet" | "ipv4" => {}
                "inet6" | "ipv6" => return Err(Refusal::not_simulated("IPv6")),
                family => return Err(Refusal::syntax(format!("unknown inet family {family}"))),
            },
            "-4" => {}
            "-6" => return Err(Refusal::not_simulated("IPv6")),
            "forceadd" | "skbinfo" => {
                return Err(Refusal::not_simulated(format!("the option {word}")));
            }
            "netmask" | "bitmask" if kind != SetKind::Net => {
                return Err(Refusal::not_simulated(format!("the option {word}")));
            }
            _ => return Err(Refusal::Usage(format!("Unknown argument: `{word}'"))),
        }
    }
    Ok(options)
}

fn needed(option: &str, value: Option<String>) -> Result<String> {
    value.ok_or_else(|| Refusal::Usage(format!("Missing mandatory argument of option `{option}'")))
}

/// What is added, removed or asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Addition {
    /// The entries.
    pub entries: Entries,
    /// Seconds.
    pub timeout: Option<u32>,
    /// Packets and bytes.
    pub counters: (Option<u64>, Option<u64>),
    /// A remark.
    pub comment: Option<String>,
    /// An exception.
    pub nomatch: bool,
}

impl Addition {
    /// Reads an entry of a set of this kind, and what stands behind it.
    pub fn parse(kind: SetKind, words: &[String]) -> Result<Addition> {
        let (entry, words) = words.split_first().expect("the command has an entry");
        let entries = Entries::parse(kind, entry)?;
        let (mut timeout, mut packets, mut bytes, mut comment) = (None, None, None, None);
        let mut nomatch = false;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let is_again = match word.as_str() {
                "timeout" => timeout.is_some(),
                "packets" => packets.is_some(),
                "bytes" => bytes.is_some(),
                "comment" => comment.is_some(),
                _ => false,
            };
            if is_again {
                return Err(Refusal::syntax(format!("{word} already specified")));
            }
            let mut take = || needed(word, words.next().cloned());
            match word.as_str() {
                "timeout" => timeout = Some(number(&take()?, MAX_TIMEOUT)? as u32),
                "packets" => packets = Some(number(&take()?, i64::MAX as u64)?),
                "bytes" => bytes = Some(number(&take()?, i64::MAX as u64)?),
                "comment" => {
                    let text = take()?;
                    if text.contains('"') {
                        let why = "\" character is not permitted in comments";
                        return Err(Refusal::syntax(why));
                    }
                    comment = Some(text);
                }
                "nomatch" if kind == SetKind::Net => nomatch = true,
                "skbmark" | "skbprio" | "skbqueue" => {
                    return Err(Refusal::not_simulated(format!("the option {word}")));
                }
                _ => return Err(Refusal::Usage(format!("Unknown argument: `{word}'"))),
            }
        }
        Ok(Addition { entries, timeout, counters: (packets, bytes), comment, nomatch })
    }
}
