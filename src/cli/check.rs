//! `trunktop check`

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::locate::Engine;
use crate::model::{
    Carrier, Conclusion, Connections, Endpoint, Failure, Host, Method, Name, ProbeReport, ProbeRequest, Question,
    Rdata, RecordType, Resolution, ResolverSpec, Srv, Step, Taken, TlsReport,
};
use crate::monitor::Probe as _;
use crate::report::{Checked, Probed, Unresolved, check_json, check_text, conclusion};
use crate::sip::Roots;

use super::args::{Format, Options};
use super::exit::{Exit, Failure as Stop};
use super::inquiry::inquire;
use super::setup::{Outside, Wanted, resolvers};
use super::{Saved, say, subject};

/// How many probes are under way at once.
const AT_ONCE: usize = 64;

/// Resolves each of them, and sends one OPTIONS to each candidate.
pub(super) async fn run(options: &Options, what: &[String]) -> Result<Exit, Stop> {
    if options.no_probe {
        return Err(Stop::usage("check sends OPTIONS, and --no-probe forbids it: use resolve"));
    }
    let Saved { carriers: saved, whole } = super::saved(options);
    let (carriers, mut exit): (Vec<Carrier>, _) = if what.is_empty() {
        // A carrier that cannot be read was not checked, so not all is well.
        let wanted = Wanted::of(options);
        let saved = saved.into_iter().map(|carrier| wanted.apply(carrier)).collect();
        (saved, if whole { Exit::OK } else { Exit::WARNING })
    } else {
        (subject::subjects(options, &saved, what)?, Exit::OK)
    };
    if carriers.is_empty() {
        return Err(Stop::usage("nothing to check: name a URI, or save a carrier with `trunktop carriers add URI`"));
    }
    let carriers = subject::with_engines(options, carriers)?;
    let outside = Outside::open(options, Roots::system())?;
    for (carrier, engine) in carriers {
        let mut seen = BTreeMap::new();
        for resolver in resolvers(options, &carrier.resolvers) {
            exit = exit.max(one(options, &outside, &carrier, &engine, &resolver, &mut seen).await?);
        }
    }
    Ok(exit)
}

/// Checks what one resolver says of one carrier; what `seen` holds is not probed again.
async fn one(
    options: &Options,
    outside: &Outside,
    carrier: &Carrier,
    engine: &Arc<dyn Engine>,
    resolver: &ResolverSpec,
    seen: &mut BTreeMap<Endpoint, ProbeReport>,
) -> Result<Exit, Stop> {
    let resolution = inquire(outside, carrier, resolver, engine, Method::Invite).await.resolution;
    let probed = probe_all(outside, carrier, &resolution, seen).await;
    let checked = Checked { probed, unresolved: unresolved(&resolution) };
    match options.format {
        Format::Json => say(&(check_json(&carrier.uri, resolver, &checked) + "\n"))?,
        Format::Text => say(&(check_text(&carrier.uri, resolver, &checked, options.ink()) + "\n"))?,
    };
    Ok(exit_of(&resolution, &checked, carrier.tls.verify))
}

/// One OPTIONS to each candidate that is not in `seen`; all of them, in the order of trying.
pub(super) async fn probe_all(
    outside: &Outside,
    carrier: &Carrier,
    resolution: &Resolution,
    seen: &mut BTreeMap<Endpoint, ProbeReport>,
) -> Vec<Probed> {
    let requests: BTreeMap<Endpoint, ProbeRequest> = resolution
        .candidates()
        .filter(|candidate| !seen.contains_key(&candidate.endpoint()))
        .map(|candidate| {
            let (endpoint, target) = (candidate.endpoint(), candidate.target.host.clone());
            let uri = carrier.request_uri(resolution, candidate.tier).clone();
            let mut request = ProbeRequest::new(carrier, uri, endpoint, target, outside.patience);
            // There is no next probe that could use it.
            request.settings.connection = Connections::New;
            (endpoint, request)
        })
        .collect();
    let probes = requests.into_values().map(|request| async move { outside.probe.probe(&request).await });
    let probes: Vec<_> = probes.collect();
    let mut reports = stream::iter(probes).buffer_unordered(AT_ONCE);
    while let Some(report) = reports.next().await {
        seen.insert(report.endpoint, report);
    }
    let reported = resolution.candidates().filter_map(|candidate| {
        let report = seen.get(&candidate.endpoint())?.clone();
        Some(Probed { rank: candidate.rank, target: candidate.target.host.clone(), report })
    });
    reported.collect()
}

