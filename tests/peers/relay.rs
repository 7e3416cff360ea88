//! Kamailio as the engine: it relays to a domain of a zone, and where its requests land, and which of them wait, has
//! to be what the preview says of it.
//!
//! Its timers are divided by 60, so that `fr_timer` is 500 ms.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use trunktop::model::Name;

use super::knot::Knot;
use super::process::{Process, free, own_address};
use super::sinks::{Counting, Sink, header};
use super::zone;
use crate::cli::{Home, shown};

/// Requests of a run.
const REQUESTS: usize = 3000;

/// How far what is observed may be from what was foreseen.
const TOLERANCE: f64 = 0.05;

/// How many requests are under way at once.
const AT_ONCE: usize = 400;

/// How many are sent in a row: a socket's buffer holds some hundred.
const BURST: usize = 24;

/// Whoever has answered so long nothing more has answered all of them.
const BREATH: Duration = Duration::from_millis(5);

/// Who lands only after so long has waited for `fr_timer` first; others take a few milliseconds.
const WAITED: Duration = Duration::from_millis(350);

/// A request that is not answered by then was lost on the way: it is sent again (RFC 3261 17.1.2.2).
const AGAIN: Duration = Duration::from_secs(2);

/// How long a run may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(60);

const FAILOVER_AND_BALANCE: &str = "use_dns_failover=1,dns_srv_lb=1";

/// Priority, weight, how the host is.
type Target = (u16, u16, Sink);

/// What is in DNS, and how it fares.
struct Site {
    domain: &'static str,
    targets: &'static [Target],
}

const SITES: &[Site] = &[
    Site { domain: "well.example", targets: &[(10, 60, Sink::Well), (10, 40, Sink::Well), (20, 100, Sink::Well)] },
    Site { domain: "silent.example", targets: &[(10, 60, Sink::Silent), (10, 40, Sink::Well), (20, 100, Sink::Well)] },
    Site {
        domain: "refused.example",
        targets: &[(10, 60, Sink::Refused), (10, 40, Sink::Well), (20, 100, Sink::Well)],
    },
    Site { domain: "lesser.example", targets: &[(10, 60, Sink::Well), (10, 40, Sink::Silent), (20, 100, Sink::Well)] },
    Site {
        domain: "backup.example",
        targets: &[(10, 60, Sink::Silent), (10, 40, Sink::Refused), (20, 100, Sink::Well)],
    },
    Site { domain: "zero.example", targets: &[(10, 50, Sink::Well), (10, 50, Sink::Well), (10, 0, Sink::Well)] },
    Site {
        domain: "zero-silent.example",
        targets: &[(10, 50, Sink::Silent), (10, 50, Sink::Well), (10, 0, Sink::Well)],
    },
    Site {
        domain: "zero-refused.example",
        targets: &[(10, 50, Sink::Refused), (10, 50, Sink::Well), (10, 0, Sink::Well)],
    },
    Site {
        domain: "zero-only.example",
        targets: &[(10, 50, Sink::Silent), (10, 50, Sink::Silent), (10, 0, Sink::Well)],
    },
];

/// A name server, and hosts that count.
struct Scene {
    knot: Knot,
    home: Home,
    hosts: BTreeMap<String, Counting>,
}

impl Scene {
    fn start() -> Self {
        let mut zones = BTreeMap::new();
        let mut hosts = BTreeMap::new();
        for site in SITES {
            let mut records = String::new();
            for (place, (priority, weight, how)) in site.targets.iter().enumerate() {
                let label = format!("t{place}");
                let host = Counting::start(&label, *how);
                let (port, ip) = (host.at.port(), host.at.ip());
                records.push_str(&format!("_sip._udp 60 SRV {priority} {weight} {port} {label}\n{label} 60 A {ip}\n"));
                hosts.insert(format!("{label}.{}", site.domain), host);
            }
            zones.insert(Name::parse(site.domain).unwrap(), zone(site.domain, &records));
        }
        // The port that whoever reads /etc/resolv.conf asks.
        let at = SocketAddr::from((own_address(), 53));
        Self { knot: Knot::start_at(at, "off", &zones, &[]), home: Home::new(), hosts }
    }

