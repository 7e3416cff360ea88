//! Accounts at the lab's registrars: the monitor, the REGISTER client, and the state that follows, over real sockets.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use trunktop::lab::{Algorithm, CarrierPlan, HostPlan, Location, Nonces, Qop, Registers, RegistrarPlan};
use trunktop::model::Transport::{self, Tcp, Tls, Udp, Ws, Wss};
use trunktop::model::{
    AccountId, AccountMode, Confidence, Expires, Host, Instance, Noted, PasswordSource, Secret, Stop, Text, Transports,
};
use trunktop::monitor::{Accounts, Hold, Holds, NotTaken, Secrets};
use trunktop::state::{By, Placement, Standing};

use super::*;

/// Nobody else holds anything, and passwords are known.
pub(super) struct Alone;

struct Turn;

impl Hold for Turn {
    fn instance(&self) -> Instance {
        Instance(0x1234 << 96)
    }

    fn note(&self, _: Option<&Noted>) {}
}

#[async_trait]
impl Holds for Alone {
    async fn take(&self, _: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        Ok(Box::new(Turn))
    }
}

#[async_trait]
impl Secrets for Alone {
    async fn password(&self, source: &PasswordSource) -> Result<Secret, Text> {
        match source {
            PasswordSource::Known(secret) => Ok(secret.clone()),
            _ => Err("not known here".into()),
        }
    }
}

impl Alone {
    pub(super) fn accounts(register: RegisterClient) -> Accounts {
        Accounts { register: Arc::new(register), secrets: Arc::new(Self), holds: Arc::new(Self) }
    }
}

/// A carrier with a primary `a` and a backup `b`, both registrars like this, over one transport.
fn plan(over: Transport, registrar: RegistrarPlan, mode: AccountMode, expires: u32) -> CarrierPlan {
    let (uri, service) = match over {
        Udp => ("sip:reg.example;transport=udp", "_sip._udp"),
        Tcp => ("sip:reg.example;transport=tcp", "_sip._tcp"),
        Tls => ("sips:reg.example;transport=tcp", "_sips._tcp"),
        Ws => ("sip:reg.example;transport=ws", "_sip._ws"),
        _ => ("sips:reg.example;transport=ws", "_sips._ws"),
    };
    let host = |label: &str| HostPlan::new(&format!("{label}.reg.example")).speaks([over]);
    CarrierPlan::new("reg", uri)
        .registrar(registrar)
        .account(mode, Expires::new(expires))
        .host(host("a"))
        .host(host("b"))
        .zone(&format!("$ORIGIN reg.example.\n{service} 60 SRV 10 50 {over} a\n{service} 60 SRV 20 50 {over} b\n"))
}

fn registrar() -> RegistrarPlan {
    RegistrarPlan::new().user("bob", "correct horse")
}

async fn watching(plan: CarrierPlan) -> Watching {
    Watching::over(Lab::with([plan]).await.unwrap())
}

/// Where it is registered by its own REGISTER.
fn held(carrier: &CarrierState) -> Option<String> {
    let pin = carrier.registration.pins().first()?;
    (pin.by == By::OwnRegister && pin.confidence == Confidence::Observed).then(|| pin.target.to_string())
}

async fn until_held(watching: &mut Watching, at: &str) {
    watching.until_carrier("reg", at, |reg| held(reg).as_deref() == Some(at)).await;
}

fn bound(lab: &Lab) -> Vec<String> {
    lab.bindings("reg").iter().map(|bound| bound.host.to_string()).collect()
}

/// Ends, as the program does; what could not be removed.
async fn end(watching: Watching) -> (Lab, Vec<String>) {
    let left = watching.monitor.end(Duration::from_secs(2)).await;
    (watching.lab, left.iter().map(|left| left.target.to_string()).collect())
}

#[tokio::test]
async fn it_is_held_over_every_transport_and_gone_at_the_end() {
    for over in [Udp, Tcp, Tls, Ws, Wss] {
        let separate = registrar().location(Location::Separate);
        let lab = Lab::with([plan(over, separate, AccountMode::Hold, 60)]).await.unwrap();
        let speaks = |carrier: &mut Carrier| carrier.transports = Some(Transports::new([over]).unwrap());
        let mut watching = Watching::with(lab, speaks);
        until_held(&mut watching, "a.reg.example").await;
        assert_eq!(bound(&watching.lab), ["a.reg.example"], "{over}");
        let (lab, left) = end(watching).await;
        assert_eq!((bound(&lab), left), (Vec::new(), Vec::new()), "{over}");
        assert_eq!(lab.registers("reg").stars, 0);
    }
}

