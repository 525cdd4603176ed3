//! From Markdown to [`Lesson`]: prose, and fenced blocks with a keyword.

use super::check::Check;
use super::console::Console;
use super::error::LessonError;
use super::fault::{self, Fault};
use super::front::{self, Front};
use super::page::Page;
use super::question::Question;
use super::vary::{self, Values};
use crate::engine::Seed;
use crate::world::suggest::suggestion;

/// A lesson.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The name of its file, for messages.
    pub file: String,
    /// Its facts.
    pub front: Front,
    /// What it says and does, in order.
    pub parts: Vec<Part>,
    /// The text of its file, with the values put in.
    pub source: String,
    /// The values that differ from student to student, as they were drawn.
    pub values: Values,
    /// What is broken.
    pub faults: Vec<Fault>,
}

/// A part of a lesson.
#[derive(Debug, Clone)]
pub enum Part {
    /// Markdown for people.
    Prose(String),
    /// A block with a keyword.
    Block(Block),
}

/// A fenced block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line of its fence, from 1.
    pub line: usize,
    /// Its name, without `#`.
    pub id: Option<String>,
    /// `key=value` words and single words of the fence.
    pub words: Vec<(String, Option<String>)>,
    /// What it is.
    pub content: Content,
}

/// The keywords of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// Commands with their output.
    Console,
    /// A question before something happens.
    Predict,
    /// A question afterwards.
    Question,
    /// What the screen should show.
    Watch,
    /// Why it happened.
    Explain,
    /// Help, for a price.
    Hint,
    /// What must hold.
    Check,
    /// Commands that repair.
    Solution,
    /// For the teacher.
    Note,
}

impl Keyword {
    const ALL: [(Keyword, &'static str); 9] = [
        (Keyword::Console, "console"),
        (Keyword::Predict, "predict"),
        (Keyword::Question, "question"),
        (Keyword::Watch, "watch"),
        (Keyword::Explain, "explain"),
        (Keyword::Hint, "hint"),
        (Keyword::Check, "check"),
        (Keyword::Solution, "solution"),
        (Keyword::Note, "note"),
    ];

    fn named(name: &str) -> Option<Keyword> {
        Keyword::ALL.iter().find(|(_, known)| *known == name).map(|(keyword, _)| *keyword)
    }
}

/// What a block contains.
#[derive(Debug, Clone)]
pub enum Content {
    /// Commands with their output.
    Console(Console),
    /// A question before.
    Predict(Question),
    /// A question afterwards.
    Question(Question),
    /// Lines for the screen.
    Watch(Vec<String>),
    /// Markdown, and remarks on wrong answers.
    Explain(String, Vec<(char, String)>),
    /// Markdown.
    Hint(String),
    /// What must hold.
    Check(Vec<Check>),
    /// Commands that repair.
    Solution(Console),
    /// Markdown.
    Note(String),
}

/// Languages of code that is shown and not run.
const SHOWN_ONLY: [&str; 14] = [
    "", "text", "txt", "sh", "bash", "shell", "json", "toml", "yaml", "rust", "c", "go", "diff",
    "ini",
];

/// Words that a fence may have behind its keyword.
const FENCE_WORDS: [&str; 16] = [
    "for",
    "points",
    "layer",
    "n",
    "msg",
    "hidden",
    "optional",
    "norun",
    "unordered",
    "within",
    "ask-first",
    "wrong",
    "title",
    "lang",
    "show",
    "group",
];

impl Block {
    /// The value of a word of the fence.
    pub fn word(&self, key: &str) -> Option<&str> {
        let found = self.words.iter().find(|(known, _)| known == key)?;
        Some(found.1.as_deref().unwrap_or(""))
    }

    /// Whether the fence has a word.
    pub fn has(&self, key: &str) -> bool {
        self.word(key).is_some()
    }
}

impl Lesson {
    /// Reads a lesson as it is for the seed that is used when nobody chooses one.
    pub fn parse(file: &str, source: &str) -> Result<Lesson, LessonError> {
        Lesson::parse_for(file, source, Seed::default())
    }

    /// Reads a lesson as it is for a seed.
    pub fn parse_for(file: &str, source: &str, seed: Seed) -> Result<Lesson, LessonError> {
        let values = vary::draw(file, source, seed)?;
        Lesson::with_values(file, source, values)
    }

    /// Reads the translation of this lesson: it has the same values.
    pub fn parse_translation(&self, file: &str, source: &str) -> Result<Lesson, LessonError> {
        Lesson::with_values(file, source, self.values.clone())
    }

