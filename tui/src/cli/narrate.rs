//! A lesson as a narrated transcript: what is printed for each scene.

use netsim_sim::lesson::console::Step;
use netsim_sim::lesson::play::{Failure, Ran, Scene, Score};
use netsim_sim::lesson::question::{Answer, Question, letter};
use netsim_sim::lesson::{Lesson, check::Check};
use netsim_sim::world::{Role, World};

use super::{explain, paint};
use crate::text::words::{Words, fill};
use crate::text::{Line, Piece, Style, markdown, wrap::wrap};

/// Prints a lesson while it runs.
pub struct Narrator<'a> {
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The words of its language.
    pub words: &'static Words,
    /// How many columns there are.
    pub columns: usize,
    /// The seed.
    pub seed: u64,
    /// Only what fails, and the end.
    pub quiet: bool,
    /// Also the journeys of packets.
    pub explain: bool,
}

impl Narrator<'_> {
    /// Prints a scene.
    pub fn show(&mut self, world: &World, scene: Scene) {
        if self.quiet {
            return match scene {
                Scene::Ran(step, ran) => self.quiet_failure(ran.failure.as_ref(), step),
                Scene::Checked(_, _, Some(failure)) => self.failure(failure),
                Scene::End(score) => self.summary(world, score),
                _ => {}
            };
        }
        match scene {
            Scene::Ready => self.title(world),
            Scene::Prose(text) => {
                paint::line(&Line::new());
                paint::lines(&markdown::render(text, self.columns));
            }
            Scene::Predict(question) => self.question(self.words.predict, question),
            Scene::Question(question) => self.question(self.words.question, question),
            Scene::Watch(lines) => self.watch(lines),
            Scene::Explain(text, layer, remarks) => self.explanation(text, layer, remarks),
            // Nobody is asked here, and nobody teaches.
            Scene::Hint(_) | Scene::Note(_) => {}
            Scene::Typing(step) => {
                paint::line(&Line::new());
                paint::line(&prompt(step));
            }
            Scene::Shown(step) => {
                let mut line = prompt(step);
                line.push(Piece::new(format!("   ({})", self.words.not_run), Style::Dim));
                paint::line(&line);
            }
            Scene::Ran(_, ran) => self.ran(world, ran),
            Scene::Broken(failures) => self.broken(failures),
            Scene::Checked(check, message, failure) => self.checked(check, message, failure),
            Scene::End(score) => self.summary(world, score),
        }
    }

    fn title(&self, world: &World) {
        let (front, words) = (&self.lesson.front, self.words);
        let mut facts = vec![front.id.clone()];
        if front.minutes > 0 {
            facts.push(fill(words.minutes, &[&front.minutes]));
        }
        if front.level > 0 {
            facts.push(fill(words.level, &[&front.level]));
        }
        facts.push(fill(words.seed, &[&self.seed]));
        paint::line(&vec![Piece::new(front.title.clone(), Style::Heading)]);
        paint::line(&vec![Piece::new(facts.join(" · "), Style::Dim)]);
        if !front.goals.is_empty() {
            paint::line(&Line::new());
            paint::line(&vec![Piece::new(format!("{}:", words.goals), Style::Plain)]);
            let list: String = front.goals.iter().map(|goal| format!("- {goal}\n")).collect();
            paint::lines(&markdown::render(&list, self.columns));
        }
        let machines: Vec<String> = world
            .hosts()
            .filter(|(_, host)| host.role != Role::Switch)
            .map(|(_, host)| match host.kernel().first_address(host.namespace()) {
                Some(address) => format!("{} {address}", host.name),
                None => host.name.clone(),
            })
            .collect();
        let booted = fill(words.booted, &[&format!("{:.2} s", world.now().as_secs_f64())]);
        let text = format!("{}: {} ({booted})", words.machines, machines.join(", "));
        paint::line(&Line::new());
        paint::lines(&wrap(&[Piece::new(text, Style::Dim)], self.columns));
    }

    /// A block with a bar at its left and a word above.
    fn block(&self, style: Style, title: &str, body: &[Line]) {
        paint::line(&Line::new());
        let bar = || Piece::new("┃ ", style);
        paint::line(&vec![bar(), Piece::new(title, style)]);
        for line in body {
            let mut full = vec![bar()];
            full.extend(line.iter().cloned());
            paint::line(&full);
        }
    }

    fn question(&self, title: &str, question: &Question) {
        let mut body = markdown::render(&question.text, self.columns - 2);
        if let Answer::Choice { choices, .. } = &question.answer {
            for (n, (text, right)) in choices.iter().enumerate() {
                let mark = if *right { "▸" } else { " " };
                let style = if *right { Style::Strong } else { Style::Plain };
                let text = format!("{mark} {}) {text}", letter(n));
                body.extend(wrap(&[Piece::new(text, style)], self.columns - 2));
            }
        }
        let answer = match question.answer_text() {
            text if text.is_empty() => self.words.free_answer.to_owned(),
            text => text,
        };
        let label = Piece::new(format!("{}: ", self.words.answer), Style::Dim);
        body.extend(wrap(&[label, Piece::new(answer, Style::Strong)], self.columns - 2));
        self.block(Style::Ask, &format!("? {title}"), &body);
    }

    fn watch(&self, lines: &[String]) {
        let lines: Vec<Line> =
            lines.iter().map(|line| vec![Piece::new(line.clone(), Style::Code)]).collect();
        if !lines.is_empty() {
            self.block(Style::Dim, self.words.watch, &lines);
        }
    }

    fn explanation(&self, text: &str, layer: Option<&str>, remarks: &[(char, String)]) {
        let title = match layer {
            Some(layer) => format!("{} ({layer})", self.words.explain),
            None => self.words.explain.to_owned(),
        };
        let mut body = markdown::render(text, self.columns - 2);
        for (choice, remark) in remarks {
            let label = format!("{}: ", fill(self.words.wrong_answer, &[choice]));
            let text = format!("*{}* {remark}", label.trim());
            body.extend(markdown::render(&text, self.columns - 2));
        }
        self.block(Style::Explain, &title, &body);
    }

    fn ran(&self, world: &World, ran: &Ran) {
        paint::raw(&ran.output);
        if !ran.output.is_empty() && !ran.output.ends_with('\n') {
            paint::raw("\n");
        }
        if ran.status != 0 {
            paint::line(&vec![Piece::new(format!("[exit {}]", ran.status), Style::Dim)]);
        }
        match &ran.failure {
            None => paint::line(&vec![
                Piece::new("✓ ", Style::Good),
                Piece::new(format!("{} · {}", self.words.as_expected, ran.took), Style::Dim),
            ]),
            Some(failure) => self.failure(failure),
        }
        if self.explain {
            explain::print_deeds(world, ran, self.words);
            explain::print(world, ran, self.words, self.columns);
        }
    }

    fn quiet_failure(&self, failure: Option<&Failure>, step: &Step) {
        if let Some(failure) = failure {
            paint::line(&prompt(step));
            self.failure(failure);
        }
    }

    fn failure(&self, failure: &Failure) {
        let words = self.words;
        let place = format!("{}:{}", failure.file, failure.line);
        paint::line(&vec![Piece::new("✗ ", Style::Bad), Piece::new(place, Style::Bad)]);
        for (label, text) in [(words.expected, &failure.expected), (words.got, &failure.got)] {
            paint::line(&vec![
                Piece::new(format!("  {label}: "), Style::Dim),
                Piece::new(shortened(text.trim_end()), Style::Strong),
            ]);
        }
    }

    /// What does not hold yet, before the solution is shown.
    fn broken(&self, failures: &[Failure]) {
        let body: Vec<Line> = failures
            .iter()
            .map(|failure| vec![Piece::new(format!("✗ {}", failure.expected), Style::Plain)])
            .collect();
        self.block(Style::Ask, self.words.broken, &body);
    }

    fn checked(&self, check: &Check, message: Option<&str>, failure: Option<&Failure>) {
        paint::line(&Line::new());
        if let Some(failure) = failure {
            paint::line(&vec![Piece::new(
                format!("{}: {}", self.words.check, check.text),
                Style::Plain,
            )]);
            return self.failure(failure);
        }
        let mut line = vec![
            Piece::new("✓ ", Style::Good),
            Piece::new(format!("{}: ", self.words.check), Style::Dim),
            Piece::new(check.text.clone(), Style::Code),
        ];
        if let Some(message) = message {
            line.push(Piece::new(format!("  ({message})"), Style::Dim));
        }
        paint::line(&line);
    }

    fn summary(&self, world: &World, score: &Score) {
        let words = self.words;
        if !self.quiet {
            paint::line(&Line::new());
        }
        if score.failures.is_empty() {
            let text = fill(words.all_hold, &[&score.expectations]);
            paint::line(&vec![Piece::new("✓ ", Style::Good), Piece::new(text, Style::Strong)]);
        } else {
            let text = fill(words.some_fail, &[&score.failures.len(), &score.expectations]);
            paint::line(&vec![Piece::new("✗ ", Style::Bad), Piece::new(text, Style::Strong)]);
            for failure in &score.failures {
                let place = format!("  {}:{}  ", failure.file, failure.line);
                let what = if failure.what == "check" { &failure.expected } else { &failure.what };
                paint::line(&vec![
                    Piece::new(place, Style::Bad),
                    Piece::new(shortened(what), Style::Plain),
                ]);
            }
        }
        let frames: u64 = world.cables().iter().map(|cable| cable.carried()).sum();
        let now = format!("{:.2} s", world.now().as_secs_f64());
        let text = fill(words.simulated, &[&now, &world.events(), &frames]);
        paint::line(&vec![Piece::new(format!("  {text}"), Style::Dim)]);
        if world.storms() > 0 {
            let text = fill(words.storms, &[&world.storms()]);
            paint::line(&vec![Piece::new(format!("  {text}"), Style::Bad)]);
        }
    }
}

fn prompt(step: &Step) -> Line {
    vec![
        Piece::new(format!("{}$ ", step.place()), Style::Prompt),
        Piece::new(shortened(&step.command), Style::Typed),
    ]
}

/// A line that nobody reads to its end is cut.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 1000;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
