//! One transfer: find the host, connect, ask, take the answer, follow where it leads.

use crate::engine::{Span, Time};
use crate::kernel::{Errno, LinkId};
use crate::process::http::{Body, Connection, Error, Head};
use crate::process::proc::{Either, Proc, select};
use crate::process::programs::url::Url;
use crate::process::programs::{inet, resolver};
use crate::process::socket::Tcp;
use crate::wire::Ipv4Addr;

use super::options::Settings;
use super::report::{Report, Trouble};
use super::request::Outgoing;

/// Redirections that are followed unless `--max-redirs` says otherwise.
const MAX_REDIRECTIONS: u64 = 50;
/// How long a connection may take.
const CONNECT_TIMEOUT: Span = Span::secs(300);
/// How long a server is given to say that it wants the body.
const CONTINUE_TIMEOUT: Span = Span::secs(1);
/// The clock of timeouts ticks in milliseconds: a limit is noticed with the first tick behind it.
const TICK: Span = Span::millis(1);

/// A connection that is kept for the next transfer.
pub struct Kept {
    place: (String, u16),
    number: u32,
    connection: Connection,
}

/// A transfer that goes on.
pub struct Transfer<'a> {
    pub(super) proc: &'a Proc,
    pub(super) settings: &'a Settings,
    pub(super) report: Report,
    /// What is written for the user, in `-v` with its marks.
    pub(super) tell: &'a dyn Fn(&str),
    /// Where heads and bodies go.
    pub(super) write: &'a mut dyn FnMut(Part, &[u8]),
    pub(super) kept: &'a mut Option<Kept>,
    /// Connections that were opened before.
    pub(super) opened: &'a mut u32,
    pub(super) started: Time,
}

/// A part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The head.
    Head,
    /// Some of the body.
    Body,
}

