//! The table itself.

use super::{Action, Binding, Group, PLACES, Place};
use crate::tui::input::{Code, Key};

const fn c(c: char) -> Key {
    Key::char(c)
}

const fn k(code: Code) -> Key {
    Key::plain(code)
}

/// All of these places but one.
const fn but<const N: usize, const LEFT: usize>(places: [Place; N], one: Place) -> [Place; LEFT] {
    let mut left = [one; LEFT];
    let (mut from, mut to) = (0, 0);
    while from < N {
        if places[from] as u8 != one as u8 {
            left[to] = places[from];
            to += 1;
        }
        from += 1;
    }
    left
}

const ALL_LOADED: [Place; 9] = but(PLACES, Place::Empty);
const LOADED: &[Place] = &ALL_LOADED;
const NOT_CHANGES: &[Place] = &but::<9, 8>(ALL_LOADED, Place::Changes);
const NOT_REGISTRATIONS: &[Place] = &but::<9, 8>(ALL_LOADED, Place::Registrations);
const INSIDE: &[Place] = &[Place::Carrier, Place::Target];
const PREVIEWED: &[Place] = &[Place::Carrier, Place::Target, Place::Compare, Place::Worst];
const NOT_WALL: &[Place] =
    &[Place::Fleet, Place::Carrier, Place::Target, Place::Compare, Place::Worst, Place::Findings];
const REFRESHED: &[Place] =
    &[Place::Fleet, Place::Carrier, Place::Target, Place::Compare, Place::Worst, Place::Registrations, Place::Findings];
const LISTS: &[Place] = &[Place::Fleet, Place::Carrier, Place::Target, Place::Registrations, Place::Findings];

const fn line(
    action: Action,
    keys: &'static [Key],
    help: &'static str,
    hint: Option<&'static str>,
    places: &'static [Place],
    group: Group,
) -> Binding {
    Binding { action, keys, help, hint, places, lab: false, group }
}

