//! Flags of the docker command line, as its `pflag` library reads them, and the help made of them.

use indexmap::IndexMap;

/// A flag that a command knows.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// `name` of `--name`.
    pub name: &'static str,
    /// `n` of `-n`.
    pub short: Option<char>,
    /// What kind of value it takes, as the help names it; empty for yes or no.
    pub kind: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
}

/// A command: how it is called, what it takes.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// `docker network create`.
    pub name: &'static str,
    /// `[OPTIONS] NETWORK`.
    pub usage: &'static str,
    /// A sentence.
    pub about: &'static str,
    /// How many arguments: at least, at most.
    pub arguments: (usize, usize),
    /// Whether flags may come behind the first argument.
    pub interspersed: bool,
    /// Its flags, in alphabetical order.
    pub flags: &'static [Flag],
}

/// What was given.
#[derive(Debug, Clone, Default)]
pub struct Given {
    values: IndexMap<&'static str, Vec<String>>,
    /// The arguments.
    pub arguments: Vec<String>,
}

/// The end of a command before it did anything: a text, and an exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Early {
    /// What is printed; before the help, if that was asked for.
    pub text: String,
    /// Whether the help was asked for: it goes to standard output.
    pub is_help: bool,
    /// The exit status.
    pub status: i32,
}

/// A flag with a value.
pub const fn value(
    name: &'static str,
    short: Option<char>,
    kind: &'static str,
    help: &'static str,
) -> Flag {
    Flag { name, short, kind, help }
}

/// A flag without a value.
pub const fn switch(name: &'static str, short: Option<char>, help: &'static str) -> Flag {
    Flag { name, short, kind: "", help }
}

/// Two lists as one.
pub const fn joined<const N: usize>(first: &[Flag], second: &[Flag]) -> [Flag; N] {
    let mut all = [first[0]; N];
    let mut n = 0;
    while n < N {
        all[n] = if n < first.len() { first[n] } else { second[n - first.len()] };
        n += 1;
    }
    all
}

impl Given {
    /// The last value of a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// All values of a flag.
    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a yes-or-no flag is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| !matches!(value, "false" | "0" | "f" | "F"))
    }

    /// Whether a flag was given at all.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

impl Command {
    /// Reads the words behind the command.
    pub fn parse(&self, words: &[String]) -> Result<Given, Early> {
        let mut given = Given::default();
        let mut rest = words.iter();
        let mut only_arguments = false;
        while let Some(word) = rest.next() {
            if only_arguments || !word.starts_with('-') || word == "-" {
                given.arguments.push(word.clone());
                only_arguments |= !self.interspersed;
                continue;
            }
            if word == "--" {
                only_arguments = true;
                continue;
            }
            if word == "--help" || (word == "-h" && self.find_short('h').is_none()) {
                let note = match word.as_str() {
                    "-h" => "Flag shorthand -h has been deprecated, please use --help\n",
                    _ => "",
                };
                return Err(Early { text: note.to_owned(), is_help: true, status: 0 });
            }
            match word.strip_prefix("--") {
                Some(long) => self.long(&mut given, long, &mut rest)?,
                None => self.shorts(&mut given, &word[1..], &mut rest)?,
            }
        }
        self.check_count(given.arguments.len())?;
        Ok(given)
    }

