//! `ip -6 route`: show, flush, get, and the commands that change a table.

use ipnet::Ipv6Net;

use super::names::{Naming, route_kind};
use super::prefix::{self, Prefix};
use super::route::command::{COMMANDS, Command, Verb};
use super::{Family, Tool, usage};
use crate::kernel::ip::fib::{RouteKind, protocol, table};
use crate::kernel::ip6::fib::DEFAULT_METRIC;
use crate::kernel::ip6::route::Flow6Query;
use crate::kernel::sys::Fib6Route;
use crate::kernel::sys::route6::Route6Spec;
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates};
use crate::wire::Ipv6Addr;

const U32: u64 = u32::MAX as u64;

/// `ip -6 route`, or `ip route` with an IPv6 address in it.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    if tool.options.json {
        return Err(Failure::not_simulated("ip -json -6 route"));
    }
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify(verb)) => modify(tool, verb, args),
        Some(Command::Show) => show(tool, args),
        Some(Command::Get) => get(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::ROUTE)),
        Some(Command::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        None => Err(Failure::unknown_command(word, "ip route help")),
    }
}

/// What is said of routes: of one that is made, or of those that are wanted.
#[derive(Debug, Default)]
struct Words<'a> {
    /// Destinations: of which kind the word is, and the prefix.
    destinations: Vec<(Selector, Prefix)>,
    kind: Option<RouteKind>,
    gateway: Option<Ipv6Addr>,
    device: Option<&'a str>,
    source: Option<Ipv6Addr>,
    metric: Option<u32>,
    protocol: Option<u8>,
    /// Zero for all.
    table: Option<u32>,
    mtu: Option<u32>,
}

/// How a prefix selects routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selector {
    /// Those to this prefix.
    Exact,
    /// Those inside of it.
    Root,
    /// Those that contain it.
    Match,
}

impl<'a> Words<'a> {
    fn parse(tool: &Tool, args: &mut Args<'a>) -> Result<Words<'a>> {
        let mut words = Words::default();
        while let Some(word) = args.next() {
            words.take(tool, word, args)?;
        }
        Ok(words)
    }

    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        match word {
            "via" => {
                let value = args.value()?;
                let value = if value == "inet6" { args.value()? } else { value };
                self.gateway = Some(address(value)?);
            }
            "src" => self.source = Some(address(args.value()?)?),
            "dev" | "oif" => self.device = Some(args.value()?),
            "mtu" => {
                self.mtu = Some(args.number(U32, "\"mtu\" value is invalid\n")? as u32);
            }
            _ if word == "preference"
                || abbreviates(word, "metric")
                || abbreviates(word, "priority") =>
            {
                self.metric = Some(args.number(U32, "\"metric\" value is invalid\n")? as u32);
            }
            _ if abbreviates(word, "protocol") => {
                let why = "\"protocol\" value is invalid\n";
                self.protocol = Some(tool.named_value(args, Naming::Protocol, why)? as u8);
            }
            _ if abbreviates(word, "table") => {
                let value = args.value()?;
                let number = tool.number_of(Naming::Table, value);
                let wrong = || Failure::wrong(value, "\"table\" value is invalid\n");
                let all = Some(0).filter(|_| value == "all");
                self.table = Some(number.or(all).ok_or_else(wrong)?);
            }
            "from" | "iif" | "nexthop" | "encap" | "onlink" | "expires" | "pref" | "scope"
            | "tos" | "cache" | "advmss" | "hoplimit" | "realms" => {
                return Err(Failure::not_simulated(format_args!("ip -6 route: option {word}")));
            }
            _ => self.take_destination(word, args)?,
        }
        Ok(())
    }

    fn take_destination(&mut self, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        let mut value = if word == "to" { args.value()? } else { word };
        let mut selector = Selector::Exact;
        if !value.contains(':') && value != "default" {
            match (value, route_kind(value)) {
                ("root", _) => (selector, value) = (Selector::Root, args.value()?),
                ("match", _) => (selector, value) = (Selector::Match, args.value()?),
                ("exact", _) => value = args.value()?,
                ("help", _) => return Err(Failure::usage(usage::ROUTE)),
                (_, Some(kind)) => {
                    self.kind = Some(kind);
                    let Some(next) = args.next() else { return Ok(()) };
                    value = next;
                }
                _ => {}
            }
        }
        self.destinations.push((selector, prefix::prefix(value, Family::Inet6)?));
        Ok(())
    }

