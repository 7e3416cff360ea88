//! What holds over time, whatever fails and whoever the engine is.

use proptest::prelude::*;
use proptest::sample::select;
use trunktop::locate::{self, Asked, Engine, Refresh};
use trunktop::model::{
    Carrier, CarrierName, Confidence, Defaults, Dial, Failure, Host, Method, Outage, Resolution, Share, What,
};
use trunktop::preview::{self, Held, Phase, Preview, When, preview, registration};

use crate::outages::resolve;
use crate::zone::Zone;

/// Engines that remember nothing, that remember in each of the ways there are, and that ask.
const ENGINES: [&str; 18] = [
    "rfc3263",
    "asterisk",
    "asterisk:qualify_frequency=60",
    "freepbx",
    "kamailio",
    "kamailio:use_dns_failover=1,dns_srv_lb=1",
    "kamailio:use_dns_failover=1,use_dst_blocklist=1",
    "kamailio:use_dns_failover=1,dns_srv_lb=1,use_dst_blocklist=1",
    "polycom",
    "polycom:failBack.mode=DNSTTL",
    "yealink:transport_type=DNS-NAPTR,failback_mode=3",
    "snom",
    "3cx",
    "cucm:destination_is_srv=yes,options_ping=yes",
    "avaya",
    "oracle-sbc:ping-all-addresses=enabled,ping-interval=30",
    "audiocodes:ProxyDNSQueryType=SRV,ProxyLoadBalancingMethod=RoundRobin,IsProxyHotSwap=1,EnableProxyKeepAlive=1",
    "audiocodes:ProxyDNSQueryType=SRV,IsProxyHotSwap=1,ProxyRedundancyMode=Parking",
];

const KINDS: [Failure; 7] = [
    Failure::Silent,
    Failure::Refused,
    Failure::Unavailable,
    Failure::Error(486),
    Failure::Trying,
    Failure::Tls,
    Failure::Maintenance,
];

fn carrier() -> Carrier {
    Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap())
}

/// One to three tiers of one to four targets of one or two addresses.
fn zone() -> impl Strategy<Value = Zone> {
    let weight = prop_oneof![Just(0_u16), Just(1), 0..200_u16];
    let tier = prop::collection::vec((weight, 1..3_u8), 1..5);
    prop::collection::vec(tier, 1..4).prop_map(|tiers| {
        let (mut number, mut lines) = (0_u8, Vec::new());
        for (priority, tier) in (10_u16..).step_by(10).zip(&tiers) {
            for (weight, addresses) in tier {
                number += 1;
                lines.push(format!("_sip._udp.acme.example 60 SRV {priority} {weight} 5060 t{number}.acme.example"));
                for address in 0..*addresses {
                    lines.push(format!("t{number}.acme.example 60 A 10.0.{address}.{number}"));
                }
            }
        }
        Zone::of(&lines.join("\n"))
    })
}

fn forced() -> impl Strategy<Value = Vec<Outage>> {
    let what = prop_oneof![
        3 => (1..9_u8).prop_map(|n| What::Target(format!("t{n}.acme.example").parse::<Host>().unwrap())),
        1 => (1..9_u8).prop_map(|n| What::Address([10, 0, 0, n].into())),
        1 => (1..4_u16).prop_map(|tier| What::Tier(tier * 10)),
    ];
    prop::collection::vec((what, select(&KINDS[..])).prop_map(|(what, how)| Outage { what, how }), 0..5)
}

fn walked(engine: &dyn Engine, zone: &Zone, method: Method) -> Resolution {
    resolve(engine, &Dial { method, ..Defaults::default().dial(&carrier()) }, zone)
}

fn foresee(engine: &dyn Engine, resolution: &Resolution, forced: &[Outage]) -> Preview {
    preview(engine, resolution, &carrier(), forced, |_| None, None)
}

fn shares(preview: &Preview) -> Vec<Share> {
    preview.landings.iter().map(|landing| landing.odds.landing).collect()
}

fn near(one: Share, other: Share) -> bool {
    (one.0 - other.0).abs() < 1e-9
}

fn is_now(phase: &Phase, now: &Preview) -> bool {
    phase.landings.iter().zip(shares(now)).all(|(one, other)| near(*one, other))
        && near(phase.lost, now.lost)
        && phase.wait == now.wait
}

