//! The TCP/IP endpoint of a namespace: smoltcp with `Medium::Ip`, above our own routing.
//!
//! smoltcp needs no address: everything that reaches it is local, we have decided that (`any_ip`).
//! What it sends comes back as bare IP packets; `endpoint_output` gives them the identification,
//! flags, TOS and TTL that Linux would, and sends them like any other packet of this host.
//!
//! An [`Interface`] is a stateless 200 bytes with a fixed MTU, and the MTU gives the segment size. So
//! there is one for each path MTU in use, and a connection whose path shrinks changes over.
//!
//! Differs: the smallest retransmission timeout is 1 s (Linux 200 ms), TIME-WAIT lasts 10 s (Linux
//! 60 s).

mod calls;

use std::cell::Cell;
use std::collections::VecDeque;

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::HardwareAddress;

use crate::engine::Time;
use crate::wire::Bytes;

thread_local! {
    /// smoltcp asks for TCP timestamps through a plain function pointer.
    static NOW_MILLIS: Cell<u32> = const { Cell::new(0) };
}

/// The TCP timestamp clock: milliseconds of simulated time.
pub(super) fn timestamp() -> u32 {
    NOW_MILLIS.get()
}

/// The interfaces of a namespace, and the device below them.
pub struct Endpoint {
    interfaces: Vec<(u32, Interface)>,
    port: Port,
    seed: u64,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({} interfaces)", self.interfaces.len())
    }
}

/// A device made of two queues.
#[derive(Debug, Default)]
struct Port {
    mtu: usize,
    received: VecDeque<Bytes>,
    sent: VecDeque<Bytes>,
}

struct Received(Bytes);
struct Sender<'a>(&'a mut VecDeque<Bytes>);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sender<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let (bytes, result) = Bytes::build(len, f);
        self.0.push_back(bytes);
        result
    }
}

impl Device for Port {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sender<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Received, Sender<'_>)> {
        let bytes = self.received.pop_front()?;
        Some((Received(bytes), Sender(&mut self.sent)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Sender<'_>> {
        Some(Sender(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}

/// smoltcp's clock counts microseconds.
pub(super) fn instant(time: Time) -> Instant {
    Instant::from_micros(time.as_micros() as i64)
}

impl Endpoint {
    pub(super) fn new(seed: u64) -> Endpoint {
        Endpoint { interfaces: Vec::new(), port: Port::default(), seed }
    }

    /// The interface for a path MTU.
    pub(super) fn interface(&mut self, mtu: u32, now: Time) -> &mut Interface {
        let at = self.interface_at(mtu, now);
        &mut self.interfaces[at].1
    }

    fn interface_at(&mut self, mtu: u32, now: Time) -> usize {
        if let Some(at) = self.interfaces.iter().position(|(other, _)| *other == mtu) {
            return at;
        }
        self.port.mtu = mtu as usize;
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = self.seed ^ u64::from(mtu);
        let mut interface = Interface::new(config, &mut self.port, instant(now));
        interface.set_any_ip(true);
        self.interfaces.push((mtu, interface));
        self.interfaces.len() - 1
    }

    /// Hands `packet` to the sockets of `set`, lets them send, and says when they want to be polled
    /// again.
    pub(super) fn poll(
        &mut self,
        mtu: u32,
        set: &mut SocketSet<'static>,
        packet: Option<Bytes>,
        now: Time,
    ) -> Option<Time> {
        NOW_MILLIS.set((now.as_nanos() / 1_000_000) as u32);
        self.port.received.extend(packet);
        self.run(mtu, set, now)
    }

    /// Makes the sockets believe that it is `later` already, so that they send again what waits for an
    /// acknowledgement.
    pub(super) fn hurry(
        &mut self,
        mtu: u32,
        set: &mut SocketSet<'static>,
        later: Time,
    ) -> Option<Time> {
        self.run(mtu, set, later)
    }

    fn run(&mut self, mtu: u32, set: &mut SocketSet<'static>, now: Time) -> Option<Time> {
        let at = self.interface_at(mtu, now);
        self.port.mtu = mtu as usize;
        let interface = &mut self.interfaces[at].1;
        interface.poll(instant(now), &mut self.port, set);
        let again = interface.poll_at(instant(now), set)?;
        Some(Time::from_nanos(again.total_micros().max(0) as u64 * 1_000))
    }

    /// What was sent since the last call.
    pub(super) fn sent(&mut self) -> VecDeque<Bytes> {
        std::mem::take(&mut self.port.sent)
    }

    /// Gives an emptied queue back, so that it need not grow again.
    pub(super) fn recycle(&mut self, queue: VecDeque<Bytes>) {
        if self.port.sent.is_empty() {
            self.port.sent = queue;
        }
    }
}
