//! Reads a response: what it says about the question, and about nothing else.
//!
//! A response may hold records that nobody asked for, aliases in any order, or an authority section of
//! another zone. Only records that the CNAME chain from the name asked for leads to are taken.

use hickory_net::NetError;
use hickory_net::proto::op::{Message, Query, ResponseCode};
use hickory_net::proto::rr::{self, DNSClass, RData};

use super::{MAX_CHAIN, alias, names};
use crate::model::{Cname, Naptr, Outcome, Question, Rdata, Record, RecordType, Srv, Text, Ttl};

/// What came under the id of a question.
pub(super) enum Decoded {
    /// The response to it, or a broken one.
    Response(Result<Message, NetError>),
    /// No response to it.
    Astray(NetError),
}

/// Reads a message that may be the response to this query.
pub(super) fn decode(octets: &[u8], query: &Query) -> Decoded {
    let why = match Message::from_vec(octets) {
        Ok(message) if is_to(&message, query) => return Decoded::Response(Ok(message)),
        Ok(_) => return Decoded::Astray(NetError::Message(ASTRAY)),
        Err(why) => NetError::from(why),
    };
    // Some servers cut in the middle of a record when they truncate, so what can be read is read alone.
    let head = octets.iter().enumerate().map(|(at, octet)| if (6..12).contains(&at) { 0 } else { *octet });
    match Message::from_vec(&head.collect::<Vec<_>>()) {
        Ok(head) if head.queries.first() == Some(query) => {
            Decoded::Response(if head.metadata.truncation { Ok(head) } else { Err(why) })
        }
        Ok(_) | Err(_) => Decoded::Astray(why),
    }
}

/// What is said of a response to another question.
pub(super) const ASTRAY: &str = "the response is to another question";

/// Whether a response is to this query. One that only reports an error need not repeat the question, and that
/// of a server which could not read it does not.
pub(super) fn is_to(response: &Message, query: &Query) -> bool {
    match response.queries.as_slice() {
        [echoed] => echoed == query,
        [] => {
            let code = response.metadata.response_code;
            !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) && response.all_sections().next().is_none()
        }
        _ => false,
    }
}

/// What a response means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The question is settled.
    Settled(Outcome),
    /// The chain leads to this name, of which the response says nothing.
    Elsewhere(crate::model::Name),
}

/// Reads the response to a question, and adds the aliases in it to the chain.
pub(super) fn read(response: &Message, asked: &Question, chain: &mut Vec<Cname>) -> Reading {
    let Ok(mut end) = names::to_wire(&asked.name) else { return said(format!("{} cannot be asked", asked.name)) };
    let known = chain.len();
    let records = loop {
        let records = rrset(response, &end, asked.rtype);
        if !records.is_empty() {
            break records;
        }
        let (target, alias) = match alias::next(response, &end) {
            Some(Ok(alias::Step { target, alias })) => (target, alias),
            Some(Err(why)) => return said(why),
            None => break records,
        };
        let seen = alias.target == alias.owner || chain.iter().any(|c| c.owner == alias.target);
        chain.push(alias);
        if seen || chain.len() > MAX_CHAIN {
            return Reading::Settled(Outcome::Loop);
        }
        end = target;
    };
    // The RCODE is about the end of the chain (RFC 6604 3).
    Reading::Settled(match response.metadata.response_code {
        ResponseCode::NoError if !records.is_empty() => Outcome::Records(records),
        ResponseCode::NoError => return nothing_there(response, &end, chain.get(known..).and_then(<[_]>::last)),
        ResponseCode::NXDomain => Outcome::NxDomain(negative_ttl(response, &end)),
        ResponseCode::ServFail => Outcome::ServFail,
        ResponseCode::Refused => Outcome::Refused,
        ResponseCode::FormErr => Outcome::FormErr,
        other => return said(mnemonic(other)),
    })
}

/// Whether a server says that it cannot answer: the RCODEs at which glibc's resolver asks the next name
/// server of the host (`send_dg` in its `res_send.c`).
pub(super) fn is_helpless(response: &Message) -> bool {
    matches!(response.metadata.response_code, ResponseCode::ServFail | ResponseCode::Refused | ResponseCode::NotImp)
}

