//! Moments: stepping, jumping, breakpoints, and what is typed for them.

use netsim_sim::engine::Time;

use super::{App, Overlay};
use crate::text::words::Lang;
use crate::ui::action::{Action, entry};
use crate::ui::prompt::{Prompt, Question};
use crate::ui::reach;
use crate::ui::time::Stride;

/// Columns of the strip of time where it is not drawn.
const DEFAULT_COLUMNS: usize = 60;

impl App<'_> {
    /// One step on, while time stands still.
    pub fn step(&mut self, stride: Stride) {
        self.session.step_on(stride);
        self.look();
        self.show_moment();
    }

    /// One step back, over what was recorded.
    pub fn step_back(&mut self) {
        self.session.step_back();
        self.show_moment();
    }

    /// Looks at what happened before a record.
    pub fn look_at(&mut self, seq: u64) {
        self.session.look_at(seq);
        self.show_moment();
    }

    /// By so many columns of the strip of time.
    pub fn scrub(&mut self, by: isize) {
        let (seq, _) = self.session.moment();
        let columns = self.strip.columns().max(DEFAULT_COLUMNS);
        self.strip.update(&self.session, &self.packets.index, columns);
        self.look_at(self.strip.beside(seq, by));
    }

    /// Goes on until the chosen packet, or the one that moves next, has arrived or is lost.
    pub fn follow(&mut self) {
        let (seq, _) = self.session.moment();
        let trace = &self.session.world().trace;
        let chosen =
            self.packets.list.chosen().filter(|packet| {
                self.packets.index.get(*packet).is_some_and(|view| view.last >= seq)
            });
        let next = trace.since(seq).next().map(|(_, record)| record.note.packet);
        if chosen.is_none() && next.is_none() {
            self.session.step_on(Stride::Event);
        }
        let last = self.session.world().trace.since(0).last().map(|(_, record)| record.note.packet);
        if let Some(packet) = chosen.or(next).or(last) {
            self.session.follow(packet, &mut self.packets.index);
        }
        self.look();
        self.show_moment();
    }

    /// The map follows the moment at which one looks.
    fn show_moment(&mut self) {
        let (seq, _) = self.session.moment();
        self.map.look_at(&self.session, seq);
        self.notice = None;
        self.tell_moment();
    }

    /// Who looks back is told when, and what typing does.
    pub(super) fn tell_moment(&mut self) {
        if self.session.looking.is_some() {
            self.notice = Some(self.moment_text());
        }
    }

    fn moment_text(&self) -> String {
        let (seq, _) = self.session.moment();
        let key = entry(Action::Now).key_in(self.focus.scopes());
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        match self.lang {
            Lang::En => format!("event {seq}: a command typed here forks; {key} returns to now"),
            Lang::Zh => format!("事件 {seq}:此时输入命令会分叉;按 {key} 回到现在"),
        }
    }

    /// Time stands at a breakpoint: says so, and shows the packet.
    pub(super) fn tell_hit(&mut self) {
        let Some((text, packet)) = self.session.take_hit() else { return };
        self.packets.open(packet, &self.session);
        self.notice = Some(match self.lang {
            Lang::En => format!("stopped at the breakpoint: {text}; Space goes on"),
            Lang::Zh => format!("停在断点:{text};空格继续"),
        });
    }

    /// Asks for a line.
    pub(super) fn ask(&mut self, question: Question) {
        let text = match question {
            Question::Filter => self.packets.list.text.clone(),
            Question::Protocols => {
                let all = self.reach.protocols().iter().map(ToString::to_string);
                all.collect::<Vec<_>>().join(" ")
            }
            Question::Break | Question::Jump => String::new(),
        };
        if question == Question::Break && !self.session.breakpoints.list.is_empty() {
            let set = self.session.breakpoints.list.iter().map(|it| it.text.as_str());
            let set: Vec<&str> = set.collect();
            self.notice = Some(format!("{}: {}", self.lang.say("set", "已设置"), set.join("; ")));
        }
        self.overlay = Some(Overlay::Prompt(Prompt::new(question, &text)));
    }

    /// Does what was typed; a line that is wrong stays.
    pub fn answer_prompt(&mut self) {
        let Some(Overlay::Prompt(prompt)) = self.overlay.take() else { return };
        let done = match prompt.question {
            Question::Filter => self.packets.list.set_filter(&prompt.text).map(|()| {
                self.packets.dismiss();
                self.packets.update(&self.session);
            }),
            Question::Break if prompt.text.trim().is_empty() => Ok(()),
            Question::Break => self.session.toggle_breakpoint(&prompt.text).map(|is_set| {
                let text = match is_set {
                    true => self.lang.say("the breakpoint is set", "断点已设置"),
                    false => self.lang.say("the breakpoint is gone", "断点已取消"),
                };
                self.notice = Some(text.to_owned());
            }),
            Question::Protocols => reach::parse(&prompt.text)
                .map(|protocols| self.reach.ask_by(protocols, &self.session)),
            Question::Jump => self.jump(prompt.text.trim()),
        };
        if let Err(error) = done {
            self.overlay = Some(Overlay::Prompt(Prompt { error: Some(error), ..prompt }));
        }
    }

    fn jump(&mut self, text: &str) -> Result<(), String> {
        let wrong = || {
            let text = self.lang.say("#3, 10.5, 1234 or now", "请输入 #3、10.5、1234 或 now");
            text.to_owned()
        };
        if matches!(text, "" | "now") {
            self.session.looking = None;
            return Ok(());
        }
        if let Some(number) = text.strip_prefix('#') {
            let number: usize = number.parse().map_err(|_| wrong())?;
            let packets = self.packets.list.packets();
            let packet = number.checked_sub(1).and_then(|n| packets.get(n)).copied();
            let packet = packet.ok_or_else(wrong)?;
            self.packets.open(packet, &self.session);
            let view = self.packets.index.get(packet).map(|view| view.first + 1);
            self.look_at(view.unwrap_or(u64::MAX));
            return Ok(());
        }
        if let (true, Ok(seconds)) = (text.contains('.'), text.parse::<f64>()) {
            let at = Time::from_nanos((seconds.max(0.0) * 1e9) as u64);
            let trace = &self.session.world().trace;
            let first = trace.since(0).find(|(_, record)| record.at > at).map(|(seq, _)| seq);
            self.look_at(first.unwrap_or(u64::MAX));
            return Ok(());
        }
        let seq: u64 = text.parse().map_err(|_| wrong())?;
        self.look_at(seq);
        Ok(())
    }
}
