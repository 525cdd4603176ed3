//! Building the words that a rule prints as.

use std::fmt::Display;

use ipnet::Ipv4Net;

use crate::kernel::netfilter::matches::Maybe;

/// Words in a row, each with a space before it.
#[derive(Debug, Default)]
pub(super) struct Words(String);

impl Words {
    /// Adds a word.
    pub fn word(&mut self, word: impl Display) {
        self.0 += &format!(" {word}");
    }

    /// Adds an option without a value.
    pub fn flag(&mut self, not: bool, name: &str) {
        self.0 += if not { " ! --" } else { " --" };
        self.0 += name;
    }

    /// Adds an option with its value.
    pub fn option(&mut self, not: bool, name: &str, value: impl Display) {
        self.flag(not, name);
        self.word(value);
    }

    /// Adds an option if it was given; `show` prints its value.
    pub fn maybe<T>(&mut self, name: &str, given: Option<&Maybe<T>>, show: impl Fn(&T) -> String) {
        if let Some(given) = given {
            self.option(given.not, name, show(&given.value));
        }
    }

    /// The words.
    pub fn done(self) -> String {
        self.0
    }
}

/// How a rule is listed (`-L`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// `-n`: numbers, not names.
    pub numeric: bool,
    /// What `-p` says; zero for nothing.
    pub protocol: u8,
}

/// `! `, if it is wanted.
pub(super) fn bang(not: bool) -> &'static str {
    if not { "! " } else { "" }
}

/// A number, or both ends of a range.
pub(super) fn range<T: Display + PartialEq>(range: &(T, T), separator: char) -> String {
    match range {
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low}{separator}{high}"),
    }
}

/// A number in hexadecimal, with a mask that is not all ones.
pub(super) fn masked((value, mask): (u32, u32)) -> String {
    match mask {
        u32::MAX => format!("{value:#x}"),
        mask => format!("{value:#x}/{mask:#x}"),
    }
}

/// A network; a single address has no mask.
pub(super) fn network(net: Ipv4Net) -> String {
    match net.prefix_len() {
        32 => net.addr().to_string(),
        _ => net.to_string(),
    }
}

/// A text as a shell would read it back: quoted if it has anything but letters, digits, `_` and `-`.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '\'') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted + "\""
}

/// The words of a line, as `iptables-restore` takes it apart: double quotes hold words together, a
/// backslash in them takes the next letter as it is.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => word.get_or_insert_default().extend(letters.next()),
            letter if letter.is_whitespace() && !is_quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_word_again() {
        for text in ["hello world", "it's \"so\" \\ so", ""] {
            let line = format!("-m comment --comment {} -j DROP", quoted(text));
            assert_eq!(words(&line)[3], text);
            assert_eq!(words(&line).len(), 6);
        }
    }

    #[test]
    fn only_words_with_special_letters_are_quoted() {
        assert_eq!(quoted("hello"), "hello");
        assert_eq!(quoted("hello world"), "\"hello world\"");
        assert_eq!(quoted("it's"), "\"it\\'s\"");
        assert_eq!(quoted(""), "\"\"");
    }
}
