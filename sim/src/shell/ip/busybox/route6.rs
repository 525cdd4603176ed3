//! `ip -6 route` of busybox.

use super::super::names::Naming;
use super::super::{Tool, prefix as parse};
use super::route::{COMMANDS, Command};
use super::words::{device, failure, invalid, network6, number, refused, value};
use crate::kernel::ip::fib::{RouteKind, table};
use crate::kernel::ip6::fib::DEFAULT_METRIC;
use crate::kernel::sys::Fib6Route;
use crate::kernel::sys::route::RouteMode;
use crate::kernel::sys::route6::Route6Spec;
use crate::kernel::{Errno, LinkId};
use crate::shell::args::{Args, Failure, Result, abbreviated};
use crate::wire::Ipv6Addr;

/// `ip -6 route`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Show) => show(tool, args),
        Some(Command::Make(mode)) => modify(tool, Some(mode), args),
        Some(Command::Delete) => modify(tool, None, args),
        Some(Command::Get | Command::Flush) => {
            Err(Failure::not_simulated(format_args!("ip -6 route {word}")))
        }
        None => Err(invalid(word, "ip")),
    }
}

/// The routes of the table that was asked for. Without one it is all that are not to own addresses, those
/// of groups among them.
fn show(tool: &Tool, mut args: Args) -> Result<()> {
    let (mut name, mut wanted_table) = (None, Some(table::MAIN));
    while let Some(word) = args.next() {
        match word {
            "dev" => name = Some(value(&mut args)?),
            "table" => {
                let word = value(&mut args)?;
                let number = tool.number_of(Naming::Table, word);
                wanted_table = match word {
                    "all" => None,
                    _ => Some(number.ok_or_else(|| invalid(word, "table"))?),
                };
            }
            _ => return Err(Failure::not_simulated(format_args!("ip -6 route: filter {word}"))),
        }
    }
    let link = name.map(|name| device(tool, name)).transpose()?;
    let is_wanted = |route: &&Fib6Route| {
        let is_own = route.kind == RouteKind::Local;
        link.is_none_or(|link| link == route.link)
            && match wanted_table {
                None => true,
                Some(table::MAIN) => !is_own,
                Some(table::LOCAL) => is_own,
                Some(number) => route.table == number,
            }
    };
    let mut routes = tool.proc.sys(|sys| sys.routes6());
    routes.sort_by_key(|route| std::cmp::Reverse(route.table == table::MAIN));
    let lines = routes.iter().filter(is_wanted).map(|route| describe(tool, route));
    tool.print(&lines.collect::<String>());
    Ok(())
}

fn describe(tool: &Tool, route: &Fib6Route) -> String {
    let kind = match route.kind {
        RouteKind::Unicast => String::new(),
        kind => format!("{} ", kind.name()),
    };
    let mut text = format!("{kind}{} ", parse::route_prefix6(route.dst));
    if let Some(gateway) = route.gateway {
        text += &format!("via {gateway} ");
    }
    text += &format!("dev {} ", tool.device_name(route.link));
    if let Some(source) = route.prefsrc {
        text += &format!(" src {source} ");
    }
    text + &format!(" metric {} \n", route.metric)
}

fn modify(tool: &Tool, mode: Option<RouteMode>, mut args: Args) -> Result<()> {
    let (mut dst, mut gateway, mut name, mut metric) = (None, None, None, None);
    while let Some(word) = args.next() {
        match word {
            "via" => {
                let word = value(&mut args)?;
                let wrong = || {
                    let line = format!("an inet6 address is expected rather than \"{word}\"");
                    failure(line)
                };
                gateway = Some(word.parse::<Ipv6Addr>().map_err(|_| wrong())?);
            }
            "dev" => name = Some(value(&mut args)?),
            "metric" => metric = Some(number(&mut args, "metric")?),
            _ => {
                let word = if word == "to" { value(&mut args)? } else { word };
                dst = Some(network6(word)?);
            }
        }
    }
    let dst = dst.ok_or_else(|| refused(Errno::EINVAL))?;
    let link = name.map(|name| device(tool, name)).transpose()?;
    let Some(mode) = mode else {
        let fits = |route: &Fib6Route| {
            route.dst == dst
                && route.table == table::MAIN
                && gateway.is_none_or(|gateway| route.gateway == Some(gateway))
                && link.is_none_or(|link| route.link == link)
                && metric.is_none_or(|metric| route.metric == metric)
        };
        return tool.proc.sys(|sys| sys.route6_del(fits)).map_err(refused);
    };
    let route = Fib6Route {
        metric: metric.unwrap_or(DEFAULT_METRIC),
        ..Fib6Route::unicast(dst, gateway, LinkId::default())
    };
    let spec = Route6Spec { route, link };
    tool.proc.sys(|sys| sys.route6_add(&spec, mode)).map_err(refused)
}
