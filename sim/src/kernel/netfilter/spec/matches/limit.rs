//! Matches with a memory: `limit`, `hashlimit`, `statistic`, `quota`.

use crate::engine::Span;
use crate::kernel::netfilter::matches::{
    Hashlimit, HashlimitMode, HashlimitOptions, Limit, Match, Maybe, Quota, Rate, Statistic,
};
use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::text::{Words, bang};
use crate::kernel::netfilter::spec::values::{Value, number};

/// Units of a rate: the name as it may be given, as it prints, and the seconds.
const UNITS: [(&str, &str, u64); 4] =
    [("second", "sec", 1), ("minute", "min", 60), ("hour", "hour", 3600), ("day", "day", 86_400)];

/// In how many parts a second is counted: the fastest rate.
const LIMIT_PARTS: u64 = 10_000;
const HASHLIMIT_PARTS: u64 = 1_000_000;

enum BadRate {
    Unreadable,
    TooFast,
}

/// `5/minute`, `5/m`, `5`: the rate, and the unit in which it was given.
fn read_rate(text: &str, parts: u64) -> Result<(Rate, Span), BadRate> {
    let (packets, unit) = match text.split_once('/') {
        Some((packets, unit)) => (packets, unit.to_ascii_lowercase()),
        None => (text, "second".to_owned()),
    };
    let seconds = UNITS.iter().find(|(name, ..)| !unit.is_empty() && name.starts_with(&unit));
    let (_, _, seconds) = seconds.ok_or(BadRate::Unreadable)?;
    let packets = number(packets).filter(|n| *n > 0).ok_or(BadRate::Unreadable)?;
    if packets / seconds > parts {
        return Err(BadRate::TooFast);
    }
    // The kernel keeps only the time between two packets, and that is all there is to print from.
    let period = (seconds * parts / packets).max(1);
    Ok((rate_of(period, parts), Span::secs(*seconds)))
}

/// A rate in the smallest unit in which it is a whole number, or nearly.
fn rate_of(period: u64, parts: u64) -> Rate {
    let fits = |seconds: u64| {
        let unit = seconds * parts;
        period <= unit && unit / period >= unit % period
    };
    let day = UNITS[3].2;
    let shorter = UNITS[..3].iter().rev().map(|(.., seconds)| *seconds);
    let seconds = shorter.take_while(|seconds| fits(*seconds)).last().unwrap_or(day);
    Rate { packets: (seconds * parts / period) as u32, per: Span::secs(seconds) }
}

/// `5/min`
fn rate_text(rate: Rate) -> String {
    let unit = UNITS.iter().find(|(.., seconds)| Span::secs(*seconds) == rate.per);
    format!("{}/{}", rate.packets, unit.map_or("", |(_, name, _)| name))
}

const DEFAULT_BURST: u32 = 5;

pub(super) const LIMIT: Extension<Match> = Extension {
    name: "limit",
    options: &[Opt::value(&["limit"]), Opt::value(&["limit-burst"])],
    build: |given: &Given<'_>| {
        let rate = given.value("limit", |value| {
            let text = value.text;
            read_rate(text, LIMIT_PARTS).map(|(rate, _)| rate).map_err(|bad| {
                SpecError::bad(match bad {
                    BadRate::Unreadable => format!("bad rate \"{text}\"'"),
                    BadRate::TooFast => format!("Rate too fast \"{text}\""),
                })
            })
        })?;
        let slow = Rate { packets: 3, per: Span::secs(3600) };
        let burst = given.value("limit-burst", |value| value.number(0..=10_000))?;
        let burst = burst.map_or(DEFAULT_BURST, |burst| burst as u32);
        Ok(Match::Limit(Limit::new(rate.unwrap_or(slow), burst)))
    },
};

pub(super) fn save(limit: &Limit) -> String {
    let mut words = Words::default();
    words.option(false, "limit", rate_text(limit.rate));
    if limit.burst != DEFAULT_BURST {
        words.option(false, "limit-burst", limit.burst);
    }
    words.done()
}

pub(super) fn list(limit: &Limit) -> String {
    format!("limit: avg {} burst {}", rate_text(limit.rate), limit.burst)
}

pub(super) const HASHLIMIT: Extension<Match> = Extension {
    name: "hashlimit",
    options: &[
        Opt::value(&["hashlimit-upto", "hashlimit"]).not().excludes(&["hashlimit-above"]),
        Opt::value(&["hashlimit-above"]).not().excludes(&["hashlimit-upto"]),
        Opt::value(&["hashlimit-srcmask"]),
        Opt::value(&["hashlimit-dstmask"]),
        Opt::value(&["hashlimit-burst"]),
        Opt::value(&["hashlimit-htable-size"]),
        Opt::value(&["hashlimit-htable-max"]),
        Opt::value(&["hashlimit-htable-expire"]),
        Opt::value(&["hashlimit-htable-gcinterval"]),
        Opt::value(&["hashlimit-mode"]),
        Opt::value(&["hashlimit-name"]).required(),
        Opt::flag(&["hashlimit-rate-match"]),
        Opt::value(&["hashlimit-rate-interval"]),
    ],
    build: hashlimit,
};

