//! What is sent for an account, to whom, and when: over registrars that do as they are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::sleep;
use trunktop::model::{
    Account, AccountId, AccountMode, AccountNews, Binding, Carrier, CarrierName, Endpoint, Expires, FactKind, Granted,
    Instance, Noted, PasswordSource, ProbeResult, Purpose, Raw, RefreshPolicy, Refusal, RefusalMeans, RegisterOutcome,
    RegisterReport, RegisterRequest, Secret, Stop, Text, Why,
};
use trunktop::monitor::{Accounts, Clock as _, Habits, Hold, Holds, Left, Monitor, NotTaken, Register, Secrets};

use super::world::{Time, World, after, carrier, within};

/// `a` is the primary, `b` the backup; TCP, since connections can be lost.
const TREE: &str = "
    _sip._tcp.acme.example 3600 SRV 10 50 5060 a.acme.example
    _sip._tcp.acme.example 3600 SRV 20 50 5060 b.acme.example
    a.acme.example 3600 A 192.0.2.1
    b.acme.example 3600 A 192.0.2.2
";

/// What a registrar says.
#[derive(Clone)]
enum Says {
    /// 200, and it grants so many seconds.
    Grants(u32),
    /// 200, and these contacts are bound besides, by others.
    Lists(&'static str),
    /// 200 to a fetch; nothing, else.
    Mute,
    /// Nothing.
    Silent,
    /// What its certificate is makes us say nothing secret.
    Distrusted,
    /// This code, and what it means.
    Code(u16, RefusalMeans, Option<u64>),
}

/// What was asked, when, of whom.
type Asked = (Duration, String, Purpose);

/// Registrars, by the last octet of their addresses.
struct Registrars {
    time: Arc<Time>,
    say: Mutex<BTreeMap<u8, Says>>,
    asked: Mutex<Vec<Asked>>,
    /// Counts connections that were lost.
    lost: watch::Sender<u64>,
    passwords: Mutex<Result<&'static str, &'static str>>,
    looked_up: Mutex<u32>,
    taken: Arc<Mutex<bool>>,
    noted: Arc<Mutex<Vec<Option<Noted>>>>,
}

impl Registrars {
    fn start(time: &Arc<Time>) -> Arc<Self> {
        Arc::new(Self {
            time: time.clone(),
            say: Mutex::default(),
            asked: Mutex::default(),
            lost: watch::Sender::new(0),
            passwords: Mutex::new(Ok("secret")),
            looked_up: Mutex::default(),
            taken: Arc::default(),
            noted: Arc::default(),
        })
    }

    fn says(&self, who: u8, says: Says) {
        self.say.lock().unwrap().insert(who, says);
    }

    fn lose(&self) {
        self.lost.send_modify(|lost| *lost += 1);
    }

    /// In words, without times: `fetch 1, bind 2`.
    fn asked(&self) -> String {
        let asked = self.asked.lock().unwrap();
        let word = |(_, who, purpose): &Asked| match purpose {
            Purpose::Fetch => format!("fetch {who}"),
            Purpose::Bind(_) => format!("bind {who}"),
            Purpose::Remove => format!("remove {who}"),
        };
        asked.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// Forgets what was asked; what it was.
    fn taken(&self) -> String {
        let asked = self.asked();
        self.asked.lock().unwrap().clear();
        asked
    }

    fn times(&self) -> Vec<Duration> {
        self.asked.lock().unwrap().iter().map(|(at, _, _)| *at).collect()
    }
}

#[async_trait]
impl Register for Registrars {
    async fn register(&self, _: &CarrierName, request: &RegisterRequest) -> RegisterReport {
        let began = self.time.now();
        let who = match request.endpoint.at.ip() {
            std::net::IpAddr::V4(ip) => ip.octets()[3],
            std::net::IpAddr::V6(_) => 0,
        };
        self.asked.lock().unwrap().push((began.mono, who.to_string(), request.purpose));
        let says = self.say.lock().unwrap().get(&who).cloned().unwrap_or(Says::Grants(60));
        let ours = |seconds| Binding {
            contact: "sip:trunktop@192.0.2.9".into(),
            expires: Some(Expires::new(seconds)),
            ours: true,
            instance: None,
            gruu: None,
        };
        let mut bindings = Vec::new();
        if let Says::Lists(contact) = says {
            bindings.push(Binding { contact: contact.into(), ours: false, ..ours(50) });
        }
        if let (Purpose::Bind(_), Says::Grants(_) | Says::Lists(_)) = (request.purpose, &says) {
            bindings.push(ours(if let Says::Grants(seconds) = says { seconds } else { 60 }));
        }
        let mute = matches!(says, Says::Silent) || (matches!(says, Says::Mute) && request.purpose != Purpose::Fetch);
        sleep(if mute { request.patience } else { Duration::from_millis(20) }).await;
        let outcome = match says {
            _ if mute => {
                RegisterOutcome::Failed { result: ProbeResult::Timeout, ours: false, detail: "no answer".into() }
            }
            Says::Distrusted => RegisterOutcome::KeptBack("the certificate is not trusted".into()),
            Says::Code(code, means, retry_after) => {
                let retry_after = retry_after.map(Duration::from_secs);
                RegisterOutcome::Refused(Refusal { code, reason: "said".into(), retry_after, means })
            }
            _ => RegisterOutcome::Done(Granted { listed: bindings.len(), bindings, ..Granted::default() }),
        };
        let at = self.time.now();
        RegisterReport {
            endpoint: request.endpoint,
            target: request.target.clone(),
            purpose: request.purpose,
            at,
            took: at.since(began),
            outcome,
            challenge: None,
            sent: Some(Raw::new(b"REGISTER")),
            heard: None,
        }
    }

