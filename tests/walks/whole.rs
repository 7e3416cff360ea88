//! What holds for the table as a whole: each rule is shown, nothing is shown twice.

use std::collections::{BTreeMap, BTreeSet};

use trunktop::locate;

use super::case::Case;
use super::{cases, likeness, run};
use crate::zone;

/// How many cases show a rule, at least.
const SHOWN_BY: usize = 2;

#[test]
fn the_table_is_as_large_as_it_was() {
    let count = cases().len();
    assert!(count >= 150, "{count} cases are left");
}

#[test]
fn each_rule_is_named_and_followed_by_two_cases() {
    let cases = cases();
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let followed = followed(case);
        for rule in &case.rules {
            assert!(followed.contains(rule.as_str()), "'{}' names {rule}, which decides nothing in it", case.title);
            *shown.entry(rule).or_default() += 1;
        }
    }
    let rules = locate::reference().rules();
    let short: Vec<String> = rules
        .iter()
        .map(|rule| (rule, shown.get(rule.name).copied().unwrap_or_default()))
        .filter(|(_, count)| *count < SHOWN_BY)
        .map(|(rule, count)| format!("{} ({}): {count}", rule.name, rule.clause))
        .collect();
    assert!(short.is_empty(), "rules with fewer than {SHOWN_BY} cases:\n{}", short.join("\n"));
}

fn followed(case: &Case) -> BTreeSet<String> {
    let walked = case.dials.iter().filter_map(|expected| run::walk(&case.zone, expected, run::Ahead::No).ok());
    walked.flat_map(|walked| run::rules(&walked.resolution)).collect()
}

/// What is known of a stack, and not decided by its walk.
const BESIDE_THE_WALK: [&str; 12] = [
    "weight 0 beside others",
    "goes on at",
    "gives up",
    "a silent target",
    "a silent UDP target",
    "a silent TCP or TLS target",
    "a refused UDP port",
    "a refused TCP connection",
    "a 100, and then silence",
    "remembers",
    "REGISTER and INVITE",
    "its own OPTIONS",
];

/// The stacks that have a table of their own.
const STACKS: [&str; 7] = ["asterisk", "pjsip", "freeswitch", "kamailio", "opensips", "resiprocate", "baresip"];

#[test]
fn each_rule_of_each_stack_is_shown() {
    let mut shown: BTreeSet<(String, String)> = BTreeSet::new();
    for case in &cases() {
        for expected in &case.dials {
            let Ok(walked) = run::walk(&case.zone, expected, run::Ahead::No) else { continue };
            let engine = expected.engine.profile().name;
            let named = run::rules(&walked.resolution).into_iter().filter(|rule| case.rules.contains(rule));
            shown.extend(named.map(|rule| (engine.to_owned(), rule)));
        }
    }
    let mut missing = Vec::new();
    for stack in STACKS {
        let engine = locate::engine(stack).unwrap();
        for rule in engine.rules().iter().filter(|rule| !BESIDE_THE_WALK.contains(&rule.name)) {
            let name = run::in_one_word(rule.name);
            if !shown.contains(&(stack.to_owned(), name.clone())) {
                missing.push(format!("{stack}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "no case of a stack shows\n{}", missing.join("\n"));
}

#[test]
fn wherever_other_stacks_do_otherwise_a_case_says_so() {
    let mut said: BTreeSet<&str> = BTreeSet::new();
    for case in &cases() {
        for expected in case.dials.iter().filter(|expected| !expected.others.is_empty()) {
            let Ok(walked) = run::walk(&case.zone, expected, run::Ahead::No) else { continue };
            for others in &expected.others {
                let rules = run::others_said(&walked.resolution, others.at.as_ref()).into_iter();
                said.extend(
                    rules
                        .filter(|rule| rule.others.is_some_and(|said| said.contains(&others.words)))
                        .map(|rule| rule.name),
                );
            }
        }
    }
    let rules = locate::reference().rules().iter().filter(|rule| rule.others.is_some());
    let silent: Vec<&str> = rules.map(|rule| rule.name).filter(|name| !said.contains(name)).collect();
    assert!(silent.is_empty(), "no case says what others do at {}", silent.join(", "));
}

#[test]
fn no_case_is_a_copy_of_another() {
    let cases = cases();
    let shows: Vec<BTreeSet<String>> = cases.iter().map(shows).collect();
    let mut copies = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        for (other, also) in cases.iter().enumerate() {
            // Of two that show the same, the later one is the copy.
            let same = shows[at].is_subset(&shows[other]) && (shows[at] != shows[other] || other < at);
            if at != other && same {
                copies.push(format!("'{}' shows nothing that '{}' does not", case.title, also.title));
            }
        }
    }
    assert!(copies.is_empty(), "{}", copies.join("\n"));
}

fn shows(case: &Case) -> BTreeSet<String> {
    let dials = case.dials.iter().filter_map(|expected| {
        let walked = run::walk(&case.zone, expected, run::Ahead::No).ok()?;
        Some(likeness::of(case, expected, &walked.resolution))
    });
    dials.collect()
}

#[test]
fn titles_are_unique() {
    let cases = cases();
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = cases.iter().map(|case| case.title.as_str()).filter(|title| !seen.insert(*title)).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// A zone file holds an alias alone at its name (RFC 1034 3.6.2), one TTL for an RRset (RFC 2181 5.2), and each
/// record once.
#[test]
fn what_no_server_can_load_is_marked() {
    for case in cases() {
        let words = case.lines.iter().map(|line| zone::words(&line.to_ascii_lowercase()));
        let records: Vec<Vec<String>> = words.filter(|words| words.len() > 3).collect();
        let clash = |a: &[String], b: &[String]| {
            let (same_owner, same_type) = (a[0] == b[0], a[2] == b[2]);
            same_owner && (a[2] == "cname" || same_type && (a[1] != b[1] || a[3..] == b[3..]))
        };
        let others = |at: usize| records.iter().enumerate().filter(move |(other, _)| *other != at);
        let clashes = records.iter().enumerate().any(|(at, a)| others(at).any(|(_, b)| clash(a, b)));
        assert_eq!(case.not_a_zone, clashes, "'{}': a line '# not a zone: why' says so", case.title);
    }
}
