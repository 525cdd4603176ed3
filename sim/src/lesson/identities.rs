//! The names that chance gave in a recording, and those it gave here: ids of networks and containers,
//! names of veth devices, hardware addresses. A recorded command that speaks of one is understood.

use std::collections::BTreeMap;

/// Fewer digits than this are a number, not the beginning of an id.
const ID_DIGITS: usize = 10;

/// What is called how, learned by laying a recorded output beside the one of here.
#[derive(Debug, Default)]
pub struct Identities {
    /// From the recorded name to ours.
    known: BTreeMap<String, String>,
}

impl Identities {
    /// Learns from an output as it was recorded and as it is here.
    pub fn learn(&mut self, recorded: &str, ours: &str) {
        for (theirs, here) in recorded.lines().zip(ours.lines()) {
            let (theirs, here) = (words(theirs), words(here));
            if theirs.len() != here.len() {
                continue;
            }
            for (old, new) in theirs.into_iter().zip(here) {
                let is_pair = kind(old).is_some() && kind(old) == kind(new);
                if is_pair && old != new && self.ours(old).is_none() {
                    self.known.insert(old.to_owned(), new.to_owned());
                }
            }
        }
    }

    /// A recorded command, speaking of the things of here.
    pub fn translate(&self, command: &str) -> String {
        let mut text = String::with_capacity(command.len());
        let mut rest = command;
        while let Some(word) = words(rest).into_iter().find(|word| self.ours(word).is_some()) {
            let Some((before, after)) = rest.split_once(word) else { break };
            text += before;
            text += &self.ours(word).unwrap_or_default();
            rest = after;
        }
        text + rest
    }

    /// What is called so, or begins so, in the recording.
    fn ours(&self, word: &str) -> Option<String> {
        let wanted = kind(word)?;
        let (old, new) = self.known.range(word.to_owned()..).next()?;
        let is_it = match wanted {
            Kind::Id => old.starts_with(word) && kind(old) == Some(Kind::Id),
            _ => old == word,
        };
        // Ids are of digits and letters of one byte each.
        is_it.then(|| new.get(..word.len()).unwrap_or(new).to_owned())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a network, a container, an endpoint: hexadecimal digits.
    Id,
    /// `veth` and seven digits.
    Veth,
    /// A hardware address.
    Mac,
}

fn kind(word: &str) -> Option<Kind> {
    let is_hex = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    if let Some(rest) = word.strip_prefix("veth") {
        return (rest.len() == 7 && is_hex(rest)).then_some(Kind::Veth);
    }
    if word.len() == 17 && word.split(':').all(|part| part.len() == 2 && is_hex(part)) {
        return Some(Kind::Mac);
    }
    (word.len() >= ID_DIGITS && is_hex(word)).then_some(Kind::Id)
}

/// The words of a line: of letters, digits and colons.
fn words(line: &str) -> Vec<&str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':'))
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_beginning() {
        let mut identities = Identities::default();
        identities.learn("0bdea028af39cc11\n", "21067729153d8ec3\n");
        assert_eq!(
            identities.translate("nsenter --net=/var/run/docker/netns/1-0bdea028af ip addr"),
            "nsenter --net=/var/run/docker/netns/1-2106772915 ip addr"
        );
    }

    #[test]
    fn devices_and_hardware_addresses_are_known_in_full() {
        let mut identities = Identities::default();
        identities.learn(
            "5: veth1a2b3c4@if4: x\n  link/ether 96:11:22:33:44:55 brd\n",
            "7: veth9f8e7d6@if6: x\n  link/ether 0e:aa:bb:cc:dd:ee brd\n",
        );
        assert_eq!(identities.translate("ip link show veth1a2b3c4"), "ip link show veth9f8e7d6");
        assert_eq!(identities.translate("grep 96:11:22:33:44:55"), "grep 0e:aa:bb:cc:dd:ee");
    }

    #[test]
    fn what_is_not_known_stays() {
        let mut identities = Identities::default();
        identities.learn("a b 0123456789ab\n", "0123456789ab\n");
        assert_eq!(identities.translate("docker rm 0123456789ab"), "docker rm 0123456789ab");
    }
}
