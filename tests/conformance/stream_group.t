# Consumer groups of streams.

@case XGROUP CREATE, SETID and DESTROY
> XGROUP CREATE s g $
< !"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
> XGROUP CREATE s g $ MKSTREAM
< +OK
> XLEN s
< :0
> XGROUP CREATE s g 0
< !"BUSYGROUP Consumer Group name already exists"
> XGROUP CREATE s h 5-5 ENTRIESREAD 3
< +OK
> XINFO GROUPS s
< *2 %6 "name" "g" "consumers" :0 "pending" :0 "last-delivered-id" "0-0" "entries-read" nil "lag" :0
<     %6 "name" "h" "consumers" :0 "pending" :0 "last-delivered-id" "5-5" "entries-read" :3 "lag" :0
> XGROUP SETID s g 7
< +OK
> XGROUP SETID s g +
< +OK
> XGROUP SETID s g -
< +OK
> XGROUP CREATE s i -
< !"ERR Invalid stream ID specified as stream command argument"
> XGROUP SETID s nosuch 7
< !"NOGROUP No such consumer group 'nosuch' for key name 's'"
> XGROUP SETID s g x
< !"ERR Invalid stream ID specified as stream command argument"
> XGROUP SETID s g 1 ENTRIESREAD -2
< !"ERR value for ENTRIESREAD must be positive or -1"
> XGROUP SETID s g 1 ENTRIESREAD x
< !"ERR value is not an integer or out of range"
> XGROUP SETID s g 1 FOO
< !"ERR unknown subcommand or wrong number of arguments for 'SETID'. Try XGROUP HELP."
> XGROUP CREATE s i x
< !"ERR Invalid stream ID specified as stream command argument"
> XGROUP DESTROY s g
< :1
> XGROUP DESTROY s g
< :0
> XGROUP DESTROY missing g
< !"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
> XGROUP
< !"ERR wrong number of arguments for 'xgroup' command"
> XGROUP CREATE s
< !"ERR wrong number of arguments for 'xgroup|create' command"
> XGROUP nosuch s
< !"ERR unknown subcommand 'nosuch'. Try XGROUP HELP."
> XGROUP HELP
< *17 +"XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:" ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ?

@case consumers
> XGROUP CREATE s g $ MKSTREAM
< +OK
> XGROUP CREATECONSUMER s g bob
< :1
> XGROUP CREATECONSUMER s g bob
< :0
> XGROUP CREATECONSUMER s g alice
< :1
> XINFO CONSUMERS s g
< *2 %3 "name" "alice" "pending" :0 "idle" :? %3 "name" "bob" "pending" :0 "idle" :?
> XGROUP CREATECONSUMER s nosuch bob
< !"NOGROUP No such consumer group 'nosuch' for key name 's'"
> XINFO CONSUMERS s nosuch
< !"NOGROUP No such consumer group 'nosuch' for key name 's'"
> XINFO CONSUMERS missing g
< !"ERR no such key"
> XADD s 1-1 a 1
< "1-1"
> XREADGROUP GROUP g bob STREAMS s >
<2 *1 *2 "s" *1 *2 "1-1" *2 "a" "1"
<3 %1 "s" *1 *2 "1-1" *2 "a" "1"
> XGROUP DELCONSUMER s g bob
< :1
> XGROUP DELCONSUMER s g bob
< :0
> XPENDING s g
< *4 :0 nil nil nil*
> XGROUP DELCONSUMER s nosuch bob
< !"NOGROUP No such consumer group 'nosuch' for key name 's'"
> XGROUP DELCONSUMER s g
< !"ERR wrong number of arguments for 'xgroup|delconsumer' command"

