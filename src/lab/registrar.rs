//! The registrar at a host of the lab (RFC 3261 10.3): who may register, what is bound, and what is said of it.

mod contact;
mod digest;
mod guard;
mod location;
mod nonces;
mod plan;

pub use plan::{Algorithm, Location, Nonces, Qop, RegistrarPlan};

pub(super) use location::Database;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thiserror::Error;

use crate::model::{AuthUserError, Host, Name, NameError, SipUri, Text};
use crate::sip::{Message, Start};

use contact::{Contact, Contacts};
use digest::quote;
use guard::Admission;
use location::{Binding, Turn};
use nonces::Book;
use plan::{Manner, User};

/// How many answers it knows again when their request is sent again (RFC 3261 17.2.2).
const ANSWERED: usize = 64;

/// How long a binding is meant to last where nobody says so (RFC 3261 10.2.1.1), in seconds.
const UNSAID: u32 = 3600;

/// The REGISTERs that a carrier of the lab was sent. What was sent again over UDP counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// With credentials, right or wrong.
    pub with_credentials: u64,
    /// Those of them whose password was wrong.
    pub wrong: u64,
    /// Without credentials.
    pub without: u64,
    /// `Contact: *`, which removes the bindings of everybody (RFC 3261 10.2.2).
    pub stars: u64,
}

impl std::ops::Add for Registers {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            with_credentials: self.with_credentials + other.with_credentials,
            wrong: self.wrong + other.wrong,
            without: self.without + other.without,
            stars: self.stars + other.stars,
        }
    }
}

/// A binding, as one of the hosts knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The host.
    pub host: Name,
    /// The URI that is bound.
    pub contact: Text,
    /// What is left of it.
    pub remaining: Duration,
    /// Where its REGISTER came from; none, where no REGISTER bound it.
    pub from: Option<SocketAddr>,
}

/// The registrar of one host, at all its addresses.
pub(super) struct Registrar {
    host: Name,
    /// What it is responsible for; the first is its realm.
    domains: Vec<Host>,
    plan: RegistrarPlan,
    database: Arc<Database>,
    books: Mutex<Books>,
}

/// What it remembers of requests.
#[derive(Default)]
struct Books {
    nonces: Book,
    answered: VecDeque<(Vec<u8>, Option<Message>)>,
    counts: Registers,
}

/// Makes an answer to the request of a code and a reason phrase.
type Say<'s> = &'s dyn Fn(u16, &str) -> Message;

impl Registrar {
    /// Of a host of a carrier that is responsible for these domains.
    ///
    /// # Errors
    /// A contact that is kept, where it cannot be read.
    pub(super) fn new(
        host: Name,
        domains: Vec<Host>,
        plan: RegistrarPlan,
        database: Arc<Database>,
    ) -> Result<Self, RegistrarError> {
        let registrar = Self { host, domains, plan, database, books: Mutex::default() };
        let kept = registrar.plan.kept_at(&registrar.host).map_err(|(name, why)| RegistrarError::Host(name, why))?;
        for written in kept {
            registrar.database.keep(&registrar.first_record()?, &read(written)?);
        }
        Ok(registrar)
    }

    /// The name of its host.
    pub(super) const fn host(&self) -> &Name {
        &self.host
    }

    /// What it was sent.
    pub(super) fn registers(&self) -> Registers {
        self.open().counts
    }

    /// What it knows.
    pub(super) fn located(&self) -> impl Iterator<Item = Located> {
        self.database.all().into_iter().map(|binding| Located {
            host: self.host.clone(),
            contact: Text::new(&binding.uri),
            remaining: binding.remaining(),
            from: binding.by.as_ref().map(|(from, _)| *from),
        })
    }

    /// Binds what somebody else would, as the first of the users.
    pub(super) fn bind_foreign(&self, written: &str, span: Duration) -> Result<(), RegistrarError> {
        self.database.bind(&self.first_record()?, &read(written)?, span, None);
        Ok(())
    }

    /// Forgets all bindings.
    pub(super) fn forget(&self) {
        self.database.forget();
    }

