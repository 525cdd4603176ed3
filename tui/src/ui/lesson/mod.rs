//! The lesson beside the machines: its parts one after the other, what was answered and done, hints, and
//! what a teacher may do. [`aid`] helps, [`view`] lays it out, [`record`] is what is kept between two runs.

mod aid;
pub mod record;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use netsim_sim::lesson::console::Step;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::question::{Answer, Question, letter};
use netsim_sim::lesson::{Block, Lesson, LessonError, Part};

use super::session::Session;

/// What comes next.
pub enum Next<'a> {
    /// Something to be asked.
    Ask(&'a Question),
    /// Something to be typed.
    Type(&'a Block, &'a Step),
    /// Something that must hold.
    Check,
    /// Nothing any more.
    End,
}

/// What was answered to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The letters chosen, or the text typed.
    pub text: String,
    /// Whether it is right; `None` if a teacher reads it.
    pub right: Option<bool>,
}

/// What has been shown and done of a lesson.
pub struct Progress<'a> {
    lesson: &'a Lesson,
    /// The part that comes next, and the step in it.
    part: usize,
    step: usize,
    /// What is marked in the question that waits.
    pub marked: Vec<bool>,
    /// What is typed as its answer.
    pub typed: String,
    /// What was answered, by part.
    answers: BTreeMap<usize, Given>,
    /// What failed of steps and checks, by part and step: empty if it is as expected.
    results: BTreeMap<(usize, usize), String>,
    /// Parts that were gone past.
    skipped: BTreeSet<usize>,
    /// Parts whose answer was shown before it was given.
    revealed: BTreeSet<usize>,
    /// Hints that are shown, by part.
    hints: BTreeSet<usize>,
    /// Whether nobody sees what is right.
    answers_hidden: bool,
    /// Lines scrolled up from the end.
    pub scroll: usize,
    /// Whether something happened that is to be kept.
    pub unsaved: bool,
}

impl<'a> Progress<'a> {
    /// Its beginning.
    pub fn new(lesson: &'a Lesson) -> Progress<'a> {
        let mut progress = Progress {
            lesson,
            part: 0,
            step: 0,
            marked: Vec::new(),
            typed: String::new(),
            answers: BTreeMap::new(),
            results: BTreeMap::new(),
            skipped: BTreeSet::new(),
            revealed: BTreeSet::new(),
            hints: BTreeSet::new(),
            answers_hidden: false,
            scroll: 0,
            unsaved: false,
        };
        progress.settle();
        // Where nothing is asked for, one begins to read at the top.
        if !lesson.parts.iter().any(waits) {
            progress.scroll = usize::MAX;
        }
        progress
    }

    /// What waits for the learner.
    pub fn next(&self) -> Next<'a> {
        let Some(Part::Block(block)) = self.lesson.parts.get(self.part) else { return Next::End };
        match &block.content {
            Content::Predict(question) | Content::Question(question) => Next::Ask(question),
            Content::Console(console) => {
                console.steps.get(self.step).map_or(Next::End, |step| Next::Type(block, step))
            }
            Content::Check(_) => Next::Check,
            _ => Next::End,
        }
    }

    /// Whether all of it was gone through.
    pub fn is_finished(&self) -> bool {
        self.part >= self.lesson.parts.len()
    }

    /// Passes what only has to be read.
    fn settle(&mut self) {
        while let Some(part) = self.lesson.parts.get(self.part) {
            let is_open = match part {
                Part::Prose(_) => false,
                Part::Block(block) => match &block.content {
                    Content::Predict(_) | Content::Question(_) | Content::Check(_) => true,
                    Content::Console(console) => {
                        self.step < console.steps.len() && !block.has("norun")
                    }
                    _ => false,
                },
            };
            if is_open {
                break;
            }
            self.part += 1;
            self.step = 0;
        }
        self.marked.clear();
        if let Next::Ask(Question { answer: Answer::Choice { choices, .. }, .. }) = self.next() {
            self.marked = vec![false; choices.len()];
        }
        self.typed.clear();
        self.scroll = 0;
    }

