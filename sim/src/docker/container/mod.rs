//! The verbs of containers: create, start, stop, remove, and what belongs to them.
//!
//! Here is how they are found. Read `create`, then `start` with `process` and `network`,
//! then `end`.

mod create;
mod end;
mod link;
mod network;
mod privilege;
mod process;
mod start;

use super::daemon::Daemon;
use super::error::ApiError;
use super::model::Container;

pub(super) use network::check_request;
pub use process::ExecRequest;

impl Daemon {
    /// The container that a term names: an id, a name, the beginning of an id.
    pub fn find_container(&self, term: &str) -> Result<Container, ApiError> {
        if term.is_empty() {
            return Err(ApiError::bad_request("invalid name or ID supplied: \"\""));
        }
        let state = self.state.borrow();
        let name = term.trim_start_matches('/');
        let exact = state.containers.values().find(|c| c.id == term || c.name() == name).cloned();
        if let Some(container) = exact {
            return Ok(container);
        }
        let begun: Vec<&Container> =
            state.containers.values().filter(|c| c.id.starts_with(term)).collect();
        match begun.as_slice() {
            [container] => Ok((*container).clone()),
            [] => Err(ApiError::not_found(format!("No such container: {term}"))),
            _ => Err(ApiError::bad_request(format!(
                "Multiple IDs found with provided prefix: {term}"
            ))),
        }
    }

    /// All containers, in order of creation.
    pub fn containers(&self) -> Vec<Container> {
        self.state.borrow().containers.values().cloned().collect()
    }

    pub(in crate::docker) fn with_container<R>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Container) -> R,
    ) -> Option<R> {
        self.state.borrow_mut().containers.get_mut(id).map(change)
    }
}
