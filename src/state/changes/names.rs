//! What hosts are called while their names change.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Carrier, Host, Name, Pop};
use crate::state::carrier;

/// The names of the targets before and after a change.
pub(super) struct Names<'n> {
    carrier: &'n Carrier,
    now: &'n BTreeMap<Host, String>,
    before: &'n BTreeMap<Host, String>,
    taken: BTreeSet<&'n str>,
}

impl<'n> Names<'n> {
    /// From the short names of the targets as they are, and as they were.
    pub(super) fn new(
        carrier: &'n Carrier,
        now: &'n BTreeMap<Host, String>,
        before: &'n BTreeMap<Host, String>,
    ) -> Self {
        Self { carrier, now, before, taken: now.values().map(String::as_str).collect() }
    }

    /// The short name of a target; the whole name where another target is called so now.
    pub(super) fn label(&self, host: &Host) -> String {
        if let Some(label) = self.now.get(host) {
            return label.clone();
        }
        let label = self.before.get(host).cloned().unwrap_or_else(|| carrier::short(host));
        if label.is_empty() || self.taken.contains(label.as_str()) { host.to_string() } else { label }
    }

    /// The short name of a target, by its owner name.
    pub(super) fn named(&self, name: &Name) -> String {
        self.label(&Host::Name(name.clone()))
    }

    /// The POP of a target.
    pub(super) fn pop_of(&self, host: &Host) -> Pop {
        self.carrier.pop_of(host)
    }

    /// The name of the POP of a target: the target's own, where it is one target's own.
    pub(super) fn pop(&self, host: &Host) -> String {
        let pop = self.pop_of(host).to_string();
        if pop == host.to_string() { self.label(host) } else { pop }
    }
}

/// Some names in a row; where there are more than three, how many.
pub(super) fn list(names: &[String], noun: &str) -> String {
    match names {
        [only] => only.clone(),
        few if few.len() <= 3 => few.join(", "),
        many => format!("{} {noun}s", many.len()),
    }
}
