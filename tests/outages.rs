//! What an outage does, engine by engine: shares, waits, what is lost, how it goes on, where a registration goes.
//!
//! Each `outages/*.outage` file is a list of cases: a title after `==`, records as in a zone file, and engines:
//!
//! ```text
//! == The title
//! _sip._udp.acme.example 60 SRV 10 60 5060 a.acme.example
//! a.acme.example 60 A 192.0.2.1
//! as asterisk sip:acme.example transports=udp
//!   a=silent         | a 0, b 1 | wait 32 | lost 0
//!     at once    -   | b 1      | wait 32 | lost 0
//!   register a=silent | moves 3/5 | to b 1 | within 3622 | do not follow
//! ```
//!
//! - A row is what fails (as `--fail`; a name without a dot is one under `acme.example`; `-` is nothing), what each
//!   target gets (those left out get nothing), how long is waited at worst, and what is lost. A figure that is
//!   known only between two others is written `1/2[0..1]`: the likeliest, the least, the most. `unsent` in place of
//!   `lost` is what the engine's own OPTIONS stop. `patience=20` after what fails has callers hang up.
//! - The rows below one are its phases, all of them: when, how many seconds it lasts (`-`: until something else
//!   changes), and the same figures.
//! - `register` has where the registration is (`pin=a`; else where it would be), and what becomes of it. `pin=a:left:40`
//!   is one that holds for 40 s still, `pin=a:refresh:25` one that is refreshed in 25 s, `pin=a:reported` one of which a
//!   PBX told.

mod case;
mod run;

use std::fs;
use std::path::Path;

pub(crate) use run::resolve;

/// Runs a file, and shows everything that differs.
fn table(file: &str, fewest: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outages").join(file);
    let cases = case::read(&fs::read_to_string(path).unwrap()).unwrap_or_else(|why| panic!("{file}:{why}"));
    let rows: usize = cases.iter().flat_map(|case| &case.engines).map(|as_engine| as_engine.rows.len()).sum();
    assert!(rows >= fewest, "{file} lost rows: {rows} are left");
    let wrong: Vec<String> = cases.iter().flat_map(run::case).collect();
    assert!(wrong.is_empty(), "{file}\n\n{}", wrong.join("\n"));
}

#[test]
fn what_documents_tell_of_engines() {
    table("documented.outage", 70);
}

#[test]
fn how_an_outage_goes_on() {
    table("phases.outage", 20);
}

#[test]
fn where_a_registration_goes() {
    table("registrations.outage", 28);
}
