//! Small programs: `sleep`, `echo`, `date`, `ps`, `timeout`, `nsenter`, …

use super::files::split_flags;
use super::text;
use crate::engine::Span;
use crate::kernel::Capability;
use crate::process::programs::resolver::lookup;
use crate::process::{Either, Pid, Proc, Signal, select};

/// `true` and `false`.
pub async fn truth(proc: Proc) -> i32 {
    i32::from(proc.argv()[0].ends_with("false"))
}

/// `echo`.
pub async fn echo(proc: Proc) -> i32 {
    let args = proc.args();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    proc.print(&text::echo(&words, false));
    0
}

/// `printf`.
pub async fn printf(proc: Proc) -> i32 {
    let args = proc.args();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match text::printf(&words) {
        Ok(text) => {
            proc.print(&text);
            0
        }
        Err(error) => {
            proc.eprint(&format!("printf: {error}\n"));
            1
        }
    }
}

/// A duration as `sleep` and `timeout` take it: `0.5`, `10s`, `2m`, `infinity`.
fn duration(word: &str) -> Option<Span> {
    if word == "infinity" || word == "inf" {
        return Some(Span::MAX);
    }
    let (number, unit) = match word.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, &word[number.len()..]),
        None => (word, "s"),
    };
    let factor = match unit {
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    let value: f64 =
        number.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)?;
    Some(Span::from_secs_f64(value * factor))
}

/// `sleep`.
pub async fn sleep(proc: Proc) -> i32 {
    let args = proc.args();
    if args.is_empty() {
        proc.eprint("sleep: missing operand\nTry 'sleep --help' for more information.\n");
        return 1;
    }
    let mut total = Span::ZERO;
    for arg in &args {
        match duration(arg) {
            Some(span) => total += span,
            None => {
                proc.eprint(&format!("sleep: invalid time interval '{arg}'\n"));
                return 1;
            }
        }
    }
    proc.sleep(total).await;
    0
}

/// `tty`: the terminal from which it reads.
pub async fn tty(proc: Proc) -> i32 {
    let is_terminal = proc.keyboard().is_some();
    proc.print(if is_terminal { "/dev/pts/0\n" } else { "not a tty\n" });
    i32::from(!is_terminal)
}

/// `pwd`.
pub async fn pwd(proc: Proc) -> i32 {
    proc.print(&format!("{}\n", proc.cwd()));
    0
}

/// `hostname`: the name, or with `-i` and `-I` the addresses.
pub async fn hostname(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, words) = split_flags(&args);
    if let [name, ..] = words.as_slice() {
        if let Err(errno) = proc.credentials().demand(Capability::SYS_ADMIN) {
            let what = if proc.is_on_host() { "" } else { "sethostname: " };
            proc.eprint(&format!("hostname: {what}{errno}\n"));
            return 1;
        }
        proc.set_hostname(proc.root(), name);
        return 0;
    }
    let name = proc.hostname();
    if flags.contains('f') || flags.contains('d') {
        let found = lookup(&proc, &name).await;
        let whole = found.map_or(name, |found| found.canonical);
        match flags.contains('d') {
            // Of a name without dots there is no domain to tell.
            true if !whole.contains('.') => {}
            true => proc.print(&format!("{}\n", whole.split_once('.').unwrap_or_default().1)),
            false => proc.print(&format!("{whole}\n")),
        }
        return 0;
    }
    let addresses: Vec<String> = if flags.contains('i') {
        match lookup(&proc, &name).await {
            Ok(found) => found.addresses.iter().map(ToString::to_string).collect(),
            Err(error) if proc.is_on_host() => {
                proc.eprint(&format!("hostname: {error}\n"));
                return 1;
            }
            Err(_) => {
                proc.eprint(&format!("hostname: {name}: Unknown host\n"));
                return 1;
            }
        }
    } else if flags.contains('I') && proc.is_on_host() {
        let links = proc.sys(|sys| sys.links());
        let all = links.iter().flat_map(|link| &link.addrs).map(|address| address.local);
        all.filter(|ip| !ip.is_loopback()).map(|ip| format!("{ip} ")).collect()
    } else {
        let short = flags.contains('s');
        let name = if short { name.split('.').next().unwrap_or_default() } else { &name };
        proc.print(&format!("{name}\n"));
        return 0;
    };
    let between = if flags.contains('I') { "" } else { " " };
    proc.print(&format!("{}\n", addresses.join(between)));
    0
}

