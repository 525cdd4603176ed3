//! The command `consul`: a client of the HTTP interface (`-http-addr`, or `CONSUL_HTTP_ADDR`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::kernel::Errno;
use crate::process::Proc;
use crate::process::go;
use crate::process::http::{Error, Request, Response, fetch};
use crate::wire::Ipv4Addr;

const USAGE: &str = "Usage: consul [--version] [--help] <command> [<args>]

Available commands are:
    agent          Runs a Consul agent
    catalog        Interact with the catalog
    info           Provides debugging information for operators
    kv             Interact with the key-value store
    members        Lists the members of a Consul cluster
    version        Prints the Consul version
";

const KV_USAGE: &str = "Usage: consul kv <subcommand> [options] [args]

Subcommands:
    delete    Removes data from the KV store
    get       Retrieves or lists data from the KV store
    put       Sets or updates data in the KV store
";

/// A client and what it was told.
struct Client {
    proc: Proc,
    server: (Ipv4Addr, u16),
    flags: Vec<String>,
    words: Vec<String>,
}

/// Runs a subcommand.
pub async fn run(proc: Proc) -> i32 {
    let args = proc.args();
    let (commands, rest): (Vec<String>, Vec<String>) = match args.as_slice() {
        [first, second, rest @ ..] if first == "kv" || first == "catalog" => {
            (vec![first.clone(), second.clone()], rest.to_vec())
        }
        [first, rest @ ..] => (vec![first.clone()], rest.to_vec()),
        [] => {
            proc.print(USAGE);
            return 127;
        }
    };
    let client = match Client::new(&proc, &rest) {
        Ok(client) => client,
        Err(error) => {
            proc.eprint(&format!("{error}\n"));
            return 1;
        }
    };
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    match commands.as_slice() {
        ["kv", "get"] => client.get().await,
        ["kv", "put"] => client.put().await,
        ["kv", "delete"] => client.delete().await,
        ["kv"] | ["kv", ..] => {
            proc.print(KV_USAGE);
            127
        }
        ["members"] => client.members().await,
        ["catalog", what @ ("nodes" | "services" | "datacenters")] => client.catalog(what).await,
        ["version" | "--version" | "-v"] => {
            proc.print("Consul v1.9.0 (as simulated by netsim)\n");
            0
        }
        ["--help" | "-h" | "help"] => {
            proc.print(USAGE);
            0
        }
        _ => {
            proc.eprint(USAGE);
            127
        }
    }
}

impl Client {
    fn new(proc: &Proc, args: &[String]) -> Result<Client, String> {
        let mut address = proc.env("CONSUL_HTTP_ADDR").unwrap_or_else(|| "127.0.0.1:8500".into());
        let (mut flags, mut words) = (Vec::new(), Vec::new());
        for arg in args {
            match arg.strip_prefix("-http-addr=").or_else(|| arg.strip_prefix("--http-addr=")) {
                Some(value) => value.clone_into(&mut address),
                None if arg.starts_with('-') && words.is_empty() => {
                    flags.push(arg.trim_start_matches('-').to_owned());
                }
                None => words.push(arg.clone()),
            }
        }
        let plain = address.trim_start_matches("http://").to_owned();
        let (host, port) = plain.split_once(':').unwrap_or((&plain, "8500"));
        let host = if host == "localhost" { "127.0.0.1" } else { host };
        let ip =
            host.parse().map_err(|_| format!("Error connecting to Consul agent: {address}"))?;
        let port =
            port.parse().map_err(|_| format!("Error connecting to Consul agent: {address}"))?;
        Ok(Client { proc: proc.clone(), server: (ip, port), flags, words })
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    /// What stands behind the equals sign of a flag.
    fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().find_map(|known| known.strip_prefix(flag)?.strip_prefix('='))
    }

    async fn call(&self, method: &str, target: &str, body: Vec<u8>) -> Result<Response, String> {
        let (address, port) = self.server;
        let mut request = Request::new(method, target)
            .with("Host", format_args!("{address}:{port}"))
            .with("User-Agent", "Go-http-client/1.1");
        request.body = body;
        let answer = fetch(&self.proc, self.proc.ns(), self.server, &request).await;
        let response = match answer {
            Ok(response) => response,
            Err(Error::Broken(errno)) => return Err(self.dial_error(method, target, errno)),
            Err(_) => return Err("EOF".into()),
        };
        match response.status {
            200 | 404 => Ok(response),
            status => {
                let body = String::from_utf8_lossy(&response.body);
                Err(format!("Unexpected response code: {status} ({body})"))
            }
        }
    }

    fn dial_error(&self, method: &str, target: &str, errno: Errno) -> String {
        let (address, port) = self.server;
        let mut verb = method.to_ascii_lowercase();
        verb[..1].make_ascii_uppercase();
        let url = format!("http://{address}:{port}{target}");
        format!("{verb} \"{url}\": {}", go::dial_error(self.server, errno))
    }

