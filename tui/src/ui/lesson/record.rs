//! What is kept of a lesson between two runs. Places in it are counted so that they are the same in every
//! translation.

use netsim_sim::lesson::Part;
use netsim_sim::lesson::parse::Content;
use serde::{Deserialize, Serialize};

use super::{Given, Progress, waits};

/// How far somebody has come, and what was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Places that were passed.
    pub passed: usize,
    /// Places that there are.
    pub places: usize,
    /// The step at the place that waits.
    pub step: usize,
    /// Answers: place, text, whether it is right.
    pub answers: Vec<(usize, String, Option<bool>)>,
    /// Steps and checks: place, number, what failed.
    pub results: Vec<(usize, usize, String)>,
    /// Places that were gone past.
    pub skipped: Vec<usize>,
    /// Hints that were taken, counted by themselves.
    pub hints: Vec<usize>,
}

impl Progress<'_> {
    /// What is to be kept.
    pub fn record(&self) -> Record {
        let parts = &self.lesson.parts;
        let place =
            |part: usize| parts[..part.min(parts.len())].iter().filter(|part| waits(part)).count();
        let hint = |part: usize| parts[..part].iter().filter(|part| is_hint(part)).count();
        Record {
            passed: place(self.part),
            places: parts.iter().filter(|part| waits(part)).count(),
            step: self.step,
            answers: self
                .answers
                .iter()
                .map(|(part, given)| (place(*part), given.text.clone(), given.right))
                .collect(),
            results: self
                .results
                .iter()
                .map(|((part, step), text)| (place(*part), *step, text.clone()))
                .collect(),
            skipped: self.skipped.iter().map(|part| place(*part)).collect(),
            hints: self.hints.iter().map(|part| hint(*part)).collect(),
        }
    }

    /// Goes on where a record ends.
    pub fn resume(&mut self, record: &Record) {
        let parts = &self.lesson.parts;
        let places: Vec<usize> = (0..parts.len()).filter(|n| waits(&parts[*n])).collect();
        let hints: Vec<usize> = (0..parts.len()).filter(|n| is_hint(&parts[*n])).collect();
        let answers = record.answers.iter().filter_map(|(place, text, right)| {
            let given = Given { text: text.clone(), right: *right };
            Some((*places.get(*place)?, given))
        });
        self.answers = answers.collect();
        let results = record
            .results
            .iter()
            .filter_map(|(place, step, text)| Some(((*places.get(*place)?, *step), text.clone())));
        self.results = results.collect();
        self.skipped = record.skipped.iter().filter_map(|n| places.get(*n).copied()).collect();
        self.hints = record.hints.iter().filter_map(|n| hints.get(*n).copied()).collect();
        self.part = places.get(record.passed).copied().unwrap_or(parts.len());
        self.step = record.step;
        self.settle();
    }
}

fn is_hint(part: &Part) -> bool {
    matches!(part, Part::Block(block) if matches!(block.content, Content::Hint(_)))
}
