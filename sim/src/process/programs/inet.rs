//! Addresses as users write them.

use crate::wire::Ipv4Addr;

/// `inet_aton(3)`: one to four numbers, decimal, octal or hexadecimal; the last fills what is left.
pub fn address(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    let room = 32_u32.checked_sub(8 * leading.len() as u32).filter(|room| *room > 0)?;
    let fits = leading.iter().all(|byte| *byte < 256) && u64::from(*last) < 1_u64 << room;
    let high = leading.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) << room;
    fits.then(|| Ipv4Addr::from(high as u32 | last))
}

fn part(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    let is_plain = digits.chars().all(|digit| digit.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}

/// `host`, `host:port` or `:port`, as servers take it; the port stays a text.
pub fn host_and_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

/// The name of an address below `in-addr.arpa`.
pub fn reverse_name(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{d}.{c}.{b}.{a}.in-addr.arpa")
}

/// The address of a name below `in-addr.arpa`.
pub fn address_of_reverse(name: &str) -> Option<Ipv4Addr> {
    let numbers = name.trim_end_matches('.').strip_suffix(".in-addr.arpa")?;
    let octets: Vec<u8> = numbers.split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    match octets.as_slice() {
        [d, c, b, a] => Some(Ipv4Addr::new(*a, *b, *c, *d)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_be_short() {
        assert_eq!(address("10.0.0.1"), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(address("127.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(address("1"), Some(Ipv4Addr::new(0, 0, 0, 1)));
        assert_eq!(address("0x0a.010.1"), Some(Ipv4Addr::new(10, 8, 0, 1)));
        for wrong in ["300.1.1.1", "1.2.3.4.5", "", "1.", "a", "1.2.3.256", "+1.2.3.4"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reverse_names_go_both_ways() {
        let own = Ipv4Addr::new(172, 18, 0, 2);
        assert_eq!(reverse_name(own), "2.0.18.172.in-addr.arpa");
        assert_eq!(address_of_reverse("2.0.18.172.in-addr.arpa."), Some(own));
        assert_eq!(address_of_reverse("0.18.172.in-addr.arpa"), None);
    }
}
