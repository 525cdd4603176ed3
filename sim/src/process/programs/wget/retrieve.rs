//! The work of GNU's `wget`: URLs are asked for, again and again and through redirections, and saved.

use indexmap::IndexMap;

use crate::engine::{Span, Time};
use crate::process::Node;
use crate::process::calendar::Calendar;
use crate::process::http::{Body, Connection, Error, Head};
use crate::process::proc::Proc;
use crate::process::programs::resolver::Resolved;
use crate::process::programs::url::{Url, Wrong};
use crate::process::stream::Stream;

use super::dots::{self, Dots};
use super::options::Settings;
use super::status::{FILE_TROUBLE, GENERIC, NETWORK_TROUBLE, SERVER_TROUBLE};

/// The longest pause before another try, in seconds.
const LONGEST_PAUSE: u64 = 10;

/// What several URLs share.
pub(super) struct Session<'a> {
    pub(super) proc: &'a Proc,
    pub(super) settings: &'a Settings,
    /// Where all pages go, if they go to one place.
    output: Option<Stream>,
    /// A connection that is still open, and to which host and port.
    pub(super) kept: Option<((String, u16), Connection)>,
    pub(super) names: IndexMap<String, Resolved>,
    started: Time,
    files: u64,
    bytes: u64,
    busy: Span,
}

/// Why a try failed.
pub(super) enum Trouble {
    /// It may be tried again.
    Passing,
    /// It makes no sense to try again; the exit status.
    Lasting(i32),
}

/// How a try ended that did not fail.
enum End {
    Done,
    Moved(Url),
}

/// A page on its way: where it goes, and how many bytes are there already.
#[derive(Default)]
struct Target {
    name: String,
    stream: Option<Stream>,
    written: u64,
}

impl<'a> Session<'a> {
    pub(super) fn new(proc: &'a Proc, settings: &'a Settings, output: Option<Stream>) -> Self {
        Session {
            proc,
            settings,
            output,
            kept: None,
            names: IndexMap::new(),
            started: proc.now(),
            files: 0,
            bytes: 0,
            busy: Span::ZERO,
        }
    }

    /// Tells what is important.
    pub(super) fn tell(&self, text: &str) {
        if !self.settings.quiet {
            self.proc.eprint(text);
        }
    }

    /// Tells what is not.
    pub(super) fn detail(&self, text: &str) {
        if !self.settings.terse {
            self.tell(text);
        }
    }

    /// The time of day.
    fn stamp(&self) -> String {
        let c = Calendar::of(self.proc.calendar());
        let Calendar { year, month, day, hour, minute, second, .. } = c;
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }

    /// Tells, at the end, what several URLs gave.
    pub(super) fn sum_up(&self) {
        if self.settings.urls.len() < 2 || self.bytes == 0 {
            return;
        }
        let seconds = |span: Span| dots::decimal(span.as_secs_f64());
        self.tell(&format!(
            "FINISHED --{}--\nTotal wall clock time: {}s\nDownloaded: {} files, {} in {}s ({})\n",
            self.stamp(),
            seconds(self.proc.now() - self.started),
            self.files,
            dots::size(self.bytes),
            seconds(self.busy),
            dots::speed(self.bytes, self.busy)
        ));
    }

    /// Retrieves a URL; the exit status.
    pub(super) async fn retrieve(&mut self, text: &str) -> i32 {
        let mut url = match parse_url(text) {
            Ok(url) => url,
            Err(sentence) => {
                self.tell(&format!("{text}: {sentence}\n"));
                return GENERIC;
            }
        };
        let mut target = Target { name: self.file_name(&url), ..Target::default() };
        for _ in 0..=self.settings.redirections {
            match self.persist(&url, &mut target).await {
                Ok(End::Done) => return 0,
                Ok(End::Moved(next)) => url = next,
                Err(status) => return status,
            }
        }
        self.tell(&format!("{} redirections exceeded.\n", self.settings.redirections));
        SERVER_TROUBLE
    }

