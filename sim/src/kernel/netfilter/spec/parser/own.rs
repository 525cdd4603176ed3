//! The options of iptables itself: commands, conditions of every rule, jumps.

use crate::kernel::netfilter::matches::Maybe;
use crate::kernel::netfilter::spec::command::{Action, check_chain_name, check_target_name};
use crate::kernel::netfilter::spec::extension::Loaded;
use crate::kernel::netfilter::spec::ip::{read_device, read_protocol};
use crate::kernel::netfilter::spec::{SpecError, matches, targets, values};
use crate::kernel::netfilter::table::RuleCounters;

use super::Parser;

impl<'a> Parser<'a> {
    /// Takes an option by its letter.
    pub(super) fn option(&mut self, letter: char, value: Option<&'a str>) -> Result<(), SpecError> {
        match letter {
            'A' | 'D' | 'C' | 'I' | 'R' | 'L' | 'S' | 'F' | 'Z' | 'N' | 'X' | 'E' | 'P' => {
                self.command(letter, value)
            }
            's' | 'd' | 'p' | 'i' | 'o' | 'f' => self.condition(letter, value),
            'j' | 'g' => self.jump(letter, value),
            'm' => self.load(value),
            't' => {
                self.no_bang("--table")?;
                if self.environment.table.is_some() {
                    let sentence = "The -t option cannot be used in iptables-restore.\n";
                    return Err(SpecError::bad(sentence.to_owned()));
                }
                self.words.value(value)?.clone_into(&mut self.table);
                Ok(())
            }
            'v' if self.verbose => Ok(()),
            'v' => {
                self.verbose = true;
                self.letters.add('v', self.not)
            }
            'n' | 'x' => self.letters.add(letter, self.not),
            // Only its long name is an option.
            '0' if self.words.last().starts_with("--") => self.letters.add('0', self.not),
            'c' => self.counters(value),
            'w' => match self.words.optional_value(value) {
                Some(seconds) if seconds.parse::<u32>().is_err() => {
                    Err(SpecError::bad("wait seconds not numeric".to_owned()))
                }
                _ => Ok(()),
            },
            'W' => {
                self.words.value(value)?;
                self.remarks.push("Ignoring deprecated --wait-interval option.".to_owned());
                Ok(())
            }
            'M' => self.words.value(value).map(|_| ()),
            '4' => Ok(()),
            '6' => Err(SpecError::Usage),
            'V' => {
                self.action = Some(Action::Version);
                Ok(())
            }
            'h' => {
                self.action = Some(Action::Help);
                Ok(())
            }
            _ => Err(self.unknown()),
        }
    }

    fn no_bang(&self, option: &str) -> Result<(), SpecError> {
        if self.not {
            return Err(SpecError::bad(format!("unexpected ! flag before {option}")));
        }
        Ok(())
    }

    /// The number of a rule, from 1 in words, from 0 in here.
    fn number(word: &str) -> Result<usize, SpecError> {
        let number = values::number(word).filter(|n| (1..=0x7fff_ffff).contains(n));
        let number =
            number.ok_or_else(|| SpecError::bad(format!("Invalid rule number `{word}'")))?;
        Ok(number as usize - 1)
    }

    fn optional_number(&mut self) -> Result<Option<usize>, SpecError> {
        self.words.optional().map(Parser::number).transpose()
    }

    fn command(&mut self, letter: char, value: Option<&'a str>) -> Result<(), SpecError> {
        if self.not {
            return Err(SpecError::bad("unexpected '!' flag".to_owned()));
        }
        let may_be_alone = matches!(letter, 'L' | 'S' | 'F' | 'Z' | 'X');
        let chain = if may_be_alone {
            self.words.optional_value(value)
        } else {
            Some(self.words.value(value)?)
        };
        let second = |word: Option<&str>, what: &str| {
            let missing = || SpecError::bad(format!("-{letter} requires {what}"));
            word.map(str::to_owned).ok_or_else(missing)
        };
        let action = match letter {
            'A' => Action::Append,
            'C' => Action::Check,
            'I' => Action::Insert { at: self.optional_number()?.unwrap_or(0) },
            'D' => match self.optional_number()? {
                Some(at) => Action::DeleteAt { at },
                None => Action::Delete,
            },
            'R' => {
                let number = second(self.words.optional(), "a rule number")?;
                Action::Replace { at: Parser::number(&number)? }
            }
            'L' | 'S' | 'Z' => {
                let at = if chain.is_some() { self.optional_number()? } else { None };
                match letter {
                    'L' => Action::List { at },
                    'S' => Action::ListRules { at },
                    _ => Action::Zero { at },
                }
            }
            'F' => Action::Flush,
            'X' => Action::DeleteChain,
            'N' => {
                check_chain_name(chain.unwrap_or_default())?;
                Action::NewChain
            }
            'E' => {
                let what = "old-chain-name and new-chain-name";
                Action::Rename { to: second(self.words.optional(), what)? }
            }
            _ => {
                let what = "a chain and a policy";
                Action::Policy { name: second(self.words.optional(), what)? }
            }
        };
        if let Some(chain) = chain {
            self.chain = Some(chain.to_owned());
        }
        self.set_action(action)
    }

