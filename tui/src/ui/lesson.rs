//! The lesson beside the machines: its parts one after the other, its questions, its commands by one key.

use netsim_sim::lesson::console::Step;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::question::{Answer, Question, letter};
use netsim_sim::lesson::{Block, Lesson, Part};

use super::session::Session;
use crate::text::words::{Words, fill};
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, markdown};

/// What comes next.
pub enum Next<'a> {
    /// Something to be asked.
    Ask(&'a Question),
    /// Something to be typed.
    Type(&'a Block, &'a Step),
    /// Nothing any more.
    End,
}

/// What has been shown of a lesson.
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
    answers: Vec<(usize, String, Option<bool>)>,
    /// Results of steps and checks, by part and step.
    results: Vec<(usize, usize, bool, String)>,
    /// Lines scrolled up from the end.
    pub scroll: usize,
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
            answers: Vec::new(),
            results: Vec::new(),
            scroll: 0,
        };
        progress.settle();
        progress
    }

    /// What waits for the learner.
    pub fn next(&self) -> Next<'a> {
        match self.lesson.parts.get(self.part) {
            Some(Part::Block(block)) => match &block.content {
                Content::Predict(question) | Content::Question(question) => Next::Ask(question),
                Content::Console(console) => match console.steps.get(self.step) {
                    Some(step) => Next::Type(block, step),
                    None => Next::End,
                },
                _ => Next::End,
            },
            _ => Next::End,
        }
    }

    /// Passes what only has to be read.
    fn settle(&mut self) {
        while let Some(part) = self.lesson.parts.get(self.part) {
            let waits = match part {
                Part::Prose(_) => false,
                Part::Block(block) => match &block.content {
                    Content::Predict(_) | Content::Question(_) | Content::Check(_) => true,
                    Content::Console(console) => {
                        self.step < console.steps.len() && !block.has("norun")
                    }
                    _ => false,
                },
            };
            if waits {
                break;
            }
            self.part += 1;
            self.step = 0;
        }
        if let Next::Ask(Question { answer: Answer::Choice { choices, .. }, .. }) = self.next() {
            self.marked = vec![false; choices.len()];
        }
        self.typed.clear();
        self.scroll = 0;
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

    /// Takes the answer; it is compared when the question is shown again.
    pub fn answer(&mut self) {
        let Next::Ask(question) = self.next() else { return };
        let (text, right) = match &question.answer {
            Answer::Choice { choices, .. } => {
                let chosen = self.marked.iter().enumerate().filter(|(_, marked)| **marked);
                let letters: Vec<String> = chosen.map(|(n, _)| letter(n).to_string()).collect();
                let right = choices.iter().map(|(_, right)| *right).eq(self.marked.iter().copied());
                (letters.join(", "), Some(right))
            }
            Answer::Number(number, tolerance) => {
                let given = self.typed.trim().parse::<f64>();
                (self.typed.clone(), Some(given.is_ok_and(|it| (it - number).abs() <= *tolerance)))
            }
            Answer::Keywords(words) => {
                let given = self.typed.to_lowercase();
                let right = words.iter().all(|word| given.contains(&word.to_lowercase()));
                (self.typed.clone(), Some(right))
            }
            Answer::Free => (self.typed.clone(), None),
        };
        self.answers.push((self.part, text, right));
        self.part += 1;
        self.settle();
    }

    /// A step was done.
    pub fn done(&mut self, failure: Option<String>) {
        let text = failure.clone().unwrap_or_default();
        self.results.push((self.part, self.step, failure.is_none(), text));
        self.step += 1;
        self.settle();
    }

    /// Runs the checks that come next, if they do.
    pub fn check(&mut self, session: &mut Session) -> bool {
        let Some(Part::Block(block)) = self.lesson.parts.get(self.part) else { return false };
        let Content::Check(checks) = &block.content else { return false };
        if let Ok(mut copy) = session.player.copy() {
            for (n, check) in checks.iter().enumerate() {
                let result = check.run(&session.player, &mut copy);
                let failure = result.err().unwrap_or_default();
                self.results.push((self.part, n, failure.is_empty(), failure));
            }
        }
        self.part += 1;
        self.settle();
        true
    }

    /// Everything up to what comes next, as lines.
    pub fn lines(&self, words: &Words, columns: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for (n, part) in self.lesson.parts.iter().enumerate().take(self.part + 1) {
            let is_next = n == self.part;
            match part {
                Part::Prose(text) => lines.extend(markdown::render(text, columns)),
                Part::Block(block) => self.block(n, block, is_next, words, columns, &mut lines),
            }
            if lines.last().is_some_and(|line| !line.is_empty()) {
                lines.push(Line::new());
            }
        }
        lines
    }

    fn block(
        &self,
        n: usize,
        block: &Block,
        is_next: bool,
        words: &Words,
        columns: usize,
        lines: &mut Vec<Line>,
    ) {
        match &block.content {
            Content::Console(console) => {
                let shown = if is_next { self.step + 1 } else { console.steps.len() };
                for (k, step) in console.steps.iter().enumerate().take(shown) {
                    let result = self.results.iter().find(|(p, s, ..)| (*p, *s) == (n, k));
                    let (mark, style) = match result {
                        Some((.., true, _)) => ("✓ ", Style::Good),
                        Some(_) => ("✗ ", Style::Bad),
                        None => ("▶ ", Style::Ask),
                    };
                    let line = [
                        Piece::new(mark, style),
                        Piece::new(format!("{}$ ", step.place()), Style::Prompt),
                        Piece::new(step.command.clone(), Style::Typed),
                    ];
                    lines.extend(wrap(&line, columns));
                    if let Some((.., false, text)) = result {
                        lines.extend(wrap(&[Piece::new(text.clone(), Style::Bad)], columns));
                    }
                }
            }
            Content::Predict(question) => {
                self.question(n, words.predict, question, is_next, words, columns, lines);
            }
            Content::Question(question) => {
                self.question(n, words.question, question, is_next, words, columns, lines);
            }
            Content::Explain(text, remarks) => {
                let title = match block.word("layer") {
                    Some(layer) => format!("{} ({layer})", words.explain),
                    None => words.explain.to_owned(),
                };
                lines.push(vec![Piece::new(title, Style::Explain)]);
                lines
                    .extend(bar(markdown::render(text, columns.saturating_sub(2)), Style::Explain));
                for (choice, remark) in remarks {
                    let text = format!("*{}:* {remark}", fill(words.wrong_answer, &[choice]));
                    let body = markdown::render(&text, columns.saturating_sub(2));
                    lines.extend(bar(body, Style::Explain));
                }
            }
            Content::Check(checks) => {
                for (k, check) in checks.iter().enumerate() {
                    let result = self.results.iter().find(|(p, s, ..)| (*p, *s) == (n, k));
                    let (mark, style) = match result {
                        Some((.., true, _)) => ("✓ ", Style::Good),
                        Some(_) => ("✗ ", Style::Bad),
                        None => ("▶ ", Style::Ask),
                    };
                    let label = format!("{}: ", words.check);
                    let mut line = vec![Piece::new(mark, style), Piece::new(label, Style::Dim)];
                    line.push(Piece::new(check.text.clone(), Style::Code));
                    if let Some((.., false, text)) = result {
                        line.push(Piece::new(format!("  {text}"), Style::Bad));
                    }
                    lines.extend(wrap(&line, columns));
                }
            }
            Content::Watch(_) | Content::Hint(_) | Content::Solution(_) | Content::Note(_) => {}
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn question(
        &self,
        n: usize,
        title: &str,
        question: &Question,
        is_next: bool,
        words: &Words,
        columns: usize,
        lines: &mut Vec<Line>,
    ) {
        let answered = self.answers.iter().find(|(part, ..)| *part == n);
        lines.push(vec![Piece::new(format!("? {title}"), Style::Ask)]);
        let width = columns.saturating_sub(2);
        let mut body = markdown::render(&question.text, width);
        if let Answer::Choice { choices, several } = &question.answer {
            for (k, (text, right)) in choices.iter().enumerate() {
                let marked = is_next && self.marked.get(k) == Some(&true);
                let mark = match (several, marked) {
                    (false, true) => "(•)",
                    (false, false) => "( )",
                    (true, true) => "[x]",
                    (true, false) => "[ ]",
                };
                let shows_right = answered.is_some() && *right;
                let style = if shows_right || marked { Style::Strong } else { Style::Plain };
                let text = format!("{mark} {}) {text}", letter(k));
                body.extend(wrap(&[Piece::new(text, style)], width));
            }
        } else if is_next {
            body.push(vec![Piece::new(format!("> {}▏", self.typed), Style::Typed)]);
        }
        if let Some((_, text, right)) = answered {
            let (mark, style) = match right {
                Some(true) => ("✓ ", Style::Good),
                Some(false) => ("✗ ", Style::Bad),
                None => ("· ", Style::Dim),
            };
            let expected = format!("   {}: {}", words.answer, question.answer_text());
            let line =
                [Piece::new(format!("{mark}{text}"), style), Piece::new(expected, Style::Dim)];
            body.extend(wrap(&line, width));
        }
        lines.extend(bar(body, Style::Ask));
    }
}

/// Lines with a bar at their left.
fn bar(lines: Vec<Line>, style: Style) -> Vec<Line> {
    lines
        .into_iter()
        .map(|line| {
            let mut full = vec![Piece::new("┃ ", style)];
            full.extend(line);
            full
        })
        .collect()
}
