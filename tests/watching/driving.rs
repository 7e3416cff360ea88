//! How walks are driven: which questions wait for which, and which wait for nobody.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use trunktop::locate;
use trunktop::model::{Defaults, Outcome, Question, RecordType, Waited};
use trunktop::monitor::{Habits, Prefetch, Resolved, resolve};

use super::world::{ACME, Dns, Fate, Time, World, a, carrier, question, server, srv};

/// One round trip.
const TRIP: Duration = Duration::from_millis(50);

/// A tree of the usual shape.
pub(crate) const USUAL: &str = r#"
    acme.example 300 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
    acme.example 300 NAPTR 20 50 "s" "SIP+D2U" "" _sip._udp.acme.example
    _sips._tcp.acme.example 60 SRV 10 50 5061 a.acme.example
    _sips._tcp.acme.example 60 SRV 20 50 5061 b.acme.example
    _sip._udp.acme.example 60 SRV 10 50 5060 a.acme.example
    a.acme.example 60 A 192.0.2.1
    b.acme.example 60 A 192.0.2.2
    b.acme.example 60 AAAA 2001:db8::2
"#;

async fn resolved(zone: &str, uri: &str, prefetch: Prefetch, mood: fn(&Question) -> Fate) -> (Resolved, Arc<Dns>) {
    let time = Time::start();
    let dns = Arc::new(Dns::over(time.clone(), zone, move |question, _| mood(question)));
    let carrier = carrier_of(uri);
    let dial = Defaults::default().dial(&carrier);
    let resolved = resolve(&*dns, &*time, &server(53), &dial, &locate::reference(), prefetch).await;
    (resolved, dns)
}

fn carrier_of(uri: &str) -> trunktop::model::Carrier {
    let mut uris = uri.split(' ').map(|uri| uri.parse().unwrap());
    let mut carrier = (*carrier("acme")).clone();
    carrier.uri = uris.next().unwrap();
    carrier.more_uris = uris.collect();
    carrier
}

fn prompt(_: &Question) -> Fate {
    Fate::well(TRIP)
}

fn told(types: &[RecordType]) -> Fate {
    Fate { beside: types.iter().copied().collect(), ..Fate::well(TRIP) }
}

/// In round trips.
fn trips(span: Duration) -> f64 {
    span.as_secs_f64() / TRIP.as_secs_f64()
}

/// What was waited for: round trips until the first candidates, and until the end; as counted, and as it took.
fn waited(resolved: &Resolved) -> [u32; 2] {
    let Waited { round_trips, elapsed } = resolved.first_candidates.expect("there are candidates");
    for (counted, took) in [(round_trips, elapsed), (resolved.round_trips, resolved.elapsed)] {
        // A timer is no finer than a millisecond.
        assert!((trips(took) - f64::from(counted)).abs() < 0.1, "{counted} round trips, and it took {took:?}");
    }
    [round_trips, resolved.round_trips]
}

#[tokio::test(start_paused = true)]
async fn a_whole_tree_takes_two_round_trips() {
    let alias = "cust.example 60 CNAME acme.example\n".to_owned() + USUAL;
    let elsewhere = USUAL.replace("\"\" _sips._tcp.acme.example", "\"\" _sips._tcp.far.test")
        + "_sips._tcp.far.test 60 SRV 10 50 5061 a.acme.example\n";
    for (shape, zone, uri, ahead, step_by_step) in [
        ("NAPTR, SRV, addresses", USUAL, "sip:acme.example", [2, 2], [3, 3]),
        ("alias", &alias, "sip:cust.example", [2, 3], [3, 3]),
        ("SRV, addresses", ACME, "sip:acme.example", [2, 2], [3, 3]),
        ("transport", ACME, "sip:acme.example;transport=udp", [2, 2], [2, 2]),
        ("port", ACME, "sip:a.acme.example:5060", [1, 1], [1, 1]),
        ("addresses only", ACME, "sip:a.acme.example", [1, 1], [3, 3]),
        ("NAPTR into another domain", &elsewhere, "sip:acme.example", [3, 3], [3, 3]),
        ("several URIs", USUAL, "sip:acme.example sip:b.acme.example:5070", [1, 2], [1, 3]),
    ] {
        let (fast, dns) = resolved(zone, uri, Prefetch::On, prompt).await;
        let (slow, only) = resolved(zone, uri, Prefetch::Off, prompt).await;
        // An alias leads to owners that nobody could foresee.
        let ahead = if shape == "alias" { [3, 3] } else { ahead };
        assert_eq!((waited(&fast), waited(&slow)), (ahead, step_by_step), "{shape}");
        assert_eq!(candidates(&fast), candidates(&slow), "{shape}: asking ahead changes nothing");
        let asked = |dns: &Dns| dns.asked.lock().unwrap().len();
        assert_eq!(
            (usize::try_from(fast.queries).unwrap(), slow.queries as usize),
            (asked(&dns), asked(&only)),
            "{shape}"
        );
    }
}

