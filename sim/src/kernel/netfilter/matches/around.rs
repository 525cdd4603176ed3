//! What a packet is seen with.

use crate::engine::Time;
use crate::kernel::Kernel;
use crate::kernel::id::{LinkId, NamespaceId};
use crate::kernel::netfilter::Hook;

/// What is known around a packet while a table is walked.
pub(in crate::kernel::netfilter) struct Around<'a> {
    pub kernel: &'a Kernel,
    pub ns: NamespaceId,
    pub hook: Hook,
    pub input: Option<LinkId>,
    pub output: Option<LinkId>,
    pub now: Time,
}

impl Around<'_> {
    pub(in crate::kernel::netfilter) fn name(&self, link: Option<LinkId>) -> &str {
        link.and_then(|link| self.kernel.links.get(link)).map_or("", |link| link.name.as_str())
    }
}
