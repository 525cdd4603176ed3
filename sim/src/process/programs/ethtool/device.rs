//! The device that is asked about.

use crate::kernel::sys::dump::LinkView;
use crate::process::proc::Proc;

/// A device by its name.
pub(super) fn view(proc: &Proc, name: &str) -> Option<LinkView> {
    proc.sys(|sys| sys.link_named(name).and_then(|link| sys.link(link)))
}
