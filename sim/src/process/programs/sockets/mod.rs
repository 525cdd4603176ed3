//! Programs that list sockets: [`ss`], and [`netstat`] of net-tools and of [`busybox`].
//!
//! All of them look at the same [`Row`]s.

pub(crate) mod busybox;
mod filter;
pub(crate) mod netstat;
pub(crate) mod ss;
mod table;

use smoltcp::socket::tcp::State as Tcp;

use crate::kernel::sys::socket::{SocketKindView, SocketView};
use crate::process::proc::Proc;
use crate::wire::Ipv4Addr;

/// The first number for a file that a process opens.
const FIRST_FD: usize = 3;

/// What a socket speaks, in the order in which sockets are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Frames.
    Packet,
    /// IP.
    Raw,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// The state of a socket, with the number that it has in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum State {
    Established = 1,
    SynSent,
    SynReceived,
    FinWait1,
    FinWait2,
    TimeWait,
    Closed,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

impl State {
    /// All of them.
    pub const ALL: [State; 11] = [
        State::Established,
        State::SynSent,
        State::SynReceived,
        State::FinWait1,
        State::FinWait2,
        State::TimeWait,
        State::Closed,
        State::CloseWait,
        State::LastAck,
        State::Listen,
        State::Closing,
    ];

    fn of(state: Tcp) -> State {
        match state {
            Tcp::Established => State::Established,
            Tcp::SynSent => State::SynSent,
            Tcp::SynReceived => State::SynReceived,
            Tcp::FinWait1 => State::FinWait1,
            Tcp::FinWait2 => State::FinWait2,
            Tcp::TimeWait => State::TimeWait,
            Tcp::Closed => State::Closed,
            Tcp::CloseWait => State::CloseWait,
            Tcp::LastAck => State::LastAck,
            Tcp::Listen => State::Listen,
            Tcp::Closing => State::Closing,
        }
    }
}

/// One end of a socket: `None` and zero stand for any.
pub type End = (Option<Ipv4Addr>, u16);

/// The process that has a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub name: String,
    /// The number of the socket among its files, if it opened nothing else.
    pub fd: usize,
}

/// A socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it speaks.
    pub family: Family,
    /// Whether it is an IPv6 socket.
    pub is_ipv6: bool,
    /// Whether it takes nothing but IPv6.
    pub only_ipv6: bool,
    /// Its state.
    pub state: State,
    /// Bytes that wait to be read; for a listener, connections that wait.
    pub received: usize,
    /// Bytes that are not acknowledged; for a listener, how many connections may wait.
    pub sent: usize,
    /// Its own end.
    pub local: End,
    /// The other.
    pub peer: End,
    /// Whose it is.
    pub owner: Option<Owner>,
}

/// All sockets of the namespace: IPv4 before IPv6, listeners before connections.
pub fn rows(proc: &Proc) -> Vec<Row> {
    let sockets = proc.sys(|sys| sys.sockets());
    let processes = proc.processes();
    let files = |pid: u32| {
        let process = processes.iter().find(|view| view.pid.0 == pid);
        FIRST_FD + process.map_or(0, |view| view.extra_files)
    };
    let mut rows: Vec<Row> = sockets.iter().map(|socket| row(socket, &sockets, files)).collect();
    rows.sort_by_key(|row| {
        let is_listener = row.state == State::Listen || row.family != Family::Tcp;
        (row.family, row.is_ipv6, !is_listener, row.local.1, row.peer)
    });
    rows
}

fn row(socket: &SocketView, all: &[SocketView], first_file: impl Fn(u32) -> usize) -> Row {
    let own = |id, port| (id, port);
    let (family, state, received, sent, local, peer) = match &socket.kind {
        SocketKindView::Tcp(tcp) => {
            let (own, own_port, other, other_port) = tcp.key;
            let ends = ((Some(own), own_port), (Some(other), other_port));
            let state = State::of(tcp.state);
            (Family::Tcp, state, tcp.recv_queue, tcp.send_queue, ends.0, ends.1)
        }
        SocketKindView::Listener(address, port, ready, backlog) => {
            let local = own(*address, *port);
            (Family::Tcp, State::Listen, *ready, *backlog, local, (None, 0))
        }
        SocketKindView::Udp(address, port, peer, queue) => {
            let state = if peer.is_some() { State::Established } else { State::Closed };
            let peer = peer.map_or((None, 0), |(address, port)| (Some(address), port));
            (Family::Udp, state, *queue, 0, (*address, *port), peer)
        }
        SocketKindView::Raw(protocol, address) => {
            let local = (*address, u16::from(*protocol));
            (Family::Raw, State::Closed, 0, 0, local, (None, 0))
        }
        SocketKindView::Raw6 => {
            let local = (None, u16::from(crate::wire::ipv6::next_header::ICMPV6));
            (Family::Raw, State::Closed, 0, 0, local, (None, 0))
        }
        SocketKindView::Packet(_, protocol) => {
            (Family::Packet, State::Closed, 0, 0, (None, *protocol), (None, 0))
        }
    };
    let owner = socket.owner.as_ref().map(|(pid, name)| {
        let before = all.iter().filter(|other| {
            other.id < socket.id && other.owner.as_ref().is_some_and(|(own, _)| own == pid)
        });
        Owner { pid: *pid, name: name.clone(), fd: first_file(*pid) + before.count() }
    });
    let (is_ipv6, only_ipv6) = (socket.dual_stack, socket.only_ipv6);
    Row { family, is_ipv6, only_ipv6, state, received, sent, local, peer, owner }
}
