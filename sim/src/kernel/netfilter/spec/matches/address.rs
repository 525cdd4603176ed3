//! Matches of addresses: `addrtype`, `iprange`, `set`.

use crate::kernel::netfilter::matches::{
    AddrTypeMatch, AddrTypes, AddressRange, IpRangeMatch, Match, Maybe, SetMatch, Way,
};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, GivenOption, Opt};
use crate::kernel::netfilter::spec::text::{Words, bang};
use crate::kernel::netfilter::spec::values::Value;

/// Kinds of addresses; the place of each is its bit.
const TYPES: [&str; 12] = [
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
];

pub(super) const ADDRTYPE: Extension<Match> = Extension {
    name: "addrtype",
    options: &[
        Opt::value(&["src-type"]).not(),
        Opt::value(&["dst-type"]).not(),
        Opt::flag(&["limit-iface-in"]).excludes(&["limit-iface-out"]),
        Opt::flag(&["limit-iface-out"]).excludes(&["limit-iface-in"]),
    ],
    build: addrtype,
};

fn addrtype(given: &Given<'_>) -> Result<Match, SpecError> {
    let (src, dst) = (given.maybe("src-type", read_types)?, given.maybe("dst-type", read_types)?);
    if src.is_none() && dst.is_none() {
        let sentence = "addrtype: you must specify --src-type or --dst-type";
        return Err(SpecError::incomplete(sentence));
    }
    let limit = if given.has("limit-iface-in") {
        Some(Way::In)
    } else {
        given.has("limit-iface-out").then_some(Way::Out)
    };
    Ok(Match::AddrType(AddrTypeMatch { src, dst, limit }))
}

fn read_types(value: Value<'_>) -> Result<AddrTypes, SpecError> {
    let mut bits = 0;
    for name in value.text.split(',') {
        let at = TYPES.iter().position(|known| known.eq_ignore_ascii_case(name));
        let at = at.ok_or_else(|| SpecError::bad(format!("addrtype: bad type \"{name}\"")))?;
        bits |= 1 << at;
    }
    Ok(AddrTypes(bits))
}

fn type_names(types: AddrTypes) -> String {
    let names = TYPES.iter().enumerate().filter(|(at, _)| types.0 & (1 << at) != 0);
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
}

pub(super) fn save_types(wanted: &AddrTypeMatch) -> String {
    let mut words = Words::default();
    words.maybe("src-type", wanted.src.as_ref(), |types| type_names(*types));
    words.maybe("dst-type", wanted.dst.as_ref(), |types| type_names(*types));
    match wanted.limit {
        None => {}
        Some(Way::In) => words.flag(false, "limit-iface-in"),
        Some(Way::Out) => words.flag(false, "limit-iface-out"),
    }
    words.done()
}

pub(super) fn list_types(wanted: &AddrTypeMatch) -> String {
    let mut text = "ADDRTYPE match".to_owned();
    for (name, types) in [("src-type", wanted.src), ("dst-type", wanted.dst)] {
        if let Some(Maybe { not, value }) = types {
            let not = if not { "!" } else { "" };
            text += &format!(" {name} {not}{}", type_names(value));
        }
    }
    text += match wanted.limit {
        None => "",
        Some(Way::In) => " limit-in",
        Some(Way::Out) => " limit-out",
    };
    text
}

pub(super) const IPRANGE: Extension<Match> = Extension {
    name: "iprange",
    options: &[Opt::value(&["src-range"]).not(), Opt::value(&["dst-range"]).not()],
    build: |given: &Given<'_>| {
        let src = given.maybe("src-range", read_range)?;
        let dst = given.maybe("dst-range", read_range)?;
        if src.is_none() && dst.is_none() {
            let sentence = "iprange match: You must specify `--src-range' or `--dst-range'";
            return Err(SpecError::incomplete(sentence));
        }
        Ok(Match::IpRange(IpRangeMatch { src, dst }))
    },
};

fn read_range(value: Value<'_>) -> Result<AddressRange, SpecError> {
    let (low, high) = value.text.split_once('-').unwrap_or((value.text, value.text));
    let read = |text| value.with(text).text.parse().map_err(|_| value.with(text).refused());
    Ok((read(low)?, read(high)?))
}

