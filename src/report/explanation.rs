//! The decisions of a resolution, one after the other, as text.

use crate::model::{Conclusion, Resolution};

use super::explain::{self, HEAD, Remark, Tone};
use super::words::padded;
use super::{Ink, Located, dig};

/// Each decision in the order it was made, to stand below the tree.
pub fn explanation_text(located: &Located<'_>, ink: Ink) -> String {
    decisions(located.resolution, ink)
}

/// The same, whoever was asked.
pub(super) fn decisions(resolution: &Resolution, ink: Ink) -> String {
    let mut text = String::new();
    for (uri, dialled) in resolution.dial.uris().enumerate() {
        let given: Vec<Remark> = resolution
            .given
            .iter()
            .filter(|given| given.uri == uri)
            .flat_map(|given| explain::reason("given", given))
            .collect();
        if !given.is_empty() {
            text.push_str(&decision(&format!("{dialled}"), &given, ink));
        }
        for (number, step) in (1..).zip(&resolution.steps).filter(|(_, step)| step.uri == uri) {
            let used = if step.used { "" } else { ", not used" };
            let mut told = explain::decision(step, None);
            if let Some(answer) = step.now() {
                told.push(Remark::new("dig", dig(&step.question, &answer.resolver, Some(answer.wire)), Tone::Plain));
            }
            text.push_str(&decision(&format!("{number}. {}{used}", step.question), &told, ink));
        }
    }
    text + &end(resolution, ink)
}

fn end(resolution: &Resolution, ink: Ink) -> String {
    match &resolution.conclusion {
        Conclusion::Nowhere(why) => decision("no candidates", &explain::reason("why", why), ink),
        Conclusion::Found | Conclusion::DnsFailed { .. } => String::new(),
    }
}

fn decision(title: &str, told: &[Remark], ink: Ink) -> String {
    let mut text = format!("{}\n", ink.strong(title));
    for Remark { head, said, tone } in told {
        let said = match tone {
            Tone::Plain => said.clone(),
            Tone::Unused => ink.dim(said).to_string(),
            Tone::Failed => ink.bad(said).to_string(),
            Tone::Decided => ink.strong(said).to_string(),
            Tone::Others => ink.odd(said).to_string(),
        };
        text.push_str(&format!("   {} {said}\n", padded(head, HEAD)));
    }
    text + "\n"
}
