//! Recordings of a real Linux kernel: scripts, what their commands printed, and what was on the wires.
//!
//! A case is a folder: `script.sh`, `capture.txt` (`NAMESPACE DEVICE` a line), `stdout.txt`, and for
//! each captured device `NAMESPACE.DEVICE.frames`: its first line `spread MS` tells by how much the
//! times of several recordings differed; then one frame a line, `STEP MS in|out HEX`. Of its time counts
//! how long it came after the frame before it in the same step.

mod normal;
mod normal6;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use netsim_sim::engine::Seed;
use netsim_sim::kernel::Direction;
use netsim_sim::lesson::script::{self, Played};
use netsim_sim::shell;
use netsim_sim::trace::pcap::Captures;
use netsim_sim::wire::summary;

use normal::Normaliser;

/// Differences in time that do not count: scheduling, in milliseconds.
const LEEWAY: f64 = 30.0;

/// A frame on a device.
#[derive(Debug, Clone)]
struct Seen {
    step: usize,
    /// Milliseconds since some start.
    at: f64,
    direction: &'static str,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Device {
    spread: f64,
    frames: Vec<Seen>,
}

/// Plays a case in the simulator and compares: the differences, in words.
pub fn differences(case: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(case.join(name)).expect("a case is complete");
    let targets =
        script::parse_targets(&read("capture.txt")).expect("a capture file is well-formed");
    let (mut world, host) = script::bare_world(Seed(1), shell::platform());
    script::without_trace(&mut world);
    let played = script::play(&mut world, host, &read("script.sh"), &targets, |_| {});
    let mut found: Vec<String> =
        compare_text(&read("stdout.txt"), &played.text).into_iter().collect();
    let simulated = devices(&world.captures, &played);
    let nothing = Device::default();
    for (name, recorded) in recorded_devices(case) {
        let simulated = simulated.get(&name).unwrap_or(&nothing);
        found.extend(compare_frames(&name, &recorded, simulated));
    }
    found
}

fn compare_text(recorded: &str, simulated: &str) -> Option<String> {
    let (mut recorded, mut simulated) = (recorded.lines(), simulated.lines());
    let mut command = "";
    loop {
        let (real, ours) = (recorded.next(), simulated.next());
        command = real.filter(|line| line.starts_with("$ ")).unwrap_or(command);
        match (real, ours) {
            (None, None) => return None,
            _ if real.map(text::normal) == ours.map(text::normal) => {}
            _ => {
                let line = |line: Option<&str>| line.unwrap_or("(nothing more)").to_owned();
                return Some(format!(
                    "output of {command}\n    real:   {}\n    netsim: {}",
                    line(real),
                    line(ours)
                ));
            }
        }
    }
}

/// A frame that counts.
struct Counting<'a> {
    seen: &'a Seen,
    /// What of its bytes counts.
    what: String,
    /// Milliseconds since the one before it in the same step.
    since: f64,
}

fn counting(device: &Device) -> Vec<Counting<'_>> {
    let mut normaliser = Normaliser::default();
    let mut before: Option<&Seen> = None;
    let mut frames = Vec::new();
    for seen in &device.frames {
        if let Some(what) = normaliser.frame(&seen.bytes) {
            let same_step = before.filter(|before| before.step == seen.step);
            let since = same_step.map_or(0.0, |before| seen.at - before.at);
            frames.push(Counting { seen, what, since });
            before = Some(seen);
        }
    }
    frames
}

fn compare_frames(name: &str, recorded: &Device, simulated: &Device) -> Option<String> {
    let (real, ours) = (counting(recorded), counting(simulated));
    let leeway = LEEWAY.max(2.0 * recorded.spread);
    let agree = |n: usize| match (real.get(n), ours.get(n)) {
        (Some(a), Some(b)) => {
            (a.seen.step, a.seen.direction, &a.what) == (b.seen.step, b.seen.direction, &b.what)
                && (a.since - b.since).abs() <= leeway
        }
        _ => false,
    };
    let at = (0..real.len().max(ours.len())).find(|n| !agree(*n))?;
    let tell = |frame: Option<&Counting>| match frame {
        None => "nothing".to_owned(),
        Some(Counting { seen, since, .. }) => {
            let words = summary::summary(&seen.bytes);
            format!("step {}, {since:.0} ms, {}: {words}", seen.step, seen.direction)
        }
    };
    Some(format!(
        "frame {} of {name} ({} recorded, {} simulated)\n    real:   {}\n    netsim: {}",
        at + 1,
        real.len(),
        ours.len(),
        tell(real.get(at)),
        tell(ours.get(at))
    ))
}

fn recorded_devices(case: &Path) -> BTreeMap<String, Device> {
    let mut devices = BTreeMap::new();
    for entry in fs::read_dir(case).expect("a case is a folder") {
        let path = entry.expect("a folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "frames") {
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a recording can be read");
            devices.insert(name, parse(&text).expect("a recording is well-formed"));
        }
    }
    devices
}

fn parse(text: &str) -> Option<Device> {
    let mut lines = text.lines();
    let spread = lines.next()?.strip_prefix("spread ")?.parse().ok()?;
    let frame = |line: &str| {
        let [step, at, direction, hex] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        Some(Seen {
            step: step.parse().ok()?,
            at: at.parse().ok()?,
            direction: if direction == "in" { "in" } else { "out" },
            bytes: (0..hex.len()).step_by(2).map(byte).collect::<Option<_>>()?,
        })
    };
    Some(Device { spread, frames: lines.map(frame).collect::<Option<_>>()? })
}

fn devices(captures: &Captures, played: &Played) -> BTreeMap<String, Device> {
    let mut devices: BTreeMap<String, Device> = BTreeMap::new();
    for captured in &captures.frames {
        let path = &captures.interfaces[captured.interface].name;
        let Some((_, name)) = path.split_once('/') else { continue };
        let name = name.replacen('/', ".", 1);
        let step = script::step_at(&played.starts, captured.at);
        let at = captured.at.as_secs_f64() * 1000.0;
        let direction = if captured.direction == Direction::In { "in" } else { "out" };
        let bytes = captured.frame.bytes.to_vec();
        devices.entry(name).or_default().frames.push(Seen { step, at, direction, bytes });
    }
    devices
}
