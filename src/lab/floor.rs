//! The floor of the lab: everything that runs, and how it is set up.

use std::time::Duration;

use tokio::task::JoinSet;

use super::authority::{Authority, Certificate};
use super::dns::Dns;
use super::plan::{CarrierPlan, HostPlan};
use super::responder::{Behaviour, Loopback, Responder, bind_host};
use super::zone::{Hosts, Zone};
use super::{LabError, Toggled, parse};
use crate::model::{Carrier, CarrierName, Host, Name, Pattern, Pop, PopRule, ResolverSpec, SipUri, Text};

/// Between two probes of a target of the lab.
const INTERVAL: Duration = Duration::from_secs(1);

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
                own.extend(
                    bound
                        .into_iter()
                        .map(|b| Responder::start(name.clone(), b, host.latency, certificate.clone(), tasks)),
                );
                hosts.insert(name, listening);
            }
            responders.push(own);
        }
        let dns = Dns::start(Zone::read(&zone_text(plans), &hosts)?).await.map_err(LabError::Dns)?;
        let mut stands = Vec::new();
        for (plan, responders) in plans.iter().zip(responders) {
            stands.push(Stand { carrier: carrier(plan, &hosts, ResolverSpec::Plain(dns.at()))?, responders });
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
        let mut uri: SipUri = written.parse().map_err(|why| LabError::Uri(Text::new(written), why))?;
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
    carrier.tags = vec!["lab".into()];
    Ok(carrier)
}
