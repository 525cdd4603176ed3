//! Names to addresses and back, as the C library does it: `/etc/hosts`, then the servers of
//! `/etc/resolv.conf`, by real queries over the simulated network.
//!
//! Differs: answers that are too long for UDP are used as far as they came; real ones are asked for
//! again over TCP.

use std::fmt;

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::process::proc::Proc;
use crate::process::socket::Udp;
use crate::wire::dns::{self, Data, Kind, Message, code};
use crate::wire::{Ipv4Addr, Ipv6Addr};

use super::inet;

/// What `/etc/resolv.conf` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The servers, in the order in which they are asked.
    pub servers: Vec<Ipv4Addr>,
    /// Domains that are tried behind a name.
    pub search: Vec<String>,
    /// A name with so many dots is tried as it is first.
    pub ndots: usize,
    /// How long the first server has to answer.
    pub timeout: Span,
    /// How often all servers are asked.
    pub attempts: u32,
}

/// Why a name has no address. `Display` prints the sentence of `gai_strerror(3)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// There is no such name.
    NotKnown,
    /// The name exists, but has no address.
    NoAddress,
    /// No server answered.
    TryAgain,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LookupError::NotKnown => "Name or service not known",
            LookupError::NoAddress => "No address associated with hostname",
            LookupError::TryAgain => "Temporary failure in name resolution",
        })
    }
}

/// The addresses of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The name behind all aliases.
    pub canonical: String,
    /// Its addresses, at least one.
    pub addresses: Vec<Ipv4Addr>,
}

impl Resolved {
    /// The first address.
    pub fn first(&self) -> Ipv4Addr {
        self.addresses[0]
    }
}

/// Most servers and search domains that are used (`MAXNS`, `MAXDNSRCH`).
const MAX_SERVERS: usize = 3;
const MAX_SEARCH: usize = 6;

impl Settings {
    /// Reads `/etc/resolv.conf`; without a server in it, the own host is asked.
    pub fn read(proc: &Proc) -> Settings {
        let text = proc.read_file("/etc/resolv.conf").unwrap_or_default();
        Settings::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Settings {
        let mut settings = Settings {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Span::secs(5),
            attempts: 2,
        };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => {
                    settings.servers.extend(words.next().and_then(inet::address));
                }
                Some("search" | "domain") => {
                    settings.search = words.take(MAX_SEARCH).map(str::to_owned).collect();
                }
                Some("options") => words.for_each(|option| settings.option(option)),
                _ => {}
            }
        }
        settings.servers.truncate(MAX_SERVERS);
        if settings.servers.is_empty() {
            settings.servers.push(Ipv4Addr::LOCALHOST);
        }
        settings
    }

    fn option(&mut self, option: &str) {
        let Some((name, value)) = option.split_once(':') else { return };
        let Ok(value) = value.parse::<u64>() else { return };
        match name {
            "ndots" => self.ndots = value.min(15) as usize,
            "timeout" => self.timeout = Span::secs(value.clamp(1, 30)),
            "attempts" => self.attempts = value.clamp(1, 5) as u32,
            _ => {}
        }
    }

    /// The full names to try for a name, in order (`res_search`).
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(full) = name.strip_suffix('.') {
            return vec![full.to_owned()];
        }
        let dots = name.matches('.').count();
        let expanded = self.search.iter().map(|domain| match domain.trim_end_matches('.') {
            "" => name.to_owned(),
            domain => format!("{name}.{domain}"),
        });
        let as_it_is = std::iter::once(name.to_owned());
        if dots >= self.ndots {
            as_it_is.chain(expanded).collect()
        } else {
            expanded.chain(as_it_is).collect()
        }
    }

    /// How long the server with this number has to answer (`res_send`).
    fn patience(&self, server: usize) -> Span {
        let doubled = self.timeout * (1 << server);
        let share = if server == 0 { doubled } else { doubled / self.servers.len() as u64 };
        share.max(Span::secs(1))
    }
}

