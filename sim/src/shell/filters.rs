//! Programs that read lines and write lines: `grep`, `head`, `wc`, `sort`, `uniq`, `cut`, `tr`.

use super::files::split_flags;
use crate::process::Proc;

/// The lines of the files that are named, or of standard input.
pub(super) async fn input(proc: &Proc, paths: &[&str]) -> Result<String, String> {
    if paths.is_empty() || paths == ["-"] {
        return Ok(String::from_utf8_lossy(&proc.read_all().await).into_owned());
    }
    let mut text = String::new();
    for path in paths {
        match proc.read_file(path) {
            Ok(bytes) => text += &String::from_utf8_lossy(&bytes),
            Err(errno) => return Err(format!("{path}: {errno}")),
        }
    }
    Ok(text)
}

pub(super) fn fail(proc: &Proc, error: &str) -> i32 {
    let argv = proc.argv();
    let name = argv[0].rsplit('/').next().unwrap_or_default();
    proc.eprint(&format!("{name}: {error}\n"));
    1
}

/// Takes the number of `-n 5`, `-n5`, `-5`; what is left.
fn count_and_paths(args: &[String], default: usize) -> (usize, Vec<&str>) {
    let (mut count, mut paths) = (default, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let number = match arg.strip_prefix("-n") {
            Some("") => rest.next().map(String::as_str),
            Some(number) => Some(number),
            None => arg.strip_prefix('-').filter(|n| n.parse::<usize>().is_ok()),
        };
        match number {
            Some(number) => count = number.parse().unwrap_or(default),
            None if arg.starts_with('-') && arg.len() > 1 => {}
            None => paths.push(arg.as_str()),
        }
    }
    (count, paths)
}

/// `head`: stops reading as soon as it has enough.
pub async fn head(proc: Proc) -> i32 {
    let args = proc.args();
    let (count, paths) = count_and_paths(&args, 10);
    if paths.is_empty() {
        for _ in 0..count {
            let Some(line) = proc.read_line().await else { break };
            proc.print(&format!("{line}\n"));
        }
        return 0;
    }
    match input(&proc, &paths).await {
        Ok(text) => text.lines().take(count).for_each(|line| proc.print(&format!("{line}\n"))),
        Err(error) => return fail(&proc, &error),
    }
    0
}

/// `wc`.
pub async fn wc(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let text = match input(&proc, &paths).await {
        Ok(text) => text,
        Err(error) => return fail(&proc, &error),
    };
    let counts = [
        ('l', text.matches('\n').count()),
        ('w', text.split_whitespace().count()),
        ('c', text.len()),
    ];
    let wanted: Vec<String> = counts
        .iter()
        .filter(|(flag, _)| flags.is_empty() || flags.contains(*flag))
        .map(|(_, count)| count.to_string())
        .collect();
    let name = paths.first().map(|path| format!(" {path}")).unwrap_or_default();
    let line = if flags.is_empty() {
        wanted.iter().map(|count| format!("{count:>8}")).collect()
    } else {
        wanted.join(" ")
    };
    proc.print(&format!("{line}{name}\n"));
    0
}

/// `sort`.
pub async fn sort(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let text = match input(&proc, &paths).await {
        Ok(text) => text,
        Err(error) => return fail(&proc, &error),
    };
    let mut lines: Vec<&str> = text.lines().collect();
    if flags.contains('n') {
        let number = |line: &&str| {
            let digits: String =
                line.trim_start().chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().unwrap_or(0)
        };
        lines.sort_by(|a, b| number(a).cmp(&number(b)).then(a.cmp(b)));
    } else {
        lines.sort_unstable();
    }
    if flags.contains('r') {
        lines.reverse();
    }
    if flags.contains('u') {
        lines.dedup();
    }
    lines.iter().for_each(|line| proc.print(&format!("{line}\n")));
    0
}

/// `uniq`.
pub async fn uniq(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let text = match input(&proc, &paths).await {
        Ok(text) => text,
        Err(error) => return fail(&proc, &error),
    };
    let mut groups: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        match groups.last_mut() {
            Some((count, last)) if *last == line => *count += 1,
            _ => groups.push((1, line)),
        }
    }
    for (count, line) in groups {
        let before = if flags.contains('c') { format!("{count:>7} ") } else { String::new() };
        proc.print(&format!("{before}{line}\n"));
    }
    0
}

