//! What leaves the program for pipes and scripts: text, and JSON of the forms that README names.
//!
//! Text is for people: columns, words, no escapes unless it goes to a terminal. JSON is for scripts: one
//! document a line, names lower-case without the final dot, times RFC 3339 in UTC, durations in seconds,
//! shares 0 to 1, null rather than absent; fields may be added, and are never renamed.

mod again;
mod check;
mod dig;
mod engines;
mod explain;
mod explanation;
mod findings;
mod ink;
mod json;
mod preview;
mod resolution;
mod words;

pub use again::{Again, again};
pub use check::{Checked, Probed, Unresolved, check_json, check_text};
pub use dig::dig;
pub use engines::{engine_text, engines_json, engines_text};
pub use explain::{HEAD, Remark, Seen, Tone, decision, reason, rested, rules};
pub use explanation::explanation_text;
pub use findings::{counted, letter, lint_json, lint_text};
pub use ink::Ink;
pub use preview::{
    Asked, Foreseen, HealthUsed, Outlook, WorstOf, compared_text, preview_json, preview_text, worst_of_each_text,
    worst_text,
};
pub use resolution::{Located, conclusion, not_used, resolution_json, resolution_text};
pub use words::span;
