//! `comment`, `policy`, `owner`.

use crate::kernel::netfilter::matches::{Match, Maybe, OwnerMatch, PolicyMatch, Way};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{Look, Words, bang, quoted, range};
use crate::kernel::netfilter::spec::values::{Value, number};

pub(super) const COMMENT: Extension<Match> = Extension {
    name: "comment",
    options: &[Opt::value(&["comment"]).required()],
    build: |given: &Given<'_>| {
        const MAX_LEN: usize = 255;
        let comment = given.needed("comment", |value| Ok(value.text))?.value;
        let end = comment.floor_char_boundary(MAX_LEN);
        Ok(Match::Comment(comment[..end].to_owned()))
    },
};

pub(super) fn save_comment(comment: &str) -> String {
    format!(" --comment {}", quoted(comment))
}

pub(super) fn list_comment(comment: &str) -> String {
    format!("/* {comment} */")
}

pub(super) const POLICY: Extension<Match> = Extension {
    name: "policy",
    options: &[
        Opt::value(&["dir"]),
        Opt::value(&["pol"]),
        Opt::flag(&["strict"]),
        Opt::value(&["reqid"]).not().repeated(),
        Opt::value(&["spi"]).not().repeated(),
        Opt::value(&["proto"]).not().repeated(),
        Opt::value(&["mode"]).not().repeated(),
        Opt::value(&["tunnel-src"]).not().repeated(),
        Opt::value(&["tunnel-dst"]).not().repeated(),
        Opt::flag(&["next"]).repeated(),
    ],
    build: policy,
};

fn policy(given: &Given<'_>) -> Result<Match, SpecError> {
    const WAYS: [(&str, Way); 2] = [("in", Way::In), ("out", Way::Out)];
    const POLICIES: [(&str, bool); 2] = [("none", true), ("ipsec", false)];
    let details = ["strict", "reqid", "spi", "proto", "mode", "tunnel-src", "tunnel-dst", "next"];
    if let Some(detail) = details.iter().find(|name| given.has(name)) {
        return Err(SpecError::NotSimulated(format!("the option --{detail} of policy")));
    }
    let direction = given.value("dir", |value| {
        value
            .one_of(&WAYS)
            .ok_or_else(|| SpecError::bad(format!("policy_match: invalid dir \"{}\"", value.text)))
    })?;
    let none = given.value("pol", |value| {
        value.one_of(&POLICIES).ok_or_else(|| {
            SpecError::bad(format!("policy match: invalid policy \"{}\"", value.text))
        })
    })?;
    let missing = "policy match: neither --dir in nor --dir out specified";
    let direction = direction.ok_or_else(|| SpecError::incomplete(missing))?;
    Ok(Match::Policy(PolicyMatch { direction, none: none.unwrap_or(false) }))
}

fn policy_words(wanted: PolicyMatch) -> (&'static str, &'static str) {
    let way = match wanted.direction {
        Way::In => "in",
        Way::Out => "out",
    };
    (way, if wanted.none { "none" } else { "ipsec" })
}

pub(super) fn save_policy(wanted: PolicyMatch) -> String {
    let (way, policy) = policy_words(wanted);
    format!(" --dir {way} --pol {policy}")
}

pub(super) fn list_policy(wanted: PolicyMatch) -> String {
    let (way, policy) = policy_words(wanted);
    format!("policy match dir {way} pol {policy}")
}

pub(super) const OWNER: Extension<Match> = Extension {
    name: "owner",
    options: &[
        Opt::value(&["uid-owner"]).not(),
        Opt::value(&["gid-owner"]).not(),
        Opt::flag(&["socket-exists"]).not(),
    ],
    build: |given: &Given<'_>| {
        let wanted = OwnerMatch {
            socket: given.flag("socket-exists"),
            uid: given.maybe("uid-owner", read_owner)?,
            gid: given.maybe("gid-owner", read_owner)?,
        };
        if wanted == OwnerMatch::default() {
            let sentence = "owner: At least one of --uid-owner, --gid-owner or --socket-exists is \
                            required";
            return Err(SpecError::incomplete(sentence));
        }
        Ok(Match::Owner(wanted))
    },
};

/// A name or number, or two numbers with a dash.
fn read_owner(value: Value<'_>) -> Result<(u32, u32), SpecError> {
    let read = |text: &str| match text {
        "root" => Some(0),
        text => number(text).and_then(|n| u32::try_from(n).ok()),
    };
    let (low, high) = value.text.split_once('-').unwrap_or((value.text, value.text));
    read(low).zip(read(high)).ok_or_else(|| value.refused())
}

pub(super) fn save_owner(wanted: &OwnerMatch) -> String {
    let mut words = Words::default();
    if let Some(wanted) = wanted.socket {
        words.flag(!wanted, "socket-exists");
    }
    words.maybe("uid-owner", wanted.uid.as_ref(), |ids| range(ids, '-'));
    words.maybe("gid-owner", wanted.gid.as_ref(), |ids| range(ids, '-'));
    words.done()
}

pub(super) fn list_owner(wanted: &OwnerMatch, look: Look) -> String {
    let mut parts = Vec::new();
    if let Some(wanted) = wanted.socket {
        parts.push(format!("{}owner socket exists", bang(!wanted)));
    }
    for (name, ids) in [("UID", wanted.uid), ("GID", wanted.gid)] {
        if let Some(Maybe { not, value }) = ids {
            let ids = match value {
                (0, 0) if !look.numeric => "root".to_owned(),
                ids => range(&ids, '-'),
            };
            parts.push(format!("{}owner {name} match {ids}", bang(not)));
        }
    }
    parts.join(" ")
}
