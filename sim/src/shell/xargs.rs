//! `xargs`: runs a command with the words of its input.

use crate::process::Proc;

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    /// `-n`: at most so many words for one command.
    most: Option<usize>,
    /// `-I`: what a line stands for.
    place: Option<String>,
    /// `-r`: nothing runs without input.
    needs_input: bool,
    /// `-t`: commands are shown.
    is_loud: bool,
    command: Vec<String>,
}

fn read_request(args: &[String]) -> Result<Request, String> {
    let mut request = Request::default();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let mut value = |letter: char| {
            let tail = &word[2..];
            let given = if tail.is_empty() { rest.next().cloned() } else { Some(tail.to_owned()) };
            given.ok_or_else(|| format!("xargs: option requires an argument -- '{letter}'"))
        };
        match word.as_str() {
            "-r" | "--no-run-if-empty" => request.needs_input = true,
            "-t" | "--verbose" => request.is_loud = true,
            flag if flag.starts_with("-n") => {
                let text = value('n')?;
                let most = text.parse().ok().filter(|most| *most > 0);
                request.most =
                    Some(most.ok_or_else(|| {
                        format!("xargs: invalid number \"{text}\" for -n option")
                    })?);
            }
            flag if flag.starts_with("-I") => request.place = Some(value('I')?),
            flag if flag.starts_with('-') => {
                return Err(format!("xargs: netsim does not simulate {flag}"));
            }
            _ => {
                request.command = std::iter::once(word.clone()).chain(rest.cloned()).collect();
                break;
            }
        }
    }
    if request.command.is_empty() {
        request.command.push("echo".to_owned());
    }
    Ok(request)
}

/// The command lines for an input.
fn commands(request: &Request, input: &str) -> Vec<Vec<String>> {
    if let Some(place) = &request.place {
        let lines = input.lines().map(str::trim).filter(|line| !line.is_empty());
        let filled = |line: &str| {
            request.command.iter().map(|word| word.replace(place.as_str(), line)).collect()
        };
        return lines.map(filled).collect();
    }
    let words: Vec<String> = input.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        let alone = (!request.needs_input).then(|| request.command.clone());
        return alone.into_iter().collect();
    }
    let most = request.most.unwrap_or(words.len());
    words.chunks(most).map(|words| [request.command.as_slice(), words].concat()).collect()
}

/// `xargs`.
pub async fn xargs(proc: Proc) -> i32 {
    let request = match read_request(&proc.args()) {
        Ok(request) => request,
        Err(sentence) => {
            proc.eprint(&format!("{sentence}\n"));
            return 1;
        }
    };
    let input = proc.read_all().await;
    let mut status = 0;
    for argv in commands(&request, &String::from_utf8_lossy(&input)) {
        let name = argv[0].clone();
        let Ok((_, program)) = proc.find_program(&name) else {
            proc.eprint(&format!("xargs: {name}: No such file or directory\n"));
            return 127;
        };
        if request.is_loud {
            proc.eprint(&format!("{}\n", argv.join(" ")));
        }
        let mut spawn = proc.spawn_like();
        spawn.argv = argv;
        spawn.stdio[0] = crate::process::Stream::Null;
        let pid = proc.spawn(spawn, program);
        match proc.wait(pid).await {
            0 => {}
            255 => {
                proc.eprint(&format!("xargs: {name}: exited with status 255; aborting\n"));
                return 124;
            }
            _ => status = 123,
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &str, input: &str) -> Vec<String> {
        let args: Vec<String> = args.split(' ').map(str::to_owned).collect();
        let request = read_request(&args).unwrap();
        commands(&request, input).iter().map(|argv| argv.join(" ")).collect()
    }

    #[test]
    fn words_of_the_input_come_behind_the_command() {
        assert_eq!(run("docker rm -f", "a b\nc\n"), ["docker rm -f a b c"]);
        assert_eq!(run("-n 2 echo", "a b\nc\n"), ["echo a b", "echo c"]);
        assert_eq!(run("-n1 echo", "a b"), ["echo a", "echo b"]);
        assert_eq!(run("-I {} docker stop {}", "a b\nc\n"), ["docker stop a b", "docker stop c"]);
    }

    #[test]
    fn without_input_it_runs_once_or_not_at_all() {
        assert_eq!(run("docker rm", "\n"), ["docker rm"]);
        assert!(run("-r docker rm", "").is_empty());
    }
}
