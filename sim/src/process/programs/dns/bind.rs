//! How BIND's tools ask: one question after the other, each to one server after the other, and what
//! they say when nobody answers.

use std::fmt::Write;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::proc::Proc;
use crate::process::programs::resolver::{Settings, in_hosts, lookup};
use crate::process::programs::{Failure, inet};
use crate::process::socket::Udp;
use crate::wire::Ipv4Addr;
use crate::wire::dns::{Data, Kind, Message, PORT, Question, Record, code};

/// A server, as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
}

/// Who is asked, and how patiently.
#[derive(Clone)]
pub struct Client {
    /// The asking process.
    pub proc: Proc,
    /// The servers, in the order in which they are asked.
    pub servers: Vec<Server>,
    /// Their port.
    pub port: u16,
    /// How long one attempt may take.
    pub timeout: Span,
    /// How often all servers are asked.
    pub attempts: u32,
}

/// An answer, and how it came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The message.
    pub message: Message,
    /// Its bytes.
    pub len: usize,
    /// Who sent it.
    pub server: Server,
    /// How long that took.
    pub took: Span,
}

/// Nobody answered; what that reads like has been collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The lines that tell of each attempt.
    pub attempts: String,
    /// The lines that end the matter.
    pub verdict: String,
}

impl Client {
    /// Asks the servers of `/etc/resolv.conf`.
    pub fn new(proc: &Proc) -> Client {
        let servers = Settings::read(proc).servers.into_iter();
        let named = |address: Ipv4Addr| Server { name: address.to_string(), address };
        Client {
            proc: proc.clone(),
            servers: servers.map(named).collect(),
            port: PORT,
            timeout: Span::secs(5),
            attempts: 3,
        }
    }

    /// Asks this server only.
    pub async fn only(&mut self, tool: &str, status: i32, name: &str) -> Result<(), Failure> {
        let found = match inet::address(name) {
            Some(address) => Some(address),
            None => match in_hosts(&self.proc, name) {
                Some(found) => Some(found.first()),
                None => lookup(&self.proc, name).await.ok().map(|found| found.first()),
            },
        };
        let address = found.ok_or_else(|| {
            let sentence = format!("couldn't get address for '{name}': failure");
            Failure::of(tool, status, sentence)
        })?;
        self.servers = vec![Server { name: name.to_owned(), address }];
        Ok(())
    }

    /// Asks until a server answers.
    pub async fn ask(&self, question: &Message) -> Result<Answer, Silence> {
        let mut silence = Silence { attempts: String::new(), verdict: String::new() };
        for _ in 0..self.attempts {
            for server in &self.servers {
                match self.attempt(server, question).await {
                    Ok(answer) => return Ok(answer),
                    Err(errno) => self.remember(&mut silence, server, question, errno),
                }
            }
        }
        if silence.verdict.is_empty() {
            silence.verdict += ";; no servers could be reached\n";
        }
        Err(silence)
    }

    fn remember(&self, silence: &mut Silence, server: &Server, question: &Message, errno: Errno) {
        let Server { name, address } = server;
        let port = self.port;
        let why = errno.text().to_ascii_lowercase();
        match errno {
            Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EINVAL => {
                let asked = question.questions.first().map_or("", |question| &question.name);
                // The string cannot fail to grow.
                let _ = write!(
                    silence.verdict,
                    ";; UDP setup with {address}#{port}({name}) for {asked} failed: {why}.\n\
                     ;; no servers could be reached\n"
                );
            }
            _ => {
                let why = if errno == Errno::ETIMEDOUT { "timed out" } else { &why };
                let _ = writeln!(
                    silence.attempts,
                    ";; communications error to {address}#{port}: {why}"
                );
            }
        }
    }

    async fn attempt(&self, server: &Server, question: &Message) -> Result<Answer, Errno> {
        let proc = &self.proc;
        let (started, deadline) = (proc.now(), proc.now() + self.timeout);
        let socket = Udp::bind(proc, None, 0)?;
        socket.connect((server.address, self.port))?;
        socket.send(None, &question.emit())?;
        loop {
            let left = deadline - proc.now();
            let datagram = proc.timeout(left, socket.recv()).await.ok_or(Errno::ETIMEDOUT)??;
            let Some(message) = Message::parse(&datagram.data) else { continue };
            if message.response && message.id == question.id {
                return Ok(Answer {
                    message,
                    len: datagram.data.len(),
                    server: server.clone(),
                    took: proc.now() - started,
                });
            }
        }
    }

