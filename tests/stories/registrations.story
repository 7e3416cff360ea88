# Where registrations are: the life of our own, what POPs list, what a source tells; what of it needs attention.

# Our own registration

== It is bound, refreshed, and stays there: its age goes on
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
standing not known yet
pins none
attention none
14:00 all: ok
14:00 registered us-east-1 60 next 50
! registered at us-east-1.acme.example (observed): granted for 60 s
standing registered
pins us-east-1 observed 60 s (own REGISTER)
register at us-east-1.acme.example (observed): stays where it is (each refresh draws anew)
dies at us-east-1.acme.example (observed): moves to us-west-1.acme.example 100 % within 82 s at the latest
= UP next calls: us-east-1 100 %; backup us-west-1 is alive
14:00:50 registered us-east-1 60 next 50
told 0
pins us-east-1 observed 60 s (own REGISTER)
14:01:20 tick
pins us-east-1 observed 30 s (own REGISTER)
dies within 52 s at the latest
moves 0

== The POP dies: the refresh fails, and the next target takes it; nothing was unregistered, since it held still
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-east-1 300 next 250
standing registered
14:04:42 register us-east-1 silent
told 0
standing registered
attention expires, not refreshed
~ WARNING registration at us-east-1 was not refreshed: no answer in 32 s; it ends at 14:05
14:04:43 registered us-west-1 300 next 250
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed): no answer in 32 s
pins us-west-1 observed 300 s backup (own REGISTER)
moves 1

== The connection is lost: it is registered nowhere until the next answer, and that is counted
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-east-1 300
14:01 lost us-east-1 closed by the far end
! no longer registered at us-east-1.acme.example (observed): closed by the far end
pins none
standing unregistered: closed by the far end
attention unregistered
~ DEGRADED registered nowhere since 14:01: closed by the far end; next calls: us-east-1 100 %
14:01:04 register us-east-1 refused
standing unregistered: refused
14:01:07 registered us-west-1 300
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed): closed by the far end, 7 s nowhere
moves 1
attention in a backup tier

== A flow to somewhere else that is lost, or a refresh that fails elsewhere, says nothing of it
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 registered us-east-1 300
moves 0
14:01 lost us-west-1 closed
14:01 register us-west-1 403 Forbidden
14:01 removed us-west-1
told 0
standing registered
pins us-east-1 observed 240 s (own REGISTER)

== It comes back where it was: that is no move
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 300
14:01 lost us-east-1 closed
14:01:09 registered us-east-1 300
! registered at us-east-1.acme.example (observed): closed, 9 s nowhere
moves 0

== It expires where no refresh comes
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 60
moves 0
14:00:59 tick
told 0
14:01 tick
! no longer registered at us-east-1.acme.example (observed): expired, not refreshed
standing unregistered: expired, not refreshed
14:01:30 registered us-east-1 60
! registered at us-east-1.acme.example (observed): expired, not refreshed, 30 s nowhere

== Who is there cannot be asked: that ends an attempt, and is why it is registered nowhere
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 fetched us-east-1 silent next 0
standing not known yet
14:00 fetched us-east-1 silent next 30
standing unregistered: no answer in 32 s
14:01 fetched us-east-1 lists nothing next 0
14:01 registered us-east-1 60
standing registered
14:01 fetched us-east-1 silent next 30
standing registered
attention none

== It expires while its refresh is under way: what comes of that is why it moved
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 registered us-east-1 60 next 50
14:01 tick
! no longer registered at us-east-1.acme.example (observed): expired, not refreshed
14:01:22 register us-east-1 silent
standing unregistered: no answer in 32 s
14:01:23 register us-west-1 503 Busy
14:01:30 registered us-west-1 60
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed): expired, not refreshed: no answer in 32 s, 30 s nowhere

