//! A packet through the rules of a Docker host with 30 networks. Run: `cargo bench --bench netfilter`.
//! The allocations that are counted are those of frames and connections: rules need none.

use divan::{AllocProfiler, Bencher};
use netsim_sim::engine::{Seed, Span};
use netsim_sim::kernel::context::Tracing;
use netsim_sim::kernel::event::KernelEvent;
use netsim_sim::kernel::netfilter::Backend;
use netsim_sim::kernel::sys::neigh::EntryMode;
use netsim_sim::kernel::sys::{IfAddr, Nud, Sys};
use netsim_sim::kernel::{Context, Kernel, LinkId};
use netsim_sim::wire::{Bytes, Frame, Ipv4Addr, MacAddr, ethernet, ipv4, udp};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const NETWORKS: u8 = 30;
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
const OUTSIDE_MAC: MacAddr = MacAddr(2, 0, 0, 0, 0, 9);
const CONTAINER: Ipv4Addr = Ipv4Addr::new(172, 18, 0, 2);
const CONTAINER_MAC: MacAddr = MacAddr(2, 0, 0, 0, 1, 2);

fn main() {
    divan::main();
}

/// A host with a card and the devices of its networks, and Docker's rules for all of them.
struct Host {
    kernel: Kernel,
    cx: Context,
    bridge: LinkId,
    mac: MacAddr,
    port: u16,
}

/// The rules of one network with one published port.
fn rules(n: u8) -> Vec<String> {
    let (net, device) = (format!("172.{}.0.0/16", 18 + n), format!("br{n}"));
    let (address, port) = (format!("172.{}.0.2", 18 + n), 8000 + u16::from(n));
    vec![
        format!("-A FORWARD -o {device} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
        format!("-A FORWARD -o {device} -j DOCKER"),
        format!("-A FORWARD -i {device} ! -o {device} -j ACCEPT"),
        format!("-A FORWARD -i {device} -o {device} -j ACCEPT"),
        format!("-A DOCKER -d {address} ! -i {device} -o {device} -p tcp --dport 80 -j ACCEPT"),
        format!("-A ISOLATION-1 -i {device} ! -o {device} -j ISOLATION-2"),
        format!("-A ISOLATION-2 -o {device} -j DROP"),
        format!("-t nat -A POSTROUTING -s {net} ! -o {device} -j MASQUERADE"),
        format!("-t nat -A DOCKER -i {device} -j RETURN"),
        format!(
            "-t nat -A DOCKER ! -i {device} -p tcp --dport {port} -j DNAT --to-destination {address}:80"
        ),
    ]
}

impl Host {
    fn new(tracing: Tracing) -> Host {
        let mut cx = Context::new(0, "host", Seed(1));
        let mut kernel = Kernel::new(&mut cx);
        cx.tracing = tracing;
        let mut devices = vec![("eth0".to_owned(), Ipv4Addr::new(192, 0, 2, 1), 24)];
        devices.extend(
            (0..NETWORKS).map(|n| (format!("br{n}"), Ipv4Addr::new(172, 18 + n, 0, 1), 16)),
        );
        let links: Vec<LinkId> = (0..)
            .zip(&devices)
            .map(|(n, (name, ..))| kernel.install_nic(name, MacAddr(2, 0, 0, 0, 2, n)))
            .collect();
        let ns = kernel.host_namespace();
        for (link, (name, address, length)) in links.iter().zip(&devices) {
            kernel.set_nic_carrier(&mut cx, *link, true);
            let mut sys = Sys::new(&mut kernel, &mut cx, ns, "bench");
            sys.addr_add(*link, IfAddr::new(*address, *length, name)).expect("it is new");
            sys.link_up(*link).expect("a card can be set up");
        }
        let mut sys = Sys::new(&mut kernel, &mut cx, ns, "bench");
        for (link, ip, mac) in
            [(links[0], OUTSIDE, OUTSIDE_MAC), (links[1], CONTAINER, CONTAINER_MAC)]
        {
            let mode = EntryMode::Replace;
            sys.neigh_add(link, ip.into(), Some(mac), Nud::Permanent, mode).expect("it is valid");
        }
        sys.sysctl_set("net.ipv4.ip_forward", "1").expect("there is such a switch");
        sys.sysctl_set("net.netfilter.nf_conntrack_max", "1000").expect("there is such a switch");
        let mut lines: Vec<String> = [
            "-N DOCKER",
            "-N ISOLATION-1",
            "-N ISOLATION-2",
            "-P FORWARD DROP",
            "-A FORWARD -j ISOLATION-1",
            "-t nat -N DOCKER",
            "-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        ]
        .map(str::to_owned)
        .to_vec();
        // The first network is the last that rules ask for.
        lines.extend((0..NETWORKS).rev().flat_map(rules));
        for line in lines {
            sys.iptables(Backend::Nft, &line).unwrap_or_else(|why| panic!("{line}: {why:?}"));
        }
        cx.outbox.effects.clear();
        Host { kernel, cx, bridge: links[1], mac: MacAddr(2, 0, 0, 0, 2, 1), port: 1024 }
    }

    /// A datagram of the container comes in, and leaves by the card.
    fn pass(&mut self, port: u16) -> usize {
        let mut bytes = Bytes::copy_of(b"data");
        udp::push_header(&mut bytes, (CONTAINER, port), (OUTSIDE, 53));
        let header = ipv4::Header {
            tos: 0,
            ident: 1,
            dont_fragment: true,
            ttl: 64,
            protocol: ipv4::protocol::UDP,
            src: CONTAINER,
            dst: OUTSIDE,
        };
        ipv4::push_header(&mut bytes, &header);
        ethernet::push_header(&mut bytes, self.mac, CONTAINER_MAC, ethernet::ETHERTYPE_IPV4);
        let packet = self.cx.new_packet(self.kernel.host_namespace());
        self.cx.now += Span::micros(1);
        let arrival = KernelEvent::Arrival { link: self.bridge, frame: Frame { packet, bytes } };
        self.kernel.on_event(&mut self.cx, arrival);
        let sent = self.cx.outbox.effects.len();
        self.cx.outbox.effects.clear();
        self.cx.outbox.notes.clear();
        sent
    }
}

const TRACINGS: [Tracing; 2] = [Tracing::Off, Tracing::Full];

/// A datagram of a connection that is known: the filter table only.
#[divan::bench(args = TRACINGS)]
fn known_connection(bencher: Bencher, tracing: Tracing) {
    let mut host = Host::new(tracing);
    assert!(host.pass(1000) > 0, "the datagram leaves");
    bencher.bench_local(|| host.pass(1000));
}

/// The first datagram of a connection: the nat table, too, and a new entry.
#[divan::bench(args = TRACINGS)]
fn new_connection(bencher: Bencher, tracing: Tracing) {
    let mut host = Host::new(tracing);
    bencher.bench_local(|| {
        host.port = host.port.checked_add(1).unwrap_or(1024);
        host.pass(host.port)
    });
}
