//! Copies of the machines, on which something is tried or looked up while the screen goes on. A thread
//! builds them again from what was typed: machines are deterministic. Only words and numbers come back.

use std::sync::mpsc::{Receiver, Sender, channel};

use netsim_sim::engine::Time;
use netsim_sim::lesson::play::Player;
use netsim_sim::lesson::typing::Journal;
use netsim_sim::lesson::{Lesson, LessonError};

use super::session::{Session, settings};

/// What is needed to build the machines as they were at a moment.
#[derive(Clone)]
pub struct Recipe {
    lesson: Lesson,
    seed: u64,
    journal: Journal,
    /// The record before which one looks, if that is not now.
    before: Option<u64>,
}

impl Recipe {
    /// The machines at the moment at which one looks.
    pub fn of(session: &Session) -> Recipe {
        let (_, until) = session.moment();
        let journal = Journal { until, ..session.player.journal() };
        let lesson = session.player.lesson.clone();
        Recipe { lesson, seed: session.seed, journal, before: session.looking }
    }

    /// The moment.
    pub fn at(&self) -> Time {
        self.journal.until
    }

    /// Builds them. Of what happened at one time, only what came before the moment.
    pub fn build(&self) -> Result<Player<'_>, LessonError> {
        let settings = settings(self.seed);
        let until = self.journal.until;
        let Some(before) = self.before.filter(|_| !self.is_typed_at(until)) else {
            return Player::resumed(&self.lesson, &settings, &self.journal);
        };
        let earlier = Time::from_nanos(until.as_nanos().saturating_sub(1));
        let journal = Journal { until: earlier, ..self.journal.clone() };
        let mut player = Player::resumed(&self.lesson, &settings, &journal)?;
        let world = &mut player.world;
        while world.trace.next_seq() < before && world.next_event().is_some_and(|at| at <= until) {
            world.step();
        }
        Ok(player)
    }

    /// Whether somebody typed something just then.
    fn is_typed_at(&self, at: Time) -> bool {
        self.journal.typed.iter().any(|typed| {
            typed.at == at
                || typed.interrupted == Some(at)
                || typed.keys.iter().any(|(pressed, _)| *pressed == at)
        })
    }
}

/// Somebody who works on copies, in a thread of its own. Orders go there, news come back; it ends when
/// this is dropped.
pub struct Worker<Order, News> {
    orders: Sender<Order>,
    news: Receiver<News>,
}

impl<Order: Send + 'static, News: Send + 'static> Worker<Order, News> {
    /// Starts to work.
    // The screen has to go on. Each simulation is on one thread only.
    #[allow(clippy::disallowed_methods)]
    pub fn start(
        work: impl FnOnce(Receiver<Order>, Sender<News>) + Send + 'static,
    ) -> Worker<Order, News> {
        let (orders, to_do) = channel();
        let (done, news) = channel();
        std::thread::spawn(move || work(to_do, done));
        Worker { orders, news }
    }

    /// Gives an order; false if nobody works there any more.
    pub fn order(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }

    /// What has come back since the last time.
    pub fn news(&self) -> impl Iterator<Item = News> {
        self.news.try_iter()
    }
}
