//! Reading a command line from left to right, as iptables does. Its own options are in [`own`], those
//! of extensions here.

mod own;

use crate::kernel::netfilter::TableName;
use crate::kernel::netfilter::matches::{Match, Maybe};
use crate::kernel::netfilter::target::Target;
use crate::wire::Ipv4Addr;

use super::command::{Action, Command, Letters, Options, check_chain_length, check_devices};
use super::extension::{GivenOption, Loaded, Opt};
use super::getopt::{Item, Scanner, expand};
use super::ip::read_addresses;
use super::names::protocol_name;
use super::rule::{Goal, RuleSpec};
use super::{SpecError, matches};

/// Long options of iptables itself, and the letters that they stand for.
const LONG: &[(&str, char)] = &[
    ("append", 'A'),
    ("delete", 'D'),
    ("check", 'C'),
    ("insert", 'I'),
    ("replace", 'R'),
    ("list", 'L'),
    ("list-rules", 'S'),
    ("flush", 'F'),
    ("zero", 'Z'),
    ("new-chain", 'N'),
    ("delete-chain", 'X'),
    ("rename-chain", 'E'),
    ("policy", 'P'),
    ("source", 's'),
    ("destination", 'd'),
    ("src", 's'),
    ("dst", 'd'),
    ("protocol", 'p'),
    ("in-interface", 'i'),
    ("jump", 'j'),
    ("table", 't'),
    ("match", 'm'),
    ("numeric", 'n'),
    ("out-interface", 'o'),
    ("verbose", 'v'),
    ("wait", 'w'),
    ("wait-interval", 'W'),
    ("exact", 'x'),
    ("fragments", 'f'),
    ("version", 'V'),
    ("help", 'h'),
    ("line-numbers", '0'),
    ("modprobe", 'M'),
    ("set-counters", 'c'),
    ("goto", 'g'),
    ("ipv4", '4'),
    ("ipv6", '6'),
];

/// What a command line may need to know.
pub struct Environment<'a> {
    /// The addresses of a host.
    pub resolve: &'a dyn Fn(&str) -> Vec<Ipv4Addr>,
    /// The table of which a file of `iptables-restore` speaks; then `-t` is refused.
    pub table: Option<TableName>,
}

impl Environment<'_> {
    /// A command line without names of hosts.
    pub const PLAIN: Environment<'static> = Environment { resolve: &|_| Vec::new(), table: None };
}

/// Reads a command line, without the name of the program.
pub fn parse(words: &[String], environment: &Environment<'_>) -> Result<Command, SpecError> {
    let mut parser = Parser {
        words: Scanner::new(words),
        environment,
        not: false,
        letters: Letters::default(),
        action: None,
        zero: None,
        chain: None,
        table: "filter".to_owned(),
        rule: RuleSpec::empty(),
        source: None,
        destination: None,
        matches: Vec::new(),
        protocol_loaded: false,
        jump: None,
        target: None,
        verbose: false,
        remarks: Vec::new(),
    };
    while parser.step()? {}
    parser.finish()
}

