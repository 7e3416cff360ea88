//! The algebra of outages.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate;
use trunktop::model::{
    Address, Carrier, CarrierName, Conclusion, Defaults, Endpoint, Fact, FactKind, Failure, Host, Moment, OperatorAct,
    Outage, Pattern, Pop, PopRule, Resolution, Share, Target, Tier, Transport, What,
};
use trunktop::preview::{Landing, Preview, preview};
use trunktop::state::{CarrierState, Options, State};

use crate::zone::{Zone, name};

const KINDS: [Failure; 7] = [
    Failure::Silent,
    Failure::Refused,
    Failure::Unavailable,
    Failure::Error(486),
    Failure::Trying,
    Failure::Tls,
    Failure::Maintenance,
];

/// What makes an engine try the next.
const PASSING: [Failure; 5] =
    [Failure::Silent, Failure::Refused, Failure::Unavailable, Failure::Tls, Failure::Maintenance];

fn carrier() -> Carrier {
    let mut carrier = Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap());
    carrier.pops = vec![
        PopRule { name: "east".into(), pattern: Pattern::new("t*[02468]") },
        PopRule { name: "one".into(), pattern: Pattern::new("t1*") },
        PopRule { name: "odd".into(), pattern: Pattern::new("*3") },
    ];
    carrier
}

fn host(number: u8) -> Host {
    Host::Name(name(&format!("t{number}.acme.example")).unwrap())
}

/// One to three tiers of one to five targets of one or two addresses, each target in one place.
fn resolution() -> impl Strategy<Value = Resolution> {
    let weight = prop_oneof![Just(0_u16), Just(1), 0..200_u16];
    let tier = prop::collection::vec((weight, 1..3_u8), 1..6);
    prop::collection::vec(tier, 1..4).prop_map(|tiers| {
        let mut number = 0_u8;
        let mut lines = Vec::new();
        for (priority, tier) in (10_u16..).step_by(10).zip(&tiers) {
            for (weight, addresses) in tier {
                number += 1;
                lines.push(format!("_sip._udp.acme.example 60 SRV {priority} {weight} 5060 t{number}.acme.example"));
                for address in 0..*addresses {
                    lines.push(format!("t{number}.acme.example 60 A 10.0.{address}.{number}"));
                }
            }
        }
        resolve(&Zone::of(&lines.join("\n")))
    })
}

fn at(second: u64) -> Moment {
    Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH } + Duration::from_secs(second)
}

fn resolve(zone: &Zone) -> Resolution {
    let dial = Defaults::default().dial(&carrier());
    let mut survey = trunktop::model::Survey::default();
    loop {
        match locate::reference().walk(&dial, &survey, trunktop::model::Reading::Engine, at(0)) {
            locate::Walk::Done(resolution) => return *resolution,
            locate::Walk::Need(need) => {
                for question in need.must {
                    survey.insert(Arc::new(zone.answer(&question, at(0))));
                }
            }
        }
    }
}

fn places(resolution: &Resolution) -> Vec<Endpoint> {
    resolution.candidates().map(|candidate| candidate.endpoint()).collect()
}

type Seen = BTreeMap<Endpoint, Failure>;

/// A resolution, and how some of its endpoints fail.
fn scene() -> impl Strategy<Value = (Resolution, Seen)> {
    let fates = prop::collection::vec(prop::option::weighted(0.4, select(&PASSING[..])), 30);
    (resolution(), fates).prop_map(|(resolution, fates)| {
        let seen = places(&resolution).into_iter().zip(fates).filter_map(|(place, fate)| Some((place, fate?)));
        let seen = seen.collect();
        (resolution, seen)
    })
}

fn foresee(resolution: &Resolution, forced: &[Outage], seen: &Seen) -> Preview {
    let seen = |endpoint| seen.get(&endpoint).copied();
    preview(&*locate::reference(), resolution, &carrier(), forced, seen, None)
}

fn lands(preview: &Preview, host: &Host) -> f64 {
    preview.landings.iter().filter(|landing| landing.target == *host).map(|landing| landing.odds.landing.0).sum()
}

fn shares(preview: &Preview) -> Vec<Share> {
    preview.landings.iter().map(|landing| landing.odds.landing).collect()
}

fn same(one: &[Share], other: &[Share]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| (a.0 - b.0).abs() < 1e-9)
}

fn target(resolution: &Resolution, pick: usize) -> Host {
    let hosts: Vec<&Target> = resolution.tiers.iter().flat_map(|tier| &tier.targets).collect();
    hosts[pick % hosts.len()].host.clone()
}

