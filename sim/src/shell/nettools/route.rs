//! `route`: the main table, as people used to look at it.

use ipnet::Ipv4Net;

use super::super::args::{Args, Failure, Result, finish, leading_number};
use super::{Style, Tool, dotted, mask, mask_length};
use crate::kernel::Errno;
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, scope, table};
use crate::kernel::sys::route::{RouteMode, RouteSpec};
use crate::process::Proc;
use crate::wire::Ipv4Addr;

const INET_USAGE: &str = include_str!("usage/inet_route.txt");
/// `route` of net-tools.
pub async fn route(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::NetTools, name: "route" };
    finish(&proc, run(&tool))
}

/// `route` of busybox.
pub async fn busybox(proc: Proc) -> i32 {
    let tool = Tool { proc: proc.clone(), style: Style::Busybox, name: "route" };
    finish(&proc, run(&tool))
}

fn run(tool: &Tool) -> Result<()> {
    let words = tool.proc.args();
    let mut args = Args::new(&words);
    let (mut numeric, mut extended) = (false, 0);
    while let Some(word) = args.peek().filter(|word| word.starts_with('-')) {
        args.next();
        match word {
            "--help" | "-h" => return Err(tool.usage(0)),
            "--numeric" => numeric = true,
            "--extend" => extended += 1,
            "-V" | "--version" if tool.style == Style::NetTools => {
                tool.proc.print("net-tools 2.10\n");
                return Ok(());
            }
            "-4" | "--inet" => {}
            "-6" | "--inet6" => return Err(Failure::not_simulated("route: IPv6")),
            "-A" => match args.next() {
                Some("inet") => {}
                Some("inet6") => return Err(Failure::not_simulated("route: IPv6")),
                _ => return Err(tool.usage(3)),
            },
            _ => {
                for letter in word.trim_start_matches('-').chars() {
                    match letter {
                        'n' => numeric = true,
                        'e' => extended += 1,
                        'v' | 'F' | 'N' if tool.style == Style::NetTools => {}
                        _ => return Err(tool.usage(3)),
                    }
                }
            }
        }
    }
    match args.next() {
        None => {
            show(tool, numeric, extended);
            Ok(())
        }
        Some("add") => change(tool, args, true),
        Some("del" | "delete") => change(tool, args, false),
        Some(_) => Err(tool.usage(3)),
    }
}

fn show(tool: &Tool, numeric: bool, extended: usize) {
    let mut text = "Kernel IP routing table\n".to_owned();
    text += match extended {
        0 => "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n",
        1 => "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n",
        _ => {
            "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n"
        }
    };
    for route in tool.proc.sys(|sys| sys.routes(table::MAIN)).unwrap_or_default() {
        let is_listed = !matches!(route.kind, RouteKind::Broadcast | RouteKind::Multicast);
        if is_listed {
            text += &describe(tool, &route, numeric, extended);
        }
    }
    tool.proc.print(&text);
}

fn describe(tool: &Tool, route: &FibRoute, numeric: bool, extended: usize) -> String {
    let refuses = matches!(route.kind, RouteKind::Unreachable | RouteKind::Prohibit);
    let blank = refuses && tool.style == Style::NetTools;
    let destination = match route.dst.addr() {
        address if address.is_unspecified() && !numeric => "default".to_owned(),
        address => address.to_string(),
    };
    let gateway = match route.gateway {
        Some(gateway) => gateway.to_string(),
        None if blank => "-".to_owned(),
        None if tool.is_busybox() && !numeric => "*".to_owned(),
        None => "0.0.0.0".to_owned(),
    };
    let mut flags = if refuses { "!" } else { "U" }.to_owned();
    flags += if route.gateway.is_some() { "G" } else { "" };
    flags += if route.dst.prefix_len() == 32 { "H" } else { "" };
    let device = match route.link {
        Some(link) => tool.proc.sys(|sys| sys.link_name(link)),
        None if blank => "-".to_owned(),
        None => "*".to_owned(),
    };
    // What was said of the segment size, with the headers.
    let size = route.advmss.map_or(0, |advmss| advmss + 40).to_string();
    let or_dash = |text: &str| if blank { "-".to_owned() } else { text.to_owned() };
    let genmask = mask(route.dst.prefix_len());
    let start = format!(
        "{destination:<15} {gateway:<15} {genmask:<15} {flags:<5} ",
        genmask = genmask.to_string()
    );
    match extended {
        0 => {
            let (metric, references) = (route.metric, or_dash("0"));
            format!("{start}{metric:<6} {references:<2} {:>7} {device}\n", 0)
        }
        1 => {
            let (size, zero) = (or_dash(&size), or_dash("0"));
            format!("{start}{size:>5} {zero:<5} {zero:>6} {device}\n")
        }
        _ => {
            let (metric, zero, size) = (route.metric, or_dash("0"), or_dash(&size));
            format!(
                "{start}{metric:<6} {zero:<2} {:>7} {device:<8} {size:<5} {zero:<6} {zero}\n",
                0
            )
        }
    }
}

