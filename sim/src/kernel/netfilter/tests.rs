//! Properties of netfilter: translation and its inverse, rules against a naive evaluator, and a table of
//! connections that stays bounded.

use proptest::prelude::*;

use super::*;
use crate::engine::{Seed, Span, Time};
use crate::kernel::link::IfAddr;
use crate::kernel::sys::{KindSpec, LinkSpec, Sys};
use crate::wire::{Bytes, FlowKey, Ipv4Addr, flow::Ports, icmp as icmp_wire, tcp, udp};

/// A router between 10.0.1.0/24 (`left`) and 10.0.2.0/24 (`right`).
struct Router {
    kernel: Kernel,
    cx: Context,
    ns: NamespaceId,
    left: LinkId,
    right: LinkId,
}

impl Router {
    fn new() -> Router {
        let mut cx = Context::new(0, "router", Seed(1));
        let mut kernel = Kernel::new(&mut cx);
        let ns = kernel.host_namespace();
        let mut sys = Sys::new(&mut kernel, &mut cx, ns, "test");
        let [left, right] = [("left", 1), ("right", 2)].map(|(name, net)| {
            let link = sys.link_add(&LinkSpec::new(ns, name, KindSpec::Bridge)).unwrap();
            sys.addr_add(link, IfAddr::new(Ipv4Addr::new(10, 0, net, 1), 24, name)).unwrap();
            sys.link_up(link).unwrap();
            link
        });
        sys.sysctl_set("net.ipv4.ip_forward", "1").unwrap();
        Router { kernel, cx, ns, left, right }
    }

    fn iptables(&mut self, line: &str) {
        let mut sys = Sys::new(&mut self.kernel, &mut self.cx, self.ns, "test");
        sys.iptables(Backend::Nft, line).unwrap_or_else(|why| panic!("{line}: {why:?}"));
    }

    /// What leaves when this comes in on one side and is routed to the other; `None` if it is dropped.
    fn pass(&mut self, bytes: Bytes, from: LinkId) -> Option<Bytes> {
        let to = if from == self.left { self.right } else { self.left };
        let id = self.cx.new_packet(self.ns);
        let mut packet = Packet { input: Some(from), ..Packet::local(id, bytes) };
        let steps = [
            (Hook::Prerouting, Some(from), None),
            (Hook::Forward, Some(from), Some(to)),
            (Hook::Postrouting, Some(from), Some(to)),
        ];
        for (hook, input, output) in steps {
            let (kernel, cx) = (&mut self.kernel, &mut self.cx);
            let verdict = kernel.run_hook(cx, self.ns, hook, &mut packet, input, output);
            if verdict == HookVerdict::Gone {
                return None;
            }
        }
        self.cx.outbox.notes.clear();
        Some(packet.bytes)
    }
}

/// A packet of this flow.
fn packet(flow: FlowKey, data: &[u8]) -> Bytes {
    let (src, dst) = ((flow.src, flow.src_port()), (flow.dst, flow.dst_port()));
    let mut bytes = match flow.protocol {
        ipv4::protocol::UDP => {
            let mut bytes = Bytes::copy_of(data);
            udp::push_header(&mut bytes, src, dst);
            bytes
        }
        ipv4::protocol::TCP => {
            let (bytes, ()) = Bytes::build(tcp::HEADER_LEN + data.len(), |out| {
                out.fill(0);
                out[..2].copy_from_slice(&src.1.to_be_bytes());
                out[2..4].copy_from_slice(&dst.1.to_be_bytes());
                out[12] = 5 << 4;
                // Whoever is asked answers a SYN with a SYN.
                let is_answer = flow.src.octets()[2] == 2;
                out[13] = tcp::flag::SYN | if is_answer { tcp::flag::ACK } else { 0 };
                out[tcp::HEADER_LEN..].copy_from_slice(data);
                tcp::fill_checksum(out, flow.src, flow.dst);
            });
            bytes
        }
        _ => {
            let Ports::Icmp { kind, id, .. } = flow.ports else { panic!("no ports: {flow:?}") };
            icmp_wire::echo(kind, id, 1, data)
        }
    };
    let header = ipv4::Header {
        tos: 0,
        ident: 7,
        dont_fragment: true,
        ttl: 64,
        protocol: flow.protocol,
        src: flow.src,
        dst: flow.dst,
    };
    ipv4::push_header(&mut bytes, &header);
    bytes
}

