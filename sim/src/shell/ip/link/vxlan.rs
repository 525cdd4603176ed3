//! The options of a VXLAN device.

use super::super::names::Naming;
use super::super::{Tool, prefix, usage};
use super::verb::Verb;
use crate::engine::Span;
use crate::kernel::LinkId;
use crate::kernel::link::admin::VxlanSpec;
use crate::kernel::link::vxlan::TunnelDf;
use crate::kernel::sys::link::VxlanChange;
use crate::shell::args::{Args, Failure, Result, abbreviates, unsigned};
use crate::wire::Ipv4Addr;

/// What was said about a VXLAN device.
#[derive(Debug, Clone, Default)]
pub struct VxlanOptions {
    vni: Option<u32>,
    remote: Option<Ipv4Addr>,
    local: Option<Ipv4Addr>,
    device: Option<LinkId>,
    port: Option<u16>,
    changes: Vec<VxlanChange>,
    seen: Vec<&'static str>,
}

impl VxlanOptions {
    /// Reads the options.
    pub fn parse(tool: &Tool, verb: Verb, args: &mut Args) -> Result<VxlanOptions> {
        let mut options = VxlanOptions::default();
        while let Some(word) = args.next() {
            options.take(tool, word, args)?;
        }
        if options.vni.is_none() && verb != Verb::Set {
            return Err(Failure::new("vxlan: missing virtual network identifier", 1));
        }
        if options.remote.is_some_and(|remote| remote.is_multicast()) && options.device.is_none() {
            return Err(Failure::new("vxlan: 'group' requires 'dev' to be specified", 1));
        }
        if options.port.is_none() && verb != Verb::Set {
            tool.eprint(
                "vxlan: destination port not specified\n\
                 Will use Linux kernel default (non-standard value)\n\
                 Use 'dstport 4789' to get the IANA assigned value\n\
                 Use 'dstport 0' to get default and quiet this message\n",
            );
        }
        Ok(options)
    }

    /// An option may be given once; `what` is the attribute behind its spellings.
    fn once(&mut self, attribute: &'static str, option: &str, value: &str) -> Result<()> {
        if self.seen.contains(&attribute) {
            return Err(Failure::garbage(option, value));
        }
        self.seen.push(attribute);
        Ok(())
    }

    fn value<'a>(&mut self, attribute: &'static str, args: &mut Args<'a>) -> Result<&'a str> {
        let value = args.value()?;
        self.once(attribute, attribute, value)?;
        Ok(value)
    }

    fn take(&mut self, tool: &Tool, word: &str, args: &mut Args) -> Result<()> {
        let is = |full: &str| abbreviates(word, full);
        match word {
            _ if is("id") || is("vni") => {
                let value = self.value("id", args)?;
                let vni = unsigned(value, (1 << 24) - 1);
                self.vni = Some(vni.ok_or_else(|| Failure::wrong(value, "invalid id"))? as u32);
            }
            _ if is("group") || is("remote") => self.take_remote(tool, is("group"), args)?,
            _ if is("local") => {
                let value = self.value("local", args)?;
                let local = prefix::address(value, tool.options.family)?;
                if local.is_multicast() || local.is_unspecified() {
                    return Err(Failure::wrong(value, "invalid local address"));
                }
                self.local = Some(local);
                self.changes.push(VxlanChange::Local(local));
            }
            _ if is("dev") => {
                let value = self.value("dev", args)?;
                let device = tool.device(value);
                self.device = Some(device.ok_or_else(|| {
                    Failure::new(format_args!("Cannot find device \"{value}\""), 255)
                })?);
            }
            _ if is("ttl") || is("hoplimit") => {
                let ttl = match self.value("ttl", args)? {
                    "inherit" => return Err(not_simulated("ttl inherit")),
                    "auto" => 0,
                    value => {
                        let ttl = unsigned(value, u64::from(u32::MAX))
                            .ok_or_else(|| Failure::wrong(value, "invalid TTL"))?;
                        let too_large = |_| Failure::wrong(value, "TTL must be <= 255");
                        u8::try_from(ttl).map_err(too_large)?
                    }
                };
                self.changes.push(VxlanChange::Ttl(ttl));
            }
            _ if is("tos") || is("dsfield") => {
                let tos = match self.value("tos", args)? {
                    "inherit" => 1,
                    value => tool
                        .number_of(Naming::TrafficClass, value)
                        .ok_or_else(|| Failure::wrong(value, "bad TOS value"))?,
                };
                self.changes.push(VxlanChange::Tos(tos as u8));
            }
            _ if is("df") => {
                let value = self.value("df", args)?;
                let df = match value {
                    "unset" => TunnelDf::Unset,
                    "set" => TunnelDf::Set,
                    "inherit" => TunnelDf::Inherit,
                    _ => {
                        let why = "DF must be 'unset', 'set' or 'inherit'";
                        return Err(Failure::wrong(value, why));
                    }
                };
                self.changes.push(VxlanChange::Df(df));
            }
            _ if is("ageing") => {
                let age = match self.value("ageing", args)? {
                    // The kernel takes zero for its default.
                    "none" | "0" => 300,
                    value => unsigned(value, u64::from(u32::MAX))
                        .ok_or_else(|| Failure::wrong(value, "ageing timer"))?,
                };
                self.changes.push(VxlanChange::Ageing(Span::secs(age)));
            }
            _ if is("maxaddress") => {
                let limit = match self.value("maxaddress", args)? {
                    "unlimited" => 0,
                    value => unsigned(value, u64::from(u32::MAX))
                        .ok_or_else(|| Failure::wrong(value, "max addresses"))?,
                };
                self.changes.push(VxlanChange::MaxAddresses(limit as u32));
            }
            _ if is("port") || is("srcport") => {
                let low = self.value("srcport", args)?;
                let low = unsigned(low, 0xffff).ok_or_else(|| Failure::wrong(low, "min port"))?;
                let high = args.number(0xffff, "max port")?;
                self.changes.push(VxlanChange::SourcePorts(low as u16, high as u16));
            }
            _ if is("dstport") => {
                let value = self.value("dstport", args)?;
                let port = unsigned(value, 0xffff);
                let port = port.ok_or_else(|| Failure::wrong(value, "dst port"))? as u16;
                self.port = Some(port);
            }
            _ => self.take_flag(word)?,
        }
        Ok(())
    }

