//! The columns of `ss`, which are as wide as what stands in them.
//!
//! The last cell of the last row is not measured, as the real program prints before it would.

/// How a cell lies in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// A column: its title, how its cells lie, and what stands before it.
struct Column {
    title: &'static str,
    align: Align,
    before: &'static str,
}

const fn column(title: &'static str, align: Align, before: &'static str) -> Column {
    Column { title, align, before }
}

/// The columns, in order.
const COLUMNS: [Column; 9] = [
    column("Netid", Align::Left, ""),
    column("State", Align::Left, " "),
    column("Recv-Q", Align::Left, " "),
    column("Send-Q", Align::Left, " "),
    column("Local Address:", Align::Right, " "),
    column("Port", Align::Left, ""),
    column("Peer Address:", Align::Right, " "),
    column("Port", Align::Left, ""),
    column("Process", Align::Left, ""),
];

/// The cells of a line.
pub type Cells = [String; COLUMNS.len()];

/// Which columns are shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The kind of the socket.
    pub netid: bool,
    /// Its state.
    pub state: bool,
    /// The titles.
    pub header: bool,
}

/// The text of a table.
pub fn render(rows: &[Cells], shown: Shown) -> String {
    let titles: Cells = COLUMNS.each_ref().map(|column| column.title.to_owned());
    let header = shown.header.then_some(&titles);
    let lines: Vec<&Cells> = header.into_iter().chain(rows).collect();
    let is_shown = |column: usize| match column {
        0 => shown.netid,
        1 => shown.state,
        _ => true,
    };
    let columns: Vec<usize> = (0..COLUMNS.len()).filter(|column| is_shown(*column)).collect();
    let first = columns.first().copied().unwrap_or(0);
    let width = |column: usize| {
        let is_last = column == COLUMNS.len() - 1;
        let measured = lines.len() - usize::from(is_last && lines.len() > 1);
        let longest = lines[..measured].iter().map(|cells| cells[column].chars().count()).max();
        let before = if column == first { 0 } else { COLUMNS[column].before.len() };
        // The queues are as wide as their titles also without them.
        let least = if matches!(column, 2 | 3) { COLUMNS[column].title.len() } else { 0 };
        longest.unwrap_or(0).max(least) + before
    };
    let mut text = String::new();
    for cells in &lines {
        for &column in &columns {
            let Column { align, before, .. } = &COLUMNS[column];
            let before = if column == first { "" } else { before };
            let cell = &cells[column];
            let used = before.len() + cell.chars().count();
            let pad = " ".repeat(width(column).saturating_sub(used));
            text += before;
            text += &match align {
                Align::Left => format!("{cell}{pad}"),
                Align::Right => format!("{pad}{cell}"),
            };
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: [&str; 9]) -> Cells {
        line.map(str::to_owned)
    }

    #[test]
    fn columns_are_as_wide_as_in_the_real_tool() {
        let rows = [
            cells([
                "tcp",
                "LISTEN",
                "0",
                "1",
                "10.0.0.2:",
                "80",
                "0.0.0.0:",
                "*",
                " users:((\"nc\",pid=13,fd=3))",
            ]),
            cells([
                "tcp",
                "LISTEN",
                "0",
                "9",
                "*:",
                "8080",
                "*:",
                "*",
                " users:((\"busybox\",pid=136218,fd=3))",
            ]),
        ];
        let shown = Shown { netid: false, state: true, header: true };
        assert_eq!(
            render(&rows, shown),
            "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess                    \n\
             LISTEN 0      1           10.0.0.2:80        0.0.0.0:*    users:((\"nc\",pid=13,fd=3))\n\
             LISTEN 0      9                  *:8080            *:*    users:((\"busybox\",pid=136218,fd=3))\n"
        );
    }

    #[test]
    fn without_titles_columns_shrink() {
        let rows = [cells(["tcp", "LISTEN", "0", "1", "10.0.0.2:", "80", "0.0.0.0:", "*", ""])];
        let shown = Shown { netid: false, state: true, header: false };
        assert_eq!(render(&rows, shown), "LISTEN 0      1      10.0.0.2:80 0.0.0.0:*\n");
    }
}
