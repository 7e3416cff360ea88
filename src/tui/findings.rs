//! The findings of a carrier, as cursor, keys and picture share them.

use std::sync::Arc;

use crate::model::{Finding, Severity};
use crate::report;
use crate::state::{CarrierState, State};

use super::canvas::Piece;
use super::theme::{Look, Theme};
use super::ui::Ui;
use super::update::Effect;
use super::{copy, words};

/// Where the operator is among the findings.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    on: Option<Arc<Finding>>,
    /// Where that was, should it go.
    at: usize,
    /// Whether the selected one is told in full.
    pub(super) told: bool,
}

impl Cursor {
    /// The place of the cursor in the list.
    pub(super) fn place(&self, findings: &[Arc<Finding>]) -> usize {
        let alike = |on: &Arc<Finding>, finding: &Finding| {
            (on.severity, on.rule, &on.subject) == (finding.severity, finding.rule, &finding.subject)
        };
        let same = |on: &Arc<Finding>| findings.iter().position(|finding| finding == on);
        // Where its figures changed it is the same all the same.
        let like = |on: &Arc<Finding>| findings.iter().position(|finding| alike(on, finding));
        let here = self.on.as_ref().and_then(|on| same(on).or_else(|| like(on)));
        here.unwrap_or(self.at).min(findings.len().saturating_sub(1))
    }

    /// Another carrier's are entered at the top; what was told in full, is.
    pub(super) fn enter(&mut self) {
        *self = Self { told: self.told, ..Self::default() };
    }

    /// Moves to a place.
    pub(super) fn go(&mut self, findings: &[Arc<Finding>], at: usize) {
        self.on = findings.get(at).cloned();
        self.at = at;
    }
}

/// Whether a carrier has errors or warnings.
pub(super) fn is_troubled(carrier: &CarrierState) -> bool {
    carrier.findings.iter().any(|finding| finding.severity <= Severity::Warning)
}

/// How many errors and warnings there are, for the head of the carrier; none, where there is none.
pub(super) fn count(carrier: &CarrierState, theme: &Theme) -> Option<Piece> {
    let worst = carrier.findings.first().filter(|worst| worst.severity <= Severity::Warning)?;
    let count = carrier.findings.iter().filter(|finding| finding.severity <= Severity::Warning).count();
    // The key stands with it: the foot has no room for a hint that most carriers do not need.
    Some(Piece::new(format!("  {} (7)", words::count(count, "finding")), look(theme, worst.severity)))
}

/// How a severity looks.
pub(super) const fn look(theme: &Theme, severity: Severity) -> Look {
    match severity {
        Severity::Error => theme.failed,
        Severity::Warning => theme.warning,
        Severity::Info => theme.text,
    }
}

/// Copies a text that can be sent to the carrier: the errors and warnings in its records; where there are
/// none, the rest.
pub(super) fn copy_letter(ui: &mut Ui, state: &State, carrier: &CarrierState) -> Option<Effect> {
    let theirs: Vec<&Finding> = carrier.findings.iter().map(AsRef::as_ref).filter(|finding| !finding.ours).collect();
    let loud: Vec<&Finding> = theirs.iter().copied().filter(|finding| finding.severity <= Severity::Warning).collect();
    let told = if loud.is_empty() { theirs.clone() } else { loud };
    let (Some(published), false) = (&carrier.published, told.is_empty()) else {
        ui.complain("nothing was found in the carrier's records");
        return None;
    };
    let resolver = state.options.defaults.resolver(&carrier.carrier).to_string();
    let text = report::letter(&carrier.carrier.next_hop(), &resolver, published.at.wall, &told);
    let mut said = format!("copied: a text for the carrier with {}", words::count(told.len(), "finding"));
    for (left, noun, why) in [
        (theirs.len() - told.len(), "info", ""),
        (carrier.findings.len() - theirs.len(), "finding", ", of what we dial"),
    ] {
        if left > 0 {
            said.push_str(&format!("; without {}{why}", words::count(left, noun)));
        }
    }
    Some(copy::text(ui, &said, text))
}
