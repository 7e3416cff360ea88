# What an operator reads aloud. The order of blame: our own side, DNS, the network, TLS, SIP.

# UP

== All is well
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive

== 401, 404 and 501 are answers: the target lives
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1: 401
14:00 us-east-2: 404
14:00 us-west-1: 501
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive

== The backup was not probed yet: nothing is claimed of it
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1 us-east-2: ok
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is not known yet

== One lost probe is no outage
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:01 us-east-2: silent x2
~ UP us-east-1 50 %, us-east-2 50 %

== Nobody knows of one primary yet
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1 us-west-1: ok
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive; us-east-2 not known yet

== One primary cannot be reached from here, for a reason of ours
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1 us-west-1: ok
14:00 us-east-2: no-route "no IPv6 route"
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive; us-east-2 out of our reach

# DEGRADED

== One of two falls silent
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: silent x3
= DEGRADED us-east-2 silent since 14:02 (3 probes lost). As RFC 3263: half of the calls hang 32 s first, then us-east-1
14:10 us-east-2: silent
~ DEGRADED us-east-2 silent since 14:02 (4 probes lost)

== One of two refuses: the next at once
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: refused x3
= DEGRADED us-east-2 refused since 14:02. As RFC 3263: all calls go to us-east-1 at once

== One of two answers 503, until it says otherwise twice
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: 503
~ UP us-east-1 50 %, us-east-2 50 %
14:02 us-east-2: 503 x2
= DEGRADED us-east-2 answers 503 since 14:02. As RFC 3263: all calls go to us-east-1 at once
# A lost probe takes nothing back.
14:03 us-east-2: silent
= DEGRADED us-east-2 answers 503 since 14:02. As RFC 3263: all calls go to us-east-1 at once
14:04 us-east-2: ok
= DEGRADED us-east-2 answers 503 since 14:02 (answers again, not yet often enough to be believed). As RFC 3263: all calls go to us-east-1 at once
14:04 us-east-2: ok
~ UP us-east-1 50 %, us-east-2 50 %

== One of two answers 500: no failover there
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: 500 x3
= DEGRADED us-east-2 answers 500 since 14:02. As RFC 3263: half of the calls still go there

== Both primaries fall silent: the backup tier carries all, late
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-1 us-east-2: silent x3
= DEGRADED primary tier is dead: us-east-1 and us-east-2 silent since 14:02 (3 probes lost each). As RFC 3263: all calls hang 64 s first, then us-west-1; backup tier only; the only address left is 198.51.100.7

== Both primaries fail, each in its own way
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-1: refused x3
14:05 us-east-2: silent x3
= DEGRADED primary tier is dead: us-east-1 refused since 14:02, us-east-2 silent since 14:05 (3 probes lost). As RFC 3263: all calls hang 32 s first, then us-west-1; backup tier only; the only address left is 198.51.100.7

== The certificate of a primary is wrong
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: tls-untrusted "certificate expired yesterday" x3
= DEGRADED us-east-2 fails TLS since 14:02 (certificate expired yesterday). As RFC 3263: all calls go to us-east-1 at once

== An ICMP that says unreachable does not mean that packets arrive
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: unreachable x3
= DEGRADED us-east-2 unreachable since 14:02. As RFC 3263: all calls go to us-east-1 at once

== Garbage in place of SIP
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-2: garbage x3
~ DEGRADED us-east-2 answers garbage since 14:02

== One of three, unequal: a third of the calls
carrier tri sip:tri.example;transport=udp
_sip._udp.tri.example 300 SRV 10 10 5060 a.tri.example
_sip._udp.tri.example 300 SRV 10 10 5060 b.tri.example
_sip._udp.tri.example 300 SRV 10 10 5060 c.tri.example
a.tri.example 60 A 192.0.2.1
b.tri.example 60 A 192.0.2.2
c.tri.example 60 A 192.0.2.3
14:00 dns
14:00 all: ok
14:02 b: silent x3
= DEGRADED b silent since 14:02 (3 probes lost). As RFC 3263: a third of the calls hang 32 s first, then a or c

