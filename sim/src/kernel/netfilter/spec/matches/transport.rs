//! `tcp`, `udp`, `multiport`.

use crate::kernel::netfilter::matches::{
    Match, Maybe, MultiportMatch, PortRange, PortsOf, TcpMatch, UdpMatch,
};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, GivenOption, Opt};
use crate::kernel::netfilter::spec::names::service_name;
use crate::kernel::netfilter::spec::text::{Look, Words, range};
use crate::kernel::netfilter::spec::values::Value;
use crate::wire::tcp::flag;

const ALL_PORTS: PortRange = (0, u16::MAX);

/// Names of flags, in the order in which they print.
const FLAGS: [(&str, u8); 6] = [
    ("FIN", flag::FIN),
    ("SYN", flag::SYN),
    ("RST", flag::RST),
    ("PSH", flag::PSH),
    ("ACK", flag::ACK),
    ("URG", flag::URG),
];

/// What `--syn` looks at.
const SYN_MASK: u8 = flag::FIN | flag::SYN | flag::RST | flag::ACK;

pub(super) const TCP: Extension<Match> = Extension {
    name: "tcp",
    options: &[
        Opt::value(&["source-port", "sport"]).not().repeated(),
        Opt::value(&["destination-port", "dport"]).not().repeated(),
        Opt::flag(&["syn"]).not().repeated(),
        Opt::pair(&["tcp-flags"]).not().repeated(),
        Opt::value(&["tcp-option"]).not().repeated(),
    ],
    build: tcp,
};

fn tcp(given: &Given<'_>) -> Result<Match, SpecError> {
    let once = |name: &str| {
        let mut options = given.all(name);
        let first = options.next();
        match options.next() {
            Some(_) => Err(SpecError::bad(format!("Only one `--{name}' allowed"))),
            None => Ok(first),
        }
    };
    let ports = |name| -> Result<Option<Maybe<PortRange>>, SpecError> {
        let Some(option) = once(name)? else { return Ok(None) };
        let (low, high) = given.value_of(option).port_range()?;
        if low > high {
            return Err(SpecError::bad("invalid portrange (min > max)".to_owned()));
        }
        Ok(some_ports(option.not, (low, high)))
    };
    let mut flags = given.all("syn").chain(given.all("tcp-flags"));
    let first = flags.next();
    if flags.next().is_some() {
        let sentence = "Only one of `--syn' or `--tcp-flags'  allowed";
        return Err(SpecError::bad(sentence.to_owned()));
    }
    let option = match once("tcp-option")? {
        None => None,
        Some(option) => {
            let text = given.value_of(option).text;
            let kind = text
                .parse()
                .ok()
                .filter(|kind| *kind != 0)
                .ok_or_else(|| SpecError::bad(format!("Bad TCP option \"{text}\"")))?;
            Some(Maybe { not: option.not, value: kind })
        }
    };
    Ok(Match::Tcp(TcpMatch {
        sport: ports("source-port")?,
        dport: ports("destination-port")?,
        flags: first.map(read_flags).transpose()?,
        option,
    }))
}

/// A range that says something: all ports are no condition.
fn some_ports(not: bool, value: PortRange) -> Option<Maybe<PortRange>> {
    (not || value != ALL_PORTS).then_some(Maybe { not, value })
}

fn read_flags(option: &GivenOption) -> Result<Maybe<(u8, u8)>, SpecError> {
    let value = match option.values.as_slice() {
        [mask, set] => (flag_bits(mask)?, flag_bits(set)?),
        _ => (SYN_MASK, flag::SYN),
    };
    Ok(Maybe { not: option.not, value })
}

fn flag_bits(text: &str) -> Result<u8, SpecError> {
    let mut bits = 0;
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let known = FLAGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        bits |= match (known, name.to_ascii_uppercase().as_str()) {
            (Some((_, bit)), _) => *bit,
            (None, "ALL") => FLAGS.iter().map(|(_, bit)| bit).sum(),
            (None, "NONE") => 0,
            (None, _) => return Err(SpecError::bad(format!("Unknown TCP flag `{name}'"))),
        };
    }
    Ok(bits)
}

fn flag_names(bits: u8) -> String {
    let names: Vec<&str> =
        FLAGS.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
    if names.is_empty() { "NONE".to_owned() } else { names.join(",") }
}

pub(super) fn save_tcp(wanted: &TcpMatch) -> String {
    let mut words = Words::default();
    words.maybe("sport", wanted.sport.as_ref(), |ports| range(ports, ':'));
    words.maybe("dport", wanted.dport.as_ref(), |ports| range(ports, ':'));
    words.maybe("tcp-option", wanted.option.as_ref(), u8::to_string);
    words.maybe("tcp-flags", wanted.flags.as_ref(), |(mask, set)| {
        format!("{} {}", flag_names(*mask), flag_names(*set))
    });
    words.done()
}

pub(super) fn list_tcp(wanted: &TcpMatch, look: Look) -> String {
    let mut text = "tcp".to_owned();
    text += &list_ports("spt", wanted.sport.as_ref(), look);
    text += &list_ports("dpt", wanted.dport.as_ref(), look);
    if let Some(Maybe { not, value }) = wanted.option {
        text += &format!(" option={}{value}", mark_of(not));
    }
    if let Some(Maybe { not, value: (mask, set) }) = wanted.flags {
        let not = mark_of(not);
        text += &if look.numeric {
            format!(" flags:{not}0x{mask:02X}/0x{set:02X}")
        } else {
            format!(" flags:{not}{}/{}", flag_names(mask), flag_names(set))
        };
    }
    text
}

