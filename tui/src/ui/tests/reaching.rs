//! Who reaches whom: what the matrix says, how one gets to the packets, and that asking changes nothing.

use netsim_sim::trace::digest::Digest;

use super::*;
use crate::ui::action::rows;
use crate::ui::mouse;
use crate::ui::session::Pace;

/// Lets the screen go on, and no time of the machines, until all answers are there.
// Whoever asks works in a thread of its own.
#[allow(clippy::disallowed_methods)]
pub(super) fn answered(app: &mut App) {
    app.session.pace = Pace::Paused;
    for _ in 0..60_000 {
        app.advance(Duration::from_millis(33));
        if !app.reach.is_busy() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the answers do not come");
}

/// The matrix of the lesson at its beginning.
pub(super) fn asked(lesson: &Lesson, lang: Lang) -> App<'_> {
    let mut app = app(lesson, lang);
    press(&mut app, KeyCode::Char('o'));
    answered(&mut app);
    app
}

fn row<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    let line = text.lines().find(|line| line.contains(begin)).expect(begin);
    line.split_whitespace().collect()
}

#[test]
fn the_matrix_says_who_is_reached_and_why_others_are_not() {
    let lesson = lesson(Lang::En);
    let mut app = asked(&lesson, Lang::En);
    app.shares.zoomed = true;
    let text = screen(&mut app, 120, 40);
    // gw kv consul docker-1 test1 docker-2 test2
    assert_eq!(row(&text, "┃test1 ")[1..8], ["yes", "yes", "filtered", "yes", "·", "yes", "yes"]);
    press(&mut app, KeyCode::Char('x'));
    let text = screen(&mut app, 120, 40);
    assert_eq!(row(&text, "┃test1 ")[7], "no-listener", "{text}");
    assert!(text.contains("it arrives, and nobody listens on the port"), "{text}");
}

#[test]
fn asking_changes_nothing() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::F(2));
    wait(&mut app);
    app.session.pace = Pace::Paused;
    let state = |app: &mut App| {
        let mut digest = Digest::default();
        digest.take_trace(&app.session.world().trace);
        let machines = app.session.machines();
        for (host, _) in machines {
            let ns = app.session.world().host(host).namespace();
            let tables = app.session.player.world.tables(host, ns, None);
            digest.take_bytes(format!("{tables:?}").as_bytes());
        }
        let world = app.session.world();
        (digest, world.now(), world.events(), app.session.player.typed().len())
    };
    let before = state(&mut app);
    press(&mut app, KeyCode::Char('o'));
    answered(&mut app);
    press(&mut app, KeyCode::Enter);
    answered(&mut app);
    assert!(app.packets.guest.is_some());
    assert!(before == state(&mut app), "the machines are as they were");
}

#[test]
fn an_answer_opens_the_journey_of_what_was_sent_for_it() {
    let lesson = lesson(Lang::En);
    let mut app = asked(&lesson, Lang::En);
    // Nobody sends to himself: that is stepped over.
    (0..3).for_each(|_| press(&mut app, KeyCode::Down));
    press(&mut app, KeyCode::Right);
    let text = screen(&mut app, 160, 50);
    assert!(text.contains("test1 → consul (172.17.0.2) ping: filtered"), "{text}");
    press(&mut app, KeyCode::Enter);
    answered(&mut app);
    assert_eq!(app.focus, Pane::Packets);
    let text = screen(&mut app, 160, 50);
    assert!(text.contains("test1 → consul ping: sent on a copy"), "{text}");
    assert!(text.contains("dropped at docker_gwbridge: a rule"), "{text}");
    assert!(app.packets.list.packets().is_empty(), "the student's own packets are others");
    press(&mut app, KeyCode::Char('g'));
    assert_eq!(app.session.looking, None, "there is no such moment here");
    press(&mut app, KeyCode::Char('x'));
    assert!(screen(&mut app, 160, 50).contains("▾ Ethernet 14"));
    (0..3).for_each(|_| press(&mut app, KeyCode::Esc));
    assert_eq!((app.focus, app.packets.guest.is_some()), (Pane::Reach, false));
}