/// The SRV records that the walk went by.
fn gone_by(resolution: &Resolution) -> impl Iterator<Item = &Srv> {
    let steps = resolution.steps.iter().filter(|step| step.used && step.question.rtype == RecordType::Srv);
    let records = steps.filter_map(|step| Some((step, step.answer()?)));
    let taken = records.flat_map(|(step, answer)| answer.outcome.records().iter().zip(&step.taken));
    taken.filter(|(_, taken)| **taken == Taken::Yes).filter_map(|(record, _)| match &record.rdata {
        Rdata::Srv(srv) => Some(srv),
        _ => None,
    })
}

/// What the walk went by and found no address for; where it found nothing at all, the host that was dialled.
fn unresolved(resolution: &Resolution) -> Vec<Unresolved> {
    let mut missing: Vec<Unresolved> = Vec::new();
    let found = |name: &Name| resolution.candidates().any(|candidate| candidate.target.host.name() == Some(name));
    for srv in gone_by(resolution).filter(|srv| !found(&srv.target)) {
        let target = Host::Name(srv.target.clone());
        if missing.iter().all(|known| known.target != target) {
            missing.push(Unresolved { target, why: addressless(resolution, &srv.target) });
        }
    }
    if missing.is_empty()
        && let Some(why) = conclusion(resolution)
    {
        missing.push(Unresolved { target: resolution.dial.uri.target().clone(), why });
    }
    missing
}

/// What the DNS said to the questions for a target's addresses.
fn addressless(resolution: &Resolution, target: &Name) -> String {
    let asked = |rtype| Question::new(target.clone(), rtype);
    let step = |rtype| resolution.steps.iter().find(|step: &&Step| step.question == asked(rtype));
    let said = [RecordType::A, RecordType::Aaaa]
        .into_iter()
        .filter_map(|rtype| Some(format!("{rtype}: {}", step(rtype)?.now()?.outcome.said())));
    said.collect::<Vec<_>>().join(", ")
}

/// Whether a certificate that is good ends before anybody may be back from a holiday.
fn ends_very_soon(report: &ProbeReport) -> bool {
    let trusted = report.tls.as_ref().filter(|tls| tls.untrusted.is_none());
    let days = trusted.and_then(|tls| tls.days_left(report.at.wall));
    days.is_some_and(|days| days < TlsReport::VERY_SOON)
}

/// All alive; a warning; the primary tier dead; the DNS failed. A target is judged by all its addresses, what
/// may be our own fault counts for nothing where another address answers, and a tier in which every target
/// fails is dead unless that is by TLS and 503 alone.
fn exit_of(resolution: &Resolution, checked: &Checked, verify: bool) -> Exit {
    if matches!(resolution.conclusion, Conclusion::DnsFailed { .. }) {
        return Exit::DNS_FAILED;
    }
    let mut targets: BTreeMap<(usize, &Host), Vec<&ProbeReport>> = BTreeMap::new();
    for probed in &checked.probed {
        targets.entry((probed.rank, &probed.target)).or_default().push(&probed.report);
    }
    let fails = |report: &&ProbeReport| report.failure().is_some() && !report.ours;
    let soft = |report: &&ProbeReport| matches!(report.failure(), Some(Failure::Tls | Failure::Unavailable));
    let answers = |reports: &Vec<&ProbeReport>| reports.iter().any(|report| report.failure().is_none());
    let primaries: Vec<&Vec<&ProbeReport>> =
        targets.iter().filter(|((rank, _), _)| *rank == 1).map(|(_, r)| r).collect();
    let out = primaries.iter().all(|reports| !answers(reports) && reports.iter().any(fails));
    let hard =
        primaries.iter().any(|reports| reports.iter().filter(|report| fails(report)).any(|report| !soft(report)));
    let lowest = gone_by(resolution).map(|srv| srv.priority).min();
    let without = lowest.is_some_and(|lowest| resolution.tiers.first().is_none_or(|t| t.priority != Some(lowest)));
    if without || primaries.is_empty() || (out && hard) {
        return Exit::CRITICAL;
    }
    let well = |reports: &Vec<&ProbeReport>| answers(reports) && !reports.iter().any(fails);
    let ending = verify && checked.probed.iter().any(|probed| ends_very_soon(&probed.report));
    let well = checked.unresolved.is_empty() && targets.values().all(well) && !ending;
    if well { Exit::OK } else { Exit::WARNING }
}
