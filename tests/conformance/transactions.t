# MULTI, EXEC, DISCARD, WATCH, UNWATCH.

@case queue and run
> MULTI
< +OK
> SET a 1
< +QUEUED
> INCR a
< +QUEUED
> LPUSH a x
< +QUEUED
> GET a
< +QUEUED
> EXEC
< *4 +OK :2 !WRONGTYPE "2"
> EXEC
< !"ERR EXEC without MULTI"

@case an empty transaction
> MULTI
< +OK
> EXEC
< *0

@case discard
> SET a 1
< +OK
> MULTI
< +OK
> SET a 2
< +QUEUED
> DISCARD
< +OK
> GET a
< "1"
> DISCARD
< !"ERR DISCARD without MULTI"

@case no nesting, no watching inside, and they do not spoil it
> MULTI
< +OK
> MULTI
< !"ERR MULTI calls can not be nested"
> WATCH a
< !"ERR WATCH inside MULTI is not allowed"
> SET a 1
< +QUEUED
> EXEC
< *1 +OK

@case a refused command spoils all
> MULTI
< +OK
> SET a 1
< +QUEUED
> NONSENSE
< !"ERR unknown command 'NONSENSE', with args beginning with: "
> SET a
< !"ERR wrong number of arguments for 'set' command"
> SAVE
< !"ERR Command not allowed inside a transaction"
> EXEC
< !"EXECABORT Transaction discarded because of previous errors."
> GET a
< nil
> MULTI
< +OK
> EXEC
< *0

@case the database changes inside
> MULTI
< +OK
> SET a zero
< +QUEUED
> SELECT 2
< +QUEUED
> SET a two
< +QUEUED
> EXEC
< *3 +OK +OK +OK
> GET a
< "two"
> SELECT 0
< +OK
> GET a
< "zero"

@case watch: a change by another client
> WATCH a b
< +OK
a> SET b 1
a< +OK
> MULTI
< +OK
> SET c 1
< +QUEUED
> EXEC
< nil*
> GET c
< nil
> MULTI
< +OK
> SET c 1
< +QUEUED
> EXEC
< *1 +OK

@case watch: one's own change counts, too
> WATCH a
< +OK
> SET a 1
< +OK
> MULTI
< +OK
> EXEC
< nil*

@case watch: reading, and what changes nothing, is no change
> SADD s 1
< :1
> WATCH s z
< +OK
a> SADD s 1
a< :0
a> SMEMBERS s
a< ~1 "1"
a> DEL z
a< :0
> MULTI
< +OK
> EXEC
< *0

@case watch: deletion, of others not
> SET a 1
< +OK
> WATCH a b
< +OK
a> DEL b c
a< :0
> MULTI
< +OK
> EXEC
< *0
> WATCH a
< +OK
a> DEL b a
a< :1
> MULTI
< +OK
> EXEC
< nil*

@case watch: in the database that was selected
> WATCH a
< +OK
a> SELECT 1
a< +OK
a> SET a 1
a< +OK
> MULTI
< +OK
> EXEC
< *0
> SELECT 1
< +OK
> WATCH a
< +OK
> SELECT 0
< +OK
a> SET a 2
a< +OK
> MULTI
< +OK
> EXEC
< nil*

@case watch: FLUSHALL of a key that is there, and of one that is not
> SET a 1
< +OK
> WATCH a
< +OK
a> FLUSHALL
a< +OK
> MULTI
< +OK
> EXEC
< nil*
> WATCH a
< +OK
a> FLUSHDB
a< +OK
> MULTI
< +OK
> EXEC
< *0

@case watch: SWAPDB
> SET a 1
< +OK
> WATCH a
< +OK
a> SWAPDB 0 3
a< +OK
> MULTI
< +OK
> EXEC
< nil*
> WATCH nothing
< +OK
a> SWAPDB 0 3
a< +OK
> MULTI
< +OK
> EXEC
< *0

@case watch: RENAME, both names
> SET a 1
< +OK
> WATCH b
< +OK
a> RENAME a b
a< +OK
> MULTI
< +OK
> EXEC
< nil*
> WATCH b
< +OK
a> RENAME b c
a< +OK
> MULTI
< +OK
> EXEC
< nil*

@case watch: a key whose time comes
> SET a 1 PX 20
< +OK
> WATCH a
< +OK
@advance 50
> MULTI
< +OK
> EXEC
< nil*

@case watch: a key whose time had come
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> SET a 1 PX 20
< +OK
@advance 50
> WATCH a
< +OK
> MULTI
< +OK
> EXEC
< *0

@case watch: a key whose time had come goes, or comes again
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> SET a 1 PX 20
< +OK
@advance 50
> WATCH a
< +OK
a> GET a
a< nil
> MULTI
< +OK
> EXEC
< *0
> SET a 1 PX 20
< +OK
@advance 50
> WATCH a
< +OK
a> SET a 2
a< +OK
> MULTI
< +OK
> EXEC
< nil*

@case unwatch, and what else forgets
> WATCH a
< +OK
> UNWATCH
< +OK
a> SET a 1
a< +OK
> MULTI
< +OK
> EXEC
< *0
> WATCH a
< +OK
> MULTI
< +OK
> DISCARD
< +OK
a> SET a 2
a< +OK
> MULTI
< +OK
> EXEC
< *0

@case a command between keeps nothing of what was queued from others
> MULTI
< +OK
> GET a
< +QUEUED
a> SET a 5
a< +OK
> EXEC
< *1 "5"

@case commands that wait do not
> MULTI
< +OK
> BLPOP k 0
< +QUEUED
> BLMOVE k l LEFT LEFT 0
< +QUEUED
> BRPOPLPUSH k l 0
< +QUEUED
> BLMPOP 0 1 k LEFT
< +QUEUED
> BZPOPMIN k 0
< +QUEUED
> BZMPOP 0 1 k MAX
< +QUEUED
> XREAD BLOCK 0 STREAMS s $
< +QUEUED
> WAIT 1 0
< +QUEUED
> EXEC
< *8 nil* nil nil nil* nil* nil* nil* :0

@case walks inside of a transaction
> MSET a 1 b 2
< +OK
> MULTI
< +OK
> DBSIZE
< +QUEUED
> SCAN 0
< +QUEUED
> RANDOMKEY
< +QUEUED
> KEYS *
< +QUEUED
> FLUSHALL
< +QUEUED
> DBSIZE
< +QUEUED
> EXEC
< *6 :2 *2 "0" *u2 "a" "b" ? *u2 "a" "b" +OK :0

@case RESET ends it
> MULTI
< +OK
> SET a 1
< +QUEUED
> RESET
< +RESET
> EXEC
< !"ERR EXEC without MULTI"

@case CLIENT LIST shows it
> MULTI
< +OK
> GET a
< +QUEUED
a> CLIENT LIST
a< ?"*flags=x* *multi=1 *"
> DISCARD
< +OK

@case arity and name are checked first
> MULTI x
< !"ERR wrong number of arguments for 'multi' command"
> WATCH
< !"ERR wrong number of arguments for 'watch' command"
> MULTI
< +OK
> EXEC x
< !"EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
> EXEC
< !"ERR EXEC without MULTI"
