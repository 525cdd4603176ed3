//! Published ports as they are typed (`-p`) and listed.

use crate::docker::model::{Port, PortBinding, PortRequest, Protocol};

/// `-p [IP:][HOST[-HOST]:]PORT[-PORT][/PROTOCOL]`, or `-p published=HOST,target=PORT[,protocol=…]`.
pub fn parse_publish(text: &str) -> Result<Vec<PortRequest>, String> {
    let text = &standard_notation(text)?;
    let parts: Vec<&str> = text.split(':').collect();
    let (ip, host, inner) = match parts.as_slice() {
        [inner] => (String::new(), "", *inner),
        [host, inner] => (String::new(), *host, *inner),
        [ip @ .., host, inner] => (ip.join(":"), *host, *inner),
        [] => (String::new(), "", ""),
    };
    let (inner, protocol) = split_protocol(inner);
    let host_ip = match ip.trim_matches(['[', ']']) {
        "" => None,
        ip if ip.parse::<std::net::Ipv6Addr>().is_ok() => {
            return Err(format!("netsim does not simulate IPv6: {ip}"));
        }
        ip if ip.contains(':') && !parts[0].starts_with('[') => {
            return Err(format!(
                "Invalid ip address {ip}: address {ip}:: too many colons in address"
            ));
        }
        ip => Some(ip.parse().map_err(|_| format!("Invalid ip address: {ip}"))?),
    };
    if inner.is_empty() {
        return Err(format!("No port specified: {text}<empty>"));
    }
    let (low, high) = range(inner).map_err(|_| format!("Invalid containerPort: {inner}"))?;
    let outer = match host {
        "" => None,
        host => Some(range(host).map_err(|_| format!("Invalid hostPort: {host}"))?),
    };
    let count = high - low;
    if count > 0 && outer.is_some_and(|outer| outer.1 - outer.0 != count) {
        return Err(format!(
            "Invalid ranges specified for container and host Ports: {inner} and {host}"
        ));
    }
    let protocol = Protocol::named(&protocol.to_lowercase())
        .ok_or_else(|| format!("Invalid proto: {protocol}"))?;
    // Port zero outside means any.
    let outer = outer.filter(|outer| *outer != (0, 0));
    Ok((0..=count)
        .map(|n| PortRequest {
            container: Port { number: low + n, protocol },
            host_ip,
            host_ports: outer
                .map(|(low, high)| if count > 0 { (low + n, low + n) } else { (low, high) }),
        })
        .collect())
}

/// What is said by names, said by places.
fn standard_notation(text: &str) -> Result<String, String> {
    if !text.contains('=') {
        return Ok(text.to_owned());
    }
    let (mut published, mut target, mut protocol) = ("", "", "tcp");
    for part in text.split(',') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!(
                "invalid publish opts format (should be name=value but got '{part}')"
            ));
        };
        match name {
            "published" => published = value,
            "target" => target = value,
            "protocol" => protocol = value,
            _ => {}
        }
    }
    Ok(format!("{published}:{target}/{protocol}"))
}

/// `80/tcp`: the port and its protocol.
fn split_protocol(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some(("", _)) => ("", ""),
        Some((port, rest)) => match rest.split('/').next() {
            None | Some("") => (port, "tcp"),
            Some(protocol) => (port, protocol),
        },
        None => (text, "tcp"),
    }
}

/// `--expose PORT[-PORT][/PROTOCOL]`.
pub fn parse_expose(text: &str) -> Result<Vec<Port>, String> {
    if text.contains(':') {
        return Err(format!("invalid port format for --expose: {text}"));
    }
    let (ports, name) = split_protocol(text);
    let (low, high) = range(ports)
        .map_err(|why| format!("invalid range format for --expose: {text}, error: {why}"))?;
    let protocol =
        Protocol::named(&name.to_lowercase()).ok_or_else(|| format!("invalid proto: {name}"))?;
    Ok((low..=high).map(|number| Port { number, protocol }).collect())
}

/// One port, or the first and the last of several.
fn range(text: &str) -> Result<(u16, u16), String> {
    let number = |text: &str| -> Result<u16, String> {
        text.parse().map_err(|error: std::num::ParseIntError| {
            let is_large = matches!(error.kind(), std::num::IntErrorKind::PosOverflow);
            let why = if is_large { "value out of range" } else { "invalid syntax" };
            format!("strconv.ParseUint: parsing \"{text}\": {why}")
        })
    };
    if text.is_empty() {
        return Err("Empty string specified for ports.".to_owned());
    }
    let Some((low, high)) = text.split_once('-') else {
        let port = number(text)?;
        return Ok((port, port));
    };
    let (low, high) = (number(low)?, number(high)?);
    if high < low {
        return Err(format!("Invalid range specified for the Port: {text}"));
    }
    Ok((low, high))
}