    /// What a REGISTER gets; none where it gets nothing.
    pub(super) fn answer(&self, request: &Message, source: SocketAddr, say: Say<'_>) -> Option<Message> {
        let identity = ["Via", "Call-ID", "CSeq"].map(|name| request.value(name).unwrap_or_default()).join(&b'\n');
        let mut books = self.open();
        if let Some((_, answered)) = books.answered.iter().find(|(known, _)| *known == identity) {
            return answered.clone();
        }
        let answer = self.process(&mut books, request, source, say);
        if books.answered.len() == ANSWERED {
            books.answered.pop_front();
        }
        books.answered.push_back((identity, answer.clone()));
        answer
    }

    fn process(&self, books: &mut Books, request: &Message, source: SocketAddr, say: Say<'_>) -> Option<Message> {
        let contacts = Contacts::read(request.values("Contact"));
        if request.value(self.credentials_header()).is_some() {
            books.counts.with_credentials += 1;
        } else {
            books.counts.without += 1;
        }
        books.counts.stars += u64::from(contacts == Some(Contacts::Star));
        let Some(contacts) = contacts else { return Some(say(400, "Bad Contact")) };
        let unsaid = expires_header(request);
        let removes = match &contacts {
            Contacts::Absent => false,
            Contacts::Star => true,
            Contacts::These(these) => these.iter().any(|contact| contact.expires.or(unsaid) == Some(0)),
        };
        if removes && self.plan.mute_on_remove {
            return None;
        }
        let Some(target) = self.target(request) else { return Some(say(404, "No Such Domain")) };
        let (user, next) = match self.admit(&mut books.nonces, request, say) {
            Admission::Open => (None, None),
            Admission::Known { user, next } => (Some(user), next),
            Admission::Wrong(challenge) => {
                books.counts.wrong += 1;
                return Some(challenge);
            }
            Admission::Refused(answer) => return Some(answer),
        };
        let answer = match &self.plan.manner {
            Manner::Registers => self.register(&target, user, &contacts, request, source, say),
            Manner::Redirects(contact) => say(302, "Moved Temporarily").with("Contact", contact),
            Manner::Refuses(code, reason) => say(*code, reason),
        };
        Some(match next {
            Some(next) => answer.with(self.info_header(), &format!("nextnonce={}", quote(&next))),
            None => answer,
        })
    }

    /// The address of record, where both it and the Request-URI are at a domain of this registrar
    /// (RFC 3261 10.2: a Request-URI without a user).
    fn target(&self, request: &Message) -> Option<SipUri> {
        let Start::Request { uri, .. } = request.start() else { return None };
        let uri: SipUri = str::from_utf8(uri).ok()?.parse().ok()?;
        let Some(Contacts::These(to)) = Contacts::read(request.values("To")) else { return None };
        let record: SipUri = to.first()?.uri.parse().ok()?;
        let ours = |host: &Host| self.domains.contains(host);
        (uri.user.is_none() && ours(&uri.host) && ours(&record.host)).then_some(record)
    }

    fn register(
        &self,
        record: &SipUri,
        user: Option<&User>,
        contacts: &Contacts,
        request: &Message,
        source: SocketAddr,
        say: Say<'_>,
    ) -> Message {
        let named = record.user.as_ref().map_or("", Text::as_str);
        if user.is_some_and(|user| user.name != named) {
            return say(403, "Not Your Address Of Record");
        }
        if !self.plan.users.is_empty() && self.plan.users.iter().all(|user| user.name != named) {
            return say(404, "Not Found");
        }
        let key = key(record);
        let unsaid = expires_header(request);
        match contacts {
            Contacts::Absent => {}
            Contacts::Star if unsaid == Some(0) => self.database.remove(&key),
            Contacts::Star => return say(400, "Bad Contact"),
            Contacts::These(these) => {
                let Some(turn) = turn(request) else { return say(400, "Bad CSeq") };
                let asked = |contact: &Contact| contact.expires.or(unsaid).unwrap_or(UNSAID);
                if these.iter().map(asked).any(|seconds| seconds > 0 && seconds < self.plan.least) {
                    return say(423, "Interval Too Brief").with("Min-Expires", &self.plan.least.to_string());
                }
                if these.iter().any(|contact| self.database.is_late(&key, contact, &turn)) {
                    return say(500, "CSeq Does Not Grow");
                }
                for contact in these {
                    let span = Duration::from_secs(asked(contact).min(self.plan.most).into());
                    self.database.bind(&key, contact, span, Some((source, turn.clone())));
                }
            }
        }
        let answer = self.database.bindings(&key).iter().fold(say(200, "OK"), list);
        self.with_routes(answer, contacts, request)
    }

