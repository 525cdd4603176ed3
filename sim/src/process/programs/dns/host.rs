//! `host` of BIND.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::options::Options;
use crate::process::programs::resolver::Settings;
use crate::process::programs::{Failure, conclude, inet, not_simulated};
use crate::wire::dns::{Data, Kind, Message, Record, code};

use super::bind::{Answer, Client, code_name, header, presentation, question_line, record_line};

const USAGE: &str = "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]
       -a is equivalent to -v -t ANY
       -A is like -a but omits RRSIG, NSEC, NSEC3
       -c specifies query class for non-IN data
       -C compares SOA records on authoritative nameservers
       -d is equivalent to -v
       -l lists all hosts in a domain, using AXFR
       -m set memory debugging flag (trace|record|usage)
       -N changes the number of dots allowed before root lookup is done
       -p specifies the port on the server to query
       -r disables recursive processing
       -R specifies number of retries for UDP packets
       -s a SERVFAIL response should stop query
       -t specifies the query type
       -T enables TCP/IP mode
       -U enables UDP mode
       -v enables verbose output
       -V print version number and exit
       -w specifies to wait forever for a reply
       -W specifies how long to wait for a reply
       -4 use IPv4 query transport only
       -6 use IPv6 query transport only
";

/// `host`.
pub async fn host(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

struct Session {
    client: Client,
    verbose: bool,
    recurses: bool,
    /// What is still to be said about the server, before the first answer.
    introduction: String,
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let mut session = Session {
        client: Client { attempts: 2, ..Client::new(proc) },
        verbose: false,
        recurses: true,
        introduction: String::new(),
    };
    let usage = || Failure::said(USAGE, 1);
    let mut kind = None;
    let mut ndots = None;
    let mut options = Options::new(&words, "aACdilrsTUvVw46c:N:t:W:R:m:p:");
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("host: {wrong}\n{USAGE}"), 1))?;
        let number = || value.parse::<u64>().map_err(|_| usage());
        match letter {
            'a' => (session.verbose, kind) = (true, Some(Kind::ANY)),
            'v' | 'd' => session.verbose = true,
            'r' => session.recurses = false,
            't' => {
                let invalid = || Failure::of("host", 1, format!("invalid type: {value}\n"));
                kind = Some(Kind::named(value).ok_or_else(invalid)?);
            }
            'W' => session.client.timeout = Span::secs(number()?.max(1)),
            'w' => session.client.timeout = Span::MAX,
            'R' => session.client.attempts = number()? as u32 + 1,
            'p' => session.client.port = number()? as u16,
            'N' => ndots = Some(number()? as usize),
            '4' | 'i' | 'U' | 's' => {}
            'V' => {
                proc.eprint("host 9.18.49-1~deb12u3-Debian\n");
                return Ok(0);
            }
            letter => not_simulated(proc, "host", &format!("-{letter}")),
        }
    }
    let operands = options.operands();
    let name = *operands.first().ok_or_else(usage)?;
    if let Some(server) = operands.get(1) {
        session.client.only("host", 1, server).await?;
        let (address, port) = (session.client.servers[0].address, session.client.port);
        session.introduction = format!(
            "Using domain server:\nName: {server}\nAddress: {address}#{port}\nAliases: \n\n"
        );
    }
    if let Some(address) = inet::address(name).filter(|_| kind.is_none()) {
        let reverse = inet::reverse_name(address);
        return Ok(session
            .look_up(std::slice::from_ref(&reverse), &[Kind::PTR], &format!("{reverse}."))
            .await);
    }
    let mut settings = Settings::read(proc);
    settings.ndots = ndots.unwrap_or(settings.ndots);
    let kinds = kind.map_or(vec![Kind::A, Kind::AAAA, Kind::MX], |kind| vec![kind]);
    Ok(session.look_up(&settings.candidates(name), &kinds, name).await)
}

impl Session {
    /// Looks names up until one is known, then asks for the other kinds of records; the exit status.
    async fn look_up(&mut self, names: &[String], kinds: &[Kind], typed: &str) -> i32 {
        let Some((first, others)) = kinds.split_first() else { return 0 };
        for name in names {
            let Some(answer) = self.ask(name, *first).await else { return 1 };
            if answer.message.code == code::NAME_ERROR && Some(name) != names.last() {
                continue;
            }
            if answer.message.code != code::OK {
                let code = answer.message.code;
                let text = format!("Host {typed} not found: {code}({})\n", code_name(code));
                self.say(&text);
                return 1;
            }
            self.tell(&answer, name, others.is_empty().then_some(*first));
            let target = canonical(&answer.message, name);
            for kind in others {
                let Some(answer) = self.ask(&target, *kind).await else { return 1 };
                self.tell(&answer, &target, None);
            }
            return 0;
        }
        1
    }

    async fn ask(&mut self, name: &str, kind: Kind) -> Option<Answer> {
        if self.verbose {
            self.client.proc.print(&format!("Trying \"{name}\"\n"));
        }
        let mut question = self.client.question(name, kind);
        question.recursion_desired = self.recurses;
        match self.client.ask(&question).await {
            Ok(answer) => Some(answer),
            Err(silence) => {
                self.client.proc.print(&(silence.attempts + &silence.verdict));
                None
            }
        }
    }

    fn say(&mut self, text: &str) {
        let introduction = std::mem::take(&mut self.introduction);
        self.client.proc.print(&(introduction + text));
    }

    /// `only` is the kind that was asked for alone: its absence is worth a word.
    fn tell(&mut self, answer: &Answer, name: &str, only: Option<Kind>) {
        let message = &answer.message;
        let text = match only {
            _ if self.verbose => self.detailed(answer),
            Some(kind) if message.answers.is_empty() => format!("{name} has no {kind} record\n"),
            _ => message.answers.iter().map(sentence).collect(),
        };
        self.say(&text);
    }

    fn detailed(&self, answer: &Answer) -> String {
        let message = &answer.message;
        let mut text = format!("{}\n;; QUESTION SECTION:\n", header(message));
        text += &(question_line(message) + "\n");
        if !message.answers.is_empty() {
            let lines: String = message.answers.iter().map(record_line).collect();
            text += &format!(";; ANSWER SECTION:\n{lines}\n");
        }
        let (len, port, millis) = (answer.len, self.client.port, answer.took.as_millis());
        text + &format!(
            "Received {len} bytes from {}#{port} in {millis} ms\n",
            answer.server.address
        )
    }
}

fn canonical(message: &Message, name: &str) -> String {
    let target = message.answers.iter().rev().find_map(|record| match &record.data {
        Data::Cname(target) => Some(target.clone()),
        _ => None,
    });
    target.unwrap_or_else(|| name.to_owned())
}

fn sentence(record: &Record) -> String {
    let what = match record.data.kind() {
        Kind::A => "has address",
        Kind::CNAME => "is an alias for",
        Kind::NS => "name server",
        Kind::PTR => "domain name pointer",
        Kind::MX => "mail is handled by",
        Kind::TXT => "descriptive text",
        kind => {
            return format!("{} has {kind} record {}\n", record.name, presentation(&record.data));
        }
    };
    format!("{} {what} {}\n", record.name, presentation(&record.data))
}
