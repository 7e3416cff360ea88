//! What holds of a preview for every engine, with each of its settings.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate::{Engine, Walk};
use trunktop::model::{
    Carrier, CarrierName, Defaults, Dial, Failure, Host, Method, Moment, Outage, Reading, Resolution, Share, Survey,
    What,
};
use trunktop::preview::{Preview, preview};

use super::every_engine;
use crate::zone::{Zone, name};

const KINDS: [Failure; 8] = [
    Failure::Silent,
    Failure::Refused,
    Failure::Unavailable,
    Failure::Error(408),
    Failure::Error(486),
    Failure::Trying,
    Failure::Tls,
    Failure::Maintenance,
];

fn carrier() -> Carrier {
    Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap())
}

fn host(number: u8) -> Host {
    Host::Name(name(&format!("t{number}.acme.example")).unwrap())
}

/// One to three priorities of one to four targets each, over UDP and TCP, and perhaps the domain's own address.
fn zone() -> impl Strategy<Value = Zone> {
    let weight = prop_oneof![Just(0_u16), Just(1), 0..200_u16, Just(u16::MAX)];
    let tier = prop::collection::vec((weight, 1..3_u8), 1..5);
    (prop::collection::vec(tier, 1..4), any::<bool>()).prop_map(|(tiers, domain)| {
        let (mut number, mut lines) = (0_u8, Vec::new());
        for (priority, tier) in (10_u16..).step_by(10).zip(&tiers) {
            for (weight, addresses) in tier {
                number += 1;
                for labels in ["_sip._udp", "_sip._tcp"] {
                    let host = format!("t{number}.acme.example");
                    lines.push(format!("{labels}.acme.example 60 SRV {priority} {weight} 5060 {host}"));
                }
                for address in 0..*addresses {
                    lines.push(format!("t{number}.acme.example 60 A 10.0.{address}.{number}"));
                }
            }
        }
        if domain {
            lines.push("acme.example 60 A 10.1.1.1".to_owned());
        }
        Zone::of(&lines.join("\n"))
    })
}

fn resolve(engine: &dyn Engine, zone: &Zone, method: Method) -> Resolution {
    let at = Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
    let dial = Dial { method, ..Defaults::default().dial(&carrier()) };
    let mut survey = Survey::default();
    loop {
        match engine.walk(&dial, &survey, Reading::Engine, at) {
            Walk::Done(resolution) => return *resolution,
            Walk::Need(need) => need.must.iter().for_each(|q| survey.insert(Arc::new(zone.answer(q, at)))),
        }
    }
}

/// An engine, and what it makes of a zone.
fn scene() -> impl Strategy<Value = (Arc<dyn Engine>, Resolution)> {
    (select(every_engine()), zone(), select(vec![Method::Invite, Method::Register])).prop_map(
        |(engine, zone, method)| {
            let resolution = resolve(&*engine, &zone, method);
            (engine, resolution)
        },
    )
}

fn outage() -> impl Strategy<Value = Outage> {
    let what = prop_oneof![
        6 => (1..12_u8).prop_map(|number| What::Target(host(number))),
        1 => (1..4_u16).prop_map(|tier| What::Tier(tier * 10)),
    ];
    (what, select(&KINDS[..])).prop_map(|(what, how)| Outage { what, how })
}

fn foresee(engine: &dyn Engine, resolution: &Resolution, forced: &[Outage], patience: Option<u64>) -> Preview {
    preview(engine, resolution, &carrier(), forced, |_| None, patience.map(Duration::from_secs))
}

