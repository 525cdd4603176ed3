//! `tcpdump` 4.99: frames that a packet socket sees, or those of a file, filtered ([`filter`]) and
//! printed ([`print`]) or written ([`savefile`]).
//!
//! Differs: names of hosts come from `/etc/hosts` only, and those of IPv6 are not looked up; a capture on
//! all devices cannot be written.

mod clock;
pub mod filter;
mod options;
mod print;
mod savefile;

use crate::engine::Time;
use crate::kernel::socket::Sniffed;
use crate::kernel::sys::dump::LinkView;
use crate::kernel::{Capability, Direction, Errno, LinkId};
use crate::process::proc::{Either, Proc, select};
use crate::process::signal::Signal;
use crate::process::socket::Packet;
use crate::process::stream::{Channel, Stream};
use crate::wire::{BROADCAST_MAC, ethernet, is_multicast_mac};

use super::{Failure, conclude, resolver};
use clock::{Clock, Moment};
use filter::{Filter, View};
use options::{Settings, Way};
use print::{Printer, cooked_link, dump};
use savefile::Wrong;

/// All protocols (`ETH_P_ALL`).
const ALL_PROTOCOLS: u16 = 3;
/// What a capture on all devices has in place of an Ethernet header.
const COOKED_LEN: usize = 20;

/// `tcpdump`.
pub async fn tcpdump(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("tcpdump", 1, sentence)
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc)?;
    if settings.lists {
        list(proc);
        return Ok(0);
    }
    match &settings.read {
        Some(path) => read(proc, &settings, path),
        None => capture(proc, &settings).await,
    }
}

fn compile(proc: &Proc, text: &str) -> Result<Filter, Failure> {
    let resolve = |name: &str| {
        resolver::in_hosts(proc, name).map(|found| found.addresses).unwrap_or_default()
    };
    filter::parse(text, &resolve).map_err(failure)
}

/// `-D`: the devices.
fn list(proc: &Proc) {
    let links = proc.sys(|sys| sys.links());
    let (up, down): (Vec<&LinkView>, Vec<&LinkView>) = links.iter().partition(|link| link.up);
    let any = "any (Pseudo-device that captures on all interfaces) [Up, Running]".to_owned();
    let describe = |link: &&LinkView| {
        let mut state = Vec::new();
        state.extend(link.up.then_some("Up"));
        state.extend((link.up && link.carrier).then_some("Running"));
        if link.name == "lo" {
            state.push("Loopback");
        } else if link.up {
            state.push(if link.carrier { "Connected" } else { "Disconnected" });
        }
        let state =
            if state.is_empty() { String::new() } else { format!(" [{}]", state.join(", ")) };
        format!("{}{state}", link.name)
    };
    let is_loopback = |link: &&&LinkView| link.name == "lo";
    let lines = up
        .iter()
        .filter(|link| !is_loopback(link))
        .map(describe)
        .chain([any])
        .chain(up.iter().filter(is_loopback).map(describe))
        .chain(down.iter().map(describe));
    for (number, line) in lines.enumerate() {
        proc.print(&format!("{}.{line}\n", number + 1));
    }
}

/// `-r`: the frames of a file.
fn read(proc: &Proc, settings: &Settings, path: &str) -> Result<i32, Failure> {
    let bytes = proc.read_file(path).map_err(|errno| failure(format!("{path}: {errno}")))?;
    let (snapshot, records) = savefile::read(&bytes).map_err(|wrong| match wrong {
        Wrong::Format => failure("unknown file format"),
        Wrong::Truncated => {
            let len = bytes.len();
            failure(format!("truncated dump file; tried to read 4 header bytes, only got {len}"))
        }
        Wrong::LinkType(kind) => failure(format!("link type {kind} is not simulated by netsim")),
    })?;
    proc.eprint(&format!(
        "reading from file {path}, link-type EN10MB (Ethernet), snapshot length {snapshot}\n"
    ));
    let filter = compile(proc, &settings.filter)?;
    let mut output = Output::new(proc, settings)?;
    for record in records {
        let view = View { frame: &record.bytes, len: record.len, direction: None, is_live: false };
        if filter.accepts(&view) {
            output.take(record.at, &record.bytes, record.len, "");
            if settings.count.is_some_and(|count| output.taken >= count) {
                break;
            }
        }
    }
    Ok(0)
}

