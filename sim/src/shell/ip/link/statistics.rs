//! Counters of a device, as `ip -s` prints them.

use super::super::Tool;
use crate::kernel::sys::dump::LinkView;

/// Widths of the columns: at least those of their titles.
struct Columns([usize; 6]);

impl Columns {
    fn widen(&mut self, values: [u64; 6], is_human: bool) {
        if is_human {
            return;
        }
        for (width, value) in self.0.iter_mut().zip(values) {
            *width = (*width).max(value.to_string().len());
        }
    }

    fn titles(&self, direction: &str, titles: [&str; 6]) -> String {
        let mut text = format!("    {direction}:");
        for (n, (width, title)) in self.0.iter().zip(titles).enumerate() {
            let width = if n == 0 { width - 4 } else { *width };
            text += &format!(" {title:>width$}");
        }
        // The column for compressed packets, which nobody counts any more.
        text + " " + &" ".repeat("compressed".len())
    }

    fn values(&self, tool: &Tool, values: &[u64], first: usize) -> String {
        let columns = self.0.iter().skip(first).zip(values);
        columns.map(|(width, value)| format!("{:>width$} ", number(tool, *value))).collect()
    }

    fn error_titles(&self, direction: &str, titles: [&str; 5]) -> String {
        let mut text = format!("    {direction} errors:{}", " ".repeat(self.0[0] - 10));
        for (width, title) in self.0.iter().skip(1).zip(titles) {
            text += &format!(" {title:>width$}");
        }
        text
    }
}

/// Four lines; eight with `-s -s`.
pub fn describe(tool: &Tool, link: &LinkView) -> String {
    let counters = &link.counters;
    let is_human = tool.options.human;
    let with_errors = tool.options.statistics > 1;
    let received = [
        counters.rx_bytes,
        counters.rx_packets,
        counters.rx_errors,
        counters.rx_dropped,
        0,
        counters.rx_multicast,
    ];
    let sent = [
        counters.tx_bytes,
        counters.tx_packets,
        counters.tx_errors,
        counters.tx_dropped,
        counters.tx_carrier,
        0,
    ];
    let transitions = counters.carrier_changes;
    let mut columns =
        Columns(["*X errors:", "packets", "errors", "dropped", "heartbt", "overrun"].map(str::len));
    columns.widen(received, is_human);
    columns.widen(sent, is_human);
    if with_errors {
        columns.widen([0, 0, 0, 0, 0, transitions], is_human);
    }
    let newline = tool.newline();
    let indent = " ".repeat(columns.0[0] + 5);
    let mut text =
        columns.titles("RX", ["bytes", "packets", "errors", "dropped", "missed", "mcast"]);
    text += &format!("{newline}    {}", columns.values(tool, &received, 0));
    if with_errors {
        let titles = ["length", "crc", "frame", "fifo", "overrun"];
        text += &format!("{newline}{}{newline}", columns.error_titles("RX", titles));
        text += &(indent.clone() + &columns.values(tool, &[0; 5], 1));
    }
    text += newline;
    text += &columns.titles("TX", ["bytes", "packets", "errors", "dropped", "carrier", "collsns"]);
    text += &format!("{newline}    {}", columns.values(tool, &sent, 0));
    if with_errors {
        let titles = ["aborted", "fifo", "window", "heartbt", "transns"];
        text += &format!("{newline}{}{newline}", columns.error_titles("TX", titles));
        text += &(indent + &columns.values(tool, &[0, 0, 0, 0, transitions], 1));
    }
    text
}

/// A number, shortened with `-h`: `1.5k`.
fn number(tool: &Tool, value: u64) -> String {
    let base: u64 = if tool.options.iec { 1024 } else { 1000 };
    if !tool.options.human || value < base {
        return value.to_string();
    }
    let prefixes = ["k", "M", "G", "T", "P", "E"];
    let mut power = base;
    let mut n = 0;
    while value / base >= power && n + 1 < prefixes.len() {
        power *= base;
        n += 1;
    }
    // As many digits behind the point as make three in all, if there is room.
    let whole = value / power;
    let precision = if whole < 10 { 2 } else { usize::from(whole < 100) };
    let suffix = if tool.options.iec { "i" } else { "" };
    format!("{:.precision$}{}{suffix}", value as f64 / power as f64, prefixes[n])
}
