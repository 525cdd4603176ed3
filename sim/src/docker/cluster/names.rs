//! The names of members on other hosts. Who has a member in a network watches the count of its
//! endpoints, and reads them all when it changes.

use std::rc::Rc;

use super::super::model::Endpoint;
use super::{Cluster, ROOT};
use crate::engine::Span;
use crate::wire::Ipv4Addr;

/// How long a broken watch rests.
const REST: Span = Span::secs(1);

impl Cluster {
    /// Watches a network from now on, as long as it has a member here.
    pub(in crate::docker) fn watch_network(
        self: &Rc<Cluster>,
        id: &str,
        has_member: impl Fn() -> bool + 'static,
    ) {
        if self.watched.borrow().iter().any(|known| known == id) {
            return;
        }
        self.watched.borrow_mut().push(id.to_owned());
        let (cluster, id) = (self.clone(), id.to_owned());
        self.proc.thread(async move { cluster.keep_names(&id, has_member).await });
    }

    async fn keep_names(&self, id: &str, has_member: impl Fn() -> bool) {
        let key = format!("{ROOT}/endpoint_count/{id}");
        let mut index = 0;
        loop {
            match self.store.watch(&key, index).await {
                Ok((found, next)) => {
                    let is_new = next != index || index == 0;
                    index = if next < index { 0 } else { next };
                    match found {
                        Some(_) if is_new => self.read_names(id).await,
                        // A store that began anew may hear of the network again.
                        None if index == 0 => self.proc.sleep(REST).await,
                        _ => {}
                    }
                }
                Err(_) => {
                    index = 0;
                    self.proc.sleep(REST).await;
                }
            }
            if !has_member() {
                break;
            }
        }
        self.watched.borrow_mut().retain(|known| known != id);
        self.names.borrow_mut().shift_remove(id);
    }

    async fn read_names(&self, id: &str) {
        let Ok(endpoints) = self.endpoints(id).await else { return };
        let own = self.address.to_string();
        let elsewhere = endpoints.iter().filter(|endpoint| endpoint.locator != own);
        let names = elsewhere.flat_map(names_of).collect();
        self.names.borrow_mut().insert(id.to_owned(), names);
    }

    /// An endpoint is gone; its names are forgotten at once.
    pub(in crate::docker) fn forget_names(&self, endpoint: &Endpoint) {
        let Some(address) = endpoint.address else { return };
        if let Some(names) = self.names.borrow_mut().get_mut(&endpoint.network) {
            names.retain(|(_, known)| *known != address.addr());
        }
    }

    /// The addresses of a name in a network, on other hosts.
    pub(in crate::docker) fn addresses_of(&self, network: &str, name: &str) -> Vec<Ipv4Addr> {
        let names = self.names.borrow();
        let known = names.get(network).into_iter().flatten();
        known.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, ip)| *ip).collect()
    }

    /// All names in a network, on other hosts.
    pub(in crate::docker) fn names_in(&self, network: &str) -> Vec<String> {
        let names = self.names.borrow();
        let known = names.get(network).into_iter().flatten();
        known.map(|(name, _)| name.clone()).collect()
    }

    /// The name of an address in a network, on another host.
    pub(in crate::docker) fn name_of(&self, network: &str, address: Ipv4Addr) -> Option<String> {
        let names = self.names.borrow();
        let mut known = names.get(network)?.iter();
        known.find(|(_, ip)| *ip == address).map(|(name, _)| name.clone())
    }
}

/// The names under which an endpoint is found.
pub(in crate::docker) fn names_of(endpoint: &Endpoint) -> Vec<(String, Ipv4Addr)> {
    let Some(address) = endpoint.address else { return Vec::new() };
    let own = (!endpoint.anonymous).then(|| endpoint.name.clone());
    let names = own.into_iter().chain(endpoint.aliases.iter().cloned());
    names.map(|name| (name, address.addr())).collect()
}
