//! `nc`: OpenBSD's netcat, as Debian has it.

pub(crate) mod busybox;
mod options;
mod relay;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::proc::Proc;
use crate::process::socket::{Listener, Tcp, Udp};
use crate::wire::Ipv4Addr;

use super::resolver::LookupError;
use super::services;
use super::{Failure, conclude, inet, resolver};
use options::{Settings, failure};
use relay::{End, Ends, Manners, Net, relay};

/// Seconds for which a UDP port is tried, unless `-w` says otherwise.
const UDP_SCAN: Span = Span::secs(3);

/// What one system call after the other costs: an error from near by comes sooner.
const BETWEEN_WRITES: Span = Span::micros(70);

/// `nc`.
pub async fn nc(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc, &proc.args())?;
    let netcat = Netcat { manners: manners(&settings), proc: proc.clone(), settings };
    if netcat.settings.listens { netcat.serve().await } else { netcat.call().await }
}

fn manners(settings: &Settings) -> Manners {
    Manners {
        listens: settings.listens,
        detached: settings.detached,
        shuts_down: settings.shuts_down,
        crlf: settings.crlf,
        quit_after: settings.quit_after,
        idle: settings.timeout,
        idle_turns: 1,
        interval: settings.interval,
        receive_limit: settings.receive_limit,
    }
}

struct Netcat {
    proc: Proc,
    settings: Settings,
    manners: Manners,
}

/// A host as it was written, and its address.
struct Target {
    name: String,
    address: Ipv4Addr,
}

impl Target {
    /// `web (10.0.0.2)`, or only the address.
    fn text(&self, numeric: bool) -> String {
        if numeric || self.name == self.address.to_string() {
            return self.name.clone();
        }
        format!("{} ({})", self.name, self.address)
    }
}

impl Netcat {
    async fn relay(&self, net: &Net) -> End {
        relay(&self.proc, net, Ends::standard(&self.proc), &self.manners).await
    }

    // The calling side.

    async fn call(&self) -> Result<i32, Failure> {
        let settings = &self.settings;
        let mut ports = settings.ports.clone();
        if settings.random_ports {
            self.shuffle(&mut ports);
        }
        let mut status = 1;
        for (turn, port) in ports.into_iter().enumerate() {
            if turn > 0
                && let Some(interval) = settings.interval
            {
                self.proc.sleep(interval).await;
            }
            let target = self.target(port).await?;
            let Some(net) = self.connect(&target, port).await? else { continue };
            if (settings.verbose || settings.scans)
                && let Net::Udp(udp) = &net
                && self.try_udp(udp).await.is_err()
            {
                status = 1;
                continue;
            }
            status = 0;
            if settings.verbose {
                self.tell_success(&target, port);
            }
            if !settings.scans && self.relay(&net).await == End::Program {
                break;
            }
        }
        Ok(status)
    }

    fn shuffle(&self, ports: &mut [u16]) {
        for last in (1..ports.len()).rev() {
            let other = self.proc.sys(|sys| sys.rng().below(last as u64 + 1)) as usize;
            ports.swap(last, other);
        }
    }

    async fn target(&self, port: u16) -> Result<Target, Failure> {
        let name = self.settings.host.clone().unwrap_or_default();
        let address = self.address_of(&name).await.map_err(|error| {
            failure(format!("getaddrinfo for host \"{name}\" port {port}: {error}"))
        })?;
        Ok(Target { name, address })
    }

    async fn address_of(&self, name: &str) -> Result<Ipv4Addr, LookupError> {
        if self.settings.numeric {
            return inet::address(name).ok_or(LookupError::NotKnown);
        }
        resolver::lookup(&self.proc, name).await.map(|found| found.first())
    }

    /// The own end that `-s` and `-p` ask for.
    async fn own_end(&self) -> Result<(Option<Ipv4Addr>, u16), Failure> {
        let getaddrinfo = |error: &dyn std::fmt::Display| failure(format!("getaddrinfo: {error}"));
        let address = match &self.settings.source {
            Some(name) => Some(self.address_of(name).await.map_err(|error| getaddrinfo(&error))?),
            None => None,
        };
        let port = match &self.settings.source_port {
            Some(text) => options::port(text)
                .map_err(|_| getaddrinfo(&"Servname not supported for ai_socktype"))?,
            None => 0,
        };
        Ok((address, port))
    }

    /// Opens a connection; `None` if that failed, which is told with `-v`.
    async fn connect(&self, target: &Target, port: u16) -> Result<Option<Net>, Failure> {
        let own = self.own_end().await?;
        let to = (target.address, port);
        let opened = if self.settings.is_udp {
            self.open_udp(own, to)
        } else {
            self.open_tcp(own, to).await
        };
        let trouble = match opened {
            Ok(net) => return Ok(Some(net)),
            Err(Trouble::Bind(errno)) => return Err(failure(format!("bind failed: {errno}"))),
            Err(Trouble::Connect(errno)) => format!("failed: {errno}"),
            Err(Trouble::Late) => format!("timed out: {}", Errno::EINPROGRESS),
        };
        if self.settings.verbose {
            let to = target.text(self.settings.numeric);
            let transport = self.settings.transport().name();
            let line = format!("nc: connect to {to} port {port} ({transport}) {trouble}\n");
            self.proc.eprint(&line);
        }
        Ok(None)
    }

