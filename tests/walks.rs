//! The walk table: records in, candidates and reasons out.
//!
//! Each `walks/*.walk` file is a list of cases. A case is a title after `==`, the clauses it stands on,
//! records as in a zone file, and one or more `dial` lines, each followed by what must come of it:
//!
//! ```text
//! == The title
//! clause RFC 3263 4.1
//! acme.example 3600 NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.acme.example
//! dial sip:acme.example transports=udp
//!   1 1/2 udp 192.0.2.10:5060 east.acme.example ttl=60
//!   used NAPTR acme.example: order 10
//! ```
//!
//! - `owner TYPE SERVFAIL` (or REFUSED, FORMERR, TIMEOUT) is a question that fails; `*` is each type. Names
//!   with nothing are NXDOMAIN, names with other records NODATA, and aliases (CNAME, DNAME)
//!   are followed as a resolver does; an owner that begins with `*.` is a wildcard.
//! - A dial takes `transports=`, `addresses=v4-first|v6-first|as-received`; `after=SECONDS then=A/SERVFAIL`
//!   (or `*/`) asks that type again so much later, and it fails; `read=drawn` walks as the screen draws.
//! - A candidate is rank, first share (a fraction, exact; or in percent, as it is shown), transport,
//!   address, target, and, if that is the point, the least TTL on the way. All candidates, in order; within a
//!   rank, where the draw decides, the heaviest target comes first, then by name.
//! - In place of candidates: `nowhere: words`, or `failed QUESTION: words`.
//! - Reasons: `used`, `unused`, `skipped` with a question and words that the step contains; `dropped` the
//!   same for the record of that number (from 1, in the order of the answer); `asks` and all questions that
//!   went out; `trips` and how many times the walk had to wait.

use std::fs;
use std::path::{Path, PathBuf};

mod case;
mod run;

pub(crate) use case::{Case, Expected};
pub(crate) use run::{Ahead, side_by_side, walk};

/// All cases of all files.
pub(crate) fn cases() -> Vec<Case> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walks")).unwrap();
    let mut tables: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    tables.retain(|file| file.extension().is_some_and(|extension| extension == "walk"));
    tables.sort();
    let read = |file: &PathBuf| case::read(&fs::read_to_string(file).unwrap()).unwrap();
    tables.iter().flat_map(read).collect()
}

/// Runs a file, and shows everything that differs.
fn table(file: &str, fewest: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/walks").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let cases = case::read(&text).unwrap_or_else(|why| panic!("{file}:{why}"));
    assert!(cases.len() >= fewest, "{file} lost cases: {} are left", cases.len());
    let wrong: Vec<String> = cases.iter().flat_map(run::case).collect();
    assert!(wrong.is_empty(), "{file}\n\n{}", wrong.join("\n"));
}

#[test]
fn the_carrier_of_the_mission() {
    table("carrier.walk", 3);
}

#[test]
fn what_the_uri_says() {
    table("uri.walk", 11);
}

#[test]
fn naptr_chooses_the_transport() {
    table("naptr.walk", 14);
}

#[test]
fn srv_chooses_the_targets() {
    table("srv.walk", 9);
}

#[test]
fn without_naptr_and_without_srv() {
    table("fallback.walk", 8);
}

#[test]
fn addresses_of_a_target() {
    table("addresses.walk", 7);
}

#[test]
fn names_that_the_server_makes() {
    table("aliases.walk", 10);
}

#[test]
fn questions_that_fail() {
    table("failures.walk", 12);
}
