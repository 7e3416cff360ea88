//! What all carriers' questions have in common: one flight for each, and so many a second.

use std::sync::Arc;
use std::time::Duration;

use trunktop::model::{Carrier, FactKind, Outcome};
use trunktop::monitor::{Habits, Prefetch};

use super::world::{Fate, World, a, carrier};

#[tokio::test(start_paused = true)]
async fn carriers_that_share_a_question_share_its_flight() {
    let mut zone = "a.acme.example 20 A 192.0.2.1\n".to_owned();
    let names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
    for name in &names {
        zone.push_str(&format!("_sip._udp.{name}.example 3000 SRV 1 1 5060 a.acme.example\n"));
    }
    let carriers = names.iter().map(|name| carrier(name)).collect();
    let mut world = World::over(&zone, Habits::default(), carriers, false, Duration::from_millis(100));
    // The table refuses a second flight of a question, and each of them gets the answer.
    world.run(15).await;
    assert_eq!(world.asked(&a("a")).len(), 1);
    let answered =
        world.revisions().iter().filter(|(_, answers)| answers.iter().any(|answer| answer.question == a("a"))).count();
    assert_eq!(answered, 20);
    // Who leaves takes nobody along: of those that wait together, all but one are watched no more.
    world.dns.set(|_, _| Fate::well(Duration::from_secs(3)));
    world.monitor.refresh(None);
    world.run(1).await;
    world.monitor.watch(vec![carrier("c7")]);
    world.run(4).await;
    let last = world.revisions().last().unwrap().1.to_vec();
    assert!(last.iter().any(|answer| answer.question == a("a") && answer.outcome.is_answer()), "{last:?}");
    assert_eq!(world.asked(&a("a")).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn so_many_questions_a_second_and_no_answer_is_missed_for_it() {
    let (burst, rate) = (60, 20);
    let mut zone = String::new();
    let carriers: Vec<Arc<Carrier>> = (0..100)
        .map(|number| {
            let host = format!("c{number}.example");
            zone.push_str(&format!("_sip._udp.{host} 3000 SRV 1 1 5060 t.{host}\n"));
            zone.push_str(&format!("t.{host} 3000 A 10.0.0.{number}\nt.{host} 3000 AAAA 2001:db8::{number}\n"));
            carrier(&format!("c{number}"))
        })
        .collect();
    let prefetch = Prefetch::Off;
    let habits = Habits { questions_at_once: burst, questions_per_second: rate, prefetch, ..Habits::default() };
    let mut world = World::over(&zone, habits, carriers, false, Duration::from_millis(40));
    world.run(60).await;
    let at: Vec<f64> = world.dns.asked.lock().unwrap().iter().map(|(at, _)| at.as_secs_f64()).collect();
    assert_eq!(at.len(), 300, "each of them once");
    for (first, from) in at.iter().enumerate() {
        let together = u32::try_from(at[first..].iter().filter(|later| **later - from <= 1.0).count()).unwrap();
        // The timer is no finer than a millisecond.
        assert!(together <= burst + rate + 1, "{together} within a second of {from}");
    }
    assert!(at[299] < f64::from(300 - burst) / f64::from(rate) + 1.0, "and no slower than it must be: {}", at[299]);
    assert!(at[usize::try_from(burst).unwrap() - 1] < 0.1, "at once after a rest");
    // That we waited here is no silence of the resolver.
    let revisions = world.revisions();
    assert!(!revisions.iter().flat_map(|(_, answers)| *answers).any(|answer| answer.outcome == Outcome::Timeout));
    let resolved = world.state.carriers().filter(|known| known.published.is_some()).count();
    assert_eq!(resolved, 100);
    assert!(world.log.iter().any(|fact| matches!(fact.kind, FactKind::Tick)));
}
