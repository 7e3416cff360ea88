//! What the desk answers, and what is watched then.

use async_trait::async_trait;
use clap::Parser as _;
use tempfile::TempDir;

use super::super::args::Args;
use super::*;
use crate::lab::Scenario;
use crate::model::{Answers, Fact, FactKind, Question, ResolverSpec};
use crate::monitor::{Ask, Habits, Ports, SystemClock};
use crate::store::Places;

/// Nobody answers here.
struct Nobody;

#[async_trait]
impl Ask for Nobody {
    async fn ask(&self, _: &ResolverSpec, _: &Question) -> Answers {
        std::future::pending().await
    }
}

const CARRIERS: &str = r#"
[[carrier]]
name = "acme"
uri = "acme.example"
[carrier.account]
user = "bob"
mode = "observe"

[[carrier]]
name = "plain"
uri = "plain.example"
"#;

struct Stage {
    desk: Desk,
    monitor: Monitor,
    facts: mpsc::Receiver<Fact>,
    home: TempDir,
}

impl Stage {
    fn start(arguments: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("carriers.toml"), CARRIERS).unwrap();
        let store = Store::new(Places { config: home.path().into(), state: home.path().into() });
        let kept = Kept { carriers: store.carriers().good, drills: Vec::new() };
        Self::over(Stock::Saved(store), kept, arguments, home)
    }

    fn over(stock: Stock, kept: Kept, arguments: &[&str], home: TempDir) -> Self {
        let options = Args::try_parse_from([&["trunktop"], arguments].concat()).unwrap().options;
        let desk = Desk::new(stock, kept, &options);
        let (sender, facts) = mpsc::channel(64);
        let clock = Arc::new(SystemClock::start());
        let ports = Ports { ask: Arc::new(Nobody), probe: None, accounts: None, witness: None, clock };
        let monitor = Monitor::start(ports, Habits::default(), desk.as_wanted(), sender);
        Self { desk, monitor, facts, home }
    }

    async fn ask(&mut self, command: Command) -> Reply {
        self.desk.answer(&self.monitor, command).await
    }

    /// The modes of the carriers that are watched next, by name; `-` without an account.
    async fn watched(&mut self) -> String {
        loop {
            if let FactKind::Settings(carriers) = self.facts.recv().await.unwrap().kind {
                let mode = |carrier: &Carrier| carrier.account.as_ref().map_or("-", |account| account.mode.word());
                let modes = carriers.iter().map(|carrier| format!("{} {}", carrier.name, mode(carrier)));
                return modes.collect::<Vec<_>>().join(", ");
            }
        }
    }
}

fn name(raw: &str) -> CarrierName {
    CarrierName::new(raw).unwrap()
}

fn said(reply: Reply) -> String {
    match reply {
        Reply::Done(said) => format!("done: {}", said.unwrap_or_else(|| "-".into())),
        Reply::Refused(why) => format!("refused: {why}"),
    }
}

#[tokio::test]
async fn a_mode_lasts_as_long_as_the_program_and_says_what_it_does() {
    let mut stage = Stage::start(&[]);
    assert_eq!(stage.watched().await, "acme observe, plain -");
    let reply = stage.ask(Command::Account(name("acme"), AccountMode::Hold)).await;
    assert_eq!(
        said(reply),
        format!(
            "done: acme: hold {}; as long as trunktop runs: at the next start carriers.toml has the last word",
            AccountMode::Hold.does()
        )
    );
    assert_eq!(stage.watched().await, "acme hold, plain -");
    // What is edited by hand meanwhile is seen, and the mode stays.
    let file = stage.home.path().join("carriers.toml");
    let edited = CARRIERS.replace("plain", "simple");
    std::fs::write(&file, &edited).unwrap();
    stage.ask(Command::Refresh(None)).await;
    assert_eq!(stage.watched().await, "acme hold, simple -");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited);
    stage.ask(Command::Account(name("acme"), AccountMode::Off)).await;
    assert_eq!(stage.watched().await, "acme off, simple -");
    // Another carrier of this name begins as its file says.
    stage.ask(Command::Remove(name("acme"))).await;
    std::fs::write(&file, CARRIERS).unwrap();
    assert_eq!(stage.watched().await, "simple -");
    stage.ask(Command::Refresh(None)).await;
    assert_eq!(stage.watched().await, "acme observe, plain -");
}

