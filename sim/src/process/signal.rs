//! Signals, as far as programs here send and catch them.

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Signal {
    Hup,
    Int,
    Quit,
    Kill,
    Pipe,
    Term,
}

impl Signal {
    const ALL: [(Signal, i32, &'static str); 6] = [
        (Signal::Hup, 1, "HUP"),
        (Signal::Int, 2, "INT"),
        (Signal::Quit, 3, "QUIT"),
        (Signal::Kill, 9, "KILL"),
        (Signal::Pipe, 13, "PIPE"),
        (Signal::Term, 15, "TERM"),
    ];

    /// Its number on Linux.
    pub fn number(self) -> i32 {
        Signal::ALL.iter().find(|(signal, ..)| *signal == self).map_or(0, |(_, number, _)| *number)
    }

    /// Its name, without `SIG`.
    pub fn name(self) -> &'static str {
        Signal::ALL.iter().find(|(signal, ..)| *signal == self).map_or("", |(.., name)| name)
    }

    /// The signal that `kill` or `timeout -s` calls so: a number, or a name with or without `SIG`.
    pub fn named(text: &str) -> Option<Signal> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let fits = |(_, number, known): &&(Signal, i32, &str)| {
            *known == name || number.to_string() == name
        };
        Signal::ALL.iter().find(fits).map(|(signal, ..)| *signal)
    }
}
