//! What is said of a packet's stops, in the language of the screen. The English sentences are the engine's.

use netsim_sim::kernel::step::{CtState, Verdict};
use netsim_sim::trace::telling::said::{Arrival, Bridging, Instead, Routing, Said};
use netsim_sim::trace::telling::{Told, flow, name_of, socket};
use netsim_sim::wire::icmp::Error;
use netsim_sim::wire::icmpv6;
use netsim_sim::wire::rewrite::End;

use super::reasons;
use super::words::Lang;

/// What happened at a stop, in a sentence.
pub fn sentence(said: &Said, lang: Lang) -> String {
    match lang {
        Lang::En => said.to_string(),
        Lang::Zh => chinese(said),
    }
}

/// The place, table or layer of a stop. Names of devices, tables and protocols are the same everywhere.
pub fn label(told: &Told, lang: Lang) -> &str {
    if lang == Lang::En {
        return &told.label;
    }
    match &told.said {
        Said::Bridged(_) | Said::Learns { .. } => "网桥",
        Said::AnswersFor { .. } => "ARP 代答",
        Said::Routed(_) => "路由",
        Said::Tracked { .. } => "连接跟踪",
        Said::Translated { end: End::Src, .. } => "源地址",
        Said::Translated { end: End::Dst, .. } => "目的地址",
        Said::Neighbor { .. } => "邻居表",
        Said::Arrived(Arrival::Socket) => "套接字",
        Said::Arrived(Arrival::Stack) => "协议栈",
        Said::Arrived(Arrival::SpanningTree) => "生成树",
        _ => &told.label,
    }
}

fn chinese(said: &Said) -> String {
    match said {
        Said::Receives { bytes } => format!("收到{}", len(*bytes)),
        Said::Sends { bytes } => format!("发出{}", len(*bytes)),
        Said::Queued => "在设备的队列里等待".to_owned(),
        Said::Bridged(bridging) => bridged(bridging),
        Said::Learns { mac, device } => format!("学习:{mac} 在 {device} 后面"),
        Said::Wraps { device, vni, remote } => {
            format!("{device} 封装:VXLAN 网络 {vni},UDP 发往 {remote}:4789")
        }
        Said::Unwraps { device, vni } => format!("{device} 解封装:VXLAN 网络 {vni}"),
        Said::Tags(id) => format!("加上 VLAN {id} 的标签"),
        Said::Untags(id) => format!("去掉 VLAN {id} 的标签"),
        Said::Sibling { device } => format!("直接交给同一父设备下的 {device}"),
        Said::AnswersFor { device, ip, mac } => format!("{device} 查表代 {ip} 回答:{mac}"),
        Said::Routed(routing) => routed(routing),
        Said::Judged { verdict, missed } => {
            let verdict = match verdict {
                Verdict::Accept => "接受",
                Verdict::Drop => "丢弃",
                Verdict::PolicyAccept => "默认策略 ACCEPT",
                Verdict::PolicyDrop => "默认策略 DROP",
            };
            format!("{verdict}{}", after(*missed))
        }
        Said::Matches { number, text, by, missed } => {
            let text = text.as_ref().map(|text| format!(":{text}")).unwrap_or_default();
            let by = match by {
                None => String::new(),
                Some(by) => match &by.program {
                    Some(program) => format!(" [由 {program} 添加,起因:{}]", by.line),
                    None => format!(" [由此添加:{}]", by.line),
                },
            };
            format!("规则 {number} 匹配{text}{by}{}", after(*missed))
        }
        Said::Misses { number, part, instead: None } => format!("规则 {number} 不匹配:{part}"),
        Said::Misses { number, part, instead: Some(instead) } => {
            format!("规则 {number} 不匹配:{part}({})", has(instead))
        }
        Said::Tracked { state, entry } => {
            let state = match state {
                CtState::New => "NEW:新连接的第一个包",
                CtState::Established => "ESTABLISHED:属于已知连接",
                CtState::Related => "RELATED:与已知连接有关的错误报文",
                CtState::Invalid => "INVALID:不属于任何连接",
                CtState::Untracked => "UNTRACKED:有规则要求不跟踪",
            };
            let entry = entry
                .map(|(id, there, back)| format!(";条目 {id}:{},回程 {}", flow(there), flow(back)));
            format!("{state}{}", entry.unwrap_or_default())
        }
        Said::Translated { from, to, .. } => format!("{} 变为 {}", socket(*from), socket(*to)),
        Said::Neighbor { ip, mac: Some(mac) } => format!("{ip} 的 MAC 地址是 {mac}"),
        Said::Neighbor { ip, mac: None } => {
            let question = if ip.is_ipv4() { "ARP 询问" } else { "邻居询问" };
            format!("谁是 {ip}?先等待 {question}的结果")
        }
        Said::Lives { from } => format!("{from} 变为 {}", from.saturating_sub(1)),
        Said::Cut { count, mtu } => format!("按 MTU {mtu} 切成 {count} 个分片"),
        Said::Joined => "分片重新合成一个包".to_owned(),
        Said::Clamped { from, to } => format!("{from} 变为 {to}"),
        Said::Reported(error) => format!("通知发送者:{}", reported(*error)),
        Said::Reported6(error) => format!("通知发送者:{}", reported6(*error)),
        Said::Arrived(arrival) => arrived(arrival),
        Said::Dropped { device, reason } => {
            let place = device.as_ref().map(|device| format!("在 {device} ")).unwrap_or_default();
            let (layer, code) = (reason.layer().name(), reason.code());
            format!("{place}被丢弃:{} [{layer} {code}]", reasons::sentence(*reason, Lang::Zh))
        }
    }
}

