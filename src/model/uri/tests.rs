//! What people type, paste and save, and what is made of it.

use super::*;

fn round(raw: &str) -> String {
    raw.parse::<SipUri>().map_or_else(|why| format!("{raw:?}: {why}"), |uri| uri.to_string())
}

#[test]
fn what_people_type_is_understood() {
    for (typed, meant) in [
        ("acme.example", "sip:acme.example"),
        ("SIP:Acme.Example.", "sip:acme.example"),
        ("  sip:acme.example\t", "sip:acme.example"),
        ("acme.example:5080", "sip:acme.example:5080"),
        ("pbx:5080", "sip:pbx:5080"),
        ("localhost:5060", "sip:localhost:5060"),
        ("acme.example;transport=tls", "sip:acme.example;transport=tls"),
        ("_x.acme.example", "sip:_x.acme.example"),
        ("sips:trunk@acme.example", "sips:trunk@acme.example"),
        ("trunk@acme.example", "sip:trunk@acme.example"),
        ("sip:acme.example;Transport=TLS;lr", "sip:acme.example;transport=tls"),
        ("sIpS:ACME.example;TRANSPORT=tCp", "sips:acme.example;transport=tcp"),
        ("sips:acme.example;transport=sctp", "sips:acme.example;transport=sctp"),
        ("sips:acme.example;transport=ws", "sips:acme.example;transport=ws"),
        ("sip:acme.example;", "sip:acme.example"),
        ("sip:acme.example;ttl=1;method=INVITE;user=phone", "sip:acme.example"),
        ("sip:münchen.example", "sip:xn--mnchen-3ya.example"),
        ("MÜNCHEN.example:5062", "sip:xn--mnchen-3ya.example:5062"),
        ("sip:a@bücher.example;maddr=münchen.example", "sip:a@xn--bcher-kva.example;maddr=xn--mnchen-3ya.example"),
    ] {
        assert_eq!(round(typed), meant);
        assert_eq!(round(meant), meant, "what is written is read again");
    }
}

#[test]
fn the_user_part_keeps_what_belongs_to_it_and_loses_its_password() {
    for (typed, meant) in [
        ("sip:+4930;phone-context=x@acme.example;user=phone", "sip:+4930;phone-context=x@acme.example"),
        ("sip:who?where@acme.example", "sip:who?where@acme.example"),
        ("sip:a%40b%3b@acme.example", "sip:a%40b%3b@acme.example"),
        ("sip:u:secret@acme.example", "sip:u@acme.example"),
        ("sip:u:se:cr;et?@acme.example", "sip:u@acme.example"),
        ("sip:@acme.example", "sip:acme.example"),
        ("sip:acme.example?Subject=hello&Priority=urgent", "sip:acme.example"),
        ("sip:u@acme.example:5070;transport=udp?X=;transport=tls", "sip:u@acme.example:5070;transport=udp"),
    ] {
        assert_eq!(round(typed), meant);
    }
}

#[test]
fn literals_are_read_with_and_without_brackets() {
    for (typed, meant) in [
        ("192.0.2.1", "sip:192.0.2.1"),
        ("192.0.2.1.", "sip:192.0.2.1"),
        ("１９２.0.2.1", "sip:192.0.2.1"),
        ("192.0.2.1:5070", "sip:192.0.2.1:5070"),
        ("::1", "sip:[::1]"),
        ("sip:::1", "sip:[::1]"),
        ("2001:db8::7;transport=tcp", "sip:[2001:db8::7];transport=tcp"),
        ("[2001:db8::1]:5062", "sip:[2001:db8::1]:5062"),
        ("sip:[::1]:5061", "sip:[::1]:5061"),
        ("sip:[2001:DB8:0::1];transport=udp", "sip:[2001:db8::1];transport=udp"),
        ("sip:acme.example;maddr=192.0.2.9", "sip:acme.example;maddr=192.0.2.9"),
        ("sip:acme.example;maddr=sbc.acme.example.", "sip:acme.example;maddr=sbc.acme.example"),
        ("sip:acme.example;maddr=2001:db8::9", "sip:acme.example;maddr=[2001:db8::9]"),
        ("sip:acme.example;maddr=[2001:db8::9];lr", "sip:acme.example;maddr=[2001:db8::9]"),
    ] {
        assert_eq!(round(typed), meant);
    }
    let uri: SipUri = "sip:acme.example;maddr=[2001:db8::9]".parse().unwrap();
    assert_eq!(uri.target().to_string(), "2001:db8::9");
}

