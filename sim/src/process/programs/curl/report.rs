//! What became of a transfer, and `-w`, which prints it.

use std::fmt::Write;

use crate::engine::Span;
use crate::wire::Ipv4Addr;

/// Why a transfer failed: curl's own number, which is the exit status, and its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The number.
    pub code: i32,
    /// The sentence.
    pub sentence: String,
}

impl Trouble {
    /// A number and a sentence.
    pub fn new(code: i32, sentence: impl Into<String>) -> Trouble {
        Trouble { code, sentence: sentence.into() }
    }
}

/// What is known of a transfer at its end.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Report {
    pub url: String,
    pub effective_url: String,
    pub scheme: String,
    pub method: String,
    pub status: u16,
    pub version: String,
    pub content_type: String,
    pub redirect_url: String,
    pub file: String,
    pub local: Option<(Ipv4Addr, u16)>,
    pub remote: Option<(Ipv4Addr, u16)>,
    pub connects: u32,
    pub redirections: u64,
    pub expected: Option<u64>,
    pub received: u64,
    pub sent: u64,
    pub head_len: u64,
    pub request_len: u64,
    pub looked_up: Span,
    pub connected: Span,
    pub asked: Span,
    pub answered: Span,
    pub redirected: Span,
    pub total: Span,
}

impl Report {
    /// The format of `-w` filled in, and complaints about what it asks for.
    pub fn fill(&self, format: &str, trouble: Option<&Trouble>) -> (String, String) {
        let (mut text, mut complaints) = (String::new(), String::new());
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']) {
            text += &rest[..at];
            rest = &rest[at..];
            if let Some(name) = rest.strip_prefix("%{").and_then(|rest| rest.split_once('}')) {
                rest = name.1;
                match self.variable(name.0, trouble) {
                    Some(value) => text += &value,
                    None => {
                        let _ = writeln!(
                            complaints,
                            "curl: unknown --write-out variable: '{}'",
                            name.0
                        );
                    }
                }
                continue;
            }
            let two: String = rest.chars().take(2).collect();
            text += match two.as_str() {
                "%%" => "%",
                "\\n" => "\n",
                "\\t" => "\t",
                "\\r" => "\r",
                _ => &two,
            };
            rest = &rest[two.len()..];
        }
        (text + rest, complaints)
    }

    fn variable(&self, name: &str, trouble: Option<&Trouble>) -> Option<String> {
        let time = |span: Span| format!("{:.6}", span.as_secs_f64());
        let address = |end: Option<(Ipv4Addr, u16)>| end.map_or(String::new(), |e| e.0.to_string());
        let port = |end: Option<(Ipv4Addr, u16)>| end.map_or(0, |end| end.1).to_string();
        let speed = |bytes: u64| {
            let micros = (self.total.as_nanos() / 1000).max(1);
            (bytes * 1_000_000 / micros).to_string()
        };
        Some(match name {
            "http_code" | "response_code" => format!("{:03}", self.status),
            "http_connect" => "000".to_owned(),
            "http_version" => {
                if self.version.is_empty() {
                    "0".to_owned()
                } else {
                    self.version.clone()
                }
            }
            "size_download" => self.received.to_string(),
            "size_upload" => self.sent.to_string(),
            "size_header" => self.head_len.to_string(),
            "size_request" => self.request_len.to_string(),
            "speed_download" => speed(self.received),
            "speed_upload" => speed(self.sent),
            "time_namelookup" => time(self.looked_up),
            "time_connect" => time(self.connected),
            "time_appconnect" => time(Span::ZERO),
            "time_pretransfer" => time(self.asked),
            "time_starttransfer" => time(self.answered),
            "time_redirect" => time(self.redirected),
            "time_total" => time(self.total),
            "remote_ip" => address(self.remote),
            "remote_port" => port(self.remote),
            "local_ip" => address(self.local),
            "local_port" => port(self.local),
            "num_connects" => self.connects.to_string(),
            "num_redirects" => self.redirections.to_string(),
            "redirect_url" => self.redirect_url.clone(),
            "url" => self.url.clone(),
            "url_effective" => self.effective_url.clone(),
            "urlnum" => "0".to_owned(),
            "content_type" => self.content_type.clone(),
            "filename_effective" => self.file.clone(),
            "method" => self.method.clone(),
            "scheme" => self.scheme.to_ascii_uppercase(),
            "ssl_verify_result" | "proxy_ssl_verify_result" => "0".to_owned(),
            "exitcode" => trouble.map_or(0, |trouble| trouble.code).to_string(),
            "errormsg" => trouble.map_or(String::new(), |trouble| trouble.sentence.clone()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_filled_in() {
        let report = Report { status: 200, received: 6, ..Report::default() };
        let (text, complaints) = report.fill("%{http_code} %{size_download}%%\\n%{what}x", None);
        assert_eq!(text, "200 6%\nx");
        assert_eq!(complaints, "curl: unknown --write-out variable: 'what'\n");
        let refused = Trouble::new(7, "no");
        let (text, _) = Report::default().fill("%{http_code} %{exitcode}", Some(&refused));
        assert_eq!(text, "000 7");
    }
}
