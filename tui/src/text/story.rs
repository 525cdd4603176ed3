//! The journeys of packets as lines.

use std::collections::BTreeMap;

use netsim_sim::kernel::Cause;
use netsim_sim::trace::journey::Journey;
use netsim_sim::trace::telling::{Detail, Mood, Names, Told, tell};
use netsim_sim::wire::PacketId;
use netsim_sim::wire::summary::summary;

use super::words::{Lang, Words, fill};
use super::wrap::wrap;
use super::{Line, Piece, Style, telling, width};

/// A journey with its words, and the numbers of those that went the same way.
struct Entry<'a> {
    number: usize,
    journey: Journey<'a>,
    head: String,
    told: Vec<Told>,
    alike: Vec<(usize, Option<String>)>,
}

/// The journeys of a command as lines; packets that went the same way once.
pub fn lines(
    journeys: Vec<Journey>,
    names: &dyn Names,
    words: &Words,
    columns: usize,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let numbers: BTreeMap<PacketId, usize> =
        journeys.iter().enumerate().map(|(n, journey)| (journey.packet, n + 1)).collect();
    for entry in distinct(journeys, names) {
        let cause = match entry.journey.cause {
            Cause::Packet(packet) => numbers.get(&packet).map(|n| fill(words.because_of, &[n])),
            _ => None,
        };
        let mut head = vec![
            Piece::new(format!("#{} ", entry.number), Style::Strong),
            Piece::new(entry.head, Style::Code),
        ];
        let mut facts = vec![entry.journey.at.to_string()];
        facts.extend(cause);
        head.push(Piece::new(format!("  ({})", facts.join(", ")), Style::Dim));
        lines.extend(wrap(&head, columns));
        lines.extend(way(&entry.told, names, words, columns));
        if !entry.alike.is_empty() {
            let numbers: Vec<usize> = entry.alike.iter().map(|(n, _)| *n).collect();
            let text = fill(words.alike, &[&entry.alike.len(), &ranges(&numbers)]);
            let text = [Piece::new(format!("  … {text}"), Style::Dim)];
            lines.extend(wrap(&text, columns));
        }
        for (n, says) in &entry.alike {
            if let Some(says) = says {
                let says: String = says.chars().take(columns.saturating_sub(10)).collect();
                lines.push(vec![Piece::new(format!("    #{n} {says}"), Style::Dim)]);
            }
        }
    }
    lines
}

/// The stops of a journey; of a packet that circles its first and last ones.
fn way(told: &[Told], names: &dyn Names, words: &Words, columns: usize) -> Vec<Line> {
    const FIRST: usize = 150;
    const LAST: usize = 10;
    if told.len() <= FIRST + LAST {
        return stops(told, names, words.lang, columns);
    }
    let (first, rest) = told.split_at(FIRST);
    let (left_out, last) = rest.split_at(rest.len() - LAST);
    let text = fill(words.more_stops, &[&left_out.len()]);
    let mut lines = stops(first, names, words.lang, columns);
    lines.push(vec![Piece::new(format!("    {text}"), Style::Dim)]);
    lines.extend(stops(last, names, words.lang, columns));
    lines
}

/// The stops of a journey, under the names of the namespaces where they are.
pub fn stops(told: &[Told], names: &dyn Names, lang: Lang, columns: usize) -> Vec<Line> {
    const LABEL: usize = 16;
    let mut lines = Vec::new();
    let mut place = None;
    for stop in told {
        if place != Some((stop.host, stop.ns)) {
            place = Some((stop.host, stop.ns));
            let name = names.namespace(stop.host, stop.ns);
            lines.push(vec![Piece::new("  ", Style::Plain), Piece::new(name, Style::Strong)]);
        }
        let style = match stop.mood {
            Mood::Passing => Style::Plain,
            Mood::Changing => Style::Emphasis,
            Mood::Arrived => Style::Good,
            Mood::Gone => Style::Bad,
        };
        let label = telling::label(stop, lang);
        let pad = " ".repeat(LABEL.saturating_sub(width(label)));
        let text = [Piece::new(telling::sentence(&stop.said, lang), style)];
        let text = wrap(&text, columns.saturating_sub(LABEL + 5));
        for (n, line) in text.into_iter().enumerate() {
            let lead = if n == 0 {
                format!("    {label}{pad} ")
            } else {
                " ".repeat(LABEL.max(width(label)) + 5)
            };
            let mut full: Line = vec![Piece::new(lead, Style::Dim)];
            full.extend(line);
            lines.push(full);
        }
    }
    lines
}

