# SUBSCRIBE and its like, in clients. `>> ""` sends nothing: what follows comes by itself.

@case a message for each who listens
a> SUBSCRIBE c
a< >3 "subscribe" "c" :1
b> PSUBSCRIBE "c*"
b< >3 "psubscribe" "c*" :1
> PUBLISH c hello
< :2
a>> ""
a< >3 "message" "c" "hello"
b>> ""
b< >4 "pmessage" "c*" "c" "hello"
> PUBSUB NUMSUB c d
< *4 "c" :1 "d" :0
> PUBSUB NUMPAT
< :1
> PUBSUB CHANNELS
< *1 "c"
a> UNSUBSCRIBE c
a< >3 "unsubscribe" "c" :0
> PUBLISH c again
< :1
b>> ""
b< >4 "pmessage" "c*" "c" "again"
a> PING
a< +PONG

@case by channel and by pattern
a>> "SUBSCRIBE c\r\nPSUBSCRIBE c* ?\r\n"
a< >3 "subscribe" "c" :1 >3 "psubscribe" "c*" :2 >3 "psubscribe" "?" :3
> PUBLISH cc x
< :1
a>> ""
a< >4 "pmessage" "c*" "cc" "x"
> PUBLISH d y
< :1
a>> ""
a< >4 "pmessage" "?" "d" "y"
a> PUNSUBSCRIBE "c*"
a< >3 "punsubscribe" "c*" :2
> PUBLISH c z
< :2
a>> ""
a< >3 "message" "c" "z" >4 "pmessage" "?" "c" "z"

@case counted once
a>> "SUBSCRIBE c c d\r\n"
a< >3 "subscribe" "c" :1 >3 "subscribe" "c" :1 >3 "subscribe" "d" :2
> PUBLISH c x
< :1
a>> ""
a< >3 "message" "c" "x"

@case shard channels are counted on their own
a>> "SSUBSCRIBE s t\r\nSUBSCRIBE s\r\n"
a< >3 "ssubscribe" "s" :1 >3 "ssubscribe" "t" :2 >3 "subscribe" "s" :1
> SPUBLISH s x
< :1
> PUBLISH s y
< :1
a>> ""
a< >3 "smessage" "s" "x" >3 "message" "s" "y"
> PUBSUB SHARDNUMSUB s
< *2 "s" :1
a> SUNSUBSCRIBE s
a< >3 "sunsubscribe" "s" :1
a> UNSUBSCRIBE
a< >3 "unsubscribe" "s" :0
a> SUNSUBSCRIBE
a< >3 "sunsubscribe" "t" :0

@case the end of nothing is confirmed
> UNSUBSCRIBE
< >3 "unsubscribe" nil :0
> PUNSUBSCRIBE
< >3 "punsubscribe" nil :0
> SUNSUBSCRIBE
< >3 "sunsubscribe" nil :0
> UNSUBSCRIBE a
< >3 "unsubscribe" "a" :0
> PUNSUBSCRIBE a
< >3 "punsubscribe" "a" :0
>> "UNSUBSCRIBE a b\r\n"
< >3 "unsubscribe" "a" :0 >3 "unsubscribe" "b" :0

@case who listens to something else still listens
a>> "SUBSCRIBE c\r\nPSUBSCRIBE p\r\n"
a< >3 "subscribe" "c" :1 >3 "psubscribe" "p" :2
a> UNSUBSCRIBE
a< >3 "unsubscribe" "c" :1
a> UNSUBSCRIBE
a< >3 "unsubscribe" nil :1

@case RESP2: a client that listens does nothing else
@resp2
a> SUBSCRIBE c
a< >3 "subscribe" "c" :1
a> GET k
a< !"ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
a> CLIENT LIST
a< !"ERR Can't execute 'client|list': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
a> HELLO 3
a< !"ERR Can't execute 'hello': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
a> nosuch
a< !"ERR unknown command 'nosuch', with args beginning with: "
a> GET
a< !"ERR wrong number of arguments for 'get' command"
a> MULTI
a< !"ERR Can't execute 'multi': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
a> PING
a< *2 "pong" ""
a> PING x
a< *2 "pong" "x"
a> RESET
a< +RESET
a> GET k
a< nil
> PUBLISH c x
< :0

