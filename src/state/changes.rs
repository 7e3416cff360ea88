//! What changed in a carrier's DNS, and what it means for the traffic.
//!
//! Counting down and coming in another order are not changes. A question that failed says nothing about
//! the zone, so it is no change either.
//!
//! ```text
//! two answers to one question --pair--> edits of records, or of the set as a whole --traffic--> meanings
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::locate::Index;
use crate::model::{
    Answer, Carrier, Change, Edit, Field, Host, Name, Outcome, Question, Rdata, RecordType, Resolution, Revision, Step,
    Text,
};

mod names;
mod pair;
mod traffic;
mod words;

use names::Names;
use pair::pair;
use traffic::Traffic;
use words::Words;

/// How many records of an RRset may be edited at once, before the set is told as a whole.
const MOST: usize = 6;

/// How many edits of one round are told one by one: a carrier keeps so many events and no more, and what
/// happened before has its place among them.
const ROUND: usize = 50;

/// The short names of targets.
type Labels = BTreeMap<Host, String>;

/// A resolution and the short names of its targets.
pub(super) type Seen<'s> = (&'s Resolution, &'s Labels);

/// What differs between two resolutions of one carrier, one for each edit: what moves calls comes first.
pub(super) fn changes(carrier: &Carrier, old: Seen<'_>, new: Seen<'_>, revision: Revision) -> Vec<Change> {
    let earlier = Index::of(old.0);
    let mut differ: Vec<Sides<'_>> = new.0.steps.iter().filter_map(|step| Sides::of(&earlier, step)).collect();
    if differ.is_empty() {
        return Vec::new();
    }
    // Several URIs may ask the same question: it is told once, for the one that goes by it.
    differ.sort_by_key(|sides| !sides.is_used());
    let mut known = BTreeSet::new();
    differ.retain(|sides| known.insert(sides.question()));
    let names = Names::new(carrier, new.1, old.1);
    let traffic = Traffic::between(old.0, new.0, &names);
    let mut told = Told { names: &names, traffic, revision, changes: Vec::new(), aliases: BTreeMap::new() };
    for sides in differ {
        told.answers(&sides);
    }
    told.changes.sort_by_key(|change| (!change.used, change.means.starts_with(traffic::NOTHING)));
    let more = told.changes.len().saturating_sub(ROUND);
    told.changes.truncate(ROUND + 1);
    if let Some(rest) = told.changes.last_mut().filter(|_| more > 0) {
        rest.record = None;
        rest.edit = Edit { field: Field::Set, from: Vec::new(), to: Vec::new() };
        rest.also.clear();
        rest.what = format!("{more} more edits, the first of {}", rest.rrset);
        rest.means = told.traffic.all();
    }
    told.changes
}

/// Two answers to one question that are not the same.
struct Sides<'r> {
    before: &'r Answer,
    now: &'r Answer,
    /// The steps that read them.
    steps: (&'r Step, &'r Step),
    /// What only the earlier one had.
    gone: Vec<&'r Rdata>,
    /// What only the later one has.
    come: Vec<&'r Rdata>,
    /// How many records both have.
    kept: usize,
}

impl<'r> Sides<'r> {
    fn of(earlier: &Index<'r>, step: &'r Step) -> Option<Self> {
        let now: &Answer = step.answer()?;
        let earlier = earlier.step_of(step.uri, &step.question.name, step.question.rtype)?;
        let before: &Answer = earlier.answer()?;
        if std::ptr::eq(before, now) {
            return None;
        }
        let (old, new) = (rdata(&before.outcome), rdata(&now.outcome));
        let gone: Vec<&Rdata> = old.difference(&new).copied().collect();
        let come: Vec<&Rdata> = new.difference(&old).copied().collect();
        let kept = old.len() - gone.len();
        let same = gone.is_empty() && come.is_empty() && alias(before) == alias(now);
        (!same).then_some(Self { before, now, steps: (earlier, step), gone, come, kept })
    }

    fn question(&self) -> &'r Question {
        &self.now.question
    }

    fn is_used(&self) -> bool {
        self.steps.0.used || self.steps.1.used
    }
}

/// What is to be told.
struct Told<'r> {
    names: &'r Names<'r>,
    traffic: Traffic<'r>,
    revision: Revision,
    changes: Vec<Change>,
    /// Which change told the alias of an owner name: the name is asked for A and for AAAA, and edited once.
    aliases: BTreeMap<Name, usize>,
}

