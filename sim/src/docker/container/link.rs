//! `--link` on the default bridge: what a container learns of another one when it starts.

use crate::docker::daemon::Daemon;
use crate::docker::error::ApiError;
use crate::docker::model::{Container, Port};
use crate::docker::ports::exposed;
use crate::wire::Ipv4Addr;

impl Daemon {
    /// The containers to which this one is linked, each with the name that it has here.
    fn linked_here(&self, container: &Container) -> Vec<(Container, String)> {
        if !container.networks.contains_key("bridge") {
            return Vec::new();
        }
        let links = container.config.links.iter().filter_map(|link| {
            let (name, alias) = link.split_once(':').unwrap_or((link, link));
            Some((self.find_container(name).ok()?, alias.to_owned()))
        });
        links.collect()
    }

    /// The links of a container as they are inspected: `/other:/own/alias`.
    pub(in crate::docker) fn links_shown(&self, container: &Container) -> Vec<String> {
        let own = container.name();
        let linked = self.linked_here(container).into_iter();
        linked.map(|(other, alias)| format!("/{}:/{own}/{alias}", other.name())).collect()
    }

    /// All names of a container, sorted: its own, and those that others have for it.
    pub fn names_of(&self, container: &Container) -> Vec<String> {
        let mut names = vec![container.name().to_owned()];
        for other in self.containers() {
            let linked = self.linked_here(&other).into_iter();
            let mine = linked.filter(|(linked, _)| linked.id == container.id);
            names.extend(mine.map(|(_, alias)| format!("{}/{alias}", other.name())));
        }
        names.sort();
        names
    }

    /// Removes a link, which is called `own/alias`; both containers stay.
    pub fn link_remove(&self, name: &str) -> Result<(), ApiError> {
        let missing = || ApiError::not_found(format!("No such container: {name}"));
        let Some((own, alias)) = name.split_once('/') else {
            self.find_container(name)?;
            return Err(ApiError::server(
                "Conflict, cannot remove the default link name of the container",
            ));
        };
        let container = self.find_container(own).map_err(|_| missing())?;
        let is_this = |link: &String| link.split_once(':').is_some_and(|(_, known)| known == alias);
        if !container.config.links.iter().any(is_this) {
            return Err(missing());
        }
        self.with_container(&container.id, |container| {
            container.config.links.retain(|link| !is_this(link));
        });
        if let Ok(container) = self.find_container(&container.id) {
            self.etc_unlinked(&container);
        }
        self.save();
        Ok(())
    }

    /// A container has its address: those that are linked to it write it into their `/etc/hosts`.
    pub(super) fn tell_linking(&self, container: &Container) {
        let bridge = container.networks.get("bridge").and_then(|at| at.endpoint.as_ref());
        let Some(address) = bridge.and_then(|id| self.endpoint(id)?.address) else { return };
        for other in self.containers().into_iter().filter(Container::is_running) {
            for (linked, alias) in self.linked_here(&other) {
                if linked.id == container.id {
                    self.etc_moved(&other, &alias, address.addr());
                }
            }
        }
    }

    /// Whether all of them run, and on the default bridge.
    pub(super) fn check_linked(&self, container: &Container) -> Result<(), ApiError> {
        for (other, alias) in self.linked_here(container) {
            let (own, name) = (container.name(), other.name());
            if !other.is_running() {
                return Err(ApiError::bad_request(format!(
                    "Cannot link to a non running container: /{name} AS /{own}/{alias}"
                )));
            }
            if !other.networks.contains_key("bridge") {
                return Err(ApiError::bad_request(format!(
                    "Cannot link to /{name}, as it does not belong to the default network"
                )));
            }
        }
        Ok(())
    }

    /// The variables that tell of them.
    pub(super) fn link_variables(&self, container: &Container) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (other, alias) in self.linked_here(container) {
            let endpoint = other.networks.get("bridge").and_then(|at| at.endpoint.clone());
            let Some(address) = endpoint.and_then(|id| self.endpoint(&id)?.address) else {
                continue;
            };
            let prefix = alias.to_uppercase().replace('-', "_");
            let ports = exposed(self, &other);
            all.extend(port_variables(&prefix, address.addr(), &ports));
            all.push((format!("{prefix}_NAME"), format!("/{}/{alias}", container.name())));
            let pairs = other.config.env.iter().filter_map(|pair| pair.split_once('='));
            let told = pairs.filter(|(name, _)| !matches!(*name, "HOME" | "PATH"));
            all.extend(
                told.map(|(name, value)| (format!("{prefix}_ENV_{name}"), value.to_owned())),
            );
        }
        all
    }
}

/// The variables of ports: the first one, ports that follow each other, then each.
fn port_variables(prefix: &str, ip: Ipv4Addr, ports: &[Port]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let url = |port: &Port| format!("{}://{ip}:{}", port.protocol.name(), port.number);
    let stem = |port: &Port| {
        format!("{prefix}_PORT_{}_{}", port.number, port.protocol.name().to_uppercase())
    };
    if let Some(first) = ports.first() {
        all.push((format!("{prefix}_PORT"), url(first)));
    }
    let follows = |a: &Port, b: &Port| a.protocol == b.protocol && a.number + 1 == b.number;
    for row in ports.chunk_by(follows).filter(|row| row.len() > 1) {
        let [first, .., last] = row else { continue };
        for (port, end) in [(first, "START"), (last, "END")] {
            let stem = stem(first);
            all.push((format!("{stem}_{end}"), url(port)));
            if end == "START" {
                all.push((format!("{stem}_ADDR"), ip.to_string()));
                all.push((format!("{stem}_PROTO"), port.protocol.name().to_owned()));
            }
            all.push((format!("{stem}_PORT_{end}"), port.number.to_string()));
        }
    }
    for port in ports {
        let stem = stem(port);
        all.push((stem.clone(), url(port)));
        all.push((format!("{stem}_ADDR"), ip.to_string()));
        all.push((format!("{stem}_PORT"), port.number.to_string()));
        all.push((format!("{stem}_PROTO"), port.protocol.name().to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::model::Protocol;

    #[test]
    fn a_port_has_its_variables() {
        let port = Port { number: 80, protocol: Protocol::Tcp };
        let text: Vec<String> = port_variables("WEB", Ipv4Addr::new(172, 17, 0, 2), &[port])
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let expected = [
            "WEB_PORT=tcp://172.17.0.2:80",
            "WEB_PORT_80_TCP=tcp://172.17.0.2:80",
            "WEB_PORT_80_TCP_ADDR=172.17.0.2",
            "WEB_PORT_80_TCP_PORT=80",
            "WEB_PORT_80_TCP_PROTO=tcp",
        ];
        assert_eq!(text, expected);
    }
}
