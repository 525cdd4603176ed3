//! Random names of things: 64 hex digits for networks, containers, endpoints; two words for a
//! container that nobody named.

use crate::engine::Rng;
use crate::wire::{Ipv4Addr, MacAddr};

/// A random id of 64 hex digits. The short form never reads as a number.
pub fn random_id(rng: &mut Rng) -> String {
    loop {
        let bytes: [u8; 32] = rng.bytes();
        let id = hex(&bytes);
        if id[..12].parse::<u64>().is_err() {
            return id;
        }
    }
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 12 digits of an id.
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// The name of a veth end before it is moved: `veth` and seven random hex digits.
pub fn veth_name(rng: &mut Rng) -> String {
    let bytes: [u8; 4] = rng.bytes();
    format!("veth{}", &hex(&bytes)[..7])
}

/// The hardware address that goes with an address: `02:42` and its four bytes.
pub fn mac_of(ip: Ipv4Addr) -> MacAddr {
    let [a, b, c, d] = ip.octets();
    MacAddr(0x02, 0x42, a, b, c, d)
}

/// A random hardware address of Docker's own: `02:42` and four random bytes.
pub fn random_mac(rng: &mut Rng) -> MacAddr {
    let [a, b, c, d]: [u8; 4] = rng.bytes();
    MacAddr(0x02, 0x42, a, b, c, d)
}

const MOODS: [&str; 40] = [
    "admiring",
    "agitated",
    "amazing",
    "awesome",
    "blissful",
    "bold",
    "brave",
    "busy",
    "charming",
    "clever",
    "cool",
    "determined",
    "dreamy",
    "eager",
    "elated",
    "elegant",
    "epic",
    "festive",
    "focused",
    "friendly",
    "gallant",
    "gifted",
    "happy",
    "hopeful",
    "hungry",
    "jolly",
    "keen",
    "kind",
    "laughing",
    "loving",
    "modest",
    "nice",
    "optimistic",
    "peaceful",
    "quirky",
    "romantic",
    "serene",
    "stoic",
    "vibrant",
    "zen",
];

const PEOPLE: [&str; 40] = [
    "babbage",
    "baran",
    "bell",
    "bohr",
    "boyd",
    "cerf",
    "curie",
    "darwin",
    "davies",
    "diffie",
    "dijkstra",
    "einstein",
    "engelbart",
    "euclid",
    "euler",
    "faraday",
    "fermat",
    "feynman",
    "galileo",
    "gauss",
    "hamilton",
    "hawking",
    "hertz",
    "hopper",
    "kahn",
    "kepler",
    "knuth",
    "lamport",
    "lovelace",
    "meitner",
    "newton",
    "noether",
    "pascal",
    "perlman",
    "ritchie",
    "shannon",
    "tesla",
    "thompson",
    "turing",
    "wozniak",
];

/// A name for a container that nobody named.
pub fn container_name(rng: &mut Rng) -> String {
    let mood = MOODS[rng.below(MOODS.len() as u64) as usize];
    let person = PEOPLE[rng.below(PEOPLE.len() as u64) as usize];
    format!("{mood}_{person}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seed;

    #[test]
    fn ids_are_64_digits_and_macs_follow_the_address() {
        let mut rng = Seed(1).stream("x");
        let id = random_id(&mut rng);
        assert_eq!((id.len(), short(&id).len()), (64, 12));
        assert_eq!(mac_of("10.0.0.2".parse().unwrap()).to_string(), "02:42:0a:00:00:02");
        assert_eq!(veth_name(&mut rng).len(), 11);
    }
}
