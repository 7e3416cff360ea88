//! Each way in which a POP of the lab can misbehave, and the verdict that it ends in: one carrier for each, all watched
//! at once. The primary is well before it misbehaves; the backup always is.

use std::time::Duration;

use trunktop::lab::{Behaviour, CarrierPlan, Certificate, HostPlan, Lab};
use trunktop::model::Transport;
use trunktop::state::Level;

use super::Watching;
use super::scenarios::said;

/// What the primary does from then on.
enum Turns {
    Behave(Behaviour),
    /// The names in its certificate, and for how many days it is good.
    Shows(&'static [&'static str], i64),
    ShowsItsOwn,
}

use Turns::{Behave, Shows, ShowsItsOwn};

/// The carrier, what its primary does, how the verdict begins, and what is in it.
const WAYS: [(&str, Turns, &str, &str); 18] = [
    ("well", Behave(Behaviour::Answer), "UP next calls: a 100 %; backup b is alive", ""),
    (
        "mute",
        Behave(Behaviour::Silent),
        "DEGRADED primary tier is dead: a silent since HH:MM (",
        "all calls hang 32 s first, then b",
    ),
    (
        "refuses",
        Behave(Behaviour::Refuse),
        "DEGRADED primary tier is dead: a refused since HH:MM. As RFC 3263: all calls go to b at once",
        "; backup tier only; the only address left is ",
    ),
    (
        "unavailable",
        Behave(Behaviour::Status(503, "Draining")),
        "DEGRADED primary tier is dead: a answers 503 since HH:MM. As RFC 3263: all calls go to b at once",
        "; backup tier only",
    ),
    (
        "busy",
        Behave(Behaviour::Busy(120)),
        "DEGRADED primary tier is dead: a answers 503 since HH:MM (Retry-After until HH:MM)",
        "all calls go to b at once",
    ),
    // A 500 is final (RFC 3261 8.1.3.1): who gets it does not go on.
    (
        "fails",
        Behave(Behaviour::Status(500, "Server Internal Error")),
        "DEGRADED a answers 500 since HH:MM. As RFC 3263: all calls still go there",
        "",
    ),
    // They live, and say so. That calls would get a 503 no OPTIONS sees.
    ("drains", Behave(Behaviour::Drain), "UP next calls: a 100 %; backup b is alive", ""),
    ("lost", Behave(Behaviour::Status(404, "Not Found")), "UP next calls: a 100 %; backup b is alive", ""),
    ("locked", Behave(Behaviour::Status(401, "Unauthorized")), "UP next calls: a 100 %; backup b is alive", ""),
    ("slow", Behave(Behaviour::Slow(Duration::from_millis(200))), "UP next calls: a 100 %; backup b is alive", ""),
    ("lossy", Behave(Behaviour::Lossy(5)), "UP next calls: a 100 %; backup b is alive", ""),
    (
        "garbles",
        Behave(Behaviour::Garbage),
        "DEGRADED primary tier is dead: a answers garbage since HH:MM",
        "all calls hang 32 s first, then b",
    ),
    // It is alive and useless; a caller waits as for one that is mute.
    ("tries", Behave(Behaviour::Trying), "DEGRADED primary tier is dead: a silent since HH:MM", "then b"),
    (
        "other-name",
        Shows(&["www.hoster.example"], 90),
        "DEGRADED primary tier is dead: a fails TLS since HH:MM (certificate names www.hoster.example, not other-name.example)",
        "all calls go to b at once",
    ),
    (
        "target-name",
        Shows(&["a.target-name.example"], 90),
        "DEGRADED primary tier is dead: a fails TLS since HH:MM (certificate names a.target-name.example, not target-name.example)",
        "all calls go to b at once",
    ),
    (
        "expired",
        Shows(&["expired.example"], -2),
        "DEGRADED primary tier is dead: a fails TLS since HH:MM (expired DATE)",
        "all calls go to b at once",
    ),
    (
        "self-signed",
        ShowsItsOwn,
        "DEGRADED primary tier is dead: a fails TLS since HH:MM (self-signed, and not trusted here)",
        "all calls go to b at once",
    ),
    (
        "ends-soon",
        Shows(&["ends-soon.example"], 9),
        "WARNING next calls: a 100 %; backup b is alive; certificate of a ends in ",
        " days",
    ),
];

fn plan(name: &str, turns: &Turns) -> CarrierPlan {
    let (transport, service, port) = match turns {
        Behave(_) => (Transport::Udp, "_sip._udp", "udp"),
        Shows(..) | ShowsItsOwn => (Transport::Tls, "_sips._tcp", "tls"),
    };
    let domain = format!("{name}.example");
    let host = |label: &str| {
        HostPlan::new(&format!("{label}.{domain}")).speaks([transport]).certificate(&[domain.as_str()], 90)
    };
    CarrierPlan::new(name, &format!("sip:{domain}")).host(host("a")).host(host("b")).zone(&format!(
        "
        $ORIGIN {domain}.
        {service} 60 SRV 10 10 {port} a
        {service} 60 SRV 20 10 {port} b
        "
    ))
}

#[tokio::test]
async fn each_way_to_misbehave_has_its_verdict() {
    let plans: Vec<CarrierPlan> = WAYS.iter().map(|(name, turns, ..)| plan(name, turns)).collect();
    let mut watching = Watching::over(Lab::with(plans).await.unwrap());
    watching.until("all are well", |state, _| state.count(Level::Up) == WAYS.len()).await;
    for (name, turns, ..) in &WAYS {
        let host = format!("a.{name}.example");
        match turns {
            Behave(behaviour) => watching.lab.behave(&host, *behaviour).await.unwrap(),
            Shows(names, days) => watching.lab.certify(&host, &Certificate::new(names, *days)).unwrap(),
            ShowsItsOwn => {
                let own = Certificate::new(&[&format!("{name}.example")], 90).self_signed();
                watching.lab.certify(&host, &own).unwrap();
            }
        }
    }
    for (name, _, begins, holds) in &WAYS {
        let is = |said: &str| said.starts_with(begins) && said.contains(holds);
        watching.until_carrier(name, &format!("{name}: {begins} ... {holds}"), |c| is(&said(c))).await;
    }
    // What was said first is not taken back when the rest has been seen.
    for (name, _, begins, _) in &WAYS {
        let said = said(watching.carrier(name));
        assert!(said.starts_with(begins), "{name}: {said}");
    }
}
