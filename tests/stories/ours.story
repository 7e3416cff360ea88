# Our own fault first: over many carriers it is one verdict and one event, and nobody else is blamed.

== The uplink goes: one event, one verdict, and no target is called down
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a2.acme.example
a1.acme.example         60 A 192.0.2.10
a2.acme.example         60 A 192.0.2.20
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
_sip._udp.beta.example 300 SRV 10 50 5060 b2.beta.example
b1.beta.example         60 A 203.0.113.1
b2.beta.example         60 A 203.0.113.2
14:00 dns
14:00 all: ok
us nothing
! UP
14:00:10 acme/a1: silent x3
# Its carrier says so at once; whether it is told as an event depends on whether others still answer.
= acme: DEGRADED a1 silent since 14:00 (3 probes lost). As RFC 3263: half of the calls hang 32 s first, then a2; the only address left is 192.0.2.20
told 0
14:00:20 acme/a2 beta/b1: silent
us nothing
14:00:25 beta/b2: silent
us no target answers since 14:00: our own uplink? all 4 targets of 2 carriers stopped within 1 s
told 1
state acme/a1 UNKNOWN
state beta/b2 UNKNOWN
= acme: STALE no target answers since 14:00: our own uplink? all 4 targets of 2 carriers stopped within 1 s
14:01 all: silent x3
14:02 all: silent
told 0
# Back: one event, no target is told to be up again.
14:03 all: ok
us nothing
told 1
state acme/a1 UP
~ acme: UP next calls: a1 50 %, a2 50 %

== After it, who is still silent is out at once
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a2.acme.example
a1.acme.example         60 A 192.0.2.10
a2.acme.example         60 A 192.0.2.20
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
_sip._udp.beta.example 300 SRV 10 50 5060 b2.beta.example
b1.beta.example         60 A 203.0.113.1
b2.beta.example         60 A 203.0.113.2
14:00 dns
14:00 all: ok
14:01 all: silent x3
~ beta: STALE our own uplink?
14:05 acme/a1 acme/a2 beta/b1: ok
! us: the first target answers again, after 300 s
~ beta: UP b1 50 %, b2 50 %; b2 not known yet
14:05:10 beta/b2: silent
14:05:20 acme/a1: ok
! b2.beta.example UP -> DOWN silent
~ beta: DEGRADED b2 silent since 14:05

== A target that was out before stays so
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a2.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a3.acme.example
a1.acme.example         60 A 192.0.2.10
a2.acme.example         60 A 192.0.2.20
a3.acme.example         60 A 192.0.2.30
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
_sip._udp.beta.example 300 SRV 10 50 5060 b2.beta.example
b1.beta.example         60 A 203.0.113.1
b2.beta.example         60 A 203.0.113.2
13:00 dns
13:00 all: ok
13:10 acme/a3: silent x3
14:00 acme/a1 acme/a2 beta/b1 beta/b2: ok
state acme/a3 DOWN silent
14:01 all: silent x3
us no target answers since 14:00: our own uplink? all 4 targets of 2 carriers stopped within 1 s
state acme/a3 DOWN silent
state acme/a1 UNKNOWN
14:02 acme/a1 acme/a2 beta/b1 beta/b2: ok
told 1
14:03 acme/a3: silent
told 0
~ acme: DEGRADED a3 silent since 13:10

== No route: this machine knows it itself
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a2.acme.example
a1.acme.example         60 A 192.0.2.10
a2.acme.example         60 A 192.0.2.20
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
_sip._udp.beta.example 300 SRV 10 50 5060 b2.beta.example
b1.beta.example         60 A 203.0.113.1
b2.beta.example         60 A 203.0.113.2
14:00 dns
14:00 all: ok
! UP
14:01 all: no-route "no way to it from here" x3
us no route to any target from this machine since 14:00: 4 of 2 carriers
told 1
= beta: STALE no route to any target from this machine since 14:00: 4 of 2 carriers

== No IPv6 on this machine: said once, and the rest is judged as ever
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
a1.acme.example         60 A 192.0.2.10
a1.acme.example         60 AAAA 2001:db8::10
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
b1.beta.example         60 A 203.0.113.1
b1.beta.example         60 AAAA 2001:db8::1
14:00 dns
14:00 2001:db8::10: no-route "no way to it from here" x3
14:00 beta/2001:db8::1: no-route "no way to it from here" x3
14:00 192.0.2.10: ok
14:00 beta/203.0.113.1: ok
! us: no route to any IPv6 target from this machine: 2 of 2 carriers
us no route to any IPv6 target from this machine: 2 of 2 carriers
= acme: UP next calls: a1 100 %
14:01 192.0.2.10: silent x3
14:01:10 beta/203.0.113.1: ok
! a1.acme.example UP -> DOWN silent

