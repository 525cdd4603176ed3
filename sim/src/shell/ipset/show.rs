//! How sets are listed and saved.

use std::fmt::Write;

use crate::engine::Time;
use crate::kernel::netfilter::ipset::{
    AddressSet, Element, SetEntry, SetError, SetKind, SetOptions,
};
use crate::process::Proc;

use super::entry;
use super::options::Request;
use super::refusal::Result;

/// The names of all sets.
pub fn names(proc: &Proc) -> Vec<String> {
    proc.sys(|sys| sys.sets().iter().map(|(name, _)| name.to_owned()).collect())
}

/// The set with this name.
pub fn set_named(proc: &Proc, name: &str) -> Result<AddressSet> {
    let set = proc.sys(|sys| sys.sets().get(name).cloned());
    set.ok_or_else(|| SetError::NoSet.into())
}

/// All sets, or one.
pub fn list(proc: &Proc, request: &Request, only: Option<&str>) -> Result<String> {
    let names = match only {
        Some(name) => vec![name.to_owned()],
        None => names(proc),
    };
    let mut texts = Vec::new();
    for name in names {
        let set = set_named(proc, &name)?;
        texts.push(if request.names {
            format!("{name}\n")
        } else if request.is_save() {
            save(proc, request, &name, &set)
        } else {
            plain(proc, request, &name, &set)
        });
    }
    // Sets that are listed in full stand apart.
    let is_apart = !request.names && !request.is_save();
    Ok(texts.join(if is_apart { "\n" } else { "" }))
}

fn header(options: &SetOptions) -> String {
    let mut text =
        format!("family inet hashsize {} maxelem {}", options.hash_size, options.max_elements);
    if let Some(timeout) = options.timeout {
        let _ = write!(text, " timeout {timeout}");
    }
    for (is_set, word) in [(options.counters, "counters"), (options.comment, "comment")] {
        if is_set {
            let _ = write!(text, " {word}");
        }
    }
    text + &format!(" bucketsize {} initval 0x{:08x}", options.bucket_size, options.initval)
}

fn members<'s>(
    set: &'s AddressSet,
    request: &Request,
    now: Time,
) -> Vec<(&'s SetEntry, &'s Element)> {
    let mut members: Vec<_> = set.live(now).collect();
    if request.sorted {
        members.sort_by_key(|(entry, _)| {
            (entry.net.network(), u8::MAX - entry.net.prefix_len(), entry.port)
        });
    }
    members
}

/// An entry with all that is known of it.
fn member(options: &SetOptions, entry: SetEntry, element: &Element, now: Time) -> String {
    let mut text = entry::text(entry);
    if options.timeout.is_some() {
        let left = element.ends.map_or(0, |ends| (ends - now).as_secs());
        let _ = write!(text, " timeout {left}");
    }
    if element.nomatch {
        text += " nomatch";
    }
    if options.counters {
        let (packets, bytes) = element.counters.get();
        let _ = write!(text, " packets {packets} bytes {bytes}");
    }
    if let Some(comment) = &element.comment {
        let _ = write!(text, " comment \"{comment}\"");
    }
    text
}

fn save(proc: &Proc, request: &Request, name: &str, set: &AddressSet) -> String {
    let now = proc.now();
    let mut text = format!("create {name} {} {}\n", set.options.kind.name(), header(&set.options));
    for (entry, element) in members(set, request, now) {
        let _ = writeln!(text, "add {name} {}", member(&set.options, *entry, element, now));
    }
    text
}

fn plain(proc: &Proc, request: &Request, name: &str, set: &AddressSet) -> String {
    let now = proc.now();
    let members = members(set, request, now);
    let kind = set.options.kind;
    let revision = match kind {
        SetKind::Ip => 6,
        SetKind::Net | SetKind::IpPort => 7,
    };
    let references = proc.sys(|sys| sys.set_references(name));
    let mut text = format!("Name: {name}\nType: {}\nRevision: {revision}\n", kind.name());
    let _ = writeln!(text, "Header: {}", header(&set.options));
    let _ = writeln!(text, "Size in memory: {}", size(&set.options, &members));
    let _ = writeln!(text, "References: {references}\nNumber of entries: {}", members.len());
    if !request.terse {
        text += "Members:\n";
        for (entry, element) in members {
            text += &member(&set.options, *entry, element, now);
            text.push('\n');
        }
    }
    text
}

/// What the kernel needs for a set: the set itself, and for each entry a bucket with room for two.
fn size(options: &SetOptions, members: &[(&SetEntry, &Element)]) -> usize {
    const BUCKET: usize = 32;
    const REMARK: usize = 17;
    let (set, key): (usize, usize) = match options.kind {
        SetKind::Ip => (216, 4),
        SetKind::Net => (456, 8),
        SetKind::IpPort => (216, 8),
    };
    let parts = [(options.timeout.is_some(), 8), (options.counters, 16), (options.comment, 8)];
    let more: usize = parts.iter().filter(|(is_set, _)| *is_set).map(|(_, size)| size).sum();
    let element = if more > 0 { key.next_multiple_of(8) + more } else { key };
    let remarks = members.iter().filter_map(|(_, element)| element.comment.as_ref());
    let remarks: usize = remarks.map(|remark| REMARK + remark.len()).sum();
    set + members.len() * (BUCKET + 2 * element) + remarks
}
