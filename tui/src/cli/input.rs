//! What a subcommand is given, and what is said of it when it makes no sense.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Exit status for input that makes no sense.
const BAD_INPUT: u8 = 2;

/// Says what is wrong with the input.
pub fn bad_input(message: &str) -> ExitCode {
    eprintln!("netsim: {message}");
    ExitCode::from(BAD_INPUT)
}

/// Reads a text file; bytes that are not UTF-8 are replaced.
pub fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
