//! Long runs of the random checks: `trials isolation`, `trials differential`. One line of JSON a case on
//! standard output; the results of several machines are put together by `cat`, and counted by
//! `trials count FILE…`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::{fs, io};

use clap::{Args, Parser};
use netsim_tests::differential::{self, Difference, real, shrink};
use netsim_tests::isolation;
use netsim_tests::long::{self, Partition};
use serde_json::{Value, json};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// Random checks of the simulator, as many as you like.
#[derive(Parser)]
enum Trials {
    /// Random clusters against Docker's rules.
    Isolation(Settings),
    /// Random labs against the real kernel; needs root, iproute2, iptables, ping and nc.
    Differential(Settings),
    /// Counts the results in files.
    Count {
        /// What `trials` printed.
        files: Vec<PathBuf>,
    },
}

#[derive(Args)]
struct Settings {
    /// How many cases.
    #[arg(long, default_value_t = 20)]
    cases: u64,
    /// A thousand cases.
    #[arg(long, conflicts_with = "cases")]
    long: bool,
    /// The number of the first case.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Only this share of the cases: I/N, for several machines.
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    partition: Partition,
    /// How many at once; as many as there are cores, if you do not say.
    #[arg(long)]
    jobs: Option<usize>,
    /// Where cases that fail are written.
    #[arg(long, default_value = "target/trials")]
    out: PathBuf,
    /// Whether bridges of the real kernel have VLANs.
    #[arg(skip)]
    has_vlans: bool,
}

fn main() -> ExitCode {
    let stop = Arc::new(AtomicBool::new(false));
    // Cases that have begun are finished; a second Ctrl-C does not wait.
    let second = flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop));
    if let Err(error) = second.and_then(|_| flag::register(SIGINT, Arc::clone(&stop))) {
        eprintln!("trials: Ctrl-C will not end this cleanly: {error}");
    }
    match Trials::parse() {
        Trials::Isolation(settings) => settings.run(&stop, isolation_case),
        Trials::Differential(_) if !real::is_possible() => {
            eprintln!("trials: this needs root, network namespaces, iproute2 and iptables");
            ExitCode::from(2)
        }
        Trials::Differential(mut settings) => {
            // The real kernel is waited for most of the time.
            settings.jobs = settings.jobs.or(Some(8 * cores()));
            settings.has_vlans = real::has_vlans();
            settings.run(&stop, differential_case)
        }
        Trials::Count { files } => count(&files),
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Settings {
    fn run(&self, stop: &AtomicBool, case: fn(u64, &Settings) -> Value) -> ExitCode {
        let cases = if self.long { 1000 } else { self.cases };
        let numbers = self.partition.of(self.first..self.first + cases).collect();
        let mut failures = 0;
        let tell = |_, result: Value| {
            println!("{result}");
            failures += u64::from(result["agrees"] != true);
        };
        let jobs = self.jobs.unwrap_or_else(cores);
        let done = long::run(numbers, jobs, stop, |number| case(number, self), tell);
        eprintln!("{done} cases, {failures} of them fail");
        if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.out.join(name);
        let written = fs::create_dir_all(&self.out).and_then(|()| fs::write(&path, text));
        if let Err(error) = written {
            eprintln!("trials: {}: {error}", path.display());
        }
        path
    }
}

fn isolation_case(number: u64, settings: &Settings) -> Value {
    match isolation::case(number) {
        Ok(asked) => json!({ "case": number, "agrees": true, "asked": asked }),
        Err(failure) => {
            let path = settings.write(&format!("isolation-{number}.md"), &failure.lesson);
            let what = failure.disagreement.to_string();
            json!({ "case": number, "agrees": false, "what": what, "file": path })
        }
    }
}

/// What differs a second time, too: on a busy machine the real kernel is late now and then.
fn differs_again(script: &str, folder: &Path) -> io::Result<Vec<Difference>> {
    match differential::differences(script, folder)? {
        found if found.is_empty() => Ok(found),
        _ => differential::differences(script, folder),
    }
}

fn differential_case(number: u64, settings: &Settings) -> Value {
    let script = differential::script(number, settings.has_vlans);
    let folder = std::env::temp_dir().join(format!("netsim-trial-{}-{number}", std::process::id()));
    match differs_again(&script, &folder) {
        Err(error) => json!({ "case": number, "agrees": false, "what": error.to_string() }),
        Ok(found) if found.is_empty() => {
            let asked = script.lines().filter(|line| line.ends_with(" &")).count();
            json!({ "case": number, "agrees": true, "asked": asked })
        }
        Ok(_) => {
            let short = shrink::shrink(&script, &folder);
            let found = differential::differences(&short, &folder).unwrap_or_default();
            let path = settings.write(&format!("differential-{number}.sh"), &short);
            let what: Vec<Value> = found
                .iter()
                .map(|d| json!({ "line": d.line, "kernel": d.kernel, "simulator": d.simulator }))
                .collect();
            json!({ "case": number, "agrees": false, "what": what, "file": path })
        }
    }
}

fn count(files: &[PathBuf]) -> ExitCode {
    let (mut cases, mut asked, mut failures) = (0_u64, 0_u64, Vec::new());
    for path in files {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("trials: {}: {error}", path.display());
                return ExitCode::from(2);
            }
        };
        for result in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            cases += 1;
            asked += result["asked"].as_u64().unwrap_or(0);
            if result["agrees"] != true {
                failures.push(result["case"].to_string());
            }
        }
    }
    println!("{cases} cases, {asked} questions, {} fail: {}", failures.len(), failures.join(" "));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
