//! The desk: the list of lessons, the lessons that are open, and which of them is in front. An open lesson
//! stays as it is while somebody looks at the list.

use std::collections::BTreeMap;
use std::time::Duration;

use netsim_sim::lesson::LessonError;
use ratatui::Frame;
use ratatui::crossterm::event::Event;

use super::app::{App, Exit};
use super::chooser::{Chooser, Decision};
use super::library::{Item, Standing};
use super::session::Session;
use super::theme::Theme;
use super::{draw, keys, mouse};
use crate::store::{Saved, Store};
use crate::text::words::Lang;

/// The desk.
pub struct Desk<'a> {
    items: &'a [Item],
    chooser: Chooser,
    open: BTreeMap<usize, App<'a>>,
    front: Option<usize>,
    store: Store,
    seed: u64,
    /// Whether the mouse is netsim's.
    pub mouse: bool,
    /// Whether somebody wants to leave netsim.
    pub over: bool,
}

impl<'a> Desk<'a> {
    /// The desk with the list in front.
    pub fn new(items: &'a [Item], store: Store, seed: u64, lang: Lang, theme: Theme) -> Desk<'a> {
        let standings = items.iter().map(|item| Standing::of(&store, &item.lesson.front.id));
        let mut chooser = Chooser::new(lang, theme, standings.collect());
        if !store.keeps() {
            let text = lang.say(
                "no HOME: progress is not kept (NETSIM_DATA_DIR names a folder)",
                "没有 HOME:不保存进度(可用 NETSIM_DATA_DIR 指定文件夹)",
            );
            chooser.notice = Some(text.to_owned());
        }
        Desk {
            items,
            chooser,
            open: BTreeMap::new(),
            front: None,
            store,
            seed,
            mouse: true,
            over: false,
        }
    }

    /// Opens a lesson: as it stands, as it was left, or from its beginning.
    pub fn open(&mut self, n: usize, anew: bool) -> Result<(), LessonError> {
        if anew || !self.open.contains_key(&n) {
            let lesson = &self.items[n].lesson;
            let saved = self.store.load(&lesson.front.id).filter(|_| !anew);
            let journal = saved.as_ref().and_then(|saved| saved.journal(lesson, self.seed));
            let session = match &journal {
                Some(journal) => Session::resumed(lesson, self.seed, journal)?,
                None => Session::new(lesson, self.seed)?,
            };
            let mut app = App::new(session, self.chooser.lang);
            match (&saved, journal) {
                (Some(saved), Some(_)) => app.resume(&saved.record),
                (Some(_), None) => {
                    let text = self.chooser.lang.say(
                        "the lesson, the seed or netsim has changed since: it begins anew",
                        "课程、种子或 netsim 已有变化:从头开始",
                    );
                    app.notice = Some(text.to_owned());
                }
                (None, _) => app.notice.clone_from(&self.chooser.notice),
            }
            app.mouse = self.mouse;
            self.open.insert(n, app);
        }
        if let Some(app) = self.open.get_mut(&n) {
            app.theme = self.chooser.theme;
            app.exit = None;
        }
        self.front = Some(n);
        Ok(())
    }

    /// The lesson that is in front.
    #[cfg(test)]
    pub fn in_front(&self) -> Option<&App<'a>> {
        self.front.and_then(|n| self.open.get(&n))
    }

    /// Draws what is in front.
    pub fn draw(&mut self, frame: &mut Frame) {
        match self.front.and_then(|n| self.open.get_mut(&n)) {
            Some(app) => draw::draw(frame, app),
            None => draw::draw_chooser(frame, &mut self.chooser, self.items),
        }
    }

    /// A key, the mouse, text from the clipboard.
    pub fn take(&mut self, event: &Event) {
        let Some(app) = self.front.and_then(|n| self.open.get_mut(&n)) else {
            let decision = match event {
                Event::Key(key) if !key.is_release() => self.chooser.press(*key, self.items),
                Event::Mouse(event) => self.chooser.mouse(*event, self.items),
                _ => None,
            };
            return self.decide(decision);
        };
        match event {
            Event::Key(key) if !key.is_release() => keys::press(app, *key),
            Event::Mouse(event) => mouse::event(app, *event),
            Event::Paste(text) => app.paste(text),
            _ => {}
        }
        self.mouse = app.mouse;
        self.chooser.theme = app.theme;
        match app.exit {
            Some(Exit::Lesson) => self.front = None,
            Some(Exit::Netsim) => self.over = true,
            None => {}
        }
        self.keep(false);
    }

    fn decide(&mut self, decision: Option<Decision>) {
        let opened = match decision {
            Some(Decision::Open(n)) => self.open(n, false),
            Some(Decision::Anew(n)) => self.open(n, true),
            Some(Decision::Mouse) => {
                self.mouse ^= true;
                self.open.values_mut().for_each(|app| app.mouse = self.mouse);
                Ok(())
            }
            Some(Decision::Leave) => {
                self.over = true;
                Ok(())
            }
            None => Ok(()),
        };
        if let Err(error) = opened {
            self.chooser.notice = Some(error.to_string());
        }
    }

    /// Lets the time of what is in front go on.
    pub fn advance(&mut self, real: Duration) {
        if let Some(app) = self.front.and_then(|n| self.open.get_mut(&n)) {
            app.advance(real);
            self.keep(false);
        }
    }

    /// Writes down how far somebody has come, if there is news; at the end also what still runs.
    pub fn keep(&mut self, at_the_end: bool) {
        for (n, app) in &mut self.open {
            if !app.has_news() || (app.is_busy() && !at_the_end) {
                continue;
            }
            let lesson = &self.items[*n].lesson;
            let (record, journal) = (app.progress.record(), app.session.player.journal());
            let mut saved = Saved::new(lesson, self.seed, record, &journal);
            // Who has gone through it once has done so for ever.
            saved.finished |= self.chooser.standings[*n] == Standing::Finished;
            self.chooser.standings[*n] = Standing::from(&saved);
            if let Err(error) = self.store.save(&lesson.front.id, &saved) {
                app.complaint = Some(match self.chooser.lang {
                    Lang::En => format!("progress cannot be kept: {error}"),
                    Lang::Zh => format!("无法保存进度:{error}"),
                });
                self.store.give_up();
            }
            app.kept();
        }
    }

    /// Whether something moves on the screen.
    pub fn is_lively(&self) -> bool {
        self.front.and_then(|n| self.open.get(&n)).is_some_and(App::is_lively)
    }

    /// What is to be put on the clipboard.
    pub fn take_copy(&mut self) -> Option<String> {
        self.front.and_then(|n| self.open.get_mut(&n))?.clipboard.take()
    }
}
