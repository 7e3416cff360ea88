//! Keys that ask what if: failures that are forced, drills, and as whom a carrier is looked at.

use std::sync::Arc;

use crate::model::{CarrierName, Command, Drill, Failure, Lens, OperatorAct, Outage, What};
use crate::state::{CarrierState, State};
use crate::tui::dialog::{Naming, Told};
use crate::tui::input::{Code, Key};
use crate::tui::keymap::Action;
use crate::tui::lines::{self, Aim};
use crate::tui::pick::Pick;
use crate::tui::ui::{Over, Ui, View};
use crate::tui::{engines, foretold, words};

use super::{Effect, aimed, open, telling};

/// What a key does that asks what if.
pub(super) fn take(ui: &mut Ui, state: &State, carrier: Option<&CarrierState>, action: Action) -> Option<Effect> {
    let carrier = carrier?;
    match action {
        Action::Fail => fail(ui, carrier),
        Action::FailPop => fail_of(ui, carrier, |aim, carrier| Some(What::Pop(aim.pop(carrier)))),
        Action::FailTier => fail_of(ui, carrier, |aim, _| aim.priority().map(What::Tier)),
        Action::Undo => take_back(ui, carrier, OperatorAct::Undo),
        Action::Clear => take_back(ui, carrier, OperatorAct::Clear),
        Action::ViewAs => view_as(ui, carrier),
        Action::Overlay => overlay(ui, carrier),
        Action::Compare => compare(ui, state),
        Action::Worst => worst(ui, state),
        Action::NextWay => next_way(ui),
        Action::Unfold => telling::unfold(ui, carrier),
        Action::Save => save(ui, carrier),
        Action::Recall => recall(ui, state, carrier),
        _ => None,
    }
}

fn act(act: OperatorAct) -> Effect {
    Effect::Send(Command::Act(act))
}

fn next_way(ui: &mut Ui) -> Option<Effect> {
    ui.how = ui.how.next();
    None
}

/// Fails what the selected line is about.
fn fail(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let lines = lines::lines(carrier);
    let line = lines.get(ui.line_cursor(carrier, &lines));
    let what = match ui.view {
        View::Target => aimed(ui, carrier).map(|aim| aim.what()),
        _ => line.and_then(|line| line.fails(carrier)),
    };
    let Some(what) = what else {
        ui.complain("nothing that can fail is selected: go to a target, an address, a transport, or the root");
        return None;
    };
    Some(force(carrier, what))
}

