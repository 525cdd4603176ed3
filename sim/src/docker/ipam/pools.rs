//! The pools of one address space: which subnets are taken, and which is next.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::error::IpamError;
use crate::docker::model::PoolId;

/// What is known of a pool, in the form in which the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoolData {
    parent_key: ParentKey,
    pool: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    range: Option<RangeData>,
    ref_count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ParentKey {
    address_space: String,
    subnet: String,
    child_subnet: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RangeData {
    sub: String,
    start: u64,
    end: u64,
}

/// The table of an address space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pools {
    scope: String,
    subnets: BTreeMap<String, PoolData>,
}

impl Pools {
    /// An empty table; `scope` is `local` or `global`.
    pub fn new(scope: &str) -> Pools {
        Pools { scope: scope.to_owned(), subnets: BTreeMap::new() }
    }

    /// Whether a subnet overlaps one that is taken.
    pub fn overlaps(&self, subnet: Ipv4Net) -> bool {
        self.subnets
            .values()
            .filter_map(|data| data.pool.parse::<Ipv4Net>().ok())
            .any(|pool| pool.contains(&subnet.network()) || subnet.contains(&pool.network()))
    }

    /// Takes a pool; whether its row of addresses must be made.
    pub fn add(&mut self, id: &PoolId) -> Result<bool, IpamError> {
        if self.subnets.contains_key(&id.to_string()) {
            return Err(IpamError::PoolOverlaps);
        }
        let data = |parent: ParentKey, range: Option<RangeData>| PoolData {
            parent_key: parent,
            pool: id.subnet.to_string(),
            range,
            ref_count: 1,
        };
        let Some(range) = id.range else {
            if self.overlaps(id.subnet) {
                return Err(IpamError::PoolOverlaps);
            }
            self.subnets.insert(id.to_string(), data(ParentKey::default(), None));
            return Ok(true);
        };
        let parent = ParentKey {
            address_space: id.space.clone(),
            subnet: id.subnet.to_string(),
            child_subnet: String::new(),
        };
        let (start, end) = ordinals(id.subnet, range);
        let range = RangeData { sub: range.to_string(), start, end };
        self.subnets.insert(id.to_string(), data(parent, Some(range)));
        match self.subnets.get_mut(&id.parent().to_string()) {
            Some(parent) => {
                parent.ref_count += 1;
                Ok(false)
            }
            None => {
                self.subnets.insert(id.parent().to_string(), data(ParentKey::default(), None));
                Ok(true)
            }
        }
    }

    /// Gives a pool back; whether its row of addresses goes with it.
    pub fn remove(&mut self, id: &PoolId) -> bool {
        let mut key = id.to_string();
        loop {
            let Some(data) = self.subnets.get_mut(&key) else { return false };
            data.ref_count -= 1;
            if data.ref_count > 0 {
                return false;
            }
            let has_parent = data.range.is_some();
            self.subnets.remove(&key);
            if !has_parent {
                return true;
            }
            key = id.parent().to_string();
        }
    }

    /// The first of `candidates` from number `start` on, wrapping round, that is free; and the number
    /// from which to go on next time.
    pub fn choose(&self, candidates: &Candidates, start: usize) -> Option<(Ipv4Net, usize)> {
        let count = candidates.len();
        (0..count).map(|n| (start + n) % count).find_map(|n| {
            let subnet = candidates.get(n)?;
            (!self.overlaps(subnet)).then_some((subnet, (n + 1) % count))
        })
    }
}

/// The first and last address of a range, counted from the start of the subnet.
pub fn ordinals(subnet: Ipv4Net, range: Ipv4Net) -> (u64, u64) {
    let base = u32::from(subnet.network());
    let start = u32::from(range.network()).saturating_sub(base);
    let end = u32::from(range.broadcast()).saturating_sub(base);
    (u64::from(start), u64::from(end))
}

/// Subnets from which Docker chooses when nobody says which: bases, each cut into equal parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates(Vec<(Ipv4Net, u8)>);

