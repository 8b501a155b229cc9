# Streams: entries, ranges, trimming.

@case XADD
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-* b 2 c 3
< "1-2"
> XADD s 2 d ""
< "2-0"
> XLEN s
< :3
> TYPE s
< +stream
> OBJECT ENCODING s
< "stream"
> XRANGE s - +
< *3 *2 "1-1" *2 "a" "1" *2 "1-2" *4 "b" "2" "c" "3" *2 "2-0" *2 "d" ""
> XADD s 2-0 a 1
< !"ERR The ID specified in XADD is equal or smaller than the target stream top item"
> XADD s 1-* a 1
< !"ERR The ID specified in XADD is equal or smaller than the target stream top item"
> XADD s 0-0 a 1
< !"ERR The ID specified in XADD must be greater than 0-0"
> XADD s - a 1
< !"ERR Invalid stream ID specified as stream command argument"
> XADD s 3-3 a
< !"ERR wrong number of arguments for 'xadd' command"
> XADD s 3-3 a 1 b
< !"ERR wrong number of arguments for 'xadd' command"
> XADD s 3-3
< !"ERR wrong number of arguments for 'xadd' command"
> XADD s NOMKSTREAM 3-3 a
< !"ERR wrong number of arguments for 'xadd' command"
> XADD missing NOMKSTREAM 1-1 a 1
< nil
> EXISTS missing
< :0
> XADD s nomkstream 3-3 a 1
< "3-3"

@case XADD with automatic IDs
> XADD s * a 1
< ?"*-0"
> XADD s * a 2
< ?"*-*"
> XADD f 99999999999999-5 a 1
< "99999999999999-5"
> XADD f * a 2
< "99999999999999-6"
> XADD f 99999999999999-18446744073709551615 a 3
< "99999999999999-18446744073709551615"
> XADD f * a 4
< "100000000000000-0"
> XADD e 0-* a 1
< "0-1"
> XADD e 18446744073709551615-18446744073709551615 a 1
< "18446744073709551615-18446744073709551615"
> XADD e * a 1
< !"ERR The stream has exhausted the last possible ID, unable to add more items"
> XADD e 1-1 a 1
< !"ERR The stream has exhausted the last possible ID, unable to add more items"

@case XADD has no number left in a millisecond
@since 7.2
> XADD f 5-18446744073709551615 a 3
< "5-18446744073709551615"
> XADD f 5-* a 4
< !"ERR The ID specified in XADD is equal or smaller than the target stream top item"

@case XADD that trims
> XADD s 1-1 a 1
< "1-1"
> XADD s MAXLEN 1 1-2 a 1
< "1-2"
> XLEN s
< :1
> XADD s MINID = 1-3 1-3 a 1
< "1-3"
> XRANGE s - +
< *1 *2 "1-3" *2 "a" "1"
> XADD s MAXLEN ~ 1 LIMIT 5 1-4 a 1
< "1-4"
> XLEN s
< :2
> XADD s MAXLEN = 0 1-5 a 1
< "1-5"
> XLEN s
< :0
> EXISTS s
< :1
> XADD s MAXLEN 1 LIMIT 5 1-6 a 1
< !"ERR syntax error, LIMIT cannot be used without the special ~ option"
> XADD s LIMIT 5 1-6 a 1
< !"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
> XADD s MAXLEN 1 MINID 1 1-6 a 1
< !"ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
> XADD s MAXLEN x 1-6 a 1
< !"ERR value is not an integer or out of range"
> XADD s MAXLEN -1 1-6 a 1
< !"ERR The MAXLEN argument must be >= 0."
> XADD s MAXLEN ~ 1 LIMIT -1 1-6 a 1
< !"ERR The LIMIT argument must be >= 0."
> XADD s MINID x 1-6 a 1
< !"ERR Invalid stream ID specified as stream command argument"

@case XTRIM
> CONFIG SET stream-node-max-entries 3
< +OK
> XTRIM missing MAXLEN 1
< :0
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 1
< "1-2"
> XADD s 1-3 a 1
< "1-3"
> XADD s 1-4 a 1
< "1-4"
> XADD s 1-5 a 1
< "1-5"
> XTRIM s MAXLEN ~ 3
< :0
> XTRIM s MAXLEN ~ 2 LIMIT 2
< :0
> XTRIM s MAXLEN ~ 2
< :3
> XTRIM s MINID 1-5
< :1
> XTRIM s MAXLEN 9223372036854775807
< :0
> XTRIM s MINID ~ 18446744073709551615-18446744073709551615
< :1
> XLEN s
< :0
> XTRIM s
< !"ERR wrong number of arguments for 'xtrim' command"
> XTRIM s MAXLEN
< !"ERR wrong number of arguments for 'xtrim' command"
> XTRIM s MAXLEN ~
< !"ERR value is not an integer or out of range"
> XTRIM s MAXLEN = 1 x
< !"ERR syntax error"
> XTRIM s LIMIT 0
< !"ERR syntax error, XTRIM must be called with a trimming strategy"
> CONFIG SET stream-node-max-entries 100
< +OK

