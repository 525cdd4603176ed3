//! `getent` of the C library, for the databases that have to do with names: `hosts`, `ahosts`,
//! `ahostsv4`.

use super::resolver::{lookup, name_of};
use crate::process::proc::Proc;
use crate::wire::Ipv4Addr;

/// `getent DATABASE KEY...`: 2 if a key was not found.
pub async fn getent(proc: Proc) -> i32 {
    let args = proc.args();
    let [database, keys @ ..] = args.as_slice() else {
        proc.eprint("getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n");
        return 1;
    };
    if !matches!(database.as_str(), "hosts" | "ahosts" | "ahostsv4") {
        proc.eprint(&format!("Unknown database: {database}\nTry `getent --help' or `getent --usage' for more information.\n"));
        return 1;
    }
    let mut status = 0;
    for key in keys {
        let text =
            if database == "hosts" { hosts(&proc, key).await } else { all(&proc, key).await };
        match text {
            Some(text) => proc.print(&text),
            None => status = 2,
        }
    }
    status
}

/// Names and addresses, both ways.
async fn hosts(proc: &Proc, key: &str) -> Option<String> {
    if let Ok(address) = key.parse::<Ipv4Addr>() {
        let name = name_of(proc, address).await.ok()?;
        return Some(format!("{address:<15} {name}\n"));
    }
    let resolved = lookup(proc, key).await.ok()?;
    let line = |address: &Ipv4Addr| format!("{address:<15} {}\n", resolved.canonical);
    Some(resolved.addresses.iter().map(line).collect())
}

/// Addresses, as `getaddrinfo` has them: one for each type of socket.
async fn all(proc: &Proc, key: &str) -> Option<String> {
    let resolved = lookup(proc, key).await.ok()?;
    let mut text = String::new();
    for (n, address) in resolved.addresses.iter().enumerate() {
        for kind in ["STREAM", "DGRAM", "RAW"] {
            let first = n == 0 && kind == "STREAM";
            let name = if first { resolved.canonical.as_str() } else { "" };
            text += &format!("{address:<15} {kind:<6} {name}\n");
        }
    }
    Some(text)
}
