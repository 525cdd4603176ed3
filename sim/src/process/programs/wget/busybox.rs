//! busybox's `wget`.

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::process::http::{Body, Connection, Error, Head};
use crate::process::proc::Proc;
use crate::process::programs::busybox::{self, failure};
use crate::process::programs::options::{Argument, Long, Options};
use crate::process::programs::url::Url;
use crate::process::programs::{Failure, conclude, not_simulated};
use crate::process::socket::Tcp;
use crate::process::stream::{Channel, Stream};

const USAGE: &str = "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

	--spider	Only check URL existence: $? is 0 if exists
	--header STR	Add STR (of form 'header: value') to headers
	--post-data STR	Send STR using POST method
	--post-file FILE	Send FILE using POST method
	--no-check-certificate	Don't validate the server's certificate
	-c		Continue retrieval of aborted transfer
	-q		Quiet
	-P DIR		Save to DIR (default .)
	-S    		Show server response
	-T SEC		Network read timeout is SEC seconds
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Log messages to FILE
	-U STR		Use STR for User-Agent header
	-Y on/off	Use proxy";

const NAMES: &[Long] = &[
    ("continue", Argument::None, 'c'),
    ("quiet", Argument::None, 'q'),
    ("server-response", Argument::None, 'S'),
    ("output-document", Argument::Required, 'O'),
    ("output-file", Argument::Required, 'o'),
    ("directory-prefix", Argument::Required, 'P'),
    ("proxy", Argument::Required, 'Y'),
    ("user-agent", Argument::Required, 'U'),
    ("timeout", Argument::Required, 'T'),
    ("tries", Argument::Required, 't'),
    ("spider", Argument::None, 's'),
    ("header", Argument::Required, 'H'),
    ("post-data", Argument::Required, 'p'),
    ("post-file", Argument::Required, 'f'),
    ("no-check-certificate", Argument::None, 'n'),
    ("no-clobber", Argument::None, 'n'),
    ("passive-ftp", Argument::None, 'n'),
];

/// Redirections that are followed.
const MAX_REDIRECTIONS: usize = 5;

#[derive(Debug, Clone)]
struct Settings {
    quiet: bool,
    shows_response: bool,
    spider: bool,
    output: Option<String>,
    directory: Option<String>,
    agent: String,
    timeout: Span,
    fields: Vec<String>,
    post: Option<Vec<u8>>,
    urls: Vec<String>,
}

/// `wget` in a container.
pub async fn wget(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let mut settings = Settings {
        quiet: false,
        shows_response: false,
        spider: false,
        output: None,
        directory: None,
        agent: "Wget".to_owned(),
        timeout: Span::secs(900),
        fields: Vec::new(),
        post: None,
        urls: Vec::new(),
    };
    busybox::help("wget", &words, USAGE)?;
    let mut options = Options::with_names(&words, "cqSO:o:P:Y:U:T:t:", NAMES);
    for option in options.by_ref() {
        let (letter, value) =
            option.map_err(|wrong| busybox::wrong_option("wget", &wrong, USAGE))?;
        match letter {
            'q' => settings.quiet = true,
            'S' => settings.shows_response = true,
            's' => settings.spider = true,
            'O' => settings.output = Some(value.to_owned()),
            'P' => settings.directory = Some(value.to_owned()),
            'U' => value.clone_into(&mut settings.agent),
            'T' => {
                let seconds = busybox::number("wget", value, 0, i64::from(i32::MAX))?;
                settings.timeout = Span::secs(seconds as u64);
            }
            'H' => settings.fields.push(value.to_owned()),
            'p' => settings.post = Some(value.as_bytes().to_vec()),
            'f' => {
                let open = |errno| failure("wget", format!("can't open '{value}': {errno}"));
                settings.post = Some(proc.read_file(value).map_err(open)?);
            }
            'c' | 'o' => not_simulated(proc, "wget", &format!("-{letter}")),
            _ => {}
        }
    }
    settings.urls = options.operands().into_iter().map(str::to_owned).collect();
    if settings.urls.is_empty() { Err(busybox::usage("wget", USAGE)) } else { Ok(settings) }
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let mut output = None;
    for text in &settings.urls {
        let mut download = Download { proc, settings: &settings, output: output.take() };
        download.get(text).await?;
        // With -O all go into one file.
        output = download.output.filter(|_| settings.output.is_some());
    }
    Ok(0)
}

struct Download<'a> {
    proc: &'a Proc,
    settings: &'a Settings,
    output: Option<Stream>,
}

