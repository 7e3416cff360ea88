//! Aliases: CNAME, and DNAME, which makes an alias of every name below its owner (RFC 6672).
//!
//! A server that follows a DNAME sends it together with the CNAME that it made of it; one that leaves this
//! to us sends the DNAME alone, and the same CNAME is made here.

use hickory_net::proto::op::Message;
use hickory_net::proto::rr::{self, RData};

use super::message::is_of;
use super::names;
use crate::model::{Cname, Name, Ttl};

/// One step along a chain.
pub(super) struct Step {
    /// Where it leads, as the wire has it.
    pub(super) target: rr::Name,
    pub(super) alias: Cname,
}

/// What a DNAME makes of one name below it.
struct Substitution {
    owner: Name,
    /// None where it would be longer than a name may be.
    target: Option<rr::Name>,
    ttl: Ttl,
}

/// Where the answers of a response lead from a name; an error, in words, where a DNAME leads to a name that
/// cannot be (RFC 6672 2.2).
pub(super) fn next(response: &Message, owner: &rr::Name) -> Option<Result<Step, String>> {
    let dname = substitution(response, owner);
    let (target, ttl, dname) = match (cname(response, owner), dname) {
        // A made CNAME lives as long as what it was made of, whatever its own TTL: old servers put zero there
        // (RFC 6672 3.1).
        (Some((target, _)), Some(dname)) if dname.target.as_ref() == Some(&target) => {
            (target, dname.ttl, Some(dname.owner))
        }
        (Some((target, ttl)), _) => (target, ttl, None),
        (None, Some(Substitution { target: Some(target), ttl, owner })) => (target, ttl, Some(owner)),
        (None, Some(Substitution { target: None, owner: of, .. })) => {
            return Some(Err(format!("the DNAME at {of} makes a name of {owner} that is too long (YXDOMAIN)")));
        }
        (None, None) => return None,
    };
    let alias = Cname { owner: names::from_wire(owner).ok()?, target: names::from_wire(&target).ok()?, ttl, dname };
    Some(Ok(Step { target, alias }))
}

fn cname(response: &Message, owner: &rr::Name) -> Option<(rr::Name, Ttl)> {
    response.answers.iter().filter(|record| is_of(record, owner)).find_map(|record| match &record.data {
        RData::CNAME(target) => Some((target.0.clone(), Ttl::new(record.ttl))),
        _ => None,
    })
}

/// What the first DNAME above a name makes of it; its own owner is no alias (RFC 6672 2.3).
fn substitution(response: &Message, name: &rr::Name) -> Option<Substitution> {
    response.answers.iter().find_map(|record| {
        let RData::Unknown { code: rr::RecordType::DNAME, rdata } = &record.data else { return None };
        if !is_of(record, &record.name) || !record.name.zone_of(name) {
            return None;
        }
        let kept = name.iter().count().checked_sub(record.name.iter().count()).filter(|kept| *kept > 0)?;
        let suffix = uncompressed(&rdata.anything)?;
        Some(Substitution {
            owner: names::from_wire(&record.name).ok()?,
            target: rr::Name::from_labels(name.iter().take(kept).chain(suffix)).ok(),
            ttl: Ttl::new(record.ttl),
        })
    })
}

/// The labels of a name that fills these octets. It must not be compressed (RFC 6672 2.5), and hickory reads
/// no DNAME.
fn uncompressed(mut octets: &[u8]) -> Option<Vec<&[u8]>> {
    let mut labels = Vec::new();
    loop {
        let (&length, rest) = octets.split_first()?;
        if length == 0 {
            return rest.is_empty().then_some(labels);
        }
        // The two top bits of a length are no length (RFC 1035 4.1.4).
        if length > 63 {
            return None;
        }
        let (label, rest) = rest.split_at_checked(length.into())?;
        labels.push(label);
        octets = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_to_its_end_and_no_further() {
        assert_eq!(uncompressed(b"\x03new\x07example\0"), Some(vec![b"new".as_slice(), b"example"]));
        assert_eq!(uncompressed(b"\0"), Some(vec![]));
        for broken in [b"".as_slice(), b"\x03new", b"\x03ne", b"\x03new\0x", b"\xc0\x0c", b"\x40", b"\x03new\xc0\x0c"] {
            assert_eq!(uncompressed(broken), None, "{broken:?}");
        }
    }
}
