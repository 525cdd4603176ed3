//! The command line of GNU's `wget`.

use crate::engine::Span;
use crate::process::proc::Proc;
use crate::process::programs::options::{Argument, Long, Options, Wrong};
use crate::process::programs::{Failure, numbers};

/// The status of a command line that makes no sense.
const BAD_USAGE: i32 = 2;

const LETTERS: &str = "qvdO:ST:t:U:P:n:V46cbo:a:i:rl:kKmpNxB:e:w:Q:HLA:R:D:I:X:F";

const NAMES: &[Long] = &[
    ("quiet", Argument::None, 'q'),
    ("verbose", Argument::None, 'v'),
    ("no-verbose", Argument::None, '_'),
    ("output-document", Argument::Required, 'O'),
    ("server-response", Argument::None, 'S'),
    ("timeout", Argument::Required, 'T'),
    ("connect-timeout", Argument::Required, '1'),
    ("read-timeout", Argument::Required, '2'),
    ("tries", Argument::Required, 't'),
    ("retry-connrefused", Argument::None, '3'),
    ("max-redirect", Argument::Required, '5'),
    ("spider", Argument::None, '7'),
    ("user-agent", Argument::Required, 'U'),
    ("header", Argument::Required, '8'),
    ("post-data", Argument::Required, '9'),
    ("directory-prefix", Argument::Required, 'P'),
    ("version", Argument::None, 'V'),
    ("inet4-only", Argument::None, '4'),
    ("no-proxy", Argument::None, '4'),
    ("no-check-certificate", Argument::None, '4'),
    ("inet6-only", Argument::None, '6'),
    ("continue", Argument::None, 'c'),
    ("background", Argument::None, 'b'),
    ("output-file", Argument::Required, 'o'),
    ("append-output", Argument::Required, 'a'),
    ("input-file", Argument::Required, 'i'),
    ("recursive", Argument::None, 'r'),
    ("convert-links", Argument::None, 'k'),
    ("mirror", Argument::None, 'm'),
    ("page-requisites", Argument::None, 'p'),
    ("timestamping", Argument::None, 'N'),
    ("wait", Argument::Required, 'w'),
    ("no-clobber", Argument::None, 'C'),
    ("post-file", Argument::Required, 'f'),
    ("method", Argument::Required, 'M'),
    ("body-data", Argument::Required, 'Y'),
    ("content-on-error", Argument::None, 'E'),
    ("progress", Argument::Required, 'G'),
    ("limit-rate", Argument::Required, 'J'),
    ("waitretry", Argument::Required, 'W'),
    ("bind-address", Argument::Required, 'Z'),
];

/// What a run of `wget` is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub version: bool,
    /// Not a word.
    pub quiet: bool,
    /// Only what is important.
    pub terse: bool,
    pub shows_response: bool,
    /// Only look whether the page is there.
    pub spider: bool,
    pub output: Option<String>,
    pub directory: Option<String>,
    pub agent: String,
    /// Header fields of the user.
    pub fields: Vec<(String, String)>,
    pub post: Option<String>,
    pub connect_timeout: Option<Span>,
    pub read_timeout: Option<Span>,
    /// How often a URL is tried; for ever, if this is none.
    pub tries: Option<u64>,
    pub retries_refused: bool,
    pub redirections: u64,
    pub urls: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            version: false,
            quiet: false,
            terse: false,
            shows_response: false,
            spider: false,
            output: None,
            directory: None,
            agent: "Wget/1.21.3".to_owned(),
            fields: Vec::new(),
            post: None,
            connect_timeout: None,
            read_timeout: Some(Span::secs(900)),
            tries: Some(20),
            retries_refused: false,
            redirections: 20,
            urls: Vec::new(),
        }
    }
}

/// Reads the command line.
pub(super) fn parse(proc: &Proc) -> Result<Settings, Failure> {
    read(&proc.args())
}

fn read(words: &[String]) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let mut options = Options::with_names(words, LETTERS, NAMES);
    for option in options.by_ref() {
        let (letter, value) = option.map_err(|wrong| wrong_option(&wrong))?;
        settings.set(letter, value)?;
    }
    settings.urls = options.operands().into_iter().map(str::to_owned).collect();
    if settings.urls.is_empty() && !settings.version {
        return Err(Failure::said(format!("wget: missing URL\n{USAGE}"), super::status::GENERIC));
    }
    Ok(settings)
}

