//! What is wrong with a carrier's setup, from one published revision to the next.
//!
//! A question that failed clears nothing: as long as one does, what was found stays found, and what is
//! new comes beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lint::lint;
use crate::model::{EventKind, Finding, Resolution, Severity, Subject};

/// What is found now, the worst first; what does not differ is the same `Arc` as before.
pub(super) fn found(before: &[Arc<Finding>], drawn: &Resolution) -> Vec<Arc<Finding>> {
    let known: BTreeMap<&Finding, &Arc<Finding>> = before.iter().map(|finding| (&**finding, finding)).collect();
    let same = |finding: &Finding| known.get(finding).copied().cloned();
    let now = lint(drawn).into_iter().map(|finding| same(&finding).unwrap_or_else(|| Arc::new(finding)));
    let mut now: BTreeSet<Arc<Finding>> = now.collect();
    if drawn.steps.iter().filter_map(|step| step.now()).any(|answer| !answer.outcome.is_answer()) {
        let said: BTreeSet<Key<'_>> = now.iter().map(|finding| key(finding)).collect();
        let kept: Vec<_> = before.iter().filter(|finding| !said.contains(&key(finding))).cloned().collect();
        now.extend(kept);
    }
    now.into_iter().collect()
}

/// What makes a finding the same though its words have other figures in them.
type Key<'f> = (Severity, &'f str, &'f Subject);

fn key(finding: &Finding) -> Key<'_> {
    (finding.severity, finding.rule, &finding.subject)
}

/// What was raised and what was cleared, where something was.
pub(super) fn changed(before: &[Arc<Finding>], now: &[Arc<Finding>]) -> Option<EventKind> {
    let [gone, come] = [(before, now), (now, before)].map(|(these, others)| {
        let others: BTreeSet<&Arc<Finding>> = others.iter().collect();
        let loud = these.iter().filter(|finding| finding.severity != Severity::Info && !others.contains(finding));
        loud.cloned().collect::<Vec<_>>()
    });
    let (raised, cleared) = (without(&come, &gone), without(&gone, &come));
    (!raised.is_empty() || !cleared.is_empty()).then_some(EventKind::Findings { raised, cleared })
}

/// Those of `these` that none of `others` says with other figures; each of them stands for one.
fn without(these: &[Arc<Finding>], others: &[Arc<Finding>]) -> Vec<Arc<Finding>> {
    let mut alike: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for other in others {
        *alike.entry(key(other)).or_default() += 1;
    }
    let alone = these.iter().filter(|finding| match alike.get_mut(&key(finding)) {
        Some(left @ 1..) => {
            *left -= 1;
            false
        }
        _ => true,
    });
    alone.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, host: &str, what: &str) -> Arc<Finding> {
        let subject = Subject::Host(host.parse().unwrap());
        Arc::new(Finding { severity, rule: "L04", subject, what: what.into(), ours: false, clause: "", advice: "" })
    }

    fn said(event: Option<EventKind>) -> [Vec<String>; 2] {
        let Some(EventKind::Findings { raised, cleared }) = event else { return [Vec::new(), Vec::new()] };
        [raised, cleared].map(|these| these.iter().map(|f| format!("{} {}", f.subject, f.what)).collect())
    }

    #[test]
    fn figures_raise_and_clear_nothing_and_infos_are_no_events() {
        let of = |list: &[(Severity, &str, &str)]| -> Vec<Arc<Finding>> {
            list.iter().map(|(severity, host, what)| finding(*severity, host, what)).collect()
        };
        let (error, info) = (Severity::Error, Severity::Info);
        let before = of(&[(error, "a", "1 of"), (error, "b", "x"), (info, "c", "x")]);
        assert_eq!(changed(&before, &before), None);
        assert_eq!(changed(&before, &of(&[(error, "a", "2 of"), (error, "b", "x")])), None);
        let now = of(&[(error, "a", "2 of"), (error, "a", "3 of"), (info, "d", "x")]);
        assert_eq!(said(changed(&before, &now)), [vec!["a 3 of"], vec!["b x"]]);
    }
}
