//! Names between the model and the wire, by labels: no octet is lost on the way.

use hickory_net::proto::ProtoError;
use hickory_net::proto::rr;

use crate::model::{Name, NameError};

/// A name as the wire has it, absolute.
pub(super) fn to_wire(name: &Name) -> Result<rr::Name, ProtoError> {
    if name.is_root() {
        return Ok(rr::Name::root());
    }
    rr::Name::from_labels(labels(name.as_str()))
}

/// A name from the wire.
pub(super) fn from_wire(name: &rr::Name) -> Result<Name, NameError> {
    Name::from_labels(name.iter())
}

/// The labels of a presentation form: `\DDD` is an octet, `\x` is the character itself (RFC 1035 5.1).
fn labels(form: &str) -> Vec<Vec<u8>> {
    let mut labels = vec![Vec::new()];
    let mut rest = form.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        let literal = match (octet, rest) {
            (b'.', _) => {
                labels.push(Vec::new());
                continue;
            }
            (b'\\', [h @ b'0'..=b'2', t @ b'0'..=b'9', o @ b'0'..=b'9', after @ ..]) => {
                rest = after;
                (h - b'0').saturating_mul(100).saturating_add((t - b'0') * 10 + (o - b'0'))
            }
            (b'\\', [escaped, after @ ..]) => {
                rest = after;
                *escaped
            }
            (plain, _) => plain,
        };
        if let Some(label) = labels.last_mut() {
            label.push(literal);
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_survives_both_ways() {
        let all: Vec<u8> = (0..=255).filter(|o: &u8| !o.is_ascii_uppercase()).collect();
        for label in all.chunks(50) {
            let name = Name::from_labels([label, b"acme", b"example"]).unwrap();
            let wire = to_wire(&name).unwrap();
            assert_eq!(wire.iter().collect::<Vec<_>>(), [label, b"acme", b"example"]);
            assert!(wire.is_fqdn());
            assert_eq!(from_wire(&wire).unwrap(), name);
        }
    }

    #[test]
    fn the_root_and_the_longest_name_survive() {
        assert_eq!(from_wire(&to_wire(&Name::root()).unwrap()).unwrap(), Name::root());
        let longest = Name::parse(&["x".repeat(63), "y".repeat(63), "z".repeat(63), "w".repeat(61)].join(".")).unwrap();
        assert_eq!(from_wire(&to_wire(&longest).unwrap()).unwrap(), longest);
    }
}
