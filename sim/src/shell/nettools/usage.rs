//! How the tools are used, in their own words.

use super::{Style, Tool};
use crate::process::programs::busybox::BANNER;
use crate::shell::args::Failure;

impl Tool {
    /// How it is used, for whoever asks or got it wrong.
    pub(super) fn usage(&self, status: i32) -> Failure {
        let text = match self.name {
            "arp" => include_str!("usage/arp.txt"),
            "ifconfig" => include_str!("usage/ifconfig.txt"),
            _ => include_str!("usage/route.txt"),
        };
        self.usage_of(text, status)
    }

    /// The same, of a part that has a text of its own; busybox has none.
    pub(super) fn usage_of(&self, text: &str, status: i32) -> Failure {
        let applet = match self.name {
            "arp" => include_str!("usage/busybox_arp.txt"),
            "ifconfig" => include_str!("usage/busybox_ifconfig.txt"),
            _ => include_str!("usage/busybox_route.txt"),
        };
        match self.style {
            Style::NetTools => Failure { text: text.to_owned(), status },
            Style::Busybox => {
                Failure { text: format!("{BANNER}\n\n{applet}"), status: status.min(1) }
            }
        }
    }
}
