//! The life of a registration of our own: bound, refreshed, ended.

use std::time::Duration;

use crate::model::{
    Account, Confidence, Endpoint, Expires, Host, Moment, PinMove, ProbeResult, Purpose, RefreshPolicy,
    RegisterOutcome, RegisterReport, Text,
};

/// A registration of our own, and what became of the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    pub(super) bound: Option<Bound>,
    ended: Option<Ended>,
    trying: Option<Trying>,
}

/// A binding of ours.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) target: Host,
    pub(super) endpoint: Endpoint,
    pub(super) contact: Option<Text>,
    pub(super) since: Moment,
    pub(super) until: Moment,
    pub(super) renewed: Moment,
    pub(super) granted: Expires,
    /// What came of the last refresh, where that failed.
    pub(super) failed: Option<Text>,
    /// Whether it ended while this machine slept.
    overslept: bool,
}

/// How the last binding ended.
#[derive(Clone, Debug)]
struct Ended {
    target: Host,
    at: Moment,
    why: Text,
    overslept: bool,
    /// Where a refresh may be under way, of which nobody knew yet what came of it when time was up.
    asked: Option<Endpoint>,
}

/// Attempts that failed while nothing was bound.
#[derive(Clone, Debug)]
struct Trying {
    since: Moment,
    why: Text,
    refused: bool,
}

/// Why nothing is bound.
pub(super) struct Without {
    pub(super) since: Moment,
    pub(super) why: Text,
    /// Whether a registrar said so.
    pub(super) refused: bool,
}

/// For so long after a sleep, a binding that ended meanwhile waits for its refresh, so that it is told once.
const WAKING: Duration = Duration::from_secs(60);

impl Own {
    /// Takes what came of a REGISTER that was to bind or to remove.
    pub(super) fn take(&mut self, report: &RegisterReport, account: Option<&Account>) -> Vec<PinMove> {
        let asked = match report.purpose {
            Purpose::Bind(asked) => asked,
            Purpose::Remove => {
                let here = self.bound.as_ref().is_some_and(|bound| bound.endpoint == report.endpoint);
                let is_removed = matches!(&report.outcome, RegisterOutcome::Done(granted) if granted.is_removed());
                return if here && is_removed { self.end(report.at, "removed by us") } else { Vec::new() };
            }
            Purpose::Fetch => return Vec::new(),
        };
        let RegisterOutcome::Done(granted) = &report.outcome else {
            self.fail(report, said(report));
            return Vec::new();
        };
        let listed = granted.ours();
        let Some(expires) = granted.for_us(asked) else {
            let why = if listed.is_some() { "granted for 0 s" } else { "2xx, but others are listed and we are not" };
            if self.bound.as_ref().is_some_and(|bound| bound.endpoint == report.endpoint) {
                return self.end(report.at, why);
            }
            self.fail(report, why.into());
            return Vec::new();
        };
        let bound = Bound {
            target: report.target.clone(),
            endpoint: report.endpoint,
            contact: listed.map(|ours| ours.contact.clone()),
            since: report.at,
            until: report.at + expires.span(),
            renewed: report.at,
            granted: expires,
            failed: None,
            overslept: false,
        };
        self.bind(bound, account.is_some_and(|account| account.refresh == RefreshPolicy::Engine))
    }

    fn bind(&mut self, new: Bound, drawn: bool) -> Vec<PinMove> {
        let (at, to) = (new.since, new.target.clone());
        let (before, ended) = (self.bound.take(), self.ended.take());
        self.trying = None;
        let (from, why, unregistered) = match (before, ended) {
            (Some(before), _) if before.endpoint == new.endpoint && before.until > at => {
                self.bound = Some(Bound { since: before.since, ..new });
                return Vec::new();
            }
            (Some(before), _) => {
                let why = match &before.failed {
                    _ if before.until <= at => before.why_ended(),
                    Some(failed) => failed.to_string(),
                    None if before.target == to => format!("now at {}", new.endpoint.at),
                    None if drawn => "the refresh was drawn there".to_owned(),
                    None => "the refresh went there".to_owned(),
                };
                (Some(before.target), why, Some(nowhere(before.until, at, before.overslept)))
            }
            (None, Some(ended)) => {
                let span = nowhere(ended.at, at, ended.overslept);
                (Some(ended.target), ended.why.to_string(), Some(span))
            }
            (None, None) => (None, format!("granted for {} s", new.granted), None),
        };
        self.bound = Some(new);
        let from = from.filter(|from| *from != to);
        vec![PinMove {
            from,
            to: Some(to),
            confidence: Confidence::Observed,
            why: why.into(),
            unregistered,
            connection: false,
        }]
    }

    /// Takes that an attempt came to nothing before anything was to be bound, as the POP did not say who is there.
    pub(super) fn fail_to_look(&mut self, report: &RegisterReport) {
        if self.bound.is_none() && !matches!(report.outcome, RegisterOutcome::Done(_)) {
            self.fail(report, said(report));
        }
    }

