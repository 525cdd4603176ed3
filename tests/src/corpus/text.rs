//! What of an output has to agree with a recording: everything but measured times and numbers that the
//! kernel chooses.

/// What follows a word and differs from run to run.
const AFTER: &[&str] =
    &["time=", "time ", "mdev = ", "expires ", " used ", " id=", "_timer", "]  "];

/// A line without times and chosen numbers, and without blanks at its end.
pub fn normal(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((at, word)) = first(rest) {
        let (head, tail) = rest.split_at(at + word.len());
        let blanks = tail.len() - tail.trim_start_matches(' ').len();
        let numbers = |c: char| c.is_ascii_digit() || c == '.' || c == '/';
        let value = tail[blanks..].len() - tail[blanks..].trim_start_matches(numbers).len();
        text += head;
        if value > 0 {
            text += "N";
        }
        rest = &tail[if value > 0 { blanks + value } else { 0 }..];
    }
    text += rest;
    let text = conntrack(text);
    let end = text.find(", pipe ").unwrap_or(text.len());
    let end = text.find(", ipg/ewma ").unwrap_or(text.len()).min(end);
    text[..end].trim_end().to_owned()
}

fn first(text: &str) -> Option<(usize, &'static str)> {
    AFTER.iter().filter_map(|word| Some((text.find(word)?, *word))).min()
}

/// The version and the seconds left of conntrack's lines.
fn conntrack(line: String) -> String {
    if let Some((_, rest)) = line.strip_prefix("conntrack v").and_then(|l| l.split_once(' ')) {
        return format!("conntrack {rest}");
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["tcp" | "udp" | "icmp", number, seconds, ..]
            if [number, seconds].iter().all(|word| word.parse::<u32>().is_ok()) =>
        {
            line.replacen(&format!(" {seconds} "), " N ", 1)
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_do_not_count() {
        let reply = "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.034 ms";
        assert_eq!(normal(reply), "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=N ms");
        let total = "1 packets transmitted, 1 received, 0% packet loss, time 0ms";
        assert!(normal(total).ends_with("time Nms"));
        assert_eq!(
            normal("rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms"),
            "rtt min/avg/max/mdev = N ms"
        );
        assert_eq!(normal("    cache expires 599sec mtu 1000 "), "    cache expires Nsec mtu 1000");
    }

    #[test]
    fn conntrack_counts_down() {
        let line = "udp      17 29 src=10.0.0.1 dst=10.0.0.2";
        assert_eq!(normal(line), "udp      17 N src=10.0.0.1 dst=10.0.0.2");
    }
}
