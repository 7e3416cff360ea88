//! Every integration test, in one binary: it links once.
//!
//! `walks` shows how a SIP URI becomes candidates, as tables of records that a SIP engineer can read and
//! extend; `laws` what holds for any table; the rest takes the program a room at a time.

#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod fold;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod story;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod zone;
