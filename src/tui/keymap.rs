//! The one table of actions. What a key does, what the footer hints at, what `?` explains and what the
//! README lists all come from here; what is not in it does not exist.

mod table;

use super::input::Key;

pub use table::TABLE;

/// What an operator can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Action {
    Down,
    Up,
    First,
    Last,
    PageDown,
    PageUp,
    NextPane,
    Open,
    Why,
    Back,
    Fleet,
    Carrier,
    Target,
    Registrations,
    Mode,
    LetGo,
    OnlyUrgent,
    Changes,
    NextKind,
    NextSpan,
    OnlyThis,
    Findings,
    Wall,
    NextProblem,
    PreviousProblem,
    FailNext,
    Fail,
    FailPop,
    FailTier,
    Undo,
    Clear,
    ViewAs,
    Compare,
    Worst,
    NextWay,
    Unfold,
    Overlay,
    Save,
    Recall,
    Sort,
    Toggle,
    Add,
    Remove,
    Refresh,
    RefreshAll,
    Maintain,
    Pause,
    Copy,
    Filter,
    Demo,
    Help,
    Quit,
    QuitNow,
    Redraw,
}

/// A place where keys mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// There is no carrier.
    Empty,
    /// The list of carriers.
    Fleet,
    /// One carrier.
    Carrier,
    /// One target.
    Target,
    /// Where registrations are.
    Registrations,
    /// What has happened.
    Changes,
    /// What is wrong with one carrier's setup.
    Findings,
    /// One carrier, as all engines have it.
    Compare,
    /// Everything of one carrier, failed in turn.
    Worst,
    /// Blocks of state, to be read from afar.
    Wall,
}

/// All places, in the order of the README's table.
const PLACES: [Place; 10] = [
    Place::Empty,
    Place::Fleet,
    Place::Carrier,
    Place::Target,
    Place::Compare,
    Place::Worst,
    Place::Registrations,
    Place::Changes,
    Place::Findings,
    Place::Wall,
];

/// A group of actions, as the help shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where the cursor and the screen go.
    Move,
    /// What if.
    WhatIf,
    /// What is done to the lab.
    Lab,
    /// What is watched, and how.
    Watch,
    /// The program itself.
    Program,
}

impl Group {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 5] = [Self::Move, Self::WhatIf, Self::Lab, Self::Watch, Self::Program];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::WhatIf => "What if (nothing is sent)",
            Self::Lab => "Lab (this is real)",
            Self::Watch => "Watch",
            Self::Program => "Program",
        }
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// By which keys.
    pub keys: &'static [Key],
    /// What it does, in words.
    pub help: &'static str,
    /// The word in the footer, where it has one.
    pub hint: Option<&'static str>,
    /// Where.
    pub places: &'static [Place],
    /// Only over the embedded lab.
    pub lab: bool,
    /// Where the help shows it.
    pub group: Group,
}

/// What there is to do in a place.
pub(super) fn bindings(place: Place, lab: bool) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |binding| binding.places.contains(&place) && (lab || !binding.lab))
}

/// What a key does in a place.
pub(super) fn action(key: Key, place: Place, lab: bool) -> Option<Action> {
    bindings(place, lab).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// The keys of a line, as people write them: `j Down`.
pub(super) fn keys(binding: &Binding) -> String {
    binding.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The table as Markdown, for the README.
pub fn markdown() -> String {
    let mut lines = vec!["| keys | do |".to_owned(), "|---|---|".to_owned()];
    for binding in Group::ALL.iter().flat_map(|group| TABLE.iter().filter(move |b| b.group == *group)) {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        let place = match binding.places {
            _ if binding.lab => " (lab)".to_owned(),
            [only] => format!(" ({})", place(*only)),
            [one, other] => format!(" ({}, {})", place(*one), place(*other)),
            _ => String::new(),
        };
        lines.push(format!("| {} | {}{place} |", keys.join(" "), binding.help));
    }
    lines.join("\n") + "\n"
}

const fn place(place: Place) -> &'static str {
    match place {
        Place::Empty => "without carriers",
        Place::Fleet => "fleet",
        Place::Carrier => "carrier",
        Place::Target => "target",
        Place::Registrations => "registrations",
        Place::Changes => "changes",
        Place::Findings => "findings",
        Place::Compare => "compare",
        Place::Worst => "worst",
        Place::Wall => "wall",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for place in PLACES {
            let mut seen = HashSet::new();
            for binding in bindings(place, true) {
                for key in binding.keys {
                    assert!(seen.insert(*key), "{key} twice in {place:?}");
                }
            }
        }
    }

    #[test]
    fn the_lab_keys_work_in_the_lab_only() {
        assert_eq!(action(Key::char('x'), Place::Carrier, true), Some(Action::Toggle));
        assert_eq!(action(Key::char('x'), Place::Carrier, false), None);
    }

    #[test]
    fn help_and_quit_are_everywhere_and_the_letter_case_counts() {
        for place in PLACES {
            assert_eq!(action(Key::char('?'), place, false), Some(Action::Help));
            assert_eq!(action(Key::char('q'), place, false), Some(Action::Quit));
        }
        assert_eq!(action(Key::char('F'), Place::Carrier, false), Some(Action::FailPop));
        assert_eq!(action(Key::char('f'), Place::Fleet, false), Some(Action::FailNext));
        assert_eq!(action(Key::char('F'), Place::Fleet, false), None);
    }

    #[test]
    fn the_readme_table_has_every_line() {
        assert_eq!(markdown().lines().count(), TABLE.len() + 2);
        assert!(markdown().contains("| `j` `Down` | down |"));
    }
}
