//! What a line that loses packets does to the thresholds: how often it makes an outage where there is none.
//!
//! A probe over UDP is sent again after 0.5, 1.5, 3.5 s (RFC 3261 17.1.2.2, timer E), so within 5 s it is sent four
//! times, and within the 3 s of a probe that confirms a miss three times. A sending fails where either the
//! request or its answer is lost. A false DOWN takes a miss and two that confirm it: ten sendings in a row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use trunktop::model::{Carrier, CarrierName, Endpoint, EventKind, Fact, FactKind, HealthState, ProbeResult};
use trunktop::monitor::Habits;
use trunktop::state::{Level, Thresholds};

use super::world::World;

/// A line that loses packets, each by itself, in both directions.
pub(crate) struct Line {
    loss: f64,
    dice: StdRng,
    /// How many sendings came to nothing.
    pub(crate) lost: u32,
}

impl Line {
    fn that_loses(loss: f64) -> Self {
        Self { loss, dice: StdRng::seed_from_u64(3261), lost: 0 }
    }

    /// After how long the first sending goes out that is answered, of those that fit into the patience.
    pub(crate) fn answer(&mut self, patience: Duration) -> Option<Duration> {
        for sent in sendings(patience) {
            let [there, back] = [(), ()].map(|()| self.dice.random_bool(1.0 - self.loss));
            if there && back {
                return Some(sent);
            }
            self.lost += 1;
        }
        None
    }
}

/// When a request over UDP is sent, within this time: timer E of RFC 3261 17.1.2.2, with T1 0.5 s and T2 4 s.
fn sendings(patience: Duration) -> impl Iterator<Item = Duration> {
    let mut next = (Duration::ZERO, Duration::from_millis(500));
    std::iter::from_fn(move || {
        let (now, interval) = next;
        next = (now + interval, (interval * 2).min(Duration::from_secs(4)));
        (now < patience).then_some(now)
    })
}

/// The chance that a probe of a target that is well begins a false DOWN, where each packet is lost with `loss`.
fn false_outage(loss: f64, patience: Duration) -> f64 {
    let fails = 1.0 - (1.0 - loss).powi(2);
    let miss = |patience| fails.powi(i32::try_from(sendings(patience).count()).unwrap());
    let confirmations = i32::try_from(Thresholds::default().fall - 1).unwrap();
    miss(patience) * miss(patience.min(Duration::from_secs(3))).powi(confirmations)
}

/// So many carriers, with five targets each.
fn fleet(carriers: u8, interval: u64) -> World {
    let name = |carrier: u8| format!("c{carrier}");
    let zone = |carrier: u8| -> String {
        let own = (1..=5).map(|host: u8| {
            format!(
                "_sip._udp.c{carrier}.example 300 SRV 10 50 5060 h{host}.c{carrier}.example\n\
                 h{host}.c{carrier}.example 300 A 198.18.{carrier}.{host}\n"
            )
        });
        own.collect()
    };
    let carrier = |number: u8| {
        let uri = format!("sip:{}.example;transport=udp", name(number)).parse().unwrap();
        let mut carrier = Carrier::new(CarrierName::new(&name(number)).unwrap(), uri);
        carrier.interval = Some(Duration::from_secs(interval));
        Arc::new(carrier)
    };
    let zones: String = (0..carriers).map(zone).collect();
    let all = (0..carriers).map(carrier).collect();
    World::over(&zones, Habits::default(), all, true, Duration::from_millis(10))
}

/// How many targets went DOWN so far.
fn outages(world: &World) -> usize {
    let down = |kind: &EventKind| matches!(kind, EventKind::Health { to: HealthState::Down(_), .. });
    world.events.iter().filter(|event| down(&event.kind)).count()
}

fn lost(world: &World) -> u32 {
    world.sip.line.lock().unwrap().as_ref().map_or(0, |line| line.lost)
}

#[tokio::test(start_paused = true)]
async fn five_per_cent_of_loss_make_no_outage_in_an_hour() {
    let mut world = fleet(12, 30);
    world.run(60).await;
    assert_eq!(world.state.count(Level::Up), 12);
    *world.sip.line.lock().unwrap() = Some(Line::that_loses(0.05));
    for _ in 0..6 {
        world.run(600).await;
        assert_eq!((outages(&world), world.state.count(Level::Up)), (0, 12));
    }
    assert!(lost(&world) > 500, "a tenth of the sendings: {}", lost(&world));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_loses_most_is_seen_as_often_as_reckoned() {
    // Seldom enough that few of them flap: then the worse state is held.
    let mut world = fleet(12, 30);
    world.run(60).await;
    *world.sip.line.lock().unwrap() = Some(Line::that_loses(0.5));
    let before = world.log.len();
    world.run(1200).await;
    let foreseen = false_outage(0.5, Duration::from_secs(5)) * f64::from(from_rest(&world.log[before..]));
    let seen = f64::from(u32::try_from(outages(&world)).unwrap());
    assert!(seen > 0.7 * foreseen && seen < 1.3 * foreseen, "{seen} outages, {foreseen} reckoned");
}

/// How many probes went to targets that were well, each of which may begin a false outage: all but those that
/// confirm a miss, and those of an outage that is not over.
fn from_rest(log: &[Fact]) -> u32 {
    let Thresholds { fall, rise } = Thresholds::default();
    let (mut begun, mut runs) = (0, BTreeMap::<Endpoint, (u32, u32)>::new());
    for fact in log {
        let FactKind::Probe { report, .. } = &fact.kind else { continue };
        let (misses, answers) = runs.entry(report.endpoint).or_default();
        begun += u32::from(*misses == 0);
        let is_down = *misses >= fall;
        match (report.result == ProbeResult::Ok, is_down) {
            (false, _) => (*misses, *answers) = (*misses + 1, 0),
            (true, true) if *answers + 1 < rise => *answers += 1,
            (true, _) => (*misses, *answers) = (0, 0),
        }
    }
    begun
}

#[test]
fn what_the_thresholds_are_worth() {
    let seconds = |patience| sendings(Duration::from_secs(patience)).count();
    assert_eq!([1, 3, 5].map(seconds), [2, 3, 4]);
    // At 5 % each way, 10,000 targets that are probed every 30 s see less than one false DOWN a year: 0.8.
    let in_a_year = 10_000.0 * 365.0 * 86_400.0 / 30.0 * false_outage(0.05, Duration::from_secs(5));
    assert!(in_a_year < 1.0, "{in_a_year}");
}
