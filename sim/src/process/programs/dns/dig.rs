//! `dig` of BIND: one question, and the whole answer.
//!
//! Differs: only the first question of a command line is asked.

use crate::engine::Span;
use crate::process::calendar::date_line;
use crate::process::proc::Proc;
use crate::process::programs::resolver::Settings;
use crate::process::programs::{Failure, conclude, inet, not_simulated};
use crate::wire::dns::{Data, Kind, Message, Record, code};

use super::bind::{Answer, Client, Silence, header, presentation, question_line, record_line};

const VERSION: &str = "9.18.49-1~deb12u3-Debian";

const USAGE: &str = "Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use \"dig -h\" (or \"dig -h | more\") for complete list of options
";

/// The largest answer over UDP that is asked for.
const UDP_SIZE: u16 = 1232;
/// The option with which a client makes itself known (RFC 7873), and the length of what it says.
const COOKIE: [u8; 4] = [0, 10, 0, 8];

/// `dig`.
pub async fn dig(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

/// What is printed.
#[derive(Debug, Clone, Copy)]
struct Parts {
    command: bool,
    comments: bool,
    question: bool,
    answer: bool,
    authority: bool,
    additional: bool,
    statistics: bool,
}

impl Parts {
    fn all(shown: bool) -> Parts {
        Parts {
            command: shown,
            comments: shown,
            question: shown,
            answer: shown,
            authority: shown,
            additional: shown,
            statistics: shown,
        }
    }
}

struct Settled {
    client: Client,
    server: Option<String>,
    name: Option<String>,
    kind: Option<Kind>,
    parts: Parts,
    short: bool,
    searches: bool,
    recurses: bool,
    extends: bool,
}

fn usage(word: &str) -> Failure {
    Failure::said(format!("Invalid option: {word}\n{USAGE}"), 1)
}

fn parse(proc: &Proc, words: &[String]) -> Result<Settled, Failure> {
    let mut settled = Settled {
        client: Client::new(proc),
        server: None,
        name: None,
        kind: None,
        parts: Parts::all(true),
        short: false,
        searches: false,
        recurses: true,
        extends: true,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(server) = word.strip_prefix('@') {
            settled.server = Some(server.to_owned());
        } else if let Some(option) = word.strip_prefix('+') {
            settled.set(option).ok_or_else(|| usage(word))?;
        } else if let Some(option) = word.strip_prefix('-') {
            let mut letters = option.chars();
            let letter = letters.next().ok_or_else(|| usage(word))?;
            if matches!(letter, '4' | 'v' | 'h' | 'u' | 'r') {
                if letter == 'v' {
                    return Err(Failure::said(format!("DiG {VERSION}\n"), 0));
                }
                continue;
            }
            if !"xtqpbcfky".contains(letter) {
                return Err(usage(word));
            }
            let attached = letters.as_str();
            let value = if attached.is_empty() {
                words.next().map(String::as_str).ok_or_else(|| usage(word))?
            } else {
                attached
            };
            settled.set_letter(letter, value)?;
        } else {
            settled.operand(word);
        }
    }
    Ok(settled)
}

impl Settled {
    fn set_letter(&mut self, letter: char, value: &str) -> Result<(), Failure> {
        match letter {
            'x' => {
                let address = inet::address(value);
                let reverse = address.map(inet::reverse_name);
                let bad = || Failure::said(format!("Invalid IP address {value}\n"), 1);
                self.name = Some(reverse.ok_or_else(bad)?);
                self.kind = self.kind.or(Some(Kind::PTR));
            }
            't' => match Kind::named(value) {
                Some(kind) => self.kind = Some(kind),
                None => {
                    let warning = format!(";; Warning, ignoring invalid type {value}\n");
                    self.client.proc.eprint(&warning);
                }
            },
            'q' => self.name = Some(value.to_owned()),
            'p' => {
                let bad = |_| Failure::said(format!("Couldn't parse port number '{value}'\n"), 1);
                self.client.port = value.parse().map_err(bad)?;
            }
            'c' => {}
            letter => not_simulated(&self.client.proc, "dig", &format!("-{letter}")),
        }
        Ok(())
    }

    fn operand(&mut self, word: &str) {
        match Kind::named(word) {
            Some(kind) if self.kind.is_none() => self.kind = Some(kind),
            _ if matches!(word, "IN" | "in") => {}
            _ if self.name.is_none() => self.name = Some(word.to_owned()),
            _ => not_simulated(&self.client.proc, "dig", "more than one question"),
        }
    }

    /// A word behind `+`; `None` if it is not known.
    fn set(&mut self, option: &str) -> Option<()> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let (name, on) = match name.strip_prefix("no") {
            Some(rest) => (rest, false),
            None => (name, true),
        };
        let number = value.parse::<u64>().ok();
        match name {
            "short" => {
                self.short = on;
            }
            "all" => self.parts = Parts { command: self.parts.command, ..Parts::all(on) },
            "cmd" => self.parts.command = on,
            "comments" => self.parts.comments = on,
            "question" => self.parts.question = on,
            "answer" => self.parts.answer = on,
            "authority" => self.parts.authority = on,
            "additional" => self.parts.additional = on,
            "stats" => self.parts.statistics = on,
            "search" | "defname" => self.searches = on,
            "recurse" | "rec" | "rdflag" => self.recurses = on,
            "edns" => self.extends = on,
            "time" | "timeout" => self.client.timeout = Span::secs(number?.max(1)),
            "tries" => self.client.attempts = number?.max(1) as u32,
            "retry" => self.client.attempts = number? as u32 + 1,
            "tcp" | "vc" | "trace" | "dnssec" | "cookie" | "identify" | "multiline" | "ttlid"
            | "ttlunits" | "ignore" | "adflag" | "cdflag" | "badcookie" | "rrcomments" => {
                not_simulated(&self.client.proc, "dig", &format!("+{option}"));
            }
            _ => return None,
        }
        Some(())
    }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let mut settled = parse(proc, &words)?;
    if let Some(server) = settled.server.clone() {
        settled.client.only("dig", 1, &server).await?;
    }
    let kind = settled.kind.unwrap_or(if settled.name.is_some() { Kind::A } else { Kind::NS });
    let name = settled.name.clone().unwrap_or_default();
    let names = if settled.searches { Settings::read(proc).candidates(&name) } else { vec![name] };
    let mut outcome = None;
    for name in &names {
        let asked = settled.client.ask(&settled.question(name, kind)).await;
        let is_unknown = asked.as_ref().is_ok_and(|a| a.message.code == code::NAME_ERROR);
        outcome = Some(asked);
        if !is_unknown {
            break;
        }
    }
    match outcome {
        Some(Ok(answer)) => {
            let text = if settled.short { short(&answer) } else { settled.whole(&words, &answer) };
            proc.print(&text);
            Ok(0)
        }
        Some(Err(silence)) => {
            proc.print(&settled.silence(&words, silence));
            Ok(9)
        }
        None => Ok(0),
    }
}

