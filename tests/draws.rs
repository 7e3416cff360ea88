//! The draw table: weights in, shares out, for each engine; and what it does where targets fail.
//!
//! Each `draws/*.draw` file holds sections. A section is a title after `==` and the engine it is about. A stanza
//! begins with the weights of the SRV records in the order of the answer, priorities parted by `|`, and what comes
//! of them is below it:
//!
//! ```text
//! == Asterisk, master of August 2026
//! engine asterisk
//! weights 70, 20, 10
//!   first 7/10, 1/5, 1/10
//!   order 1>2>3 7/15
//!   seen 400: 1>2>3 190
//!   fail 1=silent
//!   lands 0, 2/3, 1/3
//!   waits 7/10 32
//!   seen waiting 200: 139
//! ```
//!
//! - After the weights: `over=tcp` (UDP else), `names=c,a,b` (`a`, `b`, ... else), `domain` where the domain has an
//!   address of its own (it is the last target then), `method=register`, `engine=NAME:SETTING=VALUE`.
//! - `first` are the chances to be tried first, `order` that of an order of all three targets. Fractions are exact.
//! - `fail` names targets by their place (`all`: each) and how they fail; `patience=SECONDS` is how long callers
//!   wait. What follows is so while they fail: `lands` for each target; `waits` which part of the requests waits,
//!   and how many seconds at most; `mean` the seconds over all that land; `lost` which part, and after how many
//!   seconds at most. What is not said of these two is nothing.
//! - `known` and `known-waits` are as `lands` and `waits`, once the engine knows of the failure; `remembered` how many seconds it does.
//! - `seen N:` is what was counted on the real thing in N requests: first tries, or of orders; `seen waiting N:` how
//!   many waited. A count must be within [`MOST_DEVIATIONS`] standard deviations of what the exact share makes
//!   likely; where that is none or all, it must be that.

use std::fs;
use std::path::Path;

use trunktop::preview::{Preview, When};

mod stanza;

use stanza::{Claim, Scene, Stanza};

/// A count further off than so many standard deviations has one chance in 15,000: none of the some 200 counts has.
const MOST_DEVIATIONS: f64 = 4.0;

fn table(file: &str, fewest: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/draws").join(file);
    let stanzas = stanza::read(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|why| panic!("{file}:{why}"));
    let claims: usize = stanzas.iter().flat_map(|stanza| &stanza.scenes).map(|scene| scene.claims.len()).sum();
    assert!(claims >= fewest, "{file} lost claims: {claims} are left");
    let wrong: Vec<String> = stanzas.iter().flat_map(stanza_wrong).collect();
    assert!(wrong.is_empty(), "{file}\n{}", wrong.join("\n"));
}

#[test]
fn first_choices_by_what_is_written() {
    table("written.draw", 40);
}

#[test]
fn first_choices_as_measured() {
    table("measured.draw", 80);
}

#[test]
fn failures_as_measured_and_as_written() {
    table("failures.draw", 120);
}

fn stanza_wrong(stanza: &Stanza) -> Vec<String> {
    let scenes = stanza.scenes.iter();
    scenes.flat_map(|scene| scene.claims.iter().filter_map(|claim| wrong(stanza, scene, claim))).collect()
}

fn wrong(stanza: &Stanza, scene: &Scene, claim: &Claim) -> Option<String> {
    let preview = stanza.preview(&scene.fails, scene.patience);
    let firsts: Vec<f64> = preview.landings.iter().map(|landing| landing.odds.first.0).collect();
    let known = preview.phases.iter().find(|phase| phase.when == When::Known);
    let got = match claim {
        Claim::First(shares) => differs(shares, &firsts),
        Claim::Order(order, share) => differs(&[*share], &[stanza.order(order)]),
        Claim::Lands(shares) => differs(shares, &lands(&preview)),
        Claim::Waits(share, seconds) => {
            differs(&[*share, *seconds], &[preview.wait.share.0, preview.wait.max.as_secs_f64()])
        }
        Claim::Mean(seconds) => differs(&[*seconds], &[preview.wait.mean.as_secs_f64()]),
        Claim::Lost(share, seconds) => {
            differs(&[*share, *seconds], &[preview.lost.0, preview.lost_after.as_secs_f64()])
        }
        Claim::KnownWaits(share, seconds) => {
            let waits = known.map(|phase| (phase.wait.share.0, phase.wait.max.as_secs_f64()));
            differs(&[*share, *seconds], &waits.map_or_else(Vec::new, |(share, most)| vec![share, most]))
        }
        Claim::Known(shares) => {
            let known: Vec<f64> = known.iter().flat_map(|phase| &phase.landings).map(|share| share.0).collect();
            differs(shares, &known)
        }
        Claim::Remembered(seconds) => {
            differs(&[*seconds], &[known.and_then(|phase| phase.lasts).map_or(0.0, |span| span.as_secs_f64())])
        }
        Claim::SeenFirst(of, counts) => far_off(*of, counts, &firsts),
        Claim::SeenOrder(of, counts) => {
            let shares: Vec<f64> = counts.iter().map(|(order, _)| stanza.order(order)).collect();
            far_off(*of, &counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), &shares)
        }
        Claim::SeenWaiting(of, count) => far_off(*of, &[*count], &[preview.wait.share.0]),
    };
    got.map(|got| format!("{}: {}\n  {claim:?}\n  {got}", stanza.engine.name(), scene.line))
}

fn lands(preview: &Preview) -> Vec<f64> {
    preview.landings.iter().map(|landing| landing.odds.landing.0).collect()
}

fn differs(expected: &[f64], got: &[f64]) -> Option<String> {
    let alike = expected.len() == got.len() && expected.iter().zip(got).all(|(a, b)| (a - b).abs() < 1e-9);
    (!alike).then(|| format!("got {got:?}"))
}

/// What was counted, against what the shares make likely.
fn far_off(of: f64, counts: &[f64], shares: &[f64]) -> Option<String> {
    let far = |(count, share): (&f64, &f64)| {
        let deviation = (of * share * (1.0 - share)).sqrt();
        (count - of * share).abs() > MOST_DEVIATIONS * deviation + 1e-9
    };
    let some = counts.len() != shares.len() || counts.iter().zip(shares).any(far);
    some.then(|| format!("likely are {:?}", shares.iter().map(|share| of * share).collect::<Vec<_>>()))
}

#[test]
fn what_is_far_off_is_seen() {
    assert!(far_off(2000.0, &[1040.0], &[0.5]).is_none());
    assert!(far_off(2000.0, &[1100.0], &[0.5]).is_some());
    assert!(far_off(2000.0, &[1.0], &[0.0]).is_some());
    assert!(far_off(2000.0, &[1999.0], &[1.0]).is_some());
}
