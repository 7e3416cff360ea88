//! One REGISTER to one target, and what came of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Account, Carrier, Endpoint, Expires, Host, Moment, ProbeResult, Raw, Secret, SipUri, Text, TlsSettings, WsPath,
};

/// One REGISTER to send.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterRequest {
    /// Whereto.
    pub endpoint: Endpoint,
    /// The target that the address belongs to.
    pub target: Host,
    /// What the trunk dials: its domain is the registrar's, stands in From, To and Request-URI, and is what a
    /// certificate must name (RFC 5922).
    pub uri: SipUri,
    /// Whose.
    pub account: Arc<Account>,
    /// The password; none where there is none, or where it could not be had.
    pub secret: Option<Secret>,
    /// What it asks for.
    pub purpose: Purpose,
    /// Who we are to the registrar, from run to run (RFC 5626 4.1); the user part of a contact of our own is made
    /// of it, so that a binding that a crash left behind is known again.
    pub instance: Instance,
    /// Source address; port 0 means any.
    pub local: Option<SocketAddr>,
    /// How to treat TLS. Where it verifies, nothing secret goes over a connection that did not.
    pub tls: TlsSettings,
    /// The path of a `WebSocket`.
    pub ws_path: WsPath,
    /// How long to wait for the final answer to each sending, connecting included.
    pub patience: Duration,
}

impl RegisterRequest {
    /// To one endpoint of a carrier, which belongs to `target` and was led to by `uri`.
    pub fn new(carrier: &Carrier, account: Arc<Account>, uri: SipUri, endpoint: Endpoint, target: Host) -> Self {
        Self {
            endpoint,
            target,
            uri,
            account,
            secret: None,
            purpose: Purpose::Fetch,
            instance: Instance::default(),
            local: carrier.local,
            tls: carrier.tls.clone(),
            ws_path: carrier.probe.ws_path.clone(),
            patience: Duration::from_secs(32),
        }
    }
}

/// What a REGISTER asks for (RFC 3261 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which bindings there are: no Contact, nothing changes (10.2.3).
    Fetch,
    /// Our own binding, for so long (10.2.1); again, it is a refresh (10.2.4).
    Bind(Expires),
    /// Our own binding gone, and no other (10.2.2).
    Remove,
}

/// 128 bits that name a user agent for good (RFC 5626 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instance(pub u128);

impl Instance {
    /// As a URN (RFC 4122 3).
    pub fn urn(self) -> String {
        let Self(bits) = self;
        let part = |from: u32, digits: u32| (bits >> from) & ((1 << (4 * digits)) - 1);
        let [low, middle, high, clock, node] = [part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12)];
        format!("urn:uuid:{low:08x}-{middle:04x}-{high:04x}-{clock:04x}-{node:012x}")
    }

    /// The user part of a contact of our own.
    pub fn user(self) -> String {
        format!("trunktop-{:08x}", self.0 >> 96)
    }
}

/// What came of one REGISTER, with the challenges that were met on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterReport {
    /// Whereto.
    pub endpoint: Endpoint,
    /// The target that it belongs to.
    pub target: Host,
    /// What it asked for.
    pub purpose: Purpose,
    /// When the final answer was there, or when it was given up.
    pub at: Moment,
    /// How long all of it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: RegisterOutcome,
    /// The challenge that was met last.
    pub challenge: Option<Challenged>,
    /// The last request as it was sent, without its credentials.
    pub sent: Option<Raw>,
    /// The last message that answered it.
    pub heard: Option<Raw>,
}

/// What came of a REGISTER.
#[derive(Clone, Debug, PartialEq)]
pub enum RegisterOutcome {
    /// 2xx.
    Done(Granted),
    /// Another final answer.
    Refused(Refusal),
    /// No final answer: the first layer that failed.
    Failed {
        /// Which.
        result: ProbeResult,
        /// Whether the cause may be on our side.
        ours: bool,
        /// In words.
        detail: Text,
    },
    /// The challenge was not met, for this reason of our own: nothing secret was sent.
    KeptBack(Text),
}

/// What a registrar granted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Granted {
    /// The bindings that it listed, in its order, at most [`Granted::MOST`].
    pub bindings: Vec<Binding>,
    /// How many it listed.
    pub listed: usize,
    /// Which expiry was asked for in the end, where 423 made us ask for more than we wanted (RFC 3261 10.2.8).
    pub raised: Option<Expires>,
    /// Service-Route (RFC 3608): the way that requests of ours must go from now on.
    pub service_route: Option<Text>,
    /// Path (RFC 3327): the way that requests to us come.
    pub path: Option<Text>,
    /// P-Associated-URI (RFC 7315 4.1): what else the account is called.
    pub associated: Option<Text>,
    /// Whether it speaks outbound (RFC 5626 6: `Require: outbound`).
    pub outbound: bool,
    /// Flow-Timer (RFC 5626 4.4): it closes a flow that says nothing for so long.
    pub flow_timer: Option<Duration>,
    /// Server or User-Agent.
    pub server: Option<Text>,
}

