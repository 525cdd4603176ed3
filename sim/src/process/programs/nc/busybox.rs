//! busybox's `nc`, in its larger form (nc 1.10 with `-e`).

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::proc::Proc;
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::numbers;
use crate::process::programs::services::{self, Transport};
use crate::process::programs::{Failure, conclude, resolver};
use crate::process::socket::{Listener, Tcp, Udp};
use crate::process::stream::Stream;
use crate::wire::Ipv4Addr;

use super::relay::{Ends, Manners, Net, relay};

const USAGE: &str = "[OPTIONS] HOST PORT  - connect
nc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen

	-e PROG	Run PROG after connect (must be last)
	-l	Listen mode, for inbound connects
	-lk	With -e, provides persistent server
	-p PORT	Local port
	-s ADDR	Local address
	-w SEC	Timeout for connects and final net reads
	-i SEC	Delay interval for lines sent
	-n	Don't do DNS resolution
	-u	UDP mode
	-b	Allow broadcasts
	-v	Verbose
	-o FILE	Hex dump traffic
	-z	Zero-I/O mode (scanning)";

#[derive(Debug, Clone, Default)]
struct Settings {
    listens: bool,
    keeps: bool,
    is_udp: bool,
    numeric: bool,
    broadcast: bool,
    scans: bool,
    verbose: usize,
    wait: Option<Span>,
    interval: Option<Span>,
    source: Option<Ipv4Addr>,
    port: u16,
    /// The other end, as it was written and as it is.
    peer: Option<(String, (Ipv4Addr, u16))>,
    /// What is run on the connection.
    program: Vec<String>,
}

/// `nc` in a container.
pub async fn nc(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc).await?;
    let manners = Manners {
        shuts_down: true,
        idle: settings.wait,
        idle_turns: 2,
        interval: settings.interval,
        ..Manners::default()
    };
    let netcat = Netcat { proc: proc.clone(), settings, manners };
    if netcat.settings.listens { netcat.serve().await } else { netcat.call().await }
}

/// The words before `-e`, and what follows it.
fn split_program(words: &[String]) -> (Vec<String>, Vec<String>) {
    let is_last = |word: &String| {
        word.strip_prefix('-')
            .and_then(|word| word.strip_suffix('e'))
            .is_some_and(|letters| letters.chars().all(|letter| "nuvlkz".contains(letter)))
    };
    let Some(at) = words.iter().position(is_last) else { return (words.to_vec(), Vec::new()) };
    let mut own = words[..at].to_vec();
    own.extend(words[at].strip_suffix('e').filter(|word| word.len() > 1).map(str::to_owned));
    (own, words[at + 1..].to_vec())
}

async fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let (words, program) = split_program(&proc.args());
    let line = busybox::line("nc", &words, "np:s:ubvw:lki:o:z", USAGE)?;
    let mut settings = Settings { program, ..Settings::default() };
    let is_udp = line.options.iter().any(|(letter, _)| *letter == 'u');
    let transport = if is_udp { Transport::Udp } else { Transport::Tcp };
    let seconds = |text: &str| busybox::number("nc", text, 0, i64::from(i32::MAX));
    for (letter, value) in &line.options {
        match letter {
            'n' => settings.numeric = true,
            'p' => settings.port = port(value, transport)?,
            's' => settings.source = Some(busybox::host(proc, "nc", value).await?.first()),
            'u' => settings.is_udp = true,
            'b' => settings.broadcast = true,
            'v' => settings.verbose += 1,
            'w' => {
                let wait = Span::secs(seconds(value)? as u64);
                settings.wait = (wait > Span::ZERO).then_some(wait);
            }
            'l' => {
                settings.keeps |= settings.listens;
                settings.listens = true;
            }
            'k' => {
                settings.listens = true;
                settings.keeps = true;
            }
            'i' => settings.interval = Some(Span::secs(seconds(value)? as u64)),
            'z' => settings.scans = true,
            _ => super::super::not_simulated(proc, "nc", &format!("-{letter}")),
        }
    }
    match line.operands.as_slice() {
        [] if settings.listens => {}
        [host, rest @ ..] if rest.len() <= 1 => {
            let port = rest.first().map_or(Ok(0), |text| port(text, transport))?;
            let address = busybox::host(proc, "nc", host).await?.first();
            settings.peer = Some(((*host).to_owned(), (address, port)));
        }
        _ => return Err(busybox::usage("nc", USAGE)),
    }
    Ok(settings)
}

