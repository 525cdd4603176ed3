//! Keys: what the table of actions says, and text that is typed where text belongs.

use netsim_sim::lesson::question::{Answer, Question};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Scope, of_key};
use super::app::{App, Overlay};
use super::lesson::Next;
use super::panes::Pane;

/// A key was pressed.
pub fn press(app: &mut App, key: KeyEvent) {
    app.forget_messages();
    match &app.overlay {
        Some(Overlay::Palette(_)) => palette(app, key),
        Some(Overlay::Help(_)) => help(app, key),
        Some(Overlay::Prompt(_)) => prompt(app, key),
        None => pane(app, key),
    }
}

fn pane(app: &mut App, key: KeyEvent) {
    let typed = match app.focus {
        Pane::Terminal => terminal(app, key),
        Pane::Lesson => answer(app, key),
        Pane::Map | Pane::Packets | Pane::Reach => false,
    };
    if !typed && let Some(action) = of_key(key, app.focus.scopes()) {
        app.perform(action);
    }
}

/// A key that closes the help, unless it scrolls.
fn help(app: &mut App, key: KeyEvent) {
    match of_key(key, &[Scope::Reading, Scope::Always]) {
        Some(action @ (Action::Up | Action::Down | Action::PageUp | Action::PageDown)) => {
            app.perform(action);
        }
        _ => app.overlay = None,
    }
}

/// A key in a line that is asked for.
fn prompt(app: &mut App, key: KeyEvent) {
    let Some(Overlay::Prompt(prompt)) = &mut app.overlay else { return };
    match key.code {
        KeyCode::Enter => app.answer_prompt(),
        KeyCode::Esc => app.overlay = None,
        KeyCode::Backspace => {
            prompt.text.pop();
        }
        KeyCode::Char(c) if is_text(key) => prompt.text.push(c),
        _ if of_key(key, &[Scope::Always]) == Some(Action::Quit) => app.perform(Action::Quit),
        _ => {}
    }
}

fn palette(app: &mut App, key: KeyEvent) {
    let Some(Overlay::Palette(palette)) = &mut app.overlay else { return };
    match key.code {
        KeyCode::Enter => app.run_chosen(),
        KeyCode::Backspace => {
            if !palette.pop() {
                app.overlay = None;
            }
        }
        KeyCode::Char(c) if is_text(key) => palette.push(c),
        _ => match of_key(key, &[Scope::Reading, Scope::Always]) {
            Some(Action::Palette) => app.overlay = None,
            Some(
                action @ (Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::Back
                | Action::Quit),
            ) => app.perform(action),
            _ => {}
        },
    }
}

/// Whether a key writes a character.
fn is_text(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char(_)) && (key.modifiers - KeyModifiers::SHIFT).is_empty()
}

/// A key in a terminal; whether it belonged to the line that is typed.
fn terminal(app: &mut App, key: KeyEvent) -> bool {
    if app.frozen {
        return is_text(key);
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let terminal = &mut app.terminals[app.front];
    if terminal.search.is_some() {
        match key.code {
            KeyCode::Char(c) if is_text(key) => terminal.search_for(|query| query.push(c)),
            KeyCode::Backspace => terminal.search_for(|query| {
                query.pop();
            }),
            KeyCode::Char('r') if control => return false,
            KeyCode::Esc => return false,
            _ => {
                terminal.end_search();
                return self::terminal(app, key);
            }
        }
        return true;
    }
    match key.code {
        KeyCode::Char(c) if is_text(key) => terminal.insert(c.encode_utf8(&mut [0; 4])),
        KeyCode::Char('u') if control => terminal.clear_input(),
        KeyCode::Char('a') if control => terminal.move_by(isize::MIN / 2),
        KeyCode::Char('e') if control => terminal.move_by(isize::MAX / 2),
        KeyCode::Char(digit @ '1'..='9') if key.modifiers == KeyModifiers::ALT => {
            app.show_terminal(digit as usize - '1' as usize);
        }
        KeyCode::Enter => app.enter(),
        // Where there is nothing to complete, it goes on to the next pane.
        KeyCode::Tab if terminal.input.is_empty() => return false,
        KeyCode::Tab => app.complete(),
        KeyCode::Backspace => terminal.backspace(),
        KeyCode::Delete => terminal.delete(),
        KeyCode::Left => terminal.move_by(-1),
        KeyCode::Right => terminal.move_by(1),
        KeyCode::Home => terminal.move_by(isize::MIN / 2),
        KeyCode::End => terminal.move_by(isize::MAX / 2),
        KeyCode::Up => terminal.recall(true),
        KeyCode::Down => terminal.recall(false),
        _ => return false,
    }
    true
}

/// A key that belongs to the answer of a question; whether it did.
fn answer(app: &mut App, key: KeyEvent) -> bool {
    let Next::Ask(Question { answer, .. }) = app.progress.next() else { return false };
    if app.frozen {
        return false;
    }
    match (answer, key.code) {
        (Answer::Choice { choices, .. }, KeyCode::Char(c @ 'a'..='z'))
            if is_text(key) && (c as usize - 'a' as usize) < choices.len() =>
        {
            app.progress.mark(c as usize - 'a' as usize);
        }
        (Answer::Choice { .. }, _) => return false,
        (_, KeyCode::Backspace) => {
            app.progress.typed.pop();
        }
        (_, KeyCode::Char(c)) if is_text(key) => app.progress.typed.push(c),
        _ => return false,
    }
    true
}
