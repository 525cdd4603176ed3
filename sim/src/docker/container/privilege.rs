//! What the processes of a container may do, and as whom: `--privileged`, `--cap-add`, `--cap-drop`,
//! `--user`.

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{Container, ContainerConfig};
use crate::kernel::{Capabilities, Capability, Credentials};
use crate::process::RootId;

/// What a container may do when nobody says otherwise.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

/// A word of `--cap-add` or `--cap-drop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    All,
    One(Capability),
}

fn words(list: &[String]) -> Result<Vec<Word>, ApiError> {
    let read = |word: &String| {
        let upper = word.to_uppercase();
        if upper == "ALL" {
            return Ok(Word::All);
        }
        let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
        Capability::named(name)
            .map(Word::One)
            .ok_or_else(|| ApiError::bad_request(format!("unknown capability: \"CAP_{name}\"")))
    };
    list.iter().map(read).collect()
}

/// Whether the words are those of privileges.
pub(super) fn check(config: &ContainerConfig) -> Result<(), ApiError> {
    words(&config.cap_add).map_err(|error| error.with_prefix("invalid CapAdd: "))?;
    words(&config.cap_drop).map_err(|error| error.with_prefix("invalid CapDrop: "))?;
    Ok(())
}

/// What a container may do (`TweakCapabilities`).
fn capabilities(config: &ContainerConfig) -> Result<Capabilities, ApiError> {
    if config.privileged {
        return Ok(Capabilities::ALL);
    }
    let (add, drop) = (words(&config.cap_add)?, words(&config.cap_drop)?);
    let singles = |words: &[Word]| -> Vec<Capability> {
        let one = |word: &Word| match word {
            Word::One(capability) => Some(*capability),
            Word::All => None,
        };
        words.iter().filter_map(one).collect()
    };
    let without = |from: Capabilities| singles(&drop).into_iter().fold(from, Capabilities::without);
    if add.contains(&Word::All) {
        return Ok(without(Capabilities::ALL));
    }
    let kept = if drop.contains(&Word::All) {
        Capabilities::NONE
    } else {
        let default = DEFAULT.iter().filter_map(|name| Capability::named(name));
        without(default.fold(Capabilities::NONE, Capabilities::with))
    };
    Ok(singles(&add).into_iter().fold(kept, Capabilities::with))
}

impl Daemon {
    /// As whom a process of a container runs, and what it may do.
    pub(super) fn credentials(
        &self,
        container: &Container,
        user: &str,
        privileged: bool,
    ) -> Result<Credentials, ApiError> {
        let all = if privileged { Capabilities::ALL } else { capabilities(&container.config)? };
        let (user, group) = match container.root {
            Some(root) if !user.is_empty() => self.user(root, user)?,
            _ => (0, 0),
        };
        // Whoever is not root may nothing, unless a file of the image says so.
        let capabilities = if user == 0 { all } else { Capabilities::NONE };
        Ok(Credentials { user, group, capabilities })
    }

    /// The numbers of `USER` or `USER:GROUP`, by the files of the container.
    fn user(&self, root: RootId, text: &str) -> Result<(u32, u32), ApiError> {
        let read = |path: &str| {
            let bytes = self.proc.files_of(root, |tree| tree.read(path));
            String::from_utf8_lossy(&bytes.and_then(Result::ok).unwrap_or_default()).into_owned()
        };
        let (name, group) = text.split_once(':').unwrap_or((text, ""));
        let missing = |what: &str, name: &str, file: &str| {
            ApiError::bad_request(format!(
                "unable to find {what} {name}: no matching entries in {file} file"
            ))
        };
        let passwd = read("/etc/passwd");
        let entry = entry(&passwd, name);
        let number = entry.as_ref().map_or(name, |fields| fields[2]);
        let user = number.parse().map_err(|_| missing("user", name, "passwd"))?;
        let own = entry.and_then(|fields| fields.get(3)?.parse().ok()).unwrap_or(0);
        if group.is_empty() {
            return Ok((user, own));
        }
        let groups = read("/etc/group");
        let number = self::entry(&groups, group).map_or(group, |fields| fields[2]);
        Ok((user, number.parse().map_err(|_| missing("group", group, "group"))?))
    }
}

/// The line of `/etc/passwd` or `/etc/group` with this name or number.
fn entry<'t>(file: &'t str, wanted: &str) -> Option<Vec<&'t str>> {
    let mut lines = file.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields.len() > 2 && (fields[0] == wanted || fields[2] == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(add: &[&str], drop: &[&str]) -> Result<Capabilities, ApiError> {
        let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let config = ContainerConfig {
            cap_add: owned(add),
            cap_drop: owned(drop),
            ..ContainerConfig::default()
        };
        check(&config)?;
        capabilities(&config)
    }

    #[test]
    fn containers_may_send_raw_packets_but_not_administer() {
        let default = may(&[], &[]).unwrap();
        assert!(default.has(Capability::NET_RAW));
        assert!(!default.has(Capability::NET_ADMIN));
        assert!(!may(&[], &["net_raw"]).unwrap().has(Capability::NET_RAW));
        assert_eq!(may(&[], &["all"]), Ok(Capabilities::NONE));
    }

    #[test]
    fn what_is_added_is_there_though_it_is_dropped() {
        for add in ["NET_ADMIN", "cap_net_admin", "ALL"] {
            assert!(may(&[add], &[]).unwrap().has(Capability::NET_ADMIN), "{add}");
        }
        assert!(may(&["NET_ADMIN"], &["NET_ADMIN"]).unwrap().has(Capability::NET_ADMIN));
        assert!(!may(&["ALL"], &["NET_ADMIN"]).unwrap().has(Capability::NET_ADMIN));
        let error = may(&["NET_ADMINX"], &[]).unwrap_err();
        assert_eq!(error.message, "invalid CapAdd: unknown capability: \"CAP_NET_ADMINX\"");
    }
}
