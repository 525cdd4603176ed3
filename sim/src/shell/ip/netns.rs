//! `ip netns`: namespaces that have a name, which is a file of `/run/netns`.

use super::{Tool, json, usage};
use crate::kernel::{Errno, NamespaceId};
use crate::process::{Node, Pid, Proc};
use crate::shell::args::{Args, Failure, Result, abbreviated, signed, unsigned};

/// Where the names are.
const DIR: &str = "/run/netns";

#[derive(Debug, Clone, Copy)]
enum Command {
    List,
    ListIds,
    Help,
    Add,
    Set,
    Delete,
    Identify,
    Pids,
    Exec,
    Monitor,
    Attach,
}

const COMMANDS: &[(&str, Command)] = &[
    ("list", Command::List),
    ("show", Command::List),
    ("lst", Command::List),
    ("list-id", Command::ListIds),
    ("help", Command::Help),
    ("add", Command::Add),
    ("set", Command::Set),
    ("delete", Command::Delete),
    ("identify", Command::Identify),
    ("pids", Command::Pids),
    ("exec", Command::Exec),
    ("monitor", Command::Monitor),
    ("attach", Command::Attach),
];

/// `ip netns`; the exit status, which is that of the command for `exec`.
pub async fn run(tool: &Tool, mut args: Args<'_>) -> Result<i32> {
    let Some(word) = args.next() else {
        list(tool);
        return Ok(0);
    };
    if let Some(name) = args.peek().filter(|name| !tool.options.all && !is_name(name)) {
        return Err(Failure::new(format_args!("Invalid netns name \"{name}\""), 255));
    }
    match abbreviated(word, COMMANDS) {
        Some(Command::List) => list(tool),
        Some(Command::ListIds) => list_ids(tool, args)?,
        Some(Command::Help) => return Err(Failure::usage(usage::NETNS)),
        Some(Command::Add) => add(tool, args)?,
        Some(Command::Set) => set(tool, args)?,
        Some(Command::Delete) => delete(tool, args)?,
        Some(Command::Identify) => identify(tool, args)?,
        Some(Command::Pids) => pids(tool, args)?,
        Some(Command::Exec) => return exec(tool, args).await,
        Some(Command::Monitor) => return Err(Failure::not_simulated("ip netns monitor")),
        Some(Command::Attach) => attach(tool, args)?,
        None => return Err(Failure::unknown_command(word, "ip netns help")),
    }
    Ok(0)
}

fn is_name(word: &str) -> bool {
    const NAME_MAX: usize = 255;
    !matches!(word, "" | "." | "..") && !word.contains('/') && word.len() <= NAME_MAX
}

fn path(name: &str) -> String {
    format!("{DIR}/{name}")
}

/// All names, the newest first.
fn names(proc: &Proc) -> Vec<String> {
    proc.files(|tree| tree.list_newest_first(DIR)).unwrap_or_default()
}

/// Goes into a namespace by its name.
pub fn switch(proc: &Proc, name: &str) -> Result<()> {
    match proc.netns_at(&path(name)) {
        Ok(ns) => {
            proc.enter_ns(ns);
            Ok(())
        }
        Err(Errno::EINVAL) => {
            let line =
                format!("setting the network namespace \"{name}\" failed: {}", Errno::EINVAL);
            Err(Failure::new(line, 255))
        }
        Err(errno) => {
            let line = format!("Cannot open network namespace \"{name}\": {errno}");
            Err(Failure::new(line, 255))
        }
    }
}

/// The namespace of this name, path or process.
pub fn of_name_or_pid(tool: &Tool, word: &str) -> Option<NamespaceId> {
    let path = if word.contains('/') { word.to_owned() } else { path(word) };
    if let Ok(ns) = tool.proc.netns_at(&path) {
        return Some(ns);
    }
    let pid = unsigned(word, i32::MAX as u64)?;
    tool.proc.ns_of(Pid(pid as u32))
}

/// The name of the namespace that has a number here.
pub fn name_of_nsid(tool: &Tool, nsid: u32) -> Option<String> {
    let nsids = tool.proc.sys(|sys| sys.nsids());
    let (_, ns) = nsids.into_iter().find(|(number, _)| *number == nsid)?;
    // Of several names the real tool remembers the one that it reads last.
    names(&tool.proc).into_iter().rev().find(|name| tool.proc.netns_at(&path(name)) == Ok(ns))
}

