//! Taking a command line apart as `getopt_long` does: short options in clusters, long options with `=`
//! and by their beginnings.

use super::SpecError;

/// A word of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A word that is no option.
    Word(&'a str),
    /// A short option.
    Short(char),
    /// A long option, without its dashes, and what stands behind `=`.
    Long(&'a str, Option<&'a str>),
    /// The end.
    End,
}

/// The words of a command line.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    words: &'a [String],
    at: usize,
    /// What is left of a cluster of short options.
    cluster: &'a str,
    only_words: bool,
}

impl<'a> Scanner<'a> {
    pub fn new(words: &'a [String]) -> Scanner<'a> {
        Scanner { words, at: 0, cluster: "", only_words: false }
    }

    /// The next option or word.
    pub fn next(&mut self) -> Item<'a> {
        let mut letters = self.cluster.chars();
        if let Some(letter) = letters.next() {
            self.cluster = letters.as_str();
            return Item::Short(letter);
        }
        let Some(word) = self.words.get(self.at).map(String::as_str) else { return Item::End };
        self.at += 1;
        if self.only_words {
            return Item::Word(word);
        }
        if word == "--" {
            self.only_words = true;
            return self.next();
        }
        if let Some(long) = word.strip_prefix("--") {
            return match long.split_once('=') {
                Some((name, value)) => Item::Long(name, Some(value)),
                None => Item::Long(long, None),
            };
        }
        match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => {
                self.cluster = letters;
                self.next()
            }
            _ => Item::Word(word),
        }
    }

    /// The option that was taken last, as it was written.
    pub fn last(&self) -> &'a str {
        self.words.get(self.at.saturating_sub(1)).map_or("", String::as_str)
    }

    /// The value of an option: the rest of a cluster, or the next word.
    pub fn value(&mut self, behind_equals: Option<&'a str>) -> Result<&'a str, SpecError> {
        if let Some(value) = behind_equals {
            return Ok(value);
        }
        if !self.cluster.is_empty() {
            return Ok(std::mem::take(&mut self.cluster));
        }
        let option = self.last();
        self.at += 1;
        let value = self.words.get(self.at - 1).map(String::as_str);
        value.ok_or_else(|| SpecError::bad(format!("option \"{option}\" requires an argument")))
    }

    /// The value of an option for which iptables takes the whole word that ends it: `-ptcp` and
    /// `--protocol=tcp` do not work.
    pub fn whole_value(&mut self, behind_equals: Option<&'a str>) -> Result<&'a str, SpecError> {
        if behind_equals.is_none() && self.cluster.is_empty() {
            return self.value(None);
        }
        self.cluster = "";
        Ok(self.last())
    }

    /// The next word, if it is neither an option nor `!`.
    pub fn optional(&mut self) -> Option<&'a str> {
        if !self.cluster.is_empty() {
            return None;
        }
        let word = self.words.get(self.at)?;
        if word.starts_with(['-', '!']) {
            return None;
        }
        self.at += 1;
        Some(word)
    }

    /// The value behind an option that may stand alone: attached to it, or the next word.
    pub fn optional_value(&mut self, behind_equals: Option<&'a str>) -> Option<&'a str> {
        if behind_equals.is_some() {
            return behind_equals;
        }
        if !self.cluster.is_empty() {
            return Some(std::mem::take(&mut self.cluster));
        }
        self.optional()
    }
}

/// The one of `names` that is `given`, or of which alone `given` is a beginning.
pub(super) fn expand<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut begun: Option<&str> = None;
    let mut is_ambiguous = false;
    for name in names {
        if name == given {
            return Some(name);
        }
        if name.starts_with(given) && begun != Some(name) {
            is_ambiguous |= begun.is_some();
            begun = Some(name);
        }
    }
    begun.filter(|_| !is_ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_and_long_options_come_one_by_one() {
        let words = ["-nvL", "INPUT", "--table=nat", "--", "-x"].map(str::to_owned);
        let mut words = Scanner::new(&words);
        assert_eq!(words.next(), Item::Short('n'));
        assert_eq!(words.next(), Item::Short('v'));
        assert_eq!(words.next(), Item::Short('L'));
        assert_eq!(words.optional_value(None), Some("INPUT"));
        assert_eq!(words.next(), Item::Long("table", Some("nat")));
        assert_eq!(words.next(), Item::Word("-x"));
        assert_eq!(words.next(), Item::End);
    }

    #[test]
    fn a_beginning_stands_for_the_only_option_that_has_it() {
        let names = ["destination", "destination-port", "dport", "dst"];
        assert_eq!(expand("dpo", names.into_iter()), Some("dport"));
        assert_eq!(expand("destination", names.into_iter()), Some("destination"));
        assert_eq!(expand("d", names.into_iter()), None);
        assert_eq!(expand("x", names.into_iter()), None);
    }
}
