//! A connection from which messages are read, one after the other: first a head, then, piece by piece
//! or as a whole, the body that the head announces.

use crate::process::socket::Tcp;

use super::message::{Body, Error, Head, MAX_HEAD};

/// Bytes that a whole body may have.
const MAX_BODY: usize = 64 << 20;

/// A TCP connection on which messages are read.
pub struct Connection {
    tcp: Tcp,
    buffer: Vec<u8>,
}

impl Connection {
    /// Messages on this connection.
    pub fn new(tcp: Tcp) -> Connection {
        Connection { tcp, buffer: Vec::new() }
    }

    /// Sends bytes.
    pub async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.tcp.send(bytes).await?)
    }

    /// Sends a message with its body.
    pub async fn send_message(&self, head: &Head, body: &[u8]) -> Result<(), Error> {
        let mut bytes = head.to_bytes();
        bytes.extend_from_slice(body);
        self.send(&bytes).await
    }

    /// Takes what has come since; false at the end.
    async fn fill(&mut self) -> Result<bool, Error> {
        let bytes = self.tcp.recv().await?;
        self.buffer.extend_from_slice(&bytes);
        Ok(!bytes.is_empty())
    }

    /// Reads the head of the next message; `None` if the connection is closed before it begins.
    pub async fn read_head(&mut self) -> Result<Option<Head>, Error> {
        loop {
            if let Some((head, len)) = Head::parse(&self.buffer)? {
                self.buffer.drain(..len);
                return Ok(Some(head));
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(Error::Cut) };
            }
        }
    }

    /// Reads the head of a response; those that only ask for patience (1xx) are passed over.
    pub async fn read_response_head(&mut self) -> Result<Option<Head>, Error> {
        loop {
            let head = self.read_head().await?;
            if head.as_ref().and_then(Head::status).is_none_or(|status| status / 100 != 1) {
                return Ok(head);
            }
        }
    }

    /// Reads some bytes of a body; `None` behind its end.
    pub async fn read_piece(&mut self, body: &mut Body) -> Result<Option<Vec<u8>>, Error> {
        if let Body::Chunks(0) = body {
            let size = self.read_chunk_size().await?;
            if size == 0 {
                // Trailer fields say nothing that is of use here.
                while !self.read_line().await?.is_empty() {}
                *body = Body::Length(0);
            } else {
                *body = Body::Chunks(size);
            }
        }
        if *body == Body::Length(0) {
            return Ok(None);
        }
        if self.buffer.is_empty() && !self.fill().await? {
            return if *body == Body::ToTheEnd { Ok(None) } else { Err(Error::Cut) };
        }
        let most = match body {
            Body::Length(left) | Body::Chunks(left) => (*left).min(self.buffer.len() as u64),
            Body::ToTheEnd => self.buffer.len() as u64,
        };
        let piece: Vec<u8> = self.buffer.drain(..most as usize).collect();
        match body {
            Body::Length(left) => *left -= most,
            Body::Chunks(left) => {
                *left -= most;
                if *left == 0 && !self.read_line().await?.is_empty() {
                    return Err(Error::Malformed);
                }
            }
            Body::ToTheEnd => {}
        }
        Ok(Some(piece))
    }

    /// Reads a whole body.
    pub async fn read_body(&mut self, mut body: Body) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        while let Some(piece) = self.read_piece(&mut body).await? {
            whole.extend_from_slice(&piece);
            if whole.len() > MAX_BODY {
                return Err(Error::TooLong);
            }
        }
        Ok(whole)
    }

    async fn read_line(&mut self) -> Result<String, Error> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(Error::TooLong);
            }
            if !self.fill().await? {
                return Err(Error::Cut);
            }
        }
    }

    async fn read_chunk_size(&mut self) -> Result<u64, Error> {
        let line = self.read_line().await?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        u64::from_str_radix(digits, 16).map_err(|_| Error::Malformed)
    }
}