@case XREADGROUP
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XADD s 1-3 a 3
< "1-3"
> XGROUP CREATE s g 0
< +OK
> XREADGROUP GROUP g bob COUNT 1 STREAMS s >
<2 *1 *2 "s" *1 *2 "1-1" *2 "a" "1"
<3 %1 "s" *1 *2 "1-1" *2 "a" "1"
> XREADGROUP GROUP g alice COUNT 1 NOACK STREAMS s >
<2 *1 *2 "s" *1 *2 "1-2" *2 "a" "2"
<3 %1 "s" *1 *2 "1-2" *2 "a" "2"
> XREADGROUP GROUP g alice STREAMS s >
<2 *1 *2 "s" *1 *2 "1-3" *2 "a" "3"
<3 %1 "s" *1 *2 "1-3" *2 "a" "3"
> XREADGROUP GROUP g alice STREAMS s >
< nil*
> XREADGROUP GROUP g alice BLOCK 1 STREAMS s >
< nil*
> XPENDING s g - + 10
< *2 *4 "1-1" "bob" :? :1 *4 "1-3" "alice" :? :1
> XREADGROUP GROUP g bob STREAMS s 0
<2 *1 *2 "s" *1 *2 "1-1" *2 "a" "1"
<3 %1 "s" *1 *2 "1-1" *2 "a" "1"
> XPENDING s g - + 10 bob
< *1 *4 "1-1" "bob" :? :2
> XDEL s 1-1
< :1
> XREADGROUP GROUP g bob STREAMS s 0
<2 *1 *2 "s" *1 *2 "1-1" nil*
<3 %1 "s" *1 *2 "1-1" nil
> XREADGROUP GROUP g bob STREAMS s 1-1
<2 *1 *2 "s" *0
<3 %1 "s" *0
> XINFO GROUPS s
< *1 %6 "name" "g" "consumers" :2 "pending" :2 "last-delivered-id" "1-3" "entries-read" :3 "lag" :0
> XREADGROUP GROUP nosuch bob STREAMS s >
< !"NOGROUP No such key 's' or consumer group 'nosuch' in XREADGROUP with GROUP option"
> XREADGROUP GROUP g bob STREAMS missing >
< !"NOGROUP No such key 'missing' or consumer group 'g' in XREADGROUP with GROUP option"
> XREADGROUP GROUP g bob STREAMS s $
< !"ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
> XREADGROUP GROUP g bob STREAMS s 18446744073709551615-18446744073709551615
< nil*
> XREADGROUP GROUP g bob STREAMS s x
< !"ERR Invalid stream ID specified as stream command argument"
> XREADGROUP COUNT 1 COUNT 1 STREAMS s >
< !"ERR Missing GROUP option for XREADGROUP"
> XREADGROUP GROUP g bob STREAMS s > 1
< !"ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
> XREADGROUP GROUP g bob s >
< !"ERR wrong number of arguments for 'xreadgroup' command"
> XREADGROUP GROUP g bob FOO STREAMS s >
< !"ERR syntax error"

@case XREADGROUP names a key twice
> XADD s 1-1 a 1
< "1-1"
> XGROUP CREATE s g 0
< +OK
> XREADGROUP GROUP g bob STREAMS s s s > > 0
<2 *2 *2 "s" *1 *2 "1-1" *2 "a" "1" *2 "s" *1 *2 "1-1" *2 "a" "1"
<3 ?