impl Settings {
    fn set(&mut self, letter: char, value: &str) -> Result<(), Failure> {
        match letter {
            'q' => self.quiet = true,
            'v' => self.terse = false,
            '_' => self.terse = true,
            'n' => return value.chars().try_for_each(|letter| self.set_negative(letter)),
            'O' => self.output = Some(value.to_owned()),
            'S' => self.shows_response = true,
            'T' => {
                self.connect_timeout = timeout("timeout", value)?;
                self.read_timeout = self.connect_timeout;
            }
            '1' => self.connect_timeout = timeout("connect-timeout", value)?,
            '2' => self.read_timeout = timeout("read-timeout", value)?,
            't' => {
                let tries = numbers::leading_integer(value);
                self.tries = u64::try_from(tries).ok().filter(|tries| *tries > 0);
            }
            '3' => self.retries_refused = true,
            '5' => self.redirections = numbers::leading_integer(value).max(0) as u64,
            '7' => self.spider = true,
            'U' => value.clone_into(&mut self.agent),
            '8' => {
                let invalid = || bad_value("header", &format!("Invalid header ‘{value}’."));
                let (name, text) = value.split_once(':').ok_or_else(invalid)?;
                self.fields.push((name.trim().to_owned(), text.trim().to_owned()));
            }
            '9' => self.post = Some(value.to_owned()),
            'P' => self.directory = Some(value.to_owned()),
            'V' => self.version = true,
            // There are no proxies, no certificates, no IPv6, nothing to debug.
            '4' | 'd' => {}
            letter => return Err(refusal(letter)),
        }
        Ok(())
    }

    /// `-nv` and the like.
    fn set_negative(&mut self, letter: char) -> Result<(), Failure> {
        match letter {
            'v' => self.terse = true,
            // These are about recursion.
            'd' | 'H' | 'p' => {}
            'c' => return Err(refusal('C')),
            letter => return Err(wrong_option(&Wrong::Letter(letter))),
        }
        Ok(())
    }
}

const USAGE: &str = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";

fn wrong_option(wrong: &Wrong) -> Failure {
    Failure::said(format!("wget: {wrong}\n{USAGE}"), BAD_USAGE)
}

fn bad_value(option: &str, sentence: &str) -> Failure {
    Failure::said(format!("wget: --{option}: {sentence}\n"), BAD_USAGE)
}

fn refusal(letter: char) -> Failure {
    let name = NAMES.iter().find(|(.., known)| *known == letter);
    let option = name.map_or_else(|| format!("-{letter}"), |(name, ..)| format!("--{name}"));
    Failure::of("wget", BAD_USAGE, format!("{option} is not simulated by netsim"))
}

/// A time with its unit; none, if it is zero.
fn timeout(option: &str, text: &str) -> Result<Option<Span>, Failure> {
    let (number, unit) = numbers::leading_float(text);
    let factor = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(bad_value(option, &format!("Invalid time period ‘{text}’"))),
    };
    let span = Span::from_secs_f64(number.max(0.0) * factor);
    Ok((span > Span::ZERO).then_some(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Settings, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        read(&words).map_err(|failure| failure.text)
    }

    #[test]
    fn options_of_several_forms_are_read() {
        let settings = parsed("-q -nv -O - -T 2m -t0 --header=A:b http://web/").unwrap();
        assert!(settings.quiet && settings.terse);
        assert_eq!(settings.output.as_deref(), Some("-"));
        assert_eq!(settings.connect_timeout, Some(Span::secs(120)));
        assert_eq!(settings.tries, None);
        assert_eq!(settings.fields, [("A".to_owned(), "b".to_owned())]);
        assert_eq!(settings.urls, ["http://web/"]);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let text = |line| parsed(line).unwrap_err();
        assert_eq!(text("-T x u"), "wget: --timeout: Invalid time period ‘x’\n");
        assert_eq!(text("--header foo u"), "wget: --header: Invalid header ‘foo’.\n");
        assert_eq!(text("-c u"), "wget: --continue is not simulated by netsim\n");
        assert_eq!(text("-nc u"), "wget: --no-clobber is not simulated by netsim\n");
        assert!(text("-q").starts_with("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n"));
        assert!(text("-Z u").starts_with("wget: invalid option -- 'Z'\nUsage: "));
    }
}
