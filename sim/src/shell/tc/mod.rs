//! `tc` of iproute2 6.1, as far as it is about `netem` and about the disciplines that devices have by
//! themselves.

mod netem;
mod units;

use super::args::{Args, Failure, Result, abbreviated, abbreviates, finish};
use super::ip::{Options, Tool, is_colour, netns};
use crate::kernel::link::Netem;
use crate::kernel::sys::dump::{KindView, LinkView};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::process::Proc;

const USAGE: &str = include_str!("usage/tc.txt");
const QDISC_USAGE: &str = include_str!("usage/qdisc.txt");

#[derive(Debug, Clone, Copy)]
enum Object {
    Qdisc,
    /// What no device has here: the list is empty.
    Nothing,
    Help,
    NotSimulated(&'static str),
}

const OBJECTS: &[(&str, Object)] = &[
    ("qdisc", Object::Qdisc),
    ("class", Object::Nothing),
    ("filter", Object::Nothing),
    ("chain", Object::Nothing),
    ("actions", Object::NotSimulated("tc actions")),
    ("monitor", Object::NotSimulated("tc monitor")),
    ("exec", Object::NotSimulated("tc exec")),
    ("help", Object::Help),
];

/// `tc`.
pub async fn tc(proc: Proc) -> i32 {
    let words = proc.args();
    finish(&proc, run(&proc, &words))
}

fn run(proc: &Proc, words: &[String]) -> Result<()> {
    let mut args = Args::new(words);
    let options = parse_options(proc, &mut args)?;
    let tool = Tool { proc: proc.clone(), options };
    let Some(word) = args.next() else {
        return Err(Failure { status: 0, ..Failure::usage(USAGE) });
    };
    match abbreviated(word, OBJECTS) {
        Some(Object::Qdisc) => qdisc(&tool, args),
        Some(Object::Nothing) => match args.next() {
            None => Ok(()),
            Some(word) if ["show", "list", "lst"].iter().any(|full| abbreviates(word, full)) => {
                Ok(())
            }
            Some(_) => Err(Failure::not_simulated(format_args!("tc {word}"))),
        },
        Some(Object::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        Some(Object::Help) => Err(Failure { status: 0, ..Failure::usage(USAGE) }),
        None => {
            let line = format!("Object \"{word}\" is unknown, try \"tc help\".");
            Err(Failure::new(line, 255))
        }
    }
}

fn parse_options(proc: &Proc, args: &mut Args) -> Result<Options> {
    let mut options = Options::default();
    while let Some(word) = args.peek() {
        if !word.starts_with('-') {
            break;
        }
        args.next();
        let is = |full: &str| abbreviates(word, full);
        match word {
            _ if is("-stats") || is("-statistics") => options.statistics += 1,
            _ if is("-details") => options.details = true,
            "-raw" | "-pretty" | "-graph" | "-force" => {}
            "-iec" => options.iec = true,
            _ if is("-help") => return Err(Failure { status: 0, ..Failure::usage(USAGE) }),
            _ if is("-Version") => {
                proc.print("tc utility, iproute2-6.1.0, libbpf 1.1.2\n");
                return Err(Failure::silent(0));
            }
            _ if is("-netns") => netns::switch(proc, args.value()?)?,
            _ if is("-Numeric") => options.numeric = true,
            _ if is_colour(word) => {}
            _ if is("-oneline") => options.oneline = true,
            _ if is("-names") || is("-nm") => {}
            _ if is("-json") => return Err(Failure::not_simulated("tc -json")),
            _ if is("-batch") => return Err(Failure::not_simulated("tc -batch")),
            _ => {
                let line = format!("Option \"{word}\" is unknown, try \"tc -help\".");
                return Err(Failure::new(line, 255));
            }
        }
    }
    Ok(options)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Change,
    Replace,
    Delete,
}

#[derive(Debug, Clone, Copy)]
enum Command {
    Modify(Verb),
    Show,
    Help,
    NotSimulated,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify(Verb::Add)),
    ("change", Command::Modify(Verb::Change)),
    ("replace", Command::Modify(Verb::Replace)),
    ("link", Command::NotSimulated),
    ("delete", Command::Modify(Verb::Delete)),
    ("list", Command::Show),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("help", Command::Help),
];

fn qdisc(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => modify(tool, verb, args),
        Some(Command::Show) => show(tool, args),
        Some(Command::NotSimulated) => Err(Failure::not_simulated("tc qdisc link")),
        Some(Command::Help) => Err(Failure { status: 0, ..Failure::usage(QDISC_USAGE) }),
        None => Err(Failure::unknown_command(word, "tc qdisc help")),
    }
}

