//! Who reaches whom: a matrix of answers, found by sending on copies of the machines. [`asking`] sends,
//! [`table`] lays the matrix out, [`pane`] draws it.

pub mod asking;
pub mod pane;
mod table;

use netsim_sim::engine::Time;
use netsim_sim::reach::{Cell, Protocol, Question};

use super::copies::{Recipe, Worker};
use super::packets::guest::Guest;
use super::session::Session;
use asking::{Ask, News, Order, Pair};

/// The matrix and what is chosen in it.
pub struct Reach {
    worker: Option<Worker<Order, News>>,
    question: Question,
    /// The question that was asked last, and when.
    asked: Option<Ask>,
    number: u64,
    /// Who was asked, in order.
    names: Vec<String>,
    /// The answers so far: by sender, receiver, protocol.
    cells: Vec<Cell>,
    /// What went wrong.
    failure: Option<String>,
    /// The answer whose packets are awaited.
    opening: Option<Pair>,
    /// Which of the protocols is shown.
    protocol: usize,
    /// Row and column of the chosen answer.
    chosen: (usize, usize),
    /// Rows and columns that are scrolled away.
    scroll: (usize, usize),
}

impl Default for Reach {
    fn default() -> Reach {
        let protocols = vec![Protocol::Icmp, Protocol::Tcp(80)];
        Reach {
            worker: None,
            question: Question { protocols, ..Question::default() },
            asked: None,
            number: 0,
            names: Vec::new(),
            cells: Vec::new(),
            failure: None,
            opening: None,
            protocol: 0,
            chosen: (0, 1),
            scroll: (0, 0),
        }
    }
}

impl Reach {
    /// What is sent.
    pub fn protocols(&self) -> &[Protocol] {
        &self.question.protocols
    }

    /// Asks the same by sending something else.
    pub fn ask_by(&mut self, protocols: Vec<Protocol>, session: &Session) {
        self.question.protocols = protocols;
        self.protocol = 0;
        self.ask(session);
    }

    /// Asks everyone about everyone at the moment at which one looks.
    pub fn ask(&mut self, session: &Session) {
        self.number += 1;
        let recipe = Recipe::of(session);
        let ask = Ask { number: self.number, recipe, question: self.question.clone() };
        self.asked = Some(ask.clone());
        self.names.clear();
        self.cells.clear();
        (self.failure, self.opening) = (None, None);
        self.order(Order::Ask(ask));
    }

    fn order(&mut self, order: Order) {
        let worker = self.worker.get_or_insert_with(|| Worker::start(asking::work));
        if !worker.order(order) {
            // Whoever worked there is gone: a bug that must not take the lesson with it.
            self.worker = None;
            self.failure = Some("netsim: the copy of the machines is lost".to_owned());
        }
    }

    /// Whether nobody has asked.
    pub fn is_new(&self) -> bool {
        self.asked.is_none()
    }

    /// Other machines: nothing is known of them yet.
    pub fn begin_anew(&mut self) {
        let question = self.question.clone();
        let (worker, number) = (self.worker.take(), self.number + 1);
        *self = Reach { worker, question, number, ..Reach::default() };
    }

    /// The moment of the question.
    pub fn at(&self) -> Option<Time> {
        self.asked.as_ref().map(|ask| ask.recipe.at())
    }

    /// How many answers there are, and how many there will be; `None` for all while nobody knows.
    fn progress(&self) -> (usize, Option<usize>) {
        let count = self.names.len();
        let all = count * count.saturating_sub(1) * self.protocols().len();
        (self.cells.len(), (count > 0).then_some(all))
    }

    /// Whether answers, or the packets of one, are still awaited.
    pub fn is_busy(&self) -> bool {
        let (found, all) = self.progress();
        let is_asking = self.asked.is_some() && all.is_none_or(|all| found < all);
        self.failure.is_none() && (is_asking || self.opening.is_some())
    }

