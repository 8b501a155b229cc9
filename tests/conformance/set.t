# SADD SREM SISMEMBER SMISMEMBER SCARD SMEMBERS SMOVE SSCAN

@case SADD and what is there then
> SADD s a b a c
< :3
> SADD s a d
< :1
> SMEMBERS s
< ~4 "a" "b" "c" "d"
> SCARD s
< :4
> SISMEMBER s a
< :1
> SISMEMBER s z
< :0
> SMISMEMBER s a z d a
< *4 :1 :0 :1 :1
> TYPE s
< +set
> SADD s ""
< :1
> SISMEMBER s ""
< :1

@case missing keys
> SCARD no
< :0
> SMEMBERS no
< ~0
> SISMEMBER no a
< :0
> SMISMEMBER no a b
< *2 :0 :0
> SREM no a
< :0
> SMOVE no other a
< :0
> SSCAN no 0
< *2 "0" *0
> EXISTS no other
< :0

@case WRONGTYPE
> SET k v
< +OK
> SADD k a
< !"WRONGTYPE Operation against a key holding the wrong kind of value"
> SREM k a
< !WRONGTYPE
> SISMEMBER k a
< !WRONGTYPE
> SMISMEMBER k a
< !WRONGTYPE
> SCARD k
< !WRONGTYPE
> SMEMBERS k
< !WRONGTYPE
> SSCAN k 0
< !WRONGTYPE
> SADD s a
< :1
> SMOVE k s a
< !WRONGTYPE
> SMOVE s k a
< !WRONGTYPE
> SMOVE s k nothing
< !WRONGTYPE
> SMOVE no k a
< :0
> SMOVE k k a
< !WRONGTYPE
> GET s
< !WRONGTYPE

@case arity
> SADD s
< !"ERR wrong number of arguments for 'sadd' command"
> SREM s
< !"ERR wrong number of arguments for 'srem' command"
> SISMEMBER s
< !"ERR wrong number of arguments for 'sismember' command"
> SISMEMBER s a b
< !"ERR wrong number of arguments for 'sismember' command"
> SMISMEMBER s
< !"ERR wrong number of arguments for 'smismember' command"
> SCARD
< !"ERR wrong number of arguments for 'scard' command"
> SMEMBERS s s
< !"ERR wrong number of arguments for 'smembers' command"
> SMOVE s t
< !"ERR wrong number of arguments for 'smove' command"
> SSCAN s
< !"ERR wrong number of arguments for 'sscan' command"

@case SREM, and the key goes with the last member
> SADD s a b c
< :3
> SREM s a z a
< :1
> SREM s b c d
< :2
> EXISTS s
< :0

@case the expiry stays as long as the key
> SADD s a b
< :2
> PEXPIREAT s 33177117420000
< :1
> SADD s c
< :1
> SREM s a
< :1
> PEXPIRETIME s
< :33177117420000
> SREM s b c
< :2
> SADD s a
< :1
> PEXPIRETIME s
< :-1

@case SMOVE
> SADD a x y
< :2
> SADD b y z
< :2
> SMOVE a b x
< :1
> SMEMBERS b
< ~3 "x" "y" "z"
> SMOVE a b nothing
< :0
> SMOVE b b z
< :1
> SMOVE b b nothing
< :0
> SMOVE a b y
< :1
> EXISTS a
< :0
> SMOVE b c x
< :1
> SMEMBERS c
< ~1 "x"

@case integers are kept as such until something else comes
> SADD i 5 -1 3 100000 99999999999
< :5
> OBJECT ENCODING i
< "intset"
> SMEMBERS i
< ~5 "-1" "3" "5" "100000" "99999999999"
> SISMEMBER i 05
< :0
> SREM i 05
< :0
> SADD i 9223372036854775807 -9223372036854775808
< :2
> OBJECT ENCODING i
< "intset"
> SADD i 9223372036854775808
< :1
> OBJECT ENCODING i
< "hashtable"
> SREM i 9223372036854775808
< :1
> OBJECT ENCODING i
< "hashtable"
> SISMEMBER i -9223372036854775808
< :1
> SADD j 1
< :1
> SADD j 01
< :1
> OBJECT ENCODING j
< "hashtable"
> SADD k -0
< :1
> OBJECT ENCODING k
< "hashtable"
> COPY i c
< :1
> OBJECT ENCODING c
< "hashtable"

@case set-max-intset-entries
> CONFIG SET set-max-intset-entries 3
< +OK
> SADD s 1 2 3
< :3
> OBJECT ENCODING s
< "intset"
> SADD s 3
< :0
> OBJECT ENCODING s
< "intset"
> SADD s 4
< :1
> OBJECT ENCODING s
< "hashtable"
> SREM s 3 4
< :2
> OBJECT ENCODING s
< "hashtable"
> SUNIONSTORE t s
< :2
> OBJECT ENCODING t
< "intset"
> CONFIG SET set-max-intset-entries 0
< +OK
> SADD u 1
< :1
> OBJECT ENCODING u
< "hashtable"

@case SSCAN
> SADD s 1 2 3 30
< :4
> SSCAN s 0
< *2 "0" *u4 "1" "2" "3" "30"
> SSCAN s 0 MATCH 3*
< *2 "0" *u2 "3" "30"
> SSCAN s 0 COUNT 1000 MATCH [12]
< *2 "0" *u2 "1" "2"
> SSCAN s 0 MATCH 1 COUNT 5 MATCH 2
< *2 "0" *1 "2"
> SSCAN s "" match *
< *2 "0" *u4 "1" "2" "3" "30"
> SADD t a b c
< :3
> SSCAN t 0 COUNT 1000
< *2 "0" *u3 "a" "b" "c"
> SSCAN t 0 COUNT 9223372036854775807
< *2 "0" *u3 "a" "b" "c"

@case SSCAN errors
> SADD s 1
< :1
> SSCAN s x
< !"ERR invalid cursor"
> SSCAN no x
< !"ERR invalid cursor"
> SSCAN s 18446744073709551616
< !"ERR invalid cursor"
> SSCAN s 0 COUNT 0
< !"ERR syntax error"
> SSCAN s 0 COUNT -1
< !"ERR syntax error"
> SSCAN s 0 COUNT x
< !"ERR value is not an integer or out of range"
> SSCAN s 0 MATCH
< !"ERR syntax error"
> SSCAN s 0 TYPE set
< !"ERR syntax error"
> SSCAN s 0 garbage
< !"ERR syntax error"
> SSCAN no 0 garbage
< *2 "0" *0
> SSCAN no 0 COUNT 0
< *2 "0" *0
