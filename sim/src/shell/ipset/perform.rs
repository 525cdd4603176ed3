//! What the commands do.

use crate::kernel::netfilter::ipset::{Element, SetError, SetOptions, end};
use crate::process::Proc;

use super::entry::{self, Entries};
use super::options::{Addition, Command, Request};
use super::refusal::{Refusal, Result, VERSION};
use super::show;

const HELP: &str = "\
Usage: ipset [options] COMMAND

Commands: create SETNAME TYPENAME [type-specific-options], add SETNAME ENTRY,
          del SETNAME ENTRY, test SETNAME ENTRY, destroy [SETNAME],
          list [SETNAME], save [SETNAME], restore, flush [SETNAME],
          rename FROM-SETNAME TO-SETNAME, swap FROM-SETNAME TO-SETNAME,
          help, version

Types:    hash:ip, hash:net, hash:ip,port
          [hashsize VALUE] [maxelem VALUE] [timeout VALUE] [counters] [comment]
          [bucketsize VALUE] [initval VALUE]

Options:  -o plain|save  how sets are listed       -s  sort their entries
          -n             only their names          -t  only their headers
          -!             what is done already is no error
          -q             say nothing               -f FILE  read or write it
";

/// Does what is asked.
pub(super) fn execute(proc: &Proc, request: &Request) -> Result<()> {
    match &request.command {
        Command::Create { name, options } => create(proc, name, *options, request.exist)?,
        Command::Add { name, words } => {
            let set = show::set_named(proc, name)?;
            let addition = Addition::parse(set.options.kind, words)?;
            add(proc, name, &set.options, &addition, request.exist)?;
        }
        Command::Del { name, words } => {
            let set = show::set_named(proc, name)?;
            let addition = Addition::parse(set.options.kind, words)?;
            del(proc, name, &addition.entries, request.exist)?;
        }
        Command::Test { name, words } => return test(proc, request, name, words),
        Command::Destroy(None) => proc.sys(|sys| sys.sets_destroy())?,
        Command::Destroy(Some(name)) => proc.sys(|sys| sys.set_destroy(name))?,
        Command::Flush(None) => {
            for name in show::names(proc) {
                proc.sys(|sys| sys.set_flush(&name))?;
            }
        }
        Command::Flush(Some(name)) => proc.sys(|sys| sys.set_flush(name))?,
        Command::Rename { from, to } => proc.sys(|sys| sys.set_rename(from, to))?,
        Command::Swap { from, to } => proc.sys(|sys| sys.sets_swap(from, to))?,
        Command::List(name) | Command::Save(name) => {
            let text = show::list(proc, request, name.as_deref())?;
            match &request.file {
                None => proc.print(&text),
                Some(file) => proc
                    .write_file(file, text.into_bytes())
                    .map_err(|errno| Refusal::Wrong(format!("Cannot open {file}: {errno}")))?,
            }
        }
        Command::Help => proc.print(&format!("ipset {VERSION}\n\n{HELP}")),
        Command::Version => proc.print(&format!("ipset {VERSION}, protocol version: 7\n")),
        // The first is done by the caller, the second says that there is nothing to do.
        Command::Restore | Command::Quit => {}
    }
    Ok(())
}

fn create(proc: &Proc, name: &str, mut options: SetOptions, exist: bool) -> Result<()> {
    if options.initval == 0 {
        options.initval = proc.sys(|sys| sys.rng().u64()) as u32;
    }
    Ok(proc.sys(|sys| sys.set_create(name, options, exist))?)
}

/// Adds entries; the first that is refused is the last.
pub(super) fn add(
    proc: &Proc,
    name: &str,
    options: &SetOptions,
    addition: &Addition,
    exist: bool,
) -> Result<()> {
    let refused = |what, without| {
        Refusal::Wrong(format!("{what} cannot be used: set was created without {without} support"))
    };
    if addition.timeout.is_some() && options.timeout.is_none() {
        return Err(refused("Timeout", "timeout"));
    }
    if addition.counters != (None, None) && !options.counters {
        return Err(refused("Packet/byte counters", "counter"));
    }
    if addition.comment.is_some() && !options.comment {
        return Err(refused("Comment", "comment"));
    }
    let now = proc.now();
    let seconds = addition.timeout.or(options.timeout);
    let (packets, bytes) = addition.counters;
    let element = Element {
        ends: seconds.and_then(|seconds| end(now, seconds)),
        nomatch: addition.nomatch,
        counters: (packets.unwrap_or(0), bytes.unwrap_or(0)).into(),
        comment: addition.comment.clone(),
    };
    for entry in addition.entries.iter() {
        proc.sys(|sys| sys.set_add(name, entry, element.clone(), exist))?;
    }
    Ok(())
}

pub(super) fn del(proc: &Proc, name: &str, entries: &Entries, exist: bool) -> Result<()> {
    for entry in entries.iter() {
        match proc.sys(|sys| sys.set_del(name, entry)) {
            Err(SetError::NoEntry) if exist => {}
            result => result?,
        }
    }
    Ok(())
}

fn test(proc: &Proc, request: &Request, name: &str, words: &[String]) -> Result<()> {
    let set = show::set_named(proc, name)?;
    let addition = Addition::parse(set.options.kind, words)?;
    let Some(entry) = addition.entries.iter().next() else { return Err(Refusal::Silent(1)) };
    let is_in = set.contains(entry, proc.now());
    let what = entry::text(entry);
    if !request.quiet {
        proc.eprint(&match is_in {
            true => format!("Warning: {what} is in set {name}.\n"),
            false => format!("{what} is NOT in set {name}.\n"),
        });
    }
    if is_in { Ok(()) } else { Err(Refusal::Silent(1)) }
}
