//! Who tells of a stop: what it knows, and where the names come from.

use super::facts::Facts;
use crate::kernel::netfilter::RuleId;
use crate::kernel::netfilter::conntrack::{Conn, ConnId};
use crate::kernel::{LinkId, NamespaceId, RuleText};
use crate::trace::HostId;
use crate::trace::journey::Stop;

/// Where names come from.
pub trait Names {
    /// What a host is called.
    fn host(&self, host: HostId) -> &str;
    /// What people call a namespace: the container in it, the network whose bridge is in it.
    fn namespace(&self, host: HostId, ns: NamespaceId) -> String;
    /// What a device is called.
    fn device(&self, host: HostId, link: LinkId) -> &str;
    /// A rule of iptables.
    fn rule(&self, host: HostId, rule: RuleId) -> Option<&RuleText>;
    /// A tracked connection, if it is still there.
    fn connection(&self, host: HostId, ns: NamespaceId, conn: ConnId) -> Option<&Conn>;
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Rules that did not match are counted, not named.
    #[default]
    Way,
    /// Every rule that was tried, with the first part of it that did not fit, and who put it there.
    Rules,
}

pub(super) struct Teller<'a> {
    pub(super) names: &'a dyn Names,
    pub(super) stop: &'a Stop,
    /// Rules that did not match since the last thing that was told.
    pub(super) missed: usize,
    pub(super) detail: Detail,
    pub(super) facts: Facts,
}

impl Teller<'_> {
    pub(super) fn device(&self, link: LinkId) -> String {
        self.names.device(self.stop.host, link).to_owned()
    }

    pub(super) fn here(&self) -> String {
        self.stop.note.link.map(|link| self.device(link)).unwrap_or_default()
    }
}
