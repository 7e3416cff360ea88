//! Walks over anything that a resolver could say, sense or nonsense.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use trunktop::lint;
use trunktop::locate::{self, Engine, Walk};
use trunktop::model::{AddressOrder, Conclusion, Dial, Reading, Resolution, Scheme, Share, Survey, Taken};

use world::{NAMES, World, answer, dial, engine, now, reference, turned, world};

mod world;

/// A walk of one URI has at most NAPTR, the SRV of each record of all orders, and addresses; each turn asks
/// something new.
const MOST_TURNS: usize = NAMES.len() * 4;

/// A URI of this world can turn on each name and type, and on a service name of each transport below its host; a
/// NAPTR answer of five records may turn on one name five times.
const MOST_STEPS: usize = NAMES.len() * 4 + 7 + 5;

/// Whether what may be needed next is asked for, too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ahead {
    No,
    Yes,
}

/// Walks to the end; what is needed must be new, and the end must come.
fn walk(
    engine: &dyn Engine,
    dial: &Dial,
    world: &World,
    reading: Reading,
    ahead: Ahead,
) -> Result<Resolution, TestCaseError> {
    let mut survey = Survey::default();
    for _ in 0..=MOST_TURNS {
        match engine.walk(dial, &survey, reading, now()) {
            Walk::Done(resolution) => return Ok(*resolution),
            Walk::Need(need) => {
                prop_assert!(!need.must.is_empty(), "it needs nothing, and is not done");
                prop_assert!(need.must.is_disjoint(&need.may), "it is not sure whether it needs {:?}", need.must);
                let may = if ahead == Ahead::Yes { need.may } else { BTreeSet::new() };
                for question in need.must.into_iter().chain(may) {
                    prop_assert!(survey.get(&question).is_none(), "{question} was answered already");
                    survey.insert(Arc::new(answer(world, &question)));
                }
            }
        }
    }
    Err(TestCaseError::fail("the walk does not end"))
}