fn list(tool: &Tool) {
    let number = |name: &str| {
        let ns = tool.proc.netns_at(&path(name)).ok()?;
        tool.proc.sys(|sys| sys.nsid_of(ns))
    };
    if tool.options.json {
        let describe = |name: &String| {
            let mut object = json::Object::default();
            object.put("name", name.as_str()).put_some("id", number(name));
            object
        };
        return json::print(tool, names(&tool.proc).iter().map(describe).collect());
    }
    let mut text = String::new();
    for name in names(&tool.proc) {
        text += &name;
        if let Some(nsid) = number(&name) {
            text += &format!(" (id: {nsid})");
        }
        text.push('\n');
    }
    tool.print(&text);
}

fn list_ids(tool: &Tool, mut args: Args) -> Result<()> {
    let mut wanted = None;
    while let Some(word) = args.next() {
        match word {
            "nsid" => {
                let value = args.value()?;
                let nsid = signed(value)
                    .ok_or_else(|| Failure::wrong(value, "\"nsid\" value is invalid"))?;
                let negative = || Failure::wrong(value, "\"nsid\" value should be >= 0");
                wanted = Some(u32::try_from(nsid).map_err(|_| negative())?);
            }
            "target-nsid" => return Err(Failure::not_simulated("ip netns list-id target-nsid")),
            _ => return Err(Failure::usage(usage::NETNS)),
        }
    }
    let nsids = tool.proc.sys(|sys| sys.nsids());
    let known = |nsid: u32| nsids.iter().any(|(number, _)| *number == nsid);
    if wanted.is_some_and(|nsid| !known(nsid)) {
        return Err(Failure::new("Error: Peer netns reference is invalid.", 2));
    }
    let mut text = String::new();
    for (nsid, _) in nsids.iter().filter(|(nsid, _)| wanted.is_none_or(|wanted| wanted == *nsid)) {
        text += &format!("nsid {nsid} ");
        if let Some(name) = name_of_nsid(tool, *nsid) {
            text += &format!("(iproute2 netns name: {name})");
        }
        text.push('\n');
    }
    tool.print(&text);
    Ok(())
}

fn missing(what: &str) -> Failure {
    Failure::new(format_args!("No {what} specified"), 1)
}

/// Makes the file of a name, in a directory that may have to be made first.
fn create_file(tool: &Tool, name: &str, node: Node) -> Result<()> {
    let made = tool.proc.files(|tree| {
        if !tree.exists(DIR) {
            tree.create(DIR, Node::Dir)?;
        }
        tree.create(&path(name), node)
    });
    made.map_err(|errno| {
        let line = format!("Cannot create namespace file \"{}\": {errno}", path(name));
        Failure::new(line, 1)
    })
}

fn add(tool: &Tool, mut args: Args) -> Result<()> {
    let name = args.next().ok_or_else(|| missing("netns name"))?;
    let ns = tool.proc.sys(|sys| sys.netns_new(name));
    create_file(tool, name, Node::Netns(ns)).inspect_err(|_| {
        tool.proc.sys(|sys| sys.netns_release(ns));
    })
}

fn attach(tool: &Tool, mut args: Args) -> Result<()> {
    let (Some(name), Some(word)) = (args.next(), args.next()) else {
        return Err(missing("netns name and PID"));
    };
    let pid = unsigned(word, i32::MAX as u64).filter(|pid| *pid > 0);
    let pid = pid.ok_or_else(|| Failure::new(format_args!("Invalid PID: {word}"), 1))?;
    let Some(ns) = tool.proc.ns_of(Pid(pid as u32)) else {
        let errno = Errno::ENOENT;
        let line = format!("Bind /proc/{pid}/ns/net -> {} failed: {errno}", path(name));
        return Err(Failure::new(line, 1));
    };
    create_file(tool, name, Node::Netns(ns))?;
    tool.proc.sys(|sys| sys.netns_hold(ns));
    Ok(())
}

