//! URLs with `{a,b}` and `[1-3]` in them.

/// All URLs that a text with such parts stands for, in order; the text itself if it has none.
pub fn expand(text: &str) -> Vec<String> {
    let Some(start) = text.find(['{', '[']) else { return vec![text.to_owned()] };
    let close = if text[start..].starts_with('{') { '}' } else { ']' };
    let Some(len) = text[start..].find(close) else { return vec![text.to_owned()] };
    let (before, inner) = (&text[..start], &text[start + 1..start + len]);
    let choices = if close == '}' {
        inner.split(',').map(str::to_owned).collect()
    } else {
        match range(inner) {
            Some(numbers) => numbers,
            None => return vec![text.to_owned()],
        }
    };
    let rest = expand(&text[start + len + 1..]);
    let combined = choices
        .iter()
        .flat_map(|choice| rest.iter().map(move |rest| format!("{before}{choice}{rest}")));
    combined.collect()
}

/// The numbers of `1-10`, `01-10` or `1-10:2`.
fn range(text: &str) -> Option<Vec<String>> {
    const MOST: usize = 10_000;
    let (range, step) = text.split_once(':').unwrap_or((text, "1"));
    let (first, last) = range.split_once('-')?;
    let width = if first.starts_with('0') { first.len() } else { 0 };
    let (from, to): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let step = step.parse().ok().filter(|step| *step > 0)?;
    Some((from..=to).step_by(step).take(MOST).map(|n| format!("{n:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_ranges_multiply() {
        assert_eq!(
            expand("http://{a,b}/[1-2]"),
            ["http://a/1", "http://a/2", "http://b/1", "http://b/2"]
        );
        assert_eq!(expand("x[08-10:2]"), ["x08", "x10"]);
        assert_eq!(expand("plain"), ["plain"]);
        assert_eq!(expand("a[b]"), ["a[b]"]);
    }
}
