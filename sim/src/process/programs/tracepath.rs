//! `tracepath` of iputils: the way to a destination and the path MTU, by what the kernel tells of
//! errors.

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::kernel::socket::{PmtuDiscovery, SocketError};
use crate::process::proc::Proc;
use crate::process::socket::{Udp, UdpEvent};
use crate::wire::{Ipv4Addr, icmp, ipv4, udp};

use super::options::Options;
use super::{Failure, conclude, iputils, resolver};

const USAGE: &str = "
Usage
  tracepath [options] <destination>

Options:
  -4             use IPv4
  -6             use IPv6
  -b             print both name and ip
  -l <length>    use packet <length>
  -m <hops>      use maximum <hops>
  -n             no dns name resolution
  -p <port>      use destination <port>
  -V             print version and exit
  <destination>  dns name or ip address

For more details see tracepath(8).
";

/// The status of a command line that makes no sense.
const BAD_USAGE: i32 = 255;
/// Headers in front of the payload.
const OVERHEAD: usize = ipv4::HEADER_LEN + udp::HEADER_LEN;
/// Where the destination ports begin.
const BASE_PORT: u16 = 44_444;
/// How many probes are remembered, each by its port.
const HISTORY: usize = 64;
/// How often a hop is asked.
const TRIES: usize = 3;
/// How long each answer is awaited.
const WAIT: Span = Span::secs(1);
/// How often a probe is made smaller before it is given up.
const SENDS: usize = 10;

/// `tracepath`.
pub async fn tracepath(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

#[derive(Debug)]
struct Settings {
    numeric: bool,
    both: bool,
    length: Option<usize>,
    hops: u8,
    port: u16,
    target: String,
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let number = |text: &str, min, max| iputils::number("tracepath", text, min, max);
    let (mut numeric, mut both, mut length) = (false, false, None);
    let (mut hops, mut port) = (30, BASE_PORT);
    let mut options = Options::new(&words, "46nbh?l:m:p:V");
    for option in options.by_ref() {
        let (letter, value) = option
            .map_err(|wrong| Failure::said(format!("tracepath: {wrong}\n{USAGE}"), BAD_USAGE))?;
        match letter {
            '4' => {}
            '6' => {
                return Err(Failure::of(
                    "tracepath",
                    1,
                    "UDP over IPv6 is not simulated by netsim",
                ));
            }
            'n' => numeric = true,
            'b' => both = true,
            'l' => {
                let bytes = number(value, i64::from(i32::MIN), i32::MAX.into())?;
                let Some(bytes) = usize::try_from(bytes).ok().filter(|n| *n > OVERHEAD) else {
                    let range =
                        format!("pktlen must be within: {OVERHEAD} < value <= {}", i32::MAX);
                    return Err(Failure::of("tracepath", 1, range));
                };
                length = Some(bytes);
            }
            'm' => hops = number(value, 0, 255)? as u8,
            'p' => port = number(value, 0, 65_535)? as u16,
            'V' => {
                proc.print(&iputils::version("tracepath"));
                return Err(Failure::said("", 0));
            }
            _ => return Err(Failure::said(USAGE, BAD_USAGE)),
        }
    }
    match options.operands().as_slice() {
        [target] => {
            Ok(Settings { numeric, both, length, hops, port, target: (*target).to_owned() })
        }
        _ => Err(Failure::said(USAGE, BAD_USAGE)),
    }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let name = &settings.target;
    let found = resolver::lookup(proc, name).await;
    let to = found.map_err(|e| Failure::of("tracepath", 1, format!("{name}: {e}")))?.first();
    let refused = |errno: Errno| Failure::of("tracepath", 1, format!("socket: {errno}"));
    let socket = Udp::bind(proc, None, 0).map_err(refused)?;
    let set = socket.option(|sys, id| {
        sys.set_pmtu_discovery(id, PmtuDiscovery::Do)?;
        sys.set_receive_errors(id, true)
    });
    set.map_err(refused)?;
    let mtu = settings.length.unwrap_or(65_535);
    let sent = vec![None; HISTORY];
    let mut path = Path { proc, settings, socket, to, mtu, sent, next: 0, reached: None };
    path.trace().await;
    Ok(0)
}

/// What becomes of asking a hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing came.
    Nothing,
    /// Somebody answered; it goes on.
    Something,
    /// There is nothing more to ask.
    End,
}

struct Path<'a> {
    proc: &'a Proc,
    settings: Settings,
    socket: Udp,
    to: Ipv4Addr,
    mtu: usize,
    /// The TTL and the time of each probe, by its port.
    sent: Vec<Option<(u8, Time)>>,
    next: usize,
    /// How many hops it is there, and how many back.
    reached: Option<(u8, u8)>,
}

