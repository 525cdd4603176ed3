//! What is kept of a lesson between two runs. Places in it are counted so that they are the same in every
//! translation.

use netsim_sim::lesson::Part;
use netsim_sim::lesson::parse::Content;
use serde::{Deserialize, Serialize};

use super::{Given, Progress, waits};
use crate::text::words::Lang;

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

    /// Where one is, in words: the title of the part, and how much of the lesson is passed. Nothing, if it
    /// has no places.
    pub fn standing(&self, lang: Lang) -> Option<String> {
        let Record { passed, places, .. } = self.record();
        if places == 0 {
            return None;
        }
        let is_heading = |line: &&str| line.starts_with('#');
        let before = self.lesson.parts.iter().take(self.part + 1).rev();
        let mut headings = before.filter_map(|part| match part {
            Part::Prose(text) => text.lines().rfind(is_heading),
            Part::Block(_) => None,
        });
        let title = headings.next().map_or("", |line| line.trim_start_matches('#').trim());
        Some(match lang {
            Lang::En => format!("you are at: {title} ({passed} of {places} done)"),
            Lang::Zh => format!("你在:{title}(已完成 {passed}/{places})"),
        })
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
