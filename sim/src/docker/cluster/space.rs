//! The address space of the cluster: the table of pools, and a row of addresses for each, in the store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::ipam::{self, Bits, Candidates, GLOBAL, IpamError, Pools};
use super::super::model::PoolId;
use super::super::store::{self, StoreError};
use super::{Cluster, ROOT};
use crate::wire::Ipv4Addr;

const TABLE: &str = "ipam/default/config/GlobalDefault";

/// A row of addresses as the store keeps it.
fn write_bits(id: &str, bits: &Bits) -> Vec<u8> {
    let sequence = STANDARD.encode(bits.to_bytes());
    json!({ "id": id, "sequence": sequence }).to_string().into_bytes()
}

/// Reads what [`write_bits`] wrote.
fn read_bits(bytes: &[u8]) -> Option<Bits> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    Bits::from_bytes(&STANDARD.decode(value.get("sequence")?.as_str()?).ok()?)
}

fn row_key(pool: &PoolId) -> String {
    format!("ipam/default/data/{}", pool.parent())
}

impl Cluster {
    /// Changes a row of bits in the store, again and again until nobody else was faster.
    pub(super) async fn change_bits<R>(
        &self,
        key: &str,
        id: &str,
        len: u64,
        mut change: impl FnMut(&mut Bits) -> R,
    ) -> store::Result<R> {
        let key = format!("{ROOT}/{key}");
        loop {
            let (mut bits, index) = match self.store.get(&key).await {
                Ok(pair) => (read_bits(&pair.value).unwrap_or_else(|| Bits::new(len)), pair.index),
                Err(StoreError::NotFound) => (Bits::new(len), 0),
                Err(error) => return Err(error),
            };
            let before = bits.clone();
            let result = change(&mut bits);
            if index != 0 && bits == before {
                return Ok(result);
            }
            match self.store.put_if(&key, &write_bits(id, &bits), index).await {
                Ok(_) => return Ok(result),
                Err(StoreError::Modified) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the table; the error is worded as libnetwork words it.
    async fn pools(&self) -> Result<(Pools, u64), ApiError> {
        match self.store.get(&format!("{ROOT}/{TABLE}")).await {
            Ok(pair) => {
                let pools = serde_json::from_slice(&pair.value)
                    .map_err(|error| ApiError::server(error.to_string()))?;
                Ok((pools, pair.index))
            }
            Err(StoreError::NotFound) => Ok((Pools::new("global"), 0)),
            Err(error) => Err(ApiError::server(format!(
                "error getting pools config from store: could not get pools config from store: {error}"
            ))),
        }
    }

    /// Writes the table; false if somebody else was faster.
    async fn put_pools(&self, pools: &Pools, index: u64) -> Result<bool, ApiError> {
        let text = json!(pools).to_string();
        match self.store.put_if(&format!("{ROOT}/{TABLE}"), text.as_bytes(), index).await {
            Ok(_) => Ok(true),
            Err(StoreError::Modified) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a pool: the one that is wanted, or the next that is free.
    pub(in crate::docker) async fn take_pool(
        &self,
        wanted: Option<(Ipv4Net, Option<Ipv4Net>)>,
    ) -> Result<PoolId, ApiError> {
        loop {
            let (mut pools, index) = self.pools().await?;
            let (subnet, range) = match wanted {
                Some(wanted) => wanted,
                None => {
                    let chosen = pools.choose(&Candidates::global(), 0);
                    (chosen.ok_or(IpamError::NoPool)?.0, None)
                }
            };
            let id = PoolId { space: GLOBAL.to_owned(), subnet, range };
            let is_new = pools.add(&id)?;
            if !self.put_pools(&pools, index).await? {
                continue;
            }
            if is_new {
                let row = ipam::new_row(subnet);
                let name = id.parent().to_string();
                self.change_bits(&row_key(&id), &name, row.len(), |bits| *bits = row.clone())
                    .await?;
            }
            return Ok(id);
        }
    }

    /// Gives a pool back.
    pub(in crate::docker) async fn release_pool(&self, id: &PoolId) -> Result<(), ApiError> {
        loop {
            let (mut pools, index) = self.pools().await?;
            let is_last = pools.remove(id);
            if !self.put_pools(&pools, index).await? {
                continue;
            }
            if is_last {
                let key = format!("{ROOT}/{}", row_key(id));
                if let Ok(pair) = self.store.get(&key).await {
                    self.store.delete_if(&key, pair.index).await?;
                }
            }
            return Ok(());
        }
    }

    /// Takes an address.
    pub(in crate::docker) async fn take_address(
        &self,
        pool: &PoolId,
        wanted: Option<Ipv4Addr>,
    ) -> Result<Ipv4Addr, ApiError> {
        let len = ipam::new_row(pool.subnet).len();
        let name = pool.parent().to_string();
        let taken = self
            .change_bits(&row_key(pool), &name, len, |bits| ipam::take_address(bits, pool, wanted))
            .await?;
        Ok(taken?)
    }

    /// Gives an address back.
    pub(in crate::docker) async fn release_address(
        &self,
        pool: &PoolId,
        address: Ipv4Addr,
    ) -> Result<(), ApiError> {
        let len = ipam::new_row(pool.subnet).len();
        let name = pool.parent().to_string();
        self.change_bits(&row_key(pool), &name, len, |bits| {
            ipam::release_address(bits, pool, address);
        })
        .await?;
        Ok(())
    }
}
