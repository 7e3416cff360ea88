//! The lint rules, as a table: records, what is dialled, and what each rule says of it.
//!
//! A case of `lint/rules.lint` is about one rule:
//!
//! ```text
//! == L02
//! _sip._udp.acme.example 300 SRV 10 0 5060 192.0.2.1
//! lint sip:acme.example;transport=udp
//!   error SRV _sip._udp.acme.example: target 192.0.2.1 is an address
//! ```
//!
//! It expects the findings of that rule, in order, each as `severity where: words`, of which a part is
//! enough. Without any the rule is silent: each rule has its near misses. `auth` behind the URI asks the
//! zone's own server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use trunktop::lint::{self, RULES};
use trunktop::locate::{self, Walk};
use trunktop::model::{
    AddressOrder, Answer, Dial, Finding, Method, Moment, Name, Question, Read, Reading, RecordType, Resolution,
    ResolverSpec, Step, Survey, Transports,
};

use crate::zone::Zone;

/// A rule, records and dial, findings.
#[derive(Default)]
struct Case {
    rule: String,
    zone: String,
    dial: String,
    found: Vec<String>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("lint/rules.lint").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(rule) = line.strip_prefix("== ") {
            cases.push(Case { rule: rule.to_owned(), ..Case::default() });
            continue;
        }
        let case = cases.last_mut().expect("a case begins with its rule");
        if let Some(found) = line.strip_prefix("  ") {
            case.found.push(found.to_owned());
        } else if let Some(dial) = line.strip_prefix("lint ") {
            dial.clone_into(&mut case.dial);
        } else {
            case.zone.push_str(&format!("{line}\n"));
        }
    }
    cases
}

fn began() -> Moment {
    Moment { mono: std::time::Duration::from_secs(1000), wall: Timestamp::UNIX_EPOCH }
}

/// Walks a zone; `dial` is URIs, then options.
fn walk(zone: &str, dial: &str) -> Resolution {
    let (uris, options): (Vec<&str>, Vec<&str>) = dial.split_whitespace().partition(|word| word.starts_with("sip"));
    let mut uris = uris.into_iter().map(|uri| uri.parse().unwrap());
    let (uri, more_uris) = (uris.next().unwrap(), uris.collect());
    let resolver: ResolverSpec =
        if options.contains(&"auth") { "auth://ns.acme.example" } else { "127.0.0.1" }.parse().unwrap();
    let transports = options.iter().find_map(|option| option.strip_prefix("transports="));
    let transports = transports.map_or_else(Transports::default, |list| list.parse().unwrap());
    let dial = Dial { uri, more_uris, transports, addresses: AddressOrder::default(), method: Method::Invite };
    let (zone, mut survey) = (Zone::of(zone), Survey::default());
    for _ in 0..6 {
        match locate::reference().walk(&dial, &survey, Reading::Engine, began()) {
            Walk::Done(resolution) => return *resolution,
            Walk::Need(need) => {
                for question in need.must {
                    let answer = Answer { resolver: resolver.clone(), ..zone.answer(&question, began()) };
                    survey.insert(Arc::new(answer));
                }
            }
        }
    }
    panic!("{} does not end", dial.uri);
}

/// What a rule says.
fn of_rule<'f>(findings: &'f [Finding], rule: &str) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| finding.rule == rule).collect()
}

fn line(finding: &Finding) -> String {
    format!("{} {}: {}", finding.severity, finding.subject, finding.what)
}

/// What differs from what is expected.
fn differs(expected: &Case) -> Option<String> {
    let findings = lint::lint(&walk(&expected.zone, &expected.dial));
    let got: Vec<String> = of_rule(&findings, &expected.rule).into_iter().map(line).collect();
    let alike = got.len() == expected.found.len()
        && got.iter().zip(&expected.found).all(|(got, found)| got.contains(found.as_str()));
    (!alike).then(|| {
        format!(
            "{} {}\n{}\n  expected {:#?}\n  got {got:#?}\n",
            expected.rule, expected.dial, expected.zone, expected.found
        )
    })
}

