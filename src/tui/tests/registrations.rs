//! Registrations: where they are, what needs attention, and what keys do about it.

mod pane;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Account, AccountMode, AccountNews, Binding, Carrier, Challenged, Command, CommandLine, Confidence, Expires,
    FactKind, Granted, PinReport, PinSource, ProbeResult, Purpose, Raw, Refusal, RefusalMeans, RegisterOutcome,
    RegisterReport, Share, Sighting, Stop, Transport, Whereabouts,
};
use crate::tui::ui::{Over, View};
use crate::tui::update::Effect;

use super::screens::{LARGE, SMALL, kept, open};
use super::world::{ACME, CLOUD, FLOW, World, endpoint, name};

/// So wide that the list of carriers says where registrations are.
const WIDE: (u16, u16) = (160, 45);

fn saved(raw: &str, mode: Option<AccountMode>, pbx: bool) -> Carrier {
    let mut carrier = Carrier::new(name(raw), raw.parse().unwrap());
    carrier.account = mode.map(|mode| Arc::new(Account { mode, ..Account::new("+4930123".parse().unwrap()) }));
    let command = CommandLine { program: "ss".into(), arguments: vec!["-tn".into()] };
    carrier.pin = pbx.then_some(PinSource { command, every: PinSource::EVERY, patience: PinSource::PATIENCE });
    carrier
}

fn binding(contact: &str, left: u32, ours: bool) -> Binding {
    let gruu = ours.then(|| "sip:+4930123@acme.example;gr=urn:uuid:f81d4fae".into());
    Binding { contact: contact.into(), expires: Some(Expires::new(left)), ours, instance: None, gruu }
}

fn report(world: &World, at: (Transport, &str), target: &str, outcome: RegisterOutcome) -> RegisterReport {
    RegisterReport {
        endpoint: endpoint(at.0, at.1),
        target: target.parse().unwrap(),
        purpose: Purpose::Bind(Expires::USUAL),
        at: world.now(),
        took: Duration::from_millis(21),
        outcome,
        challenge: Some(Challenged { realm: "acme".into(), algorithm: "SHA-256", qop: Some("auth"), reused: false }),
        sent: None,
        heard: None,
    }
}

fn granted(bindings: Vec<Binding>) -> RegisterOutcome {
    RegisterOutcome::Done(Granted {
        listed: bindings.len(),
        bindings,
        service_route: Some("<sip:pop-us-east-1.acme.example;lr>".into()),
        path: None,
        associated: Some("<sip:+4930123@acme.example>, <tel:+4930123>".into()),
        server: Some("Kamailio (5.6.3)".into()),
        ..Granted::default()
    })
}

impl World {
    /// Our own registration is granted at a target of acme's.
    fn bound(&mut self, at: &str, target: &str) -> &mut Self {
        let ours = binding("sip:trunktop-f81d4fae@192.0.2.5", 300, true);
        let report = report(self, (Transport::Tls, at), target, granted(vec![ours]));
        let next = Some(self.now() + Duration::from_secs(285));
        self.tell(FactKind::Binding { carrier: name("acme.example"), report: Box::new(report), next })
    }

    /// What `ss` shows of a carrier.
    fn seen(&mut self, carrier: &str, at: &[&str]) -> &mut Self {
        let sighting = |at: &&str| Sighting {
            confidence: Confidence::Observed,
            by: "ss".into(),
            at: Whereabouts::Address {
                ip: at.parse::<std::net::SocketAddr>().unwrap().ip(),
                port: Some(at.parse::<std::net::SocketAddr>().unwrap().port()),
                transport: None,
            },
            left: None,
            state: None,
            is_registration: false,
        };
        let told = Ok(at.iter().map(sighting).collect());
        self.reports(carrier, told)
    }

    fn reports(&mut self, carrier: &str, told: Result<Vec<Sighting>, crate::model::Text>) -> &mut Self {
        let report = Box::new(PinReport { at: self.now(), told });
        let next = self.now() + PinSource::EVERY;
        self.tell(FactKind::PinReport { carrier: name(carrier), report, next })
    }

    fn news(&mut self, carrier: &str, news: AccountNews) -> &mut Self {
        self.tell(FactKind::Account { carrier: name(carrier), news, next: None })
    }
}