#[test]
fn what_is_wrong_is_named_in_one_line() {
    for (typed, said) in [
        ("", "there is nothing"),
        (" \t", "there is nothing"),
        ("tel:+4930123", "scheme 'tel:' names a number"),
        ("callto:4930123", "scheme 'callto:' names a number"),
        ("http://acme.example", "scheme 'http:'"),
        ("https:443", "scheme 'https:'"),
        ("mailto:noc@acme.example", "scheme 'mailto:'"),
        ("sip://acme.example", "no '//'; write sip:acme.example"),
        ("//acme.example", "no '//'"),
        ("acme.example/trunk", "'/' cannot stand in a domain name"),
        ("<sip:acme.example;transport=tcp>", "only the URI between them"),
        ("\"Acme\" <sip:acme.example>", "only the URI between them"),
        ("sip:", "there is no host"),
        ("sip:u@", "there is no host"),
        ("sip:;transport=udp", "there is no host"),
        ("sip::5060", "there is no host"),
        ("sip:u@acme@acme.example", "%40"),
        ("sip:a b", "' ' cannot stand in a URI"),
        ("sip:acme.example; transport=tcp", "' ' cannot stand in a URI"),
        ("sip:acme.example\u{1b}[2J", "'\\u{1b}' cannot stand in a URI"),
        ("sip:acme..example", "a label is empty"),
        ("sip:.", "there is no host"),
        ("sip:192.0.2.300", "no domain ends in a label of digits"),
        ("192.0.2", "no domain ends in a label of digits"),
        ("sip:acme.example:0", "port '0'"),
        ("sip:acme.example:65536", "port '65536'"),
        ("sip:acme.example:", "port ''"),
        ("sip:acme.example:+80", "port '+80'"),
        ("sip:acme.example:5060:5061", "port '5060:5061'"),
        ("sip:[::1", "brackets"),
        ("sip:[::1]5060", "brackets"),
        ("sip:[192.0.2.1]", "brackets"),
        ("fe80::1%eth0", "'fe80::1%eth0' names a network interface"),
        ("sip:[fe80::1%25eth0]:5060", "names a network interface"),
        ("sip:acme.example;maddr=fe80::1%eth0", "'fe80::1%eth0' names a network interface"),
        ("sip:2001:db8::1:5060", "write [ADDRESS]:PORT"),
        ("sip:acme.example;transport=smoke", "'smoke' is no transport"),
        ("sip:acme.example;transport", "transport= has no value"),
        ("sip:acme.example;transport=", "transport= has no value"),
        ("sip:acme.example;transport=tcp;Transport=tcp", "transport= is there twice"),
        ("sip:acme.example;maddr=", "maddr= has no value"),
        ("sip:acme.example;maddr=a.example;maddr=b.example", "maddr= is there twice"),
        ("sip:acme.example;maddr=192.0.2.9:5070", "maddr '192.0.2.9:5070'"),
        ("sips:acme.example;transport=udp", "cannot go over udp"),
        ("sip:a\u{202e}b.example", "'\\u{202e}' cannot stand in a domain name"),
    ] {
        let why = typed.parse::<SipUri>().expect_err(typed).to_string();
        assert!(why.contains(said), "{typed}: {why}");
        assert!(!why.chars().any(char::is_control), "{typed}: {why}");
    }
}

#[test]
fn no_error_tells_a_password() {
    for typed in ["sip:u:secret@", "sip:u:secret@a..b", "sip:u:secret@h:0", "u:secret@acme.example", "sip:u:secret@h@h"]
    {
        let why = typed.parse::<SipUri>().unwrap_err().to_string();
        assert!(!why.contains("secret"), "{why}");
        assert!(!SipUri::quoted(typed).as_str().contains("secret"));
    }
    assert_eq!(SipUri::quoted("sip:u:a:b@h:0").as_str(), "sip:u:...@h:0");
    for same in ["sip:u@h:0", "h:0", "u@h:0", "sip:", "tel:1"] {
        assert_eq!(SipUri::quoted(same).as_str(), same);
    }
}

#[test]
fn sips_over_tcp_is_tls() {
    for (typed, wanted) in [
        ("sips:acme.example;transport=tcp", Some(Transport::Tls)),
        ("sips:acme.example;transport=ws", Some(Transport::Wss)),
        ("sips:acme.example;transport=sctp", Some(Transport::TlsSctp)),
        ("sip:acme.example;transport=tcp", Some(Transport::Tcp)),
        ("sips:acme.example", None),
    ] {
        assert_eq!(typed.parse::<SipUri>().unwrap().wanted_transport(), wanted);
    }
}

#[test]
fn an_internationalised_uri_is_shown_as_both() {
    let uri: SipUri = "sip:u@münchen.example:5070;transport=tcp".parse().unwrap();
    assert_eq!(uri.shown(), "sip:u@xn--mnchen-3ya.example:5070;transport=tcp (münchen.example)");
    assert_eq!(uri.unicode().unwrap().as_str(), "sip:u@münchen.example:5070;transport=tcp");
    assert_eq!(uri.host.shown(), "xn--mnchen-3ya.example (münchen.example)");
    let plain: SipUri = "sip:acme.example;maddr=[::1]".parse().unwrap();
    assert_eq!((plain.unicode(), plain.shown()), (None, plain.to_string()));
    let by_maddr: SipUri = "sip:[::1];maddr=münchen.example".parse().unwrap();
    assert_eq!(by_maddr.unicode().unwrap().as_str(), "sip:[::1];maddr=münchen.example");
}
