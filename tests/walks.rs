//! The walk table: records in, candidates and reasons out.
//!
//! Each `walks/*.walk` file is a list of cases. A case is a title after `==`, the clauses it stands on, with
//! the rules that it is about in brackets (by their names in `locate/rfc3263/rules.rs`, or in the file of a stack,
//! with dashes for spaces; each must have decided some dial of the case), records as in a zone file, and one or
//! more `dial` lines, each followed by what must come of it:
//!
//! ```text
//! == The title
//! clause RFC 3263 4.1 [naptr-order srv-priority]
//! acme.example 3600 NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.acme.example
//! dial sip:acme.example transports=udp
//!   1 1/2 udp 192.0.2.10:5060 east.acme.example ttl=60
//!   used NAPTR acme.example: order 10
//! ```
//!
//! The zone:
//!
//! - `owner TYPE SERVFAIL` (or REFUSED, FORMERR, TIMEOUT) is a question that fails; `*` is each type. Names
//!   with nothing are NXDOMAIN, names with other records NODATA; CNAME, DNAME and wildcards are followed as
//!   a resolver does.
//! - A line `# not a zone: why` marks records that no server would load, though an answer may hold them.
//!
//! A dial:
//!
//! - Several URIs are tried in their order; `proxy=URI` is the carrier's outbound proxy.
//! - It takes `transports=`, `addresses=v4-first|v6-first|as-received`, `method=register`,
//!   `engine=NAME:SETTING=VALUE,...`;
//!   `after=SECONDS then=A/SERVFAIL` (or `*/`) asks that type again so much later, and it fails;
//!   `read=drawn` walks as the screen draws.
//! - Each is walked twice: asking what it needs, and asking ahead all that it may need. Both must come to
//!   the same.
//!
//! What must come of it:
//!
//! - A candidate is rank, first share (a fraction, exact; or in percent, as it is shown), transport,
//!   address, target, and, if that is the point, the least TTL on the way. All candidates, in order; within a
//!   rank, where the draw decides, the heaviest target comes first, then by name.
//! - In place of candidates: `nowhere: words`, or `failed QUESTION: words`.
//! - Reasons: `used`, `unused`, `skipped` with a question and words that the step contains; `dropped` the
//!   same for the record of that number (from 1, in the order of the answer); `given` and words of what the
//!   URI itself decides.
//! - `others QUESTION: words` (or `others nowhere: words`): what a rule of that step, or of the end, says of
//!   stacks that do otherwise.
//! - `asks` and all questions that went out; `trips` and how many times the walk had to wait, `ahead` and
//!   how many times where it asks ahead.
//!
//! `walks/whole.rs` says what holds for the table as a whole.

use std::fs;
use std::path::{Path, PathBuf};

mod case;
mod likeness;
mod run;
mod whole;

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
fn what_carriers_publish() {
    table("carriers.walk", 18);
}

#[test]
fn what_the_uri_says() {
    table("uri.walk", 24);
}

#[test]
fn what_is_looked_up_in_place_of_the_host() {
    table("maddr.walk", 10);
}

#[test]
fn naptr_chooses_the_transport() {
    table("naptr.walk", 37);
}

#[test]
fn srv_chooses_the_targets() {
    table("srv.walk", 20);
}

#[test]
fn weight_makes_the_shares() {
    table("weights.walk", 13);
}

#[test]
fn without_naptr_and_without_srv() {
    table("fallback.walk", 17);
}

#[test]
fn addresses_of_a_target() {
    table("addresses.walk", 15);
}

#[test]
fn aliases_and_names_that_the_server_makes() {
    table("aliases.walk", 23);
}

#[test]
fn questions_that_fail() {
    table("failures.walk", 21);
}

#[test]
fn answers_that_are_kept() {
    table("caches.walk", 10);
}

#[test]
fn sctp_and_websocket() {
    table("transports.walk", 10);
}

#[test]
fn several_uris_and_a_proxy() {
    table("uris.walk", 12);
}

#[test]
fn settings_of_the_reference() {
    table("settings.walk", 9);
}

#[test]
fn where_other_stacks_do_otherwise() {
    table("disagreements.walk", 12);
}

#[test]
fn engines_known_by_documents() {
    table("documented.walk", 8);
}

#[test]
fn as_asterisk() {
    table("asterisk.walk", 8);
}

#[test]
fn as_pjsip() {
    table("pjsip.walk", 8);
}

#[test]
fn as_freeswitch() {
    table("freeswitch.walk", 8);
}

#[test]
fn as_kamailio() {
    table("kamailio.walk", 8);
}

#[test]
fn as_opensips() {
    table("opensips.walk", 8);
}

#[test]
fn as_resiprocate() {
    table("resiprocate.walk", 8);
}

#[test]
fn as_baresip() {
    table("baresip.walk", 8);
}
