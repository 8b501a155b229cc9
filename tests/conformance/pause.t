# CLIENT PAUSE and UNPAUSE: who stands still, and until when.

@case what writes stands still, what reads does not
> SET k v
< +OK
> CLIENT PAUSE 60000 WRITE
< +OK
@begin a SET k w
> GET k
< "v"
> PING
< +PONG
@waits a
> CLIENT UNPAUSE
< +OK
@end a
a< +OK
> GET k
< "w"

@case what is told to others counts as writing
> CLIENT PAUSE 60000 WRITE
< +OK
@begin a PUBLISH c m
@begin b PFCOUNT h
@begin c SORT k
> XREAD STREAMS s 0
< nil*
> CLIENT UNPAUSE
< +OK
@end a
a< :0
@end b
b< :0
@end c
c< *0

@case what is wrong is told at once
> CLIENT PAUSE 60000 WRITE
< +OK
a> SET k
a< !"ERR wrong number of arguments for 'set' command"
a> NOSUCH k
a< !ERR
> CLIENT UNPAUSE
< +OK

@case a transaction that writes stands still at EXEC
> CLIENT PAUSE 50 WRITE
< +OK
> MULTI
< +OK
> GET k
< +QUEUED
> EXEC
< *1 nil
> MULTI
< +OK
> SET k v
< +QUEUED
> EXEC
< *1 +OK

@case a call that waits for data waits for the end of the pause first
> CLIENT PAUSE 60000 WRITE
< +OK
@begin a BLPOP q 0
> CLIENT UNPAUSE
< +OK
@waits a
> RPUSH q 1
< :1
@end a
a< *2 "q" "1"

@case what waited before is served after it
@begin a BLPOP q 0
> CLIENT PAUSE 60000 WRITE
< +OK
@begin b RPUSH q 1
@waits a
> CLIENT UNPAUSE
< +OK
@end b
b< :1
@end a
a< *2 "q" "1"

@case all stand still until the time is over
> CLIENT PAUSE 50 ALL
< +OK
> PING
< +PONG
> CLIENT PAUSE 50
< +OK
> CLIENT UNPAUSE
< +OK
> GET nosuch
< nil

@case the later end holds
> CLIENT PAUSE 60000 WRITE
< +OK
> CLIENT PAUSE 1 WRITE
< +OK
@begin a SET k v
> CLIENT UNPAUSE
< +OK
@end a
a< +OK

@case a key that expires is not seen, and not removed
> SET x 1 PX 1
< +OK
> CLIENT PAUSE 60000 WRITE
< +OK
@advance 10
> GET x
< nil
> EXISTS x
< :0
> DBSIZE
< :1
> CLIENT UNPAUSE
< +OK
> GET x
< nil
> DBSIZE
< :0

@case bad input
> CLIENT PAUSE
< !"ERR wrong number of arguments for 'client|pause' command"
> CLIENT PAUSE x
< !"ERR timeout is not an integer or out of range"
> CLIENT PAUSE -1
< !"ERR timeout is negative"
> CLIENT PAUSE 10 NO
< !"ERR CLIENT PAUSE mode must be WRITE or ALL"
> CLIENT PAUSE 10 WRITE x
< !"ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."
> CLIENT UNPAUSE x
< !"ERR wrong number of arguments for 'client|unpause' command"
> CLIENT PAUSE 0
< +OK
> PING
< +PONG
> CLIENT PAUSE 9223372036854775807 WRITE
< +OK
> CLIENT UNPAUSE
< +OK
