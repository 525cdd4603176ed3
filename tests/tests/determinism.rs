//! The same lesson and seed give the same bytes, whenever they are played.

use netsim_sim::engine::Seed;
use netsim_sim::kernel::Tracing;
use netsim_sim::lesson::catalogue;
use netsim_sim::lesson::play::{Settings, play};
use netsim_sim::shell;
use netsim_sim::trace::digest::Digest;

fn digest(lesson: &netsim_sim::lesson::Lesson, seed: u64) -> String {
    let platform = shell::platform();
    let settings = Settings { seed: Seed(seed), platform, tracing: Tracing::Full, capture: false };
    let mut digest = Digest::default();
    play(lesson, &settings, &mut |world, scene| digest.take_scene(world, scene))
        .expect("built-in lessons can be played");
    digest.to_string()
}

#[test]
fn every_lesson_is_the_same_twice() {
    for entry in catalogue::entries() {
        let lesson = entry.lesson("en").expect("built-in lessons are right");
        assert_eq!(digest(&lesson, 1), digest(&lesson, 1), "{}", entry.id);
    }
}

#[test]
fn the_seed_makes_a_difference() {
    let entry = catalogue::find("overlay-first-ping").expect("it is built in");
    let lesson = entry.lesson("en").expect("built-in lessons are right");
    assert_ne!(digest(&lesson, 1), digest(&lesson, 2));
}
