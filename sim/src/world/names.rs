//! Names for the readers of the trace: hosts, containers, devices, rules.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::World;
use crate::docker::places::{overlay_in, places};
use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::{LinkId, NamespaceId, RuleText};
use crate::trace::HostId;
use crate::trace::telling::Names;

/// The names of a world as it is now.
pub struct WorldNames<'a> {
    world: &'a World,
    namespaces: RefCell<FxHashMap<(HostId, NamespaceId), String>>,
}

impl World {
    /// What things are called now.
    pub fn names(&self) -> WorldNames<'_> {
        WorldNames { world: self, namespaces: RefCell::default() }
    }
}

impl World {
    /// A device as short as people say it: `docker-2:eth0`, `test2:eth0`, `ov-test@docker-2:vxlan0`.
    pub fn place_of(&self, host: HostId, link: LinkId) -> String {
        let machine = self.host(host);
        let device = machine.kernel().name_of_link(link);
        let ns = machine.kernel().namespace_of_link(link);
        let Some(ns) = ns.filter(|ns| *ns != machine.namespace()) else {
            return format!("{}:{device}", machine.name);
        };
        if let Some(place) = places(&machine.processes).into_iter().find(|place| place.ns == ns) {
            return format!("{}:{device}", place.name);
        }
        let name = overlay_in(&machine.processes, ns)
            .unwrap_or_else(|| machine.kernel().name_of_namespace(ns).to_owned());
        format!("{name}@{}:{device}", machine.name)
    }
}

impl WorldNames<'_> {
    fn look_up(&self, host: HostId, ns: NamespaceId) -> String {
        let machine = self.world.host(host);
        if ns == machine.namespace() {
            return machine.name.clone();
        }
        if let Some(place) = places(&machine.processes).into_iter().find(|place| place.ns == ns) {
            return format!("{} on {}", place.name, machine.name);
        }
        if let Some(network) = overlay_in(&machine.processes, ns) {
            return format!("namespace of {network} on {}", machine.name);
        }
        format!("{} on {}", machine.kernel().name_of_namespace(ns), machine.name)
    }
}

impl Names for WorldNames<'_> {
    fn host(&self, host: HostId) -> &str {
        &self.world.host(host).name
    }

    fn namespace(&self, host: HostId, ns: NamespaceId) -> String {
        let mut known = self.namespaces.borrow_mut();
        known.entry((host, ns)).or_insert_with(|| self.look_up(host, ns)).clone()
    }

    fn device(&self, host: HostId, link: LinkId) -> &str {
        self.world.host(host).kernel().name_of_link(link)
    }

    fn rule(&self, host: HostId, rule: RuleId) -> Option<&RuleText> {
        self.world.host(host).kernel().rule_text(rule)
    }

    fn connection(&self, host: HostId, ns: NamespaceId, conn: ConnId) -> Option<&Conn> {
        self.world.host(host).kernel().connection(ns, conn)
    }
}
