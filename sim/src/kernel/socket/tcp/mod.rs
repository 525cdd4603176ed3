//! TCP sockets: listeners with a backlog, connections on smoltcp.
//!
//! smoltcp's sockets take one connection each and refuse a second SYN. So a connection's socket is
//! made when its SYN comes, from our own table of listeners, and a SYN beyond the backlog is dropped,
//! as on Linux. SYNs are repeated by our clock, which has Linux's schedule.
//!
//! Here is the connection itself. Read `connect` and `listen`, then `io`, then `receive` and
//! `timer`.

mod connect;
mod io;
mod listen;
mod listener;
mod receive;
mod retry;
mod sack;
mod table;
mod timer;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{self as smol, CongestionControl, State};

use crate::engine::{Span, Time};
use crate::kernel::id::SocketId;
use crate::kernel::step::Cause;
use crate::wire::Ipv4Addr;

use super::endpoint::timestamp;
use retry::SynRetry;
use sack::Scoreboard;

pub use listener::Listener;

/// A connection's place in the table: own address and port, the other's address and port.
pub type TcpKey = (Ipv4Addr, u16, Ipv4Addr, u16);

/// Bytes that each direction of a connection buffers.
const BUFFER: usize = 65_535;
/// Segments that may leave before the first of them is acknowledged (`TCP_INIT_CWND`).
const FIRST_SEGMENTS: u32 = 10;
/// Bytes of IP and TCP headers with a time stamp.
const HEADERS: u32 = 52;
/// How long unacknowledged data is repeated before the connection is given up (`tcp_retries2`).
const USER_TIMEOUT: Span = Span::secs(924);

/// A TCP connection.
pub struct TcpSocket {
    /// Where it is in the table.
    pub(in crate::kernel) key: TcpKey,
    set: SocketSet<'static>,
    handle: SocketHandle,
    /// Path MTU, from which the segment size follows.
    mtu: u32,
    /// The listener that has not handed it over yet.
    parent: Option<SocketId>,
    /// Whether it came in by a listener.
    pub(in crate::kernel) accepted: bool,
    /// The SYN of a connection that is being opened, to be repeated.
    syn: Option<SynRetry>,
    /// The poll that is under way.
    timer_at: Option<Time>,
    /// Identification of its last packet.
    pub(in crate::kernel) ident: u16,
    /// Whether the peer has acknowledged something since the last packet.
    pub(in crate::kernel) progress: bool,
    /// What its state was when it was last looked at.
    last_state: State,
    /// Whether it ever was open.
    was_open: bool,
    /// Bytes that may still leave as if there were no congestion: the first window.
    first_window: usize,
    /// What the peer has out of order.
    sacked: Scoreboard,
    /// When what a narrower path lost is sent again.
    resend_at: Option<Time>,
    /// Whether both ends scale their windows.
    pub(super) scaled: bool,
    /// Why it last had something to do, for what its timers send.
    cause: Cause,
}

impl std::fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TcpSocket({:?}, {})", self.key, self.state())
    }
}

/// What a connection looks like from outside, for `ss` and `netstat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpView {
    /// Own address and port, the other's address and port.
    pub key: TcpKey,
    /// Its state.
    pub state: State,
    /// Bytes received and not read.
    pub recv_queue: usize,
    /// Bytes sent and not acknowledged.
    pub send_queue: usize,
}

impl TcpSocket {
    fn new(key: TcpKey, mtu: u32, ttl: u8, socket: smol::Socket<'static>) -> TcpSocket {
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let mut socket = socket;
        socket.set_hop_limit(Some(ttl));
        let handle = set.add(socket);
        TcpSocket {
            key,
            set,
            handle,
            mtu,
            parent: None,
            accepted: false,
            syn: None,
            timer_at: None,
            ident: 0,
            progress: false,
            last_state: State::Closed,
            was_open: false,
            first_window: (FIRST_SEGMENTS * mtu.saturating_sub(HEADERS)) as usize,
            sacked: Scoreboard::default(),
            resend_at: None,
            scaled: false,
            cause: Cause::Kernel,
        }
    }

    fn smol(&mut self) -> &mut smol::Socket<'static> {
        self.set.get_mut(self.handle)
    }

    /// Data is about to be sent. smoltcp begins with two kilobytes, Linux with ten segments: so
    /// congestion control begins behind those.
    fn spend_first_window(&mut self, len: usize) {
        let left = self.first_window.saturating_sub(len);
        if left == 0 && self.first_window > 0 {
            self.smol().set_congestion_control(CongestionControl::Cubic);
        }
        self.first_window = left;
    }

    /// smoltcp's state of it.
    pub(in crate::kernel) fn state(&self) -> State {
        self.set.get::<smol::Socket>(self.handle).state()
    }

    /// Whether it is on its way out.
    pub(in crate::kernel) fn is_closing(&self) -> bool {
        matches!(self.state(), State::TimeWait | State::LastAck | State::Closing | State::Closed)
    }

    /// What `ss` shows.
    pub(in crate::kernel) fn view(&self) -> TcpView {
        let socket = self.set.get::<smol::Socket>(self.handle);
        TcpView {
            key: self.key,
            state: socket.state(),
            recv_queue: socket.recv_queue(),
            send_queue: socket.send_queue(),
        }
    }
}

fn new_smol_socket() -> smol::Socket<'static> {
    let buffer = || smol::SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = smol::Socket::new(buffer(), buffer());
    socket.set_congestion_control(CongestionControl::None);
    // Linux holds a small segment back only behind another small one (Minshall).
    socket.set_nagle_enabled(false);
    socket.set_tsval_generator(Some(timestamp));
    socket.set_timeout(Some(smoltcp::time::Duration::from_micros(USER_TIMEOUT.as_nanos() / 1_000)));
    socket.set_ack_delay(Some(smoltcp::time::Duration::from_millis(40)));
    socket
}