impl Candidates {
    /// Bases with the length of the parts. What cannot be cut so is left out.
    pub fn new(bases: Vec<(Ipv4Net, u8)>) -> Candidates {
        Candidates(
            bases
                .into_iter()
                .filter(|(base, len)| (base.prefix_len()..=30).contains(len))
                .collect(),
        )
    }

    /// Those of networks of one host (`ipamutils`).
    pub fn local() -> Candidates {
        let parts = [
            ("172.17.0.0/16", 16),
            ("172.18.0.0/16", 16),
            ("172.19.0.0/16", 16),
            ("172.20.0.0/14", 16),
            ("172.24.0.0/14", 16),
            ("172.28.0.0/14", 16),
            ("192.168.0.0/16", 20),
        ];
        Candidates::new(
            parts.iter().filter_map(|(base, len)| Some((base.parse().ok()?, *len))).collect(),
        )
    }

    /// Those of networks of a cluster.
    pub fn global() -> Candidates {
        Candidates::new(vec![(Ipv4Net::new_assert([10, 0, 0, 0].into(), 8), 24)])
    }

    fn parts(base: Ipv4Net, len: u8) -> usize {
        1 << (len - base.prefix_len())
    }

    /// How many subnets there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|(base, len)| Candidates::parts(*base, *len)).sum()
    }

    /// The subnet with this number.
    pub fn get(&self, mut n: usize) -> Option<Ipv4Net> {
        for (base, len) in &self.0 {
            let parts = Candidates::parts(*base, *len);
            if n < parts {
                let offset = (n as u32) << (32 - len);
                return Ipv4Net::new((u32::from(base.network()) + offset).into(), *len).ok();
            }
            n -= parts;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> PoolId {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_reads_as_a_real_daemon_wrote_it() {
        let mut pools = Pools::new("global");
        assert_eq!(pools.add(&id("GlobalDefault/10.0.0.0/24")), Ok(true));
        let recorded = r#"{"Scope":"global","Subnets":{"GlobalDefault/10.0.0.0/24":{"ParentKey":{"AddressSpace":"","Subnet":"","ChildSubnet":""},"Pool":"10.0.0.0/24","RefCount":1}}}"#;
        assert_eq!(serde_json::to_string(&pools).unwrap(), recorded);
        assert_eq!(serde_json::from_str::<Pools>(recorded).unwrap(), pools);
        assert!(pools.remove(&id("GlobalDefault/10.0.0.0/24")));
    }

    #[test]
    fn overlaps_are_refused_and_ranges_share_their_parent() {
        let mut pools = Pools::new("local");
        pools.add(&id("L/10.1.0.0/16")).unwrap();
        assert_eq!(pools.add(&id("L/10.1.5.0/24")), Err(IpamError::PoolOverlaps));
        assert_eq!(pools.add(&id("L/10.0.0.0/8")), Err(IpamError::PoolOverlaps));
        assert_eq!(pools.add(&id("L/10.1.0.0/16")), Err(IpamError::PoolOverlaps));
        assert_eq!(pools.add(&id("L/10.2.0.0/16/10.2.1.0/24")), Ok(true));
        assert_eq!(pools.add(&id("L/10.2.0.0/16/10.2.2.0/24")), Ok(false));
        assert!(!pools.remove(&id("L/10.2.0.0/16/10.2.1.0/24")));
        assert!(pools.remove(&id("L/10.2.0.0/16/10.2.2.0/24")));
    }

    #[test]
    fn pools_are_chosen_round_and_round() {
        let candidates = Candidates::local();
        assert_eq!(candidates.len(), 31);
        assert_eq!(candidates.get(30), "192.168.240.0/20".parse().ok());
        assert_eq!(candidates.get(31), None);
        let mut pools = Pools::new("local");
        pools.add(&id("L/172.17.0.0/16")).unwrap();
        let (first, next) = pools.choose(&candidates, 0).unwrap();
        assert_eq!(first, "172.18.0.0/16".parse().unwrap());
        // Nothing was added: the next one comes all the same.
        assert_eq!(pools.choose(&candidates, next).unwrap().0, "172.19.0.0/16".parse().unwrap());
        assert_eq!(Candidates::global().len(), 65_536);
    }
}
