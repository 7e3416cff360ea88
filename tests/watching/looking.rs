//! What is asked for a carrier that somebody looks at as another engine.

use std::sync::Arc;
use std::time::Duration;

use trunktop::model::{CarrierName, Lens, OperatorAct, Transport};
use trunktop::monitor::{Habits, Prefetch};

use super::driving::USUAL;
use super::world::{World, carrier, srv};

fn look(engine: Option<&str>, compares: bool) -> OperatorAct {
    let lens = Lens { engine: engine.map(Into::into), compares, real: true };
    OperatorAct::Look(CarrierName::new("acme").unwrap(), lens)
}

fn usual() -> World {
    let mut open = (*carrier("acme")).clone();
    open.uri = "sip:acme.example".parse().unwrap();
    let habits = Habits { prefetch: Prefetch::Off, ..Habits::default() };
    World::over(USUAL, habits, vec![Arc::new(open)], true, Duration::from_millis(10))
}

#[tokio::test(start_paused = true)]
async fn what_an_engine_needs_is_asked_for_as_long_as_somebody_looks_as_it() {
    let mut world = usual();
    world.run(100).await;
    assert!(world.asked(&srv()).is_empty(), "its own engine goes by NAPTR, to TLS");
    for act in [look(Some("kamailio"), false), look(None, true)] {
        let before = world.asked(&srv()).len();
        world.monitor.act(act);
        world.run(2).await;
        assert_eq!(world.asked(&srv()).len(), before + 1, "at once");
        world.run(200).await;
        assert!(world.asked(&srv()).len() >= before + 4, "and whenever its TTL of 60 s ends");
        let known = world.state.carrier(&carrier("acme").name).unwrap();
        assert!(known.foreseen().is_some() && known.wants().next().is_none());
        assert!(known.health.keys().all(|at| at.transport == Transport::Tls), "only its own targets are probed");
        world.monitor.act(look(None, false));
        world.run(2).await;
        let after = world.asked(&srv()).len();
        world.run(300).await;
        assert_eq!(world.asked(&srv()).len(), after, "let go of");
    }
}

#[tokio::test(start_paused = true)]
async fn who_looks_as_an_engine_that_needs_nothing_new_makes_nothing_fresh() {
    let mut world = usual();
    world.run(10).await;
    let before = world.revisions().len();
    world.monitor.act(look(Some("rfc3263:naptr_orders=all"), false));
    world.run(2).await;
    assert_eq!(world.revisions().len(), before);
    let known = world.state.carrier(&carrier("acme").name).unwrap();
    assert!(known.is_viewed() && known.foreseen().is_some());
}

/// A FreeSWITCH gateway registers over UDP, while its calls go by NAPTR.
#[tokio::test(start_paused = true)]
async fn what_a_registration_goes_by_is_asked_for_where_that_is_not_what_calls_go_by() {
    let mut gateway = (*carrier("acme")).clone();
    gateway.uri = "sip:acme.example".parse().unwrap();
    gateway.engine = Some("freeswitch:trunk=gateway-udp".into());
    let habits = Habits { prefetch: Prefetch::Off, ..Habits::default() };
    // Of equal preferences sofia-sip takes UDP, whatever the order.
    let zone = USUAL.replace("20 50 \"s\" \"SIP+D2U\"", "20 60 \"s\" \"SIP+D2U\"");
    let mut world = World::over(&zone, habits, vec![Arc::new(gateway)], true, Duration::from_millis(10));
    world.run(200).await;
    assert!(world.asked(&srv()).len() >= 3, "_sip._udp, whenever its TTL of 60 s ends: {:?}", world.asked(&srv()));
    let known = world.state.carrier(&carrier("acme").name).unwrap();
    let probed: Vec<_> = known.health.keys().collect();
    assert!(probed.iter().all(|at| at.transport == Transport::Tls), "what calls go to is probed: {probed:?}");
}
