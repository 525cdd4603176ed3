//! Which connections are meant.

use crate::kernel::netfilter::conntrack::{Conn, NatStatus, TcpState};
use crate::shell::args::leading_number;
use crate::wire::{FlowKey, Ipv4Addr, flow::Ports, ipv4};

use super::refusal::{Refusal, Result};

/// What is asked of a connection; what is not said, does not matter.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Filter {
    pub is_ipv6: bool,
    pub is_ipv4: bool,
    pub protocol: Option<u8>,
    pub original: Ends,
    pub reply: Ends,
    pub icmp: Icmp,
    pub state: Option<TcpState>,
    pub status: Status,
    pub mark: Option<(u32, u32)>,
    pub src_nat: Option<Nat>,
    pub dst_nat: Option<Nat>,
    pub any_nat: Option<Nat>,
    /// There is only zone 0.
    pub zone: u16,
}

/// The two ends of one direction.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Ends {
    pub src: Option<Ipv4Addr>,
    pub src_mask: Option<Ipv4Addr>,
    pub dst: Option<Ipv4Addr>,
    pub dst_mask: Option<Ipv4Addr>,
    pub src_port: Option<u16>,
    pub dst_port: Option<u16>,
}

/// What an ICMP query says.
#[derive(Debug, Default, Clone, Copy)]
#[allow(missing_docs)]
pub struct Icmp {
    pub kind: Option<u8>,
    pub code: Option<u8>,
    pub id: Option<u16>,
}

/// The words of `-u`.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Status {
    pub assured: bool,
    pub seen_reply: Option<bool>,
    /// A status that no connection has.
    pub is_never: bool,
}

/// A translation: to any address, or to this one.
#[derive(Debug, Default, Clone, Copy)]
pub struct Nat {
    address: Option<Ipv4Addr>,
    port: Option<u16>,
}

/// An address.
pub fn address(word: &str) -> Result<Ipv4Addr> {
    word.parse().map_err(|_| Refusal::usage(format!("Invalid IP address `{word}'")))
}

impl Nat {
    /// `[ADDRESS[:PORT]]`.
    pub fn parse(word: &str) -> Result<Nat> {
        if word.is_empty() {
            return Ok(Nat::default());
        }
        let (host, port) = match word.split_once(':') {
            Some((host, port)) => (host, Some(leading_number(port) as u16)),
            None => (word, None),
        };
        Ok(Nat { address: Some(address(host)?), port })
    }

    /// Whether a connection is translated so: `was` became `is`.
    fn fits(self, done: bool, was: (Ipv4Addr, u32), is: (Ipv4Addr, u32)) -> bool {
        let (other_address, other_port) = (done && was.0 != is.0, done && was.1 != is.1);
        match (self.address, self.port) {
            (None, None) => other_address || other_port,
            (address, port) => {
                address.is_none_or(|address| other_address && is.0 == address)
                    && port.is_none_or(|port| other_port && is.1 == u32::from(port))
            }
        }
    }
}

/// The ports of a flow as the tuple of the kernel has them: an ICMP query has its identifier as source,
/// type and code as destination.
fn port_words(flow: FlowKey) -> (u32, u32) {
    match flow.ports {
        Ports::Ports(src, dst) => (src.into(), dst.into()),
        Ports::Icmp { kind, code, id } => (id.into(), u32::from(kind) << 8 | u32::from(code)),
        Ports::None => (0, 0),
    }
}

impl Ends {
    /// `ADDRESS[/LENGTH]` for the source.
    pub fn set_src(&mut self, word: &str, is_ipv6: &mut bool) -> Result<()> {
        (self.src, self.src_mask) = network(word, is_ipv6)?;
        Ok(())
    }

    /// `ADDRESS[/LENGTH]` for the destination.
    pub fn set_dst(&mut self, word: &str, is_ipv6: &mut bool) -> Result<()> {
        (self.dst, self.dst_mask) = network(word, is_ipv6)?;
        Ok(())
    }