@case XACK and XPENDING
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XADD s 2-0 a 3
< "2-0"
> XGROUP CREATE s g 0
< +OK
> XPENDING s g
< *4 :0 nil nil nil*
> XREADGROUP GROUP g bob COUNT 2 STREAMS s >
< ?
> XREADGROUP GROUP g alice STREAMS s >
< ?
> XPENDING s g
< *4 :3 "1-1" "2-0" *2 *2 "alice" "1" *2 "bob" "2"
> XPENDING s g (1-1 (2-0 10
< *1 *4 "1-2" "bob" :? :1
> XPENDING s g IDLE 0 - + 1
< *1 *4 "1-1" "bob" :? :1
> XPENDING s g IDLE 100000 - + 1
< *0
> XPENDING s g - + 10 nosuch
< *0
> XPENDING s g - + -1
< *0
> XPENDING s g - +
< !"ERR syntax error"
> XPENDING s g IDLE 0 - +
< !"ERR syntax error"
> XPENDING s g - + x
< !"ERR value is not an integer or out of range"
> XPENDING s g x + 1
< !"ERR Invalid stream ID specified as stream command argument"
> XPENDING s nosuch
< !"NOGROUP No such key 's' or consumer group 'nosuch'"
> XPENDING missing g
< !"NOGROUP No such key 'missing' or consumer group 'g'"
> XACK s g 1-1 1-1 9-9
< :1
> XACK s g 1-2 x
< !"ERR Invalid stream ID specified as stream command argument"
> XACK s g 1-2 2-0
< :2
> XACK missing g x
< :0
> XACK s nosuch x
< :0
> XPENDING s g
< *4 :0 nil nil nil*
> XACK s g
< !"ERR wrong number of arguments for 'xack' command"

@case XCLAIM
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XGROUP CREATE s g 0
< +OK
> XREADGROUP GROUP g bob COUNT 1 STREAMS s >
< ?
> XCLAIM s g alice 100000 1-1
< *0
> XCLAIM s g alice 0 1-1 1-2
< *1 *2 "1-1" *2 "a" "1"
> XPENDING s g - + 10
< *1 *4 "1-1" "alice" :? :2
> XCLAIM s g alice 0 1-1 JUSTID
< *1 "1-1"
> XPENDING s g - + 10
< *1 *4 "1-1" "alice" :? :2
> XCLAIM s g bob 0 1-1 1-2 FORCE RETRYCOUNT 7 TIME 5 JUSTID LASTID 1-2
< *2 "1-1" "1-2"
> XPENDING s g - + 10
< *2 *4 "1-1" "bob" :1000000000000..9000000000000 :7 *4 "1-2" "bob" :? :7
> XCLAIM s g bob 0 1-1 IDLE 99999999999999
< *1 *2 "1-1" *2 "a" "1"
> XPENDING s g - 1-1 10
< *1 *4 "1-1" "bob" :0..5000 :8
> XINFO GROUPS s
< *1 %6 "name" "g" "consumers" :2 "pending" :2 "last-delivered-id" "1-2" "entries-read" :1 "lag" :1
> XDEL s 1-1
< :1
> XCLAIM s g alice 0 1-1
< *0
> XPENDING s g
< *4 :1 "1-2" "1-2" *1 *2 "bob" "1"
> XCLAIM s nosuch alice x 1-1
< !"NOGROUP No such key 's' or consumer group 'nosuch'"
> XCLAIM s g alice x 1-1
< !"ERR Invalid min-idle-time argument for XCLAIM"
> XCLAIM s g alice 0 1-1 IDLE x
< !"ERR Invalid IDLE option argument for XCLAIM"
> XCLAIM s g alice 0 1-1 TIME x
< !"ERR Invalid TIME option argument for XCLAIM"
> XCLAIM s g alice 0 1-1 RETRYCOUNT x
< !"ERR Invalid RETRYCOUNT option argument for XCLAIM"
> XCLAIM s g alice 0 1-1 LASTID x
< !"ERR Invalid stream ID specified as stream command argument"
> XCLAIM s g alice 0 1-1 FOO
< !"ERR Unrecognized XCLAIM option 'FOO'"
> XCLAIM s g alice 0
< !"ERR wrong number of arguments for 'xclaim' command"

@case XAUTOCLAIM
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XADD s 1-3 a 3
< "1-3"
> XGROUP CREATE s g 0
< +OK
> XREADGROUP GROUP g bob STREAMS s >
< ?
> XAUTOCLAIM s g alice 100000 -
< *3 "0-0" *0 *0
> XAUTOCLAIM s g alice 0 - COUNT 1
< *3 "1-2" *1 *2 "1-1" *2 "a" "1" *0
> XDEL s 1-2
< :1
> XAUTOCLAIM s g alice 0 (1-1 COUNT 5 JUSTID
< *3 "0-0" *1 "1-3" *1 "1-2"
> XPENDING s g - + 10
< *2 *4 "1-1" "alice" :? :2 *4 "1-3" "alice" :? :1
> XAUTOCLAIM s g alice x 0
< !"ERR Invalid min-idle-time argument for XAUTOCLAIM"
> XAUTOCLAIM s g alice 0 x
< !"ERR Invalid stream ID specified as stream command argument"
> XAUTOCLAIM s g alice 0 0 COUNT 0
< !"ERR COUNT must be > 0"
> XAUTOCLAIM s g alice 0 0 COUNT 9223372036854775807
< !"ERR COUNT must be > 0"
> XAUTOCLAIM s g alice 0 0 FOO
< !"ERR syntax error"
> XAUTOCLAIM s nosuch alice 0 0
< !"NOGROUP No such key 's' or consumer group 'nosuch'"
> XAUTOCLAIM missing g alice 0 0
< !"NOGROUP No such key 'missing' or consumer group 'g'"
> XAUTOCLAIM s g alice 0
< !"ERR wrong number of arguments for 'xautoclaim' command"

@case lag
> XADD s 1-1 a 1
< "1-1"
> XADD s 1-2 a 2
< "1-2"
> XADD s 1-3 a 3
< "1-3"
> XGROUP CREATE s g 0
< +OK
> XGROUP CREATE s h $
< +OK
> XINFO GROUPS s
< *2 %6 "name" "g" "consumers" :0 "pending" :0 "last-delivered-id" "0-0" "entries-read" nil "lag" :3
<     %6 "name" "h" "consumers" :0 "pending" :0 "last-delivered-id" "1-3" "entries-read" nil "lag" :0
> XREADGROUP GROUP g c COUNT 1 STREAMS s >
< ?
> XINFO GROUPS s
< *2 %6 "name" "g" "consumers" :1 "pending" :1 "last-delivered-id" "1-1" "entries-read" :1 "lag" :2
<     %6 "name" "h" "consumers" :0 "pending" :0 "last-delivered-id" "1-3" "entries-read" nil "lag" :0
> XDEL s 1-2
< :1
> XINFO GROUPS s
< *2 %6 "name" "g" "consumers" :1 "pending" :1 "last-delivered-id" "1-1" "entries-read" :1 "lag" nil
<     %6 "name" "h" "consumers" :0 "pending" :0 "last-delivered-id" "1-3" "entries-read" nil "lag" :0
> XINFO STREAM s FULL COUNT 1
< %9 "length" :2 "radix-tree-keys" :1 "radix-tree-nodes" :2 "last-generated-id" "1-3" "max-deleted-entry-id" "1-2"
<    "entries-added" :3 "recorded-first-entry-id" "1-1" "entries" *1 *2 "1-1" *2 "a" "1"
<    "groups" *2
<      %7 "name" "g" "last-delivered-id" "1-1" "entries-read" :1 "lag" nil "pel-count" :1
<         "pending" *1 *4 "1-1" "c" :? :1
<         "consumers" *1 %4 "name" "c" "seen-time" :? "pel-count" :1 "pending" *1 *3 "1-1" :? :1
<      %7 "name" "h" "last-delivered-id" "1-3" "entries-read" nil "lag" :0 "pel-count" :0 "pending" *0 "consumers" *0