fn flows() -> impl Strategy<Value = FlowKey> {
    (2u8..250, 2u8..250, 0u8..3, 1u16.., 1u16..).prop_map(|(src, dst, kind, sport, dport)| {
        let (protocol, ports) = match kind {
            0 => (ipv4::protocol::TCP, Ports::Ports(sport, dport)),
            1 => (ipv4::protocol::UDP, Ports::Ports(sport, dport)),
            _ => (ipv4::protocol::ICMP, Ports::Icmp { kind: 8, code: 0, id: sport }),
        };
        let (src, dst) = (Ipv4Addr::new(10, 0, 1, src), Ipv4Addr::new(10, 0, 2, dst));
        FlowKey { src, dst, protocol, ports }
    })
}

const TRANSLATIONS: [&str; 8] = [
    "-A POSTROUTING -o right -j MASQUERADE",
    "-A POSTROUTING -o right -j SNAT --to-source 10.0.2.1",
    "-A POSTROUTING -o right -p udp -j SNAT --to-source 10.0.2.1-10.0.2.9:500-600",
    "-A POSTROUTING -o right -p tcp -j MASQUERADE --to-ports 1000-1003",
    "-A PREROUTING -i left -j DNAT --to-destination 10.0.2.77",
    "-A PREROUTING -i left -p tcp -j DNAT --to-destination 10.0.2.77:8080",
    "-A PREROUTING -i left -j NETMAP --to 10.0.2.128/25",
    "-A POSTROUTING -o right -j NETMAP --to 10.8.0.0/24",
];

