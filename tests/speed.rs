//! How long a tree takes over real sockets, against how far away the resolver is. The bounds are generous:
//! `cargo bench` holds the tight ones.

use std::sync::Arc;
use std::time::Duration;

use trunktop::dns::{Patience, Resolvers};
use trunktop::locate;
use trunktop::model::{Carrier, CarrierName, Defaults, ResolverSpec};
use trunktop::monitor::{Prefetch, SystemClock, resolve};

use crate::far::{Beside, Far};
use crate::watching::driving::USUAL;
use crate::zone::Zone;

const FAR: Duration = Duration::from_millis(50);

/// The round trips that the usual tree takes by the clock, the best of a few: others use this machine, too.
async fn trips(beside: Beside, prefetch: Prefetch) -> f64 {
    // Dual stack, so that nothing is left to ask where all is told.
    let zone = format!("{USUAL}\na.acme.example 60 AAAA 2001:db8::1");
    let far = Far::start(Zone::of(&zone), FAR, beside).await.unwrap();
    let clock = Arc::new(SystemClock::start());
    let ask = Resolvers::new(clock.clone(), Patience::default()).unwrap();
    let carrier = Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap());
    let (dial, resolver) = (Defaults::default().dial(&carrier), ResolverSpec::Plain(far.at));
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let found = resolve(&ask, &*clock, &resolver, &dial, &locate::reference(), prefetch).await;
        assert_eq!(found.resolution.candidates().count(), 4);
        best = best.min(found.elapsed);
    }
    best.as_secs_f64() / FAR.as_secs_f64()
}

#[tokio::test]
async fn a_tree_takes_as_long_as_its_longest_chain() {
    let usual = trips(Beside::Nothing, Prefetch::On).await;
    assert!((2.0..2.9).contains(&usual), "{usual} round trips");
    let step_by_step = trips(Beside::Nothing, Prefetch::Off).await;
    assert!((3.0..4.5).contains(&step_by_step), "{step_by_step} round trips");
    let told = trips(Beside::All, Prefetch::On).await;
    assert!((1.0..1.9).contains(&told), "{told} round trips");
}
