//! `u32`: the little language of tests on the words of a packet.

use crate::kernel::netfilter::matches::{Match, Maybe, U32, U32Step, U32Test};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{bang, range};
use crate::kernel::netfilter::spec::values::{Value, number};

pub(super) const U32_MATCH: Extension<Match> = Extension {
    name: "u32",
    options: &[Opt::value(&["u32"]).not().required()],
    build: |given: &Given<'_>| Ok(Match::U32(given.needed("u32", read)?)),
};

/// A cursor over the text of a program.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn error(&self, what: &str) -> SpecError {
        SpecError::bad(format!("u32: at char {}: {what}", self.at))
    }

    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        self.at += if is { wanted.len_utf8() } else { 0 };
        is
    }

    /// The second letter of a sign of two.
    fn twice(&mut self, sign: char) -> Result<(), SpecError> {
        if self.text[self.at..].starts_with(sign) {
            self.at += sign.len_utf8();
            return Ok(());
        }
        Err(self.error(&format!("a second '{sign}' was expected")))
    }

    fn number(&mut self) -> Result<u32, SpecError> {
        self.peek();
        let rest = &self.text[self.at..];
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let value = number(&rest[..len]).and_then(|n| u32::try_from(n).ok());
        let value = value.ok_or_else(|| self.error("not a number or out of range"))?;
        self.at += len;
        Ok(value)
    }
}

fn read(value: Value<'_>) -> Result<U32, SpecError> {
    let mut cursor = Cursor { text: value.text, at: 0 };
    let mut tests = Vec::new();
    loop {
        tests.push(read_test(&mut cursor)?);
        if cursor.peek().is_none() {
            return Ok(U32(tests));
        }
        cursor.at += 1;
        cursor.twice('&')?;
    }
}

/// `0>>22&0x3C@12=1,5:7`, up to the end or to `&&`.
fn read_test(cursor: &mut Cursor<'_>) -> Result<U32Test, SpecError> {
    let abrupt = || SpecError::bad("u32: abrupt end of input after location specifier".to_owned());
    match cursor.peek() {
        None => return Err(abrupt()),
        Some('=') => return Err(cursor.error("location spec missing")),
        Some(_) => {}
    }
    let start = cursor.number()?;
    let mut steps = Vec::new();
    loop {
        if cursor.eat('=') {
            break;
        }
        let step: fn(u32) -> U32Step = if cursor.eat('&') {
            U32Step::And
        } else if cursor.eat('<') {
            cursor.twice('<')?;
            U32Step::Left
        } else if cursor.eat('>') {
            cursor.twice('>')?;
            U32Step::Right
        } else if cursor.eat('@') {
            U32Step::At
        } else if cursor.peek().is_none() {
            return Err(abrupt());
        } else {
            return Err(cursor.error("operator expected"));
        };
        steps.push(step(cursor.number()?));
    }
    let mut values = Vec::new();
    loop {
        if cursor.peek().is_none() {
            return Err(SpecError::bad("u32: test ended with no value specified".to_owned()));
        }
        let low = cursor.number()?;
        let high = if cursor.eat(':') { cursor.number()? } else { low };
        values.push((low, high));
        if cursor.eat(',') {
            continue;
        }
        return match cursor.peek() {
            None | Some('&') => Ok(U32Test { start, steps, values }),
            Some(_) => Err(cursor.error("expected \",\" or \"&&\"")),
        };
    }
}

fn show(program: &U32) -> String {
    let tests: Vec<String> = program.0.iter().map(show_test).collect();
    tests.join("&&")
}

fn show_test(test: &U32Test) -> String {
    let mut text = format!("{:#x}", test.start);
    for step in &test.steps {
        text += &match step {
            U32Step::And(mask) => format!("&{mask:#x}"),
            U32Step::Left(bits) => format!("<<{bits:#x}"),
            U32Step::Right(bits) => format!(">>{bits:#x}"),
            U32Step::At(offset) => format!("@{offset:#x}"),
        };
    }
    let values: Vec<String> = test
        .values
        .iter()
        .map(|(low, high)| range(&(format!("{low:#x}"), format!("{high:#x}")), ':'))
        .collect();
    format!("{text}={}", values.join(","))
}

pub(super) fn save(wanted: &Maybe<U32>) -> String {
    format!("{} --u32 \"{}\"", if wanted.not { " !" } else { "" }, show(&wanted.value))
}

pub(super) fn list(wanted: &Maybe<U32>) -> String {
    format!("u32 {}\"{}\"", bang(wanted.not), show(&wanted.value))
}
