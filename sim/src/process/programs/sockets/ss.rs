//! `ss` of iproute2.
//!
//! Differs: sockets of the kinds Unix and netlink do not exist; what `-i`, `-m`, `-e` and `-o` add
//! about a connection is not kept.

use crate::process::proc::Proc;
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::services::{self, Transport};
use crate::process::programs::{Failure, conclude, not_simulated};

use super::filter::{Filter, Wrong, netid};
use super::table::{Cells, Shown, render};
use super::{End, Family, Row, State, rows};

const USAGE: &str = include_str!("usage/ss.txt");
const LETTERS: &str = "hVnralotuwx0460emipTsHOzZEbMSdKN:f:A:D:F:";
const NAMES: &[Long] = &[
    ("help", Argument::None, 'h'),
    ("version", Argument::None, 'V'),
    ("numeric", Argument::None, 'n'),
    ("resolve", Argument::None, 'r'),
    ("all", Argument::None, 'a'),
    ("listening", Argument::None, 'l'),
    ("options", Argument::None, 'o'),
    ("extended", Argument::None, 'e'),
    ("memory", Argument::None, 'm'),
    ("processes", Argument::None, 'p'),
    ("threads", Argument::None, 'T'),
    ("info", Argument::None, 'i'),
    ("summary", Argument::None, 's'),
    ("net", Argument::Required, 'N'),
    ("ipv4", Argument::None, '4'),
    ("ipv6", Argument::None, '6'),
    ("packet", Argument::None, '0'),
    ("tcp", Argument::None, 't'),
    ("udp", Argument::None, 'u'),
    ("raw", Argument::None, 'w'),
    ("unix", Argument::None, 'x'),
    ("family", Argument::Required, 'f'),
    ("query", Argument::Required, 'A'),
    ("socket", Argument::Required, 'A'),
    ("no-header", Argument::None, 'H'),
    ("oneline", Argument::None, 'O'),
];

/// The status of a command line that makes no sense.
const BAD_USAGE: i32 = 255;

/// `ss`.
pub async fn ss(proc: Proc) -> i32 {
    conclude(&proc, async { run(&proc) }).await
}

#[derive(Default)]
struct Settings {
    families: Vec<Family>,
    unix: bool,
    numeric: bool,
    all: bool,
    listening: bool,
    processes: bool,
    summary: bool,
    header: bool,
    /// Only IPv4 or only IPv6.
    is_ipv6: Option<bool>,
}

impl Settings {
    fn add(&mut self, names: &str) -> Result<(), Failure> {
        for name in names.split(',') {
            match name {
                "all" => {
                    self.families = vec![Family::Packet, Family::Raw, Family::Udp, Family::Tcp];
                }
                "inet" => self.families.extend([Family::Raw, Family::Udp, Family::Tcp]),
                "tcp" => self.families.push(Family::Tcp),
                "udp" => self.families.push(Family::Udp),
                "raw" => self.families.push(Family::Raw),
                "packet" | "p_raw" | "packet_raw" => self.families.push(Family::Packet),
                "unix" | "netlink" => self.unix = true,
                _ => {
                    let text = format!("ss: \"{name}\" is illegal socket table id\n{USAGE}");
                    return Err(Failure::said(text, BAD_USAGE));
                }
            }
        }
        Ok(())
    }
}

fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let mut settings = Settings { header: true, ..Settings::default() };
    let mut options = Options::with_names(&words, LETTERS, NAMES);
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| Failure::said(format!("ss: {wrong}\n{USAGE}"), BAD_USAGE))?;
        match letter {
            'h' => {
                proc.print(USAGE);
                return Ok(0);
            }
            'V' => {
                proc.print("ss utility, iproute2-6.1.0, libbpf 1.1.2\n");
                return Ok(0);
            }
            'n' => settings.numeric = true,
            'a' => settings.all = true,
            'l' => settings.listening = true,
            'p' => settings.processes = true,
            's' => settings.summary = true,
            'H' => settings.header = false,
            't' => settings.families.push(Family::Tcp),
            'u' => settings.families.push(Family::Udp),
            'w' => settings.families.push(Family::Raw),
            '0' => settings.families.push(Family::Packet),
            'x' => settings.unix = true,
            '4' => settings.is_ipv6 = Some(false),
            '6' => settings.is_ipv6 = Some(true),
            'f' => match value {
                "inet" => settings.is_ipv6 = Some(false),
                "inet6" => settings.is_ipv6 = Some(true),
                "link" => settings.families.push(Family::Packet),
                _ => settings.unix = true,
            },
            'A' => settings.add(value)?,
            'N' => enter(proc, value)?,
            'O' => {}
            letter => not_simulated(proc, "ss", &format!("-{letter}")),
        }
    }
    let filter = Filter::parse(&options.operands()).map_err(|wrong| match wrong {
        Wrong::State(name) => Failure::of("ss", BAD_USAGE, format!("wrong state name: {name}")),
        Wrong::Syntax => {
            let text = "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\n";
            Failure::said(format!("{text}{USAGE}"), BAD_USAGE)
        }
    })?;
    let rows = rows(proc);
    let text = if settings.summary { summary(&rows) } else { list(&settings, &filter, &rows) };
    proc.print(&text);
    Ok(0)
}