    /// What the preview says of a site: lost, waiting, and the share of each target.
    fn foreseen(&self, site: &Site, settings: &str, method: &str) -> Figures {
        let engine = if settings.is_empty() { "kamailio".to_owned() } else { format!("kamailio:{settings}") };
        // An OPTIONS has the timers of any request that is no INVITE.
        let method = if method == "INVITE" { "invite" } else { "register" };
        let mut arguments = format!(
            "preview sip:{} --resolver {} --engine {engine} --method {method} --transports udp --format json",
            site.domain,
            self.knot.at()
        );
        for (place, (_, _, how)) in site.targets.iter().enumerate() {
            match how {
                Sink::Well => {}
                Sink::Silent => arguments.push_str(&format!(" --fail t{place}.{}=silent", site.domain)),
                Sink::Refused => arguments.push_str(&format!(" --fail t{place}.{}=refused", site.domain)),
            }
        }
        let ran = self.home.run(&arguments);
        assert_eq!(ran.err, "", "{arguments}");
        let document = ran.document();
        assert_eq!(document["confidence"], "measured", "{document:#}");
        let share = |value: &Value| value.as_f64().unwrap();
        Figures {
            lost: share(&document["lost"]),
            waiting: share(&document["wait"]["share_waiting"]),
            landing: document["after"]
                .as_array()
                .unwrap()
                .iter()
                .map(|landing| (shown(&landing["target"]), share(&landing["share"])))
                .collect(),
        }
    }

    /// Sends requests through the relay, and counts.
    fn observed(&self, relay: &Kamailio, site: &Site, method: &str) -> Figures {
        let hosts = || self.hosts.iter().filter(|(name, _)| name.split_once('.').unwrap().1 == site.domain);
        let reached = || hosts().map(|(name, host)| (name.clone(), host.calls())).collect::<BTreeMap<_, _>>();
        let before = reached();
        let answers = relay.send(site.domain, method);
        let part =
            |count: usize| f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(REQUESTS).unwrap());
        let landed = |name: &str| {
            let label = name.split('.').next().unwrap();
            answers.iter().filter(move |answer| answer.by.as_deref() == Some(label)).collect::<Vec<_>>()
        };
        let mut waiting = 0;
        for (name, now) in reached() {
            let new: BTreeSet<&String> = now.difference(&before[&name]).collect();
            for answer in landed(&name) {
                assert!(new.contains(&answer.call), "{name} answered {} and never got it", answer.call);
                waiting += usize::from(answer.after >= WAITED);
            }
        }
        Figures {
            lost: part(answers.iter().filter(|answer| answer.by.is_none()).count()),
            waiting: part(waiting),
            landing: hosts().map(|(name, _)| (name.clone(), part(landed(name).len()))).collect(),
        }
    }
}

/// What becomes of requests.
#[derive(Debug)]
struct Figures {
    lost: f64,
    /// Landed, but only after a wait.
    waiting: f64,
    landing: BTreeMap<String, f64>,
}

impl Figures {
    /// The two differ by no more than chance may do.
    #[track_caller]
    fn agree(&self, foreseen: &Self, what: &str) {
        let one = |named: &str, seen: f64, said: f64| {
            assert!(
                (seen - said).abs() <= TOLERANCE,
                "{what}: {named} {seen}, {said} foreseen\n{self:#?}\n{foreseen:#?}"
            );
        };
        one("lost", self.lost, foreseen.lost);
        one("waiting", self.waiting, foreseen.waiting);
        assert_eq!(self.landing.len(), foreseen.landing.len(), "{what}");
        for (name, seen) in &self.landing {
            one(name, *seen, foreseen.landing[name]);
        }
    }
}

/// What came back for a request.
struct Answer {
    call: String,
    /// Who answered 200; nobody, where the relay says that it got nowhere.
    by: Option<String>,
    after: Duration,
}

struct Kamailio(Process);

impl Kamailio {
    /// As it comes but for these of its settings.
    fn start(resolver: Ipv4Addr, settings: &str) -> Self {
        let (at, files) = (free(), tempfile::tempdir().unwrap());
        let config = files.path().join("kamailio.cfg");
        std::fs::write(&config, configuration(at, settings)).unwrap();
        let (config, place) = (config.display().to_string(), files.path().display().to_string());
        let arguments = ["-f", &config, "-DD", "-E", "-m", "128", "-M", "8", "-w", &place, "-Y", &place];
        let resolvers = format!("nameserver {resolver}\n");
        let mut process = Process::start_with_resolvers(&resolvers, "kamailio", "kamailio", &arguments, at, files);
        process.until_it_listens(&[at], &[]);
        Self(process)
    }