    fn take_remote(&mut self, tool: &Tool, is_group: bool, args: &mut Args) -> Result<()> {
        if self.remote.is_some_and(|known| known.is_multicast() != is_group) {
            let line = "vxlan: both group and remote cannot be specified";
            return Err(Failure::new(line, 1));
        }
        let option = if is_group { "group" } else { "remote" };
        let value = args.value()?;
        self.once("group", option, value)?;
        let remote = prefix::address(value, tool.options.family)?;
        if remote.is_multicast() != is_group || remote.is_unspecified() {
            return Err(Failure::wrong(value, format_args!("invalid {option} address")));
        }
        self.remote = Some(remote);
        self.changes.push(VxlanChange::Remote(remote));
        Ok(())
    }

    fn take_flag(&mut self, word: &str) -> Result<()> {
        type Setter = fn(bool) -> VxlanChange;
        const FLAGS: &[(&str, Setter)] = &[
            ("learning", VxlanChange::Learning),
            ("proxy", VxlanChange::Proxy),
            ("l2miss", VxlanChange::L2Miss),
            ("l3miss", VxlanChange::L3Miss),
            ("udpcsum", VxlanChange::UdpChecksum),
        ];
        // What they say is the default, or of IPv6, or of cards.
        const OTHERS: &[&str] = &[
            "rsc",
            "udp6zerocsumtx",
            "udp6zerocsumrx",
            "remcsumtx",
            "remcsumrx",
            "external",
            "vnifilter",
        ];
        for (full, setter) in FLAGS {
            let on = abbreviates(word, full);
            if on || abbreviates(word, &format!("no{full}")) {
                self.once(full, word, word)?;
                self.changes.push(setter(on));
                return Ok(());
            }
        }
        let off = |full: &&&str| abbreviates(word, &format!("no{full}"));
        if OTHERS.iter().find(off).is_some() {
            return Ok(());
        }
        let others = OTHERS.iter().chain(&["gbp", "gpe", "flowlabel", "label"]);
        if others.into_iter().any(|full| abbreviates(word, full)) {
            return Err(not_simulated(word));
        }
        if abbreviates(word, "help") {
            return Err(usage::explain("vxlan", None));
        }
        Err(usage::explain("vxlan", Some(("command", word))))
    }

    /// A device to be made.
    pub fn spec(&self) -> VxlanSpec {
        let mut spec = VxlanSpec::new(self.vni.unwrap_or_default());
        spec.remote = self.remote;
        spec.local = self.local;
        spec.device = self.device;
        spec.port = self.port.unwrap_or(0);
        for change in &self.changes {
            match *change {
                VxlanChange::Tos(tos) => spec.tos = tos,
                VxlanChange::Ttl(ttl) => spec.ttl = ttl,
                VxlanChange::Df(df) => spec.df = df,
                VxlanChange::Learning(on) => spec.learning = on,
                VxlanChange::Proxy(on) => spec.proxy = on,
                VxlanChange::L2Miss(on) => spec.l2miss = on,
                VxlanChange::L3Miss(on) => spec.l3miss = on,
                VxlanChange::Ageing(span) => spec.ageing = span,
                VxlanChange::UdpChecksum(on) => spec.udp_checksum = on,
                VxlanChange::MaxAddresses(limit) => spec.max_addresses = limit,
                VxlanChange::SourcePorts(low, high) => spec.source_ports = (low, high),
                VxlanChange::Remote(_)
                | VxlanChange::Local(_)
                | VxlanChange::Vni(_)
                | VxlanChange::Device(_)
                | VxlanChange::Port(_) => {}
            }
        }
        spec
    }

    /// What is to be changed of a device that is there.
    pub fn changes(&self) -> Vec<VxlanChange> {
        let identity = [
            self.vni.map(VxlanChange::Vni),
            self.port.filter(|port| *port != 0).map(VxlanChange::Port),
            self.device.map(VxlanChange::Device),
        ];
        identity.into_iter().flatten().chain(self.changes.iter().copied()).collect()
    }
}

fn not_simulated(option: &str) -> Failure {
    Failure::not_simulated(format_args!("ip link: vxlan option {option}"))
}
