# A key whose time has come and that is still there: which commands remove it and tell of that, and which leave it alone.
# What is published on the channel `end` comes behind whatever was told.

@case commands that leave it there
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> CONFIG SET notify-keyspace-events Exm
< +OK
e> SUBSCRIBE __keyevent@0__:expired
e< >3 "subscribe" "__keyevent@0__:expired" :1
e> SUBSCRIBE __keyevent@0__:keymiss
e< >3 "subscribe" "__keyevent@0__:keymiss" :2
e> SUBSCRIBE end
e< >3 "subscribe" "end" :3
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> MEMORY USAGE k
< :?
> PUBLISH end "MEMORY USAGE k"
< :1
e>> ""
e< >3 "message" "end" "MEMORY USAGE k"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DEBUG OBJECT k
< +?"Value at:* refcount:1 encoding:embstr *"
> PUBLISH end "DEBUG OBJECT k"
< :1
e>> ""
e< >3 "message" "end" "DEBUG OBJECT k"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DEBUG DIGEST-VALUE k
< *1 ?
> PUBLISH end "DEBUG DIGEST-VALUE k"
< :1
e>> ""
e< >3 "message" "end" "DEBUG DIGEST-VALUE k"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> KEYS *
< *0
> PUBLISH end "KEYS *"
< :1
e>> ""
e< >3 "message" "end" "KEYS *"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> KEYS k
< *0
> PUBLISH end "KEYS k"
< :1
e>> ""
e< >3 "message" "end" "KEYS k"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> SCAN 0 MATCH x
< *2 "0" *0
> PUBLISH end "SCAN 0 MATCH x"
< :1
e>> ""
e< >3 "message" "end" "SCAN 0 MATCH x"
> DBSIZE
< :1
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DBSIZE
< :1
> PUBLISH end "DBSIZE"
< :1
e>> ""
e< >3 "message" "end" "DBSIZE"
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> WATCH k
< +OK
> PUBLISH end "WATCH k"
< :1
e>> ""
e< >3 "message" "end" "WATCH k"
> DBSIZE
< :1
> UNWATCH
< +OK
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> COMMAND GETKEYS GET k
< *1 "k"
> PUBLISH end "COMMAND GETKEYS GET k"
< :1
e>> ""
e< >3 "message" "end" "COMMAND GETKEYS GET k"
> DBSIZE
< :1
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK

@case commands that remove it
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> CONFIG SET notify-keyspace-events Exm
< +OK
e> SUBSCRIBE __keyevent@0__:expired
e< >3 "subscribe" "__keyevent@0__:expired" :1
e> SUBSCRIBE __keyevent@0__:keymiss
e< >3 "subscribe" "__keyevent@0__:keymiss" :2
e> SUBSCRIBE end
e< >3 "subscribe" "end" :3
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> OBJECT ENCODING k
< nil
> PUBLISH end "OBJECT ENCODING k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "OBJECT ENCODING k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> OBJECT IDLETIME k
< nil
> PUBLISH end "OBJECT IDLETIME k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "OBJECT IDLETIME k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> OBJECT REFCOUNT k
< nil
> PUBLISH end "OBJECT REFCOUNT k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "OBJECT REFCOUNT k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> SCAN 0
< *2 "0" *0
> PUBLISH end "SCAN 0"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "SCAN 0"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> RANDOMKEY
< nil
> PUBLISH end "RANDOMKEY"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "RANDOMKEY"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DEBUG HTSTATS-KEY k
< !"ERR no such key"
> PUBLISH end "DEBUG HTSTATS-KEY k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "DEBUG HTSTATS-KEY k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DEBUG LISTPACK k
< !"ERR no such key"
> PUBLISH end "DEBUG LISTPACK k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "DEBUG LISTPACK k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> PERSIST k
< :0
> PUBLISH end "PERSIST k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "PERSIST k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> EXPIRE k 10
< :0
> PUBLISH end "EXPIRE k 10"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "EXPIRE k 10"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> LPUSHX k 1
< :0
> PUBLISH end "LPUSHX k 1"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "LPUSHX k 1"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DEL k
< :0
> PUBLISH end "DEL k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "DEL k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> UNLINK k
< :0
> PUBLISH end "UNLINK k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "UNLINK k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> RENAME k z
< !"ERR no such key"
> PUBLISH end "RENAME k z"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "end" "RENAME k z"
> DBSIZE
< :0
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK

