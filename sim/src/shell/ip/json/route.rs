//! Routes, rules and neighbours as JSON.

use ipnet::Ipv4Net;
use serde_json::Value;

use super::Object;
use crate::kernel::ip::fib::{FibRoute, FibRule, RouteKind, RuleAction};
use crate::kernel::sys::neigh::NeighborView;
use crate::shell::ip::names::Naming;
use crate::shell::ip::{Tool, prefix};

/// What of a route is told: not what was asked for exactly.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Shown {
    pub device: bool,
    pub table: bool,
    pub protocol: bool,
    pub scope: bool,
}

/// A route.
pub fn route(tool: &Tool, shown: Shown, table: u32, route: &FibRoute, state: &str) -> Object {
    let details = tool.options.details;
    let mut object = Object::default();
    if route.kind != RouteKind::Unicast || details {
        object.put("type", route.kind.name());
    }
    object.put("dst", prefix::route_prefix(route.dst));
    if route.tos > 0 {
        object.put("tos", tool.name_of(Naming::TrafficClass, u32::from(route.tos)));
    }
    object.put_some("gateway", route.gateway.map(|gateway| gateway.to_string()));
    let device = route.link.filter(|_| shown.device);
    object.put_some("dev", device.map(|link| tool.device_name(link)));
    object.put_some("table", shown.table.then(|| tool.name_of(Naming::Table, table)));
    if shown.protocol {
        object.put("protocol", tool.name_of(Naming::Protocol, u32::from(route.protocol)));
    }
    if shown.scope {
        object.put("scope", tool.name_of(Naming::Scope, u32::from(route.scope)));
    }
    object.put_some("prefsrc", route.prefsrc.map(|source| source.to_string()));
    object.put_some("metric", Some(route.metric).filter(|metric| *metric > 0));
    object.put("flags", state.split_whitespace().collect::<Value>());
    put_metrics(&mut object, route.mtu, route.advmss);
    object
}

/// The metrics of a route, if it has some.
pub fn put_metrics(object: &mut Object, mtu: Option<u32>, advmss: Option<u32>) {
    if mtu.is_some() || advmss.is_some() {
        let mut metrics = Object::default();
        metrics.put_some("mtu", mtu).put_some("advmss", advmss);
        object.put("metrics", vec![Value::from(metrics)]);
    }
}

/// A rule.
pub fn rule(tool: &Tool, rule: &FibRule) -> Object {
    let mut object = Object::default();
    object.put("priority", rule.priority);
    object.put_some("not", rule.not.then_some(Value::Null));
    put_selector(&mut object, "src", rule.from);
    if rule.from.prefix_len() == 0 {
        object.put("src", "all");
    }
    put_selector(&mut object, "dst", rule.to);
    if rule.tos > 0 {
        object.put("tos", tool.name_of(Naming::TrafficClass, u32::from(rule.tos)));
    }
    if let Some((mark, mask)) = rule.mark {
        object.put("fwmark", format!("{mark:#x}"));
        object.put_some("fwmask", (mask != u32::MAX).then(|| format!("{mask:#x}")));
    }
    for (word, device) in [("iif", &rule.input), ("oif", &rule.output)] {
        if let Some(device) = device {
            object.put(word, device.as_str());
            let detached = tool.proc.sys(|sys| sys.link_named(device)).is_none();
            object.put_some(&format!("{word}_detached"), detached.then_some(Value::Null));
        }
    }
    match rule.action {
        RuleAction::Table(number) => object.put("table", tool.name_of(Naming::Table, number)),
        RuleAction::Blackhole => object.put("action", "blackhole"),
        RuleAction::Unreachable => object.put("action", "unreachable"),
        RuleAction::Prohibit => object.put("action", "prohibit"),
    };
    object
}

fn put_selector(object: &mut Object, name: &str, net: Ipv4Net) {
    if net.prefix_len() > 0 {
        object.put(name, net.addr().to_string());
        let length = Some(net.prefix_len()).filter(|length| *length < 32);
        object.put_some(&format!("{name}len"), length);
    }
}

/// An entry of the neighbour table.
pub fn neighbor(tool: &Tool, entry: &NeighborView, with_device: bool) -> Object {
    let mut object = Object::default();
    object.put("dst", entry.ip.to_string());
    object.put_some("dev", with_device.then(|| tool.device_name(entry.link)));
    object.put_some("lladdr", entry.mac.map(|mac| mac.to_string()));
    object.put_some("router", entry.router.then_some(Value::Null));
    if tool.options.statistics > 0 {
        let (used, confirmed, updated) = entry.ages;
        object.put("used", used).put("confirmed", confirmed).put("updated", updated);
        object.put("probes", entry.probes);
    }
    object.put("state", vec![Value::from(entry.state.name())]);
    object
}
