//! The network programs of simulated machines: `ping`, `nc`, `curl`, `tcpdump`, DNS, …
//!
//! A program is a file (or a folder, when it is large): it parses its words, makes calls of the
//! kernel's door and of [`super::socket`], and prints what it learnt, in the words of the real tool.
//! Hosts have the tools of Debian, containers those of busybox; where both differ, each has its own
//! function.
//!
//! What several of them share is here: [`options`] (getopt), [`numbers`] (strtol and friends),
//! [`inet`] (addresses), [`services`] (port names), [`resolver`] (names to addresses).

pub(crate) mod arping;
pub(crate) mod busybox;
pub(crate) mod curl;
pub(crate) mod dns;
pub(crate) mod ethtool;
pub(crate) mod getent;
pub(crate) mod httpd;
pub(crate) mod inet;
pub(crate) mod iputils;
pub(crate) mod nc;
pub(crate) mod nginx;
pub(crate) mod numbers;
pub(crate) mod options;
pub(crate) mod ping;
pub(crate) mod resolver;
pub(crate) mod services;
pub(crate) mod sockets;
pub mod tcpdump;
pub(crate) mod tracepath;
pub(crate) mod traceroute;
pub(crate) mod url;
pub(crate) mod wget;

use std::future::Future;

use super::proc::Proc;

/// The early end of a program: what it says on standard error, and its exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The whole text, with its line ends.
    pub text: String,
    /// The exit status.
    pub status: i32,
}

impl Failure {
    /// `NAME: SENTENCE`, as `error(3)` prints it.
    pub fn of(name: &str, status: i32, sentence: impl std::fmt::Display) -> Failure {
        Failure { text: format!("{name}: {sentence}\n"), status }
    }

    /// A text of its own form, such as a usage.
    pub fn said(text: impl Into<String>, status: i32) -> Failure {
        Failure { text: text.into(), status }
    }
}

/// The exit status of a program's work; a failure is told first.
pub async fn conclude(proc: &Proc, work: impl Future<Output = Result<i32, Failure>>) -> i32 {
    match work.await {
        Ok(status) => status,
        Err(failure) => {
            proc.eprint(&failure.text);
            failure.status
        }
    }
}

/// Says that an option of a real tool has no effect here.
pub fn not_simulated(proc: &Proc, name: &str, what: &str) {
    proc.eprint(&format!("{name}: {what} is not simulated by netsim\n"));
}
