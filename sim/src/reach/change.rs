//! What differs between two moments.

use super::{Cell, Matrix, Protocol};

/// A pair that was asked at two moments with different answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Who sent.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// What.
    pub protocol: Protocol,
    /// The answer before; `None` if one of them was not there.
    pub before: Option<&'a Cell>,
    /// The answer after; `None` if one of them is gone.
    pub after: Option<&'a Cell>,
}

impl Matrix {
    /// The pairs whose answer is another one later, in the order of this matrix, then those that are new.
    /// Two reasons are different if their codes are.
    pub fn changes<'a>(&'a self, later: &'a Matrix) -> Vec<Change<'a>> {
        let known = self.cells.iter().map(|cell| (cell, Some(cell), later.like(cell)));
        let new = later.cells.iter().filter(|cell| self.like(cell).is_none());
        let all = known.chain(new.map(|cell| (cell, None, Some(cell))));
        all.filter(|(_, before, after)| before.map(Cell::code) != after.map(Cell::code))
            .map(|(cell, before, after)| Change {
                from: &cell.from,
                to: &cell.to,
                protocol: cell.protocol,
                before,
                after,
            })
            .collect()
    }

    fn like(&self, cell: &Cell) -> Option<&Cell> {
        self.cell(&cell.from, &cell.to, cell.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(cells: &[(&str, &str)]) -> Matrix {
        let cell = |(from, to): &(&str, &str)| Cell {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            protocol: Protocol::Icmp,
            address: None,
            answer: Ok(()),
        };
        let cells = cells.iter().map(cell).collect();
        Matrix { names: Vec::new(), protocols: vec![Protocol::Icmp], cells }
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let (before, after) =
            (matrix(&[("a", "b"), ("b", "a")]), matrix(&[("a", "b"), ("a", "c")]));
        let changes = before.changes(&after);
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.from, change.to, change.before.is_some(), change.after.is_some()))
            .collect();
        assert_eq!(told, [("b", "a", true, false), ("a", "c", false, true)]);
        assert!(before.changes(&before).is_empty());
    }
}
