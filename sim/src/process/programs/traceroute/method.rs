//! What a probe of `traceroute` is made of, and how its answer is known again.

use crate::engine::Time;
use crate::kernel::socket::raw::RawSend;
use crate::kernel::socket::{PmtuDiscovery, RawMessage, SocketError};
use crate::kernel::sys::Sys;
use crate::kernel::{Errno, LinkId, SocketId};
use crate::process::proc::{Proc, select_all};
use crate::process::socket::{Raw, RawEvent, Udp, UdpEvent};
use crate::wire::{Bytes, Ipv4Addr, icmp, ipv4, tcp, udp};

use super::options::{Kind, Settings};

/// Where the default method begins.
const FIRST_PORT: u16 = 33_434;
/// Bytes behind the IP header, unless a length is given.
const DATA: usize = 40;

/// An answer, as far as the kernel tells of it.
pub(super) struct Heard {
    /// Which probe it is about.
    pub probe: usize,
    pub at: Time,
    /// Who sent it; nobody, if this host found the error itself.
    pub from: Option<Ipv4Addr>,
    pub what: Answer,
}

/// What an answer says.
pub(super) enum Answer {
    /// The destination itself answered.
    Reply,
    /// An ICMP error.
    Error(icmp::Error),
    /// The packet is larger than this MTU.
    TooLarge(u32),
}

/// The sockets of a run.
pub(super) enum Method {
    /// One socket for each probe that is under way.
    Udp { sockets: Vec<(usize, Udp)>, port: u16, counts: bool },
    /// One raw socket; the numbers of the probes are those of the echo requests.
    Icmp { raw: Raw, ident: u16, seq: u16, sent: Vec<(u16, usize)> },
    /// One raw socket; each probe has a source port of its own.
    Tcp { raw: Raw, source: Ipv4Addr, port: u16, sent: Vec<(u16, usize)> },
}