    async fn lost(&self, _: &CarrierName, _: Endpoint) -> Text {
        let mut lost = self.lost.subscribe();
        lost.mark_unchanged();
        lost.changed().await.unwrap();
        "the peer closed the connection".into()
    }

    async fn close(&self, _: &CarrierName, _: Endpoint) {}
}

#[async_trait]
impl Secrets for Registrars {
    async fn password(&self, _: &PasswordSource) -> Result<Secret, Text> {
        *self.looked_up.lock().unwrap() += 1;
        self.passwords.lock().unwrap().map(Secret::new).map_err(Text::new)
    }
}

struct Turn(Arc<Mutex<bool>>, Arc<Mutex<Vec<Option<Noted>>>>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = false;
    }
}

impl Hold for Turn {
    fn instance(&self) -> Instance {
        Instance(7)
    }

    fn note(&self, noted: Option<&Noted>) {
        self.1.lock().unwrap().push(noted.cloned());
    }
}

#[async_trait]
impl Holds for Registrars {
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        assert_eq!(account.as_str(), "alice@acme.example");
        if std::mem::replace(&mut *self.taken.lock().unwrap(), true) {
            return Err(NotTaken::Elsewhere(self.noted.lock().unwrap().last().cloned().flatten()));
        }
        Ok(Box::new(Turn(self.taken.clone(), self.noted.clone())))
    }
}

fn with_account(mode: AccountMode, also: impl FnOnce(&mut Account)) -> Arc<Carrier> {
    let mut carrier = Carrier::clone(&carrier("acme"));
    carrier.uri = "sip:acme.example;transport=tcp".parse().unwrap();
    carrier.engine = Some("baresip".into());
    let mut account = Account::new("alice".parse().unwrap());
    (account.mode, account.expires) = (mode, Expires::new(60));
    account.password = Some(PasswordSource::Environment("PASSWORD".into()));
    also(&mut account);
    carrier.account = Some(Arc::new(account));
    Arc::new(carrier)
}

fn world(zone: &str, carrier: &Arc<Carrier>) -> (World, Arc<Registrars>) {
    let mut kept = None;
    let takes = Duration::from_millis(10);
    let world = World::registering(zone, Habits::default(), vec![carrier.clone()], false, takes, |time| {
        let registrars = kept.insert(Registrars::start(time)).clone();
        Some(Accounts { register: registrars.clone(), secrets: registrars.clone(), holds: registrars })
    });
    (world, kept.unwrap())
}

fn holding(zone: &str) -> (World, Arc<Registrars>) {
    world(zone, &with_account(AccountMode::Hold, |_| {}))
}

impl World {
    fn news(&self) -> Vec<&AccountNews> {
        let news = self.log.iter().filter_map(|fact| match &fact.kind {
            FactKind::Account { news, .. } => Some(news),
            _ => None,
        });
        news.collect()
    }
}