#[tokio::test]
async fn every_way_to_ask_for_a_password_is_met() {
    let all = [Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256, Algorithm::Sha256Sess, Algorithm::Sha512];
    let alone = all.map(|algorithm| registrar().algorithms([algorithm]).qop(Qop::Both));
    let others = [
        registrar().qop(Qop::Absent),
        registrar().algorithms(all),
        registrar().behind_proxy(),
        registrar().nonces(Nonces::Stale(1)),
        registrar().nonces(Nonces::Rotating),
        registrar().open(),
    ];
    let met = alone.into_iter().chain(others).map(|registrar| async move {
        let said = format!("{registrar:?}");
        // Short enough to be refreshed soon: nonces get old by that.
        let mut watching = watching(plan(Tcp, registrar, AccountMode::Hold, 10)).await;
        until_held(&mut watching, "a.reg.example").await;
        let since = watching.carrier("reg").registration.pins()[0].since;
        let again = |reg: &CarrierState| reg.registration.pins().first().is_some_and(|pin| pin.renewed > since);
        watching.until_carrier("reg", "a refresh", again).await;
        let Registers { wrong, stars, .. } = watching.lab.registers("reg");
        assert_eq!((wrong, stars), (0, 0), "{said}");
        assert_eq!(watching.carrier("reg").registration.move_count(), 0, "{said}");
    });
    join_all(met).await;
}

#[tokio::test]
async fn a_wrong_password_goes_out_once() {
    for mode in [AccountMode::Hold, AccountMode::Observe] {
        let lab = Lab::with([plan(Udp, registrar(), mode, 60)]).await.unwrap();
        let wrong = |carrier: &mut trunktop::model::Carrier| {
            let mut account = trunktop::model::Account::clone(carrier.account.as_ref().unwrap());
            account.password = Some(PasswordSource::Known(Secret::new("wrong horse")));
            carrier.account = Some(Arc::new(account));
        };
        let mut watching = Watching::with(lab, wrong);
        let stopped = |reg: &CarrierState| *reg.registration.standing() == Standing::Stopped(Stop::Credentials);
        watching.until_carrier("reg", "it stops", stopped).await;
        let sent = watching.lab.registers("reg");
        assert_eq!((sent.with_credentials, sent.wrong), (1, 1), "{mode}");
    }
}

#[tokio::test]
async fn a_pop_that_goes_away_moves_it_where_the_preview_said() {
    let registrar = registrar().location(Location::Separate);
    let mut watching = watching(plan(Tcp, registrar, AccountMode::Hold, 60)).await;
    until_held(&mut watching, "a.reg.example").await;
    let reg = name("reg");
    let outage = Outage { what: What::Target("a.reg.example".parse().unwrap()), how: Failure::Refused };
    watching.monitor.act(OperatorAct::Fail(reg.clone(), outage));
    let foreseen = |reg: &CarrierState| reg.previews.as_ref().is_some_and(|previews| previews.then.is_some());
    watching.until_carrier("reg", "a preview", foreseen).await;
    let said = watching.carrier("reg").previews.as_ref().unwrap().register.clone().expect("a registration is held");
    let [(to, share)] = &said.moves_to()[..] else { panic!("{:?}", said.moves_to()) };
    assert_eq!((to.to_string().as_str(), share.0), ("b.reg.example", 1.0));
    watching.monitor.act(OperatorAct::Clear(reg));

    watching.lab.behave("a.reg.example", Behaviour::Refuse).await.unwrap();
    until_held(&mut watching, "b.reg.example").await;
    assert_eq!(bound(&watching.lab).last().map(String::as_str), Some("b.reg.example"));
    let moves: Vec<String> = watching
        .carrier("reg")
        .registration
        .moves()
        .map(|moved| moved.what.said(|host: &Host| host.to_string()))
        .collect();
    assert!(moves[0].contains("a.reg.example to b.reg.example"), "{moves:?}");
    // It does not come back by itself.
    watching.lab.behave("a.reg.example", Behaviour::Answer).await.unwrap();
    watching.monitor.let_go(name("reg"));
    until_held(&mut watching, "a.reg.example").await;
    let (lab, _) = end(watching).await;
    assert_eq!(lab.registers("reg").stars, 0);
}

