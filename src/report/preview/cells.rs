//! Figures of a preview, as they stand in its columns.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Share;
use crate::preview::{Preview, Range, WaitRange};
use crate::report::words::span;

/// How many targets are named before the others are only counted.
const NAMED: usize = 3;

/// A wait: between what it lies where that is all that is known.
pub(super) fn wait(longest: Duration, range: Option<(Duration, Duration)>) -> String {
    match range.filter(|(least, most)| least != most) {
        Some((least, most)) => format!("{}-{}", span(least).trim_end_matches(" s"), span(most)),
        None => span(longest),
    }
}

/// How many times what is normal; nothing where there is no normal share to hold it against.
pub(super) fn load(before: Share, after: Share) -> Option<f64> {
    before.is_some().then(|| after.0 / before.0)
}

/// The same in words.
pub(super) fn load_said(before: Share, after: Share) -> String {
    match load(before, after) {
        Some(factor) if after.is_some() => format!("x {factor:.1}"),
        Some(_) => "x 0".to_owned(),
        None if after.is_some() => "from none".to_owned(),
        None => String::new(),
    }
}

/// Short names of hosts and POPs: the first label, where no other begins with it.
pub(super) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Of these names.
    pub(super) fn of(names: impl IntoIterator<Item = String>) -> Self {
        let mut by_label: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in names {
            let known = by_label.entry(first_label(&name).to_owned()).or_default();
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let label = |(label, names): (String, Vec<String>)| {
            let alone = names.len() == 1;
            names.into_iter().map(move |name| (name.clone(), if alone { label.clone() } else { name }))
        };
        Self(by_label.into_iter().flat_map(label).collect())
    }

    /// Of the POPs of these previews.
    pub(super) fn of_pops<'p>(previews: impl Iterator<Item = &'p Preview>) -> Self {
        Self::of(previews.flat_map(|preview| preview.landings.iter().map(|landing| landing.pop.to_string())))
    }

    /// The short name.
    pub(super) fn label<'s>(&'s self, name: &'s str) -> &'s str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

fn first_label(name: &str) -> &str {
    let label = name.split('.').next().unwrap_or(name);
    // Of an address there is no first label.
    if label.is_empty() || name.parse::<std::net::IpAddr>().is_ok() { name } else { label }
}

/// Who gets what: `east 50 %, west 50 %`; those with nothing are left out.
pub(super) fn gets(parts: impl Iterator<Item = (String, Share, Option<Range>)>, exact: bool) -> String {
    let some = |(_, share, range): &(String, Share, Option<Range>)| {
        share.is_some() || range.is_some_and(|range| range.most.is_some())
    };
    let mut all: Vec<(String, Share, Option<Range>)> = parts.filter(some).collect();
    // A share is never so small that a billionth of it orders anything.
    all.sort_by(|(_, one, _), (_, other, _)| other.0.total_cmp(&one.0));
    let mut said: Vec<String> =
        all.iter().take(NAMED).map(|(name, of, range)| format!("{name} {}", Range::said(*of, *range, exact))).collect();
    if all.len() > NAMED {
        said.push(format!("{} more", all.len() - NAMED));
    }
    if said.is_empty() { "nobody".to_owned() } else { said.join(", ") }
}

/// What each POP gets.
pub(super) fn pops(preview: &Preview, labels: &Labels) -> String {
    let parts = preview.pops().into_iter().map(|pop| {
        let name = pop.pop.to_string();
        (labels.label(&name).to_owned(), pop.landing, pop.range)
    });
    gets(parts, preview.exact)
}

/// Which part waits, and how long at most.
pub(super) fn waits(preview: &Preview) -> [String; 2] {
    let (of, range) = (preview.wait, preview.wait_range);
    let part = range.map(|WaitRange { least, most }| Range { least: least.share, most: most.share });
    let part = Range::said(of.share, part.filter(|range| range.least != range.most), preview.exact);
    [part, wait(of.max, range.map(|WaitRange { least, most }| (least.max, most.max)))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_as_long_as_they_tell_apart() {
        let labels = Labels::of(["a.x.example", "b.x.example", "b.y.example", "192.0.2.1", "east"].map(str::to_owned));
        for (name, label) in [
            ("a.x.example", "a"),
            ("b.x.example", "b.x.example"),
            ("b.y.example", "b.y.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("east", "east"),
            ("elsewhere.example", "elsewhere.example"),
        ] {
            assert_eq!(labels.label(name), label);
        }
    }

    #[test]
    fn a_range_is_shown_as_one() {
        let range = |least, most| Some(Range { least: Share(least), most: Share(most) });
        assert_eq!(Range::said(Share(0.5), range(0.5, 1.0), true), "50-100 %");
        assert_eq!(Range::said(Share(0.5), range(0.0, 2.0 / 3.0), false), "~0-66.7 %");
        assert_eq!(Range::said(Share(0.5), None, false), "~50 %");
        let seconds = |least, most| Some((Duration::from_secs(least), Duration::from_secs(most)));
        assert_eq!(wait(Duration::from_secs(4), seconds(4, 32)), "4-32 s");
        assert_eq!(wait(Duration::from_secs(4), seconds(4, 4)), "4 s");
    }

    #[test]
    fn who_gets_nothing_is_left_out_and_the_first_come_first() {
        let part = |name: &str, of: f64| (name.to_owned(), Share(of), None);
        let all = [part("a", 0.1), part("b", 0.4), part("c", 0.0), part("d", 0.3), part("e", 0.2)];
        assert_eq!(gets(all.into_iter(), true), "b 40 %, d 30 %, e 20 %, 1 more");
        assert_eq!(gets([part("c", 0.0)].into_iter(), true), "nobody");
        assert_eq!(load_said(Share(0.5), Share(1.0)), "x 2.0");
        assert_eq!(load_said(Share(0.0), Share(1.0)), "from none");
    }
}
