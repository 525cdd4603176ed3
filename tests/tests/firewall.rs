//! The firewall's tools, on a router between two hosts.

use netsim_tests::Lan;
use proptest::prelude::*;

const SAVED: &str = "\
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:WEB - [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -o eth1 -p tcp -m tcp --dport 80 -m comment --comment \"the site\" -j WEB
-A WEB -s 10.0.0.0/24 -j ACCEPT
-A WEB -j REJECT --reject-with icmp-host-prohibited
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.2.2:80
-A POSTROUTING -s 10.0.0.0/24 ! -o eth0 -j MASQUERADE
COMMIT
";

/// The rules without the lines that tell the time.
fn saved(lan: &mut Lan) -> String {
    let text = lan.run("r", "iptables-save");
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_was_saved_is_restored_as_it_was() {
    let mut lan = Lan::new();
    lan.write("r", "/rules", SAVED);
    assert_eq!(lan.run("r", "iptables-restore /rules"), "");
    assert_eq!(saved(&mut lan), SAVED);
    lan.run("r", "iptables-save > /again; iptables -F; iptables -t nat -F; iptables -X");
    assert_eq!(lan.run("r", "iptables-restore < /again"), "");
    assert_eq!(saved(&mut lan), SAVED);
}

#[test]
fn a_packet_is_explained_without_being_sent() {
    let mut lan = Lan::new();
    lan.write("r", "/rules", SAVED);
    lan.run("r", "iptables-restore /rules");
    let text =
        lan.run("r", "explain iptables -s 10.0.0.1 -d 10.0.0.254 -p tcp --dport 8080 -i eth0");
    for line in [
        "nat PREROUTING   rule 1 matches: -i eth0 -p tcp -m tcp --dport 8080 -j DNAT",
        "destination      10.0.0.254:8080 becomes 10.0.2.2:80",
        "filter FORWARD   rule 1 does not match: -m conntrack --ctstate RELATED,ESTABLISHED (it is NEW)",
        "filter WEB       rule 1 matches: -s 10.0.0.0/24 -j ACCEPT [by: iptables-restore /rules]",
        "source           10.0.0.1:40000 becomes 10.0.2.254:40000",
        "It leaves by eth1.",
        "answers come 10.0.2.2:80 > 10.0.2.254:40000",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let text = lan.run("r", "explain iptables -s 10.0.0.1 -d 10.0.2.2 -p udp --dport 53 -i eth0");
    assert!(text.contains("rule 2 does not match: -p tcp (it is udp)"), "{text}");
    assert!(text.ends_with("It is dropped.\n"), "{text}");
    let text = lan.run("r", "explain iptables -d 10.0.2.2 -i eth0");
    assert!(text.starts_with("explain: a packet that comes in needs a source"), "{text}");
    assert_eq!(lan.run("r", "conntrack -C"), "0\n");
}

#[test]
fn sets_come_and_go() {
    let mut lan = Lan::new();
    assert_eq!(lan.run("r", "ipset create hosts hash:ip timeout 60; ipset add hosts 10.0.0.1"), "");
    lan.run("r", "iptables -A FORWARD -m set --match-set hosts src -j REJECT");
    assert!(lan.run("a", "ping -c 1 10.0.2.2").contains("Destination Port Unreachable"));
    assert_eq!(lan.run("r", "ipset test hosts 10.0.0.1"), "Warning: 10.0.0.1 is in set hosts.\n");
    assert_eq!(
        lan.run("r", "ipset destroy hosts"),
        "ipset v7.17: Set cannot be destroyed: it is in use by a kernel component\n[exit 1]\n"
    );
    assert_eq!(
        lan.run("r", "echo 'add hosts 10.0.0.7\nadd hosts nobody' | ipset restore"),
        "ipset v7.17: Error in line 2: Syntax error: cannot parse nobody: resolving to IPv4 address \
         failed\n[exit 1]\n"
    );
    lan.run("r", "sleep 61");
    assert!(lan.run("a", "ping -c 1 10.0.2.2").contains("1 received"));
    assert!(lan.run("r", "ipset list hosts").contains("Number of entries: 0\n"));
}

#[test]
fn connections_are_listed_and_forgotten() {
    let mut lan = Lan::new();
    lan.run("r", "iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE");
    lan.run("a", "echo hi | nc -u -w 1 -p 4000 10.0.2.2 53");
    let line = "src=10.0.0.1 dst=10.0.2.2 sport=4000 dport=53 [UNREPLIED] \
                src=10.0.2.2 dst=10.0.2.254 sport=53 dport=4000 mark=0 use=1\n";
    let text = lan.run("r", "conntrack -L -p udp --src-nat");
    assert!(text.ends_with(line), "{text}");
    assert!(lan.run("r", "conntrack -D -p udp").ends_with(line));
    assert_eq!(lan.run("r", "conntrack -C"), "0\n");
}

#[test]
fn nft_says_that_it_is_not_here() {
    let mut lan = Lan::new();
    assert_eq!(
        lan.run("r", "nft list ruleset"),
        "nft is not simulated by netsim: use iptables\n[exit 1]\n"
    );
}

/// Saved tables in the order of their names, without the lines that tell the time, counters at zero.
fn without_counts(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut tables: Vec<Vec<String>> = Vec::new();
    for line in lines {
        if line.starts_with('*') {
            tables.push(Vec::new());
        }
        let line = match line.split_once(" [") {
            Some((chain, _)) if line.starts_with(':') => format!("{chain} [0:0]"),
            _ => line.to_owned(),
        };
        tables.last_mut().expect("a table is named first").push(line);
    }
    tables.sort();
    tables
}

/// What a real machine with Docker printed when it was asked for all its rules.
fn real_rules() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/transcripts");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the recordings are there") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("text");
        for part in text.split("\ndocker-1$ iptables-save\n").skip(1) {
            let end = part.rfind("\n# Completed").map_or(part.len(), |at| at + 1);
            let own = part.split("\ndocker-1$ ").next().unwrap_or(part);
            found.push(own[..end.min(own.len())].to_owned());
        }
    }
    found
}

