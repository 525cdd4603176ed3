//! Machines and tables as they were at the moment at which one looks back: a thread builds the machines
//! again up to there and reads them.

use std::sync::mpsc::{Receiver, Sender};

use netsim_sim::lesson::play::Player;
use netsim_sim::world::World;
use netsim_sim::world::plan::Plan;
use netsim_sim::world::tables::TableView;

use super::Object;
use crate::ui::copies::{Recipe, Worker};
use crate::ui::session::Session;

/// What is sought: as of which record, and of which object the tables.
type Wanted = (u64, Option<Object>);

/// What was sought, and the machines.
struct Order {
    wanted: Wanted,
    recipe: Recipe,
}

/// What was found.
pub struct View {
    wanted: Wanted,
    /// The machines.
    pub plan: Plan,
    /// The tables of the object.
    pub tables: Vec<TableView>,
}

/// What is known of the past.
#[derive(Default)]
pub struct Past {
    worker: Option<Worker<Order, View>>,
    wanted: Option<Wanted>,
    view: Option<View>,
}

impl Past {
    /// What was at a moment, if it is known already; else it is sought.
    pub fn at(&mut self, session: &Session, wanted: Wanted) -> Option<&View> {
        if self.wanted != Some(wanted) {
            self.wanted = Some(wanted);
            let worker = self.worker.get_or_insert_with(|| Worker::start(work));
            if !worker.order(Order { wanted, recipe: Recipe::of(session) }) {
                self.worker = None;
            }
        }
        self.view.as_ref().filter(|view| view.wanted == wanted)
    }

    /// Takes what was found. Whether there is news.
    pub fn update(&mut self) -> bool {
        let news = self.worker.as_ref().and_then(|worker| worker.news().last());
        let is_new = news.is_some();
        self.view = news.or(self.view.take());
        is_new
    }

    /// Whether something is sought.
    pub fn is_busy(&self) -> bool {
        self.worker.is_some()
            && self.wanted.is_some()
            && self.view.as_ref().map(|view| view.wanted) != self.wanted
    }

    /// One looks at what is now.
    pub fn forget(&mut self) {
        (self.wanted, self.view) = (None, None);
    }
}

/// Reads what is wanted of machines that were built for it. While somebody goes on looking back, only the
/// newest order counts; the next object at the same moment costs nothing.
fn work(orders: Receiver<Order>, news: Sender<View>) {
    let newest = |first: Order| orders.try_iter().last().unwrap_or(first);
    let mut next = orders.recv().ok().map(newest);
    while let Some(order) = next.take() {
        // A past that cannot be built is not shown: nobody may take another state for it.
        let Ok(Player { mut world, .. }) = order.recipe.build() else {
            next = orders.recv().ok().map(newest);
            continue;
        };
        let (moment, mut object) = order.wanted;
        loop {
            let (plan, tables) = (world.plan(), tables_of(&mut world, object));
            if news.send(View { wanted: (moment, object), plan, tables }).is_err() {
                return;
            }
            match orders.recv().ok().map(newest) {
                Some(order) if order.wanted.0 == moment => object = order.wanted.1,
                other => {
                    next = other;
                    break;
                }
            }
        }
    }
}

/// The tables of an object.
pub fn tables_of(world: &mut World, object: Option<Object>) -> Vec<TableView> {
    match object {
        Some(Object::Machine(host)) => {
            let ns = world.host(host).namespace();
            world.tables(host, ns, None)
        }
        Some(Object::Space(host, ns)) => world.tables(host, ns, None),
        Some(Object::Device(host, ns, link)) => world.tables(host, ns, Some(link)),
        None => Vec::new(),
    }
}