    /// Sends requests to a domain through it, until each is answered.
    fn send(&self, domain: &str, method: &str) -> Vec<Answer> {
        let client = UdpSocket::bind((own_address(), 0)).unwrap();
        client.set_read_timeout(Some(BREATH)).unwrap();
        let from = client.local_addr().unwrap();
        let request = |call: &str| {
            format!(
                "{method} sip:x@{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK-{call}\r\nMax-Forwards: 70\r\n\
                 From: <sip:test@{from}>;tag={call}\r\nTo: <sip:x@{domain}>\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n\
                 Contact: <sip:test@{from}>\r\nContent-Length: 0\r\n\r\n"
            )
        };
        let mut open: BTreeMap<String, (Instant, Instant)> = BTreeMap::new();
        let (mut begun, mut answers) = (0, Vec::new());
        let mut buffer = [0; 8192];
        let deadline = Instant::now() + DEADLINE;
        while answers.len() < REQUESTS {
            assert!(Instant::now() < deadline, "{domain}: {} of {REQUESTS} answered", answers.len());
            for _ in 0..BURST.min(REQUESTS - begun).min(AT_ONCE - open.len()) {
                let call = format!("{begun}-{}-{domain}", from.port());
                client.send_to(request(&call).as_bytes(), self.0.at).unwrap();
                open.insert(call, (Instant::now(), Instant::now()));
                begun += 1;
            }
            for (call, (_, sent)) in open.iter_mut().filter(|(_, (_, sent))| sent.elapsed() > AGAIN) {
                client.send_to(request(call).as_bytes(), self.0.at).unwrap();
                *sent = Instant::now();
            }
            loop {
                let length = match client.recv(&mut buffer) {
                    Ok(length) => length,
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                    Err(error) => panic!("{domain}: {error}"),
                };
                let response = String::from_utf8(buffer[..length].to_vec()).unwrap();
                let status: u16 = response.split(' ').nth(1).unwrap().parse().unwrap();
                let call = header(&response, "Call-ID").unwrap();
                // What is sent again may be answered again.
                let Some((since, _)) = open.get(call).filter(|_| status >= 200) else { continue };
                let after = since.elapsed();
                if status > 200 && method == "INVITE" {
                    let ack = request(call).replacen("INVITE", "ACK", 1).replacen("CSeq: 1 INVITE", "CSeq: 1 ACK", 1);
                    client.send_to(ack.as_bytes(), self.0.at).unwrap();
                }
                let by = (status == 200).then(|| header(&response, "Server").unwrap().to_owned());
                answers.push(Answer { call: call.to_owned(), by, after });
                open.remove(call);
            }
        }
        answers
    }
}

fn configuration(at: SocketAddr, settings: &str) -> String {
    let globals = settings.replace(',', "\n") + "\n";
    // 30 s, 120 s and 180 s, each divided by 60. 32 s is room for one silent target and not for two, and so is what stands
    // for it here: on a machine that has other things to do the rest of it is longer. What that loses is sent again.
    format!(
        "#!KAMAILIO
debug=1
log_stderror=yes
children=4
auto_aliases=no
disable_tcp=yes
listen=udp:{at}
{globals}loadmodule \"tm.so\"
loadmodule \"sl.so\"
modparam(\"tm\", \"fr_timer\", 500)
modparam(\"tm\", \"fr_inv_timer\", 2000)
modparam(\"tm\", \"max_inv_lifetime\", 3000)
modparam(\"tm\", \"max_noninv_lifetime\", 800)
modparam(\"tm\", \"retr_timer1\", 100)
modparam(\"tm\", \"auto_inv_100\", 0)
request_route {{
    if (!t_relay()) {{
        sl_reply_error();
    }}
}}
"
    )
}

#[test]
#[ignore = "needs root, knotd and kamailio: Debian's packages knot and kamailio"]
fn kamailio_relays_as_its_preview_says() {
    let scene = Scene::start();
    // Without failover an INVITE fares as any other request.
    for (settings, methods) in [("", &["OPTIONS"][..]), (FAILOVER_AND_BALANCE, &["OPTIONS", "INVITE"])] {
        let relay = Kamailio::start(own_address(), settings);
        for site in SITES {
            for method in methods {
                let what = format!("{} {method} [{settings}]", site.domain);
                let foreseen = scene.foreseen(site, settings, method);
                let observed = scene.observed(&relay, site, method);
                observed.agree(&foreseen, &what);
            }
        }
    }
}
