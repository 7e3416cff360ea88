//! What a response answers beside its question: the additional section.
//!
//! A server that knows what will be asked next may put it there: the SRV records of a NAPTR's replacement
//! (RFC 3403 4.1), the addresses of an SRV's target (RFC 2782). It saves a round trip, but it is a favour, so
//! only what is surely meant is taken: RRsets of names that the answer leads to, under exactly those names.
//! What is missing is not said to be missing. An RRset that is there is whole, since a server leaves out
//! entirely what does not fit (RFC 2181 9); truncated messages never come here.

use std::collections::BTreeMap;

use hickory_net::proto::op::Message;

use super::message::{add, is_of, rdata};
use super::names;
use crate::model::{Question, Rdata, Record, RecordType};

/// The RRsets that these records lead to, and those that such an RRset leads to in turn.
pub(super) fn rrsets(response: &Message, records: &[Record]) -> Vec<(Question, Vec<Record>)> {
    let mut there = additional(response);
    let mut wanted: Vec<Question> = records.iter().flat_map(next).collect();
    let mut found = Vec::new();
    while let Some(question) = wanted.pop() {
        if let Some(rrset) = there.remove(&question) {
            wanted.extend(rrset.iter().flat_map(next));
            found.push((question, rrset));
        }
    }
    found
}

/// All RRsets of the section that a walk could ask for.
fn additional(response: &Message) -> BTreeMap<Question, Vec<Record>> {
    let mut there = BTreeMap::<_, Vec<Record>>::new();
    for record in response.additionals.iter().filter(|record| is_of(record, &record.name)) {
        let Ok(owner) = names::from_wire(&record.name) else { continue };
        for rtype in [RecordType::Srv, RecordType::A, RecordType::Aaaa] {
            if let Some(rdata) = rdata(&record.data, rtype) {
                add(there.entry(Question::new(owner.clone(), rtype)).or_default(), record.ttl, rdata);
            }
        }
    }
    there
}

/// What a walk asks for after this record.
fn next(record: &Record) -> Vec<Question> {
    let (name, types): (_, &[RecordType]) = match &record.rdata {
        Rdata::Naptr(naptr) => (&naptr.replacement, &[RecordType::Srv]),
        Rdata::Srv(srv) => (&srv.target, &[RecordType::A, RecordType::Aaaa]),
        Rdata::A(_) | Rdata::Aaaa(_) => return Vec::new(),
    };
    types.iter().map(|&rtype| Question::new(name.clone(), rtype)).collect()
}
