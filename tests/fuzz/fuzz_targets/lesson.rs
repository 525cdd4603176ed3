//! Any text is read as a lesson.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netsim_sim::lesson::Lesson;

fuzz_target!(|text: &str| {
    let _ = Lesson::parse("fuzz.md", text);
});
