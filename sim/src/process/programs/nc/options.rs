//! The command line of OpenBSD's netcat, as Debian has it.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::numbers::{self, Integer};
use crate::process::programs::options::Options;
use crate::process::programs::services::{self, Transport};
use crate::process::programs::{Failure, not_simulated};

/// What the command line asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    /// `-l`.
    pub listens: bool,
    /// `-k`.
    pub keeps: bool,
    /// `-u`.
    pub is_udp: bool,
    /// `-n`.
    pub numeric: bool,
    /// `-v`.
    pub verbose: bool,
    /// `-z`.
    pub scans: bool,
    /// `-N`.
    pub shuts_down: bool,
    /// `-d`.
    pub detached: bool,
    /// `-b`.
    pub broadcast: bool,
    /// `-C`.
    pub crlf: bool,
    /// `-r`.
    pub random_ports: bool,
    /// `-i`.
    pub interval: Option<Span>,
    /// `-q`; negative seconds wait for ever.
    pub quit_after: Option<Span>,
    /// `-w`.
    pub timeout: Option<Span>,
    /// `-W`: packets to receive.
    pub receive_limit: Option<u64>,
    /// `-s`.
    pub source: Option<String>,
    /// `-p`.
    pub source_port: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The ports.
    pub ports: Vec<u16>,
}

impl Settings {
    /// TCP or UDP.
    pub(super) fn transport(&self) -> Transport {
        if self.is_udp { Transport::Udp } else { Transport::Tcp }
    }
}

pub(super) fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("nc", 1, sentence)
}

/// `strtonum(3)`: the number, or in one word what is wrong with it.
fn number(text: &str, min: i64, max: i64) -> Result<i64, &'static str> {
    match numbers::integer(text) {
        Integer::Value(value) if value < min => Err("too small"),
        Integer::Value(value) if value > max => Err("too large"),
        Integer::Value(value) => Ok(value),
        Integer::TooLarge if text.trim_start().starts_with('-') => Err("too small"),
        Integer::TooLarge => Err("too large"),
        Integer::Garbage => Err("invalid"),
    }
}

fn seconds(what: &str, text: &str, min: i64) -> Result<i64, Failure> {
    let max = i64::from(i32::MAX) / 1000;
    number(text, min, max).map_err(|wrong| failure(format!("{what} {wrong}: {text}")))
}

/// Reads the command line.
pub(super) fn parse(proc: &Proc, words: &[String]) -> Result<Settings, Failure> {
    let usage = || Failure::said(USAGE, 1);
    let span = |count: i64| Span::secs(count as u64);
    let mut settings = Settings::default();
    let letters = "46bCDdFhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz";
    let mut options = Options::new(words, letters);
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("nc: {wrong}\n{USAGE}"), 1))?;
        match letter {
            'b' => settings.broadcast = true,
            'C' => settings.crlf = true,
            'd' => settings.detached = true,
            'h' => return Err(Failure::said(format!("{VERSION}{USAGE}{HELP}"), 1)),
            'i' => settings.interval = Some(span(seconds("interval", value, 0)?)),
            'k' => settings.keeps = true,
            'l' => settings.listens = true,
            'N' => settings.shuts_down = true,
            'n' => settings.numeric = true,
            'p' => settings.source_port = Some(value.to_owned()),
            'q' => {
                let wait = seconds("quit timer", value, i32::MIN.into())?;
                settings.quit_after = (wait >= 0).then(|| span(wait));
                settings.shuts_down = true;
            }
            'r' => settings.random_ports = true,
            's' => settings.source = Some(value.to_owned()),
            'u' => settings.is_udp = true,
            'v' => settings.verbose = true,
            'W' => settings.receive_limit = Some(seconds("receive limit", value, 1)? as u64),
            'w' => settings.timeout = Some(span(seconds("timeout", value, 0)?)),
            'z' => settings.scans = true,
            '4' | 'D' | 'I' | 'O' => {}
            '6' => return Err(failure("TCP and UDP over IPv6 are not simulated by netsim")),
            'F' | 'P' | 'U' | 'V' | 'X' | 'x' | 'Z' => {
                return Err(failure(format!("-{letter} is not simulated by netsim")));
            }
            letter => not_simulated(proc, "nc", &format!("-{letter}")),
        }
    }
    let operands = options.operands();
    if settings.listens && settings.scans {
        return Err(failure("cannot use -z and -l"));
    }
    if settings.keeps && !settings.listens {
        return Err(failure("must use -l with -k"));
    }
    let ports: &[&str] = match operands.as_slice() {
        [] if !settings.listens => return Err(usage()),
        [] => &[],
        _ if settings.listens && settings.source_port.is_some() => return Err(usage()),
        [port] if settings.listens => &[*port],
        [host, ports @ ..] => {
            settings.host = Some((*host).to_owned());
            ports
        }
    };
    if settings.listens {
        let own_port = settings.source_port.clone();
        settings.host = settings.host.or_else(|| settings.source.clone());
        let port = own_port.as_deref().or(ports.first().copied());
        let port = port.ok_or_else(|| failure("missing port number"))?;
        settings.ports = port_list(port, settings.transport())?;
        return Ok(settings);
    }
    if ports.is_empty() {
        return Err(failure("missing port number"));
    }
    for port in ports {
        settings.ports.extend(port_list(port, settings.transport())?);
    }
    Ok(settings)
}

