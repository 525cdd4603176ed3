//! What is said, as plain lines: no boxes, no marks that only eyes can read.

use netsim_sim::lesson::Part;
use netsim_sim::lesson::parse::Content;
use netsim_sim::lesson::play::Ran;
use netsim_sim::lesson::question::{Answer, Question, letter};

use super::Plain;
use crate::cli::paint;
use crate::text::words::fill;
use crate::text::wrap::wrap;
use crate::text::{Line, Piece, Style, markdown};

impl Plain<'_> {
    /// A sentence, wrapped.
    pub fn say(&self, text: &str) {
        paint::lines(&wrap(&[Piece::new(text, Style::Plain)], self.columns));
    }

    /// Markdown with a blank line before.
    pub fn markdown(&self, text: &str) {
        paint::line(&Line::new());
        paint::lines(&markdown::render(text, self.columns));
    }

    /// The lesson, its goals, how to go on.
    pub fn title(&self) {
        let front = &self.lesson.front;
        paint::line(&vec![Piece::new(front.title.clone(), Style::Heading)]);
        if !front.goals.is_empty() {
            self.say(&format!("{}:", self.lang.words().goals));
            front.goals.iter().for_each(|goal| self.say(&format!("- {goal}")));
        }
        let machines: Vec<String> =
            self.session.machines().into_iter().map(|(_, name)| name).collect();
        self.say(&format!("{}: {}.", self.lang.words().machines, machines.join(", ")));
        self.help();
    }

    /// What can be typed.
    pub fn help(&self) {
        self.say(self.lang.say(
            "Enter goes on. You may also type a command, for another machine as MACHINE$ command. \
             :h a hint, :w why (the way of the packets of the last command), :s skip, :q quit, :? this.",
            "回车继续。也可以直接输入命令;要在别的机器上执行,写作 机器名$ 命令。:h 提示,:w 为什么\
             (上一条命令的数据包走过的路),:s 跳过,:q 退出,:? 本说明。",
        ));
    }

    /// A question with its choices.
    pub fn question(&self, place: usize, question: &Question) {
        let words = self.lang.words();
        let is_before = matches!(
            self.lesson.parts.get(place),
            Some(Part::Block(block)) if matches!(block.content, Content::Predict(_))
        );
        paint::line(&Line::new());
        let title = if is_before { words.predict } else { words.question };
        paint::line(&vec![Piece::new(format!("{title}:"), Style::Ask)]);
        paint::lines(&markdown::render(&question.text, self.columns));
        if let Answer::Choice { choices, several } = &question.answer {
            for (n, (text, _)) in choices.iter().enumerate() {
                self.say(&format!("{}) {text}", letter(n)));
            }
            if *several {
                self.say(self.lang.say("(Several may be right.)", "(可多选。)"));
            }
        }
    }

    /// An answer was taken: whether it is right, if that may be said already.
    pub fn answered(&self, place: usize) {
        match self.progress.compared(place) {
            Some((question, given)) => self.compared(question, &given.text, given.right),
            None => self.say(self.lang.words().compared_later),
        }
    }

    /// What was predicted about a block that is over now.
    pub fn comparisons(&self, place: usize) {
        for n in 0..place {
            if self.progress.is_about(n, place)
                && let Some((question, given)) = self.progress.compared(n)
            {
                self.compared(question, &given.text, given.right);
            }
        }
    }

    fn compared(&self, question: &Question, given: &str, right: Option<bool>) {
        let verdict = match right {
            Some(true) => self.lang.say("right", "正确"),
            Some(false) => self.lang.say("not right", "不对"),
            None => self.lang.say("to be read by a teacher", "由教师评阅"),
        };
        let words = self.lang.words();
        self.say(&format!(
            "{}: {given}: {verdict}. {}: {}",
            self.lang.say("You said", "你的回答"),
            words.answer,
            question.answer_text()
        ));
    }

    /// Why it happened; remarks on what was answered wrongly.
    pub fn explanation(&self, text: &str, layer: Option<&str>, remarks: &[&(char, String)]) {
        let words = self.lang.words();
        paint::line(&Line::new());
        let title = match layer {
            Some(layer) => format!("{} ({layer}):", words.explain),
            None => format!("{}:", words.explain),
        };
        paint::line(&vec![Piece::new(title, Style::Explain)]);
        paint::lines(&markdown::render(text, self.columns));
        for (choice, remark) in remarks {
            let text = format!("{}: {remark}", fill(words.wrong_answer, &[choice]));
            paint::lines(&markdown::render(&text, self.columns));
        }
    }

    /// What a command printed, and whether that was expected.
    pub fn ran(&self, ran: &Ran) {
        let words = self.lang.words();
        paint::raw(&ran.output);
        if !ran.output.is_empty() && !ran.output.ends_with('\n') {
            paint::raw("\n");
        }
        if ran.status != 0 {
            self.say(&format!("[exit {}]", ran.status));
        }
        if let Some(failure) = &ran.failure {
            self.say(&format!(
                "{}: {}; {}: {}",
                words.expected, failure.expected, words.got, failure.got
            ));
        }
    }

    /// The hints that were taken here.
    pub fn hints(&self) {
        for text in self.progress.hints_shown() {
            self.say(&format!("{}:", self.lang.words().hint));
            paint::lines(&markdown::render(text, self.columns));
        }
    }

    /// What checks say.
    pub fn checked(&self, place: usize) {
        let Some(Part::Block(block)) = self.lesson.parts.get(place) else { return };
        let Content::Check(checks) = &block.content else { return };
        let words = self.lang.words();
        for (n, check) in checks.iter().enumerate() {
            let verdict = match self.progress.failure(place, n) {
                None => self.lang.say("holds", "成立").to_owned(),
                Some(failure) => {
                    format!("{}: {failure}", self.lang.say("does not hold", "不成立"))
                }
            };
            self.say(&format!("{}: {}: {verdict}", words.check, check.text));
        }
    }
}
