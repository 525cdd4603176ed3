//! `ethtool -k`, `-K`: what a device does for the kernel. Simulated devices do nothing for it: every
//! checksum is computed, every segment is cut by the kernel itself, and nothing can be switched on.

use crate::process::proc::Proc;
use crate::process::programs::Failure;

use super::device::view;

/// Groups of features with their older names and, for each, its members; a feature of its own stands
/// in a group without members.
const GROUPS: [(&str, &str, &[&str]); 13] = [
    ("rx-checksumming", "rx", &["rx-checksum"]),
    (
        "tx-checksumming",
        "tx",
        &[
            "tx-checksum-ipv4",
            "tx-checksum-ip-generic",
            "tx-checksum-ipv6",
            "tx-checksum-fcoe-crc",
            "tx-checksum-sctp",
        ],
    ),
    ("scatter-gather", "sg", &["tx-scatter-gather", "tx-scatter-gather-fraglist"]),
    (
        "tcp-segmentation-offload",
        "tso",
        &[
            "tx-tcp-segmentation",
            "tx-tcp-ecn-segmentation",
            "tx-tcp-mangleid-segmentation",
            "tx-tcp6-segmentation",
        ],
    ),
    ("generic-segmentation-offload", "gso", &["tx-generic-segmentation"]),
    ("generic-receive-offload", "gro", &["rx-gro"]),
    ("large-receive-offload", "lro", &["rx-lro"]),
    ("rx-vlan-offload", "rxvlan", &["rx-vlan-hw-parse"]),
    ("tx-vlan-offload", "txvlan", &["tx-vlan-hw-insert"]),
    ("ntuple-filters", "ntuple", &["rx-ntuple-filter"]),
    ("receive-hashing", "rxhash", &["rx-hashing"]),
    ("highdma", "highdma", &["highdma"]),
    ("rx-vlan-filter", "rx-vlan-filter", &["rx-vlan-filter"]),
];

/// Features that stand alone.
const SINGLE: [&str; 37] = [
    "vlan-challenged",
    "tx-gso-robust",
    "tx-fcoe-segmentation",
    "tx-gre-segmentation",
    "tx-gre-csum-segmentation",
    "tx-ipxip4-segmentation",
    "tx-ipxip6-segmentation",
    "tx-udp_tnl-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-gso-partial",
    "tx-tunnel-remcsum-segmentation",
    "tx-sctp-segmentation",
    "tx-esp-segmentation",
    "tx-udp-segmentation",
    "tx-gso-list",
    "tx-nocache-copy",
    "loopback",
    "rx-fcs",
    "rx-all",
    "tx-vlan-stag-hw-insert",
    "rx-vlan-stag-hw-parse",
    "rx-vlan-stag-filter",
    "l2-fwd-offload",
    "hw-tc-offload",
    "esp-hw-offload",
    "esp-tx-csum-hw-offload",
    "rx-udp_tunnel-port-offload",
    "tls-hw-tx-offload",
    "tls-hw-rx-offload",
    "rx-gro-hw",
    "tls-hw-record",
    "rx-gro-list",
    "macsec-hw-offload",
    "rx-udp-gro-forwarding",
    "hsr-tag-ins-offload",
    "hsr-tag-rm-offload",
    "hsr-fwd-offload",
];

const NO_DEVICE: &str = "netlink error: no device matches name (offset 24)\n\
                         netlink error: No such device\n";
/// The status of a change that the kernel refuses to look at.
const REFUSED: i32 = 92;

/// `-k DEVICE`.
pub(super) fn show(proc: &Proc, device: &str) -> Result<i32, Failure> {
    view(proc, device).ok_or_else(|| Failure::said(NO_DEVICE, 1))?;
    let mut text = format!("Features for {device}:\n");
    for (name, _, members) in GROUPS {
        let is_group = members.len() > 1;
        text += &format!("{name}: off{}\n", if is_group { "" } else { " [fixed]" });
        for member in members.iter().filter(|_| is_group) {
            text += &format!("\t{member}: off [fixed]\n");
        }
    }
    for name in SINGLE {
        text += &format!("{name}: off [fixed]\n");
    }
    proc.print(&text);
    Ok(0)
}

/// `-K DEVICE FEATURE on|off …`.
pub(super) fn change(proc: &Proc, device: &str, words: &[&str]) -> Result<i32, Failure> {
    let mut wanted: Vec<&str> = Vec::new();
    for pair in words.chunks(2) {
        let (name, flag) = (pair[0], pair.get(1).copied());
        let members = members_of(name).ok_or_else(|| {
            let text = "netlink error: bit name not found (offset 52)\n\
                        netlink error: Operation not supported\n";
            Failure::said(text, REFUSED)
        })?;
        match flag {
            Some("on") => wanted.extend(members),
            Some("off") => {}
            flag => {
                let flag = flag.unwrap_or("(null)");
                let text = format!(
                    "ethtool (-K): flag '{flag}' for parameter '(null)' is not followed by 'on' \
                     or 'off'\n"
                );
                return Err(Failure::said(text, 1));
            }
        }
    }
    view(proc, device).ok_or_else(|| Failure::said(NO_DEVICE, REFUSED))?;
    if wanted.is_empty() && !words.is_empty() {
        return Ok(0);
    }
    proc.eprint("Could not change any device features\n");
    if !wanted.is_empty() {
        let lines = wanted.iter().map(|name| format!("{name}: off [requested on]\n"));
        proc.print(&format!("Actual changes:\n{}", lines.collect::<String>()));
    }
    Ok(1)
}

/// The features that a name of `-K` stands for.
fn members_of(name: &str) -> Option<Vec<&'static str>> {
    for (group, older, members) in GROUPS {
        if [group, older].contains(&name) {
            return Some(members.to_vec());
        }
        if let Some(member) = members.iter().find(|member| **member == name) {
            return Some(vec![*member]);
        }
    }
    SINGLE.iter().find(|known| **known == name).map(|known| vec![*known])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_stand_for_groups() {
        assert_eq!(members_of("lro"), Some(vec!["rx-lro"]));
        assert_eq!(members_of("tx").map(|members| members.len()), Some(5));
        assert_eq!(members_of("rx-fcs"), Some(vec!["rx-fcs"]));
        assert_eq!(members_of("foo"), None);
    }
}
