//! systemd, as far as it starts and stops Docker: unit files are read at boot and by `daemon-reload`,
//! and not otherwise. `systemctl` is its command line.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

use super::sync::Waiters;
use super::{Channel, host_environment};
use super::{Either, Pid, Proc, Record, Signal, Spawn, Stream, select};
use crate::engine::{Span, Time};
use crate::kernel::Credentials;

/// Under this name it is found.
const SERVICE: &str = "/run/systemd/private";
/// Where unit files lie; the first one that has a unit counts.
pub const UNIT_DIRS: [&str; 3] =
    ["/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system"];
/// How long a service may take to start or stop.
const TIMEOUT: Span = Span::secs(90);

/// What a unit is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It does not run.
    Inactive,
    /// It runs.
    Active,
    /// It ended with an error.
    Failed,
}

/// A service.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The file from which it was read.
    pub path: String,
    /// The file's text when it was read.
    text: String,
    /// Its description.
    pub description: String,
    /// Its command line.
    exec: Vec<String>,
    /// What it is doing.
    pub activity: Activity,
    /// Its process.
    pub pid: Option<Pid>,
    /// Since when.
    pub since: Time,
    /// The status with which it ended.
    pub status: i32,
    /// Whether it says by itself when it is ready.
    notifies: bool,
    /// Whether it has said so.
    is_ready: bool,
    /// What it wrote.
    pub journal: Rc<Record>,
}

/// The service manager of a host.
#[derive(Debug, Default)]
pub struct Systemd {
    units: RefCell<IndexMap<String, Unit>>,
    changed: Waiters,
}

/// Why a verb failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// There is no such unit.
    NotFound,
    /// Its process ended with an error, or did not get ready.
    Failed,
}

impl Systemd {
    /// The service manager of a host; made when it is first asked for, with the units that lie there.
    pub fn start(proc: &Proc) -> Rc<Systemd> {
        if let Some(systemd) = Systemd::of(proc) {
            return systemd;
        }
        let systemd = Rc::new(Systemd::default());
        proc.serve(SERVICE, systemd.clone());
        systemd.reload(proc);
        systemd
    }

    /// The service manager of a host, if it runs.
    pub fn of(proc: &Proc) -> Option<Rc<Systemd>> {
        proc.service(SERVICE)
    }

    /// Reads the unit files again (`daemon-reload`).
    pub fn reload(&self, proc: &Proc) {
        let mut names: Vec<String> = UNIT_DIRS
            .iter()
            .flat_map(|dir| proc.list_dir(dir).unwrap_or_default())
            .filter(|name| name.ends_with(".service"))
            .collect();
        names.sort();
        names.dedup();
        let mut units = self.units.borrow_mut();
        units.retain(|name, unit| names.contains(name) || unit.activity == Activity::Active);
        for name in names {
            let Some((path, text)) = unit_file(proc, &name) else { continue };
            let old = units.get(&name);
            let exec = value(&text, "ExecStart").unwrap_or_default();
            let unit = Unit {
                path,
                description: value(&text, "Description").unwrap_or_else(|| name.clone()),
                exec: words(&exec),
                notifies: value(&text, "Type").as_deref() == Some("notify"),
                activity: old.map_or(Activity::Inactive, |unit| unit.activity),
                pid: old.and_then(|unit| unit.pid),
                since: old.map_or(proc.now(), |unit| unit.since),
                status: old.map_or(0, |unit| unit.status),
                is_ready: old.is_some_and(|unit| unit.is_ready),
                journal: old.map(|unit| unit.journal.clone()).unwrap_or_default(),
                text,
            };
            units.insert(name, unit);
        }
    }

    /// Whether a unit file was changed since it was read.
    pub fn is_stale(&self, proc: &Proc, name: &str) -> bool {
        let units = self.units.borrow();
        let Some(unit) = units.get(name) else { return false };
        unit_file(proc, name).is_none_or(|(_, text)| text != unit.text)
    }

    /// A unit.
    pub fn unit(&self, name: &str) -> Option<Unit> {
        self.units.borrow().get(name).cloned()
    }

    /// The names of all units.
    pub fn names(&self) -> Vec<String> {
        self.units.borrow().keys().cloned().collect()
    }

    /// A service says that it is ready (`sd_notify`).
    pub fn ready(&self, proc: &Proc) {
        let pid = Some(proc.pid());
        if let Some(unit) = self.units.borrow_mut().values_mut().find(|unit| unit.pid == pid) {
            unit.is_ready = true;
        }
        self.changed.wake(proc);
    }