/// Whether a server says that it cannot read the question, which old ones say to EDNS (RFC 6891 7).
pub(super) fn is_baffled(response: &Message) -> bool {
    response.edns.is_none() && matches!(response.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
}

/// Tells NODATA from a referral and from an alias that was not followed (RFC 2308 2.2).
fn nothing_there(response: &Message, end: &rr::Name, last: Option<&Cname>) -> Reading {
    let ttl = negative_ttl(response, end);
    match (ttl, last) {
        (None, Some(alias)) => Reading::Elsewhere(alias.target.clone()),
        (None, None) if !response.metadata.authoritative => match referral(response) {
            Some(zone) => said(format!("not an answer, but a referral to the servers of {zone}")),
            None => Reading::Settled(Outcome::NoData(None)),
        },
        _ => Reading::Settled(Outcome::NoData(ttl)),
    }
}

fn referral(response: &Message) -> Option<crate::model::Name> {
    let ns = response.authorities.iter().find(|record| matches!(record.data, RData::NS(_)))?;
    names::from_wire(&ns.name).ok()
}

/// How long "there is none" may be believed: the lesser of the SOA's TTL and its MINIMUM (RFC 2308 5).
fn negative_ttl(response: &Message, end: &rr::Name) -> Option<Ttl> {
    response.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) if record.name.zone_of(end) => Some(Ttl::new(record.ttl).min(Ttl::new(soa.minimum))),
        _ => None,
    })
}

/// The records of one owner and type in the order received; the same data twice is one record (RFC 2181 5).
fn rrset(response: &Message, owner: &rr::Name, rtype: RecordType) -> Vec<Record> {
    let mut kept: Vec<Record> = Vec::new();
    for record in response.answers.iter().filter(|record| is_of(record, owner)) {
        if let Some(rdata) = rdata(&record.data, rtype) {
            add(&mut kept, record.ttl, rdata);
        }
    }
    kept
}

/// Adds a record to its RRset. Of the same data twice the lesser TTL counts (RFC 2181 5.2).
pub(super) fn add(rrset: &mut Vec<Record>, ttl: u32, rdata: Rdata) {
    let ttl = Ttl::new(ttl);
    match rrset.iter_mut().find(|known| known.rdata == rdata) {
        Some(known) => known.ttl = known.ttl.min(ttl),
        None => rrset.push(Record { ttl, rdata }),
    }
}

/// Whether a record is about this name, in the Internet.
pub(super) fn is_of(record: &rr::Record, owner: &rr::Name) -> bool {
    record.dns_class == DNSClass::IN && record.name == *owner
}

/// The data of a record, where it is of this type.
pub(super) fn rdata(data: &RData, rtype: RecordType) -> Option<Rdata> {
    Some(match (rtype, data) {
        (RecordType::A, RData::A(ip)) => Rdata::A(ip.0),
        (RecordType::Aaaa, RData::AAAA(ip)) => Rdata::Aaaa(ip.0),
        (RecordType::Srv, RData::SRV(srv)) => Rdata::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: names::from_wire(&srv.target).ok()?,
        }),
        (RecordType::Naptr, RData::NAPTR(naptr)) => Rdata::Naptr(Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: Text::from_wire(&naptr.flags),
            service: Text::from_wire(&naptr.services),
            regexp: Text::from_wire(&naptr.regexp),
            replacement: names::from_wire(&naptr.replacement).ok()?,
        }),
        _ => return None,
    })
}

/// An RCODE that is no outcome of its own, as `dig` writes it.
fn mnemonic(code: ResponseCode) -> String {
    match code {
        ResponseCode::NotImp => "NOTIMP",
        ResponseCode::YXDomain => "YXDOMAIN",
        ResponseCode::YXRRSet => "YXRRSET",
        ResponseCode::NXRRSet => "NXRRSET",
        ResponseCode::NotAuth => "NOTAUTH",
        ResponseCode::NotZone => "NOTZONE",
        ResponseCode::BADVERS => "BADVERS",
        ResponseCode::BADCOOKIE => "BADCOOKIE",
        other => return format!("RCODE {}", u16::from(other)),
    }
    .to_owned()
}

fn said(what: String) -> Reading {
    Reading::Settled(Outcome::Other(what.into()))
}