/// What is said about a route.
#[derive(Debug, Default)]
struct Request<'a> {
    netmask: Option<Ipv4Addr>,
    gateway: Option<Ipv4Addr>,
    metric: Option<u32>,
    mss: Option<u32>,
    refuses: bool,
    device: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn parse(tool: &Tool, args: &mut Args<'a>) -> Result<Request<'a>> {
        let mut request = Request::default();
        while let Some(word) = args.next() {
            let mut value = || args.next().ok_or_else(|| tool.usage_of(INET_USAGE, 3));
            match word {
                "metric" => request.metric = Some(leading_number(value()?).max(0) as u32),
                "netmask" => {
                    let word = value()?;
                    request.netmask = Some(dotted(word).ok_or_else(|| unknown(tool, word))?);
                }
                "gw" | "gateway" => {
                    let word = value()?;
                    request.gateway = Some(dotted(word).ok_or_else(|| unknown(tool, word))?);
                }
                "mss" => request.mss = Some(leading_number(value()?).max(0) as u32),
                "window" | "irtt" => {
                    return Err(Failure::not_simulated(format_args!("route: {word}")));
                }
                "reject" => request.refuses = true,
                "mod" | "dyn" | "reinstate" => {}
                "dev" | "device" => request.device = Some(value()?),
                // The name of a device may stand at the end alone.
                _ if args.is_empty() && request.device.is_none() => request.device = Some(word),
                _ => return Err(tool.usage_of(INET_USAGE, 3)),
            }
        }
        Ok(request)
    }
}

fn unknown(tool: &Tool, word: &str) -> Failure {
    match tool.style {
        Style::NetTools => Failure::new(format_args!("{word}: Host name lookup failure"), 6),
        Style::Busybox => tool.failure(format_args!("resolving {word}"), 1),
    }
}

fn change(tool: &Tool, mut args: Args, adds: bool) -> Result<()> {
    let is_net = args.eat("-net");
    let is_host = !is_net && args.eat("-host");
    let word = args.next().ok_or_else(|| tool.usage_of(INET_USAGE, 3))?;
    let (address, length) = match word.split_once('/') {
        Some((address, length)) if !is_host => (address, Some(length)),
        _ => (word, None),
    };
    let is_default = address == "default";
    let address = match is_default {
        true => Ipv4Addr::UNSPECIFIED,
        false => dotted(address).ok_or_else(|| unknown(tool, address))?,
    };
    let request = Request::parse(tool, &mut args)?;
    let call = if adds { "SIOCADDRT" } else { "SIOCDELRT" };
    let failed = |errno: Errno| tool.call_failed(call, errno, 7);
    let length = match (length, request.netmask) {
        (Some(length), _) => {
            let length = length.parse::<u8>().ok().filter(|length| *length <= 32);
            length.ok_or_else(|| tool.usage_of(INET_USAGE, 3))?
        }
        (None, Some(netmask)) => mask_length(netmask).ok_or_else(|| failed(Errno::EINVAL))?,
        (None, None) if is_default => 0,
        // A network without a mask is one that the kernel does not take.
        (None, None) if is_net => return Err(failed(Errno::EINVAL)),
        (None, None) => 32,
    };
    let dst = Ipv4Net::new(address, length).expect("a length up to 32");
    if dst.trunc() != dst {
        return Err(match tool.style {
            Style::Busybox => tool.failure("netmask and route address conflict", 1),
            Style::NetTools => {
                let line = "route: netmask doesn't match route address\n";
                Failure { text: format!("{line}{INET_USAGE}"), status: 3 }
            }
        });
    }
    let link = match request.device {
        Some(name) => Some(tool.device(name).ok_or_else(|| failed(Errno::ENODEV))?),
        None => None,
    };
    if !adds {
        let fits = |other: &FibRoute| {
            request.gateway.is_none_or(|gateway| other.gateway == Some(gateway))
                && request.metric.is_none_or(|metric| metric == 0 || other.metric == metric)
                && (link.is_none() || other.link == link)
        };
        let result = tool.proc.sys(|sys| sys.route_del(table::MAIN, dst, fits));
        return result.map_err(|error| tool.call_failed(call, error, 7));
    }
    let route = FibRoute {
        dst,
        tos: 0,
        metric: request.metric.unwrap_or(0),
        kind: if request.refuses { RouteKind::Unreachable } else { RouteKind::Unicast },
        scope: match (request.refuses, request.gateway) {
            (true, _) => scope::HOST,
            (false, None) => scope::LINK,
            (false, Some(_)) => scope::UNIVERSE,
        },
        protocol: protocol::BOOT,
        prefsrc: None,
        link: link.filter(|_| !request.refuses),
        gateway: request.gateway,
        onlink: false,
        mtu: None,
        mtu_locked: false,
        advmss: request.mss.map(|mss| mss.saturating_sub(40)),
    };
    let spec = RouteSpec { table: table::MAIN, route };
    let result = tool.proc.sys(|sys| sys.route_add(&spec, RouteMode::Prepend));
    result.map_err(|error| tool.call_failed(call, error, 7))
}
