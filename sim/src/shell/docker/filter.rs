//! `--filter key=value`: several values of one key are alternatives, several keys must all fit.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use regex_lite::Regex;

use super::client::Stop;
use crate::docker::ApiError;

/// The filters of a command line.
pub(super) struct Filters(IndexMap<String, Vec<String>>);

impl Filters {
    /// Reads them; a key that is not among `known` is refused.
    pub fn read(words: &[String], known: &[&str]) -> Result<Filters, Stop> {
        let mut filters: IndexMap<String, Vec<String>> = IndexMap::new();
        for word in words {
            // Those without a value are refused before; an empty one asks nothing.
            let Some((key, value)) = word.split_once('=') else { continue };
            let key = key.trim().to_lowercase();
            if !known.contains(&key.as_str()) {
                return Err(invalid(&key));
            }
            filters.entry(key).or_default().push(value.trim().to_owned());
        }
        Ok(Filters(filters))
    }

    /// Reads them, whatever their keys.
    pub fn read_any(words: &[String]) -> Result<Filters, Stop> {
        let keys: Vec<String> = words
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(key, _)| key.trim().to_lowercase())
            .collect();
        Filters::read(words, &keys.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The values of a key.
    pub fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether one of the values of a key, if there are any, is this.
    pub fn is(&self, key: &str, text: &str) -> bool {
        let values = self.values(key);
        values.is_empty() || values.iter().any(|value| value == text)
    }

    /// Whether one of the values of a key, if there are any, occurs in a text, as regular expression.
    pub fn fits(&self, key: &str, text: &str) -> bool {
        let values = self.values(key);
        let fits = |value: &String| {
            value == text || Regex::new(value).is_ok_and(|pattern| pattern.is_match(text))
        };
        values.is_empty() || values.iter().any(fits)
    }

    /// Whether all labels that are asked for are there.
    pub fn has_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.values("label").iter().all(|wanted| match wanted.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|known| known == value),
            None => labels.contains_key(wanted),
        })
    }
}

/// The daemon's refusal of a key, or of a key with its value.
pub(super) fn invalid(words: &str) -> Stop {
    Stop::Api(ApiError::bad_request(format!("Invalid filter '{words}'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(words: &[&str]) -> Filters {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Filters::read(&words, &["name", "driver", "label"]).unwrap_or_else(|_| panic!("known keys"))
    }

    #[test]
    fn values_of_one_key_are_alternatives() {
        let filters = filters(&["driver=bridge", "driver=host", "name=^my"]);
        assert!(filters.is("driver", "host") && !filters.is("driver", "overlay"));
        assert!(filters.fits("name", "mynet") && !filters.fits("name", "not-my"));
        assert!(filters.is("scope", "local"));
    }

    #[test]
    fn labels_must_all_be_there() {
        let labels = [("env".to_owned(), "test".to_owned())].into();
        assert!(filters(&["label=env", "label=env=test"]).has_labels(&labels));
        assert!(!filters(&["label=env=prod"]).has_labels(&labels));
    }
}
