//! Programs that go on looking: `tail`, `top`, `watch`.

use crate::engine::Span;
use crate::process::calendar::date_line;
use crate::process::programs::busybox::{duration, number};
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::{Failure, conclude};
use crate::process::{Proc, boxed};

use super::sh;

/// How often a followed file is looked at.
const TAIL_PAUSE: Span = Span::secs(1);

/// What `tail` shows of each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    count: usize,
    /// Whether the count is of bytes, not of lines.
    bytes: bool,
    /// Whether it is counted from the beginning, where the first is 1.
    from_start: bool,
}

impl Part {
    fn read(text: &str, bytes: bool) -> Result<Part, Failure> {
        let digits = text.trim_start_matches(['+', '-']);
        let count = number("tail", digits, 0, i64::from(u32::MAX))? as usize;
        Ok(Part { count, bytes, from_start: text.starts_with('+') })
    }

    /// Where the part begins in the whole.
    fn start(self, whole: &[u8]) -> usize {
        let skipped = |total: usize| match self.from_start {
            true => self.count.saturating_sub(1),
            false => total.saturating_sub(self.count),
        };
        if self.bytes {
            return skipped(whole.len()).min(whole.len());
        }
        let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
        lines.iter().take(skipped(lines.len())).map(|line| line.len()).sum()
    }
}

/// `tail [-f] [-n NUMBER | -c NUMBER] FILE …`: the end of files; with `-f` what is written to them later, too.
pub async fn tail(proc: Proc) -> i32 {
    conclude(&proc, run_tail(&proc)).await
}

async fn run_tail(proc: &Proc) -> Result<i32, Failure> {
    const NAMES: &[Long] = &[
        ("follow", Argument::Optional, 'f'),
        ("lines", Argument::Required, 'n'),
        ("bytes", Argument::Required, 'c'),
        ("quiet", Argument::None, 'q'),
    ];
    let words: Vec<String> = proc.args().iter().map(|word| as_option(word)).collect();
    let mut part = Part { count: 10, bytes: false, from_start: false };
    let (mut follows, mut quiet) = (false, false);
    let mut options = Options::with_names(&words, "fFn:c:qs:", NAMES);
    for option in options.by_ref() {
        match option.map_err(|wrong| Failure::of("tail", 1, wrong))? {
            ('n', count) => part = Part::read(count, false)?,
            ('c', count) => part = Part::read(count, true)?,
            ('q', _) => quiet = true,
            ('s', _) => {}
            _ => follows = true,
        }
    }
    let paths = options.operands();
    if paths.is_empty() {
        let whole = proc.read_all().await;
        proc.write_stream(&proc.stdio(1), &whole[part.start(&whole)..]);
        return Ok(0);
    }
    let mut status = 0;
    let mut followed = Vec::new();
    for path in &paths {
        let whole = match proc.read_file(path) {
            Ok(whole) => whole,
            Err(errno) => {
                proc.eprint(&format!("tail: {path}: {errno}\n"));
                status = 1;
                continue;
            }
        };
        if paths.len() > 1 && !quiet {
            let gap = if followed.is_empty() { "" } else { "\n" };
            proc.print(&format!("{gap}==> {path} <==\n"));
        }
        proc.write_stream(&proc.stdio(1), &whole[part.start(&whole)..]);
        followed.push((*path, whole.len()));
    }
    while follows && !followed.is_empty() {
        proc.sleep(TAIL_PAUSE).await;
        for (path, seen) in &mut followed {
            // A file that is gone may come back.
            let Ok(whole) = proc.read_file(path) else { continue };
            // One that became shorter was begun anew.
            let start = if whole.len() < *seen { 0 } else { *seen };
            proc.write_stream(&proc.stdio(1), &whole[start..]);
            *seen = whole.len();
        }
    }
    Ok(status)
}

/// `-5` is an old way to say `-n 5`.
fn as_option(word: &str) -> String {
    match word.strip_prefix('-') {
        Some(digits) if digits.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("-n{digits}")
        }
        _ => word.to_owned(),
    }
}

