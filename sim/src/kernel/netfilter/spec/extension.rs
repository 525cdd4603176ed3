//! How a match or target says which options it has, and how it gets what was given.

use crate::kernel::netfilter::matches::{IpMatch, Maybe};

use super::SpecError;
use super::values::Value;

/// An option of an extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opt {
    /// Its names; the first is used in error sentences.
    pub names: &'static [&'static str],
    /// How many words follow.
    pub values: usize,
    /// Whether `!` may stand before it.
    pub may_not: bool,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether the extension itself looks at repetitions.
    pub may_repeat: bool,
    /// Options that cannot be given together with it.
    pub excludes: &'static [&'static str],
    /// An option without which it cannot be given.
    pub needs: Option<&'static str>,
}

impl Opt {
    const fn new(names: &'static [&'static str], values: usize) -> Opt {
        Opt {
            names,
            values,
            may_not: false,
            required: false,
            may_repeat: false,
            excludes: &[],
            needs: None,
        }
    }

    /// An option without a value.
    pub const fn flag(names: &'static [&'static str]) -> Opt {
        Opt::new(names, 0)
    }

    /// An option with a value.
    pub const fn value(names: &'static [&'static str]) -> Opt {
        Opt::new(names, 1)
    }

    /// An option with two values.
    pub const fn pair(names: &'static [&'static str]) -> Opt {
        Opt::new(names, 2)
    }

    /// `!` may stand before it.
    pub const fn not(self) -> Opt {
        Opt { may_not: true, ..self }
    }

    /// Nothing works without it.
    pub const fn required(self) -> Opt {
        Opt { required: true, ..self }
    }

    /// The extension has its own words for a repetition.
    pub const fn repeated(self) -> Opt {
        Opt { may_repeat: true, ..self }
    }

    /// It cannot be given together with these.
    pub const fn excludes(self, others: &'static [&'static str]) -> Opt {
        Opt { excludes: others, ..self }
    }

    /// It cannot be given without this one.
    pub const fn needs(self, other: &'static str) -> Opt {
        Opt { needs: Some(other), ..self }
    }
}

/// A match or a target, as the command line knows it.
#[derive(Debug)]
pub(super) struct Extension<T: 'static> {
    /// Its name behind `-m` or `-j`.
    pub name: &'static str,
    /// Its options, in the order in which conflicts among them are looked for.
    pub options: &'static [Opt],
    /// Makes it of what was given. It is asked after every option, so that the first wrong word is
    /// the one that is named, and once more at the end.
    pub build: fn(&Given<'_>) -> Result<T, SpecError>,
}

/// An option that was given.
#[derive(Debug, Clone)]
pub(super) struct GivenOption {
    /// Its first name.
    pub name: &'static str,
    /// `!` stood before it.
    pub not: bool,
    /// The words behind it.
    pub values: Vec<String>,
}

/// An extension that a rule uses.
#[derive(Debug)]
pub(super) struct Loaded<T: 'static> {
    /// Which one.
    pub extension: &'static Extension<T>,
    options: Vec<GivenOption>,
}

impl<T> Loaded<T> {
    pub fn new(extension: &'static Extension<T>) -> Loaded<T> {
        Loaded { extension, options: Vec::new() }
    }

    /// Takes an option.
    pub fn give(
        &mut self,
        opt: &'static Opt,
        given: GivenOption,
        ip: &IpMatch,
    ) -> Result<(), SpecError> {
        let name = self.extension.name;
        let option = opt.names[0];
        if !opt.may_repeat && self.options.iter().any(|other| other.name == option) {
            return Err(SpecError::bad(format!(
                "{name}: option \"--{option}\" can only be used once.\n"
            )));
        }
        if given.not && !opt.may_not {
            return Err(SpecError::bad(format!(
                "{name}: option \"--{option}\" cannot be inverted.\n"
            )));
        }
        self.options.push(given);
        match self.build(ip) {
            Err(SpecError::Incomplete(_)) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn build(&self, ip: &IpMatch) -> Result<T, SpecError> {
        let given = Given { extension: self.extension.name, ip, options: &self.options };
        (self.extension.build)(&given)
    }

    /// What it is, now that all words have been read.
    pub fn finish(&self, ip: &IpMatch) -> Result<T, SpecError> {
        match self.build(ip) {
            // The extension leaves it to the table of its options to say what is missing.
            Err(SpecError::Incomplete(sentence)) if sentence.is_empty() => {
                self.check_options()?;
                Err(SpecError::Incomplete(sentence))
            }
            Err(error) => Err(error),
            Ok(built) => self.check_options().map(|()| built),
        }
    }

    /// Whether what is needed is there, and what excludes each other is not.
    fn check_options(&self) -> Result<(), SpecError> {
        let name = self.extension.name;
        let is_given = |option: &str| self.options.iter().any(|other| other.name == option);
        for opt in self.extension.options {
            let option = opt.names[0];
            if !is_given(option) {
                if opt.required {
                    return Err(SpecError::bad(format!(
                        "{name}: option \"--{option}\" must be specified\n"
                    )));
                }
                continue;
            }
            if let Some(other) = opt.needs.filter(|other| !is_given(other)) {
                return Err(SpecError::bad(format!(
                    "{name}: option \"--{option}\" also requires \"--{other}\".\n"
                )));
            }
            if let Some(other) = opt.excludes.iter().find(|other| is_given(other)) {
                return Err(SpecError::bad(format!(
                    "{name}: option \"--{option}\" cannot be used together with \"--{other}\".\n"
                )));
            }
        }
        Ok(())
    }
}

/// What was given of an extension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    extension: &'static str,
    /// What was said of addresses, devices and protocol so far.
    pub ip: &'a IpMatch,
    options: &'a [GivenOption],
}

impl<'a> Given<'a> {
    /// All times that an option was given.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a GivenOption> {
        self.options.iter().filter(move |option| option.name == name)
    }

    /// An option.
    pub fn option(&self, name: &str) -> Option<&'a GivenOption> {
        self.all(name).next()
    }

    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.option(name).is_some()
    }

    /// An option without a value: whether it must hold, or, with `!`, must not.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.option(name).map(|option| !option.not)
    }

    /// A value of an option.
    pub fn value_of(&self, option: &'a GivenOption) -> Value<'a> {
        let protocol = self.ip.protocol.map_or(0, |protocol| protocol.value);
        let text = option.values.first().map_or("", String::as_str);
        Value { extension: self.extension, option: option.name, text, protocol }
    }

    /// The value of an option, read by `read`.
    pub fn maybe<R>(
        &self,
        name: &str,
        read: impl FnOnce(Value<'a>) -> Result<R, SpecError>,
    ) -> Result<Option<Maybe<R>>, SpecError> {
        let Some(option) = self.option(name) else { return Ok(None) };
        Ok(Some(Maybe { not: option.not, value: read(self.value_of(option))? }))
    }

    /// The value of an option that cannot be inverted.
    pub fn value<R>(
        &self,
        name: &str,
        read: impl FnOnce(Value<'a>) -> Result<R, SpecError>,
    ) -> Result<Option<R>, SpecError> {
        Ok(self.maybe(name, read)?.map(|maybe| maybe.value))
    }

    /// The value of an option without which the extension is nothing.
    pub fn needed<R>(
        &self,
        name: &str,
        read: impl FnOnce(Value<'a>) -> Result<R, SpecError>,
    ) -> Result<Maybe<R>, SpecError> {
        self.maybe(name, read)?.ok_or_else(|| SpecError::incomplete(""))
    }
}
