//! How GNU's `wget` talks to servers: names, connections, requests and the heads of responses.

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::http::{Body, Connection, Error, Head};
use crate::process::programs::url::Url;
use crate::process::programs::{inet, resolver};
use crate::process::socket::Tcp;
use crate::wire::Ipv4Addr;

use super::options::Settings;
use super::retrieve::{Session, Trouble};
use super::status::NETWORK_TROUBLE;

/// Bodies that nobody wants are read to keep the connection, if they are not longer.
const SHORT_BODY: u64 = 4096;

impl Session<'_> {
    /// A connection to the server: the one that is open, or a new one.
    pub(super) async fn connection(&mut self, url: &Url) -> Result<Connection, Trouble> {
        let place = (url.host.clone(), url.port());
        if let Some((_, kept)) = self.kept.take_if(|(kept, _)| *kept == place) {
            self.detail(&format!("Reusing existing connection to {}:{}.\n", place.0, place.1));
            return Ok(kept);
        }
        self.kept = None;
        let (host, port) = place;
        let addresses = self.resolve(&host).await?;
        let mut last = Errno::ETIMEDOUT;
        for address in addresses {
            let shown = if inet::address(&host).is_some() {
                host.clone()
            } else {
                format!("{host} ({host})|{address}|")
            };
            self.detail(&format!("Connecting to {shown}:{port}... "));
            let opening = Tcp::connect(self.proc, (address, port));
            match self.within(self.settings.connect_timeout, opening).await {
                Ok(tcp) => {
                    self.detail("connected.\n");
                    return Ok(Connection::new(tcp));
                }
                Err(errno) => {
                    self.tell(&format!("failed: {errno}.\n"));
                    last = errno;
                }
            }
        }
        let refused =
            matches!(last, Errno::ECONNREFUSED | Errno::ENETUNREACH | Errno::EHOSTUNREACH);
        Err(if refused && !self.settings.retries_refused {
            Trouble::Lasting(NETWORK_TROUBLE)
        } else {
            Trouble::Passing
        })
    }

    async fn resolve(&mut self, host: &str) -> Result<Vec<Ipv4Addr>, Trouble> {
        if let Some(address) = inet::address(host) {
            return Ok(vec![address]);
        }
        if let Some(known) = self.names.get(host) {
            return Ok(known.addresses.clone());
        }
        self.detail(&format!("Resolving {host} ({host})... "));
        match resolver::lookup(self.proc, host).await {
            Ok(found) => {
                let texts: Vec<String> = found.addresses.iter().map(|a| a.to_string()).collect();
                self.detail(&format!("{}\n", texts.join(", ")));
                self.names.insert(host.to_owned(), found.clone());
                Ok(found.addresses)
            }
            Err(error) => {
                self.detail(&format!("failed: {error}.\n"));
                self.tell(&format!("wget: unable to resolve host address ‘{host}’\n"));
                Err(Trouble::Lasting(NETWORK_TROUBLE))
            }
        }
    }

    pub(super) async fn within<R, E: From<Errno>>(
        &self,
        limit: Option<Span>,
        work: impl Future<Output = Result<R, E>>,
    ) -> Result<R, E> {
        match limit {
            Some(limit) => {
                let done = self.proc.timeout(limit, work).await;
                done.unwrap_or_else(|| Err(Errno::ETIMEDOUT.into()))
            }
            None => work.await,
        }
    }

    /// Sends the request and reads the head of the response.
    pub(super) async fn exchange(
        &self,
        connection: &mut Connection,
        url: &Url,
    ) -> Result<Option<Head>, Error> {
        let post = self.settings.post.as_deref();
        let request = request_head(self.settings, url);
        connection.send_message(&request, post.unwrap_or_default().as_bytes()).await?;
        self.within(self.settings.read_timeout, connection.read_response_head()).await
    }

    /// Keeps a connection whose message was read to its end.
    pub(super) fn keep(&mut self, connection: Connection, head: &Head, url: &Url) {
        if head.keeps_alive() {
            self.kept = Some(((url.host.clone(), url.port()), connection));
        }
    }

    /// Reads a body that nobody wants, if that is worth the connection.
    pub(super) async fn drop_body(
        &mut self,
        mut connection: Connection,
        head: &Head,
        body: Body,
        url: &Url,
    ) {
        let is_short = matches!(body, Body::Length(length) if length <= SHORT_BODY);
        if is_short && head.keeps_alive() && connection.read_body(body).await.is_ok() {
            self.keep(connection, head, url);
        }
    }
}

/// The head of a request; fields of the user stand in for those of the same name.
fn request_head(settings: &Settings, url: &Url) -> Head {
    let method = match settings.post {
        Some(_) => "POST",
        None if settings.spider => "HEAD",
        None => "GET",
    };
    let mut head = Head::new(format!("{method} {} HTTP/1.1", url.path))
        .with("Host", url.host_field())
        .with("User-Agent", &settings.agent)
        .with("Accept", "*/*")
        .with("Accept-Encoding", "identity")
        .with("Connection", "Keep-Alive");
    if let Some(value) = url.authorization() {
        head = head.with("Authorization", value);
    }
    if let Some(post) = &settings.post {
        head = head
            .with("Content-Type", "application/x-www-form-urlencoded")
            .with("Content-Length", post.len());
    }
    for (name, value) in &settings.fields {
        match head.fields.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => old.clone_from(value),
            None => head = head.with(name, value),
        }
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_user_stand_in_for_the_usual_ones() {
        let settings = Settings {
            fields: vec![("host".to_owned(), "other".to_owned()), ("X".to_owned(), "1".to_owned())],
            ..Settings::default()
        };
        let url = Url::parse("http://web:8080/a").unwrap();
        assert_eq!(
            String::from_utf8(request_head(&settings, &url).to_bytes()).unwrap(),
            "GET /a HTTP/1.1\r\nHost: other\r\nUser-Agent: Wget/1.21.3\r\nAccept: */*\r\n\
             Accept-Encoding: identity\r\nConnection: Keep-Alive\r\nX: 1\r\n\r\n"
        );
    }
}