fn enter(proc: &Proc, name: &str) -> Result<(), Failure> {
    let ns = proc.netns_at(&format!("/run/netns/{name}")).map_err(|errno| {
        let text = format!("Cannot open network namespace \"{name}\": {errno}\n");
        Failure::said(text, BAD_USAGE)
    })?;
    proc.enter_ns(ns);
    Ok(())
}

fn list(settings: &Settings, filter: &Filter, rows: &[Row]) -> String {
    let states =
        filter.states.clone().unwrap_or_else(|| match (settings.all, settings.listening) {
            (true, _) => State::ALL.to_vec(),
            (_, true) => vec![State::Listen, State::Closed],
            _ => {
                let opening = [State::Listen, State::Closed, State::TimeWait, State::SynReceived];
                State::ALL.into_iter().filter(|state| !opening.contains(state)).collect()
            }
        });
    let mut families = settings.families.clone();
    families.sort_unstable();
    families.dedup();
    let kinds = families.len() + usize::from(settings.unix);
    let is_wanted = |row: &&Row| {
        (kinds == 0 || families.contains(&row.family))
            && states.contains(&row.state)
            && settings.is_ipv6.is_none_or(|six| six == row.is_ipv6)
            && filter.accepts(row)
    };
    let wanted = rows.iter().filter(is_wanted);
    let cells: Vec<Cells> = wanted.map(|row| cells(row, settings)).collect();
    let shown = Shown { netid: kinds != 1, state: states.len() != 1, header: settings.header };
    render(&cells, shown)
}

fn cells(row: &Row, settings: &Settings) -> Cells {
    let state = match row.state {
        State::Established => "ESTAB",
        State::SynSent => "SYN-SENT",
        State::SynReceived => "SYN-RECV",
        State::FinWait1 => "FIN-WAIT-1",
        State::FinWait2 => "FIN-WAIT-2",
        State::TimeWait => "TIME-WAIT",
        State::Closed => "UNCONN",
        State::CloseWait => "CLOSE-WAIT",
        State::LastAck => "LAST-ACK",
        State::Listen => "LISTEN",
        State::Closing => "CLOSING",
    };
    let process =
        row.owner.as_ref().filter(|_| settings.processes).map(|owner| {
            format!(" users:((\"{}\",pid={},fd={}))", owner.name, owner.pid, owner.fd)
        });
    [
        netid(row.family).to_owned(),
        state.to_owned(),
        format!("{:<6}", row.received),
        format!("{:<6}", row.sent),
        address(row, row.local),
        port(row, row.local, settings.numeric),
        address(row, row.peer),
        port(row, row.peer, settings.numeric),
        process.unwrap_or_default(),
    ]
}

fn address(row: &Row, end: End) -> String {
    match end.0 {
        Some(address) => format!("{address}:"),
        None if row.only_ipv6 => "[::]:".to_owned(),
        None if row.is_ipv6 || row.family == Family::Packet => "*:".to_owned(),
        None => "0.0.0.0:".to_owned(),
    }
}

fn port(row: &Row, (_, port): End, numeric: bool) -> String {
    let transport = match row.family {
        Family::Tcp => Transport::Tcp,
        _ => Transport::Udp,
    };
    let name = services::name_of(port, transport)
        .filter(|_| !numeric && matches!(row.family, Family::Tcp | Family::Udp));
    match (port, name) {
        (0, _) => "*".to_owned(),
        (_, Some(name)) => name.to_owned(),
        (port, None) => port.to_string(),
    }
}

fn summary(rows: &[Row]) -> String {
    let count = |family: Family, six: bool| {
        let open = rows.iter().filter(|row| row.family == family && row.state != State::TimeWait);
        open.filter(|row| row.is_ipv6 == six).count()
    };
    let tcp = |state: State| {
        rows.iter().filter(|row| row.family == Family::Tcp && row.state == state).count()
    };
    let waiting = tcp(State::TimeWait);
    let mut text = format!(
        "Total: {}\nTCP:   {} (estab {}, closed {waiting}, orphaned 0, timewait {waiting})\n\n\
         Transport Total     IP        IPv6\n",
        rows.len() - waiting,
        rows.iter().filter(|row| row.family == Family::Tcp).count(),
        tcp(State::Established),
    );
    let mut sums = (0, 0);
    for (name, family) in [("RAW", Family::Raw), ("UDP", Family::Udp), ("TCP", Family::Tcp)] {
        let (four, six) = (count(family, false), count(family, true));
        sums = (sums.0 + four, sums.1 + six);
        text += &format!("{name}\t  {:<9} {four:<9} {six:<9}\n", four + six);
    }
    text + &format!(
        "INET\t  {:<9} {:<9} {:<9}\nFRAG\t  0         0         0        \n\n",
        sums.0 + sums.1,
        sums.0,
        sums.1
    )
}
