//! `ip route` of busybox.

use ipnet::Ipv4Net;

use super::super::names::{Naming, default_scope, route_kind};
use super::super::{Tool, prefix as parse};
use super::words::{
    address, device, failure, garbage, invalid, is_one_of, network, number, refused, value,
};
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, scope, table};
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::sys::route::{RouteMode, RouteQuery, RouteSpec};
use crate::kernel::{Errno, LinkId};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates};
use crate::wire::Ipv4Addr;

/// What can be done with routes of either family.
#[derive(Debug, Clone, Copy)]
pub enum Command {
    /// They are listed.
    Show,
    /// They are removed.
    Flush,
    /// One is made.
    Make(RouteMode),
    /// One is removed.
    Delete,
    /// The way of a packet is asked for.
    Get,
}

/// In the order of the real tool, which decides what an abbreviation means.
pub const COMMANDS: &[(&str, Command)] = &[
    ("list", Command::Show),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("add", Command::Make(RouteMode::Add)),
    ("append", Command::Make(RouteMode::Append)),
    ("change", Command::Make(RouteMode::Change)),
    ("chg", Command::Make(RouteMode::Change)),
    ("delete", Command::Delete),
    ("get", Command::Get),
    ("prepend", Command::Make(RouteMode::Prepend)),
    ("replace", Command::Make(RouteMode::Replace)),
    ("test", Command::Make(RouteMode::Add)),
    ("flush", Command::Flush),
];

/// `ip route`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Show) => show(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(Command::Make(mode)) => modify(tool, Some(mode), args),
        Some(Command::Delete) => modify(tool, None, args),
        Some(Command::Get) => get(tool, args),
        None => Err(invalid(word, "ip")),
    }
}

/// Which routes are wanted.
#[derive(Debug, Clone)]
struct Filter {
    /// `None` for all tables.
    table: Option<u32>,
    scope: Option<u8>,
    device: Option<LinkId>,
    root: Option<Ipv4Net>,
    inside: Option<Ipv4Net>,
    /// The gateway is known, and not printed.
    hides_gateway: bool,
}

impl Filter {
    fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
        let mut filter = Filter {
            table: Some(table::MAIN),
            scope: None,
            device: None,
            root: None,
            inside: None,
            hides_gateway: false,
        };
        let mut name = None;
        while let Some(word) = args.next() {
            match word {
                _ if abbreviates(word, "protocol") => drop(value(&mut args)?),
                "dev" | "oif" => name = Some(value(&mut args)?),
                "iif" => return Err(Failure::not_simulated("ip route: filter iif")),
                "via" => {
                    network(value(&mut args)?)?;
                    filter.hides_gateway = true;
                }
                "table" => {
                    let word = value(&mut args)?;
                    filter.table = match word {
                        "all" => None,
                        "cache" => Some(u32::MAX),
                        _ => Some(number_of(tool, Naming::Table, word, "table")?),
                    };
                }
                "cache" => filter.table = Some(u32::MAX),
                "scope" => {
                    let word = value(&mut args)?;
                    filter.scope = Some(number_of(tool, Naming::Scope, word, "scope")? as u8);
                }
                "src" | "from" => {
                    let what = format!("ip route: filter {word}");
                    return Err(Failure::not_simulated(what));
                }
                _ => filter.take_destination(word, &mut args)?,
            }
        }
        filter.device = name.map(|name| device(tool, name)).transpose()?;
        Ok(filter)
    }

    fn take_destination(&mut self, word: &str, args: &mut Args) -> Result<()> {
        let word = if word == "to" { value(args)? } else { word };
        match word {
            "root" => self.root = Some(network(value(args)?)?),
            "match" => self.inside = Some(network(value(args)?)?),
            _ => {
                let word = if word == "exact" { value(args)? } else { word };
                let net = network(word)?;
                (self.root, self.inside) = (Some(net), Some(net));
            }
        }
        Ok(())
    }

    fn wants(&self, route: &FibRoute) -> bool {
        self.scope.is_none_or(|scope| scope == route.scope)
            && (self.device.is_none() || self.device == route.link)
            && self.root.is_none_or(|root| root.contains(&route.dst))
            && self.inside.is_none_or(|inside| route.dst.contains(&inside))
    }

    fn tables(&self, tool: &Tool) -> Vec<u32> {
        match self.table {
            Some(number) => vec![number],
            None => tool.proc.sys(|sys| sys.route_tables()),
        }
    }
}

