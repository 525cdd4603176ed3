//! `conntrack`, `state`.

use ipnet::Ipv4Net;

use crate::kernel::netfilter::conntrack::Direction;
use crate::kernel::netfilter::conntrack::status;
use crate::kernel::netfilter::matches::{ConntrackMatch, CtStates, Match, Maybe};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::names::protocol_number;
use crate::kernel::netfilter::spec::text::{Words, bang, network, range};
use crate::kernel::netfilter::spec::values::Value;
use crate::kernel::step::CtState;

/// Names of states, in the order in which they print.
const STATES: [(&str, CtState); 5] = [
    ("INVALID", CtState::Invalid),
    ("NEW", CtState::New),
    ("RELATED", CtState::Related),
    ("ESTABLISHED", CtState::Established),
    ("UNTRACKED", CtState::Untracked),
];

/// Names of bits, in the order in which they print.
const STATUS: [(&str, u8); 5] = [
    ("NONE", 0),
    ("EXPECTED", status::EXPECTED),
    ("SEEN_REPLY", status::SEEN_REPLY),
    ("ASSURED", status::ASSURED),
    ("CONFIRMED", status::CONFIRMED),
];

const DIRECTIONS: [(&str, Direction); 2] =
    [("ORIGINAL", Direction::Original), ("REPLY", Direction::Reply)];

pub(super) const CONNTRACK: Extension<Match> = Extension {
    name: "conntrack",
    options: &[
        Opt::value(&["ctstate"]).not(),
        Opt::value(&["ctproto"]).not(),
        Opt::value(&["ctorigsrc"]).not(),
        Opt::value(&["ctorigdst"]).not(),
        Opt::value(&["ctreplsrc"]).not(),
        Opt::value(&["ctrepldst"]).not(),
        Opt::value(&["ctorigsrcport"]).not(),
        Opt::value(&["ctorigdstport"]).not(),
        Opt::value(&["ctreplsrcport"]).not(),
        Opt::value(&["ctrepldstport"]).not(),
        Opt::value(&["ctstatus"]).not(),
        Opt::value(&["ctexpire"]).not(),
        Opt::value(&["ctdir"]),
    ],
    build: conntrack,
};

fn conntrack(given: &Given<'_>) -> Result<Match, SpecError> {
    let network = |name| given.maybe(name, Value::network);
    let ports = |name| given.maybe(name, Value::resolved_port_range);
    let wanted = ConntrackMatch {
        state: given.maybe("ctstate", read_states)?,
        protocol: given.maybe("ctproto", |value| {
            protocol_number(value.text).ok_or_else(|| {
                SpecError::bad(format!("unknown protocol \"{}\" specified", value.text))
            })
        })?,
        orig_src: network("ctorigsrc")?,
        orig_dst: network("ctorigdst")?,
        reply_src: network("ctreplsrc")?,
        reply_dst: network("ctrepldst")?,
        orig_src_port: ports("ctorigsrcport")?,
        orig_dst_port: ports("ctorigdstport")?,
        reply_src_port: ports("ctreplsrcport")?,
        reply_dst_port: ports("ctrepldstport")?,
        status: given.maybe("ctstatus", read_status)?,
        expires: given.maybe("ctexpire", |value| {
            value.range(u64::from(u32::MAX)).map(|(low, high)| (low as u32, high as u32))
        })?,
        direction: given
            .value("ctdir", |value| value.one_of(&DIRECTIONS).ok_or_else(|| value.refused()))?,
    };
    if wanted == ConntrackMatch::default() {
        return Err(SpecError::incomplete("conntrack: At least one option is required"));
    }
    Ok(Match::Conntrack(Box::new(wanted)))
}

/// The name of which `text` is a beginning, in any case.
fn begun<T: Copy>(names: &[(&str, T)], text: &str) -> Option<T> {
    let begins = |name: &str| {
        !text.is_empty()
            && name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
    };
    names.iter().find(|(name, _)| begins(name)).map(|(_, value)| *value)
}

fn read_states(value: Value<'_>) -> Result<CtStates, SpecError> {
    const TRANSLATED: [(&str, bool); 2] = [("SNAT", true), ("DNAT", false)];
    let mut wanted = CtStates::default();
    for name in value.text.split(',') {
        match (begun(&STATES, name), begun(&TRANSLATED, name)) {
            (Some(state), _) => wanted.states.push(state),
            (None, Some(true)) => wanted.snat = true,
            (None, Some(false)) => wanted.dnat = true,
            (None, None) => return Err(SpecError::bad(format!("Bad ctstate \"{name}\""))),
        }
    }
    wanted.states = in_order(&wanted.states);
    Ok(wanted)
}