    /// Goes on behind the part that waited.
    fn pass(&mut self) {
        self.part += 1;
        self.step = 0;
        self.unsaved = true;
        self.settle();
    }

    /// Marks a choice.
    pub fn mark(&mut self, n: usize) {
        let Next::Ask(Question { answer: Answer::Choice { several, .. }, .. }) = self.next() else {
            return;
        };
        if n >= self.marked.len() {
            return;
        }
        if *several {
            self.marked[n] ^= true;
        } else {
            self.marked.fill(false);
            self.marked[n] = true;
        }
    }

    /// Takes the answer. It is compared when what was asked about has happened. False if there is none.
    pub fn answer(&mut self) -> bool {
        let Next::Ask(question) = self.next() else { return false };
        let given = Given::new(question, &self.marked, &self.typed);
        // Of several, none may be right.
        let may_be_empty = matches!(question.answer, Answer::Choice { several: true, .. });
        if given.text.is_empty() && !may_be_empty {
            return false;
        }
        self.answers.insert(self.part, given);
        self.pass();
        true
    }

    /// A step was done; what is not as expected, if something is not.
    pub fn done(&mut self, failure: Option<String>) {
        self.results.insert((self.part, self.step), failure.unwrap_or_default());
        self.step += 1;
        self.unsaved = true;
        self.settle();
    }

    /// What breaks before the commands that wait, or broke before those passed, is broken: the learner
    /// does not see how.
    pub fn break_what_is_due(&self, session: &mut Session) -> Result<(), LessonError> {
        for part in self.lesson.parts.iter().take(self.part + 1) {
            if let Part::Block(block) = part {
                session.player.before_block(block.id.as_deref())?;
            }
        }
        Ok(())
    }

    /// Runs the checks that come next, if they do. One that does not hold can be tried again.
    pub fn check(&mut self, session: &mut Session) -> bool {
        let Some(Part::Block(block)) = self.lesson.parts.get(self.part) else { return false };
        let Content::Check(checks) = &block.content else { return false };
        let Ok(mut copy) = session.player.copy() else { return false };
        let mut all_hold = true;
        for (n, check) in checks.iter().enumerate() {
            let failure = check.run(&session.player, &mut copy).err().unwrap_or_default();
            all_hold &= failure.is_empty();
            self.results.insert((self.part, n), failure);
        }
        self.unsaved = true;
        if all_hold {
            self.pass();
        }
        true
    }

    /// The part that waits.
    pub fn place(&self) -> usize {
        self.part
    }

    /// What failed of a step or check, if something did.
    pub fn failure(&self, part: usize, step: usize) -> Option<&str> {
        let failure = self.results.get(&(part, step))?;
        (!failure.is_empty()).then_some(failure.as_str())
    }
}

impl Given {
    /// What is marked or typed, compared with what is right.
    pub fn new(question: &Question, marked: &[bool], typed: &str) -> Given {
        let typed = typed.trim();
        match &question.answer {
            Answer::Choice { choices, .. } => {
                let chosen = marked.iter().enumerate().filter(|(_, marked)| **marked);
                let letters: Vec<String> = chosen.map(|(n, _)| letter(n).to_string()).collect();
                let right = choices.iter().map(|(_, right)| *right).eq(marked.iter().copied());
                Given { text: letters.join(", "), right: Some(right) }
            }
            Answer::Number(number, tolerance) => {
                let given = typed.parse::<f64>();
                let right = given.is_ok_and(|it| (it - number).abs() <= *tolerance);
                Given { text: typed.to_owned(), right: Some(right) }
            }
            Answer::Keywords(words) => {
                let given = typed.to_lowercase();
                let right = words.iter().all(|word| given.contains(&word.to_lowercase()));
                Given { text: typed.to_owned(), right: Some(right) }
            }
            Answer::Free => Given { text: typed.to_owned(), right: None },
        }
    }
}

/// Whether a learner has something to do at a part.
fn waits(part: &Part) -> bool {
    match part {
        Part::Prose(_) => false,
        Part::Block(block) => match &block.content {
            Content::Predict(_) | Content::Question(_) | Content::Check(_) => true,
            Content::Console(_) => !block.has("norun"),
            _ => false,
        },
    }
}
