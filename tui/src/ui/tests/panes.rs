//! What is done on the map, with packets and with time, as somebody at the keyboard would.

use netsim_sim::trace::packets::PacketView;
use netsim_sim::wire::Protocol;

use super::*;
use crate::ui::session::Pace;

/// Types a command in the terminal of a machine and waits for its end.
pub(super) fn run(app: &mut App, machine: &str, command: &str) {
    let n = app.terminals.iter().position(|it| it.name == machine).expect("it is there");
    app.show_terminal(n);
    app.focus = Pane::Terminal;
    type_text(app, command);
    press(app, KeyCode::Enter);
    wait(app);
    press(app, KeyCode::Esc);
}

fn printed(app: &App, machine: &str) -> String {
    let terminal = app.terminals.iter().find(|it| it.name == machine).expect("it is there");
    let lines = terminal.lines.now(true);
    lines.map(|line| line.iter().map(|it| it.text.as_str()).collect::<String>() + "\n").collect()
}

#[test]
fn a_step_back_looks_back_and_costs_nothing() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::F(2));
    wait(&mut app);
    let (now, seq) = (app.session.world().now(), app.session.world().trace.next_seq());
    press(&mut app, KeyCode::F(9));
    let (earlier, at) = app.session.moment();
    assert!(earlier < seq && at <= now);
    assert_eq!(app.session.world().now(), now, "the machines are where they were");
    press(&mut app, KeyCode::F(8));
    assert_eq!(app.session.moment().0, seq);
    assert_eq!(app.session.looking, None, "the last event is now");
    press(&mut app, KeyCode::F(8));
    assert!(app.session.world().trace.next_seq() > seq, "now the machines go on");
}

#[test]
fn a_command_typed_in_the_past_forks() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 1 10.0.0.2");
    let first = app.session.player.typed().len();
    run(&mut app, "docker-2", "ip link set eth0 down");
    // Back to the first packet of the ping.
    let since = app.session.world().trace.since(0).last().map_or(0, |(seq, _)| seq);
    app.session.pace = Pace::Paused;
    let at = app.session.player.typed()[first - 1].at;
    let trace = &app.session.world().trace;
    let middle = trace.since(0).find(|(_, record)| record.at > at).map_or(since, |(seq, _)| seq);
    app.look_at(middle + 1);
    let n = app.terminals.iter().position(|it| it.name == "docker-1").expect("it is there");
    app.show_terminal(n);
    app.focus = Pane::Terminal;
    type_text(&mut app, "hostname");
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.session.pace, Pace::Paused, "who looks back wants to see what happens");
    app.session.toggle();
    wait(&mut app);
    assert_eq!(app.complaint, None);
    let typed: Vec<&str> = app.session.player.commands().map(|it| it.line.as_str()).collect();
    assert_eq!(typed, ["docker exec test2 ping -c 1 10.0.0.2", "hostname"]);
    assert!(!printed(&app, "docker-2").contains("ip link set eth0 down"));
    assert!(printed(&app, "docker-2").contains("1 packets received"), "the ping went on");
}

#[test]
fn lines_are_taken_back_and_typed_again() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-1", "ip link set eth0 down");
    run(&mut app, "docker-1", "hostname");
    press(&mut app, KeyCode::Char('u'));
    press(&mut app, KeyCode::Char('u'));
    assert_eq!(app.session.player.commands().count(), 0);
    assert!(!printed(&app, "docker-1").contains("hostname"));
    press(&mut app, KeyCode::Char('U'));
    wait(&mut app);
    press(&mut app, KeyCode::Char('U'));
    wait(&mut app);
    let typed: Vec<&str> = app.session.player.commands().map(|it| it.line.as_str()).collect();
    assert_eq!(typed, ["ip link set eth0 down", "hostname"]);
    press(&mut app, KeyCode::Char('U'));
    assert!(app.notice.is_some(), "there is nothing more to type again");
}

