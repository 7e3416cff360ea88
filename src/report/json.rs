//! Pieces that several documents share.

use std::time::Duration;

use serde::Serialize;

use crate::model::{Cname, Conclusion, Name, Question, Rdata, Record};

#[derive(Serialize)]
pub(super) struct QuestionDoc {
    name: String,
    #[serde(rename = "type")]
    rtype: &'static str,
}

impl From<&Question> for QuestionDoc {
    fn from(question: &Question) -> Self {
        Self { name: question.name.to_string(), rtype: question.rtype.as_str() }
    }
}

#[derive(Serialize)]
pub(super) struct RecordDoc {
    text: String,
    ttl: u32,
    #[serde(flatten)]
    rdata: RdataDoc,
}

impl From<&Record> for RecordDoc {
    fn from(record: &Record) -> Self {
        Self { text: record.rdata.to_string(), ttl: record.ttl.seconds(), rdata: (&record.rdata).into() }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum RdataDoc {
    Naptr { order: u16, preference: u16, flags: String, service: String, regexp: String, replacement: String },
    Srv { priority: u16, weight: u16, port: u16, target: String },
    Address { address: String },
}

impl From<&Rdata> for RdataDoc {
    fn from(rdata: &Rdata) -> Self {
        match rdata {
            Rdata::Naptr(naptr) => Self::Naptr {
                order: naptr.order,
                preference: naptr.preference,
                flags: naptr.flags.to_string(),
                service: naptr.service.to_string(),
                regexp: naptr.regexp.to_string(),
                replacement: naptr.replacement.to_string(),
            },
            Rdata::Srv(srv) => {
                Self::Srv { priority: srv.priority, weight: srv.weight, port: srv.port, target: srv.target.to_string() }
            }
            Rdata::A(ip) => Self::Address { address: ip.to_string() },
            Rdata::Aaaa(ip) => Self::Address { address: ip.to_string() },
        }
    }
}

#[derive(Serialize)]
pub(super) struct CnameDoc {
    name: String,
    target: String,
    ttl: u32,
    dname: Option<String>,
}

impl From<&Cname> for CnameDoc {
    fn from(cname: &Cname) -> Self {
        Self {
            name: cname.owner.to_string(),
            target: cname.target.to_string(),
            ttl: cname.ttl.seconds(),
            dname: cname.dname.as_ref().map(Name::to_string),
        }
    }
}

/// The word for what a walk came to.
pub(super) const fn conclusion(conclusion: &Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Found => "found",
        Conclusion::Nowhere(_) => "nowhere",
        Conclusion::DnsFailed { .. } => "dns_failed",
    }
}

/// A document in one line.
pub(super) fn line(document: &impl Serialize) -> String {
    // Every key is a string and every number finite, so there is nothing that could not be written.
    serde_json::to_string(document).unwrap_or_default()
}

/// In seconds, to the microsecond.
pub(super) fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e6
}
