//! `curl`, for HTTP.
//!
//! Differs: no TLS and no protocol but HTTP, no proxies, no cookies that are kept; the progress meter
//! is drawn at the beginning and at the end only.

mod globs;
mod meter;
mod options;
mod report;
mod request;
mod transfer;

use std::cell::RefCell;

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::stream::Channel;

use super::url::Url;
use super::{Failure, conclude};
use meter::Progress;
use options::Settings;
use report::{Report, Trouble};
use transfer::{Kept, Part, Transfer, parse_url};

/// Bytes of output that are held back.
const BUFFER: usize = 4096;

const VERSION: &str = "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1\n\
                       Release-Date: 2023-02-20\nProtocols: http\nFeatures:\n";

/// `curl`.
pub async fn curl(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

struct Session<'a> {
    proc: &'a Proc,
    settings: &'a Settings,
    /// Standard output; it is written when there is enough of it.
    output: RefCell<Vec<u8>>,
    kept: Option<Kept>,
    opened: u32,
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc, &proc.args())?;
    if settings.version {
        proc.print(VERSION);
        return Ok(0);
    }
    let mut session = Session {
        proc,
        settings: &settings,
        output: RefCell::new(Vec::new()),
        kept: None,
        opened: 0,
    };
    let mut status = 0;
    for (number, text) in settings.urls.iter().enumerate() {
        let urls = if settings.globs_off { vec![text.clone()] } else { globs::expand(text) };
        for url in urls {
            let output = settings.outputs.get(number).map(String::as_str);
            status = session.fetch(&url, output).await;
            if status != 0 && settings.fails_early {
                break;
            }
        }
    }
    session.flush();
    Ok(status)
}

/// Whether trying again may help.
fn is_transient(settings: &Settings, report: &Report, trouble: Option<&Trouble>) -> bool {
    let refused = trouble.is_some_and(|trouble| trouble.code == 7);
    let late = trouble.is_some_and(|trouble| trouble.code == 28);
    let status = matches!(report.status, 408 | 429 | 500 | 502 | 503 | 504);
    late || status
        || (refused && settings.retries_refused)
        || (trouble.is_some() && settings.retries_all)
}

