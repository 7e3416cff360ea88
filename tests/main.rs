//! Every integration test, in one binary: it links once.
//!
//! `walks` shows how a SIP URI becomes candidates, as tables of records that a SIP engineer can read and
//! extend; `laws` what holds for any table; `verdicts` and `fold` what the state makes of facts; `watching`
//! what the monitor asks and when; `house` that the rooms keep to their arrows.

#[cfg(test)]
mod fold;
#[cfg(test)]
mod house;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod story;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod watching;
#[cfg(test)]
mod zone;
