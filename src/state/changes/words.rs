//! How an edit is said.

use std::collections::BTreeSet;

use crate::model::{Edit, Field, Name, Naptr, Question, Rdata, RecordType};

use super::names::{Names, list};

/// How many addresses may be replaced at once and still be told one by one.
const ADDRESSES: usize = 2;

/// What is said of the edits of one RRset.
pub(super) struct Words<'w> {
    pub(super) names: &'w Names<'w>,
    pub(super) question: &'w Question,
}

impl Words<'_> {
    /// One record, edited.
    pub(super) fn edited(&self, before: &Rdata, now: &Rdata, edits: &[Edit]) -> String {
        match (before, now) {
            (Rdata::Srv(before), Rdata::Srv(now)) if before.target != now.target => {
                format!("target {} -> {}", self.names.named(&before.target), self.names.named(&now.target))
            }
            (Rdata::Srv(before), _) => format!("{} {}", self.names.named(&before.target), fields(edits)),
            (Rdata::Naptr(before), _) => format!("{} {}", naptr(before), fields(edits)),
            (Rdata::A(_) | Rdata::Aaaa(_), _) => format!("{} {}", self.names.named(&self.question.name), fields(edits)),
        }
    }

    /// One record that came or went.
    pub(super) fn whole(&self, rdata: &Rdata, how: &str) -> String {
        match rdata {
            Rdata::Srv(srv) if srv.target.is_root() => format!("target '.' {how}: no such service"),
            Rdata::Srv(srv) => format!("{} {how}", self.names.named(&srv.target)),
            Rdata::Naptr(record) => format!("{} {how}", naptr(record)),
            Rdata::A(_) | Rdata::Aaaa(_) => format!("{} address {rdata} {how}", self.names.named(&self.question.name)),
        }
    }

    /// A set of which nothing was kept; none where its records are told one by one all the same.
    pub(super) fn replaced(&self, gone: &[&Rdata], come: &[&Rdata]) -> Option<String> {
        match self.question.rtype {
            RecordType::Srv => {
                let (was, is) = (targets(gone), targets(come));
                let replaced = was.is_disjoint(&is) && was.len().max(is.len()) > 1;
                let labels = |all: &BTreeSet<&Name>| {
                    let labels: Vec<String> = all.iter().map(|name| self.names.named(name)).collect();
                    list(&labels, "target")
                };
                replaced.then(|| format!("all targets replaced: {} -> {}", labels(&was), labels(&is)))
            }
            RecordType::A | RecordType::Aaaa if gone.len().min(come.len()) > ADDRESSES => {
                let host = self.names.named(&self.question.name);
                Some(format!("{host}: all addresses replaced, {} by {}", gone.len(), come.len()))
            }
            RecordType::A | RecordType::Aaaa | RecordType::Naptr => None,
        }
    }

    /// A set of which so much was edited that one by one it would fill the screen.
    pub(super) fn rewritten(&self, gone: usize, come: usize, kept: usize) -> String {
        format!("{} rewritten: {} -> {} records, {kept} as before", self.question, kept + gone, kept + come)
    }
}

/// In which set a record stands that nobody looks for in this one.
pub(super) fn within(question: &Question) -> String {
    let labels: Vec<&str> = question.name.as_str().split('.').take_while(|label| label.starts_with('_')).collect();
    if labels.is_empty() { String::new() } else { format!(" in {}", labels.join(".")) }
}

fn naptr(naptr: &Naptr) -> String {
    format!("NAPTR {}", if naptr.service.is_empty() { naptr.replacement.as_str() } else { naptr.service.as_str() })
}

/// The fields of one record: `priority 20 -> 10, weight 100 -> 50`.
fn fields(edits: &[Edit]) -> String {
    let said: Vec<String> = edits.iter().map(field).collect();
    said.join(", ")
}

fn field(edit: &Edit) -> String {
    let quote = if matches!(edit.field, Field::Flags | Field::Service | Field::Regexp) { "\"" } else { "" };
    let value = |all: &[crate::model::Text]| all.first().map_or_else(String::new, ToString::to_string);
    format!("{} {quote}{}{quote} -> {quote}{}{quote}", edit.field.word(), value(&edit.from), value(&edit.to))
}

fn targets<'r>(records: &[&'r Rdata]) -> BTreeSet<&'r Name> {
    records.iter().filter_map(|rdata| rdata.srv()).map(|srv| &srv.target).collect()
}
