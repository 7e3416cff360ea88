//! The URIs of a trunk, one after the other, and what comes of all of them.

use std::sync::Arc;

use crate::model::{
    Address, Answer, Conclusion, Dial, Host, Question, Reason, Resolution, Share, SipUri, Target, Tier, Transport,
};

use super::attempt::share_first;
use super::engine::{Engine, Walk};
use super::ledger::Ledger;
use super::rfc3263::rules;

/// Why a walk ends without candidates.
pub(super) enum Stop {
    /// There is nowhere to send to.
    Nowhere(Reason),
    /// A question that decides was not answered.
    Failed(Question, Arc<Answer>),
}

/// What comes of a URI, or of a part of its walk.
pub(super) type Ended<T> = Result<T, Stop>;

/// Walks each URI by `locate`, and puts together what comes of them.
pub(super) fn walk<'s>(
    engine: &dyn Engine,
    dial: &Dial,
    mut book: Ledger<'s>,
    mut locate: impl FnMut(&SipUri, &mut Ledger<'s>) -> Ended<Vec<Tier>>,
) -> Walk {
    let mut tiers = Vec::new();
    let mut stop = None;
    for (place, uri) in dial.uris().enumerate() {
        book.turn_to(place);
        if place > 0 {
            book.given(&rules::URI_LIST, format!("{uri} is tried after what comes before it in the trunk's list"));
        }
        match locate(uri, &mut book) {
            Ok(mut found) => tiers.append(&mut found),
            Err(why) => {
                // What is the end of one is a step on the way of several.
                if let (Stop::Nowhere(reason), false) = (&why, dial.more_uris.is_empty()) {
                    book.given(reason.rule, reason.why.clone());
                }
                // That nobody knows outranks that there is nothing.
                stop = match (stop, why) {
                    (None | Some(Stop::Nowhere(_)), failed @ Stop::Failed(..)) => Some(failed),
                    (earlier, later) => earlier.or(Some(later)),
                };
            }
        }
    }
    share_first(engine, &mut tiers);
    match book.close(!tiers.is_empty()) {
        Err(need) => Walk::Need(need),
        Ok(account) => {
            let conclusion = match stop {
                Some(Stop::Nowhere(why)) if tiers.is_empty() => Conclusion::Nowhere(why),
                Some(Stop::Failed(question, answer)) if tiers.is_empty() => Conclusion::DnsFailed { question, answer },
                _ => Conclusion::Found,
            };
            let (dial, engine) = (dial.clone(), engine.name());
            let (given, steps) = (account.given, account.steps);
            Walk::Done(Box::new(Resolution { dial, engine, given, steps, tiers, conclusion }))
        }
    }
}

/// The one target where no SRV led; `place` is that of its URI among all.
pub(super) fn plain(uri: &SipUri, place: usize, host: Host, transport: Transport, addresses: Vec<Address>) -> Tier {
    let port = uri.port.unwrap_or(transport.default_port());
    let owner = host.name().cloned();
    let target = Target { host, port, weight: None, first: Share::NONE, addresses };
    Tier { uri: place, owner, transport, naptr: None, priority: None, targets: vec![target] }
}