/// acme is held, acme2's PBX stays at the backup, flow is refused, cloud seen by a PBX.
fn registered(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.save(saved("acme.example", Some(AccountMode::Hold), true));
    world.save(saved("flow.example", Some(AccountMode::Hold), false));
    world.save(saved("cloud.example", None, true)).save(saved("acme2.example", None, true));
    world.dns("acme.example", ACME).dns("flow.example", FLOW).dns("cloud.example", CLOUD);
    world.dns("acme2.example", &ACME.replace("acme.", "acme2.")).all_answer(3);
    world.bound("192.0.2.10:5061", "pop-us-east-1.acme.example");
    world.seen("acme.example", &["192.0.2.20:5061", "192.0.2.20:5061"]);
    world.seen("acme2.example", &["198.51.100.7:5061"]);
    world.seen("cloud.example", &["203.0.113.2:5060"]);
    world.news("flow.example", AccountNews::Stopped(Stop::Credentials));
    world.later(9);
    world.ui.carrier = Some(name("flow.example"));
    world
}

/// The zone of acme after a cutover to two POPs elsewhere.
const MOVED: &str = "
acme.example 3600 NAPTR 10 50 s SIPS+D2T _sips._tcp.acme.example
_sips._tcp.acme.example 300 SRV 10 70 5061 fra.acme.example
_sips._tcp.acme.example 300 SRV 10 30 5061 ams.acme.example
fra.acme.example 60 A 203.0.113.10
ams.acme.example 60 A 203.0.113.20
";

/// acme's pinned POP is silent, flow's account is shared, cloud is where nobody told.
fn broken(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.save(saved("acme.example", Some(AccountMode::Hold), false));
    world.save(saved("flow.example", Some(AccountMode::Observe), false));
    world.save(saved("cloud.example", Some(AccountMode::Off), false));
    world.dns("acme.example", ACME).dns("flow.example", FLOW).dns("cloud.example", CLOUD).all_answer(3);
    world.bound("192.0.2.10:5061", "pop-us-east-1.acme.example");
    for (at, target) in [("192.0.2.31:5060", "ep1.flow.example"), ("192.0.2.32:5060", "ep2.flow.example")] {
        let listed = granted(vec![binding("sip:pbx@198.51.100.5", 120, false)]);
        let mut report = report(&world, (Transport::Udp, at), target, listed);
        report.purpose = Purpose::Fetch;
        world.tell(FactKind::Binding { carrier: name("flow.example"), report: Box::new(report), next: None });
    }
    world.news("flow.example", AccountNews::Round);
    world.silent("192.0.2.10", 6);
    world
}

/// acme has moved to other POPs; a PBX has connections at both.
fn cutover(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.save(saved("acme.example", Some(AccountMode::Hold), true));
    world.dns("acme.example", ACME).all_answer(3);
    world.bound("192.0.2.10:5061", "pop-us-east-1.acme.example");
    world.seen("acme.example", &["192.0.2.20:5061", "192.0.2.20:5061", "192.0.2.10:5061"]);
    world.later(60).dns("acme.example", MOVED).all_answer(1);
    world.seen("acme.example", &["192.0.2.20:5061", "192.0.2.10:5061", "203.0.113.10:5061"]);
    world.later(1);
    world
}

fn opened(mut world: World, keys: &str) -> World {
    world.press("4");
    world.press(keys);
    world
}

#[test]
fn registrations() {
    kept("registrations", |size| opened(registered(size), "jj"));
    kept("registrations_unfolded", |size| opened(registered(size), "jji"));
    kept("registrations_broken", |size| opened(broken(size), ""));
    kept("registrations_shared", |size| opened(broken(size), "jj"));
    kept("registrations_cutover", |size| opened(cutover(size), ""));
    kept("registrations_none", |size| opened(World::steady(size), ""));
    kept("registrations_mode", |size| opened(registered(size), "jjoj"));
    kept("registrations_let_go", |size| opened(registered(size), "jjC"));
    kept("registrations_quit", |size| opened(registered(size), "q"));
}

#[test]
fn registrations_beside_the_rest() {
    kept("fleet_pins", registered);
    kept("fleet_pins_broken", broken);
    kept("carrier_pins", |size| open(registered(size), "acme.example", View::Carrier));
    kept("carrier_pins_left", |size| open(cutover(size), "acme.example", View::Carrier));
    kept("carrier_pins_inferred", |size| open(unknown(size), "acme.example", View::Carrier));
    kept("target_pins", |size| open(broken(size), "acme.example", View::Target));
    kept("wall_pins", |size| {
        let mut world = broken(size);
        world.press("z");
        world
    });
    kept("changes_pins", |size| {
        let mut world = open(cutover(size), "acme.example", View::Changes);
        world.press("<Tab><Tab><Tab>");
        world
    });
}

