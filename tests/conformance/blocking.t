# Calls that wait: what serves them, in which order, and what ends them.

@case a push serves the first who came
@begin a BLPOP q 0
@begin b BRPOP q 0
> RPUSH q 1
< :1
@end a
a< *2 "q" "1"
@waits b
> RPUSH q 2 3
< :2
@end b
b< *2 "q" "3"
> LRANGE q 0 -1
< *1 "2"

@case the whole push is seen
@begin a BLPOP q 0
> LPUSH q 1 2 3
< :3
@end a
a< *2 "q" "3"

@case data that is there is taken at once
> RPUSH q 1
< :1
> BLPOP x q 0
< *2 "q" "1"

@case values of other types do not serve
@begin a BLPOP k 0
> SET k v
< +OK
@waits a
> DEL k
< :1
> ZADD k 1 x
< :1
@waits a
> DEL k
< :1
> RPUSH k 1 2
< :2
@end a
a< *2 "k" "1"

@case the key that was ready first
@begin a BLPOP k1 k2 0
@begin b BLPOP k2 k1 0
> MULTI
< +OK
> RPUSH k2 b
< +QUEUED
> RPUSH k1 a
< +QUEUED
> EXEC
< *2 :1 :1
@end a
a< *2 "k2" "b"
@end b
b< *2 "k1" "a"

@case a key that held something else first was not ready first
@begin a BLPOP k1 k2 0
> MULTI
< +OK
> SET k1 x
< +QUEUED
> RPUSH k2 b
< +QUEUED
> DEL k1
< +QUEUED
> RPUSH k1 a
< +QUEUED
> EXEC
< *4 +OK :1 :1 :1
@end a
a< *2 "k2" "b"

@case EXEC serves at its end
@begin a BLPOP k 0
> MULTI
< +OK
> RPUSH k 1
< +QUEUED
> DEL k
< +QUEUED
> EXEC
< *2 :1 :1
@waits a
> MULTI
< +OK
> RPUSH k 1
< +QUEUED
> LPUSH k 2
< +QUEUED
> EXEC
< *2 :1 :2
@end a
a< *2 "k" "2"

@case BLMOVE, and a chain of them
@begin a BLMOVE x y LEFT RIGHT 0
@begin b BRPOPLPUSH y z 0
@begin c BLPOP z 0
> RPUSH x 1
< :1
@end a
a< "1"
@end b
b< "1"
@end c
c< *2 "z" "1"
> EXISTS x y z
< :0

@case BLMOVE onto itself
@begin a BLMOVE x x LEFT RIGHT 0
> RPUSH x 1 2
< :2
@end a
a< "1"
> LRANGE x 0 -1
< *2 "2" "1"

@case BLMOVE to a value of another type
> SET d v
< +OK
@begin a BLMOVE k d LEFT LEFT 0
@begin b BLPOP k 0
> RPUSH k 1
< :1
@end a
a< !WRONGTYPE
@end b
b< *2 "k" "1"

@case BLMPOP with COUNT
@begin a BLMPOP 0 2 x y RIGHT COUNT 2
> RPUSH y 1 2 3
< :3
@end a
a< *2 "y" *2 "3" "2"

@case sorted sets
@begin a BZPOPMIN z 0
@begin b BZPOPMAX z 0
@begin c BZMPOP 0 1 z MIN COUNT 5
> ZADD z 1 a 2 b 3 c 4 d
< :4
@end a
a< *3 "z" "a" ,1
@end b
b< *3 "z" "d" ,4
@end c
c< *2 "z" *2 *2 "b" ,2 *2 "c" ,3
> EXISTS z
< :0

@case sorted sets are made by other commands, too
@begin a BZPOPMIN z 0
> GEOADD z 13.361389 38.115556 Palermo
< :1
@end a
a< *3 "z" "Palermo" ?

@case lists come by RENAME, MOVE, COPY, SORT STORE, RESTORE, SWAPDB
@begin a BLPOP k 0
> RPUSH o 1
< :1
> RENAME o k
< +OK
@end a
a< *2 "k" "1"
@begin a BLPOP k 0
> RPUSH o 2 1
< :2
> SORT o STORE k
< :2
@end a
a< *2 "k" "1"
> DEL k
< :1
@begin a BLPOP k 0
> COPY o k
< :1
@end a
a< *2 "k" "2"
> DEL k
< :1
@begin a BLPOP k 0
> SELECT 3
< +OK
> RPUSH k 3
< :1
> SWAPDB 0 3
< +OK
@end a
a< *2 "k" "3"
@begin a BLPOP k 0
> RPUSH k 4
< :1
> MOVE k 0
< :1
@end a
a< *2 "k" "4"

