//! `netstat` of net-tools. Its routing table is that of `route -e`, and its table of devices that of
//! `ifconfig -s`: it becomes these programs.

use crate::process::proc::Proc;
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::services::{self, Transport};
use crate::process::programs::{Failure, conclude, not_simulated, resolver};

use super::{End, Family, Row, State, rows};

const USAGE: &str = include_str!("usage/netstat.txt");
const LETTERS: &str = "rigsMvWnNepoclaFCZtuUSwx64VhA:";
const NAMES: &[Long] = &[
    ("route", Argument::None, 'r'),
    ("interfaces", Argument::Optional, 'i'),
    ("groups", Argument::None, 'g'),
    ("statistics", Argument::None, 's'),
    ("wide", Argument::None, 'W'),
    ("numeric", Argument::None, 'n'),
    ("numeric-ports", Argument::None, 'n'),
    ("extend", Argument::None, 'e'),
    ("programs", Argument::None, 'p'),
    ("timers", Argument::None, 'o'),
    ("continuous", Argument::None, 'c'),
    ("listening", Argument::None, 'l'),
    ("all", Argument::None, 'a'),
    ("tcp", Argument::None, 't'),
    ("udp", Argument::None, 'u'),
    ("raw", Argument::None, 'w'),
    ("unix", Argument::None, 'x'),
    ("inet", Argument::None, '4'),
    ("inet6", Argument::None, '6'),
    ("version", Argument::None, 'V'),
    ("help", Argument::None, 'h'),
];

/// The status of a command line that makes no sense.
const BAD_USAGE: i32 = 3;

/// `netstat`.
pub async fn netstat(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

/// What is listed.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The kinds that were asked for; all if none was.
    pub families: Vec<Family>,
    /// Whether sockets of the kind Unix were asked for.
    pub unix: bool,
    /// `-n`.
    pub numeric: bool,
    /// `-a`.
    pub all: bool,
    /// `-l`.
    pub listening: bool,
    /// `-p`.
    pub programs: bool,
    /// `-W`.
    pub wide: bool,
    /// Only IPv4 or only IPv6.
    pub is_ipv6: Option<bool>,
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let mut settings = Settings::default();
    let mut becomes: Option<(&str, &[&str])> = None;
    let mut options = Options::with_names(&words, LETTERS, NAMES);
    for option in options.by_ref() {
        let (letter, _) = option
            .map_err(|wrong| Failure::said(format!("netstat: {wrong}\n{USAGE}"), BAD_USAGE))?;
        match letter {
            'r' => becomes = Some(("", &["route", "-e"])),
            'i' => becomes = Some(("Kernel Interface table\n", &["ifconfig", "-s"])),
            'n' => settings.numeric = true,
            'a' => settings.all = true,
            'l' => settings.listening = true,
            'p' => settings.programs = true,
            'W' => settings.wide = true,
            't' => settings.families.push(Family::Tcp),
            'u' => settings.families.push(Family::Udp),
            'w' => settings.families.push(Family::Raw),
            'x' => settings.unix = true,
            '4' => settings.is_ipv6 = Some(false),
            '6' => settings.is_ipv6 = Some(true),
            'v' | 'N' => {}
            'h' => return Err(Failure::said(USAGE, BAD_USAGE)),
            'V' => {
                proc.print("net-tools 2.10\n");
                return Ok(0);
            }
            'g' | 's' | 'M' => {
                not_simulated(proc, "netstat", &format!("-{letter}"));
                return Ok(1);
            }
            letter => not_simulated(proc, "netstat", &format!("-{letter}")),
        }
    }
    if let Some((title, words)) = becomes {
        proc.print(title);
        let mut argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        if settings.numeric && title.is_empty() {
            argv.push("-n".to_owned());
        }
        return proc.exec(argv).await.map_err(|errno| Failure::of("netstat", 1, errno));
    }
    list(proc, &settings).await;
    Ok(0)
}

