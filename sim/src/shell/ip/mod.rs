//! `ip` of iproute2 6.1: the options in front of the object, the table of objects. Each object has its own file or folder; [`listing`] serves both `ip link` and `ip addr`.
//!
//! Containers have busybox's `ip`, which is [`busybox`].

mod addr;
mod addr4;
mod addr6;
pub(crate) mod busybox;
pub(crate) mod json;
pub(crate) mod link;
mod listing;
mod maddress;
pub(crate) mod monitor;
pub(crate) mod names;
mod neigh;
pub(crate) mod netns;
pub(crate) mod prefix;
mod route;
mod route6;
mod rule;
mod tool;
mod usage;

use crate::process::Proc;

use super::args::{Args, Failure, Result, abbreviated, abbreviates};
use prefix::takes_inet6;
pub use tool::{Family, Options, Tool, is_colour};

#[derive(Debug, Clone, Copy)]
enum Object {
    Address,
    Link,
    Maddress,
    Monitor,
    Neighbor,
    Netns,
    Route,
    Rule,
    Help,
    NotSimulated(&'static str),
}

/// In the order of the real tool, which decides what an abbreviation means.
const OBJECTS: &[(&str, Object)] = &[
    ("address", Object::Address),
    ("addrlabel", Object::NotSimulated("addrlabel")),
    ("maddress", Object::Maddress),
    ("route", Object::Route),
    ("rule", Object::Rule),
    ("neighbor", Object::Neighbor),
    ("neighbour", Object::Neighbor),
    ("ntable", Object::NotSimulated("ntable")),
    ("ntbl", Object::NotSimulated("ntable")),
    ("link", Object::Link),
    ("l2tp", Object::NotSimulated("l2tp")),
    ("fou", Object::NotSimulated("fou")),
    ("ila", Object::NotSimulated("ila")),
    ("macsec", Object::NotSimulated("macsec")),
    ("tunnel", Object::NotSimulated("tunnel")),
    ("tunl", Object::NotSimulated("tunnel")),
    ("tuntap", Object::NotSimulated("tuntap")),
    ("tap", Object::NotSimulated("tuntap")),
    ("token", Object::NotSimulated("token")),
    ("tcpmetrics", Object::NotSimulated("tcp_metrics")),
    ("tcp_metrics", Object::NotSimulated("tcp_metrics")),
    ("monitor", Object::Monitor),
    ("xfrm", Object::NotSimulated("xfrm")),
    ("mroute", Object::NotSimulated("mroute")),
    ("mrule", Object::NotSimulated("mrule")),
    ("netns", Object::Netns),
    ("netconf", Object::NotSimulated("netconf")),
    ("vrf", Object::NotSimulated("vrf")),
    ("sr", Object::NotSimulated("sr")),
    ("nexthop", Object::NotSimulated("nexthop")),
    ("mptcp", Object::NotSimulated("mptcp")),
    ("ioam", Object::NotSimulated("ioam")),
    ("help", Object::Help),
    ("stats", Object::NotSimulated("stats")),
];

/// `ip`.
pub async fn ip(proc: Proc) -> i32 {
    let words = proc.args();
    match run(&proc, &words).await {
        Ok(status) => status,
        Err(failure) => {
            proc.eprint(&failure.text);
            failure.status
        }
    }
}

async fn run(proc: &Proc, words: &[String]) -> Result<i32> {
    let mut args = Args::new(words);
    let Some(options) = parse_options(proc, &mut args)? else { return Ok(0) };
    let tool = Tool { proc: proc.clone(), options };
    if let Some(file) = &tool.options.batch {
        return run_batch(&tool, file).await;
    }
    if args.is_empty() {
        return Err(Failure::usage(usage::IP));
    }
    run_object(&tool, args).await
}

/// Reads the options; `None` if one of them was a question that is answered.
fn parse_options(proc: &Proc, args: &mut Args) -> Result<Option<Options>> {
    let mut options = Options::default();
    while let Some(word) = args.option() {
        let word = if word.starts_with("--") { &word[1..] } else { word };
        let value = |args: &mut Args<'_>| match args.next() {
            Some(value) => Ok(value.to_owned()),
            None => Err(Failure::usage(usage::IP)),
        };
        let is = |full: &str| abbreviates(word, full);
        // The order is that of the real tool: `-l` is `-loops`, `-b` is `-batch`, `-n` is `-netns`.
        match word {
            _ if is("-loops") => drop(value(args)?),
            _ if is("-family") => options.family = parse_family(&value(args)?)?,
            "-4" => options.family = Family::Inet,
            "-6" => options.family = Family::Inet6,
            "-0" => options.family = Family::Link,
            "-M" | "-B" => options.family = Family::Other,
            _ if is("-human") || is("-human-readable") => options.human = true,
            _ if is("-iec") => options.iec = true,
            _ if is("-stats") || is("-statistics") => options.statistics += 1,
            _ if is("-details") => options.details = true,
            // There are no names to resolve addresses to.
            _ if is("-resolve") => {}
            _ if is("-oneline") => options.oneline = true,
            _ if is("-timestamp") => options.timestamp = options.timestamp.max(1),
            _ if is("-tshort") => options.timestamp = 2,
            _ if is("-Version") => {
                proc.print("ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
                return Ok(None);
            }
            _ if is("-force") => options.force = true,
            _ if is("-batch") => options.batch = Some(value(args)?),
            _ if is("-brief") => options.brief = true,
            _ if is("-json") => options.json = true,
            _ if is("-pretty") => options.pretty = true,
            _ if is("-rcvbuf") => drop(value(args)?),
            _ if is_colour(word) => {}
            _ if is("-help") => return Err(Failure::usage(usage::IP)),
            _ if is("-netns") => netns::switch(proc, args.value()?)?,
            _ if is("-Numeric") => options.numeric = true,
            _ if is("-all") => options.all = true,
            "-echo" => return Err(Failure::not_simulated("ip -echo")),
            _ => {
                let line = format!("Option \"{word}\" is unknown, try \"ip -help\".");
                return Err(Failure::new(line, 255));
            }
        }
    }
    Ok(Some(options))
}

fn parse_family(word: &str) -> Result<Family> {
    match Family::named(word) {
        Some(family) => Ok(family),
        None if word == "help" => Err(Failure::usage(usage::IP)),
        None => Err(Failure::wrong(word, "invalid protocol family")),
    }
}

async fn run_object(tool: &Tool, mut args: Args<'_>) -> Result<i32> {
    let word = args.value()?;
    let Some(object) = abbreviated(word, OBJECTS) else {
        let line = format!("Object \"{word}\" is unknown, try \"ip help\".");
        return Err(Failure::new(line, 1));
    };
    if tool.options.json && matches!(object, Object::Maddress | Object::Monitor) {
        return Err(Failure::not_simulated(format_args!("ip -json {word}")));
    }
    match object {
        Object::Address => addr::run(tool, args)?,
        Object::Link => link::run(tool, args)?,
        Object::Maddress => maddress::run(tool, args)?,
        Object::Monitor => monitor::run(tool, args).await?,
        Object::Neighbor => neigh::run(tool, args)?,
        Object::Netns => return netns::run(tool, args).await,
        Object::Route if takes_inet6(tool, &args) => route6::run(tool, args)?,
        Object::Route => route::run(tool, args)?,
        Object::Rule => rule::run(tool, args)?,
        Object::Help => return Err(Failure::usage(usage::IP)),
        Object::NotSimulated(name) => {
            return Err(Failure::not_simulated(format_args!("ip {name}")));
        }
    }
    Ok(0)
}

/// Runs the lines of a file, `-` being standard input.
async fn run_batch(tool: &Tool, file: &str) -> Result<i32> {
    let text = if file == "-" {
        tool.proc.read_all().await
    } else {
        tool.proc.read_file(file).map_err(|errno| {
            Failure::new(format_args!("Cannot open file \"{file}\" for reading: {errno}"), 255)
        })?
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut status = 0;
    for (number, line) in text.lines().enumerate() {
        let words: Vec<String> = line
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if words.is_empty() {
            continue;
        }
        let failed = match Box::pin(run_object(tool, Args::new(&words))).await {
            Ok(failed) => failed,
            Err(failure) => {
                tool.eprint(&failure.text);
                // What leaves the real program at once does so in a batch, too.
                if failure.status == 255 {
                    return Ok(255);
                }
                failure.status
            }
        };
        if failed != 0 {
            tool.eprint(&format!("Command failed {file}:{}\n", number + 1));
            status = 1;
            if !tool.options.force {
                break;
            }
        }
    }
    Ok(status)
}