/// Fails something of the selected target.
fn fail_of(
    ui: &mut Ui,
    carrier: &CarrierState,
    what: impl Fn(&Aim<'_>, &CarrierState) -> Option<What>,
) -> Option<Effect> {
    let Some(aim) = aimed(ui, carrier) else {
        ui.complain("no target is selected: go to one, then fail it");
        return None;
    };
    let Some(what) = what(&aim, carrier) else {
        ui.complain("it is from no SRV record, and so of no priority");
        return None;
    };
    Some(force(carrier, what))
}

/// Fails it, or in the next way what is failed already.
fn force(carrier: &CarrierState, what: What) -> Effect {
    let forced = carrier.forced.iter().find(|outage| outage.what == what);
    let how = forced.map_or_else(Failure::default, |outage| outage.how.next());
    act(OperatorAct::Fail(carrier.carrier.name.clone(), Outage { what, how }))
}

/// Fails what is selected among all that can fail alone, in the way that is shown.
pub(super) fn fail_weak(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let each = &carrier.weighed()?.each;
    let all: Vec<What> = each.iter().map(|weak| weak.what.clone()).collect();
    let what = all.get(ui.weak.place(&all))?.clone();
    let outage = Outage { what, how: ui.how };
    ui.view = View::Carrier;
    ui.say(format!("you fail {} ({}); u takes it back", foretold::short(carrier, &outage.what), outage.how));
    Some(act(OperatorAct::Fail(carrier.carrier.name.clone(), outage)))
}

fn take_back(ui: &mut Ui, carrier: &CarrierState, how: fn(CarrierName) -> OperatorAct) -> Option<Effect> {
    if carrier.forced.is_empty() {
        ui.say(format!("nothing is forced on {}", carrier.carrier.name));
        return None;
    }
    Some(act(how(carrier.carrier.name.clone())))
}

fn look(carrier: &CarrierState, lens: Lens) -> Option<Effect> {
    (carrier.lens != lens).then(|| act(OperatorAct::Look(carrier.carrier.name.clone(), lens)))
}

/// Asks as which engine to view it; where it is viewed as one, it is its own again.
fn view_as(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    if carrier.is_viewed() {
        return view_as_own(ui, carrier);
    }
    ui.over = Over::Pick(Box::new(Pick::on(&carrier.engine().name())));
    None
}

/// It is viewed as its own engine again.
pub(super) fn view_as_own(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    ui.say(format!("as its own engine again: {}", words::engine(&carrier.engine().name())));
    look(carrier, Lens { engine: None, ..carrier.lens.clone() })
}

/// Takes in a key while an engine is chosen.
pub(super) fn pick(ui: &mut Ui, state: &State, mut pick: Box<Pick>, key: Key) -> Option<Effect> {
    match pick.key(key) {
        Told::Cancel => None,
        Told::More => {
            ui.over = Over::Pick(pick);
            None
        }
        Told::Done(engine) => {
            let carrier = ui.current(state)?;
            let engine = Some(engine).filter(|engine| *engine != carrier.engine().name());
            match &engine {
                Some(engine) => ui.say(viewed(&words::engine(engine))),
                None => ui.say("that is its own engine"),
            }
            look(carrier, Lens { engine, ..carrier.lens.clone() })
        }
    }
}

fn viewed(engine: &str) -> String {
    format!("viewed as {engine}; health and verdict stay its own; v or Esc goes back")
}

/// Opens the table of all engines, and has asked what they need.
fn compare(ui: &mut Ui, state: &State) -> Option<Effect> {
    enter(ui, state, View::Compare);
    let carrier = ui.current(state)?;
    look(carrier, Lens { compares: true, ..carrier.lens.clone() })
}

/// Opens what can fail alone.
fn worst(ui: &mut Ui, state: &State) -> Option<Effect> {
    enter(ui, state, View::Worst);
    None
}

fn enter(ui: &mut Ui, state: &State, view: View) {
    let from = ui.view;
    open(ui, state, view);
    if !matches!(from, View::Compare | View::Worst) {
        ui.from = from;
    }
}

/// What only a comparison needs is let go of when nobody compares any more.
pub(super) fn leave(state: &State, carrier: Option<&CarrierName>) -> Option<Effect> {
    let carrier = carrier.and_then(|name| state.carrier(name))?;
    look(carrier, Lens { compares: false, ..carrier.lens.clone() })
}

/// Views the carrier as the engine that is selected in the table.
pub(super) fn view_as_selected(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let names = engines::names(&engines::rows(carrier));
    let engine = names.get(ui.engine.place(&names))?.clone();
    let engine = Some(engine).filter(|engine| *engine != carrier.engine().name());
    ui.view = View::Carrier;
    if let Some(engine) = &engine {
        ui.say(viewed(&words::engine(engine)));
    }
    look(carrier, Lens { engine, compares: false, ..carrier.lens.clone() })
}

/// Whether previews count what probes show.
fn overlay(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    let real = !carrier.lens.real;
    ui.say(if real {
        "what probes show counts in the preview again"
    } else {
        "the preview leaves out what probes show: only what you fail fails"
    });
    look(carrier, Lens { real, ..carrier.lens.clone() })
}

/// Asks for a name for what is forced.
fn save(ui: &mut Ui, carrier: &CarrierState) -> Option<Effect> {
    if carrier.forced.is_empty() {
        ui.complain("nothing is forced that could be saved: fail something first");
    } else {
        ui.over = Over::Save(Box::default());
    }
    None
}

/// Takes in a key while a drill is named.
pub(super) fn naming(ui: &mut Ui, state: &State, mut naming: Box<Naming>, key: Key) -> Option<Effect> {
    match naming.key(key) {
        Told::Cancel => None,
        Told::More => {
            ui.over = Over::Save(naming);
            None
        }
        Told::Done(name) => {
            let carrier = ui.current(state)?;
            let outages = carrier.forced.clone();
            Some(Effect::Send(Command::Save(Drill { name, carrier: carrier.carrier.name.clone(), outages })))
        }
    }
}

/// The drills of a carrier.
pub(in crate::tui) fn drills<'s>(state: &'s State, carrier: &CarrierState) -> Vec<&'s Arc<Drill>> {
    state.drills.iter().filter(|drill| drill.carrier == carrier.carrier.name).collect()
}

/// Lists the drills of a carrier.
fn recall(ui: &mut Ui, state: &State, carrier: &CarrierState) -> Option<Effect> {
    if drills(state, carrier).is_empty() {
        ui.complain(format!("no drill is saved for {}: S saves what you fail", carrier.carrier.name));
    } else {
        ui.over = Over::Drills(0);
    }
    None
}

/// Takes in a key while a drill is chosen.
pub(super) fn choosing(ui: &mut Ui, state: &State, at: usize, key: Key) -> Option<Effect> {
    let carrier = ui.current(state)?;
    let all = drills(state, carrier);
    let last = all.len().saturating_sub(1);
    let at = match key.code {
        Code::Esc | Code::Char('q' | 'L') => return None,
        Code::Enter => {
            let drill = (*all.get(at.min(last))?).clone();
            ui.say(format!("drill {}: u takes its failures back one by one, U all", drill.name));
            return Some(act(OperatorAct::Rehearse(drill)));
        }
        Code::Down | Code::Char('j') => (at + 1).min(last),
        Code::Up | Code::Char('k') => at.min(last).saturating_sub(1),
        _ => at,
    };
    ui.over = Over::Drills(at);
    None
}
