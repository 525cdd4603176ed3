//! The screen with 1,000 containers' worth of namespaces while the machines are busy: how long it takes from
//! a key to the picture, and how long to look at another moment. Run: `cargo bench --bench screen`.

use std::time::Duration;

use divan::Bencher;
use netsim_sim::lesson::Lesson;
use netsim_tui::ui::stage::Stage;
use ratatui::crossterm::event::KeyCode;

fn main() {
    divan::main();
}

/// Pictures a second.
const PICTURES: u64 = 30;
/// Events of the machines a second.
const EVENTS: u64 = 100_000;

/// A lesson with four hosts and so many namespaces on each, all on a bridge, and one that pings them all.
fn lesson(on_each: usize) -> Lesson {
    let mut hosts = String::new();
    let mut lines = String::new();
    for host in 1..=4 {
        hosts += &format!("host.h{host} = {{ lan = \"10.9.0.{host}\" }}\n");
        lines += &format!(
            "\"h{host}$ ip link add br0 type bridge && ip addr add 10.{host}.255.254/16 dev br0 && \
             ip link set br0 up\",\n"
        );
        lines += &format!(
            "\"\"\"h{host}$ n=0; while [ $n -lt {on_each} ]; do ip netns add n$n && ip link add v$n \
             type veth peer name eth0 netns n$n && ip link set v$n master br0 up && \
             ip -n n$n addr add 10.{host}.$((n / 250)).$((n % 250 + 1))/16 dev eth0 && \
             ip -n n$n link set eth0 up; n=$((n + 1)); done\"\"\",\n"
        );
    }
    let text = format!(
        "+++\nschema = 1\nid = \"many\"\nlang = \"en\"\ntitle = \"many\"\nkind = \"tutorial\"\n\
         [topology]\nsegment.lan = {{ subnet = \"10.9.0.0/24\" }}\n{hosts}\
         [setup]\nrun = [\n{lines}]\n+++\n# many\n"
    );
    Lesson::parse("many.md", &text).unwrap_or_else(|error| panic!("{error}"))
}

/// A screen that is busy: pings between namespaces, flooded over bridges with many ports.
fn busy(lesson: &Lesson) -> Stage<'_> {
    let mut stage = Stage::open(lesson, 200, 60).unwrap_or_else(|error| panic!("{error}"));
    stage.type_line("ip netns exec n0 ping -q -i 0.002 -c 1000000 10.1.0.2");
    stage.advance(Duration::from_millis(33));
    stage
}

/// Lets so many events happen, as between two pictures.
fn work(stage: &mut Stage, events: u64) {
    let end = stage.events() + events;
    while stage.events() < end {
        stage.advance(Duration::from_millis(1));
    }
}

/// From a key to the picture, at 100,000 events a second; the events themselves are not counted.
#[divan::bench(args = [10, 250])]
fn key_to_paint(bencher: Bencher, on_each: usize) {
    let lesson = lesson(on_each);
    let mut stage = busy(&lesson);
    work(&mut stage, EVENTS);
    stage.paint();
    let stage = std::cell::RefCell::new(stage);
    bencher.with_inputs(|| work(&mut stage.borrow_mut(), EVENTS / PICTURES)).bench_local_values(
        |()| {
            let mut stage = stage.borrow_mut();
            stage.press(KeyCode::Down);
            stage.paint()
        },
    );
}

/// A look at another moment of a run of 100,000 events, with its picture.
#[divan::bench(args = [10, 250])]
fn look_at_another_moment(bencher: Bencher, on_each: usize) {
    let lesson = lesson(on_each);
    let mut stage = busy(&lesson);
    work(&mut stage, EVENTS);
    stage.paint();
    let records = stage.records();
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 104_729) % records;
        stage.look_at(at.max(1));
        stage.paint()
    });
}

/// A picture while nothing happens.
#[divan::bench(args = [10, 250])]
fn paint_at_rest(bencher: Bencher, on_each: usize) {
    let lesson = lesson(on_each);
    let mut stage = Stage::open(&lesson, 200, 60).unwrap_or_else(|error| panic!("{error}"));
    stage.paint();
    bencher.bench_local(|| stage.paint());
}
