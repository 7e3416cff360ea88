//! The walk over the sets of dead targets that a request can have met.
//!
//! Sets are counted per class, and numbered in mixed radix, so each comes after those it is reached from.
//! There are thousands of them in a bad outage, and a preview has less than a millisecond: what a set leaves
//! over is kept up from one to the next, and what it adds is gathered by the wait until then, of which there
//! are few.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Class, Odds, Passed, Rule, Stands, Ticket, count};

/// Walks from no target met to all of them.
pub(super) fn walk(rule: Rule, classes: &[Class], ending: &[Ticket], passed: &mut Passed) {
    let waits = Waits::of(classes);
    let mut places = places(classes, &waits);
    let states = classes.iter().map(|class| class.count + 1).product();
    // The second half takes the nothings that a class adds when all of it is met: to look first costs more.
    let mut reach = vec![0.0_f64; 2 * states];
    reach[0] = 1.0;
    let mut gathered = vec![Odds::NONE; waits.sums.len()];
    let mut left = Left::after_none(classes, ending);
    let mut wait = 0;
    for state in 0..states {
        let mut odds = rule.among(left.sum, left.records, left.zeros).scaled(reach[state]);
        for place in &places {
            reach[state + place.stride] += odds.of(place.weight) * place.left;
        }
        // As long as one of them is left, who ends a request is at no end of the list.
        if let Some(head) = first_left(&places, Stands::Before) {
            reach[state + head.stride] += odds.head;
            odds.head = 0.0;
        }
        if let Some(end) = first_left(&places, Stands::After) {
            reach[state + end.stride] += odds.end;
            odds.end = 0.0;
        }
        gathered[wait].add(odds);
        for place in &mut places {
            if place.left > 0.0 {
                left.meet(place.weight, 1.0);
                place.left -= 1.0;
                wait += place.wait_stride;
                break;
            }
            left.meet(place.weight, -place.count);
            place.left = place.count;
            wait -= place.wait_stride * place.size;
        }
    }
    for (odds, waited) in gathered.into_iter().zip(waits.sums) {
        passed.add(odds, waited);
    }
}

/// The class that the head of the list, or its end, is of, where that passes a request on.
fn first_left(places: &[Place], stands: Stands) -> Option<&Place> {
    places.iter().find(|place| place.stands == stands && place.left > 0.0)
}

/// What is left to draw among.
struct Left {
    sum: f64,
    records: f64,
    zeros: f64,
}

impl Left {
    fn after_none(classes: &[Class], ending: &[Ticket]) -> Self {
        let mut left = Self { sum: 0.0, records: 0.0, zeros: 0.0 };
        for ticket in ending {
            left.meet(ticket.lot.weight.into(), -1.0);
        }
        for class in classes {
            left.meet(class.weight, -count(class.count));
        }
        left
    }

    /// So many targets of a weight are met; weights are whole numbers, so that nothing is rounded.
    fn meet(&mut self, weight: f64, targets: f64) {
        self.sum -= weight * targets;
        self.records -= targets;
        self.zeros -= if weight > 0.0 { 0.0 } else { targets };
    }
}

/// A class, and how far the walk is in it.
struct Place {
    weight: f64,
    /// How many of it are not met yet.
    left: f64,
    count: f64,
    size: usize,
    stride: usize,
    wait_stride: usize,
    stands: Stands,
}

fn places(classes: &[Class], waits: &Waits) -> Vec<Place> {
    let mut stride = 1;
    let place = |class: &Class| {
        let own = stride;
        stride *= class.count + 1;
        Place {
            weight: class.weight,
            left: count(class.count),
            count: count(class.count),
            size: class.count,
            stride: own,
            wait_stride: waits.strides.get(&class.wait).copied().unwrap_or(0),
            stands: class.place,
        }
    };
    classes.iter().map(place).collect()
}

/// All waits that there can have been, in seconds: how many targets of each wait were met, in mixed radix.
struct Waits {
    strides: BTreeMap<Duration, usize>,
    sums: Vec<f64>,
}

impl Waits {
    fn of(classes: &[Class]) -> Self {
        let mut targets: BTreeMap<Duration, usize> = BTreeMap::new();
        for class in classes.iter().filter(|class| !class.wait.is_zero()) {
            *targets.entry(class.wait).or_default() += class.count;
        }
        let (mut strides, mut sums) = (BTreeMap::new(), vec![0.0]);
        for (wait, targets) in targets {
            strides.insert(wait, sums.len());
            let fewer = sums.clone();
            for met in 1..=targets {
                sums.extend(fewer.iter().map(|sum| sum + wait.as_secs_f64() * count(met)));
            }
        }
        Self { strides, sums }
    }
}
