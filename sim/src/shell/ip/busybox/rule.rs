//! `ip rule` of busybox.

use super::super::Tool;
use super::super::names::Naming;
use super::words::{invalid, is_one_of, network, number, refused, value};
use crate::kernel::ip::fib::{FibRule, RuleAction, table};
use crate::shell::args::{Args, Failure, Result, abbreviates, unsigned};

/// `ip rule`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    match args.next() {
        None => show(tool),
        Some(word) if is_one_of(word, &["list", "lst", "show"]) => match args.is_empty() {
            true => show(tool),
            false => Err(Failure::new("ip: ignoring all arguments", 255)),
        },
        Some(word) if abbreviates(word, "add") => add(tool, args),
        Some(word) if abbreviates(word, "delete") => delete(tool, args),
        Some(word) => Err(invalid(word, "ip")),
    }
}

fn show(tool: &Tool) -> Result<()> {
    if tool.options.family.has_inet() {
        let rules = tool.proc.sys(|sys| sys.rules().to_vec());
        tool.print(&rules.iter().map(|rule| describe(tool, rule)).collect::<String>());
    }
    Ok(())
}

fn describe(tool: &Tool, rule: &FibRule) -> String {
    let mut text = format!("{}:\tfrom ", rule.priority);
    let prefix = |net: ipnet::Ipv4Net| match net.prefix_len() {
        0 => "all".to_owned(),
        32 => net.addr().to_string(),
        _ => net.to_string(),
    };
    text += &format!("{} ", prefix(rule.from));
    if rule.to.prefix_len() != 0 {
        text += &format!("to {} ", prefix(rule.to));
    }
    if rule.tos != 0 {
        text += &format!("tos {} ", rule.tos);
    }
    match rule.mark {
        Some((mark, u32::MAX)) => text += &format!("fwmark {mark:#x} "),
        Some((mark, mask)) => text += &format!("fwmark {mark:#x}/{mask:#x} "),
        None => {}
    }
    if let Some(input) = &rule.input {
        text += &format!("iif {input} ");
    }
    text += &match rule.action {
        RuleAction::Table(number) => format!("lookup {} ", tool.name_of(Naming::Table, number)),
        RuleAction::Blackhole => "blackhole".to_owned(),
        RuleAction::Unreachable => "unreachable".to_owned(),
        RuleAction::Prohibit => "prohibit".to_owned(),
    };
    text + "\n"
}

/// What is said about a rule; to remove one, only what is said counts.
#[derive(Debug)]
struct Request {
    rule: FibRule,
    priority: Option<u32>,
    action: Option<RuleAction>,
}

fn parse(tool: &Tool, mut args: Args) -> Result<Request> {
    let rule = FibRule::for_all(0, RuleAction::Table(table::MAIN));
    let mut request = Request { rule, priority: None, action: None };
    while let Some(word) = args.next() {
        match word {
            "from" => request.rule.from = network(value(&mut args)?)?,
            "to" => request.rule.to = network(value(&mut args)?)?,
            _ if is_one_of(word, &["preference", "order", "priority"]) => {
                request.priority = Some(number(&mut args, "preference")?);
            }
            "tos" | "dsfield" => {
                let word = value(&mut args)?;
                let tos = tool.number_of(Naming::TrafficClass, word);
                request.rule.tos = tos.ok_or_else(|| invalid(word, "TOS"))? as u8;
            }
            "fwmark" => request.rule.mark = Some(mark(value(&mut args)?)?),
            "table" | "lookup" => {
                let word = value(&mut args)?;
                let number = tool.number_of(Naming::Table, word);
                let number = number.ok_or_else(|| invalid(word, "table ID"))?;
                request.action = Some(RuleAction::Table(number));
            }
            "dev" | "iif" => request.rule.input = Some(value(&mut args)?.to_owned()),
            "type" => {
                let word = value(&mut args)?;
                request.action = Some(match word {
                    "blackhole" => RuleAction::Blackhole,
                    "unreachable" => RuleAction::Unreachable,
                    "prohibit" => RuleAction::Prohibit,
                    _ => return Err(invalid(word, "type")),
                });
            }
            "realms" | "nat" | "map-to" => {
                return Err(Failure::not_simulated(format_args!("ip rule: option {word}")));
            }
            _ => return Err(invalid(word, "ip")),
        }
    }
    Ok(request)
}

fn mark(word: &str) -> Result<(u32, u32)> {
    let read = |word| unsigned(word, u64::from(u32::MAX)).map(|number| number as u32);
    let (mark, mask) = word.split_once('/').unwrap_or((word, "0xffffffff"));
    read(mark).zip(read(mask)).ok_or_else(|| invalid(word, "fwmark"))
}

fn add(tool: &Tool, args: Args) -> Result<()> {
    let Request { mut rule, priority, action } = parse(tool, args)?;
    rule.action = action.unwrap_or(rule.action);
    tool.proc.sys(|sys| sys.rule_add(rule, priority)).map_err(refused)
}

fn delete(tool: &Tool, args: Args) -> Result<()> {
    let Request { rule, priority, action } = parse(tool, args)?;
    let fits = |other: &FibRule| {
        priority.is_none_or(|priority| other.priority == priority)
            && action.is_none_or(|action| other.action == action)
            && (rule.from.prefix_len() == 0 || other.from == rule.from)
            && (rule.to.prefix_len() == 0 || other.to == rule.to)
            && (rule.tos == 0 || other.tos == rule.tos)
            && (rule.mark.is_none() || other.mark == rule.mark)
            && (rule.input.is_none() || other.input == rule.input)
    };
    tool.proc.sys(|sys| sys.rule_del(fits)).map_err(refused)
}
