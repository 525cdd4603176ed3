//! What the bridge driver reads of a network's options, and how it refuses what it cannot read.

use std::net::IpAddr;

use super::super::error::ApiError;
use super::super::model::{Network, option, parse_bool};

/// Options that are yes or no.
const SWITCHES: [&str; 4] =
    [option::DEFAULT_BRIDGE, option::ENABLE_ICC, option::ENABLE_MASQUERADE, option::INHIBIT_IPV4];

/// Whether the driver can read all options.
pub(super) fn check(network: &Network) -> Result<(), ApiError> {
    for (key, value) in &network.options {
        let why = match key.as_str() {
            key if SWITCHES.contains(&key) => parse_bool(value)
                .is_none()
                .then(|| format!("strconv.ParseBool: parsing \"{value}\": invalid syntax")),
            option::MTU => value
                .parse::<i64>()
                .is_err()
                .then(|| format!("strconv.Atoi: parsing \"{value}\": invalid syntax")),
            option::HOST_BINDING | option::HOST_IPV4 => {
                value.parse::<IpAddr>().is_err().then(|| "nil ip".to_owned())
            }
            _ => None,
        };
        if let Some(why) = why {
            return Err(ApiError::bad_request(format!(
                "failed to parse {key} value: {value} ({why})"
            )));
        }
    }
    match network.options.get(option::MTU).and_then(|mtu| mtu.parse::<i64>().ok()) {
        Some(mtu) if mtu < 0 => Err(ApiError::bad_request(format!("invalid MTU number: {mtu}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::docker::model::{Driver, Inet6Plan, Scope};

    fn refusal(key: &str, value: &str) -> String {
        let network = Network {
            id: String::new(),
            name: String::new(),
            created: 0.0,
            driver: Driver::Bridge,
            scope: Scope::Local,
            ipam: Vec::new(),
            ipam_options: Some(BTreeMap::new()),
            subnets: Vec::new(),
            internal: false,
            attachable: false,
            ipv6: false,
            inet6: Inet6Plan::default(),
            options: [(key.to_owned(), value.to_owned())].into(),
            labels: BTreeMap::default(),
            config_only: false,
            config_from: String::new(),
        };
        check(&network).map_or_else(|error| error.message, |()| String::new())
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_the_words_of_the_engine() {
        assert_eq!(
            refusal(option::ENABLE_ICC, "maybe"),
            "failed to parse com.docker.network.bridge.enable_icc value: maybe (strconv.ParseBool: parsing \"maybe\": invalid syntax)"
        );
        assert_eq!(
            refusal(option::HOST_BINDING, "x"),
            "failed to parse com.docker.network.bridge.host_binding_ipv4 value: x (nil ip)"
        );
        assert_eq!(refusal(option::MTU, "1400"), "");
        assert_eq!(refusal("nobody.knows", "x"), "");
    }
}