fn all(resolution: &Resolution, how: Failure) -> Vec<Outage> {
    let hosts = resolution.tiers.iter().flat_map(|tier| &tier.targets).map(|target| target.host.clone());
    hosts.map(|host| Outage { what: What::Target(host), how }).collect()
}

/// A state that has seen this resolution, as far as an operator can act on it.
fn state(zone: &Zone) -> State {
    let mut state = State::new(Options::default());
    let carrier = Arc::new(carrier());
    state.apply(&Fact { at: at(0), kind: FactKind::Settings(vec![carrier.clone()]) });
    let steps = resolve(zone).steps;
    let answers = steps.iter().filter_map(|step| step.now().cloned()).collect();
    state.apply(&Fact { at: at(1), kind: FactKind::Answers { carrier: carrier.name.clone(), answers, next: at(60) } });
    state
}

fn acme(state: &State) -> &CarrierState {
    state.carrier(&carrier().name).unwrap()
}

fn outage() -> impl Strategy<Value = Outage> {
    let what = prop_oneof![
        (1..12_u8).prop_map(|number| What::Target(host(number))),
        (1..12_u8).prop_map(|number| What::TargetOver(host(number), Transport::Udp)),
        (1..12_u8).prop_map(|number| What::Address(Ipv4Addr::new(10, 0, 0, number).into())),
        select(&["east", "one", "odd", "nobody"][..]).prop_map(|pop| What::Pop(Pop(pop.into()))),
        (0..4_u16).prop_map(|tier| What::Tier(tier * 10)),
        select(&[Transport::Udp, Transport::Tls][..]).prop_map(What::Transport),
    ];
    (what, select(&KINDS[..])).prop_map(|(what, how)| Outage { what, how })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_lands_and_what_is_lost_is_all(
        (resolution, seen) in scene(),
        forced in prop::collection::vec(outage(), 0..5),
    ) {
        let preview = foresee(&resolution, &forced, &seen);
        let landed: Share = shares(&preview).into_iter().sum();
        prop_assert!((landed.0 + preview.lost.0 - 1.0).abs() < 1e-9, "{landed:?} and {:?}", preview.lost);
        prop_assert!(preview.landings.iter().all(|landing| landing.odds.landing.0 >= 0.0));
        prop_assert!(preview.wait.mean <= preview.wait.max);
        prop_assert!(preview.wait.share.0 <= landed.0 + 1e-9);
        prop_assert!(preview.exact);
    }

    #[test]
    fn pops_get_what_their_targets_get((resolution, seen) in scene()) {
        let preview = foresee(&resolution, &[], &seen);
        let pops = preview.pops();
        for pop in &pops {
            let of = |landing: &&Landing| landing.pop == pop.pop;
            let landing: f64 = preview.landings.iter().filter(of).map(|l| l.odds.landing.0).sum();
            let first: f64 = preview.landings.iter().filter(of).map(|l| l.odds.first.0).sum();
            prop_assert!((pop.landing.0 - landing).abs() < 1e-9 && (pop.first.0 - first).abs() < 1e-9);
        }
        prop_assert!((pops.iter().map(|pop| pop.first.0).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn failing_everything_loses_everything((resolution, seen) in scene(), how in select(&KINDS[..])) {
        let preview = foresee(&resolution, &all(&resolution, how), &seen);
        prop_assert!(preview.lost <= Share::ALL && preview.lost.0 > 1.0 - 1e-9);
        prop_assert!(shares(&preview).iter().all(|share| *share == Share::NONE));
    }

    #[test]
    fn a_forced_failure_never_gives_its_target_more(
        (resolution, seen) in scene(),
        pick in any::<usize>(),
        how in select(&KINDS[..]),
    ) {
        let host = target(&resolution, pick);
        let before = foresee(&resolution, &[], &seen);
        let after = foresee(&resolution, &[Outage { what: What::Target(host.clone()), how }], &seen);
        prop_assert!(lands(&after, &host) <= lands(&before, &host) + 1e-9);
        prop_assert!(lands(&after, &host).abs() < 1e-9, "it fails at every address");
        // Whom the engine passes on finds another, if there was one: nothing is lost without need.
        if PASSING.contains(&how) && before.landings.iter().any(|l| l.target != host && !l.fails) {
            prop_assert!(after.lost.0 < 1e-9);
        }
    }

    #[test]
    fn failing_what_no_request_reaches_changes_nothing(
        (resolution, seen) in scene(),
        pick in any::<usize>(),
        how in select(&KINDS[..]),
    ) {
        let host = target(&resolution, pick);
        let before = foresee(&resolution, &[], &seen);
        let reached = before.landings.iter().filter(|l| l.odds.landing.is_some()).map(|l| l.tier).max();
        let own = before.landings.iter().find(|l| l.target == host).unwrap();
        let beyond = reached.is_some_and(|reached| own.tier > reached);
        let out = own.fails && PASSING.contains(&how);
        prop_assume!(beyond || out);
        let after = foresee(&resolution, &[Outage { what: What::Target(host), how }], &seen);
        prop_assert!(same(&shares(&before), &shares(&after)));
    }

    #[test]
    fn force_fail_and_its_undo_are_nothing(
        weights in prop::collection::vec((0..4_u16, 0..100_u16), 1..8),
        forced in prop::collection::vec(outage(), 0..6),
    ) {
        let lines: Vec<String> = (1..).zip(&weights).map(|(number, (tier, weight))| {
            let tier = tier * 10;
            format!("_sip._udp.acme.example 60 SRV {tier} {weight} 5060 t{number}.acme.example\n\
                     t{number}.acme.example 60 A 10.0.0.{number}")
        }).collect();
        let mut state = state(&Zone::of(&lines.join("\n")));
        let name = carrier().name;
        let snapshot = |state: &State| {
            let acme = acme(state);
            (acme.forced.clone(), acme.previews.clone(), acme.verdict.clone())
        };
        let act = |act: OperatorAct, state: &mut State| state.apply(&Fact { at: at(2), kind: FactKind::Act(act) });
        let mut trail = Vec::new();
        for outage in &forced {
            // The same thing forced twice is one simulation, and its undo takes it back whole.
            if acme(&state).forced.iter().any(|known| known.what == outage.what) {
                continue;
            }
            trail.push(snapshot(&state));
            act(OperatorAct::Fail(name.clone(), outage.clone()), &mut state);
            prop_assert!(acme(&state).previews.as_ref().unwrap().then.is_some());
        }
        let begin = trail.first().cloned().unwrap_or_else(|| snapshot(&state));
        let full = snapshot(&state);
        while let Some(before) = trail.pop() {
            act(OperatorAct::Undo(name.clone()), &mut state);
            prop_assert_eq!(snapshot(&state), before);
        }
        prop_assert_eq!(snapshot(&state), begin.clone());
        for outage in &full.0 {
            act(OperatorAct::Fail(name.clone(), outage.clone()), &mut state);
        }
        prop_assert_eq!(snapshot(&state), full);
        act(OperatorAct::Clear(name.clone()), &mut state);
        prop_assert_eq!(snapshot(&state), begin);
    }
}

#[test]
fn a_resolution_without_a_candidate_loses_everything() {
    let resolution = resolve(&Zone::default());
    assert!(matches!(resolution.conclusion, Conclusion::Nowhere(_)));
    let preview = foresee(&resolution, &[], &Seen::new());
    assert_eq!((preview.lost, preview.landings.len()), (Share::ALL, 0));
}

#[test]
fn a_thousand_candidates_are_exact() {
    let address = |number: u32| Address { ip: Ipv4Addr::from(0x0a00_0000 + number).into(), ttl: None, until: None };
    let mut resolution =
        resolve(&Zone::of("_sip._udp.acme.example 60 SRV 1 1 5060 t1.acme.example\nt1.acme.example 60 A 10.0.0.1"));
    let targets: Vec<Target> = (0..1000)
        .map(|number| Target {
            host: host(u8::try_from(number % 250).unwrap()),
            port: 5060,
            weight: Some(10),
            first: Share(1.0 / 1000.0),
            addresses: vec![address(number)],
        })
        .collect();
    let (transport, priority) = (Transport::Udp, Some(1));
    resolution.tiers = vec![Tier { uri: 0, owner: None, transport, naptr: None, priority, targets }];
    let half: Seen = places(&resolution).into_iter().step_by(2).map(|place| (place, Failure::Silent)).collect();
    let preview = foresee(&resolution, &[], &half);
    assert!(preview.exact, "interchangeable targets are counted, not listed");
    assert!((shares(&preview).iter().map(|share| share.0).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((preview.landings[1].odds.landing.0 - 1.0 / 500.0).abs() < 1e-9);
}
