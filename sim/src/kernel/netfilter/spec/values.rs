//! The values behind options: numbers, marks, ports, networks, names from a list.

use std::ops::RangeInclusive;

use ipnet::Ipv4Net;

use crate::kernel::netfilter::matches::PortRange;
use crate::wire::Ipv4Addr;

use super::SpecError;
use super::names::service_port;

/// A value, and where it stands: error sentences name both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub extension: &'static str,
    pub option: &'static str,
    pub text: &'a str,
    /// What `-p` said before; zero for nothing.
    pub protocol: u8,
}

/// A number as `strtoul` reads it: decimal, `0x…` or `0…`.
pub(super) fn number(text: &str) -> Option<u64> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let octal = text.strip_prefix('0').filter(|digits| !digits.is_empty());
    let (digits, radix) = match (hex, octal) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => (text, 10),
    };
    // Rust would take a sign.
    let starts_well = digits.starts_with(|c: char| c.is_digit(radix));
    u64::from_str_radix(digits, radix).ok().filter(|_| starts_well)
}

/// `255.255.255.0` or `24` as the length of a prefix.
fn prefix_len(text: &str) -> Result<u8, Mask> {
    if let Ok(mask) = text.parse::<Ipv4Addr>() {
        return ipnet::ipv4_mask_to_prefix(mask).map_err(|_| Mask::Scattered);
    }
    number(text)
        .and_then(|bits| u8::try_from(bits).ok())
        .filter(|bits| *bits <= 32)
        .ok_or(Mask::Bad)
}

/// What is wrong with a mask.
enum Mask {
    Bad,
    /// Its bits are not all at the front.
    Scattered,
}

/// An address of which the last parts may be missing: `10.1` is `10.1.0.0`.
fn short_address(text: &str) -> Option<Ipv4Addr> {
    let parts: Option<Vec<u8>> =
        text.split('.').map(|part| number(part).and_then(|n| u8::try_from(n).ok())).collect();
    let parts = parts.filter(|parts| parts.len() <= 4)?;
    let mut octets = [0; 4];
    octets[..parts.len()].copy_from_slice(&parts);
    Some(octets.into())
}

/// The networks behind one item of `-s` or `-d`: a name may stand for several addresses.
pub(super) fn networks(
    text: &str,
    resolve: &dyn Fn(&str) -> Vec<Ipv4Addr>,
) -> Result<Vec<Ipv4Net>, SpecError> {
    let (host, mask) = match text.split_once('/') {
        Some((host, mask)) => (host, Some(mask)),
        None => (text, None),
    };
    let length = match mask.map(prefix_len) {
        None => 32,
        Some(Ok(length)) => length,
        Some(Err(Mask::Bad)) => {
            let mask = mask.unwrap_or_default();
            return Err(SpecError::bad(format!("invalid mask `{mask}' specified")));
        }
        Some(Err(Mask::Scattered)) => {
            return Err(SpecError::NotSimulated(format!("a mask with holes ({text})")));
        }
    };
    let addresses = match short_address(host) {
        Some(address) => vec![address],
        None => resolve(host),
    };
    if addresses.is_empty() {
        return Err(SpecError::bad(format!("host/network `{host}' not found")));
    }
    let net = |address| Ipv4Net::new(address, length).expect("the length was checked").trunc();
    Ok(addresses.into_iter().map(net).collect())
}

