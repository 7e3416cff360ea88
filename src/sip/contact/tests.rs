//! Lists as registrars write them.

use std::sync::Arc;

use proptest::prelude::{any, prop, proptest};

use super::*;
use crate::model::{Account, Carrier, CarrierName, Endpoint, Transport};
use crate::sip::frame::datagram;

const US: Instance = Instance(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);

fn request(mode: AccountMode, contact: Option<&str>) -> RegisterRequest {
    let carrier = Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap());
    let account =
        Account { mode, contact: contact.map(|c| c.parse().unwrap()), ..Account::new("bob".parse().unwrap()) };
    let (uri, target) = (carrier.uri.clone(), carrier.uri.host.clone());
    let endpoint = Endpoint { transport: Transport::Udp, at: ([127, 0, 0, 1], 5060).into() };
    RegisterRequest { instance: US, ..RegisterRequest::new(&carrier, Arc::new(account), uri, endpoint, target) }
}

fn answer(headers: &str) -> Message {
    datagram(format!("SIP/2.0 200 OK\r\n{headers}\r\n\r\n").as_bytes()).unwrap().unwrap()
}

fn held(headers: &str) -> (Vec<Binding>, usize) {
    bindings(&answer(headers), Sought::of(&request(AccountMode::Hold, None), false), 100)
}

/// The URI, and what is left.
fn shown(headers: &str) -> Vec<String> {
    let left = |expires: Option<Expires>| expires.map_or("?".to_owned(), |expires| expires.to_string());
    held(headers).0.iter().map(|binding| format!("{} {}", binding.contact, left(binding.expires))).collect()
}

#[test]
fn lists_are_read_however_they_are_written() {
    for (headers, read) in [
        ("Contact: <sip:a@192.0.2.1:5062>;expires=60", &["sip:a@192.0.2.1:5062 60"][..]),
        ("m: sip:a@b;expires=60;q=0.5", &["sip:a@b 60"]),
        ("Contact: <sip:a@b;transport=tcp>;q=1;Expires = 60 ", &["sip:a@b;transport=tcp 60"]),
        ("Contact: <sip:a@b>;expires=1, <sip:c@d>;expires=2", &["sip:a@b 1", "sip:c@d 2"]),
        ("Contact: <sip:a@b>;expires=1\r\nContact: sip:c@d\r\nExpires: 9", &["sip:a@b 1", "sip:c@d 9"]),
        ("Contact: \"Bob, <sip:no@no> \\\" x\" <sip:a@b>;expires=1,<sip:c@d>", &["sip:a@b 1", "sip:c@d ?"]),
        ("Contact: <sip:a,b@c>;expires=1", &["sip:a,b@c 1"]),
        ("Contact: Bob <sips:[2001:db8::1]:5061;ob>;x=\"a;expires=3\";expires=2", &["sips:[2001:db8::1]:5061;ob 2"]),
        ("Contact: <tel:+4930123>;expires=5", &["tel:+4930123 5"]),
        ("Contact: *", &[]),
        ("Contact: ,, ,", &[]),
        ("Supported: path", &[]),
        // What nobody can read is bound all the same.
        ("Contact: <sip:a@b", &["<sip:a@b ?"]),
        ("Contact: \"Bob <sip:a@b>", &["\"Bob <sip:a@b> ?"]),
        ("Contact: <sip:\x1b[2J@b>;expires=1", &["sip:\\x1b[2J@b 1"]),
    ] {
        assert_eq!(shown(headers), read, "{headers}");
    }
}

#[test]
fn the_parameter_comes_before_the_header_and_garbage_says_nothing() {
    for (parameter, header, left) in [
        (";expires=60", "3600", &["60"][..]),
        (";expires=\"60\"", "3600", &["60"]),
        ("", "3600", &["3600"]),
        ("", "", &["?"]),
        (";expires", "3600", &["3600"]),
        (";expires=", "3600", &["3600"]),
        (";expires=-1", "3600", &["3600"]),
        (";expires=soon", "3600", &["3600"]),
        (";expires=\"Sat, 01 Dec 2040 16:00:00 GMT\"", "3600", &["3600"]),
        (";expires=4294967295", "3600", &["4294967295"]),
        (";expires=4294967296", "3600", &["3600"]),
        (";expires=99999999999999999999999", "-5", &["?"]),
        // It is gone.
        (";expires=0", "3600", &[]),
        (";expires=000", "3600", &[]),
        // The header says of none in particular that it is.
        ("", "0", &["0"]),
    ] {
        let seen = shown(&format!("Contact: <sip:a@b>{parameter}\r\nExpires: {header}"));
        let seen: Vec<_> = seen.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(seen, left, "{parameter} {header}");
    }
}

#[test]
fn what_a_binding_says_of_itself_is_read() {
    let (list, _) = held(
        "Contact: <sip:a@b>;+sip.instance=\"<urn:uuid:0>\";pub-gruu=\"sip:bob@acme.example;gr=urn:uuid:0\";\
         temp-gruu=\"sip:x;gr\";reg-id=1",
    );
    assert_eq!(list[0].instance, Some("urn:uuid:0".into()));
    assert_eq!(list[0].gruu, Some("sip:bob@acme.example;gr=urn:uuid:0".into()));
    let (list, _) = held("Contact: <sip:a@b>;+sip.instance=\"<>\";pub-gruu");
    assert_eq!((&list[0].instance, &list[0].gruu), (&None, &None));
}

