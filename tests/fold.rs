//! The fold: what facts do to the state, and which events follow.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::{self, Walk};
use trunktop::model::{
    Carrier, CarrierName, Defaults, Endpoint, Fact, FactKind, Failure, Lens, Moment, OperatorAct, ProbeReport,
    ProbeResult, Question, Reading, RecordType, Revision, Survey, Transport,
};
use trunktop::state::{Options, State};

use crate::story::tell;
use crate::zone::{Zone, name};

#[test]
fn the_health_of_a_target() {
    tell("health.story", 21);
}

#[test]
fn what_changed_in_dns() {
    tell("changes.story", 27);
}

#[test]
fn what_is_found_wrong() {
    tell("findings.story", 3);
}

#[test]
fn what_is_kept_and_for_how_long() {
    tell("keeping.story", 5);
}

#[test]
fn what_is_our_own_fault() {
    tell("ours.story", 9);
}

#[test]
fn what_an_operator_looks_at() {
    tell("looking.story", 5);
}

#[test]
fn what_an_operator_simulates() {
    tell("simulation.story", 3);
}

#[test]
fn where_registrations_are() {
    tell("registrations.story", 43);
}

const ZONE: &str = "
    _sip._udp.acme.example 60 SRV 10 50 5060 a.acme.example
    a.acme.example 60 A 192.0.2.1
";

fn at(second: u64) -> Moment {
    Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH } + Duration::from_secs(second)
}

