//! Here-documents: their text comes after the line in which they are asked for.

use super::{Parser, Pending, Result, parse_here};
use crate::shell::sh::ast::{Command, Kind, List, Part, Place, Redirect, Word};

impl Parser {
    pub(super) fn read_here_documents(&mut self, list: &mut List) -> Result<()> {
        for pending in std::mem::take(&mut self.here) {
            let mut text = String::new();
            loop {
                if self.peek().is_none() {
                    break;
                }
                let mut line = String::new();
                while let Some(c) = self.next() {
                    if c == '\n' {
                        break;
                    }
                    line.push(c);
                }
                let line = if pending.strip { line.trim_start_matches('\t') } else { &line };
                if line == pending.delimiter {
                    break;
                }
                text += line;
                text.push('\n');
            }
            let word = if pending.quoted {
                Word(vec![Part::Text(text, true)])
            } else {
                parse_here(&text)?
            };
            fill_here(list, &word);
        }
        Ok(())
    }

    pub(super) fn here_document(&mut self, fd: usize) -> Result<Redirect> {
        let strip = self.eat("-");
        self.blanks();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let Some(delimiter) = word.literal() else { return Err(self.unexpected()) };
        let quoted = word.0.iter().any(|part| matches!(part, Part::Text(_, true)));
        self.here.push(Pending { delimiter, quoted, strip });
        Ok(Redirect { fd, to: Place::Here(Word(vec![Part::Text(HERE.to_owned(), true)])) })
    }
}

/// Stands where the text of a here-document will be.
const HERE: &str = "\u{0}here";

/// Puts the text of a here-document where its place is.
fn fill_here(list: &mut List, text: &Word) -> bool {
    list.0.iter_mut().any(|item| {
        let pipelines =
            std::iter::once(&mut item.first).chain(item.rest.iter_mut().map(|(_, p)| p));
        let mut commands = pipelines.flat_map(|pipeline| &mut pipeline.commands);
        commands.any(|command| fill_here_of(command, text))
    })
}

fn fill_here_of(command: &mut Command, text: &Word) -> bool {
    for redirect in &mut command.redirects {
        if let Place::Here(word) = &mut redirect.to
            && word.literal().as_deref() == Some(HERE)
        {
            word.clone_from(text);
            return true;
        }
    }
    match &mut command.kind {
        Kind::Group(list) | Kind::Subshell(list) | Kind::For { body: list, .. } => {
            fill_here(list, text)
        }
        Kind::Loop { condition, body, .. } => fill_here(condition, text) || fill_here(body, text),
        Kind::If { branches, otherwise } => {
            branches.iter_mut().any(|(a, b)| fill_here(a, text) || fill_here(b, text))
                || otherwise.as_mut().is_some_and(|list| fill_here(list, text))
        }
        Kind::Case { arms, .. } => arms.iter_mut().any(|(_, list)| fill_here(list, text)),
        Kind::Function { body, .. } => fill_here_of(body, text),
        Kind::Simple { .. } => false,
    }
}