#[test]
fn our_own_is_known_by_instance_by_user_or_by_the_contact_of_the_account() {
    use AccountMode::{Hold, Observe};
    const URN: &str = "+sip.instance=\"<URN:UUID:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"";
    const OTHER: &str = "+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\"";
    for (mode, contact, listed, parameter, ours) in [
        (Hold, None, "sip:x@y", URN, true),
        (Hold, None, "sip:trunktop-f81d4fae@192.0.2.1:9", "q=1", true),
        (Hold, None, "sip:trunktop-f81d4fae@192.0.2.1:9", OTHER, false),
        (Hold, None, "sip:trunktop-00000000@192.0.2.1:9", "q=1", false),
        (Hold, None, "sip:pbx@y", "q=1", false),
        (Hold, Some("sip:pbx@y"), "sip:pbx@y", "q=1", true),
        (Hold, Some("sip:pbx@y"), "sip:pbx@y", OTHER, false),
        (Observe, Some("sip:pbx@y"), "sip:pbx@y", OTHER, true),
        (Observe, Some("sip:pbx@y"), "sip:trunktop-f81d4fae@z", URN, false),
        (Observe, None, "sip:pbx@y", OTHER, false),
        // RFC 3261 19.1.4.
        (Observe, Some("sip:%70bx@Y"), "sip:pbx@y", "q=1", true),
        (Observe, Some("sip:pbx@y"), "sip:pbx@y;ob;x=1", "q=1", true),
        (Observe, Some("sip:[2001:db8::1]"), "sip:[2001:DB8:0::1]", "q=1", true),
        (Observe, Some("sip:pbx@y"), "sip:PBX@y", "q=1", false),
        (Observe, Some("sip:pbx@y"), "sips:pbx@y", "q=1", false),
        (Observe, Some("sip:pbx@y"), "sip:y", "q=1", false),
        (Observe, Some("sip:pbx@y"), "sip:pbx@y:5060", "q=1", false),
        (Observe, Some("sip:pbx@y"), "sip:pbx@y;transport=udp", "q=1", false),
        (Observe, Some("sip:pbx@y"), "tel:+4930123", "q=1", false),
        (Observe, Some("sip:y"), "y", "q=1", false),
    ] {
        let request = request(mode, contact);
        let answer = answer(&format!("Contact: <{listed}>;{parameter};expires=60"));
        let by_contact_alone = mode == Hold && contact.is_some();
        for has_bound in [true, false] {
            let (list, _) = bindings(&answer, Sought::of(&request, has_bound), 100);
            let ours = ours && (has_bound || !by_contact_alone);
            assert_eq!(list[0].ours, ours, "{mode} {contact:?} {listed} {parameter}");
        }
    }
}

#[test]
fn of_a_thousand_the_first_and_our_own_are_kept_and_all_are_counted() {
    let others: Vec<String> = (0..1000).map(|n| format!("<sip:u{n}@192.0.2.1>;expires=60,")).collect();
    let others = others.concat();
    let (list, listed) = held(&format!("Contact: {others}<sip:trunktop-f81d4fae@192.0.2.9>;expires=7"));
    assert_eq!((list.len(), listed), (100, 1001));
    assert_eq!(list[0].contact.as_str(), "sip:u0@192.0.2.1");
    assert_eq!((list[99].ours, list[99].expires), (true, Some(Expires::new(7))));
    let answer = answer(&format!("Contact: {others}"));
    assert_eq!(uris(&answer, 16).len(), 16);
}

#[test]
fn of_what_is_gone_our_own_alone_is_kept() {
    let (list, listed) = held(
        "Contact: <sip:a@b>;expires=0, <sip:trunktop-f81d4fae@192.0.2.9>;expires=0, \
         <sip:trunktop-f81d4fae@192.0.2.9:5>;expires=9",
    );
    let left: Vec<_> = list.iter().map(|binding| (binding.ours, binding.expires.unwrap().seconds())).collect();
    assert_eq!((left, listed), (vec![(true, 0), (true, 9)], 2));
}

proptest! {
    #[test]
    fn nothing_that_comes_makes_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        words in prop::collection::vec(
            prop::sample::select(vec!["<", ">", "\"", "\\", ",", ";", "=", "sip:", "a", "@", "expires", "%", "*", "[", "]"]), 0..40,
        ),
    ) {
        let one: Vec<u8> = bytes.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect();
        let head = [b"SIP/2.0 200 OK\r\nContact: ", one.as_slice(), b"\r\nContact: "].concat();
        let message = datagram(&[&head, words.concat().as_bytes(), b"\r\n\r\n"].concat()).unwrap().unwrap();
        for contact in [None, Some("sip:a%40@a;transport=tcp")] {
            let request = request(AccountMode::Hold, contact);
            let (list, listed) = bindings(&message, Sought::of(&request, true), 3);
            assert!(list.len() <= 3 && list.len() <= listed);
        }
        assert!(uris(&message, 2).len() <= 2);
    }
}
