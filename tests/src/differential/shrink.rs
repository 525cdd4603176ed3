//! Makes a script that differs as short as possible.

use std::path::Path;

use super::differences;

/// How often the real kernel is asked at most.
const ATTEMPTS: usize = 60;

/// The script with as few lines as still differ. Every attempt runs on both.
pub fn shrink(script: &str, folder: &Path) -> String {
    let differs = |lines: &[String]| {
        let found = differences(&(lines.join("\n") + "\n"), folder);
        found.is_ok_and(|found| !found.is_empty())
    };
    let mut lines: Vec<String> = script.lines().map(str::to_owned).collect();
    let mut attempts = 0;
    // First large parts, then single lines.
    let mut size = lines.len() / 2;
    while size > 0 && attempts < ATTEMPTS {
        let mut at = 0;
        while at < lines.len() && attempts < ATTEMPTS {
            let end = (at + size).min(lines.len());
            let mut fewer = lines.clone();
            fewer.drain(at..end);
            attempts += 1;
            if !fewer.is_empty() && differs(&fewer) { lines = fewer } else { at = end }
        }
        size /= 2;
    }
    lines.join("\n") + "\n"
}
