//! Probing at its bounds, over real sockets: ten thousand targets at the usual interval, and as many OPTIONS as a core
//! can do, beside `sipp` where it is installed (Debian's sip-tester).
//!
//! Who answers is this program once more, in a process of its own: what it costs is not what is measured. It says in
//! each answer how long it kept the request, so that the error of a round trip is known.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use trunktop::model::{
    Answer, Answers, Carrier, CarrierName, Endpoint, FactKind, Moment, Outcome, ProbeReport, ProbeRequest, ProbeResult,
    Question, ResolverSpec, SipUri, Transport, Wire,
};
use trunktop::monitor::{Ask, Habits, Monitor, Ports, Probe as _, SystemClock};
use trunktop::sip::{Prober, Roots, raise_descriptors};
use trunktop::state::{Options, State};

use crate::Ledger;

mod answering;

pub(crate) use answering::{ANSWERS, answer};

/// A fleet as large as any.
const CARRIERS: u16 = 1000;
const TARGETS: u16 = 10;

/// How long it is watched when all of it is known.
const WATCHED: Duration = Duration::from_secs(62);

/// What the answering process adds to each round trip.
const DELAY: Duration = Duration::from_millis(20);

/// How many OPTIONS are sent at once, and in all, for the rate.
const AT_ONCE: u16 = 64;
const OPTIONS: u32 = 128_000;

/// Measures both, or what the command line asks for.
pub(crate) fn measure(ledger: &mut Ledger) -> io::Result<()> {
    raise_descriptors();
    if crate::wanted("probing: rate") {
        rate(ledger)?;
    }
    if crate::wanted("probing: fleet") {
        fleet(ledger)?;
    }
    Ok(())
}

/// Another process that answers; it ends with this.
struct Answering(Child, SocketAddrV4);

impl Drop for Answering {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Answering {
    /// Which keeps each request for so long.
    fn start(delay: Duration) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.env(ANSWERS, delay.as_micros().to_string()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        BufReader::new(out).read_line(&mut line)?;
        let at = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self(child, at))
    }

    /// The address of one of its sockets.
    fn at(&self, nth: u16) -> SocketAddr {
        let [.., low] = (nth % answering::SOCKETS).to_be_bytes();
        SocketAddrV4::new(Ipv4Addr::new(127, 0, 1, low), self.1.port()).into()
    }
}

/// Time that this process (user and system) has had a core, and the same of its children that have ended.
fn cpu() -> io::Result<(Duration, Duration)> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<u64> = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.split(' ').skip(11).take(4).filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    let [user, system, of_children, system_of_children] = fields[..] else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    // The kernel counts in hundredths of a second, whatever it runs on.
    let ticks = |ticks: u64| Duration::from_millis(ticks * 10);
    Ok((ticks(user + system), ticks(of_children + system_of_children)))
}

/// Memory of this process, in MB.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024)
}

/// There is nothing to ask: the URIs are addresses.
struct Nobody;

