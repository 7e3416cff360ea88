//! What stacks do, written down from their sources and from what was measured on them, and not from `locate`: what is
//! said there is held against this. Seconds are the stacks' own.

use std::cmp::Reverse;

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use Then::{Ends, Next};

/// An SRV record, as far as a draw goes.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) priority: u16,
    pub(crate) weight: u16,
    pub(crate) host: String,
}

/// What is done after so many seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// The next target is tried.
    Next(u32),
    /// The request ends.
    Ends(u32),
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    Invite,
    Options,
}

/// A SIP stack over UDP.
pub(crate) trait Stack: Sync {
    /// The engine that it is, by name and settings.
    fn name(&self) -> &'static str;

    /// Which of these it tries next, all of one priority, in the order of the answer; by place.
    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize;

    /// At a target that says nothing at all.
    fn silent(&self) -> Then;

    /// At a port that is closed; without an answer it does not hear of it, and waits as for one that is silent.
    fn refused(&self) -> Option<Then> {
        None
    }

    /// At a 503.
    fn unavailable(&self) -> Then;

    /// At a 100 and nothing after it.
    fn trying(&self, calls: Calls) -> Then;

    /// When it gives up, whatever is left, in seconds.
    fn lifetime(&self, _: Calls) -> Option<u32> {
        None
    }

    /// For how many seconds it leaves a target for last that was silent, refused or 503; for none, without.
    fn remembers(&self) -> Option<u32> {
        None
    }
}

/// All there are.
pub(crate) const ALL: [&dyn Stack; 7] = [&Rfc3263, &Asterisk, &Kamailio, &Balancing, &FreeSwitch, &OpenSips, &Pjsip];

fn weight(record: &Record) -> u32 {
    record.weight.into()
}

fn sum(records: &[Record]) -> u32 {
    records.iter().map(weight).sum()
}

/// The first in this order whose running sum reaches a number.
fn reaching(left: &[Record], order: &[usize], number: u32) -> usize {
    let mut running = 0;
    let found = order.iter().find(|&&at| {
        running += weight(&left[at]);
        running >= number
    });
    *found.unwrap()
}

/// RFC 2782 and RFC 3263 4.3 as they are written.
pub(crate) struct Rfc3263;

impl Stack for Rfc3263 {
    fn name(&self) -> &'static str {
        "rfc3263"
    }

    /// "arrange all SRV RRs in any order, except that all those with weight 0 are placed at the beginning of the
    /// list", and a number from 0 to the sum inclusive.
    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.shuffle(dice);
        order.sort_by_key(|&at| left[at].weight != 0);
        reaching(left, &order, dice.random_range(0..=sum(left)))
    }

    fn silent(&self) -> Then {
        Next(32)
    }

    fn refused(&self) -> Option<Then> {
        Some(Next(0))
    }

    fn unavailable(&self) -> Then {
        Next(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Ends(if calls == Calls::Invite { 180 } else { 32 })
    }
}

/// `main/dns_srv.c`: a number from 1 to the sum; zeros match nothing, and are appended in reverse when nothing else is
/// left. No ICMP, no memory.
pub(crate) struct Asterisk;

impl Stack for Asterisk {
    fn name(&self) -> &'static str {
        "asterisk"
    }

    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let order: Vec<usize> = (0..left.len()).collect();
        match sum(left) {
            0 => left.len() - 1,
            sum => reaching(left, &order, dice.random_range(1..=sum)),
        }
    }

    fn silent(&self) -> Then {
        Next(32)
    }

    fn unavailable(&self) -> Then {
        Next(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Ends(if calls == Calls::Invite { 180 } else { 32 })
    }
}

/// As it comes: the highest weight, the first of equal ones, and no other whatever happens there.
pub(crate) struct Kamailio;