fn in_order(states: &[CtState]) -> Vec<CtState> {
    STATES.iter().map(|(_, state)| *state).filter(|state| states.contains(state)).collect()
}

fn read_status(value: Value<'_>) -> Result<u8, SpecError> {
    let mut bits = 0;
    for name in value.text.split(',') {
        bits |= begun(&STATUS, name)
            .ok_or_else(|| SpecError::bad(format!("Bad ctstatus \"{name}\"")))?;
    }
    Ok(bits)
}

fn state_names(states: &[CtState]) -> Vec<&'static str> {
    STATES.iter().filter(|(_, state)| states.contains(state)).map(|(name, _)| *name).collect()
}

/// The options that were given: whether `!` stands before each, its name, its value.
fn parts(wanted: &ConntrackMatch) -> Vec<(bool, &'static str, String)> {
    fn push<T>(
        parts: &mut Vec<(bool, &'static str, String)>,
        name: &'static str,
        given: Option<&Maybe<T>>,
        show: impl Fn(&T) -> String,
    ) {
        parts.extend(given.map(|given| (given.not, name, show(&given.value))));
    }
    let ports = |ports: &(u16, u16)| range(ports, ':');
    let net = |net: &Ipv4Net| network(*net);
    let mut parts = Vec::new();
    push(&mut parts, "ctstate", wanted.state.as_ref(), |wanted| {
        let mut names = state_names(&wanted.states);
        names.extend(wanted.snat.then_some("SNAT"));
        names.extend(wanted.dnat.then_some("DNAT"));
        names.join(",")
    });
    push(&mut parts, "ctproto", wanted.protocol.as_ref(), u8::to_string);
    push(&mut parts, "ctorigsrc", wanted.orig_src.as_ref(), net);
    push(&mut parts, "ctorigdst", wanted.orig_dst.as_ref(), net);
    push(&mut parts, "ctreplsrc", wanted.reply_src.as_ref(), net);
    push(&mut parts, "ctrepldst", wanted.reply_dst.as_ref(), net);
    push(&mut parts, "ctorigsrcport", wanted.orig_src_port.as_ref(), ports);
    push(&mut parts, "ctorigdstport", wanted.orig_dst_port.as_ref(), ports);
    push(&mut parts, "ctreplsrcport", wanted.reply_src_port.as_ref(), ports);
    push(&mut parts, "ctrepldstport", wanted.reply_dst_port.as_ref(), ports);
    push(&mut parts, "ctstatus", wanted.status.as_ref(), |bits| {
        let names: Vec<&str> =
            STATUS.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
        if names.is_empty() { "NONE".to_owned() } else { names.join(",") }
    });
    push(&mut parts, "ctexpire", wanted.expires.as_ref(), |seconds| range(seconds, ':'));
    let direction = wanted.direction.map(|wanted| {
        DIRECTIONS.iter().find(|(_, direction)| *direction == wanted).map_or("", |(name, _)| name)
    });
    parts.extend(direction.map(|name| (false, "ctdir", name.to_owned())));
    parts
}

pub(super) fn save(wanted: &ConntrackMatch) -> String {
    let mut words = Words::default();
    for (not, name, value) in parts(wanted) {
        words.option(not, name, value);
    }
    words.done()
}

pub(super) fn list(wanted: &ConntrackMatch) -> String {
    let shown: Vec<String> = parts(wanted)
        .into_iter()
        .map(|(not, name, value)| format!("{}{name} {value}", bang(not)))
        .collect();
    shown.join(" ")
}

pub(super) const STATE: Extension<Match> = Extension {
    name: "state",
    options: &[Opt::value(&["state"]).not().required()],
    build: |given: &Given<'_>| {
        let read = |value: Value<'_>| {
            let read = |name| {
                begun(&STATES, name).ok_or_else(|| SpecError::bad(format!("Bad state \"{name}\"")))
            };
            let states: Vec<CtState> = value.text.split(',').map(read).collect::<Result<_, _>>()?;
            Ok(in_order(&states))
        };
        Ok(Match::State(given.needed("state", read)?))
    },
};

pub(super) fn save_state(wanted: &Maybe<Vec<CtState>>) -> String {
    let mut words = Words::default();
    words.option(wanted.not, "state", state_names(&wanted.value).join(","));
    words.done()
}

pub(super) fn list_state(wanted: &Maybe<Vec<CtState>>) -> String {
    format!("{}state {}", bang(wanted.not), state_names(&wanted.value).join(","))
}
