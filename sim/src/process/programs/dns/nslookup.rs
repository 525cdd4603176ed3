//! `nslookup` of BIND, with its question on the command line.
//!
//! Differs: without a question the real one reads commands; this one says that it does not.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::resolver::Settings;
use crate::process::programs::{Failure, conclude, inet, not_simulated};
use crate::wire::dns::{Data, Kind, Message, Record, code};

use super::bind::{Answer, Client, code_name, presentation};

/// `nslookup`.
pub async fn nslookup(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

struct Session {
    client: Client,
    kind: Option<Kind>,
    searches: bool,
    told_server: bool,
    failed: bool,
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let mut session = Session {
        client: Client::new(proc),
        kind: None,
        searches: true,
        told_server: false,
        failed: false,
    };
    let args = proc.args();
    let mut operands = Vec::new();
    for word in &args {
        match word.strip_prefix('-') {
            Some("") | None => operands.push(word.as_str()),
            Some(option) => session.set(option),
        }
    }
    let (name, server) = match operands.as_slice() {
        [name] if *name != "-" => (*name, None),
        [name, server, ..] if *name != "-" => (*name, Some(*server)),
        _ => {
            not_simulated(proc, "nslookup", "the interactive mode");
            return Ok(1);
        }
    };
    if let Some(server) = server {
        session.client.only("nslookup", 1, server).await?;
    }
    match inet::address(name).filter(|_| session.kind.is_none()) {
        Some(address) => session.reverse(&inet::reverse_name(address)).await,
        None => session.forward(name).await,
    }
    Ok(i32::from(session.failed))
}

impl Session {
    fn set(&mut self, option: &str) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let number = value.parse::<u64>().ok();
        match (name, number) {
            ("type" | "querytype" | "query" | "qu" | "q" | "ty", _) => match Kind::named(value) {
                Some(kind) => self.kind = Some(kind),
                None => self.client.proc.print(&format!("unknown query type: {value}\n")),
            },
            ("port" | "po", Some(port)) => self.client.port = port as u16,
            ("timeout" | "t", Some(seconds)) => self.client.timeout = Span::secs(seconds),
            ("retry" | "ret", Some(retries)) => self.client.attempts = retries as u32,
            ("search" | "sea", _) => self.searches = true,
            ("nosearch" | "nosea", _) => self.searches = false,
            ("debug" | "d2" | "recurse" | "norecurse" | "vc" | "novc" | "fail" | "nofail", _) => {
                not_simulated(&self.client.proc, "nslookup", &format!("-{option}"));
            }
            _ => self.client.proc.print(&format!("*** Invalid option: {option}\n")),
        }
    }

    /// Asks one question; silence is told, and ends it.
    async fn ask(&mut self, name: &str, kind: Kind) -> Option<Answer> {
        let question = self.client.question(name, kind);
        match self.client.ask(&question).await {
            Ok(answer) => {
                if answer.message.code == code::SERVER_FAILURE {
                    let server = answer.server.address;
                    self.client.proc.print(&format!(";; Got SERVFAIL reply from {server}\n"));
                }
                Some(answer)
            }
            Err(silence) => {
                let text = format!("{}{}\n", silence.attempts, silence.verdict);
                self.client.proc.print(&text);
                self.failed |= !self.told_server;
                None
            }
        }
    }

    fn tell_server(&mut self, answer: &Answer) {
        if !self.told_server {
            let (name, address, port) =
                (&answer.server.name, answer.server.address, self.client.port);
            let text = format!("Server:\t\t{name}\nAddress:\t{address}#{port}\n\n");
            self.client.proc.print(&text);
            self.told_server = true;
        }
    }

    /// The first of the names with the search domains that the server knows.
    async fn forward(&mut self, name: &str) {
        let settings = Settings::read(&self.client.proc);
        let candidates =
            if self.searches { settings.candidates(name) } else { vec![name.to_owned()] };
        let kind = self.kind.unwrap_or(Kind::A);
        let mut last = None;
        for candidate in candidates {
            let Some(answer) = self.ask(&candidate, kind).await else { return };
            let is_found = answer.message.code != code::NAME_ERROR;
            last = Some(answer);
            if is_found {
                break;
            }
        }
        let Some(answer) = last else { return };
        self.tell_server(&answer);
        if answer.message.code != code::OK {
            // A name that was searched for is told as it was typed.
            return self.tell_failure(name.trim_end_matches('.'), answer.message.code);
        }
        self.tell_records(&answer.message, self.kind.is_some());
        if self.kind.is_none() {
            let asked = answer.message.questions.first().map(|q| q.name.clone());
            let target = canonical(&answer.message, &asked.unwrap_or_default());
            let Some(answer) = self.ask(&target, Kind::AAAA).await else { return };
            if answer.message.code == code::OK {
                self.client.proc.print(&addresses(&answer.message));
            }
        }
        self.client.proc.print("\n");
    }

    async fn reverse(&mut self, name: &str) {
        let Some(answer) = self.ask(name, Kind::PTR).await else { return };
        if answer.message.code != code::OK {
            return self.tell_failure(name, answer.message.code);
        }
        let lines: String = answer.message.answers.iter().map(described).collect();
        self.client.proc.print(&lines);
        self.client.proc.print("\nAuthoritative answers can be found from:\n\n");
    }

    fn tell_failure(&mut self, name: &str, code: u8) {
        let text = format!("** server can't find {name}: {}\n\n", code_name(code));
        self.client.proc.print(&text);
        self.failed = true;
    }

    fn tell_records(&self, message: &Message, is_detailed: bool) {
        let mut text = String::new();
        if !message.authoritative {
            text += "Non-authoritative answer:\n";
        }
        let has_other_kind = self.kind.is_some_and(|kind| kind != Kind::A && kind != Kind::AAAA);
        if message.answers.is_empty() {
            let name = message.questions.first().map_or("", |question| &question.name);
            text += &format!("*** Can't find {name}: No answer\n");
        } else if has_other_kind {
            text += &message.answers.iter().map(described).collect::<String>();
        } else {
            text += &addresses(message);
        }
        if has_other_kind && is_detailed {
            text += "\nAuthoritative answers can be found from:\n";
        }
        self.client.proc.print(&text);
    }
}

/// The name behind all aliases.
fn canonical(message: &Message, name: &str) -> String {
    let mut name = name.to_owned();
    for record in &message.answers {
        if let Data::Cname(target) = &record.data
            && record.name.eq_ignore_ascii_case(&name)
        {
            name.clone_from(target);
        }
    }
    name
}

/// The addresses of a message and the aliases that lead to them.
fn addresses(message: &Message) -> String {
    let line = |record: &Record| match &record.data {
        Data::A(address) => format!("Name:\t{}\nAddress: {address}\n", record.name),
        Data::Aaaa(address) => format!("Name:\t{}\nAddress: {address}\n", record.name),
        Data::Cname(target) => format!("{}\tcanonical name = {target}.\n", record.name),
        _ => String::new(),
    };
    message.answers.iter().map(line).collect()
}

fn described(record: &Record) -> String {
    let what = match record.data.kind() {
        Kind::CNAME => "canonical name",
        Kind::NS => "nameserver",
        Kind::PTR => "name",
        Kind::MX => "mail exchanger",
        Kind::TXT => "text",
        Kind::A => {
            return format!("Name:\t{}\nAddress: {}\n", record.name, presentation(&record.data));
        }
        kind => {
            return format!("{}\trdata_{} = {}\n", record.name, kind.0, presentation(&record.data));
        }
    };
    format!("{}\t{what} = {}\n", record.name, presentation(&record.data))
}
