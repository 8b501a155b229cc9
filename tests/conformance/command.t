# COMMAND. Entries are compared one by one in tests/specs.rs.

@case COMMAND COUNT, INFO and LIST
> COMMAND COUNT
< :50..600
> COMMAND COUNT x
< !"ERR wrong number of arguments for 'command|count' command"
> COMMAND INFO nosuch
< *1 nil
> COMMAND INFO nosuch nosuch2
< *2 nil nil
> COMMAND INFO get
< *1 *10 "get" :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 ~1 %3 "flags" ~2 +RO +access "begin_search" %2 "type" "index" "spec" %1 "index" :1 "find_keys" %2 "type" "range" "spec" %3 "lastkey" :0 "keystep" :1 "limit" :0 ~0
> COMMAND INFO GET nosuch
< *2 *10 "get" ? ? ? ? ? ? ? ? ? nil
> COMMAND INFO config|get
< *1 *10 "config|get" :-3 ~4 +admin +noscript +loading +stale :0 :0 :0 ~3 +@admin +@slow +@dangerous ~0 ~0 ~0
> COMMAND INFO config|nosuch
< *1 nil
> COMMAND INFO get|x
< *1 nil
> COMMAND INFO ""
< *1 nil
> COMMAND LIST FILTERBY PATTERN xyz*
< *0
> COMMAND LIST FILTERBY PATTERN GETR*
< *1 "getrange"
> COMMAND LIST FILTERBY pattern getr*
< *1 "getrange"
> COMMAND LIST FILTERBY ACLCAT nosuch
< *0
> COMMAND LIST FILTERBY MODULE nosuch
< *0
> COMMAND LIST FILTERBY nosuch x
< !"ERR syntax error"
> COMMAND LIST FILTERBY
< !"ERR syntax error"
> COMMAND LIST FILTERBY PATTERN
< !"ERR syntax error"
> COMMAND LIST nosuch
< !"ERR syntax error"
> COMMAND LIST FILTERBY PATTERN a b
< !"ERR syntax error"
> COMMAND nosuch
< !"ERR unknown subcommand 'nosuch'. Try COMMAND HELP."
> COMMAND HELP
< *?
> COMMAND DOCS nosuch
< %0
> COMMAND DOCS get nosuch
< %1 "get" %?

@case COMMAND GETKEYS
> COMMAND GETKEYS GET k
< *1 "k"
> COMMAND GETKEYS get k
< *1 "k"
> COMMAND GETKEYS SET k v EX 10
< *1 "k"
> COMMAND GETKEYS MSET a 1 b 2
< *2 "a" "b"
> COMMAND GETKEYS MGET a b c
< *3 "a" "b" "c"
> COMMAND GETKEYS DEL a b
< *2 "a" "b"
> COMMAND GETKEYS LCS a b IDX
< *2 "a" "b"
> COMMAND GETKEYS OBJECT ENCODING k
< *1 "k"
> COMMAND GETKEYS MEMORY USAGE k
< *1 "k"
> COMMAND GETKEYS COPY a b DB 1
< *2 "a" "b"
> COMMAND GETKEYS RENAME a b
< *2 "a" "b"
> COMMAND GETKEYS PING
< !"ERR wrong number of arguments for 'command|getkeys' command"
> COMMAND GETKEYS SELECT 1
< !"ERR The command has no key arguments"
> COMMAND GETKEYS FLUSHALL
< !"ERR wrong number of arguments for 'command|getkeys' command"
> COMMAND GETKEYS GET
< !"ERR wrong number of arguments for 'command|getkeys' command"
> COMMAND GETKEYS GET a b
< !"ERR Invalid number of arguments specified for command"
> COMMAND GETKEYS SET k
< !"ERR Invalid number of arguments specified for command"
> COMMAND GETKEYS nosuch k
< !"ERR Invalid command specified"
> COMMAND GETKEYS CONFIG GET x
< !"ERR The command has no key arguments"
> COMMAND GETKEYS CONFIG nosuch x
< !"ERR Invalid command specified"
> COMMAND GETKEYS
< !"ERR wrong number of arguments for 'command|getkeys' command"
> COMMAND GETKEYS MSET a 1 b
< *2 "a" "b"

