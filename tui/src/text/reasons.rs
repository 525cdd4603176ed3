//! Why packets are dropped, in the language of the screen. The English sentences are the engine's.

use netsim_sim::kernel::DropReason;

use super::words::Lang;

/// A sentence for a learner.
pub fn sentence(reason: DropReason, lang: Lang) -> &'static str {
    match lang {
        Lang::En => reason.sentence(),
        Lang::Zh => chinese(reason),
    }
}

fn chinese(reason: DropReason) -> &'static str {
    use DropReason as R;
    match reason {
        R::LinkDown => "网络设备处于关闭状态",
        R::NoCarrier => "线缆另一端已关闭或没有插好",
        R::CableLoss => "在线缆上丢失",
        R::QueueFull => "设备的发送队列已满",
        R::Storm => "没有生成树的环路:它已经转了几千圈,netsim 在这里把它停下",
        R::Netem => "tc netem 被设置为丢弃它",
        R::Swallowed => "dummy 设备吞掉所有的帧",
        R::TooBigForPeer => "帧比对端设备的 MTU 还大",
        R::DeviceGone => "帧还在路上时,设备被删除了",
        R::Runt => "帧太短,连以太网头都放不下",
        R::OtherHost => "目的 MAC 地址属于别人",
        R::BadSourceMac => "源 MAC 地址是组播地址或全零",
        R::PortBlocked => "网桥端口不转发(生成树阻塞,或已关闭)",
        R::SamePort => "目的地就在它进来的那个端口后面,而 hairpin 没有打开",
        R::NoEgressPort => "没有别的网桥端口可以发送它",
        R::Isolated => "两个网桥端口都是隔离的",
        R::FloodOff => "网桥不向任何端口泛洪这种帧",
        R::VlanFiltered => "网桥的端口,或者网桥本身,不属于这个帧的 VLAN",
        R::NoVlanDevice => "这里没有设备属于这个 VLAN",
        R::TooBigForPort => "帧比网桥端口的 MTU 还大",
        R::LinkLocalGroup => "网桥从不转发这个组地址",
        R::UnknownProtocol => "这里没有谁认识这种帧",
        R::VxlanNoRemote => "VXLAN 设备不知道这个 MAC 地址在哪台主机后面",
        R::VxlanProxied => "VXLAN 设备已用自己的邻居表代答",
        R::VxlanProxyMiss => "VXLAN 设备自己回答 ARP,但表里没有这个地址",
        R::VxlanUnknownVni => "这里没有 VXLAN 设备使用这个网络标识(VNI)",
        R::VxlanBadHeader => "它到了 VXLAN 端口,却不是 VXLAN 报文",
        R::VxlanStaticSource => "表中写着这个 MAC 地址在另一台主机后面,而且该条目是固定的",
        R::VxlanOwnSource => "内层源地址就是 VXLAN 设备自己的地址",
        R::VxlanLoop => "隧道的远端要经过隧道自己才能到达",
        R::MacvlanIsolated => "macvlan 的父设备与子设备之间从不交换帧",
        R::MacvlanNoChild => "这里没有 macvlan 设备使用这个 MAC 地址",
        R::ArpNotForUs => "这个 ARP 问的是别人",
        R::ArpIgnored => "`arp_ignore` 或 `arp_filter` 不允许在这个设备上回答",
        R::ArpMalformed => "这个 ARP 报文没有意义",
        R::NeighborNotForUs => "这个邻居询问或回答说的是别人",
        R::NdpMalformed => "这个邻居发现报文没有意义,或来自别的链路",
        R::HookDrop => "经过网桥时被一条规则丢弃",
        R::IpMalformed => "IP 头已损坏,或长度不对",
        R::BadChecksum => "IP 头校验和不对",
        R::MartianSource => "这样的源地址不可能从这个设备进来(martian)",
        R::MartianDestination => "这样的目的地址不应出现在线路上(martian)",
        R::RpFilter => "反向路径过滤:回答会从另一个设备出去",
        R::NoRoute => "没有通往目的地的路由",
        R::Blackhole => "被一条 blackhole 路由吞掉",
        R::Unreachable => "被一条 unreachable 路由拒绝",
        R::Prohibited => "被一条 prohibit 路由拒绝",
        R::ForwardingOff => "它是给别人的,而 IP 转发没有打开",
        R::NotAddressed => "帧是给这台主机的,里面的 IP 包却不是",
        R::TtlExceeded => "生存时间(TTL)用完了",
        R::FragmentationNeeded => "放不进下一段的 MTU,又不许分片",
        R::ReassemblyTimeout => "缺少的分片没有及时到达",
        R::ReassemblyOverlap => "它的分片互相重叠",
        R::DuplicateFragment => "这个分片已经收到过",
        R::NeighborFailed => "下一跳的 ARP 询问没有人回答",
        R::NeighborQueueFull => "等待同一个 ARP 回答的包太多",
        R::Ipv6Disabled => "这个设备上的 IPv6 已关闭(`disable_ipv6`)",
        R::NeighborSilent => "下一跳的邻居询问没有人回答",
        R::SolicitationQueueFull => "等待同一个邻居回答的包太多",
        R::TentativeAddress => "还不知道这个地址在链路上是否唯一,或者它并不唯一",
        R::BeyondScope => "链路本地地址从不离开它的链路",
        R::FragmentNotOnIpv6 => "netsim 不切分也不重组 IPv6 分片",
        R::BroadcastIgnored => "不回答广播 ping(`icmp_echo_ignore_broadcasts`)",
        R::EchoIgnored => "不回答 ping(`icmp_echo_ignore_all`)",
        R::NoMulticastMember => "这里没有谁加入这个组播组",
        R::SourceNotLocal => "源地址不是这个命名空间的地址",
        R::IcmpRateLimited => "短时间内 ICMP 错误太多",
        R::DroppedByRule => "被一条规则丢弃",
        R::DroppedByPolicy => "没有规则接受它,而链的默认策略是 DROP",
        R::Rejected => "被一条规则拒绝,并通知了发送者",
        R::NatExhausted => "没有空闲端口可用于地址转换",
        R::RedirectOfTranslated => "针对已转换连接的重定向会绕过地址转换",
        R::ConntrackFull => "连接跟踪表已满",
        R::ConntrackClash => "另一个连接已经使用了这个转换",
        R::TransportMalformed => "TCP、UDP 或 ICMP 头已损坏,或校验和不对",
        R::NoListener => "没有套接字监听这个端口",
        R::UnknownTransport => "这里没有谁会这种 IP 协议",
        R::TransportNotOnIpv6 => "netsim 不在 IPv6 上传送 TCP 或 UDP",
        R::BacklogFull => "监听者的连接队列已满",
        R::SocketBufferFull => "套接字的接收缓冲区已满",
        R::SocketGone => "包还在等待时,套接字已关闭",
        R::UnexpectedIcmp => "没有谁在等这个 ICMP 报文",
        R::NoFlow => "这个 ICMP 错误引用的包不是这里任何人发出的",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_sentence_of_its_own() {
        let mut all: Vec<&str> = DropReason::ALL.iter().map(|it| chinese(*it)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), DropReason::ALL.len());
    }
}
