//! The kinds of barriers in words.

use netsim_sim::reach::{Cell, Kind, Way};

use super::reasons;
use super::words::Lang;

/// What a kind of barrier means.
pub fn meaning(kind: Kind, lang: Lang) -> &'static str {
    let (en, zh) = match kind {
        Kind::NoAddress => ("the other has no address", "对方没有地址"),
        Kind::NoName => ("the name is not found", "找不到这个名字"),
        Kind::NoRoute => ("no route leads there", "没有通往那里的路由"),
        Kind::NoForwarding => ("a machine on the way does not forward", "途中的机器不转发"),
        Kind::NoNeighbor => ("nobody answers ARP for the next hop", "下一跳的 ARP 没有人回答"),
        Kind::Filtered => ("a rule of iptables forbids it", "iptables 规则不允许"),
        Kind::OtherVni => {
            ("another VXLAN network, or no tunnel", "属于另一个 VXLAN 网络，或没有隧道")
        }
        Kind::L2Barrier => ("frames do not get from here to there", "二层不通：帧到不了对方"),
        Kind::Stranger => ("somebody else has the same address", "另有人用同一地址，包到了他那里"),
        Kind::LinkDown => ("a device or a cable is down", "设备或线缆已断开"),
        Kind::NoListener => {
            ("it arrives, and nobody listens on the port", "已到达，但端口没有人监听")
        }
        Kind::Lost => ("lost on the way", "途中丢失"),
        Kind::NoAnswer => ("no answer came in time", "没有及时收到回答"),
        Kind::Other => ("another reason", "其他原因"),
    };
    choose(lang, en, zh)
}

/// A letter for a kind of barrier, where there is no room for its code.
pub fn letter(kind: Kind) -> char {
    match kind {
        Kind::NoAddress => 'A',
        Kind::NoName => 'D',
        Kind::NoRoute => 'R',
        Kind::NoForwarding => 'W',
        Kind::NoNeighbor => 'N',
        Kind::Filtered => 'F',
        Kind::OtherVni => 'T',
        Kind::L2Barrier => 'B',
        Kind::Stranger => 'S',
        Kind::LinkDown => 'L',
        Kind::NoListener => 'P',
        Kind::Lost => 'X',
        Kind::NoAnswer => 'Q',
        Kind::Other => 'O',
    }
}

/// Why one does not reach the other, with the place and the rule.
pub fn reason(cell: &Cell, lang: Lang) -> String {
    let Some(barrier) = cell.barrier() else { return String::new() };
    let text = match (lang, barrier.drop()) {
        (Lang::En, _) => barrier.sentence(),
        (Lang::Zh, Some(drop)) => reasons::sentence(drop, lang),
        (Lang::Zh, None) => meaning(barrier.kind(), lang),
    };
    let device = barrier.device.as_ref().map(|device| format!(" ({device})")).unwrap_or_default();
    let rule = barrier.rule.as_ref().map(|rule| format!(": {rule}")).unwrap_or_default();
    let (place, way) = (&barrier.place, way(barrier.way, lang));
    match lang {
        Lang::En => format!("{text}; at {place}{device}, {way}{rule}"),
        Lang::Zh => format!("{text}；在 {place}{device}，{way}{rule}"),
    }
}

/// Which packet was lost.
pub fn way(way: Way, lang: Lang) -> &'static str {
    match way {
        Way::There => choose(lang, "on the way there", "去程"),
        Way::Back => choose(lang, "the answer, on its way back", "回程（回答丢失）"),
    }
}

/// The one for the language.
pub fn choose<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}
