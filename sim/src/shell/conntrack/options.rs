//! The command line of `conntrack`: which command, on which table, with which options, and which of
//! them go together.

use crate::kernel::netfilter::conntrack::TcpState;
use crate::process::programs::options::{Argument, Long, Options, Wrong};
use crate::shell::args::leading_number;
use crate::wire::ipv4;

use super::filter::{Ends, Filter, Icmp, Nat, address};
use super::refusal::{Refusal, Result};
use super::show::Output;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    List,
    Create,
    Update,
    Delete,
    Get,
    Flush,
    Event,
    Version,
    Help,
    Count,
    Stats,
    Load,
}

/// The tables of the connection tracking system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The connections.
    Conntrack,
    /// The connections that are expected to come.
    Expect,
    /// What is being taken out of the table.
    Dying,
    /// What is not in the table yet.
    Unconfirmed,
}

/// Which events are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Events {
    pub new: bool,
    pub updates: bool,
    pub destroy: bool,
}

/// A command line.
#[derive(Debug)]
pub struct Request {
    /// The command; without one, the usage is shown.
    pub command: Option<Command>,
    /// Its table.
    pub table: Table,
    /// Which connections.
    pub filter: Filter,
    /// How they are shown.
    pub output: Output,
    /// Which events.
    pub events: Events,
    /// The counters begin anew.
    pub zero: bool,
    /// What is said before anything else.
    pub remarks: Vec<String>,
    /// The letters of the options that were given.
    given: Vec<char>,
}

const LETTERS: &str = "LIUDGEFAhVCSR:s:d:r:q:p:t:u:e:a:zm:i:f:o:n::g::j::c:b:w:l:";

const NAMES: &[Long] = &[
    ("dump", Argument::None, 'L'),
    ("create", Argument::None, 'I'),
    ("add", Argument::None, 'A'),
    ("delete", Argument::None, 'D'),
    ("update", Argument::None, 'U'),
    ("get", Argument::None, 'G'),
    ("flush", Argument::None, 'F'),
    ("event", Argument::None, 'E'),
    ("version", Argument::None, 'V'),
    ("help", Argument::None, 'h'),
    ("count", Argument::None, 'C'),
    ("stats", Argument::None, 'S'),
    ("load-file", Argument::Required, 'R'),
    ("src", Argument::Required, 's'),
    ("orig-src", Argument::Required, 's'),
    ("dst", Argument::Required, 'd'),
    ("orig-dst", Argument::Required, 'd'),
    ("reply-src", Argument::Required, 'r'),
    ("reply-dst", Argument::Required, 'q'),
    ("protonum", Argument::Required, 'p'),
    ("timeout", Argument::Required, 't'),
    ("status", Argument::Required, 'u'),
    ("zero", Argument::None, 'z'),
    ("event-mask", Argument::Required, 'e'),
    ("tuple-src", Argument::Required, '['),
    ("tuple-dst", Argument::Required, ']'),
    ("mask-src", Argument::Required, '{'),
    ("mask-dst", Argument::Required, '}'),
    ("nat-range", Argument::Required, 'a'),
    ("mark", Argument::Required, 'm'),
    ("id", Argument::Required, 'i'),
    ("family", Argument::Required, 'f'),
    ("src-nat", Argument::Optional, 'n'),
    ("dst-nat", Argument::Optional, 'g'),
    ("any-nat", Argument::Optional, 'j'),
    ("output", Argument::Required, 'o'),
    ("secmark", Argument::Required, 'c'),
    ("buffer-size", Argument::Required, 'b'),
    ("zone", Argument::Required, 'w'),
    ("label", Argument::Required, 'l'),
    ("label-add", Argument::Required, '<'),
    ("label-del", Argument::Required, '>'),
    ("orig-zone", Argument::Required, '('),
    ("reply-zone", Argument::Required, ')'),
    ("orig-port-src", Argument::Required, '1'),
    ("sport", Argument::Required, '9'),
    ("orig-port-dst", Argument::Required, '2'),
    ("dport", Argument::Required, '0'),
    ("reply-port-src", Argument::Required, '3'),
    ("reply-port-dst", Argument::Required, '4'),
    ("state", Argument::Required, '5'),
    ("icmp-type", Argument::Required, '6'),
    ("icmp-code", Argument::Required, '7'),
    ("icmp-id", Argument::Required, '8'),
];