    /// Takes what was found. The packets of an answer, if they have come.
    pub fn update(&mut self) -> Option<Guest> {
        let news: Vec<News> = self.worker.iter().flat_map(|worker| worker.news()).collect();
        let mut opened = None;
        for one in news {
            match one {
                News::Who(number, names) if number == self.number => self.names = names,
                News::Found(number, cell) if number == self.number => self.cells.push(cell),
                News::Opened(number, pair, sights) if number == self.number => {
                    self.opening = None;
                    let at = self.at().unwrap_or(Time::ZERO);
                    let cell = self.cells.iter().find(|cell| pair.is_of(cell)).cloned();
                    opened = cell.map(|cell| Guest::new(cell, at, sights));
                }
                News::Failed(number, text) if number == self.number => self.failure = Some(text),
                _ => {}
            }
        }
        opened
    }

    /// The answer in a row and a column, if it has been found.
    fn cell(&self, (row, column): (usize, usize)) -> Option<&Cell> {
        let others = self.names.len().checked_sub(1)?;
        if row == column || row > others || column > others {
            return None;
        }
        let pair = row * others + column - usize::from(column > row);
        self.cells.get(pair * self.protocols().len() + self.protocol)
    }

    /// The chosen answer.
    pub fn chosen(&self) -> Option<&Cell> {
        self.cell(self.chosen)
    }

    /// Chooses another answer.
    pub fn move_by(&mut self, rows: isize, columns: isize) {
        let last = self.names.len().saturating_sub(1);
        let (row, column) = self.chosen;
        let row = row.saturating_add_signed(rows).min(last);
        let column = column.saturating_add_signed(columns).min(last);
        // Nobody sends to himself: that is stepped over.
        let over = (
            row.saturating_add_signed(rows.signum()).min(last),
            column.saturating_add_signed(columns.signum()).min(last),
        );
        self.chosen = if row == column && over.0 != over.1 { over } else { (row, column) };
    }

    /// Chooses an answer; false if it was chosen already.
    pub fn choose(&mut self, cell: (usize, usize)) -> bool {
        let was = self.chosen;
        self.chosen = cell;
        was != cell
    }

    /// Shows the answers for a protocol.
    pub fn show_protocol(&mut self, n: usize) {
        self.protocol = n % self.protocols().len().max(1);
    }

    /// Shows those for the next one.
    pub fn next_protocol(&mut self) {
        self.show_protocol(self.protocol + 1);
    }

    /// Asks for the packets of the chosen answer.
    pub fn open(&mut self) {
        let Some(cell) = self.chosen() else { return };
        let (from, to) = (cell.from.clone(), cell.to.clone());
        let pair = Pair { from, to, protocol: cell.protocol };
        let Some(ask) = self.asked.clone() else { return };
        self.opening = Some(pair.clone());
        self.order(Order::Open(ask, pair));
    }
}

impl Pair {
    fn is_of(&self, cell: &Cell) -> bool {
        (&cell.from, &cell.to, cell.protocol) == (&self.from, &self.to, self.protocol)
    }
}

/// Protocols as people type them: `icmp tcp 80 udp:53`.
pub fn parse(text: &str) -> Result<Vec<Protocol>, String> {
    let mut protocols = Vec::new();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let protocol = match (word, words.peek()) {
            ("ping", _) => Protocol::Icmp,
            ("tcp" | "udp", Some(port)) => {
                let protocol = format!("{word}:{port}").parse()?;
                words.next();
                protocol
            }
            _ => word.parse()?,
        };
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
        }
    }
    if protocols.is_empty() { Err("icmp, tcp PORT, udp PORT".to_owned()) } else { Ok(protocols) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_read_as_people_type_them() {
        let all = [Protocol::Icmp, Protocol::Tcp(80), Protocol::Udp(53)];
        assert_eq!(parse("icmp tcp 80 udp:53").as_deref(), Ok(&all[..]));
        assert_eq!(parse("ping, tcp:80, udp 53 tcp 80").as_deref(), Ok(&all[..]));
        for wrong in ["", "tcp", "tcp 0", "sctp 80", "80"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
