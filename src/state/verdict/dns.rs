//! The DNS: questions that fail, answers that lead nowhere, and what the walk could do without.

use std::collections::BTreeSet;

use crate::model::{Answer, Conclusion, Moment, Name, Outcome, Read, RecordType, ResolverSpec, Step, Taken};
use crate::state::carrier::{CarrierState, Published};

use super::targets::{self, Target};
use super::{Context, Level, Verdict, words};

/// The verdict where DNS is the trouble.
pub(super) fn verdict(carrier: &CarrierState, context: &Context<'_>) -> Option<Verdict> {
    let Some(published) = &carrier.published else { return Some(Verdict::waiting()) };
    let steps = &published.drawn.steps;
    let stale: Vec<(&Answer, &Answer)> = (0..steps.len())
        .filter(|&at| matters(steps, at))
        .filter_map(|at| match &steps[at].read {
            Read::LastGood { answer, failed } => Some((answer.as_ref(), failed.as_ref())),
            _ => None,
        })
        .collect();
    if let Some((_, failed)) = stale.first() {
        let mut said = failure(carrier, failed, context);
        said.push_str(&shown(published, &stale, context));
        if carrier.heard_since_sleep() {
            said.push_str(targets_words(&targets::of(carrier)).as_str());
        }
        return Some(Verdict::new(Level::Dns, said));
    }
    match &published.drawn.conclusion {
        Conclusion::DnsFailed { question, answer } => {
            let said = format!("{} for {question}, and no earlier answer to go by", failure(carrier, answer, context));
            Some(Verdict::new(Level::Dns, said))
        }
        Conclusion::Nowhere(why) => Some(Verdict::new(Level::Down, format!("DNS leads nowhere: {why}"))),
        Conclusion::Found => None,
    }
}

/// Whether the walk turned on this step: the SRV records of a transport that comes after the one that is
/// used for the same URI do not matter, nor do addresses that the host never had.
fn matters(steps: &[Step], at: usize) -> bool {
    let step = &steps[at];
    match step.question.rtype {
        RecordType::Naptr => true,
        RecordType::Srv => {
            let of_uri = steps[..at].iter().filter(|earlier| earlier.uri == step.uri);
            !of_uri.into_iter().any(|earlier| earlier.used && earlier.question.rtype == RecordType::Srv)
        }
        RecordType::A | RecordType::Aaaa => step.used,
    }
}

/// What fails, whose, since when.
fn failure(carrier: &CarrierState, failed: &Answer, context: &Context<'_>) -> String {
    let since = carrier.failing.get(failed.outcome.word()).copied();
    let since = context.clock(since.unwrap_or(failed.at));
    let from = match &failed.resolver {
        ResolverSpec::System => "the system's resolver".to_owned(),
        named => named.to_string(),
    };
    match &failed.outcome {
        Outcome::Timeout => format!("no answer from {from} since {since}"),
        Outcome::Other(what) => format!("no usable answer from {from} since {since} ({what})"),
        outcome => format!("{} from {from} since {since}", outcome.said()),
    }
}

/// What is shown in place of the answers that do not come, and how long it may be believed.
fn shown(published: &Published, stale: &[(&Answer, &Answer)], context: &Context<'_>) -> String {
    let oldest = stale.iter().map(|(answer, _)| answer.at).min().unwrap_or(context.now);
    let end: Option<Moment> = stale.iter().map(|(answer, _)| answer.expires().unwrap_or(answer.at)).min();
    let end = end.unwrap_or(context.now);
    let said = format!("; showing answers {} old", words::span(context.now.since(oldest)));
    let fails = !matches!(published.resolution.conclusion, Conclusion::Found);
    if fails {
        let engine = words::engine_name(&published.resolution.engine);
        format!("{said}, expired at {}: as {engine}, calls fail now", context.clock(end))
    } else if end <= context.now {
        format!("{said}, expired at {}", context.clock(end))
    } else {
        format!("{said}, valid until {}", context.clock(end))
    }
}

fn targets_words(targets: &[Target<'_>]) -> String {
    let (alive, all) = (targets.iter().filter(|target| target.answers()).count(), targets.len());
    match alive {
        0 if targets.iter().any(Target::is_out) => "; no target answers".to_owned(),
        0 => String::new(),
        _ if alive == all => "; targets still UP".to_owned(),
        _ => format!("; {alive} of {all} targets answer"),
    }
}

/// What DNS leaves open, or leaves out, while calls have somewhere to go.
pub(super) fn note(carrier: &CarrierState) -> Option<String> {
    let drawn = &carrier.published.as_ref()?.drawn;
    let open = drawn.steps.iter().find_map(|step| match (&step.read, step.question.rtype) {
        (Read::Nothing(failed), RecordType::A | RecordType::Aaaa) => Some((step, failed)),
        _ => None,
    });
    if let Some((step, failed)) = open {
        return Some(format!("{} for {}: there may be more addresses", failed.outcome.said(), step.question));
    }
    let found: BTreeSet<&Name> = drawn.candidates().filter_map(|candidate| candidate.target.host.name()).collect();
    let used = drawn.steps.iter().filter(|step| step.used && step.question.rtype == RecordType::Srv);
    // For what a record names that is not taken, nobody asks.
    let taken = |step: &Step, at: usize| !matches!(step.taken.get(at), Some(Taken::No { .. }));
    let named = used.filter_map(|step| Some((step, step.answer()?.outcome.records()))).flat_map(|(step, records)| {
        records.iter().enumerate().filter(move |(at, _)| taken(step, *at)).map(|(_, record)| record)
    });
    let mut missing: Vec<String> = Vec::new();
    for record in named {
        if let Some(srv) = record.rdata.srv()
            && !srv.target.is_root()
            && !found.contains(&srv.target)
            && !missing.iter().any(|known| known == srv.target.as_str())
        {
            missing.push(srv.target.to_string());
        }
    }
    let verb = if missing.len() == 1 { "has" } else { "have" };
    words::list(&missing).map(|who| format!("{who} {verb} no address in DNS"))
}
