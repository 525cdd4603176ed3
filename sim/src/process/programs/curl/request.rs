//! The request that `curl` sends.

use crate::process::http::Head;
use crate::process::programs::url::{Url, base64};

use super::options::Settings;

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// The head.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the server is asked first if it wants the body.
    pub expects: bool,
}

/// Bodies of this size are announced before they are sent.
const LARGE: usize = 1 << 20;

impl Outgoing {
    /// The request for a URL; `upload` is what `-T` sends.
    pub fn new(settings: &Settings, url: &Url, upload: Option<Vec<u8>>) -> Outgoing {
        let data = settings.data.clone().filter(|_| !settings.get);
        let method = match (&settings.method, &upload, &data) {
            (Some(method), ..) => method.as_str(),
            _ if settings.only_head => "HEAD",
            (_, Some(_), _) => "PUT",
            (_, _, Some(_)) => "POST",
            _ => "GET",
        };
        let version = if settings.http10 { "1.0" } else { "1.1" };
        let mut path = url.path.clone();
        if let Some(query) = settings.data.as_ref().filter(|_| settings.get) {
            path.push(if path.contains('?') { '&' } else { '?' });
            path += &String::from_utf8_lossy(query);
        }
        let is_form = data.is_some() && upload.is_none();
        let has_body = is_form || upload.is_some();
        let body = upload.or(data).unwrap_or_default();
        let expects = has_body && !settings.http10 && (!is_form || body.len() > LARGE);
        let length = has_body.then(|| body.len().to_string());
        let agent = settings.agent.clone().unwrap_or_else(|| "curl/7.88.1".to_owned());
        let user = settings.user.clone().map(|user| format!("Basic {}", base64(user.as_bytes())));
        let form = is_form.then(|| "application/x-www-form-urlencoded".to_owned());
        let usual = [
            ("Host", Some(url.host_field())),
            ("Authorization", user.or_else(|| url.authorization())),
            ("Range", settings.range.as_ref().map(|range| format!("bytes={range}"))),
            ("User-Agent", Some(agent).filter(|agent| !agent.is_empty())),
            ("Accept", Some("*/*".to_owned())),
            ("Referer", settings.referer.clone()),
            ("Cookie", settings.cookie.clone()),
        ];
        let last = [
            ("Content-Length", length),
            ("Content-Type", form),
            ("Expect", expects.then(|| "100-continue".to_owned())),
        ];
        let given: Vec<Given> = settings.headers.iter().map(|line| Given::parse(line)).collect();
        let mut head = Head::new(format!("{method} {path} HTTP/{version}"));
        let is_given = |name: &str| given.iter().any(|given| given.name.eq_ignore_ascii_case(name));
        // A host that was given stands where the usual one would.
        let host = given.iter().find(|given| given.name.eq_ignore_ascii_case("Host"));
        for (name, value) in usual {
            let value = match host {
                Some(host) if name == "Host" => host.value.clone(),
                _ => value.filter(|_| !is_given(name)),
            };
            head.fields.extend(value.map(|value| (name.to_owned(), value)));
        }
        for given in given.iter().filter(|given| !given.name.eq_ignore_ascii_case("Host")) {
            head.fields.extend(given.value.clone().map(|value| (given.name.clone(), value)));
        }
        for (name, value) in last.into_iter().filter(|(name, _)| !is_given(name)) {
            head.fields.extend(value.map(|value| (name.to_owned(), value)));
        }
        Outgoing { method: method.to_owned(), head, body, expects }
    }
}

/// A field of `-H`: `Name: value`, `Name:` to leave it out, `Name;` to send it empty.
struct Given {
    name: String,
    value: Option<String>,
}

impl Given {
    fn parse(line: &str) -> Given {
        match line.split_once(':') {
            Some((name, value)) => {
                let value = value.trim();
                let value = Some(value.to_owned()).filter(|value| !value.is_empty());
                Given { name: name.trim().to_owned(), value }
            }
            None => Given {
                name: line.trim_end_matches(';').to_owned(),
                value: line.ends_with(';').then(String::new),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(settings: &Settings) -> String {
        let url = Url::parse("http://web:8080/a").unwrap();
        let outgoing = Outgoing::new(settings, &url, None);
        String::from_utf8(outgoing.head.to_bytes()).unwrap()
    }

    #[test]
    fn a_plain_request_has_three_fields() {
        assert_eq!(
            text(&Settings::default()),
            "GET /a HTTP/1.1\r\nHost: web:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
        );
    }

    #[test]
    fn given_fields_replace_the_usual_ones() {
        let headers = ["X-A: b", "Host: foo", "Accept:"].map(str::to_owned).to_vec();
        let settings = Settings { headers, data: Some(b"a=1".to_vec()), ..Settings::default() };
        assert_eq!(
            text(&settings),
            "POST /a HTTP/1.1\r\nHost: foo\r\nUser-Agent: curl/7.88.1\r\nX-A: b\r\n\
             Content-Length: 3\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
        );
    }
}
