//! "Did you mean": the known word that is most like a mistyped one.

/// Longer words are compared only this far.
const MAX: usize = 64;

/// The word that is most like another one, if it is like enough.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.chars().take(MAX).collect();
    let limit = (word.chars().count() / 3).max(1) + 1;
    known
        .into_iter()
        .map(|other| (strsim::damerau_levenshtein(&word, other), other))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_alike_are_suggested() {
        assert_eq!(
            suggestion("overlay-isolatoin", ["overlay-isolation", "x"]),
            Some("overlay-isolation")
        );
        assert_eq!(suggestion("nothing", ["overlay-isolation"]), None);
    }
}
