//! Bad usage: one line, exit 64, nothing asked and nothing sent.

use super::{Home, Stage};

#[test]
fn every_error_is_one_line_that_says_what_to_do() {
    let stage = Stage::steady();
    for (arguments, words) in [
        ("resolve", &["<URI|CARRIER>", "usage: trunktop resolve"][..]),
        ("resolve tel:+4930123", &["scheme 'tel:'", "use sip:"]),
        ("resolve acme.example a..b", &["a..b", "a label is empty"]),
        ("resolve sip:acme.example:99999", &["port '99999'", "1 to 65535"]),
        ("resolve sip:[::1", &["brackets"]),
        ("resolve sips:acme.example;transport=udp", &["cannot go over udp"]),
        ("resolve acme.example --engine smoke", &["engine 'smoke' is not known; there are: ", "rfc3263"]),
        ("resolve acme.example --resolver smoke", &["'smoke' is no resolver", "auth://HOST:PORT"]),
        ("resolve acme.example --transports ,", &["no transport is given", "tls, tcp, udp"]),
        ("resolve acme.example --transports smoke", &["'smoke' is no transport"]),
        ("resolve acme.example --address-order x", &["possible values: v6-first"]),
        ("resolve acme.example --timeout 0", &["0.01 and 3600"]),
        ("resolve acme.example --format xml", &["possible values: text, json"]),
        ("check tel:1", &["scheme 'tel:'"]),
        ("check", &["nothing to check", "carriers add"]),
        ("check acme.example --engine smoke", &["engine 'smoke'"]),
        ("check acme.example --no-probe", &["--no-probe", "use resolve"]),
        ("preview", &["<URI|CARRIER>", "usage: trunktop preview"]),
        ("preview acme.example --engine smoke", &["engine 'smoke'"]),
        ("preview acme.example --fail x=smoke", &["'smoke' is no kind of failure", "maintenance"]),
        ("preview acme.example --fail tier:x", &["'tier:x' names nothing that can fail", "pop:NAME"]),
        ("preview acme.example --worst --fail x", &["--worst", "--fail"]),
        ("preview acme.example --health --no-probe", &["--health", "--no-probe"]),
        ("preview acme.example --method subscribe", &["possible values: invite, register"]),
        ("demo --scenario smoke", &["no scenario 'smoke'; there are steady, story, outage, broken"]),
        ("carriers", &["subcommand", "list, add, remove"]),
        ("completions tcsh", &["possible values: bash"]),
        ("smoke", &["unrecognized subcommand 'smoke'"]),
    ] {
        stage.run(arguments).assert_failed(64, words);
    }
    assert_eq!((stage.lab.dns().asked_in_all(), stage.requests()), (0, 0), "nothing was asked or sent");
}

#[test]
fn what_was_typed_cannot_reach_the_terminal_as_it_is() {
    let home = Home::new();
    for arguments in [&["resolve", "sip:a\x1b[2Jb"][..], &["resolve", "x", "--resolver", "a\x1b[2J"], &["\x1b[2J"]] {
        let ran = home.run_words(arguments.iter().copied());
        ran.assert_failed(64, &[]);
        assert!(!ran.err.trim_end().chars().any(char::is_control), "{:?}", ran.err);
    }
}