impl Session<'_> {
    fn flush(&self) {
        let bytes = std::mem::take(&mut *self.output.borrow_mut());
        self.proc.write_to(Channel::Out, &bytes);
    }

    fn print(&self, bytes: &[u8]) {
        self.output.borrow_mut().extend_from_slice(bytes);
        if self.settings.unbuffered || self.output.borrow().len() >= BUFFER {
            self.flush();
        }
    }

    /// Fetches a URL, as often as it takes; the exit status.
    async fn fetch(&mut self, url: &str, output: Option<&str>) -> i32 {
        let mut delay = self.settings.retry_delay.unwrap_or(Span::secs(1));
        for left in (0..=self.settings.retries).rev() {
            let (report, trouble) = self.attempt(url, output).await;
            if left == 0 || !is_transient(self.settings, &report, trouble.as_ref()) {
                return trouble.map_or(0, |trouble| trouble.code);
            }
            if !self.settings.silent {
                let what = match trouble {
                    Some(Trouble { code: 7, .. }) => "connection refused",
                    Some(Trouble { code: 28, .. }) => "timeout",
                    Some(_) => "(retrying all errors)",
                    None => "HTTP error",
                };
                self.proc.eprint(&format!(
                    "Warning: Problem: {what}. Will retry in {} seconds. {left} retries left.\n",
                    delay.as_secs()
                ));
            }
            self.proc.sleep(delay).await;
            if self.settings.retry_delay.is_none() {
                delay = delay * 2;
            }
        }
        0
    }

    /// One attempt, and all that is printed about it.
    async fn attempt(&mut self, url: &str, output: Option<&str>) -> (Report, Option<Trouble>) {
        let (proc, settings) = (self.proc, self.settings);
        let (parsed, file) = match self.prepare(url, output) {
            Ok(prepared) => prepared,
            Err(trouble) => {
                self.complain(&trouble);
                return (Report::default(), Some(trouble));
            }
        };
        let draws = !settings.silent && !settings.no_meter && !settings.bar;
        let draw = |progress: Progress| {
            if draws {
                proc.eprint(&progress.line());
            }
        };
        if draws {
            proc.eprint(meter::HEAD);
        }
        draw(Progress::default());
        let (mut heads, mut body) = (Vec::new(), Vec::new());
        let (mut kept, mut opened) = (self.kept.take(), self.opened);
        let started = proc.now();
        let shows_heads = settings.includes_head || settings.only_head;
        let mut write = |part: Part, bytes: &[u8]| {
            if part == Part::Head {
                heads.extend_from_slice(bytes);
            }
            if part == Part::Body || shows_heads {
                match file {
                    Some(_) => body.extend_from_slice(bytes),
                    None => self.print(bytes),
                }
            }
        };
        let mut transfer = Transfer {
            proc,
            settings,
            report: Report { url: url.to_owned(), ..Report::default() },
            tell: &|text| proc.eprint(text),
            write: &mut write,
            kept: &mut kept,
            opened: &mut opened,
            started,
        };
        let trouble = transfer.run(parsed).await.err();
        let mut report = transfer.report;
        report.total = proc.now() - started;
        report.file = file.clone().unwrap_or_default();
        (self.kept, self.opened) = (kept, opened);
        draw(Progress {
            expected: report.expected.filter(|_| report.received > 0),
            received: report.received,
            sent: report.sent,
            elapsed: report.total,
        });
        if draws {
            proc.eprint("\n");
        }
        let saved = self.save(file.as_deref(), &body, &heads);
        let trouble = trouble.or_else(|| saved.err());
        if let Some(trouble) = &trouble {
            self.complain(trouble);
        }
        if let Some(format) = &settings.write_out {
            let (text, complaints) = report.fill(format, trouble.as_ref());
            proc.eprint(&complaints);
            self.print(text.as_bytes());
        }
        (report, trouble)
    }

    fn complain(&self, trouble: &Trouble) {
        if !self.settings.silent || self.settings.shows_errors {
            let Trouble { code, sentence } = trouble;
            self.proc.eprint(&format!("curl: ({code}) {sentence}\n"));
        }
    }

    /// What is fetched and where it goes: into a file, unless it is printed.
    fn prepare(&self, url: &str, output: Option<&str>) -> Result<(Url, Option<String>), Trouble> {
        let url = parse_url(url)?;
        let file = match output {
            Some("-") => None,
            Some(path) => Some(path.to_owned()),
            None if !self.settings.remote_name => None,
            None if url.file_name().is_empty() => {
                self.proc.eprint("curl: Remote file name has no length!\n");
                return Err(write_trouble());
            }
            None => Some(url.file_name().to_owned()),
        };
        Ok((url, file))
    }

    fn save(&self, file: Option<&str>, body: &[u8], heads: &[u8]) -> Result<(), Trouble> {
        if let Some(path) = &self.settings.dump_head {
            self.write_file(path, heads)?;
        }
        match file {
            // Nothing came, so no file is made.
            Some(_) if heads.is_empty() => Ok(()),
            Some(path) => self.write_file(path, body),
            None => Ok(()),
        }
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), Trouble> {
        if path == "-" {
            self.print(bytes);
            return Ok(());
        }
        let stream = self.proc.open_output(path, false).map_err(|errno| {
            if !self.settings.silent {
                let warning = format!("Warning: Failed to open the file {path}: {errno}\n");
                self.proc.eprint(&warning);
            }
            write_trouble()
        })?;
        self.proc.write_stream(&stream, bytes);
        Ok(())
    }
}

fn write_trouble() -> Trouble {
    Trouble::new(23, "Failed writing received data to disk/application")
}
