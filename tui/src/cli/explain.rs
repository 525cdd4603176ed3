//! What a command did: the journeys of its packets, printed or as JSON, and the deeds of Docker's engine.

use std::collections::BTreeMap;

use netsim_sim::docker::journal::deeds;
use netsim_sim::kernel::Cause;
use netsim_sim::lesson::play::Ran;
use netsim_sim::trace::journey;
use netsim_sim::trace::telling::{Detail, Mood, Names, tell};
use netsim_sim::wire::PacketId;
use netsim_sim::world::World;
use serde_json::{Value, json};

use super::paint;
use crate::text::words::{Words, fill};
use crate::text::{Piece, Style, story};

/// Prints the journeys of a command; packets that went the same way once.
pub fn print(world: &World, ran: &Ran, words: &Words, columns: usize) {
    let journeys = journey::caused_by(&world.trace, ran.first_record, ran.origin.0, ran.origin.1.0);
    let title = format!("┄ {}: {}", words.packets, journeys.len());
    paint::line(&vec![Piece::new(title, Style::Dim)]);
    let first = world.trace.first_seq();
    if ran.first_record < first {
        let text = fill(words.forgotten, &[&(world.trace.next_seq() - first)]);
        paint::line(&vec![Piece::new(format!("  {text}"), Style::Dim)]);
    }
    paint::lines(&story::lines(journeys, &world.names(), words, columns));
}

/// Prints what the engine of the machine did while a command ran.
pub fn print_deeds(world: &World, ran: &Ran, words: &Words) {
    let calls = world.host(ran.origin.0).kernel().calls();
    let deeds = deeds(calls, ran.at, ran.at + ran.took);
    if deeds.is_empty() {
        return;
    }
    let title = format!("┄ {}: {}", words.engine_did, deeds.len());
    paint::line(&vec![Piece::new(title, Style::Dim)]);
    for (_, deed) in deeds {
        paint::line(&vec![Piece::new(format!("  {deed}"), Style::Plain)]);
    }
}

/// The journeys of a command, all of them, every stop.
pub fn json(world: &World, ran: &Ran) -> Value {
    let names = world.names();
    let journeys = journey::caused_by(&world.trace, ran.first_record, ran.origin.0, ran.origin.1.0);
    let numbers: BTreeMap<PacketId, usize> =
        journeys.iter().enumerate().map(|(n, journey)| (journey.packet, n + 1)).collect();
    let all = journeys.iter().enumerate().map(|(n, journey)| {
        let because_of = match journey.cause {
            Cause::Packet(packet) => numbers.get(&packet).copied(),
            _ => None,
        };
        let stops: Vec<Value> = tell(journey, &names, Detail::Rules)
            .iter()
            .map(|stop| {
                json!({
                    "host": names.host(stop.host),
                    "place": names.namespace(stop.host, stop.ns),
                    "label": stop.label,
                    "text": stop.said.to_string(),
                    "mood": match stop.mood {
                        Mood::Passing => "passing",
                        Mood::Changing => "changing",
                        Mood::Arrived => "arrived",
                        Mood::Gone => "gone",
                    },
                })
            })
            .collect();
        json!({
            "number": n + 1,
            "at": journey.at.as_secs_f64(),
            "because_of": because_of,
            "packet": story::head(journey, &names),
            "stops": stops,
        })
    });
    Value::Array(all.collect())
}
