//! Calls as engines would send them, to see whether they land where the preview says, and wait as long.
//!
//! The clients here know nothing of the preview, nor of the walks: `stacks` is written from the engines' sources and from
//! what was measured on them, `client` sends real OPTIONS and INVITEs over loopback sockets, with timers divided by 100.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use trunktop::dns::{Patience, Resolvers};
use trunktop::lab::{Behaviour, CarrierPlan, HostPlan, Lab};
use trunktop::locate::{self, Engine};
use trunktop::model::{Carrier, Defaults, Dial, Endpoint, Failure, Method, Resolution, Share, Transport};
use trunktop::monitor::{Prefetch, SystemClock, resolve};
use trunktop::preview::{Phase, Preview, When, preview};

use client::{Call, Client};
use stacks::{ALL, Calls, FreeSwitch, Stack};

pub(super) mod client;
pub(super) mod stacks;

/// How far a share may stray by chance, in standard deviations. Seeds are fixed: what passes once passes again.
const DEVIATIONS: f64 = 4.0;

/// What a call may take beyond its timers: this machine has other things to do.
const SLACK: Duration = Duration::from_secs(1);

const DOMAIN: &str = "weighty.example";

/// The hosts, by priority and weight, in the order of the answer.
const HOSTS: [(&str, u16, u16); 5] = [("a", 10, 60), ("b", 10, 30), ("z", 10, 0), ("c", 10, 10), ("backup", 20, 100)];

/// A trouble: who behaves how, what the preview is told of it, what is called, and how often.
struct Trouble {
    hosts: &'static [&'static str],
    behaves: Behaviour,
    fails: Failure,
    calls: Calls,
    count: u32,
}

const BUSY: Behaviour = Behaviour::Status(503, "Service Unavailable");

const TROUBLES: &[Trouble] = &[
    Trouble { hosts: &[], behaves: Behaviour::Answer, fails: Failure::Silent, calls: Calls::Options, count: 1200 },
    Trouble { hosts: &["a"], behaves: Behaviour::Silent, fails: Failure::Silent, calls: Calls::Options, count: 600 },
    Trouble { hosts: &["b"], behaves: Behaviour::Silent, fails: Failure::Silent, calls: Calls::Invite, count: 600 },
    Trouble { hosts: &["a"], behaves: Behaviour::Refuse, fails: Failure::Refused, calls: Calls::Options, count: 600 },
    Trouble { hosts: &["a", "c"], behaves: BUSY, fails: Failure::Unavailable, calls: Calls::Options, count: 1000 },
    // OPTIONS are answered there.
    Trouble {
        hosts: &["b"],
        behaves: Behaviour::Drain,
        fails: Failure::Unavailable,
        calls: Calls::Invite,
        count: 1000,
    },
    Trouble { hosts: &["b"], behaves: Behaviour::Trying, fails: Failure::Trying, calls: Calls::Options, count: 400 },
    Trouble { hosts: &["c"], behaves: Behaviour::Trying, fails: Failure::Trying, calls: Calls::Invite, count: 400 },
    Trouble {
        hosts: &["a", "b", "z", "c"],
        behaves: Behaviour::Silent,
        fails: Failure::Silent,
        calls: Calls::Invite,
        count: 96,
    },
    Trouble {
        hosts: &["a", "b", "z", "c"],
        behaves: Behaviour::Refuse,
        fails: Failure::Refused,
        calls: Calls::Options,
        count: 96,
    },
    Trouble {
        hosts: &["a", "b", "z", "c", "backup"],
        behaves: BUSY,
        fails: Failure::Unavailable,
        calls: Calls::Options,
        count: 96,
    },
];

/// A lab of one carrier, and how to ask it.
struct Scene {
    lab: Lab,
    carrier: Carrier,
    clock: Arc<SystemClock>,
    ask: Resolvers,
}