fn bridged(bridging: &Bridging) -> String {
    match bridging {
        Bridging::To(device) => format!("认识这个地址:从 {device} 出去"),
        Bridging::Flood(1) => "泛洪到另一个端口".to_owned(),
        Bridging::Flood(ports) => format!("泛洪到其余 {ports} 个端口"),
        Bridging::Local(device) => format!("是给主机自己的,经由 {device}"),
        Bridging::Itself => "是给网桥自己的(生成树)".to_owned(),
    }
}

fn routed(routing: &Routing) -> String {
    match routing {
        Routing::Local => "目的地址属于这个命名空间".to_owned(),
        Routing::Broadcast => "目的地址是这里的广播地址".to_owned(),
        Routing::Multicast => "目的地址是组播组".to_owned(),
        Routing::Via { prefix, gateway, device } => {
            let route = match prefix {
                None => String::new(),
                Some(net) if net.prefix_len() == 0 => "按默认路由,".to_owned(),
                Some(net) => format!("按路由 {net},"),
            };
            match gateway {
                None => format!("{route}从 {device} 直接发出"),
                Some(gateway) => format!("{route}交给网关 {gateway},从 {device} 发出"),
            }
        }
        Routing::Via6 { prefix_len, by_gateway, device } => {
            let route = match prefix_len {
                0 => "按默认路由,".to_owned(),
                length => format!("按前缀长 {length} 位的路由,"),
            };
            let way = if *by_gateway { "交给网关," } else { "" };
            format!("{route}{way}从 {device} 发出")
        }
    }
}

fn reported6(error: icmpv6::Error) -> String {
    match error {
        icmpv6::Error::NO_ROUTE => "没有通往目的地的路由".to_owned(),
        icmpv6::Error::PROHIBITED => "被管理策略禁止".to_owned(),
        icmpv6::Error::ADDRESS_UNREACHABLE => "地址不可达".to_owned(),
        icmpv6::Error::PORT_UNREACHABLE => "端口不可达".to_owned(),
        icmpv6::Error::Unreachable(code) => format!("目的不可达,代码 {code}"),
        icmpv6::Error::PacketTooBig { mtu } => format!("包太大,下一跳 MTU {mtu}"),
        icmpv6::Error::HOP_LIMIT_EXCEEDED => "传输中跳数限制用完".to_owned(),
        icmpv6::Error::TimeExceeded(_) => "分片重组超时".to_owned(),
        icmpv6::Error::ParameterProblem(_, at) => format!("第 {at} 字节的参数有误"),
    }
}

fn has(instead: &Instead) -> String {
    match instead {
        Instead::State(state) => format!("它是 {}", name_of(*state)),
        Instead::Ports(src, dst) => format!("它从端口 {src} 到端口 {dst}"),
        Instead::Source(ip) => format!("它来自 {ip}"),
        Instead::Destination(ip) => format!("它发往 {ip}"),
        Instead::MadeHere => "它是本地产生的".to_owned(),
        Instead::CameBy(device) => format!("它从 {device} 进来"),
        Instead::Protocol(name) => format!("它是 {name}"),
    }
}

fn arrived(arrival: &Arrival) -> String {
    match arrival {
        Arrival::Socket => "交给套接字".to_owned(),
        Arrival::Stack => "TCP/IP 协议栈自己回答".to_owned(),
        Arrival::Neighbors => "更新邻居表".to_owned(),
        Arrival::Error => "通知被引用的那个包的发送者".to_owned(),
        Arrival::Tunnel(device) => format!("交给隧道 {device}"),
        Arrival::SpanningTree => "交给网桥的生成树".to_owned(),
    }
}

fn reported(error: Error) -> String {
    match error {
        Error::NET_UNREACHABLE => "网络不可达".to_owned(),
        Error::HOST_UNREACHABLE => "主机不可达".to_owned(),
        Error::PROTOCOL_UNREACHABLE => "协议不可达".to_owned(),
        Error::PORT_UNREACHABLE => "端口不可达".to_owned(),
        Error::ADMIN_PROHIBITED => "被管理策略禁止".to_owned(),
        Error::Unreachable(code) => format!("目的不可达,代码 {code}"),
        Error::FragmentationNeeded { mtu } => format!("需要分片但设置了 DF,下一跳 MTU {mtu}"),
        Error::TTL_EXCEEDED => "传输中 TTL 超时".to_owned(),
        Error::TimeExceeded(_) => "分片重组超时".to_owned(),
        Error::Redirect(gateway) => format!("重定向到 {gateway}"),
        Error::ParameterProblem(at) => format!("第 {at} 字节的参数有误"),
    }
}

fn len(bytes: Option<usize>) -> String {
    bytes.map(|bytes| format!("({bytes} 字节)")).unwrap_or_default()
}

fn after(missed: usize) -> String {
    match missed {
        0 => String::new(),
        n => format!("(前面 {n} 条规则不匹配)"),
    }
}
