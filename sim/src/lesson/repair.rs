//! A break/fix lesson proves itself: before the repair something that is checked does not hold, after
//! the commands of its `solution` all does.

use super::parse::{Block, Content};
use super::play::{Failure, Player, Scene, Score, play_console};
use super::{Lesson, LessonError};
use crate::world::World;

/// The block with the commands that repair.
pub(super) fn solution(lesson: &Lesson) -> Option<&Block> {
    lesson.blocks().find(|block| matches!(block.content, Content::Solution(_)))
}

/// Tries the checks on the broken machines, then repairs them.
pub(super) fn prove(
    player: &mut Player,
    solution: &Block,
    score: &mut Score,
    stage: &mut dyn FnMut(&World, Scene),
) -> Result<(), LessonError> {
    let broken = player.unmet()?;
    score.expectations += 1;
    if broken.is_empty() {
        score.failures.push(Failure {
            file: player.lesson.file.clone(),
            line: solution.line,
            what: "solution".to_owned(),
            expected: "a check that does not hold before the repair".to_owned(),
            got: "every check holds: there is nothing to repair".to_owned(),
        });
    }
    stage(&player.world, Scene::Broken(&broken));
    if let Content::Solution(console) = &solution.content {
        play_console(player, solution, console, score, stage)?;
    }
    Ok(())
}

impl Player<'_> {
    /// What of all the checks of the lesson does not hold now.
    pub fn unmet(&self) -> Result<Vec<Failure>, LessonError> {
        let mut unmet = Vec::new();
        for block in self.lesson.blocks() {
            if let Content::Check(checks) = &block.content {
                let mut copy = self.copy()?;
                let failures = checks.iter().filter_map(|check| self.failure_of(check, &mut copy));
                unmet.extend(failures);
            }
        }
        Ok(unmet)
    }
}
