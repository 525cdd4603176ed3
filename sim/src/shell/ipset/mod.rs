//! `ipset` 7.17: sets of addresses, networks, and addresses with ports.
//!
//! The command line is read in [`options`], entries are read and printed in [`entry`], sets are listed
//! in [`show`]; [`perform`] does what is asked, [`restore`](mod@restore) what a file asks.

mod entry;
mod options;
mod perform;
mod refusal;
mod restore;
mod show;

use crate::kernel::{Capability, Errno};
use crate::process::Proc;

use options::Command;
use perform::execute;
use refusal::{Refusal, refuse};

/// `ipset`.
pub async fn ipset(proc: Proc) -> i32 {
    let args = proc.args();
    let may = || proc.sys(|sys| sys.demand(Capability::NET_ADMIN));
    let done = match options::parse(&args) {
        Ok(request) if request.command.asks_kernel() && may().is_err() => {
            let errno = Errno::EPERM;
            Err(Refusal::Wrong(format!("Kernel error received: {errno}")))
        }
        Ok(request) if request.command == Command::Restore => {
            restore::restore(&proc, &request).await
        }
        Ok(request) => execute(&proc, &request),
        Err(refusal) => Err(refusal),
    };
    let is_quiet = args.iter().any(|arg| matches!(arg.as_str(), "-q" | "-quiet"));
    done.err().map_or(0, |refusal| refuse(&proc, &refusal, None, is_quiet))
}
