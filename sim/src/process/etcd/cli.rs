//! The command `etcdctl`, as it is with `ETCDCTL_API=2`: its global options, and how it tells of
//! failures. What its subcommands do is in [`super::commands`].

use std::collections::BTreeMap;

use super::client::{Client, Patience};
use super::commands;
use super::line::{BAD_ARGS, BAD_CONNECTION, Line, Output, fail};
use super::options::authority;
use super::server::VERSION;
use crate::engine::Span;
use crate::process::Proc;

const USAGE: &str = "NAME:
   etcdctl - A simple command line client for etcd.

USAGE:
   etcdctl [global options] command [command options] [arguments...]

COMMANDS:
     cluster-health  check the health of the etcd cluster
     mk              make a new key with a given value
     mkdir           make a new directory
     rm              remove a key or a directory
     rmdir           removes the key if it is an empty directory or a key-value pair
     get             retrieve the value of a key
     ls              retrieve a directory
     set             set the value of a key
     setdir          create a new directory or update an existing directory TTL
     update          update an existing key with a given value
     updatedir       update an existing directory
     watch           watch a key for changes
     member          member list

GLOBAL OPTIONS:
   --no-sync             don't synchronize cluster information before sending request
   --output, -o value    output response in the given format (simple, `extended` or `json`)
   --endpoints value     a comma-delimited list of machine addresses in the cluster
   --timeout value       connection timeout per request (default: 2s)
   --version, -v         print the version
";

/// Global options.
struct Globals {
    endpoints: Vec<(crate::wire::Ipv4Addr, u16)>,
    output: Output,
    timeout: Span,
    sync: bool,
}

/// Runs `etcdctl`.
pub async fn run(proc: Proc) -> i32 {
    if proc.env("ETCDCTL_API").is_some_and(|version| version != "2") {
        proc.eprint("etcdctl: only the interface of version 2 is simulated by netsim\n");
        return 1;
    }
    let args = proc.args();
    let (globals, rest) = match globals(&proc, &args) {
        Ok(read) => read,
        Err(words) => {
            proc.eprint(&format!("{words}\n"));
            return BAD_ARGS;
        }
    };
    let [name, rest @ ..] = rest else {
        proc.print(USAGE);
        return 0;
    };
    match name.as_str() {
        "--version" | "-v" | "version" => {
            proc.print(&format!("etcdctl version: {VERSION}\nAPI version: 2\n"));
            return 0;
        }
        "help" | "h" | "--help" | "-h" => {
            proc.print(USAGE);
            return 0;
        }
        _ => {}
    }
    let Some(command) = commands::named(name) else {
        proc.eprint(&format!("No help topic for '{name}'\n"));
        return 3;
    };
    let (options, words) = match options(command.flags, rest) {
        Ok(read) => read,
        Err(words) => {
            proc.eprint(&format!("Incorrect Usage: {words}\n"));
            return BAD_ARGS;
        }
    };
    let mut client = Client::new(&proc, globals.endpoints, Patience::Dial(globals.timeout));
    // Where the members say that they are found replaces what was said here.
    if globals.sync && command.syncs {
        match client.members().await {
            Ok(found) => {
                let urls = found.members.iter().flat_map(|member| &member.client_urls);
                client.endpoints = urls.filter_map(|url| authority(url)).collect();
            }
            Err(error) => return fail(&proc, BAD_CONNECTION, &error),
        }
    }
    let line = Line { proc, client, output: globals.output, options, words };
    command.run(line).await
}

/// Reads the global options; what follows them.
fn globals<'a>(proc: &Proc, args: &'a [String]) -> Result<(Globals, &'a [String]), String> {
    let mut endpoints = proc
        .env("ETCDCTL_ENDPOINTS")
        .or_else(|| proc.env("ETCDCTL_ENDPOINT"))
        // Today's port is asked behind the one of old.
        .unwrap_or_else(|| "http://127.0.0.1:4001,http://127.0.0.1:2379".to_owned());
    let (mut output, mut timeout, mut sync) = (Output::Simple, Span::secs(2), true);
    let mut rest = args;
    while let [arg, after @ ..] = rest {
        let Some(flag) = arg.strip_prefix('-') else { break };
        let flag = flag.trim_start_matches('-');
        if matches!(flag, "version" | "v" | "help" | "h") {
            break;
        }
        rest = after;
        let (flag, attached) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (flag, None),
        };
        if matches!(flag, "no-sync" | "debug") {
            sync &= flag != "no-sync" || attached.as_deref() == Some("false");
            continue;
        }
        let value = match (attached, rest) {
            (Some(value), _) => value,
            (None, [value, after @ ..]) => {
                rest = after;
                value.clone()
            }
            (None, []) => return Err(format!("flag needs an argument: -{flag}")),
        };
        match flag {
            "endpoints" | "endpoint" | "peers" | "C" => endpoints = value,
            "output" | "o" => {
                output = match value.as_str() {
                    "simple" => Output::Simple,
                    "extended" => Output::Extended,
                    "json" => Output::Json,
                    other => return Err(format!("Unsupported output format: {other}")),
                }
            }
            "timeout" => {
                let seconds = value.strip_suffix('s').and_then(|text| text.parse().ok());
                timeout = seconds.map(Span::from_secs_f64).ok_or_else(|| {
                    format!("invalid value \"{value}\" for flag -timeout: time: invalid duration")
                })?;
            }
            "total-timeout" => {}
            other => return Err(format!("flag provided but not defined: -{other}")),
        }
    }
    let read = |text: &str| {
        authority(text).ok_or_else(|| format!("netsim cannot reach the endpoint '{text}'"))
    };
    let endpoints = endpoints.split(',').map(read).collect::<Result<_, String>>()?;
    Ok((Globals { endpoints, output, timeout, sync }, rest))
}

type Options = (BTreeMap<String, String>, Vec<String>);

/// Reads the options of a subcommand, up to its first operand. `flags` has its options by name and
/// letter; those with a value end with an equals sign.
fn options(flags: &[&str], args: &[String]) -> Result<Options, String> {
    let mut options = BTreeMap::new();
    let mut rest = args;
    while let [arg, after @ ..] = rest {
        let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else { break };
        rest = after;
        let flag = flag.trim_start_matches('-');
        if flag.is_empty() {
            break;
        }
        let (flag, attached) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (flag, None),
        };
        let known = flags
            .iter()
            .find(|known| known.trim_end_matches('=').split(',').any(|name| name == flag));
        let known = known.ok_or_else(|| format!("flag provided but not defined: -{flag}"))?;
        let name = known.trim_end_matches('=').split(',').next().unwrap_or_default();
        let value = match (attached, known.ends_with('='), rest) {
            (Some(value), ..) => value,
            (None, false, _) => String::new(),
            (None, true, [value, after @ ..]) => {
                rest = after;
                value.clone()
            }
            (None, true, []) => return Err(format!("flag needs an argument: -{flag}")),
        };
        options.insert(name.to_owned(), value);
    }
    Ok((options, rest.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_at_the_first_operand() {
        let args = ["-r", "--after-index", "7", "/docker", "-p"].map(str::to_owned);
        let (options, words) = options(&["recursive,r", "after-index=", "p"], &args).unwrap();
        assert_eq!(options["recursive"], "");
        assert_eq!(options["after-index"], "7");
        assert_eq!(words, ["/docker", "-p"]);
        assert!(options_of("--nope").is_err());
    }

    fn options_of(word: &str) -> Result<Options, String> {
        options(&[], &[word.to_owned()])
    }
}
