//! `ip route show` and `flush`: the filter, and how a route is printed.

use ipnet::Ipv4Net;

use super::super::json::{self, route::Shown};
use super::super::names::{Naming, route_kind, scope_filter};
use super::super::prefix::{self, Prefix};
use super::super::{Family, Tool, usage};
use crate::kernel::LinkId;
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, scope, table};
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::route::PathView;
use crate::shell::args::{Args, Failure, Result, abbreviates};

const U32: u64 = u32::MAX as u64;

/// Which routes are wanted. What is asked for exactly is not printed again.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Only this table; `None` for all.
    table: Option<u32>,
    cached: bool,
    tos: Option<u8>,
    protocol: Option<u8>,
    scope: Option<u8>,
    /// The type, with which even unicast is printed.
    kind: Option<RouteKind>,
    device: Option<LinkId>,
    metric: Option<u32>,
    via: Option<Ipv4Net>,
    source: Option<Ipv4Net>,
    /// Destinations inside of this prefix.
    root: Option<Ipv4Net>,
    /// Destinations that contain this prefix.
    inside: Option<Ipv4Net>,
    /// Something is asked for that nothing here has: IPv6, marks, incoming devices.
    nothing: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Filter {
            table: Some(table::MAIN),
            cached: false,
            tos: None,
            protocol: None,
            scope: None,
            kind: None,
            device: None,
            metric: None,
            via: None,
            source: None,
            root: None,
            inside: None,
            nothing: false,
        }
    }
}

impl Filter {
    /// A filter that wants everything, for events.
    pub fn everything() -> Filter {
        Filter { table: None, ..Filter::default() }
    }

    fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
        let mut filter = Filter { nothing: !tool.options.family.has_inet(), ..Filter::default() };
        let (mut device, mut input) = (None, None);
        while let Some(word) = args.next() {
            match word {
                _ if abbreviates(word, "table") => filter.take_table(tool, args.value()?)?,
                _ if abbreviates(word, "vrf") => {
                    return Err(Failure::wrong(args.value()?, "Invalid VRF\n"));
                }
                _ if abbreviates(word, "cached") || abbreviates(word, "cloned") => {
                    filter.cached = true;
                }
                _ if word == "tos" || abbreviates(word, "dsfield") => {
                    let value = args.value()?;
                    let number = tool.number_of(Naming::TrafficClass, value);
                    let wrong = || Failure::wrong(value, "TOS value is invalid\n");
                    filter.tos = Some(number.ok_or_else(wrong)? as u8);
                }
                _ if abbreviates(word, "protocol") => {
                    let value = args.value()?;
                    filter.protocol = match tool.number_of(Naming::Protocol, value) {
                        None if value == "all" => None,
                        None => return Err(Failure::wrong(value, "invalid \"protocol\"\n")),
                        number => number.map(|number| number as u8),
                    };
                }
                _ if abbreviates(word, "scope") => {
                    filter.scope = scope_filter(tool, args.value()?)?;
                }
                _ if abbreviates(word, "type") => {
                    let value = args.value()?;
                    let wrong = || Failure::wrong(value, "node type value is invalid\n");
                    filter.kind = Some(route_kind(value).ok_or_else(wrong)?);
                }
                "dev" | "oif" => device = Some(args.value()?),
                "iif" => input = Some(args.value()?),
                "mark" => {
                    let mark = args.number(U32, "invalid mark value")?;
                    filter.nothing |= mark != 0;
                }
                _ if word == "preference"
                    || abbreviates(word, "metric")
                    || abbreviates(word, "priority") =>
                {
                    filter.metric = Some(args.number(U32, "\"metric\" value is invalid\n")? as u32);
                }
                "via" => {
                    let value = args.value()?;
                    let (family, value) = match Family::named(value) {
                        Some(family) => (family, args.value()?),
                        None => (tool.options.family, value),
                    };
                    filter.via = Some(prefix::prefix(value, family)?.inet()?);
                }
                "src" => {
                    let prefix = prefix::prefix(args.value()?, tool.options.family)?;
                    filter.source = Some(prefix.inet()?);
                }
                _ if abbreviates(word, "realms") || abbreviates(word, "from") => {
                    let what = format!("ip route: filter {word}");
                    return Err(Failure::not_simulated(what));
                }
                _ => filter.take_destination(tool, word, &mut args)?,
            }
        }
        if let Some(name) = input {
            tool.existing_device(name)?;
            filter.nothing = true;
        }
        filter.device = device.map(|name| tool.existing_device(name)).transpose()?;
        Ok(filter)
    }

    fn take_table(&mut self, tool: &Tool, word: &str) -> Result<()> {
        match (tool.number_of(Naming::Table, word), word) {
            (Some(0), _) | (None, "all") => self.table = None,
            (Some(number), _) => self.table = Some(number),
            (None, "cache") => self.cached = true,
            (None, "help") => return Err(Failure::usage(usage::ROUTE)),
            (None, _) => return Err(Failure::wrong(word, "table id value is invalid\n")),
        }
        Ok(())
    }

    fn take_destination(&mut self, tool: &Tool, word: &str, args: &mut Args) -> Result<()> {
        let word = if abbreviates(word, "to") { args.value()? } else { word };
        let prefix = |word| prefix::prefix(word, tool.options.family).and_then(as_filter);
        if abbreviates(word, "root") {
            self.root = prefix(args.value()?)?;
        } else if abbreviates(word, "match") {
            self.inside = prefix(args.value()?)?;
        } else {
            let word = if abbreviates(word, "exact") { args.value()? } else { word };
            self.inside = prefix(word)?;
            self.root = self.inside;
        }
        Ok(())
    }

    /// Whether a route is wanted.
    pub fn fits(&self, number: u32, route: &FibRoute) -> bool {
        let through = |net: Option<Ipv4Net>, address: Option<crate::wire::Ipv4Addr>| {
            net.is_none_or(|net| {
                net.contains(&address.unwrap_or(crate::wire::Ipv4Addr::UNSPECIFIED))
            })
        };
        !self.nothing
            && self.table.is_none_or(|table| table == number)
            && self.tos.is_none_or(|tos| route.tos == tos)
            && self.protocol.is_none_or(|protocol| route.protocol == protocol)
            && self.scope.is_none_or(|scope| route.scope == scope)
            && self.kind.is_none_or(|kind| route.kind == kind)
            && self.device.is_none_or(|device| route.link == Some(device))
            && self.metric.is_none_or(|metric| route.metric == metric)
            && through(self.via, route.gateway)
            && through(self.source, route.prefsrc)
            && self.root.is_none_or(|net| net.contains(&route.dst))
            && self.inside.is_none_or(|net| route.dst.trunc().contains(&net))
    }
}