/// Where frames come from: one device, or all.
enum Source {
    Device(LinkId, String),
    Any,
}

impl Source {
    /// The device that was named, or the first that is up.
    fn find(proc: &Proc, name: Option<&str>) -> Result<Source, Failure> {
        let links = proc.sys(|sys| sys.links());
        let found = match name {
            Some("any") => return Ok(Source::Any),
            Some(name) => links.iter().find(|link| link.name == name).ok_or_else(|| {
                let text =
                    format!("tcpdump: {name}: No such device exists\n(No such device exists)\n");
                Failure::said(text, 1)
            })?,
            None => match links.iter().find(|link| link.up && link.name != "lo") {
                Some(link) => link,
                None => return Ok(Source::Any),
            },
        };
        if !found.up {
            return Err(failure(format!("{}: That device is not up", found.name)));
        }
        Ok(Source::Device(found.id, found.name.clone()))
    }

    /// Whether this process may listen at all.
    fn check_permission(&self, proc: &Proc) -> Result<(), Failure> {
        let name = match self {
            Source::Device(_, name) => name,
            Source::Any => "any",
        };
        proc.sys(|sys| sys.demand(Capability::NET_RAW)).map_err(|errno| {
            let why = "You don't have permission to perform this capture on that device";
            Failure::said(format!("tcpdump: {name}: {why}\n(socket: {errno})\n"), 1)
        })
    }
}

async fn capture(proc: &Proc, settings: &Settings) -> Result<i32, Failure> {
    let source = Source::find(proc, settings.device.as_deref())?;
    source.check_permission(proc)?;
    if matches!(source, Source::Any) && settings.write.is_some() {
        return Err(failure("-w for all devices is not simulated by netsim"));
    }
    let filter = compile(proc, &settings.filter)?;
    let (link, name, link_type) = match &source {
        Source::Device(link, name) => (Some(*link), name.as_str(), "EN10MB (Ethernet)"),
        Source::Any => (None, "any", "LINUX_SLL2 (Linux cooked v2)"),
    };
    if link.is_none() {
        proc.eprint("tcpdump: data link type LINUX_SLL2\n");
    }
    let is_quiet = settings.style.verbose == 0 && settings.write.is_none();
    proc.eprint(if is_quiet {
        "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
    } else {
        "tcpdump: "
    });
    let snapshot = settings.snapshot;
    proc.eprint(&format!(
        "listening on {name}, link-type {link_type}, snapshot length {snapshot} bytes\n"
    ));
    let mut output = Output { is_cooked: link.is_none(), ..Output::new(proc, settings)? };
    let socket = Packet::open(proc, link, ALL_PROTOCOLS)
        .map_err(|errno| failure(format!("{name}: {errno}")))?;
    for signal in [Signal::Int, Signal::Term, Signal::Hup] {
        proc.catch(signal);
    }
    let ended = select(listen(proc, settings, &filter, &socket, &mut output), proc.next_signal());
    let is_interrupted = match ended.await {
        Either::First(Err(errno)) => return Err(failure(format!("{name}: {errno}"))),
        Either::First(Ok(())) => false,
        Either::Second(_) => true,
    };
    if is_interrupted && settings.write.is_none() {
        proc.print("\n");
    }
    let taken = output.taken;
    let plural = if taken == 1 { "" } else { "s" };
    proc.eprint(&format!(
        "{taken} packet{plural} captured\n{taken} packet{plural} received by filter\n\
         0 packets dropped by kernel\n"
    ));
    Ok(0)
}

