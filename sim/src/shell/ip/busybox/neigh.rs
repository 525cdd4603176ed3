//! `ip neigh` of busybox: only `show` and `flush`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::Tool;
use super::words::{any_network, device, failure, garbage, invalid, is_one_of, refused, value};
use crate::kernel::LinkId;
use crate::kernel::ip::neighbor::Nud;
use crate::kernel::sys::neigh::NeighborView;
use crate::shell::args::{Args, Result, abbreviates};

/// Which entries are wanted.
#[derive(Debug, Default)]
struct Filter {
    /// `None` for the usual ones, and `Some(None)` for all.
    state: Option<Option<Nud>>,
    device: Option<LinkId>,
    to: Option<IpNet>,
}

/// `ip neigh`.
pub fn run(tool: &Tool, mut args: Args) -> Result<()> {
    match args.next() {
        None => show(tool, args),
        Some(word) if is_one_of(word, &["show", "list", "lst"]) => show(tool, args),
        Some(word) if abbreviates(word, "flush") => flush(tool, args),
        Some(word) => Err(invalid(word, "ip")),
    }
}

impl Filter {
    fn parse(tool: &Tool, mut args: Args) -> Result<Filter> {
        let mut filter = Filter::default();
        let mut name = None;
        while let Some(word) = args.next() {
            match word {
                "dev" => {
                    let word = value(&mut args)?;
                    if name.replace(word).is_some() {
                        return Err(garbage("dev", word));
                    }
                }
                "nud" => {
                    let word = value(&mut args)?;
                    filter.state = Some(match word {
                        "all" => None,
                        _ => Some(state(word).ok_or_else(|| invalid(word, "nud state"))?),
                    });
                }
                _ => {
                    let word = if word == "to" { value(&mut args)? } else { word };
                    filter.to = Some(any_network(word)?);
                }
            }
        }
        filter.device = name.map(|name| device(tool, name)).transpose()?;
        Ok(filter)
    }

    fn wants(&self, entry: &NeighborView) -> bool {
        let is_usual = entry.state != Nud::NoArp;
        self.device.is_none_or(|device| entry.link == device)
            && self.to.is_none_or(|to| to.contains(&entry.ip))
            && match self.state {
                None => is_usual,
                Some(None) => true,
                Some(Some(state)) => entry.state == state,
            }
    }
}

fn state(word: &str) -> Option<Nud> {
    const ALL: [Nud; 8] = [
        Nud::Permanent,
        Nud::Reachable,
        Nud::NoArp,
        Nud::Stale,
        Nud::Incomplete,
        Nud::Delay,
        Nud::Probe,
        Nud::Failed,
    ];
    ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(word))
}

fn show(tool: &Tool, args: Args) -> Result<()> {
    let filter = Filter::parse(tool, args)?;
    let family = tool.options.family;
    let is_of_family = |ip: IpAddr| match ip.is_ipv4() {
        true => family.has_inet(),
        false => family.has_inet6(),
    };
    let entries = tool.proc.sys(|sys| sys.neighbors());
    let wanted = entries.iter().filter(|entry| is_of_family(entry.ip) && filter.wants(entry));
    tool.print(&wanted.map(|entry| describe(tool, &filter, entry)).collect::<String>());
    Ok(())
}

fn describe(tool: &Tool, filter: &Filter, entry: &NeighborView) -> String {
    let mut text = format!("{} ", entry.ip);
    if filter.device.is_none() {
        text += &format!("dev {} ", tool.device_name(entry.link));
    }
    if let Some(mac) = entry.mac {
        text += &format!("lladdr {mac}");
    }
    if entry.router {
        text += " router";
    }
    // A timer that runs holds a reference.
    if !matches!(entry.state, Nud::Permanent | Nud::NoArp | Nud::Stale | Nud::Failed) {
        text += " ref 1";
    }
    let (used, confirmed, updated) = entry.ages;
    text += &format!(" used {used}/{confirmed}/{updated} probes {} ", entry.probes);
    text + entry.state.name() + "\n"
}

fn flush(tool: &Tool, args: Args) -> Result<()> {
    if args.is_empty() {
        return Err(failure("\"ip neigh flush\" requires an argument"));
    }
    let filter = Filter::parse(tool, args)?;
    let doomed = |entry: &NeighborView| {
        let is_fixed = matches!(entry.state, Nud::Permanent | Nud::NoArp);
        filter.wants(entry) && (filter.state.is_some() || !is_fixed)
    };
    let entries = tool.proc.sys(|sys| sys.neighbors());
    let gone: Vec<&NeighborView> = entries.iter().filter(|entry| doomed(entry)).collect();
    let mut text: String = gone.iter().map(|entry| describe(tool, &filter, entry)).collect();
    if gone.is_empty() {
        text += "Nothing to flush\n";
    } else {
        let count = gone.len();
        text += &format!("\n*** Round 1, deleting {count} entries ***\n");
        text += "*** Flush is complete after 1 round(s) ***\n";
    }
    tool.proc.sys(|sys| sys.neigh_flush(doomed)).map_err(refused)?;
    tool.print(&text);
    Ok(())
}
