//! The configuration of the daemon: flags of `dockerd`, and `/etc/docker/daemon.json`.

use ipnet::Ipv4Net;
use serde_json::Value;

use crate::wire::Ipv4Addr;

/// What the daemon was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `--cluster-store`.
    pub cluster_store: Option<String>,
    /// `--cluster-advertise`, as it was written.
    pub cluster_advertise: Option<String>,
    /// `--bip`: address of docker0.
    pub bridge_ip: Option<Ipv4Net>,
    /// `--fixed-cidr`.
    pub fixed_cidr: Option<Ipv4Net>,
    /// `--default-address-pool`.
    pub address_pools: Vec<(Ipv4Net, u8)>,
    /// `--mtu`.
    pub mtu: Option<u32>,
    /// `--dns`.
    pub dns: Vec<Ipv4Addr>,
    /// `--dns-search`.
    pub dns_search: Vec<String>,
    /// `--icc`.
    pub icc: bool,
    /// `--iptables`.
    pub iptables: bool,
    /// `--ip-forward`.
    pub ip_forward: bool,
    /// `--ip-masq`.
    pub ip_masq: bool,
    /// `--userland-proxy`.
    pub userland_proxy: bool,
    /// `--ip`: the host address of published ports.
    pub default_binding: Option<Ipv4Addr>,
    /// Options that were given and change nothing in a simulation.
    pub ignored: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            cluster_store: None,
            cluster_advertise: None,
            bridge_ip: None,
            fixed_cidr: None,
            address_pools: Vec::new(),
            mtu: None,
            dns: Vec::new(),
            dns_search: Vec::new(),
            icc: true,
            iptables: true,
            ip_forward: true,
            ip_masq: true,
            userland_proxy: true,
            default_binding: None,
            ignored: Vec::new(),
        }
    }
}

/// Where the daemon looks unless told otherwise.
pub const FILE: &str = "/etc/docker/daemon.json";

/// Options without effect here, and whether they take a value.
const IGNORED: [(&str, bool); 25] = [
    ("data-root", true),
    ("graph", true),
    ("exec-root", true),
    ("pidfile", true),
    ("host", true),
    ("hosts", true),
    ("containerd", true),
    ("oom-score-adjust", true),
    ("cgroup-parent", true),
    ("storage-driver", true),
    ("log-driver", true),
    ("log-level", true),
    ("log-opts", true),
    ("insecure-registry", true),
    ("insecure-registries", true),
    ("registry-mirror", true),
    ("registry-mirrors", true),
    ("label", true),
    ("labels", true),
    ("debug", false),
    ("live-restore", false),
    ("experimental", false),
    ("cluster-store-opt", true),
    ("cluster-store-opts", true),
    ("exec-opts", true),
];

/// An option with its values, wherever it came from.
type Setting = (String, Vec<String>);

/// Reads flags and file. The error is what `dockerd` prints before it ends.
pub fn read(args: &[String], file: Option<&str>) -> Result<Config, String> {
    let flags = read_flags(args)?;
    let settings = match file {
        Some(text) => read_file(text).map_err(|error| {
            format!("unable to configure the Docker daemon with file {FILE}: {error}")
        })?,
        None => Vec::new(),
    };
    let twice: Vec<String> = settings
        .iter()
        .filter_map(|(name, values)| {
            let flag = flags.iter().find(|(flag, _)| canonical(flag) == canonical(name))?;
            let (from_flag, from_file) = (flag.1.join(", "), values.join(", "));
            Some(format!("{name}: (from flag: {from_flag}, from file: {from_file})"))
        })
        .collect();
    if !twice.is_empty() {
        return Err(format!(
            "unable to configure the Docker daemon with file {FILE}: the following directives are specified both as a flag and in the configuration file: {}",
            twice.join(", ")
        ));
    }
    let mut config = Config::default();
    for (name, values) in flags.iter().chain(&settings) {
        config.set(name, values)?;
    }
    if config.cluster_advertise.is_some() && config.cluster_store.is_none() {
        return Err("invalid cluster configuration. --cluster-advertise must be accompanied by --cluster-store configuration".into());
    }
    Ok(config)
}

/// Some options are plural in the file.
fn canonical(name: &str) -> &str {
    match name {
        "default-address-pools" => "default-address-pool",
        "hosts" => "host",
        name => name,
    }
}

fn read_flags(args: &[String]) -> Result<Vec<Setting>, String> {
    let mut settings: Vec<Setting> = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let Some(flag) = arg.strip_prefix('-') else {
            return Err(format!("\"dockerd\" accepts no arguments: {arg}"));
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let name = match name {
            "H" => "host",
            "D" => "debug",
            "b" => "bridge",
            "l" => "log-level",
            "s" => "storage-driver",
            "g" => "graph",
            name => name,
        };
        let takes_value = match IGNORED.iter().find(|(known, _)| *known == name) {
            Some((_, takes_value)) => *takes_value,
            None => !is_boolean(name),
        };
        let value = match value {
            Some(value) => value,
            None if takes_value => {
                rest.next().cloned().ok_or(format!("flag needs an argument: --{name}"))?
            }
            None => "true".to_owned(),
        };
        match settings.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => settings.push((name.to_owned(), vec![value])),
        }
    }
    Ok(settings)
}

fn is_boolean(name: &str) -> bool {
    matches!(
        name,
        "icc"
            | "iptables"
            | "ip-forward"
            | "ip-masq"
            | "userland-proxy"
            | "ipv6"
            | "tls"
            | "tlsverify"
    )
}

