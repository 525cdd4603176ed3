//! `wget`: GNU's on hosts, busybox's in containers.
//!
//! GNU's differs here: HTTP alone, one page at a time, without proxies; the user of a URL is told to
//! the server at once; how far a download is, is drawn with dots, as where there is no terminal.

pub(crate) mod busybox;
mod connect;
mod dots;
mod options;
mod retrieve;
mod status;

use crate::process::proc::Proc;
use crate::process::stream::Stream;

use super::{Failure, conclude};
use options::Settings;
use retrieve::Session;
use status::GENERIC;

/// `wget` on a host.
pub async fn wget(proc: Proc) -> i32 {
    conclude(&proc, run(&proc)).await
}

async fn run(proc: &Proc) -> Result<i32, Failure> {
    let settings = options::parse(proc)?;
    if settings.version {
        proc.print("GNU Wget 1.21.3 built on linux-gnu.\n");
        return Ok(0);
    }
    let mut session = Session::new(proc, &settings, open(proc, &settings)?);
    let mut status = 0;
    for url in &settings.urls {
        let new = session.retrieve(url).await;
        // Of several failures the lowest number counts.
        if new != 0 && (status == 0 || new < status) {
            status = new;
        }
    }
    session.sum_up();
    Ok(status)
}

/// Opens the one file into which everything goes, if there is to be one.
fn open(proc: &Proc, settings: &Settings) -> Result<Option<Stream>, Failure> {
    match settings.output.as_deref() {
        None => Ok(None),
        Some("-") => Ok(Some(proc.stdio(1))),
        Some(_) if settings.spider => Ok(None),
        Some(path) => {
            let failed = |errno| Failure::said(format!("{path}: {errno}\n"), GENERIC);
            proc.open_output(path, false).map(Some).map_err(failed)
        }
    }
}
