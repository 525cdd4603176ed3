//! `ip monitor`: tells of changes until it is ended.

use std::net::IpAddr;

use std::task::Poll;

use super::link::print;
use super::route::show;
use super::{Family, Tool, addr4, neigh, usage};
use crate::kernel::LinkId;
use crate::kernel::monitor::{Gone, Monitored};
use crate::kernel::sys::dump::LinkView;
use crate::kernel::sys::fdb::FdbView;
use crate::shell::args::{Args, Failure, Result, abbreviated};

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Link,
    Address,
    Route,
    Neighbor,
}

#[derive(Debug, Clone, Copy)]
enum Word {
    Topic(Topic),
    Label,
    Help,
    /// A topic of which there is never any news here.
    Quiet,
    NotSimulated(&'static str),
}

const WORDS: &[(&str, Word)] = &[
    ("file", Word::NotSimulated("ip monitor file")),
    ("label", Word::Label),
    ("link", Word::Topic(Topic::Link)),
    ("address", Word::Topic(Topic::Address)),
    ("route", Word::Topic(Topic::Route)),
    ("mroute", Word::Quiet),
    ("prefix", Word::Quiet),
    ("neigh", Word::Topic(Topic::Neighbor)),
    ("netconf", Word::NotSimulated("ip monitor netconf")),
    ("rule", Word::NotSimulated("ip monitor rule")),
    ("nsid", Word::NotSimulated("ip monitor nsid")),
    ("nexthop", Word::Quiet),
    ("stats", Word::Quiet),
    ("all-nsid", Word::NotSimulated("ip monitor all-nsid")),
    ("help", Word::Help),
];

/// What is listened for, and how it is told.
struct Monitor<'a> {
    tool: &'a Tool,
    topics: Vec<Topic>,
    device: Option<LinkId>,
    labels: bool,
}

/// `ip monitor`.
pub async fn run(tool: &Tool, mut args: Args<'_>) -> Result<()> {
    let mut monitor = Monitor { tool, topics: Vec::new(), device: None, labels: false };
    while let Some(word) = args.next() {
        match word {
            "all" => monitor.labels = true,
            "dev" => monitor.device = Some(tool.device_value(&mut args)?),
            _ => match abbreviated(word, WORDS) {
                Some(Word::Topic(topic)) => monitor.topics.push(topic),
                Some(Word::Label) => monitor.labels = true,
                Some(Word::Quiet) => {}
                Some(Word::Help) => return Err(Failure::usage(usage::MONITOR)),
                Some(Word::NotSimulated(what)) => return Err(Failure::not_simulated(what)),
                None => {
                    let line = format!("Argument \"{word}\" is unknown, try \"ip monitor help\".");
                    return Err(Failure::new(line, 255));
                }
            },
        }
    }
    if monitor.topics.is_empty() {
        monitor.topics = vec![Topic::Link, Topic::Address, Topic::Route, Topic::Neighbor];
    }
    listen(tool, |change| monitor.tell(change)).await;
    Ok(())
}

/// Hears every change of the namespace, for ever.
pub async fn listen(tool: &Tool, tell: impl Fn(Monitored)) {
    let listener = tool.proc.sys(|sys| sys.monitor_open());
    loop {
        let change = tool
            .proc
            .until(|proc| {
                let task = proc.task();
                match proc.sys(|sys| sys.monitor_next(listener, task)) {
                    Some(change) => Poll::Ready(change),
                    None => Poll::Pending,
                }
            })
            .await;
        tell(change);
    }
}

