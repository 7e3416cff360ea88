//! How a registrar of the lab is set up.

use std::fmt;

use crate::model::{Name, NameError, Text};

/// The longest binding where a plan says nothing else, in seconds.
const LONGEST: u32 = 3600;

/// How the registrars of a carrier are set up: all of its hosts are alike.
///
/// ```
/// use trunktop::lab::{Algorithm, Location, Nonces, Qop, RegistrarPlan};
///
/// let plan = RegistrarPlan::new()
///     .user("4930123", "made up")
///     .algorithms([Algorithm::Sha256, Algorithm::Md5])
///     .qop(Qop::Both)
///     .location(Location::Separate)
///     .nonces(Nonces::Stale(3));
/// ```
#[derive(Clone, Debug)]
pub struct RegistrarPlan {
    pub(super) users: Vec<User>,
    pub(super) guard: Guard,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) qop: Qop,
    pub(super) nonces: Nonces,
    pub(in crate::lab) location: Location,
    pub(super) least: u32,
    pub(super) most: u32,
    pub(super) manner: Manner,
    pub(super) mute_on_remove: bool,
    pub(super) service_route: Option<String>,
    pub(super) path: Option<String>,
    pub(super) associated: Option<String>,
    pub(super) flow_timer: Option<u32>,
    kept: Vec<(String, String)>,
}

/// Somebody who may register. The passwords of the lab are made up, and stand in its source; they are not shown all
/// the same.
#[derive(Clone)]
pub(in crate::lab) struct User {
    /// User part of the address of record.
    pub(in crate::lab) name: String,
    /// Whom the digest names.
    pub(in crate::lab) digest: String,
    pub(in crate::lab) password: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Who asks for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nobody.
    Nobody,
    /// The registrar: 401.
    Registrar,
    /// A proxy before it: 407.
    Proxy,
}

/// What a registrar does with who may register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Registers,
    /// 302 with this Contact.
    Redirects(String),
    /// This answer.
    Refuses(u16, &'static str),
}

/// A digest algorithm (RFC 7616 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `MD5`.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`.
    Sha512,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] = [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess, Self::Sha512];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512 => "SHA-512-256",
        }
    }
}

/// Which quality of protection is offered (RFC 7616 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Qop {
    /// None is spoken of, as in RFC 2069. There is no cnonce then, so that it is no use with a `-sess` algorithm.
    Absent,
    /// `auth`.
    #[default]
    Auth,
    /// `auth,auth-int`.
    Both,
}

impl Qop {
    pub(super) const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Absent => None,
            Self::Auth => Some("auth"),
            Self::Both => Some("auth,auth-int"),
        }
    }
}

/// How long a nonce is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nonces {
    /// For ever.
    #[default]
    Fresh,
    /// For so many requests; then a challenge says `stale=true`.
    Stale(u32),
    /// For one request: each 2xx names the next one (Authentication-Info, RFC 7616 3.5), and no other is good then.
    Rotating,
}

/// Where bindings are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Location {
    /// In one database for all hosts of the carrier: each lists them all.
    #[default]
    Shared,
    /// In one for each host: it lists what it was told itself.
    Separate,
}

impl Default for RegistrarPlan {
    fn default() -> Self {
        Self::new()
    }
}

impl RegistrarPlan {
    /// MD5 with qop `auth`, nonces for ever, one database; nobody may register yet.
    pub const fn new() -> Self {
        Self {
            users: Vec::new(),
            guard: Guard::Registrar,
            algorithms: Vec::new(),
            qop: Qop::Auth,
            nonces: Nonces::Fresh,
            location: Location::Shared,
            least: 0,
            most: LONGEST,
            manner: Manner::Registers,
            mute_on_remove: false,
            service_route: None,
            path: None,
            associated: None,
            flow_timer: None,
            kept: Vec::new(),
        }
    }

    /// One more who may register: the user part of an address of record, and a made-up password.
    #[must_use]
    pub fn user(self, name: &str, password: &str) -> Self {
        self.user_as(name, name, password)
    }

