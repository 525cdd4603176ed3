//! Translations: `MASQUERADE`, `SNAT`, `DNAT`, `REDIRECT`, `NETMAP`.

use crate::kernel::netfilter::spec::SpecError;
use crate::kernel::netfilter::spec::extension::{Extension, Given, Opt};
use crate::kernel::netfilter::spec::names::service_port;
use crate::kernel::netfilter::spec::text::{Words, range};
use crate::kernel::netfilter::spec::values::{Value, number};
use crate::kernel::netfilter::target::{PortChoice, Target, Translation};
use crate::wire::Ipv4Addr;

pub(super) const MASQUERADE: Extension<Target> = Extension {
    name: "MASQUERADE",
    options: &[Opt::value(&["to-ports"]), Opt::flag(&["random"]), Opt::flag(&["random-fully"])],
    build: |given: &Given<'_>| {
        let ports = given.value("to-ports", |value| read_ports(given, value, value.text, false))?;
        Ok(Target::Masquerade(with_flags(given, ports.unwrap_or_default())))
    },
};

pub(super) const REDIRECT: Extension<Target> = Extension {
    name: "REDIRECT",
    options: &[Opt::value(&["to-ports"]), Opt::flag(&["random"])],
    build: |given: &Given<'_>| {
        let ports = given.value("to-ports", |value| read_ports(given, value, value.text, true))?;
        Ok(Target::Redirect(with_flags(given, ports.unwrap_or_default())))
    },
};

pub(super) const SNAT: Extension<Target> = Extension {
    name: "SNAT",
    options: &[
        Opt::value(&["to-source"]).required(),
        Opt::flag(&["random"]),
        Opt::flag(&["random-fully"]),
        Opt::flag(&["persistent"]),
    ],
    build: |given: &Given<'_>| Ok(Target::Snat(translation(given, "to-source", false)?)),
};

pub(super) const DNAT: Extension<Target> = Extension {
    name: "DNAT",
    options: &[
        Opt::value(&["to-destination"]).required(),
        Opt::flag(&["random"]),
        Opt::flag(&["persistent"]),
    ],
    build: |given: &Given<'_>| Ok(Target::Dnat(translation(given, "to-destination", true)?)),
};

pub(super) const NETMAP: Extension<Target> = Extension {
    name: "NETMAP",
    options: &[Opt::value(&["to"]).required()],
    build: |given: &Given<'_>| Ok(Target::Netmap(given.needed("to", Value::network)?.value)),
};

fn with_flags(given: &Given<'_>, ports: PortChoice) -> PortChoice {
    PortChoice { random: given.has("random"), random_fully: given.has("random-fully"), ..ports }
}

/// `ADDRESS[-ADDRESS][:PORTS]`, or only `:PORTS`.
fn translation(given: &Given<'_>, option: &str, may_shift: bool) -> Result<Translation, SpecError> {
    let read = |value: Value<'_>| {
        let bad = |text: &str| SpecError::bad(format!("Bad IP address \"{text}\""));
        let (addresses, ports) = match value.text.split_once(':') {
            Some((addresses, ports)) => (addresses, Some(ports)),
            None => (value.text, None),
        };
        if addresses.starts_with('[') {
            return Err(SpecError::bad("Invalid address format".to_owned()));
        }
        if ports.is_some_and(|ports| ports.contains(':')) {
            return Err(bad(value.text));
        }
        let ports = match ports {
            None => PortChoice::default(),
            Some(ports) => read_ports(given, value, ports, may_shift)?,
        };
        if addresses.is_empty() && ports.ports.is_some() {
            return Ok((None, ports));
        }
        let address = |text: &str| text.parse::<Ipv4Addr>().map_err(|_| bad(text));
        let (low, high) = addresses.split_once('-').unwrap_or((addresses, addresses));
        Ok((Some((address(low)?, address(high)?)), ports))
    };
    let (addresses, ports) = given.needed(option, read)?.value;
    let ports = with_flags(given, ports);
    Ok(Translation { addresses, ports, persistent: given.has("persistent") })
}