/// Nobody tells where acme's PBX is registered.
fn unknown(size: (u16, u16)) -> World {
    let mut world = World::empty(size);
    world.save(saved("acme.example", None, true)).dns("acme.example", ACME).all_answer(3);
    world.reports("acme.example", Err("ssh: exit status 255".into()));
    world
}

/// The line of the screen that holds this.
fn line(world: &World, with: &str) -> String {
    let text = world.text();
    text.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("{with}\n{text}")).to_owned()
}

fn carrier(world: &World) -> String {
    world.ui.carrier.as_ref().unwrap().to_string()
}

#[test]
fn registrations_are_one_key_away_and_enter_and_esc_lead_out() {
    let mut world = registered(LARGE);
    world.press("4");
    assert_eq!((world.ui.view, carrier(&world)), (View::Registrations, "flow.example".into()), "what needs attention");
    world.press("jj<Enter>");
    assert_eq!((world.ui.view, carrier(&world)), (View::Carrier, "acme.example".into()));
    assert!(world.ui.line.as_ref().unwrap().contains("pop-us-east-1"), "at its target: {:?}", world.ui.line);
    world.press("4");
    assert!(line(&world, "account ").contains("+4930123@acme.example"), "at the carrier that was looked at");
    world.press("<Esc>");
    assert_eq!(world.ui.view, View::Carrier);
    // An event of a registration opens it.
    world.press("16<Enter>");
    assert_eq!(world.ui.view, View::Registrations);
    world.press("<Esc>");
    assert_eq!(world.ui.view, View::Changes);
}

#[test]
fn one_that_dns_no_longer_leads_to_stays_in_the_tree_and_leads_to_the_registrations() {
    let mut world = cutover(LARGE);
    world.later(crate::state::GRACE.as_secs()).bound("192.0.2.10:5061", "pop-us-east-1.acme.example");
    world.seen("acme.example", &["192.0.2.20:5061"]).later(1);
    world.press("2");
    for gone in ["left DNS: pop-us-east-1", "left DNS: pop-us-east-2"] {
        assert!(line(&world, gone).contains("PIN"), "{}", world.text());
    }
    world.press("G<Enter>");
    assert_eq!(world.ui.view, View::Registrations);
}

#[test]
fn a_filter_finds_where_registrations_are_and_what_they_need() {
    for (wanted, rows) in [("us-west-1.acme2", 1), ("backup tier", 1), ("pop-us-east-2", 2), ("cloud", 1)] {
        let mut world = registered(LARGE);
        world.press(&format!("/{wanted}<Enter>4"));
        assert_eq!(crate::tui::registrations::rows(&world.ui, &world.state).len(), rows, "{wanted}: {}", world.text());
    }
}

#[test]
fn the_cursor_stays_on_its_registration_when_the_order_changes() {
    let mut world = broken(LARGE);
    world.press("4jj");
    assert_eq!(carrier(&world), "flow.example");
    let mut world = registered(LARGE);
    world.press("4jj");
    let own = line(&world, "pinned ");
    assert!(own.contains("us-east-1") && own.contains("own REGISTER"), "{own}");
    // Refused is first; then it is gone from there, and another is on a target that is down.
    world.news("flow.example", AccountNews::Round).silent("192.0.2.10", 6);
    assert_eq!(line(&world, "pinned "), own);
    // It has moved: it is the same registration.
    world.bound("192.0.2.20:5061", "pop-us-east-2.acme.example");
    let moved = line(&world, "pinned ");
    assert!(moved.contains("us-east-2") && moved.contains("own REGISTER"), "{moved}");
    assert!(line(&world, "moves ").contains("registration moved from us-east-1 to us-east-2"), "{}", world.text());
}

#[test]
fn keys_go_from_one_that_needs_attention_to_the_next() {
    let mut world = registered(LARGE);
    world.press("4n");
    assert!(line(&world, "pinned ").contains("us-west-1"), "{}", world.text());
    world.press("n");
    assert_eq!(carrier(&world), "flow.example");
    world.press("N");
    assert!(line(&world, "pinned ").contains("us-west-1"));
    world.press("<Tab>");
    assert!(world.text().contains("only what needs attention (Tab: all)"), "{}", world.text());
    assert_eq!(crate::tui::registrations::rows(&world.ui, &world.state).len(), 2);
    assert!(line(&world, "pinned ").contains("us-west-1"), "the cursor stays: {}", world.text());
    let mut well = World::empty(LARGE);
    well.save(saved("acme.example", Some(AccountMode::Off), false)).dns("acme.example", ACME).all_answer(1);
    well.press("4<Tab>");
    assert!(well.text().contains("no registration needs attention; Tab shows all"), "{}", well.text());
}

