//! The embedded carriers resolve as their patterns say, on the wire.

use std::collections::HashSet;
use std::net::IpAddr;

use hickory_server::proto::rr::RData;

use super::super::{carriers, responder::Loopback};
use super::*;
use crate::model::Transport::{self, Tcp, Tls, Udp};

struct Wire(Lab);

impl Wire {
    async fn start() -> Self {
        Self(Lab::start(Scenario::Steady).await.unwrap())
    }

    async fn ask(&self, name: &str, rtype: DnsType) -> DnsResponse {
        let ResolverSpec::Plain(at) = self.0.resolver() else { panic!("the lab is asked over UDP") };
        over_udp(at, name, rtype).await.unwrap()
    }

    async fn count(&self, name: &str, rtype: DnsType) -> usize {
        self.ask(name, rtype).await.answers.len()
    }

    async fn addresses(&self, name: &str, rtype: DnsType) -> Vec<IpAddr> {
        self.ask(name, rtype).await.answers.iter().filter_map(|record| record.data.ip_addr()).collect()
    }

    /// The SRV records as `priority weight target`; each target is seen to live where they lead.
    async fn srv(&self, name: &str, transport: Transport) -> Vec<String> {
        let mut shown = Vec::new();
        for record in &self.ask(name, DnsType::SRV).await.answers {
            let RData::SRV(srv) = &record.data else { continue };
            let target = srv.target.to_ascii();
            shown.push(format!("{} {} {target}", srv.priority, srv.weight));
            let hosts = self.0.host(&target);
            let mut expected: Vec<IpAddr> = hosts.iter().map(|host| host.address()).collect();
            assert!(hosts.iter().all(|host| host.at(transport).unwrap().port() == srv.port), "{target}");
            for rtype in [DnsType::A, DnsType::AAAA] {
                let published = self.addresses(&target, rtype).await;
                expected.retain(|ip| !published.contains(ip));
            }
            assert!(expected.is_empty(), "{target}: {expected:?}");
        }
        shown
    }
}

#[tokio::test]
async fn acme_has_two_primaries_and_a_backup_over_tls_and_udp() {
    let wire = Wire::start().await;
    assert_eq!(
        lines(&wire.ask("acme.example.", DnsType::NAPTR).await),
        [
            "acme.example. 300 NAPTR 10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.acme.example.",
            "acme.example. 300 NAPTR 20 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.acme.example.",
        ]
    );
    let pops = [
        "10 50 pop-us-east-1.acme.example.",
        "10 50 pop-us-east-2.acme.example.",
        "20 100 pop-us-west-1.acme.example.",
    ];
    assert_eq!(wire.srv("_sips._tcp.acme.example.", Tls).await, pops);
    assert_eq!(wire.srv("_sip._udp.acme.example.", Udp).await, pops);
    assert_eq!(wire.count("_sip._tcp.acme.example.", DnsType::SRV).await, 0);
}

#[tokio::test]
async fn flow_has_three_tiers_of_two() {
    let wire = Wire::start().await;
    assert_eq!(wire.count("flow.example.", DnsType::NAPTR).await, 0);
    assert_eq!(wire.count("_sips._tcp.flow.example.", DnsType::SRV).await, 0);
    assert_eq!(
        wire.srv("_sip._udp.flow.example.", Udp).await,
        [
            "10 50 ep-us-west-01.flow.example.",
            "10 50 ep-us-west-02.flow.example.",
            "20 50 ep-us-east-01.flow.example.",
            "20 50 ep-us-east-02.flow.example.",
            "30 50 ep-eu-01.flow.example.",
            "30 50 ep-eu-02.flow.example.",
        ]
    );
}

#[tokio::test]
async fn anycast_has_odd_weights_and_a_subset_at_the_domain() {
    let wire = Wire::start().await;
    let targets = ["1 45 sip-anycast1.anycast.example.", "1 95 sip-anycast2.anycast.example."];
    assert_eq!(wire.srv("_sips._tcp.anycast.example.", Tls).await, targets);
    assert_eq!(wire.srv("_sip._udp.anycast.example.", Udp).await, targets);
    let one = wire.addresses("anycast.example.", DnsType::A).await;
    assert_eq!(one, wire.addresses("sip-anycast1.anycast.example.", DnsType::A).await);
    assert_eq!(one.len(), 1);
}

#[tokio::test]
async fn edge_speaks_tls_only() {
    let wire = Wire::start().await;
    assert_eq!(
        wire.srv("_sips._tcp.edge.example.", Tls).await,
        ["5 100 sip-edge1.us-dc1.edge.example.", "10 105 sip-edge2.us-dc2.edge.example."]
    );
    for other in ["_sip._tcp.edge.example.", "_sip._udp.edge.example."] {
        assert_eq!(wire.count(other, DnsType::SRV).await, 0);
    }
    for host in wire.0.host("sip-edge1.us-dc1.edge.example") {
        assert_eq!((host.at(Udp), host.at(Tcp)), (None, None));
    }
}

#[tokio::test]
async fn telco_is_reached_by_naptr_alone() {
    let wire = Wire::start().await;
    assert_eq!(
        lines(&wire.ask("telco.example.", DnsType::NAPTR).await),
        ["telco.example. 3600 NAPTR 10 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.telco.example."]
    );
    assert_eq!(
        wire.srv("_sip._tcp.telco.example.", Tcp).await,
        ["10 0 l01-mav-rt-001.edns.telco.example.", "20 0 l01-mav-rt-002.edns.telco.example."]
    );
    for rtype in [DnsType::A, DnsType::AAAA] {
        assert_eq!(wire.count("telco.example.", rtype).await, 0);
    }
}

