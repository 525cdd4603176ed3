//! `busybox APPLET …`: one program with many names.

use super::install;
use crate::process::Proc;

const BANNER: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.";

/// `busybox`: becomes the applet that the first word names.
pub async fn busybox(proc: Proc) -> i32 {
    let words = proc.args();
    let Some(name) = words.first() else {
        proc.print(&format!("{BANNER}\n\nCurrently defined functions:\n"));
        proc.print(&format!("\t{}\n", install::applets().join(", ")));
        return 0;
    };
    if name == "--list" {
        proc.print(&(install::applets().join("\n") + "\n"));
        return 0;
    }
    match install::applet(name) {
        Some(program) => proc.run_as(words, program).await,
        None => {
            proc.eprint(&format!("{name}: applet not found\n"));
            127
        }
    }
}
