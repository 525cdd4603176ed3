//! The mouse: what is under it is what happens.

use super::*;
use crate::ui::layout::Divider;
use crate::ui::mouse;

/// Draws, so that it is known what lies where, and does something with the mouse there.
fn act(app: &mut App, kind: MouseEventKind, at: (u16, u16)) {
    screen(app, 140, 40);
    let (column, row) = at;
    mouse::event(app, MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
}

fn click(app: &mut App, at: (u16, u16)) {
    act(app, MouseEventKind::Down(MouseButton::Left), at);
    act(app, MouseEventKind::Up(MouseButton::Left), at);
}

/// Where a text stands on the screen.
fn place(app: &mut App, what: &str) -> (u16, u16) {
    let text = screen(app, 140, 40);
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(what)).expect(what);
    let at = line.find(what).expect("it is there");
    (text::width(&line[..at]) as u16, row as u16)
}

fn click_on(app: &mut App, what: &str) {
    let at = place(app, what);
    click(app, at);
}

#[test]
fn a_click_chooses_answers_and_goes_on() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    click_on(&mut app, "▶ docker-2$");
    wait(&mut app);
    click_on(&mut app, "c) 172.18.0.4");
    assert_eq!(app.progress.marked, [false, false, true, false]);
    click_on(&mut app, "Enter next step");
    assert_eq!(app.progress.record().passed, 2);
}

#[test]
fn a_click_gives_the_keys_to_a_pane_and_shows_a_terminal() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    click_on(&mut app, "Packets of");
    assert_eq!(app.focus, Pane::Packets);
    let (column, row) = place(&mut app, "kv  docker-1");
    click(&mut app, (column + 6, row));
    assert_eq!(app.terminals[app.front].name, "docker-1");
    assert_eq!(app.focus, Pane::Terminal);
}

#[test]
fn a_divider_is_dragged() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    screen(&mut app, 140, 40);
    let line = (0..140).find(|column| {
        app.hits.at(*column, 5).any(|target| target == Target::Divider(Divider::Middle))
    });
    let at = (line.expect("there is one"), 5);
    act(&mut app, MouseEventKind::Down(MouseButton::Left), at);
    act(&mut app, MouseEventKind::Drag(MouseButton::Left), (42, 9));
    act(&mut app, MouseEventKind::Up(MouseButton::Left), (42, 9));
    act(&mut app, MouseEventKind::Drag(MouseButton::Left), (90, 9));
    screen(&mut app, 140, 40);
    assert_eq!(app.hits.pane_at(38, 9), Some(Pane::Lesson));
    assert_eq!(app.hits.pane_at(46, 9), Some(Pane::Map));
}

#[test]
fn selected_rows_of_a_terminal_are_copied_when_the_mouse_lets_go() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('t'));
    type_text(&mut app, "echo one; echo two; echo three");
    press(&mut app, KeyCode::Enter);
    wait(&mut app);
    app.perform(Action::Copy);
    assert_eq!(app.clipboard.take().as_deref(), Some("one\ntwo\nthree"));
    let text = screen(&mut app, 140, 40);
    let row = text.lines().position(|line| line.contains("│one") || line.contains("┃one"));
    let row = row.expect("it was printed") as u16;
    act(&mut app, MouseEventKind::Down(MouseButton::Left), (3, row));
    act(&mut app, MouseEventKind::Drag(MouseButton::Left), (4, row + 1));
    act(&mut app, MouseEventKind::Up(MouseButton::Left), (4, row + 1));
    assert_eq!(app.clipboard.as_deref(), Some("one\ntwo"));
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    press(&mut app, KeyCode::Char('t'));
    type_text(&mut app, "ip addr; ip addr; ip route; iptables -S");
    press(&mut app, KeyCode::Enter);
    wait(&mut app);
    press(&mut app, KeyCode::Esc);
    act(&mut app, MouseEventKind::ScrollUp, (3, 30));
    assert_eq!(app.terminals[app.front].scroll, 3);
    assert_eq!(app.focus, Pane::Lesson, "the keys stay where they were");
    act(&mut app, MouseEventKind::ScrollDown, (3, 30));
    assert_eq!(app.terminals[app.front].scroll, 0);
}

#[test]
fn a_click_in_the_palette_does_it_and_one_beside_it_closes_it() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    app.perform(Action::Palette);
    type_text(&mut app, "freeze");
    click_on(&mut app, "▸ freeze");
    assert!(app.frozen && app.overlay.is_none());
    app.perform(Action::Palette);
    click(&mut app, (0, 0));
    assert_eq!(app.overlay, None);
}

#[test]
fn tab_goes_through_the_panes_that_are_seen() {
    let lesson = lesson(Lang::En);
    let mut app = app(&lesson, Lang::En);
    let visited = |app: &mut App, width, height, key| -> Vec<Pane> {
        let mut panes = Vec::new();
        while panes.is_empty() || app.focus != Pane::Lesson {
            screen(app, width, height);
            panes.push(app.focus);
            press(app, key);
        }
        panes
    };
    let wide = [Pane::Lesson, Pane::Terminal, Pane::Map, Pane::Packets];
    assert_eq!(visited(&mut app, 120, 40, KeyCode::Tab), wide);
    let back = [Pane::Lesson, Pane::Packets, Pane::Map, Pane::Terminal];
    assert_eq!(visited(&mut app, 120, 40, KeyCode::BackTab), back);
    assert_eq!(visited(&mut app, 80, 24, KeyCode::Tab), PANES, "one at a time: all of them");
}
