//! Plain scripts: one command a line on one bare host, as the recorded kernel cases have them.
//!
//! A line ending in ` &` starts a background job, and the next line follows 250 ms later; `wait` waits
//! for the jobs; `sleep` sleeps. Blank lines and lines that begin with `#` say nothing.

use std::rc::Rc;

use crate::engine::{Seed, Span, Time};
use crate::kernel::{LinkId, Tracing};
use crate::process::{Pid, Signal, Terminal};
use crate::trace::HostId;
use crate::world::{Limits, Platform, Role, World};

/// What the steps of a script printed, and the frames of the devices that were captured.
#[derive(Debug, Default)]
pub struct Played {
    /// `$ command`, its output, `[exit N]`, and so on.
    pub text: String,
    /// The exit status of the last command that failed; zero if none did.
    pub status: i32,
    /// When each command began; its number is its place here, from 1.
    pub starts: Vec<Time>,
}

/// A device to be captured: the namespace and the name. It need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `host`, or a name of `ip netns`.
    pub ns: String,
    /// Its name.
    pub device: String,
}

/// How long one command may take.
const STEP_LIMIT: Span = Span::secs(120);
/// How long after the start of a background job the next line follows.
const JOB_START: Span = Span::millis(250);
/// What a shell needs from the end of one command to the start of the next.
const BETWEEN: Span = Span::millis(1);

/// Reads a capture file: `NAMESPACE DEVICE` a line.
pub fn parse_targets(text: &str) -> Result<Vec<Target>, String> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(n, line)| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [ns, device, ..] => Ok(Target { ns: (*ns).to_owned(), device: (*device).to_owned() }),
            _ => Err(format!("line {}: a namespace and a device were expected: {line}", n + 1)),
        })
        .collect()
}

/// A bare host under which a script can run: `lo` up, IPv6 off, no multicast snooping.
pub fn bare_world(seed: Seed, platform: Platform) -> (World, HostId) {
    let mut world = World::new(seed, platform);
    let host = world.add_host("host", Role::Computer);
    world.sys(host, |sys| sys.snoop_on_new_bridges(false));
    (world, host)
}

struct Job {
    number: usize,
    pid: Pid,
    terminal: Rc<Terminal>,
}

/// Runs a script on a host. `watch` is told of every finished step.
pub fn play(
    world: &mut World,
    host: HostId,
    script: &str,
    targets: &[Target],
    mut watch: impl FnMut(&str),
) -> Played {
    let mut played = Played::default();
    let mut jobs: Vec<Job> = Vec::new();
    for line in script.lines() {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        played.starts.push(world.now());
        let before = played.text.len();
        played.text += &format!("$ {line}\n");
        if line == "wait" {
            for job in &jobs {
                let number = job.number;
                match finish(world, host, job, STEP_LIMIT) {
                    Some(status) => push_job(&mut played, number, job, status),
                    None => played.text += &format!("[job {number}: still running]\n"),
                }
            }
            jobs.retain(|job| world.host(host).processes.status(job.pid).is_none());
        } else if let Some(command) = line.strip_suffix(" &") {
            let terminal = world.terminal(host);
            terminal.close_input();
            let command =
                if command.contains('|') { command.to_owned() } else { format!("exec {command}") };
            let pid = world.start_shell(host, &terminal, &command);
            jobs.push(Job { number: jobs.len() + 1, pid, terminal });
            run_watched(world, host, targets, JOB_START);
        } else if let Some(span) = sleeping(line) {
            run_watched(world, host, targets, span);
        } else {
            let limits = Limits { span: STEP_LIMIT, ..Limits::default() };
            let outcome = world.run_command_within(host, line, limits);
            push_text(&mut played.text, &outcome.text());
            if outcome.status != 0 {
                played.status = outcome.status;
                played.text += &format!("[exit {}]\n", outcome.status);
            }
        }
        let _ = world.run_for(BETWEEN);
        capture(world, host, targets);
        watch(&played.text[before..]);
    }
    let before = played.text.len();
    let _ = world.run_for(Span::millis(150));
    for job in &jobs {
        match world.host(host).processes.status(job.pid) {
            Some(status) => push_job(&mut played, job.number, job, status),
            None => {
                world.end(host, job.pid, Signal::Term);
                let text = job.terminal.take_text();
                played.text += &format!("[job {}, ended by the runner]\n", job.number);
                push_text(&mut played.text, &text);
            }
        }
    }
    let _ = world.run_for(Span::millis(150));
    watch(&played.text[before..]);
    played
}

fn sleeping(line: &str) -> Option<Span> {
    let number = line.strip_prefix("sleep ")?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value: f64 = number.parse().ok().filter(|_| is_number)?;
    Some(Span::from_secs_f64(value))
}

fn push_text(out: &mut String, text: &str) {
    *out += text;
    if !text.is_empty() && !text.ends_with('\n') {
        out.push('\n');
    }
}

fn push_job(played: &mut Played, number: usize, job: &Job, status: i32) {
    played.text += &format!("[job {number}]\n");
    push_text(&mut played.text, &job.terminal.take_text());
    if status != 0 {
        played.text += &format!("[exit {status}]\n");
    }
}

/// Runs until a job has ended; its status.
fn finish(world: &mut World, host: HostId, job: &Job, span: Span) -> Option<i32> {
    let limits = Limits { span, ..Limits::default() };
    // Whether it is done is asked below.
    let _ =
        world.run_until_done(limits, |world| world.host(host).processes.status(job.pid).is_some());
    world.host(host).processes.status(job.pid)
}

fn run_watched(world: &mut World, host: HostId, targets: &[Target], span: Span) {
    // Devices made by a job are captured as soon as they can be.
    capture(world, host, targets);
    let _ = world.run_for(span);
}

/// Captures the targets that exist by now.
fn capture(world: &mut World, host: HostId, targets: &[Target]) {
    if targets.is_empty() {
        return;
    }
    let kernel = world.host(host).kernel();
    let found: Vec<LinkId> = kernel
        .link_names()
        .filter(|(_, name, ns)| {
            let label = kernel.name_of_namespace(*ns);
            targets.iter().any(|target| target.ns == label && target.device == *name)
        })
        .map(|(id, ..)| id)
        .collect();
    for link in found {
        world.capture(host, link);
    }
}

/// The number of the command that was running at a time, from 1.
pub fn step_at(starts: &[Time], at: Time) -> usize {
    starts.partition_point(|start| *start <= at)
}

/// Scripts need no trace.
pub fn without_trace(world: &mut World) {
    world.set_tracing(Tracing::Off);
}
