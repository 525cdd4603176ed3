//! Blocks `console`: commands at the prompts of machines, and what they print.

use super::error::LessonError;
use super::page::Page;
use super::pattern::{self, Mismatch, Pattern};
use super::transcript::{inner_prompt, is_interactive};

use crate::world::suggest::suggestion;

/// The commands of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Console {
    /// In order.
    pub steps: Vec<Step>,
}

/// A command with what it is expected to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its line, from 1.
    pub line: usize,
    /// The machine.
    pub host: String,
    /// The container in which it is typed, if not on the machine itself.
    pub container: Option<String>,
    /// What is typed.
    pub command: String,
    /// What is typed at the prompts of the shell that it starts (`/ # ip addr`).
    pub keys: String,
    /// What is printed, with what is typed at those prompts; `None` if nothing is said of it.
    pub expected: Option<Pattern>,
    /// The exit status.
    pub status: i32,
    /// The line of each expected line of output.
    pub output_lines: Vec<usize>,
}

impl Step {
    /// The line of the file on which output was not as expected.
    pub fn line_of(&self, mismatch: &Mismatch) -> usize {
        let last = self.output_lines.last().copied().unwrap_or(self.line);
        self.output_lines.get(mismatch.line).copied().unwrap_or(last)
    }

    /// The machine and, if it is typed in one, the container: `docker-1/test1`.
    pub fn place(&self) -> String {
        match &self.container {
            Some(container) => format!("{}/{container}", self.host),
            None => self.host.clone(),
        }
    }
}

/// A prompt, taken apart: machine, container, command.
pub fn prompt(line: &str) -> Option<(&str, Option<&str>, &str)> {
    let (place, command) = line.split_once("$ ")?;
    let (host, container) = match place.split_once('/') {
        Some((host, container)) => (host, Some(container)),
        None => (place, None),
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    (is_name(host) && container.is_none_or(is_name)).then_some((host, container, command))
}

impl Console {
    /// Reads a block whose first line has this number.
    pub fn parse(page: &Page, first: usize, body: &[&str]) -> Result<Console, LessonError> {
        let mut steps: Vec<Step> = Vec::new();
        let mut output: Vec<(usize, String)> = Vec::new();
        for (n, line) in body.iter().enumerate() {
            let number = first + n;
            if let Some((host, container, command)) = prompt(line) {
                if !page.machines.is_empty() && !page.machines.iter().any(|name| name == host) {
                    let known = page.machines.iter().map(String::as_str);
                    let hint = suggestion(host, known.clone()).map_or_else(
                        || format!("the machines are {}", known.collect::<Vec<_>>().join(", ")),
                        |name| format!("did you mean '{name}'?"),
                    );
                    let error = page.error(number, format!("there is no machine '{host}'"));
                    return Err(error.at_word(host).with_hint(Some(hint)));
                }
                finish(page, &mut steps, &mut output)?;
                steps.push(Step {
                    line: number,
                    host: host.to_owned(),
                    container: container.map(str::to_owned),
                    command: command.to_owned(),
                    keys: String::new(),
                    expected: None,
                    status: 0,
                    output_lines: Vec::new(),
                });
                continue;
            }
            let Some(last) = steps.last_mut() else {
                if line.trim().is_empty() || line.starts_with("# ") {
                    continue;
                }
                let error = page.error(number, "a console block begins with a command");
                let hint = "write MACHINE$ command, or MACHINE/CONTAINER$ command";
                return Err(error.with_hint(Some(hint.to_owned())));
            };
            if let Some(typed) = inner_prompt(line).filter(|_| is_interactive(&last.command)) {
                last.keys += typed;
                last.keys.push('\n');
            }
            match exit_status(line) {
                Some(Ok(status)) => last.status = status,
                Some(Err(word)) => {
                    let error = page.error(number, format!("'{word}' is not an exit status"));
                    return Err(error.at_word(word));
                }
                None => output.push((number, (*line).to_owned())),
            }
        }
        finish(page, &mut steps, &mut output)?;
        Ok(Console { steps })
    }
}

/// Gives the last step the output that was collected.
fn finish(
    page: &Page,
    steps: &mut [Step],
    output: &mut Vec<(usize, String)>,
) -> Result<(), LessonError> {
    let (numbers, lines): (Vec<usize>, Vec<String>) = std::mem::take(output).into_iter().unzip();
    let Some(last) = steps.last_mut() else { return Ok(()) };
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Ok(());
    }
    let pattern = pattern::parse(&lines).map_err(|(n, word, message)| {
        page.error(numbers.get(n).copied().unwrap_or(last.line), message).at_word(&word)
    })?;
    last.output_lines = numbers;
    last.expected = Some(pattern);
    Ok(())
}

/// `[exit 1]`.
fn exit_status(line: &str) -> Option<Result<i32, &str>> {
    let word = line.trim().strip_prefix("[exit ")?.strip_suffix(']')?;
    Some(word.trim().parse().map_err(|_| word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_name_machine_and_container() {
        assert_eq!(prompt("docker-1$ ip addr"), Some(("docker-1", None, "ip addr")));
        assert_eq!(prompt("docker-1/test1$ ip addr"), Some(("docker-1", Some("test1"), "ip addr")));
        assert_eq!(prompt("price: 5$ x"), None);
        assert_eq!(prompt("/ # ip addr"), None);
    }
}
