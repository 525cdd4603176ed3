//! How an operator gets into a namespace: what is typed before a command, on the host.

use super::Host;
use crate::docker::places::netns_file;
use crate::kernel::NamespaceId;

/// A command line, typed on the host, that runs `command` in a namespace of it.
pub fn typed_in(host: &Host, ns: NamespaceId, command: &str) -> String {
    if ns == host.namespace() {
        return command.to_owned();
    }
    match netns_file(&host.processes, ns) {
        Some(file) => format!("nsenter --net={file} {command}"),
        None => format!("ip netns exec {} {command}", host.kernel().name_of_namespace(ns)),
    }
}
