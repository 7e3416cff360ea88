//! `trunktop lint`

use crate::lint::lint;
use crate::model::{Finding, Method, Severity};
use crate::report::{lint_json, lint_text};
use crate::sip::Roots;

use super::args::{Format, Options};
use super::exit::{Exit, Failure};
use super::inquiry::{exit_of, inquire, located};
use super::setup::{Outside, resolvers};
use super::{say, subject};

/// The findings of each of them, as each resolver has them.
pub(super) async fn run(options: &Options, what: &[String]) -> Result<Exit, Failure> {
    let carriers = subject::subjects(options, &super::saved(options).carriers, what)?;
    let carriers = subject::with_engines(options, carriers)?;
    let outside = Outside::open(options, Roots::system())?;
    let mut exit = Exit::OK;
    for (carrier, engine) in carriers {
        for resolver in resolvers(options, &carrier.resolvers) {
            let resolved = inquire(&outside, &carrier, &resolver, &engine, Method::Invite).await;
            let located = located(&carrier, &resolved, &resolver);
            let findings = lint(&resolved.resolution);
            match options.format {
                Format::Text => say(&(lint_text(&located, &findings, options.ink()) + "\n"))?,
                Format::Json => say(&(lint_json(&located, &findings) + "\n"))?,
            };
            exit = exit.max(exit_of(&resolved.resolution.conclusion)).max(exit_by(&findings));
        }
    }
    Ok(exit)
}

/// What is only worth knowing is no trouble.
fn exit_by(findings: &[Finding]) -> Exit {
    if findings.iter().any(|finding| finding.severity <= Severity::Warning) { Exit::WARNING } else { Exit::OK }
}
