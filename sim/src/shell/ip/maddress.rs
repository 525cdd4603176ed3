//! `ip maddress`: the multicast groups of each device.

use super::{Family, Tool, usage};
use crate::shell::args::{Args, Failure, Result, abbreviated, abbreviates};

#[derive(Debug, Clone, Copy)]
enum Command {
    Modify,
    Show,
    Help,
}

const COMMANDS: &[(&str, Command)] = &[
    ("add", Command::Modify),
    ("delete", Command::Modify),
    ("list", Command::Show),
    ("show", Command::Show),
    ("lst", Command::Show),
    ("help", Command::Help),
];

/// `ip maddress`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    let Some(word) = args.next() else { return show(tool, args) };
    match abbreviated(word, COMMANDS) {
        Some(Command::Modify) => Err(Failure::not_simulated(format_args!("ip maddress {word}"))),
        Some(Command::Show) => show(tool, args),
        Some(Command::Help) => Err(Failure::usage(usage::MADDRESS)),
        None => Err(Failure::unknown_command(word, "ip maddr help")),
    }
}

fn show(tool: &Tool, mut args: Args) -> Result<()> {
    let mut device = None;
    while let Some(word) = args.next() {
        let name = match word {
            "dev" => args.value()?,
            word if abbreviates(word, "help") => return Err(Failure::usage(usage::MADDRESS)),
            word => word,
        };
        if device.replace(name).is_some() {
            return Err(Failure::garbage("dev", name));
        }
    }
    let family = tool.options.family;
    let wants = |wanted: Family| family == Family::Any || family == wanted;
    let mut text = String::new();
    for link in tool.proc.sys(|sys| sys.links()) {
        if device.is_some_and(|name| name != link.name) {
            continue;
        }
        let (hardware, groups) = tool.proc.sys(|sys| sys.groups(link.id));
        let mut lines = Vec::new();
        if wants(Family::Link) {
            lines.extend(hardware.iter().map(|mac| {
                let users = tool.proc.sys(|sys| sys.hardware_group_users(link.id, *mac));
                format!("link  {mac}{}", counted(users))
            }));
        }
        if wants(Family::Inet) {
            lines.extend(groups.iter().map(|group| format!("inet  {group}")));
        }
        if wants(Family::Inet6) {
            let groups = tool.proc.sys(|sys| sys.groups6(link.id));
            lines.extend(
                groups
                    .iter()
                    .map(|(group, users)| format!("inet6 {group}{}", counted(*users as usize))),
            );
        }
        let title = format!("{}:\t{}{}", link.ifindex, link.name, tool.newline());
        for (n, line) in lines.iter().enumerate() {
            if n == 0 || tool.options.oneline {
                text += &title;
            }
            text += &format!("\t{line}\n");
        }
    }
    tool.print(&text);
    Ok(())
}

/// How many want a group, if there are several.
fn counted(users: usize) -> String {
    if users > 1 { format!(" users {users}") } else { String::new() }
}
