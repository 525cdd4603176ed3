//! `netsim tui NAME --plain`: the same lesson without drawing, line by line, for screen readers and pipes.
//! It asks, somebody answers or types commands; what was done is kept as on the screen.

mod say;

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use netsim_sim::engine::Span;
use netsim_sim::lesson::console::{Step, prompt};
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::play::Ran;
use netsim_sim::lesson::question::Answer;
use netsim_sim::lesson::{Block, Lesson, LessonError, Part};
use netsim_sim::trace::HostId;

use super::input::bad_input;
use super::{explain, paint};
use crate::store::{Saved, Store};
use crate::text::words::Lang;
use crate::ui::{Next, Progress, Session};

/// How long a typed command may run, in simulated time, before it gets Ctrl-C.
const LIMIT: Span = Span::secs(60);

/// A lesson, read and answered line by line.
struct Plain<'a> {
    lesson: &'a Lesson,
    session: Session<'a>,
    progress: Progress<'a>,
    store: Store,
    seed: u64,
    lang: Lang,
    columns: usize,
    /// The machine on which commands are typed.
    host: HostId,
    /// What ran last.
    latest: Option<Ran>,
    /// Parts that were said.
    said: usize,
    /// The question that was asked last.
    asked: Option<usize>,
}

/// What somebody typed.
enum Line {
    /// Nothing: to go on.
    Empty,
    /// A word behind a colon.
    Word(char),
    /// Text.
    Text(String),
}

/// Goes through a lesson, or lets one be chosen.
pub fn run(lesson: Option<Lesson>, seed: u64, lang: Lang) -> ExitCode {
    let lesson = match lesson.map_or_else(|| choose(lang, seed), |lesson| Ok(Some(lesson))) {
        Ok(Some(lesson)) => lesson,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => return bad_input(&error.to_string()),
    };
    match Plain::open(&lesson, seed, lang) {
        Ok(mut plain) => {
            plain.go();
            plain.keep();
            ExitCode::SUCCESS
        }
        Err(error) => bad_input(&error.to_string()),
    }
}

/// The lessons with numbers; the one that is named.
fn choose(lang: Lang, seed: u64) -> Result<Option<Lesson>, LessonError> {
    let shelf = crate::ui::shelf(lang, seed)?;
    for (n, item) in shelf.iter().enumerate() {
        let front = &item.lesson.front;
        paint::raw(&format!("{}. {} ({})\n", n + 1, front.title, front.id));
    }
    paint::raw(lang.say("Number or name of a lesson: ", "课程的编号或名字:"));
    while let Some(text) = read() {
        let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let at = number
            .filter(|n| *n < shelf.len())
            .or_else(|| shelf.iter().position(|item| item.lesson.front.id == text));
        if let Some(at) = at {
            return Ok(shelf.into_iter().nth(at).map(|item| item.lesson));
        }
        paint::raw(lang.say("There is no such lesson. Which? ", "没有这门课程。哪一门?"));
    }
    Ok(None)
}

/// A line without blanks around it; `None` at the end.
fn read() -> Option<String> {
    let _ = io::stdout().flush();
    let mut line = String::new();
    let count = io::stdin().lock().read_line(&mut line);
    if !io::stdin().is_terminal() {
        // Nobody pressed Enter on the screen.
        paint::raw("\n");
    }
    match count {
        Ok(1..) => Some(line.trim().to_owned()),
        Ok(0) | Err(_) => None,
    }
}