pub(super) fn save_ranges(wanted: &IpRangeMatch) -> String {
    let mut words = Words::default();
    let show = |(low, high): &AddressRange| format!("{low}-{high}");
    words.maybe("src-range", wanted.src.as_ref(), show);
    words.maybe("dst-range", wanted.dst.as_ref(), show);
    words.done()
}

pub(super) fn list_ranges(wanted: &IpRangeMatch) -> String {
    let ends = [("source", wanted.src), ("destination", wanted.dst)];
    let shown: Vec<String> = ends
        .into_iter()
        .filter_map(|(name, range)| range.map(|range| (name, range)))
        .map(|(name, Maybe { not, value: (low, high) })| {
            format!("{name} IP range {}{low}-{high}", bang(not))
        })
        .collect();
    shown.join(" ")
}

pub(super) const SET: Extension<Match> = Extension {
    name: "set",
    options: &[
        Opt::pair(&["match-set", "set"]).not().repeated(),
        Opt::flag(&["return-nomatch"]),
        Opt::flag(&["update-counters"]).not(),
        Opt::flag(&["update-subcounters"]).not(),
        Opt::value(&["packets-eq"]).not(),
        Opt::value(&["packets-lt"]),
        Opt::value(&["packets-gt"]),
        Opt::value(&["bytes-eq"]).not(),
        Opt::value(&["bytes-lt"]),
        Opt::value(&["bytes-gt"]),
    ],
    build: |given: &Given<'_>| {
        let mut names = SET.options.iter().map(|opt| opt.names[0]).skip(1);
        if let Some(name) = names.find(|name| given.has(name)) {
            return Err(SpecError::NotSimulated(format!("the option --{name} of set")));
        }
        let mut options = given.all("match-set");
        let Some(option) = options.next() else {
            let sentence = "You must specify `--match-set' with proper arguments";
            return Err(SpecError::incomplete(sentence));
        };
        if options.next().is_some() {
            let sentence = "--match-set can be specified only once";
            return Err(SpecError::bad(sentence.to_owned()));
        }
        let (name, directions) = read_set(option)?;
        Ok(Match::Set(SetMatch { name: Maybe { not: option.not, value: name }, directions }))
    },
};

/// The name of a set and the directions behind it; true means source.
pub(in crate::kernel::netfilter::spec) fn read_set(
    option: &GivenOption,
) -> Result<(String, Vec<bool>), SpecError> {
    const MAX_NAME: usize = 31;
    const MAX_DIRECTIONS: usize = 6;
    let [name, directions] = option.values.as_slice() else {
        unreachable!("the option takes two words");
    };
    if name.len() > MAX_NAME {
        return Err(SpecError::bad(format!(
            "setname `{name}' too long, max {MAX_NAME} characters."
        )));
    }
    let mut read = Vec::new();
    for direction in directions.split(',') {
        if read.len() == MAX_DIRECTIONS {
            let sentence = format!("Can't be more src/dst options than {MAX_DIRECTIONS}.");
            return Err(SpecError::bad(sentence));
        }
        read.push(match direction {
            "src" => true,
            "dst" => false,
            _ => {
                let sentence = "You must spefify (the comma separated list of) 'src' or 'dst'.";
                return Err(SpecError::bad(sentence.to_owned()));
            }
        });
    }
    Ok((name.clone(), read))
}

/// `src,dst`
pub(in crate::kernel::netfilter::spec) fn directions(directions: &[bool]) -> String {
    let names: Vec<&str> =
        directions.iter().map(|is_source| if *is_source { "src" } else { "dst" }).collect();
    names.join(",")
}

pub(super) fn save_set(wanted: &SetMatch) -> String {
    let mut words = Words::default();
    words.option(wanted.name.not, "match-set", &wanted.name.value);
    words.word(directions(&wanted.directions));
    words.done()
}

pub(super) fn list_set(wanted: &SetMatch) -> String {
    let Maybe { not, value } = &wanted.name;
    format!("{}match-set {value} {}", bang(*not), directions(&wanted.directions))
}
