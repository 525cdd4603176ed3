//! A call of the door, as it is remembered.

use crate::engine::Time;

/// A change that somebody asked a kernel for, as the command that does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SysCall {
    /// When.
    pub at: Time,
    /// Who: `dockerd`, or the command that was typed.
    pub origin: String,
    /// In which namespace, as people call it.
    pub ns: String,
    /// `ip link add docker0 type bridge`
    pub command: String,
}

impl SysCall {
    /// The command as it is typed on the host, wherever the change was made.
    pub fn line(&self) -> String {
        let SysCall { ns, command, .. } = self;
        match command.strip_prefix("ip ") {
            _ if ns == HOST => command.clone(),
            Some(words) => format!("ip -n {ns} {words}"),
            None => format!("ip netns exec {ns} {command}"),
        }
    }
}

/// What people call the namespace in which a host boots.
pub(super) const HOST: &str = "host";
