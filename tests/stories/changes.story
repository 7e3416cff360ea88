# What changed in the carrier's DNS: one event for one edit, from what to what, and what it means for the
# traffic; and what is no change.

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
14:05 + _sips._tcp.acme.example 300 SRV 10 10 5061 us-east-2.acme.example
14:05 dns
revision 2
changes 1
! r2 us-east-2 weight 50 -> 10: first share 50 % -> 17.2 %
! [us-east-2.acme.example in SRV _sips._tcp.acme.example by 192.0.2.53: weight 50 -> 10]

== A weight of a backup, and one that changes no share
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
14:05 + _sips._tcp.acme.example 300 SRV 20 50 5061 us-west-1.acme.example
14:05 dns
changes 1
! us-west-1 weight 100 -> 50: no change for the traffic while a primary answers
14:06 - _sips._tcp.acme.example 300 SRV 10
14:06 + _sips._tcp.acme.example 300 SRV 10 70 5061 us-east-1.acme.example
14:06 + _sips._tcp.acme.example 300 SRV 10 70 5061 us-east-2.acme.example
14:06 dns
changes 2
! us-east-1 weight 50 -> 70: first share stays 50 %
! us-east-2 weight 50 -> 70: first share stays 50 %

== The same edit in the set for TLS and in the one for UDP, which nobody goes by
carrier any sip:any.example
_sips._tcp.any.example      300 SRV 10 45 5061 any1.any.example
_sips._tcp.any.example      300 SRV 10 95 5061 any2.any.example
_sip._udp.any.example       300 SRV 10 45 5060 any1.any.example
_sip._udp.any.example       300 SRV 10 95 5060 any2.any.example
any1.any.example             60 A 192.0.2.1
any2.any.example             60 A 192.0.2.2
14:00 dns
14:05 - _sips._tcp.any.example
14:05 - _sip._udp.any.example
14:05 + _sips._tcp.any.example 300 SRV 10 70 5061 any1.any.example
14:05 + _sips._tcp.any.example 300 SRV 10 95 5061 any2.any.example
14:05 + _sip._udp.any.example 300 SRV 10 70 5060 any1.any.example
14:05 + _sip._udp.any.example 300 SRV 10 95 5060 any2.any.example
14:05 dns
changes 2
! any1 weight 45 -> 70: first share 32.3 % -> 42.5 %
! any1 weight 45 -> 70 in _sip._udp: no change for the traffic: not used

== A priority: the backup becomes a primary, and a primary the backup
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
changes 1
! r2 us-west-1 priority 20 -> 10: us-west-1 becomes primary: first share 49.9 %
14:06 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:06 + _sips._tcp.acme.example 300 SRV 20 50 5061 us-east-2.acme.example
14:06 dns
changes 1
! us-east-2 priority 10 -> 20: us-east-2 becomes backup: first share was 25
# Other numbers, the same order.
14:07 - _sips._tcp.acme.example 300 SRV 20 50 5061 us-east-2
14:07 + _sips._tcp.acme.example 300 SRV 30 50 5061 us-east-2.acme.example
14:07 dns
changes 1
! us-east-2 priority 20 -> 30: no change for the traffic while a primary answers

== Two fields of one record are one edit
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
14:05 + _sips._tcp.acme.example 300 SRV 10 50 5061 us-west-1.acme.example
14:05 dns
changes 1
! us-west-1 priority 20 -> 10, weight 100 -> 50: us-west-1 becomes primary: first share 33.3 %
! [us-west-1.acme.example in SRV _sips._tcp.acme.example by 192.0.2.53: priority 20 -> 10; weight 100 -> 50]

== The order of two backups
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
_sips._tcp.acme.example 300 SRV 30 1 5061 eu-1.acme.example
eu-1.acme.example 60 A 192.0.2.40
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 30
14:05 + _sips._tcp.acme.example 300 SRV 15 1 5061 eu-1.acme.example
14:05 dns
changes 1
! eu-1 priority 30 -> 15: backup 2 becomes backup 1
14:06 - _sips._tcp.acme.example 300 SRV 15
14:06 dns
! eu-1 removed: POP eu-1 gone: 1 backup is left
14:07 - _sips._tcp.acme.example 300 SRV 20
14:07 dns
! POP us-west-1 gone: no backup is left
14:08 + _sips._tcp.acme.example 300 SRV 20 100 5061 us-west-1.acme.example
14:08 dns
! us-west-1 added: new POP us-west-1: a backup

