//! Names for addresses.

use crate::process::Proc;
use crate::wire::Ipv4Addr;

/// `/etc/hosts`.
#[derive(Default)]
pub(super) struct Hosts(Vec<(Ipv4Addr, Vec<String>)>);

impl Hosts {
    pub fn read(proc: &Proc) -> Hosts {
        let text = proc.read_file("/etc/hosts").unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        let entry = |line: &str| {
            let mut words = line.split_whitespace();
            let address = words.next()?.parse().ok()?;
            Some((address, words.map(str::to_owned).collect()))
        };
        Hosts(lines.filter_map(entry).collect())
    }

    pub fn addresses(&self, name: &str) -> Vec<Ipv4Addr> {
        let has = |names: &[String]| names.iter().any(|known| known == name);
        self.0.iter().filter(|(_, names)| has(names)).map(|(address, _)| *address).collect()
    }

    pub fn name(&self, address: Ipv4Addr) -> Option<&str> {
        let (_, names) = self.0.iter().find(|(known, _)| *known == address)?;
        names.first().map(String::as_str)
    }
}
