//! `echo` and `printf`: shared by the shell and by the programs of that name.

/// `echo`: dash always understands `\n`, busybox only with `-e`.
pub fn echo(args: &[&str], is_dash: bool) -> String {
    let (mut newline, mut escapes) = (true, is_dash);
    let mut words = args;
    while let [first, rest @ ..] = words {
        match *first {
            "-n" => newline = false,
            "-e" if !is_dash => escapes = true,
            "-ne" | "-en" if !is_dash => (newline, escapes) = (false, true),
            _ => break,
        }
        words = rest;
    }
    let text = words.join(" ");
    let mut out = if escapes { unescape(&text) } else { text };
    if newline {
        out.push('\n');
    }
    out
}

/// `\n`, `\t`, `\\`, `\033` and the like.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('\\') => out.push('\\'),
            Some(digit @ '0'..='7') => {
                let mut value = digit.to_digit(8).unwrap_or(0);
                while let Some(next) =
                    chars.peek().and_then(|c| c.to_digit(8)).filter(|_| value < 64)
                {
                    value = value * 8 + next;
                    chars.next();
                }
                out.extend(char::from_u32(value));
            }
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

/// `printf`; the format is used again while there are arguments left.
pub fn printf(args: &[&str]) -> Result<String, String> {
    // A width as large as a line of a case needs, not as large as the memory.
    const MAX_WIDTH: usize = 1 << 20;
    let Some((format, mut args)) = args.split_first() else {
        return Err("usage: printf format [arg ...]".into());
    };
    let format = unescape(format);
    let mut out = String::new();
    loop {
        let before = args.len();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            if chars.next_if_eq(&'%').is_some() {
                out.push('%');
                continue;
            }
            let mut flags = String::new();
            while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '0' | '+' | ' ')) {
                flags.push(flag);
            }
            let mut width = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                width.push(digit);
            }
            let width: usize = width.parse().unwrap_or(0).min(MAX_WIDTH);
            let mut value = "";
            if let [first, rest @ ..] = args {
                (value, args) = (first, rest);
            }
            let text = match chars.next() {
                Some('s' | 'b') => value.to_owned(),
                Some('d' | 'i' | 'u') => {
                    let text = if value.is_empty() { "0" } else { value };
                    text.parse::<i64>()
                        .map_err(|_| format!("{value}: expected numeric value"))?
                        .to_string()
                }
                Some('x') => format!("{:x}", value.parse::<i64>().unwrap_or(0)),
                Some('c') => value.chars().take(1).collect(),
                other => return Err(format!("%{}: invalid directive", other.unwrap_or(' '))),
            };
            out += &padded(&text, &flags, width);
        }
        if args.is_empty() || args.len() == before {
            return Ok(out);
        }
    }
}

fn padded(text: &str, flags: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        text.to_owned() + &" ".repeat(missing)
    } else if flags.contains('0') {
        "0".repeat(missing) + text
    } else {
        " ".repeat(missing) + text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printf_fills_and_repeats() {
        assert_eq!(printf(&["%03d|", "7"]), Ok("007|".into()));
        assert_eq!(printf(&["%s\\n", "a", "b"]), Ok("a\nb\n".into()));
        assert_eq!(printf(&["%03000d", "1"]).unwrap().len(), 3000);
        assert!(printf(&["%d", "x"]).is_err());
    }

    #[test]
    fn echo_of_dash_and_of_busybox() {
        assert_eq!(echo(&["-n", "a\\n"], true), "a\n");
        assert_eq!(echo(&["a\\n"], false), "a\\n\n");
        assert_eq!(echo(&["-e", "a\\tb"], false), "a\tb\n");
    }
}