== One address of a target is silent, and it is the first that is tried
carrier dual sip:dual.example;transport=udp
_sip._udp.dual.example 300 SRV 10 10 5060 a.dual.example
_sip._udp.dual.example 300 SRV 10 10 5060 b.dual.example
a.dual.example 60 A    192.0.2.1
a.dual.example 60 AAAA 2001:db8::1
b.dual.example 60 A    192.0.2.2
14:00 dns
14:00 all: ok
14:02 2001:db8::1: silent x3
= DEGRADED a silent at 2001:db8::1 since 14:02 (3 probes lost). As RFC 3263: half of the calls hang 32 s first, then a

== One address of a target is silent, and the other cannot be reached from here
carrier dual sip:dual.example;transport=udp
_sip._udp.dual.example 300 SRV 10 10 5060 a.dual.example
_sip._udp.dual.example 300 SRV 10 10 5060 b.dual.example
a.dual.example 60 A    192.0.2.1
a.dual.example 60 AAAA 2001:db8::1
b.dual.example 60 A    192.0.2.2
14:00 dns
14:00 192.0.2.1 192.0.2.2: ok
14:00 2001:db8::1: no-route "no IPv6 route" x3
~ UP next calls: a 50 %, b 50 %
14:02 192.0.2.1: silent x3
= DEGRADED a silent at 192.0.2.1, its other addresses not known from here, since 14:02 (3 probes lost); whether calls get through cannot be told from here

== One refuses from the start, and the other was not asked yet
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1: refused x3
= DEGRADED us-east-1 refused since 14:00. As RFC 3263: all calls go to us-east-2 at once; us-east-2 not known yet

# DOWN

== No target answers any more
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00:30 us-east-1: refused x3
14:01 us-east-2: refused x3
14:03 us-west-1: silent x3
= DOWN no target answers since 14:03; DNS is fine. 2 refused (our packets arrive), 1 silent

== All answer, and none takes calls
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 all: 503 x3
= DOWN no target takes calls since 14:02; DNS is fine. 3 answer 503

== One answers 503, the rest does not answer
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-1 us-west-1: unreachable x3
14:03 us-east-2: 503 x3
= DOWN no target takes calls since 14:03; DNS is fine. 1 answers 503, 2 unreachable

== It began yesterday
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 all: ok
14:02 sbc: reset x3
tomorrow/09:00 dns
tomorrow/09:00 sbc: reset
= DOWN no target answers since 2 Mar 14:02; DNS is fine. 1 resets connections

== A domain without anything
carrier typo sip:acme.exmaple
14:00 dns
= DOWN DNS leads nowhere: acme.exmaple has neither SRV records nor an address
# It is asked for as rarely as its TTL allows, and that is no silence.
14:00:59 tick
~ DOWN DNS leads nowhere

== SRV records that lead to no address
carrier gone sip:gone.example;transport=udp
_sip._udp.gone.example 300 SRV 10 1 5060 sbc.gone.example
14:00 dns
= DOWN DNS leads nowhere: SRV records exist, and none of their targets has an address

# DNS

== Questions fail: the last good answers are shown, with their age
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:04 + acme.example * SERVFAIL
14:04 + _sips._tcp.acme.example * SERVFAIL
14:04 + us-east-1.acme.example * SERVFAIL
14:04 + us-east-2.acme.example * SERVFAIL
14:04 + us-west-1.acme.example * SERVFAIL
14:04 dns
14:04 all: ok

= DNS SERVFAIL from 192.0.2.53 since 14:04; showing answers 4 min old, valid until 14:05; targets still UP
# Time alone ends it.
14:05:10 tick
~ DNS showing answers 5 min old, expired at 14:05; targets still UP
14:05:20 dns
= DNS SERVFAIL from 192.0.2.53 since 14:04; showing answers 5 min old, expired at 14:05: as RFC 3263, calls fail now; targets still UP
14:06 us-east-1: silent x3
~ DNS calls fail now; 2 of 3 targets answer
14:07 all: silent x3
~ DNS calls fail now; no target answers

== Only the addresses fail
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:04 + us-east-1.acme.example A TIMEOUT
14:04 dns A
= DNS no answer from 192.0.2.53 since 14:04; showing answers 4 min old, valid until 14:06; targets still UP
14:05 - us-east-1.acme.example A TIMEOUT
14:05 dns
~ UP us-east-1 50 %

== The first question of all fails
carrier acme sip:acme.example
acme.example * TIMEOUT
14:00 dns
= DNS no answer from 192.0.2.53 since 14:00 for NAPTR acme.example, and no earlier answer to go by
14:05 dns
= DNS no answer from 192.0.2.53 since 14:00 for NAPTR acme.example, and no earlier answer to go by