@case COMMAND GETKEYSANDFLAGS
> COMMAND GETKEYSANDFLAGS GET k
< *1 *2 "k" ~2 +RO +access
> COMMAND GETKEYSANDFLAGS SET k v
< *1 *2 "k" ~2 +OW +update
> COMMAND GETKEYSANDFLAGS SET k v GET
< *1 *2 "k" ~3 +RW +access +update
> COMMAND GETKEYSANDFLAGS SETEX k 1 v
< *1 *2 "k" ~2 +OW +update
> COMMAND GETKEYSANDFLAGS MSET a 1 b 2
< *2 *2 "a" ~2 +OW +update *2 "b" ~2 +OW +update
> COMMAND GETKEYSANDFLAGS MSETNX a 1 b 2
< *2 *2 "a" ~2 +OW +insert *2 "b" ~2 +OW +insert
> COMMAND GETKEYSANDFLAGS DEL a b
< *2 *2 "a" ~2 +RM +delete *2 "b" ~2 +RM +delete
> COMMAND GETKEYSANDFLAGS COPY a b
< *2 *2 "a" ~2 +RO +access *2 "b" ~2 +OW +update
> COMMAND GETKEYSANDFLAGS RENAME a b
< *2 *2 "a" ~3 +RW +access +delete *2 "b" ~2 +OW +update
> COMMAND GETKEYSANDFLAGS INCR k
< *1 *2 "k" ~3 +RW +access +update
> COMMAND GETKEYSANDFLAGS EXPIRE k 1
< *1 *2 "k" ~2 +RW +update
> COMMAND GETKEYSANDFLAGS TTL k
< *1 *2 "k" ~2 +RO +access
> COMMAND GETKEYSANDFLAGS STRLEN k
< *1 *2 "k" ~1 +RO
> COMMAND GETKEYSANDFLAGS EXISTS k
< *1 *2 "k" ~1 +RO
> COMMAND GETKEYSANDFLAGS GETDEL k
< *1 *2 "k" ~3 +RW +access +delete
> COMMAND GETKEYSANDFLAGS GETEX k
< *1 *2 "k" ~3 +RW +access +update
> COMMAND GETKEYSANDFLAGS MOVE k 1
< *1 *2 "k" ~3 +RW +access +update
> COMMAND GETKEYSANDFLAGS PING
< !"ERR wrong number of arguments for 'command|getkeysandflags' command"
> COMMAND GETKEYSANDFLAGS nosuch
< !"ERR wrong number of arguments for 'command|getkeysandflags' command"
> COMMAND GETKEYSANDFLAGS GET
< !"ERR wrong number of arguments for 'command|getkeysandflags' command"
> COMMAND GETKEYSANDFLAGS
< !"ERR wrong number of arguments for 'command|getkeysandflags' command"

@case COMMAND INFO MSETEX
@since 8.4
> COMMAND INFO msetex
< *1 *10 "msetex" :-4 ~3 +write +denyoom +movablekeys :0 :0 :0 ~3 +@write +@string +@slow
<    ~2 "request_policy:multi_shard" "response_policy:all_succeeded"
<    ~1 %3 "flags" ~2 +OW +update "begin_search" %2 "type" "index" "spec" %1 "index" :1
<          "find_keys" %2 "type" "keynum" "spec" %3 "keynumidx" :0 "firstkey" :1 "keystep" :2
<    ~0
> COMMAND GETKEYS MSETEX 2 a 1 b 2 EX 10
< *2 "a" "b"
> COMMAND GETKEYSANDFLAGS MSETEX 1 a 1
< *1 *2 "a" ~2 +OW +update
