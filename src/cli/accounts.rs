//! The monitor's ports to accounts and to sources of pins, over the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::model::{AccountId, CommandLine, Instance, Noted, PasswordSource, Secret, Text};
use crate::monitor::{Hold, Holds, NotTaken, Secrets};
use crate::pbx;
use crate::store::{self, Held, NotHeld, Store};

/// The most that a source of pins may print, in bytes.
const PRINTED: usize = 1 << 20;

/// Passwords from where people keep them.
pub(super) struct Passwords;

#[async_trait]
impl Secrets for Passwords {
    async fn password(&self, source: &PasswordSource) -> Result<Secret, Text> {
        store::password(source).await.map_err(|why| Text::new(&why.to_string()))
    }
}

/// Runs commands of the carriers file.
pub(super) struct Commands;

#[async_trait]
impl pbx::Run for Commands {
    async fn run(&self, command: &CommandLine, patience: Duration) -> Result<Vec<u8>, Text> {
        store::run(command, patience, PRINTED).await.map_err(|why| Text::new(&why.to_string()))
    }
}

/// Accounts that one process of this machine holds at a time, and in it one carrier.
pub(super) struct Locks {
    store: Store,
    here: Here,
    /// Taken until what is noted of an account is written, and its lock released.
    written: Mutex<BTreeMap<AccountId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Locks {
    pub(super) fn new(store: Store) -> Self {
        Self { store, here: Here::default(), written: Mutex::default() }
    }

    fn written(&self, account: &AccountId) -> Arc<tokio::sync::Mutex<()>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).entry(account.clone()).or_default().clone()
    }
}

#[async_trait]
impl Holds for Locks {
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        let turn = self.here.take(account)?;
        let written = self.written(account).lock_owned().await;
        let (store, account) = (self.store.clone(), account.clone());
        match tokio::task::spawn_blocking(move || store.hold(&account)).await {
            Ok(Ok(held)) => {
                let (notes, told) = watch::channel(None);
                let instance = held.instance();
                tokio::spawn(async move {
                    write(Arc::new(held), told).await;
                    drop(written);
                });
                Ok(Box::new(Locked { instance, notes, _turn: turn }))
            }
            Ok(Err(NotHeld::Elsewhere(noted))) => Err(NotTaken::Elsewhere(noted)),
            Ok(Err(unusable)) => Err(NotTaken::Unusable(Text::new(&unusable.to_string()))),
            Err(why) => Err(NotTaken::Unusable(Text::new(&why.to_string()))),
        }
    }
}

/// An account that this process holds by a file.
struct Locked {
    instance: Instance,
    notes: watch::Sender<Option<Noted>>,
    _turn: Turn,
}

impl Hold for Locked {
    fn instance(&self) -> Instance {
        self.instance
    }

    fn note(&self, noted: Option<&Noted>) {
        self.notes.send_replace(noted.cloned());
    }
}

/// Writes what is noted, the last of it too, as long as there is somebody to note anything; then the lock is released.
///
/// The disk may take its time: nobody waits for it but this. Where the program ends before this does, dropping `held`
/// takes the note away.
async fn write(held: Arc<Held>, mut told: watch::Receiver<Option<Noted>>) {
    while told.changed().await.is_ok() {
        let noted = told.borrow_and_update().clone();
        let held = held.clone();
        let written = tokio::task::spawn_blocking(move || held.note(noted.as_ref()));
        if let Ok(Err(why)) = written.await {
            tracing::warn!(%why, "where an account is registered was not written down for others");
        }
    }
    // However it ended, it is let go of.
    drop(tokio::task::spawn_blocking(move || drop(held)).await);
}

/// The lab's accounts: nobody but this process knows its registrars, and nothing is left of them.
#[derive(Default)]
pub(super) struct Alone {
    here: Here,
    instances: Mutex<BTreeMap<AccountId, Instance>>,
}

#[async_trait]
impl Holds for Alone {
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        let turn = self.here.take(account)?;
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        let instance = *instances.entry(account.clone()).or_insert_with(|| Instance(rand::random()));
        Ok(Box::new(OfLab { instance, _turn: turn }))
    }
}

struct OfLab {
    instance: Instance,
    _turn: Turn,
}

impl Hold for OfLab {
    fn instance(&self) -> Instance {
        self.instance
    }

    fn note(&self, _: Option<&Noted>) {}
}

/// The accounts that carriers of this process hold.
#[derive(Clone, Default)]
struct Here(Arc<Mutex<BTreeSet<AccountId>>>);

