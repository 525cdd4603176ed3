//! The addresses of `docker network create`: `--subnet` and what belongs to it.

use indexmap::IndexMap;
use ipnet::{Ipv4Net, Ipv6Net};

use super::client::Stop;
use super::flags::Given;
use crate::docker::ApiError;
use crate::docker::model::{Ipam6Config, IpamConfig};
use crate::wire::{Ipv4Addr, Ipv6Addr};

/// `--subnet`, `--ip-range`, `--gateway`, `--aux-address`, put together as the client does it.
pub(super) fn ipam_configs(given: &Given) -> Result<(Vec<IpamConfig>, Vec<Ipam6Config>), Stop> {
    let (subnets, ranges) = (list(given, "subnet"), list(given, "ip-range"));
    let (gateways, aux) = (list(given, "gateway"), given.values("aux-address").to_vec());
    if subnets.len() < ranges.len() || subnets.len() < gateways.len() {
        return Err(said("every ip-range or gateway must have a corresponding subnet".to_owned()));
    }
    let is_inet6 = |word: &String| word.contains(':');
    let split = |words: Vec<String>| -> (Vec<String>, Vec<String>) {
        words.into_iter().partition(|word| !is_inet6(word))
    };
    let ((subnets, subnets6), (ranges, ranges6)) = (split(subnets), split(ranges));
    let ((gateways, gateways6), (aux, aux6)) = (split(gateways), split(aux));
    let inet6 = inet6_configs(&subnets6, &ranges6, &gateways6, &aux6)?;
    Ok((inet_configs(&subnets, &ranges, &gateways, &aux)?, inet6))
}

fn said(text: String) -> Stop {
    Stop::Said(text, 1)
}

/// The same for IPv6.
fn inet6_configs(
    subnets: &[String],
    ranges: &[String],
    gateways: &[String],
    aux: &[String],
) -> Result<Vec<Ipam6Config>, Stop> {
    let mut configs: Vec<Ipam6Config> = Vec::new();
    for text in subnets {
        let subnet: Ipv6Net = text.parse().map_err(|_| {
            let text = format!("Invalid subnet {text} : invalid CIDR address: {text}");
            Stop::Api(ApiError::bad_request(text))
        })?;
        if configs.iter().any(|c| c.subnet.contains(&subnet) || subnet.contains(&c.subnet)) {
            let text = "multiple overlapping subnet configuration is not supported";
            return Err(said(text.to_owned()));
        }
        let subnet = subnet.trunc();
        let aux = IndexMap::new();
        configs.push(Ipam6Config { subnet, ip_range: None, gateway: None, aux });
    }
    for text in ranges {
        let range: Option<Ipv6Net> = text.parse().ok();
        let fits = |c: &&mut Ipam6Config| range.is_some_and(|range| c.subnet.contains(&range));
        let config = configs.iter_mut().find(fits);
        config.ok_or_else(|| said(format!("no matching subnet for range {text}")))?.ip_range =
            range;
    }
    for text in gateways {
        let ip: Option<Ipv6Addr> = text.parse().ok();
        let fits = |c: &&mut Ipam6Config| ip.is_some_and(|ip| c.subnet.contains(&ip));
        let config = configs.iter_mut().find(fits);
        config.ok_or_else(|| said(format!("no matching subnet for gateway {text}")))?.gateway = ip;
    }
    for word in aux {
        let (name, text) = word.split_once('=').unwrap_or((word, ""));
        let missing = || said(format!("no matching subnet for aux-address {text}"));
        let ip: Ipv6Addr = text.parse().map_err(|_| missing())?;
        let config = configs.iter_mut().find(|config| config.subnet.contains(&ip));
        config.ok_or_else(missing)?.aux.insert(name.to_owned(), ip);
    }
    Ok(configs)
}

fn inet_configs(
    subnets: &[String],
    ranges: &[String],
    gateways: &[String],
    aux: &[String],
) -> Result<Vec<IpamConfig>, Stop> {
    let mut configs: IndexMap<String, IpamConfig> = IndexMap::new();
    for text in subnets {
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
    for text in ranges {
        let range: Option<Ipv4Net> = text.parse().ok();
        let at = holder(&configs, range.map(|range| range.network()));
        match at {
            Some(at) => configs[at].ip_range = range,
            None => return Err(said(format!("no matching subnet for range {text}"))),
        }
    }
    for text in gateways {
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
    let words = given.values(name).iter().filter(|text| !text.is_empty());
    words.flat_map(|text| text.split(',')).map(str::to_owned).collect()
}
