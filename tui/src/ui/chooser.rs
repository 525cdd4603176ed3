//! The list of lessons: which one is chosen, and what keys and mouse do there.

use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::action::{Action, Scope, of_key};
use super::hits::{Hits, Target};
use super::library::{Item, Standing, found};
use super::theme::Theme;
use crate::text::words::Lang;

/// Where keys mean something here.
pub const SCOPES: [Scope; 3] = [Scope::Chooser, Scope::Reading, Scope::Always];

/// Rows of a page.
const PAGE: isize = 10;

/// The list.
pub struct Chooser {
    /// The lesson that is chosen: its place on the shelf.
    pub chosen: usize,
    /// Letters that what is listed has to have; `None` while nobody types any.
    pub query: Option<String>,
    /// The help, scrolled down by so many lines.
    pub help: Option<usize>,
    /// How far somebody has come in each.
    pub standings: Vec<Standing>,
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
    /// What can be clicked, as drawn last.
    pub hits: Hits,
    /// What is worth to be known.
    pub notice: Option<String>,
}

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// To open a lesson, where it was left.
    Open(usize),
    /// To open it from its beginning.
    Anew(usize),
    /// To give the mouse to the terminal, or to take it back.
    Mouse,
    /// To leave.
    Leave,
}

impl Chooser {
    /// The list with its first lesson chosen.
    pub fn new(lang: Lang, theme: Theme, standings: Vec<Standing>) -> Chooser {
        Chooser {
            chosen: 0,
            query: None,
            help: None,
            standings,
            lang,
            theme,
            hits: Hits::default(),
            notice: None,
        }
    }

    /// The lessons that are listed.
    pub fn listed(&self, items: &[Item]) -> Vec<usize> {
        found(items, self.query.as_deref().unwrap_or_default())
    }

    /// A key was pressed.
    pub fn press(&mut self, key: KeyEvent, items: &[Item]) -> Option<Decision> {
        self.notice = None;
        let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
        if let Some(query) = self.query.as_mut().filter(|_| self.help.is_none()) {
            match key.code {
                KeyCode::Char(c) if plain => query.push(c),
                KeyCode::Backspace if query.is_empty() => self.query = None,
                KeyCode::Backspace => {
                    query.pop();
                }
                KeyCode::Esc => self.query = None,
                _ => return self.perform(of_key(key, &SCOPES)?, items),
            }
            self.move_by(0, items);
            return None;
        }
        let action = of_key(key, &SCOPES);
        if self.help.is_some() && !action.is_some_and(scrolls) {
            self.help = None;
            return None;
        }
        self.perform(action?, items)
    }

    fn perform(&mut self, action: Action, items: &[Item]) -> Option<Decision> {
        let here = self.listed(items).contains(&self.chosen).then_some(self.chosen);
        match action {
            Action::Start => return here.map(Decision::Open),
            Action::Restart => return here.map(Decision::Anew),
            Action::Find | Action::Palette => self.query = Some(String::new()),
            Action::Up => self.move_by(-1, items),
            Action::Down => self.move_by(1, items),
            Action::PageUp => self.move_by(-PAGE, items),
            Action::PageDown => self.move_by(PAGE, items),
            Action::NextTheme => self.theme.turn(),
            Action::Help => self.help = Some(0),
            Action::Mouse => return Some(Decision::Mouse),
            Action::Leave | Action::Back | Action::Quit => return Some(Decision::Leave),
            _ => {}
        }
        None
    }

    /// Chooses another of the listed lessons; in the help, scrolls.
    fn move_by(&mut self, by: isize, items: &[Item]) {
        if let Some(scroll) = &mut self.help {
            *scroll = scroll.saturating_add_signed(by);
            return;
        }
        let listed = self.listed(items);
        let at = listed.iter().position(|n| *n == self.chosen).unwrap_or(0);
        let at = at.saturating_add_signed(by).min(listed.len().saturating_sub(1));
        self.chosen = listed.get(at).copied().unwrap_or(self.chosen);
    }

    /// The mouse did something.
    pub fn mouse(&mut self, event: MouseEvent, items: &[Item]) -> Option<Decision> {
        match event.kind {
            MouseEventKind::ScrollUp => self.move_by(-1, items),
            MouseEventKind::ScrollDown => self.move_by(1, items),
            MouseEventKind::Down(MouseButton::Left) => {
                let target = self.hits.at(event.column, event.row).next();
                if self.help.is_some() {
                    self.help = None;
                    return None;
                }
                match target {
                    Some(Target::Row(n)) if n == self.chosen => return Some(Decision::Open(n)),
                    Some(Target::Row(n)) => self.chosen = n,
                    Some(Target::Act(action)) => return self.perform(action, items),
                    _ => {}
                }
            }
            _ => {}
        }
        None
    }
}

fn scrolls(action: Action) -> bool {
    matches!(action, Action::Up | Action::Down | Action::PageUp | Action::PageDown)
}