impl Download<'_> {
    async fn get(&mut self, text: &str) -> Result<(), Failure> {
        let mut url = parse_url(text)?;
        let name = self.file_name(&url);
        for _ in 0..=MAX_REDIRECTIONS {
            let (mut connection, head) = self.request(&url).await?;
            if self.settings.shows_response {
                self.show_response(&head);
            }
            match head.status() {
                Some(300..=303 | 307 | 308) => {
                    let location = head.get("Location").unwrap_or_default();
                    let bad = |_| failure("wget", format!("bad location '{location}'"));
                    url = url.join(location).map_err(bad)?;
                }
                Some(200..=299) if self.settings.spider => {
                    self.say("remote file exists\n");
                    return Ok(());
                }
                Some(200..=299) => return self.save(&mut connection, &head, &name).await,
                _ => {
                    let line = &head.line;
                    return Err(failure("wget", format!("server returned error: {line}")));
                }
            }
        }
        Err(failure("wget", "too many redirections"))
    }

    /// Connects, asks, and reads the head of the response.
    async fn request(&self, url: &Url) -> Result<(Connection, Head), Failure> {
        let timeout = self.settings.timeout;
        let address = busybox::host(self.proc, "wget", &url.host).await?.first();
        let port = url.port();
        self.say(&format!("Connecting to {} ({address}:{port})\n", url.place()));
        let opening = self.proc.timeout(timeout, Tcp::connect(self.proc, (address, port)));
        let tcp = opening.await.ok_or_else(timed_out)?.map_err(|errno| {
            failure("wget", format!("can't connect to remote host ({address}): {errno}"))
        })?;
        let mut connection = Connection::new(tcp);
        let no_response = |error: Error| {
            let why = match error {
                Error::Broken(errno) => format!(": {errno}"),
                _ => String::new(),
            };
            failure("wget", format!("error getting response{why}"))
        };
        connection.send(&self.request_bytes(url)).await.map_err(no_response)?;
        let reading = self.proc.timeout(timeout, connection.read_head());
        let head = reading.await.ok_or_else(timed_out)?.map_err(no_response)?;
        let head = head.filter(|head| head.line.starts_with("HTTP/"));
        Ok((connection, head.ok_or_else(|| failure("wget", "error getting response"))?))
    }

    fn request_bytes(&self, url: &Url) -> Vec<u8> {
        let settings = self.settings;
        let method = if settings.post.is_some() { "POST" } else { "GET" };
        let mut lines = vec![
            format!("{method} {} HTTP/1.1", url.path),
            format!("Host: {}", url.place()),
            format!("User-Agent: {}", settings.agent),
            "Connection: close".to_owned(),
        ];
        lines.extend(url.authorization().map(|value| format!("Authorization: {value}")));
        lines.extend(settings.fields.iter().cloned());
        if let Some(post) = &settings.post {
            lines.push("Content-Type: application/x-www-form-urlencoded".to_owned());
            lines.push(format!("Content-Length: {}", post.len()));
        }
        let mut bytes = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        bytes.extend(settings.post.iter().flatten());
        bytes
    }

    fn show_response(&self, head: &Head) {
        let mut text = format!("  {}\n", head.line);
        for (name, value) in &head.fields {
            text += &format!("  {name}: {value}\n");
        }
        let is_last = !matches!(head.status(), Some(300..=399));
        self.proc.eprint(&(text + if is_last { "  \n" } else { "" }));
    }

    fn file_name(&self, url: &Url) -> String {
        if let Some(output) = &self.settings.output {
            return output.clone();
        }
        let name = match url.file_name() {
            "" => "index.html",
            name => name,
        };
        match &self.settings.directory {
            Some(directory) => format!("{directory}/{name}"),
            None => name.to_owned(),
        }
    }

    async fn save(
        &mut self,
        connection: &mut Connection,
        head: &Head,
        name: &str,
    ) -> Result<(), Failure> {
        let to_stdout = name == "-";
        let output = match self.output.take() {
            Some(output) => output,
            None if to_stdout => self.proc.stdio(1),
            None => self.create(name)?,
        };
        self.say(&if to_stdout {
            "writing to stdout\n".to_owned()
        } else {
            format!("saving to '{name}'\n")
        });
        let mut body = Body::of_response("GET", head);
        let mut progress = Progress::new(name, head.content_length(), self.proc.now());
        loop {
            let reading = connection.read_piece(&mut body);
            let piece = self.proc.timeout(self.settings.timeout, reading).await;
            match piece.ok_or_else(|| failure("wget", "download timed out"))? {
                Ok(Some(piece)) => {
                    self.proc.write_stream(&output, &piece);
                    progress.got += piece.len() as u64;
                    if let Some(line) = progress.line_if_due(self.proc.now()) {
                        self.say(&line);
                    }
                }
                Ok(None) => break,
                Err(Error::Cut) => return Err(failure("wget", "connection closed prematurely")),
                Err(error) => return Err(failure("wget", format!("read error: {error}"))),
            }
        }
        progress.total = Some(progress.got);
        self.say(&progress.line(self.proc.now()));
        self.say(&if to_stdout {
            "written to stdout\n".to_owned()
        } else {
            format!("'{name}' saved\n")
        });
        self.output = Some(output);
        Ok(())
    }

    /// A new file; one that is there stays, unless it was named with -O.
    fn create(&self, name: &str) -> Result<Stream, Failure> {
        let exists = self.settings.output.is_none() && self.proc.file_exists(name);
        let created = if exists { Err(Errno::EEXIST) } else { self.proc.open_output(name, false) };
        created.map_err(|errno| failure("wget", format!("can't open '{name}': {errno}")))
    }

    fn say(&self, text: &str) {
        if !self.settings.quiet {
            self.proc.write_to(Channel::Err, text.as_bytes());
        }
    }
}

