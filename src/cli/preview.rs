//! `trunktop preview`

mod engines;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::locate::{self, Walk};
use crate::model::{
    Carrier, Conclusion, Dial, Endpoint, Failure as Fails, Method, Outage, ProbeReport, Reading, Resolution,
    ResolverSpec, What,
};
use crate::monitor::{Prefetch, Surveyed, survey};
use crate::preview::{
    Compared, Outcome, Preview, Weakness, beyond, compare, hits, preview, registration, what_can_fail, worst,
};
use crate::report::{
    Asked, Foreseen, HealthUsed, Outlook, WorstOf, compared_text, preview_json, preview_text, worst_of_each_text,
    worst_text,
};
use crate::sip::Roots;

use super::args::{Format, MethodArg, Options, PreviewArgs};
use super::check::probe_all;
use super::exit::{Exit, Failure};
use super::setup::{Outside, Wanted, resolvers};
use super::{complain, say, subject};

use engines::Engines;

/// Resolves, fails what is to fail, and says where calls go.
pub(super) async fn run(options: &Options, args: &PreviewArgs) -> Result<Exit, Failure> {
    if args.health && options.no_probe {
        return Err(Failure::usage("--health sends OPTIONS, and --no-probe forbids it: give one of them"));
    }
    let saved = subject::subject(&super::saved(options).carriers, &args.what)?;
    let engines = Engines::wanted(options, &saved)?;
    let carrier = Wanted::of(options).apply(saved);
    let desk =
        Desk { options, args, carrier: &carrier, engines: &engines, outside: Outside::open(options, Roots::system())? };
    let mut exit = Exit::OK;
    let mut probed = BTreeMap::new();
    for resolver in resolvers(options, &carrier.resolvers) {
        exit = exit.max(desk.one(&resolver, &mut probed).await?);
    }
    Ok(exit)
}

/// What a preview is made with.
struct Desk<'d> {
    options: &'d Options,
    args: &'d PreviewArgs,
    carrier: &'d Carrier,
    engines: &'d Engines,
    outside: Outside,
}

/// What one engine makes of what was asked.
struct Walked {
    foreseen: Foreseen,
    /// Where it registers.
    register: Resolution,
}