    fn link(&self, tool: &Tool) -> Result<Option<LinkId>> {
        self.device.map(|name| tool.existing_device(name)).transpose()
    }

    fn destination(&self) -> Result<Ipv6Net> {
        match self.destinations.as_slice() {
            [(_, prefix)] => prefix.inet6(),
            [] => Err(Failure::usage(usage::ROUTE)),
            [_, ..] => Err(Failure::usage(usage::ROUTE)),
        }
    }
}

fn address(word: &str) -> Result<Ipv6Addr> {
    word.parse().map_err(|_| {
        let line = format!("Error: inet6 address is expected rather than \"{word}\".");
        Failure::new(line, 1)
    })
}

fn modify(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let words = Words::parse(tool, &mut args)?;
    let dst = words.destination()?;
    let link = words.link(tool)?;
    let kind = words.kind.unwrap_or(RouteKind::Unicast);
    let number = words.table.filter(|number| *number != 0).unwrap_or(match kind {
        RouteKind::Local | RouteKind::Anycast => table::LOCAL,
        _ => table::MAIN,
    });
    if let Verb::Make(mode) = verb {
        let route = Fib6Route {
            table: number,
            metric: words.metric.filter(|metric| *metric > 0).unwrap_or(DEFAULT_METRIC),
            kind,
            protocol: words.protocol.unwrap_or(protocol::BOOT),
            prefsrc: words.source,
            mtu: words.mtu,
            ..Fib6Route::unicast(dst, words.gateway, LinkId::default())
        };
        let spec = Route6Spec { route, link };
        return Ok(tool.proc.sys(|sys| sys.route6_add(&spec, mode))?);
    }
    let fits = |other: &Fib6Route| {
        other.table == number
            && other.dst == dst
            && words.kind.is_none_or(|kind| kind == other.kind)
            && words.metric.is_none_or(|metric| metric == other.metric)
            && words.protocol.is_none_or(|wanted| wanted == other.protocol)
            && words.gateway.is_none_or(|gateway| other.gateway == Some(gateway))
            && link.is_none_or(|link| link == other.link)
    };
    if verb == Verb::Test {
        let found = tool.proc.sys(|sys| sys.routes6()).iter().any(fits);
        let errno = if found { Errno::EEXIST } else { Errno::ENOENT };
        return Err(NetlinkError::from(errno).into());
    }
    Ok(tool.proc.sys(|sys| sys.route6_del(fits))?)
}

/// Which routes are wanted.
struct Filter {
    /// `None` for all tables.
    table: Option<u32>,
    device: Option<LinkId>,
    hides_gateway: bool,
    words_protocol: Option<u8>,
    words_metric: Option<u32>,
    kind: Option<RouteKind>,
    gateway: Option<Ipv6Addr>,
    destinations: Vec<(Selector, Ipv6Net)>,
}

impl Filter {
    fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
        let words = Words::parse(tool, &mut args)?;
        let nets = words.destinations.iter().filter(|(_, p)| p.address.is_some() || p.explicit);
        let nets = nets.map(|(selector, prefix)| Ok((*selector, prefix.inet6()?)));
        let destinations = nets.collect::<Result<Vec<_>>>()?;
        Ok(Filter {
            table: match words.table {
                None => Some(table::MAIN),
                Some(0) => None,
                number => number,
            },
            device: words.link(tool)?,
            hides_gateway: words.gateway.is_some(),
            words_protocol: words.protocol,
            words_metric: words.metric,
            kind: words.kind,
            gateway: words.gateway,
            destinations,
        })
    }

    fn wants(&self, route: &Fib6Route) -> bool {
        let reaches = |(selector, net): &(Selector, Ipv6Net)| match selector {
            Selector::Exact => route.dst == *net,
            Selector::Root => net.contains(&route.dst),
            Selector::Match => route.dst.contains(net),
        };
        self.table.is_none_or(|table| table == route.table)
            && self.device.is_none_or(|device| device == route.link)
            && self.kind.is_none_or(|kind| kind == route.kind)
            && self.words_protocol.is_none_or(|protocol| protocol == route.protocol)
            && self.words_metric.is_none_or(|metric| metric == route.metric)
            && self.gateway.is_none_or(|gateway| route.gateway == Some(gateway))
            && self.destinations.iter().all(reaches)
    }
}

