//! What a terminal sends for a key.

/// The code of a key by its name: `F2`, `Enter`, `Ctrl-N`, or a character.
pub fn code(name: &str) -> Option<String> {
    if let Some(c) = name.strip_prefix("Ctrl-").and_then(|rest| rest.chars().next()) {
        return Some(char::from(c.to_ascii_uppercase() as u8 & 0x1f).to_string());
    }
    let known = [
        ("Enter", "\r"),
        ("Esc", "\x1b"),
        ("Tab", "\t"),
        ("Shift-Tab", "\x1b[Z"),
        ("Space", " "),
        ("Up", "\x1b[A"),
        ("Down", "\x1b[B"),
        ("Right", "\x1b[C"),
        ("Left", "\x1b[D"),
        ("PageUp", "\x1b[5~"),
        ("PageDown", "\x1b[6~"),
        ("F1", "\x1bOP"),
        ("F2", "\x1bOQ"),
        ("F3", "\x1bOR"),
        ("F4", "\x1bOS"),
        ("F5", "\x1b[15~"),
        ("F8", "\x1b[19~"),
        ("F9", "\x1b[20~"),
        ("F10", "\x1b[21~"),
    ];
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, code)| (*code).to_owned());
    found.or_else(|| (name.chars().count() == 1).then(|| name.to_owned()))
}
