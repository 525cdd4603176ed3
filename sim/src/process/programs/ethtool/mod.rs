//! `ethtool`: what a device is, what its driver is called, what it does for the kernel.
//!
//! Differs: devices have no rings, and none of the features that could be switched.

mod device;
mod features;

use crate::kernel::sys::dump::{KindView, LinkView};
use crate::process::proc::Proc;

use super::{Failure, conclude, not_simulated};
use device::view;

/// The status of a command line that makes no sense.
const BAD_USAGE: i32 = 1;
/// No device, or a device that tells nothing.
const NO_DATA: i32 = 75;
/// Nothing that could be counted.
const NOT_SUPPORTED: i32 = 94;

/// `ethtool`.
pub async fn ethtool(proc: Proc) -> i32 {
    conclude(&proc, async { run(&proc) }).await
}

fn run(proc: &Proc) -> Result<i32, Failure> {
    let words = proc.args();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--version"] => proc.print("ethtool version 6.1\n"),
        ["-i" | "--driver", device] => {
            let missing = || Failure::said("Cannot get driver information: No such device\n", 71);
            let link = view(proc, device).ok_or_else(missing)?;
            proc.print(&driver(&link)?);
        }
        ["-S" | "--statistics", device] => {
            let missing =
                || Failure::said("Cannot get stats strings information: No such device\n", 96);
            let link = view(proc, device).ok_or_else(missing)?;
            proc.print(&statistics(&link)?);
        }
        ["-k" | "--show-features" | "--show-offload", device] => {
            return features::show(proc, device);
        }
        ["-K" | "--features" | "--offload", device, words @ ..] => {
            return features::change(proc, device, words);
        }
        [device] if !device.starts_with('-') => proc.print(&settings(&find_any(proc, device)?)),
        [option, _, ..] if option.starts_with('-') => {
            not_simulated(proc, "ethtool", option);
            return Ok(BAD_USAGE);
        }
        _ => {
            let text = "ethtool: bad command line argument(s)\n\
                        For more information run ethtool -h\n";
            return Err(Failure::said(text, BAD_USAGE));
        }
    }
    Ok(0)
}

/// A device about which several messages ask, each of which fails.
fn find_any(proc: &Proc, name: &str) -> Result<LinkView, Failure> {
    const QUESTIONS: usize = 5;
    let missing = "netlink error: no device matches name (offset 24)\n\
                   netlink error: No such device\n";
    view(proc, name)
        .ok_or_else(|| Failure::said(missing.repeat(QUESTIONS) + "No data available\n", NO_DATA))
}

/// The name of a driver, its version, and whether it counts; `None` if the device has no driver.
fn driver_of(link: &LinkView) -> Option<(&'static str, &'static str, bool)> {
    Some(match link.kind {
        KindView::Loopback => return None,
        KindView::Nic => ("netsim", "1.0", false),
        KindView::Veth => ("veth", "1.0", true),
        KindView::Bridge(_) => ("bridge", "2.3", false),
        KindView::Vxlan(_) => ("vxlan", "0.1", false),
        KindView::Macvlan(_) => ("macvlan", "0.1", false),
        KindView::Ipvlan(_) => ("ipvlan", "0.1", false),
        KindView::Vlan(_) => ("802.1Q VLAN Support", "1.8", false),
        KindView::Dummy => ("dummy", "1.0", false),
    })
}

/// `-i`.
fn driver(link: &LinkView) -> Result<String, Failure> {
    let unsupported =
        || Failure::said("Cannot get driver information: Operation not supported\n", 71);
    let (name, version, counts) = driver_of(link).ok_or_else(unsupported)?;
    let counts = if counts { "yes" } else { "no" };
    let absent = if name == "bridge" { "N/A" } else { "" };
    Ok(format!(
        "driver: {name}\nversion: {version}\nfirmware-version: {absent}\n\
         expansion-rom-version: \nbus-info: {absent}\nsupports-statistics: {counts}\n\
         supports-test: no\nsupports-eeprom-access: no\nsupports-register-dump: no\n\
         supports-priv-flags: no\n"
    ))
}

/// `-S`.
fn statistics(link: &LinkView) -> Result<String, Failure> {
    match (&link.kind, link.peer) {
        (KindView::Veth, Some(peer)) => {
            Ok(format!("NIC statistics:\n     peer_ifindex: {}\n", peer.ifindex))
        }
        _ => Err(Failure::said("no stats available\n", NOT_SUPPORTED)),
    }
}

/// The settings of the link layer.
fn settings(link: &LinkView) -> String {
    let detected = if link.carrier && link.up { "yes" } else { "no" };
    let (speed, port) = match link.kind {
        KindView::Veth => ("10000Mb/s\n\tDuplex: Full", "Twisted Pair"),
        KindView::Loopback => {
            return format!("Settings for {}:\n\tLink detected: {detected}\n", link.name);
        }
        _ => ("Unknown!\n\tDuplex: Unknown! (255)", "Other"),
    };
    let crossover = if port == "Twisted Pair" { "\tMDI-X: Unknown\n" } else { "" };
    format!(
        "Settings for {}:\n\tSupported ports: [  ]\n\tSupported link modes:   Not reported\n\
         \tSupported pause frame use: No\n\tSupports auto-negotiation: No\n\
         \tSupported FEC modes: Not reported\n\tAdvertised link modes:  Not reported\n\
         \tAdvertised pause frame use: No\n\tAdvertised auto-negotiation: No\n\
         \tAdvertised FEC modes: Not reported\n\tSpeed: {speed}\n\tAuto-negotiation: off\n\
         \tPort: {port}\n\tPHYAD: 0\n\tTransceiver: internal\n{crossover}\
         \tLink detected: {detected}\n",
        link.name
    )
}