/// An address as it is written, or the addresses of a name (`getaddrinfo`).
pub async fn lookup(proc: &Proc, name: &str) -> Result<Resolved, LookupError> {
    if let Some(address) = inet::address(name) {
        return Ok(Resolved { canonical: name.to_owned(), addresses: vec![address] });
    }
    if name.parse::<Ipv6Addr>().is_ok() {
        proc.eprint("TCP and UDP over IPv6 are not simulated by netsim\n");
        return Err(LookupError::NotKnown);
    }
    if let Some(found) = in_hosts(proc, name) {
        return Ok(found);
    }
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '/') {
        return Err(LookupError::NotKnown);
    }
    let settings = Settings::read(proc);
    let mut worst = LookupError::NotKnown;
    for candidate in settings.candidates(name) {
        // Both questions go out together, though only one of the answers is of use here.
        let answers = exchange(proc, &settings, &candidate, &[Kind::A, Kind::AAAA]).await;
        let Some(answers) = answers else { return Err(LookupError::TryAgain) };
        if let Some(found) = answers.iter().find_map(|answer| addresses_in(answer, &candidate)) {
            return Ok(found);
        }
        worst = match answers.first().map(|answer| answer.code) {
            Some(code::OK) => LookupError::NoAddress,
            Some(code::NAME_ERROR) => worst,
            _ => LookupError::TryAgain,
        };
    }
    Err(worst)
}

/// Whether a word is an IPv4 address.
pub fn is_ipv4(word: &str) -> bool {
    inet::address(word).is_some()
}

/// The IPv6 address of a name, with the name behind all aliases.
pub async fn lookup6(proc: &Proc, name: &str) -> Result<(String, Ipv6Addr), LookupError> {
    let in_hosts = hosts::<Ipv6Addr>(proc)
        .into_iter()
        .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
    if let Some((address, names)) = in_hosts {
        return Ok((names[0].clone(), address));
    }
    let settings = Settings::read(proc);
    let mut worst = LookupError::NotKnown;
    for candidate in settings.candidates(name) {
        let answers = exchange(proc, &settings, &candidate, &[Kind::AAAA]).await;
        let Some(answers) = answers else { return Err(LookupError::TryAgain) };
        let records = answers.iter().flat_map(|answer| &answer.answers);
        let address = records.into_iter().find_map(|record| match record.data {
            Data::Aaaa(address) => Some(address),
            _ => None,
        });
        if let Some(address) = address {
            return Ok((candidate, address));
        }
        if answers.iter().any(|answer| answer.code == code::OK) {
            worst = LookupError::NoAddress;
        }
    }
    Err(worst)
}

/// The name that `/etc/hosts` has for an IPv6 address.
pub fn name6_in_hosts(proc: &Proc, address: Ipv6Addr) -> Option<String> {
    let lines = hosts::<Ipv6Addr>(proc);
    lines.into_iter().find(|(own, _)| *own == address)?.1.into_iter().next()
}

/// The name of an address, or the address itself if it has none (`getnameinfo`).
pub async fn name_of(proc: &Proc, address: Ipv4Addr) -> Result<String, LookupError> {
    if let Some(name) = name_in_hosts(proc, address) {
        return Ok(name);
    }
    let settings = Settings::read(proc);
    let question = inet::reverse_name(address);
    let answers = exchange(proc, &settings, &question, &[Kind::PTR]).await;
    let answers = answers.ok_or(LookupError::TryAgain)?;
    if answers.iter().any(|answer| !matches!(answer.code, code::OK | code::NAME_ERROR)) {
        return Err(LookupError::TryAgain);
    }
    let name =
        answers.iter().flat_map(|answer| &answer.answers).find_map(|record| match &record.data {
            Data::Ptr(name) => Some(name.clone()),
            _ => None,
        });
    Ok(name.unwrap_or_else(|| address.to_string()))
}

/// The addresses in an answer, aliases followed.
pub fn addresses_in(answer: &Message, name: &str) -> Option<Resolved> {
    let mut canonical = name.to_owned();
    let mut addresses = Vec::new();
    for record in &answer.answers {
        match &record.data {
            Data::Cname(target) if record.name.eq_ignore_ascii_case(&canonical) => {
                canonical.clone_from(target);
            }
            Data::A(address) => addresses.push(*address),
            _ => {}
        }
    }
    (!addresses.is_empty()).then_some(Resolved { canonical, addresses })
}

