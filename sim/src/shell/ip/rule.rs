//! `ip rule`: which routing table is asked for which packets.

use std::net::IpAddr;

use ipnet::Ipv4Net;

use super::names::{Naming, route_kind};
use super::prefix::{self, Prefix};
use super::{Family, Tool, json, usage};
use crate::kernel::ip::fib::{FibRule, RouteKind, RuleAction, table};
use crate::kernel::{Errno, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates, unsigned};

#[derive(Debug, Clone, Copy)]
enum Command {
    Show,
    Add,
    Delete,
    Flush,
    Help,
    NotSimulated(&'static str),
}

const COMMANDS: &[(&str, Command)] = &[
    ("list", Command::Show),
    ("lst", Command::Show),
    ("show", Command::Show),
    ("save", Command::NotSimulated("ip rule save")),
    ("restore", Command::NotSimulated("ip rule restore")),
    ("add", Command::Add),
    ("delete", Command::Delete),
    ("flush", Command::Flush),
    ("help", Command::Help),
];

/// `ip rule`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    if tool.options.family == Family::Inet6 {
        return run_inet6(tool, args);
    }
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Show) => show(tool, args),
        Some(Command::Add) => add(tool, args),
        Some(Command::Delete) => delete(tool, args),
        Some(Command::Flush) => flush(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::RULE)),
        Some(Command::NotSimulated(what)) => Err(Failure::not_simulated(what)),
        None => Err(Failure::unknown_command(word, "ip rule help")),
    }
}

/// `ip -6 rule`: the tables of IPv6 are asked in a fixed order.
fn run_inet6(tool: &Tool, mut args: Args) -> Result<()> {
    match args.next().map(|word| (word, abbreviated(word, COMMANDS))) {
        None | Some((_, Some(Command::Show))) => {
            for (priority, number) in [(0, table::LOCAL), (32766, table::MAIN)] {
                let action = RuleAction::Table(number);
                tool.print(&describe(tool, &FibRule::for_all(priority, action)));
            }
            Ok(())
        }
        Some((word, _)) => Err(Failure::not_simulated(format_args!("ip -6 rule {word}"))),
    }
}

/// One rule, as it is listed.
fn describe(tool: &Tool, rule: &FibRule) -> String {
    let mut text = format!("{}:\t", rule.priority);
    if rule.not {
        text += "not ";
    }
    text += &match selector(rule.from) {
        Some(prefix) => format!("from {prefix}"),
        None => "from all".to_owned(),
    };
    if let Some(prefix) = selector(rule.to) {
        text += &format!(" to {prefix}");
    }
    if rule.tos > 0 {
        text += &format!(" tos {}", tool.name_of(Naming::TrafficClass, u32::from(rule.tos)));
    }
    match rule.mark {
        Some((mark, u32::MAX)) => text += &format!(" fwmark {}", hexadecimal(mark)),
        Some((mark, mask)) => {
            text += &format!(" fwmark {}/{}", hexadecimal(mark), hexadecimal(mask));
        }
        None => {}
    }
    for (word, device) in [("iif", &rule.input), ("oif", &rule.output)] {
        if let Some(device) = device {
            text += &format!(" {word} {device}");
            if tool.proc.sys(|sys| sys.link_named(device)).is_none() {
                text += " [detached]";
            }
        }
    }
    text += &match rule.action {
        RuleAction::Table(number) => format!(" lookup {}", tool.name_of(Naming::Table, number)),
        RuleAction::Blackhole => " blackhole".to_owned(),
        RuleAction::Unreachable => " unreachable".to_owned(),
        RuleAction::Prohibit => " prohibit".to_owned(),
    };
    if tool.options.details {
        let is_built_in = matches!(rule.priority, 0 | 32766 | 32767);
        text += if is_built_in { " proto kernel" } else { " proto unspec" };
    }
    text + "\n"
}

/// A prefix that is not everything.
fn selector(net: Ipv4Net) -> Option<String> {
    match net.prefix_len() {
        0 => None,
        32 => Some(net.addr().to_string()),
        length => Some(format!("{}/{length}", net.addr())),
    }
}

/// As C's `%#x` has it.
fn hexadecimal(value: u32) -> String {
    if value == 0 { "0".to_owned() } else { format!("{value:#x}") }
}

