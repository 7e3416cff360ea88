//! Chance, so that many carriers do not fall due at once.

use std::time::Duration;

use rand::RngExt;

/// Anything from 0 to 1.
pub(super) fn dice() -> f64 {
    rand::rng().random()
}

/// A span somewhere between two multiples of it, so that many do not fall due at once.
pub(super) fn jittered(span: Duration, from: f64, to: f64) -> Duration {
    span.mul_f64(rand::rng().random_range(from..=to))
}
