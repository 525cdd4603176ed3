//! The lesson as lines, and which of them can be clicked.

use netsim_sim::lesson::Block;
use netsim_sim::lesson::Part;
use netsim_sim::lesson::console::Console;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::question::{Answer, Question, letter};

use super::{Next, Progress, waits};
use crate::text::words::{Words, fill};
use crate::text::wrap::{broken, wrap};
use crate::text::{Line, Piece, Style, line_width, markdown, width};
use crate::ui::action::Action;
use crate::ui::hits::Target;

/// The lesson up to what comes next.
#[derive(Default)]
pub struct View {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Lines that can be clicked.
    pub targets: Vec<(usize, Target)>,
}

impl View {
    fn add(&mut self, lines: Vec<Line>, target: Option<Target>) {
        let rows = self.lines.len()..self.lines.len() + lines.len();
        self.targets
            .extend(target.into_iter().flat_map(|target| rows.clone().map(move |n| (n, target))));
        self.lines.extend(lines);
    }

    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Line::new());
        }
    }
}

/// What lays out the parts.
struct Writer<'p, 'a> {
    progress: &'p Progress<'a>,
    words: &'static Words,
    columns: usize,
    view: View,
}

impl Progress<'_> {
    /// A text without the title of the lesson, which stands in the frame of the pane.
    fn without_title<'t>(&self, text: &'t str) -> &'t str {
        let title = text.trim_start().strip_prefix("# ").and_then(|text| text.split_once('\n'));
        let is_same = |(title, _): &(&str, &str)| title.trim() == self.lesson.front.title;
        title.filter(is_same).map_or(text, |(_, rest)| rest)
    }

    /// Everything up to what comes next.
    pub fn view(&self, words: &'static Words, columns: usize) -> View {
        let mut writer = Writer { progress: self, words, columns, view: View::default() };
        for (n, part) in self.lesson.parts.iter().enumerate().take(self.part + 1) {
            match part {
                Part::Prose(text) => writer.prose(self.without_title(text)),
                Part::Block(block) => writer.block(n, block),
            }
            writer.view.gap();
        }
        writer.hints_behind();
        if self.is_finished() && self.lesson.parts.iter().any(waits) {
            writer.view.add(vec![vec![Piece::new(words.lesson_ends, Style::Strong)]], None);
        }
        writer.view
    }
}

impl Writer<'_, '_> {
    /// A text of the lesson. Lines that are kept as they are, such as code, are broken where the pane ends.
    fn prose(&mut self, text: &str) {
        for line in markdown::render(text, self.columns) {
            match line_width(&line) > self.columns {
                true => self.view.add(broken(&line, self.columns), None),
                false => self.view.add(vec![line], None),
            }
        }
    }

    fn block(&mut self, n: usize, block: &Block) {
        match &block.content {
            Content::Console(console) => self.console(n, block, console),
            Content::Predict(question) => self.question(n, self.words.predict, block, question),
            Content::Question(question) => self.question(n, self.words.question, block, question),
            Content::Explain(text, remarks) => self.explain(n, block, text, remarks),
            Content::Check(checks) => {
                for (k, check) in checks.iter().enumerate() {
                    let (mark, style) = self.mark(n, k);
                    let line = [
                        Piece::new(mark, style),
                        Piece::new(format!("{}: ", self.words.check), Style::Dim),
                        Piece::new(check.text.clone(), Style::Code),
                    ];
                    let target = (n == self.progress.part).then_some(Target::Act(Action::Next));
                    self.view.add(wrap(&line, self.columns), target);
                    self.what_failed(n, k);
                }
                self.solution(n);
            }
            Content::Hint(text) if self.progress.hints.contains(&n) => self.hint(text),
            Content::Watch(_) | Content::Hint(_) | Content::Solution(_) | Content::Note(_) => {}
        }
    }

    /// The mark of a step or check: done, failed, gone past, waiting.
    fn mark(&self, n: usize, k: usize) -> (&'static str, Style) {
        match self.progress.results.get(&(n, k)) {
            Some(failure) if failure.is_empty() => ("✓ ", Style::Good),
            Some(_) => ("✗ ", Style::Bad),
            None if self.progress.skipped.contains(&n) => ("· ", Style::Dim),
            None => ("▶ ", Style::Ask),
        }
    }

    /// What is not as expected of a step or check, on lines of its own.
    fn what_failed(&mut self, n: usize, k: usize) {
        if let Some(failure) = self.progress.failure(n, k) {
            let lines = wrap(&[Piece::new(failure, Style::Bad)], self.columns.saturating_sub(2));
            self.barred(lines, Style::Bad, None);
        }
    }

    fn console(&mut self, n: usize, block: &Block, console: &Console) {
        let is_next = n == self.progress.part;
        // What runs by itself is only seen where it failed.
        let failed = |k| self.progress.failure(n, k).is_some();
        if block.has("hidden") && !(0..console.steps.len()).any(failed) {
            return;
        }
        let shown = if is_next { self.progress.step + 1 } else { console.steps.len() };
        for (k, step) in console.steps.iter().enumerate().take(shown) {
            let (mark, style) =
                if block.has("norun") { ("  ", Style::Dim) } else { self.mark(n, k) };
            let waits = is_next && k == self.progress.step;
            let mut line = vec![
                Piece::new(mark, style),
                Piece::new(format!("{}$ ", step.place()), Style::Prompt),
                Piece::new(step.command.clone(), Style::Typed),
            ];
            let how = Piece::new(format!("   {}", self.words.how_to_go_on), Style::Dim);
            if waits && line_width(&line) + width(&how.text) <= self.columns {
                line.push(how);
            }
            self.view.add(wrap(&line, self.columns), waits.then_some(Target::Act(Action::Next)));
            self.what_failed(n, k);
        }
    }