    fn open_udp(&self, own: (Option<Ipv4Addr>, u16), to: (Ipv4Addr, u16)) -> Result<Net, Trouble> {
        let udp = Udp::bind(&self.proc, own.0, own.1).map_err(Trouble::Bind)?;
        if self.settings.broadcast {
            udp.allow_broadcast().map_err(Trouble::Bind)?;
        }
        udp.connect(to).map_err(Trouble::Connect)?;
        Ok(Net::Udp(udp))
    }

    async fn open_tcp(
        &self,
        own: (Option<Ipv4Addr>, u16),
        to: (Ipv4Addr, u16),
    ) -> Result<Net, Trouble> {
        let opening = Tcp::connect_from(&self.proc, self.proc.ns(), own, to, None);
        let opened = match self.settings.timeout {
            Some(timeout) => self.proc.timeout(timeout, opening).await.ok_or(Trouble::Late)?,
            None => opening.await,
        };
        match opened {
            Ok(tcp) => Ok(Net::Tcp(tcp)),
            Err(errno @ (Errno::EADDRINUSE | Errno::EADDRNOTAVAIL)) if own != (None, 0) => {
                Err(Trouble::Bind(errno))
            }
            Err(errno) => Err(Trouble::Connect(errno)),
        }
    }

    /// Sends a few bytes and sees whether somebody objects.
    async fn try_udp(&self, udp: &Udp) -> Result<(), Errno> {
        udp.send(None, b"X")?;
        self.proc.sleep(BETWEEN_WRITES).await;
        udp.send(None, b"X")?;
        let span = self.settings.timeout.unwrap_or(UDP_SCAN);
        for _ in 0..span.as_secs() {
            self.proc.sleep(Span::secs(1)).await;
            udp.send(None, b"X")?;
        }
        Ok(())
    }

    fn tell_success(&self, target: &Target, port: u16) {
        let transport = self.settings.transport();
        let name = services::name_of(port, transport).filter(|_| !self.settings.numeric);
        let (to, service) = (target.text(self.settings.numeric), name.unwrap_or("*"));
        let transport = transport.name();
        let line = format!("Connection to {to} {port} port [{transport}/{service}] succeeded!\n");
        self.proc.eprint(&line);
    }

    // The serving side.

    async fn serve(&self) -> Result<i32, Failure> {
        let address = match &self.settings.host {
            Some(name) => Some(
                self.address_of(name)
                    .await
                    .map_err(|error| failure(format!("getaddrinfo: {error}")))?,
            ),
            None => None,
        };
        let port = self.settings.ports[0];
        let own = (address.unwrap_or(Ipv4Addr::UNSPECIFIED), port);
        if self.settings.is_udp {
            let udp = Udp::bind(&self.proc, address, port).map_err(failure)?;
            self.report("Bound on", own).await;
            self.serve_udp(udp).await
        } else {
            let listener =
                Listener::bind_with_backlog(&self.proc, address, port, 1).map_err(failure)?;
            self.report("Listening on", own).await;
            loop {
                let tcp = listener.accept().await.map_err(|e| failure(format!("accept: {e}")))?;
                self.report("Connection received on", tcp.peer).await;
                let end = self.relay(&Net::Tcp(tcp)).await;
                if end == End::Program || !self.settings.keeps {
                    return Ok(0);
                }
            }
        }
    }

    /// With `-k` everybody is heard; else the socket belongs to whoever comes first.
    async fn serve_udp(&self, udp: Udp) -> Result<i32, Failure> {
        if !self.settings.keeps {
            let first = udp.peek().await.map_err(|errno| failure(format!("recvfrom: {errno}")))?;
            udp.connect(first.from).map_err(|errno| failure(format!("connect: {errno}")))?;
            self.report("Connection received on", first.from).await;
        }
        self.relay(&Net::Udp(udp)).await;
        Ok(0)
    }

    /// `-v`: one end of a connection.
    async fn report(&self, what: &str, (address, port): (Ipv4Addr, u16)) {
        if !self.settings.verbose {
            return;
        }
        let name = if self.settings.numeric {
            Ok(address.to_string())
        } else {
            resolver::name_of(&self.proc, address).await
        };
        self.proc.eprint(&match name {
            Ok(name) => format!("{what} {name} {port}\n"),
            Err(error) => format!("nc: getnameinfo: {error}\n"),
        });
    }
}

/// Why a connection was not opened.
enum Trouble {
    Bind(Errno),
    Connect(Errno),
    Late,
}