/// `uname`.
pub async fn uname(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, _) = split_flags(&args);
    let (name, host, release) = ("Linux", proc.hostname(), "6.18.0-netsim");
    let machine = "x86_64";
    let version = "#1 SMP PREEMPT_DYNAMIC";
    let line = if flags.contains('a') {
        format!("{name} {host} {release} {version} {machine} GNU/Linux")
    } else {
        let parts = [
            (flags.is_empty() || flags.contains('s'), name),
            (flags.contains('n'), &host),
            (flags.contains('r'), release),
            (flags.contains('v'), version),
            (flags.contains('m'), machine),
        ];
        let wanted: Vec<&str> = parts.iter().filter(|(on, _)| *on).map(|(_, part)| *part).collect();
        wanted.join(" ")
    };
    proc.print(&format!("{line}\n"));
    0
}

/// `id` and `whoami`: everybody is root here.
pub async fn identity(proc: Proc) -> i32 {
    let own = proc.credentials();
    let name_in = |file: &str, number: u32| {
        let text = proc.read_file(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = lines.find(|fields| fields.get(2) == Some(&number.to_string().as_str()));
        found.map(|fields| fields[0].to_owned())
    };
    let user = name_in("/etc/passwd", own.user);
    if proc.argv()[0].ends_with("whoami") {
        let Some(name) = user else {
            proc.eprint(&format!("whoami: unknown uid {}\n", own.user));
            return 1;
        };
        proc.print(&format!("{name}\n"));
        return 0;
    }
    let shown = |name: Option<String>| name.map_or(String::new(), |name| format!("({name})"));
    let group = format!("{}{}", own.group, shown(name_in("/etc/group", own.group)));
    proc.print(&format!("uid={}{} gid={group} groups={group}\n", own.user, shown(user)));
    0
}

/// `env`: prints the environment, or runs a program in a changed one.
pub async fn env(proc: Proc) -> i32 {
    let mut args = proc.args();
    while let Some((name, value)) = args.first().and_then(|arg| arg.split_once('=')) {
        proc.set_env(name, value);
        args.remove(0);
    }
    if args.is_empty() {
        let lines: Vec<String> =
            proc.environment().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        proc.print(&lines.concat());
        return 0;
    }
    exec(&proc, "env", args).await
}

/// Becomes another program, or says why not.
pub async fn exec(proc: &Proc, own: &str, argv: Vec<String>) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    match proc.exec(argv).await {
        Ok(status) => status,
        Err(errno) => {
            proc.eprint(&format!("{own}: failed to execute {name}: {errno}\n"));
            if errno == crate::kernel::Errno::ENOENT { 127 } else { 126 }
        }
    }
}

/// `which`.
pub async fn which(proc: Proc) -> i32 {
    let mut status = 0;
    for name in proc.args() {
        match proc.find_program(&name) {
            Ok((path, _)) => proc.print(&format!("{path}\n")),
            Err(_) => status = 1,
        }
    }
    status
}

/// `seq`.
pub async fn seq(proc: Proc) -> i32 {
    // A limit on lines: nobody reads more.
    const MAX: i64 = 1_000_000;
    let numbers: Vec<i64> = proc.args().iter().filter_map(|arg| arg.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => {
            proc.eprint("seq: missing operand\n");
            return 1;
        }
    };
    let mut n = first;
    let mut text = String::new();
    for _ in 0..MAX {
        if (step > 0 && n > last) || (step < 0 && n < last) {
            break;
        }
        text += &format!("{n}\n");
        n += step;
    }
    proc.print(&text);
    0
}

/// `date`: the calendar of the simulation.
pub async fn date(proc: Proc) -> i32 {
    let now = proc.calendar();
    let args = proc.args();
    let format = args.iter().find_map(|arg| arg.strip_prefix('+'));
    let text = match format {
        Some("%s") => (now as u64).to_string(),
        Some("%s.%N") => format!("{now:.9}"),
        _ => crate::process::calendar::date_line(now),
    };
    proc.print(&format!("{text}\n"));
    0
}

/// `kill PID`.
pub async fn kill(proc: Proc) -> i32 {
    let mut signal = Signal::Term;
    let mut status = 0;
    for arg in proc.args() {
        if let Some(named) = arg.strip_prefix('-').and_then(Signal::named) {
            signal = named;
            continue;
        }
        let killed = arg.parse().ok().map(|pid| proc.kill(seen_as(&proc, pid), signal));
        if killed != Some(Ok(())) {
            proc.eprint(&format!("kill: ({arg}) - No such process\n"));
            status = 1;
        }
    }
    status
}

/// The process that is known by this number here: a container counts its own.
pub(super) fn seen_as(proc: &Proc, number: u32) -> Pid {
    let all = proc.processes();
    let own = all.iter().find(|view| view.inner == number && view.root == proc.root());
    let foreign = Pid(if proc.is_on_host() { number } else { 0 });
    own.map_or(foreign, |view| view.pid)
}

