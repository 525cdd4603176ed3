//! The command line of iputils `ping`.

use std::net::IpAddr;

use crate::kernel::Errno;
use crate::kernel::socket::PmtuDiscovery;
use crate::process::proc::Proc;
use crate::process::programs::options::Options;
use crate::process::programs::{Failure, inet, iputils, not_simulated, numbers};
use crate::wire::{Ipv4Addr, Ipv6Addr};

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    /// Whom to ping.
    pub target: String,
    /// `-c`: how many replies are enough.
    pub count: Option<i64>,
    /// `-i`: milliseconds between two requests.
    pub interval: i64,
    /// Whether `-i` was given.
    pub interval_given: bool,
    /// `-w`: seconds after which it ends in any case; zero for never.
    pub deadline: i64,
    /// `-W`: milliseconds that the last reply may take while none has come.
    pub linger: i64,
    /// `-l`: requests that are sent at once.
    pub preload: i64,
    /// `-s`: bytes of data.
    pub size: usize,
    /// `-p`: the bytes with which the data is filled.
    pub pattern: Option<Vec<u8>>,
    /// `-t`.
    pub ttl: Option<u8>,
    /// `-Q`.
    pub tos: u8,
    /// `-m`.
    pub mark: Option<u32>,
    /// `-I` with a device.
    pub device: Option<String>,
    /// `-I` with an address.
    pub source: Option<Ipv4Addr>,
    /// The same, of IPv6.
    pub source6: Option<Ipv6Addr>,
    /// `-M`.
    pub pmtu: Option<PmtuDiscovery>,
    /// `-e`.
    pub ident: Option<u16>,
    /// `-4`.
    pub only_ipv4: bool,
    /// `-6`.
    pub only_ipv6: bool,
    /// `-b`.
    pub broadcast: bool,
    /// `-A`.
    pub adaptive: bool,
    /// `-a`.
    pub audible: bool,
    /// `-D`.
    pub timestamps: bool,
    /// `-f`.
    pub flood: bool,
    /// `-n`.
    pub numeric: bool,
    /// `-O`.
    pub outstanding: bool,
    /// `-q`.
    pub quiet: bool,
    /// `-v`.
    pub verbose: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            target: String::new(),
            count: None,
            interval: 1000,
            interval_given: false,
            deadline: 0,
            linger: 10_000,
            preload: 1,
            size: 56,
            pattern: None,
            ttl: None,
            tos: 0,
            mark: None,
            device: None,
            source: None,
            source6: None,
            pmtu: None,
            ident: None,
            only_ipv4: false,
            only_ipv6: false,
            broadcast: false,
            adaptive: false,
            audible: false,
            timestamps: false,
            flood: false,
            numeric: false,
            outstanding: false,
            quiet: false,
            verbose: false,
        }
    }
}

/// Most milliseconds that `-i` and `-W` take (`INT_MAX`).
const MAX_MILLIS: f64 = i32::MAX as f64;
/// Most requests in flight that `-l` takes.
const MAX_PRELOAD: i64 = 0x1_0000;
const MAX_INT: i64 = i32::MAX as i64;

/// Why `ping` cannot even begin.
pub(super) fn failure(sentence: impl std::fmt::Display) -> Failure {
    Failure::of("ping", 2, sentence)
}

/// Reads the command line. Complaints that do not end the program are printed at once.
pub(super) fn parse(proc: &Proc, words: &[String]) -> Result<Settings, Failure> {
    let number = |text: &str, min, max| iputils::number("ping", text, min, max);
    let mut settings = Settings::default();
    let letters = "h?4bRT:6F:N:aABc:CdDe:fi:I:l:Lm:M:nOp:qQ:rs:S:t:UvVw:W:";
    let mut options = Options::new(words, letters);
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("ping: {wrong}\n{USAGE}"), 2))?;
        match letter {
            '4' => settings.only_ipv4 = true,
            '6' => settings.only_ipv6 = true,
            'F' | 'N' => return Err(failure(format!("-{letter} is not simulated by netsim"))),
            'a' => settings.audible = true,
            'A' => settings.adaptive = true,
            'b' => settings.broadcast = true,
            'c' => settings.count = Some(number(value, 1, i64::MAX)?),
            'D' => settings.timestamps = true,
            'e' => settings.ident = Some(number(value, 0, 0xffff)? as u16),
            'f' => {
                settings.flood = true;
                settings.numeric = true;
            }
            'i' => {
                let seconds = float(proc, value, "bad timing interval")?;
                if seconds > MAX_MILLIS / 1000.0 {
                    return Err(failure(format!("bad timing interval: {value}")));
                }
                settings.interval = (seconds * 1000.0) as i64;
                settings.interval_given = true;
            }
            'I' => match value.parse() {
                Ok(IpAddr::V4(address)) => settings.source = Some(address),
                Ok(IpAddr::V6(address)) => settings.source6 = Some(address),
                Err(_) => settings.device = Some(value.to_owned()),
            },
            'l' => settings.preload = number(value, 1, MAX_PRELOAD)?,
            'm' => settings.mark = Some(number(value, 0, u32::MAX.into())? as u32),
            'M' => settings.pmtu = Some(pmtu(value)?),
            'n' => settings.numeric = true,
            'O' => settings.outstanding = true,
            'p' => settings.pattern = Some(pattern(value)?),
            'q' => settings.quiet = true,
            'Q' => settings.tos = tos(value)?,
            's' => settings.size = number(value, 0, MAX_INT)? as usize,
            'S' => {
                number(value, 1, MAX_INT)?;
                not_simulated(proc, "ping", "-S");
            }
            't' => settings.ttl = Some(number(value, 0, 255)? as u8),
            'v' => settings.verbose = true,
            'V' => return Err(version(proc)),
            'w' => settings.deadline = number(value, 0, MAX_INT)?,
            'W' => {
                let seconds = float(proc, value, "bad linger time")?;
                if !(0.0..=MAX_MILLIS / 1000.0).contains(&seconds) {
                    return Err(failure(format!("bad linger time: {value}")));
                }
                settings.linger = (seconds * 1000.0) as i64;
            }
            'L' | 'r' | 'R' | 'T' => not_simulated(proc, "ping", &format!("-{letter}")),
            // These change nothing that can be seen here.
            'B' | 'C' | 'd' | 'U' => {}
            _ => return Err(Failure::said(USAGE, 2)),
        }
    }
    let operands = options.operands();
    match operands.as_slice() {
        [] => Err(Failure::of("ping", 1, "usage error: Destination address required")),
        [target] => Ok(Settings { target: (*target).to_owned(), ..settings }),
        _ => Err(failure("source routes are not simulated by netsim")),
    }
}

