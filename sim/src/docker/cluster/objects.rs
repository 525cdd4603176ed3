//! The objects in the store, in the form in which libnetwork writes them, and their reading, writing
//! and counting.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::model::{
    Driver, Endpoint, Inet6Plan, IpamConfig, Network, PoolId, Scope, Subnet,
};
use super::super::store::{Result, StoreError};
use super::{Cluster, ROOT};
use crate::process::calendar::{self, Calendar};
use crate::wire::Ipv4Addr;

/// The record of an overlay network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OverlayRecord {
    mtu: u32,
    secure: bool,
    pub subnets: Vec<SubnetRecord>,
}

/// A subnet in the record of an overlay network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetRecord {
    /// The subnet.
    #[serde(rename = "SubnetIP")]
    pub subnet_ip: String,
    /// Its gateway, with prefix length.
    #[serde(rename = "GwIP")]
    pub gw_ip: String,
    /// Its VXLAN network identifier; zero until the first member joins.
    pub vni: u32,
}

#[derive(Serialize, Deserialize)]
struct Count {
    #[serde(rename = "Count")]
    count: u64,
}

impl Cluster {
    /// All networks in the store.
    pub(in crate::docker) async fn networks(&self) -> Result<Vec<Network>> {
        let pairs = self.store.list(&format!("{ROOT}/network")).await?;
        let mut networks: Vec<Network> =
            pairs.iter().filter_map(|pair| read_network(&pair.value)).collect();
        // Each network is shown with the number of its endpoints.
        self.store.list(&format!("{ROOT}/endpoint_count")).await?;
        networks.sort_by(|a, b| a.created.total_cmp(&b.created));
        Ok(networks)
    }

