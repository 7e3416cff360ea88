//! `trunktop check`

use futures_util::{StreamExt as _, stream};

use crate::model::{Carrier, Conclusion, Method, ProbeRequest, Resolution};
use crate::monitor::Probe as _;
use crate::report::{Checked, check_json, check_text};
use crate::sip::Roots;

use super::args::{Format, Options};
use super::exit::{Exit, Failure};
use super::inquiry::inquire;
use super::setup::{Outside, resolvers};
use super::{say, subject};

/// How many probes are under way at once.
const AT_ONCE: usize = 64;

/// Resolves each of them, and sends one OPTIONS to each candidate.
pub(super) async fn run(options: &Options, what: &[String]) -> Result<Exit, Failure> {
    if options.no_probe {
        return Err(Failure::usage("check sends OPTIONS, and --no-probe forbids it: use resolve"));
    }
    let saved = super::saved(options);
    let carriers = if what.is_empty() { saved } else { subject::subjects(&saved, what)? };
    if carriers.is_empty() {
        return Err(Failure::usage("nothing to check: name a URI, or save a carrier with `trunktop carriers add URI`"));
    }
    let outside = Outside::open(options, Roots::system())?;
    let mut exit = Exit::OK;
    for carrier in carriers {
        let engine = subject::engine(options, &carrier)?;
        let server = resolvers(options, &carrier.resolvers).swap_remove(0);
        let resolved = inquire(&outside, &carrier, &server, engine, Method::Invite).await;
        let checked = probe_all(&outside, &carrier, &resolved.resolution).await;
        match options.format {
            Format::Json => say(&(check_json(&carrier.uri, &checked) + "\n"))?,
            Format::Text => {
                say(&check_text(&carrier.uri, &checked, options.ink()))?;
                match &resolved.resolution.conclusion {
                    Conclusion::Found => say("\n")?,
                    Conclusion::Nowhere(why) => say(&format!("no candidates: {why}\n\n"))?,
                    Conclusion::DnsFailed { question, answer } => {
                        say(&format!("DNS failed: {} for {question}\n\n", answer.outcome.said()))?
                    }
                }
            }
        };
        exit = exit.max(exit_of(&resolved.resolution, &checked));
    }
    Ok(exit)
}

/// One OPTIONS to each candidate, in the order of the candidates.
pub(super) async fn probe_all(outside: &Outside, carrier: &Carrier, resolution: &Resolution) -> Vec<Checked> {
    let probes = resolution.candidates().map(|candidate| {
        let request = ProbeRequest {
            endpoint: candidate.endpoint(),
            target: candidate.target.host.clone(),
            uri: carrier.uri.clone(),
            local: carrier.local,
            tls: carrier.tls.clone(),
            patience: outside.patience,
        };
        let (rank, target) = (candidate.rank, candidate.target.host.clone());
        async move { Checked { rank, target, report: outside.probe.probe(&request).await } }
    });
    let probes: Vec<_> = probes.collect();
    stream::iter(probes).buffered(AT_ONCE).collect().await
}

/// All alive; part of them, or the backup, dead; the primary tier dead; the DNS failed.
fn exit_of(resolution: &Resolution, checked: &[Checked]) -> Exit {
    if matches!(resolution.conclusion, Conclusion::DnsFailed { .. }) {
        return Exit::DNS_FAILED;
    }
    let dead = |checked: &Checked| checked.report.failure().is_some();
    if checked.iter().filter(|checked| checked.rank == 1).all(dead) {
        return Exit::CRITICAL;
    }
    if checked.iter().any(dead) { Exit::WARNING } else { Exit::OK }
}