== A question of a transport that is not used fails: no trouble
carrier lb sip:lb.example
_sips._tcp.lb.example 300 SRV 10 1 5061 sbc.lb.example
_sip._udp.lb.example SRV SERVFAIL
sbc.lb.example 60 A 192.0.2.9
14:00 dns
14:00 sbc: ok
= UP next calls: sbc 100 %

== A question fails whose answer could only add
carrier half sip:half.example;transport=udp
_sip._udp.half.example 300 SRV 10 1 5060 sbc.half.example
sbc.half.example 60 A 192.0.2.9
sbc.half.example AAAA SERVFAIL
14:00 dns
14:00 sbc: ok
= WARNING next calls: sbc 100 %; SERVFAIL for AAAA sbc.half.example: there may be more addresses

# WARNING

== The backup tier is dead, and nobody would notice
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-west-1: tls-untrusted "certificate expired yesterday" x3
= WARNING backup tier is dead: us-west-1 fails TLS since 14:02 (certificate expired yesterday). Nothing is lost until both us-east-1 and us-east-2 fail

== Two backups of which nobody knows yet
carrier two sip:two.example;transport=udp
_sip._udp.two.example 300 SRV 10 1 5060 a.two.example
_sip._udp.two.example 300 SRV 20 1 5060 b.two.example
_sip._udp.two.example 300 SRV 30 1 5060 c.two.example
a.two.example 60 A 192.0.2.1
b.two.example 60 A 192.0.2.2
c.two.example 60 A 192.0.2.3
14:00 dns
14:00 a: ok
= UP next calls: a 100 %; 2 backups are not known yet
14:00 b: ok
= UP next calls: a 100 %; 1 of 2 backups are known to be alive

== One address is left, and is in trouble itself
carrier two sip:two.example;transport=udp
_sip._udp.two.example 300 SRV 10 1 5060 a.two.example
_sip._udp.two.example 300 SRV 20 1 5060 b.two.example
a.two.example 60 A 192.0.2.1
b.two.example 60 A 192.0.2.2
14:00 dns
14:00 all: ok
14:02 b: refused x3
= WARNING backup tier is dead: b refused since 14:02. Nothing is lost until a fails; the only address left is 192.0.2.1
14:03 a: 500 x3
~ DEGRADED ; the only address left is 192.0.2.1

== Of what nobody knows, none is the last one
carrier two sip:two.example;transport=udp
_sip._udp.two.example 300 SRV 10 1 5060 a.two.example
_sip._udp.two.example 300 SRV 20 1 5060 b.two.example
_sip._udp.two.example 300 SRV 30 1 5060 c.two.example
a.two.example 60 A 192.0.2.1
b.two.example 60 A 192.0.2.2
c.two.example 60 A 192.0.2.3
14:00 dns
14:00 a b: ok
14:02 b: refused x3
= WARNING backup b refused since 14:02; next calls: a 100 %

== One of two backups is dead
carrier two sip:two.example;transport=udp
_sip._udp.two.example 300 SRV 10 1 5060 a.two.example
_sip._udp.two.example 300 SRV 20 1 5060 b.two.example
_sip._udp.two.example 300 SRV 30 1 5060 c.two.example
a.two.example 60 A 192.0.2.1
b.two.example 60 A 192.0.2.2
c.two.example 60 A 192.0.2.3
14:00 dns
14:00 all: ok
= UP next calls: a 100 %; both backups are alive
14:02 b: silent x3
= WARNING backup b silent since 14:02 (3 probes lost); next calls: a 100 %
14:03 c: silent x3
= WARNING backup tier is dead: b silent since 14:02 (3 probes lost), c silent since 14:03 (3 probes lost). Nothing is lost until a fails; the only address left is 192.0.2.1

== A primary never answered from here, though others of the carrier do
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: silent x3
14:01 us-east-1 us-west-1: ok
= WARNING next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive; us-east-2 never answered from here

== DNS names a primary that has no address
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 - us-east-2.acme.example
14:00 dns
14:00 all: ok
= WARNING next calls: us-east-1 100 %; backup us-west-1 is alive; us-east-2.acme.example has no address in DNS