    fn fits(&self, flow: FlowKey) -> bool {
        let within = |wanted: Option<Ipv4Addr>, mask: Option<Ipv4Addr>, address: Ipv4Addr| {
            let mask = mask.map_or(u32::MAX, u32::from);
            wanted.is_none_or(|wanted| (u32::from(wanted) ^ u32::from(address)) & mask == 0)
        };
        within(self.src, self.src_mask, flow.src)
            && within(self.dst, self.dst_mask, flow.dst)
            && self.src_port.is_none_or(|port| port == flow.src_port())
            && self.dst_port.is_none_or(|port| port == flow.dst_port())
    }
}

type Network = (Option<Ipv4Addr>, Option<Ipv4Addr>);

/// An address with its mask; of IPv6 nothing is kept, as nothing can fit.
fn network(word: &str, is_ipv6: &mut bool) -> Result<Network> {
    let (host, length) = match word.split_once('/') {
        Some((host, length)) => (host, Some(length)),
        None => (word, None),
    };
    if host.parse::<std::net::Ipv6Addr>().is_ok() {
        *is_ipv6 = true;
        return Ok((None, None));
    }
    let address = address(host)?;
    let mask = match length.map(str::parse::<u32>) {
        None => None,
        Some(Ok(length @ 0..=32)) => {
            Some(Ipv4Addr::from(u32::MAX.checked_shl(32 - length).unwrap_or(0)))
        }
        Some(_) => return Err(Refusal::usage("Invalid netmask")),
    };
    Ok((Some(address), mask))
}

impl Filter {
    /// `-f FAMILY`.
    pub fn family(&mut self, word: &str) -> Result<()> {
        match word {
            "ipv4" => self.is_ipv4 = true,
            "ipv6" => self.is_ipv6 = true,
            _ => return Err(Refusal::usage(format!("`{word}' unsupported protocol"))),
        }
        Ok(())
    }

    /// Whether all addresses are of one family.
    pub fn check_family(&self) -> Result<()> {
        let ends = [&self.original, &self.reply];
        let has_ipv4 =
            self.is_ipv4 || ends.iter().any(|ends| ends.src.is_some() || ends.dst.is_some());
        if self.is_ipv6 && has_ipv4 {
            return Err(Refusal::usage("mismatched address family"));
        }
        Ok(())
    }

    /// Whether a connection is meant.
    pub fn fits(&self, conn: &Conn) -> bool {
        !self.is_ipv6
            && self.zone == 0
            && self.protocol.is_none_or(|protocol| protocol == conn.original.protocol)
            && self.original.fits(conn.original)
            && self.reply.fits(conn.reply)
            && self.icmp.fits(conn.original)
            && self.state.is_none_or(|state| state == conn.tcp)
            && self.status.fits(conn)
            && self.mark.is_none_or(|(mark, mask)| conn.mark & mask == mark)
            && self.fits_nat(conn)
    }

    fn fits_nat(&self, conn: &Conn) -> bool {
        let (original, reply) = (port_words(conn.original), port_words(conn.reply));
        let src_done = conn.src_nat != NatStatus::Undecided;
        let dst_done = conn.dst_nat != NatStatus::Undecided;
        let src = |nat: &Nat| {
            let (was, is) = ((conn.original.src, original.0), (conn.reply.dst, reply.1));
            nat.fits(src_done, was, is)
        };
        let dst = |nat: &Nat| {
            let (was, is) = ((conn.original.dst, original.1), (conn.reply.src, reply.0));
            nat.fits(dst_done, was, is)
        };
        self.src_nat.as_ref().is_none_or(src)
            && self.dst_nat.as_ref().is_none_or(dst)
            && self.any_nat.as_ref().is_none_or(|nat| src(nat) || dst(nat))
    }
}

impl Icmp {
    fn fits(self, flow: FlowKey) -> bool {
        let Ports::Icmp { kind, code, id } = flow.ports else {
            return flow.protocol != ipv4::protocol::ICMP || self.is_open();
        };
        self.kind.is_none_or(|wanted| wanted == kind)
            && self.code.is_none_or(|wanted| wanted == code)
            && self.id.is_none_or(|wanted| wanted == id)
    }

    fn is_open(self) -> bool {
        self.kind.is_none() && self.code.is_none() && self.id.is_none()
    }
}

impl Status {
    fn fits(&self, conn: &Conn) -> bool {
        !self.is_never
            && (!self.assured || conn.assured)
            && self.seen_reply.is_none_or(|seen| seen == conn.seen_reply)
    }
}
