//! `ip route get`: which way a packet would go.

use std::net::IpAddr;

use super::super::names::Naming;
use super::super::{Tool, json, prefix, usage};
use crate::kernel::ip::fib::RouteKind;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::sys::route::{RouteAnswer, RouteQuery};
use crate::kernel::{LinkId, NetlinkError};
use crate::shell::args::{Args, Failure, Result, abbreviates};
use crate::wire::Ipv4Addr;

#[derive(Debug, Default)]
struct Request<'a> {
    dst: Option<Ipv4Addr>,
    source: Option<Ipv4Addr>,
    input: Option<&'a str>,
    output: Option<&'a str>,
    tos: u8,
    mark: u32,
    protocol: Option<u8>,
    connected: bool,
    uid: u32,
}

/// `ip route get`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let mut request = Request::default();
    while let Some(word) = args.next() {
        request.take(tool, word, &mut args)?;
    }
    let Some(dst) = request.dst else {
        return Err(Failure::new("need at least a destination address", 1));
    };
    let input = request.input.map(|name| tool.existing_device(name)).transpose()?;
    let output = request.output.map(|name| tool.existing_device(name)).transpose()?;
    let answer = ask(tool, &request, dst, request.source, input, output)?;
    if tool.options.json {
        json::print(tool, vec![object(tool, &request, dst, input, &answer)]);
        return Ok(());
    }
    tool.print(&describe(tool, &request, dst, request.source, input, &answer));
    if request.connected && request.source.is_none() {
        let source = Some(answer.route.src);
        let answer = ask(tool, &request, dst, source, input, output)?;
        tool.print(&describe(tool, &request, dst, source, input, &answer));
    }
    Ok(())
}

fn ask(
    tool: &Tool,
    request: &Request,
    dst: Ipv4Addr,
    source: Option<Ipv4Addr>,
    input: Option<LinkId>,
    output: Option<LinkId>,
) -> Result<RouteAnswer> {
    let flow = FlowQuery {
        dst,
        src: source.filter(|source| !source.is_unspecified()),
        output,
        tos: request.tos,
        mark: request.mark,
        protocol: request.protocol.unwrap_or(crate::wire::ipv4::protocol::UDP),
        ..FlowQuery::default()
    };
    let answer = tool.proc.sys(|sys| sys.route_get(&RouteQuery { flow, input }));
    answer.map_err(|errno| NetlinkError::from(errno).into())
}

impl<'a> Request<'a> {
    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        const U32: u64 = u32::MAX as u64;
        match word {
            _ if word == "tos" || abbreviates(word, "dsfield") => {
                let value = args.value()?;
                let number = tool.number_of(Naming::TrafficClass, value);
                let wrong = || Failure::wrong(value, "TOS value is invalid\n");
                self.tos = number.ok_or_else(wrong)? as u8;
            }
            _ if abbreviates(word, "from") => {
                let value = args.value()?;
                if abbreviates(value, "help") {
                    return Err(Failure::usage(usage::ROUTE));
                }
                let prefix = prefix::prefix(value, tool.options.family)?;
                self.source = Some(prefix.inet()?.addr());
            }
            _ if abbreviates(word, "iif") => self.input = Some(args.value()?),
            _ if abbreviates(word, "mark") => {
                self.mark = args.number(U32, "invalid mark value")? as u32;
            }
            _ if word == "dev" || abbreviates(word, "oif") => self.output = Some(args.value()?),
            _ if abbreviates(word, "connected") => self.connected = true,
            _ if abbreviates(word, "uid") => self.uid = args.number(U32, "invalid UID\n")? as u32,
            _ if abbreviates(word, "ipproto") => {
                let value = args.value()?;
                self.protocol = Some(match value {
                    "icmp" => 1,
                    "tcp" => 6,
                    "udp" => 17,
                    _ => {
                        let wrong = || Failure::wrong(value, "Invalid \"ipproto\" value\n");
                        let number = crate::shell::args::unsigned(value, 255);
                        number.ok_or_else(wrong)? as u8
                    }
                });
            }
            // Ports decide nothing here.
            _ if abbreviates(word, "sport") => drop(args.number(0xffff, "invalid sport\n")?),
            _ if abbreviates(word, "dport") => drop(args.number(0xffff, "invalid dport\n")?),
            _ if abbreviates(word, "vrf") => {
                return Err(Failure::wrong(args.value()?, "Invalid VRF\n"));
            }
            _ if word == "as" || abbreviates(word, "notify") || abbreviates(word, "fibmatch") => {
                return Err(Failure::not_simulated(format_args!("ip route get: {word}")));
            }
            _ => {
                let value = if word == "to" { args.value()? } else { word };
                if abbreviates(value, "help") {
                    return Err(Failure::usage(usage::ROUTE));
                }
                let prefix = prefix::prefix(value, tool.options.family)?;
                if let (Some(IpAddr::V4(_)), 0..32) = (prefix.address, prefix.length) {
                    tool.eprint(&format!(
                        "Warning: /{} as prefix is invalid, only /32 (or none) is supported.\n",
                        prefix.length
                    ));
                }
                self.dst = Some(prefix.inet()?.addr());
            }
        }
        Ok(())
    }
}

