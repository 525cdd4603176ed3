//! etcd's `/v2` interface, as libkv speaks it.

use super::entry::{Pair, Result, StoreError};
use crate::engine::Span;
use crate::process::Proc;
use crate::process::etcd::client::{Client, Error, Fields, Patience};
use crate::process::etcd::message::{Node, Reply, code};
use crate::wire::Ipv4Addr;

/// How long an answer may take.
const HEADER_TIMEOUT: Span = Span::secs(3);

/// A client of one etcd server.
#[derive(Clone)]
pub struct Etcd {
    client: Client,
}

impl From<Error> for StoreError {
    fn from(error: Error) -> StoreError {
        match &error {
            Error::Refused(failure) if failure.error_code == code::KEY_NOT_FOUND => {
                StoreError::NotFound
            }
            Error::Refused(failure)
                if matches!(failure.error_code, code::TEST_FAILED | code::NODE_EXIST) =>
            {
                StoreError::Modified
            }
            // The message of a cluster that nobody reaches ends with a new line.
            _ => StoreError::Client(error.to_string().trim_end().to_owned()),
        }
    }
}

fn pair(node: Node) -> Pair {
    Pair {
        key: node.key.trim_start_matches('/').to_owned(),
        value: node.value.unwrap_or_default().into_bytes(),
        index: node.modified_index,
    }
}

/// An entry that is put there, as text: what Docker writes is JSON.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

impl Etcd {
    /// A client in the daemon's process.
    pub fn new(proc: &Proc, address: (Ipv4Addr, u16)) -> Etcd {
        let patience = Patience::Header(HEADER_TIMEOUT);
        Etcd { client: Client::new(proc, vec![address], patience) }
    }

    async fn keys(
        &self,
        method: &str,
        key: &str,
        query: Fields<'_>,
        form: Fields<'_>,
    ) -> Result<(Reply, u64)> {
        Ok(self.client.keys(method, key, query, form).await?)
    }

    pub(super) async fn get(&self, key: &str) -> Result<Pair> {
        let query = [("quorum", "true"), ("recursive", "false"), ("sorted", "false")];
        Ok(pair(self.keys("GET", key, &query, &[]).await?.0.node))
    }

    pub(super) async fn list(&self, key: &str) -> Result<Vec<Pair>> {
        Ok(self.list_at(key).await?.0)
    }

    /// The entries below a key, and the index at which they were so.
    async fn list_at(&self, key: &str) -> Result<(Vec<Pair>, u64)> {
        let query = [("quorum", "true"), ("recursive", "true"), ("sorted", "true")];
        let (reply, index) = self.keys("GET", key, &query, &[]).await?;
        Ok((reply.node.nodes.into_iter().map(pair).collect(), index))
    }

    pub(super) async fn put(&self, key: &str, value: &[u8]) -> Result<()> {
        self.keys("PUT", key, &[], &[("value", &text(value))]).await?;
        Ok(())
    }

    /// Makes a directory.
    pub(super) async fn make_dir(&self, key: &str) -> Result<()> {
        self.keys("PUT", key, &[("dir", "true")], &[]).await?;
        Ok(())
    }

    pub(super) async fn put_if(&self, key: &str, value: &[u8], index: u64) -> Result<u64> {
        let form = text(value);
        let form = [("value", form.as_str())];
        let known = index.to_string();
        let old = [("prevExist", "true"), ("prevIndex", known.as_str())];
        let new = [("prevExist", "false")];
        let query: Fields<'_> = if index == 0 { &new } else { &old };
        Ok(self.keys("PUT", key, query, &form).await?.0.node.modified_index)
    }

    pub(super) async fn delete_if(&self, key: &str, index: u64) -> Result<()> {
        let index = index.to_string();
        self.keys("DELETE", key, &[("prevIndex", &index)], &[]).await?;
        Ok(())
    }

    /// Waits for a change behind an index; the index of the change.
    async fn wait(&self, key: &str, recursive: bool, index: u64) -> Result<u64> {
        let next = (index + 1).to_string();
        let recursive = if recursive { "true" } else { "false" };
        let query = [("recursive", recursive), ("wait", "true"), ("waitIndex", &next)];
        match self.client.keys("GET", key, &query, &[]).await {
            Ok((reply, _)) => Ok(reply.node.modified_index),
            // Too much has happened since: whoever watches looks at all of it anew.
            Err(Error::Refused(failure)) if failure.error_code == code::INDEX_CLEARED => {
                Ok(failure.index)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn watch(&self, key: &str, index: u64) -> Result<(Option<Pair>, u64)> {
        let index = if index == 0 { 0 } else { self.wait(key, false, index).await? };
        match self.get(key).await {
            Ok(pair) => {
                let index = index.max(pair.index);
                Ok((Some(pair), index))
            }
            Err(StoreError::NotFound) => Ok((None, index)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn watch_tree(&self, key: &str, index: u64) -> Result<(Vec<Pair>, u64)> {
        if index != 0 {
            let changed = self.wait(key, true, index).await?;
            return Ok((self.list(key).await?, changed));
        }
        match self.list_at(key).await {
            // Docker's discovery watches only what is there.
            Err(StoreError::NotFound) => {
                self.make_dir(key).await?;
                self.list_at(key).await
            }
            found => found,
        }
    }

    pub(super) async fn put_with_ttl(&self, key: &str, value: &[u8], ttl: Span) -> Result<()> {
        let (value, ttl) = (text(value), ttl.as_secs().to_string());
        self.keys("PUT", key, &[], &[("ttl", &ttl), ("value", &value)]).await?;
        Ok(())
    }
}
