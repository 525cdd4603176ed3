//! Blocks `predict` and `question`: what a learner is asked.

use super::error::LessonError;
use super::page::Page;

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What is asked, in Markdown.
    pub text: String,
    /// What can be answered.
    pub answer: Answer,
}

/// The kinds of answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One of several, or several of several: the choices, and which are right.
    Choice {
        /// What can be chosen.
        choices: Vec<(String, bool)>,
        /// Whether more than one can be.
        several: bool,
    },
    /// A number, and how far off it may be.
    Number(f64, f64),
    /// Words that must occur.
    Keywords(Vec<String>),
    /// Anything: a teacher reads it.
    Free,
}

impl Question {
    /// Reads a block whose first line has this number.
    pub fn parse(page: &Page, first: usize, body: &[&str]) -> Result<Question, LessonError> {
        let mut text: Vec<&str> = Vec::new();
        let mut choices: Vec<(String, bool)> = Vec::new();
        let mut several = false;
        let mut answer = None;
        for (n, line) in body.iter().enumerate() {
            let trimmed = line.trim();
            if let Some((right, many, choice)) = choice(trimmed) {
                several |= many;
                choices.push((choice.to_owned(), right));
            } else if let Some(number) = trimmed.strip_prefix("= ") {
                answer = Some(self::number(number).ok_or_else(|| {
                    page.error(first + n, format!("'{number}' is not a number")).at_word(number)
                })?);
            } else if let Some(words) = trimmed.strip_prefix("~ ") {
                let words = words.split(',').map(|word| word.trim().to_owned()).collect();
                answer = Some(Answer::Keywords(words));
            } else if trimmed == "..." && choices.is_empty() && answer.is_none() {
                answer = Some(Answer::Free);
            } else if !choices.is_empty() && !trimmed.is_empty() {
                // A long choice goes on in the next line.
                if let Some((last, _)) = choices.last_mut() {
                    last.push(' ');
                    *last += trimmed;
                }
            } else {
                text.push(line);
            }
        }
        let answer = match answer {
            Some(answer) => answer,
            None if choices.is_empty() => Answer::Free,
            None => Answer::Choice { choices, several },
        };
        Ok(Question { text: text.join("\n").trim().to_owned(), answer })
    }

    /// The same question in other words: a translation has no answers of its own.
    pub fn reworded(&self, other: &Question) -> Question {
        let answer = match (&self.answer, &other.answer) {
            (Answer::Choice { choices, several }, Answer::Choice { choices: words, .. })
                if choices.len() == words.len() =>
            {
                Answer::Choice {
                    choices: choices
                        .iter()
                        .zip(words)
                        .map(|((_, right), (text, _))| (text.clone(), *right))
                        .collect(),
                    several: *several,
                }
            }
            (Answer::Keywords(_), Answer::Keywords(words)) => Answer::Keywords(words.clone()),
            (own, _) => own.clone(),
        };
        Question { text: other.text.clone(), answer }
    }

    /// The right answer, as it is shown when nobody is asked.
    pub fn answer_text(&self) -> String {
        match &self.answer {
            Answer::Choice { choices, .. } => {
                let right = choices.iter().enumerate().filter(|(_, (_, right))| *right);
                let texts: Vec<String> =
                    right.map(|(n, (text, _))| format!("{}) {text}", letter(n))).collect();
                texts.join("; ")
            }
            Answer::Number(number, 0.0) => number.to_string(),
            Answer::Number(number, tolerance) => format!("{number} ± {tolerance}"),
            Answer::Keywords(words) => words.join(", "),
            Answer::Free => String::new(),
        }
    }
}

/// The letter of a choice.
pub fn letter(n: usize) -> char {
    (b'a' + (n % 26) as u8) as char
}

/// `(x) text`, `[ ] text`: whether it is right, whether there can be several, the text.
fn choice(line: &str) -> Option<(bool, bool, &str)> {
    let marks =
        [("( )", false, false), ("(x)", true, false), ("[ ]", false, true), ("[x]", true, true)];
    marks.iter().find_map(|(mark, right, several)| {
        line.strip_prefix(mark).map(|text| (*right, *several, text.trim()))
    })
}

/// `1350`, `1350 (± 5)`.
fn number(text: &str) -> Option<Answer> {
    let (number, tolerance) = match text.split_once('±') {
        Some((number, tolerance)) => {
            (number.trim_end_matches(['(', ' ']), tolerance.trim_matches([' ', ')']))
        }
        None => (text, "0"),
    };
    Some(Answer::Number(number.trim().parse().ok()?, tolerance.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_tolerance() {
        assert_eq!(number("1350"), Some(Answer::Number(1350.0, 0.0)));
        assert_eq!(number("1350 (± 5)"), Some(Answer::Number(1350.0, 5.0)));
        assert_eq!(number("x"), None);
    }

    #[test]
    fn choices_have_letters() {
        let answer = Answer::Choice {
            choices: vec![("a".into(), false), ("b".into(), true)],
            several: false,
        };
        assert_eq!(Question { text: String::new(), answer }.answer_text(), "b) b");
    }
}
