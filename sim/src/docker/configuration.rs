//! Networks that are nothing but a configuration (`--config-only`), and those that are made from one
//! (`--config-from`).

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::{Network, NetworkRequest};

/// Whether what is asked of a network goes together with a configuration.
pub(super) fn check(request: &NetworkRequest) -> Result<(), ApiError> {
    let refuse = |words: &str| Err(ApiError::forbidden(words));
    if request.config_only && (request.internal || request.attachable) {
        return refuse(
            "configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.",
        );
    }
    if request.config_from.is_empty() {
        return Ok(());
    }
    if request.config_only {
        return refuse("a configuration network cannot depend on another configuration network");
    }
    let has_subnets = !request.ipam.is_empty() || !request.ipam6.is_empty();
    if request.ipv6 || has_subnets || !request.labels.is_empty() {
        return refuse(
            "user specified configurations are not supported if the network depends on a configuration network",
        );
    }
    if !request.options.is_empty() {
        return refuse(
            "network driver options are not supported if the network depends on a configuration network",
        );
    }
    Ok(())
}

impl Daemon {
    /// Gives a network what its configuration says.
    pub(super) fn apply_configuration(&self, network: &mut Network) -> Result<(), ApiError> {
        let name = network.config_from.clone();
        let found = {
            let state = self.state.borrow();
            state.networks.values().find(|other| other.config_only && other.name == name).cloned()
        };
        let Some(configuration) = found else {
            let words = format!("configuration network \"{name}\" does not exist");
            return Err(ApiError::not_found(words));
        };
        let Network { ipam, ipv6, inet6, labels, options, .. } = configuration;
        (network.ipam, network.ipv6, network.inet6) = (ipam, ipv6, inet6);
        (network.labels, network.options) = (labels, options);
        Ok(())
    }

    /// Whether networks were made from a configuration.
    pub(super) fn is_configuration_in_use(&self, network: &Network) -> bool {
        let state = self.state.borrow();
        network.config_only
            && state.networks.values().any(|other| other.config_from == network.name)
    }
}
