//! Who may register: challenges, and the credentials that meet them (RFC 3261 22, RFC 7616).

use super::digest::{Credentials, quote};
use super::nonces::{Book, Worth};
use super::plan::{Guard, Nonces, User};
use super::{Registrar, Say};
use crate::sip::{Message, Start};

/// What a client gives back as it got it (RFC 7616 3.3).
const OPAQUE: &str = "bGFi";

/// What comes of looking at who asks.
pub(super) enum Admission<'p> {
    /// Nobody is asked.
    Open,
    /// It is this one.
    Known {
        user: &'p User,
        /// The nonce to use next, where one is told.
        next: Option<String>,
    },
    /// The password is wrong: another challenge.
    Wrong(Message),
    /// There are no credentials that could be right.
    Refused(Message),
}

impl Registrar {
    /// Whether who asks may, or what he gets instead.
    pub(super) fn admit(&self, nonces: &mut Book, request: &Message, say: Say<'_>) -> Admission<'_> {
        if self.plan.guard == Guard::Nobody {
            return Admission::Open;
        }
        let mut own = None;
        for value in request.values(self.credentials_header()) {
            let Some(credentials) = Credentials::read(value) else {
                return Admission::Refused(say(400, "Bad Credentials"));
            };
            if credentials.get("realm") == Some(&*self.realm()) {
                own = Some(credentials);
            }
        }
        let Some(credentials) = own else { return Admission::Refused(self.challenge(nonces, false, say)) };
        let Start::Request { uri, .. } = request.start() else { return Admission::Refused(say(400, "Bad Request")) };
        let offered = credentials.algorithm().filter(|known| self.plan.algorithms_offered().contains(known));
        let (Some(algorithm), true) = (offered, credentials.fits(self.plan.qop)) else {
            return Admission::Refused(say(400, "Not The Challenge That Was Made"));
        };
        if credentials.get("uri").map(str::as_bytes) != Some(uri) || credentials.get("opaque") != Some(OPAQUE) {
            return Admission::Refused(say(400, "Bad Credentials"));
        }
        let is_right = |user: &&User| {
            credentials.get("username") == Some(&user.digest)
                && credentials.are_of(&user.password, "REGISTER", request.body())
        };
        let Some(user) = self.plan.users.iter().find(is_right) else {
            return Admission::Wrong(self.challenge(nonces, false, say));
        };
        let nonce = credentials.get("nonce").unwrap_or_default();
        match nonces.take(nonce, algorithm, credentials.count(), self.plan.nonces) {
            Worth::Good => {
                let next = (self.plan.nonces == Nonces::Rotating).then(|| nonces.give(algorithm));
                Admission::Known { user, next }
            }
            Worth::Stale => Admission::Refused(self.challenge(nonces, true, say)),
            Worth::Other => Admission::Refused(self.challenge(nonces, false, say)),
        }
    }

    /// One challenge for each algorithm (RFC 8760 2.4).
    fn challenge(&self, nonces: &mut Book, stale: bool, say: Say<'_>) -> Message {
        let (answer, header) = match self.plan.guard {
            Guard::Proxy => (say(407, "Proxy Authentication Required"), "Proxy-Authenticate"),
            Guard::Registrar | Guard::Nobody => (say(401, "Unauthorized"), "WWW-Authenticate"),
        };
        self.plan.algorithms_offered().iter().fold(answer, |answer, algorithm| {
            let nonce = nonces.give(*algorithm);
            let mut said = format!(
                "Digest realm={}, nonce=\"{nonce}\", opaque=\"{OPAQUE}\", algorithm={}",
                quote(&self.realm()),
                algorithm.as_str()
            );
            if let Some(qop) = self.plan.qop.as_str() {
                said.push_str(&format!(", qop=\"{qop}\""));
            }
            if stale {
                said.push_str(", stale=true");
            }
            answer.with(header, &said)
        })
    }

    pub(super) const fn credentials_header(&self) -> &'static str {
        match self.plan.guard {
            Guard::Proxy => "Proxy-Authorization",
            Guard::Registrar | Guard::Nobody => "Authorization",
        }
    }

    pub(super) const fn info_header(&self) -> &'static str {
        match self.plan.guard {
            Guard::Proxy => "Proxy-Authentication-Info",
            Guard::Registrar | Guard::Nobody => "Authentication-Info",
        }
    }
}