/// What holds for any resolution.
fn sound(resolution: &Resolution) -> Result<(), TestCaseError> {
    for (at, tier) in resolution.tiers.iter().enumerate() {
        let first: f64 = tier.targets.iter().map(|target| target.first.0).sum();
        let all = if at == 0 { 1.0 } else { 0.0 };
        prop_assert!((first - all).abs() < 1e-9, "tier {at}: the first shares sum to {first}");
        prop_assert!(!tier.targets.is_empty());
        prop_assert!(tier.targets.iter().all(|target| !target.addresses.is_empty() && target.first >= Share::NONE));
        let secure = tier.transport.is_secure() || resolution.uri_of(tier).scheme != Scheme::Sips;
        prop_assert!(secure, "{} for {}", tier.transport, resolution.uri_of(tier));
        prop_assert!(resolution.dial.transports.contains(tier.transport), "{} is not spoken", tier.transport);
    }
    // The reference takes one transport; stacks take several one after the other.
    let order: Vec<_> = resolution.tiers.iter().map(|tier| (tier.uri, tier.priority)).collect();
    let is_reference = resolution.engine.as_str().starts_with(locate::DEFAULT_ENGINE);
    prop_assert!(!is_reference || order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
    prop_assert_eq!(resolution.tiers.is_empty(), resolution.conclusion != Conclusion::Found);
    prop_assert!(resolution.steps.len() <= MOST_STEPS * resolution.dial.uris().count());
    prop_assert!(!locate::tree(resolution).is_empty(), "it can be drawn");
    reasoned(resolution)
}

/// Each decision rests on a rule of the engine or of the reference, in words that can be shown.
fn reasoned(resolution: &Resolution) -> Result<(), TestCaseError> {
    let engines = [locate::reference(), locate::engine(resolution.engine.as_str()).unwrap()];
    let known = |name: &str| engines.iter().flat_map(|engine| engine.rules()).any(|rule| rule.name == name);
    let words = |why: &str| !why.is_empty() && !why.contains('\u{1b}');
    for reason in &resolution.given {
        prop_assert!(known(reason.rule.name) && words(&reason.why), "{reason:?}");
    }
    for step in &resolution.steps {
        let records = step.answer().map_or(0, |answer| answer.outcome.records().len());
        prop_assert!(step.taken.is_empty() || step.taken.len() <= records, "{}", step.question);
        prop_assert!(!step.rules.is_empty() && step.rules.iter().all(|rule| known(rule.name)), "{}", step.question);
        prop_assert!(words(&step.why), "{:?}", step.why);
        for taken in &step.taken {
            if let Taken::No { why, rule } = taken {
                prop_assert!(known(rule.name) && words(why), "{}: {why:?}", step.question);
            }
        }
    }
    let findings = lint::lint(resolution);
    prop_assert!(findings.is_sorted() && findings.windows(2).all(|pair| pair[0] != pair[1]));
    for finding in &findings {
        prop_assert!(!finding.what.is_empty() && !finding.what.chars().any(char::is_control), "{finding:?}");
    }
    Ok(())
}

/// What was decided and why, where the order of the records does not show.
fn decisions(resolution: &Resolution) -> Vec<String> {
    let given = resolution.given.iter().map(|reason| format!("{reason:?}"));
    let steps = resolution.steps.iter().map(|step| {
        let mut dropped: Vec<String> = step.taken.iter().map(|taken| format!("{taken:?}")).collect();
        dropped.sort();
        format!("{} {} {} {} {:?} {dropped:?}", step.uri, step.question, step.used, step.why, step.rules)
    });
    given.chain(steps).collect()
}

/// The tree shows each address that may be tried, as often as there are ways to it.
fn drawn(resolution: &Resolution) -> Result<(), TestCaseError> {
    let rows = locate::tree(resolution);
    let mut shown: Vec<_> = rows
        .iter()
        .filter_map(|row| match row.item {
            locate::Item::Address { endpoint, .. } => Some(endpoint),
            _ => None,
        })
        .collect();
    let mut tried: Vec<_> = resolution.candidates().map(|candidate| candidate.endpoint()).collect();
    shown.sort();
    tried.sort();
    prop_assert_eq!(shown, tried, "{:?}", resolution);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_garbage_is_walked_to_an_end(engine in engine(), dial in dial(), world in world(false), drawn in any::<bool>()) {
        let reading = if drawn { Reading::Drawn } else { Reading::Engine };
        sound(&walk(&*engine, &dial, &world, reading, Ahead::No)?)?;
    }

    #[test]
    fn any_zone_is_walked_to_an_end(engine in engine(), dial in dial(), world in world(true)) {
        let resolution = walk(&*engine, &dial, &world, Reading::Engine, Ahead::No)?;
        sound(&resolution)?;
        drawn(&resolution)?;
    }

    #[test]
    fn asking_ahead_changes_nothing(engine in engine(), dial in dial(), world in world(true), sense in any::<bool>(), garbage in world(false)) {
        let world = if sense { world } else { garbage };
        let patient = walk(&*engine, &dial, &world, Reading::Engine, Ahead::No)?;
        let hasty = walk(&*engine, &dial, &world, Reading::Engine, Ahead::Yes)?;
        prop_assert_eq!(patient, hasty);
    }

    #[test]
    fn the_order_of_records_in_an_answer_changes_nothing(engine in reference(), dial in dial(), world in world(true), turns in any::<u64>()) {
        let dial = Dial { addresses: AddressOrder::V6First, ..dial };
        let one = walk(&*engine, &dial, &world, Reading::Engine, Ahead::No)?;
        let other = walk(&*engine, &dial, &turned(&world, turns), Reading::Engine, Ahead::No)?;
        prop_assert_eq!(&one.tiers, &other.tiers);
        prop_assert_eq!(decisions(&one), decisions(&other));
        prop_assert_eq!(lint::lint(&one), lint::lint(&other));
        let end = |resolution: &Resolution| match &resolution.conclusion {
            Conclusion::DnsFailed { question, answer } => format!("{question} {:?}", answer.outcome),
            other => format!("{other:?}"),
        };
        prop_assert_eq!(end(&one), end(&other));
    }
}
