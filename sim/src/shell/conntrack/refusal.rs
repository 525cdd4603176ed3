//! Why `conntrack` does nothing.

/// Why nothing is done.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) sentence: String,
    /// Where to find help is said, too.
    pub(super) with_hint: bool,
    pub(super) status: i32,
    /// What is said before.
    pub(super) remarks: Vec<String>,
}

/// What comes of a command.
pub(super) type Result<T> = std::result::Result<T, Refusal>;

impl Refusal {
    /// The command line is wrong.
    pub(super) fn usage(sentence: impl Into<String>) -> Refusal {
        let sentence = sentence.into();
        Refusal { sentence, with_hint: true, status: 2, remarks: Vec::new() }
    }

    /// The kernel says no.
    pub(super) fn operation(why: &str) -> Refusal {
        let sentence = format!("Operation failed: {why}");
        Refusal { sentence, with_hint: false, status: 1, remarks: Vec::new() }
    }

    /// Nobody wrote it.
    pub(super) fn not_simulated(what: &str) -> Refusal {
        let sentence = format!("{what} is not simulated by netsim");
        Refusal { sentence, with_hint: false, status: 1, remarks: Vec::new() }
    }
}