impl Scene {
    async fn start() -> Self {
        let plan = HOSTS.iter().fold(CarrierPlan::new("weighty", "sip:weighty.example"), |plan, (host, ..)| {
            plan.host(HostPlan::new(&format!("{host}.{DOMAIN}")).speaks([Transport::Udp]))
        });
        let zone = HOSTS.iter().fold(format!("$ORIGIN {DOMAIN}.\n"), |zone, (host, priority, weight)| {
            zone + &format!("_sip._udp 60 SRV {priority} {weight} udp {host}\n")
        });
        let lab = Lab::with([plan.zone(&zone)]).await.unwrap();
        let clock = Arc::new(SystemClock::start());
        let ask = Resolvers::new(clock.clone(), Patience::default()).unwrap();
        Self { carrier: lab.carriers().remove(0), lab, clock, ask }
    }

    async fn client(&self, stack: &'static dyn Stack) -> Client<'static> {
        Client::new(stack, DOMAIN, &self.ask, &self.lab.resolver()).await
    }

    async fn resolution(&self, engine: &Arc<dyn Engine>, calls: Calls) -> Resolution {
        // An OPTIONS has the timers of any request that is no INVITE.
        let method = if calls == Calls::Invite { Method::Invite } else { Method::Register };
        let dial = Dial { method, ..Defaults::default().dial(&self.carrier) };
        resolve(&self.ask, &*self.clock, &self.lab.resolver(), &dial, engine, Prefetch::On).await.resolution
    }

    /// What the preview says when these hosts fail.
    fn foreseen(&self, engine: &dyn Engine, resolution: &Resolution, hosts: &[&str], how: Failure) -> Preview {
        let out: Vec<_> = hosts
            .iter()
            .flat_map(|host| self.lab.host(&format!("{host}.{DOMAIN}")))
            .filter_map(|responder| responder.at(Transport::Udp))
            .collect();
        let seen = |endpoint: Endpoint| out.contains(&endpoint.at).then_some(how);
        preview(engine, resolution, &self.carrier, &[], seen, None)
    }

    async fn behave(&self, hosts: &[&str], behaviour: Behaviour) {
        for host in hosts {
            self.lab.behave(&format!("{host}.{DOMAIN}"), behaviour).await.unwrap();
        }
    }
}

/// The engine of a stack.
fn engine(stack: &dyn Stack) -> Arc<dyn Engine> {
    locate::engine(stack.name()).unwrap()
}

/// What calls are said to do, and how they are held against it.
pub(super) struct Said {
    what: String,
    landings: BTreeMap<String, Share>,
    lost: Share,
    waiting: Share,
    mean: Duration,
    max: Duration,
}

impl Said {
    pub(super) fn now(what: String, preview: &Preview) -> Self {
        assert!(preview.exact, "{what}");
        Self {
            what,
            landings: preview.landings.iter().map(|l| (l.target.to_string(), l.odds.landing)).collect(),
            lost: preview.lost,
            waiting: preview.wait.share,
            mean: preview.wait.mean,
            max: preview.wait.max,
        }
    }

    fn in_phase(what: &str, preview: &Preview, phase: &Phase) -> Self {
        let hosts = preview.landings.iter().map(|landing| landing.target.to_string());
        Self {
            what: format!("{what}, {}", phase.when.word()),
            landings: hosts.zip(phase.landings.iter().copied()).collect(),
            lost: phase.lost,
            waiting: phase.wait.share,
            mean: phase.wait.mean,
            max: phase.wait.max,
        }
    }

