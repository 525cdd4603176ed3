//! `dnsmasq`, as far as it is a small name server: it knows `/etc/hosts`, more files of that form, and
//! what its command line says.
//!
//! Differs: it asks no other server and refuses what it does not know, has no configuration file and
//! no DHCP, and does not mark answers as authoritative, as if they came from its cache.

use std::cell::RefCell;
use std::rc::Rc;

use crate::process::proc::{Proc, boxed};
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::{Failure, conclude, inet, not_simulated};
use crate::process::signal::Signal;
use crate::process::socket::{Listener, Tcp, Udp};
use crate::process::stream::Stream;
use crate::wire::Ipv4Addr;
use crate::wire::dns::{Data, Kind, MAX_UDP, Message, PORT, Record, code};

const LETTERS: &str = "kdqRhnDbNzA:H:a:i:p:T:u:C:x:S:8:";
const NAMES: &[Long] = &[
    ("keep-in-foreground", Argument::None, 'k'),
    ("no-daemon", Argument::None, 'd'),
    ("log-queries", Argument::Optional, 'q'),
    ("no-resolv", Argument::None, 'R'),
    ("no-hosts", Argument::None, 'h'),
    ("no-poll", Argument::None, 'n'),
    ("domain-needed", Argument::None, 'D'),
    ("bogus-priv", Argument::None, 'b'),
    ("no-negcache", Argument::None, 'N'),
    ("bind-interfaces", Argument::None, 'z'),
    ("address", Argument::Required, 'A'),
    ("addn-hosts", Argument::Required, 'H'),
    ("host-record", Argument::Required, 'r'),
    ("listen-address", Argument::Required, 'a'),
    ("interface", Argument::Required, 'i'),
    ("port", Argument::Required, 'p'),
    ("local-ttl", Argument::Required, 'T'),
    ("user", Argument::Required, 'u'),
    ("conf-file", Argument::Required, 'C'),
    ("pid-file", Argument::Optional, 'x'),
    ("server", Argument::Required, 'S'),
    ("log-facility", Argument::Required, '8'),
];

/// Bad options, and trouble with the network.
const BAD_OPTIONS: i32 = 1;
const NETWORK_TROUBLE: i32 = 2;

/// `dnsmasq`.
pub async fn dnsmasq(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

#[derive(Debug, Clone)]
struct Settings {
    foreground: bool,
    port: u16,
    ttl: u32,
    reads_hosts: bool,
    more_hosts: Vec<String>,
    records: Vec<(String, Ipv4Addr)>,
    domains: Vec<Domain>,
    addresses: Vec<Ipv4Addr>,
}

/// What `--address` says of a name and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Domain {
    /// The name; empty for all.
    name: String,
    /// Its address; there is no such name if it has none.
    address: Option<Ipv4Addr>,
}

fn bad(sentence: impl std::fmt::Display) -> Failure {
    let text = format!("\ndnsmasq: {sentence}\n\n");
    Failure::said(text, BAD_OPTIONS)
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let mut settings = Settings {
        foreground: false,
        port: PORT,
        ttl: 0,
        reads_hosts: true,
        more_hosts: Vec::new(),
        records: Vec::new(),
        domains: Vec::new(),
        addresses: Vec::new(),
    };
    let words = proc.args();
    let mut options = Options::with_names(&words, LETTERS, NAMES);
    for option in options.by_ref() {
        let (letter, value) = option.map_err(|_| bad("bad command line options: try --help"))?;
        let number = |name: &str| {
            value.parse().map_err(|_| bad(format!("bad command line options: bad {name}")))
        };
        match letter {
            'k' | 'd' => settings.foreground = true,
            'h' => settings.reads_hosts = false,
            'H' => settings.more_hosts.push(value.to_owned()),
            'A' => settings.domains.extend(domains(value)?),
            'r' => settings.records.extend(host_record(value)?),
            'p' => settings.port = number("port")?,
            'T' => settings.ttl = number("TTL")?.into(),
            'a' => {
                let address = inet::address(value);
                settings.addresses.push(address.ok_or_else(|| bad("bad address"))?);
            }
            // Without servers to ask and logs to write there is nothing to decide.
            'R' | 'n' | 'D' | 'b' | 'N' | 'u' | 'x' => {}
            letter => not_simulated(proc, "dnsmasq", &format!("-{letter}")),
        }
    }
    if !options.operands().is_empty() {
        return Err(bad("junk found in command line"));
    }
    Ok(settings)
}

/// `/one/two/10.0.0.1`: names that have an address, or none if it is empty.
fn domains(text: &str) -> Result<Vec<Domain>, Failure> {
    let wrong = || bad("bad command line options: bad address");
    let mut parts: Vec<&str> = text.strip_prefix('/').ok_or_else(wrong)?.split('/').collect();
    let address = match parts.pop() {
        Some("") | None => None,
        Some("#") => Some(Ipv4Addr::UNSPECIFIED),
        Some(text) => Some(inet::address(text).ok_or_else(wrong)?),
    };
    let name = |part: &str| if part == "#" { String::new() } else { part.to_ascii_lowercase() };
    Ok(parts.into_iter().map(|part| Domain { name: name(part), address }).collect())
}

