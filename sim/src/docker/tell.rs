//! What the daemon says of what it does to containers and networks.

use std::collections::BTreeMap;

use super::daemon::Daemon;
use super::events::Event;
use super::model::{Container, Network};

type Attributes = BTreeMap<String, String>;

impl Daemon {
    fn tell(&self, kind: &'static str, action: &str, id: &str, attributes: Attributes) {
        let (action, id) = (action.to_owned(), id.to_owned());
        let event = Event { at: self.calendar(), kind, action, id, attributes };
        self.events.push(&self.proc, event);
    }

    /// Something happened to a container.
    pub(super) fn tell_container(&self, of: &Container, action: &str, more: &[(&str, &str)]) {
        let mut attributes: Attributes = of.config.labels.clone();
        attributes.insert("image".to_owned(), of.config.image.clone());
        attributes.insert("name".to_owned(), of.name().to_owned());
        attributes.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.tell("container", action, &of.id, attributes);
    }

    /// Something happened to a network, perhaps with a container.
    pub(super) fn tell_network(&self, of: &Network, action: &str, container: Option<&str>) {
        let mut attributes = Attributes::new();
        attributes.insert("name".to_owned(), of.name.clone());
        attributes.insert("type".to_owned(), of.driver.name().to_owned());
        attributes.extend(container.map(|id| ("container".to_owned(), id.to_owned())));
        self.tell("network", action, &of.id, attributes);
    }

    /// A client does something with a container that changes nothing.
    pub fn tell_use(&self, of: &Container, action: &str) {
        self.tell_container(of, action, &[]);
    }
}