== What is granted for no time at all is no registration
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 0
told 0
pins none
standing unregistered: granted for 0 s
# So is one that is not among those listed; where nobody is listed it is as it was asked for.
14:01 register us-east-1 lists sip:pbx@192.0.2.5 100
told 0
pins none
standing unregistered: 2xx, but others are listed and we are not
14:02 register us-east-1 lists nothing
pins us-east-1 observed 300 s (own REGISTER)
# A refresh that is answered so says that it is gone.
14:03 registered us-east-1 0
! no longer registered at us-east-1.acme.example (observed): granted for 0 s
standing unregistered: granted for 0 s
14:04 registered us-east-1 60
14:04:30 register us-east-1 lists sip:pbx@192.0.2.5 100
! no longer registered at us-east-1.acme.example (observed): 2xx, but others are listed and we are not
pins none

== By hand, and when it ends
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 300
14:01 let-go by hand
! no longer registered at us-east-1.acme.example (observed): let go of by hand
14:01:01 registered us-east-1 300
14:02 account off
standing off
pins us-east-1 observed 241 s old (own REGISTER)
attention none
14:02 removed us-east-1
! no longer registered at us-east-1.acme.example (observed): removed by us
standing off
attention none

== A refresh that is drawn anew lands elsewhere, and nothing was wrong
carrier acme sip:acme.example transports=udp account=hold,refresh=engine engine=asterisk
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-2.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-east-2.acme.example 86400 A 192.0.2.20
14:00 dns
14:00 registered us-east-1 300
14:04:50 registered us-east-2 300
! registration moved from us-east-1.acme.example to us-east-2.acme.example (observed): the refresh was drawn there
moves 1

== Refused, and asked for again; stopped, and not
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
moves 0
14:00 register us-east-1 403 Forbidden
told 0
standing refused: 403 Forbidden
attention refused
pins none
= WARNING next calls: us-east-1 100 %; registration refused since 14:00: 403 Forbidden
14:01 all: ok
14:01 register us-east-1 503 Busy
standing refused: 503 Busy
~ DEGRADED registration refused since 14:00: 503 Busy
14:02 all: ok
14:02 stopped credentials
~ WARNING next calls: us-east-1 100 %; registration stopped: the credentials were not taken (503 Busy); more tries might lock the account: r tries again
attention refused
14:03 all: ok
14:03 stopped no-password the command failed
~ WARNING ; registration stopped: the password cannot be had: the command failed
attention no password
14:04 all: ok
14:04 stopped others sip:pbx@192.0.2.5
~ WARNING ; registration stopped: somebody else is registered with this account (sip:pbx@192.0.2.5): another account, or beside_others = true; r looks again
attention others there
pins none
14:05 registered us-east-1 300 beside sip:pbx@192.0.2.5 200
standing registered
attention others bound too
~ WARNING ; the account is bound by others, too: sip:pbx@192.0.2.5

== Others beside it are known and wanted: that is said, and nobody is warned
carrier acme sip:acme.example transports=udp account=hold,beside
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00 registered us-east-1 300 beside sip:pbx@192.0.2.5 200
attention others bound too
= UP next calls: us-east-1 100 %
14:04 registered us-east-1 300
attention none

== Another trunktop on this machine holds it: what that noted is shown
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 elsewhere
standing held by another trunktop
pins none
14:00 elsewhere us-east-1 300
! registered at us-east-1.acme.example (observed): another trunktop says so
pins us-east-1 observed 300 s (another trunktop)
14:04 elsewhere us-west-1 300
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed)
14:09 tick
told 0
pins none
14:10 registered us-east-1 300
! registered at us-east-1.acme.example (observed): granted for 300 s
standing registered
14:11 let-go by hand
14:12 elsewhere us-west-1 300
! registered at us-west-1.acme.example (observed): another trunktop says so, which holds it
14:12:10 registered us-west-1 300
! no longer registered at us-west-1.acme.example (observed): the other trunktop let go of it

# Sleep, and our own network

== It slept over the end of its binding, and is bound again where it was: told once
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 300
moves 0
14:00:10 sleeps 590
14:10:02 tick
told 0
14:10:05 registered us-east-1 300
told 1
! registered at us-east-1.acme.example (observed): expired while this machine slept, 305 s nowhere
moves 0