/// `top`: the processes, again and again, as it prints them where there is no screen.
pub async fn top(proc: Proc) -> i32 {
    conclude(&proc, run_top(&proc)).await
}

async fn run_top(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let (mut rounds, mut pause) = (i64::MAX, Span::secs(5));
    let mut options = Options::new(&words, "bHn:d:");
    for option in options.by_ref() {
        match option.map_err(|wrong| Failure::of("top", 1, wrong))? {
            ('n', count) => rounds = number("top", count, 1, i64::from(u32::MAX))?,
            ('d', seconds) => pause = duration("top", seconds)?,
            _ => {}
        }
    }
    for round in 0..rounds {
        if round > 0 {
            proc.sleep(pause.max(Span::millis(100))).await;
        }
        proc.print(&processes(proc));
    }
    Ok(0)
}

fn processes(proc: &Proc) -> String {
    let mut text = String::from("Mem, CPU, load average: not simulated\n");
    text += "  PID  PPID USER     STAT COMMAND\n";
    let all = proc.processes();
    let seen_as = |view: &crate::process::ProcessView| match proc.is_on_host() {
        true => view.pid.0,
        false => view.inner,
    };
    for view in all.iter().filter(|view| proc.is_on_host() || view.root == proc.root()) {
        let parent = all.iter().find(|other| Some(other.pid) == view.parent);
        let parent = parent.filter(|other| proc.is_on_host() || other.root == view.root);
        let parent = parent.map_or(0, seen_as);
        let state = if view.pid == proc.pid() { "R" } else { "S" };
        let pid = seen_as(view);
        text += &format!("{pid:>5} {parent:>5} root     {state:<4} {}\n", view.argv.join(" "));
    }
    text
}

/// `watch [-n SECONDS] [-t] COMMAND`: what a command prints, again and again.
pub async fn watch(proc: Proc) -> i32 {
    conclude(&proc, run_watch(&proc)).await
}

async fn run_watch(proc: &Proc) -> Result<i32, Failure> {
    const NAMES: &[Long] =
        &[("interval", Argument::Required, 'n'), ("no-title", Argument::None, 't')];
    let words = proc.args();
    let (mut pause, mut has_title) = (Span::secs(2), true);
    // What follows the command belongs to it.
    let mut own = 0;
    while let Some(word) = words.get(own).filter(|word| word.starts_with('-')) {
        own += if matches!(word.as_str(), "-n" | "--interval") { 2 } else { 1 };
    }
    let (own, command) = words.split_at(own.min(words.len()));
    let mut options = Options::with_names(own, "n:tdbc", NAMES);
    for option in options.by_ref() {
        match option.map_err(|wrong| Failure::of("watch", 1, wrong))? {
            ('n', seconds) => pause = duration("watch", seconds)?,
            ('t', _) => has_title = false,
            _ => {}
        }
    }
    if command.is_empty() {
        let usage = "Usage: watch [-n SEC] [-t] PROG ARGS\n";
        return Err(Failure::said(usage, 1));
    }
    let line = command.join(" ");
    let title = format!("Every {:.1}s: {line}", pause.as_secs_f64());
    loop {
        if has_title {
            proc.print(&format!("{title}  {}\n\n", date_line(proc.calendar())));
        }
        let mut spawn = proc.spawn_like();
        spawn.argv = vec!["sh".to_owned(), "-c".to_owned(), line.clone()];
        let pid = proc.spawn(spawn, |proc| boxed(sh::run(proc)));
        proc.wait(pid).await;
        proc.print("\n");
        proc.sleep(pause.max(Span::millis(100))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_and_the_first_bytes_are_found() {
        let whole = b"one\ntwo\nthree";
        let part = |text, bytes| Part::read(text, bytes).expect("it is a number");
        assert_eq!(part("1", false).start(whole), 8);
        assert_eq!(part("2", false).start(whole), 4);
        assert_eq!(part("99", false).start(whole), 0);
        assert_eq!(part("+2", false).start(whole), 4);
        assert_eq!(part("5", true).start(whole), 8);
        assert_eq!(part("+99", true).start(whole), 13);
        assert_eq!(as_option("-20"), "-n20");
        assert!(Part::read("x", false).is_err());
    }
}
