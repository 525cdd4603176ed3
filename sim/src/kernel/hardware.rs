//! What a machine is built of.

use super::id::{LinkId, NamespaceId};

/// What a machine is built of.
#[derive(Debug, Clone, Default)]
pub(super) struct Hardware {
    pub(super) links: Vec<LinkId>,
    pub(super) namespaces: Vec<NamespaceId>,
}