    /// Writes a new network, and the count of its endpoints before it.
    pub(in crate::docker) async fn put_network(&self, network: &Network) -> Result<()> {
        self.store.put_if(&count_key(&network.id), br#"{"Count":0}"#, 0).await?;
        let text = write_network(network).to_string();
        let key = format!("{ROOT}/network/{}", network.id);
        self.store.put_if(&key, text.as_bytes(), 0).await?;
        Ok(())
    }

    /// Removes a network and the count of its endpoints.
    pub(in crate::docker) async fn delete_network(&self, id: &str) -> Result<()> {
        for key in [count_key(id), format!("{ROOT}/network/{id}")] {
            match self.store.get(&key).await {
                Ok(pair) => self.store.delete_if(&key, pair.index).await?,
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How many endpoints a network has, on all hosts.
    pub(in crate::docker) async fn endpoint_count(&self, network: &str) -> Result<u64> {
        match self.store.get(&count_key(network)).await {
            Ok(pair) => Ok(serde_json::from_slice(&pair.value).map_or(0, |c: Count| c.count)),
            Err(StoreError::NotFound) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// One endpoint more, or less.
    pub(in crate::docker) async fn count_endpoint(&self, network: &str, change: i64) -> Result<()> {
        let key = count_key(network);
        loop {
            let pair = self.store.get(&key).await?;
            let old: Count = serde_json::from_slice(&pair.value).unwrap_or(Count { count: 0 });
            let count = Count { count: old.count.saturating_add_signed(change) };
            let text = json!(count).to_string();
            match self.store.put_if(&key, text.as_bytes(), pair.index).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Modified) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The endpoints of a network, on all hosts.
    pub(in crate::docker) async fn endpoints(&self, network: &str) -> Result<Vec<Endpoint>> {
        let pairs = self.store.list(&format!("{ROOT}/endpoint/{network}")).await?;
        Ok(pairs.iter().filter_map(|pair| read_endpoint(network, &pair.value)).collect())
    }

    /// Writes an endpoint, new or changed.
    pub(in crate::docker) async fn put_endpoint(&self, endpoint: &Endpoint) -> Result<()> {
        let key = endpoint_key(endpoint);
        let text = write_endpoint(endpoint).to_string();
        loop {
            let index = match self.store.get(&key).await {
                Ok(pair) => pair.index,
                Err(StoreError::NotFound) => 0,
                Err(error) => return Err(error),
            };
            match self.store.put_if(&key, text.as_bytes(), index).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Modified) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes an endpoint; one that is not in the store any more is an error.
    pub(in crate::docker) async fn delete_endpoint(&self, endpoint: &Endpoint) -> Result<()> {
        let key = endpoint_key(endpoint);
        let pair = self.store.get(&key).await?;
        self.store.delete_if(&key, pair.index).await
    }

    /// Writes the record of a new overlay network.
    pub(in crate::docker) async fn put_overlay(
        &self,
        network: &str,
        mtu: u32,
        subnets: Vec<SubnetRecord>,
    ) -> Result<()> {
        let record = OverlayRecord { mtu, secure: false, subnets };
        self.prepare_vnis().await?;
        self.put_overlay_record(network, &record, 0).await
    }

    pub(super) async fn put_overlay_record(
        &self,
        network: &str,
        record: &OverlayRecord,
        index: u64,
    ) -> Result<()> {
        let text = json!(record).to_string();
        self.store.put_if(&overlay_key(network), text.as_bytes(), index).await?;
        Ok(())
    }

    pub(super) async fn overlay_record(&self, network: &str) -> Result<(OverlayRecord, u64)> {
        let pair = self.store.get(&overlay_key(network)).await?;
        let record = serde_json::from_slice(&pair.value)
            .map_err(|error| StoreError::Client(error.to_string()))?;
        Ok((record, pair.index))
    }

    /// Removes the record of an overlay network; its identifiers are free again.
    pub(in crate::docker) async fn delete_overlay(&self, network: &str) -> Result<()> {
        let (record, index) = match self.overlay_record(network).await {
            Ok(found) => found,
            Err(StoreError::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        for subnet in record.subnets.iter().filter(|subnet| subnet.vni != 0) {
            self.release_vni(subnet.vni).await?;
        }
        self.store.delete_if(&overlay_key(network), index).await
    }
}

fn count_key(network: &str) -> String {
    format!("{ROOT}/endpoint_count/{network}")
}

fn endpoint_key(endpoint: &Endpoint) -> String {
    format!("{ROOT}/endpoint/{}/{}", endpoint.network, endpoint.id)
}

fn overlay_key(network: &str) -> String {
    format!("{ROOT}/overlay/network/{network}")
}

/// A network as libnetwork writes it: keys in order, addresses as JSON inside of strings.
pub(super) fn write_network(network: &Network) -> Value {
    let configs: Vec<Value> = if network.ipam.is_empty() {
        vec![write_config(&IpamConfig::default())]
    } else {
        network.ipam.iter().map(write_config).collect()
    };
    let infos: Vec<Value> = network.subnets.iter().map(write_subnet).collect();
    json!({
        "addrSpace": "GlobalDefault",
        "attachable": network.attachable,
        "configFrom": "",
        "configOnly": false,
        "created": Calendar::of(network.created).rfc3339(),
        "enableIPv6": network.ipv6,
        "generic": {
            "com.docker.network.enable_ipv6": network.ipv6,
            "com.docker.network.generic": network.options,
        },
        "id": network.id,
        "inDelete": false,
        "ingress": false,
        "internal": network.internal,
        "ipamOptions": {},
        "ipamType": "default",
        "ipamV4Config": Value::Array(configs).to_string(),
        "ipamV4Info": Value::Array(infos).to_string(),
        "labels": network.labels,
        "loadBalancerIP": "",
        "loadBalancerMode": "NAT",
        "name": network.name,
        "networkType": network.driver.name(),
        "persist": true,
        "postIPv6": false,
        "scope": network.scope.name(),
    })
}

fn write_config(config: &IpamConfig) -> Value {
    let text = |net: Option<Ipv4Net>| net.map_or(String::new(), |net| net.to_string());
    let aux: BTreeMap<&String, String> =
        config.aux.iter().map(|(key, ip)| (key, ip.to_string())).collect();
    json!({
        "PreferredPool": text(config.subnet),
        "SubPool": text(config.ip_range),
        "Gateway": config.gateway.map_or(String::new(), |ip| ip.to_string()),
        "AuxAddresses": if aux.is_empty() { Value::Null } else { json!(aux) },
    })
}

fn write_subnet(subnet: &Subnet) -> Value {
    let gateway = subnet.gateway.map_or(String::new(), |ip| subnet.with_len(ip).to_string());
    let data = json!({
        "AddressSpace": subnet.pool.space,
        "Gateway": gateway,
        "Pool": subnet.pool.subnet.to_string(),
    });
    json!({ "IPAMData": data.to_string(), "PoolID": subnet.pool.to_string() })
}

/// Reads what [`write_network`] wrote; `None` if it is damaged.
pub(super) fn read_network(bytes: &[u8]) -> Option<Network> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(false);
    let map = |value: Option<&Value>| -> BTreeMap<String, String> {
        let object = value.and_then(Value::as_object);
        let pairs = object.into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    };
    let configs: Vec<Value> = serde_json::from_str(&text("ipamV4Config")?).ok()?;
    let infos: Vec<Value> = serde_json::from_str(&text("ipamV4Info")?).ok()?;
    let generic =
        value.get("generic").and_then(|generic| generic.get("com.docker.network.generic"));
    Some(Network {
        id: text("id")?,
        name: text("name")?,
        created: calendar::parse_rfc3339(&text("created")?)?,
        driver: Driver::named(&text("networkType")?)?,
        scope: Scope::Global,
        ipam: configs.iter().map(read_config).filter(|c| *c != IpamConfig::default()).collect(),
        ipam_options: Some(BTreeMap::new()),
        subnets: infos.iter().map(read_subnet).collect::<Option<_>>()?,
        internal: flag("internal"),
        attachable: flag("attachable"),
        ipv6: flag("enableIPv6"),
        inet6: Inet6Plan::default(),
        options: map(generic),
        labels: map(value.get("labels")),
        config_only: false,
        config_from: String::new(),
    })
}

fn read_config(value: &Value) -> IpamConfig {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let aux = value.get("AuxAddresses").and_then(Value::as_object);
    let aux: IndexMap<String, Ipv4Addr> = aux
        .into_iter()
        .flatten()
        .filter_map(|(key, ip)| Some((key.clone(), ip.as_str()?.parse().ok()?)))
        .collect();
    IpamConfig {
        subnet: text("PreferredPool").parse().ok(),
        ip_range: text("SubPool").parse().ok(),
        gateway: text("Gateway").parse().ok(),
        aux,
    }
}

fn read_subnet(value: &Value) -> Option<Subnet> {
    let data: Value = serde_json::from_str(value.get("IPAMData")?.as_str()?).ok()?;
    let pool: PoolId = value.get("PoolID")?.as_str()?.parse().ok()?;
    let gateway = data.get("Gateway").and_then(Value::as_str).unwrap_or_default();
    let gateway = gateway.parse::<Ipv4Net>().ok().map(|net| net.addr());
    Some(Subnet { pool, gateway })
}

/// An endpoint as libnetwork writes it.
pub(super) fn write_endpoint(endpoint: &Endpoint) -> Value {
    let address = endpoint.address.map_or(String::new(), |net| net.to_string());
    let pool = endpoint.pool.as_ref().map_or(String::new(), PoolId::to_string);
    let exposed: Vec<Value> = endpoint
        .exposed
        .iter()
        .map(|port| json!({ "Proto": protocol_number(port.protocol.name()), "Port": port.number }))
        .collect();
    let source = if endpoint.source_name.is_empty() { "" } else { &endpoint.source_name };
    json!({
        "anonymous": endpoint.anonymous,
        "disableResolution": false,
        "ep_iface": {
            "addr": address,
            "dstPrefix": if source.is_empty() { "" } else { "eth" },
            "mac": endpoint.mac.map_or(String::new(), |mac| mac.to_string()),
            "routes": Value::Null,
            "srcName": source,
            "v4PoolID": pool,
            "v6PoolID": "",
        },
        "exposed_ports": exposed,
        "generic": {
            "com.docker.network.endpoint.exposedports": exposed,
            "com.docker.network.portmap": [],
        },
        "id": endpoint.id,
        "ingressPorts": Value::Null,
        "joinInfo": if source.is_empty() { Value::Null } else { json!({ "StaticRoutes": Value::Null, "disableGatewayService": false }) },
        "loadBalancer": false,
        "locator": endpoint.locator,
        "myAliases": endpoint.aliases,
        "name": endpoint.name,
        "sandbox": endpoint.sandbox.clone().unwrap_or_default(),
        "svcAliases": Value::Null,
        "svcID": "",
        "svcName": "",
        "virtualIP": "<nil>",
    })
}

fn protocol_number(name: &str) -> u8 {
    crate::wire::ipv4::protocol::number(name).unwrap_or(0)
}

/// Reads what [`write_endpoint`] wrote; `None` if it is damaged.
pub(super) fn read_endpoint(network: &str, bytes: &[u8]) -> Option<Endpoint> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let interface = value.get("ep_iface")?;
    let aliases = value.get("myAliases").and_then(Value::as_array);
    let aliases = aliases.into_iter().flatten().filter_map(|alias| alias.as_str());
    Some(Endpoint {
        id: text(&value, "id"),
        name: text(&value, "name"),
        network: network.to_owned(),
        address: text(interface, "addr").parse().ok(),
        address6: None,
        pool: text(interface, "v4PoolID").parse().ok(),
        mac: text(interface, "mac").parse().ok(),
        gateway: None,
        gateway6: None,
        routes: Vec::new(),
        anonymous: value.get("anonymous").and_then(Value::as_bool).unwrap_or(false),
        aliases: aliases.map(str::to_owned).collect(),
        links: Vec::new(),
        exposed: Vec::new(),
        requested: Vec::new(),
        bindings: Vec::new(),
        sandbox: Some(text(&value, "sandbox")).filter(|id| !id.is_empty()),
        link: None,
        source_name: text(interface, "srcName"),
        host_end: None,
        locator: text(&value, "locator"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real daemon wrote for `docker network create -d overlay ov-test`.
    const NETWORK: &str = r#"{"addrSpace":"GlobalDefault","attachable":false,"configFrom":"","configOnly":false,"created":"2026-11-24T01:36:53.82365863Z","enableIPv6":false,"generic":{"com.docker.network.enable_ipv6":false,"com.docker.network.generic":{}},"id":"0bdea028af2a6f0b521695d62625134b83bfc1828f8a57bc1d0938daf678c464","inDelete":false,"ingress":false,"internal":false,"ipamOptions":{},"ipamType":"default","ipamV4Config":"[{\"PreferredPool\":\"\",\"SubPool\":\"\",\"Gateway\":\"\",\"AuxAddresses\":null}]","ipamV4Info":"[{\"IPAMData\":\"{\\\"AddressSpace\\\":\\\"GlobalDefault\\\",\\\"Gateway\\\":\\\"10.0.0.1/24\\\",\\\"Pool\\\":\\\"10.0.0.0/24\\\"}\",\"PoolID\":\"GlobalDefault/10.0.0.0/24\"}]","labels":{},"loadBalancerIP":"","loadBalancerMode":"NAT","name":"ov-test","networkType":"overlay","persist":true,"postIPv6":false,"scope":"global"}"#;
    /// What it wrote for a container in it.
    const ENDPOINT: &str = r#"{"anonymous":false,"disableResolution":false,"ep_iface":{"addr":"10.0.0.2/24","dstPrefix":"eth","mac":"02:42:0a:00:00:02","routes":null,"srcName":"veth32a2eb7","v4PoolID":"GlobalDefault/10.0.0.0/24","v6PoolID":""},"exposed_ports":[],"generic":{"com.docker.network.endpoint.exposedports":[],"com.docker.network.portmap":[]},"id":"483871048ca3028d03dba2642dd4e2f5d99418c81cf0b728db0730f8f90d1c49","ingressPorts":null,"joinInfo":{"StaticRoutes":null,"disableGatewayService":false},"loadBalancer":false,"locator":"192.168.56.144","myAliases":["9af8aa5e6373"],"name":"test1","sandbox":"9e0babd0892daf3403f14d2382cf6a84e37530112bbe7b3ebae058e7432cdff8","svcAliases":null,"svcID":"","svcName":"","virtualIP":"<nil>"}"#;

    #[test]
    fn a_network_reads_and_writes_as_a_real_daemon_wrote_it() {
        let network = read_network(NETWORK.as_bytes()).unwrap();
        assert_eq!(network.subnets[0].gateway, "10.0.0.1".parse().ok());
        let value = write_network(&network);
        let recorded: Value = serde_json::from_str(NETWORK).unwrap();
        assert_eq!(value["ipamV4Info"], recorded["ipamV4Info"]);
        assert_eq!(value["ipamV4Config"], recorded["ipamV4Config"]);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&value), keys(&recorded));
    }

    #[test]
    fn an_endpoint_reads_and_writes_as_a_real_daemon_wrote_it() {
        let id = "0bdea028af2a6f0b521695d62625134b83bfc1828f8a57bc1d0938daf678c464";
        let endpoint = read_endpoint(id, ENDPOINT.as_bytes()).unwrap();
        assert_eq!(endpoint.name, "test1");
        assert_eq!(write_endpoint(&endpoint).to_string(), ENDPOINT);
    }
}