/// What is said about a rule. To find one, what is not said does not matter.
#[derive(Debug, Default)]
struct Request {
    priority: Option<u32>,
    not: bool,
    from: Option<Ipv4Net>,
    to: Option<Ipv4Net>,
    tos: Option<u8>,
    mark: Option<(u32, u32)>,
    input: Option<String>,
    output: Option<String>,
    action: Option<RuleAction>,
}

impl Request {
    fn parse(tool: &Tool, mut args: Args, deletes: bool) -> Result<Request> {
        let mut request = Request::default();
        while let Some(word) = args.next() {
            match word {
                "not" => request.not = true,
                "from" => request.from = Some(net(tool, args.value()?)?),
                "to" => request.to = Some(net(tool, args.value()?)?),
                _ if ["preference", "order", "priority"].iter().any(|f| abbreviates(word, f)) => {
                    request.priority = Some(priority(&mut args)?);
                }
                _ if word == "tos" || abbreviates(word, "dsfield") => {
                    request.tos = Some(tos(tool, &mut args)?);
                }
                "fwmark" => request.mark = Some(mark(&mut args)?),
                _ if word == "lookup" || abbreviates(word, "table") => {
                    let number = table_number(tool, &mut args, "invalid table ID\n")?;
                    request.action = Some(RuleAction::Table(number));
                }
                "dev" | "iif" => request.input = Some(args.value()?.to_owned()),
                "oif" => request.output = Some(args.value()?.to_owned()),
                _ if is_not_simulated(word) => return Err(not_simulated(word)),
                _ => {
                    let value = if word == "type" { args.value()? } else { word };
                    if abbreviates(value, "help") {
                        return Err(Failure::usage(usage::RULE));
                    }
                    if abbreviates(value, "goto") || abbreviates(value, "nop") {
                        return Err(not_simulated(value));
                    }
                    let wrong = || Failure::wrong(value, "Failed to parse rule type");
                    request.action = Some(match route_kind(value).ok_or_else(wrong)? {
                        RouteKind::Blackhole => RuleAction::Blackhole,
                        RouteKind::Unreachable => RuleAction::Unreachable,
                        RouteKind::Prohibit => RuleAction::Prohibit,
                        // The number of this type is that of a lookup.
                        RouteKind::Unicast => RuleAction::Table(table::MAIN),
                        _ if deletes => return Err(NetlinkError::from(Errno::ENOENT).into()),
                        _ => return Err(NetlinkError::from(Errno::EINVAL).into()),
                    });
                }
            }
        }
        Ok(request)
    }

    fn fits(&self, rule: &FibRule) -> bool {
        self.priority.is_none_or(|priority| rule.priority == priority)
            && (!self.not || rule.not)
            && self.from.is_none_or(|net| net.prefix_len() == 0 || rule.from == net)
            && self.to.is_none_or(|net| net.prefix_len() == 0 || rule.to == net)
            && self.tos.is_none_or(|tos| rule.tos == tos)
            && self.mark.is_none_or(|(mark, mask)| {
                rule.mark.is_some_and(|(m, k)| m == mark && (mask == u32::MAX || k == mask))
            })
            && self.input.as_ref().is_none_or(|device| rule.input.as_ref() == Some(device))
            && self.output.as_ref().is_none_or(|device| rule.output.as_ref() == Some(device))
            && self.action.is_none_or(|action| rule.action == action)
    }
}

fn is_not_simulated(word: &str) -> bool {
    let exact = ["uidrange", "l3mdev", "nat", "ipproto", "sport", "dport", "sup_pl", "sup_group"];
    let short =
        ["realms", "protocol", "tun_id", "suppress_prefixlength", "suppress_ifgroup", "map-to"];
    exact.contains(&word) || short.iter().any(|full| abbreviates(word, full))
}

fn not_simulated(option: &str) -> Failure {
    Failure::not_simulated(format_args!("ip rule: {option}"))
}

fn net(tool: &Tool, word: &str) -> Result<Ipv4Net> {
    prefix::prefix(word, tool.options.family)?.inet()
}

fn priority(args: &mut Args) -> Result<u32> {
    args.number(u64::from(u32::MAX), "preference value is invalid\n").map(|number| number as u32)
}

fn tos(tool: &Tool, args: &mut Args) -> Result<u8> {
    let value = args.value()?;
    let number = tool.number_of(Naming::TrafficClass, value);
    number.map(|n| n as u8).ok_or_else(|| Failure::wrong(value, "TOS value is invalid\n"))
}

