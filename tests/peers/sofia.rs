//! sofia-sip, which FreeSWITCH builds on: `sip-options` chooses a target, and goes on to the next where one refuses.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use trunktop::model::Name;

use super::knot::Knot;
use super::process::behind;
use super::sinks::{Counting, Sink};
use super::zone;
use crate::cli::Home;

/// Requests of a run, each by a process of its own.
const REQUESTS: u32 = 3000;

/// How many at once: each takes some milliseconds, and spends them on waiting.
const AT_ONCE: u32 = 24;

/// How far what is observed may be from the rule.
const TOLERANCE: f64 = 0.05;

/// A host by its name, with its weight, how it is, and its share of the requests as a fraction.
type Target = (&'static str, u16, Sink, (u32, u32));

/// All of priority 10, in the order of the answer, in front of a backup that is well.
///
/// A weight w has w in the sum S of those that are left; zeros come after all others, by name (sofia-sip: nta.c).
const TABLE: &[(&str, &[Target], u32)] = &[
    ("sixty.example", &[("a", 60, Sink::Well, (3, 5)), ("b", 40, Sink::Well, (2, 5))], REQUESTS),
    (
        "zero.example",
        &[("z", 0, Sink::Well, (0, 1)), ("a", 50, Sink::Well, (1, 2)), ("b", 50, Sink::Well, (1, 2))],
        REQUESTS,
    ),
    ("sixty-refused.example", &[("a", 60, Sink::Refused, (0, 1)), ("b", 40, Sink::Well, (1, 1))], REQUESTS),
    (
        "left.example",
        &[("a", 70, Sink::Refused, (0, 1)), ("b", 20, Sink::Well, (2, 3)), ("c", 10, Sink::Well, (1, 3))],
        REQUESTS,
    ),
    (
        "zero-refused.example",
        &[("a", 50, Sink::Refused, (0, 1)), ("z", 0, Sink::Well, (0, 1)), ("b", 50, Sink::Well, (1, 1))],
        REQUESTS,
    ),
    ("zeros.example", &[("c", 0, Sink::Well, (0, 1)), ("a", 0, Sink::Well, (1, 1)), ("b", 0, Sink::Well, (0, 1))], 200),
    (
        "zeros-refused.example",
        &[("c", 0, Sink::Well, (0, 1)), ("a", 0, Sink::Refused, (0, 1)), ("b", 0, Sink::Well, (1, 1))],
        200,
    ),
    ("all-refused.example", &[("a", 60, Sink::Refused, (0, 1)), ("b", 40, Sink::Refused, (0, 1))], 200),
];

const BACKUP: &str = "backup";

#[test]
#[ignore = "needs root, knotd and sip-options: Debian's packages knot and sofia-sip-bin"]
fn sofia_chooses_by_weight_and_goes_on_where_it_is_refused() {
    let mut zones = BTreeMap::new();
    let mut hosts = BTreeMap::new();
    for (domain, targets, _) in TABLE {
        let mut records = String::new();
        let backup = (&BACKUP, 20, 100, Sink::Well);
        let own = targets.iter().map(|(label, weight, how, _)| (label, 10, *weight, *how));
        for (label, priority, weight, how) in own.chain([backup]) {
            let host = Counting::start(label, how);
            let (port, ip) = (host.at.port(), host.at.ip());
            records.push_str(&format!("_sip._udp 60 SRV {priority} {weight} {port} {label}\n{label} 60 A {ip}\n"));
            hosts.insert((*domain, *label), host);
        }
        zones.insert(Name::parse(domain).unwrap(), zone(domain, &records));
    }
    let knot = Knot::start("off", &zones, &[]);
    let (home, files) = (Home::new(), tempfile::tempdir().unwrap());
    // sofia-sip reads a line of its own there, the port.
    let resolvers = format!("nameserver {}\nport {}\n", knot.at().ip(), knot.at().port());
    let behind = behind(&resolvers, files.path());

    for (domain, targets, requests) in TABLE {
        let script = format!(
            "{behind} && command -v sip-options >/dev/null || exit 127
             seq {requests} | xargs -P {AT_ONCE} -I'{{}}' timeout 20 sip-options -m 'sip:127.0.0.1:*' sip:{domain}"
        );
        let ran = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().unwrap();
        assert_ne!(ran.status.code(), Some(127), "no sip-options; install Debian's package sofia-sip-bin");
        let said = String::from_utf8_lossy(&ran.stdout);
        let answered = said.lines().filter(|line| line.starts_with("SIP/2.0 200 ")).count();
        assert_eq!(answered, *requests as usize, "{domain}: {}", String::from_utf8_lossy(&ran.stderr));
        let share = |label: &&str| {
            let calls = hosts[&(*domain, *label)].calls().len();
            f64::from(u32::try_from(calls).unwrap()) / f64::from(*requests)
        };
        let foreseen = foreseen(&home, &knot, domain, targets);
        let dead = targets.iter().all(|(.., (over, _))| *over == 0);
        let backup = (BACKUP, if dead { (1, 1) } else { (0, 1) });
        for (label, (over, under)) in targets.iter().map(|(label, .., share)| (*label, *share)).chain([backup]) {
            let (seen, rule) = (share(&label), f64::from(over) / f64::from(under));
            let said = foreseen.get(&format!("{label}.{domain}")).copied().unwrap_or_default();
            assert!(
                (said - rule).abs() < 1e-9,
                "{domain}: {label} gets {said} in the preview, {over}/{under} by the rule"
            );
            let all_or_none = over == 0 || over == under;
            let within = if all_or_none { 0.0 } else { TOLERANCE };
            assert!((seen - rule).abs() <= within, "{domain}: {label} got {seen}, {over}/{under} by the rule");
        }
    }
}

/// What the preview says that each target gets.
fn foreseen(home: &Home, knot: &Knot, domain: &str, targets: &[Target]) -> BTreeMap<String, f64> {
    let mut arguments = format!(
        "preview sip:{domain} --resolver {} --engine freeswitch:trunk=uri --transports udp --format json",
        knot.at()
    );
    for (label, ..) in targets.iter().filter(|(_, _, how, _)| matches!(how, Sink::Refused)) {
        arguments.push_str(&format!(" --fail {label}.{domain}=refused"));
    }
    let document = home.run(&arguments).document();
    let landings = document["after"].as_array().unwrap();
    let landing = |landing: &Value| Some((landing["target"].as_str()?.to_owned(), landing["share"].as_f64()?));
    landings.iter().filter_map(landing).collect()
}
