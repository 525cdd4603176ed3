//! netsim: see container networking.

fn main() {}
