//! `nginx` as its image runs it: it serves the files below `/usr/share/nginx/html` on port 80.
//!
//! Differs: there is no configuration file; files are as old as the simulation.

use std::rc::Rc;

use crate::process::calendar::Calendar;
use crate::process::files::Node;
use crate::process::http::{self, Head, Request, Response, decode};
use crate::process::proc::Proc;
use crate::process::signal::Signal;
use crate::process::socket::Listener;
use crate::wire::Ipv4Addr;

/// The version of the image.
const VERSION: &str = "nginx/1.25.3";
/// Where the pages are.
const PAGES: &str = "/usr/share/nginx/html";
const PORT: u16 = 80;

/// `nginx`.
pub async fn nginx(proc: Proc) -> i32 {
    let args = proc.args();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-v" | "-V" => {
                proc.eprint(&format!("nginx version: {VERSION}\n"));
                return 0;
            }
            "-t" => {
                proc.eprint(
                    "netsim: this nginx has no configuration file; there is nothing to test\n",
                );
                return 0;
            }
            "-g" if words.next().is_some_and(|text| text.trim() == "daemon off;") => {}
            other => {
                proc.eprint(&format!("netsim does not simulate nginx {other}\n"));
                return 1;
            }
        }
    }
    serve(&proc).await
}

async fn serve(proc: &Proc) -> i32 {
    let bound =
        Listener::bind_with_backlog(proc, None, PORT, 511).and_then(Listener::into_dual_stack);
    let listener = match bound {
        Ok(listener) => listener,
        Err(errno) => {
            let words = format!("bind() to 0.0.0.0:{PORT} failed ({}: {errno})", errno.number());
            notice(proc, "emerg", &words);
            return 1;
        }
    };
    for words in ["using the \"epoll\" event method", VERSION, "start worker processes"] {
        notice(proc, "notice", words);
    }
    for signal in [Signal::Term, Signal::Quit, Signal::Int] {
        proc.catch(signal);
    }
    let site = Rc::new(Site { proc: proc.clone() });
    let answer = move |request, peer| {
        let site = site.clone();
        async move { site.answer(&request, peer) }
    };
    let worker = proc.clone();
    proc.thread(async move { http::serve(&worker, listener, answer).await });
    let signal = proc.next_signal().await;
    notice(proc, "notice", &format!("signal {} ({signal:?}) received, exiting", signal.number()));
    0
}

/// A line of the error log.
fn notice(proc: &Proc, level: &str, words: &str) {
    let now = Calendar::of(proc.calendar());
    let Calendar { year, month, day, hour, minute, second, .. } = now;
    let pid = proc.inner_pid();
    proc.eprint(&format!(
        "{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02} [{level}] {pid}#{pid}: {words}\n"
    ));
}

struct Site {
    proc: Proc,
}

impl Site {
    fn answer(&self, request: &Request, peer: (Ipv4Addr, u16)) -> Response {
        let response = self.find(request);
        let field = |name| request.head.get(name).unwrap_or("-").to_owned();
        let sent = if request.method == "HEAD" { 0 } else { response.body.len() };
        self.proc.print(&format!(
            "{} - - [{}] \"{}\" {} {sent} \"{}\" \"{}\" \"{}\"\n",
            peer.0,
            Calendar::of(self.proc.calendar()).access_log(),
            request.head.line,
            response.status,
            field("Referer"),
            field("User-Agent"),
            field("X-Forwarded-For"),
        ));
        response
    }

    fn find(&self, request: &Request) -> Response {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return self.page(request, 405, "Not Allowed");
        }
        let path = decode(request.path());
        if path.split('/').any(|part| part == "..") {
            return self.page(request, 400, "Bad Request");
        }
        let local = format!("{PAGES}{}", path.trim_end_matches('/'));
        let is_dir = self.proc.files(|tree| matches!(tree.get(&local), Ok(Node::Dir)));
        if is_dir && !path.ends_with('/') {
            let host = request.head.get("Host").unwrap_or("localhost");
            let page = self.page(request, 301, "Moved Permanently");
            return page.with("Location", format!("http://{host}{path}/"));
        }
        let local = if is_dir { format!("{local}/index.html") } else { local };
        let Ok(body) = self.proc.read_file(&local) else {
            return match is_dir {
                true => self.page(request, 403, "Forbidden"),
                false => self.page(request, 404, "Not Found"),
            };
        };
        let kind = match local.rsplit('.').next() {
            Some("html" | "htm") => "text/html",
            Some("txt") => "text/plain",
            Some("css") => "text/css",
            Some("json") => "application/json",
            _ => "application/octet-stream",
        };
        let changed = self.proc.epoch();
        let etag = format!("\"{changed:x}-{:x}\"", body.len());
        self.respond(request, (200, "OK"), kind, body)
            .with("Last-Modified", Calendar::of(changed as f64).http())
            .with("ETag", etag)
            .with("Accept-Ranges", "bytes")
    }

    /// A page that tells why there is no other.
    fn page(&self, request: &Request, status: u16, reason: &str) -> Response {
        let title = format!("{status} {reason}");
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>{VERSION}</center>\r\n</body>\r\n</html>\r\n"
        );
        self.respond(request, (status, reason), "text/html", body.into_bytes())
    }

    fn respond(
        &self,
        request: &Request,
        (status, reason): (u16, &str),
        kind: &str,
        body: Vec<u8>,
    ) -> Response {
        let mut head = Head::new(format!("HTTP/1.1 {status} {reason}"))
            .with("Server", VERSION)
            .with("Date", Calendar::of(self.proc.calendar()).http())
            .with("Content-Type", kind)
            .with("Content-Length", body.len());
        if request.head.keeps_alive() {
            head = head.with("Connection", "keep-alive");
        }
        Response { status, head, body }
    }
}
