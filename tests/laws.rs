//! What holds for every table of records, and for every outage.

mod preview;
mod walk;
