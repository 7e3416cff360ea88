//! What a walk rests on.

use std::collections::BTreeSet;

use crate::model::{Dial, Moment, Question, Reading, Survey};

use super::{Engine, Walk};

/// The questions of a survey that a walk needs to come as far as it does: all else in the survey can be
/// forgotten, and the walk comes to the same. What its steps show may be less, since a walk that stops early
/// has needed more than it tells of.
pub fn basis(engine: &dyn Engine, dial: &Dial, survey: &Survey, reading: Reading, at: Moment) -> BTreeSet<Question> {
    let (mut known, mut basis) = (Survey::default(), BTreeSet::new());
    // Each turn knows more than the last, so there are no more of them than there are questions.
    while let Walk::Need(need) = engine.walk(dial, &known, reading, at) {
        let before = basis.len();
        for question in need.must {
            if let Some(entry) = survey.get(&question)
                && basis.insert(question)
            {
                entry.last_good.iter().chain([&entry.now]).for_each(|answer| known.insert(answer.clone()));
            }
        }
        if basis.len() == before {
            break;
        }
    }
    basis
}
