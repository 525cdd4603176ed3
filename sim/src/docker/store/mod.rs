//! The client of the cluster's key-value store: what libkv does for libnetwork.
//!
//! Every call is an HTTP request that travels over the simulated network. Nothing is cached: when the
//! store is gone, what only the store knows is gone.

mod consul;
mod entry;
mod etcd;

use std::fmt;

use crate::engine::Span;
use crate::process::Proc;
use crate::wire::Ipv4Addr;

use consul::Consul;
pub use entry::{Pair, Result, StoreError};
use etcd::Etcd;

/// The address of a store: `consul://192.168.56.135:8500`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreUrl {
    /// `consul` or `etcd`.
    pub scheme: String,
    /// Where it listens.
    pub address: (Ipv4Addr, u16),
    /// A path in front of all keys.
    pub prefix: String,
}

impl StoreUrl {
    /// Reads `SCHEME://ADDRESS:PORT[/PATH]`.
    pub fn parse(text: &str) -> Option<StoreUrl> {
        let (scheme, rest) = text.split_once("://")?;
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let (address, port) = host.rsplit_once(':')?;
        Some(StoreUrl {
            scheme: scheme.to_owned(),
            address: (address.parse().ok()?, port.parse().ok()?),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, port) = self.address;
        write!(f, "{}://{address}:{port}", self.scheme)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// The client of a store.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    prefix: String,
}

/// The kinds of stores.
#[derive(Clone)]
enum Backend {
    Consul(Consul),
    Etcd(Etcd),
}

impl Store {
    /// A client in the daemon's process. `None` if there is no such kind of store.
    pub fn new(proc: &Proc, url: &StoreUrl) -> Option<Store> {
        let backend = match url.scheme.as_str() {
            "consul" => Backend::Consul(Consul::new(proc, url.address)),
            "etcd" => Backend::Etcd(Etcd::new(proc, url.address)),
            _ => return None,
        };
        Some(Store { backend, prefix: url.prefix.clone() })
    }

    fn key(&self, key: &str) -> String {
        let key = key.trim_matches('/');
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    fn strip(&self, mut pair: Pair) -> Pair {
        if let Some(rest) = pair.key.strip_prefix(&self.prefix) {
            pair.key = rest.trim_start_matches('/').to_owned();
        }
        pair
    }

    /// Reads an entry.
    pub async fn get(&self, key: &str) -> Result<Pair> {
        match &self.backend {
            Backend::Consul(consul) => consul.get(&self.key(key)).await,
            Backend::Etcd(etcd) => etcd.get(&self.key(key)).await,
        }
        .map(|pair| self.strip(pair))
    }

    /// Whether there is an entry.
    pub async fn exists(&self, key: &str) -> Result<bool> {
        match self.get(key).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes an entry, whatever was there.
    pub async fn put(&self, key: &str, value: &[u8]) -> Result<()> {
        match &self.backend {
            Backend::Consul(consul) => consul.put(&self.key(key), value).await,
            Backend::Etcd(etcd) => etcd.put(&self.key(key), value).await,
        }
    }

    /// Writes an entry if nobody else did since `index`; zero means that there must be none. Its new
    /// index.
    pub async fn put_if(&self, key: &str, value: &[u8], index: u64) -> Result<u64> {
        match &self.backend {
            Backend::Consul(consul) => consul.put_if(&self.key(key), value, index).await,
            Backend::Etcd(etcd) => etcd.put_if(&self.key(key), value, index).await,
        }
    }

    /// Removes an entry if nobody else changed it since `index`.
    pub async fn delete_if(&self, key: &str, index: u64) -> Result<()> {
        match &self.backend {
            Backend::Consul(consul) => consul.delete_if(&self.key(key), index).await,
            Backend::Etcd(etcd) => etcd.delete_if(&self.key(key), index).await,
        }
    }

    /// All entries below a key; the key is made if there is none, as libnetwork does.
    pub async fn list(&self, key: &str) -> Result<Vec<Pair>> {
        if !self.exists(key).await? {
            match &self.backend {
                Backend::Consul(_) => self.put(key, &[]).await?,
                Backend::Etcd(etcd) => etcd.make_dir(&self.key(key)).await?,
            }
        }
        let whole = self.key(key);
        let pairs = match &self.backend {
            Backend::Consul(consul) => consul.list(&whole).await?,
            Backend::Etcd(etcd) => etcd.list(&whole).await?,
        };
        Ok(pairs
            .into_iter()
            .filter(|pair| pair.key.trim_end_matches('/') != whole)
            .map(|pair| self.strip(pair))
            .collect())
    }

    /// All entries below a key, once something differs from what had this index; the new index.
    pub async fn watch_tree(&self, key: &str, index: u64) -> Result<(Vec<Pair>, u64)> {
        match &self.backend {
            Backend::Consul(consul) => consul.watch_tree(&self.key(key), index).await,
            Backend::Etcd(etcd) => etcd.watch_tree(&self.key(key), index).await,
        }
    }

    /// An entry, once it differs from what had this index; the new index.
    pub async fn watch(&self, key: &str, index: u64) -> Result<(Option<Pair>, u64)> {
        match &self.backend {
            Backend::Consul(consul) => consul.watch(&self.key(key), index).await,
            Backend::Etcd(etcd) => etcd.watch(&self.key(key), index).await,
        }
    }

    /// Writes an entry that vanishes when it is not written again within `ttl`. `session` is kept
    /// between the calls.
    pub async fn put_with_ttl(
        &self,
        key: &str,
        value: &[u8],
        ttl: Span,
        session: &mut Option<String>,
    ) -> Result<()> {
        match &self.backend {
            Backend::Consul(consul) => {
                consul.put_with_ttl(&self.key(key), value, ttl, session).await
            }
            Backend::Etcd(etcd) => etcd.put_with_ttl(&self.key(key), value, ttl).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_printed() {
        let url = StoreUrl::parse("consul://192.168.56.135:8500/foo/").unwrap();
        assert_eq!(url.prefix, "foo");
        assert_eq!(url.to_string(), "consul://192.168.56.135:8500/foo");
        assert_eq!(StoreUrl::parse("192.168.56.135:8500"), None);
        assert_eq!(StoreUrl::parse("consul://kv"), None);
    }
}