#[test]
fn the_rules_of_a_real_docker_machine_load_and_come_back_as_they_were() {
    let all = real_rules();
    assert!(all.len() >= 3);
    for text in all {
        let mut lan = Lan::new();
        lan.write("r", "/rules", &text);
        assert_eq!(lan.run("r", "iptables-restore < /rules"), "");
        let again = lan.run("r", "iptables-save");
        assert_eq!(without_counts(&again), without_counts(&text));
    }
}

/// Rules of chains of `filter`, and of `nat`; some lead to a chain of the user.
const FILTER: [&str; 8] = [
    "-A FORWARD -s 10.0.0.0/24 ! -d 10.1.2.3 -j ACCEPT",
    "-A FORWARD -i eth0 ! -o br-+ -p tcp --dport 80:90 -j OWN",
    "-A INPUT -p icmp --icmp-type echo-request -m limit --limit 5/s -j ACCEPT",
    "-A OUTPUT -m mark --mark 0x7/0xf -j LOG --log-prefix \"seen \"",
    "-A OWN -m conntrack --ctstate NEW -m comment --comment \"it's new\" -j RETURN",
    "-A OWN -p udp -m multiport --dports 53,4789 -j REJECT --reject-with icmp-admin-prohibited",
    "-A OWN -m addrtype --dst-type LOCAL -g OWN2",
    "-A OWN2 -m iprange --src-range 10.0.0.5-10.0.0.9",
];
const NAT: [&str; 4] = [
    "-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.2.2:80",
    "-A POSTROUTING -s 10.0.0.0/24 ! -o eth0 -j MASQUERADE --random",
    "-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 10.0.2.1-10.0.2.5:2000-3000",
    "-A OUTPUT -d 10.9.9.9 -p tcp -j REDIRECT --to-ports 8000",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_saved_and_restored_is_saved_as_before(
        filter in prop::collection::vec(prop::sample::select(&FILTER[..]), 0..12),
        nat in prop::collection::vec(prop::sample::select(&NAT[..]), 0..6),
        policy in prop::sample::select(vec!["ACCEPT", "DROP"]),
        counts in any::<bool>(),
    ) {
        let mut lan = Lan::new();
        lan.run("r", "iptables -N OWN; iptables -N OWN2");
        prop_assert_eq!(lan.run("r", &format!("iptables -P FORWARD {policy}")), "");
        for rule in &filter {
            prop_assert_eq!(lan.run("r", &format!("iptables {rule}")), "");
        }
        for rule in &nat {
            prop_assert_eq!(lan.run("r", &format!("iptables -t nat {rule}")), "");
        }
        lan.run("r", "ping -c 1 -W 1 10.0.2.2");
        let (save, restore) = match counts {
            true => ("iptables-save -c", "iptables-restore -c"),
            false => ("iptables-save", "iptables-restore"),
        };
        let text = |lan: &mut Lan, command: &str| -> Vec<String> {
            let text = lan.run("r", command);
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
        };
        lan.run("r", &format!("{save} > /rules"));
        let before = text(&mut lan, "cat /rules");
        lan.run("r", "iptables -F; iptables -t nat -F; iptables -X; iptables -P FORWARD ACCEPT");
        prop_assert_eq!(lan.run("r", &format!("{restore} < /rules")), "");
        let after = text(&mut lan, save);
        prop_assert!(!before.is_empty());
        prop_assert_eq!(after, before);
    }
}

#[test]
fn what_a_rule_logs_is_read_with_dmesg() {
    let mut lan = Lan::new();
    lan.run("r", "iptables -A FORWARD -p udp -j LOG --log-prefix 'seen: '");
    lan.run("r", "iptables -A FORWARD -p icmp -j LOG");
    lan.run("a", "sh -c 'echo hi | nc -u -p 4000 -w 1 10.0.2.2 53'; ping -c 1 -s 8 10.0.2.2");
    let log = lan.run("r", "dmesg -t");
    let expected = "seen: IN=eth0 OUT=eth1 ";
    assert!(log.starts_with(expected), "{log}");
    for part in
        ["SRC=10.0.0.1 DST=10.0.2.2", "TTL=63", "PROTO=UDP SPT=4000 DPT=53 LEN=11", "TYPE=8 CODE=0"]
    {
        assert!(log.contains(part), "{part} is not in\n{log}");
    }
    let timed = lan.run("r", "dmesg");
    assert!(timed.lines().all(|line| line.starts_with("[    ")), "{timed}");
}