fn port(text: &str, transport: Transport) -> Result<u16, Failure> {
    let named = services::port_of(text, transport);
    let number = || u16::try_from(numbers::leading_integer(text)).ok().filter(|port| *port > 0);
    named.or_else(number).ok_or_else(|| failure("nc", format!("bad port '{text}'")))
}

struct Netcat {
    proc: Proc,
    settings: Settings,
    manners: Manners,
}

impl Netcat {
    async fn call(&self) -> Result<i32, Failure> {
        let settings = &self.settings;
        let Some((name, peer)) = &settings.peer else {
            return Err(busybox::usage("nc", USAGE));
        };
        let (address, port) = peer;
        match self.open(*peer).await? {
            Ok(net) => {
                if settings.verbose > 0 {
                    self.proc.eprint(&format!("{name} ({address}:{port}) open\n"));
                }
                if !settings.scans {
                    self.talk(&net).await?;
                }
                Ok(0)
            }
            Err(errno) => {
                let is_told = match errno {
                    Errno::ECONNREFUSED => settings.verbose > 1,
                    _ => settings.verbose > 0,
                };
                if is_told {
                    self.proc.eprint(&format!("nc: {name} ({address}:{port}): {errno}\n"));
                }
                Ok(1)
            }
        }
    }

    /// Opens a connection; a port that cannot be bound is a failure, a refusal is not.
    async fn open(&self, to: (Ipv4Addr, u16)) -> Result<Result<Net, Errno>, Failure> {
        let settings = &self.settings;
        let own = (settings.source, settings.port);
        if settings.is_udp {
            let udp = self.bind_udp()?;
            if let Err(errno) = udp.connect(to) {
                return Ok(Err(errno));
            }
            let tried = if settings.scans { self.try_udp(&udp).await } else { Ok(()) };
            return Ok(tried.map(|()| Net::Udp(udp)));
        }
        let opening = Tcp::connect_from(&self.proc, self.proc.ns(), own, to, None);
        let opened = match settings.wait {
            Some(wait) => self.proc.timeout(wait, opening).await.unwrap_or(Err(Errno::ETIMEDOUT)),
            None => opening.await,
        };
        match opened {
            Err(errno @ (Errno::EADDRINUSE | Errno::EADDRNOTAVAIL)) => {
                Err(failure("nc", format!("bind: {errno}")))
            }
            opened => Ok(opened.map(Net::Tcp)),
        }
    }

    fn bind_udp(&self) -> Result<Udp, Failure> {
        let failed = |errno: Errno| failure("nc", format!("bind: {errno}"));
        let udp = Udp::bind(&self.proc, self.settings.source, self.settings.port);
        let udp = udp.map_err(failed)?;
        if self.settings.broadcast {
            udp.allow_broadcast().map_err(failed)?;
        }
        Ok(udp)
    }

    /// Sends a byte, waits a little, sends another one: by then a refusal is here.
    async fn try_udp(&self, udp: &Udp) -> Result<(), Errno> {
        udp.send(None, &[0])?;
        self.proc.sleep(self.settings.wait.unwrap_or(Span::secs(1))).await;
        udp.send(None, &[0])
    }

