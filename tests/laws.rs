//! What holds for every table of records, and for every outage.

mod phases;
mod preview;
mod walk;
