# DEL, UNLINK, EXISTS, TOUCH, TYPE, RENAME, RENAMENX, RANDOMKEY, KEYS, MOVE, DBSIZE.

@case DEL, UNLINK, EXISTS, TOUCH count keys
> MSET a 1 b 2 c 3
< +OK
> EXISTS a
< :1
> EXISTS a b missing
< :2
> EXISTS a a a
< :3
> TOUCH a
< :1
> TOUCH a b missing
< :2
> TOUCH a a
< :2
> DEL a
< :1
> DEL a
< :0
> DEL b b c missing
< :2
> DBSIZE
< :0
> MSET a 1 b 2 c 3
< +OK
> UNLINK a
< :1
> UNLINK a b b missing c
< :2
> DBSIZE
< :0
> DEL
< !"ERR wrong number of arguments for 'del' command"
> UNLINK
< !"ERR wrong number of arguments for 'unlink' command"
> EXISTS
< !"ERR wrong number of arguments for 'exists' command"
> TOUCH
< !"ERR wrong number of arguments for 'touch' command"

@case TYPE
> TYPE missing
< +none
> SET k v
< +OK
> TYPE k
< +string
> SET n 1
< +OK
> TYPE n
< +string
> TYPE
< !"ERR wrong number of arguments for 'type' command"
> TYPE a b
< !"ERR wrong number of arguments for 'type' command"

@case RENAME
> SET a 1
< +OK
> RENAME a b
< +OK
> EXISTS a
< :0
> GET b
< "1"
> SET c 3
< +OK
> RENAME b c
< +OK
> GET c
< "1"
> DBSIZE
< :1
> RENAME missing x
< !"ERR no such key"
> RENAME missing missing
< !"ERR no such key"
> RENAME c c
< +OK
> GET c
< "1"
> RENAME c
< !"ERR wrong number of arguments for 'rename' command"
> RENAME a b c
< !"ERR wrong number of arguments for 'rename' command"

@case RENAME takes the TTL along
> SET a 1 EXAT 33177117420
< +OK
> RENAME a b
< +OK
> EXPIRETIME b
< :33177117420
> SET c 2
< +OK
> RENAME c b
< +OK
> TTL b
< :-1
> SET d 3 EXAT 33177117420
< +OK
> RENAME d d
< +OK
> EXPIRETIME d
< :33177117420

@case RENAMENX
> SET a 1
< +OK
> SET b 2
< +OK
> RENAMENX a b
< :0
> MGET a b
< *2 "1" "2"
> RENAMENX a c
< :1
> MGET a c
< *2 nil "1"
> RENAMENX missing x
< !"ERR no such key"
> RENAMENX missing b
< !"ERR no such key"
> RENAMENX missing missing
< !"ERR no such key"
> RENAMENX c c
< :0
> GET c
< "1"
> RENAMENX a
< !"ERR wrong number of arguments for 'renamenx' command"
> RENAMENX a b c
< !"ERR wrong number of arguments for 'renamenx' command"
> SET t v EXAT 33177117420
< +OK
> RENAMENX t u
< :1
> EXPIRETIME u
< :33177117420
> RENAMENX u b
< :0
> EXPIRETIME u
< :33177117420

@case RANDOMKEY
> RANDOMKEY
< nil
> SET only 1
< +OK
> RANDOMKEY
< "only"
> RANDOMKEY
< "only"
> RANDOMKEY x
< !"ERR wrong number of arguments for 'randomkey' command"
> SELECT 1
< +OK
> RANDOMKEY
< nil

@case KEYS
> KEYS *
< *0
> MSET one 1 two 2 three 3 four 4
< +OK
> KEYS *
< *u4 "one" "two" "three" "four"
> KEYS *o*
< *u3 "one" "two" "four"
> KEYS t??
< *1 "two"
> KEYS t*
< *u2 "two" "three"
> KEYS one
< *1 "one"
> KEYS ONE
< *0
> KEYS [ot]*e
< *u2 "one" "three"
> KEYS [^ot]*
< *1 "four"
> KEYS [e-g]*
< *1 "four"
> KEYS [g-e]*
< *1 "four"
> KEYS ""
< *0
> KEYS missing*
< *0
> KEYS
< !"ERR wrong number of arguments for 'keys' command"
> KEYS a b
< !"ERR wrong number of arguments for 'keys' command"