/// The options that go with some commands only, in the order in which they are looked at.
const CHECKED: &[char] = &[
    's', 'd', 'r', 'q', 'p', 't', 'u', 'z', 'e', '[', ']', '{', '}', 'm', 'i', 'f', 'n', 'g', 'o',
    'c', 'b', 'j', 'w', 'l', '<', '>', '(', ')',
];

/// The long name by which messages call an option.
fn name_of(letter: char) -> &'static str {
    NAMES.iter().find(|(_, _, known)| *known == letter).map_or("", |(name, ..)| name)
}

/// Which options a command must have, and which it may have.
fn legal(command: Option<Command>, table: Table) -> (&'static str, &'static str) {
    match (command, table) {
        (Some(Command::List), Table::Expect) => ("", "fo"),
        (Some(Command::List), _) => ("", "sdrqpuz{}mfngocjwl<>()"),
        (Some(Command::Delete), Table::Expect) => ("sd", "sd[]{}p"),
        (Some(Command::Delete), _) => ("", "sdrqptu{}mifngowl<>()"),
        (Some(Command::Get), Table::Expect) => ("sd", "sd[]{}p"),
        (Some(Command::Get), _) => ("p", "sdrqpio"),
        (Some(Command::Flush), Table::Conntrack) => ("", "f"),
        (Some(Command::Event), Table::Expect) => ("", "o"),
        (Some(Command::Event), _) => ("", "sdrqpe{}mfngocbjwl<>()"),
        (Some(Command::Create), _) => ("pt", "sdrqptumngwcl<()"),
        (Some(Command::Update), _) => ("", "sdrqptum{}fngcwl<>()i"),
        _ => ("", ""),
    }
}

/// Reads a command line.
pub fn parse(words: &[String]) -> Result<Request> {
    let mut request = Request {
        command: None,
        table: Table::Conntrack,
        filter: Filter::default(),
        output: Output::default(),
        events: Events { new: true, updates: true, destroy: true },
        zero: false,
        remarks: Vec::new(),
        given: Vec::new(),
    };
    let mut options = Options::with_names(words, LETTERS, NAMES);
    while let Some(option) = options.next() {
        let (letter, value) = option.map_err(|wrong| mistake(&wrong))?;
        if let Some(command) = command_of(letter) {
            request.choose(command)?;
            match command {
                Command::Version | Command::Help | Command::Load => {}
                _ => request.table = table_named(options.optional_word())?,
            }
            continue;
        }
        let value = match letter {
            'n' | 'g' | 'j' if value.is_empty() => options.optional_word().unwrap_or_default(),
            _ => value,
        };
        request.option(letter, value)?;
    }
    request.check()?;
    Ok(request)
}

fn command_of(letter: char) -> Option<Command> {
    Some(match letter {
        'L' => Command::List,
        'I' | 'A' => Command::Create,
        'U' => Command::Update,
        'D' => Command::Delete,
        'G' => Command::Get,
        'F' => Command::Flush,
        'E' => Command::Event,
        'V' => Command::Version,
        'h' => Command::Help,
        'C' => Command::Count,
        'S' => Command::Stats,
        'R' => Command::Load,
        _ => return None,
    })
}

fn mistake(wrong: &Wrong) -> Refusal {
    Refusal::usage(match wrong {
        Wrong::Letter(letter) => format!("unknown option `-{letter}'"),
        Wrong::Name(name) | Wrong::Ambiguous(name) | Wrong::NoArgument(name) => unknown(name),
        Wrong::LetterArgument(letter) => format!("option `-{letter}' requires an argument"),
        Wrong::NameArgument(name) => format!("option `--{name}' requires an argument"),
    })
}

fn unknown(name: &str) -> String {
    format!("unknown option `--{name}'")
}

fn table_named(word: Option<&str>) -> Result<Table> {
    let Some(word) = word else { return Ok(Table::Conntrack) };
    let tables = [
        ("expect", Table::Expect),
        ("conntrack", Table::Conntrack),
        ("dying", Table::Dying),
        ("unconfirmed", Table::Unconfirmed),
    ];
    let found = tables.into_iter().find(|(name, _)| name.starts_with(word));
    found.map(|(_, table)| table).ok_or_else(|| Refusal::usage(format!("unknown type `{word}'")))
}

