//! `dmesg`: the kernel's log, where `LOG` rules write, after util-linux.

use crate::process::Proc;
use crate::process::calendar::Calendar;
use crate::process::programs::not_simulated;

const USAGE: &str = "
Usage:
 dmesg [options]

Display or control the kernel ring buffer.

Options:
 -T, --ctime                 show human-readable timestamp
 -t, --notime                don't show any timestamp with messages
 -h, --help                  display this help
";

/// How times are told.
#[derive(Clone, Copy)]
enum Times {
    /// Seconds since the machine started.
    Running,
    /// As a calendar has it.
    Calendar,
    /// Not at all.
    No,
}

/// `dmesg`.
pub async fn dmesg(proc: Proc) -> i32 {
    let mut times = Times::Running;
    for word in proc.args() {
        match word.as_str() {
            "-T" | "--ctime" => times = Times::Calendar,
            "-t" | "--notime" => times = Times::No,
            "-h" | "--help" => {
                proc.print(USAGE);
                return 0;
            }
            other if other.starts_with('-') => {
                not_simulated(&proc, "dmesg", other);
                return 1;
            }
            _ => {
                proc.eprint("dmesg: bad usage\nTry 'dmesg --help' for more information.\n");
                return 1;
            }
        }
    }
    let lines = proc.sys(|sys| sys.dmesg().to_vec());
    for (at, line) in lines {
        let (seconds, micros) = (at.as_micros() / 1_000_000, at.as_micros() % 1_000_000);
        proc.print(&match times {
            Times::Running => format!("[{seconds:5}.{micros:06}] {line}\n"),
            Times::Calendar => {
                let when = Calendar::of(proc.epoch() as f64 + seconds as f64).ctime();
                format!("[{when}] {line}\n")
            }
            Times::No => format!("{line}\n"),
        });
    }
    0
}
