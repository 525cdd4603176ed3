//! What helps: hints, answers that are compared when it is time, and what a teacher shows or goes past.

use netsim_sim::lesson::console::Step;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::question::Question;
use netsim_sim::lesson::{Block, Part};

use super::{Given, Next, Progress, waits};

impl<'a> Progress<'a> {
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

    /// Hides what is right, also what was revealed; or shows it again.
    pub fn hide_answers(&mut self) {
        self.answers_hidden ^= true;
        if self.answers_hidden {
            self.revealed.clear();
        }
    }

    /// The commands that repair.
    pub(super) fn solution(&self) -> Option<&'a [Step]> {
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
    pub(super) fn is_compared(&self, part: usize, block: &Block) -> bool {
        if self.answers_hidden {
            return false;
        }
        self.target(block).is_none_or(|target| target < part || self.part > target)
    }
}
