//! A host: one kernel, its processes, its place on the cables.

use crate::kernel::sys::Sys;
use crate::kernel::{Kernel, LinkId, NamespaceId};
use crate::process::{Core, Processes};

/// What kind of machine people see in it. To the simulation all are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// A computer.
    #[default]
    Computer,
    /// A switch: a kernel with a bridge.
    Switch,
    /// A router: a kernel that forwards.
    Router,
}

/// A network card of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    /// Its device.
    pub link: LinkId,
    /// The number of its cable in the world, if it has one.
    pub cable: Option<usize>,
    /// Whether it was up when the world looked last.
    pub(super) was_up: bool,
}

/// One machine.
#[derive(Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// What people see in it.
    pub role: Role,
    /// Its kernel and context; absent only while lent to its processes.
    pub(super) core: Option<Core>,
    /// Its processes.
    pub processes: Processes,
    /// Its network cards.
    pub nics: Vec<Nic>,
    /// The commands with which it boots.
    pub(super) boot: Vec<String>,
}

impl Host {
    pub(super) fn core(&self) -> &Core {
        self.core.as_ref().expect("the kernel is at home between polls")
    }

    pub(super) fn core_mut(&mut self) -> &mut Core {
        self.core.as_mut().expect("the kernel is at home between polls")
    }

    /// Its kernel, for names and captures.
    pub fn kernel(&self) -> &Kernel {
        &self.core().kernel
    }

    /// The namespace in which it boots.
    pub fn namespace(&self) -> NamespaceId {
        self.kernel().host_namespace()
    }

    /// Makes system calls in a namespace.
    pub(super) fn sys<R>(
        &mut self,
        ns: NamespaceId,
        origin: &str,
        call: impl FnOnce(&mut Sys) -> R,
    ) -> R {
        let core = self.core_mut();
        call(&mut Sys::new(&mut core.kernel, &mut core.cx, ns, origin))
    }
}