#[test]
fn a_lost_packet_names_its_cure() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-1", "ip link set eth0 down");
    run(&mut app, "docker-2", "ping -c 1 -W 5 192.168.56.144");
    app.focus = Pane::Packets;
    let is_ping = |view: &&PacketView| view.is_lost() && view.protocol == Some(Protocol::Icmp);
    let lost = app.packets.index.iter().rfind(is_ping).map(|view| view.packet);
    let lost = lost.expect("nobody is there for it");
    app.packets.open(lost, &app.session);
    let text = screen(&mut app, 200, 60);
    assert!(text.contains("cure: docker-1$ ip link set eth0 up"), "{text}");
    press(&mut app, KeyCode::Char('c'));
    let terminal = &app.terminals[app.front];
    assert_eq!(
        (terminal.name.as_str(), terminal.input.as_str()),
        ("docker-1", "ip link set eth0 up")
    );
    assert!(terminal.running.is_none(), "it is typed, not run");
}

#[test]
fn time_stands_still_at_a_breakpoint() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    app.focus = Pane::Map;
    press(&mut app, KeyCode::Char('b'));
    type_text(&mut app, "vxlan at docker-3:eth0");
    press(&mut app, KeyCode::Enter);
    let text = screen(&mut app, 120, 40);
    assert!(text.contains("there is no machine 'docker-3'"), "{text}");
    (0..22).for_each(|_| press(&mut app, KeyCode::Backspace));
    type_text(&mut app, "vxlan at docker-1:eth0");
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Char('t'));
    type_text(&mut app, "docker exec test2 ping -c 1 10.0.0.2");
    press(&mut app, KeyCode::Enter);
    for _ in 0..200 {
        app.advance(Duration::from_millis(33));
    }
    assert_eq!(app.session.pace, Pace::Paused);
    let way = app.packets.way().expect("the packet is opened");
    assert!(way.told.iter().any(|told| told.said.to_string().contains("wraps it")));
    assert!(app.terminals[app.front].running.is_some(), "the ping waits");
}

#[test]
fn a_command_without_packets_says_so() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    assert!(screen(&mut app, 120, 40).contains("Type a command, for example a ping"));
    run(&mut app, "docker-2", "hostname");
    assert!(screen(&mut app, 120, 40).contains("`hostname` sent no packet"));
}

#[test]
fn a_filter_lists_the_packets_that_pass_anywhere_on_their_way() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 1 10.0.0.2");
    app.focus = Pane::Packets;
    let all = app.packets.list.packets().len();
    press(&mut app, KeyCode::Char('/'));
    type_text(&mut app, "udp port 4789");
    press(&mut app, KeyCode::Enter);
    let wrapped = app.packets.list.packets().len();
    assert!(0 < wrapped && wrapped < all, "{wrapped} of {all}");
    press(&mut app, KeyCode::Char('/'));
    type_text(&mut app, " port");
    press(&mut app, KeyCode::Enter);
    assert!(screen(&mut app, 120, 40).contains("syntax error"));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.packets.list.packets().len(), wrapped);
}

#[test]
fn every_object_of_the_map_shows_its_tables() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 1 10.0.0.2");
    app.focus = Pane::Map;
    app.shares.zoomed = true;
    let mut seen = String::new();
    screen(&mut app, 200, 250);
    for _ in 0..60 {
        press(&mut app, KeyCode::Down);
        press(&mut app, KeyCode::Enter);
        seen += &screen(&mut app, 200, 250);
        press(&mut app, KeyCode::Esc);
        screen(&mut app, 200, 250);
    }
    let wanted = [
        "bridge fdb",
        "iptables -t nat -nvL",
        "conntrack -L",
        "/var/run/docker/netns/",
        "docker network inspect",
        "192.168.56.144",
    ];
    for text in wanted {
        assert!(seen.contains(text), "{text} in\n{seen}");
    }
}

