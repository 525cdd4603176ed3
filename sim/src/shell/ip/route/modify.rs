//! `ip route add|change|replace|append|prepend|delete`.

use ipnet::Ipv4Net;

use super::super::names::{Naming, default_scope, is_foreign_route_kind, route_kind};
use super::super::{Family, Tool, prefix, usage};
use super::command::Verb;
use crate::kernel::ip::fib::{FibRoute, RouteKind, protocol, scope, table};
use crate::kernel::sys::route::RouteSpec;
use crate::kernel::{Errno, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviates};
use crate::wire::Ipv4Addr;

const U32: u64 = u32::MAX as u64;

/// What is said about a route. To remove one, what is not said does not matter.
#[derive(Debug, Default)]
struct Request<'a> {
    /// Of which family the next address has to be: that of the first.
    family: Family,
    dst: Option<Ipv4Net>,
    kind: Option<RouteKind>,
    gateway: Option<Ipv4Addr>,
    device: Option<&'a str>,
    source: Option<Ipv4Addr>,
    tos: u8,
    metric: Option<u32>,
    scope: Option<u8>,
    protocol: Option<u8>,
    table: Option<u32>,
    mtu: Option<u32>,
    mtu_locked: bool,
    advmss: Option<u32>,
    onlink: bool,
}

/// `ip route add`, and the other commands that change a table.
pub fn run(tool: &Tool, verb: Verb, mut args: Args) -> Result<()> {
    let request = Request::parse(tool, &mut args)?;
    let Some(dst) = request.dst else { return Err(Failure::usage(usage::ROUTE)) };
    let link = request.device.map(|name| tool.existing_device(name)).transpose()?;
    let kind = request.kind.unwrap_or(RouteKind::Unicast);
    let is_own = matches!(kind, RouteKind::Local | RouteKind::Broadcast);
    let number = request.table.unwrap_or(if is_own { table::LOCAL } else { table::MAIN }).max(1);
    let route = FibRoute {
        dst,
        tos: request.tos,
        metric: request.metric.unwrap_or(0),
        kind,
        scope: request.scope.unwrap_or(default_scope(kind, request.gateway.is_some())),
        protocol: request.protocol.unwrap_or(protocol::BOOT),
        prefsrc: request.source,
        link,
        // All zeros mean that there is none.
        gateway: request.gateway.filter(|gateway| !gateway.is_unspecified()),
        onlink: request.onlink,
        mtu: request.mtu,
        mtu_locked: request.mtu_locked,
        advmss: request.advmss,
    };
    match verb {
        Verb::Make(mode) => {
            let spec = RouteSpec { table: number, route };
            Ok(tool.proc.sys(|sys| sys.route_add(&spec, mode))?)
        }
        Verb::Test => {
            let routes = tool.proc.sys(|sys| sys.routes(number)).unwrap_or_default();
            let is_like = |other: &FibRoute| {
                (other.dst, other.tos, other.metric) == (dst, route.tos, route.metric)
            };
            let found = routes.iter().any(is_like);
            let errno = if found { Errno::EEXIST } else { Errno::ENOENT };
            Err(NetlinkError::from(errno).into())
        }
        Verb::Delete => {
            let exact_scope = request.scope.or(match request.kind {
                Some(kind) if kind != RouteKind::Unicast => Some(default_scope(kind, true)),
                _ => None,
            });
            let fits = |other: &FibRoute| {
                (request.kind.is_none() || other.kind == route.kind)
                    && exact_scope
                        .is_none_or(|wanted| wanted == scope::NOWHERE || other.scope == wanted)
                    && request.source.is_none_or(|source| other.prefsrc == Some(source))
                    && request.protocol.is_none_or(|wanted| other.protocol == wanted)
                    && other.tos == request.tos
                    && request.metric.is_none_or(|metric| other.metric == metric)
                    && request.gateway.is_none_or(|gateway| other.gateway == Some(gateway))
                    && (link.is_none() || other.link == link)
            };
            Ok(tool.proc.sys(|sys| sys.route_del(number, dst, fits))?)
        }
    }
}