#[test]
fn each_rule_says_what_is_wrong_and_nothing_else() {
    let wrong: Vec<String> = cases().iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_line_of_the_table_is_shown_to_fire_and_to_be_silent() {
    let mut seen: BTreeMap<&str, [usize; 2]> = RULES.iter().map(|rule| (rule.number, [0, 0])).collect();
    let mut severities = BTreeSet::new();
    let cases = cases();
    for case in &cases {
        seen.get_mut(case.rule.as_str()).unwrap()[usize::from(case.found.is_empty())] += 1;
        severities.extend(case.found.iter().map(|found| (case.rule.as_str(), found.split(' ').next().unwrap())));
    }
    for (rule, [fires, silent]) in seen {
        assert!(fires > 0 && silent > 0, "{rule}: {fires} cases in which it fires, {silent} in which it is silent");
    }
    for rule in RULES {
        let number = rule.number;
        // No walk of the reference asks for the domain's own addresses beside SRV: see the test of L18 below.
        let known = severities.contains(&(number, rule.severity.word()))
            || (number == "L18" && rule.severity.word() != "error");
        assert!(known, "{number} never fires as {}", rule.severity);
        assert!(!rule.clause.is_empty() && rule.advice.ends_with('.'), "{number}: {}", rule.advice);
    }
}

#[test]
fn findings_come_the_worst_first_then_by_rule_and_place() {
    let zone = "
        acme.example 10 NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.acme.example
        acme.example 10 NAPTR 20 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.acme.example
        _sip._udp.acme.example 300 SRV 10 0 5061 b.acme.example
        _sip._udp.acme.example 300 SRV 10 0 5060 a.acme.example";
    let findings = lint::lint(&walk(zone, "sip:acme.example"));
    let rules: Vec<String> = findings.iter().map(|f| format!("{} {} {}", f.severity, f.rule, f.subject)).collect();
    assert_eq!(
        rules,
        [
            "error L04 a.acme.example",
            "error L04 b.acme.example",
            "warning L08 NAPTR acme.example",
            "warning L15 SRV _sip._udp.acme.example",
            "info L20 SRV _sip._udp.acme.example",
            "info L26 NAPTR acme.example",
        ]
    );
    assert!(findings.is_sorted());
}

/// A domain that is in order: what the rules say of it is nothing.
const CLEAN: &str = "
    acme.example 3600 NAPTR 10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.acme.example
    acme.example 3600 NAPTR 20 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.acme.example
    _sips._tcp.acme.example 300 SRV 10 50 5061 east-1.acme.example
    _sips._tcp.acme.example 300 SRV 10 50 5061 east-2.acme.example
    _sips._tcp.acme.example 300 SRV 20 0 5061 west.acme.example
    east-1.acme.example 60 A 192.0.2.10
    east-2.acme.example 60 A 192.0.2.20
    west.acme.example 60 A 198.51.100.7
    west.acme.example 60 AAAA 2001:db8::7";

#[test]
fn a_domain_in_order_has_no_findings() {
    for dial in ["sip:acme.example", "sips:acme.example", "sip:acme.example auth"] {
        let lines: Vec<String> = lint::lint(&walk(CLEAN, dial)).iter().map(line).collect();
        assert_eq!(lines, Vec::<String>::new(), "{dial}");
    }
}

#[test]
fn what_was_not_answered_is_not_wrong() {
    for failing in ["acme.example *", "_sips._tcp.acme.example SRV", "west.acme.example *", "east-1.acme.example A"] {
        let lines: Vec<String> =
            lint::lint(&walk(&format!("{CLEAN}\n{failing} SERVFAIL"), "sip:acme.example")).iter().map(line).collect();
        assert_eq!(lines, Vec::<String>::new(), "{failing}");
    }
}

/// An engine that asks for the domain's own addresses beside SRV records, as some do.
fn with_own_addresses(records: &str) -> Vec<String> {
    let mut resolution = walk(CLEAN, "sip:acme.example");
    let zone = Zone::of(&format!("x.acme.example 60 A 192.0.2.9\n{records}"));
    for rtype in [RecordType::A, RecordType::Aaaa] {
        let question = Question::new(Name::parse("acme.example").unwrap(), rtype);
        let read = Read::Now(Arc::new(zone.answer(&question, began())));
        let why = "asked too".to_owned();
        let step = Step { uri: 0, question, read, taken: Vec::new(), why, rules: Vec::new(), used: false };
        resolution.steps.push(step);
    }
    lint::lint(&resolution).iter().map(|finding| format!("{} {}", finding.rule, line(finding))).collect()
}

#[test]
fn the_domains_own_addresses_are_held_against_those_of_its_targets() {
    assert_eq!(
        with_own_addresses(""),
        ["L18 info acme.example: it has SRV records and no address of its own (A: NODATA, AAAA: NODATA)"]
    );
    assert_eq!(
        with_own_addresses("acme.example 60 A 192.0.2.10\nacme.example 60 A 203.0.113.1"),
        ["L18 warning acme.example: its own address 203.0.113.1 is none of its SRV targets'"]
    );
    assert_eq!(with_own_addresses("acme.example 60 A 192.0.2.10"), Vec::<String>::new());
}
