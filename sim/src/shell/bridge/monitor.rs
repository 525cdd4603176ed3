//! `bridge monitor`: tells of changes of ports and entries until it is ended.

use super::super::args::{Args, Failure, Result, abbreviated};
use super::super::ip::Tool;
use super::super::ip::monitor::{listen, timestamp};
use super::{fdb, link};
use crate::kernel::monitor::Monitored;
use crate::kernel::sys::dump::KindView;

const USAGE: &str = include_str!("usage/monitor.txt");

#[derive(Debug, Clone, Copy)]
enum Word {
    File,
    Link,
    Fdb,
    /// A topic of which there is never any news here.
    Quiet,
    Help,
}

const WORDS: &[(&str, Word)] = &[
    ("file", Word::File),
    ("link", Word::Link),
    ("fdb", Word::Fdb),
    ("mdb", Word::Quiet),
    ("vlan", Word::Quiet),
    ("vni", Word::Quiet),
    ("help", Word::Help),
];

/// `bridge monitor`.
pub async fn run(tool: &Tool, args: Args<'_>) -> Result<()> {
    let (mut links, mut stations, mut labels) = (false, false, false);
    let mut everything = args.is_empty();
    for word in args {
        if word == "all" {
            (everything, labels) = (true, true);
            continue;
        }
        match abbreviated(word, WORDS) {
            Some(Word::Link) => links = true,
            Some(Word::Fdb) => stations = true,
            Some(Word::Quiet) => {}
            Some(Word::File) => return Err(Failure::not_simulated("bridge monitor file")),
            Some(Word::Help) => return Err(Failure::usage(USAGE)),
            None => {
                let line = format!("Argument \"{word}\" is unknown, try \"bridge monitor help\".");
                return Err(Failure::new(line, 255));
            }
        }
    }
    let (links, stations) = (links || everything, stations || everything);
    listen(tool, |change| {
        let (label, line) = match change {
            Monitored::Link { link } if links => ("[LINK]", port_line(tool, link)),
            Monitored::Fdb { view, gone } if stations => {
                let deleted = if gone { "Deleted " } else { "" };
                ("[NEIGH]", Some(format!("{deleted}{}", fdb::describe(tool, &view, true))))
            }
            _ => return,
        };
        if let Some(line) = line {
            let label = if labels { label } else { "" };
            tool.print(&format!("{}{label}{line}", timestamp(tool)));
        }
    })
    .await;
    Ok(())
}

/// Only bridges and their ports are told of.
fn port_line(tool: &Tool, id: crate::kernel::LinkId) -> Option<String> {
    let view = tool.proc.sys(|sys| sys.link(id))?;
    let concerns_bridge = view.port.is_some() || matches!(view.kind, KindView::Bridge(_));
    concerns_bridge.then(|| link::describe(tool, &view))
}