/// Draws until the moment at which one looks is known, and lets no time pass.
// Whoever builds the machines again works in a thread of its own.
#[allow(clippy::disallowed_methods)]
fn known(app: &mut App, width: u16, height: u16) -> String {
    for _ in 0..30_000 {
        let text = screen(app, width, height);
        if app.map.is_as_of(app.session.looking) {
            return text;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the past is not found");
}

#[test]
fn tables_and_map_are_those_of_the_moment_at_which_one_looks() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-1", "ip link set eth0 down");
    app.focus = Pane::Map;
    app.shares.zoomed = true;
    app.session.pace = Pace::Paused;
    // `┃ 2 eth0 down 1500 …`
    let state = |text: &str| {
        let line = text.lines().find(|line| line.contains("eth0 ")).expect("it is there");
        line.split_whitespace().nth(3).map(str::to_owned)
    };
    let machine = app.session.machines().into_iter().find(|(_, name)| name == "docker-1");
    app.map.chosen = machine.map(|(host, _)| crate::ui::map::Object::Machine(host));
    press(&mut app, KeyCode::Enter);
    let now = screen(&mut app, 120, 40);
    press(&mut app, KeyCode::Char('j'));
    type_text(&mut app, "4.6");
    press(&mut app, KeyCode::Enter);
    let waiting = screen(&mut app, 120, 40);
    assert!(waiting.contains("(going back to 4.") && !waiting.contains("192.168.56.144"));
    let then = known(&mut app, 120, 40);
    assert!(then.contains("docker-1  (Esc: the map)  as of 4."), "{then}");
    assert_eq!(state(&now).as_deref(), Some("down"), "{now}");
    assert_eq!(state(&then).as_deref(), Some("up"), "{then}");
    press(&mut app, KeyCode::Esc);
    let map = known(&mut app, 120, 40);
    assert!(!map.contains("eth0 ✗") && !map.contains("eth0 down"), "{map}");
    press(&mut app, KeyCode::Char('0'));
    let map = screen(&mut app, 120, 40);
    assert!(map.contains("eth0 down"), "now it is down again:\n{map}");
}

#[test]
fn a_terminal_shows_what_was_on_it_at_the_moment_at_which_one_looks() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-1", "hostname");
    run(&mut app, "docker-2", "docker exec test2 ping -c 2 10.0.0.2");
    run(&mut app, "docker-1", "hostname -I");
    app.show_terminal(app.terminals.iter().position(|it| it.name == "docker-2").expect("there"));
    app.focus = Pane::Terminal;
    app.shares.zoomed = true;
    app.session.pace = Pace::Paused;
    let now = screen(&mut app, 120, 40);
    assert!(now.contains("2 packets received") && !now.contains("as of"), "{now}");
    // Between the two questions of the ping.
    let at = app.session.player.commands().nth(1).expect("it was typed").at;
    let trace = &app.session.world().trace;
    let middle =
        trace.since(0).filter(|(_, it)| it.at.as_secs_f64() < at.as_secs_f64() + 0.5).last();
    let middle = middle.map_or(0, |(seq, _)| seq) + 1;
    app.look_at(middle);
    let (_, moment) = app.session.moment();
    let then = screen(&mut app, 120, 40);
    assert!(then.contains("seq=0") && !then.contains("seq=1"), "{then}");
    let border = format!("── as of {moment}: a command runs, 5 lines come later");
    assert!(then.contains(&border), "{then}");
    assert!(!then.contains("docker-2$ \n"), "no prompt while it runs:\n{then}");
    // Of another machine only what was typed before.
    press(&mut app, KeyCode::Esc);
    app.show_terminal(app.terminals.iter().position(|it| it.name == "docker-1").expect("there"));
    app.focus = Pane::Terminal;
    let other = screen(&mut app, 120, 40);
    assert!(
        other.contains("docker-1$ hostname\n") || other.contains("docker-1$ hostname "),
        "{other}"
    );
    assert!(!other.contains("hostname -I"), "{other}");
    assert!(other.contains("Enter forks here, 2 lines come later"), "{other}");
    keys::press(&mut app, KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL));
    assert_eq!(app.session.looking, None, "Ctrl-G returns to now");
    assert!(screen(&mut app, 120, 40).contains("hostname -I"));
}

#[test]
fn enter_without_a_line_does_not_fork() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 1 10.0.0.2");
    let typed = app.session.player.typed().len();
    app.step_back();
    app.focus = Pane::Terminal;
    press(&mut app, KeyCode::Enter);
    assert!(app.session.looking.is_some() && app.session.player.typed().len() == typed);
    assert!(app.notice.as_deref().is_some_and(|text| text.contains("forks")), "{:?}", app.notice);
    press(&mut app, KeyCode::Char('x'));
    app.perform(Action::Interrupt);
    assert!(app.session.looking.is_some(), "Ctrl-C only empties the line");
    assert_eq!(app.terminals[app.front].input, "");
}

#[test]
fn ctrl_c_in_the_past_stops_what_ran_then() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 3 10.0.0.2");
    let at = app.session.player.commands().next().expect("it was typed").at;
    let trace = &app.session.world().trace;
    let first = trace.since(0).find(|(_, record)| record.at > at).map_or(1, |(seq, _)| seq);
    app.look_at(first + 1);
    app.focus = Pane::Terminal;
    app.perform(Action::Interrupt);
    assert_eq!(app.session.looking, None);
    app.session.toggle();
    wait(&mut app);
    let text = printed(&app, "docker-2");
    assert!(text.contains("ping -c 3") && !text.contains("3 packets"), "{text}");
}

