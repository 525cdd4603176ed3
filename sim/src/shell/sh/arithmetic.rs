//! `$((…))`: integer arithmetic of the shell.

/// Nesting that is followed.
const MAX_DEPTH: usize = 64;

/// The value of an expression; variables are looked up by name.
pub fn evaluate(text: &str, variable: impl Fn(&str) -> i64) -> Result<i64, String> {
    let mut parser = Parser { text: text.as_bytes(), at: 0, depth: 0, variable: &variable };
    let value = parser.binary(0)?;
    parser.blanks();
    if parser.at == parser.text.len() { Ok(value) } else { Err(parser.error()) }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    variable: &'a dyn Fn(&str) -> i64,
}

/// Operators from loose to tight; longer ones before their beginnings.
const LEVELS: [&[&str]; 9] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<<", ">>", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Parser<'_> {
    fn error(&self) -> String {
        let text = String::from_utf8_lossy(self.text);
        format!("arithmetic expression: expecting primary: \"{text}\"")
    }

    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn operator(&mut self, level: usize) -> Option<&'static str> {
        self.blanks();
        let rest = &self.text[self.at..];
        let found = LEVELS[level].iter().find(|op| rest.starts_with(op.as_bytes()))?;
        // `&` is not the beginning of `&&`, `|` not that of `||`.
        let next = rest.get(found.len());
        let is_doubled = found.len() == 1 && matches!(rest[0], b'&' | b'|') && next == rest.first();
        if is_doubled {
            return None;
        }
        self.at += found.len();
        Some(found)
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(op) = self.operator(level) {
            let right = self.binary(level + 1)?;
            left = match op {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "<<" => left.wrapping_shl(right as u32),
                ">>" => left.wrapping_shr(right as u32),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                _ if right == 0 => return Err("arithmetic expression: division by zero".into()),
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error());
        }
        self.blanks();
        let value = match self.text.get(self.at) {
            Some(b'-') => {
                self.at += 1;
                self.unary()?.wrapping_neg()
            }
            Some(b'+') => {
                self.at += 1;
                self.unary()?
            }
            Some(b'!') => {
                self.at += 1;
                i64::from(self.unary()? == 0)
            }
            Some(b'~') => {
                self.at += 1;
                !self.unary()?
            }
            Some(b'(') => {
                self.at += 1;
                let value = self.binary(0)?;
                self.blanks();
                if self.text.get(self.at) != Some(&b')') {
                    return Err(self.error());
                }
                self.at += 1;
                value
            }
            Some(c) if c.is_ascii_alphanumeric() || *c == b'_' => {
                let start = self.at;
                let is_word = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_';
                while self.text.get(self.at).is_some_and(is_word) {
                    self.at += 1;
                }
                let word = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
                if !c.is_ascii_digit() {
                    (self.variable)(word)
                } else if let Some(hex) = word.strip_prefix("0x") {
                    i64::from_str_radix(hex, 16).map_err(|_| self.error())?
                } else {
                    word.parse().map_err(|_| self.error())?
                }
            }
            _ => return Err(self.error()),
        };
        self.depth -= 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_c() {
        let eval = |text| evaluate(text, |name| if name == "n" { 7 } else { 0 });
        assert_eq!(eval("1 + 2 * 3"), Ok(7));
        assert_eq!(eval("(1 + 2) * -3"), Ok(-9));
        assert_eq!(eval("n % 4 == 3 && n > 2"), Ok(1));
        assert_eq!(eval("1 << 4 | 1"), Ok(17));
        assert_eq!(eval("0x10"), Ok(16));
        assert!(eval("1 +").is_err());
        assert!(eval("1 / 0").is_err());
        assert!(eval(&"(".repeat(10_000)).is_err());
    }
}