fn short(answer: &Answer) -> String {
    answer.message.answers.iter().map(|record| presentation(&record.data) + "\n").collect()
}

fn options(message: &Message) -> Option<(u16, &[u8])> {
    message.additionals.iter().find_map(|record| match &record.data {
        Data::Options { udp_size, raw } => Some((*udp_size, raw.as_slice())),
        _ => None,
    })
}

impl Settled {
    fn question(&self, name: &str, kind: Kind) -> Message {
        let mut question = self.client.question(name, kind);
        question.recursion_desired = self.recurses;
        if self.extends {
            let cookie = self.client.proc.sys(|sys| [sys.rng().u32(), sys.rng().u32()]);
            let mut raw = COOKIE.to_vec();
            raw.extend(cookie.iter().flat_map(|half| half.to_be_bytes()));
            let data = Data::Options { udp_size: UDP_SIZE, raw };
            question.additionals.push(Record { name: String::new(), ttl: 0, data });
        }
        question
    }

    /// The command line, as it comes back.
    fn banner(&self, words: &[String]) -> String {
        if !self.parts.command {
            return String::new();
        }
        let found = if self.server.is_some() { "; (1 server found)\n" } else { "" };
        let words = words.join(" ");
        format!("\n; <<>> DiG {VERSION} <<>> {words}\n{found};; global options: +cmd\n")
    }

    fn silence(&self, words: &[String], silence: Silence) -> String {
        let never_sent = silence.attempts.is_empty();
        let banner = if self.short || never_sent { String::new() } else { self.banner(words) };
        silence.attempts + &banner + &silence.verdict
    }

    fn whole(&self, words: &[String], answer: &Answer) -> String {
        let (message, parts) = (&answer.message, self.parts);
        let mut text = if parts.comments { self.banner(words) } else { String::new() };
        if parts.comments {
            text += &format!(";; Got answer:\n{}", header(message));
            if message.recursion_desired && !message.recursion_available {
                text += ";; WARNING: recursion requested but not available\n";
            }
            text.push('\n');
            if let Some((udp_size, _)) = options(message) {
                text += ";; OPT PSEUDOSECTION:\n";
                text += &format!("; EDNS: version: 0, flags:; udp: {udp_size}\n");
            }
        }
        let lines = |records: &[Record]| -> String {
            let is_shown = |record: &&Record| record.data.kind() != Kind::OPT;
            records.iter().filter(is_shown).map(record_line).collect()
        };
        let sections = [
            ("QUESTION", parts.question, question_line(message)),
            ("ANSWER", parts.answer, lines(&message.answers)),
            ("AUTHORITY", parts.authority, lines(&message.authorities)),
            ("ADDITIONAL", parts.additional, lines(&message.additionals)),
        ];
        for (title, _, lines) in sections.iter().filter(|(_, on, lines)| *on && !lines.is_empty()) {
            text += &if parts.comments {
                format!(";; {title} SECTION:\n{lines}\n")
            } else {
                lines.clone()
            };
        }
        if parts.statistics {
            text += &self.statistics(answer);
        }
        text
    }

    fn statistics(&self, answer: &Answer) -> String {
        let (server, port) = (&answer.server, self.client.port);
        format!(
            ";; Query time: {} msec\n;; SERVER: {}#{port}({}) (UDP)\n;; WHEN: {}\n\
             ;; MSG SIZE  rcvd: {}\n\n",
            answer.took.as_millis(),
            server.address,
            server.name,
            date_line(self.client.proc.calendar()),
            answer.len
        )
    }
}
