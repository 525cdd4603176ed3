//! What happens to machines without a learner's doing: `[setup]` before the lesson, and its faults.

use super::console::prompt;
use super::error::LessonError;
use super::fault::Fault;
use super::player::{COMMAND, Player, TYPING, shell_line};
use crate::trace::HostId;

impl Player<'_> {
    /// Does what comes before the lesson, and breaks what is broken from the start.
    pub(super) fn prepare(&mut self) -> Result<(), LessonError> {
        let lesson = self.lesson;
        for (n, line) in lesson.front.setup.run.iter().enumerate() {
            self.set_up(n, line)?;
        }
        self.break_what_is_due(None)
    }

    /// Breaks what breaks before a block of the lesson is run.
    pub fn before_block(&mut self, id: Option<&str>) -> Result<(), LessonError> {
        if id.is_none() { Ok(()) } else { self.break_what_is_due(id) }
    }

    /// Runs a line of `[setup]`; it must succeed.
    fn set_up(&mut self, number: usize, line: &str) -> Result<(), LessonError> {
        let lesson = self.lesson;
        let at = lesson.source.lines().position(|text| text.contains(line)).map_or(1, |n| n + 1);
        let Some((host, container, command)) = prompt(line) else {
            let error = lesson.error(at, format!("line {} of [setup] has no prompt", number + 1));
            return Err(error.with_hint(Some("write \"MACHINE$ command\"".into())));
        };
        let Some(id) = self.world.host_named(host) else {
            return Err(lesson.error(at, format!("there is no machine '{host}'")).at_word(host));
        };
        self.do_unseen(id, &shell_line(container, command), "[setup]", at)
    }

    fn break_what_is_due(&mut self, before: Option<&str>) -> Result<(), LessonError> {
        let lesson = self.lesson;
        let due = lesson.faults.iter().filter(|fault| fault.before.as_deref() == before);
        for fault in due {
            // Machines are looked up when the lesson is read.
            let host = self.world.host_named(&fault.host).unwrap_or(HostId(0));
            if self.is_done(fault, host) {
                continue;
            }
            for command in &fault.commands {
                self.do_unseen(host, command, "[[fault]]", fault.line)?;
            }
        }
        Ok(())
    }

    /// Whether a fault has happened: blocks can be run again.
    fn is_done(&self, fault: &Fault, host: HostId) -> bool {
        let first = fault.commands.first();
        self.typed
            .iter()
            .any(|typed| typed.unseen && typed.host == host && Some(&typed.line) == first)
    }

    /// Runs a command that a learner does not see; it must succeed.
    fn do_unseen(
        &mut self,
        host: HostId,
        line: &str,
        what: &str,
        at: usize,
    ) -> Result<(), LessonError> {
        // The time between two commands is bounded by itself.
        let _ = self.world.run_for(TYPING);
        let (status, output, ..) = self.type_now(host, line, "", COMMAND);
        if let Some(typed) = self.typed.last_mut() {
            typed.unseen = true;
        }
        if status == 0 {
            return Ok(());
        }
        let said = output.lines().next().unwrap_or("it says nothing").trim();
        let message = format!("{what}: '{line}' ended with status {status}: {said}");
        Err(self.lesson.error(at, message))
    }
}
