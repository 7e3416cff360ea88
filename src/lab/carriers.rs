//! The carriers of the lab. Each has the DNS pattern of a kind of real carrier; names, addresses and figures
//! are made up. Latencies stand for distance, so that round trips look as they do on a real network. Each is walked as an
//! engine that such a carrier's customers run. Some have registrars, and we have accounts there: users and passwords are
//! made up like the rest.

use std::time::Duration;

use super::{Algorithm, CarrierPlan, HostPlan, Location, Nonces, Qop, RegistrarPlan};
use crate::model::AccountMode::{Hold, Observe, Off};
use crate::model::Expires;
use crate::model::Transport::{Tcp, Tls, Udp};

/// All of them, in the order of the screen.
pub(super) fn all() -> Vec<CarrierPlan> {
    vec![acme(), flow(), anycast(), edge(), telco(), cloud(), meta(), trio()]
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Two primary POPs that share the load, and a backup that waits: NAPTR, SRV, addresses; TLS before UDP. Each POP
/// knows only who is registered with itself.
fn acme() -> CarrierPlan {
    let pop = |name: &str, far| {
        let target = format!("pop-{name}.acme.example");
        HostPlan::new(&target).speaks([Tls, Udp]).latency(far).certificate(&["acme.example", &target], 71)
    };
    CarrierPlan::new("acme", "sip:acme.example")
        .engine("asterisk")
        .registrar(
            RegistrarPlan::new()
                .user("+12025550143", "lab-acme-143")
                .algorithms([Algorithm::Sha256, Algorithm::Md5])
                .qop(Qop::Both)
                .location(Location::Separate)
                .min_expires(30)
                .service_route("<sip:core.acme.example;lr>"),
        )
        .account(Hold, Expires::new(60))
        .pop("us-east-1", "pop-us-east-1")
        .pop("us-east-2", "pop-us-east-2")
        .pop("us-west-1", "pop-us-west-1")
        .host(pop("us-east-1", ms(18)))
        .host(pop("us-east-2", ms(21)))
        .host(pop("us-west-1", ms(68)))
        .zone(
            r#"
            $ORIGIN acme.example.
            @           300 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp
            @           300 NAPTR 20 50 "s" "SIP+D2U"  "" _sip._udp
            _sips._tcp   60 SRV   10  50 tls pop-us-east-1
            _sips._tcp   60 SRV   10  50 tls pop-us-east-2
            _sips._tcp   60 SRV   20 100 tls pop-us-west-1
            _sip._udp    60 SRV   10  50 udp pop-us-east-1
            _sip._udp    60 SRV   10  50 udp pop-us-east-2
            _sip._udp    60 SRV   20 100 udp pop-us-west-1
            "#,
        )
}

/// Regions as tiers, two hosts in each; no NAPTR, UDP only.
fn flow() -> CarrierPlan {
    let tiers = [("us-west", ms(12)), ("us-east", ms(54)), ("eu", ms(70))];
    let hosts = tiers.iter().flat_map(|&(region, far)| {
        ["01", "02"]
            .map(|number| HostPlan::new(&format!("ep-{region}-{number}.flow.example")).speaks([Udp]).latency(far))
    });
    let plan = CarrierPlan::new("flow", "sip:flow.example").engine("kamailio:use_dns_failover=1,dns_srv_lb=1");
    let plan = hosts.fold(plan, CarrierPlan::host);
    tiers.iter().fold(plan, |plan, (region, _)| plan.pop(region, &format!("ep-{region}-*"))).zone(
        "
        $ORIGIN flow.example.
        _sip._udp 60 SRV 10 50 udp ep-us-west-01
        _sip._udp 60 SRV 10 50 udp ep-us-west-02
        _sip._udp 60 SRV 20 50 udp ep-us-east-01
        _sip._udp 60 SRV 20 50 udp ep-us-east-02
        _sip._udp 60 SRV 30 50 udp ep-eu-01
        _sip._udp 60 SRV 30 50 udp ep-eu-02
        ",
    )
}

/// Two anycast addresses with odd weights, over TLS and UDP; the address at the domain is only one of them.
/// The TTL is short, for the story changes the weights. A PBX is registered, and both say so.
fn anycast() -> CarrierPlan {
    let host = |name: &str, far| {
        let target = format!("{name}.anycast.example");
        HostPlan::new(&target).speaks([Tls, Udp, Tcp]).latency(far).certificate(&["anycast.example", &target], 54)
    };
    CarrierPlan::new("anycast", "sip:anycast.example")
        .registrar(
            RegistrarPlan::new()
                .user("+13125550178", "lab-anycast-178")
                .algorithms([Algorithm::Sha256])
                .behind_proxy()
                .kept("sip-anycast1.anycast.example", "<sip:+13125550178@198.51.100.23:5060>"),
        )
        .account(Observe, Expires::USUAL)
        .pop("anycast1", "sip-anycast1")
        .pop("anycast2", "sip-anycast2")
        .host(host("sip-anycast1", ms(4)))
        .host(host("sip-anycast2", ms(6)))
        .zone(
            "
            $ORIGIN anycast.example.
            @          30 A   sip-anycast1
            _sips._tcp 15 SRV 1 45 tls sip-anycast1
            _sips._tcp 15 SRV 1 95 tls sip-anycast2
            _sip._udp  15 SRV 1 45 udp sip-anycast1
            _sip._udp  15 SRV 1 95 udp sip-anycast2
            ",
        )
}

/// TLS and nothing else, a primary and a backup in two data centres; no NAPTR. Our account lies idle.
fn edge() -> CarrierPlan {
    let host = |target: &str, far, days| {
        HostPlan::new(target).speaks([Tls]).latency(far).certificate(&["edge.example", target], days)
    };
    CarrierPlan::new("edge", "sip:edge.example")
        .registrar(RegistrarPlan::new().user("+14155550119", "lab-edge-119"))
        .account(Off, Expires::USUAL)
        .pop("us-dc1", "*.us-dc1.edge.example")
        .pop("us-dc2", "*.us-dc2.edge.example")
        .host(host("sip-edge1.us-dc1.edge.example", ms(31), 44))
        .host(host("sip-edge2.us-dc2.edge.example", ms(37), 19))
        .zone(
            "
            $ORIGIN edge.example.
            _sips._tcp 60 SRV  5 100 tls sip-edge1.us-dc1
            _sips._tcp 60 SRV 10 105 tls sip-edge2.us-dc2
            ",
        )
}

/// A telephone company: NAPTR to SRV over TCP, single targets with weight 0, no address at the domain, and
/// TTLs of an hour. A registration is short, and each request needs another nonce.
fn telco() -> CarrierPlan {
    let host = |target: &str, far| HostPlan::new(target).speaks([Tcp]).latency(far).ttl(600);
    CarrierPlan::new("telco", "sip:telco.example")
        .registrar(RegistrarPlan::new().user("+493023125042", "lab-telco-042").nonces(Nonces::Rotating))
        .account(Hold, Expires::new(20))
        .pop("mav-001", "l01-mav-rt-001")
        .pop("mav-002", "l01-mav-rt-002")
        .host(host("l01-mav-rt-001.edns.telco.example", ms(9)))
        .host(host("l01-mav-rt-002.edns.telco.example", ms(14)))
        .zone(
            r#"
            $ORIGIN telco.example.
            @         3600 NAPTR 10 50 "s" "SIP+D2T" "" _sip._tcp
            _sip._tcp 3600 SRV   10  0 tcp l01-mav-rt-001.edns
            _sip._tcp 3600 SRV   20  0 tcp l01-mav-rt-002.edns
            "#,
        )
}

/// A cloud: one name, several addresses in another order each time, an explicit port, no SRV.
fn cloud() -> CarrierPlan {
    CarrierPlan::new("cloud", "sip:cloud.example")
        .with_port_for(Udp)
        .host(HostPlan::new("cloud.example").addresses(4).latency(ms(26)))
        .zone("$ROTATE cloud.example")
}

/// A customer's name that is an alias, dual stack, and two primaries that share one backup. A PBX is registered at the
/// second of them, and nobody else knows of it.
fn meta() -> CarrierPlan {
    let host =
        |city: &str, far| HostPlan::new(&format!("{city}.out.meta.example")).speaks([Udp]).dual_stack().latency(far);
    CarrierPlan::new("meta", "sip:meta.example")
        .registrar(
            RegistrarPlan::new()
                .user("+17185550166", "lab-meta-166")
                .qop(Qop::Absent)
                .nonces(Nonces::Stale(3))
                .location(Location::Separate)
                .kept("lac.us.out.meta.example", "<sip:+17185550166@203.0.113.17:5060>"),
        )
        .account(Observe, Expires::USUAL)
        .pop("nyc", "nyc.us.out.meta.example")
        .pop("lac", "lac.us.out.meta.example")
        .pop("mia", "mia.us.out.meta.example")
        .host(host("nyc.us", ms(23)))
        .host(host("lac.us", ms(49)))
        .host(host("mia.us", ms(41)))
        .zone(
            r#"
            $ORIGIN meta.example.
            @             90 CNAME hub.out
            hub.out      128 NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
            _sip._udp     90 CNAME _sip._udp.us.out
            _sip._udp.us.out 90 SRV 10 10 udp nyc.us.out
            _sip._udp.us.out 90 SRV 10 10 udp lac.us.out
            _sip._udp.us.out 90 SRV 20 10 udp mia.us.out
            "#,
        )
}

/// Three names that the trunk itself tries in this order: an explicit port, TLS, no SRV between them.
fn trio() -> CarrierPlan {
    let host = |name: &str, far| {
        let target = format!("{name}.trio.example");
        HostPlan::new(&target).speaks([Tls]).latency(far).certificate(&[&target], 120)
    };
    CarrierPlan::new("trio", "sip:sip.trio.example;transport=tls")
        .then("sip:sip2.trio.example;transport=tls")
        .then("sip:sip3.trio.example;transport=tls")
        .with_port_for(Tls)
        .pop("sip", "sip.trio.example")
        .pop("sip2", "sip2.trio.example")
        .pop("sip3", "sip3.trio.example")
        .host(host("sip", ms(17)))
        .host(host("sip2", ms(88)))
        .host(host("sip3", ms(140)))
}
