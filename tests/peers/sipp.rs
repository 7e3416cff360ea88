//! sipp as a carrier: what it does is written in a scenario of its own.

use std::net::SocketAddr;

use serde_json::Value;
use trunktop::lab::CarrierPlan;

use super::process::{Process, free};
use crate::cli::{Stage, lines, shown};
use crate::schema;

/// An answer, as sipp writes one.
fn say(status: &str, more: &str) -> String {
    let headers =
        "[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nServer: sipp";
    format!("<send><![CDATA[\n\nSIP/2.0 {status}\n{headers}\n{more}Content-Length: 0\n\n]]></send>")
}

fn wait(milliseconds: u32) -> String {
    format!("<pause milliseconds=\"{milliseconds}\"/>")
}

/// A sipp that does this with each call.
fn start(transport: &str, acts: &[String], options: &[&str]) -> Process {
    let files = tempfile::tempdir().unwrap();
    let at = free();
    let scenario = files.path().join("scenario.xml");
    let body = acts.join("\n");
    let text =
        format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"peer\">\n{body}\n</scenario>\n");
    std::fs::write(&scenario, text).unwrap();
    let (scenario, ip, port) = (scenario.display().to_string(), at.ip().to_string(), at.port().to_string());
    // Ports of its own for what it opens beside that.
    let [control, media] = [free().port().to_string(), free().port().to_string()];
    let mut arguments =
        vec!["-sf", &scenario, "-i", &ip, "-p", &port, "-cp", &control, "-mp", &media, "-nostdin", "-nd"];
    arguments.extend(["-t", if transport == "tcp" { "t1" } else { "u1" }]);
    arguments.extend(options);
    let mut process = Process::start("sipp", "sip-tester", &arguments, at, files);
    let own = [at];
    let (udp, tcp): (&[SocketAddr], &[SocketAddr]) = if transport == "tcp" { (&[], &own) } else { (&own, &[]) };
    process.until_it_listens(udp, tcp);
    process
}

/// What `check` says of it: `result code`, the words, the document, the exit code.
fn check(transport: &str, acts: &[String], options: &[&str]) -> (String, String, Value, i32) {
    let sipp = start(transport, acts, options);
    let stage = Stage::with([CarrierPlan::new("peer", "sip:peer.example").zone(&format!(
        "$ORIGIN peer.example.\n_sip._{transport} 60 SRV 10 0 {} host\nhost 60 A {}",
        sipp.at.port(),
        sipp.at.ip()
    ))]);
    let (document, code) = stage.document(&format!("check peer.example --transports {transport} --timeout 2"));
    let result = lines(&document["results"], &["result", "code"]).join(", ");
    (result, shown(&document["results"][0]["detail"]), document, code)
}

const RECEIVE: &str = "<recv request=\"OPTIONS\"/>";

fn receive() -> String {
    RECEIVE.to_owned()
}

#[test]
#[ignore = "needs sipp: Debian's package sip-tester"]
fn sipp_that_is_busy_answers_503() {
    for transport in ["udp", "tcp"] {
        let acts = [receive(), say("503 Service Unavailable", "Retry-After: 30\n")];
        let (result, _, document, code) = check(transport, &acts, &[]);
        assert_eq!((result.as_str(), code), ("error_response 503", 1), "{transport}");
        assert_eq!(document["results"][0]["reason"], "Service Unavailable");
        schema::assert_strict(&document);
    }
}

#[test]
#[ignore = "needs sipp: Debian's package sip-tester"]
fn sipp_that_is_slow_is_alive_and_measured() {
    // Before the first retransmission, and after it (T1 is 0.5 s).
    for (milliseconds, least, words) in [(300, 0.3, "200 OK"), (800, 0.8, "200 OK, after 2 sendings")] {
        let (result, detail, document, code) = check("udp", &[receive(), wait(milliseconds), say("200 OK", "")], &[]);
        assert_eq!((result.as_str(), code), ("ok 200", 0), "{document:#}");
        let rtt = document["results"][0]["rtt"].as_f64().unwrap();
        assert!((least..2.0).contains(&rtt), "{rtt}");
        assert!(detail == words || detail.starts_with(&format!("{words};")), "{detail}");
    }
}

#[test]
#[ignore = "needs sipp: Debian's package sip-tester"]
fn sipp_that_has_to_be_asked_twice_is_alive() {
    // It is told not to know a retransmission when it sees one, and so takes it for what it waits for.
    let (result, detail, document, code) = check("udp", &[receive(), receive(), say("200 OK", "")], &["-nr"]);
    assert_eq!((result.as_str(), code), ("ok 200", 0), "{document:#}");
    assert!(detail.starts_with("200 OK, after 2 sendings"), "{detail}");
    assert!(document["results"][0]["rtt"].as_f64().unwrap() >= 0.5, "the time counts from the first sending");
}

#[test]
#[ignore = "needs sipp: Debian's package sip-tester"]
fn sipp_that_says_100_and_then_nothing_is_silent() {
    let (result, detail, document, code) = check("udp", &[receive(), say("100 Trying", ""), wait(60_000)], &[]);
    assert_eq!((result.as_str(), code), ("timeout -", 2), "{document:#}");
    assert!(detail.starts_with("100 Trying, then nothing"), "{detail}");
}