impl Told<'_> {
    fn answers(&mut self, sides: &Sides<'_>) {
        if self.alias(sides) {
            return;
        }
        if sides.kept > 0 || !sides.gone.is_empty() && !sides.come.is_empty() {
            return self.records(sides);
        }
        let (was, is) = (sides.before.outcome.said(), sides.now.outcome.said());
        let what = format!("{}: {was} -> {is}", sides.question());
        let also = Edit::among(Field::Set, &sides.gone, &sides.come);
        self.tell(sides, None, vec![Edit::of(Field::Existence, was, is), also], what, Self::of_set);
    }

    /// An owner name that stands for another one now: whatever differs below it, this is what was edited.
    fn alias(&mut self, sides: &Sides<'_>) -> bool {
        let (was, is) = (alias(sides.before), alias(sides.now));
        if was == is {
            return false;
        }
        let (owner, Sides { gone, come, .. }) = (&sides.question().name, sides);
        let records = (!gone.is_empty() || !come.is_empty()).then(|| Edit::among(Field::Set, gone, come));
        if let Some(&at) = self.aliases.get(owner) {
            self.same_alias(sides, at, records);
            return true;
        }
        let what = match (&was, &is) {
            (Some(was), Some(is)) => format!("{owner} alias {was} -> {is}"),
            (None, Some(is)) => format!("{owner} becomes an alias of {is}"),
            _ => format!("{owner} is no longer an alias"),
        };
        let one = |name: Option<&Name>| name.iter().map(|name| name.as_str().into()).collect();
        let edit = Edit { field: Field::Alias, from: one(was), to: one(is) };
        self.aliases.insert(owner.clone(), self.changes.len());
        self.tell(sides, None, std::iter::once(edit).chain(records).collect(), what, Self::of_set);
        true
    }

    /// The same edit of an alias, seen from another type of records below it.
    fn same_alias(&mut self, sides: &Sides<'_>, at: usize, records: Option<Edit>) {
        let means = sides.is_used().then(|| self.of_set(sides));
        let Some(told) = self.changes.get_mut(at) else { return };
        if let Some(means) = means.filter(|_| !told.used) {
            (told.used, told.means) = (true, means);
            told.rrset = sides.question().clone();
        }
        told.also.extend(records);
    }

    /// The records that differ, each by itself where that says more than all of them together.
    fn records(&mut self, sides: &Sides<'_>) {
        let Sides { gone, come, kept, .. } = sides;
        let words = Words { names: self.names, question: sides.question() };
        let replaced = words.replaced(gone, come).filter(|_| *kept == 0);
        let many = gone.len().max(come.len()) > MOST;
        if let Some(what) = replaced.or_else(|| many.then(|| words.rewritten(gone.len(), come.len(), *kept))) {
            self.tell(sides, None, vec![Edit::among(Field::Set, gone, come)], what, Self::of_set);
            return;
        }
        let pairs = pair(gone, come);
        for (before, now) in pairs.edited {
            let edits = pair::edits(before, now);
            let what = words.edited(before, now, &edits);
            self.record(sides, edits, what, (Some(before), Some(now)));
        }
        for rdata in pairs.come {
            let edit = Edit::among(Field::Record, &[], &[rdata]);
            self.record(sides, vec![edit], words.whole(rdata, "added"), (None, Some(rdata)));
        }
        for rdata in pairs.gone {
            let edit = Edit::among(Field::Record, &[rdata], &[]);
            self.record(sides, vec![edit], words.whole(rdata, "removed"), (Some(rdata), None));
        }
    }

    fn record(&mut self, sides: &Sides<'_>, edits: Vec<Edit>, what: String, of: (Option<&Rdata>, Option<&Rdata>)) {
        let record = match of.0.or(of.1) {
            Some(Rdata::Srv(srv)) => Some(srv.target.as_str().into()),
            Some(Rdata::Naptr(naptr)) => Some(naptr.service.clone()),
            _ => None,
        };
        let (before, now) = (of.0.and_then(Rdata::srv), of.1.and_then(Rdata::srv));
        self.tell(sides, record, edits, what, |told, sides| match sides {
            Sides { steps: (earlier, later), .. }
                if earlier.used && later.used && (before.is_some() || now.is_some()) =>
            {
                told.traffic.srv((earlier, before), (later, now))
            }
            _ => told.of_set(sides),
        });
    }

    /// What it means where one record is not all that it is about.
    fn of_set(&self, sides: &Sides<'_>) -> String {
        match sides.question().rtype {
            RecordType::A | RecordType::Aaaa => self.traffic.addresses(&Host::Name(sides.question().name.clone())),
            RecordType::Naptr => self.traffic.naptr(),
            RecordType::Srv => self.traffic.all(),
        }
    }

    fn tell(
        &mut self,
        sides: &Sides<'_>,
        record: Option<Text>,
        edits: Vec<Edit>,
        what: String,
        means: impl Fn(&Self, &Sides<'_>) -> String,
    ) {
        let mut edits = edits.into_iter();
        let Some(edit) = edits.next() else { return };
        let (rrset, used) = (sides.question().clone(), sides.is_used());
        let (what, means) = if used {
            (what, means(self, sides))
        } else {
            (format!("{what}{}", words::within(&rrset)), format!("{}: not used", traffic::NOTHING))
        };
        let (revision, by, also) = (self.revision, sides.now.resolver.clone(), edits.collect());
        self.changes.push(Change { revision, rrset, record, used, edit, also, by, what, means });
    }
}

fn rdata(outcome: &Outcome) -> BTreeSet<&Rdata> {
    outcome.records().iter().map(|record| &record.rdata).collect()
}

/// What the owner name stands for; none where it stands for itself.
fn alias(answer: &Answer) -> Option<&Name> {
    answer.chain.last().map(|cname| &cname.target)
}