    fn find_short(&self, short: char) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| flag.short == Some(short))
    }

    fn long<'a>(
        &self,
        given: &mut Given,
        word: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), Early> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        // `--net` is an old name of `--network`, and so on.
        let name = match name {
            "net" => "network",
            "net-alias" => "network-alias",
            "dns-opt" => "dns-option",
            name => name,
        };
        let Some(flag) = self.flags.iter().find(|flag| flag.name == name) else {
            return Err(self.wrong(&format!("unknown flag: --{name}")));
        };
        let value = match value {
            Some(value) => value,
            None if flag.kind.is_empty() => "true".to_owned(),
            None => match rest.next() {
                Some(value) => value.clone(),
                None => return Err(self.wrong(&format!("flag needs an argument: --{name}"))),
            },
        };
        self.check_value(flag, &value)?;
        given.values.entry(flag.name).or_default().push(value);
        Ok(())
    }

    fn shorts<'a>(
        &self,
        given: &mut Given,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), Early> {
        for (at, letter) in letters.char_indices() {
            let Some(flag) = self.find_short(letter) else {
                let text = format!("unknown shorthand flag: '{letter}' in -{letters}");
                return Err(self.wrong(&text));
            };
            if flag.kind.is_empty() {
                given.values.entry(flag.name).or_default().push("true".to_owned());
                continue;
            }
            let tail = &letters[at + letter.len_utf8()..];
            let value = match tail.strip_prefix('=').unwrap_or(tail) {
                "" => match rest.next() {
                    Some(value) => value.clone(),
                    None => {
                        let text = format!("flag needs an argument: '{letter}' in -{letters}");
                        return Err(self.wrong(&text));
                    }
                },
                tail => tail.to_owned(),
            };
            self.check_value(flag, &value)?;
            given.values.entry(flag.name).or_default().push(value);
            break;
        }
        Ok(())
    }

    /// Whether a value is one of its kind.
    fn check_value(&self, flag: &Flag, value: &str) -> Result<(), Early> {
        let why = match flag.kind {
            "filter" if !value.is_empty() && !value.contains('=') => {
                "bad format of filter (expected name=value)".to_owned()
            }
            "int" if value.parse::<i64>().is_err() => {
                format!("strconv.ParseInt: parsing \"{value}\": invalid syntax")
            }
            "decimal" if value.parse::<f64>().is_err() => {
                format!("failed to parse {value} as a rational number")
            }
            "" if !matches!(value, "true" | "false" | "1" | "0" | "t" | "f" | "T" | "F") => {
                format!("strconv.ParseBool: parsing \"{value}\": invalid syntax")
            }
            _ => return Ok(()),
        };
        let short = flag.short.map_or(String::new(), |short| format!("-{short}, "));
        let name = flag.name;
        Err(self
            .wrong(&format!("invalid argument \"{value}\" for \"{short}--{name}\" flag: {why}")))
    }

    /// A flag that makes no sense.
    pub fn wrong(&self, sentence: &str) -> Early {
        let text = format!("{sentence}\nSee '{} --help'.\n", self.name);
        Early { text, is_help: false, status: 125 }
    }

    fn check_count(&self, count: usize) -> Result<(), Early> {
        let (least, most) = self.arguments;
        if (least..=most).contains(&count) {
            return Ok(());
        }
        let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
        let name = self.name;
        let sentence = match (least, most) {
            (0, 0) => format!("\"{name}\" accepts no arguments."),
            (least, most) if least == most => {
                format!("\"{name}\" requires exactly {least} {}.", plural(least))
            }
            (least, usize::MAX) => {
                format!("\"{name}\" requires at least {least} {}.", plural(least))
            }
            (0, most) => format!("\"{name}\" requires at most {most} {}.", plural(most)),
            (least, most) => {
                format!("\"{name}\" requires at least {least} and at most {most} {}.", plural(most))
            }
        };
        let text = format!(
            "{sentence}\nSee '{name} --help'.\n\nUsage:  {name} {}\n\n{}\n",
            self.usage, self.about
        );
        Err(Early { text, is_help: false, status: 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: Command = Command {
        name: "docker network create",
        usage: "[OPTIONS] NETWORK",
        about: "Create a network",
        arguments: (1, 1),
        interspersed: true,
        flags: &[
            value("driver", Some('d'), "string", "Driver to manage the Network"),
            switch("internal", None, "Restrict external access to the network"),
        ],
    };

    fn parse(text: &str) -> Result<Given, Early> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        COMMAND.parse(&words)
    }

    #[test]
    fn flags_come_in_all_their_forms() {
        for text in ["-d overlay x", "-doverlay x", "x --driver=overlay", "--driver overlay -- x"] {
            let given = parse(text).unwrap();
            assert_eq!(given.value("driver"), Some("overlay"), "{text}");
            assert_eq!(given.arguments, ["x"]);
        }
        assert!(parse("--internal x").unwrap().is_on("internal"));
        assert!(!parse("--internal=false x").unwrap().is_on("internal"));
    }

    #[test]
    fn mistakes_are_told_in_dockers_words() {
        let early = parse("--nosuchflag x").unwrap_err();
        assert_eq!(early.text, "unknown flag: --nosuchflag\nSee 'docker network create --help'.\n");
        assert_eq!(early.status, 125);
        let early = parse("a b").unwrap_err();
        assert!(early.text.starts_with("\"docker network create\" requires exactly 1 argument.\n"));
        assert_eq!(early.status, 1);
    }
}