impl Monitor<'_> {
    fn tell(&self, change: Monitored) {
        let Some((topic, link, text)) = self.describe(change) else { return };
        let is_wanted = self.topics.contains(&topic)
            && self.device.is_none_or(|device| link.is_none_or(|link| link == device));
        if !is_wanted {
            return;
        }
        let label = match topic {
            _ if !self.labels => "",
            Topic::Link => "[LINK]",
            Topic::Address => "[ADDR]",
            Topic::Route => "[ROUTE]",
            Topic::Neighbor => "[NEIGH]",
        };
        self.tool.print(&format!("{}{label}{text}", timestamp(self.tool)));
    }

    /// What is said of a change, and which device it is about.
    fn describe(&self, change: Monitored) -> Option<(Topic, Option<LinkId>, String)> {
        let tool = self.tool;
        let has_inet = tool.options.family.has_inet();
        let has = |ip: IpAddr| match ip.is_ipv4() {
            true => has_inet,
            false => tool.options.family.has_inet6(),
        };
        let any_family = tool.options.family == Family::Any;
        let shows_device = self.device.is_none();
        let deleted = |gone: bool| if gone { "Deleted " } else { "" };
        Some(match change {
            Monitored::Link { link } => {
                let view = self.link(link)?;
                (Topic::Link, Some(link), print::event(tool, &view))
            }
            Monitored::LinkGone(gone) => (Topic::Link, None, gone_line(tool, &gone)),
            Monitored::Address { link, address, gone } if has_inet => {
                let view = self.link(link)?;
                let line = addr4::describe(tool, &view, &address, true);
                (Topic::Address, Some(link), format!("{}{line}", deleted(gone)))
            }
            Monitored::Route { table, route, gone } if has_inet => {
                let filter = show::Filter::everything();
                let line = show::describe(tool, &filter, table, &route);
                (Topic::Route, route.link, format!("{}{line}", deleted(gone)))
            }
            Monitored::Neighbor { view, gone } if has(view.ip) => {
                let line = neigh::describe(tool, &view, shows_device);
                (Topic::Neighbor, Some(view.link), format!("{}{line}", deleted(gone)))
            }
            Monitored::L3Miss { link, ip } if has_inet => {
                let device = self.device_words(link);
                (Topic::Neighbor, Some(link), format!("miss {ip} {device}STALE \n"))
            }
            Monitored::L2Miss { link, mac } if any_family => {
                let device = self.device_words(link);
                (Topic::Neighbor, Some(link), format!("miss {device}lladdr {mac} STALE \n"))
            }
            Monitored::Fdb { view, gone } if any_family => {
                let line = self.station(&view);
                (Topic::Neighbor, Some(view.link), format!("{}{line}", deleted(gone)))
            }
            _ => return None,
        })
    }

    fn link(&self, id: LinkId) -> Option<LinkView> {
        self.tool.proc.sys(|sys| sys.link(id))
    }

    fn device_words(&self, link: LinkId) -> String {
        match self.device {
            None => format!("dev {} ", self.tool.device_name(link)),
            Some(_) => String::new(),
        }
    }

    /// An entry of a forwarding database, which is a neighbour of another family.
    fn station(&self, view: &FdbView) -> String {
        let remote = view.remote.map(|remote| format!("{} ", remote.ip)).unwrap_or_default();
        let state = match (view.state, view.master) {
            ("permanent", None) => "NOARP PERMANENT",
            ("permanent", Some(_)) => "PERMANENT",
            ("static", _) => "NOARP",
            _ => "REACHABLE",
        };
        format!("{remote}{}lladdr {} {state} \n", self.device_words(view.link), view.mac)
    }
}

fn gone_line(tool: &Tool, gone: &Gone) -> String {
    let newline = tool.newline();
    format!(
        "Deleted {}: {}: <BROADCAST,MULTICAST> mtu {} qdisc noop state DOWN group default \
         {newline}    link/ether {} brd ff:ff:ff:ff:ff:ff\n",
        gone.ifindex, gone.name, gone.mtu, gone.mac
    )
}

/// What `-t` and `-ts` put in front of each change.
pub fn timestamp(tool: &Tool) -> String {
    use crate::process::calendar::Calendar;
    let seconds = tool.proc.calendar();
    let now = Calendar::of(seconds);
    let micros = now.nanosecond / 1000;
    match tool.options.timestamp {
        0 => String::new(),
        1 => format!("Timestamp: {} {micros} usec\n", now.ctime()),
        _ => format!(
            "[{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{micros:06}] ",
            now.year, now.month, now.day, now.hour, now.minute, now.second
        ),
    }
}
