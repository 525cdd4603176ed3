//! The real program in a terminal of its own: a whole lesson, and how it leaves the terminal behind.
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::{MouseProtocolMode, Parser};

const F2: &str = "\x1bOQ";
const F8: &str = "\x1b[19~";
const F9: &str = "\x1b[20~";
const F10: &str = "\x1b[21~";
const SHIFT_TAB: &str = "\x1b[Z";
const RIGHT: &str = "\x1b[C";
const ESCAPE: &str = "\x1b";

/// How long it is waited for output.
const TICK: Duration = Duration::from_millis(100);

/// How long something may take on a busy machine, in waits of a tenth of a second.
const PATIENCE: usize = 1200;

/// netsim in a terminal.
struct Desk {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    /// Nobody reads any more: with its writer gone, too, the terminal is lost.
    lost: Arc<AtomicBool>,
    parser: Parser,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}

impl Desk {
    fn open(arguments: &[&str], data: &Path) -> Desk {
        Desk::open_with(arguments, |command| command.env("NETSIM_DATA_DIR", data))
    }

    // Somebody has to read while the test looks.
    #[allow(clippy::disallowed_methods)]
    fn open_with(arguments: &[&str], change: impl FnOnce(&mut CommandBuilder)) -> Desk {
        let (rows, columns) = (50, 160);
        let pair = native_pty_system().openpty(size(rows, columns)).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_netsim"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        for name in ["LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR"] {
            command.env_remove(name);
        }
        change(&mut command);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("it can be read");
        let (sender, output) = channel();
        let lost = Arc::new(AtomicBool::new(false));
        let is_lost = Arc::clone(&lost);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let is_read = sender.send(bytes[..count].to_vec()).is_ok();
                if !is_read || is_lost.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().expect("it can be written");
        Desk {
            child,
            master: Some(pair.master),
            writer: Some(writer),
            output,
            lost,
            parser: Parser::new(rows, columns, 0),
        }
    }

    fn press(&mut self, keys: &str) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer.write_all(keys.as_bytes()).expect("it takes keys");
        writer.flush().expect("it takes keys");
    }

    /// Takes what comes within a tenth of a second.
    fn look(&mut self) {
        match self.output.recv_timeout(TICK) {
            Ok(bytes) => {
                self.parser.process(&bytes);
                while let Ok(bytes) = self.output.try_recv() {
                    self.parser.process(&bytes);
                }
            }
            // Nothing will come any more; what else is waited for needs its time.
            #[allow(clippy::disallowed_methods)]
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }

    fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until something holds.
    fn until(&mut self, what: &str, holds: impl Fn(&Desk) -> bool) {
        for _ in 0..PATIENCE {
            if holds(self) {
                return;
            }
            self.look();
        }
        panic!("not in time: {what}\n{}", self.text());
    }

    fn until_text(&mut self, text: &str) {
        self.until(text, |desk| desk.text().contains(text));
    }

    /// The clock in the last line.
    fn clock(&self) -> f64 {
        let text = self.text();
        let last = text.lines().last().unwrap_or_default();
        last.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(-1.0)
    }

    /// Waits for its end; its exit status.
    fn end(&mut self) -> u32 {
        for _ in 0..PATIENCE {
            self.look();
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                self.look();
                return status.exit_code();
            }
        }
        panic!("it does not end:\n{}", self.text());
    }

    /// Nothing of netsim is left in the terminal.
    fn assert_restored(&self) {
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the screen of before is back");
        assert!(!screen.hide_cursor(), "the cursor is seen");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None);
        assert!(!screen.bracketed_paste());
        let modes = self.master.as_ref().and_then(|master| master.get_termios());
        let modes = format!("{:?}", modes.expect("it is a terminal").local_flags);
        assert!(modes.contains("ICANON") && modes.contains("ECHO"), "{modes}");
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Places passed and the step at the one that waits, as kept on disk.
fn kept(data: &Path) -> (u64, u64) {
    let file = data.join("progress/overlay-isolation.json");
    let Ok(text) = fs::read(file) else { return (0, 0) };
    let saved: serde_json::Value = serde_json::from_slice(&text).expect("whole at any moment");
    let number = |name: &str| saved["record"][name].as_u64().expect("a number");
    (number("passed"), number("step"))
}

/// Presses keys of the lesson and waits until that is written down.
fn go_on(desk: &mut Desk, data: &TempDir, keys: &str) {
    let before = kept(data.path());
    desk.press(keys);
    desk.until(&format!("{keys:?} after {before:?}"), |_| kept(data.path()) != before);
}