fn candidates(resolved: &Resolved) -> Vec<String> {
    let resolution = &resolved.resolution;
    let said = resolution.steps.iter().map(|step| format!("{} {} {}", step.question, step.why, step.used));
    resolution
        .candidates()
        .map(|c| format!("{} {:?} {:?}", c.endpoint(), c.target.host, c.first()))
        .chain(said)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_comes_beside_an_answer_is_not_asked_for() {
    use RecordType::{A, Aaaa, Srv};
    // Of `a` there is no AAAA: nobody has said so, and it is asked for.
    let (both, dns) = resolved(USUAL, "sip:acme.example", Prefetch::On, |_| told(&[Srv, A, Aaaa])).await;
    assert_eq!(waited(&both), [1, 2]);
    assert!(dns.asked(&a("a")).is_empty() && dns.asked(&a("b")).is_empty());
    assert_eq!(dns.asked(&question("a.acme.example", Aaaa)).len(), 1);
    assert!(dns.asked(&question("b.acme.example", Aaaa)).is_empty());
    // Nothing is missing: the answer to the first question holds the whole tree.
    let whole = USUAL.to_owned() + "a.acme.example 60 AAAA 2001:db8::1\n";
    let (all, dns) = resolved(&whole, "sip:acme.example", Prefetch::Off, |_| told(&[Srv, A, Aaaa])).await;
    assert_eq!((waited(&all), all.queries, dns.asked.lock().unwrap().len()), ([1, 1], 1, 1));
    let (plain, _) = resolved(&whole, "sip:acme.example", Prefetch::Off, prompt).await;
    assert_eq!(candidates(&all), candidates(&plain));
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_ahead_holds_nobody() {
    // Asked ahead only: the domain's own addresses, and the transport that NAPTR does not name.
    let slow = |question: &Question| {
        let needed = question.name.as_str() != "acme.example" && question.name.as_str() != "_sip._tcp.acme.example";
        if needed || question.rtype == RecordType::Naptr { prompt(question) } else { Fate::dead() }
    };
    let (resolved, dns) = resolved(USUAL, "sip:acme.example", Prefetch::On, slow).await;
    assert_eq!(waited(&resolved), [2, 2]);
    assert_eq!(dns.asked(&question("acme.example", RecordType::A)).len(), 1, "it was asked");
    let flying = dns.asked.lock().unwrap().len() - dns.answered.lock().unwrap().len();
    assert_eq!(flying, 3, "and given up");
}

#[tokio::test(start_paused = true)]
async fn each_answer_is_gone_on_from_at_once() {
    // Without NAPTR all transports are asked for; the targets of the first do not wait for the others.
    let slow = |question: &Question| {
        let late = question.name.as_str().starts_with("_sip._udp");
        Fate::well(if late { TRIP * 6 } else { TRIP })
    };
    let zone = "_sips._tcp.acme.example 60 SRV 10 50 5061 a.acme.example\n".to_owned() + ACME;
    let (resolved, _) = resolved(&zone, "sip:acme.example", Prefetch::On, slow).await;
    let first = resolved.first_candidates.unwrap();
    assert!(trips(first.elapsed) < 2.1, "{first:?}");
    assert!((trips(resolved.elapsed) - 6.0).abs() < 0.1, "{:?}", resolved.elapsed);
    assert_eq!((first.round_trips, resolved.round_trips), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn without_candidates_there_is_no_first() {
    let (nowhere, _) = resolved("x.test 60 A 192.0.2.1", "sip:acme.example", Prefetch::On, prompt).await;
    assert_eq!((nowhere.first_candidates, nowhere.round_trips), (None, 1));
    let dead = |_: &Question| Fate::fails(TRIP, Outcome::ServFail);
    let (failed, _) = resolved(USUAL, "sip:acme.example", Prefetch::Off, dead).await;
    assert_eq!((failed.first_candidates, failed.round_trips, failed.queries), (None, 1, 1));
    let (literal, _) = resolved(USUAL, "sip:192.0.2.1", Prefetch::On, prompt).await;
    assert_eq!((waited(&literal), literal.queries), ([0, 0], 0));
}

/// Every question that has gone out, with how often.
fn counts(world: &World) -> Vec<(String, usize)> {
    let all: BTreeSet<Question> = world.dns.asked.lock().unwrap().iter().map(|(_, q)| q.clone()).collect();
    all.iter().map(|question| (question.to_string(), world.asked(question).len())).collect()
}

fn whole() -> Vec<Arc<trunktop::model::Carrier>> {
    vec![Arc::new(carrier_of("sip:acme.example"))]
}

#[tokio::test(start_paused = true)]
async fn only_what_a_walk_rests_on_is_asked_again() {
    let zone = USUAL
        .replace("300 NAPTR", "20 NAPTR")
        .replace("_sip._udp.acme.example 60 SRV", "_sip._udp.acme.example 20 SRV");
    let mut world = World::over(&zone, Habits::default(), whole(), false, TRIP);
    world.run(600).await;
    let rests = ["NAPTR acme.example", "SRV _sips._tcp.acme.example"];
    for (what, count) in counts(&world) {
        let rests = rests.contains(&what.as_str()) || what.contains(" a.") || what.contains(" b.");
        assert!(if rests { count >= 9 } else { count == 1 }, "{what} was asked {count} times");
    }
    assert!(world.asked(&question("acme.example", RecordType::Naptr)).len() > 25, "each by its own TTL");
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_ahead_in_vain_is_not_asked_ahead_again() {
    let mut world = World::over(USUAL, Habits::default(), whole(), false, TRIP);
    world.run(5).await;
    let own = question("acme.example", RecordType::A);
    assert_eq!(world.asked(&own).len(), 1);
    // Another owner: its SRV is needed, and the domain's addresses may be.
    world.change("\"\" _sips._tcp.acme.example", "\"\" _sips._tcp.new.example");
    world.change(
        "a.acme.example 60 A 192.0.2.1",
        "a.acme.example 60 A 192.0.2.1\n_sips._tcp.new.example 60 SRV 1 1 5061 a.acme.example",
    );
    world.run(320).await;
    assert!(!world.asked(&question("_sips._tcp.new.example", RecordType::Srv)).is_empty(), "the change was seen");
    assert_eq!(world.asked(&own).len(), 1);
    // Once it is needed, it is asked for.
    world.change("_sips._tcp.new.example 60 SRV 1 1 5061 a.acme.example", "");
    world.change("_sip._udp.acme.example 60 SRV 10 50 5060 a.acme.example", "acme.example 60 A 192.0.2.9");
    world.run(320).await;
    assert!(world.asked(&own).len() > 1);
    assert_eq!(world.drawn(), ["192.0.2.9"]);
}

#[tokio::test(start_paused = true)]
async fn prefetch_can_be_switched_off() {
    let habits = Habits { prefetch: Prefetch::Off, ..Habits::default() };
    let mut world = World::over(USUAL, habits, whole(), false, TRIP);
    world.run(10).await;
    assert_eq!(counts(&world).len(), 6, "{:?}", counts(&world));
    assert_eq!(world.drawn(), ["192.0.2.1", "2001:db8::2", "192.0.2.2"]);
}

#[tokio::test(start_paused = true)]
async fn a_revision_takes_five_seconds_and_a_late_answer_makes_the_next() {
    let mut world = World::over(ACME, Habits::default(), vec![carrier("acme")], false, TRIP);
    world.dns.set(|_, _| Fate::well(Duration::from_secs(3)));
    world.run(15).await;
    let revisions = world.revisions();
    let (first, answers) = revisions[0];
    assert!((4.9..5.1).contains(&first.as_secs_f64()), "{first:?}");
    let late: Vec<&Outcome> =
        answers.iter().filter(|a| a.question.rtype != RecordType::Srv).map(|a| &a.outcome).collect();
    assert_eq!(late, [&Outcome::Timeout; 4]);
    // They were under way for three seconds, and nobody asked them again.
    let last = revisions
        .iter()
        .find(|(_, answers)| answers.iter().any(|answer| answer.question == a("b") && answer.outcome.is_answer()));
    assert!((6.0..6.1).contains(&last.unwrap().0.as_secs_f64()), "{revisions:?}");
    assert_eq!((world.asked(&a("a")).len(), world.asked(&srv()).len()), (1, 1));
    assert_eq!(world.drawn(), ["192.0.2.1", "192.0.2.2"]);
    // The time that is left of a TTL counts from the answer.
    world.run(20).await;
    super::within(&world.pauses(&a("a")), 20.0, 21.6, 1);
}
