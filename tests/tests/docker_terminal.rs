//! Shells in containers, as somebody at a keyboard uses them.

use netsim_sim::engine::{Seed, Span};
use netsim_sim::kernel::context::Tracing;
use netsim_sim::lesson::Lesson;
use netsim_sim::lesson::play::{Settings, play};
use netsim_sim::shell;
use netsim_sim::world::World;
use netsim_sim::world::topology::Topology;

fn lab() -> World {
    let lab =
        "segment.lan = { subnet = '10.1.0.0/24' }\nhost.a = { lan = '10.1.0.1', docker = true }";
    let topology = Topology::parse(lab).expect("a right topology");
    topology.build(Seed(1), shell::platform()).expect("it boots")
}

fn typed(world: &mut World, line: &str, keys: &str) -> (i32, String) {
    let host = world.host_named("a").expect("the lab has it");
    let outcome = world.run_command_typing(host, line, keys);
    (outcome.status, outcome.text())
}

#[test]
fn a_shell_shows_its_prompts_and_ends_with_the_status_of_its_end() {
    let mut world = lab();
    let (status, text) =
        typed(&mut world, "docker run -it --name one busybox", "cd /tmp\nhostname -i\nexit 3\n");
    assert_eq!(text, "/ # cd /tmp\n/tmp # hostname -i\n172.17.0.2\n/tmp # exit 3\n");
    assert_eq!(status, 3);
    let (_, logs) = typed(&mut world, "docker logs one", "");
    assert_eq!(logs, text);
}

#[test]
fn a_detached_shell_lives_until_somebody_ends_it() {
    let mut world = lab();
    typed(&mut world, "docker run -itd --name one busybox", "");
    let (_, running) = typed(&mut world, "docker ps -q", "");
    assert!(!running.is_empty());
    // Ctrl-D ends the shell that was added, and not the first one.
    let (status, text) = typed(&mut world, "docker exec -it one sh", "ps\n\u{4}");
    assert_eq!(status, 0);
    assert!(text.contains("    1 root     sh\n"), "{text}");
    let host = world.host_named("a").expect("the lab has it");
    let terminal = world.terminal(host);
    world.start_shell(host, &terminal, "docker attach one");
    for keys in ["echo x\n", "\u{10}\u{11}"] {
        let _ = world.run_for(Span::secs(1));
        world.type_in(host, &terminal, Some(keys));
    }
    let _ = world.run_for(Span::secs(1));
    assert_eq!(terminal.take_text(), "echo x\nx\n/ # read escape sequence\n");
    assert!(!typed(&mut world, "docker ps -q", "").1.is_empty());
    typed(&mut world, "docker attach one", "exit\n");
    assert!(typed(&mut world, "docker ps -q", "").1.is_empty());
}

#[test]
fn ctrl_c_ends_what_the_shell_runs_and_not_the_shell() {
    let mut world = lab();
    let host = world.host_named("a").expect("the lab has it");
    let terminal = world.terminal(host);
    let pid = world.start_shell(host, &terminal, "docker run -it busybox");
    let _ = world.run_for(Span::secs(1));
    world.type_in(host, &terminal, Some("ping 172.17.0.1\n"));
    let _ = world.run_for(Span::millis(2500));
    assert!(terminal.is_raw());
    world.type_in(host, &terminal, Some("\u{3}"));
    let _ = world.run_for(Span::millis(100));
    let text = terminal.take_text();
    assert!(text.contains("^C\n--- 172.17.0.1 ping statistics ---\n3 packets"), "{text}");
    assert!(text.ends_with("/ # "), "{text}");
    world.type_in(host, &terminal, Some("exit\n"));
    let _ = world.run_for(Span::secs(1));
    assert_eq!(world.host(host).processes.status(pid), Some(0));
    assert!(!terminal.is_raw());
}

#[test]
fn without_a_keyboard_there_is_no_terminal() {
    let mut world = lab();
    typed(&mut world, "docker run -d --name one busybox sleep 99", "");
    let (status, text) = typed(&mut world, "echo ls | docker exec -it one sh", "");
    assert_eq!((status, text.as_str()), (1, "the input device is not a TTY\n"));
    let (_, text) = typed(&mut world, "echo hostname -i | docker exec -i one sh", "");
    assert_eq!(text, "172.17.0.2\n");
}

#[test]
fn a_paused_container_stands_still_and_answers_a_ping() {
    let mut world = lab();
    let counting = "docker run -d --name one busybox sh -c 'while sleep 1; do echo tick; done'";
    typed(&mut world, counting, "");
    let _ = world.run_for(Span::millis(2500));
    typed(&mut world, "docker pause one", "");
    let before = typed(&mut world, "docker logs one", "").1;
    let _ = world.run_for(Span::secs(10));
    assert_eq!(typed(&mut world, "docker logs one", "").1, before);
    assert_eq!(typed(&mut world, "ping -c 1 172.17.0.2", "").0, 0);
    typed(&mut world, "docker unpause one", "");
    let _ = world.run_for(Span::secs(2));
    assert!(typed(&mut world, "docker logs one", "").1.len() > before.len());
}

#[test]
fn a_lesson_types_at_the_prompts_of_a_container() {
    const LESSON: &str = "+++\nschema = 1\nid = \"x\"\nlang = \"en\"\ntitle = \"x\"\nkind = \"tutorial\"\n\
        [topology]\nsegment.lan = { subnet = \"10.1.0.0/24\" }\n\
        host.a = { lan = \"10.1.0.1\", docker = true }\n+++\n# x\n\n```console #c\n\
        a$ docker run -it --rm busybox\n/ # hostname -i\n172.17.0.2\n/ # exit 3\n[exit 3]\n```\n";
    let lesson = Lesson::parse("x.md", LESSON).expect("a right lesson");
    let platform = shell::platform();
    let tracing = Tracing::Off;
    let settings = Settings { seed: Seed(1), platform, tracing, capture: false };
    let (score, _) = play(&lesson, &settings, &mut |_, _| {}).expect("it boots");
    assert_eq!((score.expectations, score.failures), (1, Vec::new()));
    let wrong = LESSON.replace("172.17.0.2", "172.17.0.9");
    let lesson = Lesson::parse("x.md", &wrong).expect("a right lesson");
    let (score, _) = play(&lesson, &settings, &mut |_, _| {}).expect("it boots");
    assert_eq!(score.failures[0].got, "172.17.0.2");
}