    /// Tries a URL as often as it takes; else the exit status.
    async fn persist(&mut self, url: &Url, target: &mut Target) -> Result<End, i32> {
        if self.settings.spider {
            self.detail("Spider mode enabled. Check if remote file exists.\n");
        }
        for number in 1.. {
            let again = if number > 1 { format!("(try:{number:>2})  ") } else { String::new() };
            self.detail(&format!("--{}--  {again}{url}\n", self.stamp()));
            match self.attempt(url, target, number).await {
                Ok(end) => return Ok(end),
                Err(Trouble::Lasting(status)) => return Err(status),
                Err(Trouble::Passing) if self.settings.tries == Some(number) => break,
                Err(Trouble::Passing) => self.detail("Retrying.\n\n"),
            }
            self.proc.sleep(Span::secs(number.min(LONGEST_PAUSE))).await;
        }
        self.detail("Giving up.\n\n");
        Err(NETWORK_TROUBLE)
    }

    async fn attempt(
        &mut self,
        url: &Url,
        target: &mut Target,
        number: u64,
    ) -> Result<End, Trouble> {
        let mut connection = self.connection(url).await?;
        self.detail("HTTP request sent, awaiting response... ");
        let head = match self.exchange(&mut connection, url).await {
            Ok(Some(head)) if head.status().is_some() => head,
            Ok(_) | Err(Error::Cut) => {
                self.tell("No data received.\n");
                return Err(Trouble::Passing);
            }
            Err(error) => {
                self.tell(&format!("Read error ({error}) in headers.\n"));
                return Err(Trouble::Passing);
            }
        };
        let status = head.status().unwrap_or_default();
        let reason = head.line.splitn(3, ' ').nth(2).unwrap_or_default();
        self.show_head(&head, status, reason);
        let method = if self.settings.spider { "HEAD" } else { "GET" };
        let body = Body::of_response(method, &head);
        if matches!(status, 200..=299) && !self.settings.spider {
            self.save(connection, &head, body, url, target, number).await?;
            return Ok(End::Done);
        }
        self.drop_body(connection, &head, body, url).await;
        match (status, head.get("Location")) {
            (301..=303 | 307 | 308, Some(location)) => {
                self.detail(&format!("Location: {location} [following]\n"));
                url.join(location).map(End::Moved).map_err(|wrong| {
                    self.tell(&format!("{location}: {}\n", sentence_about(wrong)));
                    Trouble::Lasting(GENERIC)
                })
            }
            (200..=299, _) => {
                self.report_existence(url, &head, status, reason);
                Ok(End::Done)
            }
            _ => {
                self.report_refusal(url, status, reason);
                Err(Trouble::Lasting(SERVER_TROUBLE))
            }
        }
    }

    fn show_head(&self, head: &Head, status: u16, reason: &str) {
        if self.settings.shows_response {
            self.detail("\n");
            let fields = head.fields.iter().map(|(name, value)| format!("  {name}: {value}\n"));
            self.proc.eprint(&(format!("  {}\n", head.line) + &fields.collect::<String>()));
        } else {
            self.detail(&format!("{status} {reason}\n"));
        }
        if matches!(status, 200..=299) {
            let kind = head.get("Content-Type").and_then(|kind| kind.split(';').next());
            let kind = kind.map(|kind| format!(" [{}]", kind.trim())).unwrap_or_default();
            let length = match head.content_length() {
                Some(length) if length >= 1024 => format!("{length} ({})", dots::size(length)),
                Some(length) => length.to_string(),
                None => "unspecified".to_owned(),
            };
            self.detail(&format!("Length: {length}{kind}\n"));
        }
    }

    /// The end of `--spider`, if the page is there.
    fn report_existence(&self, url: &Url, head: &Head, status: u16, reason: &str) {
        let kind = head.get("Content-Type").unwrap_or_default();
        if self.settings.terse {
            self.tell(&format!("{} URL: {url} {status} {reason}\n", self.stamp()));
        } else if kind.starts_with("text/html") {
            self.detail(
                "Remote file exists and could contain further links,\n\
                 but recursion is disabled -- not retrieving.\n\n",
            );
        } else {
            self.detail("Remote file exists.\n\n");
        }
    }

    /// The server does not give the page.
    fn report_refusal(&self, url: &Url, status: u16, reason: &str) {
        if self.settings.terse {
            self.tell(&format!("{url}:\n"));
        }
        if self.settings.spider {
            self.tell("Remote file does not exist -- broken link!!!\n");
        } else {
            self.tell(&format!("{} ERROR {status}: {reason}.\n", self.stamp()));
        }
        self.detail("\n");
    }

