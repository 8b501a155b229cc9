# MONITOR and CLIENT KILL. `>> ""` sends nothing: what follows comes by itself.

@case commands as they run
> PING
< +PONG
m> MONITOR
m< +OK
> SET k "v\x00\n\"\\"
< +OK
m>> ""
m< +?"*.* [0 *] \"SET\" \"k\" \"v\\x00\\n\\\"\\\\\""
> NOSUCH
< !
> GET
< !
> CONFIG GET maxmemory
< ?
> LPUSH k x
< !WRONGTYPE
m>> ""
m< +?"* \"LPUSH\" \"k\" \"x\""
> SELECT 3
< +OK
m>> ""
m< +?"* [3 *] \"SELECT\" \"3\""

@case transactions
> PING
< +PONG
m> MONITOR
m< +OK
> MULTI
< +OK
> SET k v
< +QUEUED
> GET k
< +QUEUED
> EXEC
< *2 +OK "v"
m>> ""
m< +?"* \"MULTI\"" +?"* \"SET\" \"k\" \"v\"" +?"* \"GET\" \"k\"" +?"* \"EXEC\""

@case passwords are left out
> PING
< +PONG
m> MONITOR
m< +OK
> AUTH default secret
< +OK
m>> ""
m< +?"* \"AUTH\" \"(redacted)\" \"(redacted)\""
> HELLO 2 AUTH default secret SETNAME n
< ?
m>> ""
m< +?"* \"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\" \"SETNAME\" \"n\""

@case what a client that monitors may do
> PING
< +PONG
m> SET k v
m< +OK
m> MONITOR
m< +OK
m> GET k
m< !"ERR Replica can't interact with the keyspace"
m> MONITOR
m< (none)
> PING
< +PONG
m>> ""
m< +?"* \"PING\""
> CLIENT LIST
< =txt:?"*flags=O*"

@case RESET ends it
@resp2
> PING
< +PONG
m> MONITOR
m< +OK
m> RESET
m< +RESET
> PING
< +PONG
m> PING
m< +PONG

@case CLIENT KILL: what it is told
> CLIENT KILL
< !"ERR wrong number of arguments for 'client|kill' command"
> CLIENT KILL 1.2.3.4:5
< !"ERR No such client"
> CLIENT KILL ID x
< !"ERR client-id should be greater than 0"
> CLIENT KILL ID 0
< !"ERR client-id should be greater than 0"
> CLIENT KILL ID 99999999
< :0
> CLIENT KILL foo bar
< !"ERR syntax error"
> CLIENT KILL ID 1 ADDR
< !"ERR syntax error"
> CLIENT KILL TYPE foo
< !"ERR Unknown client type 'foo'"
> CLIENT KILL TYPE replica
< :0
> CLIENT KILL SKIPME maybe
< !"ERR syntax error"
> CLIENT KILL USER nobody
< !"ERR No such user 'nobody'"
> CLIENT KILL ADDR 1.2.3.4:5 SKIPME yes
< :0

@case DEBUG ERROR
> DEBUG ERROR "OOPS what a day"
< !"OOPS what a day"
> DEBUG ERROR
< !
