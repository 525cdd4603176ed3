//! One lesson on a screen without a terminal: for benchmarks.

use std::time::Duration;

use netsim_sim::lesson::{Lesson, LessonError};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::App;
use super::panes::Pane;
use super::session::Session;
use super::{draw, keys};
use crate::text::words::Lang;

/// The screen of a lesson.
pub struct Stage<'a> {
    app: App<'a>,
    terminal: Terminal<TestBackend>,
}

impl<'a> Stage<'a> {
    /// Boots the machines of a lesson, for a screen of this size.
    pub fn open(lesson: &'a Lesson, width: u16, height: u16) -> Result<Stage<'a>, LessonError> {
        let app = App::new(Session::new(lesson, 1)?, Lang::En);
        let backend = TestBackend::new(width, height);
        let Ok(terminal) = Terminal::new(backend);
        Ok(Stage { app, terminal })
    }

    /// Types a command in the terminal in front.
    pub fn type_line(&mut self, line: &str) {
        self.app.focus = Pane::Terminal;
        line.chars().for_each(|c| self.press(KeyCode::Char(c)));
        self.press(KeyCode::Enter);
        self.app.focus = Pane::Packets;
    }

    /// Presses a key.
    pub fn press(&mut self, code: KeyCode) {
        keys::press(&mut self.app, KeyEvent::new(code, KeyModifiers::NONE));
    }

    /// Lets time go on.
    pub fn advance(&mut self, real: Duration) {
        self.app.advance(real);
    }

    /// Paints the screen; what is on it, one line a row.
    pub fn paint(&mut self) -> String {
        let Stage { app, terminal } = self;
        let Ok(_) = terminal.draw(|frame| draw::draw(frame, app));
        let cells = terminal
            .backend()
            .buffer()
            .content
            .chunks(terminal.backend().buffer().area.width.max(1).into());
        cells.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }

    /// How many events have happened on the machines.
    pub fn events(&self) -> u64 {
        self.app.session.world().events()
    }

    /// How many records have been made of what happened to packets.
    pub fn records(&self) -> u64 {
        self.app.session.world().trace.next_seq()
    }

    /// Looks at what happened before a record.
    pub fn look_at(&mut self, record: u64) {
        self.app.look_at(record);
    }
}
