//! `systemctl` and `journalctl`.

use std::rc::Rc;

use crate::process::Proc;
use crate::process::calendar::Calendar;
use crate::process::systemd::{Activity, Systemd, Unit, UnitError};

use super::files::split_flags;

/// `systemctl VERB [UNIT …]`.
pub async fn run(proc: Proc) -> i32 {
    let args = proc.args();
    let (_, words) = split_flags(&args);
    let Some((verb, units)) = words.split_first() else {
        proc.print("UNIT            LOAD   ACTIVE   SUB\n");
        return list(&proc);
    };
    let systemd = Systemd::start(&proc);
    if *verb == "daemon-reload" {
        systemd.reload(&proc);
        return 0;
    }
    if matches!(*verb, "list-units" | "list-unit-files") {
        return list(&proc);
    }
    if *verb == "reboot" {
        return go_down(&proc, &systemd).await;
    }
    if units.is_empty() {
        proc.eprint("Too few arguments.\n");
        return 1;
    }
    let mut status = 0;
    for name in units {
        let name = if name.contains('.') { (*name).to_owned() } else { format!("{name}.service") };
        let one = act(&proc, &systemd, verb, &name).await;
        status = if one == 0 { status } else { one };
    }
    status
}

/// `reboot`: services are stopped, then the machine boots again.
pub async fn reboot(proc: Proc) -> i32 {
    let args = proc.args();
    match args.as_slice() {
        [] => go_down(&proc, &Systemd::start(&proc)).await,
        [flag] if flag == "-f" || flag == "--force" => {
            proc.sys(|sys| sys.reboot());
            std::future::pending().await
        }
        _ => {
            proc.eprint("Usage: reboot [-f]\n");
            1
        }
    }
}

async fn go_down(proc: &Proc, systemd: &Rc<Systemd>) -> i32 {
    for name in systemd.names() {
        // What does not stop ends with the machine.
        let _ = systemd.stop_unit(proc, &name).await;
    }
    proc.sys(|sys| sys.reboot());
    std::future::pending().await
}

fn list(proc: &Proc) -> i32 {
    let systemd = Systemd::start(proc);
    for name in systemd.names() {
        if let Some(unit) = systemd.unit(&name) {
            let state = word(unit.activity);
            proc.print(&format!("{name:<16}loaded {state:<9}{}\n", unit.description));
        }
    }
    0
}

fn word(activity: Activity) -> &'static str {
    match activity {
        Activity::Active => "active",
        Activity::Inactive => "inactive",
        Activity::Failed => "failed",
    }
}

async fn act(proc: &Proc, systemd: &Rc<Systemd>, verb: &str, name: &str) -> i32 {
    let Some(unit) = systemd.unit(name) else {
        return missing(proc, verb, name);
    };
    if matches!(verb, "start" | "restart" | "stop" | "reload" | "status")
        && systemd.is_stale(proc, name)
    {
        proc.eprint(&format!(
            "Warning: The unit file, source configuration file or drop-ins of {name} changed on disk. Run 'systemctl daemon-reload' to reload units.\n"
        ));
    }
    match verb {
        "start" => started(proc, name, systemd.start_unit(proc, name).await),
        "stop" => i32::from(systemd.stop_unit(proc, name).await.is_err()),
        "restart" => {
            // It was found a moment ago.
            let _ = systemd.stop_unit(proc, name).await;
            started(proc, name, systemd.start_unit(proc, name).await)
        }
        "status" => status(proc, name, &unit),
        "is-active" => {
            proc.print(&format!("{}\n", word(unit.activity)));
            if unit.activity == Activity::Active { 0 } else { 3 }
        }
        "is-enabled" => {
            proc.print("enabled\n");
            0
        }
        "enable" | "disable" | "reset-failed" => 0,
        "cat" => {
            let text = proc.read_file(&unit.path).unwrap_or_default();
            proc.print(&format!("# {}\n{}", unit.path, String::from_utf8_lossy(&text)));
            0
        }
        "show" => {
            let pid = unit.pid.map_or(0, |pid| pid.0);
            proc.print(&format!("Id={name}\nActiveState={}\nMainPID={pid}\n", word(unit.activity)));
            0
        }
        other => {
            proc.eprint(&format!("Unknown command verb {other}.\n"));
            1
        }
    }
}

fn missing(proc: &Proc, verb: &str, name: &str) -> i32 {
    match verb {
        "status" => {
            proc.eprint(&format!("Unit {name} could not be found.\n"));
            4
        }
        "is-active" => {
            proc.print("inactive\n");
            4
        }
        _ => {
            proc.eprint(&format!("Failed to {verb} {name}: Unit {name} not found.\n"));
            5
        }
    }
}

fn started(proc: &Proc, name: &str, result: Result<(), UnitError>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(UnitError::NotFound) => missing(proc, "start", name),
        Err(UnitError::Failed) => {
            proc.eprint(&format!(
                "Job for {name} failed because the control process exited with error code.\nSee \"systemctl status {name}\" and \"journalctl -xeu {name}\" for details.\n"
            ));
            1
        }
    }
}

fn status(proc: &Proc, name: &str, unit: &Unit) -> i32 {
    let since = proc.calendar() - (proc.now() - unit.since).as_secs_f64();
    let since = Calendar::of(since).ctime();
    let (mark, state) = match unit.activity {
        Activity::Active => ("●", "active (running)".to_owned()),
        Activity::Inactive => ("○", "inactive (dead)".to_owned()),
        Activity::Failed => ("×", format!("failed (Result: exit-code, status={})", unit.status)),
    };
    let mut text = format!(
        "{mark} {name} - {}\n     Loaded: loaded ({}; enabled; preset: enabled)\n     Active: {state} since {since}\n",
        unit.description, unit.path
    );
    if let Some(pid) = unit.pid {
        text += &format!("   Main PID: {} ({})\n", pid.0, name.trim_end_matches(".service"));
    }
    let lines = journal(unit);
    text.push('\n');
    for line in lines.iter().rev().take(10).rev() {
        text += &format!("{line}\n");
    }
    proc.print(&text);
    if unit.activity == Activity::Active { 0 } else { 3 }
}

fn journal(unit: &Unit) -> Vec<String> {
    let pieces = unit.journal.pieces.borrow();
    pieces.iter().flat_map(|piece| piece.text.lines()).map(str::to_owned).collect()
}

/// `journalctl -u UNIT [-n N]`.
pub async fn journalctl(proc: Proc) -> i32 {
    let args = proc.args();
    let mut rest = args.iter();
    let (mut name, mut count) = (None, usize::MAX);
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-u" | "--unit" | "-xeu" | "-eu" => name = rest.next().cloned(),
            "-n" | "--lines" => count = rest.next().and_then(|n| n.parse().ok()).unwrap_or(10),
            other => {
                if let Some(unit) = other.strip_prefix("--unit=").or(other.strip_prefix("-u")) {
                    name = Some(unit.to_owned());
                }
            }
        }
    }
    let Some(name) = name else {
        proc.eprint("netsim keeps the journal of each unit apart: journalctl -u UNIT\n");
        return 1;
    };
    let name = if name.contains('.') { name } else { format!("{name}.service") };
    let Some(unit) = Systemd::start(&proc).unit(&name) else {
        proc.print("-- No entries --\n");
        return 0;
    };
    let lines = journal(&unit);
    let skip = lines.len().saturating_sub(count);
    lines.iter().skip(skip).for_each(|line| proc.print(&format!("{line}\n")));
    0
}