/// A destination as a filter: `any` restricts nothing.
fn as_filter(prefix: Prefix) -> Result<Option<Ipv4Net>> {
    prefix.filter()
}

/// What goes without saying in one route (`print_route`).
pub fn describe(tool: &Tool, filter: &Filter, number: u32, route: &FibRoute) -> String {
    let details = tool.options.details;
    let mut text = String::new();
    if route.kind != RouteKind::Unicast || details {
        text += &format!("{} ", route.kind.name());
    }
    text += &format!("{} ", prefix::route_prefix(route.dst));
    if route.tos > 0 && filter.tos.is_none() {
        let tos = tool.name_of(Naming::TrafficClass, u32::from(route.tos));
        text += &format!("tos {tos} ");
    }
    let whole = |net: Option<Ipv4Net>| net.is_some_and(|net| net.prefix_len() == 32);
    if let Some(gateway) = route.gateway.filter(|_| !whole(filter.via)) {
        text += &format!("via {gateway} ");
    }
    let link = route.link.and_then(|link| tool.proc.sys(|sys| sys.link(link)));
    if let Some(link) = link.as_ref().filter(|_| filter.device.is_none()) {
        text += &format!("dev {} ", link.name);
    }
    if (number != table::MAIN || details) && filter.table.is_none() {
        text += &format!("table {} ", tool.name_of(Naming::Table, number));
    }
    if (route.protocol != protocol::BOOT || details) && filter.protocol.is_none() {
        let protocol = tool.name_of(Naming::Protocol, u32::from(route.protocol));
        text += &format!("proto {protocol} ");
    }
    if (route.scope != scope::UNIVERSE || details) && filter.scope.is_none() {
        let scope = tool.name_of(Naming::Scope, u32::from(route.scope));
        text += &format!("scope {scope} ");
    }
    if let Some(source) = route.prefsrc.filter(|_| !whole(filter.source)) {
        text += &format!("src {source} ");
    }
    if route.metric > 0 && filter.metric.is_none() {
        text += &format!("metric {} ", route.metric);
    }
    text += state(tool, route, link.as_ref());
    if let Some(mtu) = route.mtu {
        text += &format!("mtu {}{mtu} ", if route.mtu_locked { "lock " } else { "" });
    }
    if let Some(advmss) = route.advmss {
        text += &format!("advmss {advmss} ");
    }
    text + "\n"
}

/// What was learnt of a path, behind `cache`.
pub fn path_words(view: &PathView) -> String {
    let mut text = format!("expires {}sec ", view.left.as_secs());
    if let Some(mtu) = view.path.mtu {
        text += &format!("mtu {}{mtu} ", if view.path.locked { "lock " } else { "" });
    }
    text
}