/// A port, the name of one, or a range.
fn port_list(text: &str, transport: Transport) -> Result<Vec<u16>, Failure> {
    if let Some(port) = services::port_of(text, transport) {
        return Ok(vec![port]);
    }
    match text.split_once('-') {
        Some((low, high)) if !low.is_empty() => {
            let (low, high) = (port(low)?, port(high)?);
            Ok((low.min(high)..=low.max(high)).collect())
        }
        _ => Ok(vec![port(text)?]),
    }
}

/// One port number.
pub(super) fn port(text: &str) -> Result<u16, Failure> {
    let port = number(text, 1, u16::MAX.into());
    port.map(|port| port as u16).map_err(|wrong| failure(format!("port number {wrong}: {text}")))
}

const VERSION: &str = "OpenBSD netcat (Debian patchlevel 1.219-1)\n";

const USAGE: &str = "usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]
";

const HELP: &str = "	Command Summary:
		-4		Use IPv4
		-6		Use IPv6
		-b		Allow broadcast
		-C		Send CRLF as line-ending
		-D		Enable the debug socket option
		-d		Detach from stdin
		-F		Pass socket fd
		-h		This help text
		-I length	TCP receive buffer length
		-i interval	Delay interval for lines sent, ports scanned
		-k		Keep inbound sockets open for multiple connects
		-l		Listen mode, for inbound connects
		-M ttl		Outgoing TTL / Hop Limit
		-m minttl	Minimum incoming TTL / Hop Limit
		-N		Shutdown the network socket after EOF on stdin
		-n		Suppress name/port resolutions
		-O length	TCP send buffer length
		-P proxyuser	Username for proxy authentication
		-p port		Specify local port for remote connects
		-q secs		quit after EOF on stdin and delay of secs
		-r		Randomize remote ports
		-S		Enable the TCP MD5 signature option
		-s sourceaddr	Local source address
		-T keyword	TOS value
		-t		Answer TELNET negotiation
		-U		Use UNIX domain socket
		-u		UDP mode
		-V rtable	Specify alternate routing table
		-v		Verbose
		-W recvlimit	Terminate after receiving a number of packets
		-w timeout	Timeout for connects and final net reads
		-X proto	Proxy protocol: \"4\", \"5\" (SOCKS) or \"connect\"
		-x addr[:port]	Specify proxy address and port
		-Z		DCCP mode
		-z		Zero-I/O mode [used for scanning]
	Port numbers can be individual or ranges: lo-hi [inclusive]
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_names_and_ranges() {
        let list = |text| port_list(text, Transport::Tcp);
        assert_eq!(list("http"), Ok(vec![80]));
        assert_eq!(list("81-79"), Ok(vec![79, 80, 81]));
        let text = |text| list(text).unwrap_err().text;
        assert_eq!(text("x"), "nc: port number invalid: x\n");
        assert_eq!(text("70000"), "nc: port number too large: 70000\n");
        assert_eq!(text("0"), "nc: port number too small: 0\n");
    }
}
