//! What commands print, and what is made of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::{CommandLine, Confidence, Moment, PinSource, Whereabouts};
use crate::monitor::{Clock, Witness as _};

/// A sighting as `by confidence far-end [left] ['state'] [registration]`.
fn shown(sighting: &Sighting) -> String {
    let at = match &sighting.at {
        Whereabouts::Target(host) => host.to_string(),
        Whereabouts::Address { ip, port, transport } => {
            let port = port.map_or(String::new(), |port| format!(" {port}"));
            let transport = transport.map_or(String::new(), |transport| format!(" {transport}"));
            format!("{ip}{port}{transport}")
        }
    };
    let left = sighting.left.map_or(String::new(), |left| format!(" {left:?}"));
    let state = sighting.state.as_ref().map_or(String::new(), |state| format!(" '{state}'"));
    let kind = if sighting.is_registration { " registration" } else { "" };
    format!("{} {} {at}{left}{state}{kind}", sighting.by, sighting.confidence)
}

fn told(printed: impl AsRef<[u8]>) -> Result<Vec<String>, String> {
    let read = read(printed.as_ref());
    read.map(|seen| seen.iter().map(shown).collect()).map_err(|why| why.to_string())
}

#[test]
fn ss_shows_connections_that_stand() {
    // As iproute2 6.1 prints them.
    let plain = "\
State Recv-Q Send-Q      Local Address:Port        Peer Address:Port Process
ESTAB 0      0               192.0.2.5:35653         192.0.2.10:5061
ESTAB 0      0               192.0.2.5:35654         192.0.2.10:5061
SYN-SENT 0   1               192.0.2.5:47420         192.0.2.20:5061
ESTAB 0      0                   [2001:db8::5]:33991      [2001:db8::7]:5060
ESTAB 0      0      [::ffff:192.0.2.5]:34499 [::ffff:192.0.2.30]:5060
ESTAB 0      0      [fe80::1]%eth0:34499 [fe80::2%eth0]:5060
ESTAB 0      0      [fe80::1]%eth0:34499 [fe80::3]%eth0:5060
";
    assert_eq!(
        told(plain).unwrap(),
        [
            "ss observed 192.0.2.10 5061 tcp",
            "ss observed 192.0.2.10 5061 tcp",
            "ss observed 2001:db8::7 5060 tcp",
            "ss observed 192.0.2.30 5060 tcp",
            "ss observed fe80::2 5060 tcp",
            "ss observed fe80::3 5060 tcp",
        ]
    );
    let with_kinds = "\
Netid State  Recv-Q Send-Q      Local Address:Port        Peer Address:Port Process
udp   ESTAB  0      0               192.0.2.5:44242         192.0.2.10:5060  users:((\"asterisk\",pid=1,fd=9))
udp   UNCONN 0      0                 0.0.0.0:5060             0.0.0.0:*
tcp   LISTEN 0      128                     *:34499                  *:*     users:((\"asterisk\",pid=1,fd=11))
tcp   ESTAB  0      0               192.0.2.5:35653         192.0.2.10:5060 users:((\"asterisk\",pid=1,fd=8))
\t ts sack cubic wscale:7,7 rto:204 rtt:0.009/0.004
sctp  ESTAB  0      0               192.0.2.5:35653         192.0.2.10:5060
u_str ESTAB  0      0                       * 2889848                  * 2889849
nl    UNCONN 0      0                    rtnl:NetworkManager/1              *
";
    assert_eq!(
        told(with_kinds).unwrap(),
        ["ss observed 192.0.2.10 5060 udp", "ss observed 192.0.2.10 5060 tcp", "ss observed 192.0.2.10 5060 sctp",]
    );
    assert_eq!(told("ESTAB 0 0 192.0.2.5:1 192.0.2.10:5061").unwrap(), ["ss observed 192.0.2.10 5061 tcp"], "-H");
    assert_eq!(told("State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"), Ok(vec![]));
}

#[test]
fn conntrack_shows_flows_that_are_answered() {
    let flows = "\
tcp      6 431999 ESTABLISHED src=192.0.2.5 dst=192.0.2.10 sport=47162 dport=5061 src=192.0.2.10 dst=198.51.100.9 sport=5061 dport=47162 [ASSURED] mark=0 use=1
tcp      6 112 TIME_WAIT src=192.0.2.5 dst=192.0.2.20 sport=47163 dport=5061 src=192.0.2.20 dst=198.51.100.9 sport=5061 dport=47163 [ASSURED] mark=0 use=1
tcp      6 299 ESTABLISHED src=192.0.2.5 dst=192.0.2.21 sport=47163 dport=5061 [UNREPLIED] src=192.0.2.21 dst=198.51.100.9 sport=5061 dport=47163 mark=0 use=1
udp      17 170 src=192.0.2.5 dst=192.0.2.11 sport=5060 dport=5060 src=192.0.2.11 dst=198.51.100.9 sport=5060 dport=5060 [ASSURED] mark=0 use=1
udp      17 29 src=192.0.2.5 dst=192.0.2.12 sport=5060 dport=5060 [UNREPLIED] src=192.0.2.12 dst=198.51.100.9 sport=5060 dport=5060 mark=0 use=1
udp      17 29 src=192.0.2.5 dst=192.0.2.13 sport=5060 dport=5060 src=192.0.2.13 dst=198.51.100.9 sport=5060 dport=5060 mark=0 use=1
icmp     1 29 src=192.0.2.5 dst=192.0.2.14 type=8 code=0 id=1 src=192.0.2.14 dst=192.0.2.5 type=0 code=0 id=1 mark=0 use=1
ipv6     10 tcp      6 src=2001:db8::5 dst=2001:db8::7 sport=47162 dport=5060 src=2001:db8::7 dst=2001:db8::5 sport=5060 dport=47162 [OFFLOAD] mark=0 zone=0 use=2
conntrack v1.4.7 (conntrack-tools): 8 flow entries have been shown.
";
    assert_eq!(
        told(flows).unwrap(),
        [
            "conntrack observed 192.0.2.10 5061 tcp",
            "conntrack observed 192.0.2.11 5060 udp",
            "conntrack observed 2001:db8::7 5060 tcp",
        ]
    );
}

#[test]
fn a_document_says_what_a_pbx_knows() {
    let pins = r#"{"schema": "trunktop.pins/1", "of": "pbx 3", "pins": [
        {"address": "192.0.2.10:5061", "transport": "TLS", "expires_in": 120.5, "state": "Registered", "source": "ami"},
        {"address": "192.0.2.10", "port": 5062, "confidence": "observed"},
        {"address": "[2001:db8::7]:5060", "transport": "udp", "port": 5060},
        {"address": "2001:db8::8", "port": null},
        {"address": "::ffff:192.0.2.11"},
        {"target": "POP-1.acme.example.", "port": 5061, "expires_in": 0},
        {"target": "192.0.2.12", "port": 5061, "confidence": "reported"},
        {"target": "pop-2.acme.example", "address": "192.0.2.13", "source": "\u001b[2J"}
    ]}"#;
    assert_eq!(
        told(pins).unwrap(),
        [
            "ami reported 192.0.2.10 5061 tls 120.5s 'Registered' registration",
            "JSON observed 192.0.2.10 5062 registration",
            "JSON reported 2001:db8::7 5060 udp registration",
            "JSON reported 2001:db8::8 registration",
            "JSON reported 192.0.2.11 registration",
            "JSON reported pop-1.acme.example 0ns registration",
            "JSON reported 192.0.2.12 5061 registration",
            "\\x1b[2J reported 192.0.2.13 registration",
        ]
    );
    assert_eq!(told("\n {\"schema\": \"trunktop.pins/1\", \"pins\": []}\n"), Ok(vec![]));
    assert_eq!(told(""), Ok(vec![]));
    assert_eq!(told(" \n\n"), Ok(vec![]));
}

#[test]
fn what_is_wrong_in_a_document_is_named_by_its_field() {
    for (pin, why) in [
        ("5", "pins[1] is no object"),
        ("{}", "pins[1] has neither address nor target"),
        (r#"{"address": null}"#, "pins[1] has neither address nor target"),
        (r#"{"address": 5}"#, "pins[1].address: it is a string"),
        (
            r#"{"address": "pop.example:5060"}"#,
            "pins[1].address: it is 192.0.2.10, 192.0.2.10:5060 or [2001:db8::7]:5060",
        ),
        (r#"{"address": "192.0.2.1:0"}"#, "pins[1].address: it is 192.0.2.10, 192.0.2.10:5060 or [2001:db8::7]:5060"),
        (r#"{"address": "192.0.2.1:5060", "port": 5061}"#, "pins[1].port: the address has another"),
        (r#"{"address": "192.0.2.1", "port": 0}"#, "pins[1].port: it is a number from 1 to 65535"),
        (r#"{"address": "192.0.2.1", "port": "5060"}"#, "pins[1].port: it is a number from 1 to 65535"),
        (r#"{"address": "192.0.2.1", "port": 65536}"#, "pins[1].port: it is a number from 1 to 65535"),
        (
            r#"{"address": "192.0.2.1", "transport": "smoke"}"#,
            "pins[1].transport: it is udp, tcp, tls, ws, wss, sctp or tls-sctp",
        ),
        (r#"{"target": "a b"}"#, "pins[1].target: it is a name or an address"),
        (r#"{"target": "a", "expires_in": -1}"#, "pins[1].expires_in: it is a number of seconds from 0 to 4294967295"),
        (
            r#"{"target": "a", "expires_in": 1e300}"#,
            "pins[1].expires_in: it is a number of seconds from 0 to 4294967295",
        ),
        (r#"{"target": "a", "confidence": "inferred"}"#, "pins[1].confidence: it is observed or reported"),
        (r#"{"target": "a", "confidence": true}"#, "pins[1].confidence: it is a string"),
        (r#"{"target": "a", "state": ["hunter2"]}"#, "pins[1].state: it is a string"),
    ] {
        let document = format!(r#"{{"schema": "trunktop.pins/1", "pins": [{{"target": "a"}}, {pin}]}}"#);
        assert_eq!(told(document).unwrap_err(), why);
    }
    for (document, why) in [
        ("{", "no JSON from line 1, column 1 on"),
        ("{\"schema\": \"trunktop.pins/1\", \"pins\": []}\n{}", "no JSON from line 2, column 1 on"),
        ("{\"schema\": \"trunktop.pins/1\"}", "pins: it is an array"),
        ("{\"schema\": \"trunktop.pins/2\", \"pins\": []}", "the JSON is not of the schema trunktop.pins/1"),
        ("[]", "the JSON is not of the schema trunktop.pins/1"),
        ("{\"hunter2\": \"hunter2\"}", "the JSON is not of the schema trunktop.pins/1"),
    ] {
        assert_eq!(told(document).unwrap_err(), why);
    }
}

#[test]
fn other_output_is_one_line_in_words() {
    // What stands there is not repeated.
    let no_form = "is no JSON, and none of `ss -tn` or `conntrack -L`";
    let ss = "ESTAB 0 0 192.0.2.5:1 192.0.2.10:5061\n";
    for (printed, why) in [
        ("bash: ss: command not found\n".to_owned(), format!("line 1 {no_form}")),
        (format!("{ss}\x1b[2Jboom\r\n"), format!("line 2 {no_form}")),
        ("x".repeat(1000), format!("line 1 {no_form}")),
        ("ESTAB 0 0 192.0.2.5:1".to_owned(), format!("line 1 {no_form}")),
        ("ESTAB 0 0 a:sip b:sip".to_owned(), format!("line 1 {no_form}")),
        ("tcp 6 9 ESTABLISHED src=a dst=b dport=1".to_owned(), format!("line 1 {no_form}")),
        (format!("{ss}{{\"schema\": 1}}"), format!("line 2 {no_form}")),
        (
            format!("{ss}icmp 1 29 src=192.0.2.5 dst=192.0.2.14"),
            "line 2 is of conntrack, and those before are not".to_owned(),
        ),
        (
            "Recv-Q Send-Q Local Address:Port Peer Address:Port\n0 0 192.0.2.5:1 192.0.2.10:5061".to_owned(),
            "ss leaves the states out where it is asked for one: leave its `state ...` out".to_owned(),
        ),
    ] {
        assert_eq!(told(&printed).unwrap_err(), why, "{printed:?}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_printed_is_too_odd(printed in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = told(&printed);
    }

    #[test]
    fn nothing_alike_is_too_odd_and_no_error_has_a_second_line(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..24),
        noise in ".{0,8}",
    ) {
        let printed = words.concat() + &noise;
        for printed in [printed.clone(), format!("{{{printed}")] {
            match told(&printed) {
                Ok(seen) => prop_assert!(seen.iter().all(|seen| !seen.contains("inferred"))),
                Err(why) => prop_assert!(!why.is_empty() && !why.chars().any(char::is_control), "{}", why),
            }
        }
    }
}

const WORDS: [&str; 30] = [
    "ESTAB ",
    "tcp ",
    "udp ",
    "0 ",
    "192.0.2.10:5061 ",
    "[fe80::1%eth0]:5060 ",
    "*:* ",
    "[",
    "]",
    ":",
    "%",
    "\n",
    "\t",
    "6 ",
    "src=192.0.2.5 ",
    "dst=2001:db8::7 ",
    "dport=5060 ",
    "ESTABLISHED ",
    "[ASSURED] ",
    "[UNREPLIED] ",
    "\u{1b}",
    "{",
    "}",
    "\"schema\": \"trunktop.pins/1\"",
    "\"pins\": ",
    ",",
    "\"target\": \"a\"",
    "\"confidence\": \"inferred\"",
    "1e999",
    "null",
];

/// A command that prints this, and tells what it was asked.
struct Printing {
    prints: Result<&'static [u8], &'static str>,
    asked: Mutex<Vec<(String, Duration)>>,
}

#[async_trait]
impl Run for Printing {
    async fn run(&self, command: &CommandLine, patience: Duration) -> Result<Vec<u8>, Text> {
        self.asked.lock().unwrap().push((command.program.clone(), patience));
        self.prints.map(<[u8]>::to_vec).map_err(Text::from)
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Moment {
        Moment { mono: Duration::from_secs(7), wall: Timestamp::UNIX_EPOCH }
    }
}

#[tokio::test]
async fn a_command_is_run_once_and_its_words_are_read() {
    let source = PinSource {
        command: CommandLine { program: "told".into(), arguments: vec!["hunter2".into()] },
        every: PinSource::EVERY,
        patience: Duration::from_secs(3),
    };
    for (prints, expected) in [
        (Ok(&b"ESTAB 0 0 192.0.2.5:1 192.0.2.10:5061\n"[..]), Ok(1)),
        (Ok(b"boom"), Err("told: line 1 is no JSON, and none of `ss -tn` or `conntrack -L`")),
        (Err("told failed with exit code 3"), Err("told failed with exit code 3")),
    ] {
        let printing = Arc::new(Printing { prints, asked: Mutex::default() });
        let report = Exec::new(printing.clone(), Arc::new(Stopped)).look(&source).await;
        assert_eq!(report.at, Stopped.now());
        let told = report.told.map(|seen| seen.iter().filter(|s| s.confidence == Confidence::Observed).count());
        assert_eq!(told.map_err(|why| why.to_string()), expected.map_err(str::to_owned));
        assert_eq!(*printing.asked.lock().unwrap(), [("told".to_owned(), Duration::from_secs(3))]);
    }
}