struct Parser<'a> {
    words: Scanner<'a>,
    environment: &'a Environment<'a>,
    /// `!` was the last word.
    not: bool,
    letters: Letters,
    action: Option<Action>,
    /// `-Z` beside `-L` or `-S`.
    zero: Option<Action>,
    chain: Option<String>,
    table: String,
    rule: RuleSpec,
    source: Option<(&'a str, bool)>,
    destination: Option<(&'a str, bool)>,
    matches: Vec<Loaded<Match>>,
    /// Whether the match that belongs to the protocol was loaded.
    protocol_loaded: bool,
    /// The word behind `-j` or `-g`, and whether it was the latter.
    jump: Option<(String, bool)>,
    target: Option<Loaded<Target>>,
    verbose: bool,
    remarks: Vec<String>,
}

/// Where an option of an extension belongs.
enum Place {
    Match(usize),
    Target,
}

impl<'a> Parser<'a> {
    /// Takes one option with what belongs to it; false at the end, and behind `-h` and `-V`.
    fn step(&mut self) -> Result<bool, SpecError> {
        match self.words.next() {
            Item::End => return Ok(false),
            Item::Word("!") if self.not => {
                let sentence = "multiple consecutive ! not allowed";
                return Err(SpecError::bad(sentence.to_owned()));
            }
            Item::Word("!") => {
                self.not = true;
                return Ok(true);
            }
            Item::Word(word) => return Err(SpecError::Stray(word.to_owned())),
            Item::Short(letter) => self.option(letter, None)?,
            Item::Long(name, value) => self.long(name, value)?,
        }
        self.not = false;
        Ok(!matches!(self.action, Some(Action::Version | Action::Help)))
    }

    fn unknown(&self) -> SpecError {
        SpecError::bad(format!("unknown option \"{}\"", self.words.last()))
    }

    /// A long option: iptables' own, or that of an extension.
    fn long(&mut self, name: &str, value: Option<&'a str>) -> Result<(), SpecError> {
        let own = LONG.iter().map(|(name, _)| *name);
        let known = own.chain(self.extension_names());
        let Some(full) = expand(name, known) else {
            // The match of the protocol is loaded when something does not make sense without it.
            if self.load_protocol()? {
                return self.long(name, value);
            }
            return Err(self.unknown());
        };
        if let Some((_, letter)) = LONG.iter().find(|(name, _)| *name == full) {
            return self.option(*letter, value);
        }
        let (place, opt) = self.place_of(full).ok_or_else(|| self.unknown())?;
        self.extension_option(&place, opt, value)
    }

    fn extension_names(&self) -> impl Iterator<Item = &'static str> {
        let matches = self.matches.iter().flat_map(|loaded| loaded.extension.options);
        let target = self.target.iter().flat_map(|loaded| loaded.extension.options);
        matches.chain(target).flat_map(|opt| opt.names).copied()
    }

    /// The extension to which an option belongs: that which was loaded last.
    fn place_of(&self, name: &str) -> Option<(Place, &'static Opt)> {
        let of = |options: &'static [Opt]| options.iter().find(|opt| opt.names.contains(&name));
        let target = self.target.as_ref().and_then(|loaded| of(loaded.extension.options));
        if let Some(opt) = target {
            return Some((Place::Target, opt));
        }
        let mut matches = self.matches.iter().enumerate().rev();
        matches.find_map(|(n, loaded)| Some((Place::Match(n), of(loaded.extension.options)?)))
    }

    fn extension_option(
        &mut self,
        place: &Place,
        opt: &'static Opt,
        value: Option<&'a str>,
    ) -> Result<(), SpecError> {
        let name = opt.names[0];
        let mut values = Vec::new();
        match opt.values {
            0 if value.is_some() => return Err(self.unknown()),
            0 => {}
            _ => values.push(self.words.value(value)?.to_owned()),
        }
        if opt.values == 2 {
            let second = self.words.optional();
            let missing = || SpecError::bad(format!("--{name} requires two args."));
            values.push(second.ok_or_else(missing)?.to_owned());
        }
        let given = GivenOption { name, not: self.not, values };
        match place {
            Place::Match(n) => self.matches[*n].give(opt, given, &self.rule.ip),
            Place::Target => {
                let target = self.target.as_mut().expect("its option was found");
                target.give(opt, given, &self.rule.ip)
            }
        }
    }

    /// Loads the match that is called as the protocol; whether there was one to load.
    fn load_protocol(&mut self) -> Result<bool, SpecError> {
        let Some(Maybe { value, .. }) = self.rule.ip.protocol else { return Ok(false) };
        let name = protocol_name(value);
        if self.protocol_loaded || self.matches.iter().any(|m| m.extension.name == name) {
            return Ok(false);
        }
        self.protocol_loaded = true;
        if matches::is_missing(&name) {
            return Err(SpecError::NotSimulated(format!("the match {name}")));
        }
        let Some(extension) = matches::find(&name) else { return Ok(false) };
        self.matches.push(Loaded::new(extension));
        Ok(true)
    }

    /// What can only be said when all words have been read.
    fn finish(mut self) -> Result<Command, SpecError> {
        let table = self.environment.table.or_else(|| TableName::named(&self.table));
        if matches!(self.action, Some(Action::Version | Action::Help)) {
            let table = table.unwrap_or(TableName::Filter);
            return Ok(self.into_command(table));
        }
        self.refuse_drop_in_nat(table)?;
        for loaded in &self.matches {
            self.rule.matches.push(loaded.finish(&self.rule.ip)?);
        }
        if let Some(loaded) = &self.target {
            self.rule.goal = Goal::Target(loaded.finish(&self.rule.ip)?);
        } else if let Some((name, goto)) = self.jump.take() {
            self.rule.goal = Goal::Chain { name, goto };
        }
        let Some(action) = &self.action else {
            return Err(SpecError::bad("no command specified".to_owned()));
        };
        if self.not {
            return Err(SpecError::bad("nothing appropriate following !".to_owned()));
        }
        let resolve = self.environment.resolve;
        if let Some((text, not)) = self.source {
            self.rule.sources = read_addresses(text, not, resolve)?;
        }
        if let Some((text, not)) = self.destination {
            self.rule.destinations = read_addresses(text, not, resolve)?;
        }
        let several = self.rule.sources.len() > 1 || self.rule.destinations.len() > 1;
        if matches!(action, Action::Replace { .. }) && several {
            let sentence = "Replacement rule does not specify a unique address";
            return Err(SpecError::bad(sentence.to_owned()));
        }
        self.letters.check(action)?;
        if let Some(chain) = &self.chain {
            check_chain_length(chain)?;
            if action.has_rule() {
                check_devices(chain, &self.rule.ip)?;
            }
        }
        let table = table.ok_or_else(|| SpecError::NoTable(self.table.clone()))?;
        Ok(self.into_command(table))
    }

    fn refuse_drop_in_nat(&self, table: Option<TableName>) -> Result<(), SpecError> {
        let is_drop = |name: &str| name == "DROP";
        let drops = self.jump.as_ref().is_some_and(|(name, _)| is_drop(name))
            || matches!(&self.action, Some(Action::Policy { name }) if is_drop(name));
        if drops && table == Some(TableName::Nat) {
            let sentence = "\nThe \"nat\" table is not intended for filtering, the use of DROP is \
                            therefore inhibited.\n\n";
            return Err(SpecError::bad(sentence.to_owned()));
        }
        Ok(())
    }

    fn into_command(mut self, table: TableName) -> Command {
        for wanted in &self.rule.matches {
            let Match::IpRange(wanted) = wanted else { continue };
            let ranges = [wanted.src, wanted.dst].into_iter().flatten();
            self.remarks.extend(
                ranges.map(|range| range.value).filter(|(low, high)| low > high).map(
                    |(low, high)| {
                        format!("xt_iprange: range {low}-{high} is reversed and will never match")
                    },
                ),
            );
        }
        let options = Options {
            verbose: self.verbose,
            numeric: self.letters.has('n'),
            exact: self.letters.has('x'),
            line_numbers: self.letters.has('0'),
            zero: self.zero.is_some(),
        };
        Command {
            table,
            chain: self.chain,
            action: self.action.expect("the caller saw it"),
            rule: self.rule,
            options,
            remarks: self.remarks,
        }
    }
}