fn acme() -> Arc<Carrier> {
    Arc::new(Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example;transport=udp".parse().unwrap()))
}

fn started() -> State {
    let mut state = State::new(Options::default());
    state.apply(&Fact { at: at(0), kind: FactKind::Settings(vec![acme()]) });
    state
}

fn answers(questions: &[(&str, RecordType)], second: u64) -> Fact {
    let zone = Zone::of(ZONE);
    let asked = questions.iter().map(|(owner, rtype)| Question::new(name(owner).unwrap(), *rtype));
    let answers = asked.map(|question| Arc::new(zone.answer(&question, at(second)))).collect();
    Fact { at: at(second), kind: FactKind::Answers { carrier: acme().name.clone(), answers, next: at(second + 60) } }
}

const SRV: (&str, RecordType) = ("_sip._udp.acme.example", RecordType::Srv);
const A: (&str, RecordType) = ("a.acme.example", RecordType::A);
const AAAA: (&str, RecordType) = ("a.acme.example", RecordType::Aaaa);

#[test]
fn a_survey_is_published_whole_or_not_at_all() {
    let mut state = started();
    let revision = |state: &State| state.carrier(&acme().name).unwrap().published.as_ref().map(|p| p.revision);
    state.apply(&answers(&[SRV, A], 1));
    assert_eq!(revision(&state), None, "AAAA is still open");
    state.apply(&answers(&[AAAA], 2));
    assert_eq!(revision(&state), Some(Revision(1)));
    state.apply(&answers(&[SRV], 3));
    assert_eq!(revision(&state), Some(Revision(2)));
}

#[test]
fn a_probe_of_what_is_no_target_is_not_taken_in() {
    let mut state = started();
    state.apply(&answers(&[SRV, A, AAAA], 1));
    let endpoint = Endpoint { transport: Transport::Udp, at: "192.0.2.99:5060".parse().unwrap() };
    let (result, detail, response, tls) = (ProbeResult::Timeout, None, None, None);
    let report = Box::new(ProbeReport { detail, response, tls, ..ProbeReport::new(endpoint, at(2), result) });
    let carrier = acme().name.clone();
    let events = state.apply(&Fact { at: at(2), kind: FactKind::Probe { carrier, report, next: Some(at(32)) } });
    assert!(events.is_empty());
    assert!(state.carrier(&acme().name).unwrap().health.is_empty());
}

#[test]
fn carriers_that_did_not_change_keep_what_is_known_of_them() {
    let mut state = started();
    state.apply(&answers(&[SRV, A, AAAA], 1));
    let other = Carrier { interval: Some(Duration::from_secs(5)), ..(*acme()).clone() };
    state.apply(&Fact { at: at(2), kind: FactKind::Settings(vec![acme()]) });
    assert!(state.carrier(&acme().name).unwrap().published.is_some());
    state.apply(&Fact { at: at(3), kind: FactKind::Settings(vec![Arc::new(other)]) });
    assert!(state.carrier(&acme().name).unwrap().published.is_none(), "it is another carrier now");
    state.apply(&Fact { at: at(4), kind: FactKind::Settings(Vec::new()) });
    assert!(state.carrier(&acme().name).is_none() && state.ranked().is_empty());
}

#[test]
fn the_fold_walks_as_the_reference_does() {
    let mut state = started();
    state.apply(&answers(&[SRV, A, AAAA], 1));
    let (zone, mut survey) = (Zone::of(ZONE), Survey::default());
    for (owner, rtype) in [SRV, A, AAAA] {
        survey.insert(Arc::new(zone.answer(&Question::new(name(owner).unwrap(), rtype), at(1))));
    }
    let dial = Defaults::default().dial(&acme());
    let Walk::Done(resolution) = locate::reference().walk(&dial, &survey, Reading::Engine, at(1)) else {
        panic!("nothing is missing");
    };
    assert_eq!(*state.carrier(&acme().name).unwrap().published.as_ref().unwrap().resolution, *resolution);
}

fn probed(state: &mut State, result: ProbeResult, second: u64) {
    let endpoint = Endpoint { transport: Transport::Udp, at: "192.0.2.1:5060".parse().unwrap() };
    let report = Box::new(ProbeReport::new(endpoint, at(second), result));
    let (carrier, next) = (acme().name.clone(), at(second + 30));
    state.apply(&Fact { at: at(second), kind: FactKind::Probe { carrier, report, next: Some(next) } });
}

/// Which of the previews (clean, now, then) are the very same as before.
fn kept(state: &mut State, fact: impl FnOnce(&mut State)) -> [bool; 3] {
    let previews = |state: &State| state.carrier(&acme().name).unwrap().previews.clone().unwrap();
    let before = previews(state);
    fact(state);
    let after = previews(state);
    let then = match (&before.then, &after.then) {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after),
        (before, after) => before.is_none() && after.is_none(),
    };
    [Arc::ptr_eq(&before.clean, &after.clean), Arc::ptr_eq(&before.now, &after.now), then]
}

#[test]
fn previews_are_computed_when_their_basis_changes_and_only_then() {
    let mut state = started();
    state.apply(&answers(&[SRV, A, AAAA], 1));
    let fail = |how: &str| OperatorAct::Fail(acme().name.clone(), format!("a.acme.example={how}").parse().unwrap());
    let act = |state: &mut State, act| drop(state.apply(&Fact { at: at(9), kind: FactKind::Act(act) }));

    assert_eq!(kept(&mut state, |state| probed(state, ProbeResult::Ok, 2)), [true, true, true], "UP, as assumed");
    assert_eq!(kept(&mut state, |state| act(state, fail("silent"))), [true, true, false], "forced");
    assert_eq!(kept(&mut state, |state| probed(state, ProbeResult::Ok, 10)), [true, true, true], "UP as before");
    assert_eq!(kept(&mut state, |state| act(state, fail("503"))), [true, true, false], "forced otherwise");
    for second in 11..13 {
        let missed = kept(&mut state, |state| probed(state, ProbeResult::Refused, second));
        assert_eq!(missed, [true, true, true], "not DOWN yet");
    }
    assert_eq!(kept(&mut state, |state| probed(state, ProbeResult::Refused, 13)), [true, false, false], "DOWN");
    let now = &state.carrier(&acme().name).unwrap().previews.as_ref().unwrap().now;
    assert!(now.landings[0].fails, "and it shows");
    assert_eq!(kept(&mut state, |state| probed(state, ProbeResult::Refused, 14)), [true, true, true], "DOWN as before");
    let asked = kept(&mut state, |state| drop(state.apply(&answers(&[SRV], 20))));
    assert_eq!(asked, [false, false, false], "another revision");
    let undone = kept(&mut state, |state| act(state, OperatorAct::Clear(acme().name.clone())));
    assert_eq!(undone, [true, true, false], "nothing is forced any more");
}