    async fn save(
        &mut self,
        mut connection: Connection,
        head: &Head,
        mut body: Body,
        url: &Url,
        target: &mut Target,
        number: u64,
    ) -> Result<(), Trouble> {
        let stream = self.open(target)?;
        let to_stdout = self.settings.output.as_deref() == Some("-");
        let shown = if to_stdout { "STDOUT" } else { target.name.as_str() };
        self.detail(&format!("Saving to: ‘{shown}’\n"));
        let total = head.content_length();
        let (mut dots, mut got, started) = (Dots::new(total), 0, self.proc.now());
        let result = loop {
            let reading = connection.read_piece(&mut body);
            match self.within(self.settings.read_timeout, reading).await {
                Ok(Some(piece)) => {
                    // What an earlier try has brought is there already.
                    let known = target.written.saturating_sub(got).min(piece.len() as u64);
                    self.proc.write_stream(&stream, &piece[known as usize..]);
                    got += piece.len() as u64;
                    target.written = target.written.max(got);
                    let drawn = dots.draw(piece.len() as u64, self.proc.now() - started);
                    self.detail(&drawn);
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let elapsed = self.proc.now() - started;
        self.detail(&dots.finish(elapsed));
        let (stamp, speed) = (self.stamp(), dots::speed(got, elapsed));
        if let Err(error) = result {
            let what = match error {
                Error::Cut => format!("Connection closed at byte {got}. "),
                error => format!("Read error at byte {got} ({error})."),
            };
            self.detail(&format!("{stamp} ({speed}) - {what}"));
            return Err(Trouble::Passing);
        }
        self.files += 1;
        self.bytes += got;
        self.busy += elapsed;
        let of = total.map(|total| format!("/{total}")).unwrap_or_default();
        if self.settings.terse {
            let name = if to_stdout { "-" } else { shown };
            self.tell(&format!("{stamp} URL:{url} [{got}{of}] -> \"{name}\" [{number}]\n"));
        } else {
            let done = if to_stdout {
                "written to stdout".to_owned()
            } else {
                format!("‘{shown}’ saved")
            };
            self.tell(&format!("{stamp} ({speed}) - {done} [{got}{of}]\n\n"));
        }
        self.keep(connection, head, url);
        Ok(())
    }

    /// Where the page goes; a file is made when its first try gets so far.
    fn open(&mut self, target: &mut Target) -> Result<Stream, Trouble> {
        if let Some(stream) = self.output.as_ref().or(target.stream.as_ref()) {
            return Ok(stream.clone());
        }
        if let Some(directory) = &self.settings.directory
            && !self.proc.file_exists(directory)
        {
            let path = self.proc.absolute(directory);
            self.proc.files(|files| files.install(&path, Node::Dir));
        }
        let plain = target.name.clone();
        let numbered = (1..).map(|number| format!("{plain}.{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let free = names.find(|name| !self.proc.file_exists(name));
        target.name = free.expect("there is always another number");
        let stream = self.proc.open_output(&target.name, false).map_err(|errno| {
            let name = &target.name;
            self.tell(&format!("{name}: {errno}\n\nCannot write to ‘{name}’ ({errno}).\n"));
            Trouble::Lasting(FILE_TROUBLE)
        })?;
        target.stream = Some(stream.clone());
        Ok(stream)
    }

    fn file_name(&self, url: &Url) -> String {
        if let Some(output) = &self.settings.output {
            return output.clone();
        }
        let name = match url.path.rsplit_once('?') {
            Some((_, query)) => format!("{}?{query}", url.file_name()),
            None => url.file_name().to_owned(),
        };
        let name = if url.file_name().is_empty() { format!("index.html{name}") } else { name };
        match self.settings.directory.as_deref() {
            Some(directory) => format!("{}/{name}", directory.trim_end_matches('/')),
            None => name,
        }
    }
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|wrong| sentence_about(wrong).to_owned())?;
    match url.scheme.as_str() {
        "http" => Ok(url),
        "https" | "ftp" | "ftps" => Err(format!("{} is not simulated by netsim.", url.scheme)),
        scheme => Err(format!("Unsupported scheme ‘{scheme}’.")),
    }
}

fn sentence_about(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::NoHost => "Invalid host name.",
        Wrong::BadPort => "Bad port number.",
    }
}