== IPv6 goes while IPv4 is there
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 50 5060 a1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 a2.acme.example
a1.acme.example         60 A 192.0.2.10
a1.acme.example         60 AAAA 2001:db8::10
a2.acme.example         60 A 192.0.2.20
a2.acme.example         60 AAAA 2001:db8::20
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 300 SRV 10 50 5060 b1.beta.example
_sip._udp.beta.example 300 SRV 10 50 5060 b2.beta.example
b1.beta.example         60 AAAA 2001:db8::1
b2.beta.example         60 AAAA 2001:db8::2
14:00 dns
14:00 all: ok
! UP
14:01 2001:db8::10 2001:db8::20: silent x3
14:01 beta/2001:db8::1 beta/2001:db8::2: silent x3
us nothing
told 0
14:01:10 192.0.2.10 192.0.2.20: ok
us no IPv6 target answers since 14:00: our own uplink? all 4 targets of 2 carriers stopped within 1 s
told 1
# Of beta nothing else is known; acme is judged by its other addresses.
~ beta: STALE no IPv6 target answers since 14:00
~ acme: UP next calls: a1 50 %, a2 50 %
14:02 all: ok
told 1
us nothing

== One resolver dies: one event, not one for each carrier
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 60 SRV 10 50 5060 a1.acme.example
a1.acme.example        60 A 192.0.2.10
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 60 SRV 10 50 5060 b1.beta.example
b1.beta.example        60 A 203.0.113.1
carrier gamma sip:gamma.example;transport=udp
_sip._udp.gamma.example 60 SRV 10 50 5060 c1.gamma.example
c1.gamma.example        60 A 203.0.113.9
14:00 dns
14:00 all: ok
! UP
14:01 + _sip._udp.acme.example * TIMEOUT
14:01 + a1.acme.example * TIMEOUT
14:01 + _sip._udp.beta.example * TIMEOUT
14:01 + b1.beta.example * TIMEOUT
14:01 + _sip._udp.gamma.example * TIMEOUT
14:01 + c1.gamma.example * TIMEOUT
14:01 dns acme
told 0
~ acme: DNS no answer from 192.0.2.53 since 14:01
14:01:05 dns beta
us nothing
14:01:10 dns gamma
us no answer from the system's resolver to anybody since 14:01, 3 carriers asked: is it down, or our way to it?
told 1
~ gamma: DNS no answer from 192.0.2.53 since 14:01
14:02 dns
14:02 all: ok
told 0
14:03 - _sip._udp.acme.example * TIMEOUT
14:03 - a1.acme.example * TIMEOUT
14:03 - _sip._udp.beta.example * TIMEOUT
14:03 - b1.beta.example * TIMEOUT
14:03 - _sip._udp.gamma.example * TIMEOUT
14:03 - c1.gamma.example * TIMEOUT
14:03 dns
us nothing
told 1

== Where another carrier's questions are answered, it is that carrier's name server, and is told
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 60 SRV 10 50 5060 a1.acme.example
a1.acme.example        60 A 192.0.2.10
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 60 SRV 10 50 5060 b1.beta.example
b1.beta.example        60 A 203.0.113.1
14:00 dns
14:00 all: ok
! UP
14:01 + _sip._udp.acme.example * TIMEOUT
14:01 + a1.acme.example * TIMEOUT
14:01 dns acme
told 0
14:01:10 dns beta
us nothing
! dns timeout from 192.0.2.53
told 1

== Nobody else answers in time: what was held back is told, with its own time
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 60 SRV 10 50 5060 a1.acme.example
a1.acme.example        60 A 192.0.2.10
carrier beta sip:beta.example;transport=udp
_sip._udp.beta.example 60 SRV 10 50 5060 b1.beta.example
b1.beta.example        60 A 203.0.113.1
14:00 dns
14:00 all: ok
! UP
14:01 acme/a1: silent x3
told 0
14:01:31 tick
told 0
14:01:33 tick
! a1.acme.example UP -> DOWN silent