fn hashlimit(given: &Given<'_>) -> Result<Match, SpecError> {
    for name in ["htable-size", "htable-max", "htable-gcinterval", "rate-match", "rate-interval"] {
        if given.has(&format!("hashlimit-{name}")) {
            return Err(SpecError::NotSimulated(format!("the option --hashlimit-{name}")));
        }
    }
    let read = |value: Value<'_>| {
        let is_bytes = value.text.contains("b/");
        if is_bytes {
            return Err(SpecError::NotSimulated("a limit of bytes".to_owned()));
        }
        read_rate(value.text, HASHLIMIT_PARTS).map_err(|bad| match bad {
            BadRate::Unreadable => value.refused(),
            BadRate::TooFast => SpecError::bad(format!("Rate too fast \"{}\"", value.text)),
        })
    };
    let name = given.value("hashlimit-name", |value| match value.text {
        "" => {
            let sentence = "Argument must have a minimum length of 1 characters\n";
            Err(SpecError::bad(sentence.to_owned()))
        }
        name => Ok(name.to_owned()),
    })?;
    let mode = given.value("hashlimit-mode", read_mode)?.unwrap_or_default();
    let mask = |name| given.value(name, |value| value.byte(0..=255));
    let masks = (mask("hashlimit-srcmask")?, mask("hashlimit-dstmask")?);
    let burst = given.value("hashlimit-burst", |value| {
        number(value.text).filter(|n| (1..=1_000_000).contains(n)).ok_or_else(|| {
            SpecError::bad(
                "bad value for option \"--hashlimit-burst\", or out of range (1-1000000)."
                    .to_owned(),
            )
        })
    })?;
    let expire = given.value("hashlimit-htable-expire", |value| {
        value.number(0..=u64::from(u32::MAX)).map(Span::millis)
    })?;
    let up_to = given.maybe("hashlimit-upto", read)?;
    // "Not up to" is above, and the other way round.
    let above = given.maybe("hashlimit-above", read)?.map(|rate| Maybe { not: !rate.not, ..rate });
    let Some(Maybe { not: above, value: (rate, unit) }) = up_to.or(above) else {
        return Err(SpecError::incomplete("You have to specify --hashlimit"));
    };
    Ok(Match::Hashlimit(Box::new(Hashlimit::new(HashlimitOptions {
        name: name.ok_or_else(|| SpecError::incomplete(""))?,
        rate,
        burst: burst.map_or(DEFAULT_BURST, |burst| burst as u32),
        above,
        mode,
        masks: (masks.0.unwrap_or(32), masks.1.unwrap_or(32)),
        expire: expire.unwrap_or(unit),
    }))))
}

fn read_mode(value: Value<'_>) -> Result<HashlimitMode, SpecError> {
    let mut mode = HashlimitMode::default();
    for name in value.text.split(',').filter(|name| !name.is_empty()) {
        match name {
            "srcip" => mode.srcip = true,
            "srcport" => mode.srcport = true,
            "dstip" => mode.dstip = true,
            "dstport" => mode.dstport = true,
            _ => return Err(value.with(name).refused()),
        }
    }
    Ok(mode)
}

fn mode_names(mode: HashlimitMode) -> Vec<&'static str> {
    let names = [
        (mode.srcip, "srcip"),
        (mode.srcport, "srcport"),
        (mode.dstip, "dstip"),
        (mode.dstport, "dstport"),
    ];
    names.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect()
}

/// What is said of the buckets: their names and values, unless they are as always.
fn bucket_parts(options: &HashlimitOptions) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    if options.expire != options.rate.per {
        parts.push(("htable-expire", options.expire.as_millis().to_string()));
    }
    for (name, mask) in [("srcmask", options.masks.0), ("dstmask", options.masks.1)] {
        if mask != 32 {
            parts.push((name, mask.to_string()));
        }
    }
    parts
}

pub(super) fn save_hash(limit: &Hashlimit) -> String {
    let options = &limit.options;
    let mut words = Words::default();
    let rate = rate_text(options.rate);
    let name = if options.above { "hashlimit-above" } else { "hashlimit-upto" };
    words.option(false, name, rate);
    words.option(false, "hashlimit-burst", options.burst);
    let mode = mode_names(options.mode);
    if !mode.is_empty() {
        words.option(false, "hashlimit-mode", mode.join(","));
    }
    words.option(false, "hashlimit-name", &options.name);
    for (name, value) in bucket_parts(options) {
        words.option(false, &format!("hashlimit-{name}"), value);
    }
    words.done()
}