/// The table, in the order of the hints.
pub const TABLE: &[Binding] = &[
    line(Action::Open, &[k(Code::Enter)], "open the target, or why", Some("open"), &[Place::Carrier], Group::Move),
    line(
        Action::Open,
        &[k(Code::Enter)],
        "open the carrier",
        Some("open"),
        &[Place::Fleet, Place::Registrations, Place::Changes, Place::Wall],
        Group::Move,
    ),
    line(Action::Why, &[c(' ')], "why so, and who differs", Some("why"), &[Place::Carrier], Group::Move),
    line(
        Action::Open,
        &[k(Code::Enter)],
        "what to do, by which clause",
        Some("advice"),
        &[Place::Findings],
        Group::Move,
    ),
    line(
        Action::Back,
        &[k(Code::Esc)],
        "back to where you were",
        Some("back"),
        &[
            Place::Carrier,
            Place::Target,
            Place::Compare,
            Place::Worst,
            Place::Registrations,
            Place::Changes,
            Place::Findings,
            Place::Wall,
        ],
        Group::Move,
    ),
    line(Action::Open, &[k(Code::Enter)], "view it as this engine", Some("view as"), &[Place::Compare], Group::WhatIf),
    line(Action::Open, &[k(Code::Enter)], "fail this", Some("fail this"), &[Place::Worst], Group::WhatIf),
    line(Action::NextWay, &[k(Code::Tab)], "fail in the next way", Some("way"), &[Place::Worst], Group::WhatIf),
    line(
        Action::Copy,
        &[c('y')],
        "copy findings for the carrier",
        Some("copy for the carrier"),
        &[Place::Findings],
        Group::Watch,
    ),
    line(Action::Mode, &[c('o')], "account: off, observe, hold", Some("mode"), &[Place::Registrations], Group::Watch),
    line(
        Action::LetGo,
        &[c('C')],
        "let go of it, register anew",
        Some("let go"),
        &[Place::Registrations],
        Group::Watch,
    ),
    line(
        Action::OnlyUrgent,
        &[k(Code::Tab)],
        "only what needs attention",
        Some("urgent only"),
        &[Place::Registrations],
        Group::Move,
    ),
    line(
        Action::Unfold,
        &[c('i')],
        "all that is known of it",
        Some("all of it"),
        &[Place::Registrations],
        Group::Watch,
    ),
    line(Action::Copy, &[c('y')], "copy it as text", Some("copy"), &[Place::Registrations], Group::Watch),
    line(Action::OnlyThis, &[c('o')], "only this carrier, or all", Some("one carrier"), &[Place::Changes], Group::Move),
    line(Action::NextKind, &[k(Code::Tab)], "DNS, health, pins or all", Some("kind"), &[Place::Changes], Group::Move),
    line(Action::Open, &[k(Code::Enter)], "next page: TLS, messages", Some("next page"), &[Place::Target], Group::Move),
    line(Action::NextSpan, &[k(Code::Tab)], "15 min, 1 h or 24 h", Some("span"), &[Place::Target], Group::Move),
    line(
        Action::FailNext,
        &[c('f')],
        "open at the next call's target",
        Some("what if"),
        &[Place::Fleet],
        Group::WhatIf,
    ),
    line(Action::Fail, &[c('f')], "fail (again: the next way)", Some("fail"), INSIDE, Group::WhatIf),
    line(Action::ViewAs, &[c('v')], "view as another engine", Some("view as"), PREVIEWED, Group::WhatIf),
    line(
        Action::Compare,
        &[c('V')],
        "compare all engines",
        Some("compare"),
        &[Place::Fleet, Place::Carrier, Place::Target, Place::Worst],
        Group::WhatIf,
    ),
    line(
        Action::Worst,
        &[c('W')],
        "worst single failure",
        Some("worst"),
        &[Place::Fleet, Place::Carrier, Place::Target, Place::Compare],
        Group::WhatIf,
    ),
    line(Action::FailPop, &[c('F')], "fail its POP", Some("fail POP"), INSIDE, Group::WhatIf),
    line(Action::FailTier, &[c('t')], "fail all of its priority", None, INSIDE, Group::WhatIf),
    Binding {
        action: Action::Toggle,
        keys: &[c('x')],
        help: "kill or revive its POP",
        hint: Some("kill/revive POP"),
        places: INSIDE,
        lab: true,
        group: Group::Lab,
    },
    line(Action::Undo, &[c('u')], "undo the last failure", Some("undo"), NOT_WALL, Group::WhatIf),
    line(Action::Clear, &[c('U')], "undo all failures", None, NOT_WALL, Group::WhatIf),
    line(Action::Unfold, &[c('i')], "all that the preview says", Some("all of it"), INSIDE, Group::WhatIf),
    line(Action::Overlay, &[c('h')], "count real health, or not", None, PREVIEWED, Group::WhatIf),
    line(Action::Save, &[c('S')], "save what fails as a drill", None, PREVIEWED, Group::WhatIf),
    line(Action::Recall, &[c('L')], "fail as in a drill", None, PREVIEWED, Group::WhatIf),
    line(Action::NextProblem, &[c('n')], "next problem", Some("next problem"), LISTS, Group::Move),
    line(Action::PreviousProblem, &[c('N')], "previous problem", None, LISTS, Group::Move),
    line(Action::Sort, &[c('s')], "sort: state, name, weak spot", Some("sort"), &[Place::Fleet], Group::Move),
    line(Action::Filter, &[c('/')], "filter: name, tag, state, ...", Some("filter"), &[Place::Fleet], Group::Move),
    line(Action::Add, &[c('a')], "add a carrier", Some("add"), &[Place::Empty, Place::Fleet], Group::Watch),
    line(Action::Down, &[c('j'), k(Code::Down)], "down", None, LOADED, Group::Move),
    line(Action::Up, &[c('k'), k(Code::Up)], "up", None, LOADED, Group::Move),
    line(Action::First, &[c('g'), k(Code::Home)], "to the first", None, LOADED, Group::Move),
    line(Action::Last, &[c('G'), k(Code::End)], "to the last", None, LOADED, Group::Move),
    line(Action::PageDown, &[k(Code::PageDown)], "a page down", None, LOADED, Group::Move),
    line(Action::PageUp, &[k(Code::PageUp)], "a page up", None, LOADED, Group::Move),
    line(Action::NextPane, &[k(Code::Tab)], "tree or events", None, &[Place::Carrier], Group::Move),
    line(Action::Fleet, &[c('1')], "fleet: all carriers", None, LOADED, Group::Move),
    line(Action::Carrier, &[c('2')], "carrier: tree and preview", None, LOADED, Group::Move),
    line(Action::Target, &[c('3')], "target: probes, TLS, users", Some("target"), LOADED, Group::Move),
    line(Action::Registrations, &[c('4')], "registrations: which POP", None, NOT_REGISTRATIONS, Group::Move),
    line(Action::Changes, &[c('6')], "changes: DNS, health, pins", Some("changes"), NOT_CHANGES, Group::Move),
    line(Action::Findings, &[c('7')], "findings: what is wrong", None, LOADED, Group::Move),
    line(Action::Wall, &[c('z')], "wall: to be read from afar", Some("wall"), LOADED, Group::Move),
    line(
        Action::Back,
        &[k(Code::Esc)],
        "no filter; notices are read",
        None,
        &[Place::Empty, Place::Fleet],
        Group::Move,
    ),
    line(Action::Refresh, &[c('r')], "ask and probe it again", Some("refresh"), REFRESHED, Group::Watch),
    line(Action::RefreshAll, &[c('R')], "ask all again; read the file", None, &PLACES, Group::Watch),
    line(Action::Maintain, &[c('M')], "in maintenance, or no longer", None, INSIDE, Group::Watch),
    line(Action::Pause, &[c('p')], "hold the picture, or go on", Some("pause"), LOADED, Group::Watch),
    line(Action::Copy, &[c('y')], "copy it as a dig line", Some("copy dig"), &[Place::Carrier], Group::Watch),
    line(Action::Copy, &[c('y')], "copy the probe for a shell", Some("copy probe"), &[Place::Target], Group::Watch),
    line(Action::Remove, &[c('D')], "delete the carrier (asks)", None, &[Place::Fleet, Place::Carrier], Group::Watch),
    line(Action::Demo, &[c('d')], "how to see the lab", Some("lab"), &[Place::Empty], Group::Program),
    line(Action::Quit, &[c('q')], "quit (asks first where needed)", Some("quit"), &PLACES, Group::Program),
    line(Action::QuitNow, &[Key::ctrl('c')], "quit at once", None, &PLACES, Group::Program),
    line(Action::Redraw, &[Key::ctrl('l')], "draw all of it anew", None, &PLACES, Group::Program),
    line(Action::Help, &[c('?')], "all keys", Some("help"), &PLACES, Group::Program),
];
