//! trunktop: a terminal dashboard for SIP trunks.
//!
//! A SIP carrier publishes one hostname, and DNS spreads the calls over its POPs (RFC 3263: NAPTR -> SRV
//! -> A/AAAA). trunktop shows that machinery live: where the next call goes and with which chance,
//! whether the backup is alive, what changed and when, and where calls would go if a POP died.
//!
//! # The idea
//!
//! **A survey, and walks over it.** A *survey* is all that one resolver said about one carrier. An
//! *engine* is a pure procedure that walks a survey: it yields the questions that it still needs, or a
//! *resolution* with a reason for each step. A *preview* is the same resolution under an overlay of
//! outages. One set of answers so serves every engine and every view, and a walk is tested with a table
//! of records.
//!
//! **Facts flow one way; the state is a fold over them.** What happens outside is told as facts, with the
//! time it happened. The fold gives the new state and the events that follow. Commands go the other way.
//! Nothing else crosses.
//!
//! ```text
//! carriers.toml --> monitor --asks through ports--> dns (hickory) / sip (rsip) / pbx / lab
//!                     ^                                  |
//! keys -> update -> Command                            facts --> fold --> state + events --> views, report
//! ```
//!
//! # The house
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`model`] | the nouns; text from outside is sanitised here | nothing of ours |
//! | [`locate`] | the walks, one engine a file; RFC 2782's draw; the tree | `model` |
//! | [`preview`] | outages over a resolution: landing shares, waits, lost, over time, as any engine | `model`, `locate` |
//! | [`lint`] | what is wrong with a carrier's setup: one rule a function, one table | `model`, `locate` |
//! | [`state`] | the fold: health, changes, each carrier's verdict | `model`, `locate`, `preview`, `lint` |
//! | [`monitor`] | the ports; when to ask and to probe; drives walks, emits facts | the above |
//! | [`dns`] | the port `Ask`, by hickory | `model`, ports |
//! | [`sip`] | the ports `Probe`, `Register`: framing, transactions, digest, transports, TLS truth | `model`, ports |
//! | [`pbx`] | the port `Witness`: what PBXs tell of their registrations | `model`, ports |
//! | [`store`] | carriers, settings and drills in files; passwords; who holds an account | `model` |
//! | [`lab`] | embedded carriers: name server, SIP hosts, registrars, faults, scenarios | `model`, wire codecs |
//! | [`report`] | text and JSON | `model`, `state`, `locate`, `preview`, `lint` |
//! | [`tui`] | the dashboard | `model`, `state`, `locate`, `preview`, `lint`, `report` |
//! | [`cli`] | arguments, wiring of ports, exit codes | all |
//!
//! The first five rooms are pure: no clock, no socket, no randomness. `tests/house.rs` reads the imports
//! of every file and holds them against this table.
//!
//! # Where to begin
//!
//! To learn how SIP finds its servers, read `locate/rfc3263.rs`; what real stacks do otherwise is in
//! `locate/engines`. To see where a share comes from, read `locate/draw.rs`. To follow a packet to the screen:
//! `sip/prober.rs`, `monitor/probing.rs`, `state/health.rs`, `state/verdict.rs`, `tui/views`; a registration:
//! `sip/register.rs`, `monitor/accounts.rs`, `state/pins.rs`.

pub mod cli;
pub mod dns;
pub mod lab;
pub mod lint;
pub mod locate;
pub mod model;
pub mod monitor;
pub mod pbx;
pub mod preview;
pub mod report;
pub mod sip;
pub mod state;
pub mod store;
pub mod tui;
