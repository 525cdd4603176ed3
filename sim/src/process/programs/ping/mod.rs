//! `ping` of iputils: settles whom to ping and from where, then runs a [`session`].

pub(crate) mod busybox;
mod echo6;
mod options;
mod receiving;
mod reply;
mod sending;
mod session;
mod six;
mod statistics;

use crate::kernel::{Errno, LinkId};
use crate::process::proc::Proc;
use crate::process::socket::{Raw, Udp};
use crate::wire::{Ipv4Addr, ipv4};

use super::resolver::{self, Resolved};
use super::{Failure, conclude};
use options::{Settings, failure};
use session::Session;

/// The port to which the probe of the source address is connected; nothing is ever sent there.
const PROBE_PORT: u16 = 1025;

/// `ping`.
pub async fn ping(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc, &proc.args())?;
    if settings.only_ipv6 || echo6::is_inet6(&settings.target) {
        if settings.only_ipv4 || resolver::is_ipv4(&settings.target) {
            let why = "Address family for hostname not supported";
            return Err(failure(format!("{}: {why}", settings.target)));
        }
        let device = named_device(proc, &settings)?;
        return six::ping(proc, settings, device).await;
    }
    let raw = Raw::open(proc, ipv4::protocol::ICMP).unwrap_or_else(|_| Raw::open_ping(proc));
    if settings.verbose {
        tell_sockets(proc, &settings);
    }
    let name = &settings.target;
    let target =
        resolver::lookup(proc, name).await.map_err(|error| failure(format!("{name}: {error}")))?;
    if settings.verbose {
        let canonical = &target.canonical;
        proc.print(&format!("ai->ai_family: AF_INET, ai->ai_canonname: '{canonical}'\n"));
    }
    let settings =
        Settings { numeric: settings.numeric || options::is_numeric(&settings), ..settings };
    let device = named_device(proc, &settings)?;
    let source = source_address(proc, &settings, target.first(), device)?;
    let to = if target.first().is_unspecified() { source } else { target.first() };
    prepare(&raw, &settings, device)?;
    greet(proc, &settings, &target, to, source);
    Ok(Session::new(proc.clone(), raw, settings, target.canonical, to).run().await)
}

/// What `-v` tells of the sockets: root gets raw ones.
fn tell_sockets(proc: &Proc, settings: &Settings) {
    let (six, family) = if settings.only_ipv4 {
        ("-1 (socktype: 0)", "AF_INET")
    } else {
        ("4 (socktype: SOCK_RAW)", "AF_UNSPEC")
    };
    proc.eprint(&format!(
        "ping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: {six}, hints.ai_family: {family}\n\n"
    ));
}

/// The device that `-I` names.
fn named_device(proc: &Proc, settings: &Settings) -> Result<Option<LinkId>, Failure> {
    let Some(name) = settings.device.as_deref() else { return Ok(None) };
    let found = proc.sys(|sys| sys.link_named(name));
    found.map(Some).ok_or_else(|| failure(format!("SO_BINDTODEVICE {name}: {}", Errno::ENODEV)))
}

/// The address from which the kernel would send: that of a UDP socket connected to the target.
fn source_address(
    proc: &Proc,
    settings: &Settings,
    to: Ipv4Addr,
    device: Option<LinkId>,
) -> Result<Ipv4Addr, Failure> {
    if let Some(source) = settings.source {
        return Ok(source);
    }
    let refused = |errno: Errno| failure(format!("connect: {errno}"));
    let probe = Udp::bind(proc, None, 0).map_err(refused)?;
    // A socket that was just made takes its options.
    let _ = probe.option(|sys, id| sys.set_device(id, device));
    let _ = probe.option(|sys, id| sys.set_tos(id, settings.tos));
    let _ = probe.option(|sys, id| sys.set_mark(id, settings.mark.unwrap_or(0)));
    match probe.connect((to, PROBE_PORT)) {
        Err(Errno::EACCES) if !settings.broadcast => {
            return Err(failure(
                "Do you want to ping broadcast? Then -b. If not, check your local firewall rules",
            ));
        }
        Err(Errno::EACCES) => {
            proc.eprint("WARNING: pinging broadcast address\n");
            let _ = probe.allow_broadcast();
            probe.connect((to, PROBE_PORT)).map_err(refused)?;
        }
        result => result.map_err(refused)?,
    }
    let source = probe.local().0.unwrap_or(Ipv4Addr::UNSPECIFIED);
    if let (Some(link), Some(name)) = (device, &settings.device) {
        let view = proc.sys(|sys| sys.link(link));
        if !view.is_some_and(|view| view.addrs.iter().any(|own| own.local == source)) {
            let warning = "Warning: source address might be selected on device other than";
            proc.eprint(&format!("ping: {warning}: {name}\n"));
        }
    }
    Ok(source)
}

/// Sets the options of the raw socket.
fn prepare(raw: &Raw, settings: &Settings, device: Option<LinkId>) -> Result<(), Failure> {
    // An open socket takes all options but a TTL of zero.
    let _ = raw.option(|sys, id| sys.set_device(id, device));
    let _ = raw.option(|sys, id| sys.set_tos(id, settings.tos));
    let _ = raw.option(|sys, id| sys.set_mark(id, settings.mark.unwrap_or(0)));
    let _ = raw.option(|sys, id| sys.set_receive_errors(id, true));
    if let Some(pmtu) = settings.pmtu_discovery() {
        let _ = raw.option(|sys, id| sys.set_pmtu_discovery(id, pmtu));
    }
    if let Some(source) = settings.source {
        raw.bind(source).map_err(|errno| failure(format!("bind: {errno}")))?;
    }
    if settings.broadcast {
        let _ = raw.allow_broadcast();
    }
    if let Some(ttl) = settings.ttl {
        raw.option(|sys, id| sys.set_ttl(id, ttl))
            .map_err(|errno| failure(format!("cannot set unicast time-to-live: {errno}")))?;
    }
    Ok(())
}

/// The lines before the first reply.
fn greet(proc: &Proc, settings: &Settings, target: &Resolved, to: Ipv4Addr, source: Ipv4Addr) {
    if let Some(pattern) = settings.pattern.as_deref().filter(|_| !settings.quiet) {
        let digits: Vec<String> = pattern.iter().map(|byte| format!("{byte:02x}")).collect();
        proc.print(&format!("PATTERN: 0x{}\n", digits.concat()));
    }
    let from = if settings.device.is_some() || settings.source.is_some() {
        let device = settings.device.as_deref().unwrap_or_default();
        format!("from {source} {device}: ")
    } else {
        String::new()
    };
    let (name, size) = (&target.canonical, settings.size);
    let total = size + crate::wire::icmp::HEADER_LEN + ipv4::HEADER_LEN;
    proc.print(&format!("PING {name} ({to}) {from}{size}({total}) bytes of data.\n"));
}
