//! The talk between daemons on port 7946: serf over memberlist (SWIM). Every second a ping to another
//! member, every 200 ms what has to be spread, over TCP everything that is known when two meet.
//!
//! Differs: no network coordinates (pings carry those of a member that has just started), no
//! encryption, no compression.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;

use indexmap::IndexMap;

mod members;

use super::wire::{Fields, Item, Map, compound, kind, serf, unwrap, with_crc};
use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::process::Proc;
use crate::process::socket::{Listener, Udp};
use crate::process::sync::Waiters;
use crate::wire::Ipv4Addr;

/// The port.
const PORT: u16 = 7946;
/// How often news are spread.
const GOSSIP: Span = Span::millis(200);
/// Events of one kind that come together are handed on together: after this silence …
const QUIET: Span = Span::millis(50);
/// … or this time.
const COALESCE: Span = Span::secs(1);
/// How long an answer to a question is waited for.
const QUERY_TIMEOUT: Span = Span::secs(1);
/// Each message is sent so many times for each decimal digit of the number of members.
const RETRANSMIT: u32 = 4;
/// To so many members at a time.
const FANOUT: usize = 3;
/// So many pieces of news go into one datagram.
const BUNDLE: usize = 8;
/// Events that are remembered, so that each is handed on once.
const SEEN: usize = 512;

/// What a daemon hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something happened elsewhere.
    Event {
        /// What, and where.
        name: String,
        /// The rest.
        payload: String,
    },
    /// Somebody asks.
    Query {
        /// What.
        payload: String,
        /// Where the answer goes.
        answer: ReplyTo,
    },
    /// Somebody has answered a question of this daemon.
    Answer {
        /// The question.
        question: String,
        /// The answer.
        answer: String,
    },
}

/// Where the answer to a question goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    address: Ipv4Addr,
    port: u16,
    id: u64,
    time: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Alive,
    Suspect(Time),
    Dead,
}

#[derive(Debug, Clone)]
struct Member {
    address: Ipv4Addr,
    incarnation: u64,
    health: Health,
}

/// A message that is still being spread.
struct Rumor {
    message: Vec<u8>,
    left: u32,
}

/// An event that waits for its silence.
struct Waiting {
    payload: String,
    since: Time,
    last: Time,
}

/// One member's side of the talk.
pub struct Gossip {
    proc: Proc,
    udp: Udp,
    name: String,
    address: Ipv4Addr,
    members: RefCell<IndexMap<String, Member>>,
    rumors: RefCell<Vec<Rumor>>,
    incarnation: Cell<u64>,
    sequence: Cell<u64>,
    acked: RefCell<Vec<u64>>,
    ack_waiters: Waiters,
    /// Lamport clocks of events and questions.
    event_clock: Cell<u64>,
    query_clock: Cell<u64>,
    seen: RefCell<VecDeque<(u64, String)>>,
    /// Events that wait for their silence, by name.
    waiting: RefCell<IndexMap<String, Waiting>>,
    heard: RefCell<VecDeque<News>>,
    hearers: Waiters,
    questions: RefCell<Vec<(u64, String, Time)>>,
    next_probe: Cell<usize>,
}

impl Gossip {
    /// Binds the port and begins to listen.
    pub fn start(proc: &Proc, address: Ipv4Addr, name: &str) -> Result<Rc<Gossip>, Errno> {
        let udp = Udp::bind(proc, Some(address), PORT)?;
        let listener = Listener::bind(proc, Some(address), PORT)?;
        let gossip = Rc::new(Gossip {
            proc: proc.clone(),
            udp,
            name: name.to_owned(),
            address,
            members: RefCell::default(),
            rumors: RefCell::default(),
            incarnation: Cell::new(1),
            sequence: Cell::new(0),
            acked: RefCell::default(),
            ack_waiters: Waiters::default(),
            event_clock: Cell::new(1),
            query_clock: Cell::new(1),
            seen: RefCell::default(),
            waiting: RefCell::default(),
            heard: RefCell::default(),
            hearers: Waiters::default(),
            questions: RefCell::default(),
            next_probe: Cell::new(0),
        });
        proc.thread(gossip.clone().receive());
        proc.thread(gossip.clone().probe());
        proc.thread(gossip.clone().spread());
        proc.thread(gossip.clone().accept(listener));
        proc.thread(gossip.clone().exchange());
        Ok(gossip)
    }

    /// Waits for news.
    pub async fn next(&self) -> News {
        self.proc
            .until(|proc| match self.heard.borrow_mut().pop_front() {
                Some(news) => Poll::Ready(news),
                None => {
                    self.hearers.add(proc.task());
                    Poll::Pending
                }
            })
            .await
    }

