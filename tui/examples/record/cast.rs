//! The format of asciinema, version 2: a header, then a line for each piece of output with its time.

use std::fmt;
use std::time::Duration;

use serde_json::json;

/// A recording.
pub struct Cast {
    size: (u16, u16),
    pieces: Vec<(Duration, String)>,
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl Cast {
    /// Nothing yet.
    pub fn new(columns: u16, rows: u16) -> Cast {
        Cast { size: (columns, rows), pieces: Vec::new(), begun: Vec::new() }
    }

    /// Output came.
    pub fn add(&mut self, at: Duration, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = match str::from_utf8(&self.begun) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
        self.pieces.push((at, String::from_utf8_lossy(&text).into_owned()));
    }
}

impl fmt::Display for Cast {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (width, height) = self.size;
        let header = json!({
            "version": 2, "width": width, "height": height, "title": "netsim",
            "env": { "TERM": "xterm-256color" },
        });
        writeln!(f, "{header}")?;
        for (at, text) in &self.pieces {
            let seconds = (at.as_secs_f64() * 1000.0).round() / 1000.0;
            writeln!(f, "{}", json!([seconds, "o", text]))?;
        }
        Ok(())
    }
}
