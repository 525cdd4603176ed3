//! DNS messages (RFC 1035), short: `233 2/0/0 A 10.0.0.8, A 10.0.0.9 (71)`.

use crate::wire::dns::{Data, Message, Question, Record, code};

use super::Printer;

impl Printer {
    /// A message; nothing if it is none.
    pub(super) fn dns(&self, bytes: &[u8]) -> Option<String> {
        let message = Message::parse(bytes)?;
        let is_detailed = self.style.verbose > 1;
        let mut text = message.id.to_string();
        if message.response {
            text += &response(&message, self.style.verbose);
        } else {
            text += &query(&message);
        }
        if is_detailed {
            let sections = [("ns", &message.authorities), ("ar", &message.additionals)];
            for (name, records) in sections.iter().filter(|(_, records)| !records.is_empty()) {
                text += &format!(" {name}: {}", list(records, true));
            }
        }
        Some(format!("{text} ({})", bytes.len()))
    }
}

fn query(message: &Message) -> String {
    let mut text = if message.recursion_desired { "+" } else { "" }.to_owned();
    let counts = [
        (message.answers.len(), "a"),
        (message.authorities.len(), "n"),
        (message.additionals.len(), "au"),
    ];
    for (count, unit) in counts.iter().filter(|(count, _)| *count > 0) {
        text += &format!(" [{count}{unit}]");
    }
    let questions = message.questions.iter().map(|question| format!(" {}", asked(question)));
    text + &questions.collect::<Vec<_>>().concat()
}

fn response(message: &Message, verbose: u32) -> String {
    let code = match message.code {
        code::OK => "",
        code::FORMAT_ERROR => " FormErr",
        code::SERVER_FAILURE => " ServFail",
        code::NAME_ERROR => " NXDomain",
        code::NOT_IMPLEMENTED => " NotImp",
        code::REFUSED => " Refused",
        _ => " Resp?",
    };
    let mut text = code.to_owned();
    text += if message.authoritative { "*" } else { "" };
    text += if message.recursion_available { "" } else { "-" };
    text += if message.truncated { "|" } else { "" };
    if verbose > 1 {
        let questions: Vec<String> = message.questions.iter().map(asked).collect();
        text += &format!(" q: {}", questions.join(", "));
    }
    text += &format!(
        " {}/{}/{}",
        message.answers.len(),
        message.authorities.len(),
        message.additionals.len()
    );
    if !message.answers.is_empty() {
        text += &format!(" {}", list(&message.answers, verbose > 0));
    }
    text
}

/// `A? two.lab.`
fn asked(question: &Question) -> String {
    format!("{}? {}.", question.kind, question.name)
}

fn list(records: &[Record], with_names: bool) -> String {
    let text = |record: &Record| {
        let name = if with_names { format!("{}. ", record.name) } else { String::new() };
        name + &described(&record.data)
    };
    records.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn described(data: &Data) -> String {
    match data {
        Data::A(address) => format!("A {address}"),
        Data::Aaaa(address) => format!("AAAA {address}"),
        Data::Ns(name) => format!("NS {name}."),
        Data::Cname(name) => format!("CNAME {name}."),
        Data::Ptr(name) => format!("PTR {name}."),
        Data::Mx(preference, name) => format!("MX {name}. {preference}"),
        Data::Txt(text) => format!("TXT \"{text}\""),
        Data::Options { udp_size, raw } => {
            let cookie = match raw.split_at_checked(4) {
                Some(([0, 10, ..], cookie)) => {
                    let digits = cookie.iter().map(|byte| format!("{byte:02x}"));
                    format!(" [COOKIE {}]", digits.collect::<Vec<_>>().concat())
                }
                _ => String::new(),
            };
            format!("OPT UDPsize={udp_size}{cookie}")
        }
        Data::Other(kind, _) => kind.to_string(),
    }
}
