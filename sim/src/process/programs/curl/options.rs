//! The command line of `curl`.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::{Failure, not_simulated};

/// Options without an argument: a letter (or a blank) and a name.
const SWITCHES: &[(char, &str)] = &[
    ('s', "silent"),
    ('S', "show-error"),
    ('i', "include"),
    ('I', "head"),
    ('L', "location"),
    ('f', "fail"),
    ('k', "insecure"),
    ('v', "verbose"),
    ('G', "get"),
    ('N', "no-buffer"),
    ('g', "globoff"),
    ('#', "progress-bar"),
    ('4', "ipv4"),
    ('6', "ipv6"),
    ('O', "remote-name"),
    ('0', "http1.0"),
    ('q', "disable"),
    ('V', "version"),
    (' ', "http1.1"),
    (' ', "location-trusted"),
    (' ', "fail-early"),
    (' ', "fail-with-body"),
    (' ', "compressed"),
    (' ', "keepalive"),
    (' ', "progress-meter"),
    (' ', "tcp-nodelay"),
    (' ', "tcp-fastopen"),
    (' ', "retry-connrefused"),
    (' ', "retry-all-errors"),
    (' ', "path-as-is"),
    (' ', "create-dirs"),
];

/// Options with an argument.
const ARGUMENTS: &[(char, &str)] = &[
    ('o', "output"),
    ('m', "max-time"),
    (' ', "connect-timeout"),
    ('H', "header"),
    ('d', "data"),
    (' ', "data-ascii"),
    (' ', "data-raw"),
    (' ', "data-binary"),
    (' ', "data-urlencode"),
    ('X', "request"),
    ('A', "user-agent"),
    ('e', "referer"),
    ('u', "user"),
    ('b', "cookie"),
    ('w', "write-out"),
    (' ', "interface"),
    (' ', "local-port"),
    (' ', "resolve"),
    (' ', "retry"),
    (' ', "retry-delay"),
    ('r', "range"),
    ('D', "dump-header"),
    ('T', "upload-file"),
    (' ', "max-redirs"),
    (' ', "url"),
    ('x', "proxy"),
    (' ', "noproxy"),
    ('F', "form"),
    ('c', "cookie-jar"),
    ('K', "config"),
    ('C', "continue-at"),
    ('y', "speed-time"),
    ('Y', "speed-limit"),
    (' ', "limit-rate"),
    (' ', "unix-socket"),
    (' ', "connect-to"),
    (' ', "cacert"),
    (' ', "capath"),
    ('E', "cert"),
    (' ', "key"),
    (' ', "dns-servers"),
    (' ', "keepalive-time"),
];

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The URLs, and where each goes.
    pub urls: Vec<String>,
    /// `-o`, in order.
    pub outputs: Vec<String>,
    /// `-O`.
    pub remote_name: bool,
    /// `-s`.
    pub silent: bool,
    /// `-S`.
    pub shows_errors: bool,
    /// `--no-progress-meter`.
    pub no_meter: bool,
    /// `-#`.
    pub bar: bool,
    /// `-i`.
    pub includes_head: bool,
    /// `-I`.
    pub only_head: bool,
    /// `-L`.
    pub follows: bool,
    /// `-f`.
    pub fails: bool,
    /// `--fail-with-body`.
    pub fails_with_body: bool,
    /// `--fail-early`.
    pub fails_early: bool,
    /// `-v`.
    pub verbose: bool,
    /// `-G`.
    pub get: bool,
    /// `-N`.
    pub unbuffered: bool,
    /// `-g`.
    pub globs_off: bool,
    /// `-0`.
    pub http10: bool,
    /// `-X`.
    pub method: Option<String>,
    /// `-d` and its kin, joined.
    pub data: Option<Vec<u8>>,
    /// `-T`.
    pub upload: Option<String>,
    /// `-H`.
    pub headers: Vec<String>,
    /// `-A`.
    pub agent: Option<String>,
    /// `-e`.
    pub referer: Option<String>,
    /// `-u`.
    pub user: Option<String>,
    /// `-b`.
    pub cookie: Option<String>,
    /// `-r`.
    pub range: Option<String>,
    /// `-w`.
    pub write_out: Option<String>,
    /// `-D`.
    pub dump_head: Option<String>,
    /// `-m`.
    pub max_time: Option<Span>,
    /// `--connect-timeout`.
    pub connect_timeout: Option<Span>,
    /// `--max-redirs`.
    pub max_redirections: Option<u64>,
    /// `--interface`.
    pub interface: Option<String>,
    /// `--local-port`.
    pub local_port: u16,
    /// `--resolve`: host, port, address.
    pub resolve: Vec<String>,
    /// `--retry`.
    pub retries: u64,
    /// `--retry-delay`.
    pub retry_delay: Option<Span>,
    /// `--retry-connrefused`.
    pub retries_refused: bool,
    /// `--retry-all-errors`.
    pub retries_all: bool,
    /// `-V`.
    pub version: bool,
}