== A short sleep ends nothing
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 300
moves 0
14:00:10 sleeps 50
14:01:01 tick
pins us-east-1 observed 239 s (own REGISTER)
14:01:05 registered us-east-1 300
told 0
pins us-east-1 observed 300 s (own REGISTER)

== Nothing answers after the sleep: then it is told
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 300
14:00:10 sleeps 590
14:11:30 tick
! no longer registered at us-east-1.acme.example (observed): expired while this machine slept

== Our own network is out: what was seen stays until it ends, and nothing moves
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 fetched us-east-1 lists sip:pbx@192.0.2.5 100
14:00 fetched us-west-1 lists nothing
14:00 round
pins us-east-1 observed 100 s (fetched bindings)
14:01 fetched us-east-1 no-route
14:01 fetched us-west-1 no-route
14:01 round
told 0
standing no POP lists the binding, 2 did not say: where it is cannot be told
pins us-east-1 observed 40 s old (fetched bindings)
14:01:50 tick
told 0
pins us-east-1 inferred 100 %
14:02 fetched us-east-1 lists nothing
14:02 fetched us-west-1 lists sip:pbx@192.0.2.5 300
14:02 round
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed): it lists sip:pbx@192.0.2.5
moves 1

# What POPs list

== One lists it and the others do not: that is where it is
carrier acme sip:acme.example transports=udp account=observe pops=east:us-east-*
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-2.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-east-2.acme.example 86400 A 192.0.2.20
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
standing not known yet
pins us-east-1 inferred 50 %, us-east-2 inferred 50 %
14:00 fetched us-east-1 lists sip:pbx@192.0.2.5 40
pins us-east-1 inferred 50 %, us-east-2 inferred 50 %
14:00 fetched us-west-1 lists nothing
14:00 round
! registered at us-east-1.acme.example (observed): it lists sip:pbx@192.0.2.5
standing one POP lists the binding
pins us-east-1 observed 40 s (fetched bindings)
register at us-east-1.acme.example (observed)
# Another target of the same POP is asked: that is no move.
14:01 fetched us-east-2 lists sip:pbx@192.0.2.5 60
14:01 fetched us-west-1 lists nothing
14:01 round
told 0
pins us-east-1 observed 60 s (fetched bindings)
# The POP is silent, and another lists it: it went there.
14:02 fetched us-east-1 silent
14:02 fetched us-west-1 lists sip:pbx@192.0.2.5 60
14:02 round
told 0
standing 1 POP lists the binding, 1 did not say: where it is cannot be told
14:03 fetched us-east-1 lists nothing
14:03 fetched us-west-1 lists sip:pbx@192.0.2.5 60
14:03 round
! registration moved from us-east-1.acme.example to us-west-1.acme.example (observed)
14:04 fetched us-east-1 lists nothing
14:04 fetched us-west-1 lists nothing
14:04 round
! no longer registered at us-west-1.acme.example (observed): it is listed there no longer
standing no POP lists a binding
attention unregistered
pins none
14:05 fetched us-east-1 lists sip:pbx@192.0.2.5 60
14:05 fetched us-west-1 lists nothing
14:05 round
! registration moved from us-west-1.acme.example to us-east-1.acme.example (observed): it lists sip:pbx@192.0.2.5, 60 s nowhere

== All list it: they share one location service, and there is no pin
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 fetched us-east-1 lists sip:pbx@192.0.2.5 40
14:00 fetched us-west-1 lists sip:pbx@192.0.2.5 40
14:00 round
told 0
standing shared location service: not distinguishable: both POPs list the binding alike, from one service or bound at each
pins none
attention none

