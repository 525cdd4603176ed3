//! Rules and refusals recorded from the real tool, and what must hold for any rule.

use proptest::prelude::*;

use super::text::words;
use super::{Command, Environment, SpecError, parse, print};
use crate::kernel::netfilter::table::{Rule, Table};
use crate::kernel::netfilter::{Backend, TableName};

/// The lines of a file of records: their fields.
fn records(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(" | ").map(str::trim).collect())
}

fn read(line: &str) -> Result<Command, SpecError> {
    parse(&words(&format!("-A CHAIN {line}")), &Environment::PLAIN)
}

fn table(name: &str) -> Table {
    let mut table = Table::new(TableName::named(name).unwrap(), Backend::Legacy);
    table.new_chain("CH1").unwrap();
    table
}

fn rules(table: &Table, line: &str) -> Result<Vec<Rule>, SpecError> {
    read(line)?.rule.rules(table)
}

/// The rule of a line, printed.
fn printed(table: &Table, line: &str) -> String {
    let rules = rules(table, line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
    assert_eq!(rules.len(), 1, "{line}");
    print::rule(table, &rules[0])
}

#[test]
fn rules_print_as_the_real_tool_prints_them() {
    for record in records(include_str!("rules.txt")) {
        let [name, given, saved, listed] = record[..] else { panic!("{record:?}") };
        let table = table(name);
        assert_eq!(printed(&table, given), saved, "{given}");
        let rule = &rules(&table, given).unwrap()[0];
        let details = print::columns(&table, rule, true).details.join(" ");
        assert_eq!(details, listed.trim_start_matches("[goto]").trim(), "{given}");
    }
}

#[test]
fn what_is_printed_reads_back_the_same() {
    for record in records(include_str!("rules.txt")) {
        let [name, given, saved, _] = record[..] else { panic!("{record:?}") };
        let table = table(name);
        assert_eq!(printed(&table, saved), saved);
        assert!(rules(&table, saved).unwrap()[0].is_like(&rules(&table, given).unwrap()[0]));
    }
}

#[test]
fn wrong_words_are_refused_with_the_sentences_of_the_real_tool() {
    for record in records(include_str!("errors.txt")) {
        let [name, given, sentence] = record[..] else { panic!("{record:?}") };
        let refused = rules(&table(name), given);
        let wanted = sentence.replace("\\n", "\n");
        match refused {
            Err(SpecError::Bad(got) | SpecError::Incomplete(got)) => {
                assert_eq!(got, wanted, "{given}");
            }
            other => panic!("{given}: {other:?}"),
        }
    }
}

#[test]
fn several_addresses_are_several_rules() {
    let table = table("filter");
    let rules = rules(&table, "-s 10.0.0.1,10.0.0.2 -d 10.1.0.0/16,10.2.0.0/16 -j DROP").unwrap();
    let printed: Vec<String> = rules.iter().map(|rule| print::rule(&table, rule)).collect();
    assert_eq!(printed[0], "-s 10.0.0.1/32 -d 10.1.0.0/16 -j DROP");
    assert_eq!(printed[1], "-s 10.0.0.1/32 -d 10.2.0.0/16 -j DROP");
    assert_eq!(printed.len(), 4);
}

#[test]
fn the_first_wrong_word_is_the_one_that_is_named() {
    let sentence = |line| match read(line) {
        Err(SpecError::Bad(sentence)) => sentence,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(
        sentence("-p tcp --dport 99999 -m conntrack --ctstate BAD"),
        "invalid port/service `99999' specified"
    );
    assert_eq!(sentence("-m conntrack --ctstate BAD -p tcp --dport 99999"), "Bad ctstate \"BAD\"");
    // What is missing is looked for at the end.
    assert_eq!(sentence("-m mark --frob"), "unknown option \"--frob\"");
}

#[test]
fn what_netsim_has_not_is_said_plainly() {
    for line in ["-m string --string x", "-j NFQUEUE", "-s 10.0.0.1/255.0.255.0", "-j CT --zone 1"]
    {
        assert!(matches!(rules(&table("raw"), line), Err(SpecError::NotSimulated(_))), "{line}");
    }
}

/// Conditions in the order in which they print, each with all that may stand in its place.
const PARTS: [&[&str]; 9] = [
    &["", "-s 10.0.0.0/8", "! -s 192.168.1.7/32"],
    &["", "-d 172.17.0.0/16", "! -d 127.0.0.0/8"],
    &["", "-i eth0", "! -i veth+"],
    &["-p tcp"],
    &["", "-m tcp --dport 80", "-m tcp ! --sport 1:1023 --tcp-flags SYN,ACK SYN"],
    &["", "-m multiport ! --dports 80,443,1000:2000"],
    &["", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m conntrack ! --ctstatus ASSURED"],
    &[
        "",
        "-m limit --limit 3/min --limit-burst 10",
        "-m statistic --mode nth --every 3 --packet 1",
    ],
    &["", "-m comment --comment \"it\\'s \\\"so\\\"\"", "-m mark ! --mark 0x1/0xff"],
];

const GOALS: [&str; 6] = [
    "",
    "-j ACCEPT",
    "-j CH1",
    "-g CH1",
    "-j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90",
    "-j LOG --log-prefix \"a b \" --log-level 7",
];

proptest! {
    #[test]
    fn any_mixture_of_conditions_prints_as_it_was_read(
        choices in prop::collection::vec(0_usize..3, PARTS.len()),
        goal in 0_usize..GOALS.len(),
    ) {
        let parts = PARTS.iter().zip(choices).map(|(part, n)| part[n % part.len()]);
        let line: Vec<&str> =
            parts.chain([GOALS[goal]]).filter(|part| !part.is_empty()).collect();
        let line = line.join(" ");
        prop_assert_eq!(printed(&table("nat"), &line), line);
    }

    #[test]
    fn no_words_make_the_parser_fall_over(
        words in prop::collection::vec(
            prop_oneof![
                "[-!a-zA-Z0-9:/,.@&=<> é]{0,8}",
                prop::sample::select(vec![
                    "-A", "-I", "-L", "-t", "-p", "tcp", "udp", "icmp", "-m", "u32", "--u32", "set",
                    "--match-set", "conntrack", "--ctstate", "-j", "DNAT", "--to-destination", "limit",
                    "--limit", "hashlimit", "--hashlimit-upto", "comment", "--comment", "!", "--dport",
                    "--icmp-type", "multiport", "--dports", "-c", "-s", "-i", "iprange", "--src-range",
                    "mac", "--mac-source", "REJECT", "--reject-with", "LOG", "--log-prefix", "--tos",
                    "statistic", "--mode", "nth", "--every", "--packet", "TTL", "--ttl-set",
                ]).prop_map(str::to_owned),
            ],
            0..12,
        ),
    ) {
        let _ = parse(&words, &Environment::PLAIN);
    }
}