    /// A question with a number of its own.
    pub fn question(&self, name: &str, kind: Kind) -> Message {
        let id = self.proc.sys(|sys| sys.rng().u32()) as u16;
        Message::question(id, name, kind)
    }
}

/// The name of a response code.
pub fn code_name(code: u8) -> String {
    match code {
        code::OK => "NOERROR".to_owned(),
        code::FORMAT_ERROR => "FORMERR".to_owned(),
        code::SERVER_FAILURE => "SERVFAIL".to_owned(),
        code::NAME_ERROR => "NXDOMAIN".to_owned(),
        code::NOT_IMPLEMENTED => "NOTIMP".to_owned(),
        code::REFUSED => "REFUSED".to_owned(),
        other => format!("RESERVED{other}"),
    }
}

/// The data of a record as a zone file has it.
pub fn presentation(data: &Data) -> String {
    match data {
        Data::A(address) => address.to_string(),
        Data::Aaaa(address) => address.to_string(),
        Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) => format!("{name}."),
        Data::Mx(preference, name) => format!("{preference} {name}."),
        Data::Txt(text) => format!("\"{text}\""),
        Data::Other(_, raw) => {
            let hex = raw.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
            format!("\\# {} {hex}", raw.len())
        }
        Data::Options { .. } => String::new(),
    }
}

/// The head of a message and its sections, as `dig` and `host -v` print them.
pub fn header(message: &Message) -> String {
    let flags = [
        (message.response, " qr"),
        (message.authoritative, " aa"),
        (message.truncated, " tc"),
        (message.recursion_desired, " rd"),
        (message.recursion_available, " ra"),
    ];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    let status = code_name(message.code);
    let mut text = format!(";; ->>HEADER<<- opcode: QUERY, status: {status}, id: {}\n", message.id);
    let _ = writeln!(
        text,
        ";; flags:{flags}; QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}",
        message.questions.len(),
        message.answers.len(),
        message.authorities.len(),
        message.additionals.len()
    );
    text
}

/// A line of a table whose columns begin where BIND's do: a name, then fields behind tabs.
fn columns(name: &str, middle: &[&str], data: &str) -> String {
    const NAME_WIDTH: usize = 24;
    const TAB: usize = 8;
    let mut line = name.to_owned();
    let mut width = name.chars().count();
    loop {
        line.push('\t');
        width = width / TAB * TAB + TAB;
        if width >= NAME_WIDTH {
            break;
        }
    }
    line + &middle.join("\t") + "\t" + data + "\n"
}

/// The question, as a comment; the semicolon takes no room.
pub fn question_line(message: &Message) -> String {
    let line = |question: &Question| {
        let name = format!("{}.", question.name);
        format!(";{}", columns(&name, &["", "IN"], &question.kind.to_string()))
    };
    message.questions.iter().map(line).collect()
}

/// A record, as a zone file has it.
pub fn record_line(record: &Record) -> String {
    let kind = record.data.kind().to_string();
    let middle = [record.ttl.to_string(), "IN".to_owned(), kind];
    let middle: Vec<&str> = middle.iter().map(String::as_str).collect();
    columns(&format!("{}.", record.name), &middle, &presentation(&record.data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_begin_where_those_of_dig_do() {
        let message = Message::question(7, "gateway.lab", Kind::A);
        assert_eq!(question_line(&message), ";gateway.lab.\t\t\tIN\tA\n");
        assert_eq!(
            question_line(&Message::question(7, "nosuch", Kind::AAAA)),
            ";nosuch.\t\t\t\tIN\tAAAA\n"
        );
        let record = |name: &str| Record {
            name: name.into(),
            ttl: 60,
            data: Data::A(Ipv4Addr::new(10, 0, 0, 8)),
        };
        assert_eq!(record_line(&record("two.lab")), "two.lab.\t\t60\tIN\tA\t10.0.0.8\n");
        let long = "1.0.18.172.in-addr.arpa";
        assert_eq!(record_line(&record(long)), format!("{long}.\t60\tIN\tA\t10.0.0.8\n"));
    }
}