    /// The same, under another name in the digest.
    #[must_use]
    pub fn user_as(mut self, name: &str, digest: &str, password: &str) -> Self {
        self.users.push(User { name: name.into(), digest: digest.into(), password: password.into() });
        self
    }

    /// One challenge for each of these, in this order; MD5 where nothing is said.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// What is offered to be protected.
    #[must_use]
    pub const fn qop(mut self, qop: Qop) -> Self {
        self.qop = qop;
        self
    }

    /// How long a nonce is good.
    #[must_use]
    pub const fn nonces(mut self, nonces: Nonces) -> Self {
        self.nonces = nonces;
        self
    }

    /// Nobody is asked for credentials.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.guard = Guard::Nobody;
        self
    }

    /// A proxy asks for credentials: 407 in place of 401.
    #[must_use]
    pub const fn behind_proxy(mut self) -> Self {
        self.guard = Guard::Proxy;
        self
    }

    /// Where bindings are kept.
    #[must_use]
    pub const fn location(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// Who asks for less than so many seconds gets 423 (RFC 3261 10.3).
    #[must_use]
    pub const fn min_expires(mut self, seconds: u32) -> Self {
        self.least = seconds;
        self
    }

    /// Who asks for more than so many seconds gets that.
    #[must_use]
    pub const fn max_expires(mut self, seconds: u32) -> Self {
        self.most = seconds;
        self
    }

    /// What a 2xx says as Service-Route (RFC 3608).
    #[must_use]
    pub fn service_route(mut self, route: &str) -> Self {
        self.service_route = Some(route.to_owned());
        self
    }

    /// A proxy before the registrar adds itself like this to Path, and a 2xx says so to who supports that
    /// (RFC 3327).
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// What a 2xx says as P-Associated-URI (RFC 7315 4.1).
    #[must_use]
    pub fn associated(mut self, uris: &str) -> Self {
        self.associated = Some(uris.to_owned());
        self
    }

    /// Outbound is agreed to with who offers it, and the flow is closed after so many silent seconds (RFC 5626 6).
    /// That it does close it is left to the one who reads it.
    #[must_use]
    pub const fn outbound(mut self, flow_timer: u32) -> Self {
        self.flow_timer = Some(flow_timer);
        self
    }

    /// Who may register is sent there: 302 with this Contact.
    #[must_use]
    pub fn redirects(mut self, contact: &str) -> Self {
        self.manner = Manner::Redirects(contact.to_owned());
        self
    }

    /// Who may register gets this answer instead: 300 to 699, and a reason phrase.
    #[must_use]
    pub fn refuses(mut self, code: u16, reason: &'static str) -> Self {
        self.manner = Manner::Refuses(code, reason);
        self
    }

    /// A REGISTER that removes a binding gets no answer, and removes none.
    #[must_use]
    pub const fn mute_on_remove(mut self) -> Self {
        self.mute_on_remove = true;
        self
    }

    /// Somebody else keeps this contact registered at this host, as the first of the users, for an hour again and
    /// again.
    #[must_use]
    pub fn kept(mut self, host: &str, contact: &str) -> Self {
        self.kept.push((host.to_owned(), contact.to_owned()));
        self
    }

    /// The first who may register.
    pub(in crate::lab) fn first(&self) -> Option<&User> {
        self.users.first()
    }

    /// The contacts that somebody else keeps registered at this host.
    pub(super) fn kept_at(&self, host: &Name) -> Result<Vec<&str>, (Text, NameError)> {
        let mut contacts = Vec::new();
        for (at, contact) in &self.kept {
            if Name::parse(at).map_err(|why| (Text::new(at), why))? == *host {
                contacts.push(contact.as_str());
            }
        }
        Ok(contacts)
    }

    pub(super) fn algorithms_offered(&self) -> &[Algorithm] {
        if self.algorithms.is_empty() { &[Algorithm::Md5] } else { &self.algorithms }
    }
}