== All list it, and say that it ends at other times: it is bound at each
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 fetched us-east-1 lists sip:pbx@192.0.2.5 40
# Asked two seconds later, and the same end: nothing is told apart.
14:00:02 fetched us-west-1 lists sip:pbx@192.0.2.5 38
14:00:02 round
pins none
14:01 fetched us-east-1 lists sip:pbx@192.0.2.5 40
14:01 fetched us-west-1 lists sip:pbx@192.0.2.5 55
14:01 round
told 2
standing both POPs list the binding, each with an end of its own: bound at each
pins us-east-1 observed 40 s (fetched bindings), us-west-1 observed 55 s backup (fetched bindings)
attention none

== Some do not say, and those that do list it: it cannot be told
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 fetched us-east-1 lists sip:pbx@192.0.2.5 40
14:00 fetched us-west-1 silent
14:00 round
told 0
standing 1 POP lists the binding, 1 did not say: where it is cannot be told
pins none
# Where all refuse to say, that is what is said.
14:01 fetched us-east-1 403 Forbidden
14:01 fetched us-west-1 403 Forbidden
14:01 round
standing refused: 403 Forbidden
attention refused

== A contact is named: what others bind is theirs
carrier acme sip:acme.example transports=udp account=observe,contact=sip:pbx@192.0.2.5
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 fetched us-east-1 lists ours 40
14:00 fetched us-west-1 lists sip:phone@192.0.2.6 40
14:00 round
pins us-east-1 observed 40 s (fetched bindings)
attention others bound too
~ WARNING the account is bound by others, too: sip:phone@192.0.2.6

== A PBX with several connections is at several POPs
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-2.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-east-2.acme.example 86400 A 192.0.2.20
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 fetched us-east-1 lists sip:one@192.0.2.5 40, sip:two@192.0.2.5 90
14:00 fetched us-east-2 lists sip:three@192.0.2.5 30
14:00 fetched us-west-1 lists nothing
14:00 round
told 2
standing 2 POPs list the binding, and others do not
pins us-east-1 observed 90 s x2 (fetched bindings), us-east-2 observed 30 s (fetched bindings)

# What a source tells

== Sockets over targets are observed; those that lead elsewhere are nobody's
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
standing no account
pins us-east-1 inferred 100 %
14:00 all: ok
14:00 source ss sees 192.0.2.10:5060 203.0.113.9:443 192.0.2.10:22
! a connection to us-east-1.acme.example was seen (observed): ss sees it there
pins us-east-1 observed connection (ss)
# One may be of calls: in which of them a registration is, if in any, is not known.
14:00:30 source ss sees 192.0.2.10 198.51.100.7:5060
! a connection to us-west-1.acme.example was seen (observed)
pins us-east-1 observed connections (ss), us-west-1 observed connections backup (ss)
attention none
dies nothing
14:01 source ss sees 198.51.100.7:5060
! no connection to us-east-1.acme.example is seen any more (observed): ss sees it no longer
attention in a backup tier
~ WARNING connected, perhaps registered, at us-west-1 (backup) although us-east-1 is up: each refresh draws anew; next calls: us-east-1 100 %
14:01:30 source ss sees nothing
! no connection to us-west-1.acme.example is seen any more (observed): ss sees it no longer
# Who looked and saw none is not said to be where the engine would go.
pins none
attention unregistered
~ WARNING none seen (ss): the source tells of no registration; next calls: us-east-1 100 %
14:02 source ss sees 192.0.2.10:5060
! a connection to us-east-1.acme.example was seen, and none to us-west-1.acme.example any more (observed): ss sees it there, 30 s nowhere
moves 0

== A PBX says that it is not registered: that is no pin
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
moves 0
14:00 source ami reports us-west-1=Rejected
told 0
pins none
attention unregistered
~ WARNING ami says Rejected at us-west-1; next calls: us-east-1 100 %
14:00:30 source fs reports us-west-1=FAIL_WAIT
~ WARNING fs says FAIL_WAIT at us-west-1
14:01 source ami reports us-east-1/300=Registered
pins us-east-1 reported 300 s (ami)
attention none