@case KEYS: patterns
> MSET h?llo 1 hello 2 hallo 3 "h[llo" 4 "h\\llo" 5 h*llo 6 heeello 7 "" 8
< +OK
> KEYS h\?llo
< *1 "h?llo"
> KEYS h\\*llo
< *1 "h\\llo"
> KEYS 'h\*llo'
< *1 "h*llo"
> KEYS 'h\[llo'
< *1 "h[llo"
> KEYS 'h\\llo'
< *1 "h\\llo"
> KEYS 'h\ello'
< *1 "hello"
> KEYS h[ae]llo
< *u2 "hello" "hallo"
> KEYS h[^e]llo
< *u5 "h?llo" "hallo" "h[llo" "h\\llo" "h*llo"
> KEYS h[a-b]llo
< *1 "hallo"
> KEYS h[b-a]llo
< *1 "hallo"
> KEYS 'h[\[]llo'
< *1 "h[llo"
> KEYS 'h[\\]llo'
< *1 "h\\llo"
> KEYS h[a
< *0
> KEYS h[
< *0
> KEYS h[]llo
< *0
> KEYS h[]
< *0
> KEYS h[^]llo
< *u6 "hallo" "h?llo" "hello" "h[llo" "h\\llo" "h*llo"
> KEYS h**o
< *u7 "h?llo" "hello" "hallo" "h[llo" "h\\llo" "h*llo" "heeello"
> KEYS "hello\\"
< *0
> KEYS "hell\\"
< *0
> KEYS "h\\"
< *0
> KEYS *?*llo*
< *u7 "h?llo" "hello" "hallo" "h[llo" "h\\llo" "h*llo" "heeello"
> KEYS h[e-]llo
< *0
> KEYS h[-e]llo
< *1 "hello"
> KEYS h[e]l[l]o
< *1 "hello"
> KEYS ?
< *0
> KEYS ???????
< *1 "heeello"

@case KEYS sees one database and no expired keys
> SET a 1
< +OK
> SELECT 1
< +OK
> KEYS *
< *0
> SET b 1 PXAT 1
< +OK
> KEYS *
< *0
> SET c 1
< +OK
> KEYS *
< *1 "c"

@case MOVE
> SET k v EXAT 33177117420
< +OK
> MOVE k 1
< :1
> EXISTS k
< :0
> SELECT 1
< +OK
> GET k
< "v"
> EXPIRETIME k
< :33177117420
> MOVE k 1
< !"ERR source and destination objects are the same"
> MOVE missing 0
< :0
> SELECT 0
< +OK
> SET k other
< +OK
> MOVE k 1
< :0
> GET k
< "other"
> MOVE k 0
< !"ERR source and destination objects are the same"
> MOVE k 16
< !"ERR DB index is out of range"
> MOVE k -1
< !"ERR DB index is out of range"
> MOVE k abc
< !"ERR value is not an integer or out of range"
> MOVE k 1.5
< !"ERR value is not an integer or out of range"
> MOVE k ""
< !"ERR value is not an integer or out of range"
> MOVE k 9223372036854775808
< !"ERR value is not an integer or out of range"
> MOVE k 4294967296
< !"ERR value is out of range, value must between -2147483648 and 2147483647"
> MOVE missing 99
< !"ERR DB index is out of range"
> MOVE missing 0
< !"ERR source and destination objects are the same"
> MOVE k
< !"ERR wrong number of arguments for 'move' command"
> MOVE k 1 2
< !"ERR wrong number of arguments for 'move' command"

@case MOVE onto an expired key
> SELECT 1
< +OK
> SET k old PX 60
< +OK
> SELECT 0
< +OK
> SET k new
< +OK
@advance 90
> MOVE k 1
< :1
> SELECT 1
< +OK
> GET k
< "new"
> TTL k
< :-1

@case DBSIZE
> DBSIZE
< :0
> SET a 1
< +OK
> DBSIZE
< :1
> SELECT 1
< +OK
> DBSIZE
< :0
> DBSIZE x
< !"ERR wrong number of arguments for 'dbsize' command"

@case expired keys count for nobody
> SET a 1 PX 60
< +OK
> SET b 1 PX 60
< +OK
> SET c 1 PX 60
< +OK
> SET d 1 PX 60
< +OK
> SET e 1 PX 60
< +OK
> SET keep 1
< +OK
@advance 90
> EXISTS a keep
< :1
> TOUCH a b keep
< :1
> DEL b
< :0
> UNLINK c
< :0
> TYPE d
< +none
> RENAME d x
< !"ERR no such key"
> RENAMENX keep e
< :1
> RANDOMKEY
< "e"
> KEYS *
< *1 "e"

@case SWAPDB
> SET a zero
< +OK
> SELECT 1
< +OK
> SET b one
< +OK
> SWAPDB 0 1
< +OK
> KEYS *
< *1 "a"
> SELECT 0
< +OK
> KEYS *
< *1 "b"
> SWAPDB 0 0
< +OK
> KEYS *
< *1 "b"
> SWAPDB 0 16
< !"ERR DB index is out of range"
> SWAPDB 16 0
< !"ERR DB index is out of range"
> SWAPDB -1 0
< !"ERR DB index is out of range"
> SWAPDB a 1
< !"ERR invalid first DB index"
> SWAPDB 0 b
< !"ERR invalid second DB index"
> SWAPDB a b
< !"ERR invalid first DB index"
> SWAPDB
< !"ERR wrong number of arguments for 'swapdb' command"
> SWAPDB 0
< !"ERR wrong number of arguments for 'swapdb' command"
> SWAPDB 0 1 2
< !"ERR wrong number of arguments for 'swapdb' command"
> SWAPDB 5 6
< +OK

@case FLUSHDB and FLUSHALL
> SET a 1
< +OK
> SELECT 1
< +OK
> SET b 1
< +OK
> FLUSHDB
< +OK
> DBSIZE
< :0
> SELECT 0
< +OK
> DBSIZE
< :1
> FLUSHDB ASYNC
< +OK
> DBSIZE
< :0
> SET a 1
< +OK
> FLUSHDB sync
< +OK
> DBSIZE
< :0
> SET a 1
< +OK
> FLUSHDB garbage
< !"ERR syntax error"
> FLUSHDB SYNC ASYNC
< !"ERR syntax error"
> FLUSHALL garbage
< !"ERR syntax error"
> FLUSHALL SYNC SYNC
< !"ERR syntax error"
> DBSIZE
< :1
> SELECT 1
< +OK
> SET b 1
< +OK
> FLUSHALL
< +OK
> DBSIZE
< :0
> SELECT 0
< +OK
> DBSIZE
< :0
> SET a 1
< +OK
> FLUSHALL async
< +OK
> DBSIZE
< :0
> SET a 1
< +OK
> FLUSHALL SYNC
< +OK
> DBSIZE
< :0