    /// Starts a unit and waits until it is ready.
    pub async fn start_unit(self: &Rc<Self>, proc: &Proc, name: &str) -> Result<(), UnitError> {
        let unit = self.unit(name).ok_or(UnitError::NotFound)?;
        if unit.activity == Activity::Active {
            return Ok(());
        }
        let word = unit.exec.first().cloned().unwrap_or_default();
        let Ok((_, program)) = proc.find_program(&word) else {
            self.note(name, "Failed to locate executable");
            self.set_failed(name, 203);
            return Err(UnitError::Failed);
        };
        let channel = |channel| Stream::Record(unit.journal.clone(), channel);
        let spawn = Spawn {
            argv: unit.exec.clone(),
            ns: proc.sys(|sys| sys.host_ns()),
            root: proc.host_root(),
            cwd: "/".to_owned(),
            credentials: Credentials::ROOT,
            env: host_environment(),
            stdio: [Stream::Null, channel(Channel::Out), channel(Channel::Err)],
            extra_files: 0,
            parent: None,
            init: false,
        };
        self.note(name, &format!("Starting {name} - {}...", unit.description));
        let pid = proc.spawn(spawn, program);
        self.with(name, |unit| {
            unit.pid = Some(pid);
            unit.is_ready = false;
            unit.activity = Activity::Active;
            unit.since = proc.now();
        });
        let ready = proc.until(|proc| {
            let is_ready = self.unit(name).is_none_or(|unit| unit.is_ready || !unit.notifies);
            if is_ready {
                return std::task::Poll::Ready(());
            }
            self.changed.add(proc.task());
            std::task::Poll::Pending
        });
        match proc.timeout(TIMEOUT, select(ready, proc.wait(pid))).await {
            Some(Either::First(())) => {
                self.note(name, &format!("Started {name} - {}.", unit.description));
                self.watch(proc, name, pid);
                Ok(())
            }
            Some(Either::Second(status)) => {
                self.set_failed(name, status);
                self.note(name, &format!("Main process exited, code=exited, status={status}"));
                Err(UnitError::Failed)
            }
            None => {
                // It had its time.
                let _ = proc.kill(pid, Signal::Kill);
                self.set_failed(name, 1);
                Err(UnitError::Failed)
            }
        }
    }

    /// Notices the end of a service.
    fn watch(self: &Rc<Self>, proc: &Proc, name: &str, pid: Pid) {
        let (systemd, watcher, name) = (self.clone(), proc.clone(), name.to_owned());
        // In the service's own process there would be nobody left to notice.
        let spawn = Spawn { argv: vec!["systemd".to_owned()], parent: None, ..proc.spawn_like() };
        let null = [Stream::Null, Stream::Null, Stream::Null];
        let spawn = Spawn { stdio: null, ..spawn };
        watcher.spawn_now(spawn, move |proc| {
            super::boxed(async move {
                let status = proc.wait(pid).await;
                systemd.with(&name, |unit| {
                    if unit.pid == Some(pid) {
                        unit.pid = None;
                        unit.status = status;
                        unit.since = proc.now();
                        let ok = status == 0;
                        unit.activity = if ok { Activity::Inactive } else { Activity::Failed };
                    }
                });
                systemd.changed.wake(&proc);
                0
            })
        });
    }

    /// Stops a unit and waits until it has ended.
    pub async fn stop_unit(self: &Rc<Self>, proc: &Proc, name: &str) -> Result<(), UnitError> {
        let unit = self.unit(name).ok_or(UnitError::NotFound)?;
        let Some(pid) = unit.pid else {
            self.with(name, |unit| unit.activity = Activity::Inactive);
            return Ok(());
        };
        self.note(name, &format!("Stopping {name} - {}...", unit.description));
        if proc.kill(pid, Signal::Term).is_ok()
            && proc.timeout(TIMEOUT, proc.wait(pid)).await.is_none()
        {
            // It had its time.
            let _ = proc.kill(pid, Signal::Kill);
        }
        self.with(name, |unit| {
            unit.pid = None;
            unit.activity = Activity::Inactive;
            unit.since = proc.now();
            unit.status = 0;
        });
        self.note(name, &format!("Stopped {name} - {}.", unit.description));
        Ok(())
    }

    fn with(&self, name: &str, change: impl FnOnce(&mut Unit)) {
        if let Some(unit) = self.units.borrow_mut().get_mut(name) {
            change(unit);
        }
    }

    fn set_failed(&self, name: &str, status: i32) {
        self.with(name, |unit| {
            unit.activity = Activity::Failed;
            unit.status = status;
            unit.pid = None;
        });
    }

    /// Writes a line into the journal of a unit.
    fn note(&self, name: &str, line: &str) {
        if let Some(unit) = self.units.borrow().get(name) {
            let text = format!("{line}\n");
            let at = unit.since;
            let piece = super::Piece { at, channel: Channel::Out, text };
            unit.journal.pieces.borrow_mut().push(piece);
        }
    }
}

/// The file of a unit, and its text.
fn unit_file(proc: &Proc, name: &str) -> Option<(String, String)> {
    UNIT_DIRS.iter().find_map(|dir| {
        let path = format!("{dir}/{name}");
        let root = proc.host_root();
        let bytes = proc.files_of(root, |tree| tree.read(&path))?.ok()?;
        Some((path, String::from_utf8_lossy(&bytes).into_owned()))
    })
}

/// The last value of a key in a unit file; lines that end with a backslash go on.
fn value(text: &str, key: &str) -> Option<String> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().filter_map(|line| line.trim().split_once('='));
    lines
        .filter(|(known, _)| known.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
        .next_back()
}

/// A command line of a unit file, taken apart.
fn words(text: &str) -> Vec<String> {
    let text = text.trim_start_matches(['-', '@', '+']);
    text.split_whitespace()
        .filter(|word| !word.starts_with('$'))
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_and_lines_go_on() {
        let text = "[Service]\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --mtu=1400 $DOCKER_OPTS\n";
        let exec = value(text, "ExecStart").unwrap();
        assert_eq!(words(&exec), ["/usr/bin/dockerd", "-H", "fd://", "--mtu=1400"]);
        let twice = "ExecStart=\nExecStart=/bin/x\n";
        assert_eq!(value(twice, "ExecStart").as_deref(), Some("/bin/x"));
    }
}
