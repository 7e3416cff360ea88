//! What the pane tells of the selected registration.

use super::*;

#[test]
fn an_engine_that_registers_by_other_records_is_told_of_a_death_as_well() {
    let mut world = World::empty(LARGE);
    let engine = Some("freeswitch".into());
    world.save(Carrier { engine, ..saved("flow.example", Some(AccountMode::Hold), false) });
    world.dns("flow.example", FLOW).all_answer(3);
    let ours = binding("sip:trunktop-f81d4fae@192.0.2.5", 300, true);
    let report = report(&world, (Transport::Udp, "192.0.2.31:5060"), "ep1.flow.example", granted(vec![ours]));
    world.tell(FactKind::Binding { carrier: name("flow.example"), report: Box::new(report), next: None });
    world.press("4");
    assert!(line(&world, "if down").contains("should ep1 die, it goes to ep2 by"), "{}", world.text());
}

#[test]
fn of_another_registration_at_the_same_target_its_own_end_counts() {
    let mut world = registered(LARGE);
    world.seen("acme.example", &["192.0.2.10:5061"]);
    world.press("4jjj");
    let told = line(&world, "if down");
    assert!(line(&world, "pinned ").contains("observed by ss"), "{}", world.text());
    assert!(told.contains("should us-east-1 die, it goes to us-east-2 within 61 min"), "by the engine's rules: {told}");
}

#[test]
fn what_is_told_of_a_death_is_what_the_preview_says_when_it_is_forced() {
    let mut world = registered(LARGE);
    world.press("4jj");
    let told = line(&world, "if down");
    assert!(told.contains("should us-east-1 die, it goes to us-east-2 by 13:05:47 at the latest"), "{told}");
    world.force("acme.example", "pop-us-east-1.acme.example");
    let register = world.state.carrier(&name("acme.example")).unwrap().previews.as_ref().unwrap().register.clone();
    let forced = register.unwrap();
    assert_eq!(forced.moves_to(), [("pop-us-east-2.acme.example".parse().unwrap(), Share::ALL)]);
    // By our own refresh, which is due 285 s after 13:00:30.
    assert_eq!(forced.waits, Duration::from_secs(32));
    assert_eq!(line(&world, "if down"), told, "what is forced changes nothing of it");
    world.press("G");
    let only = line(&world, "if down");
    assert!(only.contains("should cloud die, inbound calls miss: there is nowhere else to register"), "{only}");
}

#[test]
fn what_is_sent_next_is_said_as_it_is() {
    let mut world = registered(LARGE);
    world.press("4jj");
    assert!(line(&world, "expires ").contains("; next REGISTER 13:05:15"), "{}", world.text());
    world.later(277);
    assert!(line(&world, "expires ").contains("; a REGISTER is under way since 13:05:15"), "{}", world.text());
    let mut world = broken(LARGE);
    let next = Some(world.now() + Duration::from_secs(60));
    world.tell(FactKind::Account { carrier: name("flow.example"), news: AccountNews::Round, next });
    world.press("4jj");
    assert!(line(&world, "due ").contains("next look 13:0"), "{}", world.text());
    world.later(61);
    assert!(line(&world, "due ").contains("a look is under way since 13:0"), "{}", world.text());
    let next = Some(world.now() + Duration::from_secs(5));
    world.tell(FactKind::Account { carrier: name("flow.example"), news: AccountNews::Elsewhere(None), next });
    world.later(60);
    assert!(line(&world, "due ").contains("the other trunktop refreshes it"), "{}", world.text());
}

#[test]
fn what_a_key_can_do_about_it_is_told() {
    let mut world = registered(LARGE);
    world.press("4");
    assert!(world.text().contains("lock the account: r tries again"), "the verdict says it: {}", world.text());
    assert!(!world.text().contains("you can "), "and once is enough: {}", world.text());
    world.press("jj");
    assert!(!world.text().contains("you can "), "nothing is wrong: {}", world.text());
    world.press("k");
    assert!(line(&world, "pinned ").contains("us-west-1") && !world.text().contains("you can "), "of a PBX no key");
    world.bound("198.51.100.7:5061", "pop-us-west-1.acme.example").press("gj");
    assert!(line(&world, "you can ").contains("C lets go of it, and it registers anew"), "{}", world.text());
}

