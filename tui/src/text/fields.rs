//! Names and meanings of the fields of a frame, in the language of the screen. The English words are the
//! engine's.

use netsim_sim::wire::dissect::{Gist, Header, Meaning, Name};

use super::words::Lang;

/// What a field is called.
pub fn name(name: Name, lang: Lang) -> &'static str {
    match lang {
        Lang::En => name.english(),
        Lang::Zh => chinese_name(name),
    }
}

/// What a value means.
pub fn meaning(meaning: Meaning, lang: Lang) -> &'static str {
    match lang {
        Lang::En => meaning.english(),
        Lang::Zh => chinese_meaning(meaning),
    }
}

/// What a header is called: protocols have their names everywhere, data have not.
pub fn header(header: &Header, lang: Lang) -> &'static str {
    if header.is_data() { lang.say("data", "数据") } else { header.name }
}

/// What a header says in a few words.
pub fn gist(gist: &Gist, lang: Lang) -> String {
    if lang == Lang::En {
        return gist.to_string();
    }
    match gist {
        Gist::Text(text) => text.clone(),
        Gist::Kind(kind) => kind.map(chinese_meaning).unwrap_or_default().to_owned(),
        Gist::Bytes(count) => format!("{count} 字节"),
        Gist::WhoHas { target, sender } => format!("谁是 {target}?请告诉 {sender}"),
        Gist::IsAt { sender, mac } => format!("{sender} 在 {mac}"),
        Gist::Operation(operation) => format!("操作 {operation}"),
        Gist::Network(vni) => format!("网络 {vni}"),
        Gist::Vlan(id) => format!("VLAN {id}"),
    }
}

fn chinese_name(name: Name) -> &'static str {
    match name {
        Name::Destination => "目的地址",
        Name::Source => "源地址",
        Name::Type => "类型",
        Name::Tag => "标签",
        Name::HardwareType => "硬件类型",
        Name::ProtocolType => "协议类型",
        Name::AddressLengths => "地址长度",
        Name::Operation => "操作",
        Name::SenderMac => "发送方 MAC",
        Name::SenderIp => "发送方 IP",
        Name::TargetMac => "目标 MAC",
        Name::TargetIp => "目标 IP",
        Name::VersionLength => "版本,头长",
        Name::TypeOfService => "服务类型",
        Name::TotalLength => "总长度",
        Name::Identification => "标识",
        Name::FlagsOffset => "标志,偏移",
        Name::TimeToLive => "生存时间",
        Name::Protocol => "协议",
        Name::Checksum => "校验和",
        Name::Options => "选项",
        Name::Code => "代码",
        Name::Identifier => "标识符",
        Name::Sequence => "序号",
        Name::NextMtu => "下一跳 MTU",
        Name::BetterGateway => "更好的网关",
        Name::SourcePort => "源端口",
        Name::DestinationPort => "目的端口",
        Name::Acknowledges => "确认号",
        Name::HeaderLength => "头部长度",
        Name::Flags => "标志",
        Name::Window => "窗口",
        Name::UrgentPointer => "紧急指针",
        Name::Length => "长度",
        Name::Reserved => "保留",
        Name::Network => "网络(VNI)",
        Name::Questions => "问题数",
        Name::Answers => "回答数",
        Name::Name => "名字",
        Name::VersionClass => "版本,类别",
        Name::FlowLabel => "流标签",
        Name::PayloadLength => "载荷长度",
        Name::NextHeader => "下一个头",
        Name::HopLimit => "跳数限制",
        Name::Mtu => "MTU",
        Name::Target => "目标",
    }
}

fn chinese_meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Broadcast => "广播:所有人",
        Meaning::Group => "一个组",
        Meaning::Ipv4 => "IPv4",
        Meaning::Arp => "ARP",
        Meaning::VlanTag => "VLAN 标签",
        Meaning::Ipv6 => "IPv6",
        Meaning::LengthOf8023 => "长度(IEEE 802.3)",
        Meaning::Question => "询问",
        Meaning::Answer => "回答",
        Meaning::EthernetIsOne => "1 表示以太网",
        Meaning::InBytes => "字节",
        Meaning::NotKnownYet => "尚未知道",
        Meaning::MayNotBeFragmented => "不许分片",
        Meaning::MoreFragments => "后面还有分片",
        Meaning::LastFragment => "最后一个分片",
        Meaning::Icmp => "ICMP",
        Meaning::Tcp => "TCP",
        Meaning::Udp => "UDP",
        Meaning::Igmp => "IGMP",
        Meaning::EchoReply => "回显应答",
        Meaning::DestinationUnreachable => "目的不可达",
        Meaning::Redirect => "重定向",
        Meaning::EchoRequest => "回显请求",
        Meaning::TimeExceeded => "超时",
        Meaning::ParameterProblem => "参数有误",
        Meaning::NoRoute => "没有到那个网络的路由",
        Meaning::NoHost => "没有人回答对主机的 ARP",
        Meaning::NoPort => "没有人监听这个端口",
        Meaning::TooBig => "太大,又不许分片",
        Meaning::Forbidden => "防火墙不允许",
        Meaning::TimeRanOut => "途中生存时间用完",
        Meaning::FragmentsMissing => "缺少分片",
        Meaning::WhatFits => "这样才放得下",
        Meaning::Refused => "拒绝或中断连接",
        Meaning::Taken => "接受连接",
        Meaning::Opens => "建立连接",
        Meaning::NothingMore => "不再发送",
        Meaning::Dns => "DNS",
        Meaning::Vxlan => "VXLAN",
        Meaning::Gossip => "Docker 的 gossip",
        Meaning::None => "无",
        Meaning::NetworkNamed => "写明了网络",
        Meaning::WhichOverlay => "属于哪个 overlay 网络",
        Meaning::AQuestion => "询问",
        Meaning::AnAnswer => "回答",
        Meaning::RouterOptions => "给每个路由器的选项",
        Meaning::Fragment => "一个分片",
        Meaning::Icmpv6 => "ICMPv6",
        Meaning::PacketTooBig => "包太大",
        Meaning::RouterSolicitation => "路由器请求",
        Meaning::RouterAdvertisement => "路由器通告",
        Meaning::NeighborSolicitation => "邻居请求",
        Meaning::NeighborAdvertisement => "邻居通告",
        Meaning::ListenerReport => "组成员报告",
    }
}