    fn with_values(file: &str, source: &str, values: Values) -> Result<Lesson, LessonError> {
        let source = vary::put_in(source, &values);
        let (front, start) = front::parse(file, &source)?;
        let faults = fault::parse_all(file, &source, &front.fault, &front.topology.names())?;
        let page = Page { file, source: &source, machines: &front.topology.names() };
        let parts = read_parts(&page, start)?;
        let lesson = Lesson { file: file.to_owned(), front, parts, source, values, faults };
        lesson.check_ids()?;
        Ok(lesson)
    }

    /// A mistake in a line of this lesson.
    pub fn error(&self, line: usize, message: impl Into<String>) -> LessonError {
        LessonError::new(&self.file, &self.source, line, message)
    }

    /// Names of blocks are there once, and what refers to one finds it.
    fn check_ids(&self) -> Result<(), LessonError> {
        let blocks: Vec<&Block> = self.blocks().collect();
        for (n, block) in blocks.iter().enumerate() {
            let Some(id) = &block.id else { continue };
            if blocks[..n].iter().any(|other| other.id.as_ref() == Some(id)) {
                let error = self.error(block.line, format!("there are two blocks called '#{id}'"));
                return Err(error.at_word(id));
            }
        }
        for block in &blocks {
            let Some(target) = block.word("for").and_then(|word| word.strip_prefix('#')) else {
                continue;
            };
            let known = || blocks.iter().filter_map(|block| block.id.as_deref());
            if !known().any(|id| id == target) {
                let hint = suggestion(target, known()).map(|id| format!("did you mean '#{id}'?"));
                let error = self.error(block.line, format!("there is no block '#{target}'"));
                return Err(error.at_word(target).with_hint(hint));
            }
        }
        for fault in &self.faults {
            if let Some(id) = fault.before.as_ref().filter(|id| self.block_named(id).is_none()) {
                let message = format!("a fault happens before a block '#{id}', which is not there");
                return Err(self.error(fault.line, message));
            }
        }
        Ok(())
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(|part| match part {
            Part::Block(block) => Some(block),
            Part::Prose(_) => None,
        })
    }

    /// The block with a name.
    pub fn block_named(&self, id: &str) -> Option<&Block> {
        self.blocks().find(|block| block.id.as_deref() == Some(id))
    }
}

/// The parts of a lesson, of which the first begins at a line.
fn read_parts(page: &Page, start: usize) -> Result<Vec<Part>, LessonError> {
    let mut parts = Vec::new();
    let lines: Vec<&str> = page.source.lines().collect();
    let mut prose = String::new();
    let mut at = start;
    while at < lines.len() {
        let line = lines[at];
        let Some((fence, info)) = fence_of(line) else {
            prose += line;
            prose.push('\n');
            at += 1;
            continue;
        };
        let closes = |line: &&&str| {
            let trimmed = line.trim();
            trimmed.len() >= fence.len() && trimmed.chars().all(|c| fence.starts_with(c))
        };
        let body = &lines[at + 1..];
        let Some(len) = body.iter().position(|line| closes(&line)) else {
            let error = page.error(at + 1, "the block that begins here has no end");
            return Err(error.at_word(fence).with_hint(Some(format!("a line '{fence}' ends it"))));
        };
        let body = &body[..len];
        match block(page, at + 1, info, body)? {
            Some(block) => {
                if !prose.trim().is_empty() {
                    parts.push(Part::Prose(std::mem::take(&mut prose)));
                }
                prose.clear();
                parts.push(Part::Block(block));
            }
            None => {
                for line in &lines[at..=at + 1 + len] {
                    prose += line;
                    prose.push('\n');
                }
            }
        }
        at += len + 2;
    }
    if !prose.trim().is_empty() {
        parts.push(Part::Prose(prose));
    }
    Ok(parts)
}

/// A block with a keyword; `None` for code that is only shown.
fn block(
    page: &Page,
    line: usize,
    info: &str,
    body: &[&str],
) -> Result<Option<Block>, LessonError> {
    let words = split_info(info);
    let Some(first) = words.first() else { return Ok(None) };
    let Some(keyword) = Keyword::named(first) else {
        if SHOWN_ONLY.contains(&first.as_str()) {
            return Ok(None);
        }
        let known = Keyword::ALL.iter().map(|(_, name)| *name);
        let hint = suggestion(first, known.clone())
            .map(|name| format!("did you mean '{name}'?"))
            .or_else(|| Some(format!("the keywords are {}", known.collect::<Vec<_>>().join(", "))));
        let error = page.error(line, format!("'{first}' is not a kind of block"));
        return Err(error.at_word(first).with_hint(hint));
    };
    let mut id = None;
    let mut settings = Vec::new();
    for word in &words[1..] {
        if let Some(name) = word.strip_prefix('#') {
            id = Some(name.to_owned());
            continue;
        }
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (key, Some(value.trim_matches('"').to_owned())),
            None => (word.as_str(), None),
        };
        if !FENCE_WORDS.contains(&key) {
            let hint = suggestion(key, FENCE_WORDS).map(|name| format!("did you mean '{name}'?"));
            let error = page.error(line, format!("'{key}' means nothing here"));
            return Err(error.at_word(key).with_hint(hint));
        }
        settings.push((key.to_owned(), value));
    }
    let first_line = line + 1;
    let text = body.join("\n");
    let content = match keyword {
        Keyword::Console => Content::Console(Console::parse(page, first_line, body)?),
        Keyword::Solution => Content::Solution(Console::parse(page, first_line, body)?),
        Keyword::Predict => Content::Predict(Question::parse(page, first_line, body)?),
        Keyword::Question => Content::Question(Question::parse(page, first_line, body)?),
        Keyword::Watch => Content::Watch(body.iter().map(|line| (*line).to_owned()).collect()),
        Keyword::Explain => explain(&text),
        Keyword::Hint => Content::Hint(text),
        Keyword::Check => Content::Check(Check::parse_all(page, first_line, body)?),
        Keyword::Note => Content::Note(text),
    };
    Ok(Some(Block { line, id, words: settings, content }))
}

