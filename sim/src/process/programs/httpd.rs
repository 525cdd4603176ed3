//! busybox's `httpd`: serves the files below a directory.
//!
//! Differs: files are as old as the simulation, no CGI programs are run, and there is no
//! configuration file.

use std::rc::Rc;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::calendar::Calendar;
use crate::process::files::Node;
use crate::process::http::{Connection, Head};
use crate::process::proc::{Proc, boxed};
use crate::process::socket::{Listener, Tcp};
use crate::process::stream::Stream;
use crate::wire::Ipv4Addr;

use super::busybox::{self, failure};
use super::{Failure, conclude, inet, not_simulated};

const USAGE: &str = "[-ifv[v]] [-c CONFFILE] [-p [IP:]PORT] [-u USER[:GRP]] [-r REALM] [-h HOME]
or httpd -d/-e/-m STRING

Listen for incoming HTTP requests

	-i		Inetd mode
	-f		Run in foreground
	-v[v]		Verbose
	-p [IP:]PORT	Bind to IP:PORT (default *:80)
	-u USER[:GRP]	Set uid/gid after binding to port
	-r REALM	Authentication Realm for Basic Authentication
	-h HOME		Home directory (default .)
	-c FILE		Configuration file (default {/etc,HOME}/httpd.conf)
	-m STRING	MD5 crypt STRING
	-e STRING	HTML encode STRING
	-d STRING	URL decode STRING";

/// How long a client may take for its request.
const PATIENCE: Span = Span::secs(60);

#[derive(Debug, Clone)]
struct Settings {
    foreground: bool,
    verbose: usize,
    address: Option<Ipv4Addr>,
    port: u16,
    home: String,
}