    /// Holds calls against it: no share strays further than chance may take it, and what is certain is certain.
    pub(super) fn holds_for(&self, calls: &[Call]) {
        let all = number(calls.len());
        let close = |named: &str, count: usize, said: Share| {
            let (seen, chance) = (number(count) / all, said.0);
            let stray = DEVIATIONS * (chance * (1.0 - chance) / all).max(0.0).sqrt();
            assert!((seen - chance).abs() <= stray + 1e-9, "{}: {named} {seen}, {chance} foreseen", self.what);
        };
        close("lost", calls.iter().filter(|call| call.landed.is_none()).count(), self.lost);
        for (host, share) in &self.landings {
            close(host, calls.iter().filter(|call| call.landed.as_ref() == Some(host)).count(), *share);
        }
        let landed: Vec<&Call> = calls.iter().filter(|call| call.landed.is_some()).collect();
        close("waiting", landed.iter().filter(|call| call.waited > 0).count(), self.waiting);
        if !landed.is_empty() {
            let mean = landed.iter().map(|call| f64::from(call.waited)).sum::<f64>() / number(landed.len());
            // No figure between 0 and the longest varies by more than half of that.
            let stray = DEVIATIONS * self.max.as_secs_f64() / 2.0 / number(landed.len()).sqrt();
            let said = self.mean.as_secs_f64();
            assert!((mean - said).abs() <= stray + 1e-9, "{}: {mean} s waited, {said} s foreseen", self.what);
            let longest = landed.iter().map(|call| u64::from(call.waited)).max().unwrap();
            assert!(longest <= self.max.as_secs(), "{}: {longest} s waited, {:?} foreseen", self.what, self.max);
        }
        let late = |call: &Call| call.took.saturating_sub(Duration::from_millis(u64::from(call.waited) * 10));
        let mean_late = calls.iter().map(late).sum::<Duration>() / u32::try_from(calls.len()).unwrap();
        assert!(mean_late < SLACK, "{}: calls take {mean_late:?} more than their timers", self.what);
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_land_where_the_preview_says() {
    let scene = Scene::start().await;
    for (number, trouble) in TROUBLES.iter().enumerate() {
        scene.behave(trouble.hosts, trouble.behaves).await;
        let scene = &scene;
        join_all(ALL.into_iter().map(async |stack| {
            let engine = engine(stack);
            let what = format!("{} with {:?} {:?}, {:?}", stack.name(), trouble.hosts, trouble.behaves, trouble.calls);
            let resolution = scene.resolution(&engine, trouble.calls).await;
            let foreseen = scene.foreseen(&*engine, &resolution, trouble.hosts, trouble.fails);
            let calls = scene.client(stack).await.call(trouble.calls, trouble.count, number as u64).await;
            Said::now(what, &foreseen).holds_for(&calls);
        }))
        .await;
        scene.behave(trouble.hosts, Behaviour::Answer).await;
    }
}

/// Of an engine that remembers, each time of an outage in its turn; it is its own clock that moves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_is_kept_from_calls_as_the_preview_says() {
    let stack: &dyn Stack = &FreeSwitch;
    let engine = engine(stack);
    let scene = Scene::start().await;
    let resolution = scene.resolution(&engine, Calls::Options).await;
    for (how, behaves) in [(Failure::Silent, Behaviour::Silent), (Failure::Unavailable, BUSY)] {
        let foreseen = scene.foreseen(&*engine, &resolution, &["a"], how);
        let mut client = scene.client(stack).await;
        scene.behave(&["a"], behaves).await;
        let span = stack.remembers().unwrap();
        for (when, passed) in [(When::AtOnce, 0), (When::Known, 0), (When::Known, span - 1), (When::Expired, 1)] {
            client.later(passed);
            let phase = foreseen.phases.iter().find(|phase| phase.when == when).unwrap();
            let calls = client.call(Calls::Options, 600, 1).await;
            Said::in_phase(&format!("{} with {how:?}", stack.name()), &foreseen, phase).holds_for(&calls);
        }
        scene.behave(&["a"], Behaviour::Answer).await;
        // It is back, and kept from calls for as long as it is remembered.
        let calls = client.call(Calls::Options, 600, 2).await;
        assert!(calls.iter().all(|call| call.landed.as_deref() != Some("a.weighty.example")), "{how:?}");
        client.later(span);
        let calls = client.call(Calls::Options, 600, 3).await;
        let well = scene.foreseen(&*engine, &resolution, &[], how);
        Said::now(format!("{} after {how:?}", stack.name()), &well).holds_for(&calls);
    }
}
