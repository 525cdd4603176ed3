//! From text to [`ast`](super::ast): the grammar of the POSIX shell (IEEE 1003.1, chapter 2), as far as
//! people type it at a simulated machine.
//!
//! `lexer` reads characters and keywords, `word` words with what is quoted and expanded in them,
//! `here` here-documents, `grammar` all that is made of them.

mod grammar;
mod here;
mod lexer;
mod word;

use super::ast::{List, Word};

/// Why a text is not a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxError {
    /// More text is needed: an open quote, a missing `done`.
    Incomplete {
        /// The line at which the text ends.
        line: usize,
        /// What is missing.
        missing: String,
    },
    /// This does not belong here.
    Unexpected {
        /// The line.
        line: usize,
        /// What stands there.
        found: String,
    },
}

impl std::fmt::Display for SyntaxError {
    /// As dash prints it, behind its name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SyntaxError::Incomplete { line, missing } if missing.starts_with("Unterminated") => {
                write!(f, "{line}: Syntax error: {missing}")
            }
            SyntaxError::Incomplete { line, missing } => {
                write!(f, "{line}: Syntax error: end of file unexpected (expecting {missing})")
            }
            SyntaxError::Unexpected { line, found } => {
                write!(f, "{line}: Syntax error: {found} unexpected")
            }
        }
    }
}

impl SyntaxError {
    /// As busybox's ash says it.
    pub fn of_ash(&self) -> String {
        match self {
            SyntaxError::Incomplete { missing, .. } if missing.starts_with("Unterminated") => {
                format!("syntax error: {}", missing.replacen('U', "u", 1))
            }
            SyntaxError::Incomplete { missing, .. } => {
                format!("syntax error: unexpected end of file (expecting {missing})")
            }
            SyntaxError::Unexpected { found, .. } => format!("syntax error: unexpected {found}"),
        }
    }
}

/// Parses a script.
pub fn parse(text: &str) -> Result<List> {
    let mut parser =
        Parser { chars: text.chars().collect(), at: 0, line: 1, depth: 0, here: Vec::new() };
    let list = parser.list(&[])?;
    parser.blanks();
    match parser.peek() {
        None => Ok(list),
        Some(_) => Err(parser.unexpected()),
    }
}

/// Parses the text of a here-document or of a prompt: parts, without any quotes.
pub fn parse_here(text: &str) -> Result<Word> {
    let mut parser =
        Parser { chars: text.chars().collect(), at: 0, line: 1, depth: 0, here: Vec::new() };
    let mut word = Word::default();
    parser.quoted_until(&mut word, None)?;
    Ok(word)
}

type Result<T> = std::result::Result<T, SyntaxError>;

/// A here-document whose text is still to come.
struct Pending {
    delimiter: String,
    quoted: bool,
    strip: bool,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    line: usize,
    depth: usize,
    /// Here-documents whose text is yet to come: delimiter, whether it is quoted, whether tabs go.
    here: Vec<Pending>,
}

/// Whether a text may name a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::sh::ast::{Kind, Place};

    fn words(text: &str) -> Vec<String> {
        let list = parse(text).unwrap();
        let Kind::Simple { words, .. } = &list.0[0].first.commands[0].kind else { panic!() };
        words.iter().map(|word| word.literal().unwrap()).collect()
    }

    #[test]
    fn quotes_and_escapes_make_one_word() {
        assert_eq!(words(r#"echo 'a b' "c d" e\ f # no"#), ["echo", "a b", "c d", "e f"]);
        assert_eq!(words("echo a\\\nb"), ["echo", "ab"]);
    }

    #[test]
    fn open_constructs_ask_for_more() {
        for text in
            ["echo 'a", "echo \"a", "for i in 1 2; do echo", "if true; then", "(echo", "a &&"]
        {
            assert!(matches!(parse(text), Err(SyntaxError::Incomplete { .. })), "{text}");
        }
        for text in ["|", "a | | b", "done", ")", "a;;b", "for 1 in x; do y; done"] {
            assert!(matches!(parse(text), Err(SyntaxError::Unexpected { .. })), "{text}");
        }
    }

    #[test]
    fn a_here_document_belongs_to_its_command() {
        let list = parse("cat <<EOF > f\nhello $x\nEOF\necho done").unwrap();
        let redirects = &list.0[0].first.commands[0].redirects;
        assert!(matches!(&redirects[0].to, Place::Here(word) if word.0.len() == 3));
        assert_eq!(list.0.len(), 2);
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed() {
        let text = "(".repeat(100_000);
        assert!(parse(&text).is_err());
        let text = "$(".repeat(100_000);
        assert!(parse(&text).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_script_or_an_error(text in "[a-z $(){};&|<>'\"\\\\\n`=#!?*-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
