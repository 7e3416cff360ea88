//! Each rule that the reference decides by.
//!
//! One line for each: where it is written, what it says as far as it decides, and which stacks do otherwise
//! with the same records. What is said of others is measured or read in their source, or marked as assumed.

use crate::model::Rule;

macro_rules! rules {
    ($($item:ident, $name:literal, $clause:literal, $says:literal, $others:expr;)*) => {
        $(pub(in crate::locate) static $item: Rule = Rule { name: $name, clause: $clause, says: $says, others: $others };)*

        /// All of them.
        pub(in crate::locate) static ALL: &[&Rule] = &[$(&$item),*];
    };
}

rules! {
    // What the URI says.
    URI_TRANSPORT, "uri-transport", "RFC 3263 4.1", "a transport that the URI names is used, and no NAPTR is asked for", None;
    URI_SIPS, "uri-sips", "RFC 3263 4.1, RFC 3261 26.2.2", "a sips: URI goes over TLS: what is not encrypted is not considered", None;
    URI_LITERAL, "uri-literal", "RFC 3263 4.2", "an address is used as it is, and nothing is asked", None;
    URI_PORT, "uri-port", "RFC 3263 4.1, 4.2", "with a port, the host's own addresses are asked for, and neither NAPTR nor SRV", None;
    URI_DEFAULT, "uri-default", "RFC 3263 4.1", "where neither the URI nor the DNS names a transport: UDP for sip:, TLS for sips:", None;
    URI_MADDR, "uri-maddr", "RFC 3263 4", "where maddr is given, it is looked up in place of the host", None;
    URI_UNSPOKEN, "uri-unspoken", "RFC 3263 4.1", "a transport that the client does not support cannot be chosen", None;
    URI_LIST, "uri-list", "RFC 3261 8.1.2", "local policy may give further destinations; they are tried in its order", None;
    NAME_LENGTH, "name-length", "RFC 1035 2.3.4", "a name has at most 255 octets: a longer one does not exist, and is not asked for", None;

    // NAPTR.
    NAPTR_ORDER, "naptr-order", "RFC 3403 4.1", "the lowest order that can be used; once one has matched, later orders must not be considered",
        Some("Asterisk keeps later orders as fallbacks unless SIPS+D2T has matched; Kamailio lets its own transport preferences outrank the order; sofia-sip takes UDP where preferences are equal, whatever the order");
    NAPTR_ALL_ORDERS, "naptr-all-orders", "setting naptr_orders=all, against RFC 3403 4.1", "where an order has no SRV records, the next order is considered", None;
    NAPTR_PREFERENCE, "naptr-preference", "RFC 3403 4.1", "within an order, the lower preference first", None;
    NAPTR_TIE, "naptr-tie", "RFC 3403 4.1", "of equal order and preference any may be taken; here our own preference of transports decides",
        Some("sofia-sip takes UDP; OpenSIPS takes the last of the answer");
    NAPTR_ONE, "naptr-one", "RFC 3263 4.1", "one transport results: the records after the one that has targets are not walked",
        Some("when all targets of this one are dead, Kamailio and sofia-sip go on to the next NAPTR record, and so does Asterisk unless it was SIPS+D2T");
    NAPTR_SERVICE, "naptr-service", "RFC 3263 4.1, RFC 4168 6, RFC 7118 5.3", "SIP's services are SIP+D2U, SIP+D2T, SIPS+D2T, SIP+D2S, SIPS+D2S, SIP+D2W and SIPS+D2W", None;
    NAPTR_UNSPOKEN, "naptr-unspoken", "RFC 3263 4.1", "services of transports that the client does not support are discarded",
        Some("OpenSIPS chooses such a transport all the same, and the call ends in 500");
    NAPTR_FLAG, "naptr-flag", "RFC 3263 4.1", "SIP's records have the flag 's': the replacement holds SRV records",
        Some("at a flag 'a' Kamailio ends the request with 478; OpenSIPS and Asterisk pass the record over, too");
    NAPTR_REGEXP, "naptr-regexp", "RFC 3403 4.1, RFC 3263 4.1", "regexp and replacement exclude each other, and SIP's records have the replacement", None;
    NAPTR_REPLACEMENT, "naptr-replacement", "RFC 3403 4.1", "the replacement is the next name to ask; the root is none", None;
    NAPTR_SIPS, "naptr-sips", "RFC 3263 4.1", "for a sips: URI, services that are not SIPS are discarded", None;
    NAPTR_ELSEWHERE, "naptr-elsewhere", "RFC 3263 4.1", "the replacement may be in any domain", None;
    NAPTR_LABELS, "naptr-labels", "RFC 3263 4.1", "the service field names the transport, whatever the labels of the replacement", None;
    NAPTR_NONE, "naptr-none", "RFC 3263 4.1", "without NAPTR records, SRV records are asked for each transport that the client supports",
        Some("OpenSIPS and PJSIP then ask for UDP alone (TLS for sips:), sofia-sip for its first bound transport");
    NAPTR_UNUSABLE, "naptr-unusable", "RFC 3263 4.1", "records of which none can be used are as good as none", Some("sofia-sip ends the request here with 503");

    // SRV.
    SRV_EACH, "srv-each", "RFC 3263 4.1, and _sips for a sip: URI too (setting ask_sips=yes)",
        "each supported transport is asked for, and the first in the client's preference that has records is used",
        Some("RFC 3263 4.1 itself has a sip: URI ask for _sip alone; Asterisk takes the targets of all its transports, TLS first");
    SRV_RFC, "srv-rfc", "RFC 3263 4.1 (setting ask_sips=no)",
        "each supported transport is asked for, with _sip for sip: and _sips for sips:, and the first in preference that has records is used",
        Some("Asterisk asks for _sips._tcp, too, and takes the targets of all its transports, TLS first");
    SRV_NEXT, "srv-next", "RFC 3263 4.1", "a transport without SRV records is passed over", None;
    SRV_PRIORITY, "srv-priority", "RFC 2782 (Priority), RFC 3263 4.3", "the lowest priority first, and every target of it before any of the next; when all have failed, the request fails",
        Some("when all have failed, sofia-sip (FreeSWITCH) tries the domain's own addresses where no NAPTR led here; Kamailio without use_dns_failover tries no second target; PJSIP goes on at transport errors only");
    SRV_WEIGHT, "srv-weight", "RFC 2782 (Weight)", "within a priority a draw from 0 to the sum of the weights, inclusive; averaged over the orders that the list may have",
        Some("Asterisk, sofia-sip and reSIProcate draw w/S; Kamailio without dns_srv_lb takes the highest weight always; OpenSIPS draws with a bias that gives 1:1 all to one; baresip hashes the account");
    SRV_ZERO, "srv-zero", "RFC 2782 (Weight)", "a weight of 0 beside others is rarely first: all of weight 0 together as often as 1 in S + 1",
        Some("in Asterisk, sofia-sip and reSIProcate a weight of 0 is never before any other");
    SRV_ROOT, "srv-root", "RFC 2782 (Target)", "the target '.' alone says that the service is decidedly not available",
        Some("PJSIP, sofia-sip and OpenSIPS try the domain's own addresses; Asterisk sends nothing; Kamailio ends with 477");
    SRV_ROOT_MIXED, "srv-root-mixed", "RFC 2782 (Target)", "a target '.' beside others is no host, and is passed over", None;
    SRV_ABSENT, "srv-absent", "RFC 3263 4.2, RFC 3403 4.1", "a NAPTR record without its SRV gives way to the next of its order; after the last, the domain's own addresses",
        Some("Asterisk sends nothing; sofia-sip ends with 503; Kamailio takes the domain's A at once; OpenSIPS goes on to the next NAPTR record");
    SRV_SAME_TARGET, "srv-same-target", "RFC 2782", "two records that differ are two, even where they lead to one host and port: each has its own weight in the draw", None;
    SRV_PORT_ZERO, "srv-port-zero", "RFC 6335 6", "port 0 is reserved: nothing can be sent there", None;
    SRV_UNUSABLE, "srv-unusable", "RFC 3263 4.2", "SRV records of which none can be used were found all the same: the domain's own addresses are no stand-in", None;
    SRV_TARGET_ALIAS, "srv-target-alias", "RFC 2782 (Target)", "a target must not be an alias; the reference follows it all the same, as resolvers do", None;
    SRV_TARGET_LITERAL, "srv-target-literal", "RFC 2782 (Target)", "a target is a domain name: one that looks like an address is asked for as a name",
        Some("stacks that hand the target to getaddrinfo(3) take it as the address (assumed)");
    SRV_TARGET_MISSING, "srv-target-missing", "RFC 3263 4.2", "a target without an address cannot be tried, and is passed over", None;
    SRV_DEAD_END, "srv-dead-end", "RFC 3263 4.2", "SRV records whose targets have no address are the end: the domain's own addresses are no stand-in",
        Some("sofia-sip (FreeSWITCH) tries the domain's own addresses where no NAPTR led here; Asterisk and PJSIP send nothing, too");
    DOMAIN_ADDRESS, "domain-address", "RFC 3263 4.2", "without SRV records, the domain's own addresses, on the transport's default port",
        Some("Asterisk does so only where there is neither SRV nor a usable NAPTR record; livekit-sip takes an A record first and never comes to SRV");

    // Of any type.
    DUPLICATE, "duplicate", "RFC 2181 5", "an RRset is a set: the same record twice is one", None;

    // Addresses.
    ADDRESS_BOTH, "address-both", "RFC 7984 3.1", "A and AAAA are both asked for, for each target", None;
    ADDRESS_FAMILY, "address-family", "RFC 7984 4, RFC 6724", "the order of families within a target is the host's policy, and no reason to leave the order of SRV", None;
    ADDRESS_EACH, "address-each", "RFC 3263 4.3", "each address of a target is tried before the next target", Some("Kamailio tries the first address only");
    ALIAS, "alias", "RFC 1034 3.6.2", "an alias is followed to its end, and the least TTL on the way counts",
        Some("a resolver that reads the first record of an answer alone takes a wrong address, as PJSIP's did until 2007 (pjproject #313)");

    // What is not an answer.
    FAILED_NAPTR, "failed-naptr", "RFC 2308 7", "a failure says nothing of the data: without the NAPTR answer no transport can be chosen",
        Some("many stacks go on to SRV or A here (assumed)");
    FAILED_SRV, "failed-srv", "RFC 2308 7", "a failure says nothing of the data: no lesser transport and no address may stand in for SRV records that may exist",
        Some("many stacks go on to A here (assumed)");
    FAILED_ADDRESS, "failed-address", "RFC 2308 7", "a failure says nothing of the data: the target may have addresses, and nobody knows them", None;
    ALIAS_LOOP, "alias-loop", "RFC 1034 3.6.2, 5.2.2", "an alias that leads back to itself, or too far, is an error, and not an answer", None;
    CACHED, "cached", "RFC 1035 3.2.1", "an answer holds until its TTL ends, even while newer questions fail", None;
    NO_RECORDS, "no-records", "RFC 3263 4.2", "a domain without SRV and address records cannot be reached",
        Some("OpenSIPS answers its caller 476; what others answer is not known");
}