@case RESP2: the shards' listeners as well
@resp2
a> SSUBSCRIBE c
a< >3 "ssubscribe" "c" :1
a> GET k
a< !"ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"

@case RESP3: a client that listens does everything
@resp3
a> SUBSCRIBE c
a< >3 "subscribe" "c" :1
a> SET k v
a< +OK
a> PING
a< +PONG
a>> "PUBLISH c x\r\n"
a< >3 "message" "c" "x" :1
a> UNSUBSCRIBE c
a< >3 "unsubscribe" "c" :0

@case a client that publishes to itself, by two ways
@resp3
a>> "SUBSCRIBE c\r\nPSUBSCRIBE *\r\nPUBLISH c x\r\nPING\r\n"
a< >3 "subscribe" "c" :1 >3 "psubscribe" "*" :2 >3 "message" "c" "x" >4 "pmessage" "*" "c" "x" :2 +PONG

@case CLIENT LIST tells who listens
a>> "SUBSCRIBE c d\r\n"
a< >3 "subscribe" "c" :1 >3 "subscribe" "d" :2
a> PSUBSCRIBE p
a< >3 "psubscribe" "p" :3
a> SSUBSCRIBE s
a< >3 "ssubscribe" "s" :1
> CLIENT LIST TYPE pubsub
< =txt:?"id=* flags=P* db=0 sub=2 psub=1 ssub=1 *"

@case inside of a transaction
> MULTI
< +OK
> SUBSCRIBE c
< +QUEUED
> PUBLISH d x
< +QUEUED
> EXEC
< *2 >3 "subscribe" "c" :1 :0
> UNSUBSCRIBE
< >3 "unsubscribe" "c" :0

@case a transaction is begun before
@resp2
> MULTI
< +OK
> SUBSCRIBE c
< +QUEUED
> EXEC
< *1 >3 "subscribe" "c" :1
> GET k
< !"ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"

@case words are missing
> SUBSCRIBE
< !"ERR wrong number of arguments for 'subscribe' command"
> PSUBSCRIBE
< !"ERR wrong number of arguments for 'psubscribe' command"
> SSUBSCRIBE
< !"ERR wrong number of arguments for 'ssubscribe' command"

@case silence is broken by messages
@resp3
a> SUBSCRIBE c
a< >3 "subscribe" "c" :1
a> CLIENT REPLY OFF
a< (none)
> PUBLISH c x
< :1
a>> ""
a< >3 "message" "c" "x"
a>> "SUBSCRIBE d\r\n"
a< >3 "subscribe" "d" :2
a>> "PUBLISH d y\r\nCLIENT REPLY ON\r\n"
a< >3 "message" "d" "y" +OK

@case AUTH where nobody has a password
> AUTH x
< !"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
> AUTH default x
< +OK
> AUTH other x
< !"WRONGPASS invalid username-password pair or user is disabled."
> AUTH a b c
< !"ERR syntax error"
> AUTH
< !"ERR wrong number of arguments for 'auth' command"

@case AUTH with one
> CONFIG SET requirepass secret
< +OK
> AUTH wrong
< !"WRONGPASS invalid username-password pair or user is disabled."
> AUTH secret
< +OK
> AUTH default secret
< +OK
> AUTH other secret
< !"WRONGPASS invalid username-password pair or user is disabled."
> HELLO 2 AUTH default wrong
< !"WRONGPASS invalid username-password pair or user is disabled."
> CONFIG GET requirepass
<2 *2 "requirepass" "secret"
<3 %1 "requirepass" "secret"
> CONFIG SET requirepass ""
< +OK

@case directives of sockets
> CONFIG SET client-output-buffer-limit "pubsub 1mb 512kb 10"
< +OK
> CONFIG GET client-output-buffer-limit
<2 *2 "client-output-buffer-limit" "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 524288 10"
<3 %1 "client-output-buffer-limit" "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 524288 10"
> CONFIG SET client-output-buffer-limit "pubsub 1mb"
< !"ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Wrong number of arguments in buffer limit configuration."
> CONFIG SET client-output-buffer-limit "other 1 1 1"
< !"ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Invalid client class specified in buffer limit configuration."
> CONFIG SET client-output-buffer-limit "normal x 1 1"
< !"ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Error in hard, soft or soft_seconds setting in buffer limit configuration."
> CONFIG SET timeout -1
< !"ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and 2147483647 inclusive"
