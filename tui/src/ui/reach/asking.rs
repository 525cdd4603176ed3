//! Who asks: the thread that sends on copies of the machines, one copy for each sender, so that no answer
//! depends on what others asked.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};

use netsim_sim::reach::{Cell, Protocol, Question, Sent, Spot};
use netsim_sim::trace::packets::Packets as Index;
use netsim_sim::world::World;

use crate::ui::copies::Recipe;
use crate::ui::packets::guest::Sight;

/// What is to be done.
pub enum Order {
    /// Ask everyone about everyone.
    Ask(Ask),
    /// Send once more what was sent for one answer, and show its packets.
    Open(Ask, Pair),
}

/// A question at a moment.
#[derive(Clone)]
pub struct Ask {
    /// Its number: news of older ones are not wanted any more.
    pub number: u64,
    /// The machines.
    pub recipe: Recipe,
    /// What is asked.
    pub question: Question,
}

/// One answer: whose, about whom, by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Who sends.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What.
    pub protocol: Protocol,
}

/// What comes back, with the number of the question.
pub enum News {
    /// Who is asked, in order.
    Who(u64, Vec<String>),
    /// The next answer.
    Found(u64, Cell),
    /// The packets that were sent for an answer.
    Opened(u64, Pair, Vec<Sight>),
    /// The machines could not be built.
    Failed(u64, String),
}

/// Nobody listens any more.
struct Gone;

/// Does what is ordered until nobody wants anything.
pub fn work(orders: Receiver<Order>, news: Sender<News>) {
    let mut next = orders.recv().ok();
    while let Some(order) = next {
        let done = match &order {
            Order::Ask(ask) => everyone(ask, &orders, &news),
            Order::Open(ask, pair) => open(ask, pair, &news).map(|()| None),
        };
        next = match done {
            Ok(Some(newer)) => Some(newer),
            Ok(None) => orders.recv().ok(),
            Err(Gone) => None,
        };
    }
}

/// All answers, one after the other. A newer question ends this one; one that is to be opened does not.
fn everyone(
    ask: &Ask,
    orders: &Receiver<Order>,
    news: &Sender<News>,
) -> Result<Option<Order>, Gone> {
    let mut senders = None;
    let mut n = 0;
    while senders.is_none_or(|count| n < count) {
        let mut player = match ask.recipe.build() {
            Ok(player) => player,
            Err(error) => {
                tell(news, News::Failed(ask.number, error.to_string()))?;
                return Ok(None);
            }
        };
        let spots = ask.question.who(&player.world);
        if senders.is_none() {
            senders = Some(spots.len());
            let names = spots.iter().map(|spot| spot.name.clone()).collect();
            tell(news, News::Who(ask.number, names))?;
        }
        let Some(from) = spots.get(n) else { break };
        for to in spots.iter().filter(|to| to.name != from.name) {
            match orders.try_recv() {
                Ok(Order::Open(ask, pair)) => open(&ask, &pair, news)?,
                Ok(newer @ Order::Ask(_)) => return Ok(Some(newer)),
                Err(TryRecvError::Disconnected) => return Err(Gone),
                Err(TryRecvError::Empty) => {}
            }
            for (cell, _) in ask.question.find(&mut player.world, from, to) {
                tell(news, News::Found(ask.number, cell))?;
            }
        }
        n += 1;
    }
    Ok(None)
}

/// Sends what one sender sent up to an answer, and reads the ways of the packets of that one.
fn open(ask: &Ask, pair: &Pair, news: &Sender<News>) -> Result<(), Gone> {
    let mut player = match ask.recipe.build() {
        Ok(player) => player,
        Err(error) => return tell(news, News::Failed(ask.number, error.to_string())),
    };
    let spots = ask.question.who(&player.world);
    let mut sights = Vec::new();
    if let Some(sent) = send(&mut player.world, &ask.question, &spots, pair) {
        sights = packets(&player.world, &sent);
    }
    tell(news, News::Opened(ask.number, pair.clone(), sights))
}

fn send(world: &mut World, question: &Question, spots: &[Spot], pair: &Pair) -> Option<Sent> {
    let from = spots.iter().find(|spot| spot.name == pair.from)?;
    for to in spots.iter().filter(|to| to.name != from.name) {
        let found = question.find(world, from, to);
        if to.name == pair.to {
            let meant = found.into_iter().find(|(cell, _)| cell.protocol == pair.protocol);
            return meant.and_then(|(_, sent)| sent);
        }
    }
    None
}

/// The packets of one answer.
fn packets(world: &World, sent: &Sent) -> Vec<Sight> {
    let mut index = Index::default();
    index.update(&world.trace);
    let (host, pid) = sent.origin;
    let of_it = index.since(sent.first_record).filter(|view| view.root == Some((host, pid.0)));
    let lines = BTreeMap::from([((host, pid.0), sent.line.clone())]);
    of_it.filter_map(|view| Sight::read(view, world, &lines)).collect()
}

fn tell(news: &Sender<News>, one: News) -> Result<(), Gone> {
    news.send(one).map_err(|_| Gone)
}
