//! How a process is started, and what is seen of it from outside.

use indexmap::IndexMap;

use super::files::Tree;
use super::id::{Pid, RootId};
use super::stream::Stream;
use crate::engine::{Span, Time};
use crate::kernel::{Credentials, NamespaceId};

/// What starting a program costs: fork, exec, the dynamic linker.
pub const EXEC_TIME: Span = Span::millis(1);

/// What a process sees as its machine.
#[derive(Debug, Clone, Default)]
pub struct Root {
    /// Its files.
    pub tree: Tree,
    /// `hostname`.
    pub hostname: String,
    /// Whether `/proc/sys` is mounted to be read only.
    pub has_fixed_switches: bool,
}

/// How a process is started.
#[derive(Debug, Clone)]
pub struct Spawn {
    /// Its command line.
    pub argv: Vec<String>,
    /// Its network namespace.
    pub ns: NamespaceId,
    /// Its files.
    pub root: RootId,
    /// Its working directory.
    pub cwd: String,
    /// Who it is, and what it may do.
    pub credentials: Credentials,
    /// Its environment.
    pub env: IndexMap<String, String>,
    /// Standard input, output and error.
    pub stdio: [Stream; 3],
    /// How many files it was given besides.
    pub extra_files: usize,
    /// Who started it.
    pub parent: Option<Pid>,
    /// Whether it is the first of its container: signals that it does not catch do nothing.
    pub init: bool,
}

/// One line of `ps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessView {
    /// Its number.
    pub pid: Pid,
    /// Its number in its container, where the first has 1; on the host its own.
    pub inner: u32,
    /// Its parent.
    pub parent: Option<Pid>,
    /// Its command line.
    pub argv: Vec<String>,
    /// Its network namespace.
    pub ns: NamespaceId,
    /// Its root directory.
    pub root: RootId,
    /// How many files it was given besides the usual three.
    pub extra_files: usize,
    /// When it was started.
    pub started: Time,
}

/// The environment of a root shell.
pub fn host_environment() -> IndexMap<String, String> {
    let pairs = [
        ("HOME", "/root"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("TERM", "xterm"),
        ("USER", "root"),
    ];
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
