//! The floor of the lab: everything that runs, and how it is set up.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::authority::{Authority, Certificate};
use super::dns::Dns;
use super::plan::{CarrierPlan, HostPlan};
use super::registrar::{Database, Location, Registrar, RegistrarError, RegistrarPlan};
use super::responder::{Behaviour, Loopback, Responder, bind_host};
use super::zone::{Hosts, Zone};
use super::{LabError, Toggled, parse};
use crate::model::{
    Account, Carrier, CarrierName, Host, Name, PasswordSource, Pattern, Pop, PopRule, ResolverSpec, Secret, SipUri,
    Text,
};

/// Between two probes of a target of the lab.
const INTERVAL: Duration = Duration::from_secs(1);

/// Between two rounds of fetching bindings in the lab.
const ROUND: Duration = Duration::from_secs(5);

pub(super) struct Floor {
    pub(super) dns: Dns,
    pub(super) authority: Authority,
    hosts: Hosts,
    stands: Vec<Stand>,
}

/// A carrier and its hosts.
struct Stand {
    carrier: Carrier,
    responders: Vec<Responder>,
    /// One for each host, where there are any.
    registrars: Vec<Arc<Registrar>>,
}

impl Floor {
    /// Binds all hosts, then publishes the zones: their ports are known only then.
    pub(super) async fn build(
        loopback: Loopback,
        plans: &[CarrierPlan],
        tasks: &mut JoinSet<()>,
    ) -> Result<Self, LabError> {
        let authority = Authority::new().map_err(LabError::Authority)?;
        let (mut hosts, mut responders) = (Hosts::new(), Vec::new());
        for (number, plan) in plans.iter().enumerate() {
            let mut own = Vec::new();
            let mut counters = Counters::of(plan)?;
            for (index, host) in plan.hosts.iter().enumerate() {
                let addresses = loopback.addresses(number, index, host.addresses, host.dual);
                let name = parse(&host.name)?;
                let (listening, bound) =
                    bind_host(&addresses, &host.speaks).await.map_err(|why| LabError::Bind(name.clone(), why))?;
                let certificate = if host.speaks.iter().any(|transport| transport.is_secure()) {
                    let made = authority.certify(&host.certificate);
                    Some(made.map_err(|why| LabError::Certificate(name.clone(), why))?)
                } else {
                    None
                };
                let registrar = counters.open(&name)?;
                own.extend(bound.into_iter().map(|bound| {
                    let certificate = certificate.clone();
                    Responder::start(name.clone(), bound, host.latency, certificate, registrar.clone(), tasks)
                }));
                hosts.insert(name, listening);
            }
            responders.push((own, counters.registrars));
        }
        let dns = Dns::start(Zone::read(&zone_text(plans), &hosts)?).await.map_err(LabError::Dns)?;
        let mut stands = Vec::new();
        for (plan, (responders, registrars)) in plans.iter().zip(responders) {
            let carrier = carrier(plan, &hosts, ResolverSpec::Plain(dns.at()))?;
            stands.push(Stand { carrier, responders, registrars });
        }
        Ok(Self { dns, authority, hosts, stands })
    }

    pub(super) fn carriers(&self) -> impl Iterator<Item = &Carrier> {
        self.stands.iter().map(|stand| &stand.carrier)
    }

    pub(super) const fn resolver(&self) -> ResolverSpec {
        ResolverSpec::Plain(self.dns.at())
    }

    pub(super) fn responders(&self) -> impl Iterator<Item = &Responder> {
        self.stands.iter().flat_map(|stand| &stand.responders)
    }

    pub(super) fn responders_of(&self, host: &Name) -> Vec<&Responder> {
        self.responders().filter(|responder| responder.host() == host).collect()
    }

    /// The registrars of a carrier; none where it is unknown or has none.
    pub(super) fn registrars(&self, carrier: &str) -> impl Iterator<Item = &Registrar> {
        let stands = self.stands.iter().filter(move |stand| stand.carrier.name.as_str() == carrier);
        stands.flat_map(|stand| &stand.registrars).map(|registrar| &**registrar)
    }

    /// The registrar at a host.
    pub(super) fn registrar(&self, host: &Name) -> Result<&Registrar, LabError> {
        self.known(host)?;
        let all = self.stands.iter().flat_map(|stand| &stand.registrars);
        let found = all.map(|registrar| &**registrar).find(|registrar| registrar.host() == host);
        found.ok_or_else(|| LabError::NoRegistrar(host.clone()))
    }

    fn known(&self, host: &Name) -> Result<(), LabError> {
        if self.hosts.contains_key(host) { Ok(()) } else { Err(LabError::UnknownHost(host.clone())) }
    }

    pub(super) async fn behave(&self, host: &Name, behaviour: Behaviour) -> Result<(), LabError> {
        self.known(host)?;
        for responder in self.responders_of(host) {
            responder.behave(behaviour).await;
        }
        Ok(())
    }

    pub(super) fn certify(&self, host: &Name, certificate: &Certificate) -> Result<(), LabError> {
        self.known(host)?;
        let made = self.authority.certify(certificate).map_err(|why| LabError::Certificate(host.clone(), why))?;
        for responder in self.responders_of(host) {
            responder.certify(made.clone());
        }
        Ok(())
    }