    fn set_action(&mut self, action: Action) -> Result<(), SpecError> {
        let is_zero = matches!(action, Action::Zero { .. });
        match &self.action {
            None => self.action = Some(action),
            Some(list) if list.is_list() && is_zero => self.zero = Some(action),
            Some(Action::Zero { .. }) if action.is_list() => {
                self.zero = self.action.replace(action);
            }
            Some(other) => {
                return Err(SpecError::bad(format!(
                    "Cannot use -{} with -{}",
                    action.letter(),
                    other.letter()
                )));
            }
        }
        Ok(())
    }

    fn condition(&mut self, letter: char, value: Option<&'a str>) -> Result<(), SpecError> {
        let not = self.not;
        let text = if letter == 'f' { "" } else { self.words.whole_value(value)? };
        self.letters.add(letter, not)?;
        let ip = &mut self.rule.ip;
        match letter {
            's' => self.source = Some((text, not)),
            'd' => self.destination = Some((text, not)),
            'p' => ip.protocol = read_protocol(text, not)?,
            'i' => ip.input = read_device(text, not)?,
            'o' => ip.output = read_device(text, not)?,
            _ => ip.fragment = Some(Maybe { not, value: () }),
        }
        if matches!(letter, 'i' | 'o') && text.contains(['/', ' ']) {
            self.remarks.push(format!(
                "Warning: weird character in interface `{text}' ('/' and ' ' are not allowed by the \
                 kernel)."
            ));
        }
        Ok(())
    }

    fn jump(&mut self, letter: char, value: Option<&'a str>) -> Result<(), SpecError> {
        let name = match letter {
            'j' => self.words.whole_value(value)?,
            _ => self.words.value(value)?,
        };
        self.letters.add('j', self.not)?;
        check_target_name(name)?;
        self.jump = Some((name.to_owned(), letter == 'g'));
        if letter == 'j' {
            if targets::is_missing(name) {
                return Err(SpecError::NotSimulated(format!("the target {name}")));
            }
            self.target = targets::find(name).map(Loaded::new);
        }
        Ok(())
    }

    fn load(&mut self, value: Option<&'a str>) -> Result<(), SpecError> {
        self.no_bang("--match")?;
        let name = self.words.value(value)?;
        if matches::is_missing(name) {
            return Err(SpecError::NotSimulated(format!("the match {name}")));
        }
        let extension = matches::find(name).ok_or_else(|| {
            SpecError::bad(format!("Couldn't load match `{name}':No such file or directory\n"))
        })?;
        self.matches.push(Loaded::new(extension));
        Ok(())
    }

    fn counters(&mut self, value: Option<&'a str>) -> Result<(), SpecError> {
        let bad = |what: &str| SpecError::bad(format!("-c {what}"));
        let first = self.words.value(value)?;
        self.letters.add('c', self.not)?;
        let (packets, bytes) = match first.split_once(',') {
            Some((packets, bytes)) => (packets, Some(bytes)),
            None => (first, None),
        };
        let packets: Option<u64> = packets.parse().ok();
        let bytes = bytes.or_else(|| packets.and_then(|_| self.words.optional()));
        let packets = packets.ok_or_else(|| bad("packet counter not numeric"))?;
        let bytes = bytes.ok_or_else(|| bad("requires packet and byte counter").clone())?;
        let bytes = bytes.parse().map_err(|_| bad("byte counter not numeric"))?;
        self.rule.counters = RuleCounters { packets, bytes };
        Ok(())
    }
}
