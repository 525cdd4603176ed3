//! Output and input.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;

use crate::kernel::Errno;
use crate::process::files;
use crate::process::signal::Signal;
use crate::process::stream::{self, Channel, PipeReader, PipeWriter, Read, Stream, Terminal};

use super::files::switch_name;
use super::{Proc, sysfs};

impl Proc {
    /// Writes to standard output.
    pub fn print(&self, text: &str) {
        self.write_to(Channel::Out, text.as_bytes());
    }

    /// Writes to standard error.
    pub fn eprint(&self, text: &str) {
        self.write_to(Channel::Err, text.as_bytes());
    }

    /// Writes bytes.
    pub fn write_to(&self, channel: Channel, bytes: &[u8]) {
        let fd = if channel == Channel::Out { 1 } else { 2 };
        let stream = self.spawned(|spawn| spawn.stdio[fd].clone());
        self.write_stream(&stream, bytes);
    }

    /// Writes bytes to a stream; a pipe that nobody reads any more ends the process.
    pub fn write_stream(&self, stream: &Stream, bytes: &[u8]) {
        let result = match stream {
            Stream::Output(root, path) => {
                let bytes_written = self.with_root(*root, |root| root.tree.append(path, bytes));
                bytes_written.unwrap_or(Ok(()))
            }
            Stream::Record(record, channel) => {
                record.push(self.now(), *channel, bytes);
                for follower in &record.followers(*channel) {
                    self.write_stream(follower, bytes);
                }
                Ok(())
            }
            Stream::Switch(ns, name) => {
                let value = String::from_utf8_lossy(bytes);
                let set = self.sys_in(*ns, |sys| sys.sysctl_set(name, value.trim()));
                if let Err(errno) = set {
                    self.eprint(&format!("sh: write error: {errno}\n"));
                }
                Ok(())
            }
            stream => stream.write(self.now(), bytes),
        };
        if result == Err(Errno::EPIPE) {
            let _ = self.runtime.kill(self.pid, Signal::Pipe);
        }
    }

    /// Its standard input, output (1) or error (2).
    pub fn stdio(&self, fd: usize) -> Stream {
        self.spawned(|spawn| spawn.stdio[fd.min(2)].clone())
    }

    /// Changes standard input, output (1) or error (2).
    pub fn set_stdio(&self, fd: usize, stream: Stream) {
        let old = self.spawned(|spawn| std::mem::replace(&mut spawn.stdio[fd.min(2)], stream));
        drop(old);
    }

    /// Reads some bytes of standard input; empty at the end.
    pub async fn read(&self, max: usize) -> Vec<u8> {
        self.read_from(&self.stdio(0), max).await
    }

    /// Reads some bytes of a stream; empty at the end.
    pub async fn read_from(&self, stream: &Stream, max: usize) -> Vec<u8> {
        let read = self.until(|proc| match stream.read(max, proc.task()) {
            Read::Bytes(bytes) => Poll::Ready(bytes),
            Read::End => Poll::Ready(Vec::new()),
            Read::Nothing => Poll::Pending,
        });
        let bytes = read.await;
        if let Stream::Terminal(terminal, _) = stream
            && let Some(screen) = terminal.screen()
        {
            self.write_stream(&screen, &bytes);
        }
        bytes
    }

    /// The terminal from which it reads, if it is one.
    pub fn keyboard(&self) -> Option<Rc<Terminal>> {
        match self.stdio(0) {
            Stream::Terminal(terminal, _) if terminal.is_terminal() => Some(terminal),
            _ => None,
        }
    }

    /// A new terminal for other programs, with what is typed shown on `screen`; without a screen only a
    /// way for bytes.
    pub fn terminal_new(&self, screen: Option<Stream>) -> Rc<Terminal> {
        Terminal::inner(&self.runtime.ready, screen)
    }

    /// Passes bytes on into a terminal.
    pub fn type_into(&self, terminal: &Terminal, bytes: &[u8]) {
        terminal.feed(bytes);
    }

    /// Reads a line of standard input, without its end; `None` at the end.
    pub async fn read_line(&self) -> Option<String> {
        self.read_line_from(&self.stdio(0)).await
    }

    /// Reads a line of a stream, without its end; `None` at the end.
    pub async fn read_line_from(&self, stream: &Stream) -> Option<String> {
        let mut line = Vec::new();
        loop {
            let bytes = self.read_from(stream, 4096).await;
            if bytes.is_empty() {
                let text = String::from_utf8_lossy(&line).into_owned();
                return (!line.is_empty()).then_some(text);
            }
            if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&bytes[..at]);
                stream.unread(&bytes[at + 1..]);
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            line.extend_from_slice(&bytes);
        }
    }

    /// Reads all of standard input.
    pub async fn read_all(&self) -> Vec<u8> {
        self.read_all_from(&self.stdio(0)).await
    }

    /// Reads all of a stream.
    pub async fn read_all_from(&self, stream: &Stream) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let bytes = self.read_from(stream, 65536).await;
            if bytes.is_empty() || all.len() > files::MAX_FILE {
                return all;
            }
            all.extend_from_slice(&bytes);
        }
    }

    /// A stream from which these bytes are read.
    pub fn input(&self, bytes: Vec<u8>) -> Stream {
        Stream::Input(Rc::new(RefCell::new(bytes.into())))
    }

    /// Opens a file for reading.
    pub fn open_input(&self, path: &str) -> Result<Stream, Errno> {
        self.read_file(path).map(|bytes| self.input(bytes))
    }

    /// Opens a file for writing, at its end or anew.
    pub fn open_output(&self, path: &str, append: bool) -> Result<Stream, Errno> {
        let path = self.absolute(path);
        match path.as_str() {
            "/dev/stdout" => return Ok(self.stdio(1)),
            "/dev/stderr" => return Ok(self.stdio(2)),
            _ => {}
        }
        if let Some(switch) = path.strip_prefix("/proc/sys/") {
            if !self.may_set_switches() {
                return Err(Errno::EROFS);
            }
            return Ok(Stream::Switch(self.ns(), switch_name(switch).into()));
        }
        if sysfs::below(&path).is_some() {
            return Err(Errno::EROFS);
        }
        let path = self.files(|tree| {
            let path = tree.resolve(&path, true)?;
            if append {
                tree.append(&path, &[])?;
            } else {
                tree.write(&path, Vec::new())?;
            }
            Ok(path)
        })?;
        Ok(Stream::Output(self.root(), path.into()))
    }

    /// A new pipe.
    pub fn pipe(&self) -> (PipeReader, PipeWriter) {
        stream::pipe(&self.runtime.ready)
    }
}
