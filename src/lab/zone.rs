//! Zone text: what the lab publishes, written nearly as in a zone file (RFC 1035 5.1).
//!
//! One record per line: `owner TTL TYPE rdata`. A name without its final dot is below the last `$ORIGIN`,
//! or absolute where none was given; `@` is the origin; a line that begins with `;` is a comment. Ports and
//! addresses are known only once the sockets are bound, so three things may be left to the lab:
//!
//! - the port of an SRV record may be `udp`, `tcp`, `tls`, `ws` or `wss`: where its target listens for that;
//! - the address of an A or AAAA record may be the name of a host of the lab: all its addresses;
//! - `$ROTATE name`: the records of this name come in another order in each answer.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hickory_server::proto::rr::rdata::NULL;
use hickory_server::proto::rr::{LowerName, Name as DnsName, RData, Record, RecordType, RrKey};
use hickory_server::proto::serialize::binary::{BinDecodable, BinEncodable};
use thiserror::Error;

use crate::model::{Name, Text, Transport};

/// Why a line of zone text cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("zone line '{line}': {why}")]
pub struct ZoneError {
    line: Text,
    why: Text,
}

/// Where a host of the lab listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listening {
    pub(super) addresses: Vec<IpAddr>,
    /// For each transport that it listens for.
    pub(super) ports: BTreeMap<Transport, u16>,
}

impl Listening {
    pub(super) fn port(&self, transport: Transport) -> Option<u16> {
        self.ports.get(&transport).copied()
    }
}

/// The hosts of the lab by name.
pub(super) type Hosts = BTreeMap<Name, Listening>;

/// Zone text, read.
#[derive(Debug, Default)]
pub(super) struct Zone {
    pub(super) sets: BTreeMap<RrKey, Vec<Record>>,
    pub(super) rotating: Vec<LowerName>,
}

impl Zone {
    /// Reads `text`, and fills in what is left to the lab.
    pub(super) fn read(text: &str, hosts: &Hosts) -> Result<Self, ZoneError> {
        let mut zone = Self::default();
        let mut origin = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(';')) {
            let outcome = match line.split_once(char::is_whitespace) {
                Some(("$ORIGIN", name)) => {
                    origin = absolute(name.trim(), "");
                    Ok(())
                }
                Some(("$ROTATE", name)) => {
                    dns_name(&absolute(name.trim(), &origin)).map(|name| zone.rotating.push(LowerName::from(name)))
                }
                _ => zone.read_record(line, &origin, hosts),
            };
            outcome.map_err(|why| ZoneError { line: line.into(), why: why.into() })?;
        }
        Ok(zone)
    }

    fn read_record(&mut self, line: &str, origin: &str, hosts: &Hosts) -> Result<(), String> {
        let mut fields = line.split_whitespace();
        let mut next =
            |what: &str| fields.next().ok_or_else(|| format!("it has no {what}; write 'owner TTL TYPE rdata'"));
        let owner = dns_name(&absolute(next("owner")?, origin))?;
        let ttl = next("TTL")?.parse::<u32>().map_err(|_| "the TTL is not a number of seconds".to_owned())?;
        let rtype: RecordType = next("type")?.parse().map_err(|_| "the type is unknown".to_owned())?;
        let rdata: Vec<&str> = fields.collect();
        for rdata in expanded(rtype, &rdata, origin, hosts)? {
            let rdata = if rtype == RecordType::DNAME {
                dname(&dns_name(&rdata)?)?
            } else {
                RData::try_from_str(rtype, &rdata).map_err(|why| why.to_string())?
            };
            self.add(Record::from_rdata(owner.clone(), ttl, rdata));
        }
        Ok(())
    }

    /// Adds a record to its RRset.
    pub(super) fn add(&mut self, record: Record) {
        let key = RrKey::new(LowerName::new(&record.name), record.record_type());
        self.sets.entry(key).or_default().push(record);
    }
}