/// The fence that a line opens, and what stands behind it.
fn fence_of(line: &str) -> Option<(&str, &str)> {
    let trimmed = line.trim_start();
    // Four blanks make code, not a fence.
    if line.len() - trimmed.len() > 3 {
        return None;
    }
    let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let len = trimmed.chars().take_while(|c| *c == mark).count();
    (len >= 3).then(|| (&trimmed[..len], trimmed[len..].trim()))
}

/// The words of a fence; quoted ones may have blanks.
fn split_info(info: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for c in info.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Markdown with lines `wrong=b: …`.
fn explain(text: &str) -> Content {
    let mut prose = String::new();
    let mut remarks: Vec<(char, String)> = Vec::new();
    for line in text.lines() {
        let remark = line.strip_prefix("wrong=").and_then(|rest| {
            let (choice, remark) = rest.split_once(':')?;
            Some((choice.chars().next()?, remark.trim().to_owned()))
        });
        match (remark, remarks.last_mut()) {
            (Some(remark), _) => remarks.push(remark),
            (None, Some((_, last))) if !line.trim().is_empty() => {
                last.push(' ');
                *last += line.trim();
            }
            (None, _) => {
                prose += line;
                prose.push('\n');
            }
        }
    }
    Content::Explain(prose, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "+++\nschema = 1\nid = \"x\"\ntitle = \"X\"\n[topology]\nsegment.lan = {}\nhost.a = { lan = \"10.0.0.1\" }\n+++\n";

    fn parse(body: &str) -> Result<Lesson, LessonError> {
        Lesson::parse("x.md", &format!("{HEAD}{body}"))
    }

    #[test]
    fn prose_and_blocks_alternate() {
        let lesson =
            parse("# X\n\n```console #one\na$ true\n```\n\ntext\n\n```sh\nshown\n```\n").unwrap();
        assert_eq!(lesson.parts.len(), 3);
        assert_eq!(lesson.block_named("one").unwrap().line, 11);
        assert!(matches!(&lesson.parts[2], Part::Prose(text) if text.contains("shown")));
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let error = parse("```consol\na$ true\n```\n").unwrap_err();
        assert_eq!((error.line, error.column), (9, 4));
        assert_eq!(error.hint.as_deref(), Some("did you mean 'console'?"));
        assert!(parse("```console\na$ true\n").unwrap_err().message.contains("no end"));
        assert!(
            parse("```console #a\n```\n```console #a\n```\n").unwrap_err().message.contains("two")
        );
        assert!(
            parse("```predict for=#b\n? \n( ) x\n(x) y\n```\n")
                .unwrap_err()
                .message
                .contains("no block")
        );
    }

    #[test]
    fn a_translation_keeps_commands_and_answers() {
        let base = parse("# X\n\n```predict #p for=#one\nWhat?\n( ) a\n(x) b\n```\n```console #one\na$ true\n```\n").unwrap();
        let zh = parse("# 某\n\n```predict #p\n什么?\n( ) 甲\n( ) 乙\n```\n```console #one\n```\n")
            .unwrap();
        let merged = base.translated(&zh).unwrap();
        let Content::Predict(question) = &merged.block_named("p").unwrap().content else {
            panic!()
        };
        assert_eq!(question.text, "什么?");
        assert_eq!(question.answer_text(), "b) 乙");
        let Content::Console(console) = &merged.block_named("one").unwrap().content else {
            panic!()
        };
        assert_eq!(console.steps.len(), 1);
    }
}