/// A refusal of the command line.
fn refuse(sentence: Option<String>) -> Failure {
    let hint = "curl: try 'curl --help' or 'curl --manual' for more information\n";
    let first = sentence.map_or(String::new(), |sentence| format!("curl: {sentence}\n"));
    Failure::said(first + hint, 2)
}

/// Reads the command line.
pub fn parse(proc: &Proc, words: &[String]) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let mut words = words.iter();
    let mut only_urls = false;
    while let Some(word) = words.next() {
        if only_urls || !word.starts_with('-') || word == "-" {
            settings.urls.push(word.clone());
        } else if word == "--" {
            only_urls = true;
        } else if let Some(name) = word.strip_prefix("--") {
            let (takes, name, on) =
                long(name).ok_or_else(|| refuse(Some(format!("option {word}: is unknown"))))?;
            let value = if takes { Some(argument(word, words.next())?) } else { None };
            settings.set(proc, word, name, on, value.unwrap_or_default())?;
        } else {
            settings.bundle(proc, word, &mut words)?;
        }
    }
    if settings.urls.is_empty() && !settings.version {
        return Err(refuse(None));
    }
    Ok(settings)
}

fn argument<'a>(word: &str, value: Option<&'a String>) -> Result<&'a str, Failure> {
    let missing = || refuse(Some(format!("option {word}: requires parameter")));
    value.map(String::as_str).ok_or_else(missing)
}

/// Whether a long option takes an argument, its full name, and whether it is switched on.
fn long(name: &str) -> Option<(bool, &'static str, bool)> {
    let all = || SWITCHES.iter().map(|s| (false, s.1)).chain(ARGUMENTS.iter().map(|a| (true, a.1)));
    if let Some((takes, known)) = all().find(|(_, known)| *known == name) {
        return Some((takes, known, true));
    }
    if let Some(off) = name.strip_prefix("no-")
        && let Some((_, known)) = SWITCHES.iter().find(|(_, known)| *known == off)
    {
        return Some((false, known, false));
    }
    let mut fitting = all().filter(|(_, known)| known.starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some((takes, known)), None) => Some((takes, known, true)),
        _ => None,
    }
}

