//! A frame, field by field, with its bytes; what changed since the place before is marked.

use netsim_sim::wire::{ethernet, ipv4};

use crate::text::{Line, Piece, Style};

/// A field: where its bytes are, and what they say.
struct Field {
    start: usize,
    len: usize,
    text: String,
}

/// The fields of a frame and its bytes, beside those of the same packet at the place before.
pub fn lines(frame: &[u8], before: Option<&[u8]>) -> Vec<Line> {
    let mut lines = Vec::new();
    let shift = before.map_or(0, |old| frame.len() as isize - old.len() as isize);
    let changed = |at: usize| {
        let old = before.map(|old| at.checked_add_signed(-shift).and_then(|at| old.get(at)));
        old.is_some_and(|old| old != frame.get(at))
    };
    for field in fields(frame) {
        let is_new = (field.start..field.start + field.len).any(changed);
        let (mark, style) = if is_new { ("» ", Style::Strong) } else { ("  ", Style::Plain) };
        lines.push(vec![
            Piece::new(mark, Style::Ask),
            Piece::new(format!("{:>4}  ", field.start), Style::Dim),
            Piece::new(field.text, style),
        ]);
    }
    lines.push(Line::new());
    for (n, row) in frame.chunks(16).enumerate() {
        let mut line = vec![Piece::new(format!("  {:04x}  ", n * 16), Style::Dim)];
        for (k, byte) in row.iter().enumerate() {
            let style = if changed(n * 16 + k) { Style::Bad } else { Style::Code };
            line.push(Piece::new(format!("{byte:02x} "), style));
        }
        let text: String = row
            .iter()
            .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' })
            .collect();
        line.push(Piece::new(format!("{}{text}", "   ".repeat(16 - row.len())), Style::Dim));
        lines.push(line);
    }
    lines
}

fn fields(frame: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    ethernet_fields(frame, 0, "", &mut fields);
    fields
}

fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let part = bytes.get(at..at + len)?;
    Some(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn ethernet_fields(frame: &[u8], base: usize, indent: &str, fields: &mut Vec<Field>) {
    let Some(kind) = number(frame, base + 12, 2) else { return };
    let mac = |at: usize| {
        let bytes = frame[at..at + 6].iter().map(|byte| format!("{byte:02x}"));
        bytes.collect::<Vec<_>>().join(":")
    };
    let mut add = |start: usize, len: usize, text: String| {
        fields.push(Field { start, len, text: format!("{indent}{text}") });
    };
    add(base, 6, format!("Ethernet  to {}", mac(base)));
    add(base + 6, 6, format!("          from {}", mac(base + 6)));
    let name = match kind as u16 {
        ethernet::ETHERTYPE_IPV4 => "IPv4",
        ethernet::ETHERTYPE_ARP => "ARP",
        0x8100 => "VLAN",
        _ => "",
    };
    add(base + 12, 2, format!("          type 0x{kind:04x} {name}"));
    let next = base + ethernet::HEADER_LEN;
    match kind as u16 {
        ethernet::ETHERTYPE_IPV4 => ip_fields(frame, next, indent, fields),
        ethernet::ETHERTYPE_ARP => arp_fields(frame, next, indent, fields),
        _ => {}
    }
}

fn address(frame: &[u8], at: usize) -> String {
    let bytes = frame.get(at..at + 4).unwrap_or_default().iter().map(u8::to_string);
    bytes.collect::<Vec<_>>().join(".")
}

fn arp_fields(frame: &[u8], at: usize, indent: &str, fields: &mut Vec<Field>) {
    let Some(operation) = number(frame, at + 6, 2) else { return };
    if frame.len() < at + 28 {
        return;
    }
    let name = if operation == 1 { "request" } else { "reply" };
    let mut add = |start: usize, len: usize, text: String| {
        fields.push(Field { start, len, text: format!("{indent}{text}") });
    };
    add(at + 6, 2, format!("ARP       operation {operation} ({name})"));
    add(at + 14, 4, format!("          sender {}", address(frame, at + 14)));
    add(at + 24, 4, format!("          target {}", address(frame, at + 24)));
}

fn ip_fields(frame: &[u8], at: usize, indent: &str, fields: &mut Vec<Field>) {
    let Some(first) = frame.get(at) else { return };
    let header = usize::from(first & 0x0f) * 4;
    if frame.len() < at + header.max(20) {
        return;
    }
    let value = |offset: usize, len: usize| number(frame, at + offset, len).unwrap_or_default();
    let flags = value(6, 2);
    let mut add = |start: usize, len: usize, text: String| {
        fields.push(Field { start, len, text: format!("{indent}{text}") });
    };
    add(at + 2, 2, format!("IPv4      length {}", value(2, 2)));
    let df = if flags & 0x4000 != 0 { " DF" } else { "" };
    let more = if flags & 0x2000 != 0 { " MF" } else { "" };
    let offset = (flags & 0x1fff) * 8;
    add(at + 4, 4, format!("          id {}{df}{more} offset {offset}", value(4, 2)));
    add(at + 8, 1, format!("          ttl {}", value(8, 1)));
    let protocol = value(9, 1) as u8;
    let name = match protocol {
        ipv4::protocol::ICMP => "ICMP",
        ipv4::protocol::TCP => "TCP",
        ipv4::protocol::UDP => "UDP",
        _ => "",
    };
    add(at + 9, 1, format!("          protocol {protocol} {name}"));
    add(at + 10, 2, format!("          checksum 0x{:04x}", value(10, 2)));
    add(at + 12, 4, format!("          from {}", address(frame, at + 12)));
    add(at + 16, 4, format!("          to {}", address(frame, at + 16)));
    if offset != 0 {
        return;
    }
    let next = at + header;
    match protocol {
        ipv4::protocol::ICMP => icmp_fields(frame, next, indent, fields),
        ipv4::protocol::TCP => tcp_fields(frame, next, indent, fields),
        ipv4::protocol::UDP => udp_fields(frame, next, indent, fields),
        _ => {}
    }
}

fn icmp_fields(frame: &[u8], at: usize, indent: &str, fields: &mut Vec<Field>) {
    let (Some(kind), Some(code)) = (number(frame, at, 1), number(frame, at + 1, 1)) else { return };
    let name = match kind {
        0 => "echo reply",
        3 => "destination unreachable",
        5 => "redirect",
        8 => "echo request",
        11 => "time exceeded",
        _ => "",
    };
    let text = format!("{indent}ICMP      type {kind} ({name}) code {code}");
    fields.push(Field { start: at, len: 2, text });
    if kind == 0 || kind == 8 {
        let (id, seq) = (number(frame, at + 4, 2), number(frame, at + 6, 2));
        let text = format!(
            "{indent}          id {} sequence {}",
            id.unwrap_or_default(),
            seq.unwrap_or_default()
        );
        fields.push(Field { start: at + 4, len: 4, text });
    }
}

fn tcp_fields(frame: &[u8], at: usize, indent: &str, fields: &mut Vec<Field>) {
    if frame.len() < at + 20 {
        return;
    }
    let value = |offset: usize, len: usize| number(frame, at + offset, len).unwrap_or_default();
    let bits = value(13, 1);
    let names = [(2, "SYN"), (16, "ACK"), (8, "PSH"), (1, "FIN"), (4, "RST"), (32, "URG")];
    let set: Vec<&str> = names.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, n)| *n).collect();
    let mut add = |start: usize, len: usize, text: String| {
        fields.push(Field { start, len, text: format!("{indent}{text}") });
    };
    add(at, 4, format!("TCP       port {} to {}", value(0, 2), value(2, 2)));
    add(at + 4, 4, format!("          sequence {}", value(4, 4)));
    add(at + 8, 4, format!("          acknowledges {}", value(8, 4)));
    add(at + 13, 1, format!("          {}", set.join(" ")));
    add(at + 14, 2, format!("          window {}", value(14, 2)));
}

fn udp_fields(frame: &[u8], at: usize, indent: &str, fields: &mut Vec<Field>) {
    const VXLAN: u64 = 4789;
    let (Some(from), Some(to)) = (number(frame, at, 2), number(frame, at + 2, 2)) else { return };
    let text = format!("{indent}UDP       port {from} to {to}");
    fields.push(Field { start: at, len: 4, text });
    let next = at + 8;
    if to == VXLAN && frame.len() > next + 8 {
        let vni = number(frame, next + 4, 3).unwrap_or_default();
        let text = format!("{indent}VXLAN     network {vni}");
        fields.push(Field { start: next, len: 8, text });
        ethernet_fields(frame, next + 8, &format!("{indent}  "), fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_shown_and_nothing_breaks() {
        let mut frame = vec![0; 90];
        (frame[12], frame[13], frame[14], frame[23]) = (8, 0, 0x45, 17);
        (frame[36], frame[37]) = (0x12, 0xb5);
        for len in 0..frame.len() {
            assert!(!lines(&frame[..len], Some(&frame)).is_empty());
        }
        let text: String = fields(&frame).iter().map(|field| field.text.clone() + "\n").collect();
        assert!(text.contains("VXLAN     network 0"), "{text}");
    }
}