== DNS names a backup on port 0: nobody asks for its address, so none is said to be missing
carrier zero sip:zero.example;transport=udp
_sip._udp.zero.example 300 SRV 10 10 5060 a.zero.example
_sip._udp.zero.example 300 SRV 20 10 0    b.zero.example
a.zero.example 60 A 192.0.2.1
14:00 dns
14:00 all: ok
= UP next calls: a 100 %

== The second address of a primary is silent: no call waits for it
carrier dual sip:dual.example;transport=udp
_sip._udp.dual.example 300 SRV 10 10 5060 a.dual.example
a.dual.example 60 A    192.0.2.1
a.dual.example 60 AAAA 2001:db8::1
14:00 dns
14:00 all: ok
14:02 192.0.2.1: silent x3
= WARNING a silent at 192.0.2.1 since 14:02 (3 probes lost); no call waits for it; the only address left is 2001:db8::1

== A certificate ends soon: mentioned from thirty days on, and a warning from fourteen
carrier acme sip:acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok@30
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive
14:01 us-west-1: ok@29
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive; certificate of us-west-1 ends in 29 days
14:02 us-west-1: ok@14
~ UP ; certificate of us-west-1 ends in 14 days
14:03 us-west-1: ok@13
= WARNING next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive; certificate of us-west-1 ends in 13 days
14:04 all: ok@1
~ WARNING ; certificates of us-east-1, us-east-2 and us-west-1 end in 1 day
# Where calls are hurt, only what comes next is said beside it.
14:05 us-east-1: refused x3
14:05 us-east-2 us-west-1: ok@20
= DEGRADED us-east-1 refused since 14:05. As RFC 3263: all calls go to us-east-2 at once
14:06 us-east-2: ok@3
= DEGRADED us-east-1 refused since 14:05. As RFC 3263: all calls go to us-east-2 at once; certificate of us-east-2 ends in 3 days

# STALE

== The machine slept
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:10 slept 600
= STALE this machine slept, or its clock was set, by 10 min; everything is being asked again
14:10:05 dns
~ UP us-east-1 50 %

== Nothing is heard any more, though it is due
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 tick
~ UP us-east-1
14:03 tick
= STALE nothing heard for 3 min: is trunktop itself held up?
14:03:10 us-east-1: ok
~ UP us-east-1

== Everything stops at once: our own uplink
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example      300 SRV 10 50  5060 b1.beta.example
_sip._udp.beta.example      300 SRV 10 50  5060 b2.beta.example
b1.beta.example              60 A 203.0.113.1
b2.beta.example              60 A 203.0.113.2
14:00 dns
14:00 all: ok
14:00:30 beta/b1 beta/b2: ok
14:00:34 acme/us-east-1 acme/us-east-2 acme/us-west-1: ok
14:01 all: silent
= acme: STALE no target answers since 14:00: our own uplink? all 5 targets of 2 carriers stopped within 4 s
= beta: STALE no target answers since 14:00: our own uplink? all 5 targets of 2 carriers stopped within 4 s
# A refusal comes from somewhere: our packets go out.
14:02 all: silent x3
14:03 beta/b1: refused
~ acme: UNKNOWN asked again after trouble of our own
# The one that refuses was silent before: it is out.
~ beta: DEGRADED b1 refused since 14:03
14:03:20 all: silent
~ acme: DOWN no target answers since 14:03

== What was dead long before does not hide that our uplink is gone
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example      300 SRV 10 50  5060 b1.beta.example
_sip._udp.beta.example      300 SRV 10 50  5060 b2.beta.example
b1.beta.example              60 A 203.0.113.1
b2.beta.example              60 A 203.0.113.2
13:00 dns
13:00 all: ok
13:10 acme/us-west-1: silent x3
14:00 acme/us-east-1 acme/us-east-2 beta/b1 beta/b2: ok
14:01 all: silent
~ acme: STALE our own uplink? all 4 targets of 2 carriers stopped within 1 s

== One carrier that stops is the carrier's trouble, not ours
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example      300 SRV 10 50  5060 b1.beta.example
_sip._udp.beta.example      300 SRV 10 50  5060 b2.beta.example
b1.beta.example              60 A 203.0.113.1
b2.beta.example              60 A 203.0.113.2
14:00 dns
14:00 all: ok
14:01 acme/us-east-1 acme/us-east-2 acme/us-west-1: silent x3
~ acme: DOWN no target answers since 14:01; DNS is fine. 3 silent
~ beta: UP next calls: b1 50 %, b2 50 %

# UNKNOWN

