//! The screen without a terminal: what it shows at several sizes, and that no key breaks it.

mod clicks;
mod learning;
mod panes;
mod pictures;
mod reaching;

use std::collections::BTreeSet;
use std::time::Duration;

use netsim_sim::engine::Seed;
use netsim_sim::lesson::question::Answer;
use netsim_sim::lesson::{Lesson, catalogue};
use proptest::prelude::*;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::{Frame, Terminal};

use super::action::Action;
use super::app::{App, Overlay};
use super::chooser::Chooser;
use super::desk::Desk;
use super::hits::Target;
use super::lesson::Next;
use super::library::{self, Item, Standing};
use super::palette::Palette;
use super::panes::{PANES, Pane};
use super::session::Session;
use super::theme::{Scheme, Theme};
use super::{draw, keys};
use crate::store::Store;
use crate::text;
use crate::text::words::Lang;

fn lesson(lang: Lang) -> Lesson {
    let entry = catalogue::find("overlay-isolation").expect("the main lesson is built in");
    entry.lesson(lang.code()).expect("it is right")
}

fn app(lesson: &Lesson, lang: Lang) -> App<'_> {
    App::new(Session::new(lesson, 1).expect("it boots"), lang)
}

/// What the screen shows, one line a row.
fn screen(app: &mut App, width: u16, height: u16) -> String {
    picture(width, height, |frame| draw::draw(frame, app))
}

/// What is drawn, one line a row. A wide character takes two columns and is written once.
fn picture(width: u16, height: u16, draw: impl FnOnce(&mut Frame)) -> String {
    let backend = TestBackend::new(width, height);
    let mut terminal = Terminal::new(backend).expect("there is memory");
    terminal.draw(draw).expect("memory takes all");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for row in 0..height {
        let mut line = String::new();
        let mut column = 0;
        while column < width {
            let symbol = buffer[(column, row)].symbol();
            line += symbol;
            column += text::width(symbol).max(1) as u16;
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn press(app: &mut App, code: KeyCode) {
    keys::press(app, KeyEvent::new(code, KeyModifiers::NONE));
}

fn type_text(app: &mut App, text: &str) {
    for c in text.chars() {
        press(app, KeyCode::Char(c));
    }
}

/// Marks or types something where the lesson asks.
fn answer(app: &mut App) {
    if let Next::Ask(question) = app.progress.next() {
        match &question.answer {
            Answer::Choice { .. } => press(app, KeyCode::Char('b')),
            _ => type_text(app, "forward by a route"),
        }
    }
}

/// Lets time go on until no command runs.
fn wait(app: &mut App) {
    for _ in 0..10_000 {
        app.advance(Duration::from_millis(33));
        if app.terminals.iter().all(|terminal| terminal.running.is_none()) {
            return;
        }
    }
    panic!("a command does not end");
}

#[test]
fn the_shell_of_a_container_is_typed_into() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    app.perform(Action::Type);
    let pause = |app: &mut App| (0..200).for_each(|_| app.advance(Duration::from_millis(33)));
    for line in ["docker run -it --rm busybox", "hostname -i"] {
        type_text(&mut app, line);
        press(&mut app, KeyCode::Enter);
        pause(&mut app);
    }
    type_text(&mut app, "half a line");
    let text = screen(&mut app, 120, 60);
    assert!(text.contains("/ # hostname -i"), "{text}");
    assert!(text.contains("172.17.0."), "{text}");
    assert!(text.contains("/ # half a line"), "{text}");
    app.perform(Action::Interrupt);
    app.perform(Action::EndInput);
    wait(&mut app);
}

#[test]
fn every_pane_is_seen_at_every_size_in_both_languages() {
    for lang in [Lang::En, Lang::Zh] {
        let lesson = lesson(lang);
        let mut app = app(&lesson, lang);
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let mut seen = String::new();
            app.focus = Pane::Map;
            for _ in PANES {
                seen += &screen(&mut app, width, height);
                app.turn(false);
            }
            for text in ["ov-test", "docker-2$", "192.168.56.144", "test1"] {
                assert!(seen.contains(text), "{text} at {width}x{height}:\n{seen}");
            }
        }
    }
}

#[test]
fn a_screen_of_any_size_can_be_drawn() {
    let lesson = lesson(Lang::Zh);
    let mut app = app(&lesson, Lang::Zh);
    for (width, height) in [(1, 1), (2, 3), (10, 4), (30, 5), (99, 19), (100, 20), (300, 3)] {
        for _ in PANES {
            screen(&mut app, width, height);
            app.turn(false);
        }
        for action in [Action::Help, Action::Palette] {
            app.perform(action);
            screen(&mut app, width, height);
            app.overlay = None;
        }
    }
}

#[test]
fn a_lesson_is_gone_through_by_one_key() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    for _ in 0..200 {
        answer(&mut app);
        press(&mut app, KeyCode::F(2));
        wait(&mut app);
    }
    let text: String = app
        .progress
        .view(Lang::En.words(), 100)
        .lines
        .iter()
        .flat_map(|line| line.iter().map(|piece| piece.text.clone()).chain(["\n".to_owned()]))
        .collect();
    assert!(text.contains("✓ Check: reach test3 -> 10.0.0.2"), "{text}");
    assert!(!text.contains('≠'), "all is as the lesson expects:\n{text}");
}