impl Request {
    fn choose(&mut self, command: Command) -> Result<()> {
        if self.command.replace(command).is_some() {
            return Err(Refusal::usage("Invalid commands combination"));
        }
        Ok(())
    }

    fn option(&mut self, letter: char, value: &str) -> Result<()> {
        let filter = &mut self.filter;
        match letter {
            's' => filter.original.set_src(value, &mut filter.is_ipv6)?,
            'd' => filter.original.set_dst(value, &mut filter.is_ipv6)?,
            'r' | 'q' if value.contains('/') => {
                let name = name_of(letter);
                let why = format!("CIDR notation unavailable for `--{name}'");
                return Err(Refusal::usage(why));
            }
            'r' => filter.reply.set_src(value, &mut filter.is_ipv6)?,
            'q' => filter.reply.set_dst(value, &mut filter.is_ipv6)?,
            '{' => filter.original.src_mask = Some(address(value)?),
            '}' => filter.original.dst_mask = Some(address(value)?),
            'p' => filter.protocol = Some(protocol(value)?),
            'u' => self.status(value)?,
            'e' => self.events = events(value)?,
            'm' => filter.mark = Some(mark(value)),
            'f' => filter.family(value)?,
            'n' => filter.src_nat = Some(Nat::parse(value)?),
            'g' => filter.dst_nat = Some(Nat::parse(value)?),
            'j' => filter.any_nat = Some(Nat::parse(value)?),
            'o' => self.output = Output::parse(value)?,
            'w' | '(' | ')' => filter.zone = leading_number(value) as u16,
            'z' => self.zero = true,
            'a' => {
                self.remarks.push("WARNING: ignoring -a, deprecated option.".to_owned());
                return Ok(());
            }
            'l' | '<' | '>' => {
                self.remarks.push("nfct_labelmap_new: No such file or directory".to_owned());
                let sentence = format!("unknown label '{value}'");
                return Err(Refusal { remarks: self.remarks.clone(), ..Refusal::usage(sentence) });
            }
            '0'..='9' => return self.protocol_option(letter, value),
            _ => {}
        }
        self.given.push(letter);
        Ok(())
    }

    /// An option that there is only behind `-p`.
    fn protocol_option(&mut self, letter: char, value: &str) -> Result<()> {
        use ipv4::protocol::{ICMP, SCTP, TCP, UDP};
        let filter = &mut self.filter;
        let number = leading_number(value) as u16;
        let port = Some(number);
        match (letter, filter.protocol) {
            ('1' | '9', Some(TCP | UDP | SCTP)) => filter.original.src_port = port,
            ('2' | '0', Some(TCP | UDP | SCTP)) => filter.original.dst_port = port,
            ('3', Some(TCP | UDP | SCTP)) => filter.reply.src_port = port,
            ('4', Some(TCP | UDP | SCTP)) => filter.reply.dst_port = port,
            ('5', Some(TCP)) => filter.state = Some(tcp_state(value)?),
            ('6', Some(ICMP)) => filter.icmp.kind = Some(number as u8),
            ('7', Some(ICMP)) => filter.icmp.code = Some(number as u8),
            ('8', Some(ICMP)) => filter.icmp.id = Some(number),
            _ => return Err(Refusal::usage(unknown(name_of(letter)))),
        }
        Ok(())
    }

    fn status(&mut self, value: &str) -> Result<()> {
        let status = &mut self.filter.status;
        for word in value.split(',') {
            let is = |name: &str| !word.is_empty() && name.starts_with(&word.to_uppercase());
            match () {
                () if is("ASSURED") => status.assured = true,
                () if is("SEEN_REPLY") => status.seen_reply = Some(true),
                () if is("UNREPLIED") => status.seen_reply = Some(false),
                // No connection here is one of these.
                () if is("FIXED_TIMEOUT") || is("EXPECTED") || is("OFFLOAD") => {
                    status.is_never = true;
                }
                () if is("UNSET") => return Err(Refusal::operation("invalid parameters")),
                () => return Err(bad(word)),
            }
        }
        Ok(())
    }

