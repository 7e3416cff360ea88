//! A resolution, to be looked up in.

use std::collections::BTreeMap;

use crate::model::{Name, RecordType, Resolution, Srv, Step, Target};

/// What an SRV record and its target have in common: priority, weight, name, port.
type Key<'r> = (u16, u16, &'r Name, u16);

/// The steps of a resolution by question, and its targets by SRV record. An answer may hold thousands
/// of them, and who goes through one for each of the other stalls.
#[derive(Debug)]
pub struct Index<'r> {
    steps: BTreeMap<(&'r Name, RecordType), &'r Step>,
    targets: BTreeMap<Key<'r>, (usize, &'r Target)>,
}

impl<'r> Index<'r> {
    /// Of this resolution.
    pub fn of(resolution: &'r Resolution) -> Self {
        let mut index = Self { steps: BTreeMap::new(), targets: BTreeMap::new() };
        for step in &resolution.steps {
            index.steps.entry((&step.question.name, step.question.rtype)).or_insert(step);
        }
        for (at, tier) in resolution.tiers.iter().enumerate() {
            for target in &tier.targets {
                if let (Some(priority), Some(weight), Some(name)) = (tier.priority, target.weight, target.host.name()) {
                    index.targets.entry((priority, weight, name, target.port)).or_insert((at, target));
                }
            }
        }
        index
    }

    /// The first step that turned on this question.
    pub fn step(&self, name: &Name, rtype: RecordType) -> Option<&'r Step> {
        self.steps.get(&(name, rtype)).copied()
    }

    /// The target that this record became, with the place of its tier; none where the walk does not use it.
    pub fn target(&self, srv: &Srv) -> Option<(usize, &'r Target)> {
        self.targets.get(&(srv.priority, srv.weight, &srv.target, srv.port)).copied()
    }
}