#[test]
fn the_mode_of_an_account_is_chosen_after_reading_what_it_does() {
    let mut world = registered(LARGE);
    world.press("4jjo");
    for mode in AccountMode::ALL {
        let does = mode.does().split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        assert!(world.text().contains(&does), "{does}: {}", world.text());
    }
    let send = |mode| vec![Effect::Send(Command::Account(name("acme.example"), mode))];
    assert_eq!(world.press("<Enter>"), send(AccountMode::Hold), "what it is on is selected");
    assert_eq!(world.press("ok<Enter>"), send(AccountMode::Observe));
    assert_eq!(world.press("okkk<Enter>"), send(AccountMode::Off));
    assert_eq!(world.press("o<Esc>"), []);
    assert!(matches!(world.ui.over, Over::Nothing));
    // Who has no account has nothing to choose.
    assert_eq!(world.press("Go"), []);
    assert!(world.text().contains("cloud.example has no account"), "{}", world.text());
}

#[test]
fn of_a_stopped_account_it_is_said_how_it_is_tried_again() {
    let mut world = registered(LARGE);
    world.press("4o");
    assert!(world.text().contains("(now hold, stopped: r tries again), until trunktop ends:"), "{}", world.text());
    assert_eq!(world.press("<Enter>"), [], "the same again would change nothing");
    assert!(world.text().contains("flow.example: hold already, and stopped: r tries again"), "{}", world.text());
    let send = vec![Effect::Send(Command::Account(name("flow.example"), AccountMode::Observe))];
    assert_eq!(world.press("ok<Enter>"), send);
    assert_eq!(world.press("r"), [Effect::Send(Command::Refresh(Some(name("flow.example"))))]);
}

#[test]
fn what_is_held_is_let_go_of_by_hand_and_nothing_else() {
    let mut world = registered(LARGE);
    world.press("4jjC");
    let asked = "Lets go of us-east-1 and registers anew as RFC 3263 would";
    assert!(world.text().contains(asked), "{}", world.text());
    assert_eq!(world.press("x"), []);
    assert_eq!(world.press("y"), [Effect::Send(Command::LetGo(name("acme.example")))]);
    assert_eq!(world.press("Cn"), []);
    assert_eq!(world.press("gC"), []);
    assert!(world.text().contains("trunktop holds no registration of flow.example"), "{}", world.text());
}

#[test]
fn quitting_asks_where_a_registration_would_go_with_it() {
    let mut world = registered(SMALL);
    assert_eq!(world.press("q"), []);
    assert!(world.text().contains("held at us-east-1 (acme.example): quitting removes it."), "{}", world.text());
    assert_eq!(world.press("n"), []);
    world.force("acme.example", "pop-us-east-2.acme.example").press("q");
    assert!(world.text().contains("failures that you forced are not kept. Quit?"), "{}", world.text());
    assert_eq!(world.press("y"), [Effect::Quit]);
    world.force("acme.example", "pop-us-east-2.acme.example");
    let mut world = broken(SMALL);
    world.news("acme.example", AccountNews::LetGo(crate::model::Why::ByHand));
    assert_eq!(world.press("q"), [Effect::Quit], "nothing is held any more");
}

