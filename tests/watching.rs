//! What the monitor asks, of whom, and when: over a table in place of the DNS, targets that do as they are
//! told, and a clock that runs as fast as it can.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use trunktop::model::{Carrier, FactKind, OperatorAct, Question, RecordType};
use trunktop::monitor::Habits;

use crate::zone::name;

use self::world::{ACME, World, a, after, carrier, srv, times, within};

mod accounts;
pub(crate) mod driving;
mod gate;
mod looking;
mod loss;
mod trouble;
mod world;

#[tokio::test(start_paused = true)]
async fn each_rrset_is_asked_for_again_when_it_ends_and_no_other() {
    let mut world = World::acme(ACME);
    world.run(600).await;
    // At the end of the TTL, up to a twentieth later, and half a second to ask for several at once.
    within(&world.pauses(&srv()), 100.0, 105.6, 5);
    within(&world.pauses(&a("a")), 20.0, 21.6, 25);
    within(&world.pauses(&a("b")), 40.0, 42.6, 12);
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn a_short_ttl_has_a_floor_and_a_long_one_a_ceiling() {
    let mut world = World::acme(&ACME.replace("example 20 A", "example 0 A").replace("example 100 ", "example 86400 "));
    world.run(1300).await;
    within(&world.pauses(&a("a")), 5.0, 5.8, 200);
    within(&world.pauses(&srv()), 300.0, 315.6, 4);
}

#[tokio::test(start_paused = true)]
async fn a_question_is_under_way_once_however_often_it_is_wanted() {
    let both = vec![carrier("acme")];
    let mut world = World::over(ACME, Habits::default(), both, true, Duration::from_secs(2));
    // The fake refuses a second flight of the same question.
    for _ in 0..40 {
        world.monitor.refresh(None);
        world.run(1).await;
    }
    assert!(world.asked(&srv()).len() > 5);
}

#[tokio::test(start_paused = true)]
async fn a_failed_question_is_asked_again_alone_and_ever_more_rarely() {
    let mut world = World::acme(ACME);
    world.run(10).await;
    world.change("b.acme.example 40 A 192.0.2.2", "b.acme.example A SERVFAIL");
    world.run(300).await;
    let failing: Vec<f64> = world.pauses(&a("b"));
    // The answer held for 40 s; then 5, 10, 20, 30, 30 s, each a tenth more or less.
    within(&failing[..1], 40.0, 42.6, 1);
    for (pause, wait) in failing[1..].iter().zip([5.0, 10.0, 20.0, 30.0, 30.0, 30.0]) {
        within(&[*pause], wait * 0.9, wait * 1.1 + 0.6, 1);
    }
    within(&world.pauses(&srv()), 100.0, 105.6, 2);
    let said = world.verdict();
    assert!(said.starts_with("DNS SERVFAIL from 192.0.2.53 since 14:00; showing answers"), "{said}");
    world.change("b.acme.example A SERVFAIL", "b.acme.example 40 A 192.0.2.2");
    world.run(35).await;
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    world.run(100).await;
    within(&world.pauses(&a("b"))[failing.len() + 1..], 40.0, 42.6, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_asks_and_probes_everything_at_once() {
    let mut world = World::acme(ACME);
    world.run(11).await;
    let before = (world.asked(&srv()).len(), world.probed("192.0.2.1").len());
    let now = world.now();
    world.monitor.refresh(Some(carrier("acme").name.clone()));
    world.run(1).await;
    for question in [srv(), a("a"), a("b")] {
        assert!(world.asked(&question).iter().any(|at| *at >= now), "{question}");
    }
    assert_eq!((world.asked(&srv()).len(), world.probed("192.0.2.1").len()), (before.0 + 1, before.1 + 1));
    assert!(world.probed("192.0.2.2").iter().any(|at| *at >= now));
    let asked = world.dns.asked.lock().unwrap().len();
    world.monitor.refresh(Some(carrier("other").name.clone()));
    world.run(1).await;
    assert_eq!(world.dns.asked.lock().unwrap().len(), asked, "another carrier is meant");
}

#[tokio::test(start_paused = true)]
async fn targets_are_probed_from_when_dns_lists_them_until_their_grace_has_passed() {
    let mut world = World::acme(ACME);
    world.run(50).await;
    assert!(world.probed("192.0.2.3").is_empty());
    world.change("SRV 10 50 5060 b.acme.example", "SRV 10 50 5060 c.acme.example");
    world.change("b.acme.example 40 A 192.0.2.2", "b.acme.example 40 A 192.0.2.2\nc.acme.example 4000 A 192.0.2.3");
    // All else may rest for long: the end of a grace wakes nobody else.
    world.change("a.acme.example 20 A", "a.acme.example 4000 A");
    world.run(60).await;
    let seen = times(&world.dns.answered, &Question::new(name("c.acme.example").unwrap(), RecordType::A));
    let first = *world.probed("192.0.2.3").first().unwrap();
    assert!(after(first, seen[0]) < 0.05, "{first:?} {seen:?}");
    world.run(600).await;
    let last = *world.probed("192.0.2.2").last().unwrap();
    let lasted = after(last, seen[0]);
    within(&[lasted], 269.0, 300.5, 1);
    assert!(after(world.now(), last) > 200.0);
    // And nothing of it is left behind.
    let known = &world.state.carrier(&carrier("acme").name).unwrap().health;
    assert_eq!(known.len(), 2, "{:?}", known.keys());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_dies_right_after_an_answer_is_down_within_45_seconds() {
    for round in 0..20 {
        let mut world = World::acme(ACME);
        world.run(40 + round).await;
        // Just after it has answered: the longest way to the next probe.
        let count = world.probed("192.0.2.2").len();
        while world.probed("192.0.2.2").len() == count {
            world.run(1).await;
        }
        world.sip.silent.lock().unwrap().insert("192.0.2.2".to_owned());
        let died = *world.probed("192.0.2.2").last().unwrap();
        while !world.verdict().contains("b silent since") {
            assert!(after(world.now(), died) < 45.0, "{}", world.verdict());
            world.run(1).await;
        }
        // And up again soon after it answers.
        world.sip.silent.lock().unwrap().clear();
        world.run(36).await;
        assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    }
}

#[tokio::test(start_paused = true)]
async fn probes_are_spread_over_the_interval_and_a_silent_target_is_not_hurried() {
    let mut world = World::acme(ACME);
    world.sip.silent.lock().unwrap().insert("192.0.2.2".to_owned());
    world.run(600).await;
    let gaps = |ip: &str| -> Vec<f64> {
        let at = world.probed(ip);
        at.windows(2).map(|pair| after(pair[1], pair[0])).collect()
    };
    within(&gaps("192.0.2.1"), 25.4, 30.1, 19);
    // Three to be sure that it is silent here, then as rarely as any other.
    within(&gaps("192.0.2.2")[2..], 25.4, 30.1, 17);
    assert_eq!(world.probed("192.0.2.2").iter().filter(|at| at.as_secs() < 20).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn all_carriers_together_keep_to_the_cap() {
    let mut zone = String::new();
    for n in 1..=60 {
        let of = if n % 2 == 0 { "acme" } else { "beta" };
        zone.push_str(&format!("_sip._udp.{of}.example 100 SRV 10 1 5060 t{n}.{of}.example\n"));
        zone.push_str(&format!("t{n}.{of}.example 90 A 10.0.0.{n}\n"));
    }
    let habits = Habits { probes_per_second: 10, ..Habits::default() };
    let both = vec![carrier("acme"), carrier("beta")];
    let mut world = World::over(&zone, habits, both, true, Duration::from_millis(10));
    world.run(120).await;
    let mut at: Vec<Duration> = world.sip.probed.lock().unwrap().iter().map(|(at, _)| *at).collect();
    at.sort();
    assert!(at.len() > 200, "{}", at.len());
    for (first, eleventh) in at.iter().zip(&at[10..]) {
        // Ten a second: the eleventh is a second later, give or take the timer's millisecond.
        assert!(after(*eleventh, *first) >= 0.99, "{first:?} {eleventh:?}");
    }
    let targets: BTreeMap<String, usize> =
        world.sip.probed.lock().unwrap().iter().fold(BTreeMap::new(), |mut count, (_, ip)| {
            *count.entry(ip.clone()).or_default() += 1;
            count
        });
    assert_eq!(targets.len(), 60, "nobody starves");
}

#[tokio::test(start_paused = true)]
async fn carriers_come_and_go_and_the_others_are_left_alone() {
    let zone = format!("{ACME}\n_sip._udp.beta.example 100 SRV 10 1 5060 a.acme.example");
    let mut world = World::acme(&zone);
    world.run(10).await;
    world.monitor.watch(vec![carrier("acme"), carrier("beta")]);
    world.run(5).await;
    let beta = Question::new(name("_sip._udp.beta.example").unwrap(), RecordType::Srv);
    assert_eq!((world.asked(&srv()).len(), world.asked(&beta).len()), (1, 1));
    let faster = Carrier { interval: Some(Duration::from_secs(2)), ..(*carrier("beta")).clone() };
    world.monitor.watch(vec![Arc::new(faster)]);
    world.run(10).await;
    assert_eq!((world.asked(&srv()).len(), world.asked(&beta).len()), (1, 2), "beta is another now");
    world.run(200).await;
    assert_eq!(world.asked(&srv()).len(), 1, "acme is watched no more");
    let gone = world.probed("192.0.2.2").into_iter().max().unwrap();
    assert!(gone < Duration::from_secs(16), "nor probed: {gone:?}");
    assert!(world.probed("192.0.2.1").len() > 90, "the new interval counts");
    let settings = world.log.iter().filter(|fact| matches!(fact.kind, FactKind::Settings(_)));
    assert_eq!(settings.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_sleep_of_the_machine_is_told_and_everything_is_asked_again() {
    let mut world = World::acme(ACME);
    world.run(10).await;
    *world.time.set.lock().unwrap() = Duration::from_secs(3600);
    world.run(5).await;
    let gaps: Vec<Duration> = world
        .log
        .iter()
        .filter_map(|fact| match fact.kind {
            FactKind::ClockGap(gap) => Some(gap),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [Duration::from_secs(3600)]);
    assert_eq!((world.asked(&srv()).len(), world.probed("192.0.2.1").len()), (2, 2));
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn a_busy_operator_is_no_sleep_of_the_machine() {
    let mut world = World::acme(ACME);
    for _ in 0..40 {
        world.monitor.act(OperatorAct::Undo(carrier("acme").name.clone()));
        sleep(Duration::from_millis(400)).await;
        world.run(0).await;
    }
    world.run(3).await;
    assert!(!world.log.iter().any(|fact| matches!(fact.kind, FactKind::ClockGap(_))));
    let ticks = world.log.iter().filter(|fact| fact.kind == FactKind::Tick).count();
    assert!(ticks >= 17, "{ticks}");
}

#[tokio::test(start_paused = true)]
async fn without_a_probe_port_nothing_is_sent_to_a_target() {
    let mut world = World::over(ACME, Habits::default(), vec![carrier("acme")], false, Duration::ZERO);
    world.run(300).await;
    assert!(world.sip.probed.lock().unwrap().is_empty());
    assert!(!world.log.iter().any(|fact| matches!(fact.kind, FactKind::Probe { .. })));
    assert!(world.verdict().starts_with("UNKNOWN not probed"), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn who_asks_to_be_left_alone_is() {
    let mut world = World::acme(ACME);
    *world.sip.says.lock().unwrap() = (503, Some(Duration::from_secs(100)));
    world.run(290).await;
    let pauses: Vec<f64> = world.probed("192.0.2.1").windows(2).map(|pair| after(pair[1], pair[0])).collect();
    within(&pauses, 99.9, 101.0, 2);
    assert!(world.verdict().contains("2 answer 503"), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_forbids_it_is_asked_no_more_until_somebody_wants_it() {
    let mut world = World::acme(ACME);
    *world.sip.says.lock().unwrap() = (403, None);
    world.run(600).await;
    assert!(world.verdict().starts_with("WARNING probing has stopped, 2 addresses"), "{}", world.verdict());
    let probes = |world: &World| world.sip.probed.lock().unwrap().len();
    assert!((4..=5).contains(&probes(&world)), "{}", probes(&world));
    *world.sip.says.lock().unwrap() = (200, None);
    world.monitor.refresh(None);
    world.run(100).await;
    assert!(world.verdict().starts_with("UP"), "{}", world.verdict());
    assert!(probes(&world) >= 10, "{}", probes(&world));
}