#[test]
fn a_shell_in_a_container_is_gone_at_a_moment_before_it() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 1 10.0.0.2");
    let place = app.places().into_iter().find(|place| place.name == "docker-1/test1");
    app.go(place.expect("the container runs"));
    (0..60).for_each(|_| app.advance(Duration::from_millis(33)));
    let count = app.terminals.len();
    // The shell of the container is not the one of the machine.
    type_text(&mut app, "hostname -i");
    press(&mut app, KeyCode::Enter);
    (0..60).for_each(|_| app.advance(Duration::from_millis(33)));
    press(&mut app, KeyCode::Esc);
    let at = app.session.player.commands().next().expect("it was typed").at;
    let trace = &app.session.world().trace;
    let first = trace.since(0).find(|(_, record)| record.at > at).map_or(1, |(seq, _)| seq);
    app.look_at(first + 1);
    app.show_terminal(app.terminals.iter().position(|it| it.name == "docker-1").expect("there"));
    app.focus = Pane::Terminal;
    type_text(&mut app, "hostname");
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.terminals.len(), count - 1);
    app.session.toggle();
    wait(&mut app);
    assert!(printed(&app, "docker-1").contains("docker-1$ hostname\ndocker-1"), "typed there");
}

#[test]
fn packets_that_are_sent_later_look_so() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 2 10.0.0.2");
    app.focus = Pane::Packets;
    app.shares.zoomed = true;
    app.session.pace = Pace::Paused;
    let now = screen(&mut app, 120, 40);
    assert!(!now.contains('○'), "{now}");
    let first = app.packets.list.packets().first().and_then(|it| app.packets.index.get(*it));
    app.look_at(first.map_or(0, |view| view.first) + 1);
    let then = screen(&mut app, 120, 40);
    assert!(then.contains("…#1 10.0.0.3") && then.contains("○#4 10.0.0.2"), "{then}");
}

#[test]
fn wide_tables_move_sideways() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    app.focus = Pane::Map;
    app.session.pace = Pace::Paused;
    screen(&mut app, 80, 24);
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Enter);
    let left = screen(&mut app, 80, 24);
    assert!(left.contains("$ ip -d -s addr") && left.contains('▶'), "{left}");
    (0..40).for_each(|_| press(&mut app, KeyCode::Right));
    let right = screen(&mut app, 80, 24);
    assert!(!right.contains("$ ip -d -s addr") && right.contains('◀'), "{right}");
    assert!(!right.contains('▶'), "{right}");
}

#[test]
fn words_are_completed_by_what_is_there() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    app.show_terminal(app.terminals.iter().position(|it| it.name == "docker-2").expect("there"));
    app.focus = Pane::Terminal;
    for (typed, completed) in [
        ("dockerd", "dockerd"),
        ("docker netw", "docker network "),
        ("docker network inspect ov", "docker network inspect ov-test "),
        ("docker exec te", "docker exec test2 "),
        ("ip link set docker_", "ip link set docker_gwbridge "),
        ("docker exec test2 pi", "docker exec test2 ping "),
    ] {
        type_text(&mut app, typed);
        press(&mut app, KeyCode::Tab);
        assert_eq!(app.terminals[app.front].input.trim_end(), completed.trim_end());
        app.perform(Action::Interrupt);
    }
    type_text(&mut app, "docker network ");
    press(&mut app, KeyCode::Tab);
    assert!(printed(&app, "docker-2").contains("connect  create  disconnect  inspect"));
}

#[test]
fn a_ping_by_name_is_listed_from_the_question_for_the_name_on() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    run(&mut app, "docker-2", "docker exec test2 ping -c 2 test1");
    let packets = app.packets.list.packets().iter();
    let views: Vec<_> = packets.filter_map(|it| app.packets.index.get(*it)).collect();
    let count = |protocol| views.iter().filter(|it| it.protocol == Some(protocol)).count();
    assert_eq!(count(Protocol::Icmp), 4, "two questions, two answers");
    assert!(count(Protocol::Dns) + count(Protocol::Udp) >= 2, "and the name before");
}
