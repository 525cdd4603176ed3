//! The command line of `tcpdump`.

use crate::process::proc::Proc;
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::{Failure, not_simulated};

use super::clock::Stamp;
use super::print::{Dump, Style};

const USAGE: &str = include_str!("usage.txt");
const LETTERS: &str = "AbB:c:C:dDeE:fF:G:hHi:IJj:KlLM:nNOpqQ:r:s:StT:uUvV:w:W:xXy:z:Z:#";
const NAMES: &[Long] = &[
    ("interface", Argument::Required, 'i'),
    ("direction", Argument::Required, 'Q'),
    ("snapshot-length", Argument::Required, 's'),
    ("packet-buffered", Argument::None, 'U'),
    ("immediate-mode", Argument::None, 'l'),
    ("no-promiscuous-mode", Argument::None, 'p'),
    ("absolute-tcp-sequence-numbers", Argument::None, 'S'),
    ("number", Argument::None, '#'),
    ("print", Argument::None, 'P'),
    ("list-interfaces", Argument::None, 'D'),
    ("dont-verify-checksums", Argument::None, 'K'),
    ("buffer-size", Argument::Required, 'B'),
    ("linktype", Argument::Required, 'y'),
    ("version", Argument::None, 'h'),
    ("help", Argument::None, 'h'),
];

/// Bytes of a frame that are kept unless `-s` says otherwise.
pub const SNAPSHOT: usize = 262_144;

/// Which frames are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Those that came in.
    In,
    /// Those that went out.
    Out,
    /// All.
    Both,
}

/// What the command line says.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Settings {
    pub device: Option<String>,
    pub style: Style,
    pub dump: Option<Dump>,
    /// Whether a dump begins with the link layer.
    pub dumps_link: bool,
    pub stamp: Stamp,
    pub count: Option<u64>,
    pub snapshot: usize,
    pub way: Way,
    pub numbers: bool,
    pub read: Option<String>,
    pub write: Option<String>,
    pub prints: bool,
    pub lists: bool,
    pub filter: String,
}

fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("tcpdump", 1, sentence)
}

/// Reads the command line.
pub fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let mut settings = Settings {
        device: None,
        style: Style::default(),
        dump: None,
        dumps_link: false,
        stamp: Stamp::Clock,
        count: None,
        snapshot: SNAPSHOT,
        way: Way::Both,
        numbers: false,
        read: None,
        write: None,
        prints: false,
        lists: false,
        filter: String::new(),
    };
    let mut stamps = 0;
    let mut file = None;
    let mut options = Options::with_names(&words, LETTERS, NAMES);
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("tcpdump: {wrong}\n{USAGE}"), 1))?;
        match letter {
            'i' => settings.device = Some(value.to_owned()),
            'n' => settings.style.numeric = true,
            'e' => settings.style.link_level = true,
            'v' => settings.style.verbose += 1,
            'q' => settings.style.quick = true,
            'S' => settings.style.absolute = true,
            't' => stamps += 1,
            'c' => {
                let count = value.parse().ok().filter(|count| *count > 0);
                let invalid = || failure(format!("invalid packet count {value}"));
                settings.count = Some(count.ok_or_else(invalid)?);
            }
            's' => {
                let invalid = |_| failure(format!("invalid snaplen {value}"));
                let length: usize = value.parse().map_err(invalid)?;
                settings.snapshot = if length == 0 { SNAPSHOT } else { length.min(SNAPSHOT) };
            }
            'x' | 'X' | 'A' => {
                let dump = match letter {
                    'x' => Dump::Hexadecimal,
                    'X' => Dump::Both,
                    _ => Dump::Characters,
                };
                settings.dumps_link |= settings.dump == Some(dump);
                settings.dump = Some(dump);
            }
            'Q' => {
                settings.way = match value {
                    "in" => Way::In,
                    "out" => Way::Out,
                    "inout" => Way::Both,
                    _ => return Err(failure(format!("unknown capture direction '{value}'"))),
                };
            }
            'r' => settings.read = Some(value.to_owned()),
            'w' => settings.write = Some(value.to_owned()),
            'F' => file = Some(value),
            '#' => settings.numbers = true,
            'P' => settings.prints = true,
            'D' => settings.lists = true,
            'h' => {
                let head: String = USAGE.split_inclusive('\n').take(3).collect();
                return Err(Failure::said(head, 0));
            }
            // Everything is written at once, and every frame that passes is seen.
            'l' | 'U' | 'p' | 'K' | 'B' | 'Z' | 'u' | 'f' | 'N' | 'O' | 'b' | 'j' => {}
            letter => not_simulated(proc, "tcpdump", &format!("-{letter}")),
        }
    }
    settings.stamp = Stamp::of(stamps);
    settings.filter = match file {
        Some(path) => {
            let bytes = proc.read_file(path);
            let bytes = bytes.map_err(|errno| failure(format!("can't open {path}: {errno}")))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None => options.operands().join(" "),
    };
    Ok(settings)
}
