//! `ipset restore`: commands from a file. What is added to one set in a row is added at once.

use crate::kernel::netfilter::ipset::SetOptions;
use crate::kernel::netfilter::spec::text;
use crate::process::Proc;

use super::options::{Addition, Command, Request, parse};
use super::perform::{add, del, execute};
use super::refusal::{Refusal, Result, refuse};
use super::show::set_named;

/// An addition or removal that waits for more of its kind.
struct Waiting {
    line: usize,
    name: String,
    options: SetOptions,
    addition: Addition,
    adds: bool,
    exist: bool,
}

/// Does what the lines of the input say, until one of them is refused.
pub async fn restore(proc: &Proc, request: &Request) -> Result<()> {
    let bytes = match &request.file {
        None => proc.read_all().await,
        // The real tool says nothing, either.
        Some(file) => proc.read_file(file).map_err(|_| Refusal::Silent(255))?,
    };
    let mut waiting = Vec::new();
    for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        let line_number = number + 1;
        let done = match line.trim() {
            "" => continue,
            line if line.starts_with('#') => continue,
            "COMMIT" => commit(proc, &mut waiting),
            line => one(proc, request, line_number, line, &mut waiting),
        };
        match done {
            Ok(true) => {}
            Ok(false) => break,
            Err((at, refusal)) => {
                let status = refuse(proc, &refusal, Some(at.unwrap_or(line_number)), request.quiet);
                return Err(Refusal::Silent(status));
            }
        }
    }
    commit(proc, &mut waiting)
        .map(|_| ())
        .map_err(|(line, refusal)| Refusal::Silent(refuse(proc, &refusal, line, request.quiet)))
}

/// Whether to go on; or why not, and in which line if not in the last one.
type Step = std::result::Result<bool, (Option<usize>, Refusal)>;

fn one(
    proc: &Proc,
    restore: &Request,
    line: usize,
    words: &str,
    waiting: &mut Vec<Waiting>,
) -> Step {
    let here = |refusal| (None, refusal);
    let mut request = parse(&text::words(words)).map_err(here)?;
    request.exist |= restore.exist;
    request.quiet |= restore.quiet;
    let (name, words, adds) = match &request.command {
        Command::Add { name, words } => (name, words, true),
        Command::Del { name, words } => (name, words, false),
        Command::Quit => {
            // What waits is forgotten.
            waiting.clear();
            return Ok(false);
        }
        _ => {
            commit(proc, waiting)?;
            return execute(proc, &request).map(|()| true).map_err(here);
        }
    };
    let options = set_named(proc, name).map_err(here)?.options;
    let addition = Addition::parse(options.kind, words).map_err(here)?;
    if waiting.last().is_some_and(|last| (&last.name, last.adds) != (name, adds)) {
        commit(proc, waiting)?;
    }
    let exist = request.exist;
    waiting.push(Waiting { line, name: name.clone(), options, addition, adds, exist });
    Ok(true)
}

/// Does what waits.
fn commit(proc: &Proc, waiting: &mut Vec<Waiting>) -> Step {
    for one in waiting.drain(..) {
        let done = match one.adds {
            true => add(proc, &one.name, &one.options, &one.addition, one.exist),
            false => del(proc, &one.name, &one.addition.entries, one.exist),
        };
        done.map_err(|refusal| (Some(one.line), refusal))?;
    }
    Ok(true)
}