== What a PBX reports is kept where DNS does not lead, too
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00 source fs reports us-east-1/300 203.0.113.9:5060/120
pins us-east-1 reported 300 s (fs), 203.0.113.9 reported 120 s outside (fs)
attention no longer in DNS
~ WARNING reported registration on 203.0.113.9, which DNS does not list; it holds until 14:02

== A source that fails keeps what it told for three times as long as it is asked
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 source fs reports us-east-1
moves 0
14:00:30 source fails exited with 1
told 0
pins us-east-1 reported old (fs)
attention none
14:01 source fails exited with 1
told 0
14:01:31 tick
told 0
pins us-east-1 inferred 100 %
14:01:32 source fails exited with 1
! the source of pins fails: exited with 1
attention source fails
14:01:33 all: ok
= UP next calls: us-east-1 100 %; the source of pins fails since 14:00: exited with 1
14:02 source fails exited with 1
told 0
14:02 source fs reports us-east-1
! the source of pins works again
attention none
pins us-east-1 reported (fs)

== A source that never worked
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00 source fails no such program
told 1
attention none
14:00:30 source fails no such program
! the source of pins has never worked: no such program
attention source fails
~ UP ; the source of pins has never worked: no such program
pins us-east-1 inferred 100 %

== It told before DNS was known: it is matched when that is
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 source ss sees 192.0.2.10:5060
told 0
pins none
14:00 dns
! a connection to us-east-1.acme.example was seen (observed): ss sees it there
pins us-east-1 observed connection (ss)

== Our own account and a PBX are two: each is shown
carrier acme sip:acme.example transports=udp source=30 account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 source fs reports us-west-1/100
14:00 registered us-east-1 300
pins us-east-1 observed 300 s (own REGISTER), us-west-1 reported 100 s backup (fs)

== An account that is stopped is nowhere, and not where the engine would go
carrier acme sip:acme.example transports=udp source=30 account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
pins us-east-1 inferred 100 %
14:00 stopped credentials
pins none
attention refused

# What nobody told

== Inferred is where the first live candidate would be, and only of who registers
carrier acme sip:acme.example transports=udp account=off engine=asterisk
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-2.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-east-2.acme.example 86400 A 192.0.2.20
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
standing off
pins us-east-1 inferred 50 %, us-east-2 inferred 50 %
14:00 us-east-1: refused x3
pins us-east-2 inferred 100 %
attention none
# A simulation is none of it.
14:00 fail us-east-2.acme.example=silent
pins us-east-2 inferred 100 %
dies nothing

== A relay does not register of itself
carrier acme sip:acme.example transports=udp account=off engine=kamailio
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
pins none

== Without an account and without a source nothing is said
carrier acme sip:acme.example transports=udp
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
pins none
standing no account
register nothing

== REGISTER goes by other records than a call: where it is held is looked up there
carrier acme sip:acme.example account=off engine=freeswitch
acme.example 86400 NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.acme.example
_sips._tcp.acme.example 86400 SRV 10 50 5061 calls-1.acme.example
_sip._udp.acme.example 86400 SRV 10 50 5060 reg-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 reg-2.acme.example
calls-1.acme.example 86400 A 192.0.2.10
reg-1.acme.example 86400 A 198.51.100.7
reg-2.acme.example 86400 A 198.51.100.8
14:00 dns
pins reg-1 inferred 100 %

== A PBX that is in both tiers at once is there on purpose
carrier acme sip:acme.example transports=udp source=30
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 source fs reports us-east-1/300 us-west-1/300
attention none
= UP next calls: us-east-1 100 %; backup us-west-1 is alive

# What needs attention

== On a target that is DOWN: until when inbound calls miss
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-east-1 3600 next 1860
14:02 us-east-1: silent x3
attention on a DOWN target
~ DEGRADED us-east-1 silent since 14:02
~ DEGRADED registration on us-east-1, which is DOWN: inbound calls miss until 14:31:32 at the latest
register at us-east-1.acme.example (observed): moves to us-west-1.acme.example 100 % within 1772 s at the latest; until then calls to it miss

