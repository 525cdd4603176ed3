//! The device that a command is about.

use crate::kernel::LinkId;
use crate::shell::args::{Failure, Result};
use crate::shell::ip::Tool;

/// A device that has to be there, with the reproach of this tool if it is not.
pub fn existing(tool: &Tool, name: &str, what: &str) -> Result<LinkId> {
    let missing = || Failure::new(format_args!("Cannot find {what} \"{name}\""), 255);
    tool.device(name).ok_or_else(missing)
}