pub(super) fn list_hash(limit: &Hashlimit) -> String {
    let options = &limit.options;
    let rate = rate_text(options.rate);
    let kind = if options.above { "above" } else { "up to" };
    let mut words = Words::default();
    words.word(format!("burst {}", options.burst));
    let mode = mode_names(options.mode);
    if !mode.is_empty() {
        words.word(format!("mode {}", mode.join("-")));
    }
    for (name, value) in bucket_parts(options) {
        words.word(format!("{name} {value}"));
    }
    format!("limit: {kind} {rate}{}", words.done())
}

pub(super) const STATISTIC: Extension<Match> = Extension {
    name: "statistic",
    options: &[
        Opt::value(&["mode"]).required(),
        Opt::value(&["probability"]).not().excludes(&["every", "packet"]),
        Opt::value(&["every"]).not().excludes(&["probability"]).needs("packet"),
        Opt::value(&["packet"]).excludes(&["probability"]),
    ],
    build: statistic,
};

fn statistic(given: &Given<'_>) -> Result<Match, SpecError> {
    let is_random = given.value("mode", |value| match value.text {
        "random" => Ok(true),
        "nth" => Ok(false),
        text => Err(SpecError::bad(format!("Bad mode \"{text}\""))),
    })?;
    let chance = given.maybe("probability", |value| {
        let probability: Option<f64> = value.text.parse().ok();
        let probability = probability.filter(|p| (0.0..=1.0).contains(p));
        let parts = |p: f64| (p * f64::from(Statistic::CERTAIN)).round() as u32;
        probability.map(parts).ok_or_else(|| value.out_of_range(&(0..=1)))
    })?;
    let every = given.maybe("every", |value| value.number(1..=u64::from(u32::MAX)))?;
    let packet = given.value("packet", Value::mark)?;
    if is_random != Some(false) {
        let missing = "--probability must be specified when using random mode";
        let Maybe { not, value: chance } = chance.ok_or_else(|| SpecError::incomplete(missing))?;
        return Ok(Match::Statistic(Statistic::Random { chance, not }));
    }
    if every.is_none() && packet.is_none() {
        let missing = "--every and --packet must be specified when using nth mode";
        return Err(SpecError::incomplete(missing));
    }
    let packet = packet.unwrap_or(0);
    let Some(Maybe { not, value: every }) = every.filter(|every| u64::from(packet) < every.value)
    else {
        return Err(SpecError::incomplete("the --packet p must be 0 <= p <= n-1"));
    };
    Ok(Match::Statistic(Statistic::Nth { every: every as u32, packet, count: 0, not }))
}

/// The chance with the digits that 31 bits have.
fn probability(chance: u32) -> String {
    format!("{:.11}", f64::from(chance) / f64::from(Statistic::CERTAIN))
}

pub(super) fn save_statistic(statistic: Statistic) -> String {
    let mut words = Words::default();
    match statistic {
        Statistic::Random { chance, not } => {
            words.option(false, "mode", "random");
            words.option(not, "probability", probability(chance));
        }
        Statistic::Nth { every, packet, not, .. } => {
            words.option(false, "mode", "nth");
            words.option(not, "every", every);
            words.option(false, "packet", packet);
        }
    }
    words.done()
}

pub(super) fn list_statistic(statistic: Statistic) -> String {
    match statistic {
        Statistic::Random { chance, not } => {
            let chance = probability(chance);
            format!("statistic mode random {}probability {chance}", bang(not))
        }
        Statistic::Nth { every, packet, not, .. } => {
            let packet = match packet {
                0 => String::new(),
                packet => format!(" packet {packet}"),
            };
            format!("statistic mode nth {}every {every}{packet}", bang(not))
        }
    }
}

pub(super) const QUOTA: Extension<Match> = Extension {
    name: "quota",
    options: &[Opt::value(&["quota"]).not().required()],
    build: |given: &Given<'_>| {
        let quota = given.needed("quota", |value| value.number(0..=u64::MAX))?;
        Ok(Match::Quota(Quota { bytes: quota.value, used: 0, not: quota.not }))
    },
};

pub(super) fn save_quota(quota: Quota) -> String {
    let mut words = Words::default();
    words.option(quota.not, "quota", quota.bytes);
    words.done()
}

pub(super) fn list_quota(quota: Quota) -> String {
    format!("quota: {} bytes", quota.bytes)
}