/// The number before the colon.
fn handle(word: &str) -> Result<u16> {
    let digits = word.strip_suffix(':').unwrap_or(word);
    u16::from_str_radix(digits, 16).map_err(|_| Failure::wrong(word, "invalid qdisc ID"))
}

/// What is said in front of the kind of discipline.
#[derive(Debug, Default)]
struct Place<'a> {
    device: Option<&'a str>,
    handle: u16,
    root: bool,
    kind: Option<&'a str>,
}

fn place<'a>(args: &mut Args<'a>) -> Result<Place<'a>> {
    let mut place = Place::default();
    while let Some(word) = args.next() {
        match word {
            "dev" => {
                let value = args.value()?;
                if place.device.replace(value).is_some() {
                    return Err(Failure::duplicate("dev", value));
                }
            }
            "handle" => {
                if place.handle != 0 {
                    return Err(Failure::duplicate("handle", word));
                }
                place.handle = handle(args.value()?)?;
            }
            "root" if place.root => {
                return Err(Failure::new("Error: \"root\" is duplicate parent ID", 255));
            }
            "root" => place.root = true,
            "parent" | "ingress" | "clsact" => return Err(not_simulated(word)),
            _ if ["estimator", "stab", "ingress_block", "egress_block"]
                .iter()
                .any(|full| abbreviates(word, full)) =>
            {
                return Err(not_simulated(word));
            }
            _ if abbreviates(word, "help") => {
                return Err(Failure { status: 0, ..Failure::usage(QDISC_USAGE) });
            }
            _ => {
                place.kind = Some(word);
                break;
            }
        }
    }
    Ok(place)
}

fn not_simulated(what: &str) -> Failure {
    Failure::not_simulated(format_args!("tc qdisc: {what}"))
}

/// Disciplines that Linux has, and netsim not.
const OTHER_KINDS: &[&str] = &[
    "bfifo",
    "cake",
    "cbq",
    "choke",
    "codel",
    "drr",
    "ets",
    "etf",
    "fq",
    "fq_codel",
    "fq_pie",
    "hfsc",
    "hhf",
    "htb",
    "mq",
    "mqprio",
    "multiq",
    "noqueue",
    "pfifo",
    "pfifo_fast",
    "pie",
    "prio",
    "qfq",
    "red",
    "sfb",
    "sfq",
    "skbprio",
    "taprio",
    "tbf",
];

fn modify(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let place = place(&mut args)?;
    let settings = match place.kind {
        None => None,
        Some("netem") => Some(netem::Settings::parse(args)?),
        Some(kind) if OTHER_KINDS.contains(&kind) => return Err(not_simulated(kind)),
        Some(kind) => match args.next() {
            None => {
                let why = "Specified qdisc kind is unknown";
                return Err(NetlinkError::explained(Errno::ENOENT, why).into());
            }
            Some(word) => {
                let line =
                    format!("Unknown qdisc \"{kind}\", hence option \"{word}\" is unparsable");
                return Err(Failure::new(line, 1));
            }
        },
    };
    let Some(name) = place.device else { return Err(NetlinkError::from(Errno::ENODEV).into()) };
    let id = tool.device(name).ok_or_else(|| no_device(name))?;
    let refused = |errno, why| Err(Failure::from(NetlinkError::explained(errno, why)));
    let old = tool.proc.sys(|sys| sys.link(id)).and_then(|link| link.netem);
    let is_other = |old: &Netem| place.handle != 0 && place.handle != old.handle;
    if verb == Verb::Delete {
        return match old {
            _ if !place.root && place.handle == 0 => {
                refused(Errno::ENOENT, "Failed to find qdisc with specified handle")
            }
            None => refused(Errno::ENOENT, "Cannot delete qdisc with handle of zero"),
            Some(old) if is_other(&old) => refused(Errno::EINVAL, "Invalid handle"),
            Some(_) => Ok(tool.proc.sys(|sys| sys.qdisc_set(id, None))?),
        };
    }
    if !place.root {
        return refused(Errno::EINVAL, "Handle cannot be zero");
    }
    let Some(settings) = settings else {
        return refused(Errno::EINVAL, "Qdisc kind must be specified");
    };
    match (verb, &old) {
        (Verb::Add, Some(_)) => {
            return refused(Errno::EEXIST, "Exclusivity flag on, cannot modify");
        }
        (Verb::Change, None) => {
            let why = "Qdisc not found. To create specify NLM_F_CREATE flag";
            return refused(Errno::ENOENT, why);
        }
        _ => {}
    }
    let fresh = Netem { handle: place.handle, ..Netem::default() };
    let kept = old.filter(|old| !is_other(old)).unwrap_or(fresh);
    let netem = settings.apply(kept);
    Ok(tool.proc.sys(|sys| sys.qdisc_set(id, Some(netem)))?)
}