    fn fail(&self, what: &str, error: &str) -> i32 {
        self.proc.eprint(&format!("{what}: {error}\n"));
        1
    }

    async fn get(&self) -> i32 {
        const FLAGS: [&str; 3] = ["recurse", "keys", "separator"];
        let mut names = self.flags.iter().map(|flag| flag.split('=').next().unwrap_or_default());
        if let Some(unknown) = names.find(|name| !FLAGS.contains(name)) {
            self.proc.eprint(&format!("netsim: consul kv get: '-{unknown}' is not simulated\n"));
            return 1;
        }
        let recurse = self.has("recurse");
        let keys = self.has("keys");
        let key = self.words.first().map_or("", |key| key.trim_start_matches('/')).to_owned();
        if key.is_empty() && !recurse && !keys {
            self.proc.eprint("Error! Missing KEY argument\n");
            return 1;
        }
        let query = match (recurse, keys) {
            (_, true) => {
                let separator = self.value("separator").unwrap_or("/");
                format!("?keys=&separator={}", separator.replace('/', "%2F"))
            }
            (true, _) => "?recurse=".to_owned(),
            _ => String::new(),
        };
        let response = match self.call("GET", &format!("/v1/kv/{key}{query}"), Vec::new()).await {
            Ok(response) => response,
            Err(error) => return self.fail("Error querying Consul agent", &error),
        };
        let entries: Vec<Value> = serde_json::from_slice(&response.body).unwrap_or_default();
        if !recurse && !keys && entries.is_empty() {
            self.proc.eprint(&format!("Error! No key exists at: {key}\n"));
            return 1;
        }
        for entry in &entries {
            let text = if keys {
                entry.as_str().unwrap_or_default().to_owned()
            } else {
                let value = entry["Value"].as_str().unwrap_or_default();
                let value = STANDARD.decode(value).unwrap_or_default();
                let value = String::from_utf8_lossy(&value).into_owned();
                let key = entry["Key"].as_str().unwrap_or_default();
                if recurse { format!("{key}:{value}") } else { value }
            };
            self.proc.print(&format!("{text}\n"));
        }
        0
    }

    async fn put(&self) -> i32 {
        let [key, rest @ ..] = self.words.as_slice() else {
            self.proc.eprint("Error! Missing KEY argument\n");
            return 1;
        };
        let value = rest.first().cloned().unwrap_or_default().into_bytes();
        match self.call("PUT", &format!("/v1/kv/{key}"), value).await {
            Ok(_) => {
                self.proc.print(&format!("Success! Data written to: {key}\n"));
                0
            }
            Err(error) => self.fail("Error! Failed writing data", &error),
        }
    }

    async fn delete(&self) -> i32 {
        let Some(key) = self.words.first() else {
            self.proc.eprint("Error! Missing KEY argument\n");
            return 1;
        };
        let recurse = self.has("recurse");
        let query = if recurse { "?recurse=" } else { "" };
        match self.call("DELETE", &format!("/v1/kv/{key}{query}"), Vec::new()).await {
            Ok(_) => {
                let what = if recurse { "keys with prefix" } else { "key" };
                self.proc.print(&format!("Success! Deleted {what}: {key}\n"));
                0
            }
            Err(error) => self.fail("Error! Failed deleting key", &error),
        }
    }

    async fn members(&self) -> i32 {
        let response = match self.call("GET", "/v1/agent/members", Vec::new()).await {
            Ok(response) => response,
            Err(error) => return self.fail("Error retrieving members", &error),
        };
        let members: Vec<Value> = serde_json::from_slice(&response.body).unwrap_or_default();
        self.proc.print("Node      Address            Status  Type    DC\n");
        for member in members {
            let name = member["Name"].as_str().unwrap_or_default();
            let address = format!("{}:8301", member["Addr"].as_str().unwrap_or_default());
            self.proc.print(&format!("{name:<10}{address:<19}alive   server  dc1\n"));
        }
        0
    }

    async fn catalog(&self, what: &str) -> i32 {
        let target = format!("/v1/catalog/{what}");
        let response = match self.call("GET", &target, Vec::new()).await {
            Ok(response) => response,
            Err(error) => return self.fail("Error listing", &error),
        };
        let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        match &value {
            Value::Array(list) if what == "nodes" => {
                self.proc.print("Node      Address       DC\n");
                for node in list {
                    let name = node["Node"].as_str().unwrap_or_default();
                    let address = node["Address"].as_str().unwrap_or_default();
                    self.proc.print(&format!("{name:<10}{address:<14}dc1\n"));
                }
            }
            Value::Array(list) => {
                let names = list.iter().filter_map(Value::as_str);
                names.for_each(|name| self.proc.print(&format!("{name}\n")));
            }
            Value::Object(services) => {
                services.keys().for_each(|name| self.proc.print(&format!("{name}\n")));
            }
            _ => {}
        }
        0
    }
}
