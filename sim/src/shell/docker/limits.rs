//! The flags that limit what a container uses, which `run`, `create` and `update` share. They are taken,
//! and said to have no effect.

use super::flags::{Flag, value};

/// Limits of memory, processors, disks and processes.
pub(super) const LIMITS: [Flag; 12] = [
    value(
        "blkio-weight",
        None,
        "uint16",
        "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
    ),
    value("cpu-period", None, "int", "Limit CPU CFS (Completely Fair Scheduler) period"),
    value("cpu-quota", None, "int", "Limit CPU CFS (Completely Fair Scheduler) quota"),
    value("cpu-shares", Some('c'), "int", "CPU shares (relative weight)"),
    value("cpus", None, "decimal", "Number of CPUs"),
    value("cpuset-cpus", None, "string", "CPUs in which to allow execution (0-3, 0,1)"),
    value("cpuset-mems", None, "string", "MEMs in which to allow execution (0-3, 0,1)"),
    value("kernel-memory", None, "bytes", "Kernel memory limit"),
    value("memory", Some('m'), "bytes", "Memory limit"),
    value("memory-reservation", None, "bytes", "Memory soft limit"),
    value(
        "memory-swap",
        None,
        "bytes",
        "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    ),
    value("pids-limit", None, "int", "Tune container pids limit (set -1 for unlimited)"),
];
