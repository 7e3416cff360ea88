//! The monitor's ports to accounts and to sources of pins, over the store.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

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

/// Accounts that one process of this machine holds at a time.
pub(super) struct Locks(pub Store);

#[async_trait]
impl Holds for Locks {
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        let (store, account) = (self.0.clone(), account.clone());
        match tokio::task::spawn_blocking(move || store.hold(&account)).await {
            Ok(Ok(held)) => Ok(Box::new(held)),
            Ok(Err(NotHeld::Elsewhere(noted))) => Err(NotTaken::Elsewhere(noted)),
            Ok(Err(unusable)) => Err(NotTaken::Unusable(Text::new(&unusable.to_string()))),
            Err(why) => Err(NotTaken::Unusable(Text::new(&why.to_string()))),
        }
    }
}

impl Hold for Held {
    fn instance(&self) -> Instance {
        Self::instance(self)
    }

    fn note(&self, noted: Option<&Noted>) {
        if let Err(why) = Self::note(self, noted) {
            tracing::warn!(%why, "where an account is registered was not written down for others");
        }
    }
}

/// The lab's accounts: nobody but this process knows its registrars, and nothing is left of them.
#[derive(Default)]
pub(super) struct Alone(Arc<Mutex<BTreeSet<AccountId>>>);

#[async_trait]
impl Holds for Alone {
    async fn take(&self, account: &AccountId) -> Result<Box<dyn Hold>, NotTaken> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.insert(account.clone()) {
            return Err(NotTaken::Elsewhere(None));
        }
        Ok(Box::new(HeldHere { all: self.0.clone(), account: account.clone(), instance: Instance(rand::random()) }))
    }
}

struct HeldHere {
    all: Arc<Mutex<BTreeSet<AccountId>>>,
    account: AccountId,
    instance: Instance,
}

impl Hold for HeldHere {
    fn instance(&self) -> Instance {
        self.instance
    }

    fn note(&self, _: Option<&Noted>) {}
}

impl Drop for HeldHere {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.account);
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::model::{Account, SipUri};
    use crate::store::Places;

    fn id(user: &str) -> AccountId {
        let uri: SipUri = "sip:acme.example".parse().unwrap();
        AccountId::of(&Account::new(user.parse().unwrap()), &uri)
    }

    /// That one holds it at a time, and that it is free when that one lets go.
    async fn assert_one_at_a_time(one: &dyn Holds, other: &dyn Holds) {
        let held = one.take(&id("bob")).await.ok().unwrap();
        assert_ne!(held.instance(), Instance::default());
        assert_eq!(other.take(&id("bob")).await.err(), Some(NotTaken::Elsewhere(None)));
        let another = other.take(&id("alice")).await.ok().unwrap();
        assert_ne!(another.instance(), held.instance());
        drop(held);
        assert!(other.take(&id("bob")).await.is_ok());
    }

    #[tokio::test]
    async fn an_account_is_held_once_wherever_it_is_kept() {
        let home = TempDir::new().unwrap();
        let places = Places { config: home.path().into(), state: home.path().join("state") };
        let locks = || Locks(Store::new(places.clone()));
        assert_one_at_a_time(&locks(), &locks()).await;
        let alone = Alone::default();
        assert_one_at_a_time(&alone, &alone).await;
    }

    #[tokio::test]
    async fn where_no_lock_can_be_it_is_said() {
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("accounts"), "").unwrap();
        let places = Places { config: home.path().into(), state: home.path().into() };
        let why = Locks(Store::new(places)).take(&id("bob")).await.err();
        assert!(matches!(&why, Some(NotTaken::Unusable(why)) if why.as_str().contains("cannot be used")), "{why:?}");
    }
}
