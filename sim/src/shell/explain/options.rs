//! The description of a packet: `explain iptables -s ADDRESS -d ADDRESS -p tcp --dport 80 -i eth0`.

use crate::kernel::netfilter::spec::{icmp as names_of_icmp, names};
use crate::process::programs::options::{Argument, Long, Options};
use crate::wire::{Bytes, Ipv4Addr, icmp, ipv4, tcp, udp};

pub const USAGE: &str = "\
Usage: explain iptables [-s SOURCE] -d DESTINATION [-p PROTOCOL] [-i DEVICE]
                        [--sport PORT] [--dport PORT] [--ack] [--icmp-type TYPE]

Tells what the tables of iptables would do with a packet, rule by rule, without
sending it: with -i one that comes in by a device, else one that is made here.
A TCP segment is a SYN, unless --ack is given.
";

const NAMES: &[Long] = &[
    ("source", Argument::Required, 's'),
    ("destination", Argument::Required, 'd'),
    ("protocol", Argument::Required, 'p'),
    ("in-interface", Argument::Required, 'i'),
    ("sport", Argument::Required, '1'),
    ("dport", Argument::Required, '2'),
    ("icmp-type", Argument::Required, '3'),
    ("ack", Argument::None, '4'),
    ("help", Argument::None, 'h'),
];

/// A packet that might come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The source, if it was given.
    pub src: Option<Ipv4Addr>,
    /// The destination.
    pub dst: Ipv4Addr,
    /// By which device it comes in; it is made here if `None`.
    pub input: Option<String>,
    protocol: u8,
    src_port: u16,
    dst_port: u16,
    icmp: (u8, u8),
    is_ack: bool,
}

/// Reads the words behind `iptables`; or what is wrong with them.
pub fn parse(words: &[String]) -> Result<Description, String> {
    const EPHEMERAL: u16 = 40_000;
    let mut dst = None;
    let mut protocol = None;
    let (mut src_port, mut dst_port) = (String::new(), String::new());
    let mut description = Description {
        src: None,
        dst: Ipv4Addr::UNSPECIFIED,
        input: None,
        protocol: ipv4::protocol::ICMP,
        src_port: EPHEMERAL,
        dst_port: 80,
        icmp: (icmp::kind::ECHO_REQUEST, 0),
        is_ack: false,
    };
    let mut options = Options::with_names(words, "s:d:p:i:h", NAMES);
    for option in options.by_ref() {
        let (letter, value) = option.map_err(|wrong| wrong.to_string())?;
        match letter {
            's' => description.src = Some(address(value)?),
            'd' => dst = Some(address(value)?),
            'p' => {
                let unknown = || format!("unknown protocol \"{value}\"");
                protocol = Some(names::protocol_number(value).ok_or_else(unknown)?);
            }
            'i' => description.input = Some(value.to_owned()),
            '1' => src_port = value.to_owned(),
            '2' => dst_port = value.to_owned(),
            '3' => description.icmp = message(value)?,
            '4' => description.is_ack = true,
            _ => return Err(String::new()),
        }
    }
    if let Some(word) = options.operands().first() {
        return Err(format!("unknown word \"{word}\""));
    }
    let has_ports = !src_port.is_empty() || !dst_port.is_empty();
    description.dst = dst.ok_or("a destination is missing: -d ADDRESS")?;
    description.protocol = match protocol {
        None if has_ports => return Err("ports need -p tcp or -p udp".to_owned()),
        None => ipv4::protocol::ICMP,
        Some(number) => number,
    };
    let port = |word: &str, default| match word {
        "" => Ok(default),
        word => names::service_port(word, description.protocol)
            .or_else(|| word.parse().ok())
            .ok_or_else(|| format!("\"{word}\" is no port")),
    };
    (description.src_port, description.dst_port) =
        (port(&src_port, EPHEMERAL)?, port(&dst_port, description.dst_port)?);
    if description.input.is_some() && description.src.is_none() {
        return Err("a packet that comes in needs a source: -s ADDRESS".to_owned());
    }
    Ok(description)
}

fn address(word: &str) -> Result<Ipv4Addr, String> {
    word.parse().map_err(|_| format!("\"{word}\" is no address"))
}

fn message(word: &str) -> Result<(u8, u8), String> {
    let number = || match word.split_once('/') {
        Some((kind, code)) => Some((kind.parse().ok()?, code.parse().ok()?)),
        None => Some((word.parse().ok()?, 0)),
    };
    let unknown = || format!("unknown ICMP type \"{word}\"");
    names_of_icmp::message(word).or_else(number).ok_or_else(unknown)
}

impl Description {
    /// The packet, from this source.
    pub fn packet(&self, src: Ipv4Addr) -> Bytes {
        const WINDOW: u16 = 64_240;
        let dst = self.dst;
        let mut bytes = match self.protocol {
            ipv4::protocol::TCP => {
                let flags = if self.is_ack { tcp::flag::ACK } else { tcp::flag::SYN };
                let (segment, ()) = Bytes::build(tcp::HEADER_LEN, |out| {
                    out.fill(0);
                    out[..2].copy_from_slice(&self.src_port.to_be_bytes());
                    out[2..4].copy_from_slice(&self.dst_port.to_be_bytes());
                    out[12] = (tcp::HEADER_LEN as u8 / 4) << 4;
                    out[13] = flags;
                    out[14..16].copy_from_slice(&WINDOW.to_be_bytes());
                    tcp::fill_checksum(out, src, dst);
                });
                segment
            }
            ipv4::protocol::UDP => {
                let mut datagram = Bytes::copy_of(&[]);
                udp::push_header(&mut datagram, (src, self.src_port), (dst, self.dst_port));
                datagram
            }
            ipv4::protocol::ICMP => {
                let (kind, code) = self.icmp;
                let mut message = icmp::echo(kind, 1, 1, &[0; 56]);
                message.make_mut()[1] = code;
                message
            }
            _ => Bytes::copy_of(&[]),
        };
        let header = ipv4::Header {
            tos: 0,
            ident: 0,
            dont_fragment: true,
            ttl: 64,
            protocol: self.protocol,
            src,
            dst,
        };
        ipv4::push_header(&mut bytes, &header);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Description, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_packet_is_what_was_described() {
        let description = read("-s 10.0.0.1 -d 10.0.0.2 -p tcp --dport http -i eth0").unwrap();
        let packet = description.packet(description.src.unwrap());
        assert_eq!(udp::ports(ipv4::payload(&packet)), Some((40_000, 80)));
        assert_eq!(tcp::flags(ipv4::payload(&packet)), Some(tcp::flag::SYN));
        let ping = read("-d 10.0.0.2").unwrap().packet(Ipv4Addr::LOCALHOST);
        assert_eq!(ipv4::payload(&ping)[0], icmp::kind::ECHO_REQUEST);
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(read("-d 10.0.0.2 --dport 5"), Err("ports need -p tcp or -p udp".to_owned()));
        assert!(read("-d 10.0.0.2 -i eth0").is_err());
        assert!(read("-p tcp").is_err());
        assert!(read("-d 10.0.0.2 -p tcp --dport nothing").is_err());
    }
}