impl Desk<'_> {
    /// Previews what one resolver says; what has been `probed` is not probed again.
    async fn one(
        &self,
        resolver: &ResolverSpec,
        probed: &mut BTreeMap<Endpoint, ProbeReport>,
    ) -> Result<Exit, Failure> {
        let Self { args, carrier, engines, outside, .. } = self;
        let method = match args.method {
            MethodArg::Invite => Method::Invite,
            MethodArg::Register => Method::Register,
        };
        let dialled = |method| Dial { method, ..outside.defaults.dial(carrier) };
        let dials = [dialled(method), dialled(Method::Register)];
        let surveyed = survey(&*outside.ask, &*outside.clock, resolver, &dials, &engines.all, Prefetch::On).await;
        let seen = if args.health { self.seen(&dials[0], &surveyed, probed).await } else { BTreeMap::new() };
        let seen = |endpoint| seen.get(&endpoint).copied();
        let Surveyed { survey, through } = &surveyed;
        let compared = compare(&engines.all, &dials[0], survey, *through, carrier, &args.fail, seen, args.patience);
        let walked: Vec<Walked> =
            compared.into_iter().filter_map(|one| self.walked(one, &dials, &surveyed, &seen)).collect();
        self.known(&walked)?;
        let asked = Asked {
            uri: &carrier.uri,
            resolver,
            method,
            health: if args.health { HealthUsed::Probed } else { HealthUsed::None },
            failed: &args.fail,
        };
        let said = if args.worst { self.worst(&asked, &walked, seen)? } else { self.tell(&asked, &walked)? };
        Ok(self.failed(resolver, &walked).unwrap_or(said))
    }

    /// What an engine makes of the survey, the registration included.
    fn walked(
        &self,
        Compared { engine, outcome }: Compared,
        [dial, register]: &[Dial; 2],
        Surveyed { survey, through }: &Surveyed,
        seen: &impl Fn(Endpoint) -> Option<Fails>,
    ) -> Option<Walked> {
        let Self { args, carrier, engines, .. } = self;
        let done = |dial| match engine.walk(dial, survey, Reading::Drawn, *through) {
            Walk::Done(resolution) => Some(*resolution),
            // Nothing that it needs is left to ask; no engine gets here.
            Walk::Need(_) => None,
        };
        let register_at = done(register)?;
        let (resolution, previews) = match outcome {
            Outcome::Sends { resolution, before, after } => (resolution, Some((*before, *after))),
            Outcome::Ends(resolution) if matches!(resolution.conclusion, Conclusion::DnsFailed { .. }) => {
                (resolution, None)
            }
            Outcome::Ends(resolution) => {
                let of = |forced| preview(&*engine, &resolution, carrier, forced, seen, args.patience);
                let previews = (of(&[]), of(&args.fail));
                (resolution, Some(previews))
            }
            Outcome::Wants(_) => return None,
        };
        let outlook = previews.map(|(before, after)| Outlook {
            before,
            after,
            registration: registration(&*engine, &register_at, carrier, &args.fail, seen, None),
        });
        let reference = locate::reference();
        let more = |dial| beyond(&*engine, &*reference, dial, survey, *through);
        let beyond = engines.compared.then(|| [dial, register].into_iter().flat_map(more).collect());
        let foreseen = Foreseen {
            own: engines.own && Arc::ptr_eq(&engine, &engines.all[engines.judge]),
            beyond,
            engine,
            resolution,
            outlook,
        };
        Some(Walked { foreseen, register: register_at })
    }

    /// What does not hit anything is a mistake, and the answer to it is what there is. Where DNS leads nowhere,
    /// that is what there is to say, and not that nothing of it can fail.
    fn known(&self, walked: &[Walked]) -> Result<(), Failure> {
        let Self { args, carrier, .. } = self;
        let trees = || walked.iter().flat_map(|one| [&*one.foreseen.resolution, &one.register]);
        if trees().all(|tree| tree.tiers.is_empty()) {
            return Ok(());
        }
        let missed = |outage: &&Outage| !trees().any(|tree| hits(outage, tree, carrier));
        let Some(unknown) = args.fail.iter().find(missed) else { return Ok(()) };
        let otherwise = Outage { how: Fails::default(), ..unknown.clone() };
        if !missed(&&otherwise) {
            let line = format!("{}: nothing of {} goes over TLS, so TLS cannot fail there", carrier.uri, unknown.what);
            return Err(Failure::usage(line));
        }
        let mut there_is: Vec<What> = Vec::new();
        for what in trees().flat_map(|tree| what_can_fail(tree, carrier)) {
            if what != What::All && !there_is.contains(&what) {
                there_is.push(what);
            }
        }
        there_is.push(What::All);
        let there_is: Vec<String> = there_is.iter().map(ToString::to_string).collect();
        let line = format!("{} has no {} to fail; there is: {}", carrier.uri, unknown.what, there_is.join(", "));
        Err(Failure::usage(line))
    }

    /// A document for each engine, or one text; how the program ends by it.
    fn tell(&self, asked: &Asked<'_>, walked: &[Walked]) -> Result<Exit, Failure> {
        let Self { options, args, engines, .. } = self;
        let ink = options.ink();
        let each = || walked.iter().map(|one| &one.foreseen);
        let full = || each().map(|foreseen| preview_text(asked, foreseen, args.explain, ink));
        let text = match options.format {
            Format::Json => documents(each().filter_map(|foreseen| preview_json(asked, foreseen))),
            Format::Text if !engines.compared => full().collect(),
            // Where no engine has a tree there is nothing to compare.
            Format::Text if each().all(|foreseen| foreseen.outlook.is_none()) => String::new(),
            Format::Text => {
                let all: Vec<Foreseen> = each().cloned().collect();
                let mut text = compared_text(asked, &all, ink);
                if args.explain {
                    text.extend(full().map(|one| format!("\n{one}")));
                }
                text
            }
        };
        say(&text)?;
        let judged = self.judge(walked).and_then(|one| one.foreseen.outlook.as_ref());
        Ok(judged.map_or(Exit::OK, |outlook| lost(&outlook.after)))
    }

    /// Everything that can fail, failed in turn; of several engines only what is worst.
    fn worst(
        &self,
        asked: &Asked<'_>,
        walked: &[Walked],
        seen: impl Fn(Endpoint) -> Option<Fails>,
    ) -> Result<Exit, Failure> {
        let Self { options, args, carrier, engines, .. } = self;
        let of = |Walked { foreseen, .. }: &Walked, forced: &[Outage]| {
            preview(&*foreseen.engine, &foreseen.resolution, carrier, forced, &seen, args.patience)
        };
        let each = |one: &Walked| match &one.foreseen.outlook {
            None => Vec::new(),
            Some(_) => worst(&one.foreseen.resolution, carrier, Fails::default(), |forced| of(one, forced)),
        };
        let all: Vec<(&Walked, Vec<Weakness>)> = walked.iter().map(|one| (one, each(one))).collect();
        let most = if engines.compared { 1 } else { usize::MAX };
        let text = match options.format {
            Format::Json => {
                let document = |one: &Walked, Weakness { what, preview: after }: &Weakness| {
                    let failed = [Outage { what: what.clone(), how: Fails::default() }];
                    let before = one.foreseen.outlook.as_ref()?.before.clone();
                    let engine = &*one.foreseen.engine;
                    let registration = registration(engine, &one.register, carrier, &failed, &seen, None);
                    let outlook = Some(Outlook { before, after: after.clone(), registration });
                    preview_json(&Asked { failed: &failed, ..*asked }, &Foreseen { outlook, ..one.foreseen.clone() })
                };
                let each = all.iter().flat_map(|(one, each)| each.iter().take(most).map(move |worst| (*one, worst)));
                documents(each.filter_map(|(one, worst)| document(one, worst)))
            }
            Format::Text if engines.compared => {
                let all: Vec<WorstOf<'_>> =
                    all.iter().map(|(one, each)| WorstOf { foreseen: &one.foreseen, worst: each.first() }).collect();
                worst_of_each_text(&carrier.uri, &all, options.ink())
            }
            Format::Text => {
                all.iter().map(|(one, each)| worst_text(asked, &one.foreseen, each, options.ink())).collect()
            }
        };
        say(&text)?;
        let Some(judge) = self.judge(walked) else { return Ok(Exit::OK) };
        let worst = all.iter().find(|(one, _)| std::ptr::eq(*one, judge)).and_then(|(_, each)| each.first());
        let unharmed = judge.foreseen.outlook.as_ref().map(|outlook| &outlook.before);
        Ok(worst.map(|worst| &worst.preview).or(unharmed).map_or(Exit::OK, lost))
    }

    /// Whose loss decides how the program ends.
    fn judge<'w>(&self, walked: &'w [Walked]) -> Option<&'w Walked> {
        let judge = &self.engines.all[self.engines.judge];
        walked.iter().find(|one| Arc::ptr_eq(&one.foreseen.engine, judge))
    }

    /// Complains where the DNS fails an engine; of several engines each that a table does not name. The exit, where
    /// it fails the one that decides.
    fn failed(&self, resolver: &ResolverSpec, walked: &[Walked]) -> Option<Exit> {
        let judge = self.judge(walked)?;
        let mut exit = None;
        for one in walked {
            let Conclusion::DnsFailed { question, answer } = &one.foreseen.resolution.conclusion else { continue };
            let decides = std::ptr::eq(one, judge);
            let as_whom =
                if self.engines.compared { format!(" as {}", one.foreseen.engine.name()) } else { String::new() };
            let line = format!(
                "{}{as_whom}: {} for {question} from {resolver}: there is no tree to preview",
                self.carrier.uri,
                answer.outcome.said()
            );
            if decides {
                // Another resolver may know more.
                exit = Some(complain(&Failure::dns(line)));
            } else if self.options.format == Format::Json {
                complain(&Failure::dns(line));
            }
        }
        exit
    }

    /// How each endpoint fails, from one probe each. What may be our own fault is no outage.
    async fn seen(
        &self,
        dial: &Dial,
        Surveyed { survey, through }: &Surveyed,
        probed: &mut BTreeMap<Endpoint, ProbeReport>,
    ) -> BTreeMap<Endpoint, Fails> {
        let mut seen = BTreeMap::new();
        for engine in &self.engines.all {
            let Walk::Done(resolution) = engine.walk(dial, survey, Reading::Drawn, *through) else { continue };
            let all = probe_all(&self.outside, self.carrier, &resolution, probed).await;
            let failing = all.iter().filter(|probed| !probed.report.ours);
            seen.extend(failing.filter_map(|probed| Some((probed.report.endpoint, probed.report.failure()?))));
        }
        seen
    }
}

/// One a line.
fn documents(each: impl Iterator<Item = String>) -> String {
    each.map(|document| document + "\n").collect()
}

fn lost(preview: &Preview) -> Exit {
    if preview.lost.is_some() { Exit::WARNING } else { Exit::OK }
}