fn number_of(tool: &Tool, naming: Naming, word: &str, option: &str) -> Result<u32> {
    tool.number_of(naming, word).ok_or_else(|| invalid(word, option))
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args)?;
    if !tool.options.family.has_inet() {
        return Ok(());
    }
    let mut text = String::new();
    for number in filter.tables(tool) {
        for route in tool.proc.sys(|sys| sys.routes(number)).unwrap_or_default() {
            if filter.wants(&route) {
                text += &describe(tool, &filter, number, &route);
            }
        }
    }
    tool.print(&text);
    Ok(())
}

fn describe(tool: &Tool, filter: &Filter, number: u32, route: &FibRoute) -> String {
    let kind = match route.kind {
        RouteKind::Unicast => String::new(),
        kind => format!("{} ", kind.name()),
    };
    let mut text = format!("{kind}{} ", parse::route_prefix(route.dst));
    if let Some(gateway) = route.gateway.filter(|_| !filter.hides_gateway) {
        text += &format!("via {gateway} ");
    }
    if let Some(link) = route.link {
        text += &format!("dev {} ", tool.device_name(link));
    }
    if filter.table.is_none() && number != table::MAIN {
        text += &format!("table {} ", tool.name_of(Naming::Table, number));
    }
    if route.scope != scope::UNIVERSE && filter.scope.is_none() && route.link.is_some() {
        text += &format!("scope {} ", tool.name_of(Naming::Scope, route.scope.into()));
    }
    if let Some(source) = route.prefsrc {
        text += &format!(" src {source} ");
    }
    if route.metric != 0 {
        text += &format!(" metric {} ", route.metric);
    }
    if route.onlink {
        text += "onlink ";
    }
    text + "\n"
}

fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(failure("\"ip route flush\" requires an argument"));
    }
    let filter = Filter::parse(tool, args)?;
    if filter.table == Some(u32::MAX) {
        const SWITCH: &str = "/proc/sys/net/ipv4/route/flush";
        if !tool.proc.may_set_switches() {
            let errno = Errno::EROFS;
            tool.proc.eprint(&format!("ip: can't open '{SWITCH}': {errno}\n"));
            return Ok(());
        }
        tool.proc.sys(|sys| sys.route_flush_cache());
        return Ok(());
    }
    for number in filter.tables(tool) {
        tool.proc
            .sys(|sys| sys.route_flush(number, |route| filter.wants(route)))
            .map_err(refused)?;
    }
    Ok(())
}

/// What is said about a route.
#[derive(Debug, Default)]
struct Request<'a> {
    dst: Option<Ipv4Net>,
    kind: Option<RouteKind>,
    gateway: Option<Ipv4Addr>,
    device: Option<&'a str>,
    source: Option<Ipv4Addr>,
    metric: Option<u32>,
    scope: Option<u8>,
    protocol: Option<u8>,
    table: Option<u32>,
    mtu: Option<u32>,
    advmss: Option<u32>,
    onlink: bool,
}

impl<'a> Request<'a> {
    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        match word {
            "src" => self.source = Some(address(value(args)?)?),
            "via" => self.gateway = Some(address(value(args)?)?),
            "mtu" | "advmss" => {
                if args.eat("lock") {
                    return Err(Failure::not_simulated("ip route: lock"));
                }
                let amount = Some(number(args, word)?);
                if word == "mtu" { self.mtu = amount } else { self.advmss = amount }
            }
            "scope" => {
                let word = value(args)?;
                self.scope = Some(number_of(tool, Naming::Scope, word, "scope")? as u8);
            }
            "table" => {
                self.table = Some(number_of(tool, Naming::Table, value(args)?, "table")?);
            }
            "dev" | "oif" => self.device = Some(value(args)?),
            "metric" | "priority" | "preference" => self.metric = Some(number(args, "metric")?),
            "onlink" => self.onlink = true,
            _ if abbreviates(word, "protocol") => {
                let word = value(args)?;
                self.protocol = Some(number_of(tool, Naming::Protocol, word, "protocol")? as u8);
            }
            _ => {
                let mut word = if word == "to" { value(args)? } else { word };
                if let Some(kind) = route_kind(word) {
                    self.kind = Some(kind);
                    word = value(args)?;
                }
                if self.dst.is_some() {
                    return Err(garbage("to", word));
                }
                self.dst = Some(network(word)?);
            }
        }
        Ok(())
    }
}