fn read_file(text: &str) -> Result<Vec<Setting>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_str(text).map_err(|error| go_json_error(text, &error))?;
    let Value::Object(object) = value else {
        return Err(
            "json: cannot unmarshal array into Go value of type map[string]interface {}".into()
        );
    };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    Ok(object
        .iter()
        .map(|(name, value)| {
            let values = match value {
                Value::Array(list) => list.iter().map(plain).collect(),
                value => vec![plain(value)],
            };
            (name.clone(), values)
        })
        .collect())
}

/// An error of the parser in the words of Go's.
fn go_json_error(text: &str, error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".to_owned();
    }
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
    let found = line.chars().nth(error.column().saturating_sub(1)).unwrap_or(' ');
    let before = text
        .lines()
        .take(error.line().saturating_sub(1))
        .chain([&line[..line.len().min(error.column().saturating_sub(1))]])
        .collect::<String>();
    let place = match before.trim_end().chars().last() {
        Some(',' | '{') => "looking for beginning of object key string",
        Some(':' | '[') => "looking for beginning of value",
        Some('"' | ']' | '}' | '0'..='9' | 'e') => "after object key:value pair",
        _ => "looking for beginning of value",
    };
    format!("invalid character '{found}' {place}")
}

impl Config {
    fn set(&mut self, name: &str, values: &[String]) -> Result<(), String> {
        let first = values.first().cloned().unwrap_or_default();
        let bad =
            |what: &str| format!("invalid argument \"{first}\" for \"--{name}\" flag: {what}");
        let boolean = || super::model::parse_bool(&first).ok_or_else(|| bad("not a boolean"));
        let net = |text: &str| text.parse::<Ipv4Net>().map_err(|_| bad("invalid CIDR address"));
        match canonical(name) {
            "cluster-store" => self.cluster_store = Some(first.clone()),
            "cluster-advertise" => self.cluster_advertise = Some(first.clone()),
            "bip" => self.bridge_ip = Some(net(&first)?),
            "fixed-cidr" => self.fixed_cidr = Some(net(&first)?),
            "default-address-pool" => {
                for value in values {
                    self.address_pools
                        .push(address_pool(value).ok_or_else(|| bad("invalid pool"))?);
                }
            }
            "mtu" => self.mtu = Some(first.parse().map_err(|_| bad("not a number"))?),
            "dns" => {
                for value in values {
                    self.dns.push(value.parse().map_err(|_| bad("not an ip address"))?);
                }
            }
            "dns-search" => self.dns_search = values.to_vec(),
            "icc" => self.icc = boolean()?,
            "iptables" => self.iptables = boolean()?,
            "ip-forward" => self.ip_forward = boolean()?,
            "ip-masq" => self.ip_masq = boolean()?,
            "userland-proxy" => self.userland_proxy = boolean()?,
            "ip" => {
                self.default_binding = Some(first.parse().map_err(|_| bad("not an ip address"))?);
            }
            "ipv6" | "bridge" | "tls" | "tlsverify" => {
                return Err(format!("--{name} is not simulated by netsim"));
            }
            known if IGNORED.iter().any(|(ignored, _)| *ignored == known) => {
                self.ignored.push(known.to_owned());
            }
            other => {
                return Err(format!(
                    "unable to configure the Docker daemon with file {FILE}: the following directives don't match any configuration option: {other}"
                ));
            }
        }
        Ok(())
    }
}

/// `base=10.10.0.0/16,size=24`, or the object of the file.
fn address_pool(text: &str) -> Option<(Ipv4Net, u8)> {
    if let Ok(Value::Object(object)) = serde_json::from_str(text) {
        let base = object.get("base")?.as_str()?.parse().ok()?;
        return Some((base, u8::try_from(object.get("size")?.as_u64()?).ok()?));
    }
    let part = |name: &str| text.split(',').find_map(|part| part.trim().strip_prefix(name));
    Some((part("base=")?.parse().ok()?, part("size=")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn flags_and_file_together() {
        let file = r#"{ "cluster-store": "consul://192.168.56.135:8500", "cluster-advertise": "eth0:2376" }"#;
        let config =
            read(&words("-H fd:// --containerd=/run/containerd/containerd.sock"), Some(file));
        let config = config.unwrap();
        assert_eq!(config.cluster_store.as_deref(), Some("consul://192.168.56.135:8500"));
        let pools =
            r#"{"default-address-pools":[{"base":"10.10.0.0/16","size":24}], "icc": false}"#;
        let config = read(&[], Some(pools)).unwrap();
        assert_eq!(config.address_pools, [("10.10.0.0/16".parse().unwrap(), 24)]);
        assert!(!config.icc);
    }

    #[test]
    fn what_is_wrong_is_said_in_dockers_words() {
        let error = |args: &str, file: Option<&str>| read(&words(args), file).unwrap_err();
        assert!(
            error("", Some(r#"{"mtu": 1400,}"#))
                .ends_with("invalid character '}' looking for beginning of object key string")
        );
        assert!(error("", Some(r#"{"foo": 1}"#)).ends_with("any configuration option: foo"));
        assert!(error("--mtu 1400", Some(r#"{"mtu": 1500}"#)).contains("both as a flag"));
        assert!(error("--cluster-advertise=eth0:2376", None).contains("must be accompanied"));
    }
}
