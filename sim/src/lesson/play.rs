//! Goes through a whole lesson and shows each [`Scene`] to whoever prints it; a [`Player`] can also be
//! driven step by step.
//!
//! A break/fix lesson proves itself: before the repair something that is checked does not hold, after
//! the commands of its `solution` all does.

use super::check::Check;
use super::console::{Console, Step};
use super::error::LessonError;
use super::parse::{Block, Content, Lesson, Part};
use super::question::Question;
use crate::world::World;

pub use super::player::{Failure, Player, Ran, Settings, TYPING, Typed};

/// How a lesson went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// Expectations: one for each command that ran and each check.
    pub expectations: usize,
    /// Those that do not hold.
    pub failures: Vec<Failure>,
}

/// A part of a lesson that has just happened or is about to.
#[derive(Debug, Clone, Copy)]
pub enum Scene<'a> {
    /// The machines are up, and what comes before the lesson is done.
    Ready,
    /// Markdown for people.
    Prose(&'a str),
    /// A question before something happens.
    Predict(&'a Question),
    /// A question afterwards.
    Question(&'a Question),
    /// What the screen should show.
    Watch(&'a [String]),
    /// Why it happened: Markdown, the layer that decided, remarks on wrong answers.
    Explain(&'a str, Option<&'a str>, &'a [(char, String)]),
    /// Help.
    Hint(&'a str),
    /// For the teacher.
    Note(&'a str),
    /// A command is typed.
    Typing(&'a Step),
    /// It is over.
    Ran(&'a Step, &'a Ran),
    /// A command that is shown and not run.
    Shown(&'a Step),
    /// A break/fix lesson is about to be repaired; what does not hold yet.
    Broken(&'a [Failure]),
    /// Something must hold; what the lesson calls it; why it does not, if so.
    Checked(&'a Check, Option<&'a str>, Option<&'a Failure>),
    /// The end.
    End(&'a Score),
}

/// Runs a whole lesson. `stage` is shown every scene with the machines as they are then.
pub fn play(
    lesson: &Lesson,
    settings: &Settings,
    stage: &mut dyn FnMut(&World, Scene),
) -> Result<(Score, World), LessonError> {
    let mut player = Player::new(lesson, settings)?;
    let mut score = Score::default();
    stage(&player.world, Scene::Ready);
    let mut solution = solution(lesson);
    for part in &lesson.parts {
        match part {
            Part::Prose(text) => stage(&player.world, Scene::Prose(text)),
            Part::Block(block) => {
                let is_check = matches!(block.content, Content::Check(_));
                if let Some(solution) = solution.take_if(|_| is_check) {
                    prove(&mut player, solution, &mut score, stage)?;
                }
                play_block(&mut player, block, &mut score, stage)?;
            }
        }
    }
    stage(&player.world, Scene::End(&score));
    Ok((score, player.world))
}

fn play_block(
    player: &mut Player,
    block: &Block,
    score: &mut Score,
    stage: &mut dyn FnMut(&World, Scene),
) -> Result<(), LessonError> {
    match &block.content {
        Content::Console(console) => play_console(player, block, console, score, stage)?,
        Content::Predict(question) => stage(&player.world, Scene::Predict(question)),
        Content::Question(question) => stage(&player.world, Scene::Question(question)),
        Content::Watch(lines) => stage(&player.world, Scene::Watch(lines)),
        Content::Explain(text, remarks) => {
            stage(&player.world, Scene::Explain(text, block.word("layer"), remarks));
        }
        Content::Hint(text) => stage(&player.world, Scene::Hint(text)),
        Content::Note(text) => stage(&player.world, Scene::Note(text)),
        // Its turn comes before what it repairs is checked.
        Content::Solution(_) => {}
        Content::Check(checks) => {
            let mut copy = player.copy()?;
            for check in checks {
                score.expectations += 1;
                let failure = player.failure_of(check, &mut copy);
                stage(&player.world, Scene::Checked(check, block.word("msg"), failure.as_ref()));
                score.failures.extend(failure);
            }
        }
    }
    Ok(())
}

fn play_console(
    player: &mut Player,
    block: &Block,
    console: &Console,
    score: &mut Score,
    stage: &mut dyn FnMut(&World, Scene),
) -> Result<(), LessonError> {
    player.before_block(block.id.as_deref())?;
    for step in &console.steps {
        if block.has("norun") {
            stage(&player.world, Scene::Shown(step));
            continue;
        }
        let hidden = block.has("hidden");
        let step = &player.filled(step);
        if !hidden {
            stage(&player.world, Scene::Typing(step));
        }
        let ran = player.run(block, step);
        score.expectations += 1;
        if !hidden || ran.failure.is_some() {
            stage(&player.world, Scene::Ran(step, &ran));
        }
        score.failures.extend(ran.failure);
    }
    Ok(())
}

/// The block with the commands that repair.
fn solution(lesson: &Lesson) -> Option<&Block> {
    lesson.blocks().find(|block| matches!(block.content, Content::Solution(_)))
}

/// Tries the checks on the broken machines, then repairs them.
fn prove(
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
