//! The keyboard of a user at a container: `docker attach`, and what `run`, `start` and `exec` have of it.

use std::rc::Rc;

use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, Flag, switch, value};
use crate::docker::model::Container;
use crate::process::terminal::INTERRUPT;
use crate::process::{Either, Follow, Proc, Signal, Terminal, select};

/// `--detach-keys` of all commands that have it.
pub(super) const DETACH_KEYS: Flag =
    value("detach-keys", None, "string", "Override the key sequence for detaching a container");

pub(super) const ATTACH: Command = Command {
    name: "docker attach",
    usage: "[OPTIONS] CONTAINER",
    about: "Attach local standard input, output, and error streams to a running container",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        DETACH_KEYS,
        switch("no-stdin", None, "Do not attach STDIN"),
        switch("sig-proxy", None, "Proxy all received signals to the process (default true)"),
    ],
};

/// How a client parts from a container.
pub(super) enum Parted {
    /// The container ended.
    Ended(i32),
    /// The user left it running.
    Left,
}

impl Parted {
    /// The end of a command that stayed until then.
    pub fn done(self) -> Done {
        match self {
            Parted::Ended(0) | Parted::Left => Ok(()),
            Parted::Ended(status) => Err(Stop::Status(status)),
        }
    }
}

/// A terminal that passes everything on, until this is dropped.
struct Raw(Rc<Terminal>);

impl Raw {
    fn of(terminal: Rc<Terminal>) -> Raw {
        terminal.set_raw(true);
        Raw(terminal)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.0.set_raw(false);
    }
}

/// The keys that leave a container: Ctrl-P Ctrl-Q, or what `--detach-keys` says.
pub(super) fn detach_keys(text: Option<&str>) -> Result<Vec<u8>, Stop> {
    let key = |word: &str| match word.strip_prefix("ctrl-").unwrap_or(word).as_bytes() {
        [byte] if word.starts_with("ctrl-") => Some(byte.to_ascii_lowercase() & 0x1f),
        [byte] => Some(*byte),
        _ => None,
    };
    let text = text.unwrap_or("ctrl-p,ctrl-q");
    text.split(',')
        .map(key)
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| Stop::Said(format!("Invalid detach keys ({text}) provided"), 125))
}

/// Passes on what the client reads. Returns when the user leaves.
async fn pass_on(proc: &Proc, terminal: &Rc<Terminal>, keys: &[u8]) {
    let input = proc.stdio(0);
    // How many of the keys that leave have come.
    let mut come = 0;
    loop {
        let bytes = proc.read_from(&input, 4096).await;
        if bytes.is_empty() {
            terminal.close_input();
            return std::future::pending().await;
        }
        let mut passed = Vec::new();
        for byte in bytes {
            if terminal.is_terminal() && keys.get(come) == Some(&byte) {
                come += 1;
                if come == keys.len() {
                    return;
                }
                continue;
            }
            passed.extend(keys.iter().take(std::mem::take(&mut come)));
            if byte == INTERRUPT && terminal.is_terminal() {
                proc.type_into(terminal, &std::mem::take(&mut passed));
                proc.interrupt(terminal);
            } else {
                passed.push(byte);
            }
        }
        proc.type_into(terminal, &passed);
    }
}

impl Client {
    /// Whether there is a terminal for `-it`, as the client asks before anything else.
    pub(super) fn check_terminal(&self, interactive: bool, tty: bool) -> Done {
        if interactive && tty && self.proc.keyboard().is_none() {
            return Err(Stop::Said("the input device is not a TTY".to_owned(), 1));
        }
        Ok(())
    }

    /// Sends what a container writes to the client's own streams.
    pub(super) fn follow(&self, container: &Container) -> Follow {
        container.log.follow([self.proc.stdio(1), self.proc.stdio(2)])
    }

    /// Does `work` while what is typed goes to a terminal; `None` if the user left before it was done.
    pub(super) async fn typing_into<R>(
        &self,
        terminal: Option<Rc<Terminal>>,
        keys: &[u8],
        work: impl Future<Output = R>,
    ) -> Option<R> {
        let Some(terminal) = terminal else { return Some(work.await) };
        let keyboard = self.proc.keyboard().filter(|_| terminal.is_terminal());
        let _raw = keyboard.map(Raw::of);
        match select(work, pass_on(&self.proc, &terminal, keys)).await {
            Either::First(result) => Some(result),
            Either::Second(()) => None,
        }
    }

    /// Stays with a container until it ends or the user leaves.
    pub(super) async fn stay(&self, id: &str, input: bool, keys: &[u8]) -> Result<Parted, Stop> {
        let container = self.daemon()?.find_container(id);
        let Ok(container) = container else { return Ok(Parted::Ended(self.wait_for(id).await?)) };
        let terminal = container.terminal.clone().filter(|_| input);
        Ok(match self.typing_into(terminal, keys, self.wait_for(id)).await {
            Some(status) => Parted::Ended(status?),
            None => Parted::Left,
        })
    }

    /// Waits for the end of a container; signals are handed on to it.
    async fn wait_for(&self, id: &str) -> Result<i32, Stop> {
        for signal in [Signal::Int, Signal::Term] {
            self.proc.catch(signal);
        }
        let daemon = self.daemon()?;
        loop {
            match select(daemon.container_wait(id), self.proc.next_signal()).await {
                Either::First(status) => return Ok(status),
                Either::Second(signal) => {
                    // It may have ended at this moment.
                    let _ = daemon.container_kill(id, signal);
                }
            }
        }
    }

    pub(super) async fn attach(&self, args: &[String]) -> Done {
        let given = parse(&ATTACH, args)?;
        let keys = detach_keys(given.value("detach-keys"))?;
        let name = &given.arguments[0];
        let daemon = self.daemon()?;
        let container = daemon
            .find_container(name)
            .map_err(|_| Stop::Said(format!("Error: No such container: {name}"), 1))?;
        if !container.is_running() {
            let words = "You cannot attach to a stopped container, start it first";
            return Err(Stop::Said(words.to_owned(), 1));
        }
        if container.paused {
            let words = "You cannot attach to a paused container, unpause it first";
            return Err(Stop::Said(words.to_owned(), 1));
        }
        let input = container.config.open_stdin && !given.is_on("no-stdin");
        self.check_terminal(input, container.config.tty)?;
        daemon.tell_use(&container, "attach");
        let _follow = self.follow(&container);
        match self.stay(&container.id, input, &keys).await? {
            Parted::Left => Err(Stop::Said("read escape sequence".to_owned(), 1)),
            parted @ Parted::Ended(_) => parted.done(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detach_keys_are_letters_with_or_without_control() {
        let keys = |text: Option<&str>| detach_keys(text).ok();
        assert_eq!(keys(None), Some(vec![0x10, 0x11]));
        assert_eq!(keys(Some("ctrl-x,q")), Some(vec![0x18, b'q']));
        assert_eq!(keys(Some("ctrl-xy")), None);
    }
}
