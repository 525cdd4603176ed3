//! What an earlier life of the daemon left behind when it did not end by itself: processes, sandboxes,
//! rules, and members in the store. A new life begins by clearing that away.

use std::rc::Rc;

use super::daemon::Daemon;
use super::model::Network;
use crate::process::{Node, Signal};

/// Where the files of namespaces lie.
const SANDBOXES: &str = "/run/docker/netns";

impl Daemon {
    /// Ends what still runs, and lets go of namespaces that nobody else holds.
    pub(super) fn clear_processes(&self) {
        let roots: Vec<_> =
            self.state.borrow().containers.values().filter_map(|c| c.root).collect();
        for root in roots {
            self.proc.freeze(root, false);
            self.proc.kill_all_in(root);
        }
        let is_proxy = |argv: &[String]| argv.first().is_some_and(|p| p.ends_with("docker-proxy"));
        for view in self.proc.processes().iter().filter(|view| is_proxy(&view.argv)) {
            // It was in the list just now.
            let _ = self.proc.kill(view.pid, Signal::Kill);
        }
        for name in self.proc.list_dir(SANDBOXES).unwrap_or_default() {
            let path = format!("{SANDBOXES}/{name}");
            if let Ok(Node::Netns(ns)) = self.proc.files(|tree| tree.remove(&path))
                && ns != self.proc.ns()
            {
                self.sys(|sys| sys.netns_release(ns));
            }
        }
    }

    /// Takes members of this host out of the store: no container runs yet.
    pub(super) async fn clear_members(self: &Rc<Self>, networks: &[Network]) {
        let Some(cluster) = &self.cluster else { return };
        let here = cluster.advertise().to_string();
        for network in networks {
            let members = cluster.endpoints(&network.id).await.unwrap_or_default();
            for endpoint in members.into_iter().filter(|endpoint| endpoint.locator == here) {
                let address = endpoint.address.map(|address| address.addr());
                let subnet = network
                    .subnets
                    .iter()
                    .find(|subnet| address.is_some_and(|ip| subnet.pool.subnet.contains(&ip)));
                if let (Some(subnet), Some(address)) = (subnet, address) {
                    self.release_address(&subnet.pool, address).await;
                }
                let removed = async {
                    cluster.delete_endpoint(&endpoint).await?;
                    cluster.count_endpoint(&network.id, -1).await
                };
                if let Err(error) = removed.await {
                    let name = &endpoint.name;
                    self.log("warning", &format!("failed to delete endpoint {name}: {error}"));
                }
            }
        }
    }
}
