//! HTTP/1.1 (RFC 9112), as far as clients and servers here speak it: heads, bodies with a length, in
//! chunks or until the end, connections that stay open.
//!
//! Programs that care for the lines of a message read them from a [`Connection`]; services and their
//! clients exchange a whole [`Request`] for a whole [`Response`].

mod connection;
mod exchange;
mod message;

pub use connection::Connection;
pub use exchange::{Request, Response, decode, fetch, serve};
pub use message::{Body, Error, Head};