#[test]
fn what_was_never_sent_says_why() {
    let lesson = lesson(Lang::En);
    let mut app = asked(&lesson, Lang::En);
    // gw knows no way to test1.
    (0..3).for_each(|_| press(&mut app, KeyCode::Right));
    press(&mut app, KeyCode::Enter);
    answered(&mut app);
    let text = screen(&mut app, 160, 50);
    assert!(text.contains("No packet was sent: a blackhole route swallows it"), "{text}");
}

#[test]
fn the_mouse_chooses_an_answer_and_opens_it() {
    let lesson = lesson(Lang::En);
    let mut app = asked(&lesson, Lang::En);
    let click = |app: &mut App, what: Target| {
        screen(app, 120, 40);
        let seen = |(column, row): &(u16, u16)| app.hits.at(*column, *row).any(|it| it == what);
        let all = (0..40).flat_map(|row| (0..120).map(move |column| (column, row)));
        let (column, row) = all.into_iter().find(seen).expect("it is on the screen");
        let kind = MouseEventKind::Down(MouseButton::Left);
        mouse::event(app, MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    };
    click(&mut app, Target::Protocol(1));
    click(&mut app, Target::Answer(6, 4));
    assert!(screen(&mut app, 120, 40).contains("test2 → test1 (10.0.0.2) tcp:80: no-listener"));
    click(&mut app, Target::Answer(6, 4));
    answered(&mut app);
    assert!(screen(&mut app, 120, 40).contains("test2 → test1 tcp:80"));
    click(&mut app, Target::Pane(Pane::Map));
    assert!(screen(&mut app, 120, 40).contains("▸ Machines"));
}

#[test]
fn other_ports_are_asked_from_the_palette_and_by_a_key() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char(':'));
    type_text(&mut app, "reach tcp 8500 udp 53");
    press(&mut app, KeyCode::Enter);
    answered(&mut app);
    app.shares.zoomed = true;
    let text = screen(&mut app, 120, 40);
    assert!(text.contains(" tcp:8500  udp:53 "), "{text}");
    assert_eq!(row(&text, "┃docker-1 ")[2], "yes", "the store listens there:\n{text}");
    press(&mut app, KeyCode::Char('/'));
    (0..40).for_each(|_| press(&mut app, KeyCode::Backspace));
    type_text(&mut app, "tcp http");
    press(&mut app, KeyCode::Enter);
    assert!(screen(&mut app, 120, 40).contains("'http' is not a port"));
    (0..4).for_each(|_| press(&mut app, KeyCode::Backspace));
    type_text(&mut app, "22");
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.reach.protocols().len(), 1);
    let keys = rows::all().filter(|entry| entry.name.starts_with("reach")).count();
    assert_eq!(keys, 4, "each has a row of its own");
}

#[test]
fn who_looks_back_asks_about_that_moment() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    panes::run(&mut app, "docker-1", "ip link set eth0 down");
    press(&mut app, KeyCode::Char('o'));
    answered(&mut app);
    app.shares.zoomed = true;
    assert_eq!(row(&screen(&mut app, 120, 40), "┃kv ")[4], "l2-barrier");
    press(&mut app, KeyCode::Char('j'));
    type_text(&mut app, "4.6");
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Char('r'));
    answered(&mut app);
    assert_eq!(row(&screen(&mut app, 120, 40), "┃kv ")[4], "yes", "the cable was up then");
}

#[test]
fn the_matrix_makes_room_for_the_machines_again() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    for (key, to) in [(KeyCode::Char('o'), Pane::Map), (KeyCode::Esc, Pane::Lesson)] {
        press(&mut app, KeyCode::Char('o'));
        screen(&mut app, 120, 40);
        assert_eq!((app.focus, app.upper), (Pane::Reach, Pane::Reach));
        press(&mut app, key);
        screen(&mut app, 120, 40);
        assert_eq!((app.focus, app.upper), (to, Pane::Map));
    }
}
