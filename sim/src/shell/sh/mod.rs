//! `sh`: the shell of hosts and containers, small but real. A line typed at a simulated machine is
//! parsed, expanded and run by this program on that machine; it never reaches the real one.
//!
//! [`parse`] makes [`ast`], [`expand`] makes words, [`exec`] runs, [`builtin`] has what is built in.

pub(crate) mod arithmetic;
pub(crate) mod ast;
pub(crate) mod builtin;
pub(crate) mod exec;
mod expand;
pub(crate) mod parse;
pub(crate) mod pattern;

pub use exec::Shell;
pub use parse::SyntaxError;

use crate::process::{Either, Proc, Signal, select};

/// `sh -c LINE`, `sh FILE`, or lines of standard input.
pub async fn run(proc: Proc) -> i32 {
    let argv = proc.argv();
    let name = argv.first().map_or("sh", String::as_str).rsplit('/').next().unwrap_or("sh");
    let name = name.trim_start_matches('-').to_owned();
    let mut shell = Shell::new(proc.clone(), &name);
    let mut args = argv.into_iter().skip(1).peekable();
    let mut command = None;
    while let Some(flag) = args.next_if(|arg| arg.starts_with('-') && arg.len() > 1) {
        for flag in flag.chars().skip(1) {
            match flag {
                'c' => command = Some(()),
                'e' => shell.errexit = true,
                'u' => shell.nounset = true,
                'x' => shell.xtrace = true,
                'i' => shell.interactive = true,
                'l' => {}
                other => {
                    proc.eprint(&format!("{name}: 0: Illegal option -{other}\n"));
                    return 2;
                }
            }
        }
    }
    if command.is_some() {
        let Some(text) = args.next() else {
            proc.eprint(&format!("{name}: 0: -c requires an argument\n"));
            return 2;
        };
        if let Some(zero) = args.next() {
            shell.name = zero;
        }
        shell.positional = args.collect();
        shell.run_text(&text).await;
        return shell.status();
    }
    if let Some(path) = args.next() {
        shell.positional = args.collect();
        shell.name.clone_from(&path);
        return match proc.read_file(&path) {
            Ok(bytes) => {
                shell.run_text(&String::from_utf8_lossy(&bytes)).await;
                shell.status()
            }
            Err(_) => {
                proc.eprint(&format!("{name}: 0: cannot open {path}: No such file\n"));
                2
            }
        };
    }
    shell.interactive |= proc.keyboard().is_some();
    if shell.interactive {
        proc.catch(Signal::Int);
    }
    read_commands(&proc, &mut shell).await;
    shell.status()
}

/// Reads and runs commands until the end of the input; a command may take several lines.
async fn read_commands(proc: &Proc, shell: &mut Shell) {
    let prompts = shell.interactive;
    let mut text = String::new();
    loop {
        if prompts {
            proc.forget_signals();
            proc.print(&if text.is_empty() { prompt(proc) } else { "> ".to_owned() });
        }
        let line = match select(proc.read_line(), proc.next_signal()).await {
            Either::First(line) => line,
            Either::Second(_) => {
                // Ctrl-C gives up the line.
                proc.print("\n");
                text.clear();
                continue;
            }
        };
        let Some(line) = line else {
            if !text.is_empty() {
                shell.run_text(&text).await;
            } else if prompts {
                proc.print("\n");
            }
            return;
        };
        text += &line;
        text.push('\n');
        if matches!(parse::parse(&text), Err(SyntaxError::Incomplete { .. })) {
            continue;
        }
        shell.run_text(&std::mem::take(&mut text)).await;
        if shell.has_exited() {
            return;
        }
        if prompts {
            shell.flow = exec::Flow::Next;
        }
    }
}

/// The prompt of a root shell: `root@docker-1:~# ` of bash, `/ # ` of busybox, `# ` of dash.
fn prompt(proc: &Proc) -> String {
    let cwd = proc.cwd();
    let home = proc.env("HOME").unwrap_or_default();
    let place = if cwd == home { "~".to_owned() } else { cwd };
    let is_bash = |name: &String| name.ends_with("bash") || name.ends_with("zsh");
    let is_bash = proc.argv().first().is_some_and(is_bash);
    if proc.is_on_host() || is_bash {
        format!("root@{}:{place}# ", proc.hostname())
    } else if proc.has_gnu_tools() {
        "# ".to_owned()
    } else {
        format!("{place} # ")
    }
}