== A port
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
14:05 + _sips._tcp.acme.example 300 SRV 10 50 5071 us-east-1.acme.example
14:05 dns
changes 1
! us-east-1 port 5061 -> 5071: 50 % of calls go to port 5071
14:06 - _sips._tcp.acme.example 300 SRV 20
14:06 + _sips._tcp.acme.example 300 SRV 20 100 5071 us-west-1.acme.example
14:06 dns
changes 1
! us-west-1 port 5061 -> 5071: the backup is on port 5071

== A target takes the place of another
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
changes 1
! r2 target us-east-2 -> us-east-3: 50 % of calls move to us-east-3
! target us-east-2.acme.example -> us-east-3.acme.example]

== A target is removed, another added
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
14:05 dns
changes 1
! us-east-2 removed: POP us-east-2 gone; next calls: us-east-1 100 %
! record 10 50 5061 us-east-2.acme.example -> none]
14:06 + _sips._tcp.acme.example 300 SRV 10 20 5061 us-east-3.acme.example
14:06 + us-east-3.acme.example 60 A 192.0.2.30
14:06 dns
changes 1
! us-east-3 added: new POP us-east-3: first share 28.9 %
# One that has no address is none.
14:07 + _sips._tcp.acme.example 300 SRV 10 20 5061 us-east-4.acme.example
14:07 dns
changes 1
! us-east-4 added: no change for the traffic: us-east-4 has no address

== The last primary is gone: the backup gets all
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 10
14:05 dns
changes 2
! POP us-east-1 gone; next calls: us-west-1 100 %

== Targets of one POP
carrier acme sip:acme.example pops=east:us-east-*
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:05 dns
! us-east-2 removed: us-east-2 gone, POP east stays; next calls: east 100 %
14:06 + _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2.acme.example
14:06 dns
! us-east-2 added: one more at POP east: first share 50 %

