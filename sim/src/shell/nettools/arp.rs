//! `arp`: neighbours, as people used to look at them.

use std::net::IpAddr;

use super::super::args::{Args, Failure, Result, finish};
use super::super::ip::prefix::mac;
use super::{Style, Tool, dotted};
use crate::kernel::ip::neighbor::Nud;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::sys::neigh::EntryMode;
use crate::kernel::sys::route::RouteQuery;
use crate::kernel::{Errno, LinkId};
use crate::process::Proc;
use crate::wire::{Ipv4Addr, MacAddr};

/// `arp` of net-tools.
pub async fn arp(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::NetTools, name: "arp" };
    finish(&proc, run(&tool))
}

/// `arp` of busybox.
pub async fn busybox(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::Busybox, name: "arp" };
    finish(&proc, run(&tool))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Show,
    Set,
    Delete,
}

/// How the command was called.
#[derive(Debug)]
struct Request<'a> {
    action: Action,
    /// One line for each entry, as BSD has it; a table otherwise.
    sentences: bool,
    verbose: bool,
    device: Option<&'a str>,
}

fn run(tool: &Tool) -> Result<()> {
    let words = tool.proc.args();
    let mut args = Args::new(&words);
    let request = parse(tool, &mut args)?;
    match request.action {
        Action::Show => show(tool, &request, args),
        Action::Set => set(tool, &request, args),
        Action::Delete => delete(tool, &request, args),
    }
}

fn parse<'a>(tool: &Tool, args: &mut Args<'a>) -> Result<Request<'a>> {
    let mut request = Request {
        action: Action::Show,
        sentences: tool.is_busybox(),
        verbose: false,
        device: None,
    };
    while let Some(word) = args.peek().filter(|word| word.starts_with('-')) {
        args.next();
        let letters = match word {
            "--help" => return Err(tool.usage(0)),
            "--verbose" => "v",
            "--numeric" => "n",
            "--all" => "a",
            "--set" => "s",
            "--delete" => "d",
            "--device" => "i",
            _ => &word[1..],
        };
        for (at, letter) in letters.char_indices() {
            match letter {
                'v' => request.verbose = true,
                'n' => {}
                'a' => request.sentences = true,
                'e' if !tool.is_busybox() => request.sentences = false,
                's' => request.action = Action::Set,
                'd' => request.action = Action::Delete,
                'i' => {
                    let rest = &letters[at + 1..];
                    request.device = Some(if rest.is_empty() {
                        value(tool, args)?
                    } else {
                        word_end(word, rest)
                    });
                    break;
                }
                'A' | 'p' | 'H' | 't' => {
                    let kind = value(tool, args)?;
                    if !matches!(kind, "inet" | "ether") {
                        return Err(Failure::not_simulated(format_args!("arp: {kind}")));
                    }
                }
                'D' | 'f' => return Err(Failure::not_simulated(format_args!("arp -{letter}"))),
                _ => {
                    let line = format!("arp: invalid option -- '{letter}'\n");
                    let usage = tool.usage(3);
                    return Err(Failure { text: line + &usage.text, ..usage });
                }
            }
        }
    }
    Ok(request)
}

/// The end of a word, with the life of the word.
fn word_end<'a>(word: &'a str, rest: &str) -> &'a str {
    &word[word.len() - rest.len()..]
}

fn value<'a>(tool: &Tool, args: &mut Args<'a>) -> Result<&'a str> {
    args.next().ok_or_else(|| tool.usage(3))
}

fn host(tool: &Tool, word: &str) -> Result<Ipv4Addr> {
    dotted(word).ok_or_else(|| match tool.style {
        Style::NetTools => Failure::new(format_args!("{word}: Host name lookup failure"), 255),
        Style::Busybox => tool.failure(format_args!("bad address '{word}'"), 1),
    })
}

/// An entry, or an address for which a device answers.
#[derive(Debug, Clone)]
struct Entry {
    ip: Ipv4Addr,
    mac: Option<MacAddr>,
    permanent: bool,
    published: bool,
    device: String,
}

fn entries(tool: &Tool) -> Vec<Entry> {
    let neighbors = tool.proc.sys(|sys| sys.neighbors());
    let proxies = tool.proc.sys(|sys| sys.proxies().to_vec());
    let name = |link: LinkId| tool.proc.sys(|sys| sys.link_name(link));
    let known = neighbors.iter().filter(|entry| entry.state != Nud::NoArp).filter_map(|entry| {
        // ARP is of IPv4.
        let IpAddr::V4(ip) = entry.ip else { return None };
        Some(Entry {
            ip,
            mac: entry.mac.filter(|_| !matches!(entry.state, Nud::Incomplete | Nud::Failed)),
            permanent: entry.state == Nud::Permanent,
            published: false,
            device: name(entry.link),
        })
    });
    let answered = proxies.iter().map(|(ip, link)| Entry {
        ip: *ip,
        mac: None,
        permanent: true,
        published: true,
        device: link.map_or_else(|| "*".to_owned(), name),
    });
    known.chain(answered).collect()
}

