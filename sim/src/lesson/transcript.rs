//! Transcripts: lines `HOST$ command` with the output behind them. Replaying one runs the commands on
//! the hosts of a topology and prints them in the same form, with what they print here.
//!
//! A recorded command may name what chance named (`docker network rm 0bdea028af39`). The recorded
//! outputs say what that was, so that the command that runs names the same thing of here.
//!
//! What was done unseen while it was recorded stands in lines `# unseen: HOST$ command`; what the
//! recording itself gives away is found by [`super::unseen`].

use crate::docker::journal::deeds;
use crate::engine::Span;
use crate::world::World;

use super::identities::Identities;
use super::unseen;

/// A command of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where in the file, from 1.
    pub number: usize,
    /// On which host.
    pub host: String,
    /// What was typed.
    pub command: String,
    /// What was typed at the prompts of the shell that it started (`/ # ip addr`).
    pub keys: String,
    /// What it printed there.
    pub recorded: String,
    /// Whether it was done behind the scenes: it runs, and is not shown.
    pub unseen: bool,
}

/// Time between two commands: somebody types, the machines settle.
const TYPING: Span = Span::secs(1);

/// The beginning of a line with a command that was not recorded.
const UNSEEN: &str = "# unseen: ";

/// What the client says where `-it` finds no terminal: whether there was one is a fact of the recording.
const NO_TERMINAL: &str = "the input device is not a TTY";

/// The commands of a transcript. A line is one if it begins with the name of a host and `$ `; what
/// follows, but for comments, is what it printed.
pub fn parse(text: &str, is_host: impl Fn(&str) -> bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // Whether the line before was typed in a container: the next may go on with it.
    let mut goes_on = false;
    for (n, text) in text.lines().enumerate() {
        let went_on = std::mem::take(&mut goes_on);
        let behind = text.strip_prefix(UNSEEN);
        if let Some((host, command)) =
            prompt(behind.unwrap_or(text)).filter(|(host, _)| is_host(host))
        {
            lines.push(Line {
                number: n + 1,
                host: host.to_owned(),
                command: command.to_owned(),
                keys: String::new(),
                recorded: String::new(),
                unseen: behind.is_some(),
            });
        } else if let Some(line) = lines.last_mut()
            && let Some(typed) = inner_prompt(text)
                .or_else(|| text.strip_prefix("> ").filter(|_| went_on))
                .filter(|_| is_interactive(&line.command))
        {
            goes_on = true;
            line.keys += typed;
            line.keys.push('\n');
        } else if let Some(line) = lines.last_mut()
            && !(text.starts_with("# ") && line.recorded.is_empty())
        {
            line.recorded += text;
            line.recorded.push('\n');
        }
    }
    lines
}

/// The host and the command of a line with a prompt.
fn prompt(line: &str) -> Option<(&str, &str)> {
    let (host, command) = line.split_once("$ ")?;
    let is_name =
        !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_name.then_some((host, command))
}

/// What was typed at the prompt of a shell in a container: `/ # `, `~ # `, `root@0123456789ab:/# `.
pub(super) fn inner_prompt(line: &str) -> Option<&str> {
    let (place, command) = line.split_once("# ").or_else(|| Some((line.strip_suffix('#')?, "")))?;
    let is_place = place.is_empty() || place.starts_with(['/', '~']) || place.starts_with("root@");
    let is_word = !place.trim_end().contains(' ');
    (is_place && is_word).then_some(command)
}

/// Whether a command gives a terminal to what it runs.
pub(super) fn is_interactive(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.any(|word| word == "docker")
        && words.any(|word| {
            if word == "attach" {
                return true;
            }
            let letters = word.strip_prefix('-').unwrap_or_default();
            word == "--interactive" || (!letters.starts_with('-') && letters.contains('i'))
        })
}

/// Runs the commands. `show` is given each one with its output; `explain` adds what Docker's engine did
/// for it.
pub fn replay(world: &mut World, lines: &[Line], explain: bool, mut show: impl FnMut(&str)) {
    let mut identities = Identities::default();
    for line in lines {
        // The time between two commands is bounded by itself.
        let _ = world.run_for(TYPING);
        let Some(host) = world.host_named(&line.host) else { continue };
        let command = identities.translate(&line.command);
        if line.unseen {
            // Whoever tidied up behind the scenes did not look at what that printed.
            let _ = world.run_command(host, &command);
            continue;
        }
        let from = world.now();
        let prepared = unseen::prepare(world, host, &command, &line.recorded);
        let outcome = match line.recorded.lines().next() {
            Some(NO_TERMINAL) => world.run_command_unattended(host, &command),
            _ => world.run_command_typing(host, &command, &line.keys),
        };
        let mut text = String::new();
        for done in prepared {
            text += &format!("# not recorded, but done before: {}$ {done}\n", line.host);
        }
        text += &format!("{}$ {}\n", line.host, line.command);
        let output = outcome.text();
        identities.learn(&line.recorded, &output);
        text += &output;
        if !output.is_empty() && !output.ends_with('\n') {
            text.push('\n');
        }
        if outcome.status != 0 {
            text += &format!("[exit {}]\n", outcome.status);
        }
        if explain && command.contains("docker") {
            let now = world.now();
            let deeds = deeds(world.host(host).kernel().calls(), from, now);
            text.extend(deeds.iter().map(|(_, deed)| format!("# the engine: {deed}\n")));
        }
        show(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prompts_of_hosts_are_commands() {
        let text = "# note\na$ ip addr\n1: lo\nb$ x\nnobody$ y\nprice: 5$ z\n";
        let lines = parse(text, |name| matches!(name, "a" | "b"));
        let found: Vec<(usize, &str)> =
            lines.iter().map(|line| (line.number, line.command.as_str())).collect();
        assert_eq!(found, [(2, "ip addr"), (4, "x")]);
        assert_eq!(lines[0].recorded, "1: lo\n");
    }

    #[test]
    fn commands_behind_the_scenes_are_known_as_such() {
        let lines = parse("a$ x\n# unseen: a$ docker rm -f c\na$ y\n", |name| name == "a");
        let unseen: Vec<bool> = lines.iter().map(|line| line.unseen).collect();
        assert_eq!(unseen, [false, true, false]);
        assert_eq!(lines[1].command, "docker rm -f c");
    }

    #[test]
    fn lines_at_prompts_of_containers_are_typed() {
        let text = "a$ docker run -it busybox\n/ # ip addr\n1: lo\n> x\n/ # if :\n> then exit; fi\na$ x\n/ # y\n";
        let lines = parse(text, |name| name == "a");
        assert_eq!(lines[0].keys, "ip addr\nif :\nthen exit; fi\n");
        assert_eq!(lines[1].keys, "");
    }
}
