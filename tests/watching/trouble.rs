//! Trouble with the resolver, and with ourselves: the picture that was good stays, the blame goes where it
//! belongs, and nobody has to do anything for it to end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use trunktop::model::{Carrier, EventKind, FactKind, Outcome, RecordType};
use trunktop::monitor::Habits;

use super::world::{ACME, Fate, World, a, after, carrier, server, srv, times};

const PROMPT: Duration = Duration::from_millis(20);

/// Acme, resolved and probed, all well; half a minute has passed.
async fn well() -> World {
    let mut world = World::acme(ACME);
    world.dns.set(|_, _| Fate::well(PROMPT));
    world.run(30).await;
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    world.said.clear();
    world
}

/// What was said since, without what is said of DNS that works.
fn alarms(world: &World) -> Vec<&str> {
    world.said.iter().map(|(_, said)| said.as_str()).filter(|said| !said.starts_with("UP ")).collect()
}

fn dns_events(world: &World) -> Vec<&str> {
    let words = |kind: &'_ EventKind| matches!(kind, EventKind::Dns(_));
    let told = world.events.iter().filter(|event| words(&event.kind));
    told.map(|event| if let EventKind::Dns(words) = &event.kind { words.as_str() } else { "" }).collect()
}

/// Back at once with the resolver: the next retry is half a minute away at most.
async fn recovers(world: &mut World) {
    world.dns.set(|_, _| Fate::well(PROMPT));
    world.run(35).await;
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    assert_eq!(world.drawn(), ["192.0.2.1", "192.0.2.2"]);
    assert!(world.changes().is_empty(), "{:?}", world.changes());
    let events = dns_events(world);
    assert!(events.last().unwrap().starts_with("the resolver answers again, after "), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_resolver_dies_and_comes_back() {
    let mut world = well().await;
    world.dns.set(|_, _| Fate::dead());
    world.run(300).await;
    // The last good tree stays, with its age and who is to blame; the targets are probed on.
    let said = world.verdict();
    assert!(said.starts_with("DNS no answer from 192.0.2.53 since 14:00; showing answers "), "{said}");
    assert!(said.contains("expired at 14:0") && said.ends_with("; targets still UP"), "{said}");
    assert_eq!(world.drawn(), ["192.0.2.1", "192.0.2.2"]);
    let last = *world.probed("192.0.2.2").last().unwrap();
    assert!(after(world.now(), last) < 31.0);
    // Told once, of whichever question was due first.
    let events = dns_events(&world);
    assert!(matches!(events[..], [event] if event.starts_with("timeout from 192.0.2.53 for ")), "{events:?}");
    recovers(&mut world).await;
}

#[tokio::test(start_paused = true)]
async fn a_resolver_is_dead_from_the_beginning() {
    let mut world = World::acme(ACME);
    world.dns.set(|_, _| Fate::dead());
    world.run(60).await;
    let said = world.verdict();
    assert!(said.starts_with("DNS no answer from 192.0.2.53 since 14:00 for "), "{said}");
    assert!(said.ends_with("and no earlier answer to go by"), "{said}");
    recovers(&mut world).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_resolver_is_no_alarm() {
    let mut world = well().await;
    // Just inside the port's patience.
    world.dns.set(|_, _| Fate::well(Duration::from_millis(3900)));
    world.run(600).await;
    assert_eq!(alarms(&world), [""; 0]);
    assert!(world.asked(&a("a")).len() > 20);
    assert_eq!(world.drawn(), ["192.0.2.1", "192.0.2.2"]);
}

#[tokio::test(start_paused = true)]
async fn a_lossy_resolver_is_no_alarm() {
    let mut world = well().await;
    // Every other first try is lost, and the second comes through.
    world.dns.set(|_, before| Fate::well(if before % 2 == 0 { PROMPT } else { PROMPT + Duration::from_secs(2) }));
    world.run(600).await;
    assert_eq!(alarms(&world), [""; 0]);
    assert!(world.changes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_of_many_questions_is_lost_now_and_then() {
    let mut world = well().await;
    world
        .dns
        .set(|question, before| if *question == a("a") && before % 7 == 6 { Fate::dead() } else { Fate::well(PROMPT) });
    world.run(900).await;
    // It is said, it is never more than that, and it ends with the first retry.
    let alarms = alarms(&world);
    assert!(alarms.iter().all(|said| said.starts_with("DNS no answer from 192.0.2.53 since ")), "{alarms:?}");
    assert!(alarms.iter().all(|said| said.contains("; targets still UP")), "{alarms:?}");
    assert!(!alarms.is_empty());
    let (mut since, mut longest) = (None, 0.0_f64);
    for (at, said) in &world.said {
        match (said.starts_with("UP "), since) {
            (false, None) => since = Some(*at),
            (true, Some(began)) => {
                longest = longest.max(after(*at, began));
                since = None;
            }
            _ => {}
        }
    }
    assert!(longest < 7.0, "{longest} s");
    assert!(world.changes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_refuses_is_named_with_its_word() {
    for (outcome, word) in [
        (Outcome::Refused, "DNS REFUSED from 192.0.2.53 since 14:00; showing answers "),
        (Outcome::ServFail, "DNS SERVFAIL from 192.0.2.53 since 14:00; showing answers "),
        (
            Outcome::Other("garbage".into()),
            "DNS no usable answer from 192.0.2.53 since 14:00 (garbage); showing answers ",
        ),
    ] {
        let mut world = well().await;
        let refused = outcome.clone();
        world.dns.set(move |_, _| Fate::fails(PROMPT, refused.clone()));
        world.run(200).await;
        assert!(world.verdict().starts_with(word), "{}", world.verdict());
        assert_eq!(world.drawn(), ["192.0.2.1", "192.0.2.2"]);
        // It is asked ever more rarely, not hammered because it answers at once.
        assert!(world.asked(&a("a")).iter().filter(|at| at.as_secs() >= 30).count() < 12);
        recovers(&mut world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_question_that_fails_spoils_no_other() {
    let mut world = well().await;
    world.dns.set(
        |question, _| if *question == a("b") { Fate::fails(PROMPT, Outcome::ServFail) } else { Fate::well(PROMPT) },
    );
    world.run(120).await;
    let said = world.verdict();
    assert!(said.starts_with("DNS SERVFAIL from 192.0.2.53 since 14:00; showing answers "), "{said}");
    // What is answered is taken: the other target moves.
    world.change("a.acme.example 20 A 192.0.2.1", "a.acme.example 20 A 192.0.2.7");
    world.run(30).await;
    assert_eq!(world.drawn(), ["192.0.2.7", "192.0.2.2"]);
}

#[tokio::test(start_paused = true)]
async fn another_resolver_takes_over() {
    let mut world = well().await;
    world.dns.set(|_, _| Fate::dead());
    world.run(120).await;
    assert!(world.verdict().starts_with("DNS no answer from 192.0.2.53 "), "{}", world.verdict());
    // The system's configuration names another, which fails in its own way: the blame moves with it.
    world.dns.set(|_, _| Fate { by: server(54), ..Fate::fails(PROMPT, Outcome::Refused) });
    world.run(60).await;
    assert!(world.verdict().starts_with("DNS REFUSED from 192.0.2.54 "), "{}", world.verdict());
    world.dns.set(|_, _| Fate { by: server(55), ..Fate::well(PROMPT) });
    world.run(35).await;
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    assert!(world.changes().is_empty(), "who answers is no change of the carrier's");
}

/// The machine sleeps, and wakes up an hour later.
fn sleep(world: &World) {
    *world.time.slept.lock().unwrap() = Duration::from_secs(3600);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_asks_everything_again_and_raises_no_alarm() {
    let names: Vec<String> = std::iter::once("acme".to_owned()).chain((0..30).map(|n| format!("c{n}"))).collect();
    let zone: String = names.iter().fold(ACME.to_owned(), |zone, name| {
        zone + &format!(
            "_sip._udp.{name}.example 3000 SRV 1 1 5060 t.{name}.example\nt.{name}.example 3000 A 192.0.2.9\n"
        )
    });
    let carriers: Vec<Arc<Carrier>> = names.iter().map(|name| carrier(name)).collect();
    let mut world = World::over(&zone, Habits::default(), carriers, true, PROMPT);
    world.run(30).await;
    let known = world.drawn();
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
    (world.said, world.events) = (Vec::new(), Vec::new());
    sleep(&world);
    let woken = world.now();
    world.run(5).await;
    let gaps = world.log.iter().filter(|fact| matches!(fact.kind, FactKind::ClockGap(_))).count();
    assert_eq!(gaps, 1);
    // All that the walks rest on, once, within three seconds of the tick that sees it, and not all at once.
    let again: Vec<f64> = world
        .dns
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(at, _)| at.as_secs_f64() - woken.as_secs_f64())
        .filter(|at| *at >= 0.0)
        .collect();
    let (first, last) = (again.iter().copied().fold(9.0, f64::min), again.iter().copied().fold(0.0, f64::max));
    assert!(last < 4.5 && last - first > 1.5, "{again:?}");
    let all: BTreeSet<_> =
        world.dns.asked.lock().unwrap().iter().filter(|(at, _)| *at >= woken).map(|(_, q)| q.clone()).collect();
    for name in &names {
        let srv = super::world::question(&format!("_sip._udp.{name}.example"), RecordType::Srv);
        assert!(all.contains(&srv), "{srv}");
    }
    assert_eq!(all.len(), again.len(), "once each");
    let said: Vec<&str> = alarms(&world).into_iter().filter(|said| !said.starts_with("STALE ")).collect();
    assert_eq!(said, [""; 0]);
    assert_eq!((world.drawn(), world.events.len()), (known, 0), "nothing is lost: {:?}", world.events);
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn a_network_that_comes_back_later_than_the_machine_raises_no_alarm() {
    let mut world = well().await;
    (world.said, world.events) = (Vec::new(), Vec::new());
    let both = ["192.0.2.1", "192.0.2.2"].map(str::to_owned);
    world.dns.set(|_, _| Fate::dead());
    world.sip.silent.lock().unwrap().extend(both);
    sleep(&world);
    world.run(20).await;
    assert!(world.verdict().starts_with("STALE "), "{}", world.verdict());
    world.dns.set(|_, _| Fate::well(PROMPT));
    world.sip.silent.lock().unwrap().clear();
    world.run(60).await;
    let said: Vec<&str> = alarms(&world).into_iter().filter(|said| !said.starts_with("STALE ")).collect();
    assert_eq!(said, [""; 0]);
    assert!(world.events.is_empty(), "{:?}", world.events);
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_under_way_when_the_machine_slept_is_no_silence() {
    let mut world = well().await;
    world.dns.set(|_, _| Fate::well(Duration::from_secs(3)));
    let before = world.asked(&srv()).len();
    // SRV is asked again after 100 s; the machine falls asleep a second later.
    while world.asked(&srv()).len() == before {
        world.run(1).await;
    }
    sleep(&world);
    world.run(10).await;
    let timeouts: Vec<_> = world
        .revisions()
        .into_iter()
        .flat_map(|(_, answers)| answers)
        .filter(|answer| answer.outcome == Outcome::Timeout)
        .collect();
    assert!(timeouts.is_empty(), "{timeouts:?}");
    assert!(times(&world.dns.answered, &srv()).len() > before);
    assert!(world.verdict().starts_with("UP "), "{}", world.verdict());
}

#[tokio::test(start_paused = true)]
async fn what_a_walk_needed_and_does_not_show_is_kept() {
    let zone = ACME.to_owned() + "_sips._tcp.acme.example SRV SERVFAIL\n";
    // The reference stops at the failure, having asked for the other transports, too; and it asks for more than
    // the carrier's own engine does.
    for (engine, level) in [(None, "DNS "), (Some("rfc3263:ask_sips=no"), "UP ")] {
        let uri = "sip:acme.example".parse().unwrap();
        let carrier = Carrier { uri, engine: engine.map(Into::into), ..(*carrier("acme")).clone() };
        let mut world = World::over(&zone, Habits::default(), vec![Arc::new(carrier)], true, PROMPT);
        world.run(300).await;
        let published = world.state.carriers().next().and_then(|known| known.published.as_ref()).unwrap();
        assert!(after(world.now(), published.at.mono) < 40.0, "the last revision is of {:?}", published.at.mono);
        assert!(world.verdict().starts_with(level), "{}", world.verdict());
        let others = super::world::question("_sip._tcp.acme.example", RecordType::Srv);
        assert!(world.asked(&others).len() <= 6, "each by its own TTL: {:?}", world.asked(&others));
    }
}
