//! What netcat does with an open connection: standard input goes out, what comes in is printed.

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::process::proc::{Either, Proc, select};
use crate::process::socket::{Tcp, Udp};
use crate::process::stream::Stream;

/// Bytes that are read at once.
const READ: usize = 16_384;
/// What one turn of the loop takes: meanwhile the network below carries what was sent.
const TURN: Span = Span::micros(30);

/// A connection of either kind.
pub(super) enum Net {
    Tcp(Tcp),
    Udp(Udp),
}

impl Net {
    async fn recv(&self) -> Result<Vec<u8>, Errno> {
        match self {
            Net::Tcp(tcp) => tcp.recv().await,
            Net::Udp(udp) => Ok(udp.recv().await?.data),
        }
    }

    pub(super) async fn send(&self, bytes: &[u8]) -> Result<(), Errno> {
        match self {
            Net::Tcp(tcp) => tcp.send(bytes).await,
            Net::Udp(udp) => udp.send(None, bytes),
        }
    }

    fn shutdown(&self) {
        if let Net::Tcp(tcp) = self {
            tcp.shutdown();
        }
    }
}

/// How a connection is served, and when that ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Manners {
    /// It is the server's side: the end of what comes in is the end.
    pub listens: bool,
    /// Nothing is read from standard input.
    pub detached: bool,
    /// The end of standard input is passed on.
    pub shuts_down: bool,
    /// `\n` goes out as `\r\n`.
    pub crlf: bool,
    /// How long after the end of standard input it ends in any case.
    pub quit_after: Option<Span>,
    /// How long nothing may happen.
    pub idle: Option<Span>,
    /// How often that is borne.
    pub idle_turns: u32,
    /// The wait before each turn.
    pub interval: Option<Span>,
    /// Pieces to receive.
    pub receive_limit: Option<u64>,
}

/// Why a relay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The connection is over.
    Connection,
    /// The whole program is.
    Program,
}

enum Happened {
    Typed(Vec<u8>),
    Came(Result<Vec<u8>, Errno>),
    Quiet,
    MustQuit,
}

/// Where what goes out is read, and where what comes in is written.
pub(super) struct Ends {
    pub input: Stream,
    pub output: Stream,
}

impl Ends {
    /// Standard input and output.
    pub(super) fn standard(proc: &Proc) -> Ends {
        Ends { input: proc.stdio(0), output: proc.stdio(1) }
    }
}

/// Relays until both sides, or the one that counts, are done.
pub(super) async fn relay(proc: &Proc, net: &Net, ends: Ends, manners: &Manners) -> End {
    let Ends { input, mut output } = ends;
    let mut input_open = !manners.detached;
    let mut came = 0;
    let mut quiet = 0;
    let mut quit_at = Time::MAX;
    let mut net_open = true;
    if !input_open && manners.shuts_down {
        net.shutdown();
    }
    while net_open || (input_open && !manners.listens) {
        if let Some(interval) = manners.interval {
            proc.sleep(interval).await;
        }
        let open = [input_open, net_open];
        match next(proc, net, &input, manners, open, quit_at).await {
            Happened::Typed(bytes) if bytes.is_empty() => {
                input_open = false;
                if manners.shuts_down {
                    net.shutdown();
                }
                match manners.quit_after {
                    Some(Span::ZERO) => return End::Program,
                    Some(wait) => quit_at = proc.now() + wait,
                    None => {}
                }
            }
            Happened::Typed(bytes) => {
                let bytes = if manners.crlf { with_crlf(&bytes) } else { bytes };
                if net.send(&bytes).await.is_err() {
                    return End::Connection;
                }
                proc.sleep(TURN).await;
            }
            Happened::Came(Err(_)) => return End::Connection,
            Happened::Came(Ok(bytes)) => {
                proc.write_stream(&output, &bytes);
                if bytes.is_empty() {
                    net_open = false;
                    // A program that reads there sees the end.
                    output = Stream::Null;
                }
                came += 1;
                if manners.receive_limit.is_some_and(|limit| came >= limit) {
                    return End::Connection;
                }
            }
            Happened::Quiet => {
                quiet += 1;
                if quiet >= manners.idle_turns {
                    return End::Connection;
                }
            }
            Happened::MustQuit => return End::Program,
        }
    }
    End::Connection
}

async fn next(
    proc: &Proc,
    net: &Net,
    input: &Stream,
    manners: &Manners,
    [input_open, net_open]: [bool; 2],
    quit_at: Time,
) -> Happened {
    let typed = async {
        if !input_open {
            std::future::pending::<()>().await;
        }
        proc.read_from(input, READ).await
    };
    let came = async {
        if !net_open {
            std::future::pending::<()>().await;
        }
        net.recv().await
    };
    let quiet_at = manners.idle.map_or(Time::MAX, |idle| proc.now() + idle);
    let timers = select(proc.sleep_until(quiet_at), proc.sleep_until(quit_at));
    match select(select(typed, came), timers).await {
        Either::First(Either::First(bytes)) => Happened::Typed(bytes),
        Either::First(Either::Second(bytes)) => Happened::Came(bytes),
        Either::Second(Either::First(())) => Happened::Quiet,
        Either::Second(Either::Second(())) => Happened::MustQuit,
    }
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}
