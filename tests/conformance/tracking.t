# CLIENT TRACKING, TRACKINGINFO, CACHING, GETREDIR. `>> ""` sends nothing: what follows comes by itself.

@case what is asked for
> CLIENT GETREDIR
< :-1
> CLIENT TRACKINGINFO
< %3 "flags" ~1 "off" "redirect" :-1 "prefixes" *0
> CLIENT TRACKING
< !"ERR wrong number of arguments for 'client|tracking' command"
> CLIENT TRACKING MAYBE
< !"ERR syntax error"
> CLIENT TRACKING ON OPTIN OPTOUT
< !"ERR You can't specify both OPTIN mode and OPTOUT mode"
> CLIENT TRACKING ON PREFIX a
< !"ERR PREFIX option requires BCAST mode to be enabled"
> CLIENT TRACKING ON BCAST OPTIN
< !"ERR OPTIN and OPTOUT are not compatible with BCAST"
> CLIENT TRACKING ON BCAST OPTOUT
< !"ERR OPTIN and OPTOUT are not compatible with BCAST"
> CLIENT TRACKING ON BCAST PREFIX aa PREFIX a
< !"ERR Prefix 'aa' overlaps with another provided prefix 'a'. Prefixes for a single client must not overlap."
> CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
< !"ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap."
> CLIENT TRACKING ON BCAST PREFIX a PREFIX a
< !"ERR Prefix 'a' overlaps with another provided prefix 'a'. Prefixes for a single client must not overlap."
> CLIENT TRACKING ON REDIRECT 123456789
< !"ERR The client ID you want redirect to does not exist"
> CLIENT TRACKING ON REDIRECT -1
< !"ERR The client ID you want redirect to does not exist"
> CLIENT TRACKING ON REDIRECT x
< !"ERR value is not an integer or out of range"
> CLIENT TRACKING ON REDIRECT
< !"ERR syntax error"
> CLIENT TRACKING ON PREFIX
< !"ERR syntax error"
> CLIENT TRACKING ON NOPE
< !"ERR syntax error"
> CLIENT TRACKING OFF NOPE
< !"ERR syntax error"
> CLIENT TRACKING OFF BCAST
< +OK
> CLIENT GETREDIR x
< !"ERR wrong number of arguments for 'client|getredir' command"
> CLIENT TRACKINGINFO x
< !"ERR wrong number of arguments for 'client|trackinginfo' command"

@case the mode is kept until it is ended
> CLIENT CACHING YES
< !"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
> CLIENT CACHING x
< !"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
> CLIENT TRACKING ON OPTIN
< +OK
> CLIENT CACHING NO
< !"ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
> CLIENT CACHING x
< !"ERR syntax error"
> CLIENT CACHING YES
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~3 "on" "optin" "caching-yes" "redirect" :0 "prefixes" *0
> CLIENT TRACKING ON BCAST
< !"ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
> CLIENT TRACKING ON OPTOUT
< !"ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
> CLIENT TRACKING ON NOLOOP
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~2 "on" "noloop" "redirect" :0 "prefixes" *0
> CLIENT TRACKING ON
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~1 "on" "redirect" :0 "prefixes" *0
> CLIENT TRACKING OFF
< +OK
> CLIENT TRACKING ON OPTOUT
< +OK
> CLIENT CACHING YES
< !"ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
> CLIENT CACHING NO
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~3 "on" "optout" "caching-no" "redirect" :0 "prefixes" *0
> CLIENT TRACKING OFF
< +OK

@case prefixes come together
> CLIENT TRACKING ON BCAST PREFIX foo
< +OK
> CLIENT CACHING YES
< !"ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
> CLIENT TRACKING ON
< !"ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
> CLIENT TRACKING ON BCAST PREFIX fo
< !"ERR Prefix 'fo' overlaps with an existing prefix 'foo'. Prefixes for a single client must not overlap."
> CLIENT TRACKING ON BCAST NOLOOP PREFIX bar
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~3 "on" "bcast" "noloop" "redirect" :0 "prefixes" *2 "bar" "foo"
> CLIENT TRACKING ON BCAST
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~2 "on" "bcast" "redirect" :0 "prefixes" *3 "" "bar" "foo"
> CLIENT TRACKING ON BCAST PREFIX zap
< !"ERR Prefix 'zap' overlaps with an existing prefix ''. Prefixes for a single client must not overlap."
> CLIENT TRACKING OFF
< +OK
> CLIENT TRACKINGINFO
< %3 "flags" ~1 "off" "redirect" :-1 "prefixes" *0

