//! Computes a table of outages, and compares.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use trunktop::locate::{self, Engine, Walk};
use trunktop::model::{
    Carrier, CarrierName, Defaults, Dial, Host, Method, Moment, Outage, Reading, Resolution, Share, Survey,
};
use trunktop::preview::{self, Preview, Registration};

use super::case::{AsEngine, Between, Case, Expected, Figures, Phase, Row};
use crate::zone::Zone;

/// Everything about a case that differs, ready to be read.
pub(super) fn case(case: &Case) -> Vec<String> {
    let of = |engine: &AsEngine| -> Vec<String> {
        let wrong = engine.rows.iter().filter_map(|row| differs(&case.zone, engine, row));
        wrong.map(|wrong| format!("== {}\n{}\n{wrong}", case.title, engine.line)).collect()
    };
    case.engines.iter().flat_map(of).collect()
}

fn carrier(of: &AsEngine) -> Carrier {
    let mut uris = of.uris.iter().cloned();
    let mut carrier = Carrier::new(CarrierName::new("acme").unwrap(), uris.next().unwrap());
    carrier.more_uris = uris.collect();
    carrier.transports = Some(of.transports.clone());
    carrier
}

pub(crate) fn resolve(engine: &dyn Engine, dial: &Dial, zone: &Zone) -> Resolution {
    let at = Moment { mono: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
    let mut survey = Survey::default();
    loop {
        match engine.walk(dial, &survey, Reading::Engine, at) {
            Walk::Done(resolution) => return *resolution,
            Walk::Need(need) => {
                for question in need.must {
                    survey.insert(Arc::new(zone.answer(&question, at)));
                }
            }
        }
    }
}

fn differs(zone: &Zone, of: &AsEngine, row: &Row) -> Option<String> {
    let engine = locate::engine(&of.engine).unwrap_or_else(|why| panic!("{why}"));
    let carrier = carrier(of);
    let dial = Defaults::default().dial(&carrier);
    let misses = |resolution: &Resolution| {
        let beside = row.forced.iter().find(|outage| !preview::hits(outage, resolution, &carrier));
        beside.map(|outage| format!("  {} hits nothing: {}\n", outage.what, row.line))
    };
    match &row.expected {
        Expected::Lands(figures, phases) => {
            let resolution = resolve(&*engine, &dial, zone);
            let got = foresee(&*engine, &resolution, &carrier, &row.forced, row.patience);
            let mut wrong = misses(&resolution).unwrap_or_default();
            if !same(figures, &now(&got)) {
                writeln!(wrong, "  expected {}\n  got      {}", row.line, written(&now(&got))).unwrap();
            }
            if !phases.is_empty() {
                wrong.push_str(&differing_phases(phases, &got));
            }
            Some(wrong).filter(|wrong| !wrong.is_empty())
        }
        Expected::Registers { pin, moves, to, within, invites } => {
            let resolution = resolve(&*engine, &Dial { method: Method::Register, ..dial }, zone);
            let got = preview::registration(&*engine, &resolution, &carrier, &row.forced, |_| None, pin.as_ref());
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            let goes: BTreeMap<String, f64> = if got.moves.is_some() { moves_to(&got) } else { BTreeMap::new() };
            let alike = goes.len() == to.len() && goes.iter().zip(to).all(|(a, b)| a.0 == b.0 && near(*a.1, *b.1));
            let right = misses(&resolution).is_none()
                && near(got.moves.0, *moves)
                && alike
                && got.within == Duration::from_secs(*within)
                && got.said().contains(invites);
            Some(format!(
                "  expected {}\n  got      moves {:.4} | to {goes:?} | within {} | {}\n",
                row.line,
                got.moves.0,
                got.within.as_secs(),
                got.said()
            ))
            .filter(|_| !right)
        }
    }
}

fn foresee(
    engine: &dyn Engine,
    resolution: &Resolution,
    carrier: &Carrier,
    forced: &[Outage],
    patience: Option<u64>,
) -> Preview {
    preview::preview(engine, resolution, carrier, forced, |_| None, patience.map(Duration::from_secs))
}

fn differing_phases(expected: &[Phase], got: &Preview) -> String {
    let hosts: Vec<String> = got.landings.iter().map(|landing| short(&landing.target)).collect();
    let got: Vec<(String, Option<u64>, Figures)> = got
        .phases
        .iter()
        .map(|phase| {
            let mut shares: BTreeMap<String, Between> = BTreeMap::new();
            for (host, share) in hosts.iter().zip(&phase.landings) {
                let sum = shares.get(host).map_or(0.0, |between| between.likeliest) + share.0;
                shares.insert(host.clone(), Between::only(sum));
            }
            let wait = Between::only(phase.wait.max.as_secs_f64());
            let figures = Figures { shares, wait, lost: Between::only(phase.lost.0), unsent: false };
            (phase.when.word().to_owned(), phase.lasts.map(|lasts| lasts.as_secs()), figures)
        })
        .collect();
    let right = expected.len() == got.len()
        && expected.iter().zip(&got).all(|(expected, (when, lasts, figures))| {
            expected.when == *when && expected.lasts == *lasts && same(&expected.figures, figures)
        });
    if right {
        return String::new();
    }
    let mut wrong = String::new();
    for phase in expected {
        writeln!(wrong, "    expected {}", phase.line).unwrap();
    }
    for (when, lasts, figures) in &got {
        let lasts = lasts.map_or("-".to_owned(), |lasts| lasts.to_string());
        writeln!(wrong, "    got      {when} {lasts} | {}", written(figures)).unwrap();
    }
    wrong
}

/// `a` for `a.acme.example`.
fn short(host: &Host) -> String {
    let host = host.to_string();
    host.strip_suffix(".acme.example").map_or(host.clone(), str::to_owned)
}

fn now(preview: &Preview) -> Figures {
    let between = |share: Share, range: Option<preview::Range>| match range {
        None => Between::only(share.0),
        Some(range) => Between { likeliest: share.0, least: range.least.0, most: range.most.0 },
    };
    let shares = preview.landings.iter().map(|of| (short(&of.target), between(of.odds.landing, of.range))).collect();
    let longest = preview.wait.max.as_secs_f64();
    let wait = match preview.wait_range {
        None => Between::only(longest),
        Some(range) => {
            let (least, most) = (range.least.max.as_secs_f64(), range.most.max.as_secs_f64());
            Between { likeliest: longest, least, most }
        }
    };
    let unsent = preview.why.iter().any(|why| why.contains("no call is sent at all"));
    Figures { shares, wait, lost: between(preview.lost, preview.lost_range), unsent }
}

fn same(expected: &Figures, got: &Figures) -> bool {
    let nothing = Between::only(0.0);
    let alike = |one: &Figures, other: &Figures| {
        one.shares.iter().all(|(host, share)| share.is_near(other.shares.get(host).copied().unwrap_or(nothing)))
    };
    alike(expected, got)
        && alike(got, expected)
        && expected.wait.is_near(got.wait)
        && expected.lost.is_near(got.lost)
        && expected.unsent == got.unsent
}

fn written(figures: &Figures) -> String {
    let shares: Vec<String> = figures.shares.iter().map(|(host, share)| format!("{host} {share}")).collect();
    let lost = if figures.unsent { "unsent" } else { "lost" };
    format!("{} | wait {} | {lost} {}", shares.join(", "), figures.wait, figures.lost)
}

fn moves_to(registration: &Registration) -> BTreeMap<String, f64> {
    registration.moves_to().iter().map(|(host, share)| (short(host), share.0)).collect()
}