fn parse_url(text: &str) -> Result<Url, Failure> {
    let bad = || failure("wget", format!("not an http or ftp url: {text}"));
    let url = Url::parse(text).map_err(|_| bad())?;
    match url.scheme.as_str() {
        "http" => Ok(url),
        "https" | "ftp" => {
            Err(failure("wget", format!("{} is not simulated by netsim", url.scheme)))
        }
        _ => Err(bad()),
    }
}

fn timed_out() -> Failure {
    failure("wget", "download timed out")
}

/// The line that shows how far a download is.
struct Progress {
    name: String,
    got: u64,
    total: Option<u64>,
    started: Time,
    shown: Time,
}

impl Progress {
    const BAR: u64 = 32;

    fn new(name: &str, total: Option<u64>, now: Time) -> Progress {
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        Progress { name, got: 0, total, started: now, shown: now }
    }

    /// The line, if a second has passed since the last one.
    fn line_if_due(&mut self, now: Time) -> Option<String> {
        if now - self.shown < Span::secs(1) {
            return None;
        }
        self.shown = now;
        Some(self.line(now))
    }

    fn line(&self, now: Time) -> String {
        let mut line = format!("{:<20.20} ", self.name);
        let elapsed = (now - self.started).as_secs();
        let mut eta = " --:--:-- ETA".to_owned();
        if let Some(total) = self.total {
            let ratio = (100 * self.got).checked_div(total).unwrap_or(100);
            let stars = (Progress::BAR * self.got).checked_div(total).unwrap_or(Progress::BAR);
            let bar = "*".repeat(stars as usize);
            line += &format!("{ratio:>3}% |{bar:<32}| ");
            if let Some(all) = (total * elapsed).checked_div(self.got) {
                let left = all.saturating_sub(elapsed);
                let (hours, minutes, seconds) = (left / 3600, left % 3600 / 60, left % 60);
                eta = format!("{hours:>3}:{minutes:02}:{seconds:02} ETA");
            }
        }
        line + &short(self.got) + &eta + "\n"
    }
}

/// A number of bytes in five characters: `12345`, `97.6k`, ` 732k`, `2929k`.
fn short(bytes: u64) -> String {
    if bytes < 100_000 {
        return format!("{bytes:>5}");
    }
    let mut tenths = bytes * 10;
    let mut units = "kMGTPE".chars();
    let mut unit = ' ';
    while tenths >= 100_000 || unit == ' ' {
        tenths /= 1024;
        unit = units.next().unwrap_or('E');
    }
    if tenths >= 1000 {
        format!("{:>4}{unit}", tenths / 10)
    } else {
        format!("{:>2}.{}{unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_as_recorded() {
        let mut progress = Progress::new("big", Some(3_000_000), Time::ZERO);
        progress.got = 3_000_000;
        assert_eq!(
            progress.line(Time::ZERO),
            "big                  100% |********************************| 2929k  0:00:00 ETA\n"
        );
        progress.got = 750_000;
        assert_eq!(
            progress.line(Time::ZERO + Span::secs(1)),
            "big                   25% |********                        |  732k  0:00:03 ETA\n"
        );
        assert_eq!(short(100_000), "97.6k");
        progress.total = None;
        progress.got = 13;
        assert_eq!(progress.line(Time::ZERO), "big                     13 --:--:-- ETA\n");
    }
}