impl Transfer<'_> {
    fn elapsed(&self) -> Span {
        self.proc.now() - self.started
    }

    /// `-v`: a line about what happens.
    fn note(&self, line: &str) {
        if self.settings.verbose {
            (self.tell)(&format!("* {line}\n"));
        }
    }

    fn deadline(&self) -> Time {
        self.settings.max_time.map_or(Time::MAX, |limit| self.started + limit + TICK)
    }

    /// Does it all.
    pub async fn run(&mut self, mut url: Url) -> Result<(), Trouble> {
        let most = self.settings.max_redirections.unwrap_or(MAX_REDIRECTIONS);
        loop {
            let head = self.get(&url).await?;
            let location = head
                .get("Location")
                .filter(|_| matches!(head.status(), Some(301..=303 | 307 | 308)));
            let Some(location) = location else { return Ok(()) };
            let bad = |_| Trouble::new(3, "URL using bad/illegal format or missing URL");
            let next = url.join(location).map_err(bad)?;
            if !self.settings.follows {
                self.report.redirect_url = next.to_string();
                return Ok(());
            }
            if self.report.redirections >= most {
                let sentence = format!("Maximum ({most}) redirects followed");
                return Err(Trouble::new(47, sentence));
            }
            self.report.redirections += 1;
            self.report.redirected = self.elapsed();
            self.note(&format!("Issue another request to this URL: '{next}'"));
            url = next;
        }
    }

    /// One request and its answer.
    async fn get(&mut self, url: &Url) -> Result<Head, Trouble> {
        self.report.effective_url = url.to_string();
        self.report.scheme.clone_from(&url.scheme);
        let upload = match &self.settings.upload {
            Some(path) => Some(self.proc.read_file(path).map_err(|_| {
                Trouble::new(26, "Failed to open/read local data from file/application")
            })?),
            None => None,
        };
        let outgoing = Outgoing::new(self.settings, url, upload);
        self.report.method.clone_from(&outgoing.method);
        let (number, mut connection) = self.connection(url).await?;
        self.report.asked = self.elapsed();
        let late = self.proc.sleep_until(self.deadline());
        let exchanged = select(self.exchange(&mut connection, &outgoing), late);
        let head = match exchanged.await {
            Either::First(result) => result,
            Either::Second(()) => {
                let received = self.report.received;
                let of = match self.report.expected {
                    Some(expected) if received > 0 => format!("{received} out of {expected}"),
                    _ => received.to_string(),
                };
                let millis = self.elapsed().as_millis();
                Err(Trouble::new(
                    28,
                    format!(
                        "Operation timed out after {millis} milliseconds with {of} bytes received"
                    ),
                ))
            }
        };
        let head = match head {
            Ok(head) => head,
            Err(trouble) => {
                self.note(&trouble.sentence);
                self.note(&format!("Closing connection {number}"));
                return Err(trouble);
            }
        };
        let ends = Body::of_response(&outgoing.method, &head) == Body::ToTheEnd;
        if head.keeps_alive() && !ends {
            self.note(&format!("Connection #{number} to host {} left intact", url.host));
            *self.kept = Some(Kept { place: (url.host.clone(), url.port()), number, connection });
        } else {
            self.note(&format!("Closing connection {number}"));
        }
        Ok(head)
    }

    /// A kept connection to the same place, or a new one.
    async fn connection(&mut self, url: &Url) -> Result<(u32, Connection), Trouble> {
        if let Some(kept) = self.kept.take()
            && kept.place == (url.host.clone(), url.port())
        {
            let (host, number) = (&url.host, kept.number);
            self.note(&format!("Re-using existing connection #{number} with host {host}"));
            return Ok((number, kept.connection));
        }
        let number = *self.opened;
        match self.connect(url, number).await {
            Ok(tcp) => {
                *self.opened += 1;
                self.report.connects += 1;
                self.report.connected = self.elapsed();
                self.report.local = tcp.local().ok();
                self.report.remote = Some(tcp.peer);
                Ok((number, Connection::new(tcp)))
            }
            Err(trouble) => {
                self.note(&trouble.sentence);
                self.note(&format!("Closing connection {number}"));
                Err(trouble)
            }
        }
    }

    async fn connect(&mut self, url: &Url, number: u32) -> Result<Tcp, Trouble> {
        let (host, port) = (&url.host, url.port());
        let addresses = self.look_up(host, port).await?;
        self.report.looked_up = self.elapsed();
        let (own, device) = self.own_end().await?;
        let limit = self.settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let end = self.proc.now() + limit + TICK;
        let started = self.proc.now();
        for address in addresses {
            self.note(&format!("  Trying {address}:{port}..."));
            let from = (own, self.settings.local_port);
            let opening =
                Tcp::connect_from(self.proc, self.proc.ns(), from, (address, port), device);
            let late = self.proc.sleep_until(end.min(self.deadline()));
            match select(opening, late).await {
                Either::First(Ok(tcp)) => {
                    self.note(&format!("Connected to {host} ({address}) port {port} (#{number})"));
                    return Ok(tcp);
                }
                Either::First(Err(Errno::EADDRNOTAVAIL | Errno::EADDRINUSE)) if own.is_some() => {
                    return Err(cannot_bind());
                }
                Either::First(Err(errno)) => {
                    self.note(&format!("connect to {address} port {port} failed: {errno}"));
                }
                Either::Second(()) if self.proc.now() >= self.deadline() => {
                    let millis = self.elapsed().as_millis();
                    let sentence = format!("Connection timed out after {millis} milliseconds");
                    return Err(Trouble::new(28, sentence));
                }
                Either::Second(()) => {
                    let millis = (self.proc.now() - started).as_millis();
                    return Err(Trouble::new(
                        28,
                        format!(
                            "Failed to connect to {host} port {port} after {millis} ms: Timeout was reached"
                        ),
                    ));
                }
            }
        }
        let millis = (self.proc.now() - started).as_millis();
        Err(Trouble::new(
            7,
            format!(
                "Failed to connect to {host} port {port} after {millis} ms: Couldn't connect to server"
            ),
        ))
    }

    /// The addresses of a host: as `--resolve` says, or as the resolver finds.
    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<Ipv4Addr>, Trouble> {
        let known = self.settings.resolve.iter().find_map(|entry| {
            let mut parts = entry.trim_start_matches('+').splitn(3, ':');
            let fits = parts.next() == Some(host) && parts.next()?.parse() == Ok(port);
            let addresses = parts.next().filter(|_| fits)?;
            addresses.split(',').map(inet::address).collect::<Option<Vec<_>>>()
        });
        if let Some(addresses) = known {
            return Ok(addresses);
        }
        if host == "localhost" {
            return Ok(vec![Ipv4Addr::LOCALHOST]);
        }
        let late = self.proc.sleep_until(self.deadline());
        match select(resolver::lookup(self.proc, host), late).await {
            Either::First(Ok(found)) => Ok(found.addresses),
            Either::First(Err(_)) => {
                Err(Trouble::new(6, format!("Could not resolve host: {host}")))
            }
            Either::Second(()) => {
                let millis = self.elapsed().as_millis();
                let sentence = format!("Resolving timed out after {millis} milliseconds");
                Err(Trouble::new(28, sentence))
            }
        }
    }

    /// What `--interface` says: a device, or an own address or name.
    async fn own_end(&self) -> Result<(Option<Ipv4Addr>, Option<LinkId>), Trouble> {
        let Some(name) = &self.settings.interface else { return Ok((None, None)) };
        let (plain, may_be_device, may_be_host) = match name.split_once('!') {
            Some(("if", device)) => (device, true, false),
            Some(("host", host)) => (host, false, true),
            _ => (name.as_str(), true, true),
        };
        let link = self.proc.sys(|sys| sys.link_named(plain)).filter(|_| may_be_device);
        if link.is_some() {
            return Ok((None, link));
        }
        let address = match inet::address(plain).filter(|_| may_be_host) {
            None if may_be_host => {
                resolver::lookup(self.proc, plain).await.ok().map(|found| found.first())
            }
            address => address,
        };
        match address {
            Some(address) => Ok((Some(address), None)),
            None => Err(Trouble::new(45, format!("Couldn't bind to '{plain}'"))),
        }
    }

    /// Sends the request and takes the answer.
    async fn exchange(
        &mut self,
        connection: &mut Connection,
        outgoing: &Outgoing,
    ) -> Result<Head, Trouble> {
        let bytes = outgoing.head.to_bytes();
        self.report.request_len += bytes.len() as u64;
        if self.settings.verbose {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines = text
                .split_inclusive("\r\n")
                .map(|line| format!("> {}\n", line.trim_end_matches("\r\n")));
            (self.tell)(&lines.collect::<Vec<_>>().concat());
        }
        let sent = |_| Trouble::new(55, format!("Send failure: {}", Errno::EPIPE));
        connection.send(&bytes).await.map_err(sent)?;
        let mut early = None;
        if outgoing.expects {
            let patience = self.proc.now() + CONTINUE_TIMEOUT;
            early = self.first_head(connection, patience).await?;
        }
        let is_refused = early.as_ref().is_some_and(|head| head.status() != Some(100));
        if !is_refused {
            connection.send(&outgoing.body).await.map_err(sent)?;
            self.report.sent += outgoing.body.len() as u64;
        }
        let mut head = if is_refused { early } else { None };
        while head.as_ref().is_none_or(|head| matches!(head.status(), Some(100..=199))) {
            head = self.first_head(connection, Time::MAX).await?;
        }
        let head = head.ok_or_else(|| Trouble::new(52, "Empty reply from server"))?;
        self.answered(&head)?;
        self.body(connection, outgoing, &head).await?;
        Ok(head)
    }

    /// The next head, or nothing when the time is up.
    async fn first_head(
        &mut self,
        connection: &mut Connection,
        end: Time,
    ) -> Result<Option<Head>, Trouble> {
        let reading = select(connection.read_head(), self.proc.sleep_until(end));
        let head = match reading.await {
            Either::Second(()) => return Ok(None),
            Either::First(Ok(Some(head))) => head,
            Either::First(Ok(None) | Err(Error::Cut)) => {
                return Err(Trouble::new(52, "Empty reply from server"));
            }
            Either::First(Err(Error::Broken(errno))) => {
                return Err(Trouble::new(56, format!("Recv failure: {errno}")));
            }
            Either::First(Err(_)) => return Err(Trouble::new(8, "Header without colon")),
        };
        if !head.line.starts_with("HTTP/") {
            return Err(Trouble::new(1, "Received HTTP/0.9 when not allowed"));
        }
        let bytes = head.to_bytes();
        self.report.head_len += bytes.len() as u64;
        if self.settings.verbose {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines = text
                .split_inclusive("\r\n")
                .map(|line| format!("< {}\n", line.trim_end_matches("\r\n")));
            (self.tell)(&lines.collect::<Vec<_>>().concat());
        }
        (self.write)(Part::Head, &bytes);
        Ok(Some(head))
    }

    fn answered(&mut self, head: &Head) -> Result<(), Trouble> {
        let status = head.status().unwrap_or_default();
        let version = head.line.strip_prefix("HTTP/").and_then(|rest| rest.split(' ').next());
        self.report.status = status;
        version.unwrap_or_default().clone_into(&mut self.report.version);
        head.get("Content-Type").unwrap_or_default().clone_into(&mut self.report.content_type);
        self.report.expected = head.content_length();
        self.report.answered = self.elapsed();
        if status >= 400 && self.settings.fails && !self.settings.fails_with_body {
            return Err(http_trouble(status));
        }
        Ok(())
    }

    async fn body(
        &mut self,
        connection: &mut Connection,
        outgoing: &Outgoing,
        head: &Head,
    ) -> Result<(), Trouble> {
        let mut body = Body::of_response(&outgoing.method, head);
        if body == Body::ToTheEnd && head.keeps_alive() {
            self.note("no chunk, no close, no size. Assume close to signal end");
        }
        // The page behind a redirection that is followed is of no use.
        let is_shown = !(self.settings.follows && head.get("Location").is_some());
        let mut is_told = !self.settings.verbose;
        loop {
            let piece = match connection.read_piece(&mut body).await {
                Ok(Some(piece)) => piece,
                Ok(None) => break,
                Err(error) => return Err(self.body_trouble(error)),
            };
            if !is_told {
                (self.tell)(&format!("{{ [{} bytes data]\n", piece.len()));
                is_told = true;
            }
            self.report.received += piece.len() as u64;
            if is_shown {
                (self.write)(Part::Body, &piece);
            }
        }
        let status = self.report.status;
        if status >= 400 && self.settings.fails_with_body {
            return Err(http_trouble(status));
        }
        Ok(())
    }

    fn body_trouble(&self, error: Error) -> Trouble {
        match (error, self.report.expected) {
            (Error::Broken(errno), _) => Trouble::new(56, format!("Recv failure: {errno}")),
            (Error::Cut, Some(expected)) => {
                let left = expected - self.report.received;
                Trouble::new(18, format!("transfer closed with {left} bytes remaining to read"))
            }
            (Error::Cut, None) => {
                Trouble::new(18, "transfer closed with outstanding read data remaining")
            }
            _ => Trouble::new(56, "Malformed encoding found in chunked-encoding"),
        }
    }
}

fn http_trouble(status: u16) -> Trouble {
    Trouble::new(22, format!("The requested URL returned error: {status}"))
}

fn cannot_bind() -> Trouble {
    let errno = Errno::EADDRNOTAVAIL;
    Trouble::new(45, format!("bind failed with errno {}: {errno}", errno.number()))
}

/// A URL that can be fetched here.
pub fn parse_url(text: &str) -> Result<Url, Trouble> {
    let url = Url::parse(text)
        .map_err(|_| Trouble::new(3, "URL using bad/illegal format or missing URL"))?;
    match url.scheme.as_str() {
        "http" => Ok(url),
        "https" | "ftp" | "ftps" | "tftp" | "scp" | "sftp" | "smtp" | "telnet" | "file" => {
            let sentence = format!("Protocol \"{}\" is not simulated by netsim", url.scheme);
            Err(Trouble::new(1, sentence))
        }
        other => {
            let sentence = format!("Protocol \"{other}\" not supported or disabled in libcurl");
            Err(Trouble::new(1, sentence))
        }
    }
}
