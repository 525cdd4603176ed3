//! Moments of a lesson: a step by its number, the end of a block, the end.

use super::parse::{Block, Content, Lesson, Part};
use super::play::{Player, Scene, Settings};
use super::{LessonError, console};
use crate::trace::digest::Digest;
use crate::world::World;

/// A moment of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// After this many commands of the lesson; 0 is before the first.
    After(usize),
    /// After the last command of the block with this id.
    Block(String),
    /// After all commands.
    End,
}

impl Moment {
    /// `3`, `#start` (the `#` may be missing), `end`.
    pub fn parse(text: &str) -> Moment {
        match text.parse() {
            Ok(number) => Moment::After(number),
            Err(_) if text == "end" => Moment::End,
            Err(_) => Moment::Block(text.trim_start_matches('#').to_owned()),
        }
    }
}

impl Lesson {
    /// The commands that are run, in order, each with its block.
    pub fn commands(&self) -> impl Iterator<Item = (&Block, &console::Step)> {
        let blocks = self.parts.iter().filter_map(|part| match part {
            Part::Block(block) if !block.has("norun") => Some(block),
            _ => None,
        });
        blocks.flat_map(|block| {
            let steps = match &block.content {
                Content::Console(console) => &console.steps[..],
                _ => &[],
            };
            steps.iter().map(move |step| (block, step))
        })
    }

    /// How many commands have been run at a moment.
    ///
    /// # Errors
    ///
    /// A sentence, if the lesson has no such moment.
    fn commands_until(&self, moment: &Moment) -> Result<usize, String> {
        let all = self.commands().count();
        match moment {
            Moment::End => Ok(all),
            Moment::After(number) if *number <= all => Ok(*number),
            Moment::After(number) => {
                Err(format!("there is no step {number}: the lesson has {all} commands"))
            }
            Moment::Block(id) => {
                let is_meant = |(block, _): (&Block, _)| block.id.as_deref() == Some(id);
                let last = self.commands().map(is_meant).enumerate().filter(|(_, is)| *is).last();
                last.map(|(at, _)| at + 1).ok_or_else(|| {
                    let ids = self.commands().filter_map(|(block, _)| block.id.as_deref());
                    let mut ids: Vec<String> = ids.map(|id| format!("#{id}")).collect();
                    ids.dedup();
                    let known = if ids.is_empty() { "none".to_owned() } else { ids.join(" ") };
                    format!("no commands stand in a block #{id}; blocks with commands: {known}")
                })
            }
        }
    }
}

impl Digest {
    /// Takes what happened until a scene of a lesson, and what its command wrote.
    pub fn take_scene(&mut self, world: &World, scene: Scene) {
        self.take_trace(&world.trace);
        if let Scene::Ran(_, ran) = scene {
            self.take_bytes(ran.output.as_bytes());
            self.take_bytes(&ran.status.to_be_bytes());
        }
    }
}

impl<'a> Player<'a> {
    /// The machines of a lesson at a moment. What its commands print is not compared.
    ///
    /// # Errors
    ///
    /// The machines cannot be built, or there is no such moment.
    pub fn at(
        lesson: &'a Lesson,
        settings: &Settings,
        moment: &Moment,
    ) -> Result<Player<'a>, LessonError> {
        let count = lesson.commands_until(moment).map_err(|message| lesson.error(1, message))?;
        let mut player = Player::new(lesson, settings)?;
        let mut entered = None;
        for (block, step) in lesson.commands().take(count) {
            if entered.replace(block.line) != Some(block.line) {
                player.before_block(block.id.as_deref())?;
            }
            let step = player.filled(step);
            player.run(block, &step);
        }
        Ok(player)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "+++\nschema = 1\nid = \"x\"\nlang = \"en\"\ntitle = \"x\"\nkind = \"tutorial\"\n\
        [topology]\nhost.a = {}\n+++\n# x\n\n```console #one\na$ true\na$ true\n```\n\n\
        ```console norun\na$ true\n```\n\n```console #two\na$ true\n```\n";

    #[test]
    fn moments_are_counted_in_commands_that_run() {
        let lesson = Lesson::parse("x.md", LESSON).expect("a right lesson");
        let until = |text: &str| lesson.commands_until(&Moment::parse(text));
        assert_eq!(until("0"), Ok(0));
        assert_eq!(until("#one"), Ok(2));
        assert_eq!(until("two"), Ok(3));
        assert_eq!(until("end"), Ok(3));
        assert!(until("4").is_err_and(|message| message.contains("3 commands")));
        assert!(until("#three").is_err_and(|message| message.ends_with("#one #two")));
    }
}