== A cutover: all targets are replaced, and that is one sentence
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
14:00 dns
14:05 - _sips._tcp.acme.example
14:05 + _sips._tcp.acme.example 300 SRV 10 70 5061 fra.new.example
14:05 + _sips._tcp.acme.example 300 SRV 10 30 5061 ams.new.example
14:05 + _sips._tcp.acme.example 300 SRV 20 10 5061 lon.new.example
14:05 + fra.new.example 60 A 203.0.113.1
14:05 + ams.new.example 60 A 203.0.113.2
14:05 + lon.new.example 60 A 203.0.113.3
14:05 - acme.example 3600 NAPTR
14:05 + acme.example 3600 NAPTR 5 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
14:05 dns
changes 2
! order 10 -> 5: no change for the traffic [
! all targets replaced: us-east-1, us-east-2, us-west-1 -> ams, fra, lon: all calls move to fra 69.8 %, ams 30.2 %
! set 10 50 5061 us-east-1.acme.example + 10 50 5061 us-east-2.acme.example + 20 100 5061 us-west-1.acme.example -> 10 30

== A set that is rewritten is not a screen full of lines
carrier many sip:many.example;transport=udp
_sip._udp.many.example 60 SRV 10 50 5060 sbc1.many.example
sbc1.many.example 60 A 192.0.2.1
_sip._udp.many.example 60 SRV 10 50 5060 sbc2.many.example
sbc2.many.example 60 A 192.0.2.2
_sip._udp.many.example 60 SRV 10 50 5060 sbc3.many.example
sbc3.many.example 60 A 192.0.2.3
_sip._udp.many.example 60 SRV 10 50 5060 sbc4.many.example
sbc4.many.example 60 A 192.0.2.4
_sip._udp.many.example 60 SRV 10 50 5060 sbc5.many.example
sbc5.many.example 60 A 192.0.2.5
_sip._udp.many.example 60 SRV 10 50 5060 sbc6.many.example
sbc6.many.example 60 A 192.0.2.6
_sip._udp.many.example 60 SRV 10 50 5060 sbc7.many.example
sbc7.many.example 60 A 192.0.2.7
_sip._udp.many.example 60 SRV 10 50 5060 sbc8.many.example
sbc8.many.example 60 A 192.0.2.8
_sip._udp.many.example 60 SRV 10 50 5060 sbc9.many.example
sbc9.many.example 60 A 192.0.2.9
14:00 dns
14:05 - _sip._udp.many.example
14:05 + _sip._udp.many.example 60 SRV 10 1 5060 sbc1.many.example
14:05 + _sip._udp.many.example 60 SRV 10 2 5060 sbc2.many.example
14:05 + _sip._udp.many.example 60 SRV 10 3 5060 sbc3.many.example
14:05 + _sip._udp.many.example 60 SRV 10 4 5060 sbc4.many.example
14:05 + _sip._udp.many.example 60 SRV 10 5 5060 sbc5.many.example
14:05 + _sip._udp.many.example 60 SRV 10 6 5060 sbc6.many.example
14:05 + _sip._udp.many.example 60 SRV 10 7 5060 sbc7.many.example
14:05 + _sip._udp.many.example 60 SRV 10 8 5060 sbc8.many.example
14:05 dns
changes 1
! SRV _sip._udp.many.example rewritten: 9 -> 8 records, 0 as before: POP sbc9 gone; next calls: sbc8 22 %, sbc7 19.3 %, sbc6 16.6 %, 5 more

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
changes 1
! r2 us-east-1 address 192.0.2.10 -> 192.0.2.11: 50 % of calls go to 192.0.2.11
! [A us-east-1.acme.example by 192.0.2.53: address 192.0.2.10 -> 192.0.2.11]
14:06 + us-east-1.acme.example 360 A 192.0.2.12
14:06 dns
! r3 us-east-1 address 192.0.2.12 added: still 192.0.2.11 first, and another after it
14:07 - us-east-1.acme.example 360 A 192.0.2.12
14:07 dns
! r4 us-east-1 address 192.0.2.12 removed: 192.0.2.11 is the only address left
# IPv6 is tried before IPv4.
14:08 + us-east-1.acme.example 360 AAAA 2001:db8::11
14:08 dns
! AAAA us-east-1.acme.example: NODATA -> 1 record: 50 % of calls go to 2001:db8::11 first
14:09 - us-west-1.acme.example
14:09 + us-west-1.acme.example 360 A 198.51.100.8
14:09 dns
! us-west-1 address 198.51.100.7 -> 198.51.100.8: the backup is at 198.51.100.8

== Several addresses move: each to its neighbour
carrier cloud sip:cloud.example:5060
cloud.example 60 A 203.0.113.1
cloud.example 60 A 203.0.113.2
cloud.example 60 A 203.0.113.3
14:00 dns
14:05 - cloud.example 60 A 203.0.113.1
14:05 - cloud.example 60 A 203.0.113.3
14:05 + cloud.example 60 A 203.0.113.31
14:05 + cloud.example 60 A 203.0.113.11
14:05 dns
changes 2
! cloud address 203.0.113.1 -> 203.0.113.11: 100 % of calls go to 203.0.113.2 first
! cloud address 203.0.113.3 -> 203.0.113.31: 100 % of calls go to 203.0.113.2 first
# All of them: that is one sentence.
14:06 - cloud.example
14:06 + cloud.example 60 A 198.51.100.1
14:06 + cloud.example 60 A 198.51.100.2
14:06 + cloud.example 60 A 198.51.100.3
14:06 dns
changes 1
! cloud: all addresses replaced, 3 by 3: 100 % of calls go to 198.51.100.1 first

== The name of a target is gone, and returns
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
changes 1
! A us-east-2.acme.example: 1 record -> NXDOMAIN: POP us-east-2 gone; next calls: us-east-1 100 %
! existence 1 record -> NXDOMAIN; set 192.0.2.20 -> none]
14:06 + us-east-2.acme.example 360 A 192.0.2.20
14:06 dns
changes 1
! A us-east-2.acme.example: NXDOMAIN -> 1 record: new POP us-east-2: first share 50 %