impl Granted {
    /// How many bindings are kept of a list.
    pub const MOST: usize = 100;

    /// Our own binding, as it is listed; of several the one that holds longest, since a crash may have left others.
    pub fn ours(&self) -> Option<&Binding> {
        let ours = self.bindings.iter().filter(|binding| binding.ours);
        ours.max_by_key(|binding| (!binding.is_gone(), binding.expires))
    }

    /// For how long we are bound, where this expiry was asked for. None: we are not, since others are listed and we are
    /// not, or for no time at all. A registrar that lists nobody says nothing of it, and grants what was asked for.
    pub fn for_us(&self, asked: Expires) -> Option<Expires> {
        let granted = match self.ours() {
            Some(ours) => ours.expires,
            None if self.listed > 0 => return None,
            None => None,
        };
        granted.or(self.raised).or(Some(asked)).filter(|expires| expires.seconds() > 0)
    }

    /// Whether nothing of ours is bound any more, after it was to be removed.
    pub fn is_removed(&self) -> bool {
        self.ours().is_none_or(Binding::is_gone)
    }

    /// The bindings of others.
    pub fn others(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|binding| !binding.ours)
    }
}

/// A binding, as a registrar lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its URI.
    pub contact: Text,
    /// What is left of it: the parameter of the Contact, else the Expires header (RFC 3261 10.2.1.1). Our own is kept
    /// with 0 where it is listed so.
    pub expires: Option<Expires>,
    /// Whether it is the one that we hold or look for: by instance, by the user part that is ours alone, or by the
    /// contact that the account names.
    pub ours: bool,
    /// `+sip.instance` (RFC 5626 4.1).
    pub instance: Option<Text>,
    /// `pub-gruu` (RFC 5627 5.3).
    pub gruu: Option<Text>,
}

impl Binding {
    /// Whether it is listed as one that is gone: with 0 s.
    pub fn is_gone(&self) -> bool {
        self.expires == Some(Expires::new(0))
    }
}

/// A final answer that is not 2xx.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// From 300 to 699.
    pub code: u16,
    /// As the registrar wrote it.
    pub reason: Text,
    /// Retry-After (RFC 3261 20.33).
    pub retry_after: Option<Duration>,
    /// What it means.
    pub means: RefusalMeans,
}

/// What a refusal means.
#[derive(Clone, Debug, PartialEq)]
pub enum RefusalMeans {
    /// No more than its code says.
    Plain,
    /// The password or the user is wrong: credentials were sent and never taken, but asked for again, with each nonce
    /// called stale, or in another realm each time; or they were answered 403, as many do.
    WrongCredentials,
    /// Credentials are wanted, and there is no password.
    NoPassword,
    /// Credentials are wanted in a way that we cannot: in words.
    Unanswerable(Text),
    /// It wants longer bindings than we ask for (423, RFC 3261 10.2.8): more than a day, or more each time.
    TooBrief(Option<Expires>),
    /// It sends us elsewhere (301, 302), or by a proxy (305): not followed here.
    Elsewhere(Vec<SipUri>),
}

/// How a challenge was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenged {
    /// Its realm.
    pub realm: Text,
    /// `MD5`, `SHA-256` and so on.
    pub algorithm: &'static str,
    /// `auth`, `auth-int`; none where none was offered (RFC 2069).
    pub qop: Option<&'static str>,
    /// Whether a nonce of an earlier challenge was used again.
    pub reused: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_urn() {
        let instance = Instance(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);
        assert_eq!(instance.urn(), "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        assert_eq!(instance.user(), "trunktop-f81d4fae");
    }

    #[test]
    fn what_is_granted_is_what_is_listed_for_us() {
        let binding = |ours, expires: Option<u32>| Binding {
            contact: "sip:a@b".into(),
            expires: expires.map(Expires::new),
            ours,
            instance: None,
            gruu: None,
        };
        for (listed, raised, bound, removed) in [
            (vec![], None, Some(300), true),
            (vec![], Some(600), Some(600), true),
            (vec![(true, Some(60))], Some(600), Some(60), false),
            (vec![(true, None)], Some(600), Some(600), false),
            (vec![(true, None)], None, Some(300), false),
            (vec![(true, Some(0))], Some(600), None, true),
            (vec![(true, Some(0)), (true, None)], None, Some(300), false),
            (vec![(true, Some(7)), (true, Some(9)), (false, Some(99))], None, Some(9), false),
            (vec![(false, Some(99))], Some(600), None, true),
            (vec![(false, Some(99)), (true, Some(0))], None, None, true),
        ] {
            let bindings: Vec<Binding> = listed.iter().map(|&(ours, expires)| binding(ours, expires)).collect();
            let raised = raised.map(Expires::new);
            let granted = Granted { listed: bindings.len(), bindings, raised, ..Granted::default() };
            assert_eq!(granted.for_us(Expires::USUAL), bound.map(Expires::new), "{listed:?}");
            assert_eq!(granted.is_removed(), removed, "{listed:?}");
        }
    }
}
