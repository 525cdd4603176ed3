//! Network drivers: what makes networks and endpoints. Each has the same few verbs.
//!
//! They only ever say what an operator could type: links, addresses, routes, rules, neighbours.

pub(crate) mod bridge;
mod bridge_options;
pub(crate) mod macvlan;
pub(crate) mod overlay;

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::{Driver, Endpoint, Network};

impl Daemon {
    /// A network is made.
    pub(super) async fn driver_create(&self, network: &mut Network) -> Result<(), ApiError> {
        match network.driver {
            Driver::Bridge => {
                if network.subnets.len() > 1 {
                    return Err(ApiError::forbidden(
                        "bridge driver doesn't support multiple subnets",
                    ));
                }
                bridge_options::check(network)?;
                self.bridge_check(network)?;
                self.bridge_create(network)
            }
            Driver::Overlay => self.overlay_create(network).await,
            Driver::Macvlan | Driver::Ipvlan => self.macvlan_create(network),
            Driver::Host | Driver::Null => Ok(()),
        }
    }

    /// A network goes.
    pub(super) async fn driver_delete(&self, network: &Network) -> Result<(), ApiError> {
        match network.driver {
            Driver::Bridge => {
                self.bridge_delete(network);
                Ok(())
            }
            Driver::Overlay => self.overlay_delete(network).await,
            Driver::Macvlan | Driver::Ipvlan => {
                self.macvlan_delete(network);
                Ok(())
            }
            Driver::Host | Driver::Null => Ok(()),
        }
    }

    /// An endpoint is made and gets its device, outside of its sandbox.
    pub(super) async fn driver_join(
        &self,
        network: &Network,
        endpoint: &mut Endpoint,
    ) -> Result<(), ApiError> {
        match network.driver {
            Driver::Bridge => self.bridge_join(network, endpoint),
            Driver::Overlay => self.overlay_join(network, endpoint).await,
            Driver::Macvlan | Driver::Ipvlan => self.macvlan_join(network, endpoint),
            Driver::Host | Driver::Null => Ok(()),
        }
    }

    /// An endpoint leaves: what it had outside of its sandbox goes.
    pub(super) async fn driver_leave(&self, network: &Network, endpoint: &Endpoint) {
        match network.driver {
            Driver::Bridge | Driver::Macvlan | Driver::Ipvlan => self.link_leave(endpoint),
            Driver::Overlay => self.overlay_leave(network, endpoint).await,
            Driver::Host | Driver::Null => {}
        }
    }

    /// Removes the device of an endpoint.
    pub(super) fn link_leave(&self, endpoint: &Endpoint) {
        let device = endpoint.host_end.or(endpoint.link);
        self.sys(|sys| {
            let Some(device) = device else { return };
            let Some(view) = sys.link(device) else { return };
            // It may have gone with the sandbox.
            let _ = sys.in_ns(view.ns).link_del(device);
        });
    }
}