#[test]
fn what_is_looked_at_is_computed_when_its_basis_changes_and_only_then() {
    let mut state = started();
    state.apply(&answers(&[SRV, A, AAAA], 1));
    let act = |state: &mut State, act| drop(state.apply(&Fact { at: at(9), kind: FactKind::Act(act) }));
    let look = |lens: Lens| OperatorAct::Look(acme().name.clone(), lens);
    let all = Lens { engine: Some("asterisk".into()), compares: true, real: true };
    act(&mut state, look(all.clone()));
    let seen = |state: &State| {
        let carrier = state.carrier(&acme().name).unwrap();
        (carrier.compared().unwrap().clone(), carrier.foreseen().map(|previews| previews.now.clone()))
    };
    let same = |state: &mut State, fact: &dyn Fn(&mut State)| {
        let before = seen(state);
        fact(state);
        let after = seen(state);
        let kept = before.1.zip(after.1).is_some_and(|(before, after)| Arc::ptr_eq(&before, &after));
        (Arc::ptr_eq(&before.0, &after.0), kept)
    };
    // What the carrier is does not hang on who looks at it how.
    let own = kept(&mut state, |state| act(state, look(Lens::default())));
    assert_eq!(own, [true, true, true]);
    act(&mut state, look(all.clone()));
    assert_eq!(same(&mut state, &|state| probed(state, ProbeResult::Ok, 12)), (true, true), "UP, as assumed");
    assert_eq!(same(&mut state, &|state| act(state, look(all.clone()))), (true, true), "looked at as before");
    let fail = OperatorAct::Fail(acme().name.clone(), "a.acme.example=silent".parse().unwrap());
    assert_eq!(same(&mut state, &|state| act(state, fail.clone())), (false, true), "forced");
    assert_eq!(same(&mut state, &|state| drop(state.apply(&answers(&[SRV], 20)))), (false, false), "another revision");

    // Weighing is asked for, and done once.
    let weigh = |state: &mut State| {
        let left = state.weigh(None, Failure::Silent, 9);
        (left, state.carrier(&acme().name).unwrap().weighed().unwrap().each.clone())
    };
    let (left, first) = weigh(&mut state);
    assert!(!left && first[0].lost.is_some(), "its only target: {first:?}");
    probed(&mut state, ProbeResult::Ok, 22);
    assert!(Arc::ptr_eq(&first, &weigh(&mut state).1), "nothing has changed");
    state.apply(&answers(&[SRV], 30));
    assert!(!Arc::ptr_eq(&first, &weigh(&mut state).1), "another revision");
}

/// Two rounds over a zone with so many targets, in which every weight and every address
/// changes, and the tree of it.
fn round(targets: u16) {
    let zone = |weight: u16| {
        let lines = (0..targets).map(|number| {
            let [high, low] = number.to_be_bytes();
            format!(
                "_sip._udp.acme.example 60 SRV 10 {weight} 5060 t{number}.acme.example\n\
                     t{number}.acme.example 60 A 10.{weight}.{high}.{low}\n"
            )
        });
        Zone::of(&lines.collect::<String>())
    };
    let mut asked = vec![Question::new(name(SRV.0).unwrap(), SRV.1)];
    for number in 0..targets {
        let target = name(&format!("t{number}.acme.example")).unwrap();
        asked.extend([RecordType::A, RecordType::Aaaa].map(|rtype| Question::new(target.clone(), rtype)));
    }
    let facts = [1, 2].map(|second| {
        let zone = zone(u16::try_from(second).unwrap());
        let answers = asked.iter().map(|question| Arc::new(zone.answer(question, at(second)))).collect();
        let carrier = acme().name.clone();
        Fact { at: at(second), kind: FactKind::Answers { carrier, answers, next: at(second + 60) } }
    });
    let mut state = started();
    let changes = facts.map(|fact| state.apply(&fact).len());
    let drawn = &state.carrier(&acme().name).unwrap().published.as_ref().unwrap().drawn;
    // The weights are one set; each address is an edit of its own, of which fifty are told one by one.
    assert_eq!((changes, locate::tree(drawn).len()), ([0, 51], 2 + 2 * usize::from(targets)));
}

