//! Completion in the terminals.

use super::App;
use crate::ui::terminal::Known;

impl App<'_> {
    /// Completes the word in the terminal in front, or shows what it can be.
    pub fn complete(&mut self) {
        let host = self.terminals[self.front].host;
        let known = Known::on(&mut self.session, host);
        let terminal = &mut self.terminals[self.front];
        if let Some(choices) = terminal.complete(&known) {
            terminal.say(&self.session, choices);
        }
    }
}
