//! The order of the targets of a priority: the list, and how it is drawn from.

use crate::locate::draw::Rule;
use crate::locate::engine::Round;
use crate::model::{Srv, Target};

use super::manner::{Draw, Zeros};

/// PJSIP keeps so many SRV records of an answer (pjlib-util/config.h: `PJ_DNS_SRV_MAX_ADDR`).
const MOST_OF_PJSIP: usize = 8;

impl Draw {
    /// Puts the records of an answer in the order of their priorities.
    pub(super) fn sort(self, records: &mut Vec<Srv>) {
        if self != Self::Pjsip {
            return records.sort_by_key(|srv| srv.priority);
        }
        records.truncate(MOST_OF_PJSIP);
        // Whoever comes first takes the place of the next, which so may fall behind its equals.
        for at in 0..records.len() {
            let least = (at..records.len()).min_by_key(|&other| records[other].priority);
            records.swap(at, least.unwrap_or(at));
        }
    }

    /// The rounds in which targets, as received, are tried.
    pub(super) fn rounds(self, targets: &[&Target]) -> Vec<Round> {
        let weight = |at: &usize| targets[*at].weight.unwrap_or_default();
        let (mut zeros, mut others): (Vec<usize>, Vec<usize>) = (0..targets.len()).partition(|at| weight(at) == 0);
        let one = |rule, targets: Vec<usize>| vec![Round { rule, targets }];
        match self {
            Self::Listed => each((0..targets.len()).collect()),
            Self::Inclusive => one(Rule::Inclusive, (0..targets.len()).collect()),
            Self::Pjsip => one(Rule::InclusiveSwapped, (0..targets.len()).collect()),
            Self::Hashed => one(Rule::Hashed, (0..targets.len()).collect()),
            Self::ByWeight(order) => {
                match order {
                    Zeros::Reversed => zeros.reverse(),
                    Zeros::ByName => zeros.sort_by_key(|&at| &targets[at].host),
                    Zeros::Listed => {}
                }
                let mut rounds = if others.is_empty() { Vec::new() } else { one(Rule::ByWeight, others) };
                rounds.extend(each(zeros));
                rounds
            }
            Self::OpenSips => {
                zeros.reverse();
                others.reverse();
                zeros.extend(others);
                one(Rule::Sixteen, zeros)
            }
            Self::Kamailio => {
                // The sort keeps those of one weight as received.
                others.sort_by_key(|at| std::cmp::Reverse(weight(at)));
                others.extend(zeros);
                one(Rule::ByWeightOrLast, others)
            }
            Self::Heaviest => {
                others.sort_by_key(|at| std::cmp::Reverse(weight(at)));
                others.extend(zeros);
                each(others)
            }
        }
    }
}

/// One after the other.
fn each(targets: Vec<usize>) -> Vec<Round> {
    targets.into_iter().map(|target| Round { rule: Rule::ByWeight, targets: vec![target] }).collect()
}
