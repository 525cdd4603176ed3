//! busybox's `traceroute`: one probe after the other.

use crate::engine::Span;
use crate::kernel::socket::PmtuDiscovery;
use crate::kernel::socket::raw::RawSend;
use crate::process::proc::Proc;
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::{Failure, conclude, not_simulated, resolver};
use crate::process::socket::{Raw, Udp};
use crate::wire::{Ipv4Addr, icmp, ipv4, udp};

const USAGE: &str = "[-46IFlnrv] [-f 1ST_TTL] [-m MAXTTL] [-q PROBES] [-p PORT]
	[-t TOS] [-w WAIT_SEC] [-s SRC_IP] [-i IFACE]
	[-z PAUSE_MSEC] HOST [BYTES]

Trace the route to HOST

	-4,-6	Force IP or IPv6 name resolution
	-F	Set don't fragment bit
	-I	Use ICMP ECHO instead of UDP datagrams
	-l	Display TTL value of the returned packet
	-n	Print numeric addresses
	-r	Bypass routing tables, send directly to HOST
	-v	Verbose
	-f N	First number of hops (default 1)
	-m N	Max number of hops
	-q N	Number of probes per hop (default 3)
	-p N	Base UDP port number used in probes
		(default 33434)
	-s IP	Source address
	-i IFACE Source interface
	-t N	Type-of-service in probe packets (default 0)
	-w SEC	Wait for a response (default 3)
	-z MSEC	Wait before each send";

/// The data of a probe: sequence number, TTL, and room for a time.
const DATA: usize = 18;
const MAX_LENGTH: i64 = 32 << 10;

#[derive(Debug, Clone)]
struct Settings {
    name: String,
    to: Ipv4Addr,
    length: usize,
    is_icmp: bool,
    shows_ttl: bool,
    numeric: bool,
    first_ttl: u8,
    max_ttl: u8,
    probes: i64,
    port: u16,
    source: Option<Ipv4Addr>,
    device: Option<String>,
    tos: u8,
    wait: Span,
    pause: Span,
}

/// `traceroute` in a container.
pub async fn traceroute(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let line = busybox::line("traceroute", &words, "FIlnrdvt:i:m:p:q:s:w:z:f:46", USAGE)?;
    let number = |text: &str, min, max| busybox::number("traceroute", text, min, max);
    let (name, length) = match line.operands.as_slice() {
        [name] => (*name, None),
        [name, length, ..] => (*name, Some(*length)),
        [] => return Err(busybox::usage("traceroute", USAGE)),
    };
    let smallest = ipv4::HEADER_LEN + udp::HEADER_LEN + DATA;
    let mut settings = Settings {
        name: name.to_owned(),
        to: Ipv4Addr::UNSPECIFIED,
        length: smallest,
        is_icmp: false,
        shows_ttl: false,
        numeric: false,
        first_ttl: 1,
        max_ttl: 30,
        probes: 3,
        port: 33_434,
        source: None,
        device: None,
        tos: 0,
        wait: Span::secs(5),
        pause: Span::ZERO,
    };
    for (letter, value) in &line.options {
        match letter {
            'I' => settings.is_icmp = true,
            'l' => settings.shows_ttl = true,
            'n' => settings.numeric = true,
            'm' => settings.max_ttl = number(value, 1, 255)? as u8,
            'p' => settings.port = number(value, 0, u16::MAX.into())? as u16,
            'q' => settings.probes = number(value, 1, i32::MAX.into())?,
            's' => {
                settings.source = Some(busybox::host(proc, "traceroute", value).await?.first());
            }
            'i' => settings.device = Some((*value).to_owned()),
            't' => settings.tos = number(value, 0, 255)? as u8,
            'w' => settings.wait = Span::secs(number(value, 1, 86_400)? as u64),
            'z' => settings.pause = Span::millis(number(value, 0, 3_600_000)? as u64),
            'f' => settings.first_ttl = number(value, 1, settings.max_ttl.into())? as u8,
            // -F sets an option that Linux does not have.
            '4' | 'd' | 'F' => {}
            letter => not_simulated(proc, "traceroute", &format!("-{letter}")),
        }
    }
    settings.to = busybox::host(proc, "traceroute", name).await?.first();
    if let Some(length) = length {
        settings.length = number(length, smallest as i64, MAX_LENGTH)? as usize;
    }
    Ok(settings)
}

