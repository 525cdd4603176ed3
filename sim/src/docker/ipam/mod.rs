//! IP address management: pools for networks, addresses for containers (libnetwork's `ipam`).
//!
//! Two address spaces: that of the host, and that of the cluster, which lives in the key-value store.
//! What is here is pure; the cluster reads and writes its own space.

pub(crate) mod bits;
mod error;
pub(crate) mod pools;

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use super::model::PoolId;
use crate::wire::Ipv4Addr;

pub use bits::Bits;
pub use error::IpamError;
pub use pools::{Candidates, Pools};

/// The address space of networks of one host.
pub const LOCAL: &str = "LocalDefault";
/// The address space of networks of a cluster.
pub const GLOBAL: &str = "GlobalDefault";

/// The row of addresses of a new pool: network and broadcast address are taken.
pub fn new_row(subnet: Ipv4Net) -> Bits {
    let len = 1_u64 << (32 - subnet.prefix_len());
    let mut bits = Bits::new(len);
    bits.set(0);
    bits.set(len - 1);
    bits
}

/// Takes an address from the row of a pool: the one that is wanted, or the lowest that is free.
pub fn take_address(
    bits: &mut Bits,
    pool: &PoolId,
    wanted: Option<Ipv4Addr>,
) -> Result<Ipv4Addr, IpamError> {
    let base = u32::from(pool.subnet.network());
    // A pool that is full says so, whatever is asked of it.
    if bits.is_full() {
        return Err(IpamError::NoAddress);
    }
    if let Some(wanted) = wanted {
        let inside = pool.subnet.contains(&wanted);
        let ordinal = u64::from(u32::from(wanted).wrapping_sub(base));
        return match inside {
            false => Err(IpamError::OutOfRange),
            true if bits.set(ordinal) => Ok(wanted),
            true => Err(IpamError::InUse),
        };
    }
    let (start, end) = match pool.range {
        Some(range) => pools::ordinals(pool.subnet, range),
        None => (0, bits.len().saturating_sub(1)),
    };
    let ordinal = bits.set_first(start, end).ok_or(IpamError::NoAddress)?;
    Ok(Ipv4Addr::from(base + ordinal as u32))
}

/// Gives an address back.
pub fn release_address(bits: &mut Bits, pool: &PoolId, address: Ipv4Addr) {
    if pool.subnet.contains(&address) {
        let base = u32::from(pool.subnet.network());
        bits.clear(u64::from(u32::from(address) - base));
    }
}

/// The address space of one host.
#[derive(Debug, Clone)]
pub struct LocalSpace {
    pools: Pools,
    rows: IndexMap<String, Bits>,
    candidates: Candidates,
    next: usize,
}

impl LocalSpace {
    /// Nothing is taken yet.
    pub fn new(candidates: Candidates) -> LocalSpace {
        LocalSpace { pools: Pools::new("local"), rows: IndexMap::new(), candidates, next: 0 }
    }

    /// Takes a pool: the one that is wanted, or the next that is free and passes `is_usable`.
    pub fn take_pool(
        &mut self,
        wanted: Option<(Ipv4Net, Option<Ipv4Net>)>,
        is_usable: impl Fn(Ipv4Net) -> bool,
    ) -> Result<PoolId, IpamError> {
        let id = match wanted {
            Some((subnet, range)) => PoolId { space: LOCAL.to_owned(), subnet, range },
            None => self.choose_pool(is_usable)?,
        };
        if self.pools.add(&id)? {
            self.rows.insert(id.parent().to_string(), new_row(id.subnet));
        }
        Ok(id)
    }

    fn choose_pool(&mut self, is_usable: impl Fn(Ipv4Net) -> bool) -> Result<PoolId, IpamError> {
        for _ in 0..self.candidates.len() {
            let (subnet, next) =
                self.pools.choose(&self.candidates, self.next).ok_or(IpamError::NoPool)?;
            self.next = next;
            if is_usable(subnet) {
                return Ok(PoolId { space: LOCAL.to_owned(), subnet, range: None });
            }
        }
        Err(IpamError::NoPool)
    }

    /// Gives a pool back.
    pub fn release_pool(&mut self, id: &PoolId) {
        if self.pools.remove(id) {
            self.rows.shift_remove(&id.parent().to_string());
        }
    }

    /// Takes an address.
    pub fn take_address(
        &mut self,
        pool: &PoolId,
        wanted: Option<Ipv4Addr>,
    ) -> Result<Ipv4Addr, IpamError> {
        let bits = self.rows.get_mut(&pool.parent().to_string()).ok_or(IpamError::BadPool)?;
        take_address(bits, pool, wanted)
    }

    /// Gives an address back.
    pub fn release_address(&mut self, pool: &PoolId, address: Ipv4Addr) {
        if let Some(bits) = self.rows.get_mut(&pool.parent().to_string()) {
            release_address(bits, pool, address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_comes_first_and_the_lowest_free_address_next() {
        let mut space = LocalSpace::new(Candidates::local());
        let pool = space.take_pool(None, |_| true).unwrap();
        assert_eq!(pool.to_string(), "LocalDefault/172.17.0.0/16");
        let take = |space: &mut LocalSpace| space.take_address(&pool, None).unwrap().to_string();
        assert_eq!(take(&mut space), "172.17.0.1");
        assert_eq!(take(&mut space), "172.17.0.2");
        assert_eq!(take(&mut space), "172.17.0.3");
        space.release_address(&pool, "172.17.0.2".parse().unwrap());
        assert_eq!(take(&mut space), "172.17.0.2");
        let taken = space.take_address(&pool, Some("172.17.0.3".parse().unwrap()));
        assert_eq!(taken, Err(IpamError::InUse));
        let outside = space.take_address(&pool, Some("10.0.0.1".parse().unwrap()));
        assert_eq!(outside, Err(IpamError::OutOfRange));
    }

    #[test]
    fn a_range_begins_with_its_very_first_address() {
        let mut space = LocalSpace::new(Candidates::local());
        let wanted = ("10.5.0.0/16".parse().unwrap(), "10.5.1.0/24".parse().ok());
        let pool = space.take_pool(Some(wanted), |_| true).unwrap();
        assert_eq!(space.take_address(&pool, None), Ok("10.5.1.0".parse().unwrap()));
    }

    #[test]
    fn a_small_pool_runs_out() {
        let mut space = LocalSpace::new(Candidates::local());
        let pool = space.take_pool(Some(("10.9.0.0/30".parse().unwrap(), None)), |_| true).unwrap();
        assert!(space.take_address(&pool, None).is_ok());
        assert!(space.take_address(&pool, None).is_ok());
        assert_eq!(space.take_address(&pool, None), Err(IpamError::NoAddress));
        let taken = space.take_address(&pool, "10.9.0.1".parse().ok());
        assert_eq!(taken, Err(IpamError::NoAddress));
        space.release_pool(&pool);
        assert_eq!(space.take_address(&pool, None), Err(IpamError::BadPool));
    }
}
