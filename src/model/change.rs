//! What changed in a carrier's DNS: one event for one edit of its zone, in fields that a program can read
//! and in words that an operator can read aloud.

use std::fmt;

use super::{Question, ResolverSpec, Revision, Text};

/// One edit of an RRset, seen between two published revisions.
///
/// Counting down and coming in another order are no change. Nor is a published TTL that differs: a resolver
/// hands out what is left of it, and without knowing who filled its cache and when, nobody can tell one
/// from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Seen first in this revision.
    pub revision: Revision,
    /// Which RRset.
    pub rrset: Question,
    /// Which record of it: the name of an SRV's target, a NAPTR's service; none where the owner name says
    /// it all, or where the edit is about the RRset as a whole. Where this itself was edited, what it was.
    pub record: Option<Text>,
    /// Whether the walk goes by this RRset, before the edit or after it.
    pub used: bool,
    /// What was edited; of several fields of one record the one that decides most.
    pub edit: Edit,
    /// What else was edited of the same record.
    pub also: Vec<Edit>,
    /// Which server said so.
    pub by: ResolverSpec,
    /// What was edited, in words: `us-east-2 weight 50 -> 10`.
    pub what: String,
    /// What it means for the traffic, in words: `first share 50 % -> 17 %`.
    pub means: String,
}

/// From what to what something was edited. Neither is in any order that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What was edited.
    pub field: Field,
    /// As it was: one value, none where there was none, several where a set was edited (at most
    /// [`Edit::MOST`]; none on either side where it was too much to tell). Records stand in presentation form (RFC 1035 5.1).
    pub from: Vec<Text>,
    /// As it is, in the same way.
    pub to: Vec<Text>,
}

impl Edit {
    /// How many values of a set are kept.
    pub const MOST: usize = 100;

    /// One value became another.
    pub fn of(field: Field, from: impl Into<Text>, to: impl Into<Text>) -> Self {
        Self { field, from: vec![from.into()], to: vec![to.into()] }
    }

    /// Some values are gone and others have come.
    pub fn among<T: fmt::Display>(field: Field, gone: &[T], come: &[T]) -> Self {
        let kept = |all: &[T]| all.iter().take(Self::MOST).map(|value| value.to_string().into()).collect();
        Self { field, from: kept(gone), to: kept(come) }
    }
}

/// What can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A whole record came or went.
    Record,
    /// So much of an RRset at once that each record by itself would say less.
    Set,
    /// Whether there are records at all (RFC 2308: NODATA, NXDOMAIN).
    Existence,
    /// Of a CNAME: what the owner name stands for (RFC 1034 3.6.2).
    Alias,
    /// Of an A or AAAA.
    Address,
    /// Of an SRV (RFC 2782).
    Target,
    /// Of an SRV.
    Priority,
    /// Of an SRV.
    Weight,
    /// Of an SRV.
    Port,
    /// Of a NAPTR (RFC 3403 4.1).
    Service,
    /// Of a NAPTR.
    Replacement,
    /// Of a NAPTR.
    Order,
    /// Of a NAPTR.
    Preference,
    /// Of a NAPTR.
    Flags,
    /// Of a NAPTR.
    Regexp,
}

impl Field {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Set => "set",
            Self::Existence => "existence",
            Self::Alias => "alias",
            Self::Address => "address",
            Self::Target => "target",
            Self::Priority => "priority",
            Self::Weight => "weight",
            Self::Port => "port",
            Self::Service => "service",
            Self::Replacement => "replacement",
            Self::Order => "order",
            Self::Preference => "preference",
            Self::Flags => "flags",
            Self::Regexp => "regexp",
        }
    }
}