fn set(tool: &Tool, mut args: Args) -> Result<()> {
    let name = args.next().ok_or_else(|| missing("netns name"))?;
    let word = args.next().ok_or_else(|| missing("nsid"))?;
    let nsid = match word {
        "auto" => None,
        word => {
            let number =
                signed(word).ok_or_else(|| Failure::wrong(word, "Invalid \"netnsid\" value"))?;
            let negative = || Failure::wrong(word, "\"netnsid\" value should be >= 0");
            Some(u32::try_from(number).map_err(|_| negative())?)
        }
    };
    let ns = tool.proc.netns_at(&path(name)).map_err(|errno| {
        Failure::new(format_args!("Cannot open network namespace \"{name}\": {errno}"), 1)
    })?;
    Ok(tool.proc.sys(|sys| sys.nsid_set(ns, nsid))?)
}

fn delete(tool: &Tool, mut args: Args) -> Result<()> {
    if tool.options.all {
        return names(&tool.proc).iter().try_for_each(|name| delete_one(tool, name));
    }
    delete_one(tool, args.next().ok_or_else(|| missing("netns name"))?)
}

fn delete_one(tool: &Tool, name: &str) -> Result<()> {
    let removed = tool.proc.files(|tree| tree.remove(&path(name)));
    match removed {
        Ok(Node::Netns(ns)) => tool.proc.sys(|sys| sys.netns_release(ns)),
        Ok(_) => {}
        Err(errno) => {
            let line = format!("Cannot remove namespace file \"{}\": {errno}", path(name));
            return Err(Failure::new(line, 1));
        }
    }
    Ok(())
}

fn identify(tool: &Tool, mut args: Args) -> Result<()> {
    let word = args.next();
    if !args.is_empty() {
        return Err(Failure::new("extra arguments specified", 1));
    }
    let ns = match word {
        None => Some(tool.proc.ns()),
        Some(word) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
            word.parse().ok().and_then(|pid| tool.proc.ns_of(Pid(pid)))
        }
        Some(word) => {
            let line = format!("Specified string '{word}' is not a pid");
            return Err(Failure::new(line, 1));
        }
    };
    let Some(ns) = ns else {
        let line = format!("Cannot open network namespace: {}", Errno::ENOENT);
        return Err(Failure::new(line, 1));
    };
    // Of several names the last one read is told.
    let found =
        names(&tool.proc).into_iter().rev().find(|name| tool.proc.netns_at(&path(name)) == Ok(ns));
    tool.print(&format!("{}\n", found.unwrap_or_default()));
    Ok(())
}

fn pids(tool: &Tool, mut args: Args) -> Result<()> {
    let name = args.next().ok_or_else(|| missing("netns name"))?;
    if !args.is_empty() {
        return Err(Failure::new("extra arguments specified", 1));
    }
    let ns = tool
        .proc
        .netns_at(&path(name))
        .map_err(|errno| Failure::new(format_args!("Cannot open network namespace: {errno}"), 1))?;
    let inside = tool.proc.processes().into_iter().filter(|process| process.ns == ns);
    let text: String = inside.map(|process| format!("{}\n", process.pid.0)).collect();
    tool.print(&text);
    Ok(())
}

async fn exec(tool: &Tool, mut args: Args<'_>) -> Result<i32> {
    if tool.options.all {
        if args.is_empty() {
            return Err(missing("command"));
        }
        return Ok(exec_in_all(tool, args.rest()).await);
    }
    let name = args.next().ok_or_else(|| missing("netns name"))?;
    if args.is_empty() {
        return Err(missing("command"));
    }
    switch(&tool.proc, name)?;
    become_command(&tool.proc, args.rest().to_vec()).await
}

async fn become_command(proc: &Proc, argv: Vec<String>) -> Result<i32> {
    let name = argv.first().cloned().unwrap_or_default();
    let cannot = |errno| Failure::new(format_args!("exec of \"{name}\" failed: {errno}"), 1);
    proc.exec(argv).await.map_err(cannot)
}

/// Runs a command in each named namespace, one after the other.
async fn exec_in_all(tool: &Tool, argv: &[String]) -> i32 {
    for name in names(&tool.proc) {
        tool.print(&format!("\nnetns: {name}\n"));
        let argv = argv.to_vec();
        let child = tool.proc.spawn_now(tool.proc.spawn_like(), move |proc| {
            Box::pin(async move {
                let result = match switch(&proc, &name) {
                    Ok(()) => become_command(&proc, argv).await,
                    Err(failure) => Err(failure),
                };
                result.unwrap_or_else(|failure| {
                    proc.eprint(&failure.text);
                    failure.status
                })
            })
        });
        tool.proc.wait(child).await;
    }
    0
}