@case commands that remove it and miss it
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> CONFIG SET notify-keyspace-events Exm
< +OK
e> SUBSCRIBE __keyevent@0__:expired
e< >3 "subscribe" "__keyevent@0__:expired" :1
e> SUBSCRIBE __keyevent@0__:keymiss
e< >3 "subscribe" "__keyevent@0__:keymiss" :2
e> SUBSCRIBE end
e< >3 "subscribe" "end" :3
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> GET k
< nil
> PUBLISH end "GET k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "GET k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> STRLEN k
< :0
> PUBLISH end "STRLEN k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "STRLEN k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> TYPE k
< +none
> PUBLISH end "TYPE k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "TYPE k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> EXISTS k
< :0
> PUBLISH end "EXISTS k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "EXISTS k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> TTL k
< :-2
> PUBLISH end "TTL k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "TTL k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> PTTL k
< :-2
> PUBLISH end "PTTL k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "PTTL k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> EXPIRETIME k
< :-2
> PUBLISH end "EXPIRETIME k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "EXPIRETIME k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> PEXPIRETIME k
< :-2
> PUBLISH end "PEXPIRETIME k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "PEXPIRETIME k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> DUMP k
< nil
> PUBLISH end "DUMP k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "DUMP k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> TOUCH k
< :0
> PUBLISH end "TOUCH k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "TOUCH k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> GETEX k
< nil
> PUBLISH end "GETEX k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "GETEX k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> SORT_RO k
< *0
> PUBLISH end "SORT_RO k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "SORT_RO k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> COPY k z
< :0
> PUBLISH end "COPY k z"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "COPY k z"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> XINFO STREAM k
< !"ERR no such key"
> PUBLISH end "XINFO STREAM k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "XINFO STREAM k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> HSTRLEN k f
< :0
> PUBLISH end "HSTRLEN k f"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "HSTRLEN k f"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> LLEN k
< :0
> PUBLISH end "LLEN k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "LLEN k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> SCARD k
< :0
> PUBLISH end "SCARD k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "SCARD k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> ZCARD k
< :0
> PUBLISH end "ZCARD k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "ZCARD k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> XLEN k
< :0
> PUBLISH end "XLEN k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "XLEN k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> BITCOUNT k
< :0
> PUBLISH end "BITCOUNT k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "BITCOUNT k"
> DBSIZE
< :0
> FLUSHDB
< +OK
> SET k v PX 10
< +OK
@advance 20
> PFCOUNT k
< :0
> PUBLISH end "PFCOUNT k"
< :1
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k" >3 "message" "__keyevent@0__:keymiss" "k" >3 "message" "end" "PFCOUNT k"
> DBSIZE
< :0
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK

@case OBJECT FREQ
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> CONFIG SET maxmemory-policy allkeys-lfu
< +OK
> CONFIG SET notify-keyspace-events Exm
< +OK
e> SUBSCRIBE __keyevent@0__:expired
e< >3 "subscribe" "__keyevent@0__:expired" :1
> SET k v PX 10
< +OK
@advance 20
> OBJECT FREQ k
< nil
e>> ""
e< >3 "message" "__keyevent@0__:expired" "k"
> DBSIZE
< :0
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK

@case looking at what a key costs is no use of it
> SET k v
< +OK
> CONFIG RESETSTAT
< +OK
> MEMORY USAGE k
< :?
> MEMORY USAGE nosuch
< nil
> INFO stats
< =txt:?"*keyspace_hits:0\r\nkeyspace_misses:0\r\n*"
> GET k
< "v"
> INFO stats
< =txt:?"*keyspace_hits:1\r\nkeyspace_misses:0\r\n*"
