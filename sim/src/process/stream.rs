//! Where programs read and write: pipes, files, records, terminals.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::Time;
use crate::kernel::{Errno, NamespaceId, Task};

use super::id::RootId;

/// Tasks that may go on; the executor turns them into events.
pub(super) type Ready = Rc<RefCell<Vec<Task>>>;

/// Bytes that a terminal keeps, so that a program that never stops writing cannot eat the memory.
pub(super) const MAX_OUTPUT: usize = 8 << 20;

/// A place to read from or write to.
#[derive(Debug, Clone)]
pub enum Stream {
    /// `/dev/null`.
    Null,
    /// The reading end of a pipe.
    PipeReader(PipeReader),
    /// The writing end of a pipe.
    PipeWriter(PipeWriter),
    /// A terminal; whether it is standard error that goes there.
    Terminal(Rc<Terminal>, Channel),
    /// A file that is read.
    Input(Rc<RefCell<VecDeque<u8>>>),
    /// A file that is appended to: its root and its path.
    Output(RootId, Rc<str>),
    /// A file of `/proc/sys`: the namespace, and the name of the switch.
    Switch(NamespaceId, Rc<str>),
    /// A record of what is written, which others may follow.
    Record(Rc<Record>, Channel),
}

/// Which of its two outputs a program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

#[derive(Debug)]
struct Pipe {
    bytes: RefCell<VecDeque<u8>>,
    readers: Cell<usize>,
    writers: Cell<usize>,
    waiting: RefCell<Vec<Task>>,
    ready: Ready,
}

impl Pipe {
    fn wake(&self) {
        self.ready.borrow_mut().append(&mut self.waiting.borrow_mut());
    }
}

/// The end of a pipe from which is read.
#[derive(Debug)]
pub struct PipeReader(Rc<Pipe>);

/// The end of a pipe into which is written; the reader sees the end when the last one is gone.
#[derive(Debug)]
pub struct PipeWriter(Rc<Pipe>);

impl Clone for PipeReader {
    fn clone(&self) -> Self {
        self.0.readers.set(self.0.readers.get() + 1);
        PipeReader(self.0.clone())
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.readers.set(self.0.readers.get() - 1);
        self.0.wake();
    }
}

impl Clone for PipeWriter {
    fn clone(&self) -> Self {
        self.0.writers.set(self.0.writers.get() + 1);
        PipeWriter(self.0.clone())
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.writers.set(self.0.writers.get() - 1);
        self.0.wake();
    }
}

/// A new pipe.
pub(super) fn pipe(ready: &Ready) -> (PipeReader, PipeWriter) {
    let pipe = Rc::new(Pipe {
        bytes: RefCell::default(),
        readers: Cell::new(1),
        writers: Cell::new(1),
        waiting: RefCell::default(),
        ready: ready.clone(),
    });
    (PipeReader(pipe.clone()), PipeWriter(pipe))
}

/// A piece of what programs wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// When.
    pub at: Time,
    /// To which of the two outputs.
    pub channel: Channel,
    /// What, as text.
    pub text: String,
}

/// What a program has written, kept, and handed on to whoever follows.
#[derive(Debug, Default)]
pub struct Record {
    /// What was written.
    pub pieces: RefCell<Vec<Piece>>,
    followers: RefCell<Vec<(u64, [Stream; 2])>>,
    /// How many have followed.
    followed: Cell<u64>,
}

/// Somebody who follows a record, until this is dropped.
#[derive(Debug)]
pub struct Follow {
    record: Rc<Record>,
    number: u64,
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.record.followers.borrow_mut().retain(|(number, _)| *number != self.number);
    }
}

/// Pieces that a record keeps.
const MAX_PIECES: usize = 20_000;

impl Record {
    /// Hands on what will be written, to a standard output and a standard error.
    pub fn follow(self: &Rc<Record>, streams: [Stream; 2]) -> Follow {
        let number = self.followed.replace(self.followed.get() + 1);
        self.followers.borrow_mut().push((number, streams));
        Follow { record: self.clone(), number }
    }

    /// Hands nothing on any more.
    pub fn forget_followers(&self) {
        self.followers.borrow_mut().clear();
    }