/// Makes a route, or removes one.
fn modify(tool: &Tool, mode: Option<RouteMode>, mut args: Args) -> Result<()> {
    let mut request = Request::default();
    while let Some(word) = args.next() {
        request.take(tool, word, &mut args)?;
    }
    let link = request.device.map(|name| device(tool, name)).transpose()?;
    let kind = request.kind.unwrap_or(RouteKind::Unicast);
    let dst = request.dst.unwrap_or_default();
    let is_own = matches!(kind, RouteKind::Local | RouteKind::Broadcast);
    let number = request.table.unwrap_or(if is_own { table::LOCAL } else { table::MAIN });
    let Some(mode) = mode else {
        let fits = |other: &FibRoute| {
            request.kind.is_none_or(|kind| other.kind == kind)
                && request.scope.is_none_or(|scope| other.scope == scope)
                && request.source.is_none_or(|source| other.prefsrc == Some(source))
                && request.protocol.is_none_or(|wanted| other.protocol == wanted)
                && request.metric.is_none_or(|metric| other.metric == metric)
                && request.gateway.is_none_or(|gateway| other.gateway == Some(gateway))
                && (link.is_none() || other.link == link)
        };
        return tool.proc.sys(|sys| sys.route_del(number, dst, fits)).map_err(refused);
    };
    let route = FibRoute {
        dst,
        tos: 0,
        metric: request.metric.unwrap_or(0),
        kind,
        scope: request.scope.unwrap_or(default_scope(kind, request.gateway.is_some())),
        protocol: request.protocol.unwrap_or(protocol::BOOT),
        prefsrc: request.source,
        link,
        gateway: request.gateway.filter(|gateway| !gateway.is_unspecified()),
        onlink: request.onlink,
        mtu: request.mtu,
        mtu_locked: false,
        advmss: request.advmss,
    };
    let spec = RouteSpec { table: number, route };
    tool.proc.sys(|sys| sys.route_add(&spec, mode)).map_err(refused)
}

fn get(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut dst, mut source) = (None, None);
    let (mut input, mut output) = (None, None);
    while let Some(word) = args.next() {
        match word {
            "from" => source = Some(network(value(&mut args)?)?.addr()),
            "iif" => input = Some(value(&mut args)?),
            "oif" | "dev" => output = Some(value(&mut args)?),
            _ if is_one_of(word, &["notify", "connected"]) => {
                return Err(Failure::not_simulated(format_args!("ip route get: {word}")));
            }
            _ => {
                let word = if word == "to" { value(&mut args)? } else { word };
                dst = Some(network(word)?.addr());
            }
        }
    }
    let dst = dst.ok_or_else(|| failure("need at least destination address"))?;
    let input = input.map(|name| device(tool, name)).transpose()?;
    let output = output.map(|name| device(tool, name)).transpose()?;
    let flow = FlowQuery { dst, src: source, output, ..FlowQuery::default() };
    let answer = tool.proc.sys(|sys| sys.route_get(&RouteQuery { flow, input }));
    let answer = answer.map_err(|errno: Errno| refused(errno))?;
    let route = answer.route;
    let mut text = match route.kind {
        RouteKind::Unicast => format!("{dst} "),
        kind => format!("{} {dst} ", kind.name()),
    };
    if let Some(source) = source {
        text += &format!("from {source} ");
    }
    if let Some(gateway) = route.gateway {
        text += &format!("via {gateway} ");
    }
    text += &format!("dev {} ", tool.device_name(route.link));
    if source.is_none() {
        text += &format!(" src {} ", route.src);
    }
    if let Some(input) = input {
        text += &format!(" iif {}", tool.device_name(input));
    }
    tool.print(&(text + "\n"));
    Ok(())
}
