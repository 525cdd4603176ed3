//! Files, roots and switches of the kernel.

use crate::kernel::{Errno, NamespaceId};
use crate::process::files::{self, Node, Tree};
use crate::process::id::RootId;
use crate::process::spawn::Root;

use super::{Proc, procfs, sysfs};

impl Proc {
    /// Its working directory.
    pub fn cwd(&self) -> String {
        self.spawned(|spawn| spawn.cwd.clone())
    }

    /// Changes the working directory.
    pub fn chdir(&self, path: &str) -> Result<(), Errno> {
        let path = self.absolute(path);
        match self.files(|tree| tree.get(&path).cloned())? {
            Node::Dir => self.spawned(|spawn| spawn.cwd = path),
            _ => return Err(Errno::ENOTDIR),
        }
        Ok(())
    }

    /// A path as seen from the root.
    pub fn absolute(&self, path: &str) -> String {
        files::absolute(&self.cwd(), path)
    }

    pub(super) fn with_root<R>(&self, root: RootId, act: impl FnOnce(&mut Root) -> R) -> Option<R> {
        self.runtime.roots.borrow_mut().get_mut(root).map(act)
    }

    /// Looks at, or changes, its files.
    pub fn files<R>(&self, act: impl FnOnce(&mut Tree) -> R) -> R {
        let id = self.root();
        let mut roots = self.runtime.roots.borrow_mut();
        match roots.get_mut(id) {
            Some(root) => act(&mut root.tree),
            // The container was removed under its process.
            None => act(&mut Tree::new()),
        }
    }

    /// Looks at, or changes, the files of another root.
    pub fn files_of<R>(&self, root: RootId, act: impl FnOnce(&mut Tree) -> R) -> Option<R> {
        self.with_root(root, |root| act(&mut root.tree))
    }

    /// The files of a container image.
    pub fn image_files(&self, image: &str) -> Option<Tree> {
        (self.software.image_files)(image)
    }

    /// Changes the host name that belongs to a root.
    pub fn set_hostname(&self, root: RootId, hostname: &str) {
        self.with_root(root, |root| hostname.clone_into(&mut root.hostname));
    }

    /// Makes a root directory.
    pub fn root_new(&self, root: Root) -> RootId {
        self.runtime.roots.borrow_mut().insert(root)
    }

    /// Removes a root directory.
    pub fn root_remove(&self, root: RootId) {
        self.runtime.roots.borrow_mut().remove(root);
    }

    /// Reads a file.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let path = self.absolute(path);
        if let Some(switch) = path.strip_prefix("/proc/sys/") {
            let name = switch_name(switch);
            let value = self.sys(|sys| sys.sysctl_get(&name));
            return value.map(|value| format!("{value}\n").into_bytes());
        }
        if let Some(file) = procfs::below(&path) {
            return self.procfs_read(file).map(String::into_bytes).ok_or(Errno::ENOENT);
        }
        match sysfs::below(&path) {
            Some(rest) => self.sysfs_read(rest),
            None => self.files(|tree| tree.read(&path)),
        }
    }

    /// Writes a file.
    pub fn write_file(&self, path: &str, bytes: Vec<u8>) -> Result<(), Errno> {
        let path = self.absolute(path);
        if let Some(switch) = path.strip_prefix("/proc/sys/") {
            let name = switch_name(switch);
            let value = String::from_utf8_lossy(&bytes).trim().to_owned();
            return self.sysctl_set(&name, &value);
        }
        match sysfs::below(&path) {
            Some(_) => Err(Errno::EROFS),
            None => self.files(|tree| tree.write(&path, bytes)),
        }
    }

    /// Whether `/proc/sys` lets somebody write.
    pub fn may_set_switches(&self) -> bool {
        !self.with_root(self.root(), |root| root.has_fixed_switches).unwrap_or(false)
    }

    /// Writes a switch of the kernel.
    pub fn sysctl_set(&self, name: &str, value: &str) -> Result<(), Errno> {
        if !self.may_set_switches() {
            return Err(Errno::EROFS);
        }
        self.sys(|sys| sys.sysctl_set(name, value))
    }

    /// The network namespace to which a path leads: a file of `/run/netns`, or `/proc/PID/ns/net`.
    pub fn netns_at(&self, path: &str) -> Result<NamespaceId, Errno> {
        let path = self.absolute(path);
        let path = self.files(|tree| tree.resolve(&path, true))?;
        if let Some(pid) = path.strip_prefix("/proc/").and_then(|p| p.strip_suffix("/ns/net")) {
            if pid == "self" {
                return Ok(self.ns());
            }
            let number: u32 = pid.parse().map_err(|_| Errno::ENOENT)?;
            return self.ns_of(self.pid_seen_as(number)).ok_or(Errno::ENOENT);
        }
        match self.files(|tree| tree.get(&path).cloned())? {
            Node::Netns(ns) => Ok(ns),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Whether something is there.
    pub fn file_exists(&self, path: &str) -> bool {
        let path = self.absolute(path);
        if let Some(file) = procfs::below(&path) {
            return file.is_empty() || self.procfs_read(file).is_some();
        }
        if let Some(rest) = sysfs::below(&path) {
            return self.sysfs_list(rest).is_ok() || self.sysfs_read(rest).is_ok();
        }
        match path.strip_prefix("/proc/sys/") {
            Some(switch) => self.sys(|sys| sys.sysctl_get(&switch_name(switch))).is_ok(),
            None => path.starts_with("/dev/") || self.files(|tree| tree.exists(&path)),
        }
    }

    /// Whether its programs are those of Debian: on hosts, and in images made of it.
    pub fn has_gnu_tools(&self) -> bool {
        self.is_on_host() || self.file_exists("/etc/debian_version")
    }

    /// The names in a directory.
    pub fn list_dir(&self, path: &str) -> Result<Vec<String>, Errno> {
        let path = self.absolute(path);
        if procfs::below(&path) == Some("") {
            return Ok(procfs::list());
        }
        if let Some(rest) = sysfs::below(&path) {
            return self.sysfs_list(rest);
        }
        let Some(dir) = path.strip_prefix("/proc/sys") else {
            return self.files(|tree| tree.list(&path));
        };
        let dir = dir.trim_start_matches('/');
        let prefix = if dir.is_empty() { String::new() } else { switch_name(dir) + "." };
        let names = self.sys(|sys| sys.sysctl_names());
        let inside = names.iter().filter_map(|name| name.strip_prefix(prefix.as_str()));
        let mut found: Vec<String> =
            inside.filter_map(|name| name.split('.').next()).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        if found.is_empty() { Err(Errno::ENOENT) } else { Ok(found) }
    }
}

/// The name that the kernel gives to a path below `/proc/sys`.
pub(super) fn switch_name(path: &str) -> String {
    path.replace('/', ".")
}
