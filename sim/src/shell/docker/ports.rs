//! Published ports as they are typed (`-p`) and listed.

use crate::docker::model::{Port, PortBinding, PortRequest, Protocol};
use crate::wire::Ipv4Addr;

/// `-p [IP:][HOST[-HOST]:]PORT[-PORT][/PROTOCOL]`.
pub fn parse_publish(text: &str) -> Result<Vec<PortRequest>, String> {
    let (rest, protocol) = match text.split_once('/') {
        Some((rest, name)) => {
            (rest, Protocol::named(name).ok_or_else(|| format!("Invalid proto: {name}"))?)
        }
        None => (text, Protocol::Tcp),
    };
    let parts: Vec<&str> = rest.split(':').collect();
    let (ip, host, inner) = match parts.as_slice() {
        [inner] => ("", "", *inner),
        [host, inner] => ("", *host, *inner),
        [ip, host, inner] => (*ip, *host, *inner),
        _ => return Err(format!("Invalid ip address: {text}")),
    };
    if inner.is_empty() {
        return Err(format!("No port specified: {text}<empty>"));
    }
    let host_ip = match ip {
        "" => None,
        "localhost" => Some(Ipv4Addr::LOCALHOST),
        ip => Some(ip.parse().map_err(|_| format!("Invalid ip address: {ip}"))?),
    };
    let inner = range(inner).ok_or_else(|| format!("Invalid containerPort: {inner}"))?;
    let outer = match host {
        "" => None,
        host => Some(range(host).ok_or_else(|| format!("Invalid hostPort: {host}"))?),
    };
    let count = inner.1 - inner.0;
    if let Some(outer) = outer
        && outer.1 - outer.0 != count
        && count > 0
    {
        return Err(format!(
            "Invalid ranges specified for container and host Ports: {}-{} and {}-{}",
            inner.0, inner.1, outer.0, outer.1
        ));
    }
    Ok((0..=count)
        .map(|n| PortRequest {
            container: Port { number: inner.0 + n, protocol },
            host_ip,
            host_ports: outer
                .map(|(low, high)| if count > 0 { (low + n, low + n) } else { (low, high) }),
        })
        .collect())
}

/// `--expose PORT[-PORT][/PROTOCOL]`.
pub fn parse_expose(text: &str) -> Result<Vec<Port>, String> {
    let (rest, name) = text.split_once('/').unwrap_or((text, "tcp"));
    let invalid = || format!("invalid range format for --expose: {text}");
    let protocol = Protocol::named(name).ok_or_else(invalid)?;
    let (low, high) = range(rest).ok_or_else(invalid)?;
    Ok((low..=high).map(|number| Port { number, protocol }).collect())
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low <= high && low > 0).then_some((low, high))
}

/// The column PORTS of `docker ps`: published ones with both families, then those that are only
/// announced; neighbours that map to themselves together.
pub fn column(exposed: &[Port], bindings: &[PortBinding], has_proxy: bool) -> String {
    let mut entries: Vec<(Port, Option<(String, u16)>)> = Vec::new();
    for port in exposed {
        let mine: Vec<&PortBinding> =
            bindings.iter().filter(|binding| binding.container == *port).collect();
        if mine.is_empty() {
            entries.push((*port, None));
        }
        for binding in mine {
            entries.push((*port, Some((binding.host_ip.to_string(), binding.host_port))));
            if binding.host_ip.is_unspecified() && has_proxy {
                entries.push((*port, Some(("::".to_owned(), binding.host_port))));
            }
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

    #[test]
    fn publishing_in_all_forms() {
        let one = parse_publish("8080:80").unwrap();
        assert_eq!(one[0].host_ports, Some((8080, 8080)));
        assert_eq!(one[0].container.to_string(), "80/tcp");
        assert_eq!(parse_publish("127.0.0.1::53/udp").unwrap()[0].host_ports, None);
        assert_eq!(parse_publish("8000-8002:80-82").unwrap().len(), 3);
        assert_eq!(parse_publish("8000-8002:80").unwrap()[0].host_ports, Some((8000, 8002)));
        assert_eq!(parse_publish("abc").unwrap_err(), "Invalid containerPort: abc");
        assert!(parse_publish("80-81:8080-8085").is_err());
    }

    #[test]
    fn the_ports_column_groups_neighbours() {
        let port = |number| Port { number, protocol: Protocol::Tcp };
        let binding = |number: u16, host_port| PortBinding {
            container: port(number),
            host_ip: Ipv4Addr::UNSPECIFIED,
            host_port,
            proxy: None,
        };
        let text = column(&[port(80)], &[binding(80, 8080)], true);
        assert_eq!(text, "0.0.0.0:8080->80/tcp, :::8080->80/tcp");
        let both = [binding(8000, 8000), binding(8001, 8001)];
        let text = column(&[port(8000), port(8001)], &both, false);
        assert_eq!(text, "0.0.0.0:8000-8001->8000-8001/tcp");
    }
}
