//! Errors of the engine's API: a status, as HTTP has it, and a sentence.

use super::ipam::IpamError;
use super::store::StoreError;
use crate::kernel::NetlinkError;

/// Why the daemon refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The kind of refusal.
    pub kind: ErrorKind,
    /// The sentence.
    pub message: String,
}

/// Kinds of refusal, with their HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: the request makes no sense.
    BadRequest,
    /// 403: it is forbidden.
    Forbidden,
    /// 404: there is no such thing.
    NotFound,
    /// 409: it does not fit the present state.
    Conflict,
    /// 500: it went wrong.
    Server,
    /// 503: not now.
    Unavailable,
}

impl ApiError {
    fn new(kind: ErrorKind, message: impl Into<String>) -> ApiError {
        ApiError { kind, message: message.into() }
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::BadRequest, message)
    }

    /// It is forbidden.
    pub fn forbidden(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::Forbidden, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::NotFound, message)
    }

    /// It does not fit the present state.
    pub fn conflict(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::Conflict, message)
    }

    /// It went wrong.
    pub fn server(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::Server, message)
    }

    /// Not now.
    pub fn unavailable(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorKind::Unavailable, message)
    }

    /// Whether there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// The same refusal with something said before it.
    pub fn with_prefix(self, prefix: &str) -> ApiError {
        ApiError { message: format!("{prefix}{}", self.message), ..self }
    }
}

impl From<IpamError> for ApiError {
    fn from(error: IpamError) -> ApiError {
        let message = error.to_string();
        match error {
            IpamError::PoolOverlaps | IpamError::InUse => ApiError::forbidden(message),
            IpamError::OutOfRange | IpamError::BadPool => ApiError::bad_request(message),
            IpamError::NoPool | IpamError::NoAddress => ApiError::server(message),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::server(error.to_string())
    }
}

impl From<NetlinkError> for ApiError {
    fn from(error: NetlinkError) -> ApiError {
        ApiError::server(error.errno().text().to_lowercase())
    }
}