impl<'a> Plain<'a> {
    fn open(lesson: &'a Lesson, seed: u64, lang: Lang) -> Result<Plain<'a>, LessonError> {
        let store = Store::of_environment();
        let saved = store.load(&lesson.front.id);
        let journal = saved.as_ref().and_then(|saved| saved.journal(lesson, seed));
        let session = match &journal {
            Some(journal) => Session::resumed(lesson, seed, journal)?,
            None => Session::new(lesson, seed)?,
        };
        let mut progress = Progress::new(lesson);
        if let (Some(saved), Some(_)) = (&saved, &journal) {
            progress.resume(&saved.record);
        }
        let first = lesson.blocks().find_map(|block| match &block.content {
            Content::Console(console) => console.steps.first(),
            _ => None,
        });
        let named = first.and_then(|step| session.world().host_named(&step.host));
        let host = named.or_else(|| session.machines().last().map(|(host, _)| *host));
        let mut plain = Plain {
            lesson,
            session,
            progress,
            store,
            seed,
            lang,
            columns: paint::columns(),
            host: host.unwrap_or(HostId(0)),
            latest: None,
            said: 0,
            asked: None,
        };
        plain.title();
        if journal.is_some() {
            plain.said = plain.progress.place();
            plain.say(lang.say("It goes on where you left it.", "从上次离开的地方继续。"));
        }
        Ok(plain)
    }

    /// Until the end of the lesson or of the input.
    fn go(&mut self) {
        loop {
            self.passed_parts();
            if let Err(error) = self.progress.break_what_is_due(&mut self.session) {
                return self.say(&error.to_string());
            }
            let went_on = match self.progress.next() {
                Next::Ask(_) => self.ask(),
                Next::Type(block, step) => self.step(block, step),
                Next::Check => self.check(),
                Next::End => {
                    if self.progress.record().places > 0 {
                        self.say(self.lang.words().lesson_ends);
                    }
                    return self.try_freely();
                }
            };
            if !went_on {
                return;
            }
            self.keep();
        }
    }

    /// What was passed since it was spoken of last.
    fn passed_parts(&mut self) {
        let lesson = self.lesson;
        while self.said < self.progress.place().min(lesson.parts.len()) {
            match &lesson.parts[self.said] {
                Part::Prose(text) => self.markdown(text),
                Part::Block(block) => self.passed_block(self.said, block),
            }
            self.said += 1;
        }
    }

    fn passed_block(&mut self, n: usize, block: &Block) {
        match &block.content {
            Content::Explain(text, remarks) => {
                let remarks =
                    remarks.iter().filter(|(choice, _)| self.progress.was_wrong(n, *choice));
                let remarks: Vec<&(char, String)> = remarks.collect();
                self.explanation(text, block.word("layer"), &remarks);
            }
            Content::Console(console) if block.has("norun") => {
                for step in &console.steps {
                    let not_run = self.lang.words().not_run;
                    self.say(&format!("{}$ {} ({not_run})", step.place(), step.command));
                }
            }
            Content::Console(_) => self.comparisons(n),
            _ => {}
        }
    }

    /// A question; false at the end of the input.
    fn ask(&mut self) -> bool {
        let Next::Ask(question) = self.progress.next() else { return true };
        let place = self.progress.place();
        if self.asked.replace(place) != Some(place) {
            self.question(place, question);
        }
        let text = match self.line(self.lang.say("Answer: ", "回答:")) {
            None => return false,
            Some(Line::Word(word)) => return self.word(word),
            Some(Line::Empty) => String::new(),
            Some(Line::Text(text)) => text,
        };
        match &question.answer {
            Answer::Choice { .. } => {
                self.progress.marked.fill(false);
                for c in text.to_lowercase().chars().filter(char::is_ascii_lowercase) {
                    self.progress.mark(c as usize - 'a' as usize);
                }
            }
            _ => self.progress.typed = text,
        }
        match self.progress.answer() {
            true => self.answered(place),
            false => self
                .say(self.lang.say("An answer, please, or :s to skip.", "请回答,或用 :s 跳过。")),
        }
        true
    }

    /// A command of the lesson: run by an empty line; others may be typed before.
    fn step(&mut self, block: &Block, step: &Step) -> bool {
        let step = self.session.player.filled(step);
        self.say(&format!(
            "{}: {}$ {}",
            self.lang.say("Next", "下一条"),
            step.place(),
            step.command
        ));
        match self.line(self.lang.say("Enter runs it: ", "回车执行:")) {
            None => return false,
            Some(Line::Word(word)) => return self.word(word),
            Some(Line::Text(text)) => self.command(&text),
            Some(Line::Empty) => {
                let ran = self.session.player.run(block, &step);
                self.host = ran.origin.0;
                self.ran(&ran);
                let failure = ran.failure.as_ref();
                self.progress.done(failure.map(|it| format!("≠ {} ({})", it.expected, it.got)));
                self.latest = Some(ran);
            }
        }
        true
    }

    /// Checks: run by an empty line; what is missing is said, and they can be tried again.
    fn check(&mut self) -> bool {
        let prompt = self.lang.say("Enter runs the checks: ", "回车运行检查:");
        match self.line(prompt) {
            None => return false,
            Some(Line::Word(word)) => return self.word(word),
            Some(Line::Text(text)) => self.command(&text),
            Some(Line::Empty) => {
                let place = self.progress.place();
                self.progress.check(&mut self.session);
                self.checked(place);
            }
        }
        true
    }

    /// Behind the lesson commands can still be typed.
    fn try_freely(&mut self) {
        loop {
            match self.line("") {
                None | Some(Line::Word('q')) => return,
                Some(Line::Empty) => {}
                Some(Line::Text(text)) => self.command(&text),
                Some(Line::Word(word)) => {
                    self.word(word);
                }
            }
        }
    }

    /// A word behind a colon; false if somebody leaves.
    fn word(&mut self, word: char) -> bool {
        match word {
            'q' => return false,
            's' => {
                self.progress.skip();
            }
            'h' => match self.progress.hint() {
                true => self.hints(),
                false => self.say(self.lang.say("No more hints here.", "这里没有更多提示。")),
            },
            'w' => match &self.latest {
                Some(ran) => {
                    let words = self.lang.words();
                    explain::print(self.session.world(), ran, words, self.columns);
                }
                None => self.say(self.lang.say("Nothing ran yet.", "还没有执行过命令。")),
            },
            _ => self.help(),
        }
        true
    }

    /// A command that is no part of the lesson: `HOST$ command`, or for the machine of the one before.
    fn command(&mut self, text: &str) {
        let (host, container, line) = match prompt(text) {
            Some((name, container, line)) => match self.session.world().host_named(name) {
                Some(host) => (host, container, line),
                None => (self.host, None, text),
            },
            None => (self.host, None, text),
        };
        self.host = host;
        let ran = self.session.player.run_line(host, container, line, LIMIT);
        self.ran(&ran);
        self.latest = Some(ran);
    }

    /// Asks for a line.
    fn line(&self, what: &str) -> Option<Line> {
        let name = &self.session.world().host(self.host).name;
        paint::raw(&format!("{what}[{name}, :?] "));
        let text = read()?;
        Some(match text.strip_prefix(':') {
            _ if text.is_empty() => Line::Empty,
            Some(word) => Line::Word(word.chars().next().unwrap_or('?')),
            None => Line::Text(text),
        })
    }

    /// Writes down how far somebody has come.
    fn keep(&mut self) {
        let (record, journal) = (self.progress.record(), self.session.player.journal());
        let mut saved = Saved::new(self.lesson, self.seed, record, &journal);
        saved.finished |= self.store.load(&self.lesson.front.id).is_some_and(|old| old.finished);
        if let Err(error) = self.store.save(&self.lesson.front.id, &saved) {
            self.say(&format!(
                "{}: {error}",
                self.lang.say("progress cannot be kept", "无法保存进度")
            ));
            self.store.give_up();
        }
    }
}
