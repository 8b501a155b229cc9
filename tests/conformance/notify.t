# notify-keyspace-events: its letters, and what is published for them. `>> ""` sends nothing: what follows comes by itself.

@case the directive's letters
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" ""
> CONFIG SET notify-keyspace-events KEA
< +OK
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" "AKE"
> CONFIG SET notify-keyspace-events "mn$lgK"
< +OK
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" "g$lnKm"
> CONFIG SET notify-keyspace-events "g$lshzxetdmnKE"
< +OK
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" "AKEm"
> CONFIG SET notify-keyspace-events "g$lshzxetKE"
< +OK
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" "g$lshzxetKE"
> CONFIG SET notify-keyspace-events KQ
< !"ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
> CONFIG SET notify-keyspace-events "K E"
< !"ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" "g$lshzxetKE"
> CONFIG SET notify-keyspace-events ""
< +OK
> CONFIG GET notify-keyspace-events
< %1 "notify-keyspace-events" ""

@case by key and by event
> CONFIG SET notify-keyspace-events KEA
< +OK
a> PSUBSCRIBE __key*__:*
a< >3 "psubscribe" "__key*__:*" :1
> SET k v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyspace@0__:k" "set" >4 "pmessage" "__key*__:*" "__keyevent@0__:set" "k"
> SELECT 3
< +OK
> LPUSH l 1
< :1
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyspace@3__:l" "lpush" >4 "pmessage" "__key*__:*" "__keyevent@3__:lpush" "l"
> LPUSH l
< !"ERR wrong number of arguments for 'lpush' command"
> SADD l 1
< !WRONGTYPE
> DEL l
< :1
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyspace@3__:l" "del" >4 "pmessage" "__key*__:*" "__keyevent@3__:del" "l"

@case one of the two ways
> CONFIG SET notify-keyspace-events KA
< +OK
a> PSUBSCRIBE __key*__:*
a< >3 "psubscribe" "__key*__:*" :1
> SET k v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyspace@0__:k" "set"
> CONFIG SET notify-keyspace-events EA
< +OK
> SET k v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyevent@0__:set" "k"
> CONFIG SET notify-keyspace-events A
< +OK
> SET k v
< +OK
> CONFIG SET notify-keyspace-events KE
< +OK
> SET k v
< +OK
> CONFIG SET notify-keyspace-events Eg
< +OK
> SET k v EX 100
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyevent@0__:expire" "k"

@case one channel
> CONFIG SET notify-keyspace-events KEA
< +OK
a>> "SUBSCRIBE __keyevent@0__:del __keyspace@0__:other\r\n"
a< >3 "subscribe" "__keyevent@0__:del" :1 >3 "subscribe" "__keyspace@0__:other" :2
> MSET k 1 other 2
< +OK
a>> ""
a< >3 "message" "__keyspace@0__:other" "set"
> DEL none k other
< :2
a>> ""
a< >3 "message" "__keyevent@0__:del" "k" >3 "message" "__keyspace@0__:other" "del" >3 "message" "__keyevent@0__:del" "other"

@case what is in no A
> CONFIG SET notify-keyspace-events EA
< +OK
a> PSUBSCRIBE __key*__:*
a< >3 "psubscribe" "__key*__:*" :1
> GET none
< nil
> SETEX k 100 v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyevent@0__:set" "k" >4 "pmessage" "__key*__:*" "__keyevent@0__:expire" "k"
> CONFIG SET notify-keyspace-events Emn
< +OK
> GET none
< nil
> SET none v
< +OK
> SET none v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyevent@0__:keymiss" "none" >4 "pmessage" "__key*__:*" "__keyevent@0__:new" "none"

@case all keys at once are no event
> CONFIG SET notify-keyspace-events KEA
< +OK
> SET k v
< +OK
a> PSUBSCRIBE __key*__:*
a< >3 "psubscribe" "__key*__:*" :1
> SWAPDB 0 1
< +OK
> FLUSHDB
< +OK
> FLUSHALL
< +OK
> SET k v
< +OK
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyspace@0__:k" "set" >4 "pmessage" "__key*__:*" "__keyevent@0__:set" "k"

@case a transaction tells in the order of its commands
> CONFIG SET notify-keyspace-events EA
< +OK
a>> "PSUBSCRIBE __key*__:* p\r\n"
a< >3 "psubscribe" "__key*__:*" :1 >3 "psubscribe" "p" :2
> MULTI
< +OK
> SET k v
< +QUEUED
> RPUSH l 1
< +QUEUED
> PUBLISH p x
< +QUEUED
> LPOP l
< +QUEUED
> EXEC
< *4 +OK :1 :1 "1"
a>> ""
a< >4 "pmessage" "__key*__:*" "__keyevent@0__:set" "k" >4 "pmessage" "__key*__:*" "__keyevent@0__:rpush" "l" >4 "pmessage" "p" "p" "x" >4 "pmessage" "__key*__:*" "__keyevent@0__:lpop" "l" >4 "pmessage" "__key*__:*" "__keyevent@0__:del" "l"