fn is_whole(bytes: &Bytes) -> bool {
    let mut copy = bytes.clone();
    let (src, dst) = (ipv4::src(bytes), ipv4::dst(bytes));
    let payload = ipv4::payload(bytes);
    ipv4::check(&mut copy).is_ok()
        && match ipv4::protocol_of(bytes) {
            ipv4::protocol::UDP => udp::checked_payload(payload, src, dst).is_some(),
            ipv4::protocol::TCP => {
                let mut again = payload.to_vec();
                tcp::fill_checksum(&mut again, src, dst);
                again == payload
            }
            _ => crate::wire::checksum::sum(payload) == 0xffff,
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn answers_are_translated_back_to_what_was_asked(
        flows in prop::collection::vec(flows(), 1..8),
        rules in prop::collection::vec(prop::sample::select(&TRANSLATIONS[..]), 1..4),
        data in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut router = Router::new();
        for rule in rules {
            router.iptables(&format!("-t nat {rule}"));
        }
        let mut answered = 0;
        for flow in flows {
            let (left, right) = (router.left, router.right);
            // Two flows may not become one; then the second is dropped.
            let Some(there) = router.pass(packet(flow, &data), left) else { continue };
            prop_assert!(is_whole(&there));
            let seen = FlowKey::of(&there).unwrap();
            let back = router.pass(packet(seen.inverse().unwrap(), &data), right);
            let back = back.expect("an answer is let through");
            prop_assert!(is_whole(&back));
            prop_assert_eq!(FlowKey::of(&back), flow.inverse());
            prop_assert!(back.ends_with(&data));
            answered += 1;
        }
        prop_assert!(answered > 0);
    }

    #[test]
    fn the_table_of_connections_stays_bounded(
        flood in prop::collection::vec((flows(), any::<bool>(), 0u64..20), 1..200),
        max in 1u32..20,
    ) {
        let mut router = Router::new();
        router.iptables("-t nat -A POSTROUTING -o right -j MASQUERADE");
        router.iptables("-A FORWARD -s 10.0.1.128/25 -j DROP");
        router.kernel.namespaces[router.ns].conntrack.max = max;
        for (flow, is_answered, seconds) in flood {
            router.cx.now += Span::secs(seconds);
            let (left, right) = (router.left, router.right);
            let there = router.pass(packet(flow, b"x"), left);
            if let Some(there) = there.filter(|_| is_answered) {
                let answer = FlowKey::of(&there).and_then(FlowKey::inverse).unwrap();
                router.pass(packet(answer, b"y"), right);
            }
            let conntrack = &router.kernel.namespaces[router.ns].conntrack;
            prop_assert!(conntrack.count() <= max as usize);
            prop_assert!(conntrack.live(Time::ZERO).len() <= max as usize);
        }
    }
}

/// One of a few conditions, and what it means.
#[derive(Debug, Clone, Copy)]
struct Condition(&'static str, fn(&FlowKey) -> bool);

const CONDITIONS: [Condition; 9] = [
    Condition("", |_| true),
    Condition("-s 10.0.1.0/25", |flow| flow.src.octets()[3] < 128),
    Condition("! -s 10.0.1.0/25", |flow| flow.src.octets()[3] >= 128),
    Condition("-d 10.0.2.64/26", |flow| flow.dst.octets()[3] / 64 == 1),
    Condition("-p udp", |flow| flow.protocol == ipv4::protocol::UDP),
    Condition("! -p tcp", |flow| flow.protocol != ipv4::protocol::TCP),
    Condition("-i right", |_| false),
    Condition("-i le+ ! -o left", |_| true),
    Condition("-p tcp --dport 1000:40000", |flow| {
        flow.protocol == ipv4::protocol::TCP && (1000..=40_000).contains(&flow.dst_port())
    }),
];

#[derive(Debug, Clone, Copy)]
enum Goal {
    Count,
    Accept,
    Drop,
    Return,
    Jump(usize),
    Goto(usize),
}

/// FORWARD and three chains behind it, each of which may lead to later ones only.
const CHAINS: [&str; 4] = ["FORWARD", "ONE", "TWO", "THREE"];

type NaiveRule = (Condition, Goal);

/// What a chain says of a flow: `None` if nothing, and its caller goes on.
fn naive(chains: &[Vec<NaiveRule>], chain: usize, flow: &FlowKey) -> Option<bool> {
    for (Condition(_, holds), goal) in &chains[chain] {
        if !holds(flow) {
            continue;
        }
        match *goal {
            Goal::Count => {}
            Goal::Accept => return Some(true),
            Goal::Drop => return Some(false),
            Goal::Return => return None,
            Goal::Jump(to) => {
                if let Some(verdict) = naive(chains, to, flow) {
                    return Some(verdict);
                }
            }
            Goal::Goto(to) => return naive(chains, to, flow),
        }
    }
    None
}

fn rules_of(chain: usize) -> impl Strategy<Value = Vec<NaiveRule>> {
    let later = CHAINS.len() - chain;
    let goal = (0u8..6, 1..later.max(2)).prop_map(move |(kind, step)| match kind {
        0 => Goal::Count,
        1 => Goal::Accept,
        2 => Goal::Drop,
        3 => Goal::Return,
        4 if later > 1 => Goal::Jump(chain + step),
        5 if later > 1 => Goal::Goto(chain + step),
        _ => Goal::Count,
    });
    prop::collection::vec((prop::sample::select(&CONDITIONS[..]), goal), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rules_mean_what_a_naive_evaluator_says(
        chains in (rules_of(0), rules_of(1), rules_of(2), rules_of(3)),
        drops in any::<bool>(),
        flows in prop::collection::vec(flows(), 1..12),
    ) {
        let chains = [chains.0, chains.1, chains.2, chains.3];
        let mut router = Router::new();
        for chain in &CHAINS[1..] {
            router.iptables(&format!("-N {chain}"));
        }
        router.iptables(if drops { "-P FORWARD DROP" } else { "-P FORWARD ACCEPT" });
        for (chain, rules) in CHAINS.iter().zip(&chains) {
            for (Condition(condition, _), goal) in rules {
                let goal = match goal {
                    Goal::Count => String::new(),
                    Goal::Accept => "-j ACCEPT".to_owned(),
                    Goal::Drop => "-j DROP".to_owned(),
                    Goal::Return => "-j RETURN".to_owned(),
                    Goal::Jump(to) => format!("-j {}", CHAINS[*to]),
                    Goal::Goto(to) => format!("-g {}", CHAINS[*to]),
                };
                router.iptables(&format!("-A {chain} {condition} {goal}"));
            }
        }
        for flow in flows {
            let passed = router.pass(packet(flow, b""), router.left).is_some();
            prop_assert_eq!(passed, naive(&chains, 0, &flow).unwrap_or(!drops));
        }
    }
}

#[test]
fn a_rehearsal_leaves_everything_as_it_was() {
    let mut router = Router::new();
    router.iptables("-t nat -A POSTROUTING -o right -j MASQUERADE");
    router.iptables("-A FORWARD -m limit --limit 1/min --limit-burst 1 -j ACCEPT");
    router.iptables("-A FORWARD -j REJECT");
    let flow = FlowKey {
        src: Ipv4Addr::new(10, 0, 1, 2),
        dst: Ipv4Addr::new(10, 0, 2, 2),
        protocol: ipv4::protocol::UDP,
        ports: Ports::Ports(4000, 53),
    };
    for _ in 0..2 {
        let left = router.left;
        let mut sys = Sys::new(&mut router.kernel, &mut router.cx, router.ns, "test");
        let rehearsal = sys.packet_rehearse(packet(flow, b""), Some(left));
        // The bucket of the limit is still full the second time.
        assert_eq!(rehearsal.notes.last().map(|note| note.step), Some(Step::Transmitted));
        let conn = rehearsal.conn.expect("a connection would begin");
        assert_eq!(conn.reply.dst, Ipv4Addr::new(10, 0, 2, 1));
        assert_eq!(sys.connections(), []);
        let table = sys.table(TableName::Filter, Backend::Nft);
        let rules = table.chains().flat_map(|(_, chain)| &chain.rules);
        assert!(rules.into_iter().all(|rule| rule.counters.packets == 0));
    }
}
