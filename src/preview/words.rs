//! A preview's reasons, in words.

use crate::locate::Attempt;
use crate::model::{Failure, Share};

use super::Landing;

/// One line for each target that fails on the way, and one for the end.
pub(super) fn why(landings: &[Landing], attempt: &Attempt) -> Vec<String> {
    let mut lines = Vec::new();
    let last = landings.iter().filter(|l| l.odds.landing.is_some()).map(|l| l.tier).max();
    for landing in landings.iter().filter(|l| last.is_none_or(|last| l.tier <= last)) {
        let Some(failure) = landing.fails else { continue };
        let first = if landing.odds.first.is_some() {
            format!(" ({} of first tries)", landing.odds.first)
        } else {
            String::new()
        };
        lines.push(format!("{}{first}: {}", landing.target, consequence(failure)));
    }
    if let Some(tier) = last.filter(|&tier| tier > 0) {
        lines.push(format!(
            "every target before tier {} passes the request on (RFC 2782: lowest priority first)",
            tier + 1
        ));
    }
    if attempt.lost == Share::ALL && attempt.odds.is_empty() {
        lines.push("there is no candidate to send to".to_owned());
    } else if attempt.lost.is_some() && last.is_none() {
        lines.push("no target is left to try".to_owned());
    }
    if !attempt.exact {
        lines.push("so many different targets fail that the shares are rounded (~)".to_owned());
    }
    lines
}

fn consequence(failure: Failure) -> String {
    match failure {
        Failure::Silent => "silent, 32 s until timer B or F, then the next (RFC 3263 4.3)".to_owned(),
        Failure::Refused => "refused, the next at once (RFC 3263 4.3: transport error)".to_owned(),
        Failure::Unavailable => "503, the next at once (RFC 3263 4.3)".to_owned(),
        Failure::Tls => "TLS fails, the next at once (RFC 3263 4.3: transport error)".to_owned(),
        Failure::Error(code) => format!("{code} is a final answer: the request ends here (RFC 3263 4.3)"),
        Failure::Trying => "100 and then silence: no failover after a provisional answer (RFC 3263 4.3)".to_owned(),
        Failure::Maintenance => "out of service, at no cost".to_owned(),
    }
}