fn describe(
    tool: &Tool,
    request: &Request,
    dst: Ipv4Addr,
    source: Option<Ipv4Addr>,
    input: Option<LinkId>,
    answer: &RouteAnswer,
) -> String {
    let route = &answer.route;
    let mut text = String::new();
    if route.kind != RouteKind::Unicast || tool.options.details {
        text += &format!("{} ", route.kind.name());
    }
    text += &format!("{dst} ");
    if let Some(source) = source {
        text += &format!("from {source} ");
    }
    if answer.tos > 0 {
        let tos = tool.name_of(Naming::TrafficClass, u32::from(answer.tos));
        text += &format!("tos {tos} ");
    }
    if let Some(gateway) = route.gateway {
        text += &format!("via {gateway} ");
    }
    text += &format!("dev {} ", tool.device_name(route.link));
    if let Some(number) = answer.table.filter(|_| shows_table(tool, answer)) {
        text += &format!("table {} ", tool.name_of(Naming::Table, number));
    }
    if input.is_none() && source != Some(route.src) {
        text += &format!("src {} ", route.src);
    }
    if route.kind == RouteKind::Multicast {
        // The kernel's flag of groups is what the tool takes for this one.
        text += "rt_offload_failed ";
    }
    match request.mark {
        0 => {}
        mark @ 1..16 => text += &format!("mark {mark} "),
        mark => text += &format!("mark {mark:#x} "),
    }
    if input.is_none() {
        text += &format!("uid {} ", request.uid);
    }
    text += &format!("{}    cache ", tool.newline());
    text += &cache_flags(answer, input.is_some());
    match (answer.learnt, answer.mtu) {
        (Some(view), _) => text += &super::show::path_words(&view),
        (None, Some((mtu, true))) => text += &format!("mtu lock {mtu} "),
        (None, Some((mtu, false))) => text += &format!("mtu {mtu} "),
        (None, None) => {}
    }
    if let Some(input) = input {
        text += &format!("iif {} ", tool.device_name(input));
    }
    text + "\n"
}

/// The same as JSON.
fn object(
    tool: &Tool,
    request: &Request,
    dst: Ipv4Addr,
    input: Option<LinkId>,
    answer: &RouteAnswer,
) -> json::Object {
    let route = &answer.route;
    let mut object = json::Object::default();
    if route.kind != RouteKind::Unicast || tool.options.details {
        object.put("type", route.kind.name());
    }
    object.put("dst", dst.to_string());
    object.put_some("from", request.source.map(|source| source.to_string()));
    if answer.tos > 0 {
        object.put("tos", tool.name_of(Naming::TrafficClass, u32::from(answer.tos)));
    }
    object.put_some("gateway", route.gateway.map(|gateway| gateway.to_string()));
    object.put("dev", tool.device_name(route.link));
    let table = answer.table.filter(|_| shows_table(tool, answer));
    object.put_some("table", table.map(|number| tool.name_of(Naming::Table, number)));
    if input.is_none() && request.source != Some(route.src) {
        object.put("prefsrc", route.src.to_string());
    }
    object.put("flags", Vec::<serde_json::Value>::new());
    if request.mark > 0 {
        object.put("mark", request.mark);
    }
    if input.is_none() {
        object.put("uid", request.uid);
    }
    let flags = cache_flags(answer, input.is_some());
    let words = flags.trim_matches(['<', '>', ' ']).split(',').filter(|word| !word.is_empty());
    object.put("cache", words.collect::<serde_json::Value>());
    object.put_some("expires", answer.learnt.map(|view| view.left.as_secs()));
    let learnt = answer.learnt.and_then(|view| view.path.mtu);
    let mtu = learnt.or(answer.mtu.map(|(mtu, _)| mtu));
    json::route::put_metrics(&mut object, mtu, None);
    object.put_some("iif", input.map(|input| tool.device_name(input)));
    object
}

/// The table is told where it is not the usual one.
fn shows_table(tool: &Tool, answer: &RouteAnswer) -> bool {
    use crate::kernel::ip::fib::table;
    tool.options.details || !matches!(answer.table, Some(table::MAIN | table::LOCAL))
}

/// `<local,brd> `
fn cache_flags(answer: &RouteAnswer, is_forwarded: bool) -> String {
    let kind = answer.route.kind;
    let is_local = matches!(kind, RouteKind::Local | RouteKind::Broadcast);
    let is_multicast = kind == RouteKind::Multicast;
    let is_redirected = answer.learnt.is_some_and(|view| view.path.gateway.is_some());
    let flags = [
        (is_local || (is_multicast && (is_forwarded || answer.joined)), "local"),
        (is_multicast, "mc"),
        (kind == RouteKind::Broadcast, "brd"),
        (is_redirected, "redirected"),
        (answer.redirects, "redirect"),
    ];
    let words: Vec<&str> = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    if words.is_empty() { String::new() } else { format!("<{}> ", words.join(",")) }
}
