//! The lesson beside the machines: its parts one after the other, what was answered and done, hints, and
//! what a teacher may do. [`view`] lays it out, [`record`] is what is kept between two runs.

pub mod record;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use netsim_sim::lesson::console::Step;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::question::{Answer, Question, letter};
use netsim_sim::lesson::{Block, Lesson, Part};

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
    pub answers_hidden: bool,
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

    /// Goes past what waits; false at the end.
    pub fn skip(&mut self) -> bool {
        if self.is_finished() {
            return false;
        }
        self.skipped.insert(self.part);
        self.pass();
        true
    }

    /// Shows the answer of the question that waits, or what repairs; false if there is none.
    pub fn reveal(&mut self) -> bool {
        let has_answer = match self.next() {
            Next::Ask(question) => !question.answer_text().is_empty(),
            Next::Check => self.solution().is_some(),
            Next::Type(..) | Next::End => false,
        };
        if has_answer {
            self.revealed.insert(self.part);
        }
        has_answer
    }

    fn solution(&self) -> Option<&'a [Step]> {
        self.lesson.blocks().find_map(|block| match &block.content {
            Content::Solution(console) => Some(&console.steps[..]),
            _ => None,
        })
    }

    /// The hints for what waits, in the order in which they are given: those around it.
    fn hints_here(&self) -> Vec<usize> {
        let parts = &self.lesson.parts;
        let here = self.part.min(parts.len());
        let first = parts[..here].iter().rposition(waits).map_or(0, |n| n + 1);
        let end = parts.iter().skip(here + 1).position(waits).map_or(parts.len(), |n| here + 1 + n);
        let mut found: Vec<(u32, usize)> = (first..end)
            .filter_map(|n| match &parts[n] {
                Part::Block(block) if matches!(block.content, Content::Hint(_)) => {
                    let order = block.word("n").and_then(|word| word.parse().ok());
                    Some((order.unwrap_or(u32::MAX), n))
                }
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, n)| n).collect()
    }

    /// How many hints for what waits are shown, and how many there are.
    pub fn hint_count(&self) -> (usize, usize) {
        let here = self.hints_here();
        (here.iter().filter(|n| self.hints.contains(n)).count(), here.len())
    }

    /// Shows one more hint; false if there is none.
    pub fn hint(&mut self) -> bool {
        let next = self.hints_here().into_iter().find(|n| !self.hints.contains(n));
        if let Some(n) = next {
            self.hints.insert(n);
            self.scroll = 0;
            self.unsaved = true;
        }
        next.is_some()
    }

    /// The hints for what waits that are shown.
    pub fn hints_shown(&self) -> Vec<&'a str> {
        let shown = self.hints_here().into_iter().filter(|n| self.hints.contains(n));
        let text = |n: usize| match &self.lesson.parts[n] {
            Part::Block(Block { content: Content::Hint(text), .. }) => Some(text.as_str()),
            _ => None,
        };
        shown.filter_map(text).collect()
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

    /// A question that was answered, if it may be compared by now.
    pub fn compared(&self, part: usize) -> Option<(&'a Question, &Given)> {
        let Part::Block(block) = self.lesson.parts.get(part)? else { return None };
        let (Content::Predict(question) | Content::Question(question)) = &block.content else {
            return None;
        };
        let given = self.answers.get(&part)?;
        self.is_compared(part, block).then_some((question, given))
    }

    /// Whether a prediction is about a block.
    pub fn is_about(&self, part: usize, target: usize) -> bool {
        matches!(&self.lesson.parts[part], Part::Block(block) if self.target(block) == Some(target))
    }

    /// The block that a prediction is about.
    fn target(&self, block: &Block) -> Option<usize> {
        let id = block.word("for")?.trim_start_matches('#');
        self.lesson.parts.iter().position(|part| match part {
            Part::Block(block) => block.id.as_deref() == Some(id),
            Part::Prose(_) => false,
        })
    }

    /// Whether a question since the explanation before this part got this letter as a wrong answer.
    pub fn was_wrong(&self, part: usize, choice: char) -> bool {
        let parts = &self.lesson.parts;
        let before = parts[..part].iter().rposition(|part| {
            matches!(part, Part::Block(block) if matches!(block.content, Content::Explain(..)))
        });
        let mut answers = self.answers.range(before.map_or(0, |n| n + 1)..part);
        !self.answers_hidden
            && answers.any(|(_, given)| given.right == Some(false) && given.text.contains(choice))
    }

    /// Whether the learner may see by now what is right: a prediction is compared when it has happened.
    fn is_compared(&self, part: usize, block: &Block) -> bool {
        if self.answers_hidden {
            return false;
        }
        self.target(block).is_none_or(|target| target < part || self.part > target)
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
