//! Expansion: variables, command substitution, arithmetic, field splitting, file names.

use super::ast::{Change, List, Part, Variable, Word};
use super::exec::Shell;
use super::pattern;
use crate::process::{LocalFuture, Node, files};

/// A piece of an expanded word: text, and whether it was quoted. `None` ends a field for sure (`"$@"`).
type Pieces = Vec<Option<(String, bool)>>;

impl Shell {
    /// Expands words into fields.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, String> {
        let mut fields = Vec::new();
        for word in words {
            let pieces = self.pieces(word).await?;
            for field in split(pieces) {
                self.glob(&field, &mut fields);
            }
        }
        Ok(fields)
    }

    /// Expands a word into one text, without splitting it.
    pub(super) async fn text(&mut self, word: &Word) -> Result<String, String> {
        if let Some(literal) = word.literal() {
            return Ok(literal);
        }
        let pieces = self.pieces(word).await?;
        let texts = pieces.iter().map(|piece| piece.as_ref().map_or(" ", |(text, _)| text));
        Ok(texts.collect())
    }

    /// Expands a word into a pattern: what was quoted in it stands for itself.
    pub(super) async fn pattern(&mut self, word: &Word) -> Result<String, String> {
        let pieces = self.pieces(word).await?;
        let escape = |piece: &Option<(String, bool)>| match piece {
            Some((text, true)) => pattern::escape(text),
            Some((text, false)) => text.clone(),
            None => " ".to_owned(),
        };
        Ok(pieces.iter().map(escape).collect())
    }

    async fn pieces(&mut self, word: &Word) -> Result<Pieces, String> {
        let mut pieces = Pieces::new();
        for (n, part) in word.0.iter().enumerate() {
            match part {
                Part::Text(text, quoted) => {
                    let is_home = n == 0 && !quoted && (text == "~" || text.starts_with("~/"));
                    let text = if is_home {
                        self.variable("HOME").unwrap_or_default() + &text[1..]
                    } else {
                        text.clone()
                    };
                    pieces.push(Some((text, *quoted)));
                }
                Part::Variable(variable, true) if variable.name == "@" => {
                    for (n, argument) in self.positional.clone().into_iter().enumerate() {
                        if n > 0 {
                            pieces.push(None);
                        }
                        pieces.push(Some((argument, true)));
                    }
                }
                Part::Variable(variable, quoted) => {
                    let value = self.value_boxed(variable.clone()).await?;
                    pieces.push(Some((value, *quoted)));
                }
                Part::Command(list, quoted) => {
                    let output = self.capture(list.clone()).await;
                    pieces.push(Some((output.trim_end_matches('\n').to_owned(), *quoted)));
                }
                Part::Arithmetic(word) => {
                    let text = self.text_boxed(word.clone()).await?;
                    let value = super::arithmetic::evaluate(&text, |name| {
                        self.variable(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0)
                    })?;
                    pieces.push(Some((value.to_string(), false)));
                }
            }
        }
        Ok(pieces)
    }

    fn text_boxed(&mut self, word: Word) -> LocalText<'_> {
        Box::pin(async move { self.text(&word).await })
    }

    fn value_boxed(&mut self, variable: Variable) -> LocalText<'_> {
        Box::pin(async move { self.value(&variable).await })
    }

    /// The value of a variable after what is done to it.
    async fn value(&mut self, variable: &Variable) -> Result<String, String> {
        let value = self.variable(&variable.name);
        let counts = |colon: bool| value.as_ref().is_some_and(|v| !(colon && v.is_empty()));
        match &variable.change {
            Change::None => match value {
                None if self.nounset => Err(format!("{}: parameter not set", variable.name)),
                value => Ok(value.unwrap_or_default()),
            },
            Change::Length => Ok(value.unwrap_or_default().chars().count().to_string()),
            Change::Default(colon, word) if !counts(*colon) => self.text(word).await,
            Change::Assign(colon, word) if !counts(*colon) => {
                let text = self.text(word).await?;
                self.set(&variable.name, &text);
                Ok(text)
            }
            Change::Alternative(colon, word) => {
                if counts(*colon) {
                    self.text(word).await
                } else {
                    Ok(String::new())
                }
            }
            Change::Error(colon, word) if !counts(*colon) => {
                let text = self.text(word).await?;
                Err(format!("{}: {text}", variable.name))
            }
            Change::Default(..) | Change::Assign(..) | Change::Error(..) => {
                Ok(value.unwrap_or_default())
            }
            Change::Suffix(longest, word) => {
                let pattern = self.pattern(word).await?;
                Ok(pattern::without_suffix(&value.unwrap_or_default(), &pattern, *longest))
            }
            Change::Prefix(longest, word) => {
                let pattern = self.pattern(word).await?;
                Ok(pattern::without_prefix(&value.unwrap_or_default(), &pattern, *longest))
            }
        }
    }

    fn capture(&mut self, list: List) -> LocalFuture<String> {
        self.capture_output(list)
    }

    /// Replaces a pattern by the files that fit it; leaves it if none does.
    fn glob(&self, field: &str, out: &mut Vec<String>) {
        if !pattern::is_pattern(field) {
            out.push(pattern::unescape(field));
            return;
        }
        let found = self.matching_files(field);
        if found.is_empty() { out.push(pattern::unescape(field)) } else { out.extend(found) }
    }

    fn matching_files(&self, field: &str) -> Vec<String> {
        let mut found = vec![if field.starts_with('/') { "/".to_owned() } else { String::new() }];
        let parts: Vec<&str> = field.split('/').filter(|part| !part.is_empty()).collect();
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            let mut next = Vec::new();
            for base in &found {
                let join = |name: &str| match base.as_str() {
                    "" => name.to_owned(),
                    "/" => format!("/{name}"),
                    base => format!("{base}/{name}"),
                };
                if !pattern::is_pattern(part) {
                    next.push(join(&pattern::unescape(part)));
                    continue;
                }
                let dir =
                    files::absolute(&self.proc.cwd(), if base.is_empty() { "." } else { base });
                let names = self.proc.list_dir(&dir).unwrap_or_default();
                let fits = |name: &&String| {
                    (part.starts_with('.') || !name.starts_with('.')) && pattern::fits(part, name)
                };
                next.extend(names.iter().filter(fits).map(|name| join(name)));
            }
            if !is_last {
                next.retain(|path| self.is_dir(path));
            }
            found = next;
        }
        found.retain(|path| self.proc.file_exists(path));
        found
    }

    fn is_dir(&self, path: &str) -> bool {
        let path = files::absolute(&self.proc.cwd(), path);
        self.proc.files(|tree| matches!(tree.get(&path), Ok(Node::Dir)))
    }
}

type LocalText<'a> = std::pin::Pin<Box<dyn Future<Output = Result<String, String>> + 'a>>;

/// Splits pieces into fields at unquoted blanks. In a field, what was quoted is escaped, so that it
/// is no pattern.
fn split(pieces: Pieces) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_field = false;
    for piece in pieces {
        match piece {
            None => {
                fields.push(std::mem::take(&mut field));
                is_field = true;
            }
            Some((text, true)) => {
                field += &pattern::escape(&text);
                is_field = true;
            }
            Some((text, false)) => {
                for c in text.chars() {
                    if matches!(c, ' ' | '\t' | '\n') {
                        if is_field || !field.is_empty() {
                            fields.push(std::mem::take(&mut field));
                            is_field = false;
                        }
                    } else {
                        field.push(c);
                    }
                }
            }
        }
    }
    if is_field || !field.is_empty() {
        fields.push(field);
    }
    fields
}
