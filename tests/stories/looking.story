# A carrier looked at as another engine: what is previewed follows, what is judged does not.

== Viewed as Kamailio, which never fails over by default
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example      300 SRV 10 60  5060 one.acme.example
_sip._udp.acme.example      300 SRV 10 40  5060 two.acme.example
one.acme.example            360 A 192.0.2.10
two.acme.example            360 A 192.0.2.20
14:00 dns
14:00 all: ok
shown rfc3263
14:01 one: silent x4
~ DEGRADED As RFC 3263: 59.9 % of the calls hang 32 s first, then two
lands now lost 0%
14:02 view kamailio
! nothing
shown kamailio
~ DEGRADED As RFC 3263: 59.9 % of the calls hang 32 s first, then two
lands now lost 0%
lands shown-now lost 100%
14:03 view own
shown rfc3263
lands shown-now lost 0%

== What an engine asks that nobody has asked is asked for as long as it is looked at
carrier acme sip:acme.example engine=rfc3263:naptr_orders=all
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50 5061 one.acme.example
_sip._udp.acme.example      300 SRV 10 50 5060 two.acme.example
one.acme.example            360 A 192.0.2.10
two.acme.example            360 A 192.0.2.20
14:00 dns
shown rfc3263:naptr_orders=all
14:01 view kamailio
asks SRV _sip._udp.acme.example
14:02 dns
asks nothing
lands shown-now two 100%
14:03 view own
14:04 dns
14:05 view kamailio
asks SRV _sip._udp.acme.example

== All engines are compared under the same outage
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example      300 SRV 10 60  5060 one.acme.example
_sip._udp.acme.example      300 SRV 10 40  5060 two.acme.example
one.acme.example            360 A 192.0.2.10
two.acme.example            360 A 192.0.2.20
14:00 dns
14:00 all: ok
compared no more
14:01 compare
14:01 dns
compared rfc3263 sends, 0 % lost
14:02 fail one.acme.example
compared rfc3263 sends, 0 % lost
compared kamailio sends, 100 % lost
14:03 clear
compared kamailio sends, 0 % lost
14:04 compare no more
compared no more

== What probes show can be left out
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example      300 SRV 10 50  5060 one.acme.example
_sip._udp.acme.example      300 SRV 10 50  5060 two.acme.example
one.acme.example            360 A 192.0.2.10
two.acme.example            360 A 192.0.2.20
14:00 dns
14:00 all: ok
14:01 one: silent x4
lands now two 100%
14:02 overlay off
lands now two 100%
lands shown-now two 50%
14:03 fail two.acme.example
lands then lost 100%
lands shown-then one 100%
14:04 overlay on
lands shown-then lost 100%

== A drill takes the place of what was forced
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example      300 SRV 10 50  5060 one.acme.example
_sip._udp.acme.example      300 SRV 10 50  5060 two.acme.example
one.acme.example            360 A 192.0.2.10
two.acme.example            360 A 192.0.2.20
14:00 dns
14:00 all: ok
14:01 fail one.acme.example=refused
14:02 drill two dies: two.acme.example=silent
! simulated: drill two dies
lands then one 100%
register moves to one.acme.example
14:03 undo
14:04 drill all of it: all=error:486
lands then lost 100%
