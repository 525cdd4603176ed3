//! busybox's `nslookup`, the large one: it asks all its questions at once.

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::resolver::Settings;
use crate::process::programs::{Failure, conclude, inet};
use crate::process::socket::Udp;
use crate::wire::Ipv4Addr;
use crate::wire::dns::{Data, Kind, Message, PORT, Record, code};

use super::bind::code_name;

const USAGE: &str = "[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any";

/// Options, in the order in which a part of a name is looked for.
const OPTIONS: [&str; 7] = ["type", "querytype", "port", "retry", "debug", "t", "timeout"];

/// Kinds of records, in the order in which they are asked for.
const KINDS: [Kind; 10] = [
    Kind::SOA,
    Kind::NS,
    Kind::A,
    Kind::AAAA,
    Kind::CNAME,
    Kind::MX,
    Kind::TXT,
    Kind::PTR,
    Kind::SRV,
    Kind::ANY,
];

/// What one system call after the other costs: an error from near by comes sooner.
const BETWEEN_WRITES: Span = Span::micros(70);

/// `nslookup` in a container.
pub async fn nslookup(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

struct Settled {
    kinds: Vec<Kind>,
    port: u16,
    retries: u64,
    timeout: Span,
    debug: bool,
}

/// A server, as it was named.
struct Server {
    name: String,
    place: (Ipv4Addr, u16),
}

/// A question and what became of it.
struct Query {
    question: Message,
    answer: Option<Message>,
    took: Span,
}

impl Query {
    fn name(&self) -> &str {
        self.question.questions.first().map_or("", |question| &question.name)
    }
}

fn parse(words: &[String]) -> Result<(Settled, &[String]), Failure> {
    busybox::help("nslookup", words, USAGE)?;
    let usage = || busybox::usage("nslookup", USAGE);
    let mut settled =
        Settled { kinds: Vec::new(), port: PORT, retries: 2, timeout: Span::secs(5), debug: false };
    let count = words.iter().take_while(|word| word.starts_with('-')).count();
    for word in &words[..count] {
        let (name, value) = word[1..].split_once('=').unwrap_or((&word[1..], ""));
        let option = OPTIONS.iter().find(|known| known.starts_with(name)).ok_or_else(usage)?;
        let number = |max| busybox::number("nslookup", value, 1, max);
        match *option {
            "type" | "querytype" => {
                let kind = Kind::named(value).filter(|kind| KINDS.contains(kind));
                let invalid = || failure("nslookup", format!("invalid query type \"{value}\""));
                settled.kinds.push(kind.ok_or_else(invalid)?);
            }
            "port" => settled.port = number(i64::from(u16::MAX))? as u16,
            "retry" => settled.retries = number(i64::from(i32::MAX))? as u64,
            "debug" => settled.debug = true,
            _ => settled.timeout = Span::secs(number(i64::from(i32::MAX / 1000))? as u64),
        }
    }
    match &words[count..] {
        rest @ ([_] | [_, _]) => Ok((settled, rest)),
        _ => Err(usage()),
    }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let (settled, operands) = parse(&words)?;
    let (servers, search) = match operands.get(1) {
        Some(server) => (vec![given(proc, server, settled.port).await?], Vec::new()),
        None => {
            let Settings { servers, search, .. } = Settings::read(proc);
            let named = |address: Ipv4Addr| Server {
                name: address.to_string(),
                place: (address, settled.port),
            };
            (servers.into_iter().map(named).collect(), search)
        }
    };
    let mut queries = queries(proc, &settled, &operands[0], &search);
    for server in &servers {
        if ask(proc, &settled, server, &mut queries).await? {
            let (address, port) = server.place;
            proc.print(&format!("Server:\t\t{}\nAddress:\t{address}:{port}\n\n", server.name));
            return Ok(tell(proc, &settled, &queries));
        }
    }
    proc.print(";; connection timed out; no servers could be reached\n\n");
    Ok(1)
}

/// The server of the command line.
async fn given(proc: &Proc, text: &str, port: u16) -> Result<Server, Failure> {
    let (host, port) = match inet::host_and_port(text) {
        (host, Some(port)) => (host, port.parse().ok()),
        (host, None) => (host, Some(port)),
    };
    let bad = || failure("nslookup", format!("bad address '{text}'"));
    let port = port.ok_or_else(bad)?;
    let address = busybox::host(proc, "nslookup", host).await?.first();
    Ok(Server { name: text.to_owned(), place: (address, port) })
}

/// The questions about a name: both kinds of addresses, or the name of an address, unless kinds were
/// given. A name without dots is looked for in the search domains only.
fn queries(proc: &Proc, settled: &Settled, name: &str, search: &[String]) -> Vec<Query> {
    let reverse = name.parse().ok().map(inet::reverse_name);
    let (kinds, name) = match reverse {
        Some(reverse) if settled.kinds.is_empty() => (vec![Kind::PTR], reverse),
        _ if settled.kinds.is_empty() => (vec![Kind::A, Kind::AAAA], name.to_owned()),
        _ => {
            let wanted = KINDS.into_iter().filter(|kind| settled.kinds.contains(kind));
            (wanted.collect(), name.to_owned())
        }
    };
    let expanded = |kind: Kind| -> Vec<String> {
        if kind == Kind::PTR || search.is_empty() || name.contains('.') {
            return vec![name.clone()];
        }
        search.iter().map(|domain| format!("{name}.{domain}")).collect()
    };
    let names = kinds.iter().flat_map(|kind| expanded(*kind).into_iter().map(|name| (name, *kind)));
    let query = |(name, kind): (String, Kind)| Query {
        question: Message::question(proc.sys(|sys| sys.rng().u32()) as u16, &name, kind),
        answer: None,
        took: Span::ZERO,
    };
    names.map(query).collect()
}

/// Asks a server; false if it answers nothing.
async fn ask(
    proc: &Proc,
    settled: &Settled,
    server: &Server,
    queries: &mut [Query],
) -> Result<bool, Failure> {
    let unreachable = |errno: Errno| {
        failure("nslookup", format!("can't connect to remote host ({}): {errno}", server.place.0))
    };
    let socket = Udp::bind(proc, None, 0).map_err(unreachable)?;
    socket.connect(server.place).map_err(unreachable)?;
    let started = proc.now();
    let end = started + settled.timeout;
    let interval = Span::nanos(settled.timeout.as_nanos() / settled.retries);
    while proc.now() < end {
        let round_end = end.min(proc.now() + interval);
        for query in queries.iter().filter(|query| query.answer.is_none()) {
            if let Err(errno) = socket.send(None, &query.question.emit()) {
                let name = &server.name;
                proc.eprint(&format!("nslookup: write to '{name}': {errno}\n"));
                return Ok(false);
            }
            proc.sleep(BETWEEN_WRITES).await;
        }
        if collect(proc, &socket, queries, started, round_end).await {
            return Ok(true);
        }
    }
    Ok(queries.iter().any(|query| query.answer.is_some()))
}

/// Takes answers until all have come or the round is over. A server that failed is asked again at
/// once, twice for each question.
async fn collect(
    proc: &Proc,
    socket: &Udp,
    queries: &mut [Query],
    started: Time,
    end: Time,
) -> bool {
    let mut second_chances = 2 * queries.len();
    while queries.iter().any(|query| query.answer.is_none()) {
        let datagram = match select(socket.recv(), proc.sleep_until(end)).await {
            Either::First(Ok(datagram)) => datagram,
            Either::First(Err(errno)) => {
                proc.eprint(&format!("nslookup: read: {errno}\n"));
                continue;
            }
            Either::Second(()) => return false,
        };
        let Some(answer) = Message::parse(&datagram.data).filter(|answer| answer.response) else {
            continue;
        };
        let asked = |query: &&mut Query| query.question.id == answer.id && query.answer.is_none();
        let Some(query) = queries.iter_mut().find(asked) else { continue };
        if answer.code == code::SERVER_FAILURE && second_chances > 0 {
            second_chances -= 1;
            // If this fails, the next round tells.
            let _ = socket.send(None, &query.question.emit());
            continue;
        }
        (query.took, query.answer) = (proc.now() - started, Some(answer));
    }
    true
}

/// Prints the answers in the order in which they came; the exit status.
fn tell(proc: &Proc, settled: &Settled, queries: &[Query]) -> i32 {
    let mut status = 0;
    let mut queries: Vec<(usize, &Query)> = queries.iter().enumerate().collect();
    queries.sort_by_key(|(_, query)| (query.answer.is_none(), query.took));
    for (number, query) in queries {
        let name = query.name();
        if settled.debug {
            let millis = query.took.as_millis();
            proc.print(&format!("Query #{number} completed in {millis}ms:\n"));
        }
        match &query.answer {
            None => proc.print(&format!("*** Can't find {name}: No answer\n")),
            Some(answer) if answer.code != code::OK => {
                let code = code_name(answer.code);
                proc.print(&format!("** server can't find {name}: {code}\n"));
                status = 1;
            }
            Some(answer) => {
                if !answer.authoritative {
                    proc.print("Non-authoritative answer:\n");
                }
                answer.answers.iter().for_each(|record| proc.print(&line(record)));
            }
        }
        proc.print("\n");
    }
    status
}

fn line(record: &Record) -> String {
    let name = &record.name;
    match &record.data {
        Data::A(address) => format!("Name:\t{name}\nAddress: {address}\n"),
        Data::Aaaa(address) => format!("Name:\t{name}\nAddress: {address}\n"),
        Data::Cname(target) => format!("{name}\tcanonical name = {target}\n"),
        Data::Ns(server) => format!("{name}\tnameserver = {server}\n"),
        Data::Ptr(target) => format!("{name}\tname = {target}\n"),
        Data::Mx(preference, server) => {
            format!("{name}\tmail exchanger = {preference} {server}\n")
        }
        Data::Txt(text) => format!("{name}\ttext = \"{text}\"\n"),
        Data::Options { .. } | Data::Other(..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_may_be_cut_short() {
        let words = words("-ty=mx -q=a -po=54 -ti=1 web 10.0.0.2");
        let (settled, operands) = parse(&words).ok().unwrap();
        assert_eq!(settled.kinds, [Kind::MX, Kind::A]);
        assert_eq!((settled.port, settled.timeout), (54, Span::secs(1)));
        assert_eq!(operands, ["web", "10.0.0.2"]);
    }

    #[test]
    fn too_few_and_too_many_words_are_refused() {
        for line in ["", "-debug", "a b c", "-x a"] {
            assert!(parse(&words(line)).is_err(), "{line}");
        }
    }
}