/// `killall NAME`, `pkill NAME`.
pub async fn killall(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, names) = split_flags(&args);
    let signal = Signal::named(&flags).unwrap_or(Signal::Term);
    let mut killed = 0;
    for view in proc.processes() {
        let name = view.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(""));
        let mine = view.root == proc.root() || proc.is_on_host();
        if mine && names.contains(&name) && proc.kill(view.pid, signal).is_ok() {
            killed += 1;
        }
    }
    i32::from(killed == 0)
}

/// `timeout DURATION COMMAND`.
pub async fn timeout(proc: Proc) -> i32 {
    let args = proc.args();
    let mut rest = args.as_slice();
    let mut signal = Signal::Term;
    while let [flag, tail @ ..] = rest {
        match flag.as_str() {
            "-s" | "-k" => {
                if flag == "-s" {
                    signal = tail.first().and_then(|s| Signal::named(s)).unwrap_or(signal);
                }
                rest = tail.get(1..).unwrap_or_default();
            }
            "--preserve-status" | "--foreground" | "-v" => rest = tail,
            _ => break,
        }
    }
    let [span, command @ ..] = rest else {
        proc.eprint("timeout: missing operand\nTry 'timeout --help' for more information.\n");
        return 125;
    };
    let (Some(span), Some(name)) = (duration(span), command.first()) else {
        proc.eprint(&format!("timeout: invalid time interval '{span}'\n"));
        return 125;
    };
    let program = match proc.find_program(name) {
        Ok((_, program)) => program,
        Err(errno) => {
            proc.eprint(&format!("timeout: failed to run command '{name}': {errno}\n"));
            return 127;
        }
    };
    let mut spawn = proc.spawn_like();
    spawn.argv = command.to_vec();
    let pid = proc.spawn(spawn, program);
    match select(proc.wait(pid), proc.sleep(span)).await {
        Either::First(status) => status,
        Either::Second(()) => {
            // It ran a moment ago; if it has just ended there is nothing to kill.
            let _ = proc.kill(pid, signal);
            proc.wait(pid).await;
            124
        }
    }
}

/// `nsenter --net=FILE COMMAND`, `nsenter -t PID -n COMMAND`.
pub async fn nsenter(proc: Proc) -> i32 {
    let args = proc.args();
    let mut rest = args.iter();
    let (mut path, mut pid, mut wants_net) = (None, None, false);
    let mut command: Vec<String> = Vec::new();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-t" | "--target" => pid = rest.next().cloned(),
            "-n" | "--net" => wants_net = true,
            "--" => {
                command.extend(rest.by_ref().cloned());
            }
            "-m" | "-u" | "-i" | "-p" | "-a" | "--mount" | "--uts" | "--ipc" | "--pid" => {}
            flag => {
                if let Some(file) = flag.strip_prefix("--net=").or_else(|| flag.strip_prefix("-n"))
                {
                    path = Some(file.to_owned());
                } else if let Some(number) = flag.strip_prefix("-t") {
                    pid = Some(number.to_owned());
                } else if flag.starts_with('-') {
                    proc.eprint(&format!("nsenter: unrecognized option '{flag}'\n"));
                    return 1;
                } else {
                    command.push(arg.clone());
                    command.extend(rest.by_ref().cloned());
                }
            }
        }
    }
    if path.is_none() && wants_net {
        path = pid.map(|pid| format!("/proc/{pid}/ns/net"));
    }
    if let Some(path) = path {
        match proc.netns_at(&path) {
            Ok(ns) => {
                if let Err(errno) = proc.credentials().demand(Capability::SYS_ADMIN) {
                    let what = match proc.has_gnu_tools() {
                        true => "reassociate to namespace 'ns/net' failed",
                        false => "setns(): can't reassociate to namespace 'net'",
                    };
                    proc.eprint(&format!("nsenter: {what}: {errno}\n"));
                    return 1;
                }
                proc.enter_ns(ns);
            }
            Err(errno) => {
                proc.eprint(&format!("nsenter: cannot open {path}: {errno}\n"));
                return 1;
            }
        }
    }
    if command.is_empty() {
        command.push("sh".to_owned());
    }
    exec(&proc, "nsenter", command).await
}

/// `ps`: all processes of the host, or those of the container.
pub async fn ps(proc: Proc) -> i32 {
    let mut text = String::from("    PID TTY          TIME CMD\n");
    let inside = !proc.is_on_host();
    if inside {
        "PID   USER     COMMAND\n".clone_into(&mut text);
    }
    for view in proc.processes() {
        let pid = if inside { view.inner } else { view.pid.0 };
        if inside && view.root == proc.root() {
            text += &format!("{pid:>5} root     {}\n", view.argv.join(" "));
        } else if !inside {
            text += &format!("{pid:>7} ?        00:00:00 {}\n", view.argv.join(" "));
        }
    }
    proc.print(&text);
    0
}
