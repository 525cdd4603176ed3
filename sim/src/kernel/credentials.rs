//! [`Credentials`]: who a process is to the kernel, and what it may do there (`capabilities(7)`).

use super::errno::Errno;

/// A privilege. All have names; the kernel here asks for those that are constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability(u8);

/// The names of the privileges, by number.
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

impl Capability {
    /// Changing devices, addresses, routes, neighbours, rules.
    pub const NET_ADMIN: Capability = Capability(12);
    /// Raw sockets and packet sockets.
    pub const NET_RAW: Capability = Capability(13);
    /// Mounts, namespaces, host names.
    pub const SYS_ADMIN: Capability = Capability(21);

    /// The privilege with this name, without `CAP_` before it.
    pub fn named(name: &str) -> Option<Capability> {
        NAMES.iter().position(|known| *known == name).map(|number| Capability(number as u8))
    }
}

/// A set of privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(u64);

impl Capabilities {
    /// None.
    pub const NONE: Capabilities = Capabilities(0);
    /// All that there are.
    pub const ALL: Capabilities = Capabilities((1 << NAMES.len()) - 1);

    /// Whether this one is among them.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability.0) != 0
    }

    /// These, and one more.
    #[must_use]
    pub fn with(self, capability: Capability) -> Capabilities {
        Capabilities(self.0 | 1 << capability.0)
    }

    /// These without one.
    #[must_use]
    pub fn without(self, capability: Capability) -> Capabilities {
        Capabilities(self.0 & !(1 << capability.0))
    }
}

/// Who a process is, and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// The number of its user.
    pub user: u32,
    /// The number of its group.
    pub group: u32,
    /// What it may do.
    pub capabilities: Capabilities,
}

impl Credentials {
    /// Root on the machine itself.
    pub const ROOT: Credentials =
        Credentials { user: 0, group: 0, capabilities: Capabilities::ALL };

    /// `EPERM` without this privilege.
    pub fn demand(self, capability: Capability) -> Result<(), Errno> {
        if self.capabilities.has(capability) { Ok(()) } else { Err(Errno::EPERM) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_have_their_names() {
        assert_eq!(Capability::named("NET_ADMIN"), Some(Capability::NET_ADMIN));
        assert_eq!(Capability::named("NET_RAW"), Some(Capability::NET_RAW));
        assert_eq!(Capability::named("SYS_ADMIN"), Some(Capability::SYS_ADMIN));
        assert_eq!(Capability::named("CAP_NET_RAW"), None);
    }

    #[test]
    fn what_is_not_in_the_set_is_not_permitted() {
        let some = Capabilities::ALL.without(Capability::NET_ADMIN);
        let process = Credentials { capabilities: some, ..Credentials::ROOT };
        assert_eq!(process.demand(Capability::NET_ADMIN), Err(Errno::EPERM));
        assert_eq!(process.demand(Capability::NET_RAW), Ok(()));
        assert_eq!(some.with(Capability::NET_ADMIN), Capabilities::ALL);
    }
}