fn show(tool: &Tool, request: &Request, mut args: Args) -> Result<()> {
    let wanted = args.next().map(|word| host(tool, word)).transpose()?;
    let all = entries(tool);
    let count = all.len();
    let shown: Vec<Entry> = all
        .into_iter()
        .filter(|entry| {
            request.device.is_none_or(|device| entry.device == device)
                && wanted.is_none_or(|wanted| entry.ip == wanted)
        })
        .collect();
    let mut text = String::new();
    if !request.sentences && !shown.is_empty() {
        text +=
            "Address                  HWtype  HWaddress           Flags Mask            Iface\n";
    }
    for entry in &shown {
        text += &match request.sentences {
            true => sentence(tool.style, entry),
            false => row(entry),
        };
    }
    if request.verbose && !tool.is_busybox() {
        let found = shown.len();
        text += &format!("Entries: {count}\tSkipped: {}\tFound: {found}\n", count - found);
    }
    let is_filtered = wanted.is_some() || request.device.is_some();
    if shown.is_empty() && is_filtered {
        text += &match (tool.style, wanted) {
            (Style::Busybox, _) => format!("No match found in {count} entries\n"),
            (Style::NetTools, Some(host)) if request.device.is_none() => {
                format!("{host} ({host}) -- no entry\n")
            }
            (Style::NetTools, _) => format!("arp: in {count} entries no match found.\n"),
        };
    }
    tool.proc.print(&text);
    Ok(())
}

fn row(entry: &Entry) -> String {
    let address = entry.ip.to_string();
    let device = &entry.device;
    match entry.mac {
        Some(mac) => {
            let flags = if entry.permanent { "CM" } else { "C" };
            format!("{address:<23}  ether   {:<18}  {flags:<21} {device}\n", mac.to_string())
        }
        None if entry.published => {
            format!("{address:<23}  *       <from_interface>    {:<21} {device}\n", "MP")
        }
        None => format!("{address:<23}          (incomplete)        {:<21} {device}\n", ""),
    }
}

fn sentence(style: Style, entry: &Entry) -> String {
    let Entry { ip, device, .. } = entry;
    match (style, entry.mac) {
        (Style::NetTools, None) if entry.published => {
            format!("? ({ip}) at <from_interface> PERM PUB on {device}\n")
        }
        // So it is spelt.
        (Style::Busybox, None) if entry.published => {
            format!("? ({ip}) at * PERM PUP on {device}\n")
        }
        (Style::NetTools, None) => format!("? ({ip}) at <incomplete> on {device}\n"),
        (Style::Busybox, None) => format!("? ({ip}) at <incomplete>  on {device}\n"),
        (Style::NetTools, Some(mac)) => {
            let permanent = if entry.permanent { " PERM" } else { "" };
            format!("? ({ip}) at {mac} [ether]{permanent} on {device}\n")
        }
        (Style::Busybox, Some(mac)) => {
            let permanent = if entry.permanent { "PERM" } else { "" };
            format!("? ({ip}) at {mac} [ether] {permanent} on {device}\n")
        }
    }
}

/// The device that was named, or the one by which the host is reached.
fn device_for(tool: &Tool, request: &Request, ip: Ipv4Addr, call: &str) -> Result<LinkId> {
    let failed = |errno: Errno| tool.call_failed(call, errno, 255);
    if let Some(name) = request.device {
        return tool.device(name).ok_or_else(|| failed(Errno::ENODEV));
    }
    let flow = FlowQuery { dst: ip, ..FlowQuery::default() };
    let answer = tool.proc.sys(|sys| sys.route_get(&RouteQuery { flow, input: None }));
    answer.map(|answer| answer.route.link).map_err(failed)
}

fn set(tool: &Tool, request: &Request, mut args: Args) -> Result<()> {
    let ip = args.next().ok_or_else(|| tool.failure("need host name", 255))?;
    let ip = host(tool, ip)?;
    let word = args.next().ok_or_else(|| tool.failure("need hardware address", 255))?;
    let address = mac(word).map_err(|_| tool.failure("invalid hardware address", 255))?;
    let (mut state, mut published) = (Nud::Permanent, false);
    for word in args {
        match word {
            "temp" => state = Nud::Stale,
            "pub" => published = true,
            "dev" => return Err(Failure::not_simulated("arp: dev")),
            _ => return Err(Failure::not_simulated(format_args!("arp: {word}"))),
        }
    }
    const CALL: &str = "SIOCSARP";
    if published {
        let missing = || tool.call_failed(CALL, Errno::ENODEV, 255);
        let device = request.device.and_then(|name| tool.device(name)).ok_or_else(missing)?;
        let result = tool.proc.sys(|sys| sys.proxy_add(ip, Some(device)));
        return result.map_err(|error| tool.call_failed(CALL, error, 255));
    }
    let link = device_for(tool, request, ip, CALL)?;
    let result = tool
        .proc
        .sys(|sys| sys.neigh_add(link, ip.into(), Some(address), state, EntryMode::Replace));
    result.map_err(|error| tool.call_failed(CALL, error, 255))
}

fn delete(tool: &Tool, request: &Request, mut args: Args) -> Result<()> {
    let word = args.next().ok_or_else(|| tool.failure("need host name", 255))?;
    let ip = host(tool, word)?;
    let missing = || match tool.style {
        Style::NetTools => Failure::new(format_args!("No ARP entry for {word}"), 255),
        Style::Busybox => tool.call_failed("SIOCDARP(pub)", Errno::ENOENT, 1),
    };
    if args.eat("pub") {
        let device = request.device.and_then(|name| tool.device(name));
        return tool.proc.sys(|sys| sys.proxy_del(ip, device)).map_err(|_| missing());
    }
    let link = device_for(tool, request, ip, "SIOCDARP").map_err(|_| missing())?;
    tool.proc.sys(|sys| sys.neigh_del(link, ip.into())).map_err(|_| missing())
}
