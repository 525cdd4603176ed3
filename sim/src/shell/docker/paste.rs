//! Signs that text programs put in place of those that a command line needs: explained when a command
//! that has them fails.

/// Dashes that stand where two hyphens should.
const DASHES: [char; 4] = ['–', '—', '−', '－'];
/// Quotes that mean nothing to a shell.
const QUOTES: [char; 6] = ['“', '”', '‘', '’', '「', '」'];

/// Blanks and colons that a shell or docker takes for letters.
const LETTERS: [(char, &str); 3] = [
    ('\u{3000}', "a wide blank"),
    ('\u{a0}', "a blank that does not break"),
    ('：', "a wide colon"),
];

/// What is wrong with the first word that has such a sign.
pub(super) fn explain(words: &[String]) -> Option<String> {
    words.iter().find_map(|word| {
        if let Some((_, sign)) = LETTERS.iter().find(|(sign, _)| word.contains(*sign)) {
            return Some(format!("netsim: '{word}' has {sign} of print in it; type it again"));
        }
        let name = word.trim_start_matches(DASHES);
        if name.len() < word.len() && !name.is_empty() {
            let name = name.trim_start_matches('-');
            let hyphens = if name.chars().count() == 1 { "-" } else { "--" };
            return Some(format!(
                "netsim: '{word}' begins with a dash of print; write {hyphens}{name}, with hyphens"
            ));
        }
        word.contains(QUOTES)
            .then(|| format!("netsim: {word} has quotes of print; a shell knows only ' and \""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(word: &str) -> Option<String> {
        explain(&[word.to_owned()])
    }

    #[test]
    fn signs_of_print_are_explained() {
        assert!(explained("—subnet").is_some_and(|text| text.contains("write --subnet,")));
        assert!(explained("–d").is_some_and(|text| text.contains("write -d,")));
        assert!(explained("“busybox”").is_some());
        assert!(explained("-p\u{a0}80:80").is_some_and(|text| text.contains("a blank")));
        assert!(explained("8080：80").is_some());
        assert_eq!(explained("--subnet"), None);
        assert_eq!(explained("-"), None);
    }
}
