//! The addresses of `docker network create`: `--subnet` and what belongs to it.

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use super::Stop;
use super::flags::Given;
use crate::docker::ApiError;
use crate::docker::model::IpamConfig;
use crate::wire::Ipv4Addr;

/// `--subnet`, `--ip-range`, `--gateway`, `--aux-address`, put together as the client does it.
pub(super) fn ipam_configs(given: &Given) -> Result<Vec<IpamConfig>, Stop> {
    let said = |text: String| Stop::Said(text, 1);
    let (subnets, ranges) = (list(given, "subnet"), list(given, "ip-range"));
    let (gateways, aux) = (list(given, "gateway"), given.values("aux-address"));
    if subnets.len() < ranges.len() || subnets.len() < gateways.len() {
        return Err(said("every ip-range or gateway must have a corresponding subnet".to_owned()));
    }
    let mut configs: IndexMap<String, IpamConfig> = IndexMap::new();
    for text in &subnets {
        let net: Option<Ipv4Net> = text.parse().ok();
        let overlaps =
            configs.keys().filter_map(|known| known.parse::<Ipv4Net>().ok()).any(|known| {
                net.is_some_and(|net| {
                    known.contains(&net.network()) || net.contains(&known.network())
                })
            });
        if overlaps {
            return Err(said(
                "multiple overlapping subnet configuration is not supported".to_owned(),
            ));
        }
        configs.insert(text.clone(), IpamConfig { subnet: net, ..IpamConfig::default() });
    }
    let holder = |configs: &IndexMap<String, IpamConfig>, ip: Option<Ipv4Addr>| {
        let ip = ip?;
        configs.iter().position(|(_, config)| config.subnet.is_some_and(|net| net.contains(&ip)))
    };
    for text in &ranges {
        let range: Option<Ipv4Net> = text.parse().ok();
        let at = holder(&configs, range.map(|range| range.network()));
        match at {
            Some(at) => configs[at].ip_range = range,
            None => return Err(said(format!("no matching subnet for range {text}"))),
        }
    }
    for text in &gateways {
        let ip: Option<Ipv4Addr> = text.parse().ok();
        match holder(&configs, ip) {
            Some(at) => configs[at].gateway = ip,
            None => return Err(said(format!("no matching subnet for gateway {text}"))),
        }
    }
    for word in aux {
        let (name, text) = word.split_once('=').unwrap_or((word, ""));
        let ip: Option<Ipv4Addr> = text.parse().ok();
        match (holder(&configs, ip), ip) {
            (Some(at), Some(ip)) => {
                configs[at].aux.insert(name.to_owned(), ip);
            }
            _ => return Err(said(format!("no matching subnet for aux-address {text}"))),
        }
    }
    for (text, config) in &configs {
        if config.subnet.is_none() {
            let text = format!("Invalid subnet {text} : invalid CIDR address: {text}");
            return Err(Stop::Api(ApiError::bad_request(text)));
        }
    }
    Ok(configs.into_values().collect())
}

/// The values of a flag that takes lists: separate, or with commas.
fn list(given: &Given, name: &str) -> Vec<String> {
    given.values(name).iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
}