/// Takes frames until there are enough.
async fn listen(
    proc: &Proc,
    settings: &Settings,
    filter: &Filter,
    socket: &Packet,
    output: &mut Output<'_>,
) -> Result<(), Errno> {
    loop {
        let sniffed = socket.recv().await?;
        let is_wanted = match settings.way {
            Way::Both => true,
            Way::In => sniffed.direction == Direction::In,
            Way::Out => sniffed.direction == Direction::Out,
        };
        let len = sniffed.bytes.len();
        let frame = &sniffed.bytes[..len.min(settings.snapshot)];
        let direction = Some(sniffed.direction);
        let view = View { frame, len, direction, is_live: true };
        if !is_wanted || !filter.accepts(&view) {
            continue;
        }
        let place = if output.is_cooked { place(proc, &sniffed) } else { String::new() };
        let at = Moment::after(proc.epoch(), sniffed.at.since(Time::ZERO));
        output.take(at, frame, len, &place);
        if settings.count.is_some_and(|count| output.taken >= count) {
            return Ok(());
        }
    }
}

/// `eth0  In  `: the device and the way, as a capture on all devices shows them.
fn place(proc: &Proc, sniffed: &Sniffed) -> String {
    let name = proc.sys(|sys| sys.link_name(sniffed.link));
    let dst = ethernet::dst(&sniffed.bytes);
    let way = match sniffed.direction {
        Direction::Out => "Out",
        Direction::In if dst == BROADCAST_MAC => "B",
        Direction::In if is_multicast_mac(dst) => "M",
        Direction::In => "In",
    };
    format!("{name:<5} {way:<3} ")
}

/// Where frames go.
struct Output<'a> {
    settings: &'a Settings,
    proc: &'a Proc,
    printer: Printer,
    clock: Clock,
    file: Option<Stream>,
    is_cooked: bool,
    taken: u64,
}

impl<'a> Output<'a> {
    fn new(proc: &'a Proc, settings: &'a Settings) -> Result<Output<'a>, Failure> {
        let file = match settings.write.as_deref() {
            None => None,
            Some("-") => Some(proc.stdio(1)),
            Some(path) => Some(
                proc.open_output(path, false)
                    .map_err(|errno| failure(format!("{path}: {errno}")))?,
            ),
        };
        if let Some(file) = &file {
            proc.write_stream(file, &savefile::header(settings.snapshot));
        }
        Ok(Output {
            settings,
            proc,
            printer: Printer::new(proc, settings.style),
            clock: Clock::new(settings.stamp),
            file,
            is_cooked: false,
            taken: 0,
        })
    }

    fn take(&mut self, at: Moment, frame: &[u8], len: usize, place: &str) {
        self.taken += 1;
        if let Some(file) = &self.file {
            self.proc.write_stream(file, &savefile::record(at, frame, len));
            if !self.settings.prints {
                return;
            }
        }
        let number =
            if self.settings.numbers { format!("{:5}  ", self.taken) } else { String::new() };
        let mut text = number + &self.clock.text(at) + place;
        text += &if place.is_empty() {
            self.printer.frame(frame, len)
        } else {
            self.cooked(frame, len)
        };
        if let Some(how) = self.settings.dump {
            let skipped = if self.settings.dumps_link { 0 } else { ethernet::HEADER_LEN };
            text += &dump(frame.get(skipped..).unwrap_or_default(), how);
        }
        self.proc.write_to(Channel::Out, (text + "\n").as_bytes());
    }

    /// A frame without its Ethernet header.
    fn cooked(&mut self, frame: &[u8], len: usize) -> String {
        let kind = ethernet::ethertype(frame);
        let payload = &frame[ethernet::HEADER_LEN..];
        if !self.settings.style.link_level {
            return self.printer.network(kind, payload, true);
        }
        let whole = len - ethernet::HEADER_LEN + COOKED_LEN;
        let link = cooked_link(ethernet::src(frame), kind, whole);
        link + &self.printer.network(kind, payload, false)
    }
}
