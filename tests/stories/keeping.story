# What is kept, and for how long.

== A failure leaves the last good answer; NXDOMAIN replaces it at once
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
14:01 + sbc.solo.example A SERVFAIL
14:01 dns
lands now sbc 100%
~ DNS SERVFAIL
14:02 - sbc.solo.example A SERVFAIL
14:02 - sbc.solo.example
14:02 dns
= DOWN DNS leads nowhere: SRV records exist, and none of their targets has an address

== A target that left DNS is marked, and forgotten after five minutes
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
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:05 dns
left 192.0.2.20
14:09 192.0.2.20: ok
known 192.0.2.20
14:10 tick
known 192.0.2.20
14:10:01 tick
gone 192.0.2.20
known 192.0.2.10

== A target that comes back in time is a target again
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
14:05 - _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2
14:05 dns
left 192.0.2.20
14:07 + _sips._tcp.acme.example 300 SRV 10 50 5061 us-east-2.acme.example
14:07 dns
14:20 tick
known 192.0.2.20
state us-east-2 UP

== A target does not leave DNS by a resolver that fails
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
14:05 + _sips._tcp.acme.example SRV TIMEOUT
14:05 dns
14:20 tick
known 192.0.2.10
known 192.0.2.20
state us-east-1 UP

== Events are bounded
# One outage that changes its face each time: this is no flapping.
carrier solo sip:solo.example;transport=udp
_sip._udp.solo.example      300 SRV 10 1 5060 sbc.solo.example
sbc.solo.example             60 A 192.0.2.77
14:00 dns
14:00 sbc: ok
events 1
14:01 sbc: silent x3
14:01 sbc: refused x3
14:02 sbc: silent x3
14:02 sbc: refused x3
14:03 sbc: silent x3
14:03 sbc: refused x3
14:04 sbc: silent x3
14:04 sbc: refused x3
14:05 sbc: silent x3
14:05 sbc: refused x3
14:06 sbc: silent x3
14:06 sbc: refused x3
14:07 sbc: silent x3
14:07 sbc: refused x3
14:08 sbc: silent x3
14:08 sbc: refused x3
14:09 sbc: silent x3
14:09 sbc: refused x3
14:10 sbc: silent x3
14:10 sbc: refused x3
14:11 sbc: silent x3
14:11 sbc: refused x3
14:12 sbc: silent x3
14:12 sbc: refused x3
14:13 sbc: silent x3
14:13 sbc: refused x3
14:14 sbc: silent x3
14:14 sbc: refused x3
14:15 sbc: silent x3
14:15 sbc: refused x3
14:16 sbc: silent x3
14:16 sbc: refused x3
14:17 sbc: silent x3
14:17 sbc: refused x3
14:18 sbc: silent x3
14:18 sbc: refused x3
14:19 sbc: silent x3
14:19 sbc: refused x3
14:20 sbc: silent x3
14:20 sbc: refused x3
14:21 sbc: silent x3
14:21 sbc: refused x3
14:22 sbc: silent x3
14:22 sbc: refused x3
14:23 sbc: silent x3
14:23 sbc: refused x3
14:24 sbc: silent x3
14:24 sbc: refused x3
14:25 sbc: silent x3
14:25 sbc: refused x3
14:26 sbc: silent x3
14:26 sbc: refused x3
14:27 sbc: silent x3
14:27 sbc: refused x3
14:28 sbc: silent x3
14:28 sbc: refused x3
14:29 sbc: silent x3
14:29 sbc: refused x3
14:30 sbc: silent x3
14:30 sbc: refused x3
14:31 sbc: silent x3
14:31 sbc: refused x3
14:32 sbc: silent x3
14:32 sbc: refused x3
14:33 sbc: silent x3
14:33 sbc: refused x3
14:34 sbc: silent x3
14:34 sbc: refused x3
14:35 sbc: silent x3
14:35 sbc: refused x3
14:36 sbc: silent x3
14:36 sbc: refused x3
14:37 sbc: silent x3
14:37 sbc: refused x3
14:38 sbc: silent x3
14:38 sbc: refused x3
14:39 sbc: silent x3
14:39 sbc: refused x3
14:40 sbc: silent x3
14:40 sbc: refused x3
14:41 sbc: silent x3
14:41 sbc: refused x3
14:42 sbc: silent x3
14:42 sbc: refused x3
14:43 sbc: silent x3
14:43 sbc: refused x3
14:44 sbc: silent x3
14:44 sbc: refused x3
14:45 sbc: silent x3
14:45 sbc: refused x3
14:46 sbc: silent x3
14:46 sbc: refused x3
14:47 sbc: silent x3
14:47 sbc: refused x3
14:48 sbc: silent x3
14:48 sbc: refused x3
14:49 sbc: silent x3
14:49 sbc: refused x3
14:50 sbc: silent x3
14:50 sbc: refused x3
events 101
15:00 sbc: silent x3
15:00 sbc: refused x3
15:01 sbc: silent x3
15:01 sbc: refused x3
15:02 sbc: silent x3
15:02 sbc: refused x3
15:03 sbc: silent x3
15:03 sbc: refused x3
15:04 sbc: silent x3
15:04 sbc: refused x3
15:05 sbc: silent x3
15:05 sbc: refused x3
15:06 sbc: silent x3
15:06 sbc: refused x3
15:07 sbc: silent x3
15:07 sbc: refused x3
15:08 sbc: silent x3
15:08 sbc: refused x3
15:09 sbc: silent x3
15:09 sbc: refused x3
15:10 sbc: silent x3
15:10 sbc: refused x3
15:11 sbc: silent x3
15:11 sbc: refused x3
15:12 sbc: silent x3
15:12 sbc: refused x3
15:13 sbc: silent x3
15:13 sbc: refused x3
15:14 sbc: silent x3
15:14 sbc: refused x3
15:15 sbc: silent x3
15:15 sbc: refused x3
15:16 sbc: silent x3
15:16 sbc: refused x3
15:17 sbc: silent x3
15:17 sbc: refused x3
15:18 sbc: silent x3
15:18 sbc: refused x3
15:19 sbc: silent x3
15:19 sbc: refused x3
15:20 sbc: silent x3
15:20 sbc: refused x3
15:21 sbc: silent x3
15:21 sbc: refused x3
15:22 sbc: silent x3
15:22 sbc: refused x3
15:23 sbc: silent x3
15:23 sbc: refused x3
15:24 sbc: silent x3
15:24 sbc: refused x3
15:25 sbc: silent x3
15:25 sbc: refused x3
15:26 sbc: silent x3
15:26 sbc: refused x3
15:27 sbc: silent x3
15:27 sbc: refused x3
15:28 sbc: silent x3
15:28 sbc: refused x3
15:29 sbc: silent x3
15:29 sbc: refused x3
15:30 sbc: silent x3
15:30 sbc: refused x3
15:31 sbc: silent x3
15:31 sbc: refused x3
15:32 sbc: silent x3
15:32 sbc: refused x3
15:33 sbc: silent x3
15:33 sbc: refused x3
15:34 sbc: silent x3
15:34 sbc: refused x3
15:35 sbc: silent x3
15:35 sbc: refused x3
15:36 sbc: silent x3
15:36 sbc: refused x3
15:37 sbc: silent x3
15:37 sbc: refused x3
15:38 sbc: silent x3
15:38 sbc: refused x3
15:39 sbc: silent x3
15:39 sbc: refused x3
15:40 sbc: silent x3
15:40 sbc: refused x3
15:41 sbc: silent x3
15:41 sbc: refused x3
15:42 sbc: silent x3
15:42 sbc: refused x3
15:43 sbc: silent x3
15:43 sbc: refused x3
15:44 sbc: silent x3
15:44 sbc: refused x3
15:45 sbc: silent x3
15:45 sbc: refused x3
15:46 sbc: silent x3
15:46 sbc: refused x3
15:47 sbc: silent x3
15:47 sbc: refused x3
15:48 sbc: silent x3
15:48 sbc: refused x3
15:49 sbc: silent x3
15:49 sbc: refused x3
15:50 sbc: silent x3
15:50 sbc: refused x3
15:51 sbc: silent x3
15:51 sbc: refused x3
events 200
