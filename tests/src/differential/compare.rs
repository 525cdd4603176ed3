//! What both printed, without what may differ: times.

use std::io;
use std::path::Path;

use netsim_sim::engine::{Seed, Span};
use netsim_sim::lesson::script::bare_world;
use netsim_sim::shell;
use netsim_sim::world::Limits;
use regex_lite::Regex;

use super::real;

/// A line of a script and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line.
    pub line: String,
    /// Its exit status.
    pub status: i32,
    /// What it printed.
    pub output: String,
}

/// A line that came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line.
    pub line: String,
    /// What the kernel made of it.
    pub kernel: String,
    /// What the simulator made of it.
    pub simulator: String,
}

/// Runs a script on both; what differs.
///
/// # Errors
///
/// The real kernel could not be asked.
pub fn differences(script: &str, folder: &Path) -> io::Result<Vec<Difference>> {
    let real = real::run(script, folder)?;
    let simulated = simulate(script);
    let pairs = real.into_iter().zip(simulated);
    Ok(pairs
        .filter_map(|(real, simulated)| {
            let (kernel, simulator) = (facts(&real), facts(&simulated));
            (kernel != simulator).then_some(Difference { line: real.line, kernel, simulator })
        })
        .collect())
}

/// Runs a script in the simulator, with the jobs 250 ms apart, too.
pub fn simulate(script: &str) -> Vec<Step> {
    let (mut world, host) = bare_world(Seed(1), shell::platform());
    let mut jobs = Vec::new();
    let mut steps = Vec::new();
    let limits = Limits { span: Span::secs(60), ..Limits::default() };
    for line in script.lines().filter(|line| !line.is_empty()) {
        let mut step = Step { line: line.to_owned(), status: 0, output: String::new() };
        if let Some(command) = line.strip_suffix(" &") {
            let terminal = world.terminal(host);
            terminal.close_input();
            let pid = world.start_shell(host, &terminal, &format!("exec {command}"));
            jobs.push((steps.len(), pid, terminal));
            let _ = world.run_for(Span::millis(250));
        } else if line != "wait" {
            let outcome = world.run_command_within(host, line, limits);
            step.status = outcome.status;
            step.output = outcome.text();
        }
        // A real shell needs a moment for a command.
        let _ = world.run_for(Span::millis(5));
        steps.push(step);
    }
    for (n, pid, terminal) in jobs {
        (steps[n].status, _) = world.wait(host, pid, limits);
        steps[n].output = terminal.take_text();
    }
    steps
}

/// The status and the lines, without times.
fn facts(step: &Step) -> String {
    let times = Regex::new(r"time[= ][0-9.]+ ?ms").expect("the pattern is right");
    let lines = step.output.lines().filter(|line| !line.is_empty() && !line.starts_with("rtt "));
    let mut text = format!("status {}\n", step.status);
    for line in lines {
        text += &format!("{}\n", times.replace_all(line, "time"));
    }
    text
}