/// Ends, and says what is left.
async fn end(monitor: Monitor) -> Vec<Left> {
    monitor.end(Duration::from_secs(2)).await
}

#[tokio::test(start_paused = true)]
async fn who_holds_looks_first_and_then_refreshes_where_it_landed() {
    let (mut world, registrars) = holding(TREE);
    world.run(30).await;
    assert_eq!(registrars.asked(), "fetch 1, fetch 2, bind 1");
    world.run(600).await;
    let asked = registrars.taken();
    assert!(asked.ends_with("bind 1, bind 1, bind 1") && !asked.contains("bind 2"), "{asked}");
    let noted = registrars.noted.lock().unwrap().last().cloned().flatten().unwrap();
    assert_eq!(noted.target.to_string(), "a.acme.example");
    assert_eq!(end(world.monitor).await, []);
    assert_eq!(registrars.asked(), "remove 1");
    assert_eq!(registrars.noted.lock().unwrap().last(), Some(&None), "nobody else is told that it is held");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_comes_before_the_end_and_not_much_too_soon() {
    let (mut world, registrars) = holding(TREE);
    registrars.says(1, Says::Grants(100));
    world.run(2).await;
    registrars.taken();
    world.run(1000).await;
    let times = registrars.times();
    let spans: Vec<f64> = times.windows(2).map(|pair| after(pair[1], pair[0])).collect();
    within(&spans, 50.0, 91.0, 10);
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_binding_is_left_alone_by_all_means() {
    for (who, asked) in [(1, "fetch 1"), (2, "fetch 1, fetch 2")] {
        let (mut world, registrars) = holding(TREE);
        registrars.says(who, Says::Lists("sip:pbx@192.0.2.77"));
        world.run(3600).await;
        assert_eq!(registrars.taken(), asked);
        assert_eq!(world.news(), [&AccountNews::Stopped(Stop::Others(vec!["sip:pbx@192.0.2.77".into()]))]);
        // It is gone, and the operator asks again.
        registrars.says(who, Says::Grants(60));
        world.monitor.refresh(Some(carrier("acme").name.clone()));
        world.run(10).await;
        assert_eq!(registrars.asked(), "fetch 1, fetch 2, bind 1");
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_drives_us_out() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.taken();
    registrars.says(1, Says::Lists("sip:pbx@192.0.2.77"));
    world.run(3600).await;
    assert_eq!(registrars.taken(), "bind 1, remove 1");
    assert!(matches!(world.news()[..], [AccountNews::Stopped(Stop::Others(_))]));
    assert_eq!(end(world.monitor).await, []);
    assert_eq!(registrars.asked(), "", "there is nothing left to remove");
}

#[tokio::test(start_paused = true)]
async fn beside_others_it_is_held_where_the_settings_spell_that_out() {
    let (mut world, registrars) = world(TREE, &with_account(AccountMode::Hold, |account| account.beside_others = true));
    registrars.says(1, Says::Lists("sip:pbx@192.0.2.77"));
    world.run(30).await;
    assert_eq!(registrars.asked(), "fetch 1, fetch 2, bind 1");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_once_and_nowhere_else() {
    for mode in [AccountMode::Hold, AccountMode::Observe] {
        let (mut world, registrars) = world(TREE, &with_account(mode, |_| {}));
        registrars.says(1, Says::Code(403, RefusalMeans::WrongCredentials, None));
        registrars.says(2, Says::Code(403, RefusalMeans::WrongCredentials, None));
        world.run(1800).await;
        assert_eq!(registrars.taken(), "fetch 1");
        assert_eq!(world.news(), [&AccountNews::Stopped(Stop::Credentials)]);
        // Whoever refreshes all of them does not mean this one, and who hits the key ten times means it once.
        world.monitor.refresh(None);
        world.run(1800).await;
        assert_eq!(registrars.taken(), "");
        (0..10).for_each(|_| world.monitor.refresh(Some(carrier("acme").name.clone())));
        world.run(1800).await;
        assert_eq!(registrars.taken(), "fetch 1");
        assert_eq!(*registrars.looked_up.lock().unwrap(), 2, "it may have been changed meanwhile");
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_cannot_be_had_is_one_notice() {
    for mode in [AccountMode::Hold, AccountMode::Observe] {
        let mut kept = None;
        let carrier = with_account(mode, |_| {});
        let takes = Duration::from_millis(10);
        let mut world = World::registering(TREE, Habits::default(), vec![carrier], false, takes, |time| {
            let registrars = kept.insert(Registrars::start(time)).clone();
            *registrars.passwords.lock().unwrap() = Err("pass ended with 1");
            Some(Accounts { register: registrars.clone(), secrets: registrars.clone(), holds: registrars })
        });
        let registrars = kept.unwrap();
        world.run(1800).await;
        assert_eq!((registrars.taken(), *registrars.looked_up.lock().unwrap()), (String::new(), 1));
        assert_eq!(world.news(), [&AccountNews::Stopped(Stop::NoPassword("pass ended with 1".into()))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_dies_is_left_for_the_next_that_the_engine_has() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.taken();
    registrars.says(1, Says::Silent);
    world.run(100).await;
    // It is looked at before it is bound at.
    assert_eq!(registrars.taken(), "bind 1, fetch 2, bind 2, bind 2");
    // It does not come back by itself: it is refreshed where it is.
    registrars.says(1, Says::Grants(60));
    world.run(600).await;
    assert!(!registrars.taken().contains('1'));
    world.monitor.let_go(carrier("acme").name.clone());
    world.run(10).await;
    assert_eq!(registrars.taken(), "remove 2, fetch 1, bind 1");
    assert_eq!(world.news(), [&AccountNews::LetGo(Why::ByHand)]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_ends_it_at_once() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.taken();
    registrars.says(1, Says::Silent);
    registrars.lose();
    world.run(1).await;
    assert!(matches!(world.news()[..], [AccountNews::Lost(..)]), "{:?}", world.news());
    assert_eq!(registrars.asked(), "bind 1");
    world.run(60).await;
    // The backup is tried when the engine's own patience with the primary is over.
    assert_eq!(registrars.taken(), "bind 1, fetch 2, bind 2");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_left_dns_is_left_after_the_grace_time() {
    let (mut world, registrars) = holding(&TREE.replace("3600 SRV", "20 SRV"));
    world.run(10).await;
    registrars.taken();
    world.change("_sip._tcp.acme.example 20 SRV 10 50 5060 a.acme.example", "");
    world.run(200).await;
    assert!(registrars.taken().split(", ").all(|asked| asked == "bind 1"), "not before the grace time is over");
    world.run(200).await;
    let asked = registrars.taken();
    assert!(asked.contains("remove 1, fetch 2, bind 2"), "{asked}");
    assert_eq!(world.news(), [&AccountNews::LetGo(Why::LeftDns)]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_tried_ever_more_rarely_and_retry_after_is_kept() {
    let (mut world, registrars) = holding(TREE);
    registrars.says(1, Says::Mute);
    registrars.says(2, Says::Code(503, RefusalMeans::Plain, Some(900)));
    world.run(30_000).await;
    let asked = registrars.asked.lock().unwrap();
    let binds: Vec<Duration> = asked.iter().filter(|(_, who, _)| who == "2").map(|(at, _, _)| *at).collect();
    let spans: Vec<f64> = binds.windows(2).map(|pair| after(pair[1], pair[0])).collect();
    within(&spans, 900.0, 3700.0, 8);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_followed_within_the_tree_and_not_out_of_it() {
    let to = |uri: &str| RefusalMeans::Elsewhere(vec![uri.parse().unwrap()]);
    let inside = ("sip:b.acme.example", "fetch 1, fetch 2, fetch 1, bind 2");
    let outside = ("sip:evil.example", "fetch 1, fetch 2, fetch 1");
    for ((uri, asked), follows) in [(inside, true), (outside, false)] {
        let (mut world, registrars) = holding(TREE);
        registrars.says(1, Says::Code(302, to(uri), None));
        world.run(30).await;
        assert_eq!(registrars.asked(), asked);
        let stopped = world.news().iter().any(|news| matches!(news, AccountNews::Stopped(Stop::Refused(_))));
        assert_eq!(stopped, !follows, "{:?}", world.news());
    }
    let (mut world, registrars) = holding(TREE);
    registrars.says(1, Says::Code(305, to("sip:b.acme.example"), None));
    world.run(30).await;
    assert_eq!(registrars.asked(), "fetch 1, fetch 2, fetch 1", "a proxy is not used for a word of theirs");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_removed_is_told() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.says(1, Says::Silent);
    let began = world.now();
    let time = world.time.clone();
    let left = end(world.monitor).await;
    assert!(after(time.now().mono, began) <= 2.1);
    let [Left { carrier, target, until, .. }] = &left[..] else { panic!("{left:?}") };
    assert_eq!((carrier.as_str(), target.to_string().as_str()), ("acme", "a.acme.example"));
    assert!(until.mono > began);
}

#[tokio::test(start_paused = true)]
async fn one_holds_and_others_read_until_they_can() {
    let (mut first, registrars) = holding(TREE);
    first.run(10).await;
    let mut second = World::registering(
        TREE,
        Habits::default(),
        vec![with_account(AccountMode::Hold, |_| {})],
        false,
        Duration::from_millis(10),
        |_| Some(Accounts { register: registrars.clone(), secrets: registrars.clone(), holds: registrars.clone() }),
    );
    registrars.taken();
    second.run(5).await;
    assert_eq!(registrars.taken(), "");
    let [AccountNews::Elsewhere(Some(noted))] = second.news()[..] else { panic!("{:?}", second.news()) };
    assert_eq!(noted.target.to_string(), "a.acme.example");
    assert_eq!(end(first.monitor).await, []);
    second.run(5).await;
    assert_eq!(registrars.taken(), "remove 1, fetch 1, fetch 2, bind 1");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_changes_is_bound_anew_and_the_old_binding_is_removed() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.taken();
    world.monitor.watch(vec![with_account(AccountMode::Hold, |account| account.expires = Expires::new(120))]);
    world.run(5).await;
    // One after the other: it is never held twice.
    assert_eq!(registrars.taken(), "remove 1, fetch 1, fetch 2, bind 1");
    world.monitor.watch(vec![with_account(AccountMode::Observe, |_| {})]);
    world.run(5).await;
    assert_eq!(registrars.taken(), "remove 1, fetch 1, fetch 2");
    assert_eq!(world.news(), [&AccountNews::Round]);
}

#[tokio::test(start_paused = true)]
async fn who_observes_asks_each_pop_in_turn_and_binds_nothing() {
    let tree = format!(
        "{TREE}
        _sip._tcp.acme.example 3600 SRV 20 50 5060 c.acme.example
        c.acme.example 3600 A 192.0.2.3"
    );
    let mut carrier = Carrier::clone(&with_account(AccountMode::Observe, |_| {}));
    let backup =
        |name: &str| trunktop::model::PopRule { name: "west".into(), pattern: trunktop::model::Pattern::new(name) };
    carrier.pops = vec![backup("b"), backup("c")];
    let (mut world, registrars) = world(&tree, &Arc::new(carrier));
    world.run(30).await;
    // Of a POP one is enough, if it answers.
    assert_eq!(registrars.taken(), "fetch 1, fetch 2");
    registrars.says(2, Says::Silent);
    world.run(60).await;
    assert_eq!(registrars.taken(), "fetch 1, fetch 2, fetch 3");
    assert_eq!(world.news(), [&AccountNews::Round; 2]);
    assert_eq!(end(world.monitor).await, []);
    assert_eq!(registrars.asked(), "");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_off_is_not_touched() {
    let (mut world, registrars) = world(TREE, &with_account(AccountMode::Off, |_| {}));
    world.run(3600).await;
    assert_eq!((registrars.asked(), *registrars.looked_up.lock().unwrap()), (String::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_registrar_that_closes_after_each_answer_is_not_stormed() {
    let (mut world, registrars) = holding(TREE);
    for _ in 0..600 {
        world.run(1).await;
        registrars.lose();
    }
    let binds = registrars.asked().matches("bind").count();
    assert!((2..15).contains(&binds), "{binds} in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn who_asks_to_be_left_alone_is_not_asked_at_all() {
    let busy = || Says::Code(503, RefusalMeans::Plain, Some(900));
    // At a look, too.
    let (mut world, registrars) = holding(TREE);
    registrars.says(1, busy());
    registrars.says(2, busy());
    world.run(800).await;
    assert_eq!(registrars.asked(), "fetch 1, fetch 2");
    // At a refresh: the other takes it, and the first is let alone although it runs out.
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.says(2, busy());
    registrars.says(1, busy());
    registrars.taken();
    world.run(700).await;
    assert_eq!(registrars.taken(), "bind 1, fetch 2");
    registrars.says(1, Says::Grants(60));
    registrars.says(2, Says::Grants(60));
    world.run(500).await;
    assert!(registrars.taken().starts_with("fetch 1, bind 1, bind 1"));
    // Where it is only looked.
    let (mut world, registrars) = self::world(TREE, &with_account(AccountMode::Observe, |_| {}));
    registrars.says(1, busy());
    world.run(800).await;
    assert_eq!(registrars.asked().matches("fetch 1").count(), 1);
    assert!(registrars.asked().matches("fetch 2").count() > 10);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_bound_where_nobody_may_see_who_is() {
    for code in [403, 480, 500] {
        let (mut world, registrars) = holding(TREE);
        registrars.says(1, Says::Code(code, RefusalMeans::Plain, None));
        registrars.says(2, Says::Code(code, RefusalMeans::Plain, None));
        world.run(300).await;
        assert!(!registrars.asked().contains("bind"), "{code}: {}", registrars.asked());
    }
    let beside = with_account(AccountMode::Hold, |account| account.beside_others = true);
    let (mut world, registrars) = world(TREE, &beside);
    registrars.says(1, Says::Code(403, RefusalMeans::Plain, None));
    world.run(300).await;
    assert!(registrars.asked().contains("bind 1"), "{}", registrars.asked());
}

#[tokio::test(start_paused = true)]
async fn what_is_granted_for_a_moment_or_not_at_all_is_no_registration() {
    for seconds in [0, 1, 9] {
        let (mut world, registrars) = holding(TREE);
        registrars.says(1, Says::Grants(seconds));
        registrars.says(2, Says::Grants(seconds));
        world.run(3600).await;
        assert_eq!(registrars.noted.lock().unwrap().iter().flatten().count(), 0, "{seconds}");
        assert!(registrars.asked().matches("bind").count() < 20, "{seconds}: {}", registrars.asked());
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_under_way_is_waited_for_at_the_end() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.says(1, Says::Silent);
    world.monitor.watch(vec![with_account(AccountMode::Off, |_| {})]);
    let left = end(world.monitor).await;
    assert_eq!(left.iter().map(|left| left.target.to_string()).collect::<Vec<_>>(), ["a.acme.example"]);
}

#[tokio::test(start_paused = true)]
async fn a_bind_that_was_never_answered_is_removed_at_the_end_all_the_same() {
    let (mut world, registrars) = holding(TREE);
    world.run(10).await;
    registrars.says(1, Says::Silent);
    world.run(100).await;
    registrars.says(1, Says::Grants(60));
    registrars.taken();
    assert_eq!(end(world.monitor).await, []);
    let removed = registrars.asked();
    assert!(removed.contains("remove 1") && removed.contains("remove 2"), "{removed}");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_secret_may_go_the_next_is_tried() {
    let (mut world, registrars) = holding(TREE);
    registrars.says(1, Says::Distrusted);
    world.run(30).await;
    assert_eq!(registrars.taken(), "fetch 1, fetch 2, fetch 1, bind 2");
    assert_eq!(world.news(), [] as [&AccountNews; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_is_where_a_refresh_is_drawn_to_drives_us_out_of_where_we_are() {
    let drawn = with_account(AccountMode::Hold, |account| account.refresh = RefreshPolicy::Engine);
    let drawn = Arc::new(Carrier { engine: Some("asterisk".into()), ..Carrier::clone(&drawn) });
    let (mut world, registrars) = world(&TREE.replace("SRV 20", "SRV 10"), &drawn);
    world.run(2).await;
    let held = if registrars.taken().ends_with("bind 1") { 1 } else { 2 };
    let other = 3 - held;
    registrars.says(other, Says::Lists("sip:pbx@192.0.2.77"));
    world.run(3600).await;
    let asked = registrars.taken();
    assert!(asked.ends_with(&format!("fetch {other}, remove {held}")), "{asked}");
    assert!(matches!(world.news()[..], [AccountNews::Stopped(Stop::Others(_))]));
    assert_eq!(end(world.monitor).await, []);
    assert_eq!(registrars.asked(), "");
}
