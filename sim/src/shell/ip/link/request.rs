//! What `ip link add`, `set` and `del` are told in front of the type, and what is told of the other end of
//! a virtual cable.

use super::super::names::Naming;
use super::super::{Tool, netns, prefix, usage};
use super::verb::Verb;
use crate::kernel::sys::link::LinkChange;
use crate::kernel::{LinkId, NamespaceId};
use crate::shell::args::{Args, Failure, Result, abbreviates, leading_number, signed};

/// The longest name of a device, in bytes.
const NAME_LEN: usize = 15;
/// The longest alias.
const ALIAS_LEN: usize = 255;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// The device, if it exists already or is to be made under this name.
    pub device: Option<&'a str>,
    /// A new name.
    pub name: Option<&'a str>,
    /// The device below a new one.
    pub link: Option<&'a str>,
    /// Up or down.
    pub up: Option<bool>,
    /// The number of a new device.
    pub index: Option<u32>,
    /// Bytes of a hardware address.
    pub address: Option<Vec<u8>>,
    /// Length of the transmit queue.
    pub txqueuelen: Option<u32>,
    /// Largest packet.
    pub mtu: Option<i64>,
    /// Where it shall be.
    pub netns: Option<NamespaceId>,
    /// Its bridge; inside, `None` takes it out of one.
    pub master: Option<Option<LinkId>>,
    /// A group, which without a device stands for all devices in it.
    pub group: Option<u32>,
    /// All other settings.
    pub changes: Vec<LinkChange>,
    /// The type, behind which its own options follow.
    pub kind: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// Reads words until the type, or the end.
    pub fn parse(tool: &Tool, verb: Verb, args: &mut Args<'a>) -> Result<Request<'a>> {
        let mut request = Request::default();
        while request.kind.is_none() {
            let Some(word) = args.next() else { break };
            request.take(tool, word, args)?;
        }
        request.name_device(tool, verb)?;
        Ok(request)
    }

    /// Takes one option with its value.
    fn take(&mut self, tool: &Tool, word: &'a str, args: &mut Args<'a>) -> Result<()> {
        match word {
            "up" => self.up = Some(true),
            "down" => self.up = Some(false),
            "name" => self.take_name(args.value()?)?,
            "index" => {
                let value = args.value()?;
                let index = leading_number(value);
                if index <= 0 {
                    return Err(Failure::wrong(value, "Invalid \"index\" value"));
                }
                once(&mut self.index, index as u32, "index", value)?;
            }
            _ if abbreviates(word, "link") => self.link = Some(args.value()?),
            _ if abbreviates(word, "address") => {
                self.address = Some(prefix::lladdr(args.value()?)?);
            }
            _ if word == "brd" || abbreviates(word, "broadcast") => {
                return Err(Failure::not_simulated("ip link: another broadcast address"));
            }
            _ if word == "qlen"
                || abbreviates(word, "txqueuelen")
                || abbreviates(word, "txqlen") =>
            {
                let (value, number) = integer(args, "txqueuelen")?;
                once(&mut self.txqueuelen, number as u32, "txqueuelen", value)?;
            }
            "mtu" => {
                let (value, number) = integer(args, "mtu")?;
                once(&mut self.mtu, number, "mtu", value)?;
            }
            "netns" => {
                let value = args.value()?;
                let ns = netns::of_name_or_pid(tool, value)
                    .ok_or_else(|| Failure::wrong(value, "Invalid \"netns\" value\n"))?;
                once(&mut self.netns, ns, "netns", value)?;
            }
            "multicast" => self.changes.push(LinkChange::Multicast(on_off(word, args)?)),
            "allmulticast" => self.changes.push(LinkChange::AllMulti(on_off(word, args)?)),
            "promisc" => self.changes.push(LinkChange::Promisc(on_off(word, args)?)),
            "arp" => self.changes.push(LinkChange::Arp(on_off(word, args)?)),
            _ if abbreviates(word, "master") => self.master = Some(Some(tool.device_value(args)?)),
            _ if abbreviates(word, "nomaster") => self.master = Some(None),
            _ if abbreviates(word, "type") => self.kind = Some(args.value()?),
            _ if abbreviates(word, "alias") => {
                let value = args.value()?;
                if value.len() > ALIAS_LEN {
                    return Err(Failure::wrong(value, "alias too long\n"));
                }
                self.changes.push(LinkChange::Alias(value.to_owned()));
            }
            "group" => {
                let value = args.value()?;
                let group = tool
                    .number_of(Naming::Group, value)
                    .ok_or_else(|| Failure::wrong(value, "Invalid \"group\" value\n"))?;
                once(&mut self.group, group, "group", value)?;
            }
            _ if is_not_simulated(word) => {
                return Err(Failure::not_simulated(format_args!("ip link: option {word}")));
            }
            _ if abbreviates(word, "help") => return Err(Failure::usage(usage::LINK)),
            "dev" => self.take_device(args.value()?)?,
            word => self.take_device(word)?,
        }
        Ok(())
    }

    fn take_name(&mut self, name: &'a str) -> Result<()> {
        if self.name.is_some() {
            return Err(Failure::duplicate("name", name));
        }
        if name.len() > NAME_LEN || !is_name(name) {
            return Err(Failure::wrong(name, "\"name\" not a valid ifname"));
        }
        self.name = Some(name);
        Ok(())
    }

    fn take_device(&mut self, name: &'a str) -> Result<()> {
        if self.device.is_some() {
            return Err(Failure::garbage("dev", name));
        }
        if !is_name(name) {
            return Err(Failure::wrong(name, "\"dev\" not a valid ifname"));
        }
        self.device = Some(name);
        Ok(())
    }

    /// Both `name X` and a bare `X` can mean the device, and a new name.
    fn name_device(&mut self, tool: &Tool, verb: Verb) -> Result<()> {
        let named = self.device.or(self.name);
        if let (Some(device), Some(address), false) = (named, &self.address, verb.creates())
            && tool.device(device).is_some()
            && address.len() != 6
        {
            let len = address.len();
            let line = format!("Invalid address length {len} - must be 6 bytes");
            return Err(Failure::new(line, 1));
        }
        if verb.creates() {
            if self.device.zip(self.name).is_some_and(|(device, name)| device != name) {
                let line = "both \"name\" and \"dev\" cannot be used when creating devices.";
                return Err(Failure::new(line, 255));
            }
        } else if self.index.is_some() && self.netns.is_none() {
            let line = "index can be used only when creating devices or when moving device to \
                        another netns.";
            return Err(Failure::new(line, 255));
        } else if self.name.is_some() && (self.device.is_none() || self.device == self.name) {
            self.name = None;
        }
        self.device = named;
        Ok(())
    }
}