/// The data with everything filled in: one line may stand for several records.
fn expanded(rtype: RecordType, fields: &[&str], origin: &str, hosts: &Hosts) -> Result<Vec<String>, String> {
    let host = |name: &str| -> Result<&Listening, String> {
        let name = Name::parse(name).map_err(|why| why.to_string())?;
        hosts.get(&name).ok_or_else(|| format!("the lab has no host {name}"))
    };
    match (rtype, fields) {
        (RecordType::SRV, [priority, weight, port, target]) => {
            let target = absolute(target, origin);
            let port = match port.parse::<Transport>() {
                Ok(transport) => {
                    let port = host(&target)?.port(transport);
                    port.ok_or_else(|| format!("{target} does not listen for {transport}"))?.to_string()
                }
                Err(_) => (*port).to_owned(),
            };
            Ok(vec![format!("{priority} {weight} {port} {target}")])
        }
        (RecordType::NAPTR | RecordType::CNAME | RecordType::DNAME, [before @ .., name]) => {
            let mut fields: Vec<String> = before.iter().map(|&field| field.to_owned()).collect();
            fields.push(absolute(name, origin));
            Ok(vec![fields.join(" ")])
        }
        (RecordType::A | RecordType::AAAA, [address]) if address.parse::<IpAddr>().is_err() => {
            let all = &host(&absolute(address, origin))?.addresses;
            let fits = |ip: &&IpAddr| ip.is_ipv4() == (rtype == RecordType::A);
            Ok(all.iter().filter(fits).map(ToString::to_string).collect())
        }
        _ => Ok(vec![fields.join(" ")]),
    }
}

/// A name with its final dot.
fn absolute(name: &str, origin: &str) -> String {
    match name {
        "@" => origin.to_owned(),
        _ if name.ends_with('.') => name.to_owned(),
        _ if origin.is_empty() || origin == "." => format!("{name}."),
        _ => format!("{name}.{origin}"),
    }
}

fn dns_name(absolute: &str) -> Result<DnsName, String> {
    DnsName::from_ascii(absolute).map_err(|why| format!("'{absolute}' is no domain name: {why}"))
}

/// A DNAME, which hickory does not know: a name that is not compressed (RFC 6672 2.5).
fn dname(target: &DnsName) -> Result<RData, String> {
    let octets = target.to_bytes().map_err(|why| why.to_string())?;
    Ok(RData::Unknown { code: RecordType::DNAME, rdata: NULL::with(octets) })
}

/// The target of a DNAME that was written by [`dname`].
pub(super) fn dname_target(record: &Record) -> Option<DnsName> {
    let RData::Unknown { code: RecordType::DNAME, rdata } = &record.data else { return None };
    DnsName::from_bytes(&rdata.anything).ok()
}

/// The same name as the wire has it.
pub(super) fn wire_name(name: &Name) -> Option<LowerName> {
    let mut name = DnsName::from_ascii(name.as_str()).ok()?;
    name.set_fqdn(true);
    Some(LowerName::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let addresses = vec!["127.0.0.9".parse().unwrap(), "::1".parse().unwrap()];
        let listening = Listening { addresses, ports: BTreeMap::from([(Transport::Udp, 4000)]) };
        Hosts::from([(Name::parse("pop.a.example").unwrap(), listening)])
    }

    fn read(text: &str) -> Vec<String> {
        let zone = Zone::read(text, &hosts()).unwrap();
        zone.sets.values().flatten().map(|r| format!("{} {} {} {}", r.name, r.ttl, r.record_type(), r.data)).collect()
    }

    #[test]
    fn ports_and_addresses_of_hosts_are_filled_in() {
        assert_eq!(
            read("$ORIGIN a.example.\n  ; a comment\n  _sip._udp 60 SRV 10 50 udp pop\n  @ 30 A pop\n  @ 30 AAAA pop"),
            [
                "a.example. 30 A 127.0.0.9",
                "a.example. 30 AAAA ::1",
                "_sip._udp.a.example. 60 SRV 10 50 4000 pop.a.example."
            ]
        );
    }

    #[test]
    fn without_an_origin_names_are_absolute() {
        assert_eq!(
            read("b.example 300 NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.b.example\nc.example 5 CNAME b.example."),
            ["b.example. 300 NAPTR 10 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.b.example.", "c.example. 5 CNAME b.example."]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (line, why) in [
            ("a.example 60 SRV 10 50 tls pop.a.example", "does not listen for tls"),
            ("a.example 60 SRV 10 50 udp nobody.example", "no host nobody.example"),
            ("a.example soon A 127.0.0.1", "not a number of seconds"),
            ("a.example 60 SMOKE x", "type is unknown"),
            ("a.example", "it has no TTL"),
            ("a.example 60 SRV 10", ""),
            ("a.example 60 A", ""),
            ("a.example 60 DNAME b..example", "no domain name"),
        ] {
            let said = Zone::read(line, &hosts()).unwrap_err().to_string();
            assert!(said.contains(line) && said.contains(why), "{said}");
        }
    }
}