#[test]
fn a_whole_lesson_is_gone_through_and_the_terminal_is_given_back() {
    let data = tempfile::tempdir().expect("there is room");
    let mut desk = Desk::open(&["tui", "overlay-isolation"], data.path());
    desk.until_text("Two overlays, and the container");
    go_on(&mut desk, &data, F2);
    desk.until_text("2 packets received");
    go_on(&mut desk, &data, "b\r");
    desk.until_text("compared when it has happened");
    for _ in 0..4 {
        go_on(&mut desk, &data, F2);
    }
    desk.until_text("✓ b");
    go_on(&mut desk, &data, "c\r");
    go_on(&mut desk, &data, "c\r");
    for _ in 0..4 {
        go_on(&mut desk, &data, F2);
    }
    desk.until_text("bad address 'test1'");
    desk.until_text("If you chose c");
    go_on(&mut desk, &data, "ab\r");
    for _ in 0..3 {
        go_on(&mut desk, &data, F2);
    }

    // The ping's packets: the way of one, its bytes at each place.
    desk.until_text("ICMP echo request");
    desk.press(SHIFT_TAB);
    desk.until_text("VXLAN");
    desk.press("x");
    desk.until_text("▾ Ethernet 14");
    desk.press(RIGHT);
    desk.until_text("2/");
    desk.press(ESCAPE);
    // An escape and what follows at once would be one key.
    desk.until("its way again", |desk| !desk.text().contains("▾ Ethernet 14"));
    desk.press(ESCAPE);
    desk.until_text("/ filter");
    desk.press(ESCAPE);
    desk.until_text("next step");

    // Who reaches whom, asked on a copy: an answer opens its packets.
    desk.press("o");
    desk.until_text("Who reaches whom");
    desk.until("all answers", |desk| !desk.text().contains("asking") && !desk.text().contains("…"));
    desk.until_text("filtered");
    desk.press("\r");
    desk.until_text("sent on a copy");
    desk.press(ESCAPE);
    desk.until_text("/ filter");
    desk.press(ESCAPE);
    desk.until_text("r ask again");
    desk.press(ESCAPE);
    desk.until_text("next step");

    // One looks back, and goes on again.
    desk.press(F9);
    desk.until_text("the past");
    let before = desk.clock();
    // Some things happen at the same time.
    desk.press(&F9.repeat(30));
    desk.until("earlier", |desk| desk.clock() < before);
    let earlier = desk.clock();
    desk.press(&F8.repeat(20));
    desk.until("later", |desk| desk.clock() > earlier);

    go_on(&mut desk, &data, F2);
    go_on(&mut desk, &data, "b\r");
    for _ in 0..3 {
        go_on(&mut desk, &data, F2);
    }
    go_on(&mut desk, &data, "it would have to forward, and test4 needs a route\r");
    go_on(&mut desk, &data, F2);
    desk.until_text("The lesson ends here");
    desk.until_text("✓ Check: reach test3 -> 10.0.0.2");
    desk.press(F10);
    assert_eq!(desk.end(), 0);
    desk.assert_restored();

    let mut desk = Desk::open(&["tui"], data.path());
    desk.until_text("done");
    desk.press("q");
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}

#[test]
fn a_signal_ends_it_and_the_next_run_goes_on_there() {
    let data = tempfile::tempdir().expect("there is room");
    let mut desk = Desk::open(&["scenario", "overlay-isolation", "--tui"], data.path());
    desk.until_text("Two overlays, and the container");
    go_on(&mut desk, &data, F2);
    go_on(&mut desk, &data, "b\r");
    let pid = desk.child.process_id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("it is sent").success());
    assert_eq!(desk.end(), 128 + 15);
    desk.assert_restored();
    let mut desk = Desk::open(&["tui", "overlay-isolation"], data.path());
    desk.until_text("1 commands were typed before");
    assert_eq!(kept(data.path()), (2, 0));
    go_on(&mut desk, &data, F2);
    desk.press(F10);
    assert_eq!(desk.end(), 0);
}

#[test]
fn it_ends_when_its_terminal_is_lost() {
    let data = tempfile::tempdir().expect("there is room");
    let mut desk = Desk::open(&["tui", "overlay-isolation"], data.path());
    desk.until_text("Two overlays, and the container");
    go_on(&mut desk, &data, F2);
    desk.lost.store(true, Ordering::Relaxed);
    desk.writer = None;
    desk.master = None;
    assert_ne!(desk.end(), 0);
    assert_eq!(kept(data.path()), (1, 0));
}

#[test]
fn without_a_home_it_is_said_that_nothing_is_kept() {
    let data = tempfile::tempdir().expect("there is room");
    let mut desk = Desk::open_with(&["tui"], |command| {
        command.env_remove("HOME");
        command.env_remove("NETSIM_DATA_DIR");
        command.cwd(data.path());
    });
    desk.until_text("no HOME: progress is not kept");
    desk.press("q");
    assert_eq!(desk.end(), 0);
    assert_eq!(fs::read_dir(data.path()).expect("it is there").count(), 0);
}

#[test]
fn any_size_at_any_moment_is_safe() {
    let data = tempfile::tempdir().expect("there is room");
    let mut desk = Desk::open(&["tui"], data.path());
    desk.until_text("choose a lesson");
    desk.press("\r");
    desk.until_text("Machines");
    for (rows, columns) in [(1, 1), (24, 80), (2, 200), (60, 3), (3, 3), (100, 300), (1, 80)] {
        desk.master.as_ref().expect("it is open").resize(size(rows, columns)).expect("it resizes");
        // Help, palette, other panes, one alone.
        for keys in ["?", "?", ":", "\x7f", SHIFT_TAB, "z", SHIFT_TAB, "z"] {
            desk.press(keys);
            desk.look();
        }
    }
    desk.master.as_ref().expect("it is open").resize(size(50, 160)).expect("it resizes");
    desk.until_text("Machines");
    desk.press(F10);
    assert_eq!(desk.end(), 0);
    desk.assert_restored();
}