    fn fail(&mut self, report: &RegisterReport, why: Text) {
        let refused = matches!(report.outcome, RegisterOutcome::Refused(_));
        match &mut self.bound {
            Some(bound) if bound.endpoint == report.endpoint => bound.failed = Some(why),
            Some(_) => {}
            None => {
                let asked = |ended: &&mut Ended| ended.asked == Some(report.endpoint);
                if let Some(ended) = self.ended.as_mut().filter(asked) {
                    ended.why = format!("{}: {why}", ended.why).into();
                    ended.asked = None;
                }
                let since = self.trying.as_ref().map_or(report.at, |trying| trying.since);
                self.trying = Some(Trying { since, why, refused });
            }
        }
    }

    /// What was bound is so no longer.
    pub(super) fn end(&mut self, at: Moment, why: &str) -> Vec<PinMove> {
        let Some(Bound { target, overslept, .. }) = self.bound.take() else { return Vec::new() };
        self.trying = None;
        self.ended = Some(Ended { target: target.clone(), at, why: why.into(), overslept, asked: None });
        let (from, confidence) = (Some(target), Confidence::Observed);
        vec![PinMove { from, to: None, confidence, why: why.into(), unregistered: None, connection: false }]
    }

    /// It is let go of for this reason, be it removed already or not.
    pub(super) fn let_go(&mut self, at: Moment, why: &str) -> Vec<PinMove> {
        if let (None, Some(ended)) = (&self.bound, &mut self.ended) {
            ended.why = why.into();
        }
        self.end(at, why)
    }

    /// The flow is lost over which it was bound.
    pub(super) fn lose(&mut self, endpoint: Endpoint, at: Moment, how: &Text) -> Vec<PinMove> {
        let here = self.bound.as_ref().is_some_and(|bound| bound.endpoint == endpoint);
        if here { self.end(at, how.as_str()) } else { Vec::new() }
    }

    /// Ends what was not refreshed in time.
    pub(super) fn tick(&mut self, now: Moment, woke: Option<Moment>) -> Vec<PinMove> {
        let Some(bound) = self.bound.as_ref().filter(|bound| bound.until <= now) else { return Vec::new() };
        if bound.overslept && woke.is_some_and(|woke| now.since(woke) <= WAKING) {
            return Vec::new();
        }
        let (at, why) = (bound.until, bound.why_ended());
        let asked = Some(bound.endpoint).filter(|_| bound.failed.is_none());
        let moves = self.end(at, &why);
        if let Some(ended) = &mut self.ended {
            ended.asked = asked;
        }
        moves
    }

    /// The machine slept: what is left counts by the wall clock.
    pub(super) fn sleep(&mut self, now: Moment) {
        if let Some(bound) = &mut self.bound {
            bound.until = after_sleep(bound.until, now);
            bound.overslept |= bound.until <= now;
        }
    }

    /// Why nothing is bound; none where something is, or nothing was tried yet.
    pub(super) fn without(&self) -> Option<Without> {
        if self.bound.is_some() {
            return None;
        }
        let ended = self.ended.as_ref().map(|ended| (ended.at, &ended.why));
        match (&self.trying, ended) {
            (Some(trying), ended) => {
                let since = ended.map_or(trying.since, |(at, _)| at);
                Some(Without { since, why: trying.why.clone(), refused: trying.refused })
            }
            (None, Some((since, why))) => Some(Without { since, why: why.clone(), refused: false }),
            (None, None) => None,
        }
    }

    /// What was tried before is of no account: it is to be done otherwise.
    pub(super) fn forget_attempts(&mut self) {
        (self.trying, self.ended) = (None, None);
    }
}

impl Bound {
    fn why_ended(&self) -> String {
        match &self.failed {
            _ if self.overslept => "expired while this machine slept".to_owned(),
            Some(failed) => format!("expired, not refreshed: {failed}"),
            None => "expired, not refreshed".to_owned(),
        }
    }
}

/// How long nothing was bound; the monotonic clock does not tell of what ended in a sleep.
fn nowhere(since: Moment, now: Moment, overslept: bool) -> Duration {
    let by_wall = || Duration::try_from(now.wall.duration_since(since.wall)).unwrap_or_default();
    if overslept { by_wall() } else { now.since(since) }
}

/// The same end, as far away as the wall clock says: the monotonic one stood still.
pub(super) fn after_sleep(until: Moment, now: Moment) -> Moment {
    let left = Duration::try_from(until.wall.duration_since(now.wall)).unwrap_or_default();
    Moment { mono: until.mono.min(now.mono.saturating_add(left)), ..until }
}

/// What came of a REGISTER, in words.
pub(super) fn said(report: &RegisterReport) -> Text {
    match &report.outcome {
        RegisterOutcome::Done(_) => "2xx".into(),
        RegisterOutcome::Refused(refusal) => format!("{} {}", refusal.code, refusal.reason).trim_end().into(),
        RegisterOutcome::Failed { result: ProbeResult::Timeout, .. } => {
            format!("no answer in {} s", report.took.as_secs().max(1)).as_str().into()
        }
        RegisterOutcome::Failed { result, detail, .. } if detail.is_empty() => result.said().into(),
        RegisterOutcome::Failed { result, detail, .. } if detail.as_str().starts_with(result.said()) => detail.clone(),
        RegisterOutcome::Failed { result, detail, .. } => format!("{}: {detail}", result.said()).as_str().into(),
        RegisterOutcome::KeptBack(why) => why.clone(),
    }
}