/// `name,name,10.0.0.1`.
fn host_record(text: &str) -> Result<Vec<(String, Ipv4Addr)>, Failure> {
    let (names, addresses): (Vec<&str>, Vec<&str>) =
        text.split(',').partition(|part| inet::address(part).is_none());
    let address = addresses.first().and_then(|text| inet::address(text));
    let address = address.ok_or_else(|| bad("bad command line options: bad host-record"))?;
    Ok(names.into_iter().map(|name| (name.to_ascii_lowercase(), address)).collect())
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let sockets = listen(proc, &settings)?;
    if settings.foreground {
        return Ok(serve(proc, &settings, sockets).await);
    }
    // The daemon has sockets of its own; these showed that it can.
    drop(sockets);
    let mut spawn = proc.spawn_like();
    spawn.stdio = [Stream::Null, Stream::Null, Stream::Null];
    proc.spawn_now(spawn, |daemon| {
        boxed(async move {
            match listen(&daemon, &settings) {
                Ok(sockets) => serve(&daemon, &settings, sockets).await,
                Err(failure) => failure.status,
            }
        })
    });
    Ok(0)
}

fn listen(proc: &Proc, settings: &Settings) -> Result<Vec<(Udp, Listener)>, Failure> {
    const BACKLOG: usize = 5;
    let addresses = match settings.addresses.as_slice() {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    let open = |address: Option<Ipv4Addr>| {
        let port = settings.port;
        let udp = Udp::bind(proc, address, port);
        let both = udp
            .and_then(|udp| Ok((udp, Listener::bind_with_backlog(proc, address, port, BACKLOG)?)));
        both.map_err(|errno| {
            let what = match address {
                Some(address) => format!("listening socket for {address}"),
                None => format!("listening socket for port {port}"),
            };
            let text = format!("\ndnsmasq: failed to create {what}: {errno}\n");
            Failure::said(text, NETWORK_TROUBLE)
        })
    };
    addresses.into_iter().map(open).collect()
}

/// Answers until a signal ends it; `HUP` makes it read its files again.
async fn serve(proc: &Proc, settings: &Settings, sockets: Vec<(Udp, Listener)>) -> i32 {
    let names = Rc::new(RefCell::new(Names::read(proc, settings)));
    for (udp, listener) in sockets {
        let (own, asked) = (proc.clone(), names.clone());
        proc.thread(async move {
            while let Ok(datagram) = udp.recv().await {
                if let Some(reply) = asked.borrow().reply(&datagram.data, MAX_UDP) {
                    // Who asks and cannot be reached asks again.
                    let _ = udp.send(Some(datagram.from), &reply);
                }
            }
        });
        let asked = names.clone();
        proc.thread(async move {
            while let Ok(tcp) = listener.accept().await {
                let asked = asked.clone();
                own.thread(async move { converse(&tcp, &asked).await });
            }
        });
    }
    proc.catch(Signal::Hup);
    loop {
        proc.next_signal().await;
        *names.borrow_mut() = Names::read(proc, settings);
    }
}

/// Questions over TCP come with their length in front, and so do the answers.
async fn converse(tcp: &Tcp, names: &RefCell<Names>) {
    let mut bytes = Vec::new();
    while let Ok(more) = tcp.recv().await {
        if more.is_empty() {
            return;
        }
        bytes.extend(more);
        while let Some((head, rest)) = bytes.split_at_checked(2) {
            let len = usize::from(u16::from_be_bytes([head[0], head[1]]));
            let Some(question) = rest.get(..len) else { break };
            let Some(reply) = names.borrow().reply(question, usize::from(u16::MAX)) else { return };
            bytes.drain(..2 + len);
            let framed = [&(reply.len() as u16).to_be_bytes()[..], &reply].concat();
            if tcp.send(&framed).await.is_err() {
                return;
            }
        }
    }
}

/// All that is known.
#[derive(Debug, Clone, Default)]
struct Names {
    ttl: u32,
    hosts: Vec<(String, Ipv4Addr)>,
    domains: Vec<Domain>,
}

impl Names {
    fn read(proc: &Proc, settings: &Settings) -> Names {
        let mut names = Names {
            ttl: settings.ttl,
            hosts: settings.records.clone(),
            domains: settings.domains.clone(),
        };
        let own = settings.reads_hosts.then(|| "/etc/hosts".to_owned());
        for path in own.iter().chain(&settings.more_hosts) {
            let text = proc.read_file(path).unwrap_or_default();
            names.add_hosts(&String::from_utf8_lossy(&text));
        }
        names
    }

    fn add_hosts(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
            self.hosts.extend(words.map(|name| (name.to_ascii_lowercase(), address)));
        }
    }

    /// The bytes that answer these bytes; nothing for what is no question.
    fn reply(&self, bytes: &[u8], max: usize) -> Option<Vec<u8>> {
        let question = Message::parse(bytes).filter(|message| !message.response)?;
        let mut reply = self.answer(&question);
        let mut bytes = reply.emit();
        if bytes.len() > max {
            reply.truncated = true;
            reply.answers.clear();
            bytes = reply.emit();
        }
        Some(bytes)
    }

    fn answer(&self, question: &Message) -> Message {
        let mut reply = question.reply();
        let Some(asked) = question.questions.first() else {
            reply.code = code::FORMAT_ERROR;
            return reply;
        };
        let name = asked.name.to_ascii_lowercase();
        let record = |data| Record { name: asked.name.clone(), ttl: self.ttl, data };
        match self.find(&name, asked.kind) {
            Found::Here(data) => reply.answers = data.into_iter().map(record).collect(),
            Found::NoSuchName => reply.code = code::NAME_ERROR,
            Found::Unknown => reply.code = code::REFUSED,
        }
        reply.additionals = question.additionals.iter().filter_map(own_options).collect();
        reply
    }

    fn find(&self, name: &str, kind: Kind) -> Found {
        let wants_address = matches!(kind, Kind::A | Kind::ANY);
        let known: Vec<Data> = self
            .hosts
            .iter()
            .filter(|(host, _)| host == name)
            .map(|(_, address)| Data::A(*address))
            .collect();
        if !known.is_empty() {
            return Found::Here(if wants_address { known } else { Vec::new() });
        }
        if let Some(address) = inet::address_of_reverse(name)
            && let Some((host, _)) = self.hosts.iter().find(|(_, own)| *own == address)
        {
            let is_asked = matches!(kind, Kind::PTR | Kind::ANY);
            return Found::Here(if is_asked { vec![Data::Ptr(host.clone())] } else { Vec::new() });
        }
        let covers = |domain: &&Domain| {
            domain.name.is_empty()
                || name
                    .strip_suffix(&domain.name)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        match self.domains.iter().filter(covers).max_by_key(|domain| domain.name.len()) {
            Some(Domain { address: Some(address), .. }) => {
                Found::Here(if wants_address { vec![Data::A(*address)] } else { Vec::new() })
            }
            Some(Domain { address: None, .. }) => Found::NoSuchName,
            None => Found::Unknown,
        }
    }
}

/// What is known of a name.
enum Found {
    /// These records; perhaps none of the kind that was asked for.
    Here(Vec<Data>),
    /// That there is no such name.
    NoSuchName,
    /// Nothing.
    Unknown,
}

/// The answer to a question with an extension has one too.
fn own_options(record: &Record) -> Option<Record> {
    const UDP_SIZE: u16 = 1232;
    let is_extension = record.data.kind() == Kind::OPT;
    let data = Data::Options { udp_size: UDP_SIZE, raw: Vec::new() };
    is_extension.then(|| Record { name: String::new(), ttl: 0, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let domains = ["/lab/10.0.0.9", "/#/", "/special.lab/10.0.0.8"];
        let domains = domains.iter().flat_map(|text| domains_of(text)).collect();
        let mut names = Names { ttl: 60, hosts: Vec::new(), domains };
        names.add_hosts("# all\n10.0.0.1 Web web.lab # the web\n10.0.0.2 web\n::1 localhost\n");
        names
    }

    fn domains_of(text: &str) -> Vec<Domain> {
        domains(text).unwrap()
    }

    fn ask(name: &str, kind: Kind) -> (u8, Vec<Data>) {
        let bytes = names().reply(&Message::question(1, name, kind).emit(), MAX_UDP).unwrap();
        let reply = Message::parse(&bytes).unwrap();
        (reply.code, reply.answers.into_iter().map(|record| record.data).collect())
    }

    fn a(last: u8) -> Data {
        Data::A(Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn hosts_come_first_and_longer_domains_before_shorter_ones() {
        assert_eq!(ask("WEB", Kind::A), (code::OK, vec![a(1), a(2)]));
        assert_eq!(ask("web.lab", Kind::A), (code::OK, vec![a(1)]));
        assert_eq!(ask("x.lab", Kind::A), (code::OK, vec![a(9)]));
        assert_eq!(ask("x.special.lab", Kind::A), (code::OK, vec![a(8)]));
        assert_eq!(ask("notlab", Kind::A), (code::NAME_ERROR, vec![]));
        assert_eq!(ask("web", Kind::AAAA), (code::OK, vec![]));
        assert_eq!(ask("1.0.0.10.in-addr.arpa", Kind::PTR).1, [Data::Ptr("web".into())]);
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        let reply = Names::default().answer(&Message::question(1, "x", Kind::A));
        assert_eq!(reply.code, code::REFUSED);
    }
}
