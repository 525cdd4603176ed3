//! Who else is there: each daemon keeps an entry below `docker/nodes` that vanishes with it, and
//! watches those of the others.

use std::rc::Rc;

use super::Cluster;
use crate::engine::Span;
use crate::wire::Ipv4Addr;

/// Where the entries are.
const NODES: &str = "docker/nodes";
/// How often an entry is written again.
const HEARTBEAT: Span = Span::secs(20);
/// How long it lives without.
const TTL: Span = Span::secs(60);
/// How often the first registration is tried, and until when.
const FIRST_RETRY: Span = Span::millis(500);
const FIRST_RETRIES: u32 = 120;
/// How long a broken watch rests.
const WATCH_REST: Span = Span::secs(5);

impl Cluster {
    /// Keeps the entry of this daemon alive.
    pub(in crate::docker) async fn register(self: Rc<Cluster>) {
        let name = self.advertised();
        let key = format!("{NODES}/{name}");
        let mut session = None;
        for _ in 0..FIRST_RETRIES {
            let put = self.store.put_with_ttl(&key, name.as_bytes(), TTL, &mut session).await;
            if put.is_ok() || self.left.get() {
                break;
            }
            self.proc.sleep(FIRST_RETRY).await;
        }
        loop {
            self.proc.sleep(HEARTBEAT).await;
            if self.left.get() {
                return;
            }
            if let Err(error) =
                self.store.put_with_ttl(&key, name.as_bytes(), TTL, &mut session).await
            {
                self.log(&format!("Registering as \"{name}\" in discovery failed: {error}"));
            }
        }
    }

    pub(super) fn log(&self, message: &str) {
        let time = crate::process::calendar::Calendar::of(self.proc.calendar()).rfc3339();
        let message = message.replace('"', "\\\"");
        self.proc.eprint(&format!("time=\"{time}\" level=warning msg=\"{message}\"\n"));
    }

    /// Joins the gossip of whoever is found, and calls `greet` after that.
    pub(in crate::docker) async fn discover(self: Rc<Cluster>, greet: impl Fn()) {
        let mut index = 0;
        let mut joined = false;
        loop {
            let (pairs, next) = match self.store.watch_tree(NODES, index).await {
                Ok(found) => found,
                Err(error) => {
                    self.log(&format!("discovery error: {error}"));
                    self.proc.sleep(WATCH_REST).await;
                    index = 0;
                    continue;
                }
            };
            // An index that goes back means that the store began anew.
            index = if next < index { 0 } else { next };
            let mut others = pairs.iter().filter_map(|pair| {
                let text = String::from_utf8_lossy(&pair.value).into_owned();
                text.split(':').next()?.parse::<Ipv4Addr>().ok()
            });
            let neighbor = others.rfind(|ip| *ip != self.address);
            let gossip = self.gossip.borrow().clone();
            if let (Some(neighbor), Some(gossip), false) = (neighbor, gossip, joined) {
                joined = gossip.join(neighbor).await;
                if joined {
                    greet();
                }
            }
        }
    }
}
