//! Whether the checks of a lesson hold. Each is tried on a copy of the machines, by real packets, so that
//! it cannot disturb the lesson.

use super::check::{Check, Test};
use super::error::LessonError;
use super::parse::Content;
use super::player::{Failure, Player};
use super::{observe, probe};

impl Check {
    /// Whether it holds; why not, if it does not. `played` is the lesson, `copy` the machines on which
    /// packets may be sent.
    pub fn run(&self, played: &Player, copy: &mut Player) -> Result<(), String> {
        match &self.test {
            Test::Reach { from, to, probe, expected } => {
                let result = probe::reach(&mut copy.world, from, to, probe)?;
                match (result, expected) {
                    (Ok(()), true) | (Err(_), false) => Ok(()),
                    (Ok(()), false) => Err(format!("{from} reaches {to}")),
                    (Err(reason), true) => Err(reason),
                }
            }
            Test::Path { from, to, features, expected } => {
                let missing = probe::missing_on_path(&mut copy.world, from, to, features)?;
                match (missing, expected) {
                    (None, true) | (Some(_), false) => Ok(()),
                    (None, false) => Err(format!("the path from {from} to {to} is like that")),
                    (Some(missing), true) => Err(missing),
                }
            }
            Test::Resolve { from, name, address } => {
                let found = probe::resolve(&mut copy.world, from, name)?;
                if found == [*address] {
                    return Ok(());
                }
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                Err(match found.len() {
                    0 => format!("{from} does not find '{name}'"),
                    _ => format!("{from} finds {} for '{name}'", found.join(", ")),
                })
            }
            Test::Sysctl { machine, key, value } => {
                let place = probe::find(&copy.world, machine)?;
                let found = copy.world.sys_in(place.host, place.ns, "check", |s| s.sysctl_get(key));
                match found {
                    Ok(found) if found == *value => Ok(()),
                    Ok(found) => Err(format!("{key} is {found}")),
                    Err(error) => Err(format!("{key}: {error}")),
                }
            }
            Test::Output(observation) => observation.test(&mut copy.world),
            Test::Unchanged(names) => {
                let mut then = played.at_the_start().map_err(|error| error.message)?;
                let mut compare =
                    |name: &String| observe::unchanged(&mut then.world, &mut copy.world, name);
                names.iter().try_for_each(&mut compare)
            }
            Test::UniqueAddresses(segment) => observe::unique_addresses(&mut copy.world, segment),
            Test::SameNamespace(a, b) => {
                let (a_at, b_at) = (probe::find(&copy.world, a)?, probe::find(&copy.world, b)?);
                if (a_at.host, a_at.ns) == (b_at.host, b_at.ns) {
                    return Ok(());
                }
                Err(format!("{a} and {b} have network namespaces of their own"))
            }
            Test::Commands(limit) => match played.commands().count() {
                used if used <= *limit => Ok(()),
                used => Err(format!("{used} commands were typed")),
            },
            Test::NotUsed(text) => {
                match played.commands().find(|typed| typed.line.contains(text)) {
                    None => Ok(()),
                    Some(typed) => Err(format!("it was: {}", typed.line)),
                }
            }
            Test::Any(choices) => {
                let mut reasons = Vec::new();
                for choice in choices {
                    match choice.run(played, copy) {
                        Ok(()) => return Ok(()),
                        Err(reason) => reasons.push(reason),
                    }
                }
                Err(reasons.join("; "))
            }
        }
    }
}

impl Player<'_> {
    /// How a check does not hold; `copy` are machines on which packets may be sent.
    pub fn failure_of(&self, check: &Check, copy: &mut Player) -> Option<Failure> {
        let got = check.run(self, copy).err()?;
        Some(Failure {
            file: self.lesson.file.clone(),
            line: check.line,
            what: "check".to_owned(),
            expected: check.text.clone(),
            got,
        })
    }

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