impl Stack for Kamailio {
    fn name(&self) -> &'static str {
        "kamailio"
    }

    fn pick(&self, left: &[Record], _: &mut StdRng) -> usize {
        let heaviest = left.iter().map(weight).max().unwrap();
        left.iter().position(|record| weight(record) == heaviest).unwrap()
    }

    fn silent(&self) -> Then {
        Ends(30)
    }

    fn unavailable(&self) -> Then {
        Ends(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Ends(if calls == Calls::Invite { 120 } else { 30 })
    }

    fn lifetime(&self, calls: Calls) -> Option<u32> {
        Some(if calls == Calls::Invite { 180 } else { 32 })
    }
}

/// Kamailio's `dns_cache.c`: the heaviest first in the list, a number from 1 to the sum; where that is 1 and there is a
/// zero, one time in 1001 that. The last, where nothing weighs.
pub(crate) struct Balancing;

impl Stack for Balancing {
    fn name(&self) -> &'static str {
        "kamailio:use_dns_failover=1,dns_srv_lb=1"
    }

    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.sort_by_key(|&at| Reverse(left[at].weight));
        let last = *order.last().unwrap();
        match sum(left) {
            0 => last,
            sum => {
                let number = dice.random_range(1..=sum);
                let zero = number == 1 && left[last].weight == 0 && dice.random_range(0..1001) == 0;
                if zero { last } else { reaching(left, &order, number) }
            }
        }
    }

    fn silent(&self) -> Then {
        Next(30)
    }

    fn unavailable(&self) -> Then {
        Next(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Kamailio.trying(calls)
    }

    fn lifetime(&self, calls: Calls) -> Option<u32> {
        Kamailio.lifetime(calls)
    }
}

/// sofia-sip's `nta.c` and `sres.c`: heavier first, then by name; a number from 0 to below the sum, taken down record by
/// record. Zeros when all others are gone. What has failed comes after all others for ten minutes.
pub(crate) struct FreeSwitch;

impl Stack for FreeSwitch {
    fn name(&self) -> &'static str {
        "freeswitch"
    }

    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.sort_by_key(|&at| (Reverse(left[at].weight), left[at].host.clone()));
        let mut number = match sum(left) {
            0 => return order[0],
            sum => dice.random_range(0..sum),
        };
        for &at in &order {
            if number < weight(&left[at]) {
                return at;
            }
            number -= weight(&left[at]);
        }
        unreachable!("the number is below the sum")
    }

    fn silent(&self) -> Then {
        Next(32)
    }

    fn refused(&self) -> Option<Then> {
        Some(Next(0))
    }

    fn unavailable(&self) -> Then {
        Next(0)
    }

    fn trying(&self, _: Calls) -> Then {
        Ends(217)
    }

    fn remembers(&self) -> Option<u32> {
        Some(600)
    }
}

/// OpenSIPS's `resolve.c`: zeros, then the others, both in the reverse of the answer; a number from 0 to below the sum,
/// and the first running sum that reaches it.
pub(crate) struct OpenSips;

impl Stack for OpenSips {
    fn name(&self) -> &'static str {
        "opensips"
    }

    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let mut order: Vec<usize> = (0..left.len()).rev().collect();
        order.sort_by_key(|&at| left[at].weight != 0);
        match sum(left) {
            0 => order[0],
            sum => reaching(left, &order, dice.random_range(0..sum)),
        }
    }

    fn silent(&self) -> Then {
        Next(30)
    }

    fn unavailable(&self) -> Then {
        Next(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Ends(if calls == Calls::Invite { 120 } else { 30 })
    }
}

/// PJSIP's own `srv_resolver.c`: a number from 0 to the sum inclusive over the answer as it is; over UDP nothing is ever
/// tried after the first.
pub(crate) struct Pjsip;

impl Stack for Pjsip {
    fn name(&self) -> &'static str {
        "pjsip"
    }

    fn pick(&self, left: &[Record], dice: &mut StdRng) -> usize {
        let order: Vec<usize> = (0..left.len()).collect();
        reaching(left, &order, dice.random_range(0..=sum(left)))
    }

    fn silent(&self) -> Then {
        Ends(32)
    }

    fn unavailable(&self) -> Then {
        Ends(0)
    }

    fn trying(&self, calls: Calls) -> Then {
        Ends(if calls == Calls::Invite { 180 } else { 32 })
    }
}
