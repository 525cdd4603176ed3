//! Terminals: what a user sits at, and what a container is given with `-t`.
//!
//! A terminal hands what is typed to programs line by line, shows each line when it is read (not when it
//! is typed, so that lines typed ahead stand behind their prompts), and takes Ctrl-D for the end of the
//! input. A raw one does nothing of that: the program at it passes everything on to another terminal.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::engine::Time;
use crate::kernel::Task;

use super::stream::{Channel, Kind, MAX_OUTPUT, Piece, Read, Ready, Stream, Terminal};

/// Ctrl-C.
pub const INTERRUPT: u8 = 0x03;
/// Ctrl-D.
pub const END_OF_INPUT: u8 = 0x04;

impl Terminal {
    fn of_kind(kind: Kind, ready: &Ready) -> Rc<Terminal> {
        Rc::new(Terminal {
            raw: Cell::new(matches!(kind, Kind::Bytes)),
            kind,
            written: RefCell::default(),
            size: Cell::new(0),
            typed: RefCell::default(),
            closed: Cell::new(false),
            waiting: RefCell::default(),
            ready: ready.clone(),
        })
    }

    /// One at which a user sits.
    pub(super) fn new(ready: &Ready) -> Rc<Terminal> {
        Terminal::of_kind(Kind::User, ready)
    }

    /// One behind which a program is, with what is typed shown on `screen`; without a screen only a way
    /// for bytes.
    pub(super) fn inner(ready: &Ready, screen: Option<Stream>) -> Rc<Terminal> {
        Terminal::of_kind(screen.map_or(Kind::Bytes, Kind::Inner), ready)
    }

    /// Whether it is a terminal (`isatty(3)`) and not only a way for bytes.
    pub fn is_terminal(&self) -> bool {
        !matches!(self.kind, Kind::Bytes)
    }

    /// Whether what is typed goes on as it is, control characters too.
    pub fn is_raw(&self) -> bool {
        self.raw.get()
    }

    /// From now on what is typed goes on as it is, or line by line again.
    pub fn set_raw(&self, raw: bool) {
        self.raw.set(raw);
    }

    pub(super) fn write(&self, at: Time, channel: Channel, bytes: &[u8]) {
        let before = self.size.get();
        if before > MAX_OUTPUT || bytes.is_empty() {
            return;
        }
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        self.size.set(before + text.len());
        if self.size.get() > MAX_OUTPUT {
            text += "\nnetsim: the rest of this output is not kept\n";
        }
        let mut written = self.written.borrow_mut();
        match written.last_mut() {
            Some(last) if last.at == at && last.channel == channel => last.text += &text,
            _ => written.push(Piece { at, channel, text }),
        }
    }

    /// What was written since it was last asked.
    pub fn take(&self) -> Vec<Piece> {
        self.size.set(0);
        std::mem::take(&mut self.written.borrow_mut())
    }

    /// Everything that was written, as one text.
    pub fn take_text(&self) -> String {
        self.take().into_iter().map(|piece| piece.text).collect()
    }

    /// Types text into it.
    pub fn type_in(&self, text: &str) {
        self.feed(text.as_bytes());
    }

    pub(super) fn feed(&self, bytes: &[u8]) {
        self.typed.borrow_mut().extend(bytes);
        self.wake();
    }

    /// No more will be typed.
    pub fn close_input(&self) {
        self.closed.set(true);
        self.wake();
    }

    /// Whether a program waits for something to be typed.
    pub fn is_awaited(&self) -> bool {
        !self.waiting.borrow().is_empty()
    }

    fn wake(&self) {
        self.ready.borrow_mut().append(&mut self.waiting.borrow_mut());
    }

    /// Takes up to `max` of the bytes that were typed.
    pub(super) fn read(&self, max: usize, task: Task) -> Read {
        let mut typed = self.typed.borrow_mut();
        let is_break = |byte: &u8| matches!(*byte, b'\n' | END_OF_INPUT);
        let at = if self.is_raw() { None } else { typed.iter().position(is_break) };
        let len = match at {
            Some(0) if typed[0] == END_OF_INPUT => {
                typed.pop_front();
                return Read::End;
            }
            Some(at) => at + usize::from(typed[at] == b'\n'),
            None if self.is_raw() || self.closed.get() => typed.len(),
            // A line without its end is still being typed.
            None => 0,
        };
        if len > 0 {
            return Read::Bytes(typed.drain(..len.min(max)).collect());
        }
        if self.closed.get() {
            return Read::End;
        }
        self.waiting.borrow_mut().push(task);
        Read::Nothing
    }

    pub(super) fn unread(&self, bytes: &[u8]) {
        let mut typed = self.typed.borrow_mut();
        bytes.iter().rev().for_each(|byte| typed.push_front(*byte));
    }

    /// Where what is read from it is shown.
    pub(super) fn screen(self: &Rc<Terminal>) -> Option<Stream> {
        match &self.kind {
            _ if self.is_raw() => None,
            Kind::User => Some(Stream::Terminal(self.clone(), Channel::Out)),
            Kind::Inner(screen) => Some(screen.clone()),
            Kind::Bytes => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Task = Task(0);

    #[test]
    fn lines_are_read_one_by_one_and_ctrl_d_ends_only_one_reader() {
        let terminal = Terminal::new(&Ready::default());
        terminal.type_in("one\ntwo\n\u{4}three");
        assert_eq!(terminal.read(100, TASK), Read::Bytes(b"one\n".to_vec()));
        assert_eq!(terminal.read(2, TASK), Read::Bytes(b"tw".to_vec()));
        assert_eq!(terminal.read(100, TASK), Read::Bytes(b"o\n".to_vec()));
        assert_eq!(terminal.read(100, TASK), Read::End);
        assert_eq!(terminal.read(100, TASK), Read::Nothing);
        assert!(terminal.is_awaited());
        terminal.close_input();
        assert_eq!(terminal.read(100, TASK), Read::Bytes(b"three".to_vec()));
        assert_eq!(terminal.read(100, TASK), Read::End);
    }

    #[test]
    fn a_raw_terminal_passes_everything_on() {
        let terminal = Terminal::new(&Ready::default());
        terminal.set_raw(true);
        terminal.type_in("a\n\u{4}\u{3}");
        assert_eq!(terminal.read(100, TASK), Read::Bytes(b"a\n\x04\x03".to_vec()));
        assert!(terminal.screen().is_none());
    }
}