/// `httpd`.
pub async fn httpd(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

fn parse(proc: &Proc) -> Result<Settings, Failure> {
    let words = proc.args();
    let line = busybox::line("httpd", &words, "ifvp:u:r:h:c:m:e:d:", USAGE)?;
    let home = ".".to_owned();
    let mut settings = Settings { foreground: false, verbose: 0, address: None, port: 80, home };
    for (letter, value) in &line.options {
        match letter {
            'f' => settings.foreground = true,
            'v' => settings.verbose += 1,
            'p' => {
                let (host, port) = match inet::host_and_port(value) {
                    (host, Some(port)) => (Some(host), port),
                    (port, None) => (None, port),
                };
                let bad = || failure("httpd", format!("bad address '{value}'"));
                settings.address =
                    host.map(|host| inet::address(host).ok_or_else(bad)).transpose()?;
                settings.port = port.parse().map_err(|_| bad())?;
            }
            'h' => (*value).clone_into(&mut settings.home),
            letter => not_simulated(proc, "httpd", &format!("-{letter}")),
        }
    }
    Ok(settings)
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = parse(proc)?;
    let home = settings.home.clone();
    proc.chdir(&home).map_err(|errno| {
        failure("httpd", format!("can't change directory to '{home}': {errno}"))
    })?;
    if settings.foreground {
        let listener = listen(proc, &settings)?;
        return Err(serve(proc, &listener, settings).await);
    }
    // The listener is tried here, so that trouble is told before the daemon leaves.
    drop(listen(proc, &settings)?);
    let mut spawn = proc.spawn_like();
    spawn.stdio = [Stream::Null, Stream::Null, Stream::Null];
    proc.spawn_now(spawn, |daemon| {
        boxed(async move {
            match listen(&daemon, &settings) {
                Ok(listener) => serve(&daemon, &listener, settings).await.status,
                Err(failure) => failure.status,
            }
        })
    });
    Ok(0)
}

fn listen(proc: &Proc, settings: &Settings) -> Result<Listener, Failure> {
    const BACKLOG: usize = 9;
    let listener = Listener::bind_with_backlog(proc, settings.address, settings.port, BACKLOG);
    let listener = match settings.address {
        Some(_) => listener,
        None => listener.and_then(Listener::into_dual_stack),
    };
    listener.map_err(|errno| failure("httpd", format!("bind: {errno}")))
}

async fn serve(proc: &Proc, listener: &Listener, settings: Settings) -> Failure {
    let settings = Rc::new(settings);
    loop {
        let tcp = match listener.accept().await {
            Ok(tcp) => tcp,
            Err(errno) => return failure("httpd", format!("accept: {errno}")),
        };
        let visit = Visit::new(proc, &settings, &tcp);
        // Each client is served by a process of its own; what it breaks concerns nobody else.
        proc.thread(visit.serve(tcp));
    }
}

/// One client.
struct Visit {
    proc: Proc,
    settings: Rc<Settings>,
    name: String,
}

/// What is answered: a status, fields of the head, a body.
struct Answer {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Visit {
    fn new(proc: &Proc, settings: &Rc<Settings>, tcp: &Tcp) -> Visit {
        let (address, port) = tcp.peer;
        let name = match settings.address {
            Some(_) => format!("{address}:{port}"),
            None => format!("[::ffff:{address}]:{port}"),
        };
        Visit { proc: proc.clone(), settings: settings.clone(), name }
    }

    async fn serve(self, tcp: Tcp) {
        let mut connection = Connection::new(tcp);
        let Some(Ok(Some(head))) = self.proc.timeout(PATIENCE, connection.read_head()).await else {
            return;
        };
        let answer = self.answer(&head);
        if self.settings.verbose > 0 {
            self.proc.eprint(&format!("{}: response:{}\n", self.name, answer.status));
        }
        let mut head = Head::new(format!("HTTP/1.1 {} {}", answer.status, reason(answer.status)))
            .with("Date", Calendar::of(self.proc.calendar()).http())
            .with("Connection", "close");
        head.fields.extend(answer.fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        if connection.send(&head.to_bytes()).await.is_ok() && !answer.body.is_empty() {
            // The client may have left.
            let _ = connection.send(&answer.body).await;
        }
    }

    fn answer(&self, head: &Head) -> Answer {
        let words: Vec<&str> = head.line.split(' ').collect();
        let [method, target, version] = words.as_slice() else { return Answer::error(400) };
        if !target.starts_with('/') || !version.starts_with("HTTP/") {
            return Answer::error(400);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some(path) = decoded(path).and_then(|path| normal(&path)) else {
            return Answer::error(400);
        };
        if self.settings.verbose > 1 {
            self.proc.eprint(&format!("{}: url:{path}\n", self.name));
        }
        if path.starts_with("/cgi-bin/") {
            return Answer::error(404);
        }
        if !matches!(*method, "GET" | "HEAD") {
            return Answer::error(501);
        }
        self.file(&path, query, head.get("Range"))
    }

    fn file(&self, path: &str, query: &str, range: Option<&str>) -> Answer {
        let local = self.proc.absolute(path.trim_start_matches('/'));
        let is_dir = self.proc.files(|tree| matches!(tree.get(&local), Ok(Node::Dir)));
        if is_dir && !path.ends_with('/') {
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            let mut answer = Answer::error(302);
            answer.fields.push(("Location", format!("{path}/{query}")));
            return answer;
        }
        let local = if path.ends_with('/') { format!("{local}/index.html") } else { local };
        let body = match self.proc.read_file(&local) {
            Ok(body) => body,
            Err(Errno::EACCES) => return Answer::error(403),
            Err(_) => return Answer::error(404),
        };
        let whole = body.len();
        let (mut status, mut kind, mut part) = (200, mime_type(&local), None);
        let mut body = body;
        if let Some((from, to)) = range.and_then(|range| parse_range(range, whole)) {
            (status, kind, part) = (206, "text/html", Some((from, to)));
            body = body[from..=to].to_vec();
        }
        let changed = self.proc.epoch();
        let mut fields = vec![("Content-type", kind.to_owned())];
        if let Some((from, to)) = part {
            fields.push(("Content-Range", format!("bytes {from}-{to}/{whole}")));
        }
        fields.extend([
            ("Accept-Ranges", "bytes".to_owned()),
            ("Last-Modified", Calendar::of(changed as f64).http()),
            ("ETag", format!("\"{changed:x}-{whole:x}\"")),
            ("Content-Length", body.len().to_string()),
        ]);
        Answer { status, fields, body }
    }
}

impl Answer {
    /// A page that tells what is wrong; redirects have none.
    fn error(status: u16) -> Answer {
        let title = format!("{status} {}", reason(status));
        let text = match status {
            400 => "Unsupported method",
            403 => "",
            404 => "The requested URL was not found",
            501 => "The requested method is not recognized",
            _ => {
                let fields = vec![("Content-type", "text/html".to_owned())];
                return Answer { status, fields, body: Vec::new() };
            }
        };
        let body = format!(
            "<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n\
             <BODY><H1>{title}</H1>\n{text}\n</BODY></HTML>\n"
        );
        let fields = vec![("Content-type", "text/html".to_owned())];
        Answer { status, fields, body: body.into_bytes() }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Not Implemented",
    }
}

/// `%41` as `A`; `None` for a broken or forbidden escape.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digits = [bytes.next()?, bytes.next()?];
        let byte = u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
        if byte == 0 || byte == b'/' {
            return None;
        }
        out.push(byte);
    }
    String::from_utf8(out).ok()
}

/// A path without `.` and `..`; `None` if it leads out of the directory that is served.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let ends = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    let slash = if ends && !parts.is_empty() { "/" } else { "" };
    Some(format!("/{}{slash}", parts.join("/")))
}

/// The first and the last byte of `bytes=1-2`, if that lies inside.
fn parse_range(text: &str, len: usize) -> Option<(usize, usize)> {
    let (from, to) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let last = len.checked_sub(1)?;
    let to = if to.is_empty() { last } else { to.parse::<usize>().ok()?.min(last) };
    (from <= to).then_some((from, to))
}

fn mime_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("txt" | "h" | "c" | "cc" | "cpp") => "text/plain",
        Some("htm" | "html") => "text/html",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(normal("/a/./b/../c/"), Some("/a/c/".into()));
        assert_eq!(normal("/"), Some("/".into()));
        assert_eq!(normal("/a/../../x"), None);
        assert_eq!(decoded("/a%20b"), Some("/a b".into()));
        assert_eq!(decoded("/a%2fb"), None);
        assert_eq!(decoded("/a%2"), None);
    }

    #[test]
    fn ranges_end_with_the_file() {
        assert_eq!(parse_range("bytes=1-2", 5), Some((1, 2)));
        assert_eq!(parse_range("bytes=1-", 5), Some((1, 4)));
        assert_eq!(parse_range("bytes=5-", 5), None);
        assert_eq!(parse_range("bytes=0-", 0), None);
    }
}