#[tokio::test]
async fn a_mode_is_that_of_an_account_and_not_of_the_next_one() {
    let mut stage = Stage::start(&[]);
    assert_eq!(stage.watched().await, "acme observe, plain -");
    stage.ask(Command::Account(name("acme"), AccountMode::Hold)).await;
    assert_eq!(stage.watched().await, "acme hold, plain -");
    let file = stage.home.path().join("carriers.toml");
    for (other, watched) in [("user = \"alice\"", "acme observe, plain -"), ("user = \"bob\"", "acme hold, plain -")] {
        std::fs::write(&file, CARRIERS.replace("user = \"bob\"", other)).unwrap();
        stage.ask(Command::Refresh(None)).await;
        assert_eq!(stage.watched().await, watched, "{other}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_mode_is_chosen_where_the_command_is_not_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut stage = Stage::start(&[]);
    assert_eq!(stage.watched().await, "acme observe, plain -");
    stage.ask(Command::Account(name("acme"), AccountMode::Hold)).await;
    assert_eq!(stage.watched().await, "acme hold, plain -");
    let file = stage.home.path().join("carriers.toml");
    std::fs::write(&file, CARRIERS.replace("mode", "password_command = [\"pass\"]\nmode")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    stage.ask(Command::Refresh(None)).await;
    assert_eq!(stage.watched().await, "acme off, plain -", "what was chosen before is over, too");
    for mode in [AccountMode::Observe, AccountMode::Hold] {
        let reply = said(stage.ask(Command::Account(name("acme"), mode)).await);
        let begin = "refused: acme stays off: its password_command is not run: others may write ";
        assert!(reply.starts_with(begin), "{reply}");
    }
    assert!(said(stage.ask(Command::Account(name("acme"), AccountMode::Off)).await).starts_with("done: acme: off"));
    // When the file is trusted again, so is what it says.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    stage.ask(Command::Refresh(None)).await;
    assert!(said(stage.ask(Command::Account(name("acme"), AccountMode::Hold)).await).starts_with("done: acme: hold"));
}

#[tokio::test]
async fn what_is_no_account_is_refused() {
    let mut stage = Stage::start(&[]);
    for other in ["plain", "nobody"] {
        let why = format!("refused: {other} has no account; [carrier.account] in carriers.toml gives it one");
        assert_eq!(said(stage.ask(Command::Account(name(other), AccountMode::Observe)).await), why);
        assert_eq!(said(stage.ask(Command::LetGo(name(other))).await), why);
    }
}

#[tokio::test]
async fn what_is_not_held_is_not_let_go_of() {
    let mut stage = Stage::start(&[]);
    let reply = stage.ask(Command::LetGo(name("acme"))).await;
    assert_eq!(said(reply), "refused: acme: no registration is held");
    stage.ask(Command::Account(name("acme"), AccountMode::Hold)).await;
    let reply = stage.ask(Command::LetGo(name("acme"))).await;
    assert_eq!(said(reply), "done: acme: our registration is let go of, and made anew as the engine would");
}

#[tokio::test]
async fn without_probes_no_mode_is_chosen_that_sends() {
    let mut stage = Stage::start(&["--no-probe"]);
    for mode in [AccountMode::Observe, AccountMode::Hold] {
        let reply = stage.ask(Command::Account(name("acme"), mode)).await;
        assert_eq!(said(reply), "refused: with --no-probe nothing is sent for an account; start trunktop without it");
    }
    assert!(said(stage.ask(Command::Account(name("acme"), AccountMode::Off)).await).starts_with("done: acme: off"));
}

#[tokio::test]
async fn in_the_lab_a_mode_lasts_as_long_as_the_lab() {
    let lab = Lab::start(Scenario::Steady).await.unwrap();
    let mut carrier = Carrier::new(name("acme"), "sip:acme.example".parse().unwrap());
    carrier.account = Some(Arc::new(Account::new("bob".parse().unwrap())));
    let kept = Kept { carriers: vec![carrier], drills: Vec::new() };
    let mut stage = Stage::over(Stock::Lab(lab), kept, &[], TempDir::new().unwrap());
    let reply = stage.ask(Command::Account(name("acme"), AccountMode::Observe)).await;
    assert!(said(reply).ends_with("; as long as the lab runs"));
    assert_eq!(stage.watched().await, "acme off");
    assert_eq!(stage.watched().await, "acme observe");
}
