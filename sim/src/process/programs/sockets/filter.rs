//! The filters of `ss`: states, then an expression about the ends.

use ipnet::Ipv4Net;

use crate::process::programs::inet;
use crate::process::programs::services::{self, Transport};

use super::{End, Family, Row, State};

/// What the words behind the options say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The states that were asked for.
    pub states: Option<Vec<State>>,
    /// What must hold.
    expression: Option<Expression>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    /// An end is at this place.
    At(Side, Option<Ipv4Net>, Option<Port>),
    /// A port compares so to a number.
    Port(Side, Comparison, Port),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Destination,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

type Port = u16;

/// Why words are no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A state with this name is not known.
    State(String),
    /// The words make no expression.
    Syntax,
}

/// The states that a name stands for.
fn states(name: &str) -> Option<Vec<State>> {
    let except = |without: &[State]| {
        State::ALL.into_iter().filter(|state| !without.contains(state)).collect::<Vec<_>>()
    };
    Some(match name {
        "established" => vec![State::Established],
        "syn-sent" => vec![State::SynSent],
        "syn-recv" => vec![State::SynReceived],
        "fin-wait-1" => vec![State::FinWait1],
        "fin-wait-2" => vec![State::FinWait2],
        "time-wait" => vec![State::TimeWait],
        "closed" | "unconnected" => vec![State::Closed],
        "close-wait" => vec![State::CloseWait],
        "last-ack" => vec![State::LastAck],
        "listening" => vec![State::Listen],
        "closing" => vec![State::Closing],
        "all" => State::ALL.to_vec(),
        "connected" => except(&[State::Closed, State::Listen]),
        "synchronized" => except(&[State::Closed, State::Listen, State::SynSent]),
        "bucket" => vec![State::SynReceived, State::TimeWait],
        "big" => except(&[State::SynReceived, State::TimeWait]),
        _ => return None,
    })
}

impl Filter {
    /// Reads the words.
    pub fn parse(words: &[&str]) -> Result<Filter, Wrong> {
        let spaced = words.join(" ").replace('(', " ( ").replace(')', " ) ").replace('!', " ! ");
        let spaced = spaced.replace(" ! =", " !=");
        let mut parser = Parser { words: spaced.split_whitespace().collect(), at: 0 };
        let mut filter = Filter::default();
        while let Some(word) = parser.peek().filter(|word| matches!(*word, "state" | "exclude")) {
            parser.at += 1;
            let name = parser.next()?;
            let named = states(name).ok_or_else(|| Wrong::State(name.to_owned()))?;
            let known = filter.states.take().unwrap_or_default();
            filter.states = Some(if word == "state" {
                known.into_iter().chain(named).collect()
            } else {
                let all = if known.is_empty() { State::ALL.to_vec() } else { known };
                all.into_iter().filter(|state| !named.contains(state)).collect()
            });
        }
        if parser.peek().is_some() {
            filter.expression = Some(parser.any()?);
        }
        if parser.peek().is_some() { Err(Wrong::Syntax) } else { Ok(filter) }
    }

    /// Whether a socket passes the expression.
    pub fn accepts(&self, row: &Row) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.holds(row))
    }
}

impl Expression {
    fn holds(&self, row: &Row) -> bool {
        let end = |side: &Side| -> End {
            match side {
                Side::Source => row.local,
                Side::Destination => row.peer,
            }
        };
        match self {
            Expression::And(a, b) => a.holds(row) && b.holds(row),
            Expression::Or(a, b) => a.holds(row) || b.holds(row),
            Expression::Not(a) => !a.holds(row),
            Expression::At(side, net, port) => {
                let (address, own_port) = end(side);
                let fits = |net: &Ipv4Net| {
                    net.prefix_len() == 0 || address.is_some_and(|ip| net.contains(&ip))
                };
                net.as_ref().is_none_or(fits) && port.is_none_or(|port| port == own_port)
            }
            Expression::Port(side, comparison, port) => {
                let own = end(side).1;
                match comparison {
                    Comparison::Equal => own == *port,
                    Comparison::NotEqual => own != *port,
                    Comparison::Less => own < *port,
                    Comparison::Greater => own > *port,
                    Comparison::AtMost => own <= *port,
                    Comparison::AtLeast => own >= *port,
                }
            }
        }
    }
}

struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'a str, Wrong> {
        let word = self.peek().ok_or(Wrong::Syntax)?;
        self.at += 1;
        Ok(word)
    }

    fn takes(&mut self, choices: &[&str]) -> bool {
        let found = self.peek().is_some_and(|word| choices.contains(&word));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.all()?;
        while self.takes(&["or", "|", "||"]) {
            left = Expression::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Expression, Wrong> {
        let mut left = self.one()?;
        loop {
            let is_joined = self.takes(&["and", "&", "&&"]);
            let goes_on = self.peek().is_some_and(|word| !matches!(word, "or" | "|" | "||" | ")"));
            if !is_joined && !goes_on {
                return Ok(left);
            }
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Result<Expression, Wrong> {
        match self.next()? {
            "not" | "!" => Ok(Expression::Not(Box::new(self.one()?))),
            "(" => {
                let inner = self.any()?;
                if self.next()? == ")" { Ok(inner) } else { Err(Wrong::Syntax) }
            }
            "src" => self.place(Side::Source),
            "dst" => self.place(Side::Destination),
            "sport" => self.port(Side::Source),
            "dport" => self.port(Side::Destination),
            _ => Err(Wrong::Syntax),
        }
    }

    fn place(&mut self, side: Side) -> Result<Expression, Wrong> {
        self.takes(&["=", "==", "eq"]);
        let word = self.next()?;
        let (address, port) = inet::host_and_port(word);
        let net = match address {
            "" | "*" => None,
            text => Some(prefix(text).ok_or(Wrong::Syntax)?),
        };
        let port = match port {
            None | Some("*" | "") => None,
            Some(text) => Some(port_number(text).ok_or(Wrong::Syntax)?),
        };
        Ok(Expression::At(side, net, port))
    }

    fn port(&mut self, side: Side) -> Result<Expression, Wrong> {
        let comparison = match self.peek().ok_or(Wrong::Syntax)? {
            "=" | "==" | "eq" => Some(Comparison::Equal),
            "!=" | "ne" | "neq" => Some(Comparison::NotEqual),
            "<" | "lt" => Some(Comparison::Less),
            ">" | "gt" => Some(Comparison::Greater),
            "<=" | "le" | "leq" => Some(Comparison::AtMost),
            ">=" | "ge" | "geq" => Some(Comparison::AtLeast),
            _ => None,
        };
        self.at += usize::from(comparison.is_some());
        let word = self.next()?;
        let text = word.rsplit(':').next().unwrap_or(word);
        let port = port_number(text).ok_or(Wrong::Syntax)?;
        Ok(Expression::Port(side, comparison.unwrap_or(Comparison::Equal), port))
    }
}

fn prefix(text: &str) -> Option<Ipv4Net> {
    if text.contains('/') {
        return text.parse().ok();
    }
    Some(Ipv4Net::new_assert(inet::address(text)?, 32))
}

fn port_number(text: &str) -> Option<Port> {
    let named = || services::port_of(text, Transport::Tcp);
    text.parse().ok().or_else(named).or_else(|| services::port_of(text, Transport::Udp))
}

/// The name of a kind of sockets.
pub fn netid(family: Family) -> &'static str {
    match family {
        Family::Packet => "p_raw",
        Family::Raw => "raw",
        Family::Udp => "udp",
        Family::Tcp => "tcp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Ipv4Addr;

    fn row(port: u16) -> Row {
        let address = |last| Some(Ipv4Addr::new(10, 0, 0, last));
        Row {
            family: Family::Tcp,
            is_ipv6: false,
            only_ipv6: false,
            state: State::Established,
            received: 0,
            sent: 0,
            local: (address(2), port),
            peer: (address(1), 50_000),
            owner: None,
        }
    }

    fn accepts(text: &str, port: u16) -> bool {
        let words: Vec<&str> = text.split(' ').collect();
        Filter::parse(&words).unwrap().accepts(&row(port))
    }

    #[test]
    fn expressions_are_about_the_ends() {
        assert!(accepts("sport = :80", 80));
        assert!(accepts("sport = :http", 80));
        assert!(!accepts("sport = :80", 81));
        assert!(accepts("( sport = :80 or sport = :443 )", 443));
        assert!(accepts("(sport = :80 or sport = :443) and dst 10.0.0.0/24", 443));
        assert!(accepts("dport ge 1024 not dst 10.0.0.9", 80));
        assert!(accepts("dst 10.0.0.1:50000", 80));
        assert!(!accepts("! dst 10.0.0.1", 80));
    }

    #[test]
    fn states_have_names_and_groups() {
        let filter = Filter::parse(&["state", "established"]).unwrap();
        assert_eq!(filter.states, Some(vec![State::Established]));
        assert_eq!(Filter::parse(&["state", "bogus"]), Err(Wrong::State("bogus".into())));
        assert_eq!(Filter::parse(&["sport", "="]), Err(Wrong::Syntax));
    }
}