/// `ip route show cache`: what was learnt about single destinations.
fn list_cache(tool: &Tool, filter: &Filter) {
    let cached = tool.proc.sys(|sys| sys.route_cache());
    for (dst, view, route) in cached {
        let Some(route) = route else { continue };
        let host = FibRoute {
            dst: dst.into(),
            gateway: view.path.gateway.or(route.gateway),
            ..FibRoute::clone(&route)
        };
        if !filter.fits(table::MAIN, &host) {
            continue;
        }
        let mut text = format!("{dst} ");
        if let Some(gateway) = host.gateway {
            text += &format!("via {gateway} ");
        }
        text += &format!("dev {} {}    cache ", tool.device_name(view.path.link), tool.newline());
        if view.path.gateway.is_some() {
            text += "<redirected> ";
        }
        tool.print(&(text + &path_words(&view) + "\n"));
    }
}

/// The same as JSON.
fn object(tool: &Tool, filter: &Filter, number: u32, route: &FibRoute) -> json::Object {
    let details = tool.options.details;
    let shown = Shown {
        device: filter.device.is_none(),
        table: (number != table::MAIN || details) && filter.table.is_none(),
        protocol: (route.protocol != protocol::BOOT || details) && filter.protocol.is_none(),
        scope: (route.scope != scope::UNIVERSE || details) && filter.scope.is_none(),
    };
    let link = route.link.and_then(|link| tool.proc.sys(|sys| sys.link(link)));
    json::route::route(tool, shown, number, route, state(tool, route, link.as_ref()))
}

/// Flags of the next hop.
fn state(tool: &Tool, route: &FibRoute, link: Option<&LinkView>) -> &'static str {
    let ignores = |device: &str| {
        let path = format!("net.ipv4.conf.{device}.ignore_routes_with_linkdown");
        tool.proc.sys(|sys| sys.sysctl_get(&path)).is_ok_and(|value| value != "0")
    };
    let is_dead = link
        .is_some_and(|link| !link.up || !link.carrier && (ignores("all") || ignores(&link.name)));
    let has_no_carrier = link.is_some_and(|link| !link.carrier);
    let next_hop_kinds = [RouteKind::Unicast, RouteKind::Multicast];
    let shows = next_hop_kinds.contains(&route.kind) || route.kind == RouteKind::Broadcast;
    match (shows && has_no_carrier, shows && is_dead, route.onlink) {
        (true, true, true) => "dead onlink linkdown ",
        (true, true, false) => "dead linkdown ",
        (true, false, true) => "onlink linkdown ",
        (true, false, false) => "linkdown ",
        (false, _, true) => "onlink ",
        (false, _, false) => "",
    }
}

/// The routes that fit, with the numbers of their tables.
fn wanted(tool: &Tool, filter: &Filter) -> Vec<(u32, FibRoute)> {
    let tables = match filter.table {
        Some(number) => vec![number],
        None => tool.proc.sys(|sys| sys.route_tables()),
    };
    let mut found = Vec::new();
    for number in tables {
        let routes = tool.proc.sys(|sys| sys.routes(number)).unwrap_or_default();
        let fitting = routes.into_iter().filter(|route| filter.fits(number, route));
        found.extend(fitting.map(|route| (number, route)));
    }
    found
}

/// `ip route show`.
pub fn list(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args)?;
    if filter.cached {
        list_cache(tool, &filter);
        return Ok(());
    }
    if let Some(number) = filter.table.filter(|_| !filter.nothing)
        && number != table::MAIN
        && tool.proc.sys(|sys| sys.routes(number)).is_none()
    {
        let text = "Error: ipv4: FIB table does not exist.\nDump terminated\n";
        return Err(Failure { text: text.to_owned(), status: 2 });
    }
    let routes = wanted(tool, &filter);
    if tool.options.json {
        let objects = routes.iter().map(|(number, route)| object(tool, &filter, *number, route));
        json::print(tool, objects.collect());
        return Ok(());
    }
    let lines = routes.iter().map(|(number, route)| describe(tool, &filter, *number, route));
    tool.print(&lines.collect::<String>());
    Ok(())
}

/// `ip route flush`.
pub fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("\"ip route flush\" requires arguments.", 1));
    }
    let filter = Filter::parse(tool, args)?;
    let is_loud = tool.options.statistics > 0;
    if filter.cached {
        tool.proc.sys(|sys| sys.route_flush_cache());
        if is_loud {
            tool.print("*** IPv4 routing cache is flushed.\n");
        }
        return Ok(());
    }
    let doomed = wanted(tool, &filter);
    for (number, route) in &doomed {
        if tool.options.statistics > 1 {
            tool.print(&describe(tool, &filter, *number, route));
        }
        tool.proc.sys(|sys| sys.route_flush(*number, |other| other == route))?;
    }
    if is_loud {
        tool.print(&match doomed.len() {
            0 => "Nothing to flush.\n".to_owned(),
            count => format!(
                "\n*** Round 1, deleting {count} entries ***\n\
                 *** Flush is complete after 1 round ***\n"
            ),
        });
    }
    Ok(())
}