/// The lines of `/etc/hosts`: an address and its names.
fn hosts<A: std::str::FromStr>(proc: &Proc) -> Vec<(A, Vec<String>)> {
    let text = proc.read_file("/etc/hosts").unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next()?.parse().ok()?;
        Some((address, words.map(str::to_owned).collect()))
    });
    lines.collect()
}

/// The addresses that `/etc/hosts` has for a name.
pub fn in_hosts(proc: &Proc, name: &str) -> Option<Resolved> {
    let lines = hosts::<Ipv4Addr>(proc);
    let mut fitting = lines
        .into_iter()
        .filter(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .peekable();
    let canonical = fitting.peek()?.1[0].clone();
    Some(Resolved { canonical, addresses: fitting.map(|(address, _)| address).collect() })
}

/// The name that `/etc/hosts` has for an address.
pub fn name_in_hosts(proc: &Proc, address: Ipv4Addr) -> Option<String> {
    hosts::<Ipv4Addr>(proc).into_iter().find(|(own, _)| *own == address)?.1.into_iter().next()
}

/// Asks the servers, one after the other and all again, until one has answered all questions about
/// a name. `None` if none did; an answer that says that the server failed is kept for the end.
pub async fn exchange(
    proc: &Proc,
    settings: &Settings,
    name: &str,
    kinds: &[Kind],
) -> Option<Vec<Message>> {
    let mut failed = None;
    for _ in 0..settings.attempts {
        for (number, server) in settings.servers.iter().enumerate() {
            let server = (*server, dns::PORT);
            let deadline = proc.now() + settings.patience(number);
            let Ok(answers) = ask(proc, server, name, kinds, deadline).await else { continue };
            let refuses = |answer: &Message| !matches!(answer.code, code::OK | code::NAME_ERROR);
            if !answers.iter().any(refuses) {
                return Some(answers);
            }
            failed = Some(answers);
        }
    }
    failed
}

/// Asks one server; its answers in the order of the questions. `ETIMEDOUT` at the deadline.
pub async fn ask(
    proc: &Proc,
    server: (Ipv4Addr, u16),
    name: &str,
    kinds: &[Kind],
    deadline: Time,
) -> Result<Vec<Message>, Errno> {
    let socket = Udp::bind(proc, None, 0)?;
    socket.connect(server)?;
    let mut pending = Vec::new();
    for kind in kinds {
        let id = proc.sys(|sys| sys.rng().u32()) as u16;
        socket.send(None, &Message::question(id, name, *kind).emit())?;
        pending.push((id, None));
    }
    while pending.iter().any(|(_, answer)| answer.is_none()) {
        let left = deadline - proc.now();
        let datagram = proc.timeout(left, socket.recv()).await.ok_or(Errno::ETIMEDOUT)??;
        let Some(message) = Message::parse(&datagram.data).filter(|m| m.response) else { continue };
        if let Some((_, slot)) = pending.iter_mut().find(|(id, _)| *id == message.id) {
            *slot = Some(message);
        }
    }
    Ok(pending.into_iter().filter_map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_is_read_as_resolv_conf_5_describes_it() {
        let settings = Settings::parse(
            "# made by hand\nnameserver 10.0.0.53\nnameserver fe80::1\nsearch lab example.com\n\
             options ndots:0 timeout:2 attempts:9 edns0\n",
        );
        assert_eq!(settings.servers, [Ipv4Addr::new(10, 0, 0, 53)]);
        assert_eq!(settings.search, ["lab", "example.com"]);
        assert_eq!((settings.ndots, settings.timeout, settings.attempts), (0, Span::secs(2), 5));
        assert_eq!(Settings::parse("").servers, [Ipv4Addr::LOCALHOST]);
    }

    #[test]
    fn the_number_of_dots_decides_what_is_tried_first() {
        let settings = Settings::parse("search lab");
        assert_eq!(settings.candidates("web"), ["web.lab", "web"]);
        assert_eq!(settings.candidates("web.net"), ["web.net", "web.net.lab"]);
        assert_eq!(settings.candidates("web."), ["web"]);
    }

    #[test]
    fn the_second_server_gets_its_share_of_a_doubled_time() {
        let settings = Settings::parse("nameserver 10.0.0.1\nnameserver 10.0.0.2");
        assert_eq!(settings.patience(0), Span::secs(5));
        assert_eq!(settings.patience(1), Span::secs(5));
    }
}