#[tokio::test]
async fn somebody_else_is_left_alone() {
    let mut watching = {
        let lab =
            Lab::with([plan(Udp, registrar().location(Location::Separate), AccountMode::Hold, 60)]).await.unwrap();
        lab.bind_foreign("b.reg.example", "sip:pbx@192.0.2.77", 600).unwrap();
        Watching::over(lab)
    };
    let stopped = |reg: &CarrierState| matches!(reg.registration.standing(), Standing::Stopped(Stop::Others(_)));
    watching.until_carrier("reg", "it stops", stopped).await;
    assert_eq!(bound(&watching.lab), ["b.reg.example"], "theirs, and nothing else");
    let (lab, left) = end(watching).await;
    assert_eq!((bound(&lab).len(), left.len()), (1, 0));
}

#[tokio::test]
async fn who_observes_tells_the_pin_where_pops_keep_their_own_bindings() {
    for location in [Location::Separate, Location::Shared] {
        let lab = Lab::with([plan(Udp, registrar().location(location), AccountMode::Observe, 60)]).await.unwrap();
        lab.bind_foreign("b.reg.example", "sip:pbx@192.0.2.77", 600).unwrap();
        let mut watching = Watching::over(lab);
        let known = |reg: &CarrierState| matches!(reg.registration.standing(), Standing::Observed(_));
        watching.until_carrier("reg", "a round", known).await;
        let registration = &watching.carrier("reg").registration;
        let pins: Vec<(String, Confidence)> =
            registration.pins().iter().map(|pin| (pin.target.to_string(), pin.confidence)).collect();
        let placement = registration.standing().clone();
        match location {
            Location::Separate => {
                assert_eq!(placement, Standing::Observed(Placement::At(vec!["b.reg.example".parse().unwrap()])));
                assert_eq!(pins, [("b.reg.example".to_owned(), Confidence::Observed)]);
            }
            Location::Shared => {
                assert_eq!(placement, Standing::Observed(Placement::Shared(2)));
                assert_eq!(pins, [], "where it is cannot be told");
            }
        }
        let sent = watching.lab.registers("reg");
        assert_eq!(sent.stars, 0);
        assert_eq!(bound(&watching.lab).iter().filter(|host| *host == "b.reg.example").count(), 1, "nothing changed");
    }
}

#[tokio::test]
async fn a_registrar_wants_longer_bindings_or_none_at_all() {
    let mut longer = watching(plan(Udp, registrar().min_expires(120), AccountMode::Hold, 60)).await;
    until_held(&mut longer, "a.reg.example").await;
    assert_eq!(longer.carrier("reg").registration.pins()[0].granted, Some(Expires::new(120)));
    // A 403 to credentials that were never accepted may be about them.
    let refusals =
        [(registrar().refuses(403, "Forbidden"), true), (registrar().redirects("sip:elsewhere.example"), false)];
    for (registrar, by_credentials) in refusals {
        let mut none = watching(plan(Udp, registrar, AccountMode::Hold, 60)).await;
        let stopped = |reg: &CarrierState| match reg.registration.standing() {
            Standing::Stopped(Stop::Credentials) => by_credentials,
            Standing::Stopped(Stop::Refused(_)) => !by_credentials,
            _ => false,
        };
        none.until_carrier("reg", "it stops", stopped).await;
        assert_eq!(bound(&none.lab), [""; 0]);
    }
}

#[tokio::test]
async fn what_is_not_removed_is_said() {
    let mut watching = watching(plan(Udp, registrar().mute_on_remove(), AccountMode::Hold, 60)).await;
    until_held(&mut watching, "a.reg.example").await;
    let (_, left) = end(watching).await;
    assert_eq!(left, ["a.reg.example"]);
}

#[tokio::test]
async fn it_is_held_over_ipv6() {
    for (over, service) in [(Udp, "_sip._udp"), (Tcp, "_sip._tcp")] {
        let six = HostPlan::new("six.reg.example").speaks([over]).dual_stack();
        let plan = plan(over, registrar().location(Location::Separate), AccountMode::Hold, 60).host(six);
        let plan = plan.zone(&format!("$ORIGIN reg.example.\n{service} 60 SRV 5 50 {over} six"));
        let lab = Lab::with([plan]).await.unwrap();
        let has_ipv6 = lab.host("six.reg.example").iter().any(|host| host.address().is_ipv6());
        let mut watching = Watching::over(lab);
        until_held(&mut watching, "six.reg.example").await;
        let pin = &watching.carrier("reg").registration.pins()[0];
        // Where the machine has no IPv6 the lab has none.
        assert_eq!(pin.endpoint.unwrap().at.is_ipv6(), has_ipv6);
        let contact = pin.contact.as_ref().unwrap().as_str();
        assert_eq!(contact.contains("@[::1]:"), has_ipv6, "{contact}");
        let (lab, left) = end(watching).await;
        assert_eq!((bound(&lab), left), (Vec::new(), Vec::new()), "{over}");
    }
}
