//! Who is in the talk: members are met, probed, suspected, defended and given up (SWIM), and two that
//! meet exchange everything over TCP.

use std::rc::Rc;
use std::task::Poll;

use super::{Gossip, Health, Member, PORT};
use crate::docker::cluster::wire::{Fields, Item, Map, kind};
use crate::engine::Span;
use crate::process::socket::{Listener, Tcp};
use crate::wire::Ipv4Addr;

/// How often a member is probed.
const PROBE: Span = Span::secs(1);
/// How long a probe waits for its answer.
const PROBE_TIMEOUT: Span = Span::millis(500);
/// How often two members exchange everything.
const PUSH_PULL: Span = Span::secs(30);
/// How long such an exchange may take.
const DIAL: Span = Span::secs(10);
/// How long a suspected member has to defend itself.
const SUSPICION: Span = Span::secs(4);
/// What a member says of itself: no tags, the protocol versions of 2020.
const META: [u8; 2] = [0xff, 0x80];
const VERSIONS: [u8; 6] = [1, 5, 2, 2, 5, 4];

impl Gossip {
    pub(super) fn on_alive(&self, fields: &Fields, message: &[u8]) {
        let (Some(name), Some(address)) = (fields.text("Node"), fields.address("Addr")) else {
            return;
        };
        let incarnation = fields.number("Incarnation").unwrap_or(0);
        if name != self.name && self.meet(&name, address, incarnation) {
            self.rumor(message.to_vec());
        }
    }

    /// A member is there; whether that is news.
    fn meet(&self, name: &str, address: Ipv4Addr, incarnation: u64) -> bool {
        let mut members = self.members.borrow_mut();
        match members.get_mut(name) {
            Some(known) if known.incarnation >= incarnation && known.health == Health::Alive => {
                false
            }
            Some(known) => {
                *known = Member { address, incarnation, health: Health::Alive };
                true
            }
            None => {
                let health = Health::Alive;
                members.insert(name.to_owned(), Member { address, incarnation, health });
                true
            }
        }
    }

    /// Somebody doubts a member. If it is this one, it says that it is alive.
    pub(super) fn on_doubt(&self, kind: u8, fields: &Fields, message: &[u8]) {
        let Some(name) = fields.text("Node") else { return };
        let incarnation = fields.number("Incarnation").unwrap_or(0);
        if name == self.name {
            self.incarnation.set(self.incarnation.get().max(incarnation) + 1);
            return self.rumor(self.alive_message());
        }
        let is_news = {
            let mut members = self.members.borrow_mut();
            let Some(member) = members.get_mut(&name) else { return };
            let until = self.proc.now() + SUSPICION;
            let health = if kind == kind::DEAD { Health::Dead } else { Health::Suspect(until) };
            let is_news = member.incarnation <= incarnation
                && std::mem::discriminant(&member.health) != std::mem::discriminant(&health)
                && member.health != Health::Dead;
            if is_news {
                member.health = health;
            }
            is_news
        };
        if is_news {
            self.rumor(message.to_vec());
        }
    }

    fn alive_message(&self) -> Vec<u8> {
        Map::default()
            .with("Addr", self.address)
            .with("Incarnation", self.incarnation.get())
            .with("Meta", Item::Raw(META.to_vec()))
            .with("Node", self.name.as_str())
            .with("Port", u64::from(PORT))
            .with("Vsn", Item::Raw(VERSIONS.to_vec()))
            .message(&[kind::ALIVE])
    }

    /// Probes one member after the other.
    pub(super) async fn probe(self: Rc<Gossip>) {
        loop {
            self.proc.sleep(PROBE).await;
            self.bury_suspects();
            let alive = self.alive();
            if alive.is_empty() {
                continue;
            }
            let next = self.next_probe.get() % alive.len();
            self.next_probe.set(next + 1);
            let (name, address) = alive[next].clone();
            let sequence = self.sequence.get() + 1;
            self.sequence.set(sequence);
            let ping = Map::default()
                .with("Node", name.as_str())
                .with("SeqNo", sequence)
                .with("SourceAddr", self.address)
                .with("SourceNode", self.name.as_str())
                .with("SourcePort", u64::from(PORT))
                .message(&[kind::PING]);
            self.send(address, &ping);
            let acked = self.proc.until(|proc| {
                let mut acked = self.acked.borrow_mut();
                match acked.iter().position(|known| *known == sequence) {
                    Some(at) => {
                        acked.remove(at);
                        Poll::Ready(())
                    }
                    None => {
                        self.ack_waiters.add(proc.task());
                        Poll::Pending
                    }
                }
            });
            if self.proc.timeout(PROBE_TIMEOUT, acked).await.is_none() {
                self.suspect(&name);
            }
        }
    }

