//! The door: [`Sys`] is the system-call surface of one host, seen from one network namespace.
//!
//! Programs, Docker and the shell reach the kernel only by this. Calls that change something are
//! recorded, as the command that an operator would type for the same; calls that only look return
//! read-only copies ([`dump`]).

pub mod addr;
pub mod addr6;
pub mod bridge;
mod call;
pub mod conntrack;
pub mod dump;
pub mod fdb;
pub mod ipset;
pub mod iptables;
pub mod link;
pub mod neigh;
pub mod netns;
pub mod route;
pub mod route6;
pub mod socket;
pub mod tunnel;

use crate::engine::{Rng, Time};

use super::Kernel;
use super::context::Context;
use super::credentials::{Capability, Credentials};
use super::errno::Errno;
use super::event::Effect;
use super::id::{LinkId, NamespaceId};

// What calls take and give, so that users of the door need look nowhere else.
pub use super::ip::fib::{FibRoute, RouteKind, table};
pub use super::ip::neighbor::Nud;
pub use super::ip6::fib::Fib6Route;
pub use super::ip6::{DadState, If6Addr};
pub use super::link::admin::{KindSpec, LinkSpec, VxlanSpec};
pub use super::link::ipvlan::IpvlanFlag;
pub use super::link::vxlan::{Remote, VxlanState};
pub use super::link::{IfAddr, IpvlanMode, MacvlanMode, Scope};
pub use super::monitor::Monitored;
pub use call::SysCall;

/// System calls that are remembered.
const MAX_CALLS: usize = 20_000;

/// One host's kernel, seen from one namespace.
pub struct Sys<'a> {
    pub(in crate::kernel) kernel: &'a mut Kernel,
    pub(in crate::kernel) cx: &'a mut Context,
    pub(in crate::kernel) ns: NamespaceId,
    pub(in crate::kernel) origin: &'a str,
    pub(in crate::kernel) behalf: Option<&'a str>,
    credentials: Credentials,
}

impl<'a> Sys<'a> {
    /// The kernel, seen from `ns` by root, whose changes are recorded as those of `origin`.
    pub fn new(
        kernel: &'a mut Kernel,
        cx: &'a mut Context,
        ns: NamespaceId,
        origin: &'a str,
    ) -> Sys<'a> {
        Sys { kernel, cx, ns, origin, behalf: None, credentials: Credentials::ROOT }
    }

    /// The same, for somebody who works for another: `dockerd` for who typed `docker run`.
    pub fn on_behalf_of(self, behalf: Option<&'a str>) -> Sys<'a> {
        Sys { behalf, ..self }
    }

    /// The same, for somebody who may not do everything.
    pub fn with_credentials(self, credentials: Credentials) -> Sys<'a> {
        Sys { credentials, ..self }
    }

    /// `EPERM` for whoever lacks this privilege.
    pub fn demand(&self, capability: Capability) -> Result<(), Errno> {
        self.credentials.demand(capability)
    }

    pub(in crate::kernel) fn demand_admin(&self) -> Result<(), Errno> {
        self.demand(Capability::NET_ADMIN)
    }

    /// The same door, seen from another namespace (`setns(2)`).
    pub fn in_ns(&mut self, ns: NamespaceId) -> Sys<'_> {
        let Sys { origin, behalf, credentials, .. } = *self;
        Sys { kernel: self.kernel, cx: self.cx, ns, origin, behalf, credentials }
    }

    /// The namespace from which it is seen.
    pub fn ns(&self) -> NamespaceId {
        self.ns
    }

    /// The namespace in which the host boots.
    pub fn host_ns(&self) -> NamespaceId {
        self.kernel.host_ns
    }

    /// The current instant.
    pub fn now(&self) -> Time {
        self.cx.now
    }

    /// The host's stream of randomness.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.cx.rng
    }

    /// Boots the machine again (`reboot(2)`).
    pub fn reboot(&mut self) {
        self.cx.outbox.effects.push(Effect::Reboot);
    }

    /// Reads a switch (`sysctl NAME`).
    pub fn sysctl_get(&mut self, path: &str) -> Result<String, Errno> {
        self.kernel.sysctl_get(self.ns, path)
    }

    /// Writes a switch (`sysctl -w NAME=VALUE`).
    pub fn sysctl_set(&mut self, path: &str, value: &str) -> Result<(), Errno> {
        self.kernel.sysctl_set(self.cx, self.ns, path, value)?;
        self.record(|_| format!("sysctl -w {path}={}", value.trim()));
        Ok(())
    }

    /// All switches of the namespace, by name.
    pub fn sysctl_names(&self) -> Vec<String> {
        use super::sysctl::{CONF_NAMES, CONF6_NAMES, NEIGH_NAMES, PATHS};
        let devices: Vec<&str> =
            self.link_ids().map(|id| self.kernel.links[id].name.as_str()).collect();
        let conf_places = ["all", "default"].into_iter().chain(devices.iter().copied());
        let conf = conf_places.flat_map(|d| {
            let ipv4 = CONF_NAMES.iter().map(move |name| format!("net.ipv4.conf.{d}.{name}"));
            let ipv6 = CONF6_NAMES.iter().map(move |name| format!("net.ipv6.conf.{d}.{name}"));
            ipv4.chain(ipv6)
        });
        let neigh_places = ["default"].into_iter().chain(devices.iter().copied());
        let neigh = neigh_places.flat_map(|d| {
            let names = move |family| {
                NEIGH_NAMES.iter().map(move |name| format!("net.{family}.neigh.{d}.{name}"))
            };
            names("ipv4").chain(names("ipv6"))
        });
        let mut names: Vec<String> =
            conf.chain(neigh).chain(PATHS.iter().map(|path| (*path).to_owned())).collect();
        names.sort();
        names
    }

    /// The lines of the kernel's log, with their times.
    pub fn dmesg(&self) -> &[(Time, String)] {
        &self.kernel.log
    }

    pub(in crate::kernel) fn link_ids(&self) -> impl Iterator<Item = LinkId> + '_ {
        self.kernel.namespaces[self.ns].links.values().copied()
    }

    /// The device with this name.
    pub fn link_named(&self, name: &str) -> Option<LinkId> {
        self.kernel.link_by_name(self.ns, name)
    }

    /// The name of a device.
    pub fn link_name(&self, id: LinkId) -> String {
        self.kernel.links.get(id).map(|link| link.name.clone()).unwrap_or_default()
    }

    /// Remembers a change.
    pub(in crate::kernel) fn record(&mut self, command: impl FnOnce(&Kernel) -> String) {
        if self.kernel.calls.len() >= MAX_CALLS {
            self.kernel.calls.pop_front();
        }
        let call = SysCall {
            at: self.cx.now,
            origin: self.origin.to_owned(),
            ns: self.kernel.namespaces[self.ns].label.clone(),
            command: command(self.kernel),
        };
        self.kernel.calls.push_back(call);
        self.kernel.wake_listeners(self.cx);
    }

    /// The changes that were made, the oldest first, as far as they are remembered.
    pub fn calls(&self) -> impl Iterator<Item = &SysCall> {
        self.kernel.calls()
    }
}
