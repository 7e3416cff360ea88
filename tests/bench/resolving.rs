//! How long a tree takes behind a resolver that is 50 ms away, over real sockets; beside `sip-dig` of sofia-sip
//! (what FreeSWITCH resolves with) where it is installed; and a fleet at once beside a single carrier.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use trunktop::dns::{Patience, Resolvers};
use trunktop::locate;
use trunktop::model::{Carrier, CarrierName, Defaults, FactKind, ResolverSpec};
use trunktop::monitor::{Ask, Habits, Monitor, Ports, Prefetch, SystemClock, resolve};

use crate::Ledger;
use crate::far::{Beside, Far};
use crate::zone::Zone;

/// How far away the resolver is.
const FAR: Duration = Duration::from_millis(50);

/// The budget of a tree, in round trips.
const BUDGET: f64 = 2.2;

/// How often each is measured; the median counts.
const TIMES: usize = 15;

/// A shape that a carrier's records may have.
struct Shape {
    name: &'static str,
    zone: String,
    uris: &'static [&'static str],
    beside: Beside,
    /// Why the budget cannot be kept, where it cannot.
    beyond: Option<&'static str>,
}

const HOSTS: &str = "
    a.acme.example 60 A 192.0.2.1
    b.acme.example 60 A 192.0.2.2
";
const DUAL: &str = "
    a.acme.example 60 AAAA 2001:db8::1
    b.acme.example 60 AAAA 2001:db8::2
";
const SERVICES: &str = "
    _sip._udp.acme.example 60 SRV 10 50 5060 a.acme.example
    _sip._udp.acme.example 60 SRV 20 50 5060 b.acme.example
";
const NAPTR: &str = r#"acme.example 300 NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.acme.example"#;
const ELSEWHERE: &str = r#"
    acme.example 300 NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.hosting.test
    _sip._udp.hosting.test 60 SRV 10 50 5060 a.acme.example
"#;
const ALIAS: &str = r#"
    cust.example 90 CNAME hub.acme.example
    hub.acme.example 128 NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.cust.example
    _sip._udp.cust.example 90 CNAME _sip._udp.acme.example
"#;

fn shapes() -> Vec<Shape> {
    let shape = |name, zone: &[&str], uris, beside, beyond| Shape { name, zone: zone.concat(), uris, beside, beyond };
    let large = (0..60).fold(String::new(), |mut zone, number| {
        let _ = writeln!(zone, "_sip._udp.acme.example 60 SRV 10 5 5060 sbc{number}.acme.example");
        let _ = writeln!(zone, "sbc{number}.acme.example 60 A 10.0.0.{number}");
        zone
    });
    let acme: &[&str] = &["sip:acme.example"];
    let (small, all) = (Beside::Nothing, Beside::All);
    vec![
        shape("NAPTR, SRV, A", &[NAPTR, SERVICES, HOSTS], acme, small, None),
        shape("the same, additional section filled", &[NAPTR, SERVICES, HOSTS], acme, all, None),
        shape("dual stack", &[NAPTR, SERVICES, HOSTS, DUAL], acme, small, None),
        shape("dual stack, additional section filled", &[NAPTR, SERVICES, HOSTS, DUAL], acme, all, None),
        shape("NAPTR elsewhere, additional filled", &[ELSEWHERE, HOSTS], acme, all, None),
        shape(
            "NAPTR elsewhere",
            &[ELSEWHERE, HOSTS],
            acme,
            small,
            Some("the owner is known from the NAPTR alone, the target from its SRV alone: 3"),
        ),
        shape("SRV, A", &[SERVICES, HOSTS], acme, small, None),
        shape("A", &[HOSTS], &["sip:a.acme.example"], small, None),
        shape("port", &[HOSTS], &["sip:a.acme.example:5060"], small, None),
        shape("transport", &[SERVICES, HOSTS], &["sip:acme.example;transport=udp"], small, None),
        shape("CNAME", &[ALIAS, SERVICES, HOSTS], &["sip:cust.example"], small, None),
        shape("60 SRV records", &[&large], acme, small, Some("the answer needs TCP after a truncated one: 3")),
        shape(
            "several URIs",
            &[NAPTR, SERVICES, HOSTS],
            &["sip:acme.example", "sip:b.acme.example:5070", "sip:acme.example;transport=udp"],
            small,
            None,
        ),
    ]
}

/// Measures all of it.
pub(crate) fn measure(ledger: &mut Ledger) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for shape in shapes() {
        let (ours, theirs) = runtime.block_on(tree(&shape))?;
        let theirs = theirs.map_or_else(String::new, |trips| format!("; sip-dig {trips:.1}"));
        let said = format!("{:.2} round trips{theirs}", trips(ours));
        let budget = shape.beyond.is_none().then(|| FAR.mul_f64(BUDGET));
        let why = shape.beyond.map_or_else(String::new, |why| format!("; {why}"));
        ledger.note(&format!("tree: {}", shape.name), ours, budget, format!("{said}{why}"));
    }
    let one = runtime.block_on(fleet(1))?;
    let all = runtime.block_on(fleet(200))?;
    let ratio = all.as_secs_f64() / one.as_secs_f64();
    ledger.note("fleet: 1 carrier", one, None, String::new());
    ledger.note("fleet: 200 carriers at once", all, Some(one.mul_f64(1.5)), format!("{ratio:.2} x one"));
    Ok(())
}