    pub(super) fn publish(&self, text: &str) -> Result<(), LabError> {
        self.dns.publish(Zone::read(text, &self.hosts)?);
        Ok(())
    }

    pub(super) fn toggle(&self, name: &CarrierName, pop: &Pop) -> Result<Toggled, LabError> {
        let stand = self.stands.iter().find(|stand| stand.carrier.name == *name);
        let stand = stand.ok_or_else(|| LabError::UnknownCarrier(name.clone()))?;
        let pop_of = |responder: &Responder| stand.carrier.pop_of(&Host::Name(responder.host().clone()));
        let of_pop: Vec<&Responder> = stand.responders.iter().filter(|&responder| pop_of(responder) == *pop).collect();
        if of_pop.is_empty() {
            let mut there: Vec<String> =
                stand.responders.iter().map(|responder| pop_of(responder).to_string()).collect();
            there.dedup();
            return Err(LabError::UnknownPop(name.clone(), pop.clone(), Text::new(&there.join(", "))));
        }
        let is_out = |responder: &&Responder| matches!(responder.behaviour(), Behaviour::Silent | Behaviour::Refuse);
        let revive = of_pop.iter().all(is_out);
        for responder in of_pop {
            responder.take_by_hand(revive);
        }
        Ok(if revive { Toggled::Revived } else { Toggled::Killed })
    }
}

/// The registrars of a carrier, while its hosts are built.
struct Counters<'p> {
    plan: Option<&'p RegistrarPlan>,
    domains: Vec<Host>,
    shared: Arc<Database>,
    registrars: Vec<Arc<Registrar>>,
}

impl<'p> Counters<'p> {
    fn of(plan: &'p CarrierPlan) -> Result<Self, LabError> {
        let written = std::iter::once(&plan.uri).chain(&plan.more_uris);
        let domains = written.map(|written| Ok(uri(written)?.host)).collect::<Result<_, LabError>>()?;
        Ok(Self { plan: plan.registrar.as_ref(), domains, shared: Arc::default(), registrars: Vec::new() })
    }

    /// The registrar at one more host, where there are any.
    fn open(&mut self, host: &Name) -> Result<Option<Arc<Registrar>>, LabError> {
        let Some(plan) = self.plan else { return Ok(None) };
        let database = match plan.location {
            Location::Shared => self.shared.clone(),
            Location::Separate => Arc::default(),
        };
        let registrar = Arc::new(Registrar::new(host.clone(), self.domains.clone(), plan.clone(), database)?);
        self.registrars.push(registrar.clone());
        Ok(Some(registrar))
    }
}

fn uri(written: &str) -> Result<SipUri, LabError> {
    written.parse().map_err(|why| LabError::Uri(Text::new(written), why))
}

/// The zones of all carriers, and the addresses of their hosts.
fn zone_text(plans: &[CarrierPlan]) -> String {
    let addresses =
        |HostPlan { name, ttl, .. }: &HostPlan| format!("{name}. {ttl} A {name}.\n{name}. {ttl} AAAA {name}.\n");
    let own = plans.iter().flat_map(|plan| &plan.hosts).map(addresses);
    // Each text begins at the root, whatever origin the one before it has ended with.
    own.chain(plans.iter().map(|plan| format!("$ORIGIN .\n{}", plan.zone))).collect()
}

fn carrier(plan: &CarrierPlan, hosts: &Hosts, resolver: ResolverSpec) -> Result<Carrier, LabError> {
    let name = CarrierName::new(&plan.name).map_err(|why| LabError::CarrierName(Text::new(&plan.name), why))?;
    let read = |written: &String| {
        let mut uri = uri(written)?;
        if let Some(transport) = plan.port_of {
            let port = uri.host.name().and_then(|host| hosts.get(host)?.port(transport));
            uri.port = Some(port.ok_or_else(|| LabError::NoPort(Text::new(written)))?);
        }
        Ok::<_, LabError>(uri)
    };
    let mut carrier = Carrier::new(name, read(&plan.uri)?);
    carrier.more_uris = plan.more_uris.iter().map(read).collect::<Result<_, _>>()?;
    carrier.engine = plan.engine.as_deref().map(Text::new);
    let rule = |(name, pattern): &(String, String)| PopRule { name: Text::new(name), pattern: Pattern::new(pattern) };
    carrier.pops = plan.pops.iter().map(rule).collect();
    carrier.resolvers = vec![resolver];
    carrier.interval = Some(INTERVAL);
    carrier.account = account(plan)?.map(Arc::new);
    carrier.tags = vec!["lab".into()];
    Ok(carrier)
}

/// Our account at a carrier: the first who may register there.
fn account(plan: &CarrierPlan) -> Result<Option<Account>, LabError> {
    let Some((mode, expires)) = plan.account else { return Ok(None) };
    let login = plan.registrar.as_ref().and_then(RegistrarPlan::first).ok_or(RegistrarError::Nobody)?;
    let user = login.name.parse().map_err(|why| LabError::User(Text::new(&login.name), why))?;
    let auth_user = (login.digest != login.name).then(|| login.digest.parse()).transpose();
    let auth_user = auth_user.map_err(|why| RegistrarError::Digest(Text::new(&login.digest), why))?;
    let password = Some(PasswordSource::Known(Secret::new(&login.password)));
    Ok(Some(Account { mode, expires, auth_user, password, every: ROUND, ..Account::new(user) }))
}