impl Here {
    fn take(&self, account: &AccountId) -> Result<Turn, NotTaken> {
        if !self.held().insert(account.clone()) {
            return Err(NotTaken::Ours);
        }
        Ok(Turn { here: self.clone(), account: account.clone() })
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<AccountId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them, until this is dropped.
struct Turn {
    here: Here,
    account: AccountId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.here.held().remove(&self.account);
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::model::{Account, Endpoint, Expires, SipUri};
    use crate::store::Places;

    fn id(user: &str) -> AccountId {
        let uri: SipUri = "sip:acme.example".parse().unwrap();
        AccountId::of(&Account::new(user.parse().unwrap()), &uri)
    }

    fn noted(port: u16) -> Noted {
        Noted {
            target: "pop-1.acme.example".parse().unwrap(),
            endpoint: Endpoint { transport: "udp".parse().unwrap(), at: ([192, 0, 2, 7], port).into() },
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
            until: "2026-01-02T03:09:05Z".parse().unwrap(),
            granted: Expires::new(300),
        }
    }

    fn home() -> (TempDir, Places) {
        let home = TempDir::new().unwrap();
        let places = Places { config: home.path().into(), state: home.path().join("state") };
        (home, places)
    }

    /// That one carrier holds it at a time, and that it is free when that one lets go.
    async fn assert_one_at_a_time(holds: &dyn Holds) {
        let held = holds.take(&id("bob")).await.ok().unwrap();
        let instance = held.instance();
        assert_ne!(instance, Instance::default());
        assert_eq!(holds.take(&id("bob")).await.err(), Some(NotTaken::Ours));
        let another = holds.take(&id("alice")).await.ok().unwrap();
        assert_ne!(another.instance(), instance);
        for _ in 0..20 {
            held.note(Some(&noted(5060)));
        }
        drop(held);
        // At once: what it has still to write is waited for.
        assert_eq!(holds.take(&id("bob")).await.ok().unwrap().instance(), instance, "the same whenever it is taken");
    }

    #[tokio::test]
    async fn an_account_is_held_once_in_a_process() {
        let (_home, places) = home();
        assert_one_at_a_time(&Locks::new(Store::new(places))).await;
        assert_one_at_a_time(&Alone::default()).await;
    }

    #[tokio::test]
    async fn an_account_is_held_once_on_a_machine_and_others_read_where() {
        let (_home, places) = home();
        let [one, other] = [(); 2].map(|()| Locks::new(Store::new(places.clone())));
        let held = one.take(&id("bob")).await.ok().unwrap();
        let instance = held.instance();
        assert_eq!(other.take(&id("bob")).await.err(), Some(NotTaken::Elsewhere(None)));
        for port in 5060..5080 {
            held.note(Some(&noted(port)));
        }
        let last = NotTaken::Elsewhere(Some(noted(5079)));
        let reads = async { while other.take(&id("bob")).await.err() != Some(last.clone()) {} };
        tokio::time::timeout(std::time::Duration::from_secs(20), reads).await.unwrap();
        drop(held);
        let takes = async {
            loop {
                match other.take(&id("bob")).await {
                    Ok(held) => return held.instance(),
                    Err(why) => assert!(matches!(why, NotTaken::Elsewhere(_)), "{why:?}"),
                }
            }
        };
        assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(20), takes).await.unwrap(), instance);
    }

    #[test]
    fn a_program_that_ends_leaves_no_note_and_no_lock() {
        let (_home, places) = home();
        let locks = Locks::new(Store::new(places.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let held = runtime.block_on(locks.take(&id("bob"))).ok().unwrap();
        held.note(Some(&noted(5060)));
        drop(held);
        drop(runtime);
        let left = std::fs::read_dir(places.state.join("accounts")).unwrap().map(|entry| entry.unwrap().path());
        let mut ends: Vec<String> = left.map(|path| path.extension().unwrap().to_string_lossy().into_owned()).collect();
        ends.sort();
        assert_eq!(ends, ["instance", "lock"]);
        assert!(Store::new(places).hold(&id("bob")).is_ok());
    }

    #[tokio::test]
    async fn where_no_lock_can_be_it_is_said() {
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("accounts"), "").unwrap();
        let locks = Locks::new(Store::new(Places { config: home.path().into(), state: home.path().into() }));
        for _ in 0..2 {
            let why = locks.take(&id("bob")).await.err();
            assert!(
                matches!(&why, Some(NotTaken::Unusable(why)) if why.as_str().contains("cannot be used")),
                "{why:?}"
            );
        }
    }
}