    pub(super) fn followers(&self, channel: Channel) -> Vec<Stream> {
        let at = usize::from(channel != Channel::Out);
        self.followers.borrow().iter().map(|(_, streams)| streams[at].clone()).collect()
    }

    /// Keeps a piece.
    pub(super) fn push(&self, at: Time, channel: Channel, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut pieces = self.pieces.borrow_mut();
        let is_full = pieces.len() >= MAX_PIECES;
        match pieces.last_mut() {
            // A line may come in parts.
            Some(last) if last.channel == channel && !last.text.ends_with('\n') => {
                last.text += &text;
            }
            _ if is_full => {}
            _ => pieces.push(Piece { at, channel, text }),
        }
    }
}

/// What a terminal is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A user sits at it, and sees what is written.
    User,
    /// A program is behind it (`pty(7)`): what is typed is shown on this stream.
    Inner(Stream),
    /// No terminal at all: bytes on their way to a program (`docker run -i`).
    Bytes,
}

/// A place into which lines are typed, and on which programs write.
#[derive(Debug)]
pub struct Terminal {
    pub(super) kind: Kind,
    pub(super) raw: Cell<bool>,
    pub(super) written: RefCell<Vec<Piece>>,
    pub(super) size: Cell<usize>,
    pub(super) typed: RefCell<VecDeque<u8>>,
    pub(super) closed: Cell<bool>,
    pub(super) waiting: RefCell<Vec<Task>>,
    pub(super) ready: Ready,
}

/// What a read found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// Nothing will come any more.
    End,
    /// Nothing yet: the task will be woken.
    Nothing,
}

impl Stream {
    /// Takes up to `max` bytes.
    pub(super) fn read(&self, max: usize, task: Task) -> Read {
        let take = |bytes: &mut VecDeque<u8>| {
            let n = bytes.len().min(max);
            Read::Bytes(bytes.drain(..n).collect())
        };
        match self {
            Stream::Null
            | Stream::PipeWriter(_)
            | Stream::Output(..)
            | Stream::Switch(..)
            | Stream::Record(..) => Read::End,
            Stream::Input(bytes) => {
                let mut bytes = bytes.borrow_mut();
                if bytes.is_empty() { Read::End } else { take(&mut bytes) }
            }
            Stream::PipeReader(PipeReader(pipe)) => {
                let mut bytes = pipe.bytes.borrow_mut();
                if !bytes.is_empty() {
                    return take(&mut bytes);
                }
                if pipe.writers.get() == 0 {
                    return Read::End;
                }
                pipe.waiting.borrow_mut().push(task);
                Read::Nothing
            }
            Stream::Terminal(terminal, _) => terminal.read(max, task),
        }
    }

    /// Puts bytes back in front of what is read next.
    pub(super) fn unread(&self, bytes: &[u8]) {
        let put = |queue: &mut VecDeque<u8>| {
            for byte in bytes.iter().rev() {
                queue.push_front(*byte);
            }
        };
        match self {
            Stream::Input(queue) => put(&mut queue.borrow_mut()),
            Stream::PipeReader(PipeReader(pipe)) => put(&mut pipe.bytes.borrow_mut()),
            Stream::Terminal(terminal, _) => terminal.unread(bytes),
            _ => {}
        }
    }

    /// Writes to a pipe or terminal; `EPIPE` if nobody reads any more.
    pub(super) fn write(&self, at: Time, bytes: &[u8]) -> Result<(), Errno> {
        match self {
            Stream::PipeWriter(PipeWriter(pipe)) => {
                if pipe.readers.get() == 0 {
                    return Err(Errno::EPIPE);
                }
                let mut queue = pipe.bytes.borrow_mut();
                if queue.len() + bytes.len() > MAX_OUTPUT {
                    return Err(Errno::ENOSPC);
                }
                queue.extend(bytes);
                drop(queue);
                pipe.wake();
                Ok(())
            }
            Stream::Terminal(terminal, channel) => {
                terminal.write(at, *channel, bytes);
                Ok(())
            }
            Stream::Null | Stream::Output(..) | Stream::Switch(..) | Stream::Record(..) => Ok(()),
            Stream::PipeReader(_) | Stream::Input(_) => Err(Errno::EBADF),
        }
    }
}
