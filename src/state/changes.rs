//! What changed in a carrier's DNS, in words that say what it means for the traffic.
//!
//! Counting down and coming in another order are not changes. A question that failed says nothing about
//! the zone, so it is no change either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::locate::Index;
use crate::model::{Answer, Host, Name, Outcome, Question, Rdata, Resolution, Share, Srv};

/// What differs between two resolutions of one carrier, a line for each change.
pub(super) fn changes(old: &Resolution, new: &Resolution, label: impl Fn(&Host) -> String) -> Vec<String> {
    let compare = Compare { old: Index::of(old), new: Index::of(new), label };
    let mut lines = Vec::new();
    for step in &new.steps {
        let Some(now) = step.answer() else { continue };
        let Some(earlier) = compare.old.step(&step.question.name, step.question.rtype) else { continue };
        let Some(before) = earlier.answer().filter(|before| !Arc::ptr_eq(before, now)) else { continue };
        let known = lines.len();
        compare.answers(&step.question, before, now, &mut lines);
        if !step.used && !earlier.used {
            for line in &mut lines[known..] {
                line.push_str(&format!(" (in {}, which is not used)", step.question.name));
            }
        }
    }
    lines
}

struct Compare<'r, L> {
    old: Index<'r>,
    new: Index<'r>,
    label: L,
}

impl<L: Fn(&Host) -> String> Compare<'_, L> {
    fn answers(&self, question: &Question, before: &Answer, now: &Answer, lines: &mut Vec<String>) {
        let end = |answer: &Answer| answer.chain.last().map(|cname| cname.target.clone());
        if end(before) != end(now) {
            lines.push(match end(now) {
                Some(target) => format!("{} is now an alias of {target}", question.name),
                None => format!("{} is no longer an alias", question.name),
            });
        }
        let (old, new) = (rdata(&before.outcome), rdata(&now.outcome));
        if old.is_empty() != new.is_empty() {
            lines.push(format!("{question}: {} -> {}", before.outcome.said(), now.outcome.said()));
            return;
        }
        let gone: Vec<&Rdata> = old.difference(&new).copied().collect();
        let come: Vec<&Rdata> = new.difference(&old).copied().collect();
        match (gone.as_slice(), come.as_slice()) {
            ([from @ (Rdata::A(_) | Rdata::Aaaa(_))], [to]) => {
                lines.push(format!("{}: address {from} -> {to}", self.host(&question.name)));
            }
            _ => self.records(question, &gone, &come, lines),
        }
    }

    fn records(&self, question: &Question, gone: &[&Rdata], come: &[&Rdata], lines: &mut Vec<String>) {
        let (before, after) = (targets(gone), targets(come));
        for rdata in come {
            match rdata {
                Rdata::Srv(now) => {
                    let before = before.get(&(&now.target, now.port)).copied();
                    self.srv(&question.name, before, now, lines);
                }
                Rdata::Naptr(_) => lines.push(format!("NAPTR added: {rdata}")),
                Rdata::A(_) | Rdata::Aaaa(_) => {
                    lines.push(format!("{}: address {rdata} added", self.host(&question.name)));
                }
            }
        }
        for rdata in gone {
            match rdata {
                Rdata::Srv(before) if after.contains_key(&(&before.target, before.port)) => {}
                Rdata::Srv(before) => {
                    let target = Host::Name(before.target.clone());
                    let share = first(&self.old, before);
                    lines.push(format!("{} removed from {}{}", (self.label)(&target), question.name, had(share)));
                }
                Rdata::Naptr(_) => lines.push(format!("NAPTR removed: {rdata}")),
                Rdata::A(_) | Rdata::Aaaa(_) => {
                    lines.push(format!("{}: address {rdata} removed", self.host(&question.name)));
                }
            }
        }
    }

    fn srv(&self, owner: &Name, before: Option<&Srv>, now: &Srv, lines: &mut Vec<String>) {
        let target = (self.label)(&Host::Name(now.target.clone()));
        let to = first(&self.new, now);
        let Some(before) = before else {
            let (priority, weight) = (now.priority, now.weight);
            lines.push(format!("{target} added to {owner} (priority {priority}, weight {weight}){}", gets(to)));
            return;
        };
        let from = first(&self.old, before);
        let meaning = match (from, to) {
            (Some(from), Some(to)) if (from.0 - to.0).abs() > 1e-9 => format!(": first share {from} -> {to}"),
            _ => String::new(),
        };
        let mut fields = Vec::new();
        if before.priority != now.priority {
            fields.push(format!("priority {} -> {}", before.priority, now.priority));
        }
        if before.weight != now.weight {
            fields.push(format!("weight {} -> {}", before.weight, now.weight));
        }
        lines.push(format!("{target} {}{meaning}", fields.join(", ")));
    }

    fn host(&self, name: &Name) -> String {
        (self.label)(&Host::Name(name.clone()))
    }
}

fn rdata(outcome: &Outcome) -> BTreeSet<&Rdata> {
    outcome.records().iter().map(|record| &record.rdata).collect()
}

/// The SRV records by target and port, the first of each.
fn targets<'r>(records: &[&'r Rdata]) -> BTreeMap<(&'r Name, u16), &'r Srv> {
    let mut targets = BTreeMap::new();
    for rdata in records {
        if let Rdata::Srv(srv) = rdata {
            targets.entry((&srv.target, srv.port)).or_insert(srv);
        }
    }
    targets
}

/// The first share of a record in a resolution; none where the resolution does not use it.
fn first(index: &Index<'_>, srv: &Srv) -> Option<Share> {
    index.target(srv).map(|(_, target)| target.first)
}

fn gets(share: Option<Share>) -> String {
    share.map_or_else(String::new, |share| format!(": first share {share}"))
}

fn had(share: Option<Share>) -> String {
    share.map_or_else(String::new, |share| format!(": it had a first share of {share}"))
}