fn mark(args: &mut Args) -> Result<(u32, u32)> {
    let value = args.value()?;
    let (mark, mask) = match value.split_once('/') {
        Some((mark, mask)) => (mark, Some(mask)),
        None => (value, None),
    };
    let number = |word, why| {
        let number = unsigned(word, u64::from(u32::MAX));
        number.map(|n| n as u32).ok_or_else(|| Failure::wrong(word, why))
    };
    let mark = number(mark, "fwmark value is invalid\n")?;
    let mask = mask.map(|mask| number(mask, "fwmask value is invalid\n")).transpose()?;
    Ok((mark, mask.unwrap_or(u32::MAX)))
}

fn table_number(tool: &Tool, args: &mut Args, why: &str) -> Result<u32> {
    let value = args.value()?;
    tool.number_of(Naming::Table, value).ok_or_else(|| Failure::wrong(value, why))
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let (filter, is_inet) = parse_filter(tool, args)?;
    if !is_inet {
        return Ok(());
    }
    let rules = tool.proc.sys(|sys| sys.rules().to_vec());
    let wanted = rules.iter().filter(|rule| filter.fits(rule));
    if tool.options.json {
        json::print(tool, wanted.map(|rule| json::route::rule(tool, rule)).collect());
        return Ok(());
    }
    let text: String = wanted.map(|rule| describe(tool, rule)).collect();
    tool.print(&text);
    Ok(())
}

/// A filter, and whether it lets IPv4 through at all.
fn parse_filter(tool: &Tool, mut args: Args) -> Result<(Request, bool)> {
    let mut filter = Request::default();
    while let Some(word) = args.next() {
        match word {
            _ if ["preference", "order", "priority"].iter().any(|f| abbreviates(word, f)) => {
                filter.priority = Some(priority(&mut args)?);
            }
            "not" => filter.not = true,
            "tos" | "dsfield" => filter.tos = Some(tos(tool, &mut args)?),
            "fwmark" => filter.mark = Some(mark(&mut args)?),
            "dev" | "iif" => filter.input = Some(args.value()?.to_owned()),
            "oif" => filter.output = Some(args.value()?.to_owned()),
            _ if abbreviates(word, "lookup") || abbreviates(word, "table") => {
                let number = table_number(tool, &mut args, "table id value is invalid\n")?;
                filter.action = Some(RuleAction::Table(number));
            }
            _ if abbreviates(word, "from") || abbreviates(word, "src") => {
                filter.from = Some(net(tool, args.value()?)?);
            }
            _ if is_not_simulated(word) => return Err(not_simulated(word)),
            _ => {
                let is_named = abbreviates(word, "dst") || abbreviates(word, "to");
                let value = if is_named { args.value()? } else { word };
                let prefix = prefix::prefix(value, tool.options.family)?;
                if let Prefix { address: Some(IpAddr::V6(_)), .. } = prefix {
                    return Ok((filter, false));
                }
                filter.to = prefix.filter()?;
            }
        }
    }
    Ok((filter, tool.options.family.has_inet()))
}

fn add(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("\"ip rule add\" requires arguments.", 1));
    }
    let request = Request::parse(tool, args, false)?;
    let rule = FibRule {
        priority: 0,
        from: request.from.unwrap_or_default().trunc(),
        to: request.to.unwrap_or_default().trunc(),
        input: request.input,
        output: request.output,
        mark: request.mark,
        tos: request.tos.unwrap_or(0),
        not: request.not,
        action: request.action.unwrap_or(RuleAction::Table(table::MAIN)),
    };
    Ok(tool.proc.sys(|sys| sys.rule_add(rule.clone(), request.priority))?)
}

fn delete(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(Failure::new("\"ip rule del\" requires arguments.", 1));
    }
    let request = Request::parse(tool, args, true)?;
    Ok(tool.proc.sys(|sys| sys.rule_del(|rule| request.fits(rule)))?)
}

/// `ip rule flush`: all rules but the first, which the real tool cannot name.
fn flush(tool: &Tool, args: Args) -> Result<()> {
    let (filter, is_inet) = parse_filter(tool, args)?;
    if is_inet {
        tool.proc.sys(|sys| {
            while sys.rule_del(|rule| rule.priority != 0 && filter.fits(rule)).is_ok() {}
        });
    }
    Ok(())
}
