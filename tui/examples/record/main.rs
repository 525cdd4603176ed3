//! Records netsim in a terminal: pictures (SVG) and an asciinema cast, from a script of keys.
//!
//! `record SCRIPT FOLDER NETSIM`. The script has one deed a line:
//!
//! ```text
//! run tui overlay-isolation   start netsim with these arguments
//! wait TEXT                   until the screen has it
//! press F2 Enter b            keys, one after the other
//! type ping 10.0.0.2          characters, as fast as people type
//! rest 1.5                    seconds in which nothing is done
//! picture NAME                FOLDER/NAME.svg of the screen as it is
//! ```

mod cast;
mod keys;
mod svg;

use std::error::Error;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
// A recording has the times of the real clock.
#[allow(clippy::disallowed_types)]
use std::time::{Duration, Instant};
use std::{env, fs};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Parser;

use cast::Cast;

/// Columns and rows of the terminal.
const SIZE: (u16, u16) = (140, 42);

/// How long a text may be waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two characters that are typed.
const TYPING: Duration = Duration::from_millis(70);

/// Between two keys.
const KEY: Duration = Duration::from_millis(400);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A terminal that is recorded.
#[allow(clippy::disallowed_types)]
struct Recorder {
    _child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    /// Progress that nobody keeps.
    _data: TempDir,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: Parser,
    cast: Cast,
    since: Instant,
}

fn main() -> Outcome<()> {
    let [script, folder, netsim] = &env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err("usage: record SCRIPT FOLDER NETSIM".into());
    };
    let folder = PathBuf::from(folder);
    let mut recorder = None;
    for (n, line) in fs::read_to_string(script)?.lines().enumerate() {
        let (deed, what) = line.split_once(' ').unwrap_or((line, ""));
        let done = match (deed, &mut recorder) {
            ("" | "#", _) => Ok(()),
            ("run", None) => Recorder::start(netsim, what).map(|it| recorder = Some(it)),
            (_, Some(recorder)) => recorder.perform(deed, what, &folder),
            _ => Err("the first deed is 'run'".into()),
        };
        done.map_err(|error| format!("{script}:{}: {error}", n + 1))?;
    }
    let recorder = recorder.ok_or("the script does not run anything")?;
    let name = Path::new(script).file_stem().ok_or("the script has no name")?;
    fs::write(folder.join(name).with_extension("cast"), recorder.cast.to_string())?;
    Ok(())
}

impl Recorder {
    // Somebody has to read while the script waits.
    #[allow(clippy::disallowed_methods, clippy::disallowed_types)]
    fn start(netsim: &str, arguments: &str) -> Outcome<Recorder> {
        let (cols, rows) = SIZE;
        let pair = native_pty_system().openpty(PtySize { rows, cols, ..PtySize::default() })?;
        let data = tempfile::tempdir()?;
        let mut command = CommandBuilder::new(netsim);
        command.args(arguments.split_whitespace());
        command.env("NETSIM_DATA_DIR", data.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command)?;
        let mut reader = pair.master.try_clone_reader()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Recorder {
            _child: child,
            writer: pair.master.take_writer()?,
            _master: pair.master,
            _data: data,
            output,
            parser: Parser::new(rows, cols, 0),
            cast: Cast::new(cols, rows),
            since: Instant::now(),
        })
    }

    fn perform(&mut self, deed: &str, what: &str, folder: &Path) -> Outcome<()> {
        match deed {
            "wait" => self.wait(what)?,
            "rest" => self.rest(Duration::from_secs_f64(what.parse()?)),
            "picture" => {
                self.rest(KEY);
                let path = folder.join(what).with_extension("svg");
                fs::write(path, svg::picture(self.parser.screen()))?;
            }
            "press" => {
                for key in what.split_whitespace() {
                    let code = keys::code(key).ok_or_else(|| format!("no key is '{key}'"))?;
                    self.send(&code)?;
                    self.rest(KEY);
                }
            }
            "type" => {
                for c in what.chars() {
                    self.send(c.encode_utf8(&mut [0; 4]))?;
                    self.rest(TYPING);
                }
            }
            _ => return Err(format!("nothing is called '{deed}'").into()),
        }
        Ok(())
    }

    fn send(&mut self, text: &str) -> Outcome<()> {
        self.writer.write_all(text.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    /// Takes what comes for so long.
    #[allow(clippy::disallowed_types)]
    fn rest(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Ok(bytes) = self.output.recv_timeout(left) {
                self.parser.process(&bytes);
                self.cast.add(self.since.elapsed(), &bytes);
            }
        }
    }

    #[allow(clippy::disallowed_types)]
    fn wait(&mut self, text: &str) -> Outcome<()> {
        let end = Instant::now() + PATIENCE;
        while !self.parser.screen().contents().contains(text) {
            if Instant::now() > end {
                let screen = self.parser.screen().contents();
                return Err(format!("'{text}' never came:\n{screen}").into());
            }
            self.rest(KEY / 4);
        }
        Ok(())
    }
}
