//! Names for the numbers of routing: tables, protocols, scopes, types, TOS, groups of devices. The usual
//! ones are built in; `/etc/iproute2` can add more.

use super::Tool;
use crate::kernel::ip::fib::{RouteKind, scope};
use crate::shell::args::{Args, Failure, Result, abbreviates, unsigned};

type Names = &'static [(u32, &'static str)];

const TABLES: Names = &[(255, "local"), (254, "main"), (253, "default")];

const PROTOCOLS: Names = &[
    (0, "unspec"),
    (1, "redirect"),
    (2, "kernel"),
    (3, "boot"),
    (4, "static"),
    (8, "gated"),
    (9, "ra"),
    (10, "mrt"),
    (11, "zebra"),
    (12, "bird"),
    (13, "dnrouted"),
    (14, "xorp"),
    (15, "ntk"),
    (16, "dhcp"),
    (18, "keepalived"),
    (42, "babel"),
    (99, "openr"),
    (186, "bgp"),
    (187, "isis"),
    (188, "ospf"),
    (189, "rip"),
    (192, "eigrp"),
];

const SCOPES: Names =
    &[(0, "global"), (255, "nowhere"), (254, "host"), (253, "link"), (200, "site")];

const TRAFFIC_CLASSES: Names = &[
    (0x00, "default"),
    (0x28, "AF11"),
    (0x30, "AF12"),
    (0x38, "AF13"),
    (0x48, "AF21"),
    (0x50, "AF22"),
    (0x58, "AF23"),
    (0x68, "AF31"),
    (0x70, "AF32"),
    (0x78, "AF33"),
    (0x88, "AF41"),
    (0x90, "AF42"),
    (0x98, "AF43"),
    (0x20, "CS1"),
    (0x40, "CS2"),
    (0x60, "CS3"),
    (0x80, "CS4"),
    (0xa0, "CS5"),
    (0xc0, "CS6"),
    (0xe0, "CS7"),
    (0xb8, "EF"),
];

const GROUPS: Names = &[(0, "default")];

/// A kind of number that has names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Routing tables.
    Table,
    /// Who made a route.
    Protocol,
    /// How far a destination is.
    Scope,
    /// TOS.
    TrafficClass,
    /// Groups of devices.
    Group,
}

impl Naming {
    fn builtin(self) -> Names {
        match self {
            Naming::Table => TABLES,
            Naming::Protocol => PROTOCOLS,
            Naming::Scope => SCOPES,
            Naming::TrafficClass => TRAFFIC_CLASSES,
            Naming::Group => GROUPS,
        }
    }

    fn file(self) -> &'static str {
        match self {
            Naming::Table => "/etc/iproute2/rt_tables",
            Naming::Protocol => "/etc/iproute2/rt_protos",
            Naming::Scope => "/etc/iproute2/rt_scopes",
            Naming::TrafficClass => "/etc/iproute2/rt_dsfield",
            Naming::Group => "/etc/iproute2/group",
        }
    }

    fn max(self) -> u64 {
        match self {
            Naming::Table | Naming::Group => u64::from(u32::MAX),
            Naming::Protocol | Naming::Scope | Naming::TrafficClass => 255,
        }
    }
}

impl Tool {
    /// The names that the host's file gives.
    fn names_of_file(&self, naming: Naming) -> Vec<(u32, String)> {
        let bytes = self.proc.read_file(naming.file()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        lines
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                let number = unsigned(words.next()?, naming.max())?;
                Some((number as u32, words.next()?.to_owned()))
            })
            .collect()
    }

    /// The name of a number, or the number itself.
    pub fn name_of(&self, naming: Naming, number: u32) -> String {
        let plain = match naming {
            Naming::TrafficClass => format!("{number:#04x}"),
            _ => number.to_string(),
        };
        if self.options.numeric {
            return plain;
        }
        let builtin = naming.builtin().iter().find(|(n, _)| *n == number);
        if let Some((_, name)) = builtin {
            return (*name).to_owned();
        }
        let named = self.names_of_file(naming).into_iter().find(|(n, _)| *n == number);
        named.map_or(plain, |(_, name)| name)
    }

    /// The value of an option that may be a name; `why` says that it is none.
    pub fn named_value(&self, args: &mut Args, naming: Naming, why: &str) -> Result<u32> {
        let word = args.value()?;
        self.number_of(naming, word).ok_or_else(|| Failure::wrong(word, why))
    }

    /// The number that a word names or is.
    pub fn number_of(&self, naming: Naming, word: &str) -> Option<u32> {
        if let Some((number, _)) = naming.builtin().iter().find(|(_, name)| *name == word) {
            return Some(*number);
        }
        if let Some((number, _)) = self.names_of_file(naming).iter().find(|(_, name)| name == word)
        {
            return Some(*number);
        }
        let number = match naming {
            Naming::TrafficClass => u64::from_str_radix(word.trim_start_matches("0x"), 16).ok(),
            _ => unsigned(word, naming.max()),
        };
        number.filter(|number| *number <= naming.max()).map(|number| number as u32)
    }
}

/// The type of route that a word names.
pub fn route_kind(word: &str) -> Option<RouteKind> {
    Some(match word {
        "local" => RouteKind::Local,
        "throw" => RouteKind::Throw,
        "brd" => RouteKind::Broadcast,
        _ if abbreviates(word, "broadcast") => RouteKind::Broadcast,
        _ if abbreviates(word, "multicast") => RouteKind::Multicast,
        _ if abbreviates(word, "prohibit") => RouteKind::Prohibit,
        _ if abbreviates(word, "unreachable") => RouteKind::Unreachable,
        _ if abbreviates(word, "blackhole") => RouteKind::Blackhole,
        _ if abbreviates(word, "unicast") => RouteKind::Unicast,
        _ => return None,
    })
}

/// Whether a word names a type of route that is not simulated.
pub fn is_foreign_route_kind(word: &str) -> bool {
    word == "nat" || abbreviates(word, "anycast") || abbreviates(word, "xresolve")
}

/// The scope that a filter wants; `None` for all of them.
pub fn scope_filter(tool: &Tool, word: &str) -> Result<Option<u8>> {
    match tool.number_of(Naming::Scope, word) {
        Some(number) => Ok(Some(number as u8)),
        None if word == "all" => Ok(None),
        None => Err(Failure::wrong(word, "invalid \"scope\"\n")),
    }
}

/// The scope of a route of this type that was given none.
pub fn default_scope(kind: RouteKind, has_gateway: bool) -> u8 {
    match kind {
        RouteKind::Local => scope::HOST,
        RouteKind::Broadcast | RouteKind::Multicast => scope::LINK,
        RouteKind::Unicast if !has_gateway => scope::LINK,
        _ => scope::UNIVERSE,
    }
}