#[test]
fn a_bad_zone_with_thousands_of_targets_is_taken_in_whole() {
    round(2000);
}

/// Two hundred carriers of two addresses each, probed each half a minute, one after the other; `fate` says what comes
/// of a probe at a second. Returns the events that were told after the first half minute.
fn two_hundred(until: u64, fate: impl Fn(u64) -> ProbeResult) -> Vec<String> {
    let endpoint = |of: u8, nth: u8| Endpoint { transport: Transport::Udp, at: ([10, 0, of, nth], 5060).into() };
    let named = |of: u8| CarrierName::new(&format!("c{of}")).unwrap();
    let uri = |of: u8, nth: u8| format!("sip:10.0.{of}.{nth};transport=udp").parse().unwrap();
    let carrier = |of: u8| {
        let more_uris = vec![uri(of, 2)];
        Arc::new(Carrier { more_uris, ..Carrier::new(named(of), uri(of, 1)) })
    };
    let mut state = State::new(Options::default());
    let mut tell = |at, kind| state.apply(&Fact { at, kind });
    tell(at(0), FactKind::Settings((0..200).map(carrier).collect()));
    for of in 0..200 {
        tell(at(0), FactKind::Answers { carrier: named(of), answers: Vec::new(), next: at(300) });
    }
    let mut told = Vec::new();
    for second in 1..until {
        let mut events = Vec::new();
        let due = (0..400_u16).filter(|target| u64::from(*target) % 30 == second % 30);
        for target in due {
            let (of, nth) = (u8::try_from(target / 2).unwrap(), u8::try_from(target % 2 + 1).unwrap());
            let response = (fate(second) == ProbeResult::Ok)
                .then(|| trunktop::model::Response::new(200, "OK".into(), Duration::from_millis(9)));
            let report = ProbeReport { response, ..ProbeReport::new(endpoint(of, nth), at(second), fate(second)) };
            // Who missed one is asked again at once.
            let times = if report.response.is_some() { 1 } else { 3 };
            for _ in 0..times {
                let (carrier, report) = (named(of), Box::new(report.clone()));
                events.extend(tell(at(second), FactKind::Probe { carrier, report, next: Some(at(second + 30)) }));
            }
        }
        events.extend(tell(at(second), FactKind::Tick));
        if second > 30 {
            told.extend(events.into_iter().map(|event| match event.kind {
                trunktop::model::EventKind::Ours(words) => words,
                other => format!("{:?}: {other:?}", event.carrier),
            }));
        }
    }
    told
}

#[test]
fn two_hundred_carriers_that_go_at_once_are_one_event() {
    for gone in [ProbeResult::Timeout, ProbeResult::Unreachable] {
        let told = two_hundred(400, |second| if (100..300).contains(&second) { gone } else { ProbeResult::Ok });
        let said: Vec<&str> = told.iter().map(|told| told.split(" since").next().unwrap_or_default()).collect();
        assert_eq!(said, ["no target answers", "the first target answers again, after 201 s"], "{told:#?}");
    }
    // What comes back from somewhere is no fault of ours.
    let told = two_hundred(130, |second| if second < 100 { ProbeResult::Ok } else { ProbeResult::Refused });
    assert_eq!(told.len(), 400);
}