/// `PORT`, `LOW-HIGH`, or `LOW-HIGH/BASE` if the ports may be shifted.
fn read_ports(
    given: &Given<'_>,
    value: Value<'_>,
    text: &str,
    may_shift: bool,
) -> Result<PortChoice, SpecError> {
    let has_ports = given.ip.protocol.is_some_and(|p| matches!(p.value, 1 | 6 | 17 | 33 | 132));
    if !has_ports {
        let sentence = "Need TCP, UDP, SCTP or DCCP with port specification";
        return Err(SpecError::bad(sentence.to_owned()));
    }
    // A number or a name, and what is behind it.
    let port = |text: &str| -> Result<(u16, usize), SpecError> {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let word = &text[..end];
        let by_number = number(word).and_then(|n| u16::try_from(n).ok());
        let by_name = || service_port(word, value.protocol).or_else(|| service_port(word, 0));
        let invalid = || SpecError::bad(format!("Port `{text}' not valid"));
        by_number.or_else(by_name).map(|port| (port, end)).ok_or_else(invalid)
    };
    let garbage =
        |what: &str, rest: &str| SpecError::bad(format!("Garbage after port {what}: `{rest}'"));
    let (low, end) = port(text)?;
    let rest = &text[end..];
    let Some(rest) = rest.strip_prefix('-') else {
        return match rest {
            "" => Ok(PortChoice { ports: Some((low, low)), ..PortChoice::default() }),
            rest => Err(garbage("value", rest)),
        };
    };
    let (high, end) = port(rest)?;
    if high < low {
        return Err(SpecError::bad(format!("Port range `{rest}' funky")));
    }
    let base = match &rest[end..] {
        "" => None,
        shift if shift.starts_with('/') && may_shift => {
            let (base, end) = port(&shift[1..])?;
            if end + 1 != shift.len() {
                return Err(garbage("range", &shift[end + 1..]));
            }
            Some(base)
        }
        rest => return Err(garbage("range", rest)),
    };
    Ok(PortChoice { ports: Some((low, high)), base, ..PortChoice::default() })
}

/// `1000-2000`, `2000-2100/1000`.
fn ports_text(ports: &PortChoice) -> Option<String> {
    let shown = range(&ports.ports?, '-');
    Some(match ports.base {
        Some(base) => format!("{shown}/{base}"),
        None => shown,
    })
}

fn flag_names(ports: &PortChoice, persistent: bool) -> impl Iterator<Item = &'static str> {
    let flags = [
        (ports.random, "random"),
        (ports.random_fully, "random-fully"),
        (persistent, "persistent"),
    ];
    flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name)
}

fn target_text(to: &Translation) -> String {
    let addresses = to.addresses.map(|addresses| range(&addresses, '-')).unwrap_or_default();
    let ports = ports_text(&to.ports).map(|ports| format!(":{ports}")).unwrap_or_default();
    addresses + &ports
}

pub(super) fn save(name: &str, to: &Translation) -> String {
    let mut words = Words::default();
    words.option(false, name, target_text(to));
    for flag in flag_names(&to.ports, to.persistent) {
        words.flag(false, flag);
    }
    words.done()
}

pub(super) fn save_ports(ports: &PortChoice) -> String {
    let mut words = Words::default();
    if let Some(ports) = ports_text(ports) {
        words.option(false, "to-ports", ports);
    }
    for flag in flag_names(ports, false) {
        words.flag(false, flag);
    }
    words.done()
}

pub(super) fn list(to: &Translation) -> String {
    let mut words = vec![format!("to:{}", target_text(to))];
    words.extend(flag_names(&to.ports, to.persistent).map(str::to_owned));
    words.join(" ")
}

pub(super) fn list_ports(name: &str, ports: &PortChoice) -> String {
    let mut words: Vec<String> =
        ports_text(ports).map(|ports| format!("{name}{ports}")).into_iter().collect();
    words.extend(flag_names(ports, false).map(str::to_owned));
    words.join(" ")
}