@case XREAD
@begin a XREAD BLOCK 0 STREAMS s t $ 5-0
@begin b XREAD COUNT 1 BLOCK 0 STREAMS s 0
> XADD s 1-1 f v
< "1-1"
@end a
a<2 *1 *2 "s" *1 *2 "1-1" *2 "f" "v"
a<3 %1 "s" *1 *2 "1-1" *2 "f" "v"
@end b
b<2 *1 *2 "s" *1 *2 "1-1" *2 "f" "v"
b<3 %1 "s" *1 *2 "1-1" *2 "f" "v"
@begin a XREAD BLOCK 0 STREAMS s t $ 5-0
> XADD t 4-1 f v
< "4-1"
@waits a
> XADD t 5-1 f v
< "5-1"
@end a
a<2 *1 *2 "t" *1 *2 "5-1" *2 "f" "v"
a<3 %1 "t" *1 *2 "5-1" *2 "f" "v"

@case XREAD waits on when the stream goes
> XADD s 1-1 f v
< "1-1"
@begin a XREAD BLOCK 0 STREAMS s $
> DEL s
< :1
@waits a
> XADD s 1-1 f v
< "1-1"
@waits a
> XADD s 1-2 f v
< "1-2"
@end a
a<2 *1 *2 "s" *1 *2 "1-2" *2 "f" "v"
a<3 %1 "s" *1 *2 "1-2" *2 "f" "v"

@case XREADGROUP: one entry goes to one consumer
> XGROUP CREATE s g $ MKSTREAM
< +OK
@begin a XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
@begin b XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
> XADD s 1-1 f v
< "1-1"
@end a
a<2 *1 *2 "s" *1 *2 "1-1" *2 "f" "v"
a<3 %1 "s" *1 *2 "1-1" *2 "f" "v"
@waits b
> XPENDING s g
< *4 :1 "1-1" "1-1" *1 *2 "alice" "1"
> XADD s 1-2 f v
< "1-2"
@end b
b<2 *1 *2 "s" *1 *2 "1-2" *2 "f" "v"
b<3 %1 "s" *1 *2 "1-2" *2 "f" "v"

@case XREADGROUP: the key goes
> XGROUP CREATE s g $ MKSTREAM
< +OK
@begin a XREADGROUP GROUP g c BLOCK 0 STREAMS s >
> DEL s
< :1
@end a
a< !"UNBLOCKED the stream key no longer exists"
> XGROUP CREATE s g $ MKSTREAM
< +OK
@begin a XREADGROUP GROUP g c BLOCK 0 STREAMS s >
> SET s v
< +OK
@end a
a< !"UNBLOCKED the stream key no longer exists"
> DEL s
< :1
> XGROUP CREATE s g $ MKSTREAM
< +OK
@begin a XREADGROUP GROUP g c BLOCK 0 STREAMS s >
> FLUSHALL
< +OK
@end a
a< !"UNBLOCKED the stream key no longer exists"

@case XREADGROUP: the group goes
> XGROUP CREATE s g $ MKSTREAM
< +OK
@begin a XREADGROUP GROUP g c BLOCK 0 STREAMS s >
> XGROUP DESTROY s g
< :1
@end a
a< !"NOGROUP the consumer group this client was blocked on no longer exists"

@case the time is over
> BLPOP k 0.01
< nil*
> BLMOVE k l LEFT LEFT 0.01
< nil*
> BRPOPLPUSH k l 0.01
< nil*
> BLMPOP 0.01 1 k LEFT
< nil*
> BZPOPMIN k 0.01
< nil*
> BZMPOP 0.01 1 k MIN
< nil*
> XREAD BLOCK 10 STREAMS k $
< nil*
> RPUSH k 1
< :1
> LLEN k
< :1

@case CLIENT UNBLOCK
a> CLIENT SETNAME waiter
a< +OK
> CLIENT UNBLOCK 999999
< :0
> CLIENT UNBLOCK abc
< !"ERR value is not an integer or out of range"
> CLIENT UNBLOCK 1 x
< !"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
@begin a BLPOP k 0
> INFO clients
< ?"*blocked_clients:1*"

@case a waiting call and WATCH
> WATCH q
< +OK
@begin a BLPOP q 0
b> RPUSH q 1
b< :1
@end a
a< *2 "q" "1"
> MULTI
< +OK
> EXEC
< nil*
