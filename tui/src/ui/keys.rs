//! What each key does.

use netsim_sim::lesson::question::{Answer, Question};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Pane};
use super::lesson::Next;

/// Lines that a page key scrolls.
const PAGE: usize = 10;

/// A key was pressed.
pub fn press(app: &mut App, key: KeyEvent) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if app.help {
        app.help = false;
        return;
    }
    app.complaint = None;
    match key.code {
        KeyCode::Char('q') if control => return app.quit(),
        KeyCode::F(1) => return app.help = true,
        KeyCode::F(2) => return app.next(),
        KeyCode::F(5) => return app.session.toggle(),
        KeyCode::F(6) => return app.session.change_pace(false),
        KeyCode::F(7) => return app.session.change_pace(true),
        KeyCode::F(8) => return app.step(),
        KeyCode::F(9) => return app.step_back(),
        KeyCode::F(10) => return app.quit(),
        KeyCode::BackTab => return app.turn(3),
        KeyCode::Tab if app.focus != Pane::Terminal => return app.turn(1),
        KeyCode::Esc => {
            if app.packets.frame.take().is_none() {
                app.focus = Pane::Lesson;
            }
            return;
        }
        _ => {}
    }
    match app.focus {
        Pane::Terminal => terminal(app, key, control),
        Pane::Lesson => lesson(app, key.code),
        Pane::Map => map(app, key.code),
        Pane::Packets => packets(app, key.code),
    }
}

/// Keys that mean the same wherever nothing is typed.
fn common(app: &mut App, code: KeyCode) {
    match code {
        KeyCode::Char(' ') => app.session.toggle(),
        KeyCode::Char('+') => app.session.change_pace(true),
        KeyCode::Char('-') => app.session.change_pace(false),
        KeyCode::Char('.') => app.step(),
        KeyCode::Char(',') => app.step_back(),
        KeyCode::Char('?') => app.help = true,
        KeyCode::Char('t') => app.focus = Pane::Terminal,
        KeyCode::Char('q') => app.quit(),
        _ => {}
    }
}

fn terminal(app: &mut App, key: KeyEvent, control: bool) {
    let count = app.terminals.len();
    let terminal = &mut app.terminals[app.front];
    match key.code {
        KeyCode::Char('c') if control => app.interrupt(),
        KeyCode::Char('l') if control => terminal.lines.clear(),
        KeyCode::Char('u') if control => terminal.clear_input(),
        KeyCode::Char('a') if control => terminal.move_by(isize::MIN / 2),
        KeyCode::Char('e') if control => terminal.move_by(isize::MAX / 2),
        KeyCode::Char('n') if control => app.front = (app.front + 1) % count,
        KeyCode::Char('p') if control => app.front = (app.front + count - 1) % count,
        KeyCode::Char(digit @ '1'..='9') if key.modifiers.contains(KeyModifiers::ALT) => {
            app.front = (digit as usize - '1' as usize).min(count - 1);
        }
        KeyCode::Char(_) if control => {}
        KeyCode::Char(c) => terminal.insert(c.encode_utf8(&mut [0; 4])),
        KeyCode::Enter => app.enter(),
        KeyCode::Tab => app.complete(),
        KeyCode::Backspace => terminal.backspace(),
        KeyCode::Delete => terminal.delete(),
        KeyCode::Left => terminal.move_by(-1),
        KeyCode::Right => terminal.move_by(1),
        KeyCode::Home => terminal.move_by(isize::MIN / 2),
        KeyCode::End => terminal.move_by(isize::MAX / 2),
        KeyCode::Up => terminal.recall(true),
        KeyCode::Down => terminal.recall(false),
        KeyCode::PageUp => terminal.scroll = (terminal.scroll + PAGE).min(terminal.lines.len()),
        KeyCode::PageDown => terminal.scroll = terminal.scroll.saturating_sub(PAGE),
        _ => {}
    }
}

fn lesson(app: &mut App, code: KeyCode) {
    let asked = match app.progress.next() {
        Next::Ask(Question { answer, .. }) => Some(answer),
        _ => None,
    };
    let types = asked.is_some_and(|answer| !matches!(answer, Answer::Choice { .. }));
    match code {
        KeyCode::Enter => app.next(),
        KeyCode::Up => app.progress.scroll += 1,
        KeyCode::Down => app.progress.scroll = app.progress.scroll.saturating_sub(1),
        KeyCode::PageUp => app.progress.scroll += PAGE,
        KeyCode::PageDown => app.progress.scroll = app.progress.scroll.saturating_sub(PAGE),
        KeyCode::Backspace if types => {
            app.progress.typed.pop();
        }
        KeyCode::Char(c) if types => app.progress.typed.push(c),
        KeyCode::Char(c @ 'a'..='h') if asked.is_some() => {
            app.progress.mark(c as usize - 'a' as usize);
        }
        KeyCode::Char('n') => app.next(),
        other => common(app, other),
    }
}

fn map(app: &mut App, code: KeyCode) {
    match code {
        KeyCode::Up => app.map_scroll = app.map_scroll.saturating_sub(1),
        KeyCode::Down => app.map_scroll += 1,
        other => common(app, other),
    }
}

fn packets(app: &mut App, code: KeyCode) {
    match code {
        KeyCode::Up => app.packets.choose(-1),
        KeyCode::Down => app.packets.choose(1),
        KeyCode::PageUp => app.packets.scroll = app.packets.scroll.saturating_sub(PAGE),
        KeyCode::PageDown => app.packets.scroll += PAGE,
        KeyCode::Left => app.packets.move_frame(&app.session, -1),
        KeyCode::Right => app.packets.move_frame(&app.session, 1),
        KeyCode::Enter | KeyCode::Char('x') => {
            let frame = if app.packets.frame.is_some() { None } else { Some(0) };
            app.packets.frame = frame;
        }
        other => common(app, other),
    }
}
