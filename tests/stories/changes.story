# What changed in the carrier's DNS, in words; and what is no change.

== A weight
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
revision 1
! nothing
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:05 + _sips._tcp.acme.example 300 SRV 10 150 5061 us-east-2.acme.example
14:05 dns
revision 2
! r2 us-east-2 weight 50 -> 150: first share 50 % -> 74.9 %

== A priority: the backup becomes a primary
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 20
14:05 + _sips._tcp.acme.example 300 SRV 10 100 5061 us-west-1.acme.example
14:05 dns
! r2 us-west-1 priority 20 -> 10: first share 0 % -> 49.9 %

== A target is added, another removed
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:05 + _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-3.acme.example
14:05 + us-east-3.acme.example 60 A 192.0.2.30
14:05 dns
! r2 us-east-3 added to _sips._tcp.acme.example (priority 10, weight 50): first share 50 %
! r2 us-east-2 removed from _sips._tcp.acme.example: it had a first share of 50 %

== An address moves, comes, goes
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - us-east-1.acme.example
14:05 + us-east-1.acme.example 360 A 192.0.2.11
14:05 dns
! r2 us-east-1: address 192.0.2.10 -> 192.0.2.11
14:06 + us-east-1.acme.example 360 A 192.0.2.12
14:06 dns
! r3 us-east-1: address 192.0.2.12 added
14:07 - us-east-1.acme.example 360 A 192.0.2.11
14:07 dns
! r4 us-east-1: address 192.0.2.11 removed

== The name of a target is gone
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - us-east-2.acme.example
14:05 dns
! A us-east-2.acme.example: 1 record -> NXDOMAIN
14:06 + us-east-2.acme.example 360 A 192.0.2.20
14:06 dns
! A us-east-2.acme.example: NXDOMAIN -> 1 record

== An alias
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 CNAME sbc1.hoster.example
sbc1.hoster.example          60 A 192.0.2.77
sbc2.hoster.example          60 A 192.0.2.77
14:00 dns
14:05 - sbc.solo.example
14:05 + sbc.solo.example 60 CNAME sbc2.hoster.example
14:05 dns
! sbc.solo.example is now an alias of sbc2.hoster.example
14:06 - sbc.solo.example
14:06 + sbc.solo.example 60 A 192.0.2.77
14:06 dns
! sbc.solo.example is no longer an alias

== NAPTR
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - acme.example 3600 NAPTR
14:05 + acme.example 3600 NAPTR 5 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
14:05 dns
! NAPTR added: 5 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
! NAPTR removed: 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example

== Another order, another TTL, the same answer: nothing has changed
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-1
14:05 + _sips._tcp.acme.example 17 SRV 10 50 5061 us-east-1.acme.example
14:05 dns
! nothing
14:06 dns again
! nothing
revision 3

== A question that fails says nothing about the zone, nor does its return
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 + _sips._tcp.acme.example SRV SERVFAIL
14:05 dns
! dns SERVFAIL from 192.0.2.53 for SRV _sips._tcp.acme.example
lands now us-east-1 50%
14:05:30 dns
! nothing
14:06 - _sips._tcp.acme.example SRV SERVFAIL
14:06 dns
! dns the resolver answers again, after 60 s
lands now us-east-1 50%
# What changed meanwhile is told when it is seen.
14:07 + _sips._tcp.acme.example SRV SERVFAIL
14:07 dns
14:08 - _sips._tcp.acme.example SRV SERVFAIL
14:08 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:08 dns
! us-east-2 removed
