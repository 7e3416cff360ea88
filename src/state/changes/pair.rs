//! Which of the records that are gone became which of those that have come.
//!
//! A zone is edited field by field and answered set by set. Whoever edits one field has made one edit, so
//! the records that differ least are taken for one record before and after.

use std::net::IpAddr;

use crate::model::{Edit, Field, Name, Naptr, Rdata, Srv};

/// How far apart two records are: by fields first, then by how much those differ.
type Distance = (u32, u64);

/// Records before and after.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pairs<'r> {
    /// One record, before and after it was edited.
    pub(super) edited: Vec<(&'r Rdata, &'r Rdata)>,
    pub(super) gone: Vec<&'r Rdata>,
    pub(super) come: Vec<&'r Rdata>,
}

/// Pairs the closest first, and among those equally close the first in order; never two that are too far
/// apart to be one record.
pub(super) fn pair<'r>(gone: &[&'r Rdata], come: &[&'r Rdata]) -> Pairs<'r> {
    let mut near: Vec<(Distance, usize, usize)> = Vec::new();
    for (from, before) in gone.iter().enumerate() {
        near.extend(come.iter().enumerate().filter_map(|(to, now)| Some((apart(before, now)?, from, to))));
    }
    near.sort_unstable();
    let (mut left, mut right) = (vec![false; gone.len()], vec![false; come.len()]);
    let mut edited = Vec::new();
    for (_, from, to) in near {
        if !left[from] && !right[to] {
            (left[from], right[to]) = (true, true);
            edited.push((to, (gone[from], come[to])));
        }
    }
    edited.sort_unstable_by_key(|(to, _)| *to);
    let rest = |all: &[&'r Rdata], paired: &[bool]| {
        all.iter().zip(paired).filter(|(_, paired)| !**paired).map(|(rdata, _)| *rdata).collect()
    };
    Pairs {
        edited: edited.into_iter().map(|(_, pair)| pair).collect(),
        gone: rest(gone, &left),
        come: rest(come, &right),
    }
}

/// How far two records are apart; none where they cannot be one.
fn apart(before: &Rdata, now: &Rdata) -> Option<Distance> {
    match (before, now) {
        (Rdata::Srv(before), Rdata::Srv(now)) => srvs(before, now),
        (Rdata::Naptr(before), Rdata::Naptr(now)) => naptrs(before, now),
        // Any address may become any other; those that share the longest prefix first.
        _ => Some((0, u64::from(128 - (number(before.ip()?) ^ number(now.ip()?)).leading_zeros()))),
    }
}

/// A record keeps its target while its numbers are edited; it gets another one while its numbers stay.
fn srvs(before: &Srv, now: &Srv) -> Option<Distance> {
    let differs = |field: bool| u32::from(field);
    let port = differs(before.port != now.port);
    let numbers = differs(before.priority != now.priority) + differs(before.weight != now.weight);
    match (before.target == now.target, numbers + port) {
        (true, _) => Some((numbers + 2 * port, 0)),
        (false, 0) => Some((9, unlike(&before.target, &now.target))),
        (false, _) => None,
    }
}

/// A record keeps its service or its replacement while the rest is edited.
fn naptrs(before: &Naptr, now: &Naptr) -> Option<Distance> {
    let (service, replacement) = (before.service != now.service, before.replacement != now.replacement);
    let rest = [
        before.order != now.order,
        before.preference != now.preference,
        before.flags != now.flags,
        before.regexp != now.regexp,
    ];
    let rest: u32 = rest.into_iter().map(u32::from).sum();
    (!(service && replacement)).then_some((rest + 5 * u32::from(service) + 6 * u32::from(replacement), 0))
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => ip.into(),
    }
}

/// How much of two names is not the same at their beginnings and ends.
fn unlike(before: &Name, now: &Name) -> u64 {
    let (a, b) = (before.as_str().as_bytes(), now.as_str().as_bytes());
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - alike;
    let tail = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    u64::try_from(a.len().max(b.len()) - alike - tail).unwrap_or(u64::MAX)
}