/// How much of a target's requests land there.
fn lands(preview: &Preview, host: &Host) -> f64 {
    preview.landings.iter().filter(|landing| landing.target == *host).map(|landing| landing.odds.landing.0).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_lands_and_what_is_lost_is_all(
        (engine, resolution) in scene(),
        forced in prop::collection::vec(outage(), 0..6),
        patience in prop::option::of(1..200_u64),
    ) {
        let preview = foresee(&*engine, &resolution, &forced, patience);
        let landed: f64 = preview.landings.iter().map(|landing| landing.odds.landing.0).sum();
        prop_assert!((landed + preview.lost.0 - 1.0).abs() < 1e-9, "{landed} and {:?}", preview.lost);
        prop_assert!(preview.landings.iter().all(|landing| landing.odds.landing >= Share::NONE));
        prop_assert!(preview.wait.mean <= preview.wait.max && preview.wait.share.0 <= landed + 1e-9);
        if !preview.landings.is_empty() {
            let first: f64 = preview.landings.iter().map(|landing| landing.odds.first.0).sum();
            prop_assert!((first - 1.0).abs() < 1e-9, "first shares sum to {first}");
        }
        // Nobody waits at a telephone for a registration.
        if let Some(patience) = patience.filter(|_| resolution.dial.method == Method::Invite) {
            prop_assert!(preview.wait.max <= Duration::from_secs(patience));
        }
        for landing in &preview.landings {
            let share = landing.odds.landing;
            prop_assert!(landing.range.is_none_or(|range| range.least <= share && share <= range.most));
            prop_assert!(!landing.fails || !share.is_some(), "{} fails, and gets {share}", landing.target);
        }
        for phase in &preview.phases {
            let landed: f64 = phase.landings.iter().map(|share| share.0).sum();
            prop_assert!((landed + phase.lost.0 - 1.0).abs() < 1e-9, "{:?}", phase);
        }
        prop_assert!(preview.why.iter().all(|line| !line.is_empty() && !line.chars().any(char::is_control)));
    }

    #[test]
    fn failing_everything_loses_everything((engine, resolution) in scene(), how in select(&KINDS[..])) {
        let each = resolution.candidates().map(|c| Outage { what: What::Address(c.address.ip), how });
        let preview = foresee(&*engine, &resolution, &each.collect::<Vec<_>>(), None);
        prop_assert!(preview.lost.0 > 1.0 - 1e-9 && preview.lost <= Share::ALL);
    }

    #[test]
    fn the_last_word_counts_and_its_undo_is_nothing(
        (engine, resolution) in scene(),
        forced in prop::collection::vec(outage(), 0..4),
        more in outage(),
    ) {
        let before = foresee(&*engine, &resolution, &forced, None);
        let with: Vec<Outage> = forced.iter().cloned().chain([more.clone()]).collect();
        let after = foresee(&*engine, &resolution, &with, None);
        if let What::Target(host) = &more.what {
            prop_assert!(lands(&after, host) < 1e-9, "it fails at every address");
        }
        let undone: Vec<Outage> = with[..forced.len()].to_vec();
        prop_assert_eq!(foresee(&*engine, &resolution, &undone, None), before);
        let twice: Vec<Outage> = with.iter().cloned().chain([more]).collect();
        prop_assert_eq!(foresee(&*engine, &resolution, &twice, None).landings, after.landings);
    }

    #[test]
    fn what_costs_nothing_makes_nobody_wait(
        (engine, resolution) in scene(),
        numbers in prop::collection::vec(1..12_u8, 0..5),
    ) {
        let out = |number: &u8| Outage { what: What::Target(host(*number)), how: Failure::Maintenance };
        let preview = foresee(&*engine, &resolution, &numbers.iter().map(out).collect::<Vec<_>>(), None);
        prop_assert_eq!(preview.wait.max, Duration::ZERO);
        prop_assert!(!preview.wait.share.is_some() && preview.exact);
    }
}

#[test]
fn every_engine_says_what_it_knows_and_how_sure_it_is() {
    for engine in every_engine() {
        let profile = engine.profile();
        let said = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        assert!(said(profile.title) && said(profile.version) && !profile.traits.is_empty(), "{}", profile.name);
        for known in profile.traits {
            assert!(said(known.what) && said(known.does) && said(known.source), "{}: {}", profile.name, known.what);
        }
        for setting in profile.settings {
            assert!(setting.values.contains(&setting.default), "{}: {}", profile.name, setting.name);
        }
    }
}