== Before anything is known
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 tick
= UNKNOWN waiting for the first answer of the DNS
14:00 dns
= UNKNOWN waiting for the first probes; by DNS alone, next calls: us-east-1 50 %, us-east-2 50 %

== Silent from the start: our address may not be on the list
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: silent x3
= UNKNOWN all 3 targets are silent here and never answered: is our address on the carrier's allow-list?
14:30 all: silent x3
~ UNKNOWN all 3 targets are silent here

== A single target, silent from the start
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 all: silent x3
= UNKNOWN the target is silent here and never answered: is our address on the carrier's allow-list?

== No route
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 all: no-route "no IPv6 route"
= UNKNOWN no target can be reached from here: no IPv6 route

== TLS that we do not speak, and an SBC might
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 all: tls-alien
= UNKNOWN no target can be reached from here: TLS that is not spoken here

== Some silent from the start, the rest out of our reach
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 us-east-1 us-east-2: silent x3
14:00 us-west-1: no-route "no IPv6 route"
= UNKNOWN 2 of 3 targets are silent here and never answered: is our address on the carrier's allow-list? The rest cannot be reached from here: no IPv6 route

== Probing is turned off
not probed
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
= UNKNOWN not probed; by DNS alone, next calls: us-east-1 50 %, us-east-2 50 %
14:01:30 tick
~ UNKNOWN not probed
14:30 tick
= STALE nothing heard for 30 min: is trunktop itself held up?

# Simulations are never the verdict

== What an operator forces changes no verdict
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:01 fail us-east-1.acme.example
= UP next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive

== The primary never answered and the backup refuses: nobody knows whether calls get through
carrier duo sip:duo.example;transport=udp
_sip._udp.duo.example       300 SRV 10 1 5060 a.duo.example
_sip._udp.duo.example       300 SRV 20 1 5060 b.duo.example
a.duo.example                60 A 192.0.2.1
b.duo.example                60 A 192.0.2.2
14:00 dns
14:00 a: silent x3
14:00 b: refused x3
= WARNING b refused since 14:00; whether calls get through cannot be told from here; a never answered from here

== Our own route goes: what was UP is not shown as UP
carrier duo sip:duo.example;transport=udp
_sip._udp.duo.example       300 SRV 10 1 5060 a.duo.example
_sip._udp.duo.example       300 SRV 20 1 5060 b.duo.example
a.duo.example                60 A 192.0.2.1
b.duo.example                60 A 192.0.2.2
14:00 dns
14:00 all: ok
14:01 all: no-route x3
~ STALE no target can be reached from here since 14:00: our own side?

== TLS fails everywhere, and SIP answered all the same: that is an answer
carrier duo sip:duo.example;transport=tls
_sips._tcp.duo.example      300 SRV 10 1 5061 a.duo.example
a.duo.example                60 A 192.0.2.1
14:00 dns
14:00 a: tls-name "certificate names b.example, not duo.example" x3
~ DOWN no target takes calls since 14:00; DNS is fine

== One address of a target never answered, and the other does
carrier duo sip:duo.example;transport=udp
_sip._udp.duo.example       300 SRV 10 1 5060 a.duo.example
a.duo.example                60 A 192.0.2.1
a.duo.example                60 A 192.0.2.2
14:00 dns
14:00 192.0.2.1: silent x3
14:00 192.0.2.2: ok
~ WARNING a never answered at 192.0.2.1 from here

== Several targets forbid us to ask: probing has stopped, and nothing is late
carrier duo sip:duo.example;transport=udp
_sip._udp.duo.example       900 SRV 10 1 5060 a.duo.example
_sip._udp.duo.example       900 SRV 20 1 5060 b.duo.example
a.duo.example               900 A 192.0.2.1
a.duo.example               900 AAAA 2001:db8::1
b.duo.example               900 A 192.0.2.2
b.duo.example               900 AAAA 2001:db8::2
14:00 dns
14:00 all: 403
~ UP next calls: a 100 %; backup b is alive
14:01 a: 403
14:01 b: 403!
= WARNING probing has stopped, 4 addresses answer 403 to OPTIONS: may our address ask? r tries again; by DNS alone, next calls: a 100 %
14:04:59 tick
~ WARNING probing has stopped
14:05 all: 200
~ UP next calls: a 100 %; backup b is alive

# MAINTENANCE