fn mark_of(not: bool) -> &'static str {
    if not { "!" } else { "" }
}

/// A port by its name, unless numbers are wanted.
fn port(port: u16, look: Look) -> String {
    let name = if look.numeric { None } else { service_name(port, look.protocol) };
    name.map_or_else(|| port.to_string(), str::to_owned)
}

/// ` dpt:http`, ` spts:!1024:65535`.
fn list_ports(name: &str, wanted: Option<&Maybe<PortRange>>, look: Look) -> String {
    let Some(Maybe { not, value: (low, high) }) = wanted else { return String::new() };
    let not = mark_of(*not);
    if low == high {
        format!(" {name}:{not}{}", port(*low, look))
    } else {
        format!(" {name}s:{not}{}:{}", port(*low, look), port(*high, look))
    }
}

pub(super) const UDP: Extension<Match> = Extension {
    name: "udp",
    options: &[
        Opt::value(&["source-port", "sport"]).not(),
        Opt::value(&["destination-port", "dport"]).not(),
    ],
    build: udp,
};

fn udp(given: &Given<'_>) -> Result<Match, SpecError> {
    let ports = |name| -> Result<_, SpecError> {
        let given = given.maybe(name, Value::resolved_port_range)?;
        Ok(given.and_then(|Maybe { not, value }| some_ports(not, value)))
    };
    let (sport, dport) = (ports("source-port")?, ports("destination-port")?);
    Ok(Match::Udp(UdpMatch { sport, dport }))
}

pub(super) fn save_udp(wanted: &UdpMatch) -> String {
    let mut words = Words::default();
    words.maybe("sport", wanted.sport.as_ref(), |ports| range(ports, ':'));
    words.maybe("dport", wanted.dport.as_ref(), |ports| range(ports, ':'));
    words.done()
}

pub(super) fn list_udp(wanted: &UdpMatch, look: Look) -> String {
    let sport = list_ports("spt", wanted.sport.as_ref(), look);
    let dport = list_ports("dpt", wanted.dport.as_ref(), look);
    format!("udp{sport}{dport}")
}

pub(super) const MULTIPORT: Extension<Match> = Extension {
    name: "multiport",
    options: &[
        Opt::value(&["source-ports", "sports"]).not().excludes(&["destination-ports", "ports"]),
        Opt::value(&["destination-ports", "dports"]).not().excludes(&["source-ports", "ports"]),
        Opt::value(&["ports", "port"]).not().excludes(&["source-ports", "destination-ports"]),
    ],
    build: multiport,
};

fn multiport(given: &Given<'_>) -> Result<Match, SpecError> {
    /// Places for ports; a range takes two.
    const PLACES: usize = 15;
    let kinds = [
        ("source-ports", PortsOf::Src),
        ("destination-ports", PortsOf::Dst),
        ("ports", PortsOf::Either),
    ];
    let Some((option, of)) =
        kinds.iter().find_map(|(name, of)| given.option(name).map(|option| (option, *of)))
    else {
        return Err(SpecError::incomplete("multiport expection an option"));
    };
    match given.ip.protocol {
        None => {
            let sentence =
                "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'";
            return Err(SpecError::bad(sentence.to_owned()));
        }
        Some(Maybe { not: false, value: 6 | 17 | 33 | 132 | 136 }) => {}
        Some(_) => {
            let sentence = "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP";
            return Err(SpecError::bad(sentence.to_owned()));
        }
    }
    let value = given.value_of(option);
    let mut ports = Vec::new();
    let mut places = 0;
    for item in value.text.split(',') {
        places += if item.contains(':') { 2 } else { 1 };
        if places > PLACES {
            return Err(SpecError::bad("too many ports specified".to_owned()));
        }
        let (low, high) = item.split_once(':').unwrap_or((item, item));
        let range = (value.with(low).port()?, value.with(high).port()?);
        if item.contains(':') && range.0 >= range.1 {
            return Err(SpecError::bad("invalid portrange specified".to_owned()));
        }
        ports.push(range);
    }
    Ok(Match::Multiport(MultiportMatch { of, ports: Maybe { not: option.not, value: ports } }))
}

fn multiport_name(of: PortsOf) -> &'static str {
    match of {
        PortsOf::Src => "sports",
        PortsOf::Dst => "dports",
        PortsOf::Either => "ports",
    }
}

fn join(ports: &[PortRange], show: impl Fn(u16) -> String) -> String {
    let shown: Vec<String> =
        ports.iter().map(|(low, high)| range(&(show(*low), show(*high)), ':')).collect();
    shown.join(",")
}

pub(super) fn save_multiport(wanted: &MultiportMatch) -> String {
    let mut words = Words::default();
    let ports = join(&wanted.ports.value, |port| port.to_string());
    words.option(wanted.ports.not, multiport_name(wanted.of), ports);
    words.done()
}

pub(super) fn list_multiport(wanted: &MultiportMatch, look: Look) -> String {
    let not = if wanted.ports.not { " !" } else { "" };
    let ports = join(&wanted.ports.value, |number| port(number, look));
    format!("multiport {} {not}{ports}", multiport_name(wanted.of))
}