/// Journeys that differ in more than numbers of connections, sequence numbers and times.
fn distinct<'a>(journeys: Vec<Journey<'a>>, names: &dyn Names) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (n, journey) in journeys.into_iter().enumerate() {
        let told = tell(&journey, names, Detail::Way);
        let head = head(&journey, names);
        let mut way = calm(&head);
        for stop in &told {
            let said = calm(&stop.said.to_string());
            way += &format!("\n{:?} {:?} {} {said}", stop.host, stop.ns, stop.label);
        }
        if let Some(same) = known.get(&way) {
            let first = journey.frames.first();
            let line = first.map(|seen| summary(&seen.frame.bytes));
            let says = line.and_then(|line| Some(line.split_once(": HTTP: ")?.1.to_owned()));
            entries[*same].alike.push((n + 1, says));
        } else {
            known.insert(way, entries.len());
            entries.push(Entry { number: n + 1, journey, head, told, alike: Vec::new() });
        }
    }
    entries
}

/// The packet as it was when it was first seen.
pub fn head(journey: &Journey, names: &dyn Names) -> String {
    match journey.frames.first() {
        Some(seen) => without_tcp_numbers(&summary(&seen.frame.bytes)),
        None => {
            let stop = journey.stops.first();
            let place = stop.map(|stop| names.namespace(stop.host, stop.note.ns));
            format!("({})", place.unwrap_or_default())
        }
    }
}

/// A summary without the numbers of TCP, which say little about the way of a segment.
fn without_tcp_numbers(line: &str) -> String {
    if !line.contains(": Flags [") {
        return line.to_owned();
    }
    let mut kept = Vec::new();
    let mut in_options = false;
    for part in line.split(", ") {
        in_options |= part.starts_with("options [");
        let is_number = ["seq ", "ack ", "win "].iter().any(|word| part.starts_with(word));
        if !in_options && !is_number {
            kept.push(part);
        }
        in_options &= !part.ends_with(']');
    }
    kept.join(", ")
}

/// A text without what differs from packet to packet of one kind of conversation: flags and counters,
/// and the ports that are chosen anew for each connection.
fn calm(text: &str) -> String {
    const COUNTERS: [&str; 7] = ["Flags ", "id ", "seq ", "ack ", "win ", "options ", "length "];
    let parts = text.split(", ").map(|part| {
        // The ends of a conversation stand before the first counter: `IP A > B: Flags [S]`.
        match part.split_once(": ") {
            Some((ends, rest)) if COUNTERS.iter().any(|word| rest.starts_with(word)) => ends,
            _ => part,
        }
    });
    let kept = parts.filter(|part| !COUNTERS.iter().any(|word| part.starts_with(word)));
    let words = kept.map(|part| part.split(' ').map(without_port).collect::<Vec<_>>().join(" "));
    words.collect::<Vec<_>>().join(", ")
}

/// `10.0.0.2.40000:` or `10.0.0.2:40000` with a star for a port that somebody chose at random.
fn without_port(word: &str) -> String {
    const FIRST_EPHEMERAL: u32 = 32_768;
    let bare = word.trim_end_matches([':', ',']);
    let Some((address, port)) = bare.rsplit_once(['.', ':']) else { return word.to_owned() };
    let is_address = address.split('.').count() == 4;
    match port.parse::<u32>() {
        Ok(port) if is_address && port >= FIRST_EPHEMERAL => format!("{address}.*"),
        _ => word.to_owned(),
    }
}

/// `3, 5-7`.
fn ranges(numbers: &[usize]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < numbers.len() {
        let mut end = at;
        while end + 1 < numbers.len() && numbers[end + 1] == numbers[end] + 1 {
            end += 1;
        }
        if !text.is_empty() {
            text += ", ";
        }
        text += &match end - at {
            0 => format!("#{}", numbers[at]),
            _ => format!("#{}-{}", numbers[at], numbers[end]),
        };
        at = end + 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_put_together() {
        assert_eq!(ranges(&[3, 5, 6, 7, 9]), "#3, #5-7, #9");
    }

    #[test]
    fn counters_do_not_make_packets_different() {
        let one = "IP 10.0.0.3 > 10.0.0.2: ICMP echo request, id 5, seq 0, length 64";
        let two = "IP 10.0.0.3 > 10.0.0.2: ICMP echo request, id 5, seq 1, length 64";
        assert_eq!(calm(one), calm(two));
        let syn = "IP 10.0.0.3.40000 > 10.0.0.2.80: Flags [S], seq 7, win 64240, length 0";
        let ack = "IP 10.0.0.3.40001 > 10.0.0.2.80: Flags [.], ack 1, win 501, length 0";
        assert_eq!(calm(syn), "IP 10.0.0.3.* > 10.0.0.2.80:".trim_end_matches(':'));
        assert_eq!(calm(syn), calm(ack));
    }
}