impl Settings {
    fn bundle<'a>(
        &mut self,
        proc: &Proc,
        word: &str,
        words: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), Failure> {
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            if let Some((_, name)) = SWITCHES.iter().find(|(known, _)| *known == letter) {
                self.set(proc, &format!("-{letter}"), name, true, "")?;
                continue;
            }
            let Some((_, name)) = ARGUMENTS.iter().find(|(known, _)| *known == letter) else {
                return Err(refuse(Some(format!("option {word}: is unknown"))));
            };
            let attached = letters.as_str();
            let value = if attached.is_empty() { argument(word, words.next())? } else { attached };
            return self.set(proc, &format!("-{letter}"), name, true, value);
        }
        Ok(())
    }

    fn set(
        &mut self,
        proc: &Proc,
        word: &str,
        name: &str,
        on: bool,
        value: &str,
    ) -> Result<(), Failure> {
        let text = || Some(value.to_owned());
        let numerical =
            || refuse(Some(format!("option {word}: expected a proper numerical parameter")));
        let seconds = || match value.parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 => Ok(Span::from_secs_f64(seconds)),
            _ => Err(numerical()),
        };
        let number = || value.parse::<u64>().map_err(|_| numerical());
        match name {
            "silent" => self.silent = on,
            "show-error" => self.shows_errors = on,
            "include" => self.includes_head = on,
            "head" => self.only_head = on,
            "location" | "location-trusted" => self.follows = on,
            "fail" => self.fails = on,
            "fail-with-body" => self.fails_with_body = on,
            "fail-early" => self.fails_early = on,
            "verbose" => self.verbose = on,
            "get" => self.get = on,
            "no-buffer" => self.unbuffered = on,
            "globoff" => self.globs_off = on,
            "progress-bar" => self.bar = on,
            "progress-meter" => self.no_meter = !on,
            "remote-name" => self.remote_name = on,
            "http1.0" => self.http10 = on,
            "version" => self.version = on,
            "retry-connrefused" => self.retries_refused = on,
            "retry-all-errors" => self.retries_all = on,
            "output" => self.outputs.push(value.to_owned()),
            "max-time" => self.max_time = Some(seconds()?).filter(|span| *span > Span::ZERO),
            "connect-timeout" => self.connect_timeout = Some(seconds()?),
            "header" => self.headers.push(value.to_owned()),
            "data" | "data-ascii" => self.add_data(&read(proc, value, true)),
            "data-binary" => self.add_data(&read(proc, value, false)),
            "data-raw" => self.add_data(value.as_bytes()),
            "data-urlencode" => self.add_data(url_encoded(value).as_bytes()),
            "request" => self.method = text(),
            "user-agent" => self.agent = text(),
            "referer" => self.referer = text(),
            "user" => self.user = text(),
            "cookie" => self.cookie = text(),
            "write-out" => {
                self.write_out = Some(match value.strip_prefix('@') {
                    Some(_) => String::from_utf8_lossy(&read(proc, value, false)).into_owned(),
                    None => value.to_owned(),
                });
            }
            "interface" => self.interface = text(),
            "local-port" => {
                let first = value.split('-').next().unwrap_or_default();
                self.local_port = first.trim().parse().map_err(|_| numerical())?;
            }
            "resolve" => self.resolve.push(value.to_owned()),
            "retry" => self.retries = number()?,
            "retry-delay" => self.retry_delay = Some(seconds()?),
            "range" => self.range = text(),
            "dump-header" => self.dump_head = text(),
            "upload-file" => self.upload = text(),
            "max-redirs" => self.max_redirections = value.parse().ok(),
            "url" => self.urls.push(value.to_owned()),
            // Nothing that plain HTTP over IPv4 would do otherwise.
            "ipv4" | "insecure" | "disable" | "http1.1" | "keepalive" | "tcp-nodelay"
            | "path-as-is" | "cacert" | "capath" | "cert" | "key" | "noproxy"
            | "keepalive-time" => {}
            _ => not_simulated(proc, "curl", word),
        }
        Ok(())
    }

    fn add_data(&mut self, more: &[u8]) {
        match &mut self.data {
            Some(data) => {
                data.push(b'&');
                data.extend(more);
            }
            None => self.data = Some(more.to_vec()),
        }
    }
}

/// `@FILE` or the text itself; text files lose their line ends.
fn read(proc: &Proc, value: &str, is_text: bool) -> Vec<u8> {
    let Some(path) = value.strip_prefix('@') else { return value.as_bytes().to_vec() };
    let mut bytes = proc.read_file(path).unwrap_or_else(|_| {
        proc.eprint(&format!(
            "Warning: Couldn't read data from file \"{path}\", this makes an empty POST.\n"
        ));
        Vec::new()
    });
    if is_text {
        bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
    }
    bytes
}

/// `name=content`, of which the content is encoded.
fn url_encoded(text: &str) -> String {
    let (name, content) = match text.split_once('=') {
        Some(("", content)) => (String::new(), content),
        Some((name, content)) => (format!("{name}="), content),
        None => (String::new(), text),
    };
    let encoded = content.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    name + &encoded.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_options_may_be_abbreviated_and_switched_off() {
        assert_eq!(long("sil"), Some((false, "silent", true)));
        assert_eq!(long("no-buffer"), Some((false, "no-buffer", true)));
        assert_eq!(long("no-keepalive"), Some((false, "keepalive", false)));
        assert_eq!(long("max-time"), Some((true, "max-time", true)));
        assert_eq!(long("max"), None);
    }

    #[test]
    fn only_the_content_is_encoded() {
        assert_eq!(url_encoded("a b=c d&"), "a b=c%20d%26");
        assert_eq!(url_encoded("=x y"), "x%20y");
        assert_eq!(url_encoded("x/y"), "x%2Fy");
    }
}
