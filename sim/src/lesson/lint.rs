//! What an author should mend in a lesson that can be read and played: hints that give the solution
//! away, questions that come too late, translations that lack something.

use super::parse::{Block, Content, Lesson, Part};
use super::pattern::{Line, Piece};
use super::question::Answer;

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What.
    pub message: String,
}

impl Lesson {
    /// What an author should mend. None of it keeps the lesson from being played.
    pub fn lint(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        self.lint_questions(&mut remarks);
        self.lint_outputs(&mut remarks);
        self.lint_repair(&mut remarks);
        for (name, _) in &self.values {
            if self.source.contains(&format!("[ID64={name}]")) {
                let message = format!("'{name}' is both a value of [vary] and a found text");
                remarks.push(Remark { line: 1, message });
            }
        }
        if self.front.goals.is_empty() {
            let message = "it does not say what a learner can do afterwards (goals)".to_owned();
            remarks.push(Remark { line: 1, message });
        }
        remarks.sort_by_key(|remark| remark.line);
        remarks
    }

    /// Questions come before what they are about, and have one right answer or more.
    fn lint_questions(&self, remarks: &mut Vec<Remark>) {
        for block in self.blocks() {
            let (Content::Predict(question) | Content::Question(question)) = &block.content else {
                continue;
            };
            if let Answer::Choice { choices, .. } = &question.answer {
                if !choices.iter().any(|(_, right)| *right) {
                    let message = "none of the choices is right".to_owned();
                    remarks.push(Remark { line: block.line, message });
                }
                if choices.len() < 2 {
                    let message = "a choice needs two answers at least".to_owned();
                    remarks.push(Remark { line: block.line, message });
                }
            }
            let target =
                block.word("for").and_then(|id| self.block_named(id.trim_start_matches('#')));
            let is_late = target.is_some_and(|target| target.line < block.line);
            if matches!(block.content, Content::Predict(_)) && is_late {
                let message = "this prediction comes after what is to be predicted".to_owned();
                remarks.push(Remark { line: block.line, message });
            }
        }
    }

    /// An expected line that fits anything tests nothing.
    fn lint_outputs(&self, remarks: &mut Vec<Remark>) {
        for block in self.blocks() {
            let Content::Console(console) = &block.content else { continue };
            for step in &console.steps {
                let lines = step.expected.iter().flat_map(|pattern| &pattern.0);
                for (n, line) in lines.enumerate() {
                    let Line::Text(_, pieces) = line else { continue };
                    if matches!(pieces.as_slice(), [Piece::Anything]) {
                        let line = step.output_lines.get(n).copied().unwrap_or(step.line);
                        let message = "this line fits whatever is printed".to_owned();
                        remarks.push(Remark { line, message });
                    }
                }
            }
        }
    }

    /// A break/fix lesson has a fault, a solution, checks, and three hints that lead there slowly.
    fn lint_repair(&self, remarks: &mut Vec<Remark>) {
        let solution = self.blocks().find_map(|block| match &block.content {
            Content::Solution(console) => Some((block.line, console)),
            _ => None,
        });
        let hints: Vec<(&Block, &String)> = self
            .blocks()
            .filter_map(|block| match &block.content {
                Content::Hint(text) => Some((block, text)),
                _ => None,
            })
            .collect();
        if self.front.kind == "fix" {
            let has_checks = self.blocks().any(|b| matches!(b.content, Content::Check(_)));
            for (is_there, what) in [
                (solution.is_some(), "a solution, which proves that it can be repaired"),
                (has_checks, "a check, which says when it is repaired"),
                (hints.len() >= 3, "three hints: where to look, what to compare, what to change"),
            ] {
                if !is_there {
                    let message = format!("a lesson of kind 'fix' needs {what}");
                    remarks.push(Remark { line: 1, message });
                }
            }
        }
        let Some((_, console)) = solution else { return };
        let early = hints.iter().take(hints.len().saturating_sub(1));
        for (block, text) in early {
            if let Some(step) = console.steps.iter().find(|step| text.contains(&step.command)) {
                let message = format!("a hint before the last gives '{}' away", step.command);
                remarks.push(Remark { line: block.line, message });
            }
        }
    }

    /// What a translation lacks.
    pub fn lint_translation(&self, translation: &Lesson) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let theirs = |id: &str| translation.block_named(id);
        for block in self.blocks() {
            let Some(id) = &block.id else { continue };
            let message = match (&block.content, theirs(id).map(|block| &block.content)) {
                (_, None) => format!("the translation lacks the block '#{id}'"),
                (
                    Content::Predict(own) | Content::Question(own),
                    Some(Content::Predict(other) | Content::Question(other)),
                ) if choices(&own.answer) != choices(&other.answer) => {
                    format!("the translation of '#{id}' has another number of choices")
                }
                _ => continue,
            };
            remarks.push(Remark { line: block.line, message });
        }
        for (kind, what) in [("explain", "explanations"), ("hint", "hints")] {
            let (own, other) = (count(self, kind), count(translation, kind));
            if own != other {
                let message = format!("{own} {what} here, {other} in the translation");
                remarks.push(Remark { line: 1, message });
            }
        }
        remarks
    }
}

fn choices(answer: &Answer) -> usize {
    match answer {
        Answer::Choice { choices, .. } => choices.len(),
        _ => 0,
    }
}

fn count(lesson: &Lesson, kind: &str) -> usize {
    let is_one = |part: &&Part| match part {
        Part::Block(block) => match &block.content {
            Content::Explain(..) => kind == "explain",
            Content::Hint(_) => kind == "hint",
            _ => false,
        },
        Part::Prose(_) => false,
    };
    lesson.parts.iter().filter(is_one).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "+++\nschema = 1\nid = \"x\"\ntitle = \"x\"\nkind = \"fix\"\n\
        goals = [\"g\"]\n[topology]\nsegment.lan = {}\nhost.a = { lan = \"10.0.0.1/24\" }\n+++\n";

    fn remarks(body: &str) -> Vec<String> {
        let lesson = Lesson::parse("x.md", &format!("{HEAD}{body}")).expect("it can be read");
        lesson.lint().into_iter().map(|remark| remark.message).collect()
    }

    #[test]
    fn a_sound_lesson_gets_no_remark() {
        let body = "```hint\na\n```\n```hint\nb\n```\n```hint\nip link\n```\n\
                    ```solution\na$ ip link\n```\n```check\nsame-ns a a\n```\n";
        assert_eq!(remarks(body), Vec::<String>::new());
    }

    #[test]
    fn a_hint_must_not_give_the_solution_away() {
        let body = "```hint\ntype ip link\n```\n```hint\nb\n```\n```hint\nc\n```\n\
                    ```solution\na$ ip link\n```\n```check\nsame-ns a a\n```\n";
        assert_eq!(remarks(body), ["a hint before the last gives 'ip link' away"]);
    }

    #[test]
    fn a_late_question_and_a_wide_hole_are_found() {
        let body =
            "```console #c\na$ ip link\n[..]\n```\n```predict for=#c\nw?\n( ) x\n( ) y\n```\n";
        let found = remarks(body);
        assert!(found.iter().any(|text| text.contains("comes after")), "{found:?}");
        assert!(found.iter().any(|text| text.contains("fits whatever")), "{found:?}");
        assert!(found.iter().any(|text| text.contains("none of the choices")), "{found:?}");
        assert!(found.iter().any(|text| text.contains("needs a solution")), "{found:?}");
    }
}
