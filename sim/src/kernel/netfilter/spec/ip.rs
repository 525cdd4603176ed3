//! The part that every rule has: `-s -d -i -o -p -f`.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::matches::{IpMatch, Maybe};
use crate::wire::Ipv4Addr;

use super::SpecError;
use super::names::{protocol_name, protocol_number};
use super::text::Words;
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

/// As `-S` prints it.
pub(super) fn save(ip: &IpMatch) -> String {
    let mut words = Words::default();
    let mut word = |not: bool, option: &str, value: &str| {
        if not {
            words.word("!");
        }
        words.word(option);
        if !value.is_empty() {
            words.word(value);
        }
    };
    for (option, net) in [("-s", ip.src), ("-d", ip.dst)] {
        if let Some(Maybe { not, value }) = net {
            word(not, option, &value.to_string());
        }
    }
    for (option, name) in [("-i", &ip.input), ("-o", &ip.output)] {
        if let Some(Maybe { not, value }) = name {
            word(*not, option, value);
        }
    }
    if let Some(Maybe { not, value }) = ip.protocol {
        word(not, "-p", &protocol_name(value));
    }
    if let Some(Maybe { not, .. }) = ip.fragment {
        word(not, "-f", "");
    }
    words.done()
}
