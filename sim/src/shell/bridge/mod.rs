//! `bridge` of iproute2 6.1: ports, forwarding databases, VLANs of bridges.

mod device;
mod fdb;
mod link;
mod monitor;
mod vlan;

use super::args::{Args, Failure, Result, abbreviated, abbreviates};
use super::ip::{Family, Options, Tool, is_colour, netns};
use crate::process::Proc;

const USAGE: &str = include_str!("usage/bridge.txt");

#[derive(Debug, Clone, Copy)]
enum Object {
    Link,
    Fdb,
    Mdb,
    Vlan,
    Vni,
    Monitor,
    Help,
}

const OBJECTS: &[(&str, Object)] = &[
    ("link", Object::Link),
    ("fdb", Object::Fdb),
    ("mdb", Object::Mdb),
    ("vlan", Object::Vlan),
    ("vni", Object::Vni),
    ("monitor", Object::Monitor),
    ("help", Object::Help),
];

/// `bridge`.
pub async fn bridge(proc: Proc) -> i32 {
    let words = proc.args();
    match run(&proc, &words).await {
        Ok(()) => 0,
        Err(failure) => {
            proc.eprint(&failure.text);
            // This tool leaves with -1 where `ip` would with 1 or 2.
            if failure.status == 0 { 0 } else { failure.status.max(EXIT) }
        }
    }
}

/// `exit(-1)`, but for the few commands that say -2 or another number.
const EXIT: i32 = 234;

async fn run(proc: &Proc, words: &[String]) -> Result<()> {
    let mut args = Args::new(words);
    let options = parse_options(proc, &mut args)?;
    let tool = Tool { proc: proc.clone(), options };
    let Some(word) = args.next() else { return Err(Failure::usage(USAGE)) };
    let result = match abbreviated(word, OBJECTS) {
        Some(Object::Vlan | Object::Mdb | Object::Vni | Object::Monitor) if tool.options.json => {
            Err(Failure::not_simulated(format_args!("bridge -json {word}")))
        }
        Some(Object::Link) => link::run(&tool, args),
        Some(Object::Fdb) => fdb::run(&tool, args),
        Some(Object::Vlan) => vlan::run(&tool, args),
        // Multicast groups and VNI filters are not kept: their lists are empty.
        Some(Object::Mdb) => empty_list(&tool, args, "mdb", ""),
        Some(Object::Vni) => {
            let title = "dev               vni              group/remote   \n";
            empty_list(&tool, args, "vni", title)
        }
        Some(Object::Monitor) => monitor::run(&tool, args).await,
        Some(Object::Help) => Err(Failure::usage(USAGE)),
        None => {
            let line = format!("Object \"{word}\" is unknown, try \"bridge help\".");
            Err(Failure::new(line, 255))
        }
    };
    // Status 1 and 2 are those of `ip`; here nearly every failure is -1.
    result.map_err(|failure| match failure.status {
        1 | 2 => Failure { status: 255, ..failure },
        _ => failure,
    })
}

fn empty_list(tool: &Tool, mut args: Args, object: &str, title: &str) -> Result<()> {
    match args.next() {
        None => {}
        Some(word) if ["show", "lst", "list"].iter().any(|full| abbreviates(word, full)) => {}
        Some(word) => {
            return Err(Failure::not_simulated(format_args!("bridge {object} {word}")));
        }
    }
    tool.print(title);
    Ok(())
}

fn parse_options(proc: &Proc, args: &mut Args) -> Result<Options> {
    let mut options = Options::default();
    while let Some(word) = args.option() {
        let word = if word.starts_with("--") { &word[1..] } else { word };
        let is = |full: &str| abbreviates(word, full);
        match word {
            _ if is("-help") => return Err(Failure::usage(USAGE)),
            _ if is("-Version") => {
                proc.print("bridge utility, 6.1.0\n");
                return Err(Failure::silent(0));
            }
            _ if is("-stats") || is("-statistics") => options.statistics += 1,
            _ if is("-details") => options.details = true,
            _ if is("-oneline") => options.oneline = true,
            _ if is("-timestamp") => options.timestamp = 1,
            _ if is("-family") => match args.next() {
                Some("inet") => options.family = Family::Inet,
                Some("inet6") => options.family = Family::Inet6,
                None | Some("help") => return Err(Failure::usage(USAGE)),
                Some(word) => return Err(Failure::wrong(word, "invalid protocol family")),
            },
            "-4" => options.family = Family::Inet,
            "-6" => options.family = Family::Inet6,
            _ if is("-netns") => netns::switch(proc, args.value()?)?,
            _ if is_colour(word) => {}
            _ if is("-compressvlans") => options.compresses_vlans = true,
            _ if is("-force") => options.force = true,
            _ if is("-json") => options.json = true,
            _ if is("-pretty") => options.pretty = true,
            _ if is("-batch") => return Err(Failure::not_simulated("bridge -batch")),
            _ => {
                let line = format!("Option \"{word}\" is unknown, try \"bridge help\".");
                return Err(Failure::new(line, 255));
            }
        }
    }
    Ok(options)
}
