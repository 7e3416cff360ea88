//! Calls as an engine would send them, to see whether they land where the preview says.
//!
//! The client here knows nothing of the preview: it draws as RFC 2782 is written, sends a real OPTIONS, and
//! goes on to the next target when nothing comes. The hosts count what reached them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::UdpSocket;
use tokio::time::timeout;
use trunktop::dns::{Patience, Resolvers};
use trunktop::lab::{CarrierPlan, HostPlan, Lab};
use trunktop::locate;
use trunktop::model::{Defaults, Failure, Pop, Resolution, Target, Transport};
use trunktop::monitor::{Prefetch, SystemClock, resolve};
use trunktop::preview::preview;

/// How many calls are made.
const CALLS: u32 = 600;

/// How far the calls may stray from their chance: four standard deviations at least.
const TOLERANCE: f64 = 0.08;

/// How long the client waits for an answer, in place of the 32 s of timer F.
const PATIENCE: Duration = Duration::from_millis(800);

/// A target in the order of trying: what RFC 2782 makes of the records, for one call.
fn order(resolution: &Resolution, random: &mut StdRng) -> Vec<Target> {
    let mut order = Vec::new();
    for tier in &resolution.tiers {
        let mut left = tier.targets.clone();
        while !left.is_empty() {
            // "arrange all SRV RRs in any order, except that all those with weight 0 are placed at the
            // beginning of the list"
            left.shuffle(random);
            left.sort_by_key(|target| target.weight != Some(0));
            let weight = |target: &Target| u32::from(target.weight.unwrap_or(0));
            let number = random.random_range(0..=left.iter().map(weight).sum::<u32>());
            let mut running = 0;
            let at = left.iter().position(|target| {
                running += weight(target);
                running >= number
            });
            order.push(left.remove(at.unwrap()));
        }
    }
    order
}

/// Makes one call; tells where it landed.
async fn call(number: usize, order: Vec<Target>) -> Option<String> {
    for target in order {
        let at = SocketAddr::new(target.addresses[0].ip, target.port);
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let from = socket.local_addr().unwrap();
        let request = format!(
            "OPTIONS sip:{at} SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:test@{from}>;tag={number}\r\nTo: <sip:{at}>\r\nCall-ID: {number}@{from}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        socket.send_to(request.as_bytes(), at).await.unwrap();
        let mut buffer = [0; 2048];
        if let Ok(heard) = timeout(PATIENCE, socket.recv_from(&mut buffer)).await {
            assert!(buffer[..heard.unwrap().0].starts_with(b"SIP/2.0 200 "));
            return Some(target.host.to_string());
        }
    }
    None
}

fn plan() -> CarrierPlan {
    let weights = [("a", 10, 60), ("b", 10, 30), ("c", 10, 10), ("d", 10, 0), ("backup", 20, 100)];
    let plan = CarrierPlan::new("weighty", "sip:weighty.example");
    weights
        .iter()
        .fold(plan, |plan, (host, ..)| {
            plan.host(HostPlan::new(&format!("{host}.weighty.example")).speaks([Transport::Udp]))
        })
        .zone(&weights.iter().fold("$ORIGIN weighty.example.\n".to_owned(), |zone, (host, priority, weight)| {
            zone + &format!("_sip._udp 60 SRV {priority} {weight} udp {host}\n")
        }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_land_where_the_preview_says() {
    let lab = Lab::with([plan()]).await.unwrap();
    let carrier = lab.carriers().remove(0);
    let clock = Arc::new(SystemClock::start());
    let ask = Resolvers::new(clock.clone(), Patience::default()).unwrap();
    let dial = Defaults::default().dial(&carrier);
    let resolved = resolve(&ask, &*clock, &lab.resolver(), &dial, &locate::reference(), Prefetch::On).await;
    let resolution = resolved.resolution;
    let mut random = StdRng::seed_from_u64(2782);

    let mut dead: Vec<&str> = Vec::new();
    for kill in [&["a"][..], &["b", "c", "d"]] {
        for host in kill {
            let host = lab.host(&format!("{host}.weighty.example"))[0];
            lab.toggle(&carrier.name, &Pop(host.host().as_str().into())).unwrap();
        }
        dead.extend(kill);
        let is_dead = |host: &str| dead.iter().any(|dead| host.starts_with(&format!("{dead}.")));
        let out: Vec<SocketAddr> = lab
            .responders()
            .filter(|responder| is_dead(responder.host().as_str()))
            .filter_map(|responder| responder.at(Transport::Udp))
            .collect();
        let seen = |endpoint: trunktop::model::Endpoint| out.contains(&endpoint.at).then_some(Failure::Silent);
        let foreseen = preview(&*locate::reference(), &resolution, &carrier, &[], seen, None);

        let before: BTreeMap<String, u64> = counts(&lab);
        let orders: Vec<Vec<Target>> = (0..CALLS).map(|_| order(&resolution, &mut random)).collect();
        let calls = stream::iter(orders.into_iter().enumerate().map(|(number, order)| call(number, order)));
        let landed: Vec<Option<String>> = calls.buffer_unordered(128).collect().await;
        let reached = counts(&lab);

        for landing in &foreseen.landings {
            let host = landing.target.to_string();
            let here = landed.iter().flatten().filter(|at| **at == host).count();
            let share = f64::from(u32::try_from(here).unwrap()) / f64::from(CALLS);
            let chance = landing.odds.landing.0;
            assert!((share - chance).abs() <= TOLERANCE, "{host}: {share} of the calls, {chance} foreseen");
            if chance == 0.0 || (chance - 1.0).abs() < 1e-12 {
                assert!((share - chance).abs() < 1e-12, "{host}: what is certain is certain");
            }
            if !is_dead(&host) {
                let counted = reached[&host] - before[&host];
                assert_eq!(counted, u64::try_from(here).unwrap(), "{host} counts what it got");
            }
        }
        assert!(landed.iter().all(Option::is_some), "nothing is lost while the backup lives");
    }
}

fn counts(lab: &Lab) -> BTreeMap<String, u64> {
    lab.responders().map(|responder| (responder.host().to_string(), responder.requests())).collect()
}