#[test]
fn no_word_is_said_twice_of_an_account() {
    let world = opened(broken(LARGE), "j");
    let told = line(&world, "account ");
    assert!(told.trim_end().ends_with("+4930123@cloud.example, off"), "{told}");
    assert!(line(&world, "engine ").contains("each refresh draws anew, every"), "{}", world.text());
    let world = opened(broken((160, 45)), "jj");
    let told = line(&world, "account ");
    let shared = "observe: shared location service: not distinguishable: both POPs list the binding alike";
    assert!(told.contains(shared), "{told}");
}

#[test]
fn a_refusal_is_told_in_the_registrars_words() {
    let mut world = registered(LARGE);
    let refusal = Refusal {
        code: 403,
        reason: "Not \u{1b}[31mhere".into(),
        retry_after: Some(Duration::from_secs(60)),
        means: RefusalMeans::Plain,
    };
    let refused = RegisterOutcome::Refused(refusal);
    let report = report(&world, (Transport::Udp, "192.0.2.31:5060"), "ep1.flow.example", refused);
    world.tell(FactKind::Binding { carrier: name("flow.example"), report: Box::new(report), next: None });
    world.press("4");
    assert!(line(&world, "last ").contains("REGISTER to ep1 at 13:00:39: 403 Not"), "{}", world.text());
    assert!(world.text().contains("Retry-After 60 s") && !world.text().contains('\u{1b}'), "{}", world.text());
}

#[test]
fn a_redirect_is_shown_and_the_messages_are_told_line_by_line() {
    let mut world = registered(LARGE);
    let elsewhere = RefusalMeans::Elsewhere(vec!["sip:other.example".parse().unwrap()]);
    let refusal = Refusal { code: 302, reason: "Moved".into(), retry_after: None, means: elsewhere };
    let at = (Transport::Udp, "192.0.2.31:5060");
    let mut report = report(&world, at, "ep1.flow.example", RegisterOutcome::Refused(refusal));
    report.sent = Some(Raw::new(b"REGISTER sip:flow.example SIP/2.0\r\nCSeq: 7 REGISTER\r\n\r\n"));
    report.heard = Some(Raw::new(b"SIP/2.0 302 Moved\r\nContact: <sip:\x1b[31mother.example>\r\n\r\n"));
    world.tell(FactKind::Binding { carrier: name("flow.example"), report: Box::new(report), next: None });
    world.press("4");
    for said in ["302 Moved: it sends us to sip:other.example", "sent       REGISTER sip:flow."] {
        assert!(world.text().contains(said), "{said}: {}", world.text());
    }
    assert!(line(&world, "Contact: <sip:").contains("\\x1b[31mother"), "{}", world.text());
    assert!(line(&world, "Contact: <sip:").ends_with("other.example>"), "nothing empty follows");
}

#[test]
fn bindings_of_others_are_told() {
    let mut world = registered(LARGE);
    let listed =
        vec![binding("sip:trunktop-f81d4fae@192.0.2.5", 300, true), binding("sip:pbx@198.51.100.9", 120, false)];
    let report = report(&world, (Transport::Tls, "192.0.2.10:5061"), "pop-us-east-1.acme.example", granted(listed));
    world.tell(FactKind::Binding { carrier: name("acme.example"), report: Box::new(report), next: None });
    let world = opened(world, "jj");
    assert!(world.text().contains("others     sip:pbx@198.51.100.9 at us-east-1, 120 s left"), "{}", world.text());
    assert!(line(&world, "others bound too").contains("us-east-1"), "{}", world.text());
}

#[test]
fn a_403_to_credentials_says_what_it_is() {
    for (code, reason, said) in [
        (403, "Forbidden", "403 Forbidden: to credentials that were never taken yet"),
        (401, "Unauthorized", "401 Unauthorized: the credentials were not taken"),
    ] {
        let mut world = registered(LARGE);
        let means = RefusalMeans::WrongCredentials;
        let refused = RegisterOutcome::Refused(Refusal { code, reason: reason.into(), retry_after: None, means });
        let report = report(&world, (Transport::Udp, "192.0.2.31:5060"), "ep1.flow.example", refused);
        world.tell(FactKind::Binding { carrier: name("flow.example"), report: Box::new(report), next: None });
        world.press("4");
        assert!(line(&world, "last ").contains(said), "{}", world.text());
    }
}
