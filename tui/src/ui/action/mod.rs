//! What the screen can do: one table, from which keys, palette, help, status line and buttons are made.
//!
//! [`rows`] has one for each [`Action`]; `App::perform` does it. Only the typing of text is elsewhere,
//! in `keys`.

mod entry;
pub mod key;
pub mod rows;

use ratatui::crossterm::event::KeyEvent;

pub use entry::{Action, Entry, Group, Scope};

/// The row of an action.
pub fn entry(action: Action) -> &'static Entry {
    rows::all().find(|entry| entry.action == action).expect("a test finds every action's row")
}

/// What a key does in the first of these places where it means something.
pub fn of_key(event: KeyEvent, scopes: &[Scope]) -> Option<Action> {
    scopes.iter().find_map(|scope| {
        let has =
            |entry: &&Entry| entry.keys.iter().any(|(known, key)| known == scope && key.is(event));
        rows::all().find(has).map(|entry| entry.action)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let table: Vec<&Entry> = rows::all().collect();
        for (n, one) in table.iter().enumerate() {
            for other in &table[n + 1..] {
                let shared = one.keys.iter().find(|binding| other.keys.contains(binding));
                assert_eq!(shared, None, "{} and {}", one.name, other.name);
                assert_ne!(one.name, other.name);
                assert_ne!(one.action, other.action);
            }
        }
    }

    #[test]
    fn every_row_says_what_it_does_in_both_languages() {
        for row in rows::all() {
            assert_eq!(entry(row.action).name, row.name);
            let texts = [row.short[0], row.short[1], row.help[0], row.help[1]];
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", row.name);
            assert!(!row.help[0].ends_with('.'), "{}: no full stop in the help", row.name);
            assert!(row.short[1].chars().any(|c| c > '\u{2fff}'), "{} in Chinese", row.name);
        }
    }
}