    fn hear(&self, news: News) {
        self.heard.borrow_mut().push_back(news);
        self.hearers.wake(&self.proc);
    }

    /// The others that are not known to be gone.
    fn alive(&self) -> Vec<(String, Ipv4Addr)> {
        let members = self.members.borrow();
        let alive = members.iter().filter(|(_, member)| member.health != Health::Dead);
        alive.map(|(name, member)| (name.clone(), member.address)).collect()
    }

    fn send(&self, to: Ipv4Addr, message: &[u8]) {
        // A member that cannot be reached is found by its missing answers.
        let _ = self.udp.send(Some((to, PORT)), message);
    }

    fn rumor(&self, message: Vec<u8>) {
        let members = self.members.borrow().len() as u32 + 1;
        let digits = members.checked_ilog10().unwrap_or(0) + 1;
        self.rumors.borrow_mut().push(Rumor { message, left: RETRANSMIT * digits });
    }

    /// Tells all others of an event.
    pub fn event(&self, name: &str, payload: &str) {
        let time = self.event_clock.get();
        self.event_clock.set(time + 1);
        self.remember(time, &format!("{name} {payload}"));
        let message = Map::default()
            .with("CC", Item::Flag(true))
            .with("LTime", time)
            .with("Name", name)
            .with("Payload", payload)
            .message(&[kind::USER, serf::EVENT]);
        self.rumor(message);
    }

    /// Asks all others.
    pub fn query(&self, name: &str, payload: &str) {
        let time = self.query_clock.get();
        self.query_clock.set(time + 1);
        let id = u64::from(self.proc.sys(|sys| sys.rng().u32()));
        let now = self.proc.now();
        let mut questions = self.questions.borrow_mut();
        questions.retain(|(.., until)| *until > now);
        questions.push((id, payload.to_owned(), now + QUERY_TIMEOUT));
        drop(questions);
        self.remember(time, &format!("query {id}"));
        let message = Map::default()
            .with("Addr", self.address)
            .with("Filters", Item::Nil)
            .with("Flags", 0)
            .with("ID", id)
            .with("LTime", time)
            .with("Name", name)
            .with("Payload", payload)
            .with("Port", u64::from(PORT))
            .with("RelayFactor", 0)
            .with("SourceNode", self.name.as_str())
            .with("Timeout", QUERY_TIMEOUT.as_nanos())
            .message(&[kind::USER, serf::QUERY]);
        self.rumor(message);
    }

    /// Answers a question.
    pub fn answer(&self, to: &ReplyTo, payload: &str) {
        let message = Map::default()
            .with("Flags", 0)
            .with("From", self.name.as_str())
            .with("ID", to.id)
            .with("LTime", to.time)
            .with("Payload", payload)
            .message(&[kind::USER, serf::RESPONSE]);
        // Whoever asked does not wait for ever.
        let _ = self.udp.send(Some((to.address, to.port)), &with_crc(&message));
    }

    /// Says good-bye.
    pub fn leave(&self) {
        let message = Map::default()
            .with("LTime", self.event_clock.get())
            .with("Node", self.name.as_str())
            .message(&[kind::USER, serf::LEAVE]);
        for (_, address) in self.alive() {
            self.send(address, &with_crc(&message));
        }
    }

    /// Whether something is new; it is remembered.
    fn remember(&self, time: u64, what: &str) -> bool {
        let mut seen = self.seen.borrow_mut();
        let key = (time, what.to_owned());
        if seen.contains(&key) {
            return false;
        }
        if seen.len() >= SEEN {
            seen.pop_front();
        }
        seen.push_back(key);
        true
    }

    /// Receives datagrams.
    async fn receive(self: Rc<Gossip>) {
        loop {
            let Ok(datagram) = self.udp.recv().await else { continue };
            for message in unwrap(&datagram.data) {
                self.on_message(datagram.from.0, &message);
            }
        }
    }

    fn on_message(self: &Rc<Gossip>, from: Ipv4Addr, message: &[u8]) {
        let Some((kind, body)) = message.split_first() else { return };
        if *kind == kind::USER {
            return self.on_serf(message, body);
        }
        let Some(fields) = Fields::read(body) else { return };
        match *kind {
            kind::PING => {
                let Some(sequence) = fields.number("SeqNo") else { return };
                let ack = Map::default()
                    .with("Payload", Item::Raw(coordinates()))
                    .with("SeqNo", sequence)
                    .message(&[kind::ACK]);
                self.send(from, &ack);
            }
            kind::ACK => {
                let Some(sequence) = fields.number("SeqNo") else { return };
                self.acked.borrow_mut().push(sequence);
                self.ack_waiters.wake(&self.proc);
            }
            kind::ALIVE => self.on_alive(&fields, message),
            kind::SUSPECT | kind::DEAD => self.on_doubt(*kind, &fields, message),
            _ => {}
        }
    }