/// `-V` is no failure, but an end.
fn version(proc: &Proc) -> Failure {
    proc.print(&iputils::version("ping"));
    Failure::said("", 0)
}

/// A number with a fraction; what follows it is complained of and ignored.
fn float(proc: &Proc, text: &str, what: &str) -> Result<f64, Failure> {
    if text.is_empty() {
        return Err(failure(format!("{what}: {text}")));
    }
    let (value, rest) = numbers::leading_float(text);
    if !rest.is_empty() {
        proc.eprint(&format!("ping: option argument contains garbage: {rest}\n"));
        proc.eprint("ping: this will become fatal error in the future\n");
    }
    if value.is_finite() {
        return Ok(value);
    }
    Err(failure(format!("{what}: {text}: {}", Errno::ERANGE)))
}

fn pmtu(text: &str) -> Result<PmtuDiscovery, Failure> {
    match text {
        "do" => Ok(PmtuDiscovery::Do),
        "dont" => Ok(PmtuDiscovery::Dont),
        "want" => Ok(PmtuDiscovery::Want),
        _ => Err(failure(format!("invalid -M argument: {text}"))),
    }
}

fn tos(text: &str) -> Result<u8, Failure> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let value = match hexadecimal {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let value: i64 = value.ok_or_else(|| failure(format!("bad TOS value: {text}")))?;
    if value > 255 {
        let range = "the decimal value of TOS bits must be in range 0-255";
        return Err(failure(format!("{range}: {value}")));
    }
    Ok(value as u8)
}

/// Up to sixteen bytes in hexadecimal.
fn pattern(text: &str) -> Result<Vec<u8>, Failure> {
    if let Some(at) = text.find(|c: char| !c.is_ascii_hexdigit()) {
        let rest = &text[at..];
        let what = "patterns must be specified as hex digits";
        return Err(failure(format!("{what}: {rest}")));
    }
    let pairs = text.as_bytes().chunks(2).take(16);
    let bytes = pairs.filter_map(|pair| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    });
    Ok(bytes.collect())
}

/// Whether the target is written as an address.
pub(super) fn is_numeric(settings: &Settings) -> bool {
    inet::address(&settings.target).is_some()
}

const USAGE: &str = "
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -B                 sticky source address
  -c <count>         stop after <count> replies
  -C                 call connect() syscall on socket creation
  -D                 print timestamps
  -d                 use SO_DEBUG socket option
  -e <identifier>    define identifier for ping session, default is random for
                     SOCK_RAW and kernel defined for SOCK_DGRAM
                     Imply using SOCK_RAW (for IPv4 only for identifier 0)
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -L                 suppress loopback of multicast packets
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -S <size>          use <size> as SO_SNDBUF socket option value
  -t <ttl>           define time to live
  -U                 print user-to-user latency
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4
  -b                 allow pinging broadcast
  -R                 record route
  -T <timestamp>     define timestamp, can be one of <tsonly|tsandaddr|tsprespec>

IPv6 options:
  -6                 use IPv6
  -F <flowlabel>     define flow label, default is random
  -N <nodeinfo opt>  use icmp6 node info query, try <help> as argument

For more details see ping(8).
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_pairs_of_hex_digits() {
        assert_eq!(pattern("ff0"), Ok(vec![0xff, 0]));
        assert_eq!(
            pattern("fg").unwrap_err().text,
            "ping: patterns must be specified as hex digits: g\n"
        );
    }

    #[test]
    fn tos_is_decimal_or_hexadecimal() {
        assert_eq!(tos("16"), Ok(16));
        assert_eq!(tos("0x10"), Ok(16));
        assert!(tos("256").is_err());
        assert!(tos("low").is_err());
    }
}