== Held at the backup, and that dies: its refresh goes there first, and only then elsewhere
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-west-1 60 next 50
dies at us-west-1.acme.example (observed): moves to us-east-1.acme.example 100 % within 82 s at the latest

== The same where each refresh is drawn: it goes to the primary at once
carrier acme sip:acme.example transports=udp account=hold,refresh=engine
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-west-1 60 next 50
dies at us-west-1.acme.example (observed): moves to us-east-1.acme.example 100 % within 50 s at the latest

== The only target is DOWN: there is nowhere to go, and no time by which it is there
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00:07 registered us-east-1 300 next 250
dies at us-east-1.acme.example (observed): ends within 300 s, and there is nowhere to register: then calls to it miss until a target is back
14:02 us-east-1: silent x3
~ DOWN ; registration on us-east-1, which is DOWN: inbound calls miss until a target is back; it ends at 14:05:07

== Nothing secret is sent where the far end does not verify
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00 register us-east-1 kept-back
14:00 stopped refused its certificate is not valid
attention TLS not verified
= WARNING next calls: us-east-1 100 %; registration stopped: refused: its certificate is not valid

== In the backup tier though the primary is back
carrier acme sip:acme.example transports=udp account=hold engine=3cx
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:02 us-east-1: silent x3
14:03 registered us-west-1 3600 next 1680
attention none
14:04 us-east-1: ok x3
attention in a backup tier
~ WARNING registered at us-west-1 (backup) although us-east-1 is back: refreshes stay there; next refresh 14:31; next calls: us-east-1 100 %

== In the backup tier, and nobody saw the primary away: it is not said to be back
carrier acme sip:acme.example transports=udp account=hold engine=3cx
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 registered us-west-1 3600 next 1680
14:01 all: ok
~ WARNING registered at us-west-1 (backup) although us-east-1 is up: refreshes stay there; next refresh 14:28

== The same of a PBX whose engine does not go back
carrier acme sip:acme.example transports=udp source=30 engine=3cx
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 source 3cx reports us-west-1/1860
~ WARNING reported to be registered at us-west-1 (backup) although us-east-1 is up: no failback in this engine; it holds until 14:31

== What is worse comes first, and nothing is hidden
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
_sip._udp.acme.example 86400 SRV 20 50 5060 us-west-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
us-west-1.acme.example 86400 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-east-1 300 next 250
14:00 us-west-1: refused x3
~ WARNING backup tier is dead
14:01 all: refused x3
~ DOWN no target answers
~ DOWN ; registration on us-east-1, which is DOWN: inbound calls miss until a target is back; it ends at 14:05

# A cutover

== DNS leaves the old target: it drains until its last expiry
carrier acme sip:acme.example transports=udp source=30 pops=unused:nobody
_sip._udp.acme.example 60 SRV 10 50 5060 us-old-1.acme.example
_sip._udp.acme.example 60 SRV 20 50 5060 us-old-2.acme.example
us-old-1.acme.example 60 A 192.0.2.10
us-old-2.acme.example 60 A 192.0.2.20
us-new-1.acme.example 60 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 source fs reports 192.0.2.10:5060/300 192.0.2.10:5060/240 us-old-2/100
drain none
14:00:30 - _sip._udp.acme.example
14:00:30 + _sip._udp.acme.example 60 SRV 10 50 5060 us-new-1.acme.example
14:00:30 + _sip._udp.acme.example 60 SRV 20 50 5060 us-old-2.acme.example
14:00:30 dns
attention no longer in DNS
pins us-old-1 reported 270 s x2 gone (fs), us-old-2 reported 70 s backup (fs)
~ WARNING reported registration on us-old-1, which DNS no longer lists since 14:00; it holds until 14:05
drain old us-old-1.acme.example 2; new nothing; ends in 270 s; stragglers nobody
# One was refreshed on the old one after that: it stays longer than it had to.
14:02 source fs reports 192.0.2.10:5060/200 us-new-1/300
drain old us-old-1.acme.example 1; new us-new-1.acme.example 1; ends in 200 s; stragglers us-old-1
14:05 source fs reports us-new-1/300
drain none
! no longer registered at us-old-1.acme.example (reported): fs reports it no longer

