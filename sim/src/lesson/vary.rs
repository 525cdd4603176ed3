//! `[vary]`: values that differ from student to student. They are drawn from the seed and stand in the
//! lesson wherever it says `{name}`, `{name + 2}` or `{name - 50}`: in its facts, its prose, its commands.

use toml::Value;

use super::LessonError;
use crate::engine::Seed;

/// The drawn values by name.
pub type Values = Vec<(String, String)>;

/// The values of a lesson for a seed. The source is read before it is one: its facts may hold names.
pub fn draw(file: &str, source: &str, seed: Seed) -> Result<Values, LessonError> {
    let Some((first, text)) = section(source) else { return Ok(Values::new()) };
    let wrong = |line: usize, message: String| Err(LessonError::new(file, source, line, message));
    let table: toml::Table = match toml::from_str(&text) {
        Ok(table) => table,
        // The reader of all facts says it with its place.
        Err(_) => return Ok(Values::new()),
    };
    let mut values = Values::new();
    for (name, value) in &table {
        let line = first + text.lines().position(|line| line.starts_with(name)).unwrap_or(0);
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return wrong(line, format!("'{name}' is not a name for a value"));
        }
        let mut rng = seed.stream(&format!("vary {name}"));
        match chosen(value, &mut |n| rng.below(n)) {
            Some(text) => values.push((name.clone(), text)),
            None => {
                let message =
                    format!("'{name}' is neither a list of values nor {{ range = [A, B] }}");
                return wrong(line, message);
            }
        }
    }
    Ok(values)
}

/// The lines of `[vary]`, and the number of the first.
fn section(source: &str) -> Option<(usize, String)> {
    let facts = source.lines().skip(1).take_while(|line| line.trim_end() != "+++");
    let mut lines = facts.enumerate().skip_while(|(_, line)| line.trim() != "[vary]").skip(1);
    let first = lines.clone().next()?.0 + 2;
    let own: Vec<&str> =
        lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with('[')).collect();
    Some((first, own.join("\n")))
}

fn chosen(value: &Value, below: &mut dyn FnMut(u64) -> u64) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) if !list.is_empty() => text(&list[below(list.len() as u64) as usize]),
        Value::Table(table) => {
            let range = table.get("range")?.as_array()?;
            let [low, high] = range.as_slice() else { return None };
            let (low, high) = (low.as_integer()?, high.as_integer()?);
            let count = u64::try_from(high.checked_sub(low)?).ok()?.checked_add(1)?;
            Some((low + below(count) as i64).to_string())
        }
        _ => None,
    }
}

/// A lesson with the values put in. In the facts a text that is nothing but a number becomes one.
pub fn put_in(source: &str, values: &[(String, String)]) -> String {
    if values.is_empty() {
        return source.to_owned();
    }
    let facts = source.lines().skip(1).take_while(|line| line.trim_end() != "+++").count() + 1;
    let mut result = String::with_capacity(source.len());
    for (n, line) in source.split_inclusive('\n').enumerate() {
        result += &line_with(line, values, n < facts);
    }
    result
}

fn line_with(line: &str, values: &[(String, String)], is_fact: bool) -> String {
    let mut result = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('{') {
        let Some(len) = rest[start..].find('}') else { break };
        let (before, inside, after) =
            (&rest[..start], &rest[start + 1..start + len], &rest[start + len + 1..]);
        let Some(text) = value_of(inside, values) else {
            result += &rest[..=start];
            rest = &rest[start + 1..];
            continue;
        };
        let is_quoted = before.ends_with('"') && after.starts_with('"');
        if is_fact && is_quoted && text.parse::<i64>().is_ok() {
            result += &before[..before.len() - 1];
            result += &text;
            rest = &after[1..];
        } else {
            result += before;
            result += &text;
            rest = after;
        }
    }
    result + rest
}

/// `name`, `name + 2`, `name - 50`.
fn value_of(inside: &str, values: &[(String, String)]) -> Option<String> {
    let named = |name: &str| values.iter().find(|(known, _)| known == name.trim()).map(|(_, v)| v);
    if let Some(value) = named(inside) {
        return Some(value.clone());
    }
    let at = inside.rfind(['+', '-'])?;
    let number: i64 = named(&inside[..at])?.parse().ok()?;
    let other: i64 = inside[at + 1..].trim().parse().ok()?;
    let sum = if inside[at..].starts_with('+') { number + other } else { number - other };
    Some(sum.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "+++\nschema = 1\n[vary]\nwan = [1400, 1420]\nhost = [\"a\", \"b\"]\n\
        port = { range = [8000, 8009] }\n[topology]\nsegment.wan = { mtu = \"{wan}\" }\n+++\n\
        {host} sends {wan - 50} to {port}, {ID64} stays\n";

    #[test]
    fn values_are_drawn_from_the_seed() {
        let drawn = |seed| draw("x.md", LESSON, Seed(seed)).expect("they are right");
        assert_eq!(drawn(1), drawn(1));
        assert!((2..20).any(|seed| drawn(seed) != drawn(1)));
        for seed in 0..20 {
            let port: u16 = drawn(seed)[2].1.parse().expect("a number");
            assert!((8000..8010).contains(&port));
        }
    }

    #[test]
    fn they_stand_in_facts_and_prose() {
        let values = vec![("wan".into(), "1400".into()), ("host".into(), "b".into())];
        let text = put_in(LESSON, &values);
        assert!(text.contains("mtu = 1400 }"), "{text}");
        assert!(text.ends_with("b sends 1350 to {port}, {ID64} stays\n"), "{text}");
    }

    #[test]
    fn a_wrong_value_has_its_line() {
        let error = draw("x.md", "+++\nschema = 1\n[vary]\na = [1]\nb = 7\n+++\n", Seed(1));
        assert_eq!(error.unwrap_err().line, 5);
    }
}