fn asks_each(engine: &dyn Engine) -> Option<locate::Out> {
    match engine.qualify()?.asks {
        Asked::Each(out) => Some(out),
        Asked::Drawn | Asked::Every => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_each_phase_what_lands_and_what_is_lost_is_all(
        zone in zone(),
        forced in forced(),
        name in select(&ENGINES[..]),
    ) {
        let engine = locate::engine(name).unwrap();
        let resolution = walked(&*engine, &zone, Method::Invite);
        let now = foresee(&*engine, &resolution, &forced);
        for phase in &now.phases {
            let landed: f64 = phase.landings.iter().map(|share| share.0).sum();
            prop_assert!((landed + phase.lost.0 - 1.0).abs() < 1e-9, "{name} {:?}: {landed} {:?}", phase.when, phase.lost);
            prop_assert!(phase.landings.iter().all(|share| share.0 >= 0.0));
            prop_assert_eq!(phase.landings.len(), now.landings.len());
        }
        let hit = now.landings.iter().any(|landing| landing.fails);
        prop_assert!(!hit || !now.phases.is_empty(), "what fails has phases");
    }

    #[test]
    fn it_begins_as_the_preview_has_it_and_without_a_memory_it_stays_so(
        zone in zone(),
        forced in forced(),
        name in select(&ENGINES[..]),
    ) {
        let engine = locate::engine(name).unwrap();
        let resolution = walked(&*engine, &zone, Method::Invite);
        let now = foresee(&*engine, &resolution, &forced);
        let remembers = engine.recall().is_some() || asks_each(&*engine).is_some();
        for phase in now.phases.iter().filter(|phase| phase.when == When::AtOnce || !remembers) {
            if phase.when == When::Returned {
                prop_assert!(is_now(phase, &foresee(&*engine, &resolution, &[])), "{name}: it is as it was");
            } else {
                prop_assert!(is_now(phase, &now), "{name} {:?}", phase.when);
            }
        }
        prop_assert!(remembers || now.phases.iter().all(|phase| phase.lasts.is_none()), "{name}: as long as it lasts");
    }

    #[test]
    fn nobody_waits_for_what_options_have_taken_out(
        zone in zone(),
        forced in forced(),
        name in select(&ENGINES[..]),
    ) {
        let engine = locate::engine(name).unwrap();
        let Some(out) = asks_each(&*engine) else { return Ok(()) };
        let forced: Vec<Outage> = forced.into_iter().filter(|outage| out.at.contains(&outage.how)).collect();
        let resolution = walked(&*engine, &zone, Method::Invite);
        let now = foresee(&*engine, &resolution, &forced);
        let lives = now.landings.iter().any(|landing| !landing.fails);
        for phase in now.phases.iter().filter(|phase| phase.when == When::Known) {
            prop_assert!(phase.wait.max.is_zero() && !phase.wait.share.is_some(), "{name}");
            prop_assert!(!lives || near(phase.lost, Share::NONE), "{name}: what lives gets all");
        }
    }

    #[test]
    fn what_is_taken_to_be_likeliest_and_each_reading_lie_in_the_range(
        zone in zone(),
        forced in forced(),
        name in select(&ENGINES[..]),
    ) {
        let engine = locate::engine(name).unwrap();
        let resolution = walked(&*engine, &zone, Method::Invite);
        let now = foresee(&*engine, &resolution, &forced);
        for reading in engine.readings() {
            let other = foresee(&*reading, &resolution, &forced);
            for (landing, share) in now.landings.iter().zip(shares(&other)) {
                let inside = |share: Share| match landing.range {
                    Some(range) => range.least.0 <= share.0 + 1e-9 && share.0 <= range.most.0 + 1e-9,
                    None => near(share, landing.odds.landing),
                };
                prop_assert!(inside(share) && inside(landing.odds.landing), "{name}");
            }
            match now.lost_range {
                Some(range) => prop_assert!(range.least <= other.lost && other.lost <= range.most),
                None => prop_assert!(near(now.lost, other.lost)),
            }
            let (wait, still) = (other.wait, preview::WaitRange { least: now.wait, most: now.wait });
            let preview::WaitRange { least, most } = now.wait_range.unwrap_or(still);
            prop_assert!(least.max <= wait.max && wait.max <= most.max, "{name}");
            prop_assert!(least.mean <= wait.mean && wait.mean <= most.mean, "{name}");
        }
    }

    #[test]
    fn a_registration_goes_where_register_lands(
        zone in zone(),
        forced in forced(),
        name in select(&ENGINES[..]),
    ) {
        let engine = locate::engine(name).unwrap();
        let resolution = walked(&*engine, &zone, Method::Register);
        let got = registration(&*engine, &resolution, &carrier(), &forced, |_| None, None);
        let lands: f64 = got.moves_to().iter().map(|(_, share)| share.0).sum();
        prop_assert!((lands + got.lost.0 - 1.0).abs() < 1e-9);
        prop_assert!(got.moves <= Share::ALL && got.moves.0 >= 0.0);
        prop_assert_eq!(got.moves.is_some(), !got.within.is_zero());
        prop_assert!(got.how.refresh != Refresh::Never || !got.moves.is_some());
        // Held where it does not fail, it stays there.
        for (at, landing) in got.after.iter().enumerate().filter(|(_, landing)| !landing.fails) {
            let alone = got.after.iter().filter(|other| other.target == landing.target).count() == 1;
            let pinned = registration(&*engine, &resolution, &carrier(), &forced, |_| None, Some(&Held::at(landing.target.clone(), Confidence::Observed)));
            prop_assert!(!alone || !pinned.moves.is_some(), "{name}: {at}");
        }
    }
}
