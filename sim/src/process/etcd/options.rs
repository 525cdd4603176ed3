//! The command line of `etcd`.

use crate::wire::Ipv4Addr;

/// What a server was told.
pub(super) struct Options {
    pub name: String,
    pub data_dir: String,
    pub listen_clients: Vec<String>,
    pub advertise_clients: Vec<String>,
    pub listen_peers: Vec<String>,
    pub advertise_peers: Vec<String>,
    /// Whether there is a `/v2` interface.
    pub enable_v2: bool,
}

/// Why a command line starts no server.
pub(super) enum Stop {
    /// It only asks for the version.
    Version,
    /// It is wrong: in these words.
    Wrong(String),
}

/// Options that change nothing that the simulation shows.
const IGNORED: [&str; 7] = [
    "snapshot-count",
    "heartbeat-interval",
    "election-timeout",
    "max-snapshots",
    "max-wals",
    "logger",
    "log-level",
];

impl Options {
    /// Reads the arguments: `--name kv`, `-name=kv`.
    pub fn parse(args: &[String]) -> Result<Options, Stop> {
        let mut options = Options {
            name: "default".into(),
            data_dir: String::new(),
            listen_clients: vec!["http://localhost:2379".into()],
            advertise_clients: vec!["http://localhost:2379".into()],
            listen_peers: vec!["http://localhost:2380".into()],
            advertise_peers: vec!["http://localhost:2380".into()],
            enable_v2: false,
        };
        let (mut listens, mut advertises) = (false, false);
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let Some(flag) = arg.strip_prefix('-') else {
                return Err(Stop::Wrong(format!(
                    "error verifying flags, '{arg}' is not a valid flag. See 'etcd --help'."
                )));
            };
            let flag = flag.trim_start_matches('-');
            let (flag, attached) = match flag.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (flag, None),
            };
            if flag == "version" {
                return Err(Stop::Version);
            }
            if flag == "enable-v2" {
                options.enable_v2 = attached.as_deref() != Some("false");
                continue;
            }
            let mut value = || {
                let apart = || rest.next().cloned();
                attached
                    .clone()
                    .or_else(apart)
                    .ok_or_else(|| Stop::Wrong(format!("flag needs an argument: -{flag}")))
            };
            let mut urls = || value().map(|text| text.split(',').map(str::to_owned).collect());
            match flag {
                "name" => options.name = value()?,
                "data-dir" => options.data_dir = value()?,
                "listen-client-urls" => {
                    options.listen_clients = urls()?;
                    listens = true;
                }
                "advertise-client-urls" => {
                    options.advertise_clients = urls()?;
                    advertises = true;
                }
                "listen-peer-urls" => options.listen_peers = urls()?,
                "initial-advertise-peer-urls" => options.advertise_peers = urls()?,
                "initial-cluster-state" | "initial-cluster-token" => {
                    value()?;
                }
                "initial-cluster" if value()?.contains(',') => {
                    return Err(Stop::Wrong("netsim's etcd is a cluster of one server".into()));
                }
                "initial-cluster" => {}
                flag if IGNORED.contains(&flag) => {
                    value()?;
                }
                "discovery" | "discovery-srv" | "cert-file" | "key-file" | "proxy" => {
                    return Err(Stop::Wrong(format!("etcd: --{flag} is not simulated by netsim")));
                }
                other => {
                    return Err(Stop::Wrong(format!("flag provided but not defined: -{other}")));
                }
            }
        }
        if listens && !advertises {
            return Err(Stop::Wrong(
                "error verifying flags, --advertise-client-urls is required when \
                 --listen-client-urls is set explicitly. See 'etcd --help'."
                    .into(),
            ));
        }
        if options.data_dir.is_empty() {
            options.data_dir = format!("{}.etcd", options.name);
        }
        Ok(options)
    }
}

/// Address and port of `http://127.0.0.1:2379`.
pub(super) fn authority(url: &str) -> Option<(Ipv4Addr, u16)> {
    let rest = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    let (host, port) = rest.split_once(':')?;
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    Some((host.parse().ok()?, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Stop> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn flags_are_read_with_one_dash_or_two() {
        let line = "-name kv --enable-v2 --listen-client-urls=http://10.0.0.1:2379,http://127.0.0.1:2379 \
                    --advertise-client-urls http://10.0.0.1:2379";
        let Ok(options) = parse(line) else { panic!("refused") };
        assert_eq!(options.name, "kv");
        assert!(options.enable_v2);
        assert_eq!(options.data_dir, "kv.etcd");
        assert_eq!(
            authority(&options.listen_clients[0]),
            Some(("10.0.0.1".parse().unwrap(), 2379))
        );
    }

    #[test]
    fn who_listens_elsewhere_must_say_where_he_is_found() {
        assert!(matches!(parse("--listen-client-urls http://0.0.0.0:2379"), Err(Stop::Wrong(_))));
        assert!(matches!(parse("--nonsense"), Err(Stop::Wrong(_))));
        assert!(matches!(parse("--version"), Err(Stop::Version)));
    }
}
