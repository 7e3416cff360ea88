//! Registrations in a story: what is told of them, and what is seen of it.

use std::sync::Arc;
use std::time::Duration;

use trunktop::model::{
    Account, AccountNews, Binding, Carrier, Confidence, Endpoint, Expires, FactKind, Granted, Host, Moment, Noted,
    PinReport, ProbeResult, Purpose, Refusal, RefusalMeans, RegisterOutcome, RegisterReport, Sighting, Whereabouts,
};
use trunktop::state::{Attention, CarrierState, Evidence, Listing, Pin, Side};

use super::account::{Came, Holds, Registers, Seen};
use super::run::{Desk, same};

impl Desk<'_> {
    pub(super) fn registers(&mut self, registers: &Registers) -> Result<(), String> {
        let carrier = self.first();
        let news = |news| FactKind::Account { carrier: carrier.clone(), news, next: None };
        let kind = match registers {
            Registers::Bind { target, came, next } => {
                let report = self.report(target, Purpose::Bind(Expires::USUAL), outcome(came)?)?;
                let next = next.map(|next| self.now + Duration::from_secs(next));
                FactKind::Binding { carrier, report: Box::new(report), next }
            }
            Registers::Fetch { target, came, next } => {
                let report = self.report(target, Purpose::Fetch, outcome(came)?)?;
                let next = next.map(|next| self.now + Duration::from_secs(next));
                FactKind::Binding { carrier, report: Box::new(report), next }
            }
            Registers::Removed(target) => {
                let done = RegisterOutcome::Done(Granted::default());
                let report = self.report(target, Purpose::Remove, done)?;
                FactKind::Binding { carrier, report: Box::new(report), next: None }
            }
            Registers::Round => news(AccountNews::Round),
            Registers::Lost { target, how } => news(AccountNews::Lost(self.place(target)?.1, how.as_str().into())),
            Registers::LetGo(why) => news(AccountNews::LetGo(*why)),
            Registers::Stopped(stop) => news(AccountNews::Stopped(stop.clone())),
            Registers::Elsewhere(None) => news(AccountNews::Elsewhere(None)),
            Registers::Elsewhere(Some((target, left))) => {
                let (target, endpoint) = self.place(target)?;
                let (since, until) = (self.now.wall, (self.now + Duration::from_secs(*left)).wall);
                let noted = Noted { target, endpoint, since, until, granted: Expires::USUAL };
                news(AccountNews::Elsewhere(Some(noted)))
            }
            Registers::Source(seen) => {
                let told = seen.iter().map(|seen| self.sighting(seen)).collect::<Result<_, _>>()?;
                let report = Box::new(PinReport { at: self.now, told: Ok(told) });
                FactKind::PinReport { carrier, report, next: self.now + Duration::from_secs(30) }
            }
            Registers::SourceFails(why) => {
                let report = Box::new(PinReport { at: self.now, told: Err(why.as_str().into()) });
                FactKind::PinReport { carrier, report, next: self.now + Duration::from_secs(30) }
            }
            Registers::Mode(mode) => {
                let now = self.carrier(None)?.carrier.clone();
                let account =
                    now.account.as_ref().map(|account| Arc::new(Account { mode: *mode, ..(**account).clone() }));
                FactKind::Settings(vec![Arc::new(Carrier { account, ..(*now).clone() })])
            }
        };
        self.tell(kind);
        Ok(())
    }

    fn report(&self, target: &str, purpose: Purpose, outcome: RegisterOutcome) -> Result<RegisterReport, String> {
        let (target, endpoint) = self.place(target)?;
        let (at, took) = (self.now, Duration::from_secs(32));
        Ok(RegisterReport { endpoint, target, purpose, at, took, outcome, challenge: None, sent: None, heard: None })
    }

    /// The first address of a target, by its label; of one that left DNS where it is registered.
    fn place(&self, word: &str) -> Result<(Host, Endpoint), String> {
        let carrier = self.carrier(None)?;
        let mut pins = carrier.registration.pins().iter().filter(|pin| carrier.label(&pin.target) == word);
        if let (Err(_), Some(pin)) = (self.endpoints(word), pins.next()) {
            return Ok((pin.target.clone(), pin.endpoint.ok_or("where that is nobody knows")?));
        }
        let (_, endpoint) = self.endpoints(word)?.first().cloned().ok_or("no such target")?;
        Ok((carrier.target_of(endpoint), endpoint))
    }

    fn sighting(&self, seen: &Seen) -> Result<Sighting, String> {
        let (address, port) = match seen.at.rsplit_once(':') {
            Some((address, port)) => (address, Some(port.parse().map_err(|why| format!("{why}"))?)),
            None => (seen.at.as_str(), None),
        };
        let at = match address.parse() {
            Ok(ip) => Whereabouts::Address { ip, port, transport: None },
            Err(_) => Whereabouts::Target(self.place(&seen.at)?.0),
        };
        Ok(Sighting {
            confidence: if seen.registration { Confidence::Reported } else { Confidence::Observed },
            by: seen.by.as_str().into(),
            at,
            left: seen.left.map(Duration::from_secs),
            state: seen.state.as_deref().map(Into::into),
            is_registration: seen.registration,
        })
    }
}

