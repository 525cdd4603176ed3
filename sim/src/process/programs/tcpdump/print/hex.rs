//! Bytes below a line: in hexadecimal, as characters, or both.

/// How bytes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dump {
    /// `-x`.
    Hexadecimal,
    /// `-X`.
    Both,
    /// `-A`.
    Characters,
}

/// The lines for some bytes, each with a line end before it.
pub fn dump(bytes: &[u8], how: Dump) -> String {
    match how {
        Dump::Characters => format!("\n{}", characters(bytes)),
        _ => rows(bytes, how == Dump::Both),
    }
}

fn rows(bytes: &[u8], with_characters: bool) -> String {
    const HEX_WIDTH: usize = 39;
    let mut text = String::new();
    for (n, row) in bytes.chunks(16).enumerate() {
        let words = row
            .chunks(2)
            .map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat());
        let hex = words.collect::<Vec<_>>().join(" ");
        text += &format!("\n\t0x{:04x}:  ", n * 16);
        if with_characters {
            let plain = row.iter().map(|byte| match byte {
                b'!'..=b'~' => char::from(*byte),
                _ => '.',
            });
            text += &format!("{hex:<HEX_WIDTH$}  {}", plain.collect::<String>());
        } else {
            text += &hex;
        }
    }
    text
}

/// Bytes as characters; lines end where they end.
fn characters(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (n, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(n + 1) == Some(&b'\n') => {}
            b'!'..=b'~' | b'\t' | b' ' | b'\n' => text.push(char::from(*byte)),
            _ => text.push('.'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_sixteen_bytes() {
        let bytes: Vec<u8> = (0x41..0x53).collect();
        assert_eq!(
            dump(&bytes, Dump::Both),
            "\n\t0x0000:  4142 4344 4546 4748 494a 4b4c 4d4e 4f50  ABCDEFGHIJKLMNOP\
             \n\t0x0010:  5152                                     QR"
        );
        assert_eq!(dump(b"abc", Dump::Hexadecimal), "\n\t0x0000:  6162 63");
        assert_eq!(dump(b"a\r\nb\x00", Dump::Characters), "\na\nb.");
    }
}