    fn explain(&mut self, n: usize, block: &Block, text: &str, remarks: &[(char, String)]) {
        let title = match block.word("layer") {
            Some(layer) => format!("{} ({layer})", self.words.explain),
            None => self.words.explain.to_owned(),
        };
        self.view.add(vec![vec![Piece::new(title, Style::Explain)]], None);
        self.barred(markdown::render(text, self.columns.saturating_sub(2)), Style::Explain, None);
        for (choice, remark) in remarks {
            if self.progress.was_wrong(n, *choice) {
                let text = format!("*{}:* {remark}", fill(self.words.wrong_answer, &[choice]));
                let body = markdown::render(&text, self.columns.saturating_sub(2));
                self.barred(body, Style::Explain, None);
            }
        }
    }

    fn question(&mut self, n: usize, title: &str, block: &Block, question: &Question) {
        let progress = self.progress;
        let is_next = n == progress.part;
        let given = progress.answers.get(&n);
        let shows_right =
            progress.revealed.contains(&n) || (given.is_some() && progress.is_compared(n, block));
        self.view.add(vec![vec![Piece::new(format!("? {title}"), Style::Ask)]], None);
        let width = self.columns.saturating_sub(2);
        self.barred(markdown::render(&question.text, width), Style::Ask, None);
        if let Answer::Choice { choices, several } = &question.answer {
            for (k, (text, right)) in choices.iter().enumerate() {
                let was_given = given.is_some_and(|given| given.text.contains(letter(k)));
                let marked = was_given || (is_next && progress.marked.get(k) == Some(&true));
                let mark = match (several, marked) {
                    (false, true) => "(•)",
                    (false, false) => "( )",
                    (true, true) => "[x]",
                    (true, false) => "[ ]",
                };
                let strong = marked || (shows_right && *right);
                let style = if strong { Style::Strong } else { Style::Plain };
                let piece = Piece::new(format!("{mark} {}) {text}", letter(k)), style);
                self.barred(
                    wrap(&[piece], width),
                    Style::Ask,
                    is_next.then_some(Target::Choice(k)),
                );
            }
        } else if is_next {
            let piece = Piece::new(format!("> {}▏", progress.typed), Style::Typed);
            self.barred(wrap(&[piece], width), Style::Ask, None);
        }
        let mut line = Vec::new();
        if is_next && !shows_right {
            let how = match question.answer {
                Answer::Choice { several: false, .. } => self.words.how_to_choose,
                Answer::Choice { several: true, .. } => self.words.how_to_choose_several,
                _ => self.words.how_to_answer,
            };
            line.push(Piece::new(how, Style::Dim));
        }
        if let Some(given) = given {
            let (mark, style) = match given.right.filter(|_| shows_right) {
                Some(true) => ("✓ ", Style::Good),
                Some(false) => ("✗ ", Style::Bad),
                None => ("· ", Style::Dim),
            };
            line.push(Piece::new(format!("{mark}{}   ", given.text), style));
        }
        if shows_right {
            let text = format!("{}: {}", self.words.answer, question.answer_text());
            line.push(Piece::new(text, Style::Dim));
        } else if given.is_some() {
            line.push(Piece::new(self.words.compared_later, Style::Dim));
        }
        if !line.is_empty() {
            self.barred(wrap(&line, width), Style::Ask, None);
        }
    }

    /// The commands that repair, if they were asked for.
    fn solution(&mut self, n: usize) {
        if !self.progress.revealed.contains(&n) {
            return;
        }
        self.view.add(vec![vec![Piece::new(self.words.solution, Style::Explain)]], None);
        for step in self.progress.solution().unwrap_or_default() {
            let line = [
                Piece::new(format!("{}$ ", step.place()), Style::Prompt),
                Piece::new(step.command.clone(), Style::Typed),
            ];
            let lines = wrap(&line, self.columns.saturating_sub(2));
            self.barred(lines, Style::Explain, None);
        }
    }

    fn hint(&mut self, text: &str) {
        self.view.add(vec![vec![Piece::new(self.words.hint, Style::Ask)]], None);
        self.barred(markdown::render(text, self.columns.saturating_sub(2)), Style::Ask, None);
    }

    /// Hints that the file has behind what waits, and how many are left.
    fn hints_behind(&mut self) {
        if matches!(self.progress.next(), Next::End) {
            return;
        }
        let behind = self.progress.hints.range(self.progress.part + 1..);
        for n in behind.copied().collect::<Vec<_>>() {
            if let Some(Part::Block(block)) = self.progress.lesson.parts.get(n)
                && let Content::Hint(text) = &block.content
            {
                self.hint(text);
                self.view.gap();
            }
        }
        let (shown, all) = self.progress.hint_count();
        if shown < all {
            let text = fill(self.words.hints_left, &[&shown, &all]);
            let lines = wrap(&[Piece::new(text, Style::Dim)], self.columns);
            self.view.add(lines, Some(Target::Act(Action::Hint)));
        }
    }

    /// Lines with a bar at their left.
    fn barred(&mut self, lines: Vec<Line>, style: Style, target: Option<Target>) {
        let bar = |line: Line| [vec![Piece::new("┃ ", style)], line].concat();
        self.view.add(lines.into_iter().map(bar).collect(), target);
    }
}