fn no_device(name: &str) -> Failure {
    Failure::new(format_args!("Cannot find device \"{name}\""), 1)
}

fn show(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut device, mut wanted) = (None, None);
    while let Some(word) = args.next() {
        match word {
            "dev" => device = Some(args.value()?),
            "root" | "invisible" => {}
            "ingress" | "clsact" => return Ok(()),
            _ if abbreviates(word, "parent") => {
                args.value()?;
                return Ok(());
            }
            _ if abbreviates(word, "handle") => wanted = Some(handle(args.value()?)?),
            _ if abbreviates(word, "help") => {
                return Err(Failure { status: 0, ..Failure::usage(QDISC_USAGE) });
            }
            _ => {
                let line = format!("What is \"{word}\"? Try \"tc qdisc help\".");
                return Err(Failure::new(line, 255));
            }
        }
    }
    let device = device.map(|name| tool.device(name).ok_or_else(|| no_device(name))).transpose()?;
    let links = tool.proc.sys(|sys| sys.links());
    // What a device has before it was ever up is not shown.
    let shown = links.iter().filter(|link| {
        let handle = link.netem.as_ref().map_or(0, |netem| netem.handle);
        link.qdisc != "noop"
            && device.is_none_or(|device| link.id == device)
            && wanted.is_none_or(|wanted| wanted == handle)
    });
    let text: String = shown.map(|link| describe(tool, link, device)).collect();
    tool.print(&text);
    Ok(())
}

fn describe(tool: &Tool, link: &LinkView, device: Option<LinkId>) -> String {
    let mut text = format!("qdisc {} ", link.qdisc);
    text += &format!("{:x}: ", link.netem.as_ref().map_or(0, |netem| netem.handle));
    if device.is_none() {
        text += &format!("dev {} ", link.name);
    }
    // One reference for each queue that it serves, and its own.
    let queues = if link.netem.is_some() && matches!(link.kind, KindView::Veth) { 2 } else { 1 };
    text += &format!("root refcnt {} ", queues + 1);
    text += &match (&link.netem, link.qdisc) {
        (Some(netem), _) => netem::describe(netem),
        (None, "fq_codel") => "limit 10240p flows 1024 quantum 1514 target 5ms interval 100ms \
                               memory_limit 32Mb ecn drop_batch 64 "
            .to_owned(),
        (None, _) => String::new(),
    };
    text += tool.newline();
    if tool.options.statistics > 0 {
        let (sent, dropped, waiting) = match &link.netem {
            Some(netem) => (netem.sent, netem.dropped, netem.waiting),
            None => ((0, 0), 0, 0),
        };
        text += &format!(
            " Sent {} bytes {} pkt (dropped {dropped}, overlimits 0 requeues 0) {}",
            sent.1,
            sent.0,
            tool.newline()
        );
        text += &format!(" backlog 0b {waiting}p requeues 0{}", tool.newline());
    }
    if tool.options.oneline { text + "\n" } else { text }
}
