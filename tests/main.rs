//! Every integration test, in one binary: it links once.
//!
//! `walks` shows how a SIP URI becomes candidates, as tables of records that a SIP engineer can read and
//! extend, and `draws` which of them each engine then takes, and at which failures it goes on; `outages` is what
//! becomes of requests when some of them fail; `served` and `peers` put the walks on name servers; `laws` shows what
//! holds for any table; `verdicts` and `fold` are stories of facts and what is said of them; `house` holds the tree
//! against its plan; the rest takes the binary as its users do.

#[cfg(test)]
mod by_hand;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod draws;
#[cfg(test)]
mod far;
#[cfg(test)]
mod fold;
#[cfg(test)]
mod house;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod pins;
#[cfg(test)]
mod probing;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod registering;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod served;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod story;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod watching;
#[cfg(test)]
mod zone;