/// The routes that are wanted, table by table.
fn wanted(tool: &Tool, filter: &Filter) -> Vec<Fib6Route> {
    let routes = tool.proc.sys(|sys| sys.routes6());
    let mut found: Vec<Fib6Route> =
        routes.into_iter().filter(|route| filter.wants(route)).collect();
    // The kernel walks its tables in the order of a hash table of 256 places.
    found.sort_by_key(|route| std::cmp::Reverse(route.table == table::MAIN));
    found
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args)?;
    let lines = wanted(tool, &filter);
    tool.print(&lines.iter().map(|route| describe(tool, &filter, route)).collect::<String>());
    Ok(())
}

fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("\"ip route flush\" requires arguments.", 1));
    }
    let filter = Filter::parse(tool, args)?;
    tool.proc.sys(|sys| sys.route6_flush(|route| filter.wants(route)))?;
    Ok(())
}

fn describe(tool: &Tool, filter: &Filter, route: &Fib6Route) -> String {
    let mut text = String::new();
    if route.kind != RouteKind::Unicast || tool.options.details {
        text += &format!("{} ", route.kind.name());
    }
    text += &format!("{} ", prefix::route_prefix6(route.dst));
    if let Some(gateway) = route.gateway.filter(|_| !filter.hides_gateway) {
        text += &format!("via {gateway} ");
    }
    if filter.device.is_none() {
        text += &format!("dev {} ", tool.device_name(route.link));
    }
    text += &attributes(tool, route, filter.table.is_none(), None);
    if let Some(mtu) = route.mtu {
        text += &format!("mtu {mtu} ");
    }
    text + "pref medium\n"
}

/// What follows the device: table, protocol, source, metric, carrier.
fn attributes(
    tool: &Tool,
    route: &Fib6Route,
    names_table: bool,
    source: Option<Ipv6Addr>,
) -> String {
    let mut text = String::new();
    if route.table != table::MAIN && names_table {
        text += &format!("table {} ", tool.name_of(Naming::Table, route.table));
    }
    if route.protocol != protocol::BOOT {
        text += &format!("proto {} ", tool.name_of(Naming::Protocol, u32::from(route.protocol)));
    }
    if let Some(source) = source.or(route.prefsrc) {
        text += &format!("src {source} ");
    }
    text += &format!("metric {} ", route.metric);
    let link = tool.proc.sys(|sys| sys.link(route.link));
    let is_down = link.is_some_and(|link| !link.carrier);
    if is_down && matches!(route.kind, RouteKind::Unicast | RouteKind::Multicast) {
        text += "linkdown ";
    }
    text
}

fn get(tool: &Tool, mut args: Args) -> Result<()> {
    let words = Words::parse(tool, &mut args)?;
    let Ok(dst) = words.destination() else {
        return Err(Failure::new("need at least a destination address", 1));
    };
    let dst = dst.addr();
    let query = Flow6Query { dst, src: words.source, output: words.link(tool)? };
    let answer = tool.proc.sys(|sys| sys.route6_get(&query)).map_err(NetlinkError::from)?;
    let (way, route) = (&answer.way, &answer.route);
    let mut text = String::new();
    if route.kind != RouteKind::Unicast {
        text += &format!("{} ", route.kind.name());
    }
    text += &format!("{dst} from {} ", words.source.unwrap_or(Ipv6Addr::UNSPECIFIED));
    if let Some(gateway) = way.gateway {
        text += &format!("via {gateway} ");
    }
    let device = if route.kind == RouteKind::Local { route.link } else { way.link };
    text += &format!("dev {} ", tool.device_name(device));
    text += &attributes(tool, route, true, Some(way.src));
    if let Some((mtu, left)) = answer.learnt {
        text += &format!("expires {left}sec mtu {mtu} ");
    }
    tool.print(&(text + "pref medium\n"));
    Ok(())
}
