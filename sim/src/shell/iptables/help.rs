//! `iptables -h`.

use crate::kernel::netfilter::spec::Voice;

/// The usage, in short: what netsim understands.
pub fn text(voice: &Voice) -> String {
    let version = voice.name_and_version();
    let program = &voice.program;
    format!(
        "{version}

Usage: {program} [-t TABLE] -A|-C|-D CHAIN RULE
       {program} [-t TABLE] -I CHAIN [NUMBER] RULE
       {program} [-t TABLE] -R CHAIN NUMBER RULE
       {program} [-t TABLE] -D CHAIN NUMBER
       {program} [-t TABLE] -L|-S [CHAIN [NUMBER]] [-n] [-v] [-x] [--line-numbers]
       {program} [-t TABLE] -F|-X [CHAIN]
       {program} [-t TABLE] -Z [CHAIN [NUMBER]]
       {program} [-t TABLE] -N CHAIN
       {program} [-t TABLE] -E CHAIN NEW-NAME
       {program} [-t TABLE] -P CHAIN ACCEPT|DROP

Tables: filter (default), nat, mangle, raw, security

A rule (! before an option asks for its opposite):
  -s, --source ADDRESS[/MASK][,...]      where a packet comes from
  -d, --destination ADDRESS[/MASK][,...] where it goes
  -i, --in-interface DEVICE[+]           by which device it came
  -o, --out-interface DEVICE[+]          by which device it leaves
  -p, --protocol PROTOCOL                tcp, udp, icmp, a number, all
  -f, --fragment                         later fragments only
  -m, --match NAME OPTIONS               an extension
  -j, --jump TARGET OPTIONS              what becomes of it: a target or a chain
  -g, --goto CHAIN                       on with a chain, without coming back
  -c, --set-counters PACKETS BYTES       what the rule has seen before
"
    )
}