#[async_trait]
impl Ask for Nobody {
    async fn ask(&self, resolver: &ResolverSpec, question: &Question) -> Answers {
        let at = Moment { mono: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
        let (question, outcome, elapsed) = (question.clone(), Outcome::NoData(None), Duration::ZERO);
        let resolver = resolver.clone();
        Answer { question, outcome, chain: Vec::new(), resolver, wire: Wire::Udp, at, elapsed, queries: 1 }.into()
    }
}

fn uri(at: SocketAddr) -> SipUri {
    let raw = format!("sip:{at};transport=udp");
    raw.parse().unwrap_or_else(|why| unreachable!("{raw}: {why}"))
}

fn carrier(number: u16, answering: &Answering) -> Carrier {
    let mut uris = (0..TARGETS).map(|nth| uri(answering.at(number * TARGETS + nth)));
    let name = CarrierName::new(&format!("c{number}")).unwrap_or_else(|why| unreachable!("{why}"));
    let first = uris.next().unwrap_or_else(|| unreachable!("a carrier has targets"));
    Carrier { more_uris: uris.collect(), ..Carrier::new(name, first) }
}

/// How far a round trip is from the time that the request was kept.
fn error(report: &ProbeReport) -> Option<Duration> {
    let response = report.response.as_ref()?;
    let kept = response.server.as_ref()?.as_str().parse().map(Duration::from_micros).ok()?;
    Some(response.rtt.abs_diff(kept))
}

/// What the watched time has shown.
#[derive(Default)]
struct Seen {
    errors: Vec<Duration>,
    late: Vec<Duration>,
    missed: usize,
    last: BTreeMap<(CarrierName, Endpoint), Moment>,
}

impl Seen {
    fn take(&mut self, carrier: &CarrierName, report: &ProbeReport, interval: Duration, counts: bool) {
        let before = self.last.insert((carrier.clone(), report.endpoint), report.at);
        if !counts {
            return;
        }
        self.missed += usize::from(report.result != ProbeResult::Ok);
        self.errors.extend(error(report));
        self.late.extend(before.map(|before| report.at.since(before).saturating_sub(interval)));
    }
}

/// The whole program without its screen: monitor, prober, and the state that takes all of it in.
fn fleet(ledger: &mut Ledger) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let answering = Answering::start(DELAY)?;
    let carriers: Vec<Arc<Carrier>> = (0..CARRIERS).map(|number| Arc::new(carrier(number, &answering))).collect();
    let habits = Habits::default();
    let interval = habits.defaults.interval;
    let all = usize::from(CARRIERS) * usize::from(TARGETS);
    let before = resident()?;
    let (mut seen, cpu, memory) = runtime.block_on(async {
        let clock = Arc::new(SystemClock::start());
        let probe = Prober::new(clock.clone(), Roots::system_and([]));
        let ports = Ports { ask: Arc::new(Nobody), probe: Some(Arc::new(probe)), accounts: None, witness: None, clock };
        let (sender, mut facts) = mpsc::channel(1024);
        let _monitor = Monitor::start(ports, habits, carriers, sender);
        let (mut state, mut seen) = (State::new(Options::default()), Seen::default());
        let mut until: Option<(Instant, Duration)> = None;
        loop {
            let end = until.map_or_else(|| Instant::now() + WATCHED, |(end, _)| end);
            let Ok(Some(fact)) = timeout_at(end, facts.recv()).await else { break };
            if let FactKind::Probe { carrier, report, .. } = &fact.kind {
                seen.take(carrier, report, interval, until.is_some());
                // The first round goes out in a queue; what is watched begins after it.
                if until.is_none() && seen.last.len() == all {
                    until = Some((Instant::now() + WATCHED, self::cpu()?.0));
                }
            }
            state.apply(&fact);
        }
        let (end, from) = until.ok_or(io::ErrorKind::TimedOut)?;
        let spent = self::cpu()?.0.saturating_sub(from);
        let took = WATCHED + (Instant::now() - end);
        Ok::<_, io::Error>((seen, spent.as_secs_f64() / took.as_secs_f64(), resident()?))
    })?;
    seen.errors.sort_unstable();
    seen.late.sort_unstable();
    let at = |sorted: &[Duration], part: usize| {
        sorted.get(sorted.len().saturating_sub(1) * part / 100).copied().unwrap_or(Duration::MAX)
    };
    let probes = seen.errors.len();
    // Of one second of one core.
    let share = Duration::from_secs(1).mul_f64(cpu);
    let said = format!("{:.1} % of a core, {probes} probes in {} s", cpu * 100.0, WATCHED.as_secs());
    ledger.note("probing: 10,000 UDP targets at 30 s, a second", share, Some(Duration::from_millis(150)), said);
    let said = format!("median {:.0?}, of {DELAY:?}; {} missed", at(&seen.errors, 50), seen.missed);
    ledger.note("  error of the round trip, 99 %", at(&seen.errors, 99), Some(Duration::from_micros(500)), said);
    let said = format!("99 % {:.0?}", at(&seen.late, 99));
    ledger.note("  the latest probe", at(&seen.late, 100), Some(Duration::from_secs(1)), said);
    let verdict = if memory <= 150 { "within" } else { "OVER" };
    ledger.say(format!("  memory: {memory} MB, {verdict} 150 MB; {before} MB before"));
    Ok(())
}