/// The column PORTS of `docker ps`: published ones with both families, then those that are only
/// announced; neighbours that map to themselves together.
pub fn column(exposed: &[Port], bindings: &[PortBinding]) -> String {
    let mut entries: Vec<(Port, Option<(String, u16)>)> = Vec::new();
    for port in exposed {
        let mine: Vec<&PortBinding> =
            bindings.iter().filter(|binding| binding.container == *port).collect();
        if mine.is_empty() {
            entries.push((*port, None));
        }
        for binding in mine {
            entries.push((*port, Some((binding.host_ip.to_string(), binding.host_port))));
        }
    }
    let mut groups: Vec<(String, Protocol, u16, u16)> = Vec::new();
    let mut singles: Vec<String> = Vec::new();
    entries.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    for (port, outer) in entries {
        match outer {
            Some((ip, host)) if host != port.number => {
                singles.push(format!("{ip}:{host}->{port}"));
            }
            outer => {
                let ip = outer.map(|(ip, _)| ip).unwrap_or_default();
                let next = groups.iter_mut().find(|(known, protocol, _, last)| {
                    *known == ip && *protocol == port.protocol && *last + 1 == port.number
                });
                match next {
                    Some((.., last)) => *last = port.number,
                    None => groups.push((ip, port.protocol, port.number, port.number)),
                }
            }
        }
    }
    let group = |(ip, protocol, low, high): &(String, Protocol, u16, u16)| {
        let ports = if low == high { low.to_string() } else { format!("{low}-{high}") };
        let name = protocol.name();
        if ip.is_empty() {
            format!("{ports}/{name}")
        } else {
            format!("{ip}:{ports}->{ports}/{name}")
        }
    };
    groups.iter().map(group).chain(singles).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    #[test]
    fn publishing_in_all_forms() {
        let one = parse_publish("8080:80").unwrap();
        assert_eq!(one[0].host_ports, Some((8080, 8080)));
        assert_eq!(one[0].container.to_string(), "80/tcp");
        assert_eq!(parse_publish("127.0.0.1::53/udp").unwrap()[0].host_ports, None);
        assert_eq!(parse_publish("8000-8002:80-82").unwrap().len(), 3);
        assert_eq!(parse_publish("8000-8002:80").unwrap()[0].host_ports, Some((8000, 8002)));
        assert_eq!(parse_publish("abc").unwrap_err(), "Invalid containerPort: abc");
        let twice = parse_publish("80/udp/tcp").unwrap();
        assert_eq!(twice[0].container.to_string(), "80/udp");
        assert!(parse_publish("80-81:8080-8085").is_err());
        let long = parse_publish("published=8080,target=53,protocol=udp").unwrap();
        assert_eq!(long, parse_publish("8080:53/udp").unwrap());
    }

    #[test]
    fn what_cannot_be_published_is_refused_in_the_words_of_the_client() {
        for (text, words) in [
            ("8080:", "No port specified: 8080:<empty>"),
            ("x:80", "Invalid hostPort: x"),
            ("localhost:80:80", "Invalid ip address: localhost"),
            ("80/icmp", "Invalid proto: icmp"),
            ("70000", "Invalid containerPort: 70000"),
            (
                "80-81:80-85",
                "Invalid ranges specified for container and host Ports: 80-85 and 80-81",
            ),
            ("published=1,80", "invalid publish opts format (should be name=value but got '80')"),
        ] {
            assert_eq!(parse_publish(text).unwrap_err(), words);
        }
        assert_eq!(
            parse_expose("abc").unwrap_err(),
            "invalid range format for --expose: abc, error: strconv.ParseUint: parsing \"abc\": invalid syntax"
        );
    }

    #[test]
    fn the_ports_column_groups_neighbours() {
        let port = |number| Port { number, protocol: Protocol::Tcp };
        let any = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let binding = |number: u16, host_ip, host_port| PortBinding {
            container: port(number),
            host_ip,
            host_port,
            proxy: None,
        };
        let six = IpAddr::from(Ipv6Addr::UNSPECIFIED);
        let text = column(&[port(80)], &[binding(80, any, 8080), binding(80, six, 8080)]);
        assert_eq!(text, "0.0.0.0:8080->80/tcp, :::8080->80/tcp");
        let both = [binding(8000, any, 8000), binding(8001, any, 8001)];
        let text = column(&[port(8000), port(8001)], &both);
        assert_eq!(text, "0.0.0.0:8000-8001->8000-8001/tcp");
    }
}
