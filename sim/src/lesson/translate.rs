//! A lesson in another language: its prose and questions are the translation's, its commands, checks
//! and answers stay.

use super::LessonError;
use super::parse::{Block, Content, Lesson, Part};
use crate::world::suggest::suggestion;

impl Lesson {
    /// This lesson in the words of a translation: prose and questions are the translation's, commands,
    /// checks and answers stay.
    pub fn translated(&self, translation: &Lesson) -> Result<Lesson, LessonError> {
        let mut lesson = self.clone();
        lesson.front.title.clone_from(&translation.front.title);
        lesson.front.lang.clone_from(&translation.front.lang);
        if !translation.front.goals.is_empty() {
            lesson.front.goals.clone_from(&translation.front.goals);
        }
        let mut watches = self.blocks().filter(|block| matches!(block.content, Content::Watch(_)));
        let mut explains = self.blocks().filter(|b| matches!(b.content, Content::Explain(..)));
        let mut hints = self.blocks().filter(|block| matches!(block.content, Content::Hint(_)));
        let mut parts = Vec::new();
        for part in &translation.parts {
            let Part::Block(theirs) = part else {
                parts.push(part.clone());
                continue;
            };
            let own = match &theirs.id {
                Some(id) => Some(self.block_named(id).ok_or_else(|| {
                    let known = self.blocks().filter_map(|block| block.id.as_deref());
                    let hint = suggestion(id, known).map(|id| format!("did you mean '#{id}'?"));
                    translation
                        .error(theirs.line, format!("{} has no block '#{id}'", self.file))
                        .at_word(id)
                        .with_hint(hint)
                })?),
                None => match &theirs.content {
                    Content::Watch(_) => watches.next(),
                    Content::Explain(..) => explains.next(),
                    Content::Hint(_) => hints.next(),
                    _ => None,
                },
            };
            parts.push(Part::Block(merge(own, theirs)));
        }
        // What the translation does not mention is still tested.
        for block in self.blocks() {
            let is_run = matches!(
                block.content,
                Content::Check(_) | Content::Console(_) | Content::Solution(_)
            );
            let is_there = parts.iter().any(|part| match part {
                Part::Block(other) => other.id == block.id && other.line == block.line,
                Part::Prose(_) => false,
            });
            if is_run && !is_there {
                parts.push(Part::Block(block.clone()));
            }
        }
        lesson.parts = parts;
        Ok(lesson)
    }
}

/// A block in the words of a translation.
fn merge(own: Option<&Block>, theirs: &Block) -> Block {
    let Some(own) = own else { return theirs.clone() };
    let content = match (&own.content, &theirs.content) {
        (Content::Predict(own), Content::Predict(theirs)) => Content::Predict(own.reworded(theirs)),
        (Content::Question(own), Content::Question(theirs)) => {
            Content::Question(own.reworded(theirs))
        }
        (Content::Explain(..), Content::Explain(..)) | (Content::Hint(_), Content::Hint(_)) => {
            theirs.content.clone()
        }
        (own, _) => own.clone(),
    };
    // What a check is called is for people.
    let mut words = own.words.clone();
    let said = theirs.words.iter().filter(|(key, _)| key == "msg");
    for (key, value) in said {
        words.retain(|(known, _)| known != key);
        words.push((key.clone(), value.clone()));
    }
    Block { words, content, ..own.clone() }
}
