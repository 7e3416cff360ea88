//! A resolution, to be looked up in.

use std::collections::BTreeMap;

use crate::model::{Name, RecordType, Resolution, Srv, Step, Target, Tier};

/// What an SRV record and its target have in common: priority, weight, name, port.
type Key<'r> = (u16, u16, &'r Name, u16);

/// The steps of a resolution by question, and its targets by SRV record. An answer may hold thousands
/// of them, and who goes through one for each of the other stalls.
#[derive(Debug)]
pub struct Index<'r> {
    steps: BTreeMap<(&'r Name, RecordType), Vec<&'r Step>>,
    targets: BTreeMap<Key<'r>, Vec<(usize, &'r Tier, &'r Target)>>,
}

impl<'r> Index<'r> {
    /// Of this resolution.
    pub fn of(resolution: &'r Resolution) -> Self {
        let mut index = Self { steps: BTreeMap::new(), targets: BTreeMap::new() };
        for step in &resolution.steps {
            index.steps.entry((&step.question.name, step.question.rtype)).or_default().push(step);
        }
        for (at, tier) in resolution.tiers.iter().enumerate() {
            for target in &tier.targets {
                if let (Some(priority), Some(weight), Some(name)) = (tier.priority, target.weight, target.host.name()) {
                    let key = (priority, weight, name, target.port);
                    index.targets.entry(key).or_default().push((at, tier, target));
                }
            }
        }
        index
    }

    /// The first step that turned on this question.
    pub fn step(&self, name: &Name, rtype: RecordType) -> Option<&'r Step> {
        self.steps.get(&(name, rtype)).and_then(|steps| steps.first()).copied()
    }

    /// The step of this URI that turned on this question.
    pub fn step_of(&self, uri: usize, name: &Name, rtype: RecordType) -> Option<&'r Step> {
        let steps = self.steps.get(&(name, rtype))?;
        steps.iter().find(|step| step.uri == uri).copied()
    }

    /// The target that this record became in the answer that a step read.
    pub fn target_of(&self, step: &Step, srv: &Srv) -> Option<(usize, &'r Target)> {
        let of_step = |tier: &Tier| tier.uri == step.uri && tier.owner.as_ref() == Some(&step.question.name);
        let became = self.targets.get(&(srv.priority, srv.weight, &srv.target, srv.port))?;
        became.iter().find(|(_, tier, _)| of_step(tier)).map(|(at, _, target)| (*at, *target))
    }
}
