//! Random rules of iptables.

use super::random::Draft;

/// Some hosts get some rules.
pub(super) fn rules(draft: &mut Draft) {
    let count = draft.rng.below(7);
    for _ in 0..count {
        let host = draft.host();
        let line = match draft.rng.below(8) {
            0 => policy(draft),
            1 => translation(draft, &host),
            _ => rule(draft, &host),
        };
        draft.inside(&host, &format!("iptables {line}"));
    }
}

fn policy(draft: &mut Draft) -> String {
    let chain = draft.pick(&["INPUT", "FORWARD", "OUTPUT"]);
    format!("-P {chain} DROP")
}

/// A device of a host, if it has one.
fn device(draft: &mut Draft, host: &str) -> Option<String> {
    let own = draft.members.iter().filter(|member| member.host == host);
    let own: Vec<String> = own.map(|member| member.device.clone()).collect();
    (!own.is_empty()).then(|| draft.pick(&own))
}

fn rule(draft: &mut Draft, host: &str) -> String {
    let chain = draft.pick(&["INPUT", "FORWARD", "FORWARD", "OUTPUT"]);
    let mut line = format!("{} {chain}", draft.pick(&["-A", "-I"]));
    if draft.rng.chance(0.3) {
        line += &format!(" -s {}", place(draft));
    }
    if draft.rng.chance(0.3) {
        line += &format!(" -d {}", place(draft));
    }
    if draft.rng.chance(0.3)
        && let Some(device) = device(draft, host)
    {
        let way = if chain == "OUTPUT" { "-o" } else { "-i" };
        line += &format!(" {way} {device}");
    }
    let protocol = draft.pick(&[
        "",
        "",
        " -p icmp",
        " -p icmp --icmp-type echo-request",
        " -p tcp --dport 80",
    ]);
    line += protocol;
    if draft.rng.chance(0.2) {
        let states = draft.pick(&["NEW", "ESTABLISHED,RELATED", "INVALID"]);
        line += &format!(" -m conntrack --ctstate {states}");
    }
    let target =
        draft.pick(&["ACCEPT", "DROP", "DROP", "REJECT", "RETURN", "REJECT --reject-with"]);
    let target = match target {
        "REJECT --reject-with" => {
            let kind = draft.pick(&[
                "icmp-net-unreachable",
                "icmp-host-unreachable",
                "icmp-host-prohibited",
                "icmp-admin-prohibited",
            ]);
            format!("{target} {kind}")
        }
        _ => target.to_owned(),
    };
    format!("{line} -j {target}")
}

/// A network or an address.
fn place(draft: &mut Draft) -> String {
    let not = if draft.rng.chance(0.2) { "! " } else { "" };
    let address = draft.address();
    // `-s ! X` is written `! -s X`; here the network is widened instead of denied.
    match (not, draft.rng.below(2)) {
        ("", 0) => format!("{address}/24"),
        ("", _) => address,
        _ => format!("{address}/9"),
    }
}

fn translation(draft: &mut Draft, host: &str) -> String {
    match (draft.rng.below(3), device(draft, host)) {
        (0, Some(device)) => format!("-t nat -A POSTROUTING -o {device} -j MASQUERADE"),
        (1, Some(device)) => {
            let to = draft.address();
            format!("-t nat -A POSTROUTING -o {device} -j SNAT --to-source {to}")
        }
        _ => {
            let (from, to) = (draft.address(), draft.address());
            let chain = draft.pick(&["PREROUTING", "OUTPUT"]);
            format!("-t nat -A {chain} -d {from} -j DNAT --to-destination {to}")
        }
    }
}