    fn suspect(&self, name: &str) {
        let until = self.proc.now() + SUSPICION;
        let incarnation = {
            let mut members = self.members.borrow_mut();
            let Some(member) = members.get_mut(name) else { return };
            if member.health != Health::Alive {
                return;
            }
            member.health = Health::Suspect(until);
            member.incarnation
        };
        let message = Map::default()
            .with("From", self.name.as_str())
            .with("Incarnation", incarnation)
            .with("Node", name)
            .message(&[kind::SUSPECT]);
        self.rumor(message);
    }

    /// Suspects that did not defend themselves are gone.
    fn bury_suspects(&self) {
        let now = self.proc.now();
        for member in self.members.borrow_mut().values_mut() {
            if matches!(member.health, Health::Suspect(until) if until <= now) {
                member.health = Health::Dead;
            }
        }
    }

    /// Exchanges everything with another member; whether it answered.
    pub async fn join(&self, address: Ipv4Addr) -> bool {
        let joined = self.proc.timeout(DIAL, self.push_pull(address)).await;
        joined == Some(Some(()))
    }

    async fn push_pull(&self, address: Ipv4Addr) -> Option<()> {
        let tcp = Tcp::connect(&self.proc, (address, PORT)).await.ok()?;
        tcp.send(&self.state_message()).await.ok()?;
        self.merge(&read_state(&tcp).await?);
        Some(())
    }

    /// Answers others who exchange everything.
    pub(super) async fn accept(self: Rc<Gossip>, listener: Listener) {
        while let Ok(tcp) = listener.accept().await {
            let gossip = self.clone();
            self.proc.thread(async move {
                if let Some(members) = read_state(&tcp).await {
                    // A member that has gone meanwhile does not mind.
                    let _ = tcp.send(&gossip.state_message()).await;
                    gossip.merge(&members);
                }
            });
        }
    }

    /// Now and then everything is exchanged again.
    pub(super) async fn exchange(self: Rc<Gossip>) {
        let mut turn = 0;
        loop {
            self.proc.sleep(PUSH_PULL).await;
            let alive = self.alive();
            if !alive.is_empty() {
                turn += 1;
                let (_, address) = alive[turn % alive.len()].clone();
                self.join(address).await;
            }
        }
    }

    /// Everything that is known: a length, then the members, this one first.
    fn state_message(&self) -> Vec<u8> {
        let entry = |name: &str, address: Ipv4Addr, incarnation: u64, state: u64| {
            Map::default()
                .with("Addr", address)
                .with("Incarnation", incarnation)
                .with("Meta", Item::Raw(META.to_vec()))
                .with("Name", name)
                .with("Port", u64::from(PORT))
                .with("State", state)
                .with("Vsn", Item::Raw(VERSIONS.to_vec()))
        };
        let members = self.members.borrow();
        let mut list = vec![entry(&self.name, self.address, self.incarnation.get(), 0)];
        list.extend(members.iter().map(|(name, member)| {
            let state = match member.health {
                Health::Alive => 0,
                Health::Suspect(_) => 1,
                Health::Dead => 2,
            };
            entry(name, member.address, member.incarnation, state)
        }));
        let mut out = Map::default()
            .with("Join", Item::Flag(true))
            .with("Nodes", list.len() as u64)
            .with("UserStateLen", 0)
            .message(&[kind::PUSH_PULL]);
        for member in list {
            out.extend(member.message(&[]));
        }
        out
    }

    fn merge(&self, members: &[Fields]) {
        for member in members {
            let (Some(name), Some(address)) = (member.text("Name"), member.address("Addr")) else {
                continue;
            };
            let incarnation = member.number("Incarnation").unwrap_or(0);
            if name == self.name {
                continue;
            }
            if member.number("State") == Some(0) && self.meet(&name, address, incarnation) {
                let mut rumor = Map::default()
                    .with("Addr", address)
                    .with("Incarnation", incarnation)
                    .with("Meta", Item::Raw(META.to_vec()))
                    .with("Node", name.as_str())
                    .with("Port", u64::from(PORT));
                rumor = rumor.with("Vsn", Item::Raw(VERSIONS.to_vec()));
                self.rumor(rumor.message(&[kind::ALIVE]));
            }
        }
    }
}

/// Reads what another member knows.
async fn read_state(tcp: &Tcp) -> Option<Vec<Fields>> {
    const MAX: usize = 1 << 20;
    let mut bytes = Vec::new();
    loop {
        let more = tcp.recv().await.ok()?;
        bytes.extend_from_slice(&more);
        if let Some(members) = parse_state(&bytes) {
            return Some(members);
        }
        if more.is_empty() || bytes.len() > MAX {
            return None;
        }
    }
}

/// The members in a message; `None` if it is not complete yet.
fn parse_state(bytes: &[u8]) -> Option<Vec<Fields>> {
    let (kind, mut rest) = bytes.split_first()?;
    if *kind != kind::PUSH_PULL {
        return None;
    }
    let count = Fields::take(&mut rest)?.number("Nodes")?;
    (0..count).map(|_| Fields::take(&mut rest)).collect()
}
