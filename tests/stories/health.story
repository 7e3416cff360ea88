# Three misses in a row before DOWN, two answers before UP again; and silence here is not DOWN.

== Three misses make DOWN, two answers make UP
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
state sbc UP
! sbc.solo.example UNKNOWN -> UP
14:01 sbc: silent
state sbc UP
14:01:05 sbc: silent
state sbc UP
14:01:10 sbc: silent
state sbc DOWN silent
! sbc.solo.example UP -> DOWN silent: silent
14:02 sbc: ok
state sbc DOWN silent
! nothing
14:02:01 sbc: ok
state sbc UP
! sbc.solo.example DOWN silent -> UP

== Misses count in a row
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: silent x2
14:01:10 sbc: ok
14:01:20 sbc: silent x2
state sbc UP

== Answers count in a row
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: silent x3
14:02 sbc: ok
14:02:10 sbc: silent
14:02:20 sbc: ok
state sbc DOWN silent
14:02:30 sbc: ok
state sbc UP

== Silence of a target that never answered is no outage
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: silent x9
state sbc UNKNOWN
! nothing
14:05 sbc: ok
state sbc UP
# From now on it is.
14:06 sbc: silent x3
state sbc DOWN silent

== A refusal is an outage, though nothing ever answered
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: refused x2
state sbc UNKNOWN
14:00:10 sbc: refused
state sbc DOWN refused
# And silence after it is the same outage with another face.
14:01 sbc: silent x3
state sbc DOWN silent
! DOWN refused -> DOWN silent

== What may be our own fault is no outage; and what cannot be seen any more is not known any more
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: no-route x5
state sbc UNKNOWN
14:01 sbc: ok
! sbc.solo.example UNKNOWN -> UP
14:02 sbc: no-route x2
state sbc UP
! nothing
14:02:10 sbc: no-route
state sbc UNKNOWN
14:02:20 sbc: ok
state sbc UP

== An answer that is none says so, and is not called silence alone
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: garbage "no SIP version" x3
! sbc.solo.example UP -> DOWN silent: malformed answer: no SIP version
14:02 sbc: silent x3
! nothing

== TLS that we do not speak is no outage, unless we spoke it before
carrier solo sip:solo.example;transport=tls
_sips._tcp.solo.example     300 SRV 10 1 5061 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: tls-alien x5
state sbc UNKNOWN
14:01 sbc: ok
14:02 sbc: tls-alien x3
state sbc DOWN tls

== A WebSocket that may want another path than ours is no outage, unless ours was good before
carrier solo sip:solo.example transports=ws
_sip._ws.solo.example       300 SRV 10 1 80 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ws-alien x5
state sbc UNKNOWN
14:01 sbc: ok
14:02 sbc: ws-alien x3
state sbc DOWN refused

== What a router says for a target that never answered is no outage: its access list may be meant for us
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: unreachable x9
state sbc UNKNOWN
14:01 sbc: ok
14:02 sbc: unreachable x3
state sbc DOWN refused

== A certificate that names somebody else is an outage, at first sight
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: tls-name "certificate is for other.example" x3
state sbc DOWN tls

== 503 three times in a row is trouble, and not an outage; twice well is well
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: 503 x2
state sbc UP
14:01:05 sbc: 503
state sbc DEGRADED
! sbc.solo.example UP -> DEGRADED: 503 said
14:01:10 sbc: ok
state sbc DEGRADED
14:01:20 sbc: ok
state sbc UP

== Which answers are trouble
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: 500
state sbc DEGRADED
14:01 sbc: 200 x2
state sbc UP
14:02 sbc: 486
state sbc UP
14:03 sbc: 501
state sbc UP
14:04 sbc: 407
state sbc UP
14:05 sbc: 603 x3
state sbc DEGRADED

== A target that says 503 and then nothing at all
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: 503
14:01 sbc: silent x2
state sbc DEGRADED
14:01:10 sbc: silent
state sbc DOWN silent

