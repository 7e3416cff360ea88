//! Stories: facts in the order they come, and what the state makes of them.
//!
//! A `stories/*.story` file is a list of cases. A case is a title after `==`, carriers (`pops=NAME:PATTERN` for
//! each rule, `then=URI` for each further URI), records as in a zone file, and then lines that begin with a time of day:
//!
//! ```text
//! == One of two falls silent
//! carrier acme sip:acme.example pops=east:us-east-* transports=tls,udp
//! _sip._udp.acme.example 60 SRV 10 50 5060 us-east-1.acme.example
//! us-east-1.acme.example 60 A 192.0.2.10
//! 14:00 dns
//! 14:00 us-east-1: ok
//! 14:02 us-east-1: silent x3
//! = DOWN no target answers since 14:02; DNS is fine. 1 silent
//! ```
//!
//! - `dns` asks every question again that was asked before, and what the walk then needs (`dns acme` for one
//!   carrier, `dns A` for one type, `dns again` sends the same answer once more). `+` and `-` change the
//!   zone: a record or a failure comes, all lines that begin so go; `+` may be seen only after a `dns`.
//! - Targets are first labels, addresses, `carrier/label`, or `all`; what a probe saw is `ok`, a status code,
//!   `silent`, `refused`, `reset`, `garbage`, `unreachable`, `no-route`, `tls-handshake`, `tls-alien` (ours),
//!   `tls-untrusted`, `tls-name`, `ws-alien` (ours), with the detail in quotes; `ok@9` is over TLS with a
//!   certificate that ends in nine days; `x3` is three probes, a second apart.
//! - `fail WHAT`, `undo`, `clear` are the operator's; `slept SECONDS` and `tick` are the machine's; `sleeps SECONDS`
//!   is a sleep from now on, in which the monotonic clock stands still.
//!
//! - A carrier may have `account=hold`, `account=observe` or `account=off` (after commas `contact=URI`,
//!   `refresh=engine`, `beside`), and `source=SECONDS`, how often the source of its pins is asked. Then there are
//!   `registered TARGET GRANTED next SECONDS` (`beside CONTACT LEFT` for what else is listed; `next` is when the next is
//!   due), `register TARGET silent` or `403 Forbidden`, `removed TARGET`, `lost TARGET how`, `let-go` (`by hand`), `stopped WHY`,
//!   `elsewhere TARGET LEFT`, `account MODE`; `fetched TARGET lists CONTACT LEFT, ...` (`ours 60`; `lists nothing`) and
//!   `round`; `source ss sees PLACE ...` for sockets, `source fs reports PLACE/LEFT=STATE ...` for registrations,
//!   `source fails why`.
//!
//! What must hold follows, at that time: `= LEVEL sentence` is the verdict, `~ LEVEL words` a part of it (both
//! take `carrier:` before the level where there are several); `! words` an event since the last time that
//! was looked, `! nothing` none; `state TARGET WORD` its health; `revision N`; `events N` how many are kept;
//! `told N` how many events there were since the last time that was looked; `us SENTENCE` what is wrong with our own
//! side, `us nothing`;
//! `known TARGET`, `gone TARGET` whether it is kept at all, and `left TARGET` that it is marked as gone;
//! `lands clean|now|then TARGET 50%`; `pins` has all pins and `standing` how it stands with the account; `attention`
//! what needs it, `moves` how often a registration went from one target to another, `dies` what becomes
//! of it if its target dies, `drain` how a cutover stands.

use std::fs;
use std::path::Path;

mod account;
mod registration;
mod run;
mod script;

/// Runs a file, and shows everything that differs.
pub(crate) fn tell(file: &str, fewest: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories").join(file);
    let text = fs::read_to_string(&path).unwrap();
    let cases = script::read(&text).unwrap_or_else(|why| panic!("{file}:{why}"));
    assert!(cases.len() >= fewest, "{file} lost cases: {} are left", cases.len());
    let wrong: Vec<String> = cases.iter().flat_map(run::case).collect();
    assert!(wrong.is_empty(), "{file}\n\n{}", wrong.join("\n"));
}
