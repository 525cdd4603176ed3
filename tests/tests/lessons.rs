//! The built-in lessons: each holds, in each language, with any seed; and none is a film.

use netsim_sim::engine::{Seed, Span};
use netsim_sim::kernel::context::Tracing;
use netsim_sim::lesson::play::{Player, Scene, Score, Settings, play};
use netsim_sim::lesson::{Lesson, catalogue};
use netsim_sim::shell;
use netsim_sim::world::World;

fn settings(seed: u64) -> Settings {
    Settings {
        seed: Seed(seed),
        platform: shell::platform(),
        tracing: Tracing::Steps,
        capture: true,
    }
}

fn played(lesson: &Lesson, seed: u64) -> (Score, World) {
    play(lesson, &settings(seed), &mut |_, _| {}).expect("its machines boot")
}

fn failures(lesson: &Lesson, seed: u64) -> Vec<String> {
    let (score, _) = played(lesson, seed);
    assert!(score.expectations > 0);
    score
        .failures
        .iter()
        .map(|f| {
            format!("{}:{} {}: expected {}, got {}", f.file, f.line, f.what, f.expected, f.got)
        })
        .collect()
}

fn main_lesson() -> catalogue::Entry {
    catalogue::find("overlay-isolation").expect("the main job is built in")
}

/// The main lesson with other words in it.
fn altered(change: impl Fn(&str) -> String) -> Lesson {
    let text = change(main_lesson().source);
    assert_ne!(text, main_lesson().source, "the change found its place");
    Lesson::parse("altered.md", &text).expect("it still is a lesson")
}

#[test]
fn all_hold_in_all_languages() {
    for entry in catalogue::entries() {
        for lang in ["en", "zh"] {
            let lesson = entry.lesson(lang).unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(lesson.front.lang, lang, "{} has a translation", entry.id);
            assert_eq!(failures(&lesson, 1), Vec::<String>::new());
        }
    }
}

#[test]
fn the_seed_does_not_matter_to_what_they_teach() {
    for entry in catalogue::entries() {
        for seed in [2, 77] {
            let lesson = entry.lesson_for("en", Seed(seed)).expect("it is a lesson");
            assert_eq!(failures(&lesson, seed), Vec::<String>::new(), "seed {seed}");
        }
    }
}

#[test]
fn authors_have_nothing_to_mend() {
    for entry in catalogue::entries() {
        let lesson = entry.lesson("en").expect("it is a lesson");
        let mut remarks = lesson.lint();
        for (_, file, source) in &entry.translations {
            let translation = lesson.parse_translation(file, source).expect("it is one");
            remarks.extend(lesson.lint_translation(&translation));
        }
        assert_eq!(remarks, Vec::new(), "{}", entry.file);
    }
}

#[test]
fn a_repair_that_repairs_nothing_is_found() {
    let entry = catalogue::find("fix-ip-forward").expect("it is built in");
    let with = |from: &str, to: &str| {
        let text = entry.source.replace(from, to);
        assert_ne!(text, entry.source);
        Lesson::parse("altered.md", &text).expect("it still is a lesson")
    };
    let no_fault = with("value = 0", "value = 1");
    assert!(failures(&no_fault, 1).iter().any(|text| text.contains("nothing to repair")));
    let no_repair = with("sysctl -w net.ipv4.ip_forward=1\n", "sysctl -w net.ipv4.ip_forward=0\n");
    assert!(failures(&no_repair, 1).iter().any(|text| text.contains("reach app")));
}

#[test]
fn without_the_connect_the_last_ping_fails_at_its_line() {
    const CONNECT: &str = "docker-2$ docker network connect ov-test test3\n";
    let text = main_lesson().source.replace(CONNECT, "");
    let (before, _) = text
        .rsplit_once(
            "64 bytes from 10.0.0.2: seq=0 ttl=64 time=[MS] ms\n64 bytes from 10.0.0.2: seq=1",
        )
        .expect("it pings");
    let line = before.lines().count() + 1;
    let found = failures(&altered(|text| text.replace(CONNECT, "")), 1);
    assert!(found.iter().any(|text| text.starts_with(&format!("altered.md:{line} "))), "{found:?}");
}

#[test]
fn other_names_and_subnets_work_as_well() {
    let lesson = altered(|text| {
        text.replace("test1", "alpha")
            .replace("ov-test2", "blue")
            .replace("ov-test", "red")
            .replace("192.168.56.", "172.30.9.")
    });
    // The lists of networks are sorted by name, and the table's columns are as wide as the names.
    let found = failures(&lesson, 3);
    assert!(found.iter().all(|text| text.contains("docker network ls")), "{found:?}");
}

#[test]
fn one_seed_is_one_run_to_the_byte() {
    let lesson = main_lesson().lesson("en").expect("it is a lesson");
    let run = |seed: u64| {
        let mut text = String::new();
        let (_, world) = play(&lesson, &settings(seed), &mut |world, scene| {
            if let Scene::Ran(_, ran) = scene {
                text += &format!("{} {}\n{}", world.now(), world.events(), ran.output);
            }
        })
        .expect("its machines boot");
        (text, world.captures.pcapng(world.epoch()))
    };
    let (first, again, other) = (run(1), run(1), run(2));
    assert!(first == again, "two runs with one seed differ");
    assert!(first.0 != other.0, "another seed makes other ids");
}

/// What stands between two lines.
fn between<'a>(text: &'a str, first: &str, last: &str) -> &'a str {
    let (_, behind) = text.split_once(first).expect("the first line is there");
    behind.split_once(last).expect("the last line is there").0
}

#[test]
fn what_the_sandbox_proposes_can_be_typed() {
    let entry = catalogue::sandbox();
    let sources = entry.translations.iter().map(|(_, _, source)| *source);
    for source in sources.chain([entry.source]) {
        let lesson = entry.lesson("en").expect("it is a lesson");
        let mut player = Player::new(&lesson, &settings(1)).expect("it boots");
        let host = player.world.host_named("docker-1").expect("the sandbox has it");
        for line in between(source, "```sh\n", "```").lines() {
            let ran = player.run_line(host, None, line, Span::secs(60));
            assert_eq!(ran.status, 0, "{line}\n{}", ran.output);
        }
    }
}

#[test]
fn the_lesson_on_the_page_for_authors_holds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/README.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let text = between(&page, "`````markdown\n", "`````");
    let lesson = Lesson::parse("README.md", text).expect("it is a lesson");
    assert_eq!(failures(&lesson, 1), Vec::<String>::new());
    assert_eq!(lesson.lint(), Vec::new());
}
