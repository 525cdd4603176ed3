//! Does what an action says.

use super::{App, Exit, Overlay};
use crate::ui::action::{Action, Group, entry};
use crate::ui::lesson::Next;
use crate::ui::packets::Show;
use crate::ui::palette::{Choice, Palette};
use crate::ui::panes::Pane;
use crate::ui::prompt::Question;
use crate::ui::time::Stride;

/// Lines that a page key scrolls.
const PAGE: usize = 10;

/// Columns that a terminal needs beside others.
const TERMINAL_COLUMNS: u16 = 28;

impl App<'_> {
    /// Does it.
    pub fn perform(&mut self, action: Action) {
        if self.frozen && changes(action) {
            self.notice = Some(
                self.lang.say("frozen: F goes on, Esc too", "已冻结:按 F 或 Esc 解除").to_owned(),
            );
            return;
        }
        match action {
            Action::Next => self.next(),
            Action::Hint => {
                if !self.progress.hint() {
                    let text = self.lang.say("there is no more hint here", "这里没有更多提示");
                    self.notice = Some(text.to_owned());
                }
            }
            Action::Reveal => {
                if !self.progress.reveal() {
                    let text = self.lang.say("nothing to reveal here", "这里没有可揭晓的内容");
                    self.notice = Some(text.to_owned());
                }
            }
            Action::Skip => {
                if self.lesson_runs.is_none() {
                    self.progress.skip();
                }
            }
            Action::Freeze => self.frozen ^= true,
            Action::HideAnswers => self.progress.hide_answers(),
            Action::Pause => self.session.toggle(),
            Action::Slower => self.session.change_pace(false),
            Action::Faster => self.session.change_pace(true),
            Action::Step => self.step(Stride::Event),
            Action::Hop => self.step(Stride::Hop),
            Action::Follow => self.follow(),
            Action::StepBack => self.step_back(),
            Action::Earlier => self.scrub(-1),
            Action::Later => self.scrub(1),
            Action::Now => {
                self.session.looking = None;
                self.forget_messages();
            }
            Action::Jump => self.ask(Question::Jump),
            Action::Break => self.ask(Question::Break),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Type => self.focus = Pane::Terminal,
            Action::NextTab => self.show_terminal((self.front + 1) % self.terminals.len()),
            Action::PreviousTab => {
                let count = self.terminals.len();
                self.show_terminal((self.front + count - 1) % count);
            }
            Action::Split => self.split(usize::from(self.terminal_room / TERMINAL_COLUMNS).max(2)),
            Action::Interrupt => self.interrupt(),
            Action::EndInput => self.end_input(),
            Action::Clear => self.terminals[self.front].clear(),
            Action::Search => self.terminals[self.front].search(),
            Action::Copy => self.copy(),
            Action::Open => self.open(),
            Action::Way => self.packets.turn_to(Show::Way),
            Action::Headers => self.packets.turn_to(Show::Headers),
            Action::Bytes => self.packets.turn_to(Show::Bytes),
            Action::EarlierByte => self.packets.move_byte(-1),
            Action::LaterByte => self.packets.move_byte(1),
            Action::Beside => self.packets.inspector.toggle_beside(),
            Action::Rules => self.packets.toggle_rules(&self.session),
            Action::AllPackets => {
                self.packets.list.toggle();
                self.packets.update(&self.session);
            }
            Action::Filter => self.ask(Question::Filter),
            Action::GoThere => self.go_there(),
            Action::Cure => self.type_cure(),
            Action::Loss => self.open_loss(),
            Action::Closer => self.map.change_zoom(true),
            Action::Farther => self.map.change_zoom(false),
            Action::Reach if self.focus == Pane::Reach => self.focus = Pane::Map,
            Action::Reach => self.focus = Pane::Reach,
            Action::AskAgain => self.reach.ask(&self.session),
            Action::Protocols => self.ask(Question::Protocols),
            Action::NextProtocol => self.reach.next_protocol(),
            Action::Left => self.sideways(false),
            Action::Right => self.sideways(true),
            // Of the list of lessons only.
            Action::Start | Action::Restart | Action::Find => {}
            Action::Up => self.move_in(-1),
            Action::Down => self.move_in(1),
            Action::PageUp => self.page(true),
            Action::PageDown => self.page(false),
            Action::NextPane => self.turn(false),
            Action::PreviousPane => self.turn(true),
            Action::Zoom => self.shares.zoomed ^= true,
            Action::NextTheme => {
                self.theme.turn();
                self.notice =
                    Some(entry(Action::Theme(self.theme.scheme)).short(self.lang).to_owned());
            }
            Action::Theme(scheme) => self.theme.scheme = scheme,
            Action::Mouse => {
                self.mouse ^= true;
                let text = match self.mouse {
                    true => self.lang.say("the mouse is netsim's", "鼠标由 netsim 使用"),
                    false => self.lang.say(
                        "the mouse is your terminal's: select and copy; F12 takes it back",
                        "鼠标归终端:可选择复制;F12 收回",
                    ),
                };
                self.notice = Some(text.to_owned());
            }
            Action::Help => self.overlay = Some(Overlay::Help(0)),
            Action::Palette => self.overlay = Some(Overlay::Palette(Palette::new(self.places()))),
            Action::Back => self.back(),
            Action::Leave => self.exit = Some(Exit::Lesson),
            Action::Quit => self.exit = Some(Exit::Netsim),
        }
    }

    /// Closes the uppermost thing that is open; at last the keys go to the lesson.
    fn back(&mut self) {
        if self.overlay.take().is_some() {
            return;
        }
        if self.frozen {
            self.frozen = false;
            return;
        }
        if self.terminals[self.front].search.is_some() {
            self.terminals[self.front].end_search();
        } else if self.focus == Pane::Map && self.map.is_open {
            self.map.open(false);
        } else if self.focus == Pane::Reach {
            (self.focus, self.upper) = (Pane::Lesson, Pane::Map);
        } else if self.focus == Pane::Lesson {
            self.exit = Some(Exit::Lesson);
        } else if self.focus != Pane::Packets || !self.packets.leave() {
            let from_matrix = self.focus == Pane::Packets && self.packets.dismiss();
            self.focus = if from_matrix { Pane::Reach } else { Pane::Lesson };
        }
    }

    /// One line up or down; in a list, one entry.
    fn move_in(&mut self, by: isize) {
        let up = by < 0;
        match &mut self.overlay {
            Some(Overlay::Help(scroll)) => *scroll = scroll.saturating_add_signed(by),
            Some(Overlay::Palette(palette)) => palette.move_by(by, self.lang),
            Some(Overlay::Prompt(_)) => {}
            None if self.focus == Pane::Packets => self.packets.go(by, &self.session),
            None if self.focus == Pane::Map && !self.map.is_open => self.map.choose(by),
            None if self.focus == Pane::Reach => self.reach.move_by(by, 0),
            None => self.scroll(self.focus, up, 1),
        }
    }

    fn page(&mut self, up: bool) {
        match &self.overlay {
            Some(_) => (0..PAGE).for_each(|_| self.move_in(if up { -1 } else { 1 })),
            None => self.scroll(self.focus, up, PAGE),
        }
    }

    /// Deeper into what is chosen.
    fn open(&mut self) {
        match self.focus {
            Pane::Map => self.map.open(true),
            Pane::Packets => self.packets.enter(),
            Pane::Reach => self.reach.open(),
            Pane::Lesson | Pane::Terminal => {}
        }
    }

    /// To the left or the right: along the frames of a packet, to the machine beside.
    fn sideways(&mut self, right: bool) {
        match self.focus {
            Pane::Map => self.map.choose_beside(right),
            Pane::Packets => self.packets.move_frame(if right { 1 } else { -1 }),
            Pane::Reach => self.reach.move_by(0, if right { 1 } else { -1 }),
            Pane::Lesson | Pane::Terminal => {}
        }
    }

    /// Opens a packet that was lost at what is chosen on the map.
    fn open_loss(&mut self) {
        if let Some(packet) = self.map.lost() {
            self.packets.open(packet, &self.session);
            self.packets.is_inside = true;
            self.focus = Pane::Packets;
        }
    }

    /// Looks at the moment of the chosen stop.
    fn go_there(&mut self) {
        if self.packets.guest.is_some() {
            let text = self.lang.say(
                "these were sent on a copy: there is no such moment here",
                "这些包是在副本上发送的:这里没有那个时刻",
            );
            self.notice = Some(text.to_owned());
            return;
        }
        let stop = self.packets.way().and_then(|way| way.told.get(self.packets.ladder.chosen));
        if let Some(seq) = stop.map(|told| told.seq) {
            self.look_at(seq + 1);
        }
    }

    /// Types the command that would cure the loss of the chosen packet; the learner runs it.
    fn type_cure(&mut self) {
        let cure = self.packets.ladder.remedy().and_then(|remedy| remedy.cure.clone());
        let Some(cure) = cure else { return };
        let place = self.terminals.iter().position(|terminal| terminal.host == cure.host);
        let Some(n) = place else { return };
        self.show_terminal(n);
        self.focus = Pane::Terminal;
        let terminal = &mut self.terminals[n];
        terminal.clear_input();
        terminal.insert(&cure.line);
        let text = self.lang.say("Enter runs it, if you want that", "确认后按回车执行");
        self.notice = Some(text.to_owned());
    }

    /// Does what is chosen in the palette.
    pub fn run_chosen(&mut self) {
        let Some(Overlay::Palette(palette)) = self.overlay.take() else { return };
        match palette.fits(self.lang).into_iter().nth(palette.chosen) {
            Some(Choice::Do(entry)) => self.perform(entry.action),
            Some(Choice::Go(place)) => self.go(place),
            Some(Choice::Reach(protocols)) => {
                self.focus = Pane::Reach;
                self.reach.ask_by(protocols, &self.session);
            }
            None => {}
        }
    }

    /// The actions that matter now, the most important first: for the status line.
    pub fn offers(&self) -> Vec<Action> {
        let mut offers = Vec::new();
        if self.session.looking.is_some() {
            offers.push(Action::Now);
        }
        match self.focus {
            Pane::Terminal => {
                if self.terminals[self.front].input.is_empty() {
                    offers.push(Action::NextPane);
                }
                offers.extend([
                    Action::NextTab,
                    Action::Back,
                    Action::Help,
                    Action::Interrupt,
                    Action::Search,
                    Action::Copy,
                    Action::Palette,
                ]);
            }
            Pane::Packets => {
                let cure = self.packets.ladder.remedy().and_then(|it| it.cure.as_ref());
                offers.extend(cure.map(|_| Action::Cure));
                offers.extend(match (self.packets.is_inside, self.packets.show) {
                    (false, _) => [Action::Open, Action::Filter, Action::AllPackets],
                    (true, Show::Way) => [Action::Open, Action::Rules, Action::GoThere],
                    (true, _) => [Action::Left, Action::Right, Action::Beside],
                });
                offers.extend([Action::Headers, Action::Bytes, Action::Step, Action::StepBack]);
            }
            Pane::Map => {
                if self.map.lost().is_some() {
                    offers.push(Action::Loss);
                }
                offers.extend([Action::Open, Action::Reach, Action::Closer, Action::Farther]);
                offers.extend([Action::Pause, Action::Step, Action::StepBack, Action::Zoom]);
            }
            Pane::Reach => offers.extend([
                Action::Open,
                Action::AskAgain,
                Action::Protocols,
                Action::NextProtocol,
                Action::Zoom,
            ]),
            Pane::Lesson => {
                if !matches!(self.progress.next(), Next::End) {
                    offers.push(Action::Next);
                }
                let (shown, all) = self.progress.hint_count();
                if shown < all {
                    offers.push(Action::Hint);
                }
                offers.extend([Action::Type, Action::Pause, Action::Step, Action::StepBack]);
            }
        }
        if self.focus == Pane::Terminal {
            offers.push(Action::Quit);
        } else {
            offers.extend([Action::NextPane, Action::Help, Action::Palette, Action::Leave]);
        }
        offers
    }
}

/// Whether an action changes the machines or the lesson.
fn changes(action: Action) -> bool {
    match entry(action).group {
        Group::Lesson | Group::Time => true,
        Group::Terminals => !matches!(action, Action::Copy | Action::Split),
        Group::Chooser | Group::Teacher | Group::Packets => false,
        Group::Map | Group::Reach | Group::Screen => false,
    }
}
