//! A cursor over the words of a command line, and the idioms of iproute2 around it: abbreviations, numbers
//! as C reads them, and the sentences and exit statuses of its errors.

use std::fmt::Display;

use crate::kernel::NetlinkError;
use crate::process::Proc;

/// Why a command ends early: what it says on standard error, and its exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whole lines, perhaps none.
    pub text: String,
    /// The exit status.
    pub status: i32,
}

/// What parts of such a command return.
pub type Result<T> = std::result::Result<T, Failure>;

/// The status of `exit(-1)`, with which iproute2 leaves when a word makes no sense.
const BAD_WORD: i32 = 255;

impl Failure {
    /// One line, and an exit status.
    pub fn new(line: impl Display, status: i32) -> Failure {
        Failure { text: format!("{line}\n"), status }
    }

    /// Only an exit status: everything has been said.
    pub fn silent(status: i32) -> Failure {
        Failure { text: String::new(), status }
    }

    /// How to use the command.
    pub fn usage(text: &str) -> Failure {
        Failure { text: text.to_owned(), status: BAD_WORD }
    }

    /// The command line ends too early.
    pub fn incomplete() -> Failure {
        Failure::new("Command line is not complete. Try option \"help\"", BAD_WORD)
    }

    /// A word makes no sense. Some reasons end with a line feed of their own, which leaves a line empty.
    pub fn wrong(word: &str, why: impl Display) -> Failure {
        Failure::new(format_args!("Error: argument \"{word}\" is wrong: {why}"), BAD_WORD)
    }

    /// An option was given twice.
    pub fn duplicate(option: &str, word: &str) -> Failure {
        let line = format!("Error: duplicate \"{option}\": \"{word}\" is the second value.");
        Failure::new(line, BAD_WORD)
    }

    /// A word that was taken for a second value of an option that may be left out.
    pub fn garbage(option: &str, word: &str) -> Failure {
        let line = format!("Error: either \"{option}\" is duplicate, or \"{word}\" is a garbage.");
        Failure::new(line, BAD_WORD)
    }

    /// A command that an object does not have.
    pub fn unknown_command(word: &str, help: &str) -> Failure {
        Failure::new(format_args!("Command \"{word}\" is unknown, try \"{help}\"."), BAD_WORD)
    }

    /// There is no such device.
    pub fn no_device(name: &str) -> Failure {
        Failure::new(format_args!("Cannot find device \"{name}\""), 1)
    }

    /// Something that the real tool can do, and this one not.
    pub fn not_simulated(what: impl Display) -> Failure {
        Failure::new(format_args!("{what} is not simulated by netsim"), 1)
    }
}

impl From<NetlinkError> for Failure {
    fn from(error: NetlinkError) -> Failure {
        Failure::new(error, 2)
    }
}

/// The words that are left.
#[derive(Debug, Clone)]
pub struct Args<'a> {
    words: &'a [String],
    at: usize,
}

impl<'a> Args<'a> {
    /// A cursor at the first word.
    pub fn new(words: &'a [String]) -> Args<'a> {
        Args { words, at: 0 }
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// Takes the next word, if it is this one.
    pub fn eat(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        self.at += usize::from(is);
        is
    }

    /// Takes the next word, if it is an option; `--` ends them.
    pub fn option(&mut self) -> Option<&'a str> {
        let word = self.peek().filter(|word| word.starts_with('-'))?;
        self.at += 1;
        Some(word).filter(|word| *word != "--")
    }

    /// Takes the next word, which must be there: the value of an option.
    pub fn value(&mut self) -> Result<&'a str> {
        self.next().ok_or_else(Failure::incomplete)
    }

    /// Takes the value of the option `name`, which has to be a number not above `max`.
    pub fn number(&mut self, max: u64, why: impl Display) -> Result<u64> {
        let word = self.value()?;
        unsigned(word, max).ok_or_else(|| Failure::wrong(word, why))
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }

    /// The words that are left.
    pub fn rest(&self) -> &'a [String] {
        &self.words[self.at.min(self.words.len())..]
    }

    /// Steps back by one word.
    pub fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a str;

    /// Takes the next word.
    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }
}

/// Ends a command: says why it failed, if it did.
pub fn finish(proc: &Proc, result: Result<()>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(failure) => {
            proc.eprint(&failure.text);
            failure.status
        }
    }
}

/// Whether `word` is `full` or a beginning of it (iproute2's `matches`).
pub fn abbreviates(word: &str, full: &str) -> bool {
    !word.is_empty() && full.starts_with(word)
}

/// The first of `commands` that `word` abbreviates: the order decides what a short word means.
pub fn abbreviated<T: Copy>(word: &str, commands: &[(&str, T)]) -> Option<T> {
    commands.iter().find(|(full, _)| abbreviates(word, full)).map(|(_, command)| *command)
}

/// A whole number as C's `strtol` with base 0 reads it: `0x` is hexadecimal, a leading 0 octal.
pub fn signed(word: &str) -> Option<i64> {
    let (minus, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if minus { -value } else { value })
}

/// The same for numbers from 0 to `max`.
pub fn unsigned(word: &str, max: u64) -> Option<u64> {
    signed(word).and_then(|value| u64::try_from(value).ok()).filter(|value| *value <= max)
}

/// The number with which a word begins, as C's `atoi` reads it; 0 if it begins with none.
pub fn leading_number(word: &str) -> i64 {
    let word = word.trim_start();
    let sign = usize::from(word.starts_with(['-', '+']));
    let digits = word[sign..].bytes().take_while(u8::is_ascii_digit).count();
    word[..sign + digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        assert_eq!(signed("0x1f"), Some(31));
        assert_eq!(signed("010"), Some(8));
        assert_eq!(signed("-4"), Some(-4));
        assert_eq!(signed("0"), Some(0));
        assert_eq!(signed("08"), None);
        assert_eq!(signed("0x+1"), None);
        assert_eq!(signed("4x"), None);
        assert_eq!(unsigned("-1", 10), None);
        assert_eq!(unsigned("11", 10), None);
        assert_eq!(leading_number("12ab"), 12);
        assert_eq!(leading_number("-"), 0);
    }

    #[test]
    fn the_first_command_that_fits_wins() {
        let commands = [("add", 1), ("append", 2), ("delete", 3)];
        assert_eq!(abbreviated("a", &commands), Some(1));
        assert_eq!(abbreviated("ap", &commands), Some(2));
        assert_eq!(abbreviated("", &commands), None);
        assert_eq!(abbreviated("deletes", &commands), None);
    }
}
