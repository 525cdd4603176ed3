//! The part of `docker inspect` that tells how a container uses its host.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::docker::model::{Container, Restart};

/// Places of `/proc` that a container does not see, and such that it cannot write.
const MASKED: [&str; 10] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
];
const READ_ONLY: [&str; 5] =
    ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// A list as Go prints it: an empty one that nobody made is `null`.
fn list(items: &[String]) -> Value {
    if items.is_empty() { Value::Null } else { json!(items) }
}

/// `HostConfig`. What is not simulated has the value that it has when nobody asks for it.
pub(super) fn host_config(container: &Container, links: &[String]) -> Value {
    let config = &container.config;
    let (restart, retries) = match config.restart {
        Restart::No => ("no", 0),
        Restart::Always => ("always", 0),
        Restart::UnlessStopped => ("unless-stopped", 0),
        Restart::OnFailure(max) => ("on-failure", max),
    };
    let extra: Vec<String> =
        config.extra_hosts.iter().map(|(name, ip)| format!("{name}:{ip}")).collect();
    let mut value = json!({
        "Binds": Value::Null,
        "ContainerIDFile": "",
        "LogConfig": { "Type": "json-file", "Config": {} },
        "NetworkMode": config.mode.text(),
        "PortBindings": requested_ports(container),
        "RestartPolicy": { "Name": restart, "MaximumRetryCount": retries },
        "AutoRemove": config.auto_remove,
        "VolumeDriver": "",
        "VolumesFrom": Value::Null,
        "CapAdd": list(&config.cap_add),
        "CapDrop": list(&config.cap_drop),
        "CgroupnsMode": "host",
        "Dns": config.dns.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "DnsOptions": config.dns_options,
        "DnsSearch": config.dns_search,
        "ExtraHosts": list(&extra),
        "GroupAdd": Value::Null,
        "IpcMode": "private",
        "Cgroup": "",
        "Links": list(links),
        "OomScoreAdj": 0,
        "PidMode": "",
        "Privileged": config.privileged,
        "PublishAllPorts": config.publish_all,
        "ReadonlyRootfs": false,
        "SecurityOpt": if config.privileged { json!(["label=disable"]) } else { Value::Null },
        "UTSMode": "",
        "UsernsMode": "",
        "ShmSize": 64 << 20,
    });
    if !config.sysctls.is_empty() {
        let sysctls = config.sysctls.iter().map(|(key, value)| (key.clone(), json!(value)));
        value["Sysctls"] = Value::Object(sysctls.collect());
    }
    let rest = json!({
        "Runtime": "runc",
        "ConsoleSize": [0, 0],
        "Isolation": "",
        "CpuShares": 0,
        "Memory": 0,
        "NanoCpus": 0,
        "CgroupParent": "",
        "BlkioWeight": 0,
        "BlkioWeightDevice": [],
        "BlkioDeviceReadBps": Value::Null,
        "BlkioDeviceWriteBps": Value::Null,
        "BlkioDeviceReadIOps": Value::Null,
        "BlkioDeviceWriteIOps": Value::Null,
        "CpuPeriod": 0,
        "CpuQuota": 0,
        "CpuRealtimePeriod": 0,
        "CpuRealtimeRuntime": 0,
        "CpusetCpus": "",
        "CpusetMems": "",
        "Devices": [],
        "DeviceCgroupRules": Value::Null,
        "DeviceRequests": Value::Null,
        "KernelMemory": 0,
        "KernelMemoryTCP": 0,
        "MemoryReservation": 0,
        "MemorySwap": 0,
    });
    let last = json!({
        "MemorySwappiness": Value::Null,
        "OomKillDisable": false,
        "PidsLimit": Value::Null,
        "Ulimits": Value::Null,
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
        "MaskedPaths": if config.privileged { Value::Null } else { json!(MASKED) },
        "ReadonlyPaths": if config.privileged { Value::Null } else { json!(READ_ONLY) },
    });
    for part in [rest, last] {
        if let (Value::Object(all), Value::Object(part)) = (&mut value, part) {
            all.extend(part);
        }
    }
    value
}

/// The ports that are to be published, by those of the container.
fn requested_ports(container: &Container) -> Value {
    let mut ports: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for request in &container.config.ports {
        let ip = request.host_ip.map_or(String::new(), |ip| ip.to_string());
        let port = match request.host_ports {
            Some((low, high)) if low == high => low.to_string(),
            Some((low, high)) => format!("{low}-{high}"),
            None => String::new(),
        };
        let entry = ports.entry(request.container.to_string()).or_default();
        entry.push(json!({ "HostIp": ip, "HostPort": port }));
    }
    json!(ports)
}
