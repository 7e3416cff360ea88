//! What is wrong with a carrier's setup: for scripts, for people, and for the carrier itself.

use serde::Serialize;

use crate::lint;
use crate::model::{Conclusion, Finding, Severity, SipUri};

use super::json;
use super::resolution::{Located, conclusion};
use super::words::columns;
use super::{Ink, ink};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    uri: String,
    uri_unicode: Option<String>,
    proxy: Option<String>,
    engine: String,
    resolver: String,
    at: String,
    conclusion: &'static str,
    why: Option<String>,
    findings: Vec<FindingDoc>,
}

/// A finding, in each document that holds some.
#[derive(Serialize)]
pub(super) struct FindingDoc {
    rule: &'static str,
    severity: &'static str,
    #[serde(rename = "where")]
    subject: String,
    what: String,
    ours: bool,
    clause: &'static str,
    advice: &'static str,
}

impl From<&Finding> for FindingDoc {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity.word(),
            subject: finding.subject.to_string(),
            what: finding.what.clone(),
            ours: finding.ours,
            clause: finding.clause,
            advice: finding.advice,
        }
    }
}

/// As `trunktop.lint/1`, in one line.
pub fn lint_json(located: &Located<'_>, findings: &[Finding]) -> String {
    json::line(&Document {
        schema: "trunktop.lint/1",
        uri: located.uri.to_string(),
        uri_unicode: located.uri.unicode().map(|uri| uri.to_string()),
        proxy: located.proxy.map(ToString::to_string),
        engine: located.resolution.engine.to_string(),
        resolver: located.resolver.to_string(),
        at: located.at.wall.to_string(),
        conclusion: json::conclusion(&located.resolution.conclusion),
        why: conclusion(located.resolution),
        findings: findings.iter().map(Into::into).collect(),
    })
}

/// Each finding with its clause and advice.
pub fn lint_text(located: &Located<'_>, findings: &[Finding], ink: Ink) -> String {
    let via = located.proxy.map_or_else(String::new, |proxy| format!(" by way of {}", proxy.shown()));
    let head = format!("{}{via}", located.uri.shown());
    let how = format!("as {}, resolver {}", located.resolution.engine, located.resolver);
    let mut text = format!("{}  {}\n", ink.strong(&head), ink.dim(&how));
    if let Some(why) = conclusion(located.resolution) {
        let failed = matches!(located.resolution.conclusion, Conclusion::DnsFailed { .. });
        let what = if failed { "DNS failed, so not all could be judged" } else { "no candidates" };
        text.push_str(&format!("{}: {why}\n", ink.bad(what)));
    }
    if findings.is_empty() {
        // Where a question failed, nothing is called clean.
        if !matches!(located.resolution.conclusion, Conclusion::DnsFailed { .. }) {
            text.push_str("no findings\n");
        }
        return text;
    }
    text.push_str(&format!("{}\n", counted(findings)));
    for (finding, line) in findings.iter().zip(lines(findings)) {
        text.push_str(&format!("{}\n", severe(finding, &line, ink)));
        text.push_str(&format!("         {}\n", finding.advice));
        text.push_str(&format!("         {}\n", ink.dim(finding.clause)));
    }
    text
}

/// Errors and warnings, a line each, below a resolution; the rest is counted. Nothing, where there is none.
pub(super) fn findings_text(located: &Located<'_>, ink: Ink) -> String {
    let all = lint::lint(located.resolution);
    if all.is_empty() {
        return String::new();
    }
    let loud: Vec<Finding> = all.iter().filter(|finding| finding.severity != Severity::Info).cloned().collect();
    let mut text = format!("\nfindings: {} (trunktop lint tells what to do)\n", counted(&all));
    for (finding, line) in loud.iter().zip(lines(&loud)) {
        text.push_str(&format!("{}\n", severe(finding, &line, ink)));
    }
    text
}

/// How many there are of each severity: `1 error, 2 warnings`.
pub fn counted(findings: &[Finding]) -> String {
    let of = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts = Severity::ALL.into_iter().map(|severity| (of(severity), severity)).filter(|(count, _)| *count > 0);
    let said = counts.map(|(count, severity)| format!("{count} {severity}{}", if count == 1 { "" } else { "s" }));
    said.collect::<Vec<_>>().join(", ")
}

fn lines(findings: &[Finding]) -> Vec<String> {
    let rows = findings.iter().map(|finding| {
        vec![finding.severity.to_string(), finding.rule.to_owned(), finding.subject.to_string(), finding.what.clone()]
    });
    columns(&rows.collect::<Vec<_>>())
}

fn severe<'t>(finding: &Finding, line: &'t str, ink: Ink) -> ink::Styled<'t> {
    match finding.severity {
        Severity::Error => ink.bad(line),
        Severity::Warning => ink.strong(line),
        Severity::Info => ink.dim(line),
    }
}

/// A text that can be sent to the carrier as it stands: what was seen, where, when, by whom asked, by which
/// clause it is wrong and what would mend it.
pub fn letter(uri: &SipUri, resolver: &str, at: jiff::Timestamp, findings: &[&Finding]) -> String {
    let when = at.strftime("%Y-%m-%d %H:%M UTC");
    let mut text = format!("The DNS of {}, as {resolver} answered on {when}:\n", uri.shown());
    for (number, finding) in (1..).zip(findings) {
        text.push_str(&format!("\n{number}. {}: {}\n", finding.subject, finding.what));
        text.push_str(&format!("   {} ({}, {})\n", finding.advice, finding.severity, finding.rule));
        text.push_str(&format!("   {}\n", finding.clause));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Host, Subject};

    fn finding(severity: Severity, rule: &'static str, host: &str) -> Finding {
        Finding {
            severity,
            rule,
            subject: Subject::Host(host.parse::<Host>().unwrap()),
            what: "it has no address".into(),
            ours: false,
            clause: "RFC 2782 (Target)",
            advice: "Add an A record.",
        }
    }

    #[test]
    fn a_letter_can_be_sent_as_it_stands() {
        let [one, two] =
            [finding(Severity::Error, "L04", "a.acme.example"), finding(Severity::Warning, "L01", "b.acme.example")];
        let uri = "sip:münchen.example".parse().unwrap();
        assert_eq!(
            letter(&uri, "192.0.2.53", "2026-11-22T14:02:11Z".parse().unwrap(), &[&one, &two]),
            "The DNS of sip:xn--mnchen-3ya.example (münchen.example), as 192.0.2.53 answered on 2026-11-22 14:02 UTC:\n\
             \n\
             1. a.acme.example: it has no address\n   Add an A record. (error, L04)\n   RFC 2782 (Target)\n\
             \n\
             2. b.acme.example: it has no address\n   Add an A record. (warning, L01)\n   RFC 2782 (Target)\n"
        );
    }

    #[test]
    fn findings_are_counted_by_severity() {
        let of = |severities: &[Severity]| {
            counted(&severities.iter().map(|&severity| finding(severity, "L04", "a.example")).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[Severity::Info, Severity::Error, Severity::Info]), "1 error, 2 infos");
        assert_eq!(of(&[Severity::Warning]), "1 warning");
    }
}