@case RESET ends it
> CLIENT TRACKING ON
< +OK
> CLIENT GETREDIR
< :0
> RESET
< +RESET
> CLIENT GETREDIR
< :-1

@case what was read is told when it changes, once
@resp3
a> CLIENT TRACKING ON
a< +OK
a> GET k
a< nil
> SET k 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
> SET k 2
< +OK
a> MGET k j
a< *2 "2" nil
> MSET k 3 x 1 j 2
< +OK
a>> ""
a< >2 "invalidate" *1 "k" >2 "invalidate" *1 "j"
a> PING
a< +PONG

@case reads of all kinds, in other databases, and such as fail
@resp3
> LPUSH l 1
< :1
a> CLIENT TRACKING ON
a< +OK
a> GET l
a< !WRONGTYPE
> LPUSH l 2
< :2
a>> ""
a< >2 "invalidate" *1 "l"
a> TTL k
a< :-2
> SET k 1 EX 100
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> OBJECT ENCODING k
a< "int"
> PERSIST k
< :1
a>> ""
a< >2 "invalidate" *1 "k"
a> EXISTS k
a< :1
> RENAME k kk
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> GET k
a< nil
b> SELECT 3
b< +OK
b> SET k 1
b< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> GET kk
a< "1"
> SET kk 1 NX
< nil
> EXPIRE none 10
< :0
> DEL kk
< :1
a>> ""
a< >2 "invalidate" *1 "kk"

@case what a client changes itself is told behind the reply
@resp3
a> CLIENT TRACKING ON
a< +OK
a> GET k
a< nil
a>> "SET k 1\r\n"
a< +OK >2 "invalidate" *1 "k"
a> GET k
a< "1"
a>> "SET k 2\r\nGET k\r\nPING\r\n"
a< +OK >2 "invalidate" *1 "k" "2" +PONG
a>> "MULTI\r\nSET k 3\r\nGET k\r\nGET j\r\nEXEC\r\n"
a< +OK +QUEUED +QUEUED +QUEUED *3 +OK "3" nil >2 "invalidate" *1 "k"
> MSET k 4 j 4
< +OK
a>> ""
a< >2 "invalidate" *1 "k" >2 "invalidate" *1 "j"
a> CLIENT TRACKING ON NOLOOP
a< +OK
a> GET k
a< "4"
a> SET k 5
a< +OK
> SET k 6
< +OK
a> GET k
a< "6"
> SET k 7
< +OK
a>> ""
a< >2 "invalidate" *1 "k"

@case a database that is emptied
@resp3
a> CLIENT TRACKING ON
a< +OK
b> CLIENT TRACKING ON BCAST PREFIX none
b< +OK
> SELECT 5
< +OK
> FLUSHDB
< +OK
a>> ""
a< >2 "invalidate" nil
b>> ""
b< >2 "invalidate" nil
a> GET k
a< nil
a>> "FLUSHALL ASYNC\r\n"
a< +OK >2 "invalidate" nil
b>> ""
b< >2 "invalidate" nil
> SELECT 0
< +OK
> SET k 1
< +OK
a> GET k
a< "1"
> SWAPDB 0 1
< +OK
> SET k 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k"

@case a key whose time comes
@resp3
> SET k v PX 100
< +OK
a> CLIENT TRACKING ON
a< +OK
a> GET k
a< "v"
@advance 150
> GET k
< nil
a>> ""
a< >2 "invalidate" *1 "k"

@case by prefix, whoever reads
@resp3
a> CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar
a< +OK
b> CLIENT TRACKING ON BCAST
b< +OK
> MSET foo2 1 foo1 2 bar1 3 x 1 foo1 4
< +OK
a>> ""
a< >2 "invalidate" *1 "bar1" >2 "invalidate" *2 "foo1" "foo2"
b>> ""
b< >2 "invalidate" *4 "bar1" "foo1" "foo2" "x"
a>> "MULTI\r\nSET foo9 1\r\nSET foo8 1\r\nSET bar1 1\r\nEXEC\r\n"
a< +OK +QUEUED +QUEUED +QUEUED *3 +OK +OK +OK >2 "invalidate" *1 "bar1" >2 "invalidate" *2 "foo8" "foo9"
b>> ""
b< >2 "invalidate" *3 "bar1" "foo8" "foo9"
b> CLIENT TRACKING ON BCAST NOLOOP
b< +OK
b> SET y 1
b< +OK
> SET y 2
< +OK
b>> ""
b< >2 "invalidate" *1 "y"