/// `cut -d X -f LIST` and `cut -c LIST`.
pub async fn cut(proc: Proc) -> i32 {
    let args = proc.args();
    let (mut delimiter, mut fields, mut by_char, mut paths) = ('\t', Vec::new(), false, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = |prefix: &str| {
            let tail = arg.strip_prefix(prefix)?;
            if tail.is_empty() { rest.next().cloned() } else { Some(tail.to_owned()) }
        };
        if let Some(text) = value("-d") {
            delimiter = text.chars().next().unwrap_or('\t');
        } else if let Some(text) = value("-f") {
            fields = ranges(&text);
        } else if let Some(text) = value("-c") {
            (fields, by_char) = (ranges(&text), true);
        } else {
            paths.push(arg.as_str());
        }
    }
    if fields.is_empty() {
        return fail(&proc, "you must specify a list of bytes, characters, or fields");
    }
    let text = match input(&proc, &paths).await {
        Ok(text) => text,
        Err(error) => return fail(&proc, &error),
    };
    let wanted = |n: usize| fields.iter().any(|(low, high)| (*low..=*high).contains(&n));
    for line in text.lines() {
        let out = if by_char {
            line.chars().enumerate().filter(|(n, _)| wanted(n + 1)).map(|(_, c)| c).collect()
        } else if !line.contains(delimiter) {
            line.to_owned()
        } else {
            let parts = line.split(delimiter).enumerate().filter(|(n, _)| wanted(n + 1));
            parts.map(|(_, part)| part).collect::<Vec<_>>().join(&delimiter.to_string())
        };
        proc.print(&format!("{out}\n"));
    }
    0
}

/// `1,3-5,7-` as pairs.
fn ranges(text: &str) -> Vec<(usize, usize)> {
    let number = |text: &str, default: usize| text.parse().unwrap_or(default);
    text.split(',')
        .map(|part| match part.split_once('-') {
            Some((low, high)) => (number(low, 1), number(high, usize::MAX)),
            None => (number(part, 1), number(part, 1)),
        })
        .collect()
}

/// `tr`.
pub async fn tr(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, sets) = split_flags(&args);
    let text = String::from_utf8_lossy(&proc.read_all().await).into_owned();
    let set = |n: usize| -> Vec<char> { sets.get(n).map_or(Vec::new(), |set| char_set(set)) };
    let (from, to) = (set(0), set(1));
    let mut out = String::new();
    let mut last = None;
    for c in text.chars() {
        match from.iter().position(|known| *known == c) {
            Some(_) if flags.contains('d') => continue,
            Some(at) if !to.is_empty() => {
                let new = to[at.min(to.len() - 1)];
                if !(flags.contains('s') && last == Some(new)) {
                    out.push(new);
                }
                last = Some(new);
                continue;
            }
            Some(_) if flags.contains('s') && last == Some(c) => continue,
            _ => out.push(c),
        }
        last = Some(c);
    }
    proc.print(&out);
    0
}

fn char_set(text: &str) -> Vec<char> {
    let text = text.replace("\\n", "\n").replace("\\t", "\t");
    let chars: Vec<char> = text.chars().collect();
    let mut set = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1), chars.get(at + 2)) {
            (low, Some('-'), Some(high)) => {
                set.extend(low..=*high);
                at += 3;
            }
            (c, ..) => {
                set.push(c);
                at += 1;
            }
        }
    }
    set
}

/// `grep`.
pub async fn grep(proc: Proc) -> i32 {
    let args = proc.args();
    let (mut flags, mut patterns, mut words) = (String::new(), Vec::new(), Vec::new());
    let mut context = (0, 0);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-e" => patterns.extend(rest.next().cloned()),
            "--color" | "--color=auto" | "--color=never" => {}
            flag if flag.starts_with('-') && flag.len() > 1 => {
                let number = |rest: &mut std::slice::Iter<'_, String>| {
                    let digits = flag[2..].parse().ok();
                    digits.or_else(|| rest.next().and_then(|n| n.parse().ok())).unwrap_or(0)
                };
                match &flag[..2] {
                    "-A" => context.1 = number(&mut rest),
                    "-B" => context.0 = number(&mut rest),
                    "-C" => {
                        let n = number(&mut rest);
                        context = (n, n);
                    }
                    _ => flags += &flag[1..],
                }
            }
            word => words.push(word),
        }
    }
    if patterns.is_empty() {
        if words.is_empty() {
            proc.eprint("Usage: grep [OPTION]... PATTERNS [FILE]...\n");
            return 2;
        }
        patterns.push(words.remove(0).to_owned());
    }
    let has = |flag: char| flags.contains(flag);
    let matcher = match Matcher::new(&patterns, has('E'), has('F'), has('i'), has('w'), has('x')) {
        Ok(matcher) => matcher,
        Err(error) => {
            proc.eprint(&format!("grep: {error}\n"));
            return 2;
        }
    };
    let mut found = false;
    let sources: Vec<Option<&str>> =
        if words.is_empty() { vec![None] } else { words.iter().map(|word| Some(*word)).collect() };
    let show_names = sources.len() > 1 && !has('h');
    for source in sources {
        let text = match input(&proc, &source.into_iter().collect::<Vec<_>>()).await {
            Ok(text) => text,
            Err(error) => {
                proc.eprint(&format!("grep: {error}\n"));
                continue;
            }
        };
        let prefix = source.filter(|_| show_names).map(|s| format!("{s}:")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let hits: Vec<usize> =
            (0..lines.len()).filter(|n| matcher.fits(lines[*n]) != has('v')).collect();
        found |= !hits.is_empty();
        if has('q') {
            continue;
        }
        if has('c') {
            proc.print(&format!("{prefix}{}\n", hits.len()));
            continue;
        }
        if has('l') {
            if !hits.is_empty() {
                proc.print(&format!("{}\n", source.unwrap_or("(standard input)")));
            }
            continue;
        }
        let mut last: Option<usize> = None;
        for (n, line) in lines.iter().enumerate() {
            let near = |hit: &&usize| {
                **hit <= n + context.1 + context.0
                    && n + context.0 >= **hit
                    && n <= **hit + context.1
            };
            if !hits.iter().any(|hit| near(&hit)) {
                continue;
            }
            if context != (0, 0) && last.is_some_and(|last| n > last + 1) {
                proc.print("--\n");
            }
            last = Some(n);
            let number = if has('n') { format!("{}:", n + 1) } else { String::new() };
            if has('o') && !has('v') {
                for part in matcher.parts(line) {
                    proc.print(&format!("{prefix}{number}{part}\n"));
                }
            } else {
                proc.print(&format!("{prefix}{number}{line}\n"));
            }
        }
    }
    i32::from(!found)
}

