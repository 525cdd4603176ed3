//! Command-line options, read as `getopt(3)` and `getopt_long(3)` read them: bundled letters, arguments
//! attached or apart, abbreviated long names, operands between options.

use std::fmt;

/// A long option: its name, whether it takes an argument, and the letter that it stands for.
pub type Long = (&'static str, Argument, char);

/// Whether an option takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// It takes none.
    None,
    /// It takes one.
    Required,
    /// It takes one if it is attached.
    Optional,
}

/// What is wrong with an option. `Display` prints the sentence of the C library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A letter that is not known.
    Letter(char),
    /// A letter whose argument is missing.
    LetterArgument(char),
    /// A long option that is not known.
    Name(String),
    /// A long option of which only the beginning was given, and that fits several.
    Ambiguous(String),
    /// A long option whose argument is missing.
    NameArgument(String),
    /// A long option with an argument that it does not take.
    NoArgument(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Letter(letter) => write!(f, "invalid option -- '{letter}'"),
            Wrong::LetterArgument(letter) => {
                write!(f, "option requires an argument -- '{letter}'")
            }
            Wrong::Name(name) => write!(f, "unrecognized option '--{name}'"),
            Wrong::Ambiguous(name) => write!(f, "option '--{name}' is ambiguous"),
            Wrong::NameArgument(name) => write!(f, "option '--{name}' requires an argument"),
            Wrong::NoArgument(name) => write!(f, "option '--{name}' doesn't allow an argument"),
        }
    }
}

/// The options of a command line, one after the other; what is not an option is an operand.
#[derive(Debug)]
pub struct Options<'a> {
    words: std::slice::Iter<'a, String>,
    letters: &'static str,
    names: &'static [Long],
    /// Letters of a bundle that are still to be read.
    bundle: &'a str,
    operands: Vec<&'a str>,
}

