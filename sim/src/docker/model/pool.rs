//! The names of address pools.

use std::fmt;
use std::str::FromStr;

use ipnet::Ipv4Net;

/// The name of a pool: `LocalDefault/172.18.0.0/16`, or with a range `…/172.18.5.0/24`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolId {
    /// Its address space.
    pub space: String,
    /// The whole subnet.
    pub subnet: Ipv4Net,
    /// The part of it from which addresses are chosen (`--ip-range`).
    pub range: Option<Ipv4Net>,
}

impl PoolId {
    /// The pool of the whole subnet.
    pub fn parent(&self) -> PoolId {
        PoolId { range: None, ..self.clone() }
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.space, self.subnet)?;
        match self.range {
            Some(range) => write!(f, "/{range}"),
            None => Ok(()),
        }
    }
}

impl FromStr for PoolId {
    type Err = ();

    fn from_str(text: &str) -> Result<PoolId, ()> {
        let parts: Vec<&str> = text.split('/').collect();
        let net = |a: &str, b: &str| format!("{a}/{b}").parse::<Ipv4Net>().map_err(|_| ());
        match parts.as_slice() {
            [space, a, b] => {
                Ok(PoolId { space: (*space).to_owned(), subnet: net(a, b)?, range: None })
            }
            [space, a, b, c, d] => Ok(PoolId {
                space: (*space).to_owned(),
                subnet: net(a, b)?,
                range: Some(net(c, d)?),
            }),
            _ => Err(()),
        }
    }
}