== A target in maintenance is out at no cost, and nobody cries about it
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 all: ok
14:01 maintain us-east-2.acme.example
! us-east-2 is in maintenance, you say
state us-east-2 MAINT
lands now us-east-1 100%
= UP next calls: us-east-1 100 %; backup us-west-1 is alive; us-east-2 in maintenance
14:02 us-east-2: silent x9
! nothing
= UP next calls: us-east-1 100 %; backup us-west-1 is alive; us-east-2 in maintenance
14:03 us-east-1: refused x3
~ DEGRADED primary tier is dead: us-east-1 refused since 14:03. As RFC 3263: all calls go to us-west-1 at once; backup tier only; us-east-2 in maintenance; the only address left is 198.51.100.7
14:04 us-east-1: ok x2
14:05 resume us-east-2.acme.example
! us-east-2 is no longer in maintenance, you say
state us-east-2 UNKNOWN
# It answered before, so its silence is an outage again.
14:06 us-east-2: silent x3
~ DEGRADED us-east-2 silent since 14:06 (3 probes lost)

== All that is not in maintenance is silent here, or all of it is in maintenance
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:00 maintain us-west-1.acme.example
14:00 us-west-1: ok
state us-west-1 MAINT
14:00 us-east-1 us-east-2: silent x3
= UNKNOWN all 2 targets are silent here and never answered: is our address on the carrier's allow-list?; us-west-1 in maintenance
14:01 maintain us-east-1.acme.example
14:01 maintain us-east-2.acme.example
= WARNING no target is left to take calls: us-east-1, us-east-2 and us-west-1 in maintenance

# As other engines

== Kamailio as it comes: the heaviest takes all, and nothing fails over
carrier acme sip:acme.example engine=kamailio transports=udp
_sip._udp.acme.example      300 SRV 10 60  5060 east.acme.example
_sip._udp.acme.example      300 SRV 10 40  5060 west.acme.example
_sip._udp.acme.example      300 SRV 20 100 5060 spare.acme.example
east.acme.example           360 A 192.0.2.10
west.acme.example           360 A 192.0.2.20
spare.acme.example          360 A 198.51.100.7
14:00 dns
14:00 all: ok
= UP next calls: east 100 %; as kamailio nothing fails over: the other targets are no backup
14:02 east: silent x3
= DOWN east silent since 14:02 (3 probes lost). As kamailio: all calls are lost, though west and spare would take them
14:10 east: ok x2
14:11 west: silent x3
= WARNING west silent since 14:11 (3 probes lost). As kamailio: no call goes there anyway

== Kamailio with failover: a proxy's timer, and then the next
carrier acme sip:acme.example engine=kamailio:use_dns_failover=1,dns_srv_lb=1 transports=udp
_sip._udp.acme.example      300 SRV 10 50  5060 east.acme.example
_sip._udp.acme.example      300 SRV 10 50  5060 west.acme.example
east.acme.example           360 A 192.0.2.10
west.acme.example           360 A 192.0.2.20
14:00 dns
14:00 all: ok
= UP next calls: east 50 %, west 50 %
14:02 east: silent x3
= DEGRADED east silent since 14:02 (3 probes lost). As kamailio: half of the calls hang 30 s first, then west; the only address left is 192.0.2.20

== An engine that remembers: only the first calls hang
carrier acme sip:acme.example engine=kamailio:use_dns_failover=1,dns_srv_lb=1,use_dst_blocklist=1 transports=udp
_sip._udp.acme.example      300 SRV 10 50  5060 east.acme.example
_sip._udp.acme.example      300 SRV 10 50  5060 west.acme.example
east.acme.example           360 A 192.0.2.10
west.acme.example           360 A 192.0.2.20
14:00 dns
14:00 all: ok
14:02 east: silent x3
~ DEGRADED half of the calls hang 30 s first (only those of the first 30 s, and again every 60 s), then west

== Asterisk: a UDP port that refuses is silence to it
carrier acme sip:acme.example engine=asterisk transports=udp
_sip._udp.acme.example      300 SRV 10 50  5060 east.acme.example
_sip._udp.acme.example      300 SRV 10 50  5060 west.acme.example
east.acme.example           360 A 192.0.2.10
west.acme.example           360 A 192.0.2.20
14:00 dns
14:00 all: ok
14:02 east: refused x3
~ DEGRADED east refused since 14:02. As asterisk: half of the calls hang 32 s first, then west