/// Patterns of `grep` and `sed`.
struct Matcher(Vec<regex_lite::Regex>);

impl Matcher {
    fn new(
        patterns: &[String],
        extended: bool,
        fixed: bool,
        any_case: bool,
        word: bool,
        line: bool,
    ) -> Result<Matcher, String> {
        let mut list = Vec::new();
        for pattern in patterns.iter().flat_map(|pattern| pattern.split('\n')) {
            let mut text = match (fixed, extended) {
                (true, _) => regex_lite::escape(pattern),
                (false, true) => pattern.to_owned(),
                (false, false) => basic_to_extended(pattern),
            };
            if word {
                text = format!(r"\b(?:{text})\b");
            }
            if line {
                text = format!("^(?:{text})$");
            }
            let regex = regex_lite::RegexBuilder::new(&text).case_insensitive(any_case).build();
            list.push(regex.map_err(|error| format!("{pattern}: {error}"))?);
        }
        Ok(Matcher(list))
    }

    fn fits(&self, line: &str) -> bool {
        self.0.iter().any(|regex| regex.is_match(line))
    }

    fn parts<'a>(&self, line: &'a str) -> Vec<&'a str> {
        self.0.iter().flat_map(|regex| regex.find_iter(line)).map(|found| found.as_str()).collect()
    }
}

/// A basic regular expression as an extended one: `\(`, `\|`, `\+` are special, `(`, `|`, `+` are not.
fn basic_to_extended(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '[' if !in_class => {
                in_class = true;
                out.push(c);
            }
            ']' if in_class => {
                in_class = false;
                out.push(c);
            }
            c if in_class => out.push(c),
            '\\' => match chars.next() {
                Some(c @ ('(' | ')' | '|' | '+' | '?' | '{' | '}')) => out.push(c),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push_str("\\\\"),
            },
            '(' | ')' | '|' | '+' | '?' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '*' if out.is_empty() => out.push_str("\\*"),
            c => out.push(c),
        }
    }
    out
}

/// `sed`: `s`, `d`, `p`, `a`, `i`, `c` with addresses; `-n`, `-i`, `-E`.
pub async fn sed(proc: Proc) -> i32 {
    let args = proc.args();
    let (mut quiet, mut in_place, mut extended) = (false, false, false);
    let (mut scripts, mut paths) = (Vec::new(), Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-n" => quiet = true,
            "-i" => in_place = true,
            "-E" | "-r" => extended = true,
            "-e" => scripts.extend(rest.next().cloned()),
            word if scripts.is_empty() && paths.is_empty() && !word.starts_with('-') => {
                scripts.push(word.to_owned());
            }
            word => paths.push(word),
        }
    }
    let script = match super::sed::Script::parse(&scripts.join("\n"), |pattern| {
        let pattern = if extended { pattern.to_owned() } else { basic_to_extended(pattern) };
        regex_lite::Regex::new(&pattern).map_err(|error| error.to_string())
    }) {
        Ok(script) => script,
        Err(error) => {
            proc.eprint(&format!("sed: -e expression #1, {error}\n"));
            return 1;
        }
    };
    if in_place {
        for path in paths {
            let done = proc
                .read_file(path)
                .map(|bytes| script.run(&String::from_utf8_lossy(&bytes), quiet))
                .and_then(|text| proc.write_file(path, text.into_bytes()));
            if let Err(errno) = done {
                proc.eprint(&format!("sed: can't read {path}: {errno}\n"));
                return 2;
            }
        }
        return 0;
    }
    match input(&proc, &paths).await {
        Ok(text) => proc.print(&script.run(&text, quiet)),
        Err(error) => {
            proc.eprint(&format!("sed: can't read {error}\n"));
            return 2;
        }
    }
    0
}