impl Value<'_> {
    /// The same place with another text.
    pub fn with(self, text: &str) -> Value<'_> {
        Value { text, ..self }
    }

    pub fn out_of_range(&self, range: &RangeInclusive<u64>) -> SpecError {
        SpecError::bad(format!(
            "{}: bad value for option \"--{}\", or out of range ({}-{}).\n",
            self.extension,
            self.option,
            range.start(),
            range.end()
        ))
    }

    /// The sentence for values of no regular form.
    pub fn refused(&self) -> SpecError {
        SpecError::bad(format!(
            "{}: Bad value for \"--{}\" option: \"{}\"",
            self.extension, self.option, self.text
        ))
    }

    pub fn number(self, range: RangeInclusive<u64>) -> Result<u64, SpecError> {
        number(self.text).filter(|n| range.contains(n)).ok_or_else(|| self.out_of_range(&range))
    }

    /// A number of one byte.
    pub fn byte(self, range: RangeInclusive<u64>) -> Result<u8, SpecError> {
        self.number(range).map(|n| n as u8)
    }

    /// A mark: 32 bits.
    pub fn mark(self) -> Result<u32, SpecError> {
        self.number(0..=u64::from(u32::MAX)).map(|n| n as u32)
    }

    /// A mark with a mask behind a slash; all ones without one.
    pub fn masked_mark(self) -> Result<(u32, u32), SpecError> {
        let read = |text: &str| {
            number(text).and_then(|n| u32::try_from(n).ok()).ok_or_else(|| {
                SpecError::bad(format!(
                    "{}: bad integer value for option \"--{}\", or out of range.\n",
                    self.extension, self.option
                ))
            })
        };
        let mut parts = self.text.splitn(3, '/');
        let value = read(parts.next().unwrap_or_default())?;
        let mask = parts.next().map_or(Ok(u32::MAX), read)?;
        if parts.next().is_some() {
            return Err(SpecError::bad(format!(
                "{}: trailing garbage after value for option \"--{}\".\n",
                self.extension, self.option
            )));
        }
        Ok((value, mask))
    }

    /// `LOW:HIGH`, either end may be missing; a single number is both.
    pub fn range(self, max: u64) -> Result<(u64, u64), SpecError> {
        let read = |text: &str, missing: u64| {
            if text.is_empty() {
                return Ok(missing);
            }
            number(text).filter(|n| *n <= max).ok_or_else(|| {
                SpecError::bad(format!(
                    "{}: bad value for option \"--{}\" near \"{text}\", or out of range (0-{max}).\n",
                    self.extension, self.option
                ))
            })
        };
        match self.text.split(':').collect::<Vec<_>>().as_slice() {
            [single] => read(single, 0).map(|n| (n, n)),
            [low, high] => Ok((read(low, 0)?, read(high, max)?)),
            _ => Err(self.too_many_parts()),
        }
    }

    fn too_many_parts(&self) -> SpecError {
        SpecError::bad(format!(
            "{}: Too many components for option \"--{}\" (max: 2)\n",
            self.extension, self.option
        ))
    }

    /// A port by number or name, of the protocol that `-p` said.
    pub fn port(self) -> Result<u16, SpecError> {
        let by_number = number(self.text).and_then(|n| u16::try_from(n).ok());
        by_number.or_else(|| service_port(self.text, self.protocol)).ok_or_else(|| {
            SpecError::bad(format!("invalid port/service `{}' specified", self.text))
        })
    }

    /// `LOW:HIGH` of ports, as `tcp` and `multiport` read them.
    pub fn port_range(self) -> Result<PortRange, SpecError> {
        let Some((low, high)) = self.text.split_once(':') else {
            return self.port().map(|port| (port, port));
        };
        let low = if low.is_empty() { 0 } else { self.with(low).port()? };
        let high = if high.is_empty() { u16::MAX } else { self.with(high).port()? };
        Ok((low, high))
    }

    /// `LOW:HIGH` of ports, as `udp` and `conntrack` read them: by the resolver of the C library,
    /// which cuts numbers to 16 bits.
    pub fn resolved_port_range(self) -> Result<PortRange, SpecError> {
        let read = |text: &str| {
            let by_number = if text.is_empty() { Some(0) } else { number(text) };
            by_number.map(|n| n as u16).or_else(|| service_port(text, self.protocol)).ok_or_else(
                || SpecError::bad(format!("Port \"{text}\" does not resolve to anything.\n")),
            )
        };
        match self.text.split(':').collect::<Vec<_>>().as_slice() {
            [single] => read(single).map(|port| (port, port)),
            [low, ""] => read(low).map(|low| (low, u16::MAX)),
            [low, high] => Ok((read(low)?, read(high)?)),
            _ => Err(self.too_many_parts()),
        }
    }

    /// An address with an optional mask, as `--ctorigsrc` and `--to` of `NETMAP` read it.
    pub fn network(self) -> Result<Ipv4Net, SpecError> {
        let (host, mask) = self.text.split_once('/').unwrap_or((self.text, "32"));
        let address: Ipv4Addr = host
            .parse()
            .map_err(|_| SpecError::bad("getaddrinfo: Name or service not known\n".to_owned()))?;
        let length = match prefix_len(mask) {
            Ok(length) => length,
            // More than all bits are all bits.
            Err(Mask::Bad) if number(mask).is_some() => 32,
            Err(Mask::Bad) => {
                return Err(SpecError::bad(format!(
                    "{}: bad value for option \"--{}\", neither a valid network mask nor valid CIDR \
                     (0-32).\n",
                    self.extension, self.option
                )));
            }
            Err(Mask::Scattered) => {
                return Err(SpecError::NotSimulated(format!("a mask with holes ({mask})")));
            }
        };
        Ok(Ipv4Net::new(address, length).expect("the length was checked").trunc())
    }

    /// One of a list of names, in any case.
    pub fn one_of<T: Copy>(self, names: &[(&str, T)]) -> Option<T> {
        names.iter().find(|(name, _)| name.eq_ignore_ascii_case(self.text)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value<'_> {
        Value { extension: "tcp", option: "dport", text, protocol: 6 }
    }

    #[test]
    fn numbers_have_three_bases() {
        assert_eq!(
            ["10", "0x1f", "017", "0", "", "-1", "+1", "08", "1x"].map(number),
            [Some(10), Some(31), Some(15), Some(0), None, None, None, None, None]
        );
    }

    #[test]
    fn port_ranges_may_be_open() {
        assert_eq!(value(":1023").port_range(), Ok((0, 1023)));
        assert_eq!(value("1024:").port_range(), Ok((1024, 65535)));
        assert_eq!(value("http").port_range(), Ok((80, 80)));
        assert!(value("99999").port_range().is_err());
        assert_eq!(value("99999").resolved_port_range(), Ok((34463, 34463)));
    }

    #[test]
    fn networks_are_cut_to_their_mask() {
        let resolve = |name: &str| match name {
            "localhost" => vec![Ipv4Addr::LOCALHOST],
            _ => Vec::new(),
        };
        let of = |text| networks(text, &resolve).map(|nets| nets[0].to_string());
        assert_eq!(of("10.1.2.3/8"), Ok("10.0.0.0/8".to_owned()));
        assert_eq!(of("10.1/255.255.0.0"), Ok("10.1.0.0/16".to_owned()));
        assert_eq!(of("localhost"), Ok("127.0.0.1/32".to_owned()));
        assert_eq!(
            of("10.0.0.0/33"),
            Err(SpecError::bad("invalid mask `33' specified".to_owned()))
        );
        assert!(matches!(of("10.0.0.0/255.0.255.0"), Err(SpecError::NotSimulated(_))));
    }
}
