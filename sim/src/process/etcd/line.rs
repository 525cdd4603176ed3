//! The command line of `etcdctl` as its subcommands get it, and how failures are told.

use std::collections::BTreeMap;

use super::client::{Client, Error};
use crate::process::Proc;

/// Exit statuses.
pub(super) const BAD_ARGS: i32 = 1;
pub(super) const BAD_CONNECTION: i32 = 2;
pub(super) const SERVER_ERROR: i32 = 4;

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Simple,
    Extended,
    Json,
}

/// A command line, read.
pub(super) struct Line {
    pub proc: Proc,
    pub client: Client,
    pub output: Output,
    /// The options of the subcommand; those without value are empty.
    pub options: BTreeMap<String, String>,
    pub words: Vec<String>,
}

impl Line {
    pub fn has(&self, name: &str) -> bool {
        self.options.get(name).is_some_and(|value| value != "false")
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// Tells of an error.
    pub fn fail(&self, status: i32, error: &Error) -> i32 {
        fail(&self.proc, status, error)
    }

    /// Tells of wrong arguments.
    pub fn refuse(&self, words: &str) -> i32 {
        self.proc.eprint(&format!("Error:  {words}\n"));
        BAD_ARGS
    }
}

/// Tells of an error.
pub(super) fn fail(proc: &Proc, status: i32, error: &Error) -> i32 {
    let mut text = format!("Error:  {error}\n");
    if let Error::Unavailable(errors) = error {
        for (n, words) in errors.iter().enumerate() {
            text += &format!("error #{n}: {words}\n");
        }
        text.push('\n');
    }
    proc.eprint(&text);
    status
}
