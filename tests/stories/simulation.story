# What an operator forces, beside what is seen.

== One east POP is failed, and taken back
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
lands now us-east-1 50%
14:01 fail us-east-1.acme.example
! simulated: us-east-1.acme.example silent
lands then us-east-2 100%
lands now us-east-1 50%
14:02 fail us-east-2.acme.example=refused
lands then us-west-1 100%
14:03 undo
! simulation of us-east-2.acme.example taken back
lands then us-east-2 100%
14:04 clear
! all simulations taken back
14:05 undo
! nothing
14:05 clear
! nothing

== It stands on top of what is seen
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
14:01 us-west-1: silent x3
14:02 fail tier:10=503
lands then lost 100%
lands now us-east-1 50%
lands clean us-west-1 0%

== The same target forced in another way is one simulation
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
14:01 fail us-east-1.acme.example=error:486
lands then lost 50%
14:02 fail us-east-1.acme.example=503
lands then lost 0%
14:03 undo
14:03 fail pop:nowhere
lands then us-east-1 50%