/// The socket by which probes leave.
enum Sender {
    Udp(Udp),
    Icmp(Raw),
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc).await?;
    let failed = |call: &str, errno| failure("traceroute", format!("{call}: {errno}"));
    let device = match &settings.device {
        Some(name) => {
            let found = proc.sys(|sys| sys.link_named(name));
            let errno = crate::kernel::Errno::ENODEV;
            Some(found.ok_or_else(|| failed(&format!("can't bind to interface {name}"), errno))?)
        }
        None => None,
    };
    let udp = Udp::bind(proc, settings.source, 0).map_err(|errno| failed("bind", errno))?;
    // Open sockets take these options.
    let _ = udp.option(|sys, id| sys.set_device(id, device));
    let _ = udp.option(|sys, id| sys.set_tos(id, settings.tos));
    let _ = udp.option(|sys, id| sys.set_pmtu_discovery(id, PmtuDiscovery::Want));
    let hears = Raw::open(proc, ipv4::protocol::ICMP).map_err(|errno| failed("socket", errno))?;
    if settings.source.is_none() {
        udp.connect((settings.to, settings.port)).map_err(|errno| failed("connect", errno))?;
        if let Some(own) = udp.local().0 {
            hears.bind(own).map_err(|errno| failed("bind", errno))?;
        }
    }
    let sender = if settings.is_icmp {
        let raw = Raw::open(proc, ipv4::protocol::ICMP).map_err(|errno| failed("socket", errno))?;
        let _ = raw.option(|sys, id| sys.set_device(id, device));
        let _ = raw.option(|sys, id| sys.set_tos(id, settings.tos));
        if let Some(source) = settings.source {
            raw.bind(source).map_err(|errno| failed("bind", errno))?;
        }
        Sender::Icmp(raw)
    } else {
        Sender::Udp(udp)
    };
    let from = settings.source.map(|source| format!(" from {source}")).unwrap_or_default();
    let Settings { name, to, max_ttl, length, .. } = &settings;
    proc.print(&format!(
        "traceroute to {name} ({to}){from}, {max_ttl} hops max, {length} byte packets\n"
    ));
    Trace { proc, settings: &settings, sender, hears, seq: 0 }.run().await?;
    Ok(0)
}

struct Trace<'a> {
    proc: &'a Proc,
    settings: &'a Settings,
    sender: Sender,
    hears: Raw,
    seq: u16,
}

/// An answer to a probe.
struct Heard {
    from: Ipv4Addr,
    ttl: u8,
    took: Span,
    what: icmp::Error,
}

impl Trace<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        for ttl in self.settings.first_ttl..=self.settings.max_ttl {
            self.proc.print(&format!("{ttl:>2}"));
            let is_over = self.hop(ttl).await?;
            self.proc.print("\n");
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// The probes of a hop; whether it was the last.
    async fn hop(&mut self, ttl: u8) -> Result<bool, Failure> {
        let (mut last, mut arrived, mut unreachable) = (None, false, 0);
        for probe in 0..self.settings.probes {
            if probe > 0 {
                self.proc.sleep(self.settings.pause).await;
            }
            self.seq += 1;
            self.send(ttl)?;
            let Some(heard) = self.hear().await else {
                self.proc.print("  *");
                continue;
            };
            let mut text = String::new();
            if last != Some(heard.from) {
                text += &self.name_of(heard.from).await;
                last = Some(heard.from);
            }
            let micros = heard.took.as_nanos() / 1000;
            text += &format!("  {}.{:03} ms", micros / 1000, micros % 1000);
            if self.settings.shows_ttl {
                text += &format!(" ({})", heard.ttl);
            }
            match heard.what {
                icmp::Error::TimeExceeded(_) => {}
                icmp::Error::Unreachable(3) => {
                    arrived = true;
                    if heard.ttl <= 1 {
                        text += " !";
                    }
                }
                icmp::Error::Unreachable(2) => {
                    arrived = true;
                    text += " !P";
                }
                error => {
                    unreachable += 1;
                    text += &format!(" {}", mark(error));
                }
            }
            self.proc.print(&text);
        }
        let all_unreachable = unreachable > 0 && unreachable >= self.settings.probes - 1;
        Ok(arrived || all_unreachable)
    }