fn trips(span: Duration) -> f64 {
    span.as_secs_f64() / FAR.as_secs_f64()
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or(Duration::MAX)
}

/// How long it takes; and how many round trips another program does.
async fn tree(shape: &Shape) -> io::Result<(Duration, Option<f64>)> {
    let far = Far::start(Zone::of(&shape.zone), FAR, shape.beside).await?;
    let clock = Arc::new(SystemClock::start());
    let ask = resolvers(&clock)?;
    let carrier = carrier("acme", shape.uris);
    let (dial, resolver) = (Defaults::default().dial(&carrier), ResolverSpec::Plain(far.at));
    let mut samples = Vec::new();
    for _ in 0..TIMES {
        let found = resolve(&ask, &*clock, &resolver, &dial, &locate::reference(), Prefetch::On).await;
        assert!(found.first_candidates.is_some(), "{}", shape.name);
        samples.push(found.elapsed);
    }
    // Its own time, starting included, is what it takes where nothing is far away.
    let near = Far::start(Zone::of(&shape.zone), Duration::ZERO, shape.beside).await?;
    let (there, here) = (sip_dig(far.at, shape.uris).await, sip_dig(near.at, shape.uris).await);
    let theirs = there.zip(here).map(|(there, here)| trips(there.saturating_sub(here)));
    Ok((median(samples), theirs))
}

/// How long `sip-dig` takes for one URI; none where it is not installed, finds nothing, or is not made for it.
async fn sip_dig(server: SocketAddr, uris: &[&str]) -> Option<Duration> {
    let [uri] = uris else { return None };
    let uri = (*uri).to_owned();
    let run = move || {
        let directory = tempfile::tempdir().ok()?;
        let configuration = directory.path().join("resolv.conf");
        std::fs::write(&configuration, format!("nameserver {}\nport {}\n", server.ip(), server.port())).ok()?;
        let mut samples = Vec::new();
        for _ in 0..3 {
            let began = Instant::now();
            // It ignores its own timeouts.
            let mut command = Command::new("timeout");
            command.args(["5", "sip-dig", &uri]).env("SRESOLV_CONF", &configuration).stderr(Stdio::null());
            let output = command.output().ok()?;
            let found = output.status.success() && !output.stdout.is_empty();
            samples.push(found.then(|| began.elapsed())?);
        }
        Some(median(samples))
    };
    tokio::task::spawn_blocking(run).await.ok()?
}

/// Until each of so many carriers has its first revision, from the start of a monitor that knows nothing.
async fn fleet(carriers: usize) -> io::Result<Duration> {
    let domains: Vec<String> = (0..carriers).map(|number| format!("c{number}.example")).collect();
    let zones = domains.iter().map(|domain| {
        let mut zone = format!("{domain} 300 NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.{domain}\n");
        for host in ["a", "b", "c"] {
            let _ = writeln!(zone, "_sip._udp.{domain} 60 SRV 10 50 5060 {host}.{domain}");
            let _ = writeln!(zone, "{host}.{domain} 60 A 192.0.2.1");
        }
        (domain.clone(), Zone::of(&zone))
    });
    let far = Far::of_many(zones.collect(), FAR, Beside::Nothing).await?;
    let defaults = Defaults { resolver: ResolverSpec::Plain(far.at), ..Defaults::default() };
    let mut samples = Vec::new();
    for _ in 0..5 {
        let clock = Arc::new(SystemClock::start());
        let ask: Arc<dyn Ask> = Arc::new(resolvers(&clock)?);
        let fleet = domains.iter().map(|domain| Arc::new(carrier(domain, &[&format!("sip:{domain}")]))).collect();
        let habits = Habits { defaults: defaults.clone(), ..Habits::default() };
        let (send, mut facts) = mpsc::channel(4096);
        let began = Instant::now();
        let ports = Ports { ask, probe: None, accounts: None, witness: None, clock };
        let monitor = Monitor::start(ports, habits, fleet, send);
        let mut left = carriers;
        // A revision with a failure in it is not the one that is waited for.
        while left > 0
            && let Some(fact) = facts.recv().await
        {
            let whole = matches!(&fact.kind, FactKind::Answers { answers, .. } if answers.iter().all(|a| a.outcome.is_answer()));
            left -= usize::from(whole);
        }
        samples.push(began.elapsed());
        drop(monitor);
    }
    Ok(median(samples))
}

fn resolvers(clock: &Arc<SystemClock>) -> io::Result<Resolvers> {
    Resolvers::new(clock.clone(), Patience::default()).map_err(io::Error::other)
}

fn carrier(name: &str, uris: &[&str]) -> Carrier {
    let mut uris = uris.iter().map(|uri| uri.parse().unwrap_or_else(|why| unreachable!("{uri}: {why}")));
    let name = CarrierName::new(name).unwrap_or_else(|why| unreachable!("{name}: {why}"));
    let mut carrier = Carrier::new(name, uris.next().unwrap_or_else(|| unreachable!("a shape has a URI")));
    carrier.more_uris = uris.collect();
    carrier
}