impl<'a> Request<'a> {
    fn parse(tool: &Tool, args: &mut Args<'a>) -> Result<Request<'a>> {
        let mut request = Request { family: tool.options.family, ..Request::default() };
        while let Some(word) = args.next() {
            request.take(tool, word, args)?;
        }
        Ok(request)
    }

    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        match word {
            "src" => self.source = Some(self.address(args.value()?)?),
            "via" => {
                if self.gateway.is_some() {
                    let why = "use nexthop syntax to specify multiple via\n";
                    return Err(Failure::wrong(word, why));
                }
                let mut value = args.value()?;
                if let Some(family) = Family::named(value) {
                    self.family = family;
                    value = args.value()?;
                }
                self.gateway = Some(self.address(value)?);
            }
            "tos" => self.tos = self.traffic_class(tool, args)?,
            _ if abbreviates(word, "dsfield") => self.tos = self.traffic_class(tool, args)?,
            _ if word == "preference"
                || abbreviates(word, "metric")
                || abbreviates(word, "priority") =>
            {
                self.metric = Some(args.number(U32, "\"metric\" value is invalid\n")? as u32);
            }
            "scope" => {
                let value = args.value()?;
                let number = tool.number_of(Naming::Scope, value);
                let wrong = || Failure::wrong(value, "invalid \"scope\" value\n");
                self.scope = Some(number.ok_or_else(wrong)? as u8);
            }
            "mtu" => {
                self.mtu_locked = args.eat("lock");
                self.mtu = Some(metric(args, "\"mtu\" value is invalid\n")?);
            }
            "advmss" => self.advmss = Some(metric(args, "\"mss\" value is invalid\n")?),
            "onlink" => self.onlink = true,
            "dev" | "oif" => self.device = Some(args.value()?),
            _ if is_not_simulated(word) => {
                return Err(Failure::not_simulated(format_args!("ip route: option {word}")));
            }
            _ if abbreviates(word, "protocol") => {
                let why = "\"protocol\" value is invalid\n";
                self.protocol = Some(tool.named_value(args, Naming::Protocol, why)? as u8);
            }
            _ if abbreviates(word, "table") => {
                let why = "\"table\" value is invalid\n";
                self.table = Some(tool.named_value(args, Naming::Table, why)?);
            }
            _ => self.take_destination(word, args)?,
        }
        Ok(())
    }

    fn traffic_class(&self, tool: &Tool, args: &mut Args) -> Result<u8> {
        let value = args.value()?;
        let number = tool.number_of(Naming::TrafficClass, value);
        let wrong = || Failure::wrong(value, "\"tos\" value is invalid\n");
        Ok(number.ok_or_else(wrong)? as u8)
    }

    fn take_destination(&mut self, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        let mut value = if word == "to" { args.value()? } else { word };
        if !value.starts_with(|c: char| c.is_ascii_digit()) {
            if let Some(kind) = route_kind(value) {
                self.kind = Some(kind);
                value = args.value()?;
            } else if is_foreign_route_kind(value) {
                return Err(Failure::not_simulated(format_args!("ip route: type {value}")));
            }
        }
        if abbreviates(value, "help") {
            return Err(Failure::usage(usage::ROUTE));
        }
        if self.dst.is_some() {
            return Err(Failure::garbage("to", value));
        }
        let prefix = prefix::prefix(value, self.family)?;
        self.dst = Some(prefix.inet()?);
        if prefix.address.is_some() {
            self.family = Family::Inet;
        }
        Ok(())
    }

    fn address(&mut self, word: &str) -> Result<Ipv4Addr> {
        let address = prefix::address(word, self.family)?;
        self.family = Family::Inet;
        Ok(address)
    }
}

/// A number that may be locked against what path-MTU discovery finds.
fn metric(args: &mut Args, why: &str) -> Result<u32> {
    if args.eat("lock") {
        return Err(Failure::not_simulated("ip route: lock"));
    }
    args.number(U32, why).map(|number| number as u32)
}

/// Options of the real tool that nothing here would follow.
fn is_not_simulated(word: &str) -> bool {
    let exact = [
        "as",
        "from",
        "expires",
        "hoplimit",
        "rtt",
        "rto_min",
        "nexthop",
        "nhid",
        "encap",
        "ttl-propagate",
    ];
    let short = [
        "reordering",
        "window",
        "cwnd",
        "initcwnd",
        "initrwnd",
        "features",
        "quickack",
        "congctl",
        "rttvar",
        "ssthresh",
        "realms",
        "vrf",
        "fastopen_no_cookie",
    ];
    exact.contains(&word) || short.iter().any(|full| abbreviates(word, full))
}