    fn send(&self, ttl: u8) -> Result<(), Failure> {
        let settings = self.settings;
        let len = settings.length - ipv4::HEADER_LEN - udp::HEADER_LEN;
        let mut data = vec![0; len];
        data[0] = self.seq as u8;
        data[1] = ttl;
        let sent = match &self.sender {
            Sender::Udp(socket) => {
                // An open socket takes any TTL but zero.
                let _ = socket.option(|sys, id| sys.set_ttl(id, ttl));
                let port = settings.port.wrapping_add(self.seq);
                socket.send(Some((settings.to, port)), &data)
            }
            Sender::Icmp(raw) => {
                let _ = raw.option(|sys, id| sys.set_ttl(id, ttl));
                let ident = self.ident();
                let payload = icmp::echo(icmp::kind::ECHO_REQUEST, ident, self.seq, &data);
                raw.send(RawSend { dst: settings.to, payload, confirm: false })
            }
        };
        sent.map_err(|errno| failure("traceroute", format!("sendto: {errno}")))
    }

    fn ident(&self) -> u16 {
        self.proc.pid().0 as u16
    }

    /// Waits for the answer to the last probe.
    async fn hear(&self) -> Option<Heard> {
        let sent = self.proc.now();
        let answer = async {
            loop {
                let Ok(message) = self.hears.recv().await else { continue };
                let body = ipv4::payload(&message.packet);
                if let Some(what) = self.answer_in(body) {
                    let (from, ip) = (ipv4::src(&message.packet), ipv4::view(&message.packet));
                    return Heard { from, ttl: ip.hop_limit(), took: message.at - sent, what };
                }
            }
        };
        self.proc.timeout(self.settings.wait, answer).await
    }

    /// What a message says about the last probe. An echo reply counts as an unreachable port: the
    /// destination was reached.
    fn answer_in(&self, body: &[u8]) -> Option<icmp::Error> {
        if let Some(fields) = icmp::echo_fields(body) {
            let is_reply = self.settings.is_icmp && body[0] == icmp::kind::ECHO_REPLY;
            let is_ours = is_reply && fields == (self.ident(), self.seq);
            return is_ours.then_some(icmp::Error::PORT_UNREACHABLE);
        }
        let error = icmp::parse_error(body)?;
        let quoted = body.get(icmp::HEADER_LEN..).filter(|q| q.len() >= ipv4::HEADER_LEN)?;
        let inner = ipv4::payload(quoted);
        let is_ours = if self.settings.is_icmp {
            icmp::echo_fields(inner) == Some((self.ident(), self.seq))
        } else {
            let port = self.settings.port.wrapping_add(self.seq);
            ipv4::protocol_of(quoted) == ipv4::protocol::UDP
                && udp::ports(inner).is_some_and(|(_, dport)| dport == port)
        };
        let counts = !matches!(error, icmp::Error::Redirect(_) | icmp::Error::TimeExceeded(1));
        (is_ours && counts).then_some(error)
    }

    async fn name_of(&self, address: Ipv4Addr) -> String {
        if self.settings.numeric {
            return format!("  {address}");
        }
        let name = resolver::name_of(self.proc, address).await;
        format!("  {} ({address})", name.unwrap_or_else(|_| address.to_string()))
    }
}

/// How an error is marked.
fn mark(error: icmp::Error) -> String {
    let mark = match error {
        icmp::Error::FragmentationNeeded { mtu } => return format!("!F-{mtu}"),
        icmp::Error::Unreachable(code) => match code {
            0 => "!N",
            1 => "!H",
            5 => "!S",
            9 | 13 => "!A",
            10 | 15 => "!C",
            14 => "!V",
            6 | 7 => "!U",
            8 => "!I",
            11 | 12 => "!T",
            code => return format!("!<{code}>"),
        },
        other => return format!("!<{}>", other.type_and_code().1),
    };
    mark.to_owned()
}