== DNS puts it behind: that is a drain, too
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 60 SRV 10 50 5060 us-old-1.acme.example
us-old-1.acme.example 60 A 192.0.2.10
us-new-1.acme.example 60 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-old-1 300 next 250
14:01 - _sip._udp.acme.example
14:01 + _sip._udp.acme.example 60 SRV 10 50 5060 us-new-1.acme.example
14:01 + _sip._udp.acme.example 60 SRV 20 50 5060 us-old-1.acme.example
14:01 dns
14:01 all: ok
pins us-old-1 observed 240 s demoted (own REGISTER)
drain old us-old-1.acme.example 1; new nothing; ends in 240 s; stragglers nobody
14:04 registered us-new-1 300
drain none
moves 1

== It is registered where DNS leads no longer: let go of after the grace
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 60 SRV 10 50 5060 us-old-1.acme.example
us-old-1.acme.example 60 A 192.0.2.10
us-new-1.acme.example 60 A 198.51.100.7
14:00 dns
14:00 all: ok
14:00 registered us-old-1 3600
14:01 - _sip._udp.acme.example
14:01 + _sip._udp.acme.example 60 SRV 10 50 5060 us-new-1.acme.example
14:01 dns
attention no longer in DNS
= WARNING registration on us-old-1, which DNS no longer lists since 14:01; ours is refreshed there until 14:06 (5 min of grace), then registered anew; waiting for the first probes; by DNS alone, next calls: us-new-1 100 %
register DNS does not lead there; within 300 s it goes to us-new-1.acme.example 100 %
drain old us-old-1.acme.example 1; new nothing; ends in 300 s; stragglers nobody
# A refresh there meanwhile is none that keeps it longer.
14:02 registered us-old-1 3600
drain old us-old-1.acme.example 1; new nothing; ends in 240 s; stragglers nobody
14:08 tick
pins us-old-1 observed 3240 s gone (own REGISTER)
14:08 removed us-old-1
14:08 let-go
told 1
! no longer registered at us-old-1.acme.example (observed): removed by us
14:08:01 registered us-new-1 3600
! registration moved from us-old-1.acme.example to us-new-1.acme.example (observed): DNS no longer lists its target, 1 s nowhere

== The old target is dead, and its binding cannot be removed: it is let go of all the same
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 60 SRV 10 50 5060 us-old-1.acme.example
us-old-1.acme.example 60 A 192.0.2.10
us-new-1.acme.example 60 A 198.51.100.7
14:00 dns
14:00 registered us-old-1 3600
14:01 let-go
! no longer registered at us-old-1.acme.example (observed): DNS no longer lists its target

== Its name stays, and its address changes: that is where DNS leads no longer
carrier acme sip:acme.example transports=udp account=hold
_sip._udp.acme.example 60 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 60 A 192.0.2.10
14:00 dns
14:00 registered us-east-1 3600
14:01 - us-east-1.acme.example
14:01 + us-east-1.acme.example 60 A 192.0.2.99
14:01 dns
attention no longer in DNS
14:02 registered us-east-1 3600
told 1
! registered at us-east-1.acme.example (observed): now at 192.0.2.99:5060
moves 0

# Settings

== The account is used otherwise: the rest is known as before
carrier acme sip:acme.example transports=udp account=observe
_sip._udp.acme.example 86400 SRV 10 50 5060 us-east-1.acme.example
us-east-1.acme.example 86400 A 192.0.2.10
14:00 dns
14:00 all: ok
14:00 account hold
revision 1
state us-east-1 UP
standing not known yet
14:00 stopped others sip:pbx@192.0.2.5
14:00 account off
standing off
attention none
