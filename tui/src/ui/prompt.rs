//! A line that is asked for: a filter, a breakpoint, a place to jump to, ports.

use crate::text::words::Lang;
use crate::text::{Line, Piece, Style};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Which packets are listed.
    Filter,
    /// For what time stands still.
    Break,
    /// To which event or time.
    Jump,
    /// What is sent to find out who reaches whom.
    Protocols,
}

/// A question with what is typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked.
    pub question: Question,
    /// What is typed.
    pub text: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Prompt {
    /// A question with a text to begin with.
    pub fn new(question: Question, text: &str) -> Prompt {
        Prompt { question, text: text.to_owned(), error: None }
    }

    /// As it stands in the last line of the screen.
    pub fn line(&self, lang: Lang) -> Line {
        let (name, example) = match self.question {
            Question::Filter => (
                lang.say("filter: ", "过滤:"),
                lang.say(
                    "icmp, host 10.0.0.2, tcp port 80 and not arp; empty for all",
                    "icmp、host 10.0.0.2、tcp port 80 and not arp;留空表示全部",
                ),
            ),
            Question::Break => (
                lang.say("break when ", "断点条件:"),
                lang.say(
                    "drop, vxlan at docker-2:eth0, tcp syn, udp port 53; the same again takes it away",
                    "drop、vxlan at docker-2:eth0、tcp syn、udp port 53;再次输入则取消",
                ),
            ),
            Question::Protocols => (
                lang.say("who reaches whom by ", "可达性,用 "),
                lang.say("icmp tcp 80 udp 53", "icmp tcp 80 udp 53"),
            ),
            Question::Jump => (
                lang.say("jump to ", "跳到:"),
                lang.say(
                    "#3 (a packet of the list), 10.5 (seconds), 1234 (an event), now",
                    "#3(列表中的包)、10.5(秒)、1234(事件号)、now",
                ),
            ),
        };
        let mut line = vec![
            Piece::new(format!(" {name}"), Style::Ask),
            Piece::new(format!("{}▏", self.text), Style::Typed),
        ];
        match &self.error {
            Some(error) => line.push(Piece::new(format!("  {error}"), Style::Bad)),
            None => line.push(Piece::new(format!("  {example}"), Style::Dim)),
        }
        line
    }
}
