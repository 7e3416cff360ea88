//! Questions that fail: since when, and what is told of it.

use crate::model::{Answer, Moment, Outcome, Resolution, Step};
use crate::state::carrier::CarrierState;

/// What is told of questions that fail, in words.
pub(super) enum Trouble {
    /// That they do.
    Begins(String),
    /// That they do no longer.
    Ends(String),
}

impl Trouble {
    pub(super) const fn ends(&self) -> bool {
        matches!(self, Self::Ends(_))
    }

    pub(super) fn said(self) -> String {
        match self {
            Self::Begins(said) | Self::Ends(said) => said,
        }
    }
}

/// Whether nothing came that anybody can have answered.
pub(super) const fn is_nothing(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Timeout | Outcome::Other(_))
}

/// Whether nothing came to some question: that may be our own network.
pub(super) fn is_mute(drawn: &Resolution) -> bool {
    let mut now = drawn.steps.iter().filter_map(Step::now);
    now.any(|answer| is_nothing(answer))
}

/// Notes since when questions fail, and how; says so when that begins and when it ends. That more of them fail
/// in the same way is no news.
pub(super) fn trouble(carrier: &mut CarrierState, drawn: &Resolution, at: Moment) -> Option<Trouble> {
    let failed: Vec<&Answer> = drawn
        .steps
        .iter()
        .filter_map(|step| step.now().map(AsRef::as_ref).filter(|answer| !answer.outcome.is_answer()))
        .collect();
    let before = std::mem::take(&mut carrier.failing);
    for answer in &failed {
        let word = answer.outcome.word();
        carrier.failing.insert(word, before.get(word).copied().unwrap_or(at));
    }
    carrier.dns_failing = carrier.failing.values().copied().max();
    if let Some(answer) = failed.iter().find(|answer| !before.contains_key(answer.outcome.word())) {
        return Some(Trouble::Begins(match &answer.outcome {
            // These words name the server already.
            Outcome::Other(what) => format!("{what}, for {}", answer.question),
            outcome => format!("{} from {} for {}", outcome.said(), answer.resolver, answer.question),
        }));
    }
    let over = before.iter().filter(|(word, _)| !carrier.failing.contains_key(*word));
    let since = over.map(|(_, since)| *since).max()?;
    let seconds = at.since(since).as_secs();
    Some(Trouble::Ends(match carrier.failing.keys().next() {
        None => format!("the resolver answers again, after {seconds} s"),
        Some(word) => format!("the resolver answers again, after {seconds} s; still: {word}"),
    }))
}