    fn on_serf(self: &Rc<Gossip>, message: &[u8], body: &[u8]) {
        let Some((kind, body)) = body.split_first() else { return };
        let Some(fields) = Fields::read(body) else { return };
        let time = fields.number("LTime").unwrap_or(0);
        let payload = fields.text("Payload").unwrap_or_default();
        match *kind {
            serf::EVENT => {
                let Some(name) = fields.text("Name") else { return };
                if !self.remember(time, &format!("{name} {payload}")) {
                    return;
                }
                self.event_clock.set(self.event_clock.get().max(time + 1));
                self.rumor(message.to_vec());
                self.coalesce(name, payload);
            }
            serf::QUERY => {
                let (Some(id), Some(address)) = (fields.number("ID"), fields.address("Addr"))
                else {
                    return;
                };
                if !self.remember(time, &format!("query {id}")) {
                    return;
                }
                self.query_clock.set(self.query_clock.get().max(time + 1));
                self.rumor(message.to_vec());
                let port = fields.number("Port").map_or(PORT, |port| port as u16);
                let answer = ReplyTo { address, port, id, time };
                self.hear(News::Query { payload, answer });
            }
            serf::RESPONSE => {
                let id = fields.number("ID");
                let now = self.proc.now();
                let questions = self.questions.borrow();
                let asked = questions
                    .iter()
                    .find(|(known, _, until)| Some(*known) == id && *until > now)
                    .map(|(_, question, _)| question.clone());
                drop(questions);
                if let Some(question) = asked.filter(|_| !payload.is_empty()) {
                    self.hear(News::Answer { question, answer: payload });
                }
            }
            serf::LEAVE => {
                let Some(name) = fields.text("Node") else { return };
                if let Some(member) = self.members.borrow_mut().get_mut(&name) {
                    member.health = Health::Dead;
                }
            }
            _ => {}
        }
    }

    /// Hands an event on when no other of its kind has come for a while: the last one counts.
    fn coalesce(self: &Rc<Gossip>, name: String, payload: String) {
        let now = self.proc.now();
        let since = {
            let mut waiting = self.waiting.borrow_mut();
            let since = waiting.get(&name).map_or(now, |event| event.since);
            waiting.insert(name.clone(), Waiting { payload, since, last: now });
            since
        };
        let due = (now + QUIET).min(since + COALESCE);
        let gossip = self.clone();
        self.proc.thread(async move {
            gossip.proc.sleep_until(due).await;
            let now = gossip.proc.now();
            let is_due =
                |event: &Waiting| event.last + QUIET <= now || event.since + COALESCE <= now;
            let event = {
                let mut waiting = gossip.waiting.borrow_mut();
                let due = waiting.get(&name).is_some_and(is_due);
                if due { waiting.shift_remove(&name) } else { None }
            };
            if let Some(event) = event {
                gossip.hear(News::Event { name, payload: event.payload });
            }
        });
    }

    /// Spreads what there is.
    async fn spread(self: Rc<Gossip>) {
        loop {
            self.proc.sleep(GOSSIP).await;
            let alive = self.alive();
            if alive.is_empty() || self.rumors.borrow().is_empty() {
                continue;
            }
            let messages: Vec<Vec<u8>> = {
                let mut rumors = self.rumors.borrow_mut();
                let messages =
                    rumors.iter().take(BUNDLE).map(|rumor| rumor.message.clone()).collect();
                for rumor in rumors.iter_mut().take(BUNDLE) {
                    rumor.left -= 1;
                }
                rumors.retain(|rumor| rumor.left > 0);
                messages
            };
            let datagram = with_crc(&compound(&messages));
            for (_, address) in alive.iter().take(FANOUT) {
                self.send(*address, &datagram);
            }
        }
    }
}

/// The network coordinates of a member that has just started, as a ping's answer carries them.
fn coordinates() -> Vec<u8> {
    let zeros = Item::List(vec![Item::Float(0.0); 8]);
    let map = Map::default()
        .with("Adjustment", Item::Float(0.0))
        .with("Error", Item::Float(1.5))
        .with("Height", Item::Float(1.0e-5))
        .with("Vec", zeros);
    map.message(&[1])
}