impl<'a> Options<'a> {
    /// Reads `words` with the letters of `getopt(3)`: `c:` takes an argument, `c::` an attached one.
    /// A leading `+` ends the options at the first operand.
    pub fn new(words: &'a [String], letters: &'static str) -> Options<'a> {
        Options::with_names(words, letters, &[])
    }

    /// The same, with long options.
    pub fn with_names(
        words: &'a [String],
        letters: &'static str,
        names: &'static [Long],
    ) -> Options<'a> {
        Options { words: words.iter(), letters, names, bundle: "", operands: Vec::new() }
    }

    /// The words that are no options; all of them once the options are through.
    pub fn operands(self) -> Vec<&'a str> {
        self.operands
    }

    /// The next word, if it is no option: for options whose argument stands apart, or not at all.
    pub fn optional_word(&mut self) -> Option<&'a str> {
        let word = self.words.as_slice().first().filter(|_| self.bundle.is_empty())?;
        if word.starts_with('-') {
            return None;
        }
        self.words.next();
        Some(word)
    }

    fn letter_argument(&self, letter: char) -> Option<Argument> {
        let at = self.letters.find(letter).filter(|_| letter != ':' && letter != '+')?;
        let rest = &self.letters[at + letter.len_utf8()..];
        Some(match (rest.starts_with("::"), rest.starts_with(':')) {
            (true, _) => Argument::Optional,
            (_, true) => Argument::Required,
            _ => Argument::None,
        })
    }

    fn read_letter(&mut self) -> Result<(char, &'a str), Wrong> {
        let mut letters = self.bundle.chars();
        let letter = letters.next().expect("a bundle is read only while letters are left");
        self.bundle = letters.as_str();
        match self.letter_argument(letter) {
            None => Err(Wrong::Letter(letter)),
            Some(Argument::None) => Ok((letter, "")),
            Some(kind) => {
                let attached = std::mem::take(&mut self.bundle);
                if !attached.is_empty() || kind == Argument::Optional {
                    return Ok((letter, attached));
                }
                let word = self.words.next().ok_or(Wrong::LetterArgument(letter))?;
                Ok((letter, word))
            }
        }
    }

    fn read_name(&mut self, word: &'a str) -> Result<(char, &'a str), Wrong> {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let exact = self.names.iter().find(|(known, ..)| *known == name);
        let mut fitting = self.names.iter().filter(|(known, ..)| known.starts_with(name));
        let (known, kind, letter) = match (exact, fitting.next(), fitting.next()) {
            (Some(found), ..) | (None, Some(found), None) => found,
            (None, Some(_), Some(_)) => return Err(Wrong::Ambiguous(name.to_owned())),
            (None, None, _) => return Err(Wrong::Name(word.to_owned())),
        };
        match (kind, attached) {
            (Argument::None, Some(_)) => Err(Wrong::NoArgument((*known).to_owned())),
            (Argument::Required, None) => match self.words.next() {
                Some(value) => Ok((*letter, value)),
                None => Err(Wrong::NameArgument((*known).to_owned())),
            },
            (_, attached) => Ok((*letter, attached.unwrap_or_default())),
        }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(char, &'a str), Wrong>;

    /// The next option: its letter, and its argument or nothing.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if !self.bundle.is_empty() {
                return Some(self.read_letter());
            }
            let word = self.words.next()?;
            if word == "--" {
                self.operands.extend(self.words.by_ref().map(String::as_str));
                return None;
            }
            if let Some(name) = word.strip_prefix("--").filter(|_| !self.names.is_empty()) {
                return Some(self.read_name(name));
            }
            match word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                Some(letters) => self.bundle = letters,
                None => {
                    self.operands.push(word);
                    if self.letters.starts_with('+') {
                        self.operands.extend(self.words.by_ref().map(String::as_str));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[Long] = &[
        ("quiet", Argument::None, 'q'),
        ("query", Argument::Required, 'Q'),
        ("output", Argument::Required, 'o'),
    ];

    fn read(line: &str, letters: &'static str) -> (Vec<String>, Vec<String>) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut options = Options::with_names(&words, letters, NAMES);
        let found = options
            .by_ref()
            .map(|option| match option {
                Ok((letter, argument)) => format!("{letter}={argument}"),
                Err(wrong) => wrong.to_string(),
            })
            .collect();
        (found, options.operands().into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn letters_are_bundled_and_arguments_attached_or_apart() {
        let (options, operands) = read("-qc3 host -i 0.2 -- -x", "qc:i:");
        assert_eq!(options, ["q=", "c=3", "i=0.2"]);
        assert_eq!(operands, ["host", "-x"]);
    }

    #[test]
    fn long_options_may_be_abbreviated_if_that_is_clear() {
        let (options, _) = read("--out=f --qui --qu --output g --nope --quiet=1", "");
        assert_eq!(
            options,
            [
                "o=f",
                "q=",
                "option '--qu' is ambiguous",
                "o=g",
                "unrecognized option '--nope'",
                "option '--quiet' doesn't allow an argument"
            ]
        );
    }

    #[test]
    fn mistakes_read_as_the_c_library_says_them() {
        assert_eq!(read("-z", "c:").0, ["invalid option -- 'z'"]);
        assert_eq!(read("-c", "c:").0, ["option requires an argument -- 'c'"]);
        assert_eq!(read("-:", "c:").0, ["invalid option -- ':'"]);
    }

    #[test]
    fn a_word_behind_an_option_may_belong_to_it() {
        let words = ["-q", "table", "-q", "-c", "3"].map(str::to_owned);
        let mut options = Options::new(&words, "qc:");
        assert_eq!(options.next(), Some(Ok(('q', ""))));
        assert_eq!(options.optional_word(), Some("table"));
        assert_eq!(options.next(), Some(Ok(('q', ""))));
        assert_eq!(options.optional_word(), None);
        assert_eq!(options.next(), Some(Ok(('c', "3"))));
    }

    #[test]
    fn a_plus_ends_the_options_at_the_first_operand() {
        let (options, operands) = read("-q ls -l", "+q");
        assert_eq!(options, ["q="]);
        assert_eq!(operands, ["ls", "-l"]);
    }
}
