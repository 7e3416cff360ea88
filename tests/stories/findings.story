# What is found wrong with a carrier's records, from one revision to the next.

== What was wrong from the beginning is no news; what comes and goes is
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 0 5060 a.acme.example
_sip._udp.acme.example 300 SRV 20 0 5060 b.acme.example
a.acme.example 300 A 192.0.2.1
14:00 dns
revision 1
! nothing
14:05 + b.acme.example 300 A 192.0.2.1
14:05 dns
! findings +L22 sip:acme.example;transport=udp, +L22 192.0.2.1, -L04 b.acme.example
14:06 - b.acme.example 300 A
14:06 + b.acme.example 300 A 192.0.2.2
14:06 dns
! findings -L21 sip:acme.example;transport=udp, -L22 sip:acme.example;transport=udp, -L22 192.0.2.1

== What is only worth knowing comes and goes without a word
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 0 5060 a.acme.example
_sip._udp.acme.example 300 SRV 20 0 5060 b.acme.example
a.acme.example 300 A 192.0.2.1
b.acme.example 300 A 192.0.2.2
14:00 dns
14:05 - b.acme.example 300 A
14:05 + b.acme.example 12 A 192.0.2.2
14:05 dns
revision 2
! nothing

== A question that fails clears nothing and raises nothing
carrier acme sip:acme.example;transport=udp
_sip._udp.acme.example 300 SRV 10 0 5060 a.acme.example
_sip._udp.acme.example 300 SRV 20 0 5060 b.acme.example
a.acme.example 300 A 192.0.2.1
14:00 dns
14:05 + b.acme.example A SERVFAIL
14:05 dns
! dns SERVFAIL from 192.0.2.53 for A b.acme.example
events 1
14:06 - b.acme.example A SERVFAIL
14:06 + b.acme.example 300 A 192.0.2.2
14:06 dns
! findings -L04 b.acme.example, -L21 sip:acme.example;transport=udp
