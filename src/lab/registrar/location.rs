//! The location service: which contacts an address of record has, and until when (RFC 3261 10.3).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::contact::Contact;

/// The order in which a client wants its REGISTERs to be taken (RFC 3261 10.2): a Call-ID, and the number in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) call: String,
    pub(super) number: u32,
}

/// Bindings that an address of record may have.
const MOST: usize = 2000;

/// For how long somebody else registers again and again.
const HOUR: Duration = Duration::from_secs(3600);

/// One database, of one host or of several.
#[derive(Default)]
pub(in crate::lab) struct Database(Mutex<BTreeMap<String, Vec<Binding>>>);

/// One binding.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) uri: String,
    pub(super) instance: Option<String>,
    pub(super) reg_id: Option<String>,
    /// Who bound it; none, where it was a test or a plan.
    pub(super) by: Option<(SocketAddr, Turn)>,
    lasts: Lasts,
}

#[derive(Clone, Copy, Debug)]
enum Lasts {
    Until(Instant),
    /// Refreshed when half of the hour is over.
    Kept(Instant),
}

impl Binding {
    /// What is left of it.
    pub(super) fn remaining(&self) -> Duration {
        match self.lasts {
            Lasts::Until(end) => end.saturating_duration_since(Instant::now()),
            Lasts::Kept(since) => {
                let half = HOUR.as_secs() / 2;
                HOUR.saturating_sub(Duration::from_secs(since.elapsed().as_secs() % half))
            }
        }
    }

    /// The same user agent over the same flow (RFC 5626 6), or the same address.
    fn is_of(&self, contact: &Contact) -> bool {
        let flow = contact.instance.is_some() && contact.reg_id.is_some();
        if flow && self.instance == contact.instance && self.reg_id == contact.reg_id {
            return true;
        }
        self.uri == contact.uri
    }
}

impl Database {
    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Binding>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an address of record has; what is over is gone.
    pub(super) fn bindings(&self, record: &str) -> Vec<Binding> {
        let mut all = self.open();
        let Some(own) = all.get_mut(record) else { return Vec::new() };
        own.retain(|binding| !binding.remaining().is_zero());
        own.clone()
    }

    /// All there are.
    pub(super) fn all(&self) -> Vec<Binding> {
        let all = self.open();
        all.values().flatten().filter(|binding| !binding.remaining().is_zero()).cloned().collect()
    }

    /// Whether a REGISTER for this contact comes too late: a later one of its Call-ID was taken (RFC 3261 10.3).
    pub(super) fn is_late(&self, record: &str, contact: &Contact, turn: &Turn) -> bool {
        let later = |(_, last): &(SocketAddr, Turn)| last.call == turn.call && last.number >= turn.number;
        self.bindings(record).iter().any(|known| known.is_of(contact) && known.by.as_ref().is_some_and(later))
    }

    /// Binds a contact for so long; no longer, where that is nothing.
    pub(super) fn bind(&self, record: &str, contact: &Contact, span: Duration, by: Option<(SocketAddr, Turn)>) {
        self.put(record, contact, by, (!span.is_zero()).then(|| Lasts::Until(Instant::now() + span)));
    }

    /// Binds a contact that somebody keeps bound.
    pub(super) fn keep(&self, record: &str, contact: &Contact) {
        self.put(record, contact, None, Some(Lasts::Kept(Instant::now())));
    }

    fn put(&self, record: &str, contact: &Contact, by: Option<(SocketAddr, Turn)>, lasts: Option<Lasts>) {
        let mut all = self.open();
        let own = all.entry(record.to_owned()).or_default();
        own.retain(|binding| !binding.is_of(contact) && !binding.remaining().is_zero());
        if let Some(lasts) = lasts.filter(|_| own.len() < MOST) {
            let Contact { uri, instance, reg_id, .. } = contact.clone();
            own.push(Binding { uri, instance, reg_id, by, lasts });
        }
    }

    /// Forgets what an address of record has.
    pub(super) fn remove(&self, record: &str) {
        self.open().remove(record);
    }

    /// Forgets everything, as a server does that keeps it in memory and starts anew.
    pub(super) fn forget(&self) {
        self.open().clear();
    }
}
