//! One registration in full: what the screen tells of it, and what is copied.
//!
//! Times are those of the clock, so that of all of it only the countdown in the list ticks.

use crate::model::{
    AccountId, AccountMode, Moment, Purpose, Raw, Refusal, RefusalMeans, RegisterOutcome, RegisterReport, SipUri,
};
use crate::report::{HEAD, Tone};
use crate::state::{Attention, By, CarrierState, Evidence, Listing, Pin, Standing, State, Told as Source};
use crate::tui::ui::Ui;
use crate::tui::why::{self, Row as Line};
use crate::tui::{canvas, words};

use super::fate;
use super::{Row, Shows};

/// How many moves, and how many bindings of others, are told.
const MOST: usize = 12;

type Told = (&'static str, String, Tone);

/// The rows, none wider than the screen.
pub(in crate::tui) fn rows(ui: &Ui, state: &State, row: &Row<'_>) -> Vec<Line> {
    let width = usize::from(ui.size.0).saturating_sub(HEAD + 4).max(8);
    let mut rows = Vec::new();
    for (head, said, tone) in told(state, row) {
        for (at, said) in canvas::wrap(&said, width, usize::MAX).into_iter().enumerate() {
            rows.push(Line { head: if at == 0 { head } else { "" }, said, tone });
        }
    }
    rows
}

/// The same as a text of its own.
pub(in crate::tui) fn text(state: &State, row: &Row<'_>) -> String {
    let mut text = format!("registration of {}\n", row.carrier.carrier.name);
    for (head, said, tone) in told(state, row) {
        text.push_str(why::head(&Line { head, said: String::new(), tone }).as_str());
        text.push_str(&said);
        text.push('\n');
    }
    text
}

fn told(state: &State, row: &Row<'_>) -> Vec<Told> {
    let (carrier, known) = (row.carrier, &row.carrier.registration);
    let when = |at: Moment| words::when(at, state.now, &state.options.zone);
    let mut told: Vec<Told> = Vec::new();
    if row.attention() != Attention::None {
        let said = known.attention_said().unwrap_or(row.attention().word());
        told.push(("attention", said.to_owned(), tone(row.attention())));
    }
    told.extend(advice(row).map(|said| ("you can", said.to_owned(), Tone::Decided)));
    if let Some(account) = &carrier.carrier.account {
        let id = AccountId::of(account, &carrier.carrier.uri);
        let stands = match known.standing() {
            Standing::Off => String::new(),
            // What needs attention is said above.
            standing if !told.is_empty() => format!(": {}", standing.word()),
            standing => format!(": {}", standing.said()),
        };
        told.push(("account", format!("{id}, {}{stands}", account.mode), Tone::Decided));
    }
    match row.shows {
        Shows::Pin(pin) => told.push(of_pin(carrier, pin, &when)),
        Shows::Likely(pins) => told.push(("pinned", likely(carrier, pins), Tone::Unused)),
        Shows::Nothing => {}
    }
    match (row.pin().and_then(|pin| expiry(pin, &when)), next(state, row, &when)) {
        (Some(ends), Some(next)) => told.push(("expires", format!("{ends}; {next}"), Tone::Plain)),
        (Some(ends), None) => told.push(("expires", ends, Tone::Plain)),
        (None, Some(next)) => told.push(("due", next, Tone::Plain)),
        (None, None) => {}
    }
    told.extend(fate::said(state.now, row, &when).map(|(head, said)| (head, said, Tone::Decided)));
    told.extend(row.pin().into_iter().flat_map(|pin| rest_of_pin(pin, &when)));
    if row.account().is_some() {
        told.extend(of_registrar(carrier, &when));
    }
    told.extend(known.told().map(|source| ("source", of_source(carrier, source, &when), Tone::Plain)));
    told.extend(headed("straggler", stragglers(carrier, &when)));
    told.extend(headed("moves", moves(carrier, &when)));
    if let Some(last) = known.last().filter(|_| row.account().is_some()) {
        told.extend(headed("sent", last.sent.iter().flat_map(lines).collect()));
        told.extend(headed("heard", last.heard.iter().flat_map(lines).collect()));
    }
    told
}

/// A message line by line; the empty line that ends a head says nothing at its end.
fn lines(raw: &Raw) -> Vec<String> {
    let mut lines: Vec<String> = raw.lines().map(|line| line.to_string()).collect();
    lines.truncate(lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
    lines
}

const fn tone(attention: Attention) -> Tone {
    match attention {
        Attention::None => Tone::Plain,
        trouble if trouble.is_trouble() => Tone::Failed,
        _ => Tone::Others,
    }
}

/// What the operator can do about what needs attention, where a key does it.
fn advice(row: &Row<'_>) -> Option<&'static str> {
    let own = row.pin().is_some_and(|pin| pin.by == By::OwnRegister);
    let known = &row.carrier.registration;
    // What is said already is not said twice.
    let says = |key: &str| known.attention_said().is_some_and(|said| said.split(' ').any(|word| word == key));
    match (known.standing(), row.attention()) {
        (Standing::Stopped(_), _) if row.first && !says("r") => Some("r tries again"),
        (Standing::Held, Attention::OnDown | Attention::Backup) if own => {
            Some("C lets go of it, and it registers anew")
        }
        _ => None,
    }
}

/// What is sent next for the account; none where nothing is, and of what others hold.
fn next(state: &State, row: &Row<'_>, when: &impl Fn(Moment) -> String) -> Option<String> {
    let known = &row.carrier.registration;
    let account = row.carrier.carrier.account.as_ref().filter(|_| row.account().is_some())?;
    if let Standing::Elsewhere(_) = known.standing() {
        return Some("the other trunktop refreshes it".to_owned());
    }
    let due = known.due()?;
    let (next, under_way) = match account.mode {
        AccountMode::Observe => ("next look", "a look"),
        AccountMode::Off | AccountMode::Hold => ("next REGISTER", "a REGISTER"),
    };
    let is_past = state.now.is_some_and(|now| due <= now);
    Some(if is_past {
        format!("{under_way} is under way since {}", when(due))
    } else {
        format!("{next} {}", when(due))
    })
}

/// Where it is, since when, and who says so.
fn of_pin(carrier: &CarrierState, pin: &Pin, when: &impl Fn(Moment) -> String) -> Told {
    let label = carrier.label(&pin.target);
    let host = pin.target.to_string();
    let mut said = if label == host { label } else { format!("{label}, {host}") };
    if let Some(endpoint) = pin.endpoint {
        said.push_str(&format!(", {endpoint}"));
    }
    said.push_str(&format!("; {} by {}", pin.confidence, pin.by.said()));
    said.push_str(match pin.evidence {
        Evidence::Registration => "",
        Evidence::Connection => ": has a connection, maybe registered there",
        Evidence::Connections => ": has a connection, as other POPs have: not distinguishable",
    });
    if let Some(since) = pin.since {
        // What others hold was there before anybody looked.
        let since_words = if pin.by == By::OwnRegister { "since" } else { "seen there since" };
        said.push_str(&format!(", {since_words} {}", when(since)));
    }
    if pin.many > 1 {
        said.push_str(&format!("; {} of them", pin.many));
    }
    if pin.old {
        said.push_str("; who told it could not be asked again since");
    }
    ("pinned", said, Tone::Plain)
}

/// What else is known of it.
fn rest_of_pin(pin: &Pin, when: &impl Fn(Moment) -> String) -> Vec<Told> {
    let mut told = vec![("tier", listing(pin.listing, when), Tone::Plain)];
    told.extend(pin.contact.iter().map(|contact| ("contact", contact.to_string(), Tone::Plain)));
    told.extend(pin.state.iter().map(|state| ("PBX says", state.to_string(), Tone::Plain)));
    told
}

fn expiry(pin: &Pin, when: &impl Fn(Moment) -> String) -> Option<String> {
    let parts = [
        pin.until.map(|until| format!("at {}", when(until))),
        pin.granted.map(|granted| format!("granted {granted} s")),
        pin.renewed.filter(|renewed| Some(*renewed) != pin.since).map(|at| format!("refreshed {}", when(at))),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn listing(listing: Listing, when: &impl Fn(Moment) -> String) -> String {
    match listing {
        Listing::First => "in the first tier of the DNS".to_owned(),
        Listing::Backup { behind, demoted } => {
            let demoted = demoted.map_or_else(String::new, |at| format!("; until {} it was in the first", when(at)));
            format!("backup: behind {}{demoted}", words::count(behind, "tier"))
        }
        Listing::Gone { left: Some(left) } => format!("DNS no longer lists it, since {}", when(left)),
        Listing::Gone { left: None } => "DNS does not list it".to_owned(),
        Listing::Unknown => "DNS is not known".to_owned(),
    }
}

/// Where nobody told, where the engine would register.
fn likely(carrier: &CarrierState, pins: &[Pin]) -> String {
    let named: Vec<String> = pins.iter().map(|pin| format!("{} {}", carrier.label(&pin.target), pin.chance)).collect();
    format!(
        "nobody told where; by the rules of {} it would be at {} (inferred)",
        words::engine(&carrier.engine().name()),
        named.join(", ")
    )
}

/// What the registrar said: its challenge, what it granted, what it refused.
fn of_registrar(carrier: &CarrierState, when: &impl Fn(Moment) -> String) -> Vec<Told> {
    let known = &carrier.registration;
    let mut told = Vec::new();
    if let Some(last) = known.last().filter(|last| !matches!(last.outcome, RegisterOutcome::Done(_))) {
        told.push(("last", outcome(carrier, last, when), Tone::Failed));
    }
    if let Some(met) = known.last().and_then(|last| last.challenge.as_ref()) {
        let qop = met.qop.map_or_else(|| "no qop".to_owned(), |qop| format!("qop {qop}"));
        let reused = if met.reused { ", an earlier nonce reused" } else { "" };
        told.push(("challenge", format!("realm \"{}\", {}, {qop}{reused}", met.realm, met.algorithm), Tone::Plain));
    }
    if let Some((RegisterOutcome::Done(granted), purpose)) =
        known.last_granted().map(|last| (&last.outcome, last.purpose))
    {
        let gruu = granted.ours().and_then(|ours| ours.gruu.as_ref());
        let lines = [
            ("Service-Route", granted.service_route.as_ref()),
            ("Path", granted.path.as_ref()),
            ("P-Associated-URI", granted.associated.as_ref()),
            ("public GRUU", gruu),
            ("server", granted.server.as_ref()),
        ];
        let mut said: Vec<String> =
            lines.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?))).collect();
        if granted.outbound {
            said.push("it speaks outbound (RFC 5626)".to_owned());
        }
        said.extend(granted.flow_timer.map(|span| format!("Flow-Timer: {} s", span.as_secs())));
        said.extend(granted.raised.map(|raised| format!("423 made us ask for {raised} s")));
        // Who only asks is granted nothing.
        let head = if purpose == Purpose::Fetch { "it says" } else { "granted" };
        told.extend(headed(head, said));
    }
    let others = known.others().iter().take(MOST).map(|(host, binding)| {
        let left = binding.expires.map_or_else(String::new, |left| format!(", {left} s left when it was listed"));
        format!("{} at {}{left}", binding.contact, carrier.label(host))
    });
    let mut others: Vec<String> = others.collect();
    if known.others().len() > MOST {
        others.push(format!("and {} more", known.others().len() - MOST));
    }
    told.extend(headed("others", others));
    told
}

/// What came of a REGISTER that was not granted.
fn outcome(carrier: &CarrierState, report: &RegisterReport, when: &impl Fn(Moment) -> String) -> String {
    let said = match &report.outcome {
        RegisterOutcome::Done(_) => "granted".to_owned(),
        RegisterOutcome::Refused(refusal) => {
            let later = refusal.retry_after.map(|span| format!(", Retry-After {} s", span.as_secs()));
            format!("{} {}{}{}", refusal.code, refusal.reason, later.unwrap_or_default(), means(refusal))
        }
        RegisterOutcome::Failed { result, detail, .. } if detail.is_empty() => result.said().to_owned(),
        RegisterOutcome::Failed { detail, .. } => detail.to_string(),
        RegisterOutcome::KeptBack(why) => format!("nothing secret was sent: {why}"),
    };
    format!("REGISTER to {} at {}: {said}", carrier.label(&report.target), when(report.at))
}

/// What a refusal means beside its code.
fn means(refusal: &Refusal) -> String {
    match &refusal.means {
        RefusalMeans::Plain => String::new(),
        // It may be about something else.
        RefusalMeans::WrongCredentials if refusal.code == 403 => {
            ": to credentials that were never taken yet".to_owned()
        }
        RefusalMeans::WrongCredentials => ": the credentials were not taken".to_owned(),
        RefusalMeans::NoPassword => ": it wants a password, and there is none".to_owned(),
        RefusalMeans::Unanswerable(why) => format!(": {why}"),
        RefusalMeans::TooBrief(Some(least)) => format!(": it wants at least {least} s"),
        RefusalMeans::TooBrief(None) => ": it wants longer bindings, and does not say how long".to_owned(),
        RefusalMeans::Elsewhere(uris) => {
            let named: Vec<String> = uris.iter().take(3).map(SipUri::shown).collect();
            format!(": it sends us to {}", named.join(", "))
        }
    }
}

fn of_source(carrier: &CarrierState, source: &Source, when: &impl Fn(Moment) -> String) -> String {
    let next = when(source.next);
    let connected: Vec<String> =
        carrier.registration.connections().into_iter().map(|host| carrier.label(host)).collect();
    if source.said.is_ok() && !connected.is_empty() {
        let at = when(source.at);
        return format!(
            "saw connections to {} at {at}: not distinguishable; asked again {next}",
            connected.join(" and ")
        );
    }
    match &source.said {
        Ok(0) => format!("saw none of this carrier's at {}; asked again {next}", when(source.at)),
        Ok(many) => format!("saw {} at {}; asked again {next}", words::count(*many, "registration"), when(source.at)),
        Err(why) => {
            let well =
                source.well.map_or_else(|| "has never worked".to_owned(), |at| format!("last worked at {}", when(at)));
            format!("{well}: {why}; asked again {next}")
        }
    }
}

/// Those that keep a cutover from its end.
fn stragglers(carrier: &CarrierState, when: &impl Fn(Moment) -> String) -> Vec<String> {
    let Some(drain) = carrier.registration.drain() else { return Vec::new() };
    let said = |pin: &Pin| {
        let label = carrier.label(&pin.target);
        match (pin.renewed.zip(pin.listing.let_go()), pin.until) {
            (Some((at, left)), _) if at > left => {
                format!("{label} ({}): refreshed there at {}, after DNS let go of it", pin.by.said(), when(at))
            }
            (_, None) => format!("{label} ({}): nobody knows when it ends", pin.by.said()),
            (_, Some(until)) => format!("{label} ({}): until {}", pin.by.said(), when(until)),
        }
    };
    drain.stragglers.iter().take(MOST).map(said).collect()
}

/// What happened in the last 24 h, newest first.
fn moves(carrier: &CarrierState, when: &impl Fn(Moment) -> String) -> Vec<String> {
    let all = carrier.registration.moves();
    let more = all.len().saturating_sub(MOST);
    let mut said: Vec<String> = all
        .take(MOST)
        .map(|moved| format!("{} {}", when(moved.at), moved.what.said(|host| carrier.label(host))))
        .collect();
    if more > 0 {
        said.push(format!("and {more} more in 24 h"));
    }
    said
}

/// A head before the first of several.
fn headed(head: &'static str, said: Vec<String>) -> impl Iterator<Item = Told> {
    said.into_iter().enumerate().map(move |(at, said)| (if at == 0 { head } else { "" }, said, Tone::Plain))
}