    async fn serve(&self) -> Result<i32, Failure> {
        let settings = &self.settings;
        let own = (settings.source.unwrap_or(Ipv4Addr::UNSPECIFIED), settings.port);
        let listening = format!("listening on {}:{} ...\n", own.0, own.1);
        let tell = |text: &str| {
            if settings.verbose > 0 {
                self.proc.eprint(text);
            }
        };
        if settings.is_udp {
            let udp = self.bind_udp()?;
            tell(&listening);
            let first = udp.peek().await.map_err(|e| failure("nc", format!("recvfrom: {e}")))?;
            udp.connect(first.from).map_err(|e| failure("nc", format!("connect: {e}")))?;
            self.greet((first.to, settings.port), first.from).await;
            self.talk(&Net::Udp(udp)).await?;
            return Ok(0);
        }
        let listener = Listener::bind_with_backlog(&self.proc, settings.source, settings.port, 1)
            .map_err(|errno| failure("nc", format!("bind: {errno}")))?;
        tell(&listening);
        loop {
            let accepting = listener.accept();
            let accepted = match settings.wait {
                Some(wait) => self.proc.timeout(wait, accepting).await,
                None => Some(accepting.await),
            };
            let accepted = accepted.ok_or_else(|| failure("nc", "timeout"))?;
            let tcp = accepted.map_err(|errno| failure("nc", format!("accept: {errno}")))?;
            if !self.is_wanted(tcp.peer) {
                continue;
            }
            let own = tcp.local().unwrap_or(own);
            self.greet(own, tcp.peer).await;
            if settings.keeps && !settings.program.is_empty() {
                self.talk_aside(tcp);
                continue;
            }
            // Nobody else is served while this one is, nor afterwards.
            drop(listener);
            self.talk(&Net::Tcp(tcp)).await?;
            return Ok(0);
        }
    }

    /// Whether a caller is the one that the command line names.
    fn is_wanted(&self, (address, port): (Ipv4Addr, u16)) -> bool {
        let Some((_, (wanted, wanted_port))) = self.settings.peer else { return true };
        let is_wanted = address == wanted && (wanted_port == 0 || wanted_port == port);
        if !is_wanted && self.settings.verbose > 0 {
            let line = format!("nc: connect from wrong ip/port {address}:{port} ignored\n");
            self.proc.eprint(&line);
        }
        is_wanted
    }

    /// Says who has come; a name is looked up only to be said.
    async fn greet(&self, own: (Ipv4Addr, u16), peer: (Ipv4Addr, u16)) {
        if self.settings.verbose == 0 {
            return;
        }
        let numeric = format!("{}:{}", peer.0, peer.1);
        let name = match self.settings.numeric {
            true => None,
            false => resolver::name_of(&self.proc, peer.0).await.ok(),
        };
        let name = name.map_or_else(|| numeric.clone(), |name| format!("{name}:{}", peer.1));
        let line = format!("connect to {}:{} from {name} ({numeric})\n", own.0, own.1);
        self.proc.eprint(&line);
    }

    /// Standard input and output, or the program of `-e`, on a connection.
    async fn talk(&self, net: &Net) -> Result<(), Failure> {
        let ends = if self.settings.program.is_empty() {
            Ends::standard(&self.proc)
        } else {
            start(&self.proc, &self.settings.program)?
        };
        relay(&self.proc, net, ends, &self.manners).await;
        Ok(())
    }

    /// The same besides everything else.
    fn talk_aside(&self, tcp: Tcp) {
        let (proc, manners) = (self.proc.clone(), self.manners.clone());
        let program = self.settings.program.clone();
        self.proc.thread(async move {
            match start(&proc, &program) {
                Ok(ends) => {
                    relay(&proc, &Net::Tcp(tcp), ends, &manners).await;
                }
                Err(failure) => proc.eprint(&failure.text),
            }
        });
    }
}

/// Starts a program and returns its ends.
fn start(proc: &Proc, program: &[String]) -> Result<Ends, Failure> {
    let name = program.first().map_or("", String::as_str);
    let (_, run) = proc
        .find_program(name)
        .map_err(|errno| failure("nc", format!("can't execute '{name}': {errno}")))?;
    let (input, to_program) = proc.pipe();
    let (from_program, output) = proc.pipe();
    let mut spawn = proc.spawn_like();
    spawn.argv = program.to_vec();
    spawn.stdio[0] = Stream::PipeReader(input);
    spawn.stdio[1] = Stream::PipeWriter(output);
    proc.spawn(spawn, run);
    Ok(Ends { input: Stream::PipeReader(from_program), output: Stream::PipeWriter(to_program) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_behind_e_belongs_to_the_program() {
        let words: Vec<String> =
            ["-p", "80", "-lke", "ls", "-l"].iter().map(|word| (*word).to_owned()).collect();
        let (own, program) = split_program(&words);
        assert_eq!(own, ["-p", "80", "-lk"]);
        assert_eq!(program, ["ls", "-l"]);
    }
}