== An alias: one edit, though the name is asked for A and for AAAA
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 CNAME sbc1.hoster.example
sbc1.hoster.example          60 A 192.0.2.77
sbc2.hoster.example          60 A 192.0.2.77
sbc3.hoster.example          60 A 192.0.2.78
14:00 dns
14:05 - sbc.solo.example
14:05 + sbc.solo.example 60 CNAME sbc2.hoster.example
14:05 dns
changes 1
! sbc.solo.example alias sbc1.hoster.example -> sbc2.hoster.example: no change for the traffic [A 
14:06 - sbc.solo.example
14:06 + sbc.solo.example 60 CNAME sbc3.hoster.example
14:06 dns
changes 1
! sbc.solo.example alias sbc2.hoster.example -> sbc3.hoster.example: 100 % of calls go to 192.0.2.78
! [A sbc.solo.example by 192.0.2.53: alias sbc2.hoster.example -> sbc3.hoster.example; set 192.0.2.77 -> 192.0.2.78]
14:07 - sbc.solo.example
14:07 + sbc.solo.example 60 A 192.0.2.78
14:07 dns
changes 1
! sbc.solo.example is no longer an alias: no change for the traffic [A 
14:08 - sbc.solo.example
14:08 + sbc.solo.example 60 CNAME sbc1.hoster.example
14:08 dns
changes 1
! sbc.solo.example becomes an alias of sbc1.hoster.example: 100 % of calls go to 192.0.2.77

== NAPTR: an order, a flag, a preference
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
changes 1
! NAPTR SIPS+D2T order 10 -> 5: no change for the traffic [SIPS
! [SIPS+D2T in NAPTR acme.example by 192.0.2.53: order 10 -> 5]
14:06 - acme.example 3600 NAPTR
14:06 + acme.example 3600 NAPTR 5 60 "S" "SIPS+D2T" "" _sips._tcp.acme.example
14:06 dns
changes 1
! NAPTR SIPS+D2T preference 50 -> 60, flags "s" -> "S": no change for the traffic [SIPS

== NAPTR: another transport
carrier acme sip:acme.example
acme.example               3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-1.acme.example
_sips._tcp.acme.example     300 SRV 10 50  5061 us-east-2.acme.example
_sips._tcp.acme.example     300 SRV 20 100 5061 us-west-1.acme.example
us-east-1.acme.example      360 A 192.0.2.10
us-east-2.acme.example      360 A 192.0.2.20
us-west-1.acme.example      360 A 198.51.100.7
acme.example 3600 NAPTR 20 50 "s" "SIP+D2U" "" _sip._udp.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 300 SRV 10 50 5060 us-east-2.acme.example
14:00 dns
14:05 - acme.example 3600 NAPTR 10
14:05 dns
changes 1
! NAPTR SIPS+D2T removed: now over udp (was tls); POP us-west-1 gone
14:06 + acme.example 3600 NAPTR 30 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
14:06 dns
changes 1
! NAPTR SIPS+D2T added: no change for the traffic
14:07 - acme.example 3600 NAPTR 20
14:07 + acme.example 3600 NAPTR 40 50 "s" "SIP+D2U" "" _sip._udp.acme.example
14:07 dns
changes 1
! NAPTR SIP+D2U order 20 -> 40: now over tls (was udp); new POP us-west-1

== NAPTR: a replacement leads to other targets
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
14:05 + acme.example 3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.new.example
14:05 + _sips._tcp.new.example 60 SRV 10 50 5061 fra.new.example
14:05 + fra.new.example 60 A 203.0.113.1
14:05 dns
changes 1
! NAPTR SIPS+D2T replacement _sips._tcp.acme.example -> _sips._tcp.new.example: all calls move to fra 100 %

== NAPTR: the record is gone, and the SRV is found without it
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
14:05 dns
changes 1
! NAPTR acme.example: 1 record -> NODATA: no change for the traffic [NAPTR

== A set of SRV is gone: another transport, or nowhere
carrier any sip:any.example
_sips._tcp.any.example      300 SRV 10 45 5061 any1.any.example
_sips._tcp.any.example      300 SRV 10 95 5061 any2.any.example
_sip._udp.any.example       300 SRV 10 45 5060 any1.any.example
_sip._udp.any.example       300 SRV 10 95 5060 any2.any.example
any1.any.example             60 A 192.0.2.1
any2.any.example             60 A 192.0.2.2
14:00 dns
14:05 - _sips._tcp.any.example
14:05 dns
changes 1
! SRV _sips._tcp.any.example: 2 records -> NXDOMAIN: now over udp (was tls)
14:06 - _sip._udp.any.example
14:06 dns
changes 1
! SRV _sip._udp.any.example: 2 records -> NXDOMAIN: no call can be sent any more: any.example has neither SRV records nor an address
14:07 + _sips._tcp.any.example 300 SRV 10 45 5061 any1.any.example
14:07 dns
changes 1
! SRV _sips._tcp.any.example: NXDOMAIN -> 1 record: calls can be sent again: any1 100 %

== The carrier says that there is no such service
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example 300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example 60 A 192.0.2.77
14:00 dns
14:05 - _sip._udp.solo.example
14:05 + _sip._udp.solo.example 300 SRV 0 0 0 .
14:05 dns
changes 2
! target '.' added: no such service: no call can be sent any more: the only target is '.': there is no udp service
! sbc removed: no call can be sent any more

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
changes 0
! dns SERVFAIL from 192.0.2.53 for SRV _sips._tcp.acme.example
lands now us-east-1 50%
14:05:30 dns
! nothing
14:06 - _sips._tcp.acme.example SRV SERVFAIL
14:06 dns
changes 0
! dns the resolver answers again, after 60 s
lands now us-east-1 50%
# What changed meanwhile is told when it is seen.
14:07 + _sips._tcp.acme.example SRV SERVFAIL
14:07 dns
14:08 - _sips._tcp.acme.example SRV SERVFAIL
14:08 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:08 dns
changes 1
! us-east-2 removed

== What is led to and does not answer: nobody knows
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
14:05 + acme.example 3600 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.new.example
14:05 + _sips._tcp.new.example SRV TIMEOUT
14:05 dns
changes 1
! replacement _sips._tcp.acme.example -> _sips._tcp.new.example: nobody knows where calls go: SRV _sips._tcp.new.example is not answered
# Once it is known, the news is against what was known before.
14:06 - _sips._tcp.new.example SRV TIMEOUT
14:06 + _sips._tcp.new.example 300 SRV 10 50 5061 n.new.example
14:06 + n.new.example 60 A 192.0.2.99
14:06 dns
! all calls move to n 100 %

== Several URIs lead to one target: its address is edited once; a whole URI is a backup
carrier trunk sip:one.example;transport=udp then=sip:two.example;transport=udp
_sip._udp.one.example       300 SRV 10 50 5060 sbc.host.example
_sip._udp.two.example       300 SRV 10 50 5060 sbc.host.example
_sip._udp.two.example       300 SRV 10 50 5060 far.host.example
sbc.host.example             60 A 192.0.2.1
far.host.example             60 A 192.0.2.2
14:00 dns
14:05 - sbc.host.example
14:05 + sbc.host.example 60 A 192.0.2.3
14:05 dns
changes 1
! sbc address 192.0.2.1 -> 192.0.2.3: 100 % of calls go to 192.0.2.3
14:06 - _sip._udp.two.example 300 SRV 10 50 5060 far
14:06 dns
changes 1
! far removed: POP far gone: 1 backup is left
14:07 - _sip._udp.one.example
14:07 + _sip._udp.one.example 300 SRV 10 50 5060 new.host.example
14:07 + new.host.example 60 A 192.0.2.4
14:07 dns
changes 1
! target sbc -> new: 100 % of calls move to new