async fn list(proc: &Proc, settings: &Settings) {
    let lists_all = settings.families.is_empty() && !settings.unix;
    if lists_all || !settings.families.is_empty() {
        let programs = if settings.programs { " PID/Program name    " } else { "" };
        proc.print(&format!(
            "Active Internet connections {}\nProto Recv-Q Send-Q Local Address           \
             Foreign Address         State      {programs}\n",
            which(settings)
        ));
        let mut shown = wanted(rows(proc), settings);
        shown.sort_by_key(|row| std::cmp::Reverse(row.family));
        for row in &shown {
            let text = line(proc, settings, row).await;
            proc.print(&text);
        }
    }
    if lists_all || settings.unix {
        let programs = if settings.programs { "PID/Program name     " } else { "" };
        proc.print(&format!(
            "Active UNIX domain sockets {}\nProto RefCnt Flags       Type       State         \
             I-Node   {programs}Path\n",
            which(settings)
        ));
    }
}

/// Which sockets the title says are listed.
pub fn which(settings: &Settings) -> &'static str {
    match (settings.all, settings.listening) {
        (true, _) => "(servers and established)",
        (_, true) => "(only servers)",
        _ => "(w/o servers)",
    }
}

/// The sockets that are listed.
pub fn wanted(rows: Vec<Row>, settings: &Settings) -> Vec<Row> {
    let is_wanted = |row: &Row| {
        let serves = matches!(row.state, State::Listen | State::Closed);
        let family_fits = match row.family {
            Family::Packet => false,
            family => settings.families.is_empty() || settings.families.contains(&family),
        };
        family_fits
            && (settings.all || serves == settings.listening)
            && settings.is_ipv6.is_none_or(|six| six == row.is_ipv6)
    };
    rows.into_iter().filter(is_wanted).collect()
}

/// The name of a state.
pub fn state(row: &Row) -> &'static str {
    match (row.family, row.state) {
        (Family::Udp, State::Closed) => "",
        (_, State::Established) => "ESTABLISHED",
        (_, State::SynSent) => "SYN_SENT",
        (_, State::SynReceived) => "SYN_RECV",
        (_, State::FinWait1) => "FIN_WAIT1",
        (_, State::FinWait2) => "FIN_WAIT2",
        (_, State::TimeWait) => "TIME_WAIT",
        (_, State::Closed) => "CLOSE",
        (_, State::CloseWait) => "CLOSE_WAIT",
        (_, State::LastAck) => "LAST_ACK",
        (_, State::Listen) => "LISTEN",
        (_, State::Closing) => "CLOSING",
    }
}

async fn line(proc: &Proc, settings: &Settings, row: &Row) -> String {
    let protocol = match row.family {
        Family::Tcp => "tcp",
        Family::Udp => "udp",
        Family::Raw | Family::Packet => "raw",
    };
    let six = if row.is_ipv6 { "6" } else { "" };
    let any = if row.is_ipv6 && !settings.numeric { "[::]" } else { "::" };
    let local = end(proc, settings, row, row.local, any).await;
    let peer = end(proc, settings, row, row.peer, any).await;
    let state = if row.family == Family::Raw { "7" } else { state(row) };
    let mut text = format!(
        "{:<4} {:>7} {:>6} {local:<23} {peer:<23} {state:<11}",
        format!("{protocol}{six}"),
        row.received,
        if row.state == State::Listen { 0 } else { row.sent },
    );
    if settings.programs {
        let program = row.owner.as_ref().map(|owner| format!("{}/{}", owner.pid, owner.name));
        text += &format!(" {:<20}", program.unwrap_or_else(|| "-".to_owned()));
    }
    text + "\n"
}

/// `10.0.0.2:http`: the address gives way to the port when both do not fit.
pub async fn end(proc: &Proc, settings: &Settings, row: &Row, end: End, any: &str) -> String {
    const WIDTH: usize = 23;
    let transport = if row.family == Family::Tcp { Transport::Tcp } else { Transport::Udp };
    let has_names = !settings.numeric && row.family != Family::Raw;
    let port = match (end.1, services::name_of(end.1, transport).filter(|_| has_names)) {
        (0, _) => "*".to_owned(),
        (_, Some(name)) => name.to_owned(),
        (port, None) => port.to_string(),
    };
    let mut host = match end.0 {
        None if row.is_ipv6 => any.to_owned(),
        None => "0.0.0.0".to_owned(),
        Some(address) if settings.numeric => address.to_string(),
        Some(address) => {
            let name = resolver::name_of(proc, address).await;
            name.unwrap_or_else(|_| address.to_string())
        }
    };
    if !settings.wide {
        host = host.chars().take(WIDTH.saturating_sub(port.len() + 1)).collect();
    }
    format!("{host}:{port}")
}
