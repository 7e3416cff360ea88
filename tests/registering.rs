//! Our own client, as the tests of registration use it: one account, whichever registrar it goes to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use trunktop::model::{
    Account, AccountMode, Carrier, CarrierName, ChallengePolicy, Endpoint, Expires, Granted, Host, Instance, Purpose,
    Refusal, RegisterOutcome, RegisterReport, RegisterRequest, Secret, Transport,
};
use trunktop::monitor::{Register as _, SystemClock};
use trunktop::sip::{RegisterClient, Roots};

/// For longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(10);

/// For long enough, where there is no answer to come.
const BRIEF: Duration = Duration::from_millis(600);

pub(crate) const US: Instance = Instance(0x7b1d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);

/// For a minute.
pub(crate) const BIND: Purpose = Purpose::Bind(Expires::new(60));

/// Somebody with an account, and our client.
pub(crate) struct Registering {
    client: RegisterClient,
    carrier: Carrier,
    pub(crate) account: Account,
    pub(crate) password: String,
}

impl Registering {
    /// Over TLS, the roots are those of the system, and this one.
    pub(crate) fn new(domain: &str, user: &str, password: &str, root: Option<CertificateDer<'static>>) -> Self {
        let name = CarrierName::new("reg").unwrap();
        let carrier = Carrier::new(name, format!("sip:{domain}").parse().unwrap());
        let account = Account { mode: AccountMode::Hold, ..Account::new(user.parse().unwrap()) };
        let client = RegisterClient::new(Arc::new(SystemClock::start()), Roots::system_and(root));
        Self { client, carrier, account, password: password.to_owned() }
    }

    /// The same, with the topmost challenge met.
    pub(crate) fn topmost(mut self) -> Self {
        self.account.challenge = ChallengePolicy::Topmost;
        self
    }

    pub(crate) async fn go(&self, transport: Transport, at: SocketAddr, purpose: Purpose) -> RegisterReport {
        self.patient(transport, at, purpose, PATIENCE).await
    }

    /// The same, where no answer is to come.
    pub(crate) async fn go_in_vain(&self, transport: Transport, at: SocketAddr, purpose: Purpose) -> RegisterReport {
        self.patient(transport, at, purpose, BRIEF).await
    }

    async fn patient(
        &self,
        transport: Transport,
        at: SocketAddr,
        purpose: Purpose,
        patience: Duration,
    ) -> RegisterReport {
        let (endpoint, target) = (Endpoint { transport, at }, Host::Ip(at.ip()));
        let account = Arc::new(self.account.clone());
        let new = RegisterRequest::new(&self.carrier, account, self.carrier.uri.clone(), endpoint, target);
        let secret = Some(Secret::new(&self.password));
        let request = RegisterRequest { secret, purpose, instance: US, patience, ..new };
        let report = self.client.register(&self.carrier.name, &request).await;
        assert!(!format!("{report:?}").contains(&self.password), "a password is nowhere to be seen");
        report
    }
}

pub(crate) fn granted(report: &RegisterReport) -> &Granted {
    match &report.outcome {
        RegisterOutcome::Done(granted) => granted,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refused(report: &RegisterReport) -> &Refusal {
    match &report.outcome {
        RegisterOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// The expiry of our own binding, in seconds; none where there is none.
pub(crate) fn held(report: &RegisterReport) -> Option<u32> {
    granted(report).ours().map(|ours| ours.expires.unwrap().seconds())
}
