//! `[[fault]]`: what is broken when a learner comes. A fault is done by commands on the machines, as an
//! unlucky colleague would have typed them; a learner does not see them.

use toml::{Table, Value};

use super::LessonError;
use crate::world::suggest::suggestion;

/// Something that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The machine.
    pub host: String,
    /// What is typed there.
    pub commands: Vec<String>,
    /// The block before which it happens; at the start if none is named.
    pub before: Option<String>,
    /// The line of the lesson.
    pub line: usize,
}

/// The kinds of faults, what each needs besides `type` and `at`, and what may be added.
const KINDS: [(&str, &[&str], &[&str]); 12] = [
    ("sysctl", &["key", "value"], &[]),
    ("fw.policy", &["chain", "policy"], &["table"]),
    ("fw.rule", &["rule"], &[]),
    ("fw.flush", &[], &[]),
    ("route", &["change"], &[]),
    ("link.mtu", &["device", "mtu"], &[]),
    ("link.down", &["device"], &[]),
    ("link.loss", &["device", "percent"], &[]),
    ("link.drop", &["what"], &[]),
    ("fdb.stale", &["device", "mac", "dst"], &[]),
    ("kv.down", &[], &[]),
    ("run", &["command"], &[]),
];

/// Reads the faults of a lesson; `source` is its text, `machines` those that there are.
pub fn parse_all(
    file: &str,
    source: &str,
    faults: &[Table],
    machines: &[String],
) -> Result<Vec<Fault>, LessonError> {
    let lines = source.lines().enumerate().filter(|(_, line)| line.trim() == "[[fault]]");
    let lines = lines.map(|(n, _)| n + 1).chain(std::iter::repeat(1));
    let read = |(fault, line): (&Table, usize)| {
        parse(fault, line, machines).map_err(|(word, message, hint)| {
            LessonError::new(file, source, line, message).at_word(&word).with_hint(hint)
        })
    };
    faults.iter().zip(lines).map(read).collect()
}

/// The word that is wrong, what is wrong, and what may be meant.
type Wrong = (String, String, Option<String>);

fn parse(fault: &Table, line: usize, machines: &[String]) -> Result<Fault, Wrong> {
    let wrong = |word: &str, message: String, hint: Option<&str>| {
        Err((word.to_owned(), message, hint.map(|hint| format!("did you mean '{hint}'?"))))
    };
    let text = |key: &str| match fault.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value) => Some(value.to_string()),
        None => None,
    };
    let kind = text("type").unwrap_or_default();
    let Some((_, needed, allowed)) = KINDS.iter().find(|(known, ..)| *known == kind) else {
        let hint = suggestion(&kind, KINDS.iter().map(|(known, ..)| *known));
        return wrong("type", format!("'{kind}' is not a kind of fault"), hint);
    };
    for key in fault.keys() {
        if !needed.contains(&key.as_str())
            && !allowed.contains(&key.as_str())
            && !["type", "at", "when"].contains(&key.as_str())
        {
            return wrong(key, format!("a fault '{kind}' has no '{key}'"), None);
        }
    }
    if let Some(missing) = needed.iter().find(|key| !fault.contains_key(**key)) {
        return wrong("type", format!("the fault '{kind}' does not say its '{missing}'"), None);
    }
    let host = text("at").unwrap_or_default();
    if !machines.contains(&host) {
        let hint = suggestion(&host, machines.iter().map(String::as_str));
        return wrong("at", format!("there is no machine '{host}' to break"), hint);
    }
    let word = |key: &str| text(key).unwrap_or_default();
    let commands = commands(&kind, &word)
        .ok_or_else(|| ("what".to_owned(), format!("nothing drops '{}'", word("what")), None))?;
    let before = text("when").filter(|when| when != "start");
    let before = before.map(|when| when.trim_start_matches('#').to_owned());
    Ok(Fault { host, commands, before, line })
}

/// What is typed to break it.
fn commands(kind: &str, word: &dyn Fn(&str) -> String) -> Option<Vec<String>> {
    let table = match word("table") {
        table if table.is_empty() => "filter".to_owned(),
        table => table,
    };
    let device = word("device");
    Some(match kind {
        "sysctl" => vec![format!("sysctl -w {}={}", word("key"), word("value"))],
        "fw.policy" => {
            vec![format!("iptables -t {table} -P {} {}", word("chain"), word("policy"))]
        }
        "fw.rule" => vec![format!("iptables {}", word("rule"))],
        "fw.flush" => ["filter", "nat", "mangle", "raw"]
            .iter()
            .flat_map(|table| ["-F", "-X"].map(|what| format!("iptables -t {table} {what}")))
            .collect(),
        "route" => vec![format!("ip route {}", word("change"))],
        "link.mtu" => vec![format!("ip link set dev {device} mtu {}", word("mtu"))],
        "link.down" => vec![format!("ip link set dev {device} down")],
        "link.loss" => {
            vec![format!("tc qdisc replace dev {device} root netem loss {}%", word("percent"))]
        }
        // Before any table of state: what is dropped here nobody has seen.
        "link.drop" => {
            vec![format!("iptables -t raw -A PREROUTING {} -j DROP", match_of(&word("what"))?)]
        }
        "fdb.stale" => vec![format!(
            "bridge fdb replace {} dev {device} dst {} self permanent",
            word("mac"),
            word("dst")
        )],
        "kv.down" => vec!["docker stop consul".to_owned()],
        _ => vec![word("command")],
    })
}

/// `udp/4789`, `tcp/7946`, `ip-proto 50`, `fragments`, `icmp-frag-needed` as a match of iptables.
fn match_of(what: &str) -> Option<String> {
    let port = |text: &str| text.parse::<u16>().ok();
    match what.split_once(['/', ' ']) {
        Some((protocol @ ("tcp" | "udp"), number)) => {
            Some(format!("-p {protocol} --dport {}", port(number)?))
        }
        Some(("ip-proto", number)) => Some(format!("-p {}", number.parse::<u8>().ok()?)),
        None if what == "fragments" => Some("-f".to_owned()),
        None if what == "icmp-frag-needed" => {
            Some("-p icmp --icmp-type fragmentation-needed".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Fault, Wrong> {
        let table: Table = toml::from_str(text).expect("right TOML");
        parse(&table, 1, &["box".to_owned(), "gw".to_owned()])
    }

    #[test]
    fn faults_are_commands() {
        let fault = parsed("type = \"sysctl\"\nat = \"gw\"\nkey = \"a.b\"\nvalue = 0").unwrap();
        assert_eq!((fault.host.as_str(), fault.commands), ("gw", vec!["sysctl -w a.b=0".into()]));
        let fault = parsed("type = \"link.drop\"\nat = \"gw\"\nwhat = \"udp/4789\"").unwrap();
        assert_eq!(fault.commands, ["iptables -t raw -A PREROUTING -p udp --dport 4789 -j DROP"]);
    }

    #[test]
    fn mistakes_name_the_word() {
        let word = |text: &str| parsed(text).unwrap_err().0;
        assert_eq!(word("type = \"sysctrl\"\nat = \"gw\""), "type");
        assert_eq!(word("type = \"fw.flush\"\nat = \"gv\""), "at");
        assert_eq!(word("type = \"fw.flush\"\nat = \"gw\"\nchain = \"x\""), "chain");
        assert_eq!(word("type = \"link.drop\"\nat = \"gw\"\nwhat = \"udp\""), "what");
    }
}
