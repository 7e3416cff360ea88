//! What if: failures, drills, other engines, the weak spot; keys, and the screens that follow.

use crate::locate;
use crate::model::{Command, FactKind, OperatorAct};
use crate::tui::ui::{Over, Said, Sort, View};
use crate::tui::update::Effect;

use super::screens::kept;
use super::world::{ACME, World, name};

const SIZE: (u16, u16) = (120, 36);

/// One east POP is failed, and the carrier is open.
fn failed(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    world.does("<Enter>f");
    world
}

/// It is viewed as Kamailio, and what that asks has been answered.
fn viewed(size: (u16, u16)) -> World {
    let mut world = failed(size);
    world.does("vkamailio<Enter>").dns("acme.example", ACME);
    world
}

/// All engines are compared, and what they ask has been answered.
fn compared(size: (u16, u16)) -> World {
    let mut world = failed(size);
    world.does("V").dns("acme.example", ACME);
    world
}

fn weighed(size: (u16, u16)) -> World {
    let mut world = World::steady(size);
    world.does("<Enter>W");
    world
}

#[test]
fn failed_as_kamailio() {
    kept("carrier_viewed", viewed);
}

#[test]
fn viewed_before_the_answers_came() {
    kept("carrier_viewed_asks", |size| {
        let mut world = World::steady(size);
        world.does("<Enter>vkamailio<Enter>");
        world
    });
}

#[test]
fn picking() {
    kept("picking", |size| {
        let mut world = World::steady(size);
        world.does("<Enter>v");
        world
    });
}

#[test]
fn comparing() {
    kept("compare", compared);
}

#[test]
fn comparing_before_the_answers_came() {
    kept("compare_asks", |size| {
        let mut world = World::steady(size);
        world.does("<Enter>V");
        world
    });
}

#[test]
fn the_weak_spot() {
    kept("worst", weighed);
}

#[test]
fn unfolded() {
    kept("unfolded", |size| {
        let mut world = failed(size);
        world.does("i");
        world
    });
}

#[test]
fn fleet_by_its_weak_spots() {
    kept("fleet_by_worst", |size| {
        let mut world = World::steady(size);
        world.does("ss");
        world
    });
}

#[test]
fn drills() {
    kept("drills", |size| {
        let mut world = failed(size);
        world.does("jjF").does("Seast dies<Enter>").does("L");
        world
    });
}

#[test]
fn another_engine_is_marked_as_such_and_the_verdict_is_not_its() {
    let mut world = viewed((80, 24));
    let verdict = world.state.carrier(&name("acme.example")).unwrap().verdict.clone();
    let text = world.text();
    assert!(text.contains("VIEWED AS kamailio") && text.contains("[AS kamailio]"), "{text}");
    assert!(text.contains("100 % land nowhere"), "{text}");
    assert!(text.contains(&verdict.sentence[..30]), "{text}");
    // The list is of what is, not of what is looked at.
    world.press("1");
    assert!(world.text().contains("us-east-1 50  us-east-2 50"), "{}", world.text());
    assert!(!world.text().contains("kamailio"), "{}", world.text());
    // The same key goes back, and so does Esc; the next Esc leaves the carrier.
    world.press("2");
    assert!(world.state.carrier(&name("acme.example")).unwrap().is_viewed());
    world.does("v");
    assert!(!world.text().contains("kamailio"), "{}", world.text());
    world.does("vasterisk<Enter>").dns("acme.example", ACME);
    assert!(world.text().contains("VIEWED AS asterisk"), "{}", world.text());
    world.does("<Esc>");
    assert_eq!(world.ui.view, View::Carrier);
    assert!(!world.text().contains("VIEWED"), "{}", world.text());
    world.does("<Esc>");
    assert_eq!(world.ui.view, View::Fleet);
}

#[test]
fn every_engine_is_compared_and_let_go_of_when_the_view_closes() {
    let mut world = compared(SIZE);
    let text = world.text();
    for engine in locate::engines().iter().skip(1) {
        assert!(text.contains(engine.profile().name), "{}: {text}", engine.profile().name);
    }
    let compares = |world: &World| world.state.carrier(&name("acme.example")).unwrap().lens.compares;
    for key in ["<Esc>", "2", "1", "W", "7"] {
        assert!(compares(&world));
        world.does(key);
        assert!(!compares(&world), "{key}");
        world.ui.view = View::Carrier;
        world.does("V");
    }
    // Enter views it as the selected engine, and compares no more.
    world.dns("acme.example", ACME).does("gj<Enter>");
    let carrier = world.state.carrier(&name("acme.example")).unwrap();
    assert!(carrier.is_viewed() && !carrier.lens.compares);
    assert_eq!(world.ui.view, View::Carrier);
}