@case XDEL
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XADD s 1-3 a 3
< "1-3"
> XDEL s 1-2 1-9 1-2
< :1
> XRANGE s - +
< *2 *2 "1-1" *2 "a" "1" *2 "1-3" *2 "a" "3"
> XDEL s 1-1 x
< !"ERR Invalid stream ID specified as stream command argument"
> XLEN s
< :2
> XDEL s 1 1-1 1-3
< :2
> XLEN s
< :0
> EXISTS s
< :1
> XADD s 1-3 a 1
< !"ERR The ID specified in XADD is equal or smaller than the target stream top item"
> XDEL missing x
< :0
> XDEL s
< !"ERR wrong number of arguments for 'xdel' command"

@case XRANGE and XREVRANGE
> XADD s 1-0 a 0
< "1-0"
> XADD s 1-1 a 1
< "1-1"
> XADD s 2-0 a 2
< "2-0"
> XADD s 3-5 a 3
< "3-5"
> XRANGE s 1 1
< *2 *2 "1-0" *2 "a" "0" *2 "1-1" *2 "a" "1"
> XRANGE s (1-0 (3-5
< *2 *2 "1-1" *2 "a" "1" *2 "2-0" *2 "a" "2"
> XRANGE s - + COUNT 1
< *1 *2 "1-0" *2 "a" "0"
> XREVRANGE s + - COUNT 2
< *2 *2 "3-5" *2 "a" "3" *2 "2-0" *2 "a" "2"
> XREVRANGE s 2 1-1
< *2 *2 "2-0" *2 "a" "2" *2 "1-1" *2 "a" "1"
> XREVRANGE s (2-0 (1-0
< *1 *2 "1-1" *2 "a" "1"
> XRANGE s 3 2
< *0
> XRANGE s + -
< *0
> XRANGE s - + COUNT 0
< nil*
> XRANGE s - + COUNT -5
< nil*
> XRANGE missing - +
< *0
> XRANGE missing - + COUNT 0
< *0
> XRANGE s - + COUNT 9223372036854775807
< *4 ? ? ? ?
> XRANGE s (18446744073709551615-18446744073709551615 +
< !"ERR invalid start ID for the interval"
> XRANGE s - (0-0
< !"ERR invalid end ID for the interval"
> XRANGE s (- +
< !"ERR Invalid stream ID specified as stream command argument"
> XRANGE s - + COUNT
< !"ERR syntax error"
> XRANGE s - + COUNT x
< !"ERR value is not an integer or out of range"
> XRANGE s - + FOO 1
< !"ERR syntax error"
> XRANGE s -
< !"ERR wrong number of arguments for 'xrange' command"
> XREVRANGE s +
< !"ERR wrong number of arguments for 'xrevrange' command"
> XLEN s x
< !"ERR wrong number of arguments for 'xlen' command"
> XLEN missing
< :0

@case XSETID
> XADD s 5-5 a 1
< "5-5"
> XSETID s 6-6
< +OK
> XADD s 6-6 a 1
< !"ERR The ID specified in XADD is equal or smaller than the target stream top item"
> XSETID s 5-4
< !"ERR The ID specified in XSETID is smaller than the target stream top item"
> XSETID s 9-9 ENTRIESADDED 100 MAXDELETEDID 3-3
< +OK
> XINFO STREAM s
< %10 "length" :1 "radix-tree-keys" :1 "radix-tree-nodes" :2 "last-generated-id" "9-9" "max-deleted-entry-id" "3-3"
<    "entries-added" :100 "recorded-first-entry-id" "5-5" "groups" :0
<    "first-entry" *2 "5-5" *2 "a" "1" "last-entry" *2 "5-5" *2 "a" "1"
> XSETID s 9-9 ENTRIESADDED 0
< !"ERR The entries_added specified in XSETID is smaller than the target stream length"
> XSETID s 9-9 ENTRIESADDED -1
< !"ERR entries_added must be positive"
> XSETID s 9-9 MAXDELETEDID 10
< !"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
> XSETID s 9-9 ENTRIESADDED
< !"ERR syntax error"
> XSETID missing 1-1
< !"ERR no such key"
> XSETID s x
< !"ERR Invalid stream ID specified as stream command argument"

@case streams are not other types, and keep their TTL
> SET k v
< +OK
> XADD k 1-1 a 1
< !WRONGTYPE
> XADD k NOMKSTREAM 1-1 a 1
< !WRONGTYPE
> XTRIM k MAXLEN 1
< !WRONGTYPE
> XDEL k x
< !WRONGTYPE
> XLEN k
< !WRONGTYPE
> XRANGE k - +
< !WRONGTYPE
> XREVRANGE k + -
< !WRONGTYPE
> XSETID k 1-1
< !WRONGTYPE
> XREAD STREAMS k 0
< !WRONGTYPE
> XREADGROUP GROUP g c STREAMS k >
< !WRONGTYPE
> XACK k g 1-1
< !WRONGTYPE
> XPENDING k g
< !WRONGTYPE
> XCLAIM k g c 0 1-1
< !WRONGTYPE
> XAUTOCLAIM k g c 0 0
< !WRONGTYPE
> XGROUP CREATE k g 0
< !WRONGTYPE
> XGROUP DESTROY k g
< !WRONGTYPE
> XINFO STREAM k
< !WRONGTYPE
> XINFO GROUPS k
< !WRONGTYPE
> XINFO CONSUMERS k g
< !WRONGTYPE
> XADD s 1-1 a 1
< "1-1"
> GET s
< !WRONGTYPE
> EXPIRE s 1000
< :1
> XADD s MAXLEN 1 1-2 a 1
< "1-2"
> XDEL s 1-2
< :1
> TTL s
< :990..1000
> COPY s t
< :1
> XADD s 1-3 a 1
< "1-3"
> XLEN t
< :0
> XINFO STREAM t
< %10 "length" :0 "radix-tree-keys" :0 "radix-tree-nodes" :1 "last-generated-id" "1-2" "max-deleted-entry-id" "1-2"
<    "entries-added" :2 "recorded-first-entry-id" "0-0" "groups" :0 "first-entry" nil "last-entry" nil

@case XREAD
> XADD a 1-1 f 1
< "1-1"
> XADD a 1-2 f 2
< "1-2"
> XADD b 5-0 f 3
< "5-0"
> XREAD STREAMS a b 0 0
<2 *2 *2 "a" *2 *2 "1-1" *2 "f" "1" *2 "1-2" *2 "f" "2" *2 "b" *1 *2 "5-0" *2 "f" "3"
<3 %2 "a" *2 *2 "1-1" *2 "f" "1" *2 "1-2" *2 "f" "2" "b" *1 *2 "5-0" *2 "f" "3"
> XREAD COUNT 1 STREAMS a b missing 1-1 5 0
<2 *1 *2 "a" *1 *2 "1-2" *2 "f" "2"
<3 %1 "a" *1 *2 "1-2" *2 "f" "2"
> XREAD STREAMS a $
< nil*
> XREAD COUNT 0 STREAMS missing 0
< nil*
> XREAD BLOCK 1 STREAMS a 1-2
< nil*
> XREAD STREAMS a b 0
< !"ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
> XREAD STREAMS a >
< !"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
> XREAD STREAMS a x
< !"ERR Invalid stream ID specified as stream command argument"
> XREAD COUNT x STREAMS a 0
< !"ERR value is not an integer or out of range"
> XREAD BLOCK -1 STREAMS a 0
< !"ERR timeout is negative"
> XREAD BLOCK x STREAMS a 0
< !"ERR timeout is not an integer or out of range"
> XREAD NOACK STREAMS a 0
< !"ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
> XREAD GROUP g c STREAMS a 0
< !"ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
> XREAD COUNT 1 a 0
< !"ERR syntax error"
> XREAD STREAMS a
< !"ERR wrong number of arguments for 'xread' command"

@case XINFO STREAM
> XINFO STREAM missing
< !"ERR no such key"
> XADD s 1-1 a 1
< "1-1"
> XINFO STREAM s FULL
< %9 "length" :1 "radix-tree-keys" :1 "radix-tree-nodes" :2 "last-generated-id" "1-1" "max-deleted-entry-id" "0-0"
<    "entries-added" :1 "recorded-first-entry-id" "1-1" "entries" *1 *2 "1-1" *2 "a" "1" "groups" *0
> XINFO STREAM s FULL COUNT 0
< %?
> XINFO STREAM s FULL COUNT x
< !"ERR value is not an integer or out of range"
> XINFO stream s FOO
< !"ERR unknown subcommand or wrong number of arguments for 'stream'. Try XINFO HELP."
> XINFO STREAM s FULL COUNT
< !"ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."
> XINFO
< !"ERR wrong number of arguments for 'xinfo' command"
> XINFO nosuch
< !"ERR unknown subcommand 'nosuch'. Try XINFO HELP."
> XINFO STREAM
< !"ERR wrong number of arguments for 'xinfo|stream' command"
> XINFO HELP
< *9 +"XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:" ? ? ? ? ? ? ? ?

@case a node whose entries are all deleted ends where its last one was
> XADD s 5-0 f v
< "5-0"
> XADD s 5-60 f v
< "5-60"
> XDEL s 5-60
< :1
> XTRIM s MINID = 5-26
< :1
> XTRIM s MINID ~ 5-54
< :0
> XADD s 6-0 f v
< "6-0"
> XTRIM s MINID ~ 5-61
< :0
> XLEN s
< :1