/// The fields of a record that differ, the one that decides most first.
pub(super) fn edits(before: &Rdata, now: &Rdata) -> Vec<Edit> {
    let texts = |field, from: &str, to: &str| (from != to).then(|| Edit::of(field, from, to));
    let number = |field, from: u16, to: u16| texts(field, &from.to_string(), &to.to_string());
    let edits = match (before, now) {
        (Rdata::Srv(before), Rdata::Srv(now)) => vec![
            texts(Field::Target, before.target.as_str(), now.target.as_str()),
            number(Field::Priority, before.priority, now.priority),
            number(Field::Weight, before.weight, now.weight),
            number(Field::Port, before.port, now.port),
        ],
        (Rdata::Naptr(before), Rdata::Naptr(now)) => vec![
            texts(Field::Service, before.service.as_str(), now.service.as_str()),
            texts(Field::Replacement, before.replacement.as_str(), now.replacement.as_str()),
            number(Field::Order, before.order, now.order),
            number(Field::Preference, before.preference, now.preference),
            texts(Field::Flags, before.flags.as_str(), now.flags.as_str()),
            texts(Field::Regexp, before.regexp.as_str(), now.regexp.as_str()),
        ],
        _ => vec![texts(Field::Address, &before.to_string(), &now.to_string())],
    };
    edits.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, port: u16, target: &str) -> Rdata {
        Rdata::Srv(Srv { priority, weight, port, target: Name::parse(target).unwrap() })
    }

    /// Whatever the order they come in, the same belong together.
    fn both_ways(gone: &[Rdata], come: &[Rdata]) -> Vec<String> {
        let said = |mut gone: Vec<&Rdata>, mut come: Vec<&Rdata>| {
            gone.sort();
            come.sort();
            let pairs = pair(&gone, &come);
            let edited = pairs.edited.iter().map(|(from, to)| format!("{from} -> {to}"));
            let gone = pairs.gone.iter().map(|rdata| format!("-{rdata}"));
            edited.chain(gone).chain(pairs.come.iter().map(|rdata| format!("+{rdata}"))).collect::<Vec<_>>()
        };
        let forward = said(gone.iter().collect(), come.iter().collect());
        assert_eq!(forward, said(gone.iter().rev().collect(), come.iter().rev().collect()));
        forward
    }

    #[test]
    fn the_closest_belong_together() {
        // The one whose port is the same, though the other's numbers are.
        let two = [srv(10, 50, 5060, "a"), srv(10, 50, 5070, "a")];
        assert_eq!(both_ways(&two, &[srv(10, 90, 5060, "a")]), ["10 50 5060 a -> 10 90 5060 a", "-10 50 5070 a"]);
        // A record keeps its name before another takes its place.
        let moved = [srv(10, 50, 5060, "b"), srv(20, 50, 5060, "a")];
        assert_eq!(both_ways(&[srv(10, 50, 5060, "a")], &moved), ["10 50 5060 a -> 20 50 5060 a", "+10 50 5060 b"]);
        // Names that are alike.
        let old = [srv(1, 1, 5060, "sbc-1.east"), srv(1, 1, 5060, "sbc-1.west")];
        let new = [srv(1, 1, 5060, "sbc-7.west"), srv(1, 1, 5060, "sbc-9.east")];
        assert_eq!(
            both_ways(&old, &new),
            ["1 1 5060 sbc-1.west -> 1 1 5060 sbc-7.west", "1 1 5060 sbc-1.east -> 1 1 5060 sbc-9.east"]
        );
        // Nothing in common.
        assert_eq!(both_ways(&[srv(10, 50, 5060, "a")], &[srv(20, 50, 5060, "b")]), ["-10 50 5060 a", "+20 50 5060 b"]);
    }

    #[test]
    fn addresses_pair_with_their_neighbours() {
        let ips = |all: [[u8; 4]; 2]| all.map(|octets| Rdata::A(octets.into()));
        let (old, new) = (ips([[192, 0, 2, 1], [198, 51, 100, 1]]), ips([[198, 51, 100, 9], [192, 0, 2, 2]]));
        assert_eq!(both_ways(&old, &new), ["192.0.2.1 -> 192.0.2.2", "198.51.100.1 -> 198.51.100.9"]);
    }
}