== What a code says is the carrier's to set
carrier solo sip:solo.example;transport=udp code=404:down
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: 480
state sbc UP
14:01 sbc: 404 x3
state sbc DOWN error:404
~ DOWN no target takes calls since 14:01; DNS is fine. 1 answers 404

== A 503 may be taken for an outage, and a 500 for nothing
carrier solo sip:solo.example;transport=udp code=5xx:down
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
carrier calm sip:calm.example;transport=udp code=500:alive
_sip._udp.calm.example      300 SRV 10 1 5060 sbc.calm.example
sbc.calm.example             60 A 192.0.2.78
14:00 dns
14:00 solo/sbc: 503 x3
state sbc DOWN 503
14:01 calm/sbc: 500
~ calm: UP next calls: sbc 100 %

== Thresholds are the carrier's to set
carrier solo sip:solo.example;transport=udp fall-rise=4-1
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: silent x3
state sbc UP
14:02 sbc: silent
state sbc DOWN silent
14:03 sbc: ok
state sbc UP

== A 503 with Retry-After says for how long, and is believed at once
carrier duo sip:duo.example;transport=udp
_sip._udp.duo.example       300 SRV 10 1 5060 a.duo.example
_sip._udp.duo.example       300 SRV 10 1 5060 b.duo.example
a.duo.example                60 A 192.0.2.1
b.duo.example                60 A 192.0.2.2
14:00 dns
14:00 all: ok
14:01 a: 503/120
state a DEGRADED
= DEGRADED a answers 503 since 14:01 (Retry-After until 14:03). As RFC 3263: all calls go to b at once; the only address left is 192.0.2.2
# No longer than five minutes, whatever it asks for.
14:03 a: 503/86400
~ DEGRADED a answers 503 since 14:01 (Retry-After until 14:08)
14:08 a: 503
~ DEGRADED a answers 503 since 14:01. As RFC 3263
14:09 a: ok x2
state a UP

== What comes and goes is held at the worse state, says so, and is released when it is calm
carrier solo sip:solo.example;transport=udp fall-rise=2-2
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: silent x2
14:02 sbc: ok x2
14:03 sbc: silent x2
14:04 sbc: ok x2
state sbc UP
14:05 sbc: silent x2
~ DOWN no target answers since 14:05
! UP -> DOWN silent: silent
# The sixth change.
14:06 sbc: ok x2
state sbc DOWN silent
! nothing
14:07 sbc: silent x2
! nothing
14:08 sbc: ok x2
state sbc DOWN silent
14:10 sbc: 503 x2
state sbc DOWN silent
14:11 sbc: ok x2
! nothing
14:16 sbc: ok
state sbc DOWN silent
14:16:05 sbc: ok
state sbc UP
! DOWN silent -> UP

== Flapping is in the sentence
carrier duo sip:duo.example;transport=udp fall-rise=2-2
_sip._udp.duo.example       300 SRV 10 1 5060 a.duo.example
_sip._udp.duo.example       300 SRV 10 1 5060 b.duo.example
_sip._udp.duo.example       300 SRV 10 1 5060 c.duo.example
a.duo.example                60 A 192.0.2.1
b.duo.example                60 A 192.0.2.2
c.duo.example                60 A 192.0.2.3
14:00 dns
14:00 all: ok
14:01 a: silent x2
14:02 a: ok x2
14:03 a: silent x2
14:04 a: ok x2
14:05 a: silent x2
14:06 a: ok x2
~ DEGRADED a silent since 14:05 (FLAPPING 6 changes in 10 min). As RFC 3263: a third of the calls hang 32 s first
# Those that are older than ten minutes are not counted, and it is held on.
14:10 a: silent x2
14:12:30 a: ok
~ DEGRADED a silent since 14:05 (FLAPPING 5 changes in 10 min)

== What a target announces is no flapping
carrier solo sip:solo.example;transport=udp fall-rise=2-2
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 sbc: 503/30
14:02 sbc: ok x2
14:03 sbc: 503/30
14:04 sbc: ok x2
14:05 sbc: 503/30
14:06 sbc: ok x2
14:07 sbc: 503/30
14:08 sbc: ok x2
state sbc UP