fn outcome(came: &Came) -> Result<RegisterOutcome, String> {
    Ok(match came {
        Came::Lists(lists) => {
            let binding = |(contact, left): &(String, u32)| Binding {
                contact: contact.as_str().into(),
                expires: Some(Expires::new(*left)),
                ours: contact == "ours",
                instance: None,
                gruu: None,
            };
            let bindings: Vec<Binding> = lists.iter().map(binding).collect();
            RegisterOutcome::Done(Granted { listed: bindings.len(), bindings, ..Granted::default() })
        }
        Came::Refused(code, reason) => RegisterOutcome::Refused(Refusal {
            code: *code,
            reason: reason.as_str().into(),
            retry_after: None,
            means: RefusalMeans::Plain,
        }),
        Came::Fails(word) => {
            let result = match word.as_str() {
                "silent" => ProbeResult::Timeout,
                "refused" => ProbeResult::Refused,
                "kept-back" => return Ok(RegisterOutcome::KeptBack("its certificate is not valid".into())),
                "no-route" => ProbeResult::Unreachable,
                _ => return Err(format!("no REGISTER comes to '{word}'")),
            };
            RegisterOutcome::Failed { result, ours: word == "no-route", detail: "".into() }
        }
    })
}

/// Whether this holds.
pub(super) fn holds(carrier: &CarrierState, now: Moment, wanted: &Holds) -> Result<(), String> {
    let known = &carrier.registration;
    let (wanted, said) = match wanted {
        Holds::Pins(wanted) => (wanted, pins(carrier, now)),
        Holds::Standing(wanted) => (wanted, known.standing().said()),
        Holds::Drain(wanted) => (wanted, drain(carrier, now)),
        Holds::Dies(wanted) => {
            let dies = carrier.foreseen().and_then(|previews| previews.dies.as_ref());
            let said = dies.map_or_else(|| "nothing".to_owned(), |register| register.said());
            return same(said.contains(wanted), &said);
        }
        Holds::Moves(wanted) => {
            let moves = known.move_count();
            return same(moves == *wanted, &moves.to_string());
        }
        Holds::Attention(wanted) => {
            let attention = known.attention();
            let shown = if attention == Attention::None { "none" } else { attention.word() };
            return same(shown == wanted, &format!("{shown}: {}", known.attention_said().unwrap_or_default()));
        }
    };
    same(said == *wanted, &said)
}

/// All pins: `us-east-1 observed 60 s (own REGISTER)`, several with commas, or `none`.
fn pins(carrier: &CarrierState, now: Moment) -> String {
    let pins: Vec<String> = carrier.registration.pins().iter().map(|pin| said(carrier, pin, now)).collect();
    if pins.is_empty() { "none".to_owned() } else { pins.join(", ") }
}

fn said(carrier: &CarrierState, pin: &Pin, now: Moment) -> String {
    let mut said = format!("{} {}", carrier.label(&pin.target), pin.confidence);
    if pin.confidence == Confidence::Inferred {
        return format!("{said} {}", pin.chance);
    }
    said.push_str(match pin.evidence {
        Evidence::Registration => "",
        Evidence::Connection => " connection",
        Evidence::Connections => " connections",
    });
    if let Some(until) = pin.until {
        said.push_str(&format!(" {} s", until.since(now).as_secs()));
    }
    if pin.many > 1 {
        said.push_str(&format!(" x{}", pin.many));
    }
    match pin.listing {
        Listing::First => {}
        Listing::Backup { demoted: None, .. } => said.push_str(" backup"),
        Listing::Backup { demoted: Some(_), .. } => said.push_str(" demoted"),
        Listing::Gone { left: None } => said.push_str(" outside"),
        Listing::Gone { left: Some(_) } => said.push_str(" gone"),
        Listing::Unknown => said.push_str(" unknown"),
    }
    if pin.old {
        said.push_str(" old");
    }
    format!("{said} ({})", pin.by.said())
}

/// `old east 2; new west 1; ends in 300 s; stragglers us-east-1`, or `none`.
fn drain(carrier: &CarrierState, now: Moment) -> String {
    let Some(drain) = carrier.registration.drain() else { return "none".to_owned() };
    let sides = |sides: &[Side]| {
        let said: Vec<String> = sides.iter().map(|side| format!("{} {}", side.pop, side.many)).collect();
        if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
    };
    let ends =
        drain.ends.map_or_else(|| "nobody knows when".to_owned(), |at| format!("in {} s", at.since(now).as_secs()));
    let left: Vec<String> = drain.stragglers.iter().map(|pin| carrier.label(&pin.target)).collect();
    let left = if left.is_empty() { "nobody".to_owned() } else { left.join(", ") };
    format!("old {}; new {}; ends {ends}; stragglers {left}", sides(&drain.old), sides(&drain.new))
}