#[tokio::test]
async fn cloud_is_a_set_of_addresses_in_changing_order() {
    let wire = Wire::start().await;
    for (name, rtype) in [
        ("cloud.example.", DnsType::NAPTR),
        ("_sip._udp.cloud.example.", DnsType::SRV),
        ("cloud.example.", DnsType::AAAA),
    ] {
        assert_eq!(wire.count(name, rtype).await, 0);
    }
    let hosts = wire.0.host("cloud.example");
    let all: HashSet<IpAddr> = hosts.iter().map(|host| host.address()).collect();
    let mut firsts = HashSet::new();
    for _ in 0..all.len() {
        let answer = wire.addresses("cloud.example.", DnsType::A).await;
        assert_eq!(answer.iter().copied().collect::<HashSet<_>>(), all);
        firsts.insert(answer[0]);
    }
    assert_eq!(firsts, all, "each comes first once");
    let carriers = wire.0.carriers();
    let cloud = carriers.iter().find(|carrier| carrier.name.as_str() == "cloud").unwrap();
    assert!(hosts.iter().all(|host| host.at(Udp).map(|at| at.port()) == cloud.uri.port));
}

#[tokio::test]
async fn meta_is_an_alias_with_a_shared_backup() {
    let wire = Wire::start().await;
    assert_eq!(
        lines(&wire.ask("meta.example.", DnsType::NAPTR).await),
        [
            "meta.example. 90 CNAME hub.out.meta.example.",
            "hub.out.meta.example. 128 NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.meta.example.",
        ]
    );
    let answer = wire.ask("_sip._udp.meta.example.", DnsType::SRV).await;
    assert_eq!(lines(&answer)[0], "_sip._udp.meta.example. 90 CNAME _sip._udp.us.out.meta.example.");
    assert_eq!(
        wire.srv("_sip._udp.meta.example.", Udp).await,
        ["10 10 nyc.us.out.meta.example.", "10 10 lac.us.out.meta.example.", "20 10 mia.us.out.meta.example."]
    );
    let dual = wire.0.host("nyc.us.out.meta.example").iter().any(|host| host.address().is_ipv6());
    assert_eq!(wire.count("nyc.us.out.meta.example.", DnsType::AAAA).await, usize::from(dual));
}

#[tokio::test]
async fn trio_is_a_list_of_names_with_a_port_each() {
    let lab = Lab::start(Scenario::Steady).await.unwrap();
    let carriers = lab.carriers();
    let trio = carriers.iter().find(|carrier| carrier.name.as_str() == "trio").unwrap();
    let uris: Vec<String> = std::iter::once(&trio.uri).chain(&trio.more_uris).map(ToString::to_string).collect();
    for (uri, name) in uris.iter().zip(["sip", "sip2", "sip3"]) {
        let port = lab.host(&format!("{name}.trio.example"))[0].at(Tls).unwrap().port();
        assert_eq!(*uri, format!("sip:{name}.trio.example:{port};transport=tls"));
    }
    assert_eq!(uris.len(), 3);
}

#[tokio::test]
async fn every_carrier_is_watched_each_second_through_the_lab() {
    let lab = Lab::start(Scenario::Story).await.unwrap();
    let names: Vec<String> = lab.carriers().iter().map(|carrier| carrier.name.to_string()).collect();
    assert_eq!(names, ["acme", "flow", "anycast", "edge", "telco", "cloud", "meta", "trio"]);
    for carrier in lab.carriers() {
        assert_eq!(carrier.interval, Some(Duration::from_secs(1)));
        assert_eq!(carrier.resolvers, [lab.resolver()]);
    }
}

#[tokio::test]
async fn every_pop_rule_has_hosts_and_every_pop_can_be_toggled() {
    let lab = Lab::start(Scenario::Steady).await.unwrap();
    for (carrier, pops) in lab.carriers().iter().zip([3, 3, 2, 2, 2, 0, 3, 3]) {
        assert_eq!(carrier.pops.len(), pops, "{}", carrier.name);
        for rule in &carrier.pops {
            assert_eq!(lab.toggle(&carrier.name, &Pop(rule.name.clone())).unwrap(), Toggled::Killed);
        }
    }
    let cloud = Pop("cloud.example".into());
    assert_eq!(lab.toggle(&CarrierName::new("cloud").unwrap(), &cloud).unwrap(), Toggled::Killed);
    assert!(lab.responders().all(|host| host.behaviour() == Behaviour::Silent), "no host is outside a POP");
}

#[tokio::test]
async fn where_the_loopback_is_narrow_hosts_differ_in_their_ports() {
    let lab = Lab::on(Loopback { wide: false, v6: false }, carriers::all()).await.unwrap();
    let all: Vec<SocketAddr> =
        lab.responders().flat_map(|host| [host.at(Udp).or(host.at(Tcp)), host.at(Tls)]).flatten().collect();
    assert!(all.iter().all(|at| at.ip() == IpAddr::from([127, 0, 0, 1])));
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    let wire = Wire(lab);
    assert_eq!(wire.srv("_sip._udp.acme.example.", Udp).await.len(), 3);
    assert_eq!(wire.count("cloud.example.", DnsType::A).await, 1);
}
