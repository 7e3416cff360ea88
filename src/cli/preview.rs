//! `trunktop preview`

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::locate::{self, Engine};
use crate::model::{
    Carrier, Conclusion, Endpoint, Failure as Fails, Method, Outage, ProbeReport, Resolution, ResolverSpec,
};
use crate::preview::{Preview, Weakness, hits, preview, what_can_fail, worst};
use crate::report::{Foreseen, HealthUsed, preview_json, preview_text, worst_text};
use crate::sip::Roots;

use super::args::{Format, MethodArg, Options, PreviewArgs};
use super::check::probe_all;
use super::exit::{Exit, Failure};
use super::inquiry::inquire;
use super::setup::{Outside, Wanted, resolvers};
use super::{complain, say, subject};

/// Resolves, fails what is to fail, and says where calls go.
pub(super) async fn run(options: &Options, args: &PreviewArgs) -> Result<Exit, Failure> {
    if args.health && options.no_probe {
        return Err(Failure::usage("--health sends OPTIONS, and --no-probe forbids it: give one of them"));
    }
    let carrier = subject::subject(&super::saved(options).carriers, &args.what)?;
    let carrier = Wanted::of(options).apply(carrier);
    let engines = match options.engine.as_deref() {
        Some("all") => locate::engines(),
        _ => vec![subject::engine(options, &carrier)?],
    };
    let outside = Outside::open(options, Roots::system())?;
    let mut exit = Exit::OK;
    let mut probed = BTreeMap::new();
    for resolver in resolvers(options, &carrier.resolvers) {
        for engine in &engines {
            exit = exit.max(one(options, args, &outside, &carrier, (engine, &resolver), &mut probed).await?);
        }
    }
    Ok(exit)
}

/// Previews by one engine what one resolver says; what has been `probed` is not probed again.
async fn one(
    options: &Options,
    args: &PreviewArgs,
    outside: &Outside,
    carrier: &Carrier,
    (engine, resolver): (&Arc<dyn Engine>, &ResolverSpec),
    probed: &mut BTreeMap<Endpoint, ProbeReport>,
) -> Result<Exit, Failure> {
    let method = match args.method {
        MethodArg::Invite => Method::Invite,
        MethodArg::Register => Method::Register,
    };
    let resolution = inquire(outside, carrier, resolver, engine, method).await.resolution;
    if let Conclusion::DnsFailed { question, answer } = &resolution.conclusion {
        let line = format!(
            "{}: {} for {question} from {resolver}: there is no tree to preview",
            carrier.uri,
            answer.outcome.said()
        );
        // Another resolver may know more.
        return Ok(complain(&Failure::dns(line)));
    }
    // Where DNS leads nowhere, that is what there is to say, and not that nothing of it can fail.
    if resolution.conclusion == Conclusion::Found {
        known(&args.fail, &resolution, carrier)?;
    }
    let seen = if args.health { seen(outside, carrier, &resolution, probed).await } else { BTreeMap::new() };
    let of = |forced: &[Outage]| {
        preview(&**engine, &resolution, carrier, forced, |endpoint| seen.get(&endpoint).copied(), args.patience)
    };
    let health = if args.health { HealthUsed::Probed } else { HealthUsed::None };
    let before = of(&[]);
    let told = Foreseen {
        uri: &carrier.uri,
        resolver,
        engine: &**engine,
        method,
        health,
        failed: &[],
        before: &before,
        after: &before,
    };
    if args.worst {
        let each = worst(&resolution, carrier, Fails::default(), of);
        match options.format {
            Format::Text => say(&worst_text(&carrier.uri, &each, options.ink()))?,
            Format::Json => {
                let lines = each.iter().map(|Weakness { what, preview: after }| {
                    let failed = [Outage { what: what.clone(), how: Fails::default() }];
                    preview_json(&Foreseen { failed: &failed, after, ..told }) + "\n"
                });
                say(&lines.collect::<String>())?
            }
        };
        return Ok(lost(each.first().map_or(&before, |worst| &worst.preview)));
    }
    let after = of(&args.fail);
    let told = Foreseen { failed: &args.fail, after: &after, ..told };
    match options.format {
        Format::Json => say(&(preview_json(&told) + "\n"))?,
        Format::Text => say(&preview_text(&told, options.ink()))?,
    };
    Ok(lost(&after))
}

fn lost(preview: &Preview) -> Exit {
    if preview.lost.is_some() { Exit::WARNING } else { Exit::OK }
}

/// What does not hit anything is a mistake, and the answer to it is what there is.
fn known(fail: &[Outage], resolution: &Resolution, carrier: &Carrier) -> Result<(), Failure> {
    let Some(unknown) = fail.iter().find(|outage| !hits(&outage.what, resolution, carrier)) else { return Ok(()) };
    let there_is: Vec<String> = what_can_fail(resolution, carrier).iter().map(ToString::to_string).collect();
    let there_is = if there_is.is_empty() { "nothing".to_owned() } else { there_is.join(", ") };
    Err(Failure::usage(format!("{} has no {} to fail; there is: {there_is}", carrier.uri, unknown.what)))
}

/// How each endpoint fails, from one probe each. What may be our own fault is no outage.
async fn seen(
    outside: &Outside,
    carrier: &Carrier,
    resolution: &Resolution,
    probed: &mut BTreeMap<Endpoint, ProbeReport>,
) -> BTreeMap<Endpoint, Fails> {
    let all = probe_all(outside, carrier, resolution, probed).await;
    let failing = all.iter().filter(|probed| !probed.report.ours);
    failing.filter_map(|probed| Some((probed.report.endpoint, probed.report.failure()?))).collect()
}
