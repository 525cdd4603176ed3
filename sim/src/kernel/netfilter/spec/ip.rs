//! The part that every rule has: `-s -d -i -o -p -f`.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::matches::{IP_PARTS, IpMatch, Maybe};
use crate::wire::Ipv4Addr;

use super::SpecError;
use super::names::{protocol_name, protocol_number};
use super::values::networks;

/// Reads `-s` or `-d`: networks with commas between them, each of which makes a rule of its own.
pub(super) fn read_addresses(
    text: &str,
    not: bool,
    resolve: &dyn Fn(&str) -> Vec<Ipv4Addr>,
) -> Result<Vec<Maybe<Ipv4Net>>, SpecError> {
    let mut nets = Vec::new();
    for item in text.split(',') {
        nets.extend(networks(item.trim_start(), resolve)?);
    }
    if not && nets.len() > 1 {
        let sentence = "! not allowed with multiple source or destination IP addresses";
        return Err(SpecError::bad(sentence.to_owned()));
    }
    Ok(nets.into_iter().map(|value| Maybe { not, value }).collect())
}

/// Reads `-p`.
pub(super) fn read_protocol(text: &str, not: bool) -> Result<Option<Maybe<u8>>, SpecError> {
    let value = protocol_number(text)
        .ok_or_else(|| SpecError::bad(format!("unknown protocol \"{text}\" specified")))?;
    if value == 0 && not {
        return Err(SpecError::bad("rule would never match protocol".to_owned()));
    }
    Ok((value != 0).then_some(Maybe { not, value }))
}

/// Reads the name of a device, perhaps with a `+` at its end.
pub(super) fn device_name(text: &str) -> Result<String, SpecError> {
    const MAX_LEN: usize = 15;
    if text.is_empty() {
        let sentence = "Empty interface is likely to be undesired";
        return Err(SpecError::bad(sentence.to_owned()));
    }
    if text.len() > MAX_LEN {
        return Err(SpecError::bad(format!(
            "interface name `{text}' must be shorter than IFNAMSIZ ({MAX_LEN})"
        )));
    }
    Ok(text.to_owned())
}

/// Reads `-i` or `-o`. A lone `+` is any device, and says nothing.
pub(super) fn read_device(text: &str, not: bool) -> Result<Option<Maybe<String>>, SpecError> {
    let value = device_name(text)?;
    Ok((value != "+" || not).then_some(Maybe { not, value }))
}

/// Its parts as `-S` prints them, in the order of `IP_PARTS`; empty for one that is not there.
pub(super) fn parts(ip: &IpMatch) -> [String; IP_PARTS.len()] {
    fn word(not: bool, option: &str, value: &str) -> String {
        let bang = if not { "! " } else { "" };
        format!("{bang}{option} {value}").trim_end().to_owned()
    }
    let net = |option: &str, net: Option<Maybe<Ipv4Net>>| {
        net.map_or_else(String::new, |net| word(net.not, option, &net.value.to_string()))
    };
    let device = |option: &str, name: &Option<Maybe<String>>| {
        name.as_ref().map_or_else(String::new, |name| word(name.not, option, &name.value))
    };
    let protocol = ip.protocol.map(|p| word(p.not, "-p", &protocol_name(p.value)));
    let fragment = ip.fragment.map(|fragment| word(fragment.not, "-f", ""));
    [
        net("-s", ip.src),
        net("-d", ip.dst),
        device("-i", &ip.input),
        device("-o", &ip.output),
        protocol.unwrap_or_default(),
        fragment.unwrap_or_default(),
    ]
}