    /// What a 2xx says beside the bindings.
    fn with_routes(&self, mut answer: Message, contacts: &Contacts, request: &Message) -> Message {
        let supports = |option: &str| {
            let listed = request.listed("Supported");
            listed.is_some_and(|all| all.as_str().split(',').any(|one| one.trim().eq_ignore_ascii_case(option)))
        };
        if supports("path") {
            let added = self.plan.path.as_deref().map(str::to_owned);
            let came = request.values("Path").map(|value| String::from_utf8_lossy(value).into_owned());
            for path in added.into_iter().chain(came) {
                answer = answer.with("Path", &path);
            }
        }
        for (name, value) in [("Service-Route", &self.plan.service_route), ("P-Associated-URI", &self.plan.associated)]
        {
            if let Some(value) = value {
                answer = answer.with(name, value);
            }
        }
        let over_a_flow = matches!(contacts, Contacts::These(these) if these.iter().any(|c| c.reg_id.is_some()));
        match self.plan.flow_timer {
            Some(seconds) if over_a_flow && supports("outbound") => {
                answer.with("Require", "outbound").with("Flow-Timer", &seconds.to_string())
            }
            _ => answer,
        }
    }

    fn realm(&self) -> String {
        self.domains.first().map(ToString::to_string).unwrap_or_default()
    }

    /// The address of record that whoever comes without a REGISTER binds.
    fn first_record(&self) -> Result<String, RegistrarError> {
        let user = self.plan.users.first().ok_or(RegistrarError::Nobody)?;
        Ok(format!("{}@{}", user.name, self.realm()))
    }

    fn open(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a plan, or what a test does to a registrar, is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegistrarError {
    /// A host's name that is none.
    #[error("'{0}' is no name for a host: {1}")]
    Host(Text, NameError),
    /// The name of a digest that is none.
    #[error("'{0}' is no name for a digest: {1}")]
    Digest(Text, AuthUserError),
    /// Somebody who is nobody.
    #[error("nobody may register, so that nothing can be bound in his place")]
    Nobody,
    /// A Contact that cannot be read.
    #[error("'{0}' is no Contact")]
    Contact(Text),
}

/// One Contact, as in a REGISTER or its URI alone.
fn read(written: &str) -> Result<Contact, RegistrarError> {
    match Contacts::read(std::iter::once(written.as_bytes())) {
        Some(Contacts::These(mut one)) if one.len() == 1 => Ok(one.swap_remove(0)),
        _ => Err(RegistrarError::Contact(Text::new(written))),
    }
}

/// By what the database knows an address of record.
fn key(record: &SipUri) -> String {
    format!("{}@{}", record.user.as_ref().map_or("", Text::as_str), record.host)
}

/// The Expires header; what is no number is an hour (RFC 3261 20.19).
fn expires_header(request: &Message) -> Option<u32> {
    let value = request.value("Expires")?;
    Some(str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok()).unwrap_or(UNSAID))
}

fn turn(request: &Message) -> Option<Turn> {
    let call = String::from_utf8_lossy(request.value("Call-ID")?).into_owned();
    Some(Turn { call, number: request.cseq()?.number })
}

/// One more Contact of a 2xx (RFC 3261 10.3): what is left of it, in whole seconds.
fn list(answer: Message, binding: &Binding) -> Message {
    let left = binding.remaining();
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    let mut said = format!("<{}>;expires={seconds}", binding.uri);
    for (name, value) in [("+sip.instance", &binding.instance), ("reg-id", &binding.reg_id)] {
        if let Some(value) = value {
            said.push_str(&format!(";{name}={value}"));
        }
    }
    answer.with("Contact", &said)
}