#[test]
fn the_selected_engine_stays_selected_when_the_order_changes() {
    let mut world = compared(SIZE);
    world.does("G");
    let carrier = world.state.carrier(&name("acme.example")).unwrap();
    let names = crate::tui::engines::names(&crate::tui::engines::rows(carrier));
    let selected = names.last().unwrap().clone();
    world.tell(FactKind::Act(OperatorAct::Clear(name("acme.example"))));
    let carrier = world.state.carrier(&name("acme.example")).unwrap();
    let names = crate::tui::engines::names(&crate::tui::engines::rows(carrier));
    assert_eq!(names[world.ui.engine.place(&names)], selected);
}

#[test]
fn the_weak_spot_is_failed_by_one_key() {
    let mut world = weighed(SIZE);
    let worst = world.state.carrier(&name("acme.example")).unwrap().weighed().unwrap().each[0].clone();
    world.press("<Tab>");
    world.does("");
    let effects = world.press("<Enter>");
    let refused = worst.what.to_string() + "=refused";
    let all = world.state.carrier(&name("acme.example")).unwrap().weighed().unwrap().each.clone();
    let first = all[0].what.to_string() + "=refused";
    assert!(all.iter().any(|weak| weak.what == worst.what), "{refused}");
    let act = OperatorAct::Fail(name("acme.example"), first.parse().unwrap());
    assert_eq!(effects, vec![Effect::Send(Command::Act(act))]);
    assert_eq!(world.ui.view, View::Carrier);
}

#[test]
fn the_list_is_sorted_as_asked_and_says_so() {
    let mut world = World::steady(SIZE);
    world.silent("192.0.2.31", 4);
    let order = |world: &World| {
        let listed = world.ui.listed(&world.state);
        listed.iter().map(|carrier| carrier.carrier.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(order(&world)[0], "flow.example");
    world.does("s");
    assert_eq!((world.ui.sort, order(&world)[0].as_str()), (Sort::Name, "acme.example"));
    assert!(world.text().contains("by name (s)"), "{}", world.text());
    world.does("s");
    // Of a host with addresses alone, one thing fails everything.
    assert_eq!((world.ui.sort, order(&world)[0].as_str()), (Sort::Worst, "cloud.example"));
    assert!(world.text().contains("cloud: 100 % lost"), "{}", world.text());
    world.does("z");
    assert_eq!(order(&world)[0], "flow.example", "the wall has the worst state first");
    world.does("1s");
    assert_eq!(world.ui.sort, Sort::State);
}

#[test]
fn what_probes_show_is_left_out_where_asked_and_the_title_says_so() {
    let mut world = World::steady(SIZE);
    world.silent("192.0.2.20", 4);
    world.does("g<Enter>");
    assert!(world.text().contains("us-east-2 now") || world.text().contains("tried first, fails"), "{}", world.text());
    world.does("h");
    assert!(world.text().contains("without what probes show: h"), "{}", world.text());
    assert!(!world.text().contains("tried first, fails"), "{}", world.text());
    assert!(world.text().contains("DEGRADED  us-east-2 silent"), "{}", world.text());
    world.does("h");
    assert!(!world.text().contains("without what probes show"), "{}", world.text());
}

#[test]
fn what_is_failed_is_saved_and_recalled() {
    let mut world = World::steady(SIZE);
    world.does("<Enter>");
    for (key, said) in [("S", "nothing is forced"), ("L", "no drill is saved for acme.example")] {
        assert_eq!(world.press(key), []);
        assert!(
            matches!(&world.ui.said, Some(Said::Ill(words)) if words.as_str().contains(said)),
            "{:?}",
            world.ui.said
        );
    }
    world.does("fF");
    let forced = world.state.carrier(&name("acme.example")).unwrap().forced.clone();
    assert_eq!(forced.len(), 2);
    world.press("S<Enter>");
    assert!(world.text().contains("a drill needs a name"), "{}", world.text());
    world.does("east dies<Enter>").does("U");
    assert!(world.state.carrier(&name("acme.example")).unwrap().forced.is_empty());
    world.does("L<Enter>");
    assert_eq!(world.state.carrier(&name("acme.example")).unwrap().forced, forced);
    assert!(matches!(world.ui.over, Over::Nothing));
}

#[test]
fn a_patience_is_told_and_counts() {
    let mut world = World::steady(SIZE);
    world.state.options.patience = Some(std::time::Duration::from_secs(20));
    world.dns("acme.example", ACME).does("<Enter>f");
    assert!(world.text().contains("callers hang up after 20 s"), "{}", world.text());
    assert!(world.text().contains("50 % land nowhere"), "{}", world.text());
}
