//! What engines have in common that are known by documents alone.
//!
//! Nobody has read their source, and a document says little: what it says is in the engine's file, marked
//! `vendor`. For the rest RFC 3263 is taken, marked `assumed`; and what then would change where calls land, or how
//! long they wait, is a reading of its own, so that a preview shows a range.

use std::time::Duration;

use crate::model::{Failure, Method};

use crate::locate::engine::{Limits, Recall, Refresh, Registering};
use crate::locate::ledger::Caching;
use crate::locate::profile::Profile;
use crate::locate::settings::Chosen;
use crate::locate::stack::{
    Absent, Course, Draw, Families, Flag, Manner, Named, Naptr, NaptrOrder, NaptrTaken, Reactions, Rules, SrvAsked,
    Stack, Stand, Unspoken, Unusable, Zeros,
};

/// NAPTR by RFC 3263 4.1.
pub(super) const NAPTR_AS_RFC: Naptr = Naptr {
    order: NaptrOrder::Strict,
    unspoken: Unspoken::PassedOver,
    flag: Flag::PassedOver,
    taken: NaptrTaken::First,
    absent: Absent::Next(Stand::Domain),
    unusable: Unusable::AsNone,
};

/// A weight w with w in S, zeros last: the plainest reading of RFC 2782.
pub(super) const BY_WEIGHT: Draw = Draw::ByWeight(Zeros::Listed);

const NO_TIME: &str = "no document says how long: timer B or F is assumed";
const AFTER_TRYING: &str = "no document says what follows a provisional answer: the end is assumed";

/// RFC 3263 4.3, assumed in all.
pub(super) const AS_RFC: Reactions = Reactions {
    silent: Course::next(32, NO_TIME),
    silent_stream: Course::next(32, NO_TIME),
    refused: Course::next(0, "no document says so: assumed by RFC 3263 4.3"),
    refused_stream: Course::next(0, "no document says so: assumed by RFC 3263 4.3"),
    unavailable: Course::next(0, "no document says so: assumed by RFC 3263 4.3"),
    tls: Course::next(0, "a transport error; no document says so: assumed by RFC 3263 4.3"),
    trying: Course::ends(180, AFTER_TRYING),
    trying_other: Course::ends(32, AFTER_TRYING),
    also: &[],
    source: "assumed: no document says otherwise",
};

/// That silence is noticed at once: the other end of what is possible where no document says how long it takes.
pub(super) const fn noticing_at_once(reactions: &Reactions) -> Reactions {
    const WHY: &str = "no document says how long: noticed before the call, at best";
    Reactions { silent: Course::next(0, WHY), silent_stream: Course::next(0, WHY), ..*reactions }
}

/// What makes a stack leave a target at all.
pub(super) const DEAD: &[Failure] = &[Failure::Silent, Failure::Refused, Failure::Tls, Failure::Unavailable];

/// What leaves OPTIONS without an answer.
pub(super) const UNANSWERED: &[Failure] = &[Failure::Silent, Failure::Refused, Failure::Tls];

/// A trunk that does not register.
pub(super) const NOT_REGISTERING: Registering = Registering {
    expires: Duration::ZERO,
    early: Duration::ZERO,
    refresh: Refresh::Never,
    invites_follow: None,
    why: "its trunks do not register",
};

/// RFC 3263 with these rules and reactions, SRV by the first transport that has records.
pub(super) fn manner(rules: &'static Rules, reactions: &Reactions, registering: Registering) -> Manner {
    Manner {
        rules,
        prefers: None,
        named: Named::ByUri,
        naptr: Some(NAPTR_AS_RFC),
        srv: SrvAsked::UntilFound,
        root: Stand::Nothing,
        dead_end: Stand::Nothing,
        last_resort: false,
        families: Families::AsHost,
        most_addresses: None,
        draw: BY_WEIGHT,
        caching: Caching::UntilExpiry,
        reactions: *reactions,
        limits: |_: Method| Limits::default(),
        recall: None::<Recall>,
        qualify: None,
        registering,
    }
}

/// A stack that draws and reacts in one of these ways; the first of each is taken to be the likeliest.
pub(super) fn stack(
    profile: &'static Profile,
    chosen: &Chosen,
    manner: &Manner,
    draws: &[Draw],
    reactions: &[Reactions],
) -> Stack {
    let mut ways = draws.iter().flat_map(|&draw| reactions.iter().map(move |&reactions| (draw, reactions)));
    let of = |(draw, reactions): (Draw, Reactions)| Manner { draw, reactions, ..manner.clone() };
    let likeliest = ways.next().map_or_else(|| manner.clone(), of);
    Stack { profile, name: chosen.name(), manner: likeliest, readings: ways.map(of).collect() }
}