/// Sets what may be given only once.
fn once<T>(place: &mut Option<T>, value: T, option: &str, word: &str) -> Result<()> {
    if place.is_some() {
        return Err(Failure::duplicate(option, word));
    }
    *place = Some(value);
    Ok(())
}

/// The value of an option that is an `int` in C.
fn integer<'a>(args: &mut Args<'a>, option: &str) -> Result<(&'a str, i64)> {
    let value = args.value()?;
    let number = signed(value).filter(|number| i32::try_from(*number).is_ok());
    let why = format!("Invalid \"{option}\" value\n");
    number.map(|number| (value, number)).ok_or_else(|| Failure::wrong(value, why))
}

fn on_off(option: &str, args: &mut Args) -> Result<bool> {
    match args.value()? {
        "on" => Ok(true),
        "off" => Ok(false),
        value => {
            let line = format!(
                "Error: argument of \"{option}\" must be \"on\" or \"off\", not \"{value}\""
            );
            Err(Failure::new(line, 1))
        }
    }
}

/// Whether a word can be the name of a device, apart from its length.
fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.contains(|c: char| c == '/' || c.is_ascii_whitespace())
}

/// Options of the real tool that have nothing to act on here.
fn is_not_simulated(word: &str) -> bool {
    const EXACT: &[&str] = &[
        "xdp",
        "xdpgeneric",
        "xdpdrv",
        "xdpoffload",
        "trailers",
        "carrier",
        "vf",
        "vrf",
        "mode",
        "state",
        "protodown",
        "protodown_reason",
        "gso_max_size",
        "gso_max_segs",
        "gro_max_size",
        "parentdev",
    ];
    const ABBREVIATED: &[&str] =
        &["dynamic", "numtxqueues", "numrxqueues", "addrgenmode", "link-netns", "link-netnsid"];
    EXACT.contains(&word) || ABBREVIATED.iter().any(|full| abbreviates(word, full))
}