#[test]
fn one_is_copied_as_text() {
    let mut world = registered(SMALL);
    let effects = world.press("4jjy");
    let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
    for said in ["registration of acme.example\n", "observed by own REGISTER", "realm \"acme\", SHA-256", "if down"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn a_long_account_is_read_to_its_end_where_there_is_room_and_the_selection_reaches_the_edge() {
    let mut world = World::empty(WIDE);
    let long = "a.carrier.of.some.length.example";
    world.save(saved(long, Some(AccountMode::Off), false)).press("4");
    assert!(world.text().contains(&format!("+4930123@{long} ")), "{}", world.text());
    let buffer = world.buffer();
    let row = world.text().lines().position(|line| line.contains(&format!("@{long} "))).unwrap();
    let looks = (0..WIDE.0).map(|column| buffer[(column, u16::try_from(row).unwrap())].modifier);
    assert!(looks.collect::<Vec<_>>().iter().all(|look| look.contains(ratatui::style::Modifier::REVERSED)));
}

#[test]
fn only_the_selected_countdown_goes_by_seconds() {
    let mut world = registered(LARGE);
    world.press("4");
    let (first, second) = (world.text(), world.later(1).text());
    assert_eq!(first, second, "flow is selected, and has no countdown");
    world.press("jj");
    let before = world.text();
    let after = world.later(1).text();
    let changed: Vec<&str> = before.lines().zip(after.lines()).filter(|(a, b)| a != b).map(|(_, b)| b).collect();
    assert!(matches!(changed.as_slice(), [only] if only.contains("us-east-1")), "{changed:?}");
}

#[test]
fn what_is_inferred_is_told_apart_without_colour_and_without_utf8() {
    let mut world = broken(LARGE);
    world.glyphs = crate::tui::Glyphs::ASCII;
    world.press("4");
    assert!(line(&world, "on a DOWN target").contains("@ us-east-1 observed"), "{}", world.text());
    assert!(world.text().contains("~cloud inferred"), "{}", world.text());
    let mut world = unknown(WIDE);
    world.glyphs = crate::tui::Glyphs::ASCII;
    assert!(line(&world, "acme.example   ").contains("~us-east-1 50 %"), "{}", world.text());
    world.press("2");
    assert!(line(&world, "5061 pop-us-east-1").contains("~inf 50 %"), "{}", world.text());
}

#[test]
fn the_fleet_says_where_they_are_where_it_has_the_room_and_else_which_need_attention() {
    let mut world = broken(WIDE);
    world.press("jjj");
    let text = world.text();
    assert!(text.contains("PIN (4)") && !text.contains("pin!"), "{text}");
    assert!(line(&world, "cloud.example ").contains("~cloud"), "{text}");
    let narrow = broken(LARGE);
    assert!(line(&narrow, "STATE ").contains("VERDICT (PINS: 4)"), "{}", narrow.text());
    assert!(line(&narrow, " acme.example  ").contains("pin! "), "{}", narrow.text());
    assert_eq!(narrow.text().matches("pin!").count(), 1, "{}", narrow.text());
    let small = broken(SMALL);
    assert!(line(&small, " acme.example  ").contains(" pin! "), "{}", small.text());
    assert_eq!(small.text().matches("pin!").count(), 1, "{}", small.text());
    assert!(!World::steady(LARGE).text().contains("PINS"), "nobody registers");
}

#[test]
fn one_that_has_ended_says_where_it_was() {
    let mut world = registered(WIDE);
    let refused = RegisterOutcome::Failed { result: ProbeResult::Timeout, ours: false, detail: "".into() };
    world.later(290);
    let failed = report(&world, (Transport::Tls, "192.0.2.10:5061"), "pop-us-east-1.acme.example", refused);
    let next = Some(world.now() + Duration::from_secs(5));
    world.tell(FactKind::Binding { carrier: name("acme.example"), report: Box::new(failed), next });
    world.reports("acme.example", Ok(Vec::new())).later(60);
    assert!(line(&world, " acme.example ").contains("us-east-1 EXPIRED"), "{}", world.text());
    world.press("4");
    assert!(line(&world, "! unregistered").contains("acme.example"), "{}", world.text());
}

#[test]
fn no_key_breaks_anything_where_registrations_are() {
    let keys: Vec<String> = (' '..='~')
        .map(String::from)
        .chain(["<Esc>", "<Tab>", "<End>", "<PgDn>", "<Enter>"].map(String::from))
        .collect();
    for size in [(40, 12), SMALL] {
        for mut world in [registered(size), broken(size), cutover(size), unknown(size), World::empty(size)] {
            for first in &keys {
                world.ui.over = Over::Nothing;
                world.ui.view = View::Registrations;
                world.press(first);
                world.press("jkG");
                world.text();
            }
        }
    }
}

#[test]
fn the_wall_shows_a_pin_that_needs_attention_in_every_block() {
    let mut world = World::empty((52, 12));
    for name in ["acme.example", "b.example", "c.example", "d.example", "e.example"] {
        world.save(saved(name, Some(AccountMode::Hold), false));
    }
    world.news("acme.example", AccountNews::Stopped(Stop::Credentials)).press("z");
    assert!(line(&world, "pin!").starts_with(" ! WARNING"), "in the row of its state: {}", world.text());
    let mut world = broken(LARGE);
    world.press("z");
    assert!(world.text().contains("! pin: on a DOWN target"), "{}", world.text());
}
