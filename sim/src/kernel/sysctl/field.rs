//! The kinds of variables behind paths, and how they are written.

use crate::engine::Span;
use crate::kernel::errno::Errno;

/// A variable behind a path.
pub(super) enum Field<'a> {
    Bool(&'a mut bool),
    U8(&'a mut u8),
    U16(&'a mut u16),
    U32(&'a mut u32),
    /// Of which -1 is the largest.
    Signed(&'a mut u32),
    Millis(&'a mut Span),
    Seconds(&'a mut Span),
    /// In ticks of 10 ms, as `locktime` and `proxy_delay` are.
    Ticks(&'a mut Span),
    PortRange(&'a mut (u16, u16)),
    GroupRange(&'a mut (u32, u32)),
    /// Accepted and without effect.
    Fixed(&'static str),
}

impl Field<'_> {
    pub(super) fn show(&self) -> String {
        match self {
            Field::Bool(value) => u8::from(**value).to_string(),
            Field::U8(value) => value.to_string(),
            Field::U16(value) => value.to_string(),
            Field::U32(value) => value.to_string(),
            Field::Signed(value) => (**value as i32).to_string(),
            Field::Millis(span) => span.as_millis().to_string(),
            Field::Seconds(span) => span.as_secs().to_string(),
            Field::Ticks(span) => (span.as_millis() / 10).to_string(),
            Field::PortRange((low, high)) => format!("{low}\t{high}"),
            Field::GroupRange((low, high)) => format!("{low}\t{high}"),
            Field::Fixed(text) => (*text).to_owned(),
        }
    }

    pub(super) fn set(&mut self, text: &str) -> Result<(), Errno> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |n: usize| -> Result<i64, Errno> {
            words.get(n).and_then(|word| whole_number(word)).ok_or(Errno::EINVAL)
        };
        let unsigned =
            |n: usize| number(n).and_then(|v| u64::try_from(v).map_err(|_| Errno::EINVAL));
        match self {
            Field::Bool(value) => **value = number(0)? != 0,
            Field::U8(value) => **value = u8::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::U16(value) => **value = u16::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::U32(value) => **value = u32::try_from(number(0)?).map_err(|_| Errno::EINVAL)?,
            Field::Signed(value) => {
                **value = i32::try_from(number(0)?).map_err(|_| Errno::EINVAL)? as u32;
            }
            Field::Millis(span) => **span = Span::millis(unsigned(0)?.min(u64::from(u32::MAX))),
            Field::Seconds(span) => **span = Span::secs(unsigned(0)?.min(u64::from(u32::MAX))),
            Field::Ticks(span) => **span = Span::millis(unsigned(0)?.min(1 << 32) * 10),
            Field::PortRange(range) => {
                let bound =
                    |n| unsigned(n).and_then(|v| u16::try_from(v).map_err(|_| Errno::EINVAL));
                let (low, high) = (bound(0)?, bound(1)?);
                if low == 0 || low > high {
                    return Err(Errno::EINVAL);
                }
                **range = (low, high);
            }
            Field::GroupRange(range) => {
                let bound =
                    |n| unsigned(n).and_then(|v| u32::try_from(v).map_err(|_| Errno::EINVAL));
                **range = (bound(0)?, bound(1)?);
            }
            Field::Fixed(_) => {}
        }
        Ok(())
    }
}

/// The values that a switch may have, where its type would allow more.
pub(super) fn limits(path: &str) -> Option<std::ops::RangeInclusive<i64>> {
    Some(match path {
        "net.ipv4.ip_default_ttl" => 1..=255,
        "net.ipv4.tcp_syn_retries" => 1..=127,
        "net.ipv4.tcp_ecn" => 0..=5,
        _ if path.starts_with("net.ipv6.conf.") && path.ends_with(".addr_gen_mode") => 0..=1,
        _ if path.starts_with("net.ipv6.conf.") && path.ends_with(".hop_limit") => 1..=255,
        "net.ipv4.icmp_echo_ignore_all"
        | "net.ipv4.icmp_echo_ignore_broadcasts"
        | "net.ipv4.icmp_errors_use_inbound_ifaddr"
        | "net.netfilter.nf_conntrack_acct"
        | "net.netfilter.nf_conntrack_tcp_loose" => 0..=1,
        _ => return None,
    })
}

/// A number as the kernel reads it: `0x` is hexadecimal.
pub(super) fn whole_number(word: &str) -> Option<i64> {
    match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}