/// The call that failed, for the sentence about it.
pub(super) type Trouble = (&'static str, Errno);

impl Method {
    pub(super) fn open(
        proc: &Proc,
        settings: &Settings,
        device: Option<LinkId>,
    ) -> Result<Method, Trouble> {
        match settings.kind {
            Kind::Default | Kind::Udp => {
                let counts = settings.kind == Kind::Default;
                let usual = if counts { FIRST_PORT } else { 53 };
                let port = settings.port.unwrap_or(usual);
                Ok(Method::Udp { sockets: Vec::new(), port, counts })
            }
            Kind::Icmp => {
                let raw = open_raw(proc, settings, ipv4::protocol::ICMP, device)?;
                let ident = proc.pid().0 as u16;
                Ok(Method::Icmp { raw, ident, seq: settings.port.unwrap_or(1), sent: Vec::new() })
            }
            Kind::Tcp => {
                let probe = open_udp(proc, settings, device)?;
                probe.connect((settings.to, FIRST_PORT)).map_err(|errno| ("connect", errno))?;
                let source = probe.local().0.unwrap_or(Ipv4Addr::UNSPECIFIED);
                let raw = open_raw(proc, settings, ipv4::protocol::TCP, device)?;
                Ok(Method::Tcp { raw, source, port: settings.port.unwrap_or(80), sent: Vec::new() })
            }
        }
    }

    /// Bytes of header behind the IP header that a length includes, and bytes of data.
    pub(super) fn lengths(&self, length: Option<usize>) -> (usize, usize) {
        let header = match self {
            Method::Udp { .. } => udp::HEADER_LEN,
            Method::Icmp { .. } => 0,
            Method::Tcp { .. } => return (0, SYN_LEN),
        };
        let whole = length.map_or(DATA, |length| length.saturating_sub(ipv4::HEADER_LEN));
        let data = whole.saturating_sub(header);
        match self {
            Method::Icmp { .. } => (0, data.max(icmp::HEADER_LEN)),
            _ => (header, data),
        }
    }

    /// Sends a probe with so many bytes of data.
    pub(super) fn send(
        &mut self,
        proc: &Proc,
        settings: &Settings,
        device: Option<LinkId>,
        probe: usize,
        ttl: u8,
        data: usize,
    ) -> Result<(), Trouble> {
        // Byte n of a packet is the nth of `@ABC…`.
        let pattern: Vec<u8> = (0..data).map(|n| 0x40 + (n & 0x3f) as u8).collect();
        let sent = match self {
            Method::Udp { sockets, port, counts } => {
                let socket = open_udp(proc, settings, device)?;
                let option = |set: &dyn Fn(&mut Sys, SocketId) -> Result<(), Errno>| {
                    socket.option(|sys, id| set(sys, id))
                };
                option(&|sys, id| sys.set_ttl(id, ttl)).map_err(|e| ("setsockopt IP_TTL", e))?;
                socket.connect((settings.to, *port)).map_err(|errno| ("connect", errno))?;
                // An open socket takes this option.
                let _ = option(&|sys, id| sys.set_receive_errors(id, true));
                let sent = socket.send(None, &pattern);
                sockets.push((probe, socket));
                *port = port.wrapping_add(u16::from(*counts));
                sent
            }
            Method::Icmp { raw, ident, seq, sent } => {
                let body = &pattern[icmp::HEADER_LEN..];
                let payload = icmp::echo(icmp::kind::ECHO_REQUEST, *ident, *seq, body);
                sent.push((*seq, probe));
                *seq = seq.wrapping_add(1);
                send_raw(raw, settings.to, ttl, payload)
            }
            Method::Tcp { raw, source, port, sent } => {
                // Some port that is most likely free; real ones are bound for the time of a probe.
                let (own, first) =
                    proc.sys(|sys| (32_768 + sys.rng().below(28_232) as u16, sys.rng().u32()));
                sent.push((own, probe));
                let segment = syn((*source, own), (settings.to, *port), first);
                send_raw(raw, settings.to, ttl, segment)
            }
        };
        match sent {
            // The error queue says more.
            Ok(()) | Err(Errno::EMSGSIZE | Errno::EHOSTUNREACH) => Ok(()),
            Err(errno) => Err(("send", errno)),
        }
    }

    /// Nothing more is heard about a probe.
    pub(super) fn forget(&mut self, probe: usize) {
        match self {
            Method::Udp { sockets, .. } => sockets.retain(|(other, _)| *other != probe),
            Method::Icmp { sent, .. } | Method::Tcp { sent, .. } => {
                sent.retain(|(_, other)| *other != probe);
            }
        }
    }

    /// Waits for the next answer to a probe.
    pub(super) async fn hear(&self, proc: &Proc, to: Ipv4Addr) -> Heard {
        loop {
            let heard = match self {
                Method::Udp { sockets, .. } => hear_udp(proc, sockets, to).await,
                Method::Icmp { raw, ident, sent, .. } => {
                    hear_raw(proc, raw, to, first(sent), |body, is_quoted| {
                        let (own, seq) = icmp::echo_fields(body)?;
                        let is_reply = body[0] == icmp::kind::ECHO_REPLY;
                        let fits = own == *ident && (is_quoted || is_reply);
                        probe_of(sent, seq).filter(|_| fits)
                    })
                    .await
                }
                Method::Tcp { raw, port, sent, .. } => {
                    hear_raw(proc, raw, to, first(sent), |body, is_quoted| {
                        let (sport, dport) = udp::ports(body)?;
                        let (own, other) = if is_quoted { (sport, dport) } else { (dport, sport) };
                        probe_of(sent, own).filter(|_| other == *port)
                    })
                    .await
                }
            };
            if let Some(heard) = heard {
                return heard;
            }
        }
    }
}

fn first(sent: &[(u16, usize)]) -> Option<usize> {
    sent.first().map(|(_, probe)| *probe)
}

fn probe_of(sent: &[(u16, usize)], number: u16) -> Option<usize> {
    sent.iter().find(|(own, _)| *own == number).map(|(_, probe)| *probe)
}

fn open_udp(proc: &Proc, settings: &Settings, device: Option<LinkId>) -> Result<Udp, Trouble> {
    let bound = Udp::bind(proc, settings.source, settings.source_port);
    let socket = bound.map_err(|errno| ("bind", errno))?;
    // An open socket takes these options.
    let _ = socket.option(|sys, id| set_common(sys, id, settings, device));
    Ok(socket)
}

fn open_raw(
    proc: &Proc,
    settings: &Settings,
    protocol: u8,
    device: Option<LinkId>,
) -> Result<Raw, Trouble> {
    let raw = Raw::open(proc, protocol).map_err(|errno| ("socket", errno))?;
    if let Some(source) = settings.source {
        raw.bind(source).map_err(|errno| ("bind", errno))?;
    }
    let _ = raw.option(|sys, id| {
        set_common(sys, id, settings, device)?;
        sys.set_receive_errors(id, true)
    });
    Ok(raw)
}

fn set_common(
    sys: &mut Sys,
    id: SocketId,
    settings: &Settings,
    device: Option<LinkId>,
) -> Result<(), Errno> {
    let pmtu = if settings.dont_fragment { PmtuDiscovery::Do } else { PmtuDiscovery::Dont };
    sys.set_pmtu_discovery(id, pmtu)?;
    sys.set_device(id, device)?;
    sys.set_mark(id, settings.mark.unwrap_or(0))?;
    sys.set_tos(id, settings.tos)
}

fn send_raw(raw: &Raw, dst: Ipv4Addr, ttl: u8, payload: Bytes) -> Result<(), Errno> {
    raw.option(|sys, id| sys.set_ttl(id, ttl))?;
    raw.send(RawSend { dst, payload, confirm: false })
}

async fn hear_udp(proc: &Proc, sockets: &[(usize, Udp)], to: Ipv4Addr) -> Option<Heard> {
    let hearing = sockets.iter().map(|(_, socket)| socket.recv_event()).collect();
    let (which, event) = select_all(hearing).await;
    let probe = sockets[which].0;
    let at = proc.now();
    match event {
        Ok(UdpEvent::Datagram(_)) => Some(Heard { probe, at, from: Some(to), what: Answer::Reply }),
        Ok(UdpEvent::Error(error)) => about(probe, at, &error),
        // The error itself comes by the queue.
        Err(_) => None,
    }
}

async fn hear_raw(
    proc: &Proc,
    raw: &Raw,
    to: Ipv4Addr,
    first: Option<usize>,
    probe_of: impl Fn(&[u8], bool) -> Option<usize>,
) -> Option<Heard> {
    match raw.recv_event().await {
        Ok(RawEvent::Message(RawMessage { packet, at, .. })) if ipv4::src(&packet) == to => {
            let probe = probe_of(ipv4::payload(&packet), false)?;
            Some(Heard { probe, at, from: Some(to), what: Answer::Reply })
        }
        Ok(RawEvent::Error(error)) if error.icmp.is_some() => {
            let probe = probe_of(&error.quoted, true)?;
            about(probe, proc.now(), &error)
        }
        // An error of this host quotes nothing: it is about what was sent first.
        Ok(RawEvent::Error(error)) => about(first?, proc.now(), &error),
        _ => None,
    }
}

fn about(probe: usize, at: Time, error: &SocketError) -> Option<Heard> {
    let what = match error.icmp {
        Some(icmp) => Answer::Error(icmp),
        None if error.errno == Errno::EMSGSIZE => Answer::TooLarge(error.mtu),
        None => return None,
    };
    Some(Heard { probe, at, from: error.offender, what })
}

/// Length of a SYN with the options of Linux.
const SYN_LEN: usize = tcp::HEADER_LEN + 20;
/// The segment size that it announces.
const MSS: u16 = 1460;

/// A SYN as Linux would send it.
fn syn(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), seq: u32) -> Bytes {
    let (segment, ()) = Bytes::build(SYN_LEN, |out| {
        out[..2].copy_from_slice(&from.1.to_be_bytes());
        out[2..4].copy_from_slice(&to.1.to_be_bytes());
        out[4..8].copy_from_slice(&seq.to_be_bytes());
        out[12] = ((SYN_LEN / 4) << 4) as u8;
        out[13] = tcp::flag::SYN;
        out[14..16].copy_from_slice(&(4 * MSS).to_be_bytes());
        // Segment size, selective acknowledgements, a time stamp, window scale 2.
        out[20..24].copy_from_slice(&[2, 4, (MSS >> 8) as u8, MSS as u8]);
        out[24..28].copy_from_slice(&[4, 2, 8, 10]);
        out[28..32].copy_from_slice(&seq.to_be_bytes());
        out[36..40].copy_from_slice(&[1, 3, 3, 2]);
        tcp::fill_checksum(out, from.0, to.0);
    });
    segment
}