    /// Whether the options go with the command.
    fn check(&self) -> Result<()> {
        let is_list_of_conns = matches!(self.table, Table::Conntrack);
        if matches!(self.table, Table::Dying | Table::Unconfirmed)
            && self.command != Some(Command::List)
        {
            let why = "Can't do that command with tables `dying' and `unconfirmed'";
            return Err(Refusal::usage(why));
        }
        let (required, allowed) = legal(self.command, self.table);
        for letter in CHECKED {
            let given = self.given.contains(letter);
            let name = name_of(*letter);
            if !given && required.contains(*letter) {
                let why = format!("You need to supply the `--{name}' option for this command");
                return Err(Refusal::usage(why));
            }
            if given && !allowed.contains(*letter) {
                return Err(Refusal::usage(format!("Illegal option `--{name}' with this command")));
            }
        }
        let has = |letters: &str| letters.chars().any(|letter| self.given.contains(&letter));
        for (mask, address) in [('{', 's'), ('}', 'd')] {
            if is_list_of_conns && self.given.contains(&mask) && !self.given.contains(&address) {
                let (mask, address) = (name_of(mask), name_of(address));
                return Err(Refusal::usage(format!("Can't use --{mask} without --{address}")));
            }
        }
        if is_list_of_conns && self.zero && has("sdrqpumngjw") {
            return Err(Refusal::usage("Can't use -z with filtering parameters"));
        }
        if self.command == Some(Command::Get) && is_list_of_conns {
            self.check_tuple()?;
        }
        Ok(())
    }

    /// `-G` asks for one connection, by all that its packets have.
    fn check_tuple(&self) -> Result<()> {
        let ends = |ends: &Ends| ends.src.is_some() && ends.dst.is_some();
        let filter = &self.filter;
        if !ends(&filter.original) && !ends(&filter.reply) {
            return Err(Refusal::usage("you have to specify `--src' and `--dst'"));
        }
        let Icmp { kind, code, id } = filter.icmp;
        let missing = match filter.protocol {
            Some(ipv4::protocol::ICMP) => [
                ("icmp-type", kind.is_some()),
                ("icmp-code", code.is_some()),
                ("icmp-id", id.is_some()),
            ]
            .into_iter()
            .find(|(_, given)| !given),
            _ => None,
        };
        if let Some((name, _)) = missing {
            let why = format!("You need to supply the `--{name}' option for this command");
            return Err(Refusal::usage(why));
        }
        if !ends(&filter.original) {
            return Err(Refusal::operation("invalid parameters"));
        }
        Ok(())
    }
}

fn bad(word: &str) -> Refusal {
    Refusal::usage(format!("Bad parameter `{word}'"))
}

fn protocol(word: &str) -> Result<u8> {
    let known = ["tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "gre"];
    let named = known.into_iter().find(|name| word.eq_ignore_ascii_case(name));
    let number = match named {
        Some("icmpv6") => Some(58),
        Some(name) => ipv4::protocol::number(name),
        None => word.parse().ok(),
    };
    number.ok_or_else(|| Refusal::usage(format!("`{word}' unsupported protocol")))
}

fn tcp_state(word: &str) -> Result<TcpState> {
    let found = TcpState::ALL.into_iter().find(|state| state.name() == word);
    found.ok_or_else(|| Refusal::usage(format!("unknown TCP state `{word}'")))
}

/// `VALUE[/MASK]`; what is no number is zero.
fn mark(word: &str) -> (u32, u32) {
    let number = |word: &str| match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap_or(0),
        None => leading_number(word) as u32,
    };
    match word.split_once('/') {
        Some((value, mask)) => (number(value), number(mask)),
        None => (number(word), u32::MAX),
    }
}

fn events(value: &str) -> Result<Events> {
    let mut events = Events { new: false, updates: false, destroy: false };
    for word in value.split(',') {
        let is = |name: &str| !word.is_empty() && name.starts_with(&word.to_uppercase());
        match () {
            () if is("ALL") => return Ok(Events { new: true, updates: true, destroy: true }),
            () if is("NEW") => events.new = true,
            () if is("UPDATES") => events.updates = true,
            () if is("DESTROY") => events.destroy = true,
            () => return Err(bad(word)),
        }
    }
    Ok(events)
}