@case what counts as a change
@resp3
a> CLIENT TRACKING ON BCAST
a< +OK
> XGROUP CREATE s g $ MKSTREAM
< +OK
a>> ""
a< >2 "invalidate" *1 "s"
> XGROUP DESTROY s g
< :1
> DEL none
< :0
> PFADD p 1
< :1
a>> ""
a< >2 "invalidate" *1 "p"
> PFADD p 1
< :0
> RPUSH l 1 2
< :2
a>> ""
a< >2 "invalidate" *1 "l"
> SORT l STORE m
< :2
a>> ""
a< >2 "invalidate" *1 "m"
> COPY l n
< :1
a>> ""
a< >2 "invalidate" *1 "n"
> RENAME l o
< +OK
a>> ""
a< >2 "invalidate" *2 "l" "o"
> SET y 1
< +OK
a>> ""
a< >2 "invalidate" *1 "y"
> SADD y 1
< !WRONGTYPE
> GETEX y EX 100
< "1"
a>> ""
a< >2 "invalidate" *1 "y"
> MOVE y 2
< :1
a>> ""
a< >2 "invalidate" *1 "y"
> EXPIRE o -1
< :1
a>> ""
a< >2 "invalidate" *1 "o"
@begin b BLPOP q 0
@waits b
> RPUSH q 1
< :1
@end b
b< *2 "q" "1"
a>> ""
a< >2 "invalidate" *1 "q"

@case only after CLIENT CACHING YES
@resp3
a> CLIENT TRACKING ON OPTIN
a< +OK
a> CLIENT CACHING YES
a< +OK
a> GET k
a< nil
a> GET j
a< nil
> MSET k 1 j 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> CLIENT CACHING YES
a< +OK
a> PING
a< +PONG
a> GET k
a< "1"
> SET k 1
< +OK
a> CLIENT CACHING YES
a< +OK
a> MULTI
a< +OK
a> GET k
a< +QUEUED
a> GET j
a< +QUEUED
a> EXEC
a< *2 "1" "1"
> MSET k 1 j 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k" >2 "invalidate" *1 "j"
a> MULTI
a< +OK
a> CLIENT CACHING YES
a< +QUEUED
a> GET k
a< +QUEUED
a> EXEC
a< *2 +OK "1"
> SET k 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> GET k
a< "1"
> SET k 1
< +OK
a> PING
a< +PONG

@case not after CLIENT CACHING NO
@resp3
a> CLIENT TRACKING ON OPTOUT
a< +OK
a> CLIENT CACHING NO
a< +OK
a> GET k
a< nil
a> GET j
a< nil
> MSET k 1 j 1
< +OK
a>> ""
a< >2 "invalidate" *1 "j"
a> CLIENT CACHING NO
a< +OK
a> NOSUCH
a< !ERR
a> GET k
a< "1"
> SET k 1
< +OK
a>> ""
a< >2 "invalidate" *1 "k"
a> CLIENT CACHING NO
a< +OK
a> CLIENT ID
a< :?
a> GET k
a< "1"
> SET k 1
< +OK
a> PING
a< +PONG

@case a table that is full
@resp3
> CONFIG SET tracking-table-max-keys 1
< +OK
> CONFIG GET tracking-table-max-keys
< %1 "tracking-table-max-keys" "1"
> CONFIG SET tracking-table-max-keys -1
< !"ERR CONFIG SET failed (possibly related to argument 'tracking-table-max-keys') - argument must be between 0 and 9223372036854775807 inclusive"
> CONFIG SET tracking-table-max-keys 0
< +OK

@case in RESP2 nothing is told
@resp2
a> CLIENT TRACKING ON
a< +OK
a> GET k
a< nil
> SET k 1
< +OK
a> GET k
a< "1"
a> CLIENT TRACKINGINFO
a< %3 "flags" ~1 "on" "redirect" :0 "prefixes" *0