impl Path<'_> {
    async fn trace(&mut self) {
        let is_over = self.ask_all().await;
        if !is_over {
            self.proc.print(&format!("     Too many hops: pmtu {}\n", self.mtu));
        }
        let mut end = format!("     Resume: pmtu {} ", self.mtu);
        if let Some((there, back)) = self.reached {
            end += &format!("hops {there} back {back} ");
        }
        self.proc.print(&format!("{end}\n"));
    }

    /// Asks hop after hop; whether it came to an end before the last.
    async fn ask_all(&mut self) -> bool {
        for ttl in 1..=self.settings.hops {
            // An open socket takes it.
            let _ = self.socket.option(|sys, id| sys.set_ttl(id, ttl));
            let mut tries = 0;
            while tries < TRIES {
                let before = self.mtu;
                match self.ask(ttl).await {
                    Told::End => return true,
                    // With another size everything may be otherwise.
                    _ if self.mtu != before => tries = 0,
                    Told::Something => break,
                    Told::Nothing => tries += 1,
                }
            }
            if tries == TRIES {
                self.proc.print(&format!("{ttl:2}:  no reply\n"));
            }
        }
        false
    }

    /// Sends a probe and waits for what comes of it.
    async fn ask(&mut self, ttl: u8) -> Told {
        for _ in 0..SENDS {
            self.sent[self.next] = Some((ttl, self.proc.now()));
            let port = self.settings.port.wrapping_add(self.next as u16);
            let payload = vec![0; self.mtu.saturating_sub(OVERHEAD)];
            if self.socket.send(Some((self.to, port)), &payload).is_ok() {
                self.next = (self.next + 1) % HISTORY;
                return self.wait(ttl).await;
            }
            let told = self.tell_errors(ttl).await;
            self.sent[self.next] = None;
            if told == Told::End {
                return Told::End;
            }
        }
        self.proc.print(&format!("{ttl:2}:  send failed\n"));
        Told::End
    }

    async fn wait(&mut self, ttl: u8) -> Told {
        let heard = self.proc.timeout(WAIT, self.socket.recv_event()).await;
        match heard {
            Some(Ok(UdpEvent::Datagram(_))) => {
                self.proc.print(&format!("{ttl:2}?: reply received 8)\n"));
                Told::End
            }
            Some(Ok(UdpEvent::Error(error))) => match self.tell(ttl, &error).await {
                Told::End => Told::End,
                _ => {
                    let more = self.tell_errors(ttl).await;
                    if more == Told::End { Told::End } else { Told::Something }
                }
            },
            // The error itself comes by the queue.
            Some(Err(_)) => self.tell_errors(ttl).await,
            None => Told::Nothing,
        }
    }

    /// Prints all errors that are in the queue.
    async fn tell_errors(&mut self, ttl: u8) -> Told {
        let mut told = Told::Nothing;
        while let Some(error) = self.socket.error() {
            told = self.tell(ttl, &error).await;
            if told == Told::End {
                break;
            }
        }
        told
    }

    /// Prints one.
    async fn tell(&mut self, ttl: u8, error: &SocketError) -> Told {
        let slot = usize::from(error.destination.1.wrapping_sub(self.settings.port));
        let probe = self.sent.get_mut(slot).and_then(Option::take);
        let mut line = match error.offender {
            None => format!("{ttl:2}?: {:<32} ", "[LOCALHOST]"),
            Some(offender) => {
                let who = self.name_of(offender).await;
                match probe {
                    Some((hops, _)) => format!("{hops:2}:  {who:<52}"),
                    None => format!("{ttl:2}?: {who:<52}"),
                }
            }
        };
        if let (Some((_, at)), Some(_)) = (probe, error.offender) {
            let micros = (self.proc.now() - at).as_nanos() / 1000;
            line += &format!("{:3}.{:03}ms ", micros / 1000, micros % 1000);
        }
        let hops = probe.map_or(ttl, |(hops, _)| hops);
        let (end, told) = match (error.errno, error.icmp) {
            (Errno::EMSGSIZE, _) => {
                self.mtu = error.mtu as usize;
                (format!("pmtu {}", error.mtu), Told::Something)
            }
            (Errno::ECONNREFUSED, _) => {
                self.reached = Some((hops, hops_of(error.ttl)));
                ("reached".to_owned(), Told::End)
            }
            (Errno::EHOSTUNREACH, Some(icmp::Error::TimeExceeded(0))) => {
                let back = hops_of(error.ttl);
                let is_even = back == hops;
                (if is_even { String::new() } else { format!("asymm {back:2} ") }, Told::Something)
            }
            (Errno::EHOSTUNREACH, _) => ("!H".to_owned(), Told::End),
            (Errno::ENETUNREACH, _) => ("!N".to_owned(), Told::End),
            (Errno::EACCES, _) => ("!A".to_owned(), Told::End),
            (errno, _) => {
                self.proc.eprint(&format!("NET ERROR: {errno}\n"));
                (String::new(), Told::End)
            }
        };
        self.proc.print(&format!("{line}{end}\n"));
        told
    }

    async fn name_of(&self, address: Ipv4Addr) -> String {
        if self.settings.numeric && !self.settings.both {
            return address.to_string();
        }
        let name = resolver::name_of(self.proc, address).await;
        let name = name.unwrap_or_else(|_| "???".to_owned());
        if self.settings.both { format!("{name} ({address})") } else { name }
    }
}

/// How far away the sender of a packet is, from the TTL with which it came: it began with 64, 128 or 255.
fn hops_of(ttl: u8) -> u8 {
    match ttl {
        0..=64 => 65 - ttl,
        65..=128 => 129 - ttl,
        _ => (256 - u16::from(ttl)) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_counted_from_the_next_usual_ttl() {
        assert_eq!((hops_of(64), hops_of(63), hops_of(128), hops_of(250)), (1, 2, 1, 6));
    }
}
