//! `netsim run`: plays a plain script on one bare host, or a transcript on the hosts of a topology.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use netsim_sim::engine::Seed;
use netsim_sim::kernel::Direction;
use netsim_sim::lesson::script::{self, Played, Target};
use netsim_sim::lesson::transcript;
use netsim_sim::shell;
use netsim_sim::trace::pcap::{Captured, Captures};
use netsim_sim::world::World;
use netsim_sim::world::topology::{Topology, TopologyError};

use super::input::{bad_input, read};
use super::paint;
use crate::text::words::{Lang, fill};

/// Run a plain script on a bare host, or replay a transcript on the hosts of a topology.
///
/// A script is one command a line, as you would type them as root; `… &` starts a job, `wait` waits for
/// the jobs. A transcript has lines `HOST$ command`; it needs --topology.
#[derive(Args)]
pub struct Run {
    /// The script or transcript.
    file: PathBuf,
    /// Devices to capture, one `NAMESPACE DEVICE` a line.
    #[arg(long, value_name = "FILE", requires = "out")]
    capture_file: Option<PathBuf>,
    /// Write stdout.txt and NAMESPACE.DEVICE.raw.jsonl into this directory.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The machines on which a transcript is replayed (TOML).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["capture_file", "out"])]
    topology: Option<PathBuf>,
    /// Say after each command what Docker's engine did for it, as commands that do the same.
    #[arg(long, requires = "topology")]
    explain: bool,
    /// The seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Run {
    /// Does it.
    pub fn run(&self) -> ExitCode {
        let text = match read(&self.file) {
            Ok(text) => text,
            Err(message) => return bad_input(&message),
        };
        if let Some(topology) = &self.topology {
            return match self.replay(&text, topology) {
                Ok(()) => ExitCode::SUCCESS,
                Err(message) => bad_input(&message),
            };
        }
        let targets = match self.targets() {
            Ok(targets) => targets,
            Err(message) => return bad_input(&message),
        };
        let (mut world, host) = script::bare_world(Seed(self.seed), shell::platform());
        script::without_trace(&mut world);
        let quiet = self.out.is_some();
        let played = script::play(&mut world, host, &text, &targets, |step| {
            if !quiet {
                paint::raw(step);
            }
        });
        if let Some(dir) = &self.out
            && let Err(message) = write_results(dir, &world, &played)
        {
            return bad_input(&message);
        }
        tell_storms(&world);
        ExitCode::SUCCESS
    }

    /// Replays a transcript.
    fn replay(&self, text: &str, path: &Path) -> Result<(), String> {
        let source = read(path)?;
        let explain = |error: TopologyError| explain_topology(path, &source, &error);
        let topology = Topology::parse(&source).map_err(explain)?;
        let built = topology.build(Seed(self.seed), shell::platform());
        let mut world = built.map_err(|error| error.to_string())?;
        let lines = transcript::parse(text, |name| world.host_named(name).is_some());
        if lines.is_empty() {
            return Err(format!("{}: no line begins with HOST$", self.file.display()));
        }
        transcript::replay(&mut world, &lines, self.explain, paint::raw);
        tell_storms(&world);
        Ok(())
    }

    fn targets(&self) -> Result<Vec<Target>, String> {
        let Some(path) = &self.capture_file else { return Ok(Vec::new()) };
        script::parse_targets(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// Says beside the output, which must stay as the machines made it, that packets circled.
fn tell_storms(world: &World) {
    if world.storms() > 0 {
        let words = Lang::of_environment().words();
        eprintln!("\nnetsim: {}", fill(words.storms, &[&world.storms()]));
    }
}

/// An error in a topology, with the line and a caret.
fn explain_topology(path: &Path, source: &str, error: &TopologyError) -> String {
    let (Some(line), Some(column)) = (error.line, error.column) else {
        return format!("{}: {error}", path.display());
    };
    let text = source.lines().nth(line - 1).unwrap_or("");
    let caret = " ".repeat(column - 1);
    format!("{}:{line}:{column}: {error}\n  {text}\n  {caret}^", path.display())
}

fn write_results(dir: &Path, world: &World, played: &Played) -> Result<(), String> {
    fs::create_dir_all(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    write(&dir.join("stdout.txt"), &played.text)?;
    for interface in &world.captures.interfaces {
        let parts: Vec<&str> = interface.name.splitn(3, '/').collect();
        let [_, ns, device] = parts.as_slice() else { continue };
        let text = raw_frames(&world.captures, &interface.name, played);
        write(&dir.join(format!("{ns}.{device}.raw.jsonl")), &text)?;
    }
    Ok(())
}

fn raw_frames(captures: &Captures, interface: &str, played: &Played) -> String {
    let mut text = String::new();
    let is_wanted = |frame: &&Captured| captures.interfaces[frame.interface].name == interface;
    for captured in captures.frames.iter().filter(is_wanted) {
        let direction = match captured.direction {
            Direction::In => "in",
            Direction::Out => "out",
        };
        let step = script::step_at(&played.starts, captured.at);
        let hex = captured.frame.bytes.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let t = captured.at.as_secs_f64();
        let line = serde_json::json!({ "t": t, "dir": direction, "step": step, "hex": hex });
        text += &format!("{line}\n");
    }
    text
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