/// OPTIONS and their answers for each second of a core, ours and those of sipp, to the same process. Both have as many
/// under way at once, in messages of the same length; ours are probes of as many targets, theirs calls to one.
fn rate(ledger: &mut Ledger) -> io::Result<()> {
    let answering = Answering::start(Duration::ZERO)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turns, so that what else the machine does hurts both.
    for _ in 0..5 {
        ours.push(burst(&answering)?);
        // Its start and end are no part of an OPTIONS.
        let from = cpu()?.1;
        if sipp(answering.at(0), 1)? {
            let idle = cpu()?.1;
            sipp(answering.at(0), OPTIONS)?;
            theirs.push(per_second((cpu()?.1 + from).saturating_sub(idle * 2)));
        }
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied()
    };
    let one = |rate: f64| Duration::from_secs_f64(1.0 / rate.max(1.0));
    let (ours, theirs) = (median(&mut ours).unwrap_or_default(), median(&mut theirs));
    let said = match theirs {
        Some(theirs) => format!("{ours:.0} a second of a core; sipp {theirs:.0}: {:.2} of it", ours / theirs),
        None => format!("{ours:.0} a second of a core; sipp is not installed (Debian's sip-tester): not compared"),
    };
    ledger.note("probing: one OPTIONS, in time of a core", one(ours), theirs.map(one), said);
    Ok(())
}

fn per_second(cpu: Duration) -> f64 {
    f64::from(OPTIONS) / cpu.as_secs_f64().max(0.01)
}

/// So many OPTIONS in all; how many a second of a core. Like sipp it has one thread.
fn burst(answering: &Answering) -> io::Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let prober = Arc::new(Prober::new(Arc::new(SystemClock::start()), Roots::system_and([])));
    let from = cpu()?.0;
    let answered = runtime.block_on(async {
        let mut targets = JoinSet::new();
        for nth in 0..AT_ONCE {
            targets.spawn(target(prober.clone(), answering.at(nth)));
        }
        targets.join_all().await.iter().sum::<u32>()
    });
    if answered < OPTIONS {
        return Err(io::Error::other(format!("{} of {OPTIONS} OPTIONS were not answered", OPTIONS - answered)));
    }
    Ok(per_second(cpu()?.0.saturating_sub(from)))
}

/// One probe after the other; how many were answered.
async fn target(prober: Arc<Prober>, at: SocketAddr) -> u32 {
    let carrier = Carrier::new(CarrierName::new("a").unwrap_or_else(|why| unreachable!("{why}")), uri(at));
    let (endpoint, host) = (Endpoint { transport: Transport::Udp, at }, carrier.uri.host.clone());
    let request = ProbeRequest::new(&carrier, carrier.uri.clone(), endpoint, host, Duration::from_secs(5));
    let mut answered = 0;
    for _ in 0..OPTIONS / u32::from(AT_ONCE) {
        answered += u32::from(prober.probe(&request).await.result == ProbeResult::Ok);
    }
    answered
}

/// A call of sipp that is what our probe is.
const SCENARIO: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="options">
<send retrans="500"><![CDATA[

OPTIONS sip:[remote_ip]:[remote_port];transport=udp SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]-0123456789abcdef
Max-Forwards: 70
From: <sip:trunktop@[remote_ip]>;tag=[pid]t[call_number]-0123456789abcdef
To: <sip:[remote_ip]>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Contact: <sip:trunktop@[local_ip]:[local_port];transport=udp>
Accept: application/sdp
User-Agent: trunktop/0.1.0
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"#;

/// So many by sipp; whether it is there and did all of them.
fn sipp(at: SocketAddr, count: u32) -> io::Result<bool> {
    let files = tempfile::tempdir()?;
    let scenario = files.path().join("options.xml");
    fs::write(&scenario, SCENARIO)?;
    let (count, at_once) = (count.to_string(), AT_ONCE.to_string());
    let ran = Command::new("sipp")
        .args(["-sf", &scenario.to_string_lossy(), "-m", &count, "-l", &at_once, "-r", "100000", "-i", "127.0.0.1"])
        .args(["-cid_str", "0123456789abcdef-%u-%p@%s", "-nostdin", "-nd", &at.to_string()])
        .current_dir(files.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match ran {
        Ok(status) if status.success() => Ok(true),
        Ok(status) => Err(io::Error::other(format!("sipp failed: {status}"))),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(why),
    }
}