#[test]
fn a_typed_ping_shows_its_packets_and_their_bytes() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('t'));
    type_text(&mut app, "docker exec test2 ping -c 1 10.0.0.2");
    press(&mut app, KeyCode::Enter);
    wait(&mut app);
    let lost = app
        .packets
        .list
        .packets()
        .iter()
        .filter(|packet| app.packets.index.get(**packet).is_some_and(|view| view.is_lost()));
    assert_eq!(lost.count(), 0, "the ping was answered, and so was each question");
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::BackTab);
    let text = screen(&mut app, 200, 60);
    assert!(text.contains("ICMP echo request"), "{text}");
    assert!(text.contains("made by docker exec test2 ping"), "{text}");
    assert!(text.contains("wraps it: VXLAN network 256"), "{text}");
    press(&mut app, KeyCode::Char('e'));
    let text = screen(&mut app, 200, 60);
    assert!(text.contains("UDP 8▏VXLAN 8▏Eth 14▏IPv4 20▏ICMP 8▏data 56"), "{text}");
    press(&mut app, KeyCode::Char('x'));
    let is_wrapped = |app: &mut App| screen(app, 200, 60).contains("network (VNI)");
    assert!(!is_wrapped(&mut app), "at first it is as the container sent it");
    let on_its_way = (0..8).any(|_| {
        press(&mut app, KeyCode::Right);
        is_wrapped(&mut app)
    });
    assert!(on_its_way, "{}", screen(&mut app, 120, 40));
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        "[a-z ./?+,-]".prop_map(|text| KeyCode::Char(text.chars().next().unwrap_or('a'))),
        (1_u8..=9).prop_map(KeyCode::F),
        Just(KeyCode::Enter),
        Just(KeyCode::Tab),
        Just(KeyCode::BackTab),
        Just(KeyCode::Esc),
        Just(KeyCode::Backspace),
        Just(KeyCode::Delete),
        Just(KeyCode::Left),
        Just(KeyCode::Right),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::Home),
        Just(KeyCode::PageUp),
        Just(KeyCode::PageDown),
    ];
    let modifiers = prop_oneof![
        4 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT)
    ];
    (codes, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn any_mouse() -> impl Strategy<Value = MouseEvent> {
    let kinds = prop_oneof![
        4 => Just(MouseEventKind::Down(MouseButton::Left)),
        2 => Just(MouseEventKind::Drag(MouseButton::Left)),
        2 => Just(MouseEventKind::Up(MouseButton::Left)),
        1 => Just(MouseEventKind::Down(MouseButton::Right)),
        1 => Just(MouseEventKind::ScrollUp),
        1 => Just(MouseEventKind::ScrollDown),
        1 => Just(MouseEventKind::Moved),
    ];
    (kinds, 0_u16..130, 0_u16..45).prop_map(|(kind, column, row)| MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    })
}

/// Something that comes from the terminal.
fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => any_key().prop_map(Event::Key),
        4 => any_mouse().prop_map(Event::Mouse),
        1 => "[a-z \n\t你]{0,9}".prop_map(Event::Paste),
    ]
}

/// What holds whatever was pressed.
fn sound(app: &App) -> Result<(), TestCaseError> {
    prop_assert!(app.front < app.terminals.len());
    for terminal in &app.terminals {
        prop_assert!(terminal.cursor <= terminal.input.chars().count());
    }
    let shown = app.shown_terminals();
    prop_assert!(shown.contains(&app.front), "{shown:?} without {}", app.front);
    let once: BTreeSet<usize> = shown.iter().copied().collect();
    prop_assert_eq!(once.len(), shown.len());
    prop_assert!(app.packets.list.place() <= app.packets.list.packets().len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn no_key_and_no_click_breaks_it(
        all in prop::collection::vec(any_event(), 1..120),
        width in 1_u16..130,
        height in 1_u16..45,
    ) {
        let items = library::shelf(None, Lang::En, Seed(1)).expect("the lessons are right").0;
        let folder = tempfile::tempdir().expect("there is room");
        let theme = Theme::plain();
        let mut desk = Desk::new(&items, Store::at(folder.path()), 1, Lang::En, theme);
        for event in all {
            desk.take(&event);
            desk.advance(Duration::from_millis(33));
            let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("there is memory");
            terminal.draw(|frame| desk.draw(frame)).expect("memory takes all");
            if let Some(app) = desk.in_front() {
                sound(app)?;
            }
        }
    }

    #[test]
    fn what_was_done_is_there_again_after_a_crash(all in prop::collection::vec(any_key(), 1..60)) {
        let items = library::shelf(None, Lang::En, Seed(1)).expect("the lessons are right").0;
        let at = items.iter().position(|item| item.lesson.front.id == "overlay-isolation");
        let at = at.expect("the main lesson is built in");
        let folder = tempfile::tempdir().expect("there is room");
        let theme = Theme::plain();
        let desk = || Desk::new(&items, Store::at(folder.path()), 1, Lang::En, theme);
        let mut first = desk();
        first.open(at, false).expect("it boots");
        for key in all {
            first.take(&Event::Key(key));
            for _ in 0..3 {
                first.advance(Duration::from_millis(33));
            }
        }
        let Some(app) = first.in_front() else { return Ok(()) };
        // `q` and Enter open another lesson.
        prop_assume!(!app.is_busy() && app.session.player.lesson.front.id == "overlay-isolation");
        let (record, typed) = (app.progress.record(), app.session.player.typed().len());
        let mut second = desk();
        second.open(at, false).expect("it boots");
        let app = second.in_front().expect("it is open");
        prop_assert_eq!(app.progress.record(), record);
        prop_assert_eq!(app.session.player.typed().len(), typed);
    }
}
