//! What somebody waits for: `drop`, `vxlan at docker-2:eth0`, `tcp syn`, `udp port 53 at a`.
//!
//! A condition is `drop` (perhaps with its code), `vxlan`, a flag of TCP, or any expression of
//! tcpdump; behind `at` stands a machine, perhaps with a device. `break when` may stand before it.

use super::Trace;
use super::packets::is_of_stranger;
use super::telling::Names;
use crate::kernel::{DropReason, Step};
use crate::process::programs::tcpdump::filter::{self, Filter, View};
use crate::trace::HostId;
use crate::wire::Protocol;

/// A breakpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakpoint {
    /// As it was typed, without `break when`.
    pub text: String,
    condition: Condition,
    host: Option<String>,
    device: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// A packet is lost, for this reason.
    Drop(Option<DropReason>),
    /// A frame is wrapped.
    Wrapped,
    /// A frame passes a filter.
    Frame(Filter),
}

impl Breakpoint {
    /// Reads a breakpoint. `hosts` are the machines that exist.
    pub fn parse(text: &str, hosts: &[&str]) -> Result<Breakpoint, String> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        for word in ["break", "when"] {
            if words.first() == Some(&word) {
                words.remove(0);
            }
        }
        let text = words.join(" ");
        let (mut host, mut device) = (None, None);
        if let Some(at) = words.iter().rposition(|word| *word == "at") {
            let [place] = &words[at + 1..] else {
                return Err("behind 'at' stands MACHINE or MACHINE:DEVICE".to_owned());
            };
            let (name, port) = place.split_once(':').map_or((*place, None), |(a, b)| (a, Some(b)));
            if !hosts.contains(&name) {
                return Err(format!("there is no machine '{name}': {}", hosts.join(", ")));
            }
            (host, device) = (Some(name.to_owned()), port.map(str::to_owned));
            words.truncate(at);
        }
        let condition = match words.as_slice() {
            [] => return Err("when? drop, vxlan, tcp syn, icmp, udp port 53, …".to_owned()),
            ["drop"] => Condition::Drop(None),
            ["drop", code] => {
                let reason = DropReason::ALL.iter().find(|reason| reason.code() == *code);
                let reason = reason.ok_or_else(|| format!("no packet is dropped for '{code}'"))?;
                Condition::Drop(Some(*reason))
            }
            ["vxlan"] => Condition::Wrapped,
            ["tcp", flag @ ("syn" | "fin" | "rst" | "ack" | "push")] => {
                let expression = format!("tcp[tcpflags] & tcp-{flag} != 0");
                Condition::Frame(filter::parse(&expression, &|_| Vec::new())?)
            }
            words => Condition::Frame(filter::parse(&words.join(" "), &|_| Vec::new())?),
        };
        Ok(Breakpoint { text, condition, host, device })
    }

    /// The first record since `seq` at which it holds.
    pub fn hit(&self, trace: &Trace, seq: u64, names: &dyn Names) -> Option<u64> {
        let is_here = |host: HostId, link| {
            let is_host = self.host.as_deref().is_none_or(|name| name == names.host(host));
            let device = self.device.as_deref();
            is_host && device.is_none_or(|name| link == Some(name))
        };
        if let Condition::Drop(wanted) = self.condition {
            let mut records = trace.since(seq);
            let found = records.find(|(_, record)| {
                let Step::Dropped(reason) = record.note.step else { return false };
                let counts = wanted.map_or(!is_of_stranger(reason), |it| it == reason);
                let link = record.note.link.map(|link| names.device(record.host, link));
                counts && is_here(record.host, link)
            });
            return found.map(|(seq, _)| seq);
        }
        let mut frames = trace.frames_since(seq);
        let found = frames.find(|seen| {
            let bytes = &seen.frame.bytes;
            let holds = match &self.condition {
                Condition::Wrapped => Protocol::of(bytes) == Protocol::Vxlan,
                Condition::Frame(filter) => filter.accepts(&View {
                    frame: bytes,
                    len: bytes.len(),
                    direction: Some(seen.direction),
                    is_live: true,
                }),
                Condition::Drop(_) => false,
            };
            holds && is_here(seen.host, Some(names.device(seen.host, seen.link)))
        });
        found.map(|seen| seen.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_say_it_in_full_or_shortly() {
        let hosts = ["docker-1", "docker-2"];
        let long = Breakpoint::parse("break when vxlan at docker-2:eth0", &hosts);
        let short = Breakpoint::parse("vxlan at docker-2:eth0", &hosts);
        assert_eq!(long, short);
        let read = long.expect("it is right");
        assert_eq!(
            (read.host.as_deref(), read.device.as_deref()),
            (Some("docker-2"), Some("eth0"))
        );
        for text in ["drop", "drop no-route at docker-1", "tcp syn", "udp port 53", "host 10.0.0.2"]
        {
            assert!(Breakpoint::parse(text, &hosts).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text| Breakpoint::parse(text, &["a"]).expect_err("it is wrong");
        assert!(error("drop at b").contains("there is no machine 'b': a"));
        assert!(error("drop gravity").contains("'gravity'"));
        assert!(error("tcp port").contains("syntax error"));
        assert!(error("").contains("when?"));
        assert!(error("icmp at").contains("behind 'at'"));
    }
}
